//! Rotations of R^n: orthogonal matrices of determinant one, with the metric of their entries, which is bi-invariant.
use super::matrix::{exponential, off_orthonormal, orthonormalise, skew, symmetrise, times, transposed_times};
use super::{CutLocus, Geodesics, Hessians, Manifold, normals};
use steepest_core::Workspace;
use steepest_kernels::{axpy, dot, gemm, spectrum_into};

/// SO(n), tangents X A with A skew, <X A, X B> = tr A^T B: a turn by an angle has length sqrt(2) times it.
#[derive(Clone, Copy, Debug)]
pub struct Rotations {
    /// Rows, and columns.
    pub rows: usize,
}
impl Rotations {
    /// a <- skew(X^T v)
    fn turn(&self, x: &[f64], v: &[f64], a: &mut [f64]) {
        let n = self.rows;
        transposed_times([n, n, n], x, v, a);
        skew(n, a);
    }
}
/// The sign of the determinant, by elimination with the largest pivots.
fn determinant_sign(n: usize, x: &[f64], work: &mut Workspace) -> f64 {
    let mut a = work.take(n * n);
    a.copy_from_slice(x);
    let mut sign = 1.0f64;
    for k in 0..n {
        let pivot = (k..n).fold(k, |best, i| if a[i * n + k].abs() > a[best * n + k].abs() { i } else { best });
        if pivot != k {
            (0..n).for_each(|j| a.swap(pivot * n + j, k * n + j));
            sign = -sign;
        }
        sign *= a[k * n + k].signum();
        for i in k + 1..n {
            let share = a[i * n + k] / a[k * n + k];
            (k..n).for_each(|j| a[i * n + j] -= share * a[k * n + j]);
        }
    }
    work.give(a);
    sign
}
impl Manifold for Rotations {
    fn numbers(&self) -> usize {
        self.rows * self.rows
    }
    fn dim(&self) -> usize {
        self.rows * (self.rows - 1) / 2
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let off = off_orthonormal(self.rows, self.rows, x, work);
        if off < 0.1 && determinant_sign(self.rows, x, work) < 0.0 { f64::INFINITY } else { off }
    }
    /// X skew(X^T v)
    fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (n, mut a) = (self.rows, work.take(v.len()));
        self.turn(x, v, &mut a);
        times([n, n, n], x, &a, v);
        work.give(a);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        self.project(x, xi, work);
    }
    fn flat(&self, _x: &[f64], _v: &mut [f64], _work: &mut Workspace) {}
    fn inner(&self, _x: &[f64], u: &[f64], v: &[f64], _work: &mut Workspace) -> f64 {
        dot(u, v)
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    /// y x^T v: the same turn of the body.
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (n, mut a) = (self.rows, work.take(v.len()));
        self.turn(x, v, &mut a);
        times([n, n, n], y, &a, v);
        work.give(a);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        normals(key, index, x);
        orthonormalise(self.rows, self.rows, x, work);
        if determinant_sign(self.rows, x, work) < 0.0 {
            x[..self.rows].iter_mut().for_each(|x| *x = -*x);
        }
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Rotations {
    /// X exp(h X^T v), and one step towards the nearest orthogonal matrix, so that rounding does not add up.
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let n = self.rows;
        let (mut a, mut e, mut y, mut gram) = (work.take(n * n), work.take(n * n), work.take(n * n), work.take(n * n));
        self.turn(x, v, &mut a);
        a.iter_mut().for_each(|a| *a *= h);
        exponential(n, &a, &mut e, work);
        times([n, n, n], x, &e, &mut y);
        transposed_times([n, n, n], &y, &y, &mut gram);
        x.copy_from_slice(&y);
        x.iter_mut().for_each(|x| *x *= 1.5);
        gemm([n, n, n], -0.5, &y, &gram, x);
        [a, e, y, gram].into_iter().for_each(|buffer| work.give(buffer));
    }
    /// With Q = X^T y = C + S, symmetric and skew, log Q = f(C) S, f(cos) = angle / sin, as both are functions of one normal
    /// matrix. Half a turn is the cut locus.
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let n = self.rows;
        let (mut q, mut s, mut c) = (work.take(n * n), work.take(n * n), work.take(n * n));
        transposed_times([n, n, n], x, y, &mut q);
        s.copy_from_slice(&q);
        skew(n, &mut s);
        symmetrise(n, &mut q);
        let (mut values, mut vectors) = (work.take(n), work.take(n * n));
        let found = spectrum_into(n, &q, &mut values, &mut vectors);
        let known = found.is_some() && values[0] > -1.0 + 1e-12;
        q.copy_from_slice(&vectors);
        q.chunks_exact_mut(n).zip(&values).for_each(|(row, cosine)| {
            let half = (0.5 * (1.0 - cosine)).clamp(0.0, 1.0);
            let f =
                if half < 1e-8 { 1.0 + 2.0 * half / 3.0 } else { half.sqrt().asin() / (half * (1.0 - half)).sqrt() };
            row.iter_mut().for_each(|q| *q *= f);
        });
        transposed_times([n, n, n], &vectors, &q, &mut c);
        times([n, n, n], &c, &s, &mut q);
        skew(n, &mut q);
        times([n, n, n], x, &q, v);
        [q, s, c, values, vectors].into_iter().for_each(|buffer| work.give(buffer));
        if known && v.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(CutLocus) }
    }
}
impl Hessians for Rotations {
    /// P(hv - v sym(X^T xi))
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        let (n, mut along, mut bent) = (self.rows, work.take(v.len()), work.take(v.len()));
        transposed_times([n, n, n], x, xi, &mut along);
        symmetrise(n, &mut along);
        times([n, n, n], v, &along, &mut bent);
        axpy(-1.0, &bent, hv);
        work.give(along);
        work.give(bent);
        self.project(x, hv, work);
    }
}
