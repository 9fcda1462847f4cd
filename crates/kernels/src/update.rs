//! UPDATE: a vector added to another, stretched along given directions, or multiplied by a symmetric matrix.
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

/// L rows from `first` on, while there are so many; returns where they ended. Sums run over the columns in order, in registers.
#[inline(always)]
fn symmetric_rows<const L: usize>(a: &[f64], x: &[f64], mut first: usize, out: &mut [f64]) -> usize {
    let d = x.len();
    while first + L <= d {
        let mut sums = [0.0; L];
        for (column, x) in a.chunks_exact(d).zip(x) {
            let Some(column) = column[first..].first_chunk::<L>() else { break };
            for l in 0..L {
                sums[l] = column[l].mul_add(*x, sums[l]);
            }
        }
        out[first..first + L].copy_from_slice(&sums);
        first += L;
    }
    first
}
#[inline(always)]
fn symmetric_all(a: &[f64], x: &[f64], out: &mut [f64]) {
    let first = symmetric_rows::<32>(a, x, 0, out);
    let first = symmetric_rows::<8>(a, x, first, out);
    symmetric_rows::<1>(a, x, first, out);
}

/// out <- A x for symmetric A, each element summed over x in order. 2 d^2 flops.
///
/// # Panics
/// If A is not d x d, or out not as long as x.
///
/// ```
/// let mut out = [0.0; 2];
/// steepest_kernels::symmetric(&[2.0, 1.0, 1.0, 3.0], &[1.0, -1.0], &mut out);
/// assert_eq!(out, [1.0, -2.0]);
/// ```
pub fn symmetric(a: &[f64], x: &[f64], out: &mut [f64]) {
    let d = x.len();
    assert!(a.len() == d * d && out.len() == d, "symmetric: a matrix as wide as its vectors are long");
    dispatch!(symmetric_all(a: &[f64], x: &[f64], out: &mut [f64]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, with_level};

    /// Every width of block and its rest, at every level: the bits of sums taken in order.
    #[test]
    fn symmetric_products_are_sums_in_order() {
        for d in [1, 7, 8, 31, 32, 41, 100] {
            let a: Vec<f64> = (0..d * d).map(|k| ((k / d + 1) * (k % d + 1)) as f64 % 7.3 - 3.0).collect();
            let x: Vec<f64> = (0..d).map(|j| (j as f64 * 0.7).sin()).collect();
            let sums = |i: usize| (0..d).fold(0.0, |sum: f64, j| a[j * d + i].mul_add(x[j], sum));
            let expected: Vec<f64> = (0..d).map(sums).collect();
            for level in Level::available() {
                let mut out = vec![f64::NAN; d];
                with_level(level, || symmetric(&a, &x, &mut out));
                assert_eq!(out, expected, "d = {d}, {level:?}");
            }
        }
    }
}
