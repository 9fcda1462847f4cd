//! R^d with a constant metric.
use super::matrix::times;
use super::{CutLocus, Geodesics, Hessians, Manifold, normals, step};
use steepest_core::Workspace;
use steepest_kernels::{NotPositive, cholesky, solve};

/// <u, v> = u^T M v: gradients are M^-1 dF, which is Newton's step where M is a Hessian.
#[derive(Clone, Debug)]
pub struct Weighted {
    d: usize,
    metric: Box<[f64]>,
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
    /// M = 1.
    pub fn plain(d: usize) -> Self {
        let unit: Box<[f64]> = (0..d * d).map(|k| f64::from(u8::from(k / d.max(1) == k % d.max(1)))).collect();
        Weighted { d, metric: unit.clone(), factor: unit }
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
        solve(self.d, &self.factor, 1, xi);
    }
    fn flat(&self, _x: &[f64], v: &mut [f64], work: &mut Workspace) {
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
