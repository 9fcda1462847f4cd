//! LANES: eight numbers at a time, for the kernels whose registers must be planned by hand.
//!
//! A value of a [`Lanes`] type is a token: it exists only where its instructions may run. Every operation is one IEEE
//! or integer operation a lane, so a kernel written over them has the same bits whichever token it is given.
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod number;
mod portable;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
pub(crate) use number::Number;
pub(crate) use portable::Portable;

/// Vectors of eight `f64` (F), eight `u64` (U), sixteen `f32` (S) and sixteen `u32` (W), and what can be done with them.
pub(crate) trait Lanes: Copy {
    /// Eight `f64`.
    type F: Copy;
    /// Eight `u64`.
    type U: Copy;
    /// Sixteen `f32`.
    type S: Copy;
    /// Sixteen `u32`.
    type W: Copy;
    /// Registers the instruction set has, for a vector of eight numbers.
    const REGISTERS: usize;
    /// Whether [`Lanes::scale`] takes any k.
    const SATURATES: bool = false;

    fn load(self, x: &[f64; 8]) -> Self::F;
    /// Eight `f32`, each as the `f64` it is.
    fn load_single(self, x: &[f32; 8]) -> Self::F;
    fn store(self, x: Self::F, out: &mut [f64; 8]);
    fn splat(self, x: f64) -> Self::F;
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    /// a b + c, rounded once.
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// a b - c, rounded once.
    fn mul_sub(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// 1 / x, rounded once: without the divider, where that can be.
    #[inline(always)]
    fn reciprocal(self, x: Self::F) -> Self::F {
        self.div(self.splat(1.0), x)
    }
    fn sqrt(self, x: Self::F) -> Self::F;
    /// a where a < b, otherwise b: b is kept where it is no number.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// a where a > b, otherwise b.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// x held in [-a, a]; either end where it is no number.
    #[inline(always)]
    fn hold(self, x: Self::F, a: f64) -> Self::F {
        self.max(self.splat(-a), self.min(x, self.splat(a)))
    }
    /// x, in the order of the text: what is pinned later is made later. Left alone, the compiler takes one chain of multiplications to
    /// its end before it begins the next, and the processor looks ahead too little to mend that: each waits for its own latency.
    /// No instruction, and nothing at all where lanes are arrays.
    #[inline(always)]
    fn pin(self, x: Self::F) -> Self::F {
        x
    }
    /// As [`Lanes::pin`], where there are 32 registers.
    #[inline(always)]
    fn pin_u(self, x: Self::U) -> Self::U {
        x
    }
    /// As [`Lanes::pin`].
    #[inline(always)]
    fn pin_s(self, x: Self::S) -> Self::S {
        x
    }
    /// The same numbers, which the compiler does not know: they are not kept in registers over a loop that needs those for others.
    #[inline(always)]
    fn afresh<const K: usize>(self, x: &[f64; K]) -> &[f64; K] {
        x
    }
    /// yes where a = b, otherwise no.
    fn where_equal(self, a: Self::F, b: Self::F, yes: Self::F, no: Self::F) -> Self::F;
    /// The entry that the low three bits of each index name.
    fn look_up(self, table: &Eighths, index: Self::U) -> Self::F;
    /// x 2^floor(k) rounded once, for x of [1/2, 2] and |k| <= 1100, or any k where it saturates: then to 0, infinity, or no number if k is none.
    /// k is given as the sum k + `round`, for `round` = 1.5 * 2^49: its low bits are 8 k.
    fn scale(self, x: Self::F, shifted: Self::F, round: f64) -> Self::F;
    /// y less itself rounded to eighths, given `shifted` as in [`Lanes::scale`] of y. Where |y| >= 2^48 it is any small number, or none.
    #[inline(always)]
    fn rest_of_eighths(self, y: Self::F, shifted: Self::F, round: f64) -> Self::F {
        self.sub(y, self.sub(shifted, self.splat(round)))
    }
    /// Whether all y, given as in [`Lanes::scale`], are numbers of [-512, 512).
    fn near<const N: usize>(self, shifted: [Self::F; N], round: f64) -> bool;
    fn bits(self, x: Self::F) -> Self::U;
    fn of_bits(self, x: Self::U) -> Self::F;
    /// (a, b) where the bit `mask` of `bits` is zero, (b, a) where it is set.
    fn swap(self, bits: Self::U, mask: u64, a: Self::F, b: Self::F) -> (Self::F, Self::F);

    fn splat_u(self, x: u64) -> Self::U;
    /// x, x + step, ..., x + 7 step.
    fn ramp(self, x: u64, step: u64) -> Self::U;
    fn add_u(self, a: Self::U, b: Self::U) -> Self::U;
    /// The 64-bit product of the low halves.
    fn mul_low(self, a: Self::U, b: Self::U) -> Self::U;
    fn xor(self, a: Self::U, b: Self::U) -> Self::U;
    fn and(self, a: Self::U, b: Self::U) -> Self::U;
    fn or(self, a: Self::U, b: Self::U) -> Self::U;
    fn shl<const N: u32>(self, x: Self::U) -> Self::U;
    fn shr<const N: u32>(self, x: Self::U) -> Self::U;
    /// The low halves of both, even first: a0 b0 a1 b1 ...
    fn interleave(self, a: Self::U, b: Self::U) -> Self::W;

    fn splat_w(self, x: u32) -> Self::W;
    fn add_w(self, a: Self::W, b: Self::W) -> Self::W;
    fn xor_w(self, a: Self::W, b: Self::W) -> Self::W;
    fn and_w(self, a: Self::W, b: Self::W) -> Self::W;
    fn or_w(self, a: Self::W, b: Self::W) -> Self::W;
    fn shl_w<const N: u32>(self, x: Self::W) -> Self::W;
    fn shr_w<const N: u32>(self, x: Self::W) -> Self::W;
    /// The nearest `f32` to each integer, read as signed.
    fn convert(self, x: Self::W) -> Self::S;
    fn load_s(self, x: &[f32; 16]) -> Self::S;
    fn store_s(self, x: Self::S, out: &mut [f32; 16]);
    fn splat_s(self, x: f32) -> Self::S;
    fn add_s(self, a: Self::S, b: Self::S) -> Self::S;
    fn sub_s(self, a: Self::S, b: Self::S) -> Self::S;
    fn mul_s(self, a: Self::S, b: Self::S) -> Self::S;
    fn div_s(self, a: Self::S, b: Self::S) -> Self::S;
    /// a b + c, rounded once.
    fn mul_add_s(self, a: Self::S, b: Self::S, c: Self::S) -> Self::S;
    /// a b - c, rounded once.
    fn mul_sub_s(self, a: Self::S, b: Self::S, c: Self::S) -> Self::S;
    fn sqrt_s(self, x: Self::S) -> Self::S;
    /// As [`Lanes::min`].
    fn min_s(self, a: Self::S, b: Self::S) -> Self::S;
    /// As [`Lanes::max`].
    fn max_s(self, a: Self::S, b: Self::S) -> Self::S;
    /// x 2^k rounded once, for x of [1/2, 2) and a whole k: 0 or infinity where k is far.
    #[inline(always)]
    fn scale_s(self, x: Self::S, k: Self::S) -> Self::S {
        powers_s(self, x, k)
    }
    fn bits_s(self, x: Self::S) -> Self::W;
    fn of_bits_s(self, x: Self::W) -> Self::S;
    /// As [`Lanes::swap`].
    fn swap_s(self, bits: Self::W, mask: u32, a: Self::S, b: Self::S) -> (Self::S, Self::S);
    /// The sixteen numbers as `f64`, the first eight and the last.
    fn widen(self, x: Self::S) -> [Self::F; 2];
    /// The nearest `f32` to each, the other way round.
    fn narrow(self, x: [Self::F; 2]) -> Self::S;
}

/// What [`Lanes::near`] adds to bits, so that those of a y that is near are below [`BEYOND`] then.
fn from_least(round: f64) -> u64 {
    (8u64 * 512).wrapping_sub(round.to_bits())
}
const BEYOND: u64 = 8 * 1024;

/// [`Lanes::scale`] by two powers, as neither 2^1024 nor 2^-1075 is a number: the first product is exact.
#[inline(always)]
fn powers<L: Lanes>(v: L, x: L::F, shifted: L::F) -> L::F {
    // Shifts push the high bits, which are not of k, out at the top.
    let k = v.shr::<3>(v.bits(shifted));
    let (half, rest) = (v.shr::<1>(k), v.shr::<1>(v.add_u(k, v.splat_u(1))));
    let bias = v.splat_u(1023);
    let half = v.of_bits(v.shl::<52>(v.add_u(half, bias)));
    v.mul(v.mul(x, half), v.of_bits(v.shl::<52>(v.add_u(rest, bias))))
}

/// [`Lanes::scale_s`] by two powers, as neither 2^128 nor 2^-150 is a number: the first product is exact. The bits of 1.5 * 2^23 + k end in k.
#[inline(always)]
fn powers_s<L: Lanes>(v: L, x: L::S, k: L::S) -> L::S {
    // Where k is far x is any, or no number where k is infinite, and the power is 0 or infinity all the same. A k that is no number stays so.
    let k = v.max_s(v.splat_s(-240.0), v.min_s(v.splat_s(240.0), k));
    let x = v.max_s(v.splat_s(-2.0), v.min_s(x, v.splat_s(2.0)));
    let x = v.mul_add_s(k, v.splat_s(0.0), x);
    let whole = v.bits_s(v.add_s(k, v.splat_s(12582912.0)));
    let k = v.and_w(v.add_w(whole, v.splat_w(254)), v.splat_w(511));
    let (half, rest) = (v.shr_w::<1>(k), v.shr_w::<1>(v.add_w(k, v.splat_w(1))));
    let half = v.of_bits_s(v.shl_w::<23>(half));
    v.mul_s(v.mul_s(x, half), v.of_bits_s(v.shl_w::<23>(rest)))
}

/// Eight numbers to be looked up, and the halves of their bits for those who look up 32 at a time.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(crate) struct Eighths {
    whole: [f64; 8],
    low: [u32; 8],
    high: [u32; 8],
}
impl Eighths {
    pub(crate) const fn new(whole: [f64; 8]) -> Eighths {
        let (mut low, mut high, mut j) = ([0; 8], [0; 8], 0);
        while j < 8 {
            (low[j], high[j]) = (whole[j].to_bits() as u32, (whole[j].to_bits() >> 32) as u32);
            j += 1;
        }
        Eighths { whole, low, high }
    }
}

