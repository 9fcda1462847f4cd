//! Running moments of draws and gradients over a window of warm-up.
use steepest_core::{Archive, Persist};

/// Means and variances of draws and gradients; the covariance of the draws where asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Pairs seen.
    pub count: usize,
    mean: [Vec<f64>; 2],
    square: [Vec<f64>; 2],
    /// Sum of outer products of deviations, row-major lower triangle; empty unless dense.
    outer: Vec<f64>,
}
impl Window {
    /// An empty window in dimension d.
    pub fn new(d: usize, dense: bool) -> Self {
        let zeros = || [vec![0.0; d], vec![0.0; d]];
        Window { count: 0, mean: zeros(), square: zeros(), outer: vec![0.0; if dense { d * d } else { 0 }] }
    }
    /// d.
    pub fn dimension(&self) -> usize {
        self.mean[0].len()
    }
    /// Forgets everything.
    pub fn reset(&mut self) {
        self.count = 0;
        self.mean.iter_mut().chain(&mut self.square).for_each(|v| v.fill(0.0));
        self.outer.fill(0.0);
    }
    /// Adds a draw and the gradient there (Welford's update).
    pub fn push(&mut self, q: &[f64], gradient: &[f64]) {
        self.count += 1;
        let (share, d) = (1.0 / self.count as f64, q.len());
        if !self.outer.is_empty() {
            for i in 0..d {
                let a = q[i] - self.mean[0][i];
                for j in 0..=i {
                    self.outer[i * d + j] += a * (q[j] - self.mean[0][j]) * (1.0 - share);
                }
            }
        }
        for (x, (mean, square)) in [q, gradient].into_iter().zip(self.mean.iter_mut().zip(&mut self.square)) {
            for k in 0..d {
                let before = x[k] - mean[k];
                mean[k] += before * share;
                square[k] += before * (x[k] - mean[k]);
            }
        }
    }
    /// sqrt(var q / var dV): the diagonal that makes draws and gradients alike [SeyboldtCarlsonCarpenter2026]. `None` where a variance is
    /// not positive.
    pub fn inverse_mass(&self) -> Option<Vec<f64>> {
        let ratio = |(q, g): (&f64, &f64)| (q / g).sqrt();
        let mass: Vec<f64> = self.square[0].iter().zip(&self.square[1]).map(ratio).collect();
        (self.count > 2 && mass.iter().all(|m| m.is_finite() && *m > 0.0)).then_some(mass)
    }
    /// The covariance of the draws, shrunk towards a small multiple of the identity as if five more draws had been seen.
    pub fn covariance(&self) -> Vec<f64> {
        let (d, n) = (self.mean[0].len(), self.count as f64);
        let mut full = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..=i {
                let c = self.outer[i * d + j] / (n - 1.0).max(1.0) * n / (n + 5.0);
                full[i * d + j] = c;
                full[j * d + i] = c;
            }
            full[i * d + i] += 1e-3 * 5.0 / (n + 5.0);
        }
        full
    }
}

impl Persist for Window {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { count, mean, square, outer } = self;
        count.pass(archive)?;
        mean.iter_mut().chain(square).try_for_each(|vector| vector[..].pass(archive))?;
        outer[..].pass(archive)
    }
}
