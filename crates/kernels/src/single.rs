//! SINGLE: normals evaluated in single precision, four to a Philox block, stored as `f64`.
use crate::lanes::{Lanes, with_lanes};
use crate::philox::{Batched, Blend, Glide, Relay, Sink, Source, Store, Words};

const ONE: u32 = 127 << 23;
const MANTISSA: u32 = (1 << 23) - 1;
const SQRT_HALF: u32 = 0x3f35_04f3;

/// -2 ln((1 + s) / (1 - s)) / s in z = s^2 <= (sqrt 2 - 1)^4, minimax to 7e-10.
const LOG: [f32; 4] = [-4.0, -1.333_336_3, -0.799_495_46, -0.598_525_17];
/// sin(pi x / 2) / x in z = x^2 <= 1/4, minimax to 4e-9.
const SIN: [f32; 4] = [std::f32::consts::FRAC_PI_2, -0.645_963_5, 0.079_680_03, -0.004_601_658];
/// cos(pi x / 2) in z = x^2 <= 1/4, minimax to 4e-8.
const COS: [f32; 4] = [1.0, -1.233_696_7, 0.253_594_94, -0.020_398_581];

/// sum_j c[j] z^j by Horner's rule.
#[inline(always)]
fn polynomial<L: Lanes, const N: usize>(v: L, z: L::S, c: [f32; N]) -> L::S {
    let mut p = v.splat_s(c[N - 1]);
    for j in (0..N - 1).rev() {
        p = v.mul_add_s(p, z, v.splat_s(c[j]));
    }
    p
}

/// sqrt(-2 ln u) with u = (2 floor(a / 2) + 1) / 2^32, rounded to 24 bits.
#[inline(always)]
fn radius<L: Lanes>(v: L, a: L::W) -> L::S {
    let half = 1.0 / 4294967296.0;
    let u = v.mul_add_s(v.convert(v.shr_w::<1>(a)), v.splat_s(2.0 * half), v.splat_s(half));
    let shifted = v.add_w(v.bits_s(u), v.splat_w(ONE - SQRT_HALF));
    let k = v.sub_s(v.convert(v.shr_w::<23>(shifted)), v.splat_s(127.0));
    let m = v.of_bits_s(v.add_w(v.and_w(shifted, v.splat_w(MANTISSA)), v.splat_w(SQRT_HALF)));
    let s = v.div_s(v.sub_s(m, v.splat_s(1.0)), v.add_s(m, v.splat_s(1.0)));
    let l = polynomial(v, v.mul_s(s, s), LOG);
    v.sqrt_s(v.mul_add_s(s, l, v.mul_s(k, v.splat_s(-2.0 * std::f32::consts::LN_2))))
}

/// A point on the circle: its angle is x of (-1/2, 1/2) quarter turns with 22 bits, mirrored in the second axis and in
/// the diagonal as bits 31 and 30 say.
#[inline(always)]
fn circle<L: Lanes>(v: L, bits: L::W) -> (L::S, L::S) {
    let m = v.of_bits_s(v.or_w(v.and_w(bits, v.splat_w(MANTISSA - 1)), v.splat_w(ONE | 1)));
    let x = v.sub_s(m, v.splat_s(1.5));
    let z = v.mul_s(x, x);
    let sin = v.mul_s(x, polynomial(v, z, SIN));
    let sign = v.and_w(bits, v.splat_w(1 << 31));
    let cos = v.of_bits_s(v.xor_w(v.bits_s(polynomial(v, z, COS)), sign));
    v.swap_s(bits, 1 << 30, cos, sin)
}

struct Singles<L>(L, Source);

impl<L: Lanes> Batched<L, 64> for Singles<L> {
    #[inline(always)]
    fn draw(&self, index: u64) -> [Words<L>; 2] {
        self.1.blocks(self.0, index.wrapping_mul(16), 1, 2)
    }

    #[inline(always)]
    fn shape(&self, [even, odd]: [Words<L>; 2], sink: &mut impl Sink<L>, first: usize) {
        let v = self.0;
        for pair in 0..2 {
            let r = radius(v, v.interleave(even[2 * pair], odd[2 * pair]));
            let (c, s) = circle(v, v.interleave(even[2 * pair + 1], odd[2 * pair + 1]));
            let (c, s) = (v.widen(v.mul_s(r, c)), v.widen(v.mul_s(r, s)));
            for half in 0..2 {
                let k = first + 32 * pair + 8 * half;
                sink.eight(v, c[half], k);
                sink.eight(v, s[half], k + 16);
            }
        }
    }
}

