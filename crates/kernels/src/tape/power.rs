//! One-lane x^y for any real exponent, without branches.
use crate::pointwise::{exp, polynomial};

/// ln 2 with 11 trailing zero bits, so that an exponent times it is exact; and the rest.
const LN2_HIGH: f64 = 0.6931471805598903;
const LN2_LOW: f64 = 5.497923018708371e-14;
/// (log((1 + s)/(1 - s)) - 2 s) / s^3 in z = s^2, |s| <= 3 - 2 sqrt 2.
const LOG: [f64; 8] = [
    0.6666666666666666,
    0.4000000000000088,
    0.28571428570801954,
    0.22222222392089008,
    0.18181795600060793,
    0.15386241881938595,
    0.13268714792348096,
    0.1308723619665962,
];
/// 2^52: numbers from here on have no fraction.
const WHOLE: f64 = 4503599627370496.0;

/// log x as high + low, to about 2^-60 relative, for 0 < x < inf.
#[inline(always)]
fn log_pair(x: f64) -> (f64, f64) {
    // x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt 2)
    let small = x < f64::MIN_POSITIVE;
    let bits = (if small { x * 18014398509481984.0 } else { x }).to_bits(); // 2^54
    let root_half = 0x3fe6_a09e_667f_3bcd_u64;
    let biased = bits.wrapping_sub(root_half).wrapping_add(1024 << 52) >> 52;
    let e = f64::from_bits(biased | 0x4330_0000_0000_0000) - (WHOLE + 1024.0) - if small { 54.0 } else { 0.0 };
    let f = f64::from_bits(bits.wrapping_sub(biased.wrapping_sub(1024) << 52)) - 1.0;
    // log(1 + f) = 2 atanh s, s = f/(2 + f) with the remainders of the sum and of the division
    let divisor = 2.0 + f;
    let s = f / divisor;
    let rest = (-s).mul_add(divisor, f) - s * (f - (divisor - 2.0));
    let z = s * s;
    let low = 2.0 * (rest / divisor) + s * (z * polynomial(z, LOG));
    let (a, b) = (e * LN2_HIGH, 2.0 * s);
    let high = a + b;
    // Where e = 0 the sum is b itself; otherwise |a| > |b| and its error is exact.
    (high, if e == 0.0 { low } else { (b - (high - a)) + e.mul_add(LN2_LOW, low) })
}

/// x^y; for x < 0 only with whole y; x^0 = 1^y = 1. At most 8 ulp.
#[inline(always)]
pub(super) fn pow(x: f64, y: f64) -> f64 {
    let (size, times) = (x.abs(), y.abs());
    let (high, low) = log_pair(size);
    let high = if size == 0.0 { f64::NEG_INFINITY } else { high };
    let high = if size < f64::INFINITY { high } else { size };
    let product = y * high;
    let rest = y.mul_add(high, -product) + y * low;
    let rest = if product.abs() < 800.0 { rest } else { 0.0 };
    let power = exp(product);
    let power = if rest == 0.0 { power } else { power.mul_add(rest, power) };
    let power = if x.is_nan() || y.is_nan() { f64::NAN } else { power };
    let half = 0.5 * times;
    let whole = times >= WHOLE || (times + WHOLE) - WHOLE == times;
    let odd = whole && times < 2.0 * WHOLE && (half >= WHOLE || (half + WHOLE) - WHOLE != half);
    let signed = if x < 0.0 && odd { -power } else { power };
    let signed = if x < 0.0 && !whole { f64::NAN } else { signed };
    if y == 0.0 || x == 1.0 { 1.0 } else { signed }
}
