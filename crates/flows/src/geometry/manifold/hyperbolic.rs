//! Hyperbolic space, of curvature -1, in two models: a sheet of a hyperboloid, and the inside of a ball.
use super::{CutLocus, Geodesics, Hessians, Manifold, norm, normals};
use steepest_core::Workspace;
use steepest_kernels::{axpy, dot};

/// <x, x> = -1 and x_1 > 0 for <x, y> = -x_1 y_1 + x_2 y_2 + ... [BoumalBook2023, Sec. 7.6].
#[derive(Clone, Copy, Debug)]
pub struct Lorentz {
    /// Dimension; a point has one number more.
    pub d: usize,
}
fn lorentz(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b) - 2.0 * a[0] * b[0]
}
/// x_1 from the others
fn onto_the_sheet(x: &mut [f64]) {
    x[0] = (1.0 + dot(&x[1..], &x[1..])).sqrt();
}
/// sinh(s) / s
fn sinhc(s: f64) -> f64 {
    if s.abs() < 1e-4 { 1.0 + s * s / 6.0 } else { s.sinh() / s }
}
impl Manifold for Lorentz {
    fn numbers(&self) -> usize {
        self.d + 1
    }
    fn dim(&self) -> usize {
        self.d
    }
    fn defect(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        if x[0] > 0.0 { (lorentz(x, x) + 1.0).abs() / dot(x, x) } else { f64::INFINITY }
    }
    /// v + <x, v> x, which is nearest in the product of the space, not as numbers.
    fn project(&self, x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        axpy(lorentz(x, v), x, v);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        xi[0] = -xi[0];
        self.project(x, xi, work);
    }
    fn flat(&self, _x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        v[0] = -v[0];
    }
    fn inner(&self, _x: &[f64], u: &[f64], v: &[f64], _work: &mut Workspace) -> f64 {
        lorentz(u, v)
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    /// Along the geodesic: v + <y, v> (x + y) / (1 - <x, y>).
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) {
        let share = lorentz(y, v) / (1.0 - lorentz(x, y));
        axpy(share, x, v);
        axpy(share, y, v);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], _work: &mut Workspace) {
        normals(key, index, x);
        onto_the_sheet(x);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Lorentz {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, _work: &mut Workspace) {
        let angle = h * lorentz(v, v).max(0.0).sqrt();
        let (along, across) = (angle.cosh(), h * sinhc(angle));
        x.iter_mut().zip(v).for_each(|(x, v)| *x = along * *x + across * v);
        onto_the_sheet(x);
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) -> Result<(), CutLocus> {
        v.copy_from_slice(y);
        axpy(lorentz(x, y), x, v);
        let sine = lorentz(v, v).max(0.0).sqrt();
        let scale = if sine > 0.0 { sine.asinh() / sine } else { 1.0 };
        v.iter_mut().for_each(|v| *v *= scale);
        Ok(())
    }
}
impl Hessians for Lorentz {
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        self.sharp(x, hv, work);
        axpy(dot(x, xi), v, hv);
    }
}

/// |x| < 1, lengths times 2 / (1 - |x|^2) [Ungar2008; GaneaBecigneulHofmann2018].
#[derive(Clone, Copy, Debug)]
pub struct Poincare {
    /// Dimension.
    pub d: usize,
}
fn stretch(x: &[f64]) -> f64 {
    2.0 / (1.0 - dot(x, x))
}
/// x <- s x (+) y, the sum of Moebius, with s = 1 or -1.
fn add(s: f64, x: &mut [f64], y: &[f64]) {
    let (xy, xx, yy) = (s * dot(x, y), dot(x, x), dot(y, y));
    let below = 1.0 + 2.0 * xy + xx * yy;
    let (a, b) = (s * (1.0 + 2.0 * xy + yy) / below, (1.0 - xx) / below);
    x.iter_mut().zip(y).for_each(|(x, y)| *x = a * *x + b * y);
}
impl Manifold for Poincare {
    fn numbers(&self) -> usize {
        self.d
    }
    fn dim(&self) -> usize {
        self.d
    }
    fn defect(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        if dot(x, x) < 1.0 { 0.0 } else { f64::INFINITY }
    }
    fn project(&self, _x: &[f64], _v: &mut [f64], _work: &mut Workspace) {}
    fn sharp(&self, x: &[f64], xi: &mut [f64], _work: &mut Workspace) {
        let scale = stretch(x).powi(-2);
        xi.iter_mut().for_each(|xi| *xi *= scale);
    }
    fn flat(&self, x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        let scale = stretch(x).powi(2);
        v.iter_mut().for_each(|v| *v *= scale);
    }
    fn inner(&self, x: &[f64], u: &[f64], v: &[f64], _work: &mut Workspace) -> f64 {
        stretch(x).powi(2) * dot(u, v)
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    /// The turn of y (-) x, times the ratio of the stretches.
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) {
        let (uv, uu, vv) = (-dot(y, x), dot(y, y), dot(x, x));
        let (uw, vw) = (dot(y, v), -dot(x, v));
        let below = 1.0 + 2.0 * uv + uu * vv;
        let a = 2.0 * (-uw * vv + vw + 2.0 * uv * vw) / below;
        let b = 2.0 * (-vw * uu - uw) / below;
        axpy(a, y, v);
        axpy(-b, x, v);
        let scale = stretch(x) / stretch(y);
        v.iter_mut().for_each(|v| *v *= scale);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], _work: &mut Workspace) {
        normals(key, index, x);
        let size = norm(x);
        x.iter_mut().for_each(|x| *x *= (0.5 * size).tanh() / size);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
}
impl Geodesics for Poincare {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let size = norm(v);
        if size == 0.0 {
            return;
        }
        let mut far = work.take(v.len());
        axpy((0.5 * stretch(x) * h * size).tanh() / size, v, &mut far);
        add(1.0, x, &far);
        work.give(far);
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], _work: &mut Workspace) -> Result<(), CutLocus> {
        v.copy_from_slice(x);
        add(-1.0, v, y);
        let size = norm(v);
        let scale = if size > 0.0 { 2.0 * size.atanh() / (stretch(x) * size) } else { 1.0 };
        v.iter_mut().for_each(|v| *v *= scale);
        if v.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(CutLocus) }
    }
}
