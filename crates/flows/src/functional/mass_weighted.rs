//! V(q) in coordinates in which every mass is 1: u_j = sqrt(m_j) q_j, of momentum p_j / sqrt(m_j).
use steepest_core::{Batch, Potential, Workspace};

/// An energy V of positions q as one of u = sqrt(m) q, so that V + |p_u|^2 / 2 is V + sum_j p_j^2 / (2 m_j).
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_flows::functional::{MassWeighted, Quadratic};
/// let v = MassWeighted::new(Quadratic::new(&[1.0]), Some(&[4.0]));
/// let (mut value, mut slope) = ([0.0], [0.0]);
/// v.values_and_gradients(Batch { n: 1, d: 1, x: &[6.0] }, 1.0, &mut value, &mut slope, &mut Workspace::default());
/// assert_eq!((value[0], slope[0]), (4.5, 1.5)); // q = 3
/// ```
#[derive(Clone, Debug)]
pub struct MassWeighted<V> {
    /// V of q.
    pub energy: V,
    /// sqrt(m_j), one a coordinate; none where every mass is 1.
    roots: Box<[f64]>,
}
impl<V> MassWeighted<V> {
    /// Masses m_j > 0, one a coordinate; none: all are 1, and nothing is done.
    pub fn new(energy: V, masses: Option<&[f64]>) -> Self {
        MassWeighted { energy, roots: masses.unwrap_or_default().iter().map(|m| m.sqrt()).collect() }
    }
    /// The roots of the masses of each column of n.
    fn columns<'a>(&'a self, x: &'a mut [f64], n: usize) -> impl Iterator<Item = (&'a mut [f64], f64)> {
        x.chunks_exact_mut(n.max(1)).zip(self.roots.iter().copied())
    }
    /// In place, component-major: u of q, and the same for p of its own momenta.
    pub fn gather(&self, n: usize, q: &mut [f64], p: &mut [f64]) {
        self.columns(q, n).for_each(|(column, root)| column.iter_mut().for_each(|q| *q *= root));
        self.columns(p, n).for_each(|(column, root)| column.iter_mut().for_each(|p| *p /= root));
    }
    /// The way back.
    pub fn spread(&self, n: usize, u: &mut [f64], p: &mut [f64]) {
        self.columns(u, n).for_each(|(column, root)| column.iter_mut().for_each(|u| *u /= root));
        self.columns(p, n).for_each(|(column, root)| column.iter_mut().for_each(|p| *p *= root));
    }
    /// `f` at q, and how slopes in q become slopes in u.
    fn at<R>(&self, u: Batch<'_>, work: &mut Workspace, f: impl FnOnce(Batch<'_>, &mut Workspace) -> R) -> R {
        let mut q = work.take(u.x.len());
        q.copy_from_slice(u.x);
        self.spread(u.n, &mut q, &mut []);
        let result = f(Batch { x: &q, ..u }, work);
        work.give(q);
        result
    }
}
impl<V: Potential> Potential for MassWeighted<V> {
    fn values(&self, u: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        if self.roots.is_empty() {
            return self.energy.values(u, scale, out, work);
        }
        self.at(u, work, |q, work| self.energy.values(q, scale, out, work));
    }
    fn gradients(&self, u: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        if self.roots.is_empty() {
            return self.energy.gradients(u, scale, out, work);
        }
        let mut slopes = work.take(out.len());
        self.at(u, work, |q, work| self.energy.gradients(q, scale, &mut slopes, work));
        self.add(u.n, &slopes, out);
        work.give(slopes);
    }
    fn values_and_gradients(
        &self,
        u: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        if self.roots.is_empty() {
            return self.energy.values_and_gradients(u, scale, values, gradients, work);
        }
        let mut slopes = work.take(gradients.len());
        self.at(u, work, |q, work| self.energy.values_and_gradients(q, scale, values, &mut slopes, work));
        self.add(u.n, &slopes, gradients);
        work.give(slopes);
    }
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        self.roots.is_empty() && self.energy.leapfrogs(units, rounds, n, q, p)
    }
}
impl<V> MassWeighted<V> {
    /// out += slopes in u, of slopes in q.
    fn add(&self, n: usize, slopes: &[f64], out: &mut [f64]) {
        for ((out, root), slopes) in self.columns(out, n).zip(slopes.chunks_exact(n.max(1))) {
            out.iter_mut().zip(slopes).for_each(|(out, slope)| *out += slope / root);
        }
    }
}
