//! SINGLE: normals evaluated in single precision, four to a Philox block, stored as `f64`.
use crate::lanes::{Lanes, with_lanes};
use crate::philox::{Aside, Batched, Blend, Blocks, Glide, Half, Relay, SEVEN, Sink, Source, Spread, Store, Words};

const ONE: u32 = 127 << 23;
const MANTISSA: u32 = (1 << 23) - 1;
const SQRT_HALF: u32 = 0x3f35_04f3;

/// -2 ln((1 + s) / (1 - s)) / s in z = s^2 <= (sqrt 2 - 1)^4, minimax to 7e-10.
const LOG: [f32; 4] = [-4.0, -1.333_336_3, -0.799_495_46, -0.598_525_17];
/// sin(pi x / 2) / x in z = x^2 <= 1/4, minimax to 4e-9.
const SIN: [f32; 4] = [std::f32::consts::FRAC_PI_2, -0.645_963_5, 0.079_680_03, -0.004_601_658];
/// cos(pi x / 2) in z = x^2 <= 1/4, minimax to 4e-8.
const COS: [f32; 4] = [1.0, -1.233_696_7, 0.253_594_94, -0.020_398_581];

/// p z + c for all in step.
#[inline(always)]
fn line<L: Lanes, const N: usize>(v: L, mut p: [L::S; N], z: [L::S; N], c: f32) -> [L::S; N] {
    for i in 0..N {
        p[i] = v.pin_s(v.mul_add_s(p[i], z[i], v.splat_s(c)));
    }
    p
}
/// x^2
#[inline(always)]
fn square<L: Lanes, const N: usize>(v: L, mut x: [L::S; N]) -> [L::S; N] {
    for x in &mut x {
        *x = v.mul_s(*x, *x);
    }
    x
}

/// sqrt(-2 ln u) with u = (2 floor(a / 2) + 1) / 2^32, rounded to 24 bits; steps 0 to 4 of other work.
#[inline(always)]
fn radius<L: Lanes, const N: usize>(v: L, a: [L::W; N], aside: &mut impl Aside<L>) -> [L::S; N] {
    let half = 1.0 / 4294967296.0;
    let (mut k, mut s) = ([v.splat_s(0.0); N], [v.splat_s(0.0); N]);
    for i in 0..N {
        let u = v.mul_add_s(v.convert(v.shr_w::<1>(a[i])), v.splat_s(2.0 * half), v.splat_s(half));
        let shifted = v.add_w(v.bits_s(u), v.splat_w(ONE - SQRT_HALF));
        k[i] = v.sub_s(v.convert(v.shr_w::<23>(shifted)), v.splat_s(127.0));
        let m = v.of_bits_s(v.add_w(v.and_w(shifted, v.splat_w(MANTISSA)), v.splat_w(SQRT_HALF)));
        s[i] = v.pin_s(v.div_s(v.sub_s(m, v.splat_s(1.0)), v.add_s(m, v.splat_s(1.0))));
        aside.step(v, i);
    }
    if N == 1 {
        aside.step(v, 1);
    }
    let z = square(v, s);
    let l = line(v, [v.splat_s(LOG[3]); N], z, LOG[2]);
    aside.step(v, 2);
    let l = line(v, l, z, LOG[1]);
    aside.step(v, 3);
    let l = line(v, l, z, LOG[0]);
    aside.step(v, 4);
    for i in 0..N {
        k[i] = v.pin_s(v.sqrt_s(v.mul_add_s(s[i], l[i], v.mul_s(k[i], v.splat_s(-2.0 * std::f32::consts::LN_2)))));
    }
    k
}

