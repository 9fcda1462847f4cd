//! ELEMENTWISE: elementary functions of every element of a slice, in place.
use crate::dispatch::dispatch;
use crate::pointwise;

#[inline(always)]
fn each(x: &mut [f64], f: impl Fn(f64) -> f64) {
    for x in x {
        *x = f(*x);
    }
}

#[inline(always)]
fn exp_each(x: &mut [f64]) {
    each(x, |x| pointwise::exp(x));
}
#[inline(always)]
fn log_each(x: &mut [f64]) {
    each(x, |x| pointwise::log(x));
}
#[inline(always)]
fn log1p_exp_each(x: &mut [f64]) {
    each(x, |x| pointwise::log1p_exp(x));
}
#[inline(always)]
fn logistic_each(x: &mut [f64]) {
    each(x, |x| pointwise::logistic(x));
}
#[inline(always)]
fn tanh_each(x: &mut [f64]) {
    each(x, |x| pointwise::tanh(x));
}
#[inline(always)]
fn sin_each(x: &mut [f64]) {
    each(x, |x| pointwise::sin(x));
}
#[inline(always)]
fn cos_each(x: &mut [f64]) {
    each(x, |x| pointwise::cos(x));
}
#[inline(always)]
fn sqrt_each(x: &mut [f64]) {
    each(x, f64::sqrt);
}
#[inline(always)]
fn pow_each(x: &mut [f64], y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x = pointwise::pow(*x, *y);
    }
}

/// x <- e^x.
pub fn exp(x: &mut [f64]) {
    dispatch!(exp_each(x: &mut [f64]))
}
/// x <- ln x.
pub fn log(x: &mut [f64]) {
    dispatch!(log_each(x: &mut [f64]))
}
/// x <- ln(1 + e^x).
pub fn log1p_exp(x: &mut [f64]) {
    dispatch!(log1p_exp_each(x: &mut [f64]))
}
/// x <- 1/(1 + e^-x).
pub fn logistic(x: &mut [f64]) {
    dispatch!(logistic_each(x: &mut [f64]))
}
/// x <- tanh x.
pub fn tanh(x: &mut [f64]) {
    dispatch!(tanh_each(x: &mut [f64]))
}
/// x <- sin x.
pub fn sin(x: &mut [f64]) {
    dispatch!(sin_each(x: &mut [f64]))
}
/// x <- cos x.
pub fn cos(x: &mut [f64]) {
    dispatch!(cos_each(x: &mut [f64]))
}
/// x <- sqrt x, correctly rounded.
pub fn sqrt(x: &mut [f64]) {
    dispatch!(sqrt_each(x: &mut [f64]))
}
/// x <- x^y.
pub fn pow(x: &mut [f64], y: &[f64]) {
    assert_eq!(x.len(), y.len(), "pow: as many exponents as bases");
    dispatch!(pow_each(x: &mut [f64], y: &[f64]))
}
