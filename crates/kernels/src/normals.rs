//! NORMALS: standard normals and uniforms as pure functions of (key, step, stream, index).
use crate::lanes::{Lanes, with_lanes};
use crate::philox::{Aside, Batched, Blend, Blocks, Glide, Half, Relay, Sink, Source, Spread, Store, TEN, Words};

/// Numbers made together: two groups of sixteen, enough to keep the processor's units busy.
const BATCH: usize = 32;

const ONE: u64 = 1023 << 52;
const MANTISSA: u64 = (1 << 52) - 1;
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
/// 2^52 and its bits: the low bits of a number there hold an integer.
const INTEGER: f64 = 4503599627370496.0;
const INTEGER_BITS: u64 = 1075 << 52;

/// -2 ln((1 + s) / (1 - s)) / s in z = s^2 <= (sqrt 2 - 1)^4, minimax to 2e-16.
const LOG: [f64; 7] = [
    -4.000000000000001,
    -1.3333333333310384,
    -0.800000001243058,
    -0.571428319179008,
    -0.44446877569324034,
    -0.36243603074100866,
    -0.3367844125061527,
];
/// sin(pi x / 2) / x in z = x^2 <= 1/4, minimax to 5e-15.
const SIN: [f64; 6] = [
    1.5707963267948895,
    -0.6459640975042397,
    0.07969262615353515,
    -0.004681752566780241,
    0.00016042915251895755,
    -3.5562065761525054e-06,
];
/// cos(pi x / 2) in z = x^2 <= 1/4, minimax to 6e-17.
const COS: [f64; 7] = [
    0.9999999999999999,
    -1.2337005501361489,
    0.2536695078997531,
    -0.020863480733058964,
    0.0009192599355831378,
    -2.5200084147535964e-05,
    4.6546177954479527e-07,
];

/// p z + c for all in step.
#[inline(always)]
fn line<L: Lanes, const N: usize>(v: L, mut p: [L::F; N], z: [L::F; N], c: f64) -> [L::F; N] {
    for i in 0..N {
        p[i] = v.pin(v.mul_add(p[i], z[i], v.splat(c)));
    }
    p
}
/// x^2
#[inline(always)]
fn square<L: Lanes, const N: usize>(v: L, mut x: [L::F; N]) -> [L::F; N] {
    for x in &mut x {
        *x = v.mul(*x, *x);
    }
    x
}

/// 1 + (2 i + 1) / 2^52 for the 51-bit i made of `a` (but for its top bit) and bits 1 to 20 of `b`.
///
/// Odd numerators leave out both ends of [1, 2) and make the grid symmetric about its middle.
#[inline(always)]
fn one_to_two<L: Lanes>(v: L, a: L::U, b: L::U) -> L::F {
    let low = v.and(b, v.splat_u(0x1F_FFFE));
    let both = v.and(v.or(v.shl::<21>(a), low), v.splat_u(MANTISSA));
    v.of_bits(v.or(both, v.splat_u(ONE | 1)))
}

/// sqrt(-2 ln u) for 2^-52 <= u < 1.
#[inline(always)]
fn radius<L: Lanes, const N: usize>(v: L, u: [L::F; N], aside: &mut impl Aside<L>) -> [L::F; N] {
    let (mut k, mut s) = (u, u);
    for i in 0..N {
        let shifted = v.add_u(v.bits(u[i]), v.splat_u(ONE - SQRT_HALF));
        k[i] = v.sub(v.of_bits(v.or(v.shr::<52>(shifted), v.splat_u(INTEGER_BITS))), v.splat(INTEGER + 1023.0));
        let m = v.of_bits(v.add_u(v.and(shifted, v.splat_u(MANTISSA)), v.splat_u(SQRT_HALF)));
        s[i] = v.pin(v.div(v.sub(m, v.splat(1.0)), v.add(m, v.splat(1.0))));
    }
    let z = square(v, s);
    let l = line(v, [v.splat(LOG[6]); N], z, LOG[5]);
    aside.step(v, 0);
    let l = line(v, l, z, LOG[4]);
    aside.step(v, 1);
    let l = line(v, l, z, LOG[3]);
    aside.step(v, 2);
    let l = line(v, l, z, LOG[2]);
    aside.step(v, 3);
    let l = line(v, l, z, LOG[1]);
    aside.step(v, 4);
    let l = line(v, l, z, LOG[0]);
    aside.step(v, 5);
    for i in 0..N {
        k[i] = v.sqrt(v.mul_add(s[i], l[i], v.mul(k[i], v.splat(-2.0 * std::f64::consts::LN_2))));
    }
    k
}

