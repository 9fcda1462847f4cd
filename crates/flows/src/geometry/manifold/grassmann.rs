//! p-dimensional spaces in R^n, each given by an orthonormal basis: the Grassmann manifold.
use super::matrix::{add_times, add_times_across, function, off_orthonormal, orthonormalise, transposed_times};
use super::sphere::sinc;
use super::{CutLocus, Geodesics, Hessians, Manifold, norm, normals, step};
use steepest_core::Workspace;
use steepest_kernels::{dot, svd};

/// Spaces, not bases: X and X O are one point. Tangents are the v with X^T v = 0, lengths those of numbers
/// [EdelmanAriasSmith1998, Sec. 2.5].
#[derive(Clone, Copy, Debug)]
pub struct Grassmann {
    /// Rows, n.
    pub rows: usize,
    /// Columns, p, at most n.
    pub columns: usize,
}
impl Manifold for Grassmann {
    fn numbers(&self) -> usize {
        self.rows * self.columns
    }
    fn dim(&self) -> usize {
        self.columns * (self.rows - self.columns)
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        off_orthonormal(self.rows, self.columns, x, work)
    }
    fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (n, p) = (self.rows, self.columns);
        let mut along = work.take(p * p);
        transposed_times([p, n, p], x, v, &mut along);
        add_times([n, p], -1.0, x, &along, v);
        work.give(along);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        self.project(x, xi, work);
    }
    fn flat(&self, _x: &[f64], _v: &mut [f64], _work: &mut Workspace) {}
    fn inner(&self, _x: &[f64], u: &[f64], v: &[f64], _work: &mut Workspace) -> f64 {
        dot(u, v)
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        step(x, v, h);
        orthonormalise(self.rows, self.columns, x, work);
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        normals(key, index, x);
        orthonormalise(self.rows, self.columns, x, work);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Grassmann {
    /// X cos(S) + v sin(S) / S with S the root of v^T v, both functions of that matrix [EdelmanAriasSmith1998, Thm. 2.3].
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let (n, p) = (self.rows, self.columns);
        let (mut gram, mut f, mut y) = (work.take(p * p), work.take(p * p), work.take(n * p));
        transposed_times([p, n, p], v, v, &mut gram);
        let root = |value: f64| h * value.max(0.0).sqrt();
        let along = function(p, &gram, |value| root(value).cos(), &mut f, work);
        add_times([n, p], 1.0, x, &f, &mut y);
        let across = function(p, &gram, |value| h * sinc(root(value)), &mut f, work);
        add_times([n, p], 1.0, v, &f, &mut y);
        x.copy_from_slice(&y);
        if along.and(across).is_none() {
            x.fill(f64::NAN);
        }
        [gram, f, y].into_iter().for_each(|buffer| work.give(buffer));
    }
    /// The angles between the spaces are those of X^T y = Q cos R^T; y R Q^T is the nearest basis, and what of it is across X
    /// is a sine [BendokatZimmermannAbsil2024, Alg. 5.3].
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let (n, p) = (self.rows, self.columns);
        let mut between = work.take(p * p);
        let (mut q, mut cosines, mut r) = (work.take(p * p), work.take(p), work.take(p * p));
        transposed_times([p, n, p], x, y, &mut between);
        let found = svd([p, p], &between, &mut q, &mut cosines, &mut r);
        // The columns y r_k, less X q_k cos_k, each sin_k long; then back by the transpose of Q.
        let mut across = work.take(n * p);
        add_times([n, p], 1.0, y, &r, &mut across);
        self.project(x, &mut across, work);
        let mut angles = Ok(());
        for k in 0..p {
            let sine = across.iter().skip(k).step_by(p).map(|a| a * a).sum::<f64>().sqrt();
            if cosines[k] < 1e-12 {
                angles = Err(CutLocus);
            }
            let scale = if sine > 0.0 { sine.atan2(cosines[k]) / sine } else { 1.0 };
            across.iter_mut().skip(k).step_by(p).for_each(|a| *a *= scale);
        }
        v.fill(0.0);
        steepest_kernels::gemm_by_transposed([n, p, p], 1.0, &across, &q, v);
        [between, q, cosines, r, across].into_iter().for_each(|buffer| work.give(buffer));
        if found.is_none() || !norm(v).is_finite() { Err(CutLocus) } else { angles }
    }
}
impl Hessians for Grassmann {
    /// X^T xi
    fn prepare(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        let (n, p) = (self.rows, self.columns);
        let mut bend = work.take(p * p);
        transposed_times([p, n, p], x, xi, &mut bend);
        xi[..p * p].copy_from_slice(&bend);
        work.give(bend);
    }
    /// P(hv - v X^T xi)
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        let (n, p) = (self.rows, self.columns);
        let mut along = work.take(p * p);
        // v X^T xi is a tangent as v is: projected are its rounding and hv.
        add_times_across([n, p], x, (-1.0, v), &xi[..p * p], hv, &mut along);
        add_times([n, p], -1.0, x, &along, hv);
        work.give(along);
    }
}