/// Points on the circle: the angle is x of (-1/2, 1/2) quarter turns with 22 bits, mirrored in the second axis and in
/// the diagonal as bits 31 and 30 say; steps 5 and 6 of other work.
#[inline(always)]
fn circle<L: Lanes, const N: usize>(v: L, bits: [L::W; N], aside: &mut impl Aside<L>) -> [(L::S, L::S); N] {
    let mut x = [v.splat_s(0.0); N];
    for i in 0..N {
        let m = v.of_bits_s(v.or_w(v.and_w(bits[i], v.splat_w(MANTISSA - 1)), v.splat_w(ONE | 1)));
        x[i] = v.pin_s(v.sub_s(m, v.splat_s(1.5)));
    }
    aside.step(v, 5);
    let z = square(v, x);
    let (sin, cos) = (line(v, [v.splat_s(SIN[3]); N], z, SIN[2]), line(v, [v.splat_s(COS[3]); N], z, COS[2]));
    aside.step(v, 6);
    let (sin, cos) = (line(v, sin, z, SIN[1]), line(v, cos, z, COS[1]));
    let (sin, cos) = (line(v, sin, z, SIN[0]), line(v, cos, z, COS[0]));
    let mut at = [(x[0], x[0]); N];
    for i in 0..N {
        let sin = v.mul_s(x[i], sin[i]);
        let sign = v.and_w(bits[i], v.splat_w(1 << 31));
        let cos = v.of_bits_s(v.xor_w(v.bits_s(cos[i]), sign));
        at[i] = v.swap_s(bits[i], 1 << 30, cos, sin);
    }
    at
}

/// What becomes of the words of N pairs: radius and angle, and the two normals of each.
#[inline(always)]
fn pairs<L: Lanes, const N: usize>(v: L, a: [L::W; N], b: [L::W; N], aside: &mut impl Aside<L>) -> [(L::S, L::S); N] {
    let r = radius(v, a, aside);
    let mut at = circle(v, b, aside);
    for i in 0..N {
        at[i] = (v.mul_s(r[i], at[i].0), v.mul_s(r[i], at[i].1));
    }
    at
}

struct Singles<L: Lanes>(L, Spread<L, SEVEN>);

impl<L: Lanes> Batched<L, 64, SEVEN> for Singles<L> {
    const ASIDE: usize = SEVEN;

    #[inline(always)]
    fn draw(&self, index: u64) -> Blocks<'_, L, SEVEN> {
        self.1.blocks(self.0, index.wrapping_mul(16), 1, 2)
    }

    #[inline(always)]
    fn shape(&self, [even, odd]: [Words<L>; 2], aside: &mut impl Aside<L>, sink: &mut impl Sink<L>, first: usize) {
        let v = self.0;
        if L::REGISTERS >= 32 {
            let a = [v.interleave(even[0], odd[0]), v.interleave(even[2], odd[2])];
            let b = [v.interleave(even[1], odd[1]), v.interleave(even[3], odd[3])];
            let [z, w] = pairs(v, a, b, aside);
            put(v, z, sink, first);
            put(v, w, sink, first + 32);
        } else {
            // Written out: in a loop the rounds would go through memory.
            let [z] = pairs(v, [v.interleave(even[0], odd[0])], [v.interleave(even[1], odd[1])], &mut Half(aside, 0));
            put(v, z, sink, first);
            let [z] = pairs(v, [v.interleave(even[2], odd[2])], [v.interleave(even[3], odd[3])], &mut Half(aside, 1));
            put(v, z, sink, first + 32);
        }
    }
}

/// Gives `sink` sixteen first and sixteen second coordinates.
#[inline(always)]
fn put<L: Lanes>(v: L, z: (L::S, L::S), sink: &mut impl Sink<L>, first: usize) {
    for (k, z) in [(0, z.0), (16, z.1)] {
        let [low, high] = v.widen(z);
        sink.eight(v, low, first + k);
        sink.eight(v, high, first + k + 8);
    }
}

#[inline(always)]
fn fill_singles<L: Lanes>(v: L, source: Source, start: u64, out: &mut [f64]) {
    Singles(v, source.over(v)).fill(v, start, &mut Store(out));
}

#[inline(always)]
fn blend_singles<L: Lanes>(v: L, source: Source, start: u64, mut by: Blend<'_>) {
    Singles(v, source.over(v)).fill(v, start, &mut by);
}

#[inline(always)]
fn relay_singles<L: Lanes>(v: L, source: Source, start: u64, mut by: Relay<'_>) {
    Singles(v, source.over(v)).fill(v, start, &mut by);
}

#[inline(always)]
fn glide_singles<L: Lanes>(v: L, source: Source, start: u64, mut by: Glide<'_>) {
    Singles(v, source.over(v)).fill(v, start, &mut by);
}

/// `out[i]` = the standard normal of single precision of index start + i in the sequence of (key, step, stream).
///
/// A third of the cost of [`normals`](crate::normals), for noise added to a state of double precision: evaluated in `f32`, four
/// to a Philox4x32-7 block `[SalmonEtAl2011]`, and widened. Groups of 64 come from sixteen blocks: index k has lane k mod 16 of the blocks
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
