//! Normal distributions of one dimension with the Fisher metric: a hyperbolic plane.
use super::{CutLocus, Geodesics, Hessians, Lorentz, Manifold, normals};
use steepest_core::Workspace;

/// (m, s), mean and standard deviation, with <v, v> = (v_m^2 + 2 v_s^2) / s^2: curvature -1/2 [AtkinsonMitchell1981].
///
/// ```
/// use steepest_core::Workspace;
/// use steepest_flows::geometry::{Geodesics, NormalFisher};
/// let dist = NormalFisher.dist(&[0.0, 1.0], &[0.0, 2.0], &mut Workspace::default()).unwrap();
/// assert!((dist - 2f64.sqrt() * 2f64.ln()).abs() < 1e-14);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NormalFisher;

/// (m / sqrt(2), s) is a half-plane; this is its place on the sheet of the hyperboloid.
fn place([m, s]: [f64; 2]) -> [f64; 3] {
    let u = m * std::f64::consts::FRAC_1_SQRT_2;
    let (square, twice) = (u * u + s * s, 2.0 * s);
    [(1.0 + square) / twice, (square - 1.0) / twice, u / s]
}
fn velocity([m, s]: [f64; 2], [vm, vs]: [f64; 2]) -> [f64; 3] {
    let root = std::f64::consts::FRAC_1_SQRT_2;
    let (u, vu) = (m * root, vm * root);
    let first = u * vu / s - (1.0 + u * u) * vs / (2.0 * s * s) + 0.5 * vs;
    [first, first + vs / (s * s), vu / s - u * vs / (s * s)]
}
fn place_back(z: [f64; 3]) -> [f64; 2] {
    let s = 1.0 / (z[0] - z[1]);
    [s * z[2] * std::f64::consts::SQRT_2, s]
}
fn velocity_back([_, s]: [f64; 2], z: [f64; 3], w: [f64; 3]) -> [f64; 2] {
    let vs = -s * s * (w[0] - w[1]);
    [(s * w[2] + z[2] * vs) * std::f64::consts::SQRT_2, vs]
}
fn pair(x: &[f64]) -> [f64; 2] {
    [x[0], x[1]]
}
impl Manifold for NormalFisher {
    fn numbers(&self) -> usize {
        2
    }
    fn dim(&self) -> usize {
        2
    }
    fn defect(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        if x[1] > 0.0 { 0.0 } else { f64::INFINITY }
    }
    fn project(&self, _x: &[f64], _v: &mut [f64], _work: &mut Workspace) {}
    fn sharp(&self, x: &[f64], xi: &mut [f64], _work: &mut Workspace) {
        let square = x[1] * x[1];
        xi[0] *= square;
        xi[1] *= 0.5 * square;
    }
    fn flat(&self, x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        let square = x[1] * x[1];
        v[0] /= square;
        v[1] *= 2.0 / square;
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, _work: &mut Workspace) {
        x[0] += h * v[0];
        x[1] *= (h * v[1] / x[1]).exp();
    }
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (from, to) = (pair(x), pair(y));
        let mut w = velocity(from, pair(v));
        Lorentz { d: 2 }.transport(&place(from), &place(to), &mut w, work);
        v.copy_from_slice(&velocity_back(to, place(to), w));
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], _work: &mut Workspace) {
        normals(key, index, x);
        x[1] = x[1].exp();
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for NormalFisher {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let from = pair(x);
        let mut z = place(from);
        Lorentz { d: 2 }.exp(&mut z, &velocity(from, pair(v)), h, work);
        x.copy_from_slice(&place_back(z));
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let (from, to) = (pair(x), pair(y));
        let mut w = [0.0; 3];
        let found = Lorentz { d: 2 }.log(&place(from), &place(to), &mut w, work);
        v.copy_from_slice(&velocity_back(from, place(from), w));
        found
    }
}
impl Hessians for NormalFisher {
    /// With the symbols of the half-plane, -1/s and 1/(2 s): of K dF = (s^2 xi_m, s^2 xi_s / 2).
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], _work: &mut Workspace) {
        let s = x[1];
        hv[0] = s * (s * hv[0] + v[1] * xi[0] - 0.5 * v[0] * xi[1]);
        hv[1] = 0.5 * s * (s * hv[1] + v[1] * xi[1] + v[0] * xi[0]);
    }
}
