//! POWER: x^y.
use super::{exp, log};

/// x^y.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    exp(y * log(x))
}
