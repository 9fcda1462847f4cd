//! EXPONENTIAL: e^x, e^x - 1, 1/(1 + e^-x) and tanh.
use super::logarithm::{LN2_HI, LN2_LO};
use super::{ROUND, polynomial};

const LOG2_E: f64 = std::f64::consts::LOG2_E;

/// (e^r - 1 - r) / r^2 on |r| <= ln(2)/2, minimax to 2e-16.
const Q: [f64; 10] = [
    0.5,
    0.16666666666666644,
    0.04166666666662422,
    0.008333333333356245,
    0.001388888891718353,
    0.00019841269784585223,
    2.4801521326208584e-05,
    2.7557355535345094e-06,
    2.7620079997037453e-07,
    2.5068181332208692e-08,
];

/// x + low = k ln 2 + r: returns (k + 1.5 * 2^52, e^r - 1). Needs |x| < 2^40 and a tiny low.
#[inline(always)]
fn reduced(x: f64, low: f64) -> (f64, f64) {
    let shifted = x.mul_add(LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = (-k).mul_add(LN2_LO, (-k).mul_add(LN2_HI, x)) + low;
    (shifted, (r * r).mul_add(polynomial(r, Q), r))
}

/// 2^k for |k| <= 1100 as two factors, as neither 2^1024 nor 2^-1075 is a number; k given in k + 1.5 * 2^52.
#[inline(always)]
fn power_of_two(shifted: f64) -> (f64, f64) {
    let k = shifted - ROUND;
    let half = k.mul_add(0.5, ROUND);
    let rest = (k - (half - ROUND)) + ROUND;
    let factor = |k: f64| f64::from_bits((k.to_bits() << 52).wrapping_add(1023 << 52));
    (factor(half), factor(rest))
}

/// e^(x + low).
#[inline(always)]
pub(super) fn exp_of_sum(x: f64, low: f64) -> f64 {
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let (shifted, p) = reduced(x, low);
    let (a, b) = power_of_two(shifted);
    (1.0 + p) * a * b
}

/// e^x within 1.1 ulp for normal results, half a unit of 2^-1074 more below.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_of_sum(x, 0.0)
}

/// e^x - 1 within 2 ulp.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    let inside = if x > 710.0 { 710.0 } else { x };
    let inside = if inside < -40.0 { -40.0 } else { inside };
    let (shifted, p) = reduced(inside, 0.0);
    let (a, b) = power_of_two(shifted);
    // 2^k (1 + p) - 1, the subtraction first: it is exact wherever it cancels.
    let y = (p * a).mul_add(b, a.mul_add(b, -1.0));
    if x == 0.0 { x } else { y }
}

/// 1/(1 + e^-x) within 2.5 ulp, small values included.
#[inline(always)]
pub fn logistic(x: f64) -> f64 {
    let e = exp(-x.abs());
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// tanh x within 3 ulp.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    let m = expm1(-2.0 * x.abs());
    (-m / (2.0 + m)).copysign(x)
}