/// Points on the circle: the angle is x of (-1/2, 1/2) quarter turns, mirrored in the second axis as the top bit of `a`
/// says and in the diagonal as bit 31 of `b` says: the bits that [`one_to_two`] leaves.
#[inline(always)]
fn circle<L: Lanes, const N: usize>(v: L, a: [L::U; N], b: [L::U; N], aside: &mut impl Aside<L>) -> [(L::F, L::F); N] {
    let mut x = [v.splat(0.0); N];
    for i in 0..N {
        x[i] = v.sub(one_to_two(v, a[i], b[i]), v.splat(1.5));
    }
    let z = square(v, x);
    let (sin, cos) = ([v.splat(SIN[5]); N], [v.splat(COS[6]); N]);
    let cos = line(v, cos, z, COS[5]);
    let (sin, cos) = (line(v, sin, z, SIN[4]), line(v, cos, z, COS[4]));
    aside.step(v, 6);
    let (sin, cos) = (line(v, sin, z, SIN[3]), line(v, cos, z, COS[3]));
    aside.step(v, 7);
    let (sin, cos) = (line(v, sin, z, SIN[2]), line(v, cos, z, COS[2]));
    aside.step(v, 8);
    let (sin, cos) = (line(v, sin, z, SIN[1]), line(v, cos, z, COS[1]));
    aside.step(v, 9);
    let (sin, cos) = (line(v, sin, z, SIN[0]), line(v, cos, z, COS[0]));
    let mut at = [(x[0], x[0]); N];
    for i in 0..N {
        let sin = v.mul(x[i], sin[i]);
        let sign = v.and(v.shl::<32>(a[i]), v.splat_u(1 << 63));
        let cos = v.of_bits(v.xor(v.bits(cos[i]), sign));
        at[i] = v.swap(b[i], 1 << 31, cos, sin);
    }
    at
}

/// What becomes of N groups of words: radius and angle, and the two normals of each.
#[inline(always)]
fn groups<L: Lanes, const N: usize>(v: L, words: [Words<L>; N], aside: &mut impl Aside<L>) -> [(L::F, L::F); N] {
    let (mut u, mut a, mut b) = ([v.splat(0.0); N], [v.splat_u(0); N], [v.splat_u(0); N]);
    for (i, w) in words.iter().enumerate() {
        u[i] = v.sub(v.splat(2.0), one_to_two(v, w[0], w[1]));
        (a[i], b[i]) = (w[2], w[3]);
    }
    let r = radius(v, u, aside);
    let mut at = circle(v, a, b, aside);
    for i in 0..N {
        at[i] = (v.mul(r[i], at[i].0), v.mul(r[i], at[i].1));
    }
    at
}

struct Normals<L: Lanes>(L, Spread<L, TEN>);

impl<L: Lanes> Batched<L, BATCH, TEN> for Normals<L> {
    const ASIDE: usize = 10;

