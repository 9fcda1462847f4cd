//! The unit sphere in R^d with its round metric.
use super::{CutLocus, Geodesics, Hessians, Manifold, norm, normals};
use steepest_core::Workspace;
use steepest_kernels::{axpy, dot};

/// |x| = 1 [AbsilMahonySepulchre2008, Sec. 3.6.1]; steps go along great circles, and so do tangents.
#[derive(Clone, Copy, Debug)]
pub struct Sphere {
    /// Numbers of a point; the sphere has one dimension less.
    pub d: usize,
}
/// v <- v less its part along x
fn across(x: &[f64], v: &mut [f64]) {
    axpy(-dot(x, v), x, v);
}
fn normalise(x: &mut [f64]) {
    let size = norm(x);
    x.iter_mut().for_each(|x| *x /= size);
}
/// sin(s) / s
pub(super) fn sinc(s: f64) -> f64 {
    if s.abs() < 1e-4 { 1.0 - s * s / 6.0 } else { s.sin() / s }
}
impl Manifold for Sphere {
    fn numbers(&self) -> usize {
        self.d
    }
    fn dim(&self) -> usize {
        self.d - 1
    }
    fn defect(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        (norm(x) - 1.0).abs()
    }
    fn project(&self, x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        across(x, v);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], _work: &mut Workspace) {
        across(x, xi);
    }
    fn flat(&self, _x: &[f64], _v: &mut [f64], _work: &mut Workspace) {}
    fn inner(&self, _x: &[f64], u: &[f64], v: &[f64], _work: &mut Workspace) -> f64 {
        dot(u, v)
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    /// Along the great circle: v - <y, v> (x + y) / (1 + <x, y>).
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) {
        let share = -dot(y, v) / (1.0 + dot(x, y));
        axpy(share, x, v);
        axpy(share, y, v);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], _work: &mut Workspace) {
        normals(key, index, x);
        normalise(x);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Sphere {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, _work: &mut Workspace) {
        let angle = h * norm(v);
        let (along, across) = (angle.cos(), h * sinc(angle));
        x.iter_mut().zip(v).for_each(|(x, v)| *x = along * *x + across * v);
        normalise(x);
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) -> Result<(), CutLocus> {
        v.copy_from_slice(y);
        across(x, v);
        let (sine, cosine) = (norm(v), dot(x, y));
        if sine < 1e-14 && cosine < 0.0 {
            return Err(CutLocus);
        }
        let scale = if sine > 0.0 { sine.atan2(cosine) / sine } else { 1.0 };
        v.iter_mut().for_each(|v| *v *= scale);
        Ok(())
    }
}
impl Hessians for Sphere {
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], _work: &mut Workspace) {
        axpy(-dot(x, xi), v, hv);
        across(x, hv);
    }
}
