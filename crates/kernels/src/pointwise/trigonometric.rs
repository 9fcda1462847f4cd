//! TRIGONOMETRIC: sin x and cos x.
use super::{ROUND, polynomial};

/// pi/2 in three parts: with `mul_add` the first two products lose nothing.
const HALF_PI_HI: f64 = std::f64::consts::FRAC_PI_2;
const HALF_PI_MID: f64 = 6.123233995736766e-17;
const HALF_PI_LO: f64 = -1.4973849048591698e-33;

/// (sin r / r - 1) / r^2 in z = r^2 <= (pi/4)^2, minimax to 2e-16.
const SIN: [f64; 6] = [
    -0.16666666666666666,
    0.008333333333330922,
    -0.00019841269836724218,
    2.7557316086736407e-06,
    -2.5051128873318032e-08,
    1.5917933891253894e-10,
];
/// (cos r - 1 + r^2/2) / r^4 in z = r^2 <= (pi/4)^2, minimax to 4e-17.
const COS: [f64; 6] = [
    0.041666666666666664,
    -0.0013888888888887387,
    2.480158729875097e-05,
    -2.755731726490816e-07,
    2.087614497811146e-09,
    -1.1382547036607053e-11,
];

/// sin(x + quarter pi/2).
#[inline(always)]
fn turned(x: f64, quarter: u64) -> f64 {
    let shifted = x.mul_add(std::f64::consts::FRAC_2_PI, ROUND);
    let k = shifted - ROUND;
    let r = (-k).mul_add(HALF_PI_LO, (-k).mul_add(HALF_PI_MID, (-k).mul_add(HALF_PI_HI, x)));
    let q = shifted.to_bits().wrapping_add(quarter);
    let z = r * r;
    let sin = (r * z).mul_add(polynomial(z, SIN), r);
    // 1 - z/2 and what its rounding lost.
    let h = 0.5 * z;
    let w = 1.0 - h;
    let cos = w + (z * z).mul_add(polynomial(z, COS), (1.0 - w) - h);
    let y = if q & 1 == 0 { sin } else { cos };
    f64::from_bits(y.to_bits() ^ ((q & 2) << 62))
}

/// sin x within 1.5 ulp for |x| <= 2^30; beyond, the error grows.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    let y = turned(x, 0);
    if x == 0.0 { x } else { y }
}

/// cos x within 1.5 ulp for |x| <= 2^30; beyond, the error grows.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    turned(x, 1)
}
