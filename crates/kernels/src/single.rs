//! SINGLE: normals evaluated in single precision, four to a Philox block, stored as `f64`.
use crate::dispatch::dispatch;
use crate::philox::{Grouped, Source, Words};

/// ln(1 + f) / f on [sqrt(1/2) - 1, sqrt 2 - 1].
const LOG1P: [f32; 9] = [
    1.0,
    -0.4999998796,
    0.3333418563,
    -0.2500207428,
    0.1995683363,
    -0.1656239062,
    0.1495226447,
    -0.1436685221,
    0.0872236768,
];
/// sin(pi x / 2) / x in x^2 <= 1/4.
const SIN: [f32; 4] = [1.5707963217, -0.6459634602, 0.0796800328, -0.0046016579];
/// cos(pi x / 2) in x^2 <= 1/4.
const COS: [f32; 5] = [1.0, -1.2337005396, 0.2536691826, -0.020859936, 0.000903363];

#[inline(always)]
fn polynomial<const N: usize>(z: f32, c: [f32; N]) -> f32 {
    let mut p = c[N - 1];
    for j in (0..N - 1).rev() {
        p = p.mul_add(z, c[j]);
    }
    p
}

/// sqrt(-2 ln u) with u = (2 floor(a/2) + 1) / 2^32, rounded.
#[inline(always)]
fn radius(a: u32) -> f32 {
    let u = ((a >> 1) as i32 as f32).mul_add(1.0 / 2147483648.0, 1.0 / 4294967296.0);
    let shifted = u.to_bits().wrapping_add(0x3f80_0000 - 0x3f35_04f3);
    let k = ((shifted >> 23) as i32 - 127) as f32;
    let f = f32::from_bits((shifted & 0x007f_ffff) + 0x3f35_04f3) - 1.0;
    let log = k.mul_add(std::f32::consts::LN_2, f * polynomial(f, LOG1P));
    let l = -2.0 * log;
    (if l > 0.0 { l } else { 0.0 }).sqrt()
}

/// (cos, sin) of 2 pi t / 2^32.
#[inline(always)]
fn turn(t: u32) -> (f32, f32) {
    let v = t.wrapping_add(1 << 29);
    let x = f32::from_bits((v << 2) >> 9 | 0x3f80_0000) - 1.5;
    let z = x * x;
    let s = x * polynomial(z, SIN);
    let c = polynomial(z, COS);
    let (a, b) = if v & (1 << 30) != 0 { (s, c) } else { (c, s) };
    let sign = 1 << 31;
    (f32::from_bits(a.to_bits() ^ (v.wrapping_add(1 << 30) & sign)), f32::from_bits(b.to_bits() ^ (v & sign)))
}

struct Singles(Source);

impl Grouped<64> for Singles {
    type Scratch = Words<16>;

    #[inline(always)]
    fn scratch(&self) -> Self::Scratch {
        [[0; 16]; 4]
    }

    #[inline(always)]
    fn group(&self, index: u64, words: &mut Self::Scratch, out: &mut [f64; 64]) {
        self.0.blocks(index, words);
        let (first, second) = out.split_at_mut(32);
        for (half, pair) in [(first, 0), (second, 2)] {
            let (cos, sin) = half.split_at_mut(16);
            for l in 0..16 {
                let r = radius(words[pair][l] as u32);
                let (c, s) = turn(words[pair + 1][l] as u32);
                cos[l] = f64::from(r * c);
                sin[l] = f64::from(r * s);
            }
        }
    }
}

#[inline(always)]
fn normals_all(source: Source, start: u64, out: &mut [f64]) {
    Singles(source).fill(start, out);
}

/// Standard normals of single precision in the sequence of (key, step, stream), from index start on.
pub fn normals_single(key: u64, step: u64, stream: u16, start: u64, out: &mut [f64]) {
    let source = Source::new(key, step, stream);
    dispatch!(normals_all(source: Source, start: u64, out: &mut [f64]))
}
