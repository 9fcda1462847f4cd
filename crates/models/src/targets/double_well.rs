//! DOUBLE WELL: two wells and a barrier, the smallest problem with two time scales.
use super::columns::{HALF_LOG_TAU, add, add_own, columns, copy, numbered};
use super::leapfrogs::plane;
use super::quadrature::line;
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

/// V = b (x_1^2 - 1)^2 + (k/2) (x_2^2 + ... + x_d^2).
///
/// ```
/// use steepest_models::{DoubleWell, Model};
/// let sd = DoubleWell::new(0.25, 0, 1.0).truth().unwrap().sd[0];
/// assert!((sd * sd - 1.0417972965).abs() < 1e-10);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DoubleWell {
    barrier: f64,
    others: usize,
    stiffness: f64,
}
impl DoubleWell {
    /// A barrier of height `barrier` between -1 and 1 along x_1, and `others` harmonic components of the given stiffness.
    pub fn new(barrier: f64, others: usize, stiffness: f64) -> Self {
        DoubleWell { barrier, others, stiffness }
    }
}
impl Potential for DoubleWell {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (b, k) = (scale * self.barrier, 0.5 * scale * self.stiffness);
        add(x.column(0), out, |x| {
            let u = x * x - 1.0;
            b * u * u
        });
        for j in 1..=self.others {
            add(x.column(j), out, |y| k * y * y);
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (b, k) = (4.0 * scale * self.barrier, scale * self.stiffness);
        for (j, column) in columns(out, x.n).enumerate() {
            match j {
                0 => add(x.column(0), column, |x| b * x * (x * x - 1.0)),
                _ => add(x.column(j), column, |y| k * y),
            }
        }
    }
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, _n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        let (b, k) = (4.0 * self.barrier, self.stiffness);
        if self.others == 1 {
            plane(units, rounds, (q, p), |x, y| (b * x * (x * x - 1.0), k * y));
        }
        self.others == 1
    }
    fn drift(&self, scale: f64, n: usize, x: &mut [f64], _work: &mut Workspace) -> bool {
        let (b, k) = (4.0 * scale * self.barrier, scale * self.stiffness);
        for (j, column) in columns(x, n).enumerate() {
            match j {
                0 => add_own(column, |x| b * x * (x * x - 1.0)),
                _ => add_own(column, |y| k * y),
            }
        }
        true
    }
}
impl Model for DoubleWell {
    fn dim(&self) -> usize {
        1 + self.others
    }
    fn names(&self) -> Vec<String> {
        numbered(self.dim())
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    /// By quadrature over x_1 up to V = 745, where exp(-V) is nothing.
    fn truth(&self) -> Option<Truth> {
        let far = (1.0 + (745.0 / self.barrier).sqrt()).sqrt();
        let well = line(-far, far, |x| self.barrier * (x * x - 1.0).powi(2), |x| x);
        let mut sd = vec![self.stiffness.sqrt().recip(); self.dim()];
        sd[0] = well.square.sqrt();
        let log_z = well.log_z + self.others as f64 * (HALF_LOG_TAU - 0.5 * self.stiffness.ln());
        Some(Truth { log_z: Some(log_z), mean: vec![0.0; self.dim()], sd })
    }
}
