//! SINGLE: e^x and 2^y over sixteen lanes of single precision, without a table.
use crate::lanes::Lanes;

/// 1.5 * 2^23: adding it rounds a small number to a whole one, found in the low bits of the sum.
const ROUND: f32 = 12582912.0;
/// All bits but the top one of the exponent, which is not set below 2.
const SMALL: u32 = !(1 << 30);
/// (2^r - 1) / r on |r| <= 1/2; one and r times it is 2^r, minimax to 9.4e-8 of it.
#[allow(clippy::approx_constant)] // the first is that of this polynomial, not ln 2
const SLOPE_OF_TWO: [f32; 5] = [0.693_147, 0.240_222_47, 0.055_507_11, 0.009_671_291, 0.001_326_952_1];

/// 2^r for |r| <= 1/2, all in step.
#[inline(always)]
fn near_one<L: Lanes, const N: usize>(v: L, r: [L::S; N]) -> [L::S; N] {
    let mut p = [v.splat_s(SLOPE_OF_TWO[4]); N];
    for c in [SLOPE_OF_TWO[3], SLOPE_OF_TWO[2], SLOPE_OF_TWO[1], SLOPE_OF_TWO[0], 1.0] {
        for i in 0..N {
            p[i] = v.pin_s(v.mul_add_s(p[i], r[i], v.splat_s(c)));
        }
    }
    p
}

/// e^x within 2e-7 + 6e-8 |x| of itself, as if x were rounded once more; below 2^-126 within 2^-149 more.
#[inline(always)]
pub(crate) fn exp_s<L: Lanes, const N: usize>(v: L, mut x: [L::S; N]) -> [L::S; N] {
    let (mut shifted, mut k) = (x, x);
    for i in 0..N {
        if !L::SATURATES {
            x[i] = v.max_s(v.splat_s(-110.0), v.min_s(v.splat_s(90.0), x[i]));
        }
        shifted[i] = v.mul_add_s(x[i], v.splat_s(std::f32::consts::LOG2_E), v.splat_s(ROUND));
    }
    for i in 0..N {
        k[i] = v.sub_s(shifted[i], v.splat_s(ROUND));
        x[i] = v.mul_sub_s(x[i], v.splat_s(std::f32::consts::LOG2_E), k[i]);
        if L::SATURATES {
            // A rest that is large or no number has an exponent that says it all.
            x[i] = v.of_bits_s(v.and_w(v.bits_s(x[i]), v.splat_w(SMALL)));
        }
        x[i] = v.pin_s(x[i]);
    }
    let mut p = near_one(v, x);
    for i in 0..N {
        p[i] = v.scale_s(p[i], k[i]);
    }
    p
}

/// 2^y within 2e-7 of itself for |y| < 2^22, below 2^-126 within 2^-149 more; beyond, 0 or infinity under any sign.
#[inline(always)]
pub(crate) fn exp2_s<L: Lanes, const N: usize>(v: L, mut y: [L::S; N]) -> [L::S; N] {
    let mut k = y;
    for i in 0..N {
        k[i] = v.sub_s(v.add_s(y[i], v.splat_s(ROUND)), v.splat_s(ROUND));
        y[i] = v.pin_s(v.sub_s(y[i], k[i]));
    }
    let mut p = near_one(v, y);
    for i in 0..N {
        p[i] = v.scale_s(p[i], k[i]);
    }
    p
}

#[cfg(test)]
mod tests {
    use super::{exp_s, exp2_s};
    use crate::lanes::{Lanes, with_lanes};
    use crate::{Level, with_level};

    #[inline(always)]
    fn exp_of<L: Lanes>(v: L, x: &mut [f32; 16]) {
        let [found] = exp_s(v, [v.load_s(x)]);
        v.store_s(found, x);
    }
    #[inline(always)]
    fn exp2_of<L: Lanes>(v: L, x: &mut [f32; 16]) {
        let [found] = exp2_s(v, [v.load_s(x)]);
        v.store_s(found, x);
    }
    fn exp(x: &mut [f32; 16]) {
        with_lanes!(exp_of(x: &mut [f32; 16]))
    }
    fn exp2(x: &mut [f32; 16]) {
        with_lanes!(exp2_of(x: &mut [f32; 16]))
    }
    /// Every 2048th number from -128 to 128: all exponents. Each among others of its sign and of both, as what is far takes its whole vector
    /// another way.
    fn numbers() -> impl Iterator<Item = [f32; 16]> {
        let sizes = (0..=(134u32 << 23) / 2048).step_by(16);
        sizes.flat_map(|first| {
            let at = |l: usize| f32::from_bits((first + l as u32) * 2048 + first % 2048);
            [[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]].map(|signs| std::array::from_fn(|l| signs[l % 2] * at(l)))
        })
    }

    #[test]
    fn powers_are_within_their_bounds_and_alike_at_every_level() {
        let mut worst = [0f64; 2];
        for x in numbers() {
            let (mut e, mut two) = (x, x);
            exp(&mut e);
            exp2(&mut two);
            for level in Level::available() {
                let (mut other, mut others) = (x, x);
                with_level(level, || exp(&mut other));
                with_level(level, || exp2(&mut others));
                assert_eq!(other.map(f32::to_bits), e.map(f32::to_bits), "{level:?}: e^{x:?}");
                assert_eq!(others.map(f32::to_bits), two.map(f32::to_bits), "{level:?}: 2^{x:?}");
            }
            for l in 0..16 {
                let x = f64::from(x[l]);
                let figures = [(e[l], x.exp(), 2e-7 + 6e-8 * x.abs()), (two[l], x.exp2(), 2e-7)];
                for (worst, (found, exact, bound)) in worst.iter_mut().zip(figures) {
                    if exact > f64::from(f32::MAX) {
                        assert!(found > 3.4e38, "{found} at {x}");
                    } else {
                        let error = (f64::from(found) - exact).abs() - f64::from(f32::from_bits(1));
                        *worst = worst.max(error / exact / bound);
                    }
                }
            }
        }
        assert!(worst.iter().all(|worst| (0.5..1.0).contains(worst)), "{worst:?} of the bounds");
    }

    #[test]
    fn what_is_no_number_or_far_stays_what_it_is() {
        let mut first = None;
        let far = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30, 200.0, -200.0, 0.0];
        let expected = [f32::NAN, f32::INFINITY, 0.0, f32::INFINITY, 0.0, f32::INFINITY, 0.0, 1.0];
        for level in Level::available() {
            let mut x = [0.0; 16];
            x[..8].copy_from_slice(&far);
            let mut y = x;
            with_level(level, || exp(&mut x));
            with_level(level, || exp2(&mut y));
            // 1e10 and the like: alike at every level, whatever they are.
            let mut wide: [f32; 16] = std::array::from_fn(|l| (l as f32 - 7.5) * 10f32.powi(2 + 2 * l as i32));
            with_level(level, || exp2(&mut wide));
            let wide = wide.map(|y| if y.is_nan() { 0 } else { y.to_bits() });
            assert_eq!(*first.get_or_insert(wide), wide, "{level:?}");
            for (k, expected) in expected.into_iter().enumerate() {
                assert!(x[k] == expected || x[k].is_nan() && expected.is_nan(), "{level:?}: {x:?}");
                assert!(y[k] == expected || y[k].is_nan() && expected.is_nan(), "{level:?}: {y:?}");
            }
        }
    }
}
