//! R^d with a constant metric.
use super::matrix::times;
use super::{CutLocus, Geodesics, Hessians, Manifold, normals, step};
use steepest_core::Workspace;
use steepest_kernels::{NotPositive, cholesky, solve};

/// <u, v> = u^T M v: gradients are M^-1 dF, which is Newton's step where M is a Hessian.
///
/// ```
/// use steepest_core::Workspace;
/// use steepest_flows::geometry::{Manifold, Weighted};
/// let (mut xi, work) = ([4.0, 3.0], &mut Workspace::default());
/// Weighted::new(2, &[2.0, 1.0, 1.0, 1.0]).unwrap().sharp(&[0.0; 2], &mut xi, work);
/// assert!((xi[0] - 1.0).abs() < 1e-15 && (xi[1] - 2.0).abs() < 1e-15);
/// assert!(Weighted::diagonal(&[2.0, 0.0]).is_err()); // M must be positive definite
/// ```
#[derive(Clone, Debug)]
pub struct Weighted {
    d: usize,
    /// M, or its diagonal alone.
    metric: Box<[f64]>,
    /// The Cholesky factor; empty where M is diagonal.
    factor: Box<[f64]>,
}
impl Weighted {
    /// The metric M, d by d row by row, of which the lower triangle is read.
    ///
    /// # Errors
    /// Where M is not positive definite.
    ///
    /// # Panics
    /// If `metric` does not have d^2 numbers.
    pub fn new(d: usize, metric: &[f64]) -> Result<Self, NotPositive> {
        let mut factor: Box<[f64]> = metric.into();
        cholesky(d, &mut factor)?;
        let mut metric: Box<[f64]> = metric.into();
        for i in 0..d {
            (0..i).for_each(|j| metric[j * d + i] = metric[i * d + j]);
        }
        Ok(Weighted { d, metric, factor })
    }
    /// M = diag(`weights`).
    ///
    /// # Errors
    /// A weight that is not finite and positive.
    pub fn diagonal(weights: &[f64]) -> Result<Self, NotPositive> {
        match weights.iter().position(|weight| !(weight.is_finite() && *weight > 0.0)) {
            Some(at) => Err(NotPositive { order: at + 1 }),
            None => Ok(Weighted { d: weights.len(), metric: weights.into(), factor: Box::default() }),
        }
    }
    /// M = 1.
    pub fn plain(d: usize) -> Self {
        Weighted { d, metric: vec![1.0; d].into(), factor: Box::default() }
    }
}
impl Manifold for Weighted {
    fn numbers(&self) -> usize {
        self.d
    }
    fn dim(&self) -> usize {
        self.d
    }
    fn defect(&self, _x: &[f64], _work: &mut Workspace) -> f64 {
        0.0
    }
    fn project(&self, _x: &[f64], _v: &mut [f64], _work: &mut Workspace) {}
    fn sharp(&self, _x: &[f64], xi: &mut [f64], _work: &mut Workspace) {
        if self.factor.is_empty() {
            return xi.iter_mut().zip(&self.metric).for_each(|(xi, weight)| *xi /= weight);
        }
        solve(self.d, &self.factor, 1, xi);
    }
    fn flat(&self, _x: &[f64], v: &mut [f64], work: &mut Workspace) {
        if self.factor.is_empty() {
            return v.iter_mut().zip(&self.metric).for_each(|(v, weight)| *v *= weight);
        }
        let mut out = work.take(self.d);
        times([self.d, self.d, 1], &self.metric, v, &mut out);
        v.copy_from_slice(&out);
        work.give(out);
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, _work: &mut Workspace) {
        step(x, v, h);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], _work: &mut Workspace) {
        normals(key, index, x);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Weighted {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, _work: &mut Workspace) {
        step(x, v, h);
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) -> Result<(), CutLocus> {
        v.iter_mut().zip(x.iter().zip(y)).for_each(|(v, (x, y))| *v = y - x);
        Ok(())
    }
}
impl Hessians for Weighted {
    fn hessian(&self, x: &[f64], _xi: &[f64], _v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        self.sharp(x, hv, work);
    }
}
