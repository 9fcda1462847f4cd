//! NUMBER: one precision or the other, for kernels that are written once and run in both.
use super::Lanes;
use crate::exponential::single::{exp_s, exp2_s};
use crate::exponential::{exp_of_rounded, exp2};

/// Numbers of one precision, K to a vector of a [`Lanes`] type: eight `f64` or sixteen `f32`.
pub(crate) trait Number<L: Lanes, const K: usize>: Copy {
    /// K of them.
    type Vector: Copy;

    fn load(v: L, x: &[Self; K]) -> Self::Vector;
    fn store(v: L, x: Self::Vector, out: &mut [Self; K]);
    /// K numbers of double precision, rounded.
    fn read(v: L, x: &[f64; K]) -> Self::Vector;
    /// out += scale x, in double precision.
    fn add_to(v: L, scale: L::F, x: Self::Vector, out: &mut [f64; K]);
    /// x rounded, in every lane.
    fn splat(v: L, x: f64) -> Self::Vector;
    fn add(v: L, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(v: L, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(v: L, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn div(v: L, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a b + c, rounded once.
    fn mul_add(v: L, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    fn sqrt(v: L, x: Self::Vector) -> Self::Vector;
    fn abs(v: L, x: Self::Vector) -> Self::Vector;
    /// x or, where `sign` is the bit of a minus in an `f64`, -x.
    fn under(v: L, sign: u64, x: Self::Vector) -> Self::Vector;
    #[inline(always)]
    fn neg(v: L, x: Self::Vector) -> Self::Vector {
        Self::under(v, 1 << 63, x)
    }
    /// e^x where x is itself rounded.
    fn exp<const N: usize>(v: L, x: [Self::Vector; N]) -> [Self::Vector; N];
    /// 2^y or, where the sign is the bit of a minus in an `f64`, -2^y.
    fn exp2<const N: usize>(v: L, signs: [u64; N], y: [Self::Vector; N]) -> [Self::Vector; N];
}

/// Methods that are one expression each.
macro_rules! methods {
    ($(fn $name:ident $(<const $n:ident: usize>)? ($v:ident $(, $arg:ident: $type:ty)*) $(-> $out:ty)? { $body:expr })*) => {$(
        #[inline(always)]
        fn $name $(<const $n: usize>)? ($v: L $(, $arg: $type)*) $(-> $out)? {
            $body
        }
    )*};
}

impl<L: Lanes> Number<L, 8> for f64 {
    type Vector = L::F;
    methods! {
        fn load(v, x: &[f64; 8]) -> L::F { v.load(x) }
        fn store(v, x: L::F, out: &mut [f64; 8]) { v.store(x, out) }
        fn read(v, x: &[f64; 8]) -> L::F { v.load(x) }
        fn add_to(v, scale: L::F, x: L::F, out: &mut [f64; 8]) { v.store(v.mul_add(scale, x, v.load(out)), out) }
        fn splat(v, x: f64) -> L::F { v.splat(x) }
        fn add(v, a: L::F, b: L::F) -> L::F { v.add(a, b) }
        fn sub(v, a: L::F, b: L::F) -> L::F { v.sub(a, b) }
        fn mul(v, a: L::F, b: L::F) -> L::F { v.mul(a, b) }
        fn div(v, a: L::F, b: L::F) -> L::F { v.div(a, b) }
        fn mul_add(v, a: L::F, b: L::F, c: L::F) -> L::F { v.mul_add(a, b, c) }
        fn sqrt(v, x: L::F) -> L::F { v.sqrt(x) }
        fn abs(v, x: L::F) -> L::F { v.of_bits(v.and(v.bits(x), v.splat_u(!(1 << 63)))) }
        fn under(v, sign: u64, x: L::F) -> L::F { v.of_bits(v.xor(v.bits(x), v.splat_u(sign))) }
        fn exp<const N: usize>(v, x: [L::F; N]) -> [L::F; N] { exp_of_rounded(v, x) }
        fn exp2<const N: usize>(v, signs: [u64; N], y: [L::F; N]) -> [L::F; N] { exp2(v, signs, y) }
    }
}

impl<L: Lanes> Number<L, 16> for f32 {
    type Vector = L::S;
    methods! {
        fn load(v, x: &[f32; 16]) -> L::S { v.load_s(x) }
        fn store(v, x: L::S, out: &mut [f32; 16]) { v.store_s(x, out) }
        fn splat(v, x: f64) -> L::S { v.splat_s(x as f32) }
        fn add(v, a: L::S, b: L::S) -> L::S { v.add_s(a, b) }
        fn sub(v, a: L::S, b: L::S) -> L::S { v.sub_s(a, b) }
        fn mul(v, a: L::S, b: L::S) -> L::S { v.mul_s(a, b) }
        fn div(v, a: L::S, b: L::S) -> L::S { v.div_s(a, b) }
        fn mul_add(v, a: L::S, b: L::S, c: L::S) -> L::S { v.mul_add_s(a, b, c) }
        fn sqrt(v, x: L::S) -> L::S { v.sqrt_s(x) }
        fn abs(v, x: L::S) -> L::S { v.of_bits_s(v.and_w(v.bits_s(x), v.splat_w(!(1 << 31)))) }
        fn under(v, sign: u64, x: L::S) -> L::S { v.of_bits_s(v.xor_w(v.bits_s(x), v.splat_w((sign >> 32) as u32))) }
        fn exp<const N: usize>(v, x: [L::S; N]) -> [L::S; N] { exp_s(v, x) }
    }
    #[inline(always)]
    fn exp2<const N: usize>(v: L, signs: [u64; N], y: [L::S; N]) -> [L::S; N] {
        let mut p = exp2_s(v, y);
        for i in 0..N {
            p[i] = Self::under(v, signs[i], p[i]);
        }
        p
    }
    #[inline(always)]
    fn read(v: L, x: &[f64; 16]) -> L::S {
        let (x, _) = x.as_chunks();
        v.narrow([v.load(&x[0]), v.load(&x[1])])
    }
    #[inline(always)]
    fn add_to(v: L, scale: L::F, x: L::S, out: &mut [f64; 16]) {
        for (x, out) in v.widen(x).into_iter().zip(out.as_chunks_mut().0) {
            v.store(v.mul_add(scale, x, v.load(out)), out);
        }
    }
}
