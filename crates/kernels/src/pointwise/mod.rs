//! POINTWISE: elementary functions of one number, free of branches, for loops inside [`simd`](crate::simd).
//!
//! Each is a polynomial in explicit `mul_add` order, so a loop over it vectorises and every level gives the same bits
//! (of a NaN only that it is one). The bounds are tested against references in pairs of
//! `f64`.
mod exponential;
mod logarithm;
mod power;
mod trigonometric;
pub use exponential::{exp, expm1, logistic, tanh};
pub use logarithm::{log, log1p_exp};
pub use power::pow;
pub use trigonometric::{cos, sin};

/// 1.5 * 2^52: adding it rounds a number below 2^51 in magnitude to an integer, found in the low bits of the sum.
const ROUND: f64 = 6755399441055744.0;

/// sum_j c[j] z^j by Horner's rule.
#[inline(always)]
pub(crate) fn polynomial<const N: usize>(z: f64, c: [f64; N]) -> f64 {
    let mut p = c[N - 1];
    for j in (0..N - 1).rev() {
        p = p.mul_add(z, c[j]);
    }
    p
}
