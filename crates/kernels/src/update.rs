//! UPDATE: the fused vector updates of stochastic integrators.
use crate::dispatch::dispatch;

#[inline(always)]
fn axpy_each(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = a.mul_add(*x, *y);
    }
}
#[inline(always)]
fn scale_axpy_each(c: f64, a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = c.mul_add(*y, a * x);
    }
}
#[inline(always)]
fn drift_kick_each(a: f64, g: &[f64], b: f64, z: &[f64], x: &mut [f64]) {
    for ((x, g), z) in x.iter_mut().zip(g).zip(z) {
        *x = b.mul_add(*z, a.mul_add(*g, *x));
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

/// y <- c y + a x: the exact step of a damped momentum, c = exp(-gamma h).
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut y = [1.0, 2.0];
/// steepest_kernels::scale_axpy(3.0, 0.5, &[2.0, 4.0], &mut y);
/// assert_eq!(y, [4.0, 8.0]);
/// ```
pub fn scale_axpy(c: f64, a: f64, x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "scale_axpy: equal lengths");
    dispatch!(scale_axpy_each(c: f64, a: f64, x: &[f64], y: &mut [f64]))
}

/// x <- x + a g + b z: a stride of Euler-Maruyama, a = -h and b = sqrt(2 h / beta).
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut x = [1.0];
/// steepest_kernels::drift_kick(-0.5, &[2.0], 0.25, &[4.0], &mut x);
/// assert_eq!(x, [1.0]);
/// ```
pub fn drift_kick(a: f64, g: &[f64], b: f64, z: &[f64], x: &mut [f64]) {
    assert!(g.len() == x.len() && z.len() == x.len(), "drift_kick: equal lengths");
    dispatch!(drift_kick_each(a: f64, g: &[f64], b: f64, z: &[f64], x: &mut [f64]))
}
