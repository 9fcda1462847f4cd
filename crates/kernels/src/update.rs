//! UPDATE: a vector added to another, or stretched along given directions.
use crate::dispatch::dispatch;
use crate::reduce::dot_all;

#[inline(always)]
fn axpy_each(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = a.mul_add(*x, *y);
    }
}

#[inline(always)]
fn axpy_twice_each(a: f64, b: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = b.mul_add(*x, a.mul_add(*x, *y));
    }
}

/// y <- y + a x, one rounding an element.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut y = [1.0, 2.0];
/// steepest_kernels::axpy(0.5, &[2.0, 4.0], &mut y);
/// assert_eq!(y, [2.0, 4.0]);
/// ```
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "axpy: equal lengths");
    dispatch!(axpy_each(a: f64, x: &[f64], y: &mut [f64]))
}

/// y <- (y + a x) + b x: two kicks by one force in one pass, each rounded as [`axpy`] does.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut y = [1.0, 2.0];
/// steepest_kernels::axpy_twice(0.5, 0.25, &[2.0, 4.0], &mut y);
/// assert_eq!(y, [2.5, 5.0]);
/// ```
pub fn axpy_twice(a: f64, b: f64, x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "axpy_twice: equal lengths");
    dispatch!(axpy_twice_each(a: f64, b: f64, x: &[f64], y: &mut [f64]))
}

/// Four directions at a time: their shares are one another's business no more than orthogonality lets them be.
#[inline(always)]
fn stretch_all(vectors: &[f64], values: &[f64], x: &mut [f64]) {
    let d = x.len();
    let (fours, rest) = values.as_chunks::<4>();
    let (whole, last) = vectors.split_at(4 * fours.len() * d);
    for (rows, values) in whole.chunks_exact(4 * d).zip(fours) {
        let mut shares = [0.0; 4];
        for (row, (share, value)) in rows.chunks_exact(d).zip(shares.iter_mut().zip(values)) {
            *share = (value - 1.0) * dot_all(row, x);
        }
        let (left, right) = rows.split_at(2 * d);
        let ((a, b), (c, e)) = (left.split_at(d), right.split_at(d));
        for (((x, a), b), (c, e)) in x.iter_mut().zip(a).zip(b).zip(c.iter().zip(e)) {
            let pair = shares[0].mul_add(*a, shares[1] * b);
            *x += shares[2].mul_add(*c, shares[3].mul_add(*e, pair));
        }
    }
    for (row, value) in last.chunks_exact(d).zip(rest) {
        let share = (value - 1.0) * dot_all(row, x);
        x.iter_mut().zip(row).for_each(|(x, u)| *x = share.mul_add(*u, *x));
    }
}

/// x <- (1 + U (Lambda - 1) U^T) x for k orthonormal columns U, one after another in `vectors`, and the k `values` Lambda:
/// directions u_i are stretched by Lambda_i and the rest left alone. 4 k d flops.
///
/// ```
/// let mut x = [1.0, 1.0];
/// steepest_kernels::stretch(&[0.6, 0.8], &[11.0], &mut x);
/// assert!((x[0] - 9.4).abs() < 1e-14 && (x[1] - 12.2).abs() < 1e-14);
/// ```
pub fn stretch(vectors: &[f64], values: &[f64], x: &mut [f64]) {
    assert_eq!(vectors.len(), values.len() * x.len(), "stretch: a vector a value");
    if !values.is_empty() {
        dispatch!(stretch_all(vectors: &[f64], values: &[f64], x: &mut [f64]));
    }
}
