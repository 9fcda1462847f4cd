//! PORTABLE: arrays, a lane at a time.
use super::{BEYOND, Eighths, Lanes, from_least, powers};
use std::array::from_fn;

/// The token of what the target guarantees.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

type F = [f64; 8];
type U = [u64; 8];
type S = [f32; 16];
type W = [u32; 16];

/// Methods that do the same in each lane.
macro_rules! lanewise {
    ($(fn $name:ident $(<const $n:ident: u32>)? ($($arg:ident: $type:ty),*) -> $out:ty { $lane:expr })*) => {$(
        #[inline(always)]
        fn $name $(<const $n: u32>)? (self, $($arg: $type),*) -> $out {
            let lane = $lane;
            from_fn(|l| lane($($arg[l]),*))
        }
    )*};
}

impl Lanes for Portable {
    type F = F;
    type U = U;
    type S = S;
    type W = W;
    const REGISTERS: usize = 4;

    lanewise! {
        fn add(a: F, b: F) -> F { |a: f64, b: f64| a + b }
        fn sub(a: F, b: F) -> F { |a: f64, b: f64| a - b }
        fn mul(a: F, b: F) -> F { |a: f64, b: f64| a * b }
        fn div(a: F, b: F) -> F { |a: f64, b: f64| a / b }
        fn mul_add(a: F, b: F, c: F) -> F { f64::mul_add }
        fn mul_sub(a: F, b: F, c: F) -> F { |a: f64, b: f64, c: f64| a.mul_add(b, -c) }
        fn sqrt(x: F) -> F { f64::sqrt }
        fn min(a: F, b: F) -> F { |a: f64, b: f64| if a < b { a } else { b } }
        fn max(a: F, b: F) -> F { |a: f64, b: f64| if a > b { a } else { b } }
        fn where_equal(a: F, b: F, yes: F, no: F) -> F { |a: f64, b: f64, yes: f64, no: f64| if a == b { yes } else { no } }
        fn bits(x: F) -> U { f64::to_bits }
        fn of_bits(x: U) -> F { f64::from_bits }
        fn add_u(a: U, b: U) -> U { u64::wrapping_add }
        fn mul_low(a: U, b: U) -> U { |a: u64, b: u64| (a & 0xFFFF_FFFF) * (b & 0xFFFF_FFFF) }
        fn xor(a: U, b: U) -> U { |a: u64, b: u64| a ^ b }
        fn and(a: U, b: U) -> U { |a: u64, b: u64| a & b }
        fn or(a: U, b: U) -> U { |a: u64, b: u64| a | b }
        fn shl<const N: u32>(x: U) -> U { |x: u64| x << N }
        fn shr<const N: u32>(x: U) -> U { |x: u64| x >> N }
        fn add_w(a: W, b: W) -> W { u32::wrapping_add }
        fn xor_w(a: W, b: W) -> W { |a: u32, b: u32| a ^ b }
        fn and_w(a: W, b: W) -> W { |a: u32, b: u32| a & b }
        fn or_w(a: W, b: W) -> W { |a: u32, b: u32| a | b }
        fn shl_w<const N: u32>(x: W) -> W { |x: u32| x << N }
        fn shr_w<const N: u32>(x: W) -> W { |x: u32| x >> N }
        fn convert(x: W) -> S { |x: u32| x as i32 as f32 }
        fn add_s(a: S, b: S) -> S { |a: f32, b: f32| a + b }
        fn sub_s(a: S, b: S) -> S { |a: f32, b: f32| a - b }
        fn mul_s(a: S, b: S) -> S { |a: f32, b: f32| a * b }
        fn div_s(a: S, b: S) -> S { |a: f32, b: f32| a / b }
        fn mul_add_s(a: S, b: S, c: S) -> S { f32::mul_add }
        fn mul_sub_s(a: S, b: S, c: S) -> S { |a: f32, b: f32, c: f32| a.mul_add(b, -c) }
        fn sqrt_s(x: S) -> S { f32::sqrt }
        fn min_s(a: S, b: S) -> S { |a: f32, b: f32| if a < b { a } else { b } }
        fn max_s(a: S, b: S) -> S { |a: f32, b: f32| if a > b { a } else { b } }
        fn bits_s(x: S) -> W { f32::to_bits }
        fn of_bits_s(x: W) -> S { f32::from_bits }
    }

    #[inline(always)]
    fn load(self, x: &F) -> F {
        *x
    }
    #[inline(always)]
    fn load_single(self, x: &[f32; 8]) -> F {
        x.map(f64::from)
    }
    #[inline(always)]
    fn store(self, x: F, out: &mut F) {
        *out = x;
    }
    #[inline(always)]
    fn splat(self, x: f64) -> F {
        [x; 8]
    }
    #[inline(always)]
    fn swap(self, bits: U, mask: u64, a: F, b: F) -> (F, F) {
        let pick = |a: F, b: F| from_fn(|l| if bits[l] & mask == 0 { a[l] } else { b[l] });
        (pick(a, b), pick(b, a))
    }
    #[inline(always)]
    fn look_up(self, table: &Eighths, index: U) -> F {
        from_fn(|l| table.whole[(index[l] & 7) as usize])
    }
    #[inline(always)]
    fn scale(self, x: F, shifted: F, _round: f64) -> F {
        powers(self, x, shifted)
    }
    #[inline(always)]
    fn near<const N: usize>(self, shifted: [F; N], round: f64) -> bool {
        shifted.iter().flatten().all(|y| y.to_bits().wrapping_add(from_least(round)) < BEYOND)
    }
    #[inline(always)]
    fn splat_u(self, x: u64) -> U {
        [x; 8]
    }
    #[inline(always)]
    fn ramp(self, x: u64, step: u64) -> U {
        from_fn(|l| x.wrapping_add(step.wrapping_mul(l as u64)))
    }
    #[inline(always)]
    fn interleave(self, a: U, b: U) -> W {
        from_fn(|l| if l % 2 == 0 { a[l / 2] as u32 } else { b[l / 2] as u32 })
    }
    #[inline(always)]
    fn splat_w(self, x: u32) -> W {
        [x; 16]
    }
    #[inline(always)]
    fn load_s(self, x: &S) -> S {
        *x
    }
    #[inline(always)]
    fn store_s(self, x: S, out: &mut S) {
        *out = x;
    }
    #[inline(always)]
    fn splat_s(self, x: f32) -> S {
        [x; 16]
    }
    #[inline(always)]
    fn swap_s(self, bits: W, mask: u32, a: S, b: S) -> (S, S) {
        let pick = |a: S, b: S| from_fn(|l| if bits[l] & mask == 0 { a[l] } else { b[l] });
        (pick(a, b), pick(b, a))
    }
    #[inline(always)]
    fn widen(self, x: S) -> [F; 2] {
        [0, 8].map(|first| std::array::from_fn(|i| f64::from(x[first + i])))
    }
    #[inline(always)]
    fn narrow(self, x: [F; 2]) -> S {
        from_fn(|l| x[l / 8][l % 8] as f32)
    }
}
