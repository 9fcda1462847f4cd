//! MARKOV GAUSSIAN: covariance s_i s_j rho^|i - j|, the stationary AR(1) process on a ramp of scales; its precision is tridiagonal.
use super::columns::{HALF_LOG_TAU, copy, numbered};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::simd;

/// x_j = s_j z_j, z_1 ~ N(0, 1), z_j = rho z_{j-1} + sqrt(1 - rho^2) N(0, 1); normalised. O(d) a point.
#[derive(Clone, Debug)]
pub struct MarkovGaussian {
    /// s_j
    scales: Vec<f64>,
    /// 1 / s_j and rho / s_j
    unit: Vec<f64>,
    carried: Vec<f64>,
    /// 1 / (1 - rho^2), of an innovation.
    precision: f64,
    constant: f64,
}
impl MarkovGaussian {
    /// `d` steps with correlation `rho` in (-1, 1) from one to the next, standard deviations from 1/`spread` to `spread`, evenly
    /// spaced on a log scale.
    pub fn new(d: usize, rho: f64, spread: f64) -> Self {
        let steps = (d as f64 - 1.0).max(1.0);
        let scales: Vec<f64> = (0..d).map(|j| spread.powf(2.0 * j as f64 / steps - 1.0)).collect();
        let innovation = (1.0 - rho) * (1.0 + rho);
        let logs: f64 = scales.iter().map(|s| s.ln()).sum();
        MarkovGaussian {
            unit: scales.iter().map(|s| 1.0 / s).collect(),
            carried: scales.iter().map(|s| rho / s).collect(),
            precision: 1.0 / innovation,
            constant: d as f64 * HALF_LOG_TAU + 0.5 * (d as f64 - 1.0) * innovation.ln() + logs,
            scales,
        }
    }
    /// An empty slice is not written to.
    fn evaluate(&self, x: Batch<'_>, scale: f64, values: &mut [f64], gradients: &mut [f64]) {
        let n = x.n;
        let a = scale * self.precision;
        // One call for all components: of a few chains, a loop over points is shorter than what choosing its form costs.
        simd(
            #[inline(always)]
            || {
                let unit = self.unit[0];
                for (o, x) in values.iter_mut().zip(x.column(0)) {
                    *o += scale * (self.constant + 0.5 * (unit * x) * (unit * x));
                }
                if let Some(out) = gradients.get_mut(..n) {
                    for (o, x) in out.iter_mut().zip(x.column(0)) {
                        *o += scale * unit * (unit * x);
                    }
                }
                for (j, (p, q)) in self.carried.iter().zip(&self.unit[1..]).enumerate() {
                    let (y, x) = (x.column(j), x.column(j + 1));
                    for (o, (y, x)) in values.iter_mut().zip(y.iter().zip(x)) {
                        let r = q * x - p * y;
                        *o += 0.5 * a * r * r;
                    }
                    let Some(out) = gradients.get_mut(j * n..(j + 2) * n) else { continue };
                    let (before, here) = out.split_at_mut(n);
                    for ((b, h), (y, x)) in before.iter_mut().zip(here).zip(y.iter().zip(x)) {
                        let r = a * (q * x - p * y);
                        *b -= p * r;
                        *h += q * r;
                    }
                }
            },
        );
    }
}
impl Potential for MarkovGaussian {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.evaluate(x, scale, out, &mut []);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.evaluate(x, scale, &mut [], out);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        _work: &mut Workspace,
    ) {
        self.evaluate(x, scale, values, gradients);
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
