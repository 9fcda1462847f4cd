//! LOGARITHM: ln x and ln(1 + e^x).
use super::{exponential::exp, polynomial};

/// ln 2 in two parts; the first has 42 bits, so its product with an exponent is exact.
pub(super) const LN2_HI: f64 = 0.6931471805598903;
pub(super) const LN2_LO: f64 = 5.497923018708371e-14;
const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
const ONE_BITS: u64 = 1023 << 52;
const MANTISSA: u64 = (1 << 52) - 1;
/// 2^52 and its bits: the low bits of a number there hold an integer.
const INTEGER: f64 = 4503599627370496.0;
const INTEGER_BITS: u64 = 1075 << 52;

/// (2 atanh(s) - 2 s) / s^3 in z = s^2 <= (sqrt 2 - 1)^4, minimax to 5e-16.
const P: [f64; 7] = [
    0.666666666666667,
    0.3999999999989891,
    0.2857142862622675,
    0.2222221109612751,
    0.18182891804191015,
    0.1533163633436545,
    0.146174645643606,
];

/// k ln 2 + ln(1 + f) for sqrt(1/2) <= 1 + f <= sqrt 2.
///
/// With s = f / (2 + f): ln(1 + f) = f - f^2/2 + s (f^2/2 + s^2 P(s^2)), whose corrections to f are small.
#[inline(always)]
fn assemble(k: f64, f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let h = 0.5 * f * f;
    let small = s.mul_add(z.mul_add(polynomial(z, P), h), k * LN2_LO);
    k.mul_add(LN2_HI, f - (h - small))
}

/// x = 2^k m with sqrt(1/2) <= m < sqrt 2, for 0 < x < inf: returns (k, m).
#[inline(always)]
pub(super) fn split(x: f64) -> (f64, f64) {
    // Subnormal numbers are scaled up first.
    let small = x < f64::MIN_POSITIVE;
    let x = if small { x * 18014398509481984.0 } else { x };
    let shifted = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    let bias = if small { INTEGER + (1023.0 + 54.0) } else { INTEGER + 1023.0 };
    let k = f64::from_bits((shifted >> 52) | INTEGER_BITS) - bias;
    (k, f64::from_bits((shifted & MANTISSA) + SQRT_HALF_BITS))
}

/// ln x within 1 ulp; -inf at zero, NaN below.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let (k, m) = split(x);
    let y = assemble(k, m - 1.0);
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f64::NAN } else { y };
    // Infinity and NaN are their own logarithms.
    if x < f64::INFINITY { y } else { x }
}

/// ln(1 + e^x) within 2 ulp, without overflow.
#[inline(always)]
pub fn log1p_exp(x: f64) -> f64 {
    let t = exp(-x.abs());
    // 1 + t lies in (1, 2]: halve it past sqrt 2.
    let far = t > std::f64::consts::SQRT_2 - 1.0;
    let y = assemble(if far { 1.0 } else { 0.0 }, if far { 0.5 * (t - 1.0) } else { t });
    (if x > 0.0 { x } else { 0.0 }) + y
}
