//! Symmetric positive definite matrices with the affine-invariant metric, in which no choice of units matters.
use super::matrix::{function, symmetrise, times, times_transposed};
use super::{CutLocus, Geodesics, Hessians, Manifold, norm, normals};
use steepest_core::Workspace;
use steepest_kernels::{axpy, cholesky, dot, solve, solve_lower, solve_right};

/// <u, v>_X = tr X^-1 u X^-1 v [Bhatia2007, Ch. 6]: all X are at the same distance from themselves times a number, and
/// dist(A X A^T, A Y A^T) = dist(X, Y).
#[derive(Clone, Copy, Debug)]
pub struct AffineInvariant {
    /// Rows, and columns.
    pub rows: usize,
}
/// Relative asymmetry; infinite where X is not positive definite.
pub(super) fn defect(d: usize, x: &[f64], work: &mut Workspace) -> f64 {
    let (mut half, mut factor) = (work.take(d * d), work.take(d * d));
    half.copy_from_slice(x);
    super::matrix::skew(d, &mut half);
    factor.copy_from_slice(x);
    let off = if cholesky(d, &mut factor).is_ok() { norm(&half) / norm(x) } else { f64::INFINITY };
    work.give(half);
    work.give(factor);
    off
}
/// The exponential of a symmetric matrix of normals of variance 1/4.
pub(super) fn random(d: usize, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
    let mut a = work.take(d * d);
    normals(key, index, &mut a);
    a.iter_mut().for_each(|a| *a *= 0.5);
    symmetrise(d, &mut a);
    // Normals are finite.
    let _ = function(d, &a, f64::exp, x, work);
    work.give(a);
}
/// a <- L^-1 a L^-T
fn whiten(d: usize, l: &[f64], a: &mut [f64]) {
    solve_lower(d, l, d, a);
    solve_right(d, l, d, a);
}
/// a <- L a L^T
fn colour(d: usize, l: &[f64], a: &mut [f64], work: &mut Workspace) {
    let mut left = work.take(d * d);
    times([d, d, d], l, a, &mut left);
    times_transposed([d, d, d], &left, l, a);
    symmetrise(d, a);
    work.give(left);
}
impl AffineInvariant {
    /// Calls `f` with a Cholesky factor of X and the square of a matrix to write in; not a number where there is none.
    fn factored(
        &self,
        x: &[f64],
        out: &mut [f64],
        work: &mut Workspace,
        f: impl FnOnce(&[f64], &mut [f64], &mut Workspace),
    ) {
        let mut l = work.take(x.len());
        l.copy_from_slice(x);
        if cholesky(self.rows, &mut l).is_ok() {
            f(&l, out, work);
        } else {
            out.fill(f64::NAN);
        }
        work.give(l);
    }
    /// v <- sandwich X sym(v) X
    fn raise(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let d = self.rows;
        symmetrise(d, v);
        let mut left = work.take(d * d);
        times([d, d, d], x, v, &mut left);
        times([d, d, d], &left, x, v);
        symmetrise(d, v);
        work.give(left);
    }
}
impl Manifold for AffineInvariant {
    fn numbers(&self) -> usize {
        self.rows * self.rows
    }
    fn dim(&self) -> usize {
        self.rows * (self.rows + 1) / 2
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        defect(self.rows, x, work)
    }
    fn project(&self, _x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        symmetrise(self.rows, v);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        self.raise(x, xi, work);
    }
    /// X^-1 v X^-1
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let d = self.rows;
        self.factored(x, v, work, |l, v, work| {
            solve(d, l, d, v);
            let mut turned = work.take(d * d);
            super::matrix::transpose(d, v, &mut turned);
            solve(d, l, d, &mut turned);
            v.copy_from_slice(&turned);
            symmetrise(d, v);
            work.give(turned);
        });
    }
    fn inner(&self, x: &[f64], u: &[f64], v: &[f64], work: &mut Workspace) -> f64 {
        let d = self.rows;
        let (mut a, mut b) = (work.take(d * d), work.take(d * d));
        a.copy_from_slice(u);
        b.copy_from_slice(v);
        self.factored(x, &mut a, work, |l, a, _| {
            whiten(d, l, a);
            whiten(d, l, &mut b);
        });
        let product = dot(&a, &b);
        work.give(a);
        work.give(b);
        product
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    /// E v E^T with E = (y x^-1)^(1/2), along the geodesic [SraHosseini2015, Sec. 3].
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        let d = self.rows;
        self.factored(x, v, work, |l, v, work| {
            let (mut ratio, mut root, mut left) = (work.take(d * d), work.take(d * d), work.take(d * d));
            ratio.copy_from_slice(y);
            whiten(d, l, &mut ratio);
            whiten(d, l, v);
            if function(d, &ratio, |value| value.max(0.0).sqrt(), &mut root, work).is_none() {
                root.fill(f64::NAN);
            }
            times([d, d, d], &root, v, &mut left);
            times([d, d, d], &left, &root, v);
            colour(d, l, v, work);
            [ratio, root, left].into_iter().for_each(|buffer| work.give(buffer));
        });
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        random(self.rows, key, index, x, work);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for AffineInvariant {
    /// L exp(L^-1 v L^-T) L^T with X = L L^T
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let (d, mut to) = (self.rows, work.take(v.len()));
        self.factored(x, &mut to, work, |l, to, work| {
            let mut rate = work.take(d * d);
            rate.copy_from_slice(v);
            whiten(d, l, &mut rate);
            if function(d, &rate, |value| (h * value).exp(), to, work).is_none() {
                to.fill(f64::NAN);
            }
            colour(d, l, to, work);
            work.give(rate);
        });
        x.copy_from_slice(&to);
        work.give(to);
    }
    /// L log(L^-1 y L^-T) L^T; there is no cut locus.
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let d = self.rows;
        self.factored(x, v, work, |l, v, work| {
            let mut ratio = work.take(d * d);
            ratio.copy_from_slice(y);
            whiten(d, l, &mut ratio);
            if function(d, &ratio, f64::ln, v, work).is_none() {
                v.fill(f64::NAN);
            }
            colour(d, l, v, work);
            work.give(ratio);
        });
        if v.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(CutLocus) }
    }
}
impl Hessians for AffineInvariant {
    /// X sym(hv) X + sym(v sym(xi) X)
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        let d = self.rows;
        self.raise(x, hv, work);
        let (mut sym, mut left, mut bent) = (work.take(d * d), work.take(d * d), work.take(d * d));
        sym.copy_from_slice(xi);
        symmetrise(d, &mut sym);
        times([d, d, d], v, &sym, &mut left);
        times([d, d, d], &left, x, &mut bent);
        symmetrise(d, &mut bent);
        axpy(1.0, &bent, hv);
        [sym, left, bent].into_iter().for_each(|buffer| work.give(buffer));
    }
}
