//! N(m, diag s^2): coordinates (m, s), in which the Wasserstein metric is flat.
use steepest_core::{Batch, Covector, Entropic, Measure, Potential, State, Tangent, Transport, Workspace};

/// A Gaussian with independent components.
///
/// Integrals use 2 d nodes of equal weight, m +- sqrt(d) s_j e_j: exact for polynomials of degree 3.
///
/// ```
/// use steepest_core::{Entropic, Measure, Workspace};
/// use steepest_flows::{functional::Quadratic, state::Gaussian};
/// let x = Gaussian::new(&[1.0], &[2.0]);
/// assert!((x.expect(&Quadratic::new(&[2.0]), &mut Workspace::default()) - 5.0).abs() < 1e-14); // m^2 + s^2
/// assert!((x.entropy() + 0.5 * (2.0 * std::f64::consts::PI * 4.0).ln() + 0.5).abs() < 1e-14);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// Means, then standard deviations: 2 d numbers.
    pub ms: Box<[f64]>,
}
impl Gaussian {
    /// Means and standard deviations, one of each a component.
    pub fn new(mean: &[f64], std: &[f64]) -> Self {
        debug_assert_eq!(mean.len(), std.len());
        Gaussian { ms: mean.iter().chain(std).copied().collect() }
    }
    /// Dimension.
    pub fn d(&self) -> usize {
        self.ms.len() / 2
    }
    /// nodes <- the 2 d nodes, component-major.
    fn place(&self, nodes: &mut [f64]) {
        let (d, (m, s)) = (self.d(), self.ms.split_at(self.d()));
        let r = (d as f64).sqrt();
        for (j, column) in nodes.chunks_exact_mut(2 * d).enumerate() {
            column.fill(m[j]);
            column[j] += r * s[j];
            column[j + d] -= r * s[j];
        }
    }
}
impl State for Gaussian {
    fn coords(&self) -> &[f64] {
        &self.ms
    }
    fn coords_mut(&mut self) -> &mut [f64] {
        &mut self.ms
    }
    /// Finite, and every standard deviation positive.
    fn admissible(&self) -> bool {
        self.ms.iter().all(|x| x.is_finite()) && self.ms[self.d()..].iter().all(|s| *s > 0.0)
    }
}
impl Measure for Gaussian {
    fn expect(&self, v: &dyn Potential, work: &mut Workspace) -> f64 {
        let (d, n) = (self.d(), 2 * self.d());
        let (mut nodes, mut values) = (work.take(n * d), work.take(n));
        self.place(&mut nodes);
        v.values(Batch { n, d, x: &nodes }, 1.0 / n as f64, &mut values, work);
        let mean = values.iter().sum();
        work.give(values);
        work.give(nodes);
        mean
    }
    /// `d/dm = E[dV], d/ds_j = E[d_j V z_j]` (Stein's identity), z the standardised point.
    fn expect_variation(&self, v: &dyn Potential, scale: f64, out: &mut Covector, work: &mut Workspace) {
        let (d, n) = (self.d(), 2 * self.d());
        let (mut nodes, mut slopes) = (work.take(n * d), work.take(n * d));
        self.place(&mut nodes);
        v.gradients(Batch { n, d, x: &nodes }, scale / n as f64, &mut slopes, work);
        let r = (d as f64).sqrt();
        for (j, column) in slopes.chunks_exact(n).enumerate() {
            out.0[j] += column.iter().sum::<f64>();
            out.0[d + j] += r * (column[j] - column[j + d]);
        }
        work.give(slopes);
        work.give(nodes);
    }
}
impl Entropic for Gaussian {
    /// -sum_j (log s_j + (1 + log 2 pi) / 2)
    fn entropy(&self) -> f64 {
        let c = 0.5 * (1.0 + (2.0 * std::f64::consts::PI).ln());
        -self.ms[self.d()..].iter().map(|s| s.ln() + c).sum::<f64>()
    }
    fn entropy_variation(&self, scale: f64, out: &mut Covector) {
        let d = self.d();
        out.0[d..].iter_mut().zip(&self.ms[d..]).for_each(|(o, s)| *o -= scale / s);
    }
}
/// (m, s) is a flat chart of the Bures-Wasserstein space of diagonal Gaussians.
impl Transport for Gaussian {
    fn transport(&self, scale: f64, xi: &Covector, out: &mut Tangent) {
        out.0.iter_mut().zip(&xi.0).for_each(|(v, xi)| *v += scale * xi);
    }
}
