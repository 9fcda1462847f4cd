//! ELEMENTWISE: elementary functions of every element of a slice, in place.
use crate::dispatch::dispatch;
use crate::pointwise;

// Loops, not closures: a function passed as a value is not always inlined, and then runs as plain code.
#[inline(always)]
fn expm1_each(x: &mut [f64]) {
    for x in x {
        *x = pointwise::expm1(*x);
    }
}
#[inline(always)]
fn log_each(x: &mut [f64]) {
    for x in x {
        *x = pointwise::log(*x);
    }
}
#[inline(always)]
fn log1p_exp_each(x: &mut [f64]) {
    for x in x {
        *x = pointwise::log1p_exp(*x);
    }
}
#[inline(always)]
fn logistic_each(x: &mut [f64]) {
    for x in x {
        *x = pointwise::logistic(*x);
    }
}
#[inline(always)]
fn tanh_each(x: &mut [f64]) {
    for x in x {
        *x = pointwise::tanh(*x);
    }
}
#[inline(always)]
fn sin_each(x: &mut [f64]) {
    for x in x {
        *x = pointwise::sin(*x);
    }
}
#[inline(always)]
fn cos_each(x: &mut [f64]) {
    for x in x {
        *x = pointwise::cos(*x);
    }
}
#[inline(always)]
fn sqrt_each(x: &mut [f64]) {
    for x in x {
        *x = x.sqrt();
    }
}
#[inline(always)]
fn pow_each(x: &mut [f64], y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x = pointwise::pow(*x, *y);
    }
}

/// x <- e^x, within 1.1 ulp; a result below the normal range within 0.51 of its spacing 2^-1074.
///
/// ```
/// let mut x = [1.0, 0.0, -1000.0, 1000.0];
/// steepest_kernels::exp(&mut x);
/// assert!((x[0] - std::f64::consts::E).abs() < 5e-16);
/// assert_eq!(x[1..], [1.0, 0.0, f64::INFINITY]);
/// ```
pub fn exp(x: &mut [f64]) {
    crate::exponential::exp_slice(x)
}

/// x <- e^x - 1, within 2 ulp.
///
/// ```
/// let mut x = [1e-20, -1000.0];
/// steepest_kernels::expm1(&mut x);
/// assert_eq!(x, [1e-20, -1.0]);
/// ```
pub fn expm1(x: &mut [f64]) {
    dispatch!(expm1_each(x: &mut [f64]))
}

/// x <- ln x, within 1 ulp; -inf at zero, NaN below.
///
/// ```
/// let mut x = [1.0, 10.0, 0.0];
/// steepest_kernels::log(&mut x);
/// assert_eq!(x, [0.0, std::f64::consts::LN_10, f64::NEG_INFINITY]);
/// ```
pub fn log(x: &mut [f64]) {
    dispatch!(log_each(x: &mut [f64]))
}

/// x <- ln(1 + e^x), within 2 ulp and without overflow.
///
/// ```
/// let mut x = [0.0, 1e6, -800.0];
/// steepest_kernels::log1p_exp(&mut x);
/// assert_eq!(x, [std::f64::consts::LN_2, 1e6, 0.0]);
/// ```
pub fn log1p_exp(x: &mut [f64]) {
    dispatch!(log1p_exp_each(x: &mut [f64]))
}

/// x <- 1/(1 + e^-x), within 2.5 ulp, small values included.
///
/// ```
/// let mut x = [0.0, 50.0, f64::NEG_INFINITY];
/// steepest_kernels::logistic(&mut x);
/// assert_eq!(x, [0.5, 1.0, 0.0]);
/// ```
pub fn logistic(x: &mut [f64]) {
    dispatch!(logistic_each(x: &mut [f64]))
}

/// x <- tanh x, within 3 ulp.
///
/// ```
/// let mut x = [0.0, 1e-20, -30.0];
/// steepest_kernels::tanh(&mut x);
/// assert_eq!(x, [0.0, 1e-20, -1.0]);
/// ```
pub fn tanh(x: &mut [f64]) {
    dispatch!(tanh_each(x: &mut [f64]))
}

/// x <- sin x, within 1.5 ulp for |x| <= 2^30; beyond, the error grows.
///
/// ```
/// let mut x = [0.0, std::f64::consts::FRAC_PI_2];
/// steepest_kernels::sin(&mut x);
/// assert_eq!(x, [0.0, 1.0]);
/// ```
pub fn sin(x: &mut [f64]) {
    dispatch!(sin_each(x: &mut [f64]))
}

/// x <- cos x, within 1.5 ulp for |x| <= 2^30; beyond, the error grows.
///
/// ```
/// let mut x = [0.0, std::f64::consts::PI];
/// steepest_kernels::cos(&mut x);
/// assert_eq!(x, [1.0, -1.0]);
/// ```
pub fn cos(x: &mut [f64]) {
    dispatch!(cos_each(x: &mut [f64]))
}

/// x <- sqrt x, correctly rounded.
pub fn sqrt(x: &mut [f64]) {
    dispatch!(sqrt_each(x: &mut [f64]))
}

/// x <- x^y element by element, within 1.5 ulp, with the special cases of IEEE 754 `pow`.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut x = [2.0, -2.0, -2.0];
/// steepest_kernels::pow(&mut x, &[0.5, 3.0, 0.5]);
/// assert!((x[0] - std::f64::consts::SQRT_2).abs() < 4e-16);
/// assert_eq!(x[1], -8.0);
/// assert!(x[2].is_nan());
/// ```
pub fn pow(x: &mut [f64], y: &[f64]) {
    assert_eq!(x.len(), y.len(), "pow: as many exponents as bases");
    dispatch!(pow_each(x: &mut [f64], y: &[f64]))
}