#[inline(always)]
fn fill_singles<L: Lanes>(v: L, source: Source, start: u64, out: &mut [f64]) {
    Singles(v, source).fill(start, &mut Store(out));
}

#[inline(always)]
fn blend_singles<L: Lanes>(v: L, source: Source, start: u64, mut by: Blend<'_>) {
    Singles(v, source).fill(start, &mut by);
}

#[inline(always)]
fn relay_singles<L: Lanes>(v: L, source: Source, start: u64, mut by: Relay<'_>) {
    Singles(v, source).fill(start, &mut by);
}

#[inline(always)]
fn glide_singles<L: Lanes>(v: L, source: Source, start: u64, mut by: Glide<'_>) {
    Singles(v, source).fill(start, &mut by);
}

/// `out[i]` = the standard normal of single precision of index start + i in the sequence of (key, step, stream).
///
/// Half the cost of [`normals`](crate::normals), for noise added to a state of double precision: evaluated in `f32`, four
/// to a Philox block, and widened. Groups of 64 come from sixteen blocks: index k has lane k mod 16 of the blocks
/// 16 (k / 64) + 0..16, the first two words for k mod 64 < 32, the first coordinate for k mod 32 < 16.
///
/// The radius has 31 bits, so sizes end at sqrt(64 ln 2) = 6.66, beyond which a normal falls once in 4e10; the angle has
/// 24. The error against the exact transform of these bits is below 4e-7 |z| + 4e-8 / |z|.
///
/// ```
/// let mut z = [0.0; 65];
/// steepest_kernels::normals_single(1, 0, 0, 0, &mut z);
/// let mut last = [0.0];
/// steepest_kernels::normals_single(1, 0, 0, 64, &mut last);
/// assert_eq!(last[0], z[64]);
/// assert_eq!(f64::from(z[0] as f32), z[0]);
/// ```
pub fn normals_single(key: u64, step: u64, stream: u16, start: u64, out: &mut [f64]) {
    let source = Source::new(key, step, stream);
    with_lanes!(fill_singles(source: Source, start: u64, out: &mut [f64]))
}

/// y <- c y + a z with the numbers z of [`normals_single`]; as [`shock`](crate::shock).
///
/// ```
/// use steepest_kernels::{normals_single, shock_single};
/// let (mut z, mut y) = ([0.0; 3], [2.0; 3]);
/// normals_single(1, 0, 0, 5, &mut z);
/// shock_single(0.5, 3.0, 1, 0, 0, 5, &mut y);
/// assert_eq!(y[2], 3f64.mul_add(z[2], 1.0));
/// ```
pub fn shock_single(c: f64, a: f64, key: u64, step: u64, stream: u16, start: u64, y: &mut [f64]) {
    let (source, by) = (Source::new(key, step, stream), Blend { c, a, y });
    with_lanes!(blend_singles(source: Source, start: u64, by: Blend<'_>))
}

/// [`glide`](crate::glide) with the numbers of [`normals_single`].
///
/// # Panics
/// If the lengths differ.
pub fn glide_single(
    (h, c, a): (f64, f64, f64),
    (key, step, stream, start): (u64, u64, u16, u64),
    p: &mut [f64],
    q: &mut [f64],
) {
    assert_eq!(p.len(), q.len(), "glide: equal lengths");
    let (source, by) = (Source::new(key, step, stream), Glide { h, bath: Blend { c, a, y: p }, q });
    with_lanes!(glide_singles(source: Source, start: u64, by: Glide<'_>))
}

/// [`relay`](crate::relay) with the numbers of [`normals_single`].
///
/// # Panics
/// If the lengths differ.
pub fn relay_single(a: f64, (key, step, stream, start): (u64, u64, u16, u64), white: &mut [f64], y: &mut [f64]) {
    assert_eq!(white.len(), y.len(), "relay: equal lengths");
    let (source, by) = (Source::new(key, step, stream), Relay { a, white, y });
    with_lanes!(relay_singles(source: Source, start: u64, by: Relay<'_>))
}