    #[inline(always)]
    fn draw(&self, index: u64) -> Blocks<'_, L, TEN> {
        self.1.blocks(self.0, index.wrapping_mul(16), 8, 1)
    }

    #[inline(always)]
    fn shape(&self, words: [Words<L>; 2], aside: &mut impl Aside<L>, sink: &mut impl Sink<L>, first: usize) {
        let v = self.0;
        let z = if L::REGISTERS >= 32 {
            groups(v, words, aside)
        } else {
            let [first] = groups(v, [words[0]], &mut Half(aside, 0));
            let [second] = groups(v, [words[1]], &mut Half(aside, 1));
            [first, second]
        };
        for (g, z) in z.iter().enumerate() {
            sink.eight(v, z.0, first + 16 * g);
            sink.eight(v, z.1, first + 16 * g + 8);
        }
    }
}

struct Uniforms<L: Lanes>(L, Spread<L, TEN>);

impl<L: Lanes> Batched<L, BATCH, TEN> for Uniforms<L> {
    const ASIDE: usize = 0;

    #[inline(always)]
    fn draw(&self, index: u64) -> Blocks<'_, L, TEN> {
        self.1.blocks(self.0, index.wrapping_mul(16), 8, 1)
    }

    #[inline(always)]
    fn shape(&self, words: [Words<L>; 2], _aside: &mut impl Aside<L>, sink: &mut impl Sink<L>, first: usize) {
        let v = self.0;
        for (g, w) in words.iter().enumerate() {
            for (half, pair) in w.as_chunks::<2>().0.iter().enumerate() {
                let u = v.sub(one_to_two(v, pair[0], pair[1]), v.splat(1.0));
                sink.eight(v, u, first + 16 * g + 8 * half);
            }
        }
    }
}

#[inline(always)]
fn fill_normals<L: Lanes>(v: L, source: Source, start: u64, out: &mut [f64]) {
    Normals(v, source.over(v)).fill(v, start, &mut Store(out));
}

#[inline(always)]
fn blend_normals<L: Lanes>(v: L, source: Source, start: u64, mut by: Blend<'_>) {
    Normals(v, source.over(v)).fill(v, start, &mut by);
}

#[inline(always)]
fn glide_normals<L: Lanes>(v: L, source: Source, start: u64, mut by: Glide<'_>) {
    Normals(v, source.over(v)).fill(v, start, &mut by);
}

#[inline(always)]
fn relay_normals<L: Lanes>(v: L, source: Source, start: u64, mut by: Relay<'_>) {
    Normals(v, source.over(v)).fill(v, start, &mut by);
}

#[inline(always)]
fn fill_uniforms<L: Lanes>(v: L, source: Source, start: u64, out: &mut [f64]) {
    Uniforms(v, source.over(v)).fill(v, start, &mut Store(out));
}

/// `out[i]` = the standard normal of index start + i in the sequence of (key, step, stream).
///
/// Any start and any length give the same numbers, whichever thread asks: a run is a pure function of its key. Numbers
/// come in groups of sixteen from eight Philox4x32-10 blocks `[SalmonEtAl2011]`. Index k is lane k mod 16 of group
/// k / 16, lanes l and l + 8 share the block 8 (k / 16) + l, its low and high words first in the counter, then the low 32
/// bits of the step, then 16 more of the step above the stream. Two words give the radius and two the angle of
/// Box and Muller `[BoxMuller1958]`; l < 8 is the first coordinate.
///
/// `step` has 48 bits. Starts that are multiples of 32 and long slices are fastest. The numbers are within 1e-14 of the
/// exact transform, in size at most sqrt(104 ln 2) = 8.49. [`normals`], [`uniforms`] and
/// [`normals_single`](crate::normals_single) draw on the same bits: give each use a stream of its own.
///
/// ```
/// let mut z = [0.0; 4];
/// steepest_kernels::normals(1, 0, 0, 0, &mut z);
/// let mut last = [0.0];
/// steepest_kernels::normals(1, 0, 0, 3, &mut last);
/// assert_eq!(last[0], z[3]);
/// assert!((z[0] - -0.859410460148124).abs() < 1e-12);
/// ```
pub fn normals(key: u64, step: u64, stream: u16, start: u64, out: &mut [f64]) {
    let source = Source::new(key, step, stream);
    with_lanes!(fill_normals(source: Source, start: u64, out: &mut [f64]))
}

