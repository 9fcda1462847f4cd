//! PRODUCT: dense products and Cholesky factors of row-major matrices, through `faer`, on one thread.
//!
//! A component-major batch x[j * n + i] is a row-major d by n matrix, so these act on batches as they stand.
//! The bits of a product may depend on its shape and on the processor, as `faer` chooses its kernels by both:
//! where a point must not see its neighbours use [`apply`].
use crate::dispatch::dispatch;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltError, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, MatMut, MatRef, Par};

/// A matrix given to [`cholesky`] is not positive definite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositive {
    /// The leading block of this many rows is the first that fails.
    pub order: usize,
}

impl std::fmt::Display for NotPositive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the matrix is not positive definite: its leading block of order {} is not", self.order)
    }
}

impl std::error::Error for NotPositive {}

/// C += alpha A B, with A of m by k, B of k by n and C of m by n, all row-major; `shape` is [m, k, n].
///
/// # Panics
/// If a slice does not have the length of its shape.
///
/// ```
/// let mut c = [0.0; 2];
/// steepest_kernels::gemm([2, 2, 1], 1.0, &[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0], &mut c);
/// assert_eq!(c, [3.0, 7.0]);
/// ```
pub fn gemm(shape: [usize; 3], alpha: f64, a: &[f64], b: &[f64], c: &mut [f64]) {
    let [m, k, n] = shape;
    let a = MatRef::from_row_major_slice(a, m, k);
    let b = MatRef::from_row_major_slice(b, k, n);
    matmul(MatMut::from_row_major_slice_mut(c, m, n), Accum::Add, a, b, alpha, Par::Seq);
}

/// C += alpha A^T B, with A of k by m, B of k by n and C of m by n, all row-major; `shape` is [m, k, n].
///
/// # Panics
/// If a slice does not have the length of its shape.
pub fn gemm_transposed(shape: [usize; 3], alpha: f64, a: &[f64], b: &[f64], c: &mut [f64]) {
    let [m, k, n] = shape;
    let a = MatRef::from_row_major_slice(a, k, m);
    let b = MatRef::from_row_major_slice(b, k, n);
    matmul(MatMut::from_row_major_slice_mut(c, m, n), Accum::Add, a.transpose(), b, alpha, Par::Seq);
}

/// C += A B^T for A and B of m by k and a product that is known to be symmetric, all row-major: half the work.
pub(crate) fn gemm_symmetric(m: usize, k: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    let a = MatRef::from_row_major_slice(a, m, k);
    let b = MatRef::from_row_major_slice(b, m, k).transpose();
    let (lower, all) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    let out = MatMut::from_row_major_slice_mut(&mut *c, m, m);
    triangular::matmul(out, lower, Accum::Add, a, all, b, all, 1.0, Par::Seq);
    for i in 0..m {
        for j in 0..i {
            c[j * m + i] = c[i * m + j];
        }
    }
}
/// C += alpha A B^T, with A of m by k, B of n by k and C of m by n, all row-major; `shape` is [m, k, n].
///
/// # Panics
/// If a slice does not have the length of its shape.
pub fn gemm_by_transposed(shape: [usize; 3], alpha: f64, a: &[f64], b: &[f64], c: &mut [f64]) {
    let [m, k, n] = shape;
    let a = MatRef::from_row_major_slice(a, m, k);
    let b = MatRef::from_row_major_slice(b, n, k);
    matmul(MatMut::from_row_major_slice_mut(c, m, n), Accum::Add, a, b.transpose(), alpha, Par::Seq);
}

/// Replaces the symmetric row-major d by d matrix A by the lower factor L of A = L L^T, zero above the diagonal.
///
/// Reads the lower triangle. Allocates a column of workspace.
///
/// # Errors
/// [`NotPositive`] where A is not positive definite, or not a number; A is then spoilt.
///
/// # Panics
/// If `a` does not have d^2 elements.
///
/// ```
/// let mut a = [4.0, 2.0, 2.0, 10.0];
/// steepest_kernels::cholesky(2, &mut a)?;
/// assert_eq!(a, [2.0, 0.0, 1.0, 3.0]);
/// # Ok::<(), steepest_kernels::NotPositive>(())
/// ```
pub fn cholesky(d: usize, a: &mut [f64]) -> Result<(), NotPositive> {
    let mut buffer = MemBuffer::new(cholesky_in_place_scratch::<f64>(d, Par::Seq, Default::default()));
    let matrix = MatMut::from_row_major_slice_mut(&mut *a, d, d);
    let stack = MemStack::new(&mut buffer);
    match cholesky_in_place(matrix, Default::default(), Par::Seq, stack, Default::default()) {
        Ok(_) => {}
        Err(LltError::NonPositivePivot { index }) => return Err(NotPositive { order: index + 1 }),
    }
    for i in 0..d {
        if !(a[i * d + i] > 0.0 && a[i * d + i].is_finite()) {
            return Err(NotPositive { order: i + 1 });
        }
        a[i * d + i + 1..(i + 1) * d].fill(0.0);
    }
    Ok(())
}

