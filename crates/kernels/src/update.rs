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

/// y <- y + a x.
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    debug_assert_eq!(x.len(), y.len(), "axpy: equal lengths");
    dispatch!(axpy_each(a: f64, x: &[f64], y: &mut [f64]))
}

/// y <- c y + a x.
pub fn scale_axpy(c: f64, a: f64, x: &[f64], y: &mut [f64]) {
    debug_assert_eq!(x.len(), y.len(), "scale_axpy: equal lengths");
    dispatch!(scale_axpy_each(c: f64, a: f64, x: &[f64], y: &mut [f64]))
}

/// x <- x + a g + b z.
pub fn drift_kick(a: f64, g: &[f64], b: f64, z: &[f64], x: &mut [f64]) {
    debug_assert!(g.len() == x.len() && z.len() == x.len(), "drift_kick: equal lengths");
    dispatch!(drift_kick_each(a: f64, g: &[f64], b: f64, z: &[f64], x: &mut [f64]))
}