/// y <- c y + a z with the numbers z of [`normals`], which meet y while still in registers.
///
/// The shock of an integrator: c = 1, a = sqrt(2 h / beta) for overdamped Langevin; c = exp(-gamma h),
/// a = sqrt((1 - c^2) / beta) for a damped momentum. One rounding of c y and one of the sum.
///
/// ```
/// use steepest_kernels::{normals, shock};
/// let (mut z, mut y) = ([0.0; 3], [2.0; 3]);
/// normals(1, 0, 0, 5, &mut z);
/// shock(0.5, 3.0, 1, 0, 0, 5, &mut y);
/// assert_eq!(y[2], 3f64.mul_add(z[2], 1.0));
/// ```
pub fn shock(c: f64, a: f64, key: u64, step: u64, stream: u16, start: u64, y: &mut [f64]) {
    let (source, by) = (Source::new(key, step, stream), Blend { c, a, y });
    with_lanes!(blend_normals(source: Source, start: u64, by: Blend<'_>))
}

/// q += h p, p <- c p + a z, q += h p with the numbers z of [`normals`]: a drift, a [`shock`] and a drift in one pass.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// use steepest_kernels::{glide, normals};
/// let (mut z, mut p, mut q) = ([0.0; 3], [2.0; 3], [1.0; 3]);
/// normals(1, 0, 0, 5, &mut z);
/// glide((0.5, 0.25, 3.0), (1, 0, 0, 5), &mut p, &mut q);
/// assert_eq!(p[2], 3f64.mul_add(z[2], 0.5));
/// assert_eq!(q[2], 0.5f64.mul_add(p[2], 2.0));
/// ```
pub fn glide(
    (h, c, a): (f64, f64, f64),
    (key, step, stream, start): (u64, u64, u16, u64),
    p: &mut [f64],
    q: &mut [f64],
) {
    assert_eq!(p.len(), q.len(), "glide: equal lengths");
    let (source, by) = (Source::new(key, step, stream), Glide { h, bath: Blend { c, a, y: p }, q });
    with_lanes!(glide_normals(source: Source, start: u64, by: Glide<'_>))
}

/// y <- (y + a white) + a z, white <- z with the numbers z of [`normals`]: the last shock once more and the next one, in one pass.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// use steepest_kernels::{normals, relay};
/// let (mut z, mut white, mut y) = ([0.0; 3], [4.0; 3], [1.0; 3]);
/// normals(1, 0, 0, 5, &mut z);
/// relay(0.5, (1, 0, 0, 5), &mut white, &mut y);
/// assert_eq!(y[2], 0.5f64.mul_add(z[2], 3.0));
/// assert_eq!(white, z);
/// ```
pub fn relay(a: f64, (key, step, stream, start): (u64, u64, u16, u64), white: &mut [f64], y: &mut [f64]) {
    assert_eq!(white.len(), y.len(), "relay: equal lengths");
    let (source, by) = (Source::new(key, step, stream), Relay { a, white, y });
    with_lanes!(relay_normals(source: Source, start: u64, by: Relay<'_>))
}

/// `out[i]` = the uniform in (0, 1) of index start + i in the sequence of (key, step, stream).
///
/// An odd multiple of 2^-52, so never 0 or 1, and as likely as its complement. Laid out as [`normals`], of whose bits it
/// is made: give each use a stream of its own.
///
/// ```
/// let mut u = [0.0; 1000];
/// steepest_kernels::uniforms(1, 0, 0, 0, &mut u);
/// let mean = steepest_kernels::sum(&u) / 1000.0;
/// assert!((mean - 0.5).abs() < 4.0 / 12000f64.sqrt());
/// ```
pub fn uniforms(key: u64, step: u64, stream: u16, start: u64, out: &mut [f64]) {
    let source = Source::new(key, step, stream);
    with_lanes!(fill_uniforms(source: Source, start: u64, out: &mut [f64]))
}
