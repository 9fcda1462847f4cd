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
        let eighths = v.sub(shifted[i], v.splat(ROUND));
        let rest = v.mul_sub(x[i], v.splat(LOG2_E), eighths);
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

/// 2^(j / 8) under a sign, to be looked up: as it is, and as its bits less j / 8 in the exponent.
struct Powers {
    whole: Eighths,
    less: Eighths,
}
impl Powers {
    const fn new(sign: f64) -> Powers {
        let (mut whole, mut less, mut j) = (POWERS, POWERS, 0);
        while j < 8 {
            whole[j] *= sign;
            less[j] = f64::from_bits(whole[j].to_bits() - ((j as u64) << 49));
            j += 1;
        }
        Powers { whole: Eighths::new(whole), less: Eighths::new(less) }
    }
    #[inline(always)]
    fn under(sign: u64) -> &'static Powers {
        if sign == 0 { &PLUS } else { &MINUS }
    }
}
static PLUS: Powers = Powers::new(1.0);
static MINUS: Powers = Powers::new(-1.0);
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
/// 2^y within 1.1 ulp, below the normal range half a unit of 2^-1074 more, or -2^y where the sign is the bit of a minus: where the base is
/// free, two keeps a product and a rest out of it.
#[inline(always)]
pub(crate) fn exp2<L: Lanes, const N: usize>(v: L, signs: [u64; N], y: [L::F; N]) -> [L::F; N] {
    let (mut shifted, mut rest) = (y, y);
    for i in 0..N {
        shifted[i] = v.add(y[i], v.splat(ROUND));
        rest[i] = v.pin(v.rest_of_eighths(y[i], shifted[i], ROUND));
    }
    if !v.near(shifted, ROUND) {
        return far_exp2(v, signs, y);
    }
    let mut p = slope_of_two(v, rest);
    for i in 0..N {
        let table = Powers::under(signs[i]);
        if L::SATURATES {
            let power = v.look_up(&table.whole, v.bits(shifted[i]));
            p[i] = v.scale(v.mul_add(power, p[i], power), shifted[i], ROUND);
        } else {
            let eighths = v.bits(shifted[i]);
            let power = v.of_bits(v.add_u(v.bits(v.look_up(&table.less, eighths)), v.shl::<49>(eighths)));
            p[i] = v.mul_add(power, p[i], power);
        }
    }
    p
}
/// 2^r - 1, all in step.
#[inline(always)]
fn slope_of_two<L: Lanes, const N: usize>(v: L, r: [L::F; N]) -> [L::F; N] {
    let mut p = [v.splat(SLOPE_OF_TWO[6]); N];
    for j in (0..6).rev() {
        for i in 0..N {
            p[i] = v.pin(v.mul_add(p[i], r[i], v.splat(SLOPE_OF_TWO[j])));
        }
    }
    for i in 0..N {
        p[i] = v.pin(v.mul(p[i], r[i]));
    }
    p
}
/// The same where some result may be no normal number: 0 and infinity from 2^1100 on, and no number stays none.
#[inline(always)]
fn far_exp2<L: Lanes, const N: usize>(v: L, signs: [u64; N], y: [L::F; N]) -> [L::F; N] {
    let mut found = y;
    for i in 0..N {
        let held = v.hold(y[i], 1100.0);
        let shifted = v.add(held, v.splat(ROUND));
        let [p] = slope_of_two(v, [v.rest_of_eighths(held, shifted, ROUND)]);
        let power = v.look_up(&Powers::under(signs[i]).whole, v.bits(shifted));
        let scaled = v.scale(v.mul_add(power, p, power), shifted, ROUND);
        found[i] = v.where_equal(y[i], y[i], scaled, y[i]);
    }
    found
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

#[cfg(test)]
mod tests {
    use super::exp2;
    use crate::lanes::{Lanes, with_lanes};
    use crate::{Level, with_level};

    #[inline(always)]
    fn powers_of<L: Lanes>(v: L, y: &mut [f64; 8], minus: &mut [f64; 8]) {
        let y_of = v.load(y);
        let [up, down] = exp2(v, [0, 1 << 63], [y_of, y_of]);
        v.store(up, y);
        v.store(down, minus);
    }
    fn powers(y: &mut [f64; 8], minus: &mut [f64; 8]) {
        with_lanes!(powers_of(y: &mut [f64; 8], minus: &mut [f64; 8]))
    }
    fn bits(y: [f64; 8]) -> [u64; 8] {
        y.map(|y| if y.is_nan() { 0 } else { y.to_bits() })
    }

    /// Exponents from -1200 to 1200, each among near ones and among far ones, and what is no number: alike at every level, and within
    /// 2.1 units of 2^-52 (one of the library they are held against), or one of 2^-1074.
    #[test]
    fn powers_of_two_are_alike_at_every_level() {
        let far = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e300, -1e300, 1e15 + 0.125, -1e18];
        let near = (-24_000..24_000).map(|k| 0.05 * f64::from(k) + 1e-3 * f64::from(k % 50));
        for (k, y) in near.chain(far).enumerate() {
            let others = if k % 2 == 0 { [0.25, -3.7] } else { [-700.3, far[k / 2 % far.len()]] };
            let x: [f64; 8] = std::array::from_fn(|l| if l == k % 8 { y } else { others[l % 2] });
            let mut first = None;
            for level in Level::available() {
                let (mut up, mut down) = (x, x);
                with_level(level, || powers(&mut up, &mut down));
                assert_eq!(bits(down), bits(up.map(|y| -y)), "{level:?}: {x:?}");
                assert_eq!(*first.get_or_insert(bits(up)), bits(up), "{level:?}: {x:?}");
                for (found, exact) in up.iter().zip(x.map(f64::exp2)) {
                    let error = (found - exact).abs() / (2.1 * f64::EPSILON * exact + 5e-324);
                    assert!(
                        error <= 1.0 || *found == exact || (found.is_nan() && exact.is_nan()),
                        "{level:?}: {found:e} for {exact:e}"
                    );
                }
            }
        }
    }
}
