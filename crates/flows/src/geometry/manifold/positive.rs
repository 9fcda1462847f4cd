//! Positive numbers, each measured by its logarithm.
use super::{CutLocus, Geodesics, Hessians, Manifold, farthest, normals};
use steepest_core::Workspace;

/// x_j > 0 with <u, v> = sum u_j v_j / x_j^2: steps are factors, and no unit matters.
#[derive(Clone, Copy, Debug)]
pub struct Orthant {
    /// Numbers of a point.
    pub d: usize,
}
impl Manifold for Orthant {
    fn numbers(&self) -> usize {
        self.d
    }
    fn dim(&self) -> usize {
        self.d
    }
    fn defect(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        if x.iter().all(|x| *x > 0.0) { 0.0 } else { f64::INFINITY }
    }
    fn project(&self, _x: &[f64], _v: &mut [f64], _work: &mut Workspace) {}
    fn sharp(&self, x: &[f64], xi: &mut [f64], _work: &mut Workspace) {
        xi.iter_mut().zip(x).for_each(|(xi, x)| *xi *= x * x);
    }
    fn flat(&self, x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        v.iter_mut().zip(x).for_each(|(v, x)| *v /= x * x);
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) {
        v.iter_mut().zip(x.iter().zip(y)).for_each(|(v, (x, y))| *v *= y / x);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn reach(&self, x: &[f64], v: &[f64]) -> f64 {
        farthest(x, v)
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], _work: &mut Workspace) {
        normals(key, index, x);
        steepest_kernels::exp(x);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Orthant {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, _work: &mut Workspace) {
        x.iter_mut().zip(v).for_each(|(x, v)| *x *= (h * v / *x).exp());
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) -> Result<(), CutLocus> {
        v.iter_mut().zip(x.iter().zip(y)).for_each(|(v, (x, y))| *v = x * (y / x).ln());
        Ok(())
    }
}
impl Hessians for Orthant {
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], _work: &mut Workspace) {
        hv.iter_mut().zip(x).zip(xi.iter().zip(v)).for_each(|((hv, x), (xi, v))| *hv = x * x * *hv + x * xi * v);
    }
}
