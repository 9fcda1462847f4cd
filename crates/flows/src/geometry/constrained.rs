//! Phase space over a surface g(q) = 0: canonical mechanics whose positions stay on it and whose momenta are tangent to it.
use crate::state::Phase;
use steepest_core::{Conservative, Covector, Geometry, Potential, Tangent, Tick, Workspace};

/// Q of mechanics on the surface where every one of m functions g_k vanishes: q' = P dH/dp, p' = -P dH/dq up to what is normal,
/// which the constraint settles; P projects on the tangent space [HairerLubichWanner2006, Sec. VII.1].
///
/// The slopes of the g_k must be independent on the surface.
#[derive(Clone, Debug)]
pub struct Constrained<V>(pub Vec<V>);

/// What the constraints are at the points of a batch, and the small systems that multipliers solve.
#[derive(Clone, Debug, Default)]
pub struct Slopes {
    /// `g[k * n + i]` is g_k at point i.
    pub g: Vec<f64>,
    /// `jacobian[(k * d + j) * n + i]` is d_j g_k at point i.
    pub jacobian: Vec<f64>,
    matrix: Vec<f64>,
    /// The right-hand side, and then the multipliers, of one point.
    multipliers: Vec<f64>,
    work: Workspace,
}

impl<V: Potential> Constrained<V> {
    /// g and its slopes at the positions of `x`.
    pub fn look(&self, x: &Phase, slopes: &mut Slopes) {
        let (n, d, m) = (x.n, x.d, self.0.len());
        for (buffer, len) in [(&mut slopes.g, m * n), (&mut slopes.jacobian, m * d * n)] {
            buffer.clear();
            buffer.resize(len, 0.0);
        }
        let values = slopes.g.chunks_exact_mut(n.max(1));
        for ((g, out), surface) in values.zip(slopes.jacobian.chunks_exact_mut((d * n).max(1))).zip(&self.0) {
            surface.values_and_gradients(x.q(), 1.0, g, out, &mut slopes.work);
        }
    }
    /// p <- p - J^T (J J^T)^-1 J p, of point i: tangent. False where the slopes are not independent.
    pub fn project(&self, slopes: &mut Slopes, (n, i): (usize, usize), p: &mut [f64]) -> bool {
        let m = self.0.len();
        let mut right = std::mem::take(&mut slopes.multipliers);
        right.clear();
        right.extend(
            (0..m).map(|k| slopes.row(n, i, m, k).zip(p[i..].iter().step_by(n)).map(|(a, p)| a * p).sum::<f64>()),
        );
        slopes.multipliers = right;
        let jacobian = std::mem::take(&mut slopes.jacobian);
        let solved = slopes.solve(&jacobian, &jacobian, (n, i));
        push(&jacobian, &slopes.multipliers, (n, i), -1.0, p);
        slopes.jacobian = jacobian;
        solved
    }
}
impl Slopes {
    /// The slopes of g_k at point i, of m.
    fn row(&self, n: usize, i: usize, m: usize, k: usize) -> impl Iterator<Item = &f64> {
        let size = self.jacobian.len() / m.max(1);
        self.jacobian[k * size..][..size].iter().skip(i).step_by(n)
    }
    /// Solves (A B^T) x = right for the multipliers, A and B slopes at two places of point i, in place, with pivots. False
    /// where that has no solution.
    pub fn solve(&mut self, a: &[f64], b: &[f64], (n, i): (usize, usize)) -> bool {
        let m = self.multipliers.len();
        let size = a.len() / m.max(1);
        self.matrix.clear();
        for k in 0..m {
            for l in 0..m {
                let (a, b) = (&a[k * size..][..size], &b[l * size..][..size]);
                let products = a.iter().skip(i).step_by(n).zip(b.iter().skip(i).step_by(n));
                self.matrix.push(products.map(|(a, b)| a * b).sum());
            }
        }
        let largest = self.matrix.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
        for k in 0..m {
            let pivot = (k..m).max_by(|r, s| self.matrix[r * m + k].abs().total_cmp(&self.matrix[s * m + k].abs()));
            let Some(pivot) = pivot.filter(|r| self.matrix[r * m + k].abs() > 1e-14 * largest) else { return false };
            (0..m).for_each(|l| self.matrix.swap(k * m + l, pivot * m + l));
            self.multipliers.swap(k, pivot);
            for r in k + 1..m {
                let factor = self.matrix[r * m + k] / self.matrix[k * m + k];
                (k..m).for_each(|l| self.matrix[r * m + l] -= factor * self.matrix[k * m + l]);
                self.multipliers[r] -= factor * self.multipliers[k];
            }
        }
        for k in (0..m).rev() {
            let known: f64 = (k + 1..m).map(|l| self.matrix[k * m + l] * self.multipliers[l]).sum();
            self.multipliers[k] = (self.multipliers[k] - known) / self.matrix[k * m + k];
        }
        true
    }
    /// g at point i as what is to be solved for.
    pub fn aim(&mut self, (n, i): (usize, usize)) {
        self.multipliers.clear();
        self.multipliers.extend(self.g.iter().skip(i).step_by(n));
    }
    /// What was solved for.
    pub fn multipliers(&self) -> &[f64] {
        &self.multipliers
    }
}
/// x <- x + scale J^T multipliers, of point i; the largest change of a coordinate.
pub fn push(jacobian: &[f64], multipliers: &[f64], (n, i): (usize, usize), scale: f64, x: &mut [f64]) -> f64 {
    let mut most = 0.0_f64;
    for (j, x) in x.iter_mut().skip(i).step_by(n).enumerate() {
        let slopes = jacobian.iter().skip(j * n + i).step_by(jacobian.len() / multipliers.len().max(1));
        let change = scale * slopes.zip(multipliers).map(|(slope, multiplier)| slope * multiplier).sum::<f64>();
        *x += change;
        most = if change.is_nan() { f64::NAN } else { most.max(change.abs()) };
    }
    most
}
impl<V: Potential> Geometry<Phase> for Constrained<V> {
    fn sharp(&self, _at: Tick, x: &Phase, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        let (n, m) = (x.n, x.n * x.d);
        let mut slopes = Slopes::default();
        self.look(x, &mut slopes);
        let mut tangent = work.take(2 * m);
        tangent.copy_from_slice(&xi.0);
        let (of_q, of_p) = tangent.split_at_mut(m);
        for i in 0..n {
            self.project(&mut slopes, (n, i), of_q);
            self.project(&mut slopes, (n, i), of_p);
        }
        let (q, p) = out.0.split_at_mut(m);
        steepest_kernels::axpy(-scale, of_p, q);
        steepest_kernels::axpy(scale, of_q, p);
        work.give(tangent);
    }
}
impl<V: Potential> Conservative<Phase> for Constrained<V> {}
