//! NORMALS: standard normals and uniforms as pure functions of (key, step, stream, index).
use crate::dispatch::dispatch;
use crate::philox::{Grouped, Source, Words};
use crate::pointwise::polynomial;

/// Numbers made together: four groups of sixteen, enough to keep the processor's units busy.
const BATCH: usize = 64;
const PAIRS: usize = BATCH / 2;

/// Where the first number of pair l of a batch goes; the second is eight further.
#[inline(always)]
fn place(l: usize) -> usize {
    l / 8 * 16 + l % 8
}

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
    0.0009192600355831378,
    -2.5200084147535964e-05,
    4.6546177954479527e-07,
];

/// 52 bits, all of `a` and the low 20 of `b`, as a number in [1, 2).
#[inline(always)]
fn one_to_two(a: u64, b: u64) -> f64 {
    f64::from_bits(((a << 20 | b & 0xF_FFFF) & MANTISSA) | ONE)
}

/// sqrt(-2 ln u) for 2^-52 <= u <= 1.
#[inline(always)]
fn radius(u: f64) -> f64 {
    let shifted = u.to_bits() + (ONE - SQRT_HALF);
    let k = f64::from_bits(shifted >> 52 | INTEGER_BITS) - (INTEGER + 1023.0);
    let m = f64::from_bits((shifted & MANTISSA) + SQRT_HALF);
    let s = (m - 1.0) / (m + 1.0);
    let l = polynomial(s * s, LOG);
    s.mul_add(l, k * (-2.0 * std::f64::consts::LN_2)).sqrt()
}

/// A point on the circle: its angle is x of [-1/2, 1/2) quarter turns, mirrored across the axes as two bits say.
#[inline(always)]
fn circle(x: f64, bits: u64) -> (f64, f64) {
    let z = x * x;
    let s = x * polynomial(z, SIN);
    let c = f64::from_bits(polynomial(z, COS).to_bits() ^ (bits << 32 & 1 << 63));
    if bits & 1 << 30 == 0 { (c, s) } else { (s, c) }
}

struct Normals(Source);

impl Grouped<BATCH> for Normals {
    type Scratch = (Words<PAIRS>, [f64; PAIRS]);

    #[inline(always)]
    fn scratch(&self) -> Self::Scratch {
        ([[0; PAIRS]; 4], [0.0; PAIRS])
    }

    #[inline(always)]
    fn group(&self, index: u64, (words, r): &mut Self::Scratch, out: &mut [f64; BATCH]) {
        // Three short loops rather than a long one: each leaves the processor several independent chains to overlap.
        self.0.blocks(index, words);
        for l in 0..PAIRS {
            r[l] = radius(2.0 - one_to_two(words[0][l], words[1][l]));
        }
        for l in 0..PAIRS {
            let (c, s) = circle(one_to_two(words[2][l], words[3][l]) - 1.5, words[3][l]);
            out[place(l)] = r[l] * c;
            out[place(l) + 8] = r[l] * s;
        }
    }
}

struct Uniforms(Source);

impl Grouped<BATCH> for Uniforms {
    type Scratch = Words<PAIRS>;

    #[inline(always)]
    fn scratch(&self) -> Self::Scratch {
        [[0; PAIRS]; 4]
    }

    #[inline(always)]
    fn group(&self, index: u64, words: &mut Self::Scratch, out: &mut [f64; BATCH]) {
        self.0.blocks(index, words);
        for l in 0..PAIRS {
            out[place(l)] = (one_to_two(words[0][l], words[1][l]) - 1.0) + f64::EPSILON / 2.0;
            out[place(l) + 8] = (one_to_two(words[2][l], words[3][l]) - 1.0) + f64::EPSILON / 2.0;
        }
    }
}

#[inline(always)]
fn normals_all(source: Source, start: u64, out: &mut [f64]) {
    Normals(source).fill(start, out);
}

#[inline(always)]
fn uniforms_all(source: Source, start: u64, out: &mut [f64]) {
    Uniforms(source).fill(start, out);
}

/// out[i] = the standard normal of index start + i in the sequence of (key, step, stream).
pub fn normals(key: u64, step: u64, stream: u16, start: u64, out: &mut [f64]) {
    let source = Source::new(key, step, stream);
    dispatch!(normals_all(source: Source, start: u64, out: &mut [f64]))
}

/// out[i] = the uniform in (0, 1) of index start + i in the sequence of (key, step, stream).
pub fn uniforms(key: u64, step: u64, stream: u16, start: u64, out: &mut [f64]) {
    let source = Source::new(key, step, stream);
    dispatch!(uniforms_all(source: Source, start: u64, out: &mut [f64]))
}
