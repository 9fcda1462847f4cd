//! POWER: x^y through a logarithm of twice the precision.
use super::{exponential::exp_of_sum, logarithm, polynomial};

/// (2 atanh(s) - 2 s - 2 s^3/3) / s^5 in z = s^2 <= (sqrt 2 - 1)^4, minimax to 5e-18.
const P: [f64; 8] = [
    0.4,
    0.2857142857142937,
    0.22222222221653734,
    0.18181818335858177,
    0.15384594914778532,
    0.13334807200212007,
    0.11706171266291514,
    0.11723840753533889,
];
/// 2/3 in two parts.
const TWO_THIRDS: (f64, f64) = (0.6666666666666666, 3.700743415417188e-17);

/// The sum of two numbers and its rounding error, |a| >= |b| or a = 0.
#[inline(always)]
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    (s, b - (s - a))
}

/// ln x for 0 < x < inf in two parts, to 2^-64 of its size.
#[inline(always)]
fn log_in_two(x: f64) -> (f64, f64) {
    let (k, m) = logarithm::split(x);
    // s = f / (2 + f) in two parts.
    let f = m - 1.0;
    let d = 2.0 + f;
    let s = f / d;
    let rest = (-s).mul_add(f - (d - 2.0), (-s).mul_add(d, f));
    let s_low = rest / d;
    // 2 s^3 / 3 in two parts, and the terms above as one number.
    let z = s * s;
    let z_low = (2.0 * s).mul_add(s_low, s.mul_add(s, -z));
    let cube = z * s;
    let cube_low = z.mul_add(s, -cube) + z_low.mul_add(s, z * s_low);
    let t = TWO_THIRDS.0 * cube;
    let t_low = TWO_THIRDS.0.mul_add(cube, -t) + TWO_THIRDS.0.mul_add(cube_low, TWO_THIRDS.1 * cube);
    let above = cube * z * polynomial(z, P);
    let (a, a_low) = fast_two_sum(k * logarithm::LN2_HI, 2.0 * s);
    let (b, b_low) = fast_two_sum(a, t);
    let low = k.mul_add(logarithm::LN2_LO, 2.0 * s_low) + (above + t_low);
    fast_two_sum(b, (a_low + b_low) + low)
}

/// x^y within 1.5 ulp, with the special cases of IEEE 754 `pow`.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let size = x.abs();
    let (high, low) = log_in_two(size);
    let p = y * high;
    let inside = p.abs() < 1e4;
    let p_low = if inside { y.mul_add(high, -p) + y * low } else { 0.0 };
    let z = exp_of_sum(p, p_low);
    // Zero and infinity to any power but zero.
    let up = (size > 1.0) == (y > 0.0);
    let z = if size == 0.0 || size == f64::INFINITY { if up { f64::INFINITY } else { 0.0 } } else { z };
    // The sign: below 2^52 the unit bit of y shows once 2^52 is added, from 2^52 on it is the last bit of y itself.
    let magnitude = y.abs();
    let shown = if magnitude < 4503599627370496.0 { magnitude + 4503599627370496.0 } else { magnitude };
    let whole = magnitude >= 4503599627370496.0 || shown - 4503599627370496.0 == magnitude;
    let odd = whole && magnitude < 9007199254740992.0 && shown.to_bits() & 1 == 1;
    let z = if odd { z.copysign(x) } else { z };
    let z = if x < 0.0 && !whole && size < f64::INFINITY { f64::NAN } else { z };
    let z = if x.is_nan() || y.is_nan() { f64::NAN } else { z };
    if y == 0.0 || x == 1.0 || (x == -1.0 && magnitude == f64::INFINITY) { 1.0 } else { z }
}
