//! MARKOV GAUSSIAN: covariance s_i s_j rho^|i - j|, the stationary AR(1) process on a ramp of scales; its precision is tridiagonal.
use super::columns::{HALF_LOG_TAU, add, add2, copy, numbered};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::simd;

/// x_j = s_j z_j, z_1 ~ N(0, 1), z_j = rho z_{j-1} + sqrt(1 - rho^2) N(0, 1); normalised. O(d) a point.
#[derive(Clone, Debug)]
pub struct MarkovGaussian {
    rho: f64,
    /// s_j
    scales: Vec<f64>,
}
impl MarkovGaussian {
    /// `d` steps with correlation `rho` in (-1, 1) from one to the next, standard deviations from 1/`spread` to `spread`, evenly
    /// spaced on a log scale.
    pub fn new(d: usize, rho: f64, spread: f64) -> Self {
        let steps = (d as f64 - 1.0).max(1.0);
        let scales = (0..d).map(|j| spread.powf(2.0 * j as f64 / steps - 1.0)).collect();
        MarkovGaussian { rho, scales }
    }
    /// Variance of an innovation.
    fn innovation(&self) -> f64 {
        (1.0 - self.rho) * (1.0 + self.rho)
    }
}
impl Potential for MarkovGaussian {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (rho, v, d) = (self.rho, self.innovation(), self.scales.len() as f64);
        let scales: f64 = self.scales.iter().map(|s| s.ln()).sum();
        let constant = d * HALF_LOG_TAU + 0.5 * (d - 1.0) * v.ln() + scales;
        let a = 0.5 * scale / v;
        let first = 1.0 / self.scales[0];
        add(x.column(0), out, |x| scale * (constant + 0.5 * (first * x) * (first * x)));
        for (j, s) in self.scales.windows(2).enumerate() {
            let (p, q) = (rho / s[0], 1.0 / s[1]);
            add2(x.column(j), x.column(j + 1), out, |before, x| a * (q * x - p * before) * (q * x - p * before));
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (rho, a, n) = (self.rho, scale / self.innovation(), x.n);
        // One call for all components: of a few chains, a loop over points is shorter than what choosing its form costs.
        simd(
            #[inline(always)]
            || {
                let first = 1.0 / self.scales[0];
                for (o, x) in out[..n].iter_mut().zip(x.column(0)) {
                    *o += scale * first * (first * x);
                }
                for (j, s) in self.scales.windows(2).enumerate() {
                    let (p, q) = (rho / s[0], 1.0 / s[1]);
                    let (before, here) = out[j * n..(j + 2) * n].split_at_mut(n);
                    for ((b, h), (y, x)) in before.iter_mut().zip(here).zip(x.column(j).iter().zip(x.column(j + 1))) {
                        let r = a * (q * x - p * y);
                        *b -= p * r;
                        *h += q * r;
                    }
                }
            },
        );
    }
}
impl Model for MarkovGaussian {
    fn dim(&self) -> usize {
        self.scales.len()
    }
    fn names(&self) -> Vec<String> {
        numbered(self.dim())
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    fn truth(&self) -> Option<Truth> {
        Some(Truth { log_z: Some(0.0), mean: vec![0.0; self.dim()], sd: self.scales.clone() })
    }
}
