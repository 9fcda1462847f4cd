//! EXPONENTIAL: e^x over lanes, by a table of eighth powers of two that fits one register, or two.
//!
//! It takes half the multiplications of [`pointwise::exp`](crate::pointwise::exp), which has no table since the loops it is
//! written for would look it up in memory.
pub(crate) mod single;
use crate::lanes::{Eighths, Lanes, with_lanes};
use std::f64::consts::LOG2_E;

/// 1.5 * 2^49: adding it rounds a small number to eighths, found in the low bits of the sum.
const ROUND: f64 = 844424930131968.0;
/// 2^(j / 8)
#[rustfmt::skip]
const POWERS: [f64; 8] = [
    1.0, 1.0905077326652577, 1.189207115002721, 1.2968395546510096,
    std::f64::consts::SQRT_2, 1.5422108254079407, 1.681792830507429, 1.8340080864093424,
];
/// The same, to be looked up.
const WHOLE: Eighths = Eighths::new(POWERS);
/// log2 e less its nearest `f64`.
const LOG2_E_REST: f64 = 2.0355273740931033e-17;
/// All bits but the top one of the exponent, which is not set below 2.
const SMALL: u64 = !(1 << 62);

/// e^x within 1.1 ulp for normal results, half a unit of 2^-1074 more below.
///
/// N vectors go in step, as each alone would wait for its own latency.
#[inline(always)]
pub(crate) fn exp<L: Lanes, const N: usize>(v: L, x: [L::F; N]) -> [L::F; N] {
    powers_of_e::<L, N, true>(v, x)
}
/// e^x within 1.1 + |x| / 8 ulp: where x is itself rounded, which may cost |x| / 2 and more, the rest of log2 e is left out.
#[inline(always)]
pub(crate) fn exp_of_rounded<L: Lanes, const N: usize>(v: L, x: [L::F; N]) -> [L::F; N] {
    powers_of_e::<L, N, false>(v, x)
}
#[inline(always)]
fn powers_of_e<L: Lanes, const N: usize, const FINE: bool>(v: L, mut x: [L::F; N]) -> [L::F; N] {
    let slope = v.afresh(&SLOPE_OF_TWO);
    let (mut shifted, mut p) = (x, [v.splat(slope[6]); N]);
    for i in 0..N {
        if !L::SATURATES {
            x[i] = v.max(v.splat(-746.0), v.min(v.splat(710.0), x[i]));
        }
        shifted[i] = v.mul_add(x[i], v.splat(LOG2_E), v.splat(ROUND));
    }
    for i in 0..N {
        let less = v.sub(v.splat(ROUND), shifted[i]);
        let rest = v.mul_add(x[i], v.splat(LOG2_E), less);
        x[i] = if FINE { v.mul_add(x[i], v.splat(LOG2_E_REST), rest) } else { rest };
        if L::SATURATES {
            // A rest that is large or no number has an exponent that says it all.
            x[i] = v.of_bits(v.and(v.bits(x[i]), v.splat_u(SMALL)));
        }
        x[i] = v.pin(x[i]);
    }
    for j in (0..6).rev() {
        for i in 0..N {
            p[i] = v.pin(v.mul_add(p[i], x[i], v.splat(slope[j])));
        }
    }
    for i in 0..N {
        p[i] = v.pin(v.mul(p[i], x[i]));
    }
    for i in 0..N {
        let power = v.look_up(&WHOLE, v.bits(shifted[i]));
        p[i] = v.scale(v.mul_add(power, p[i], power), shifted[i], ROUND);
    }
    p
}

/// The bits of 2^(j / 8), less j / 8 in the exponent.
const EIGHTHS: Eighths = {
    let mut powers = POWERS;
    let mut j = 0;
    while j < 8 {
        powers[j] = f64::from_bits(powers[j].to_bits() - ((j as u64) << 49));
        j += 1;
    }
    Eighths::new(powers)
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
fn exp_each<L: Lanes, const FINE: bool>(v: L, x: &mut [f64]) {
    let (whole, rest) = x.as_chunks_mut::<32>();
    for x in whole {
        let (x, _) = x.as_chunks_mut::<8>();
        let found = powers_of_e::<L, 4, FINE>(v, [v.load(&x[0]), v.load(&x[1]), v.load(&x[2]), v.load(&x[3])]);
        for (x, found) in x.iter_mut().zip(found) {
            v.store(found, x);
        }
    }
    for x in rest.chunks_mut(8) {
        let mut last = [0.0; 8];
        last[..x.len()].copy_from_slice(x);
        let [found] = powers_of_e::<L, 1, FINE>(v, [v.load(&last)]);
        v.store(found, &mut last);
        x.copy_from_slice(&last[..x.len()]);
    }
}
#[inline(always)]
fn each_fine<L: Lanes>(v: L, x: &mut [f64]) {
    exp_each::<L, true>(v, x);
}
#[inline(always)]
fn each_rounded<L: Lanes>(v: L, x: &mut [f64]) {
    exp_each::<L, false>(v, x);
}

/// x <- e^x, within 1.1 ulp; a result below the normal range within 0.51 of its spacing 2^-1074.
pub(crate) fn exp_slice(x: &mut [f64]) {
    with_lanes!(each_fine(x: &mut [f64]))
}
/// x <- e^x to the bits of [`exp_of_rounded`].
pub(crate) fn exp_slice_of_rounded(x: &mut [f64]) {
    with_lanes!(each_rounded(x: &mut [f64]))
}
