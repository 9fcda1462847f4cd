//! Symmetric positive definite matrices with the log-Euclidean metric: flat, as the logarithms are plain symmetric matrices.
use super::matrix::{function, symmetrise, times, times_transposed, transposed_times};
use super::{CutLocus, Geodesics, Manifold, spd};
use steepest_core::Workspace;
use steepest_kernels::{axpy, spectrum_into};

/// dist(X, Y) = |log X - log Y| [ArsignyEtAl2007].
#[derive(Clone, Copy, Debug)]
pub struct LogEuclidean {
    /// Rows, and columns.
    pub rows: usize,
}
/// v <- W^T (f(values_i, values_j) (W v W^T)_ij) W in the eigenbasis W of X; not a number where X has none.
pub(super) fn in_eigenbasis(d: usize, x: &[f64], f: impl Fn(f64, f64) -> f64, v: &mut [f64], work: &mut Workspace) {
    let (mut values, mut vectors, mut left) = (work.take(d), work.take(d * d), work.take(d * d));
    symmetrise(d, v);
    if spectrum_into(d, x, &mut values, &mut vectors).is_some() {
        times([d, d, d], &vectors, v, &mut left);
        times_transposed([d, d, d], &left, &vectors, v);
        for i in 0..d {
            for j in 0..d {
                v[i * d + j] *= f(values[i], values[j]);
            }
        }
        transposed_times([d, d, d], &vectors, v, &mut left);
        times([d, d, d], &left, &vectors, v);
        symmetrise(d, v);
    } else {
        v.fill(f64::NAN);
    }
    [values, vectors, left].into_iter().for_each(|buffer| work.give(buffer));
}
/// (ln a - ln b) / (a - b), the slope of the logarithm between eigenvalues.
fn slope(a: f64, b: f64) -> f64 {
    if a == b { 1.0 / a } else { ((a - b) / b).ln_1p() / (a - b) }
}
impl LogEuclidean {
    /// v <- the change of log X along v
    fn through_logarithm(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        in_eigenbasis(self.rows, x, slope, v, work);
    }
    /// v <- the change of X along the change v of its logarithm
    fn through_exponential(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        in_eigenbasis(self.rows, x, |a, b| 1.0 / slope(a, b), v, work);
    }
}
impl Manifold for LogEuclidean {
    fn numbers(&self) -> usize {
        self.rows * self.rows
    }
    fn dim(&self) -> usize {
        self.rows * (self.rows + 1) / 2
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        spd::defect(self.rows, x, work)
    }
    fn project(&self, _x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        symmetrise(self.rows, v);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        in_eigenbasis(self.rows, x, |a, b| slope(a, b).powi(-2), xi, work);
    }
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        in_eigenbasis(self.rows, x, |a, b| slope(a, b).powi(2), v, work);
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        self.through_logarithm(x, v, work);
        self.through_exponential(y, v, work);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        spd::random(self.rows, key, index, x, work);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
}
impl Geodesics for LogEuclidean {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let (d, mut rate, mut log) = (self.rows, work.take(v.len()), work.take(v.len()));
        rate.copy_from_slice(v);
        self.through_logarithm(x, &mut rate, work);
        let found = function(d, x, f64::ln, &mut log, work);
        axpy(h, &rate, &mut log);
        if found.and(function(d, &log, f64::exp, x, work)).is_none() {
            x.fill(f64::NAN);
        }
        work.give(rate);
        work.give(log);
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let (d, mut log) = (self.rows, work.take(v.len()));
        let found = function(d, y, f64::ln, v, work).and(function(d, x, f64::ln, &mut log, work));
        axpy(-1.0, &log, v);
        self.through_exponential(x, v, work);
        work.give(log);
        if found.is_some() && v.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(CutLocus) }
    }
}
