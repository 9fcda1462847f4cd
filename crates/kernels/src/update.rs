//! UPDATE: a vector added to another.
use crate::dispatch::dispatch;

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