/// x <- L^-1 x for the lower triangle L of d by d and n right-hand sides, x row-major d by n.
///
/// # Panics
/// If a slice does not have the length of its shape.
pub fn solve_lower(d: usize, l: &[f64], n: usize, x: &mut [f64]) {
    let l = MatRef::from_row_major_slice(l, d, d);
    solve_lower_triangular_in_place(l, MatMut::from_row_major_slice_mut(x, d, n), Par::Seq);
}

/// x <- L^-T x for the lower triangle L of d by d and n right-hand sides, x row-major d by n.
///
/// # Panics
/// If a slice does not have the length of its shape.
pub fn solve_lower_transposed(d: usize, l: &[f64], n: usize, x: &mut [f64]) {
    let l = MatRef::from_row_major_slice(l, d, d);
    solve_upper_triangular_in_place(l.transpose(), MatMut::from_row_major_slice_mut(x, d, n), Par::Seq);
}

/// x <- x L^-T for the lower triangle L of d by d, x row-major n by d: with a factor L of x^T x its columns become orthonormal.
///
/// # Panics
/// If a slice does not have the length of its shape.
///
/// ```
/// let (l, mut x) = ([2.0, 0.0, 1.0, 3.0], [2.0, 4.0]);
/// steepest_kernels::solve_right(2, &l, 1, &mut x);
/// assert_eq!(x, [1.0, 1.0]);
/// ```
pub fn solve_right(d: usize, l: &[f64], n: usize, x: &mut [f64]) {
    let l = MatRef::from_row_major_slice(l, d, d);
    solve_lower_triangular_in_place(l, MatMut::from_row_major_slice_mut(x, n, d).transpose_mut(), Par::Seq);
}

/// x <- (L L^T)^-1 x for a factor L from [`cholesky`] and n right-hand sides, x row-major d by n.
///
/// # Panics
/// If a slice does not have the length of its shape.
///
/// ```
/// let (l, mut x) = ([2.0, 0.0, 1.0, 3.0], [8.0, 22.0]);
/// steepest_kernels::solve(2, &l, 1, &mut x);
/// assert_eq!(x, [1.0, 2.0]);
/// ```
pub fn solve(d: usize, l: &[f64], n: usize, x: &mut [f64]) {
    solve_lower(d, l, n, x);
    solve_lower_transposed(d, l, n, x);
}

/// out[j * n + i] += scale * sum_k A[j, k] x[k * n + i] for A of m by d: each point as if it were alone, to the bit.
///
/// The sum of a point runs over k in order, whatever n is. `a` is row-major; `shape` is [m, d, n].
///
/// # Panics
/// If a slice does not have the length of its shape.
///
/// ```
/// let mut out = [1.0; 2];
/// steepest_kernels::apply([2, 2, 1], 2.0, &[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0], &mut out);
/// assert_eq!(out, [7.0, 15.0]);
/// ```
pub fn apply(shape: [usize; 3], scale: f64, a: &[f64], x: &[f64], out: &mut [f64]) {
    let [m, d, n] = shape;
    assert!(a.len() == m * d && x.len() == d * n && out.len() == m * n, "apply: slices and shape differ");
    dispatch!(apply_points(shape: [usize; 3], scale: f64, a: &[f64], x: &[f64], out: &mut [f64]))
}

/// Blocks of points, then the rest one at a time.
#[inline(always)]
fn apply_points(shape: [usize; 3], scale: f64, a: &[f64], x: &[f64], out: &mut [f64]) {
    let n = shape[2];
    let mut i = 0;
    while i + 32 <= n {
        apply_block::<32>(shape, scale, a, x, i, out);
        i += 32;
    }
    while i + 8 <= n {
        apply_block::<8>(shape, scale, a, x, i, out);
        i += 8;
    }
    while i < n {
        apply_block::<1>(shape, scale, a, x, i, out);
        i += 1;
    }
}

/// Points i..i + P.
#[inline(always)]
fn apply_block<const P: usize>(shape: [usize; 3], scale: f64, a: &[f64], x: &[f64], i: usize, out: &mut [f64]) {
    let [m, d, n] = shape;
    for j in 0..m {
        let mut sum = [0.0f64; P];
        for k in 0..d {
            let c = a[j * d + k];
            let x = &x[k * n + i..k * n + i + P];
            for p in 0..P {
                sum[p] = c.mul_add(x[p], sum[p]);
            }
        }
        let out = &mut out[j * n + i..j * n + i + P];
        for p in 0..P {
            out[p] = scale.mul_add(sum[p], out[p]);
        }
    }
}