/// Calls an `#[inline(always)]` function of a token and arguments, compiled for the level in force.
macro_rules! with_lanes {
    ($kernel:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
        fn avx512($($arg: $type),*) $(-> $out)? {
            $crate::dispatch::aligned_frame();
            // SAFETY: this function has the features.
            $kernel(unsafe { $crate::lanes::Avx512::new() }, $($arg),*)
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn avx2($($arg: $type),*) $(-> $out)? {
            $crate::dispatch::aligned_frame();
            // SAFETY: this function has the features.
            $kernel(unsafe { $crate::lanes::Avx2::new() }, $($arg),*)
        }
        match $crate::dispatch::level() {
            // SAFETY: `level` is at most what `Level::best` found on this processor.
            #[cfg(target_arch = "x86_64")]
            $crate::dispatch::Level::Avx512 => unsafe { avx512($($arg),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            $crate::dispatch::Level::Avx2 => unsafe { avx2($($arg),*) },
            _ => $kernel($crate::lanes::Portable, $($arg),*),
        }
    }};
}
pub(crate) use with_lanes;

/// Writes methods that are one expression of intrinsics each.
#[cfg(target_arch = "x86_64")]
macro_rules! intrinsics {
    ($(fn $name:ident $(<const $n:ident: u32>)? ($($arg:ident: $type:ty),*) $(-> $out:ty)? { $body:expr })*) => {$(
        #[inline(always)]
        fn $name $(<const $n: u32>)? (self, $($arg: $type),*) $(-> $out)? {
            // SAFETY: the token exists only where the instructions do; memory is touched through references of full width.
            unsafe { $body }
        }
    )*};
}
#[cfg(target_arch = "x86_64")]
use intrinsics;

#[cfg(test)]
mod tests {
    use super::Lanes;
    use crate::{Level, philox4x32, with_level};

    #[inline(always)]
    fn reciprocal_of<L: Lanes>(v: L, x: &mut [f64; 8]) {
        v.store(v.reciprocal(v.load(x)), x);
    }
    fn reciprocal(x: &mut [f64; 8]) {
        with_lanes!(reciprocal_of(x: &mut [f64; 8]))
    }

    /// At all exponents, and where all bits of the fraction are set, as multiplications would round those the other way.
    #[test]
    fn a_reciprocal_is_a_quotient() {
        let near = (0..2048u64).flat_map(|e| (0..5).map(move |k| (e << 52).wrapping_add(k).wrapping_sub(2)));
        let signed = near.flat_map(|bits| [bits, bits | 1 << 63]);
        let drawn = (0..1_000_000u32).flat_map(|i| {
            let [a, b, c, d] = philox4x32([i, 0, 0, 0], [5, 6]);
            let any = u64::from(a) << 32 | u64::from(b);
            // Near one as well, where most of a run takes place.
            [any, 1.0f64.to_bits() | (u64::from(c) << 20 | u64::from(d) >> 12)]
        });
        let all: Vec<f64> = signed.chain(drawn).map(f64::from_bits).collect();
        for level in Level::available() {
            for x in all.as_chunks::<8>().0 {
                let mut found = *x;
                with_level(level, || reciprocal(&mut found));
                for (y, x) in found.iter().zip(x) {
                    let quotient = 1.0 / x;
                    assert!(y.to_bits() == quotient.to_bits() || (y.is_nan() && quotient.is_nan()), "1 / {x:e}: {y:e}");
                }
            }
        }
    }
}
