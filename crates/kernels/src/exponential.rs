//! EXPONENTIAL: e^x over lanes, by a table of eighth powers of two that fits one register, or two.
//!
//! It takes half the multiplications of [`pointwise::exp`](crate::pointwise::exp), which has no table since the loops it is
//! written for would look it up in memory.
use crate::lanes::{Lanes, with_lanes};

/// 1.5 * 2^49: adding it rounds a small number to eighths, found in the low bits of the sum.
const ROUND: f64 = 844424930131968.0;
/// ln 2 less its nearest `f64`.
const LN2_REST: f64 = 2.3190468138462996e-17;
/// 2^(j / 8)
#[rustfmt::skip]
const POWERS: [f64; 8] = [
    1.0, 1.0905077326652577, 1.189207115002721, 1.2968395546510096,
    std::f64::consts::SQRT_2, 1.5422108254079407, 1.681792830507429, 1.8340080864093424,
];
/// (e^r - 1) / r on |r| <= ln(2) / 16; times r, minimax to 5e-18.
const SLOPE: [f64; 7] = [
    1.0,
    0.500000000000018,
    0.1666666666666738,
    0.04166666659019536,
    0.00833333331755285,
    0.0013889703643670105,
    0.0001984243380297837,
];

/// e^x within 1.1 ulp for normal results, half a unit of 2^-1074 more below.
///
/// N vectors go in step, as each alone would wait for its own latency.
#[inline(always)]
pub(crate) fn exp<L: Lanes, const N: usize>(v: L, mut x: [L::F; N]) -> [L::F; N] {
    let mut shifted = x;
    let mut p = [v.splat(SLOPE[6]); N];
    for i in 0..N {
        x[i] = v.max(v.splat(-746.0), v.min(v.splat(710.0), x[i]));
        shifted[i] = v.mul_add(x[i], v.splat(std::f64::consts::LOG2_E), v.splat(ROUND));
    }
    let mut k = shifted;
    for i in 0..N {
        k[i] = v.sub(shifted[i], v.splat(ROUND));
    }
    for i in 0..N {
        x[i] = v.mul_add(k[i], v.splat(-std::f64::consts::LN_2), x[i]);
    }
    for i in 0..N {
        x[i] = v.mul_add(k[i], v.splat(-LN2_REST), x[i]);
    }
    for j in (0..6).rev() {
        for i in 0..N {
            p[i] = v.mul_add(p[i], x[i], v.splat(SLOPE[j]));
        }
    }
    for i in 0..N {
        p[i] = v.mul(p[i], x[i]);
    }
    for i in 0..N {
        let power = v.look_up(&POWERS, v.bits(shifted[i]));
        p[i] = v.scale(v.mul_add(power, p[i], power), k[i], v.bits(shifted[i]));
    }
    p
}

/// The bits of 2^(j / 8), less j / 8 in the exponent.
const EIGHTHS: [f64; 8] = {
    let mut powers = POWERS;
    let mut j = 0;
    while j < 8 {
        powers[j] = f64::from_bits(powers[j].to_bits() - ((j as u64) << 49));
        j += 1;
    }
    powers
};
/// (2^r - 1) / r on |r| <= 1/16; times r, minimax to 5e-18.
const SLOPE_OF_TWO: [f64; 7] = [
    std::f64::consts::LN_2,
    0.2402265069591155,
    0.05550410866485876,
    0.009618129084941723,
    0.0013333557969512585,
    0.00015404526008265843,
    1.5255628884044352e-05,
];
/// Exponents beyond this are taken for it.
const FARTHEST: f64 = 1000.0;

/// 2^y within 1.1 ulp, for y held in [-1000, 1000]: where the base is free, two keeps a product and a rest out of it.
#[inline(always)]
pub(crate) fn exp2<L: Lanes, const N: usize>(v: L, mut y: [L::F; N]) -> [L::F; N] {
    let (mut power, mut p) = (y, [v.splat(SLOPE_OF_TWO[6]); N]);
    for i in 0..N {
        y[i] = v.hold(y[i], FARTHEST);
        let shifted = v.add(y[i], v.splat(ROUND));
        y[i] = v.pin(v.sub(y[i], v.sub(shifted, v.splat(ROUND))));
        let eighths = v.bits(shifted);
        power[i] = v.of_bits(v.add_u(v.bits(v.look_up(&EIGHTHS, eighths)), v.shl::<49>(eighths)));
    }
    for j in (0..6).rev() {
        for i in 0..N {
            p[i] = v.pin(v.mul_add(p[i], y[i], v.splat(SLOPE_OF_TWO[j])));
        }
    }
    for i in 0..N {
        p[i] = v.pin(v.mul(p[i], y[i]));
    }
    for i in 0..N {
        p[i] = v.mul_add(power[i], p[i], power[i]);
    }
    p
}

#[inline(always)]
fn exp_each<L: Lanes>(v: L, x: &mut [f64]) {
    let (whole, rest) = x.as_chunks_mut::<16>();
    for x in whole {
        let (x, _) = x.as_chunks_mut::<8>();
        let found = exp(v, [v.load(&x[0]), v.load(&x[1])]);
        v.store(found[0], &mut x[0]);
        v.store(found[1], &mut x[1]);
    }
    for x in rest.chunks_mut(8) {
        let mut last = [0.0; 8];
        last[..x.len()].copy_from_slice(x);
        let [found] = exp(v, [v.load(&last)]);
        v.store(found, &mut last);
        x.copy_from_slice(&last[..x.len()]);
    }
}

/// x <- e^x, within 1.1 ulp; a result below the normal range within 0.51 of its spacing 2^-1074.
pub(crate) fn exp_slice(x: &mut [f64]) {
    with_lanes!(exp_each(x: &mut [f64]))
}
