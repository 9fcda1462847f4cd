//! MARKOV GAUSSIAN: covariance rho^|i - j|, the stationary AR(1) process, whose precision is tridiagonal.
use super::columns::{HALF_LOG_TAU, add, add2, columns, copy, numbered};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

/// x_1 ~ N(0, 1), x_j = rho x_{j-1} + sqrt(1 - rho^2) N(0, 1); normalised, every variance 1. O(d) a point.
#[derive(Clone, Copy, Debug)]
pub struct MarkovGaussian {
    d: usize,
    rho: f64,
}
impl MarkovGaussian {
    /// `d` steps with correlation `rho` in (-1, 1) from one to the next.
    pub fn new(d: usize, rho: f64) -> Self {
        MarkovGaussian { d, rho }
    }
    /// Variance of an innovation.
    fn innovation(&self) -> f64 {
        (1.0 - self.rho) * (1.0 + self.rho)
    }
}
impl Potential for MarkovGaussian {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (rho, v) = (self.rho, self.innovation());
        let constant = self.d as f64 * HALF_LOG_TAU + 0.5 * (self.d as f64 - 1.0) * v.ln();
        let a = 0.5 * scale / v;
        add(x.column(0), out, |x| scale * (constant + 0.5 * x * x));
        for j in 1..self.d {
            add2(x.column(j - 1), x.column(j), out, |before, x| a * (x - rho * before) * (x - rho * before));
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (rho, a) = (self.rho, scale / self.innovation());
        for (j, column) in columns(out, x.n).enumerate() {
            match j {
                0 => add(x.column(0), column, |x| scale * x),
                _ => add2(x.column(j - 1), x.column(j), column, |before, x| a * (x - rho * before)),
            }
            if j + 1 < self.d {
                add2(x.column(j), x.column(j + 1), column, |x, after| -rho * a * (after - rho * x));
            }
        }
    }
}
impl Model for MarkovGaussian {
    fn dim(&self) -> usize {
        self.d
    }
    fn names(&self) -> Vec<String> {
        numbered(self.d)
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    fn truth(&self) -> Option<Truth> {
        Some(Truth { log_z: Some(0.0), mean: vec![0.0; self.d], sd: vec![1.0; self.d] })
    }
}
