//! NORMALS: standard normals and uniforms as pure functions of (key, step, stream, index).
use crate::dispatch::dispatch;
use crate::philox::{Grouped, Source};
use crate::pointwise::log_of_normal;

const MANTISSA_ONE: u64 = 1023 << 52;

/// 52 bits of a word pair as a number in [1, 2).
#[inline(always)]
fn one_to_two(high: u64, low: u64) -> f64 {
    f64::from_bits((high << 20 & 0x000f_ffff_ffff_ffff) | (low & 0xFFFF_FFFF) >> 12 | MANTISSA_ONE)
}

/// sin(pi x / 2) / x in x^2 <= 1/4.
const SIN: [f64; 7] = [
    1.5707963267948966,
    -0.6459640975062443,
    0.07969262624603957,
    -0.004681754132282397,
    0.00016044115029141055,
    -3.5986417534099325e-06,
    5.633720856452633e-08,
];
/// cos(pi x / 2) in x^2 <= 1/4.
const COS: [f64; 8] = [
    1.0,
    -1.2337005501361697,
    0.2536695079010466,
    -0.020863480763308004,
    0.0009192602741467621,
    -2.5202036558163357e-05,
    4.7106035801196626e-07,
    -6.3205572183018015e-09,
];

/// (cos, sin) of 2 pi t / 2^64.
#[inline(always)]
fn turn(t: u64) -> (f64, f64) {
    // Nearest quarter turn in the two top bits, the rest as a fraction of a quarter in [-1/2, 1/2).
    let v = t.wrapping_add(1 << 61);
    let x = f64::from_bits((v << 2) >> 12 | MANTISSA_ONE) - 1.5;
    let z = x * x;
    let mut s = SIN[6];
    for j in (0..6).rev() {
        s = s.mul_add(z, SIN[j]);
    }
    let s = s * x;
    let mut c = COS[7];
    for j in (0..7).rev() {
        c = c.mul_add(z, COS[j]);
    }
    let swap = v & (1 << 62) != 0;
    let (a, b) = if swap { (s, c) } else { (c, s) };
    let sign = 1 << 63;
    (f64::from_bits(a.to_bits() ^ (v.wrapping_add(1 << 62) & sign)), f64::from_bits(b.to_bits() ^ (v & sign)))
}

struct Normals(Source);

impl Grouped<16> for Normals {
    #[inline(always)]
    fn group(&self, index: u64, out: &mut [f64; 16]) {
        let (cos, sin) = out.split_at_mut(8);
        for l in 0..8 {
            let x = self.0.block(index.wrapping_mul(8) + l as u64);
            let u = 2.0 - one_to_two(x[0], x[1]);
            let r = (-2.0 * log_of_normal(u, 0.0)).sqrt();
            let (c, s) = turn(x[2] << 32 | x[3] & 0xFFFF_FFFF);
            cos[l] = r * c;
            sin[l] = r * s;
        }
    }
}

struct Uniforms(Source);

impl Grouped<16> for Uniforms {
    #[inline(always)]
    fn group(&self, index: u64, out: &mut [f64; 16]) {
        let (low, high) = out.split_at_mut(8);
        for l in 0..8 {
            let x = self.0.block(index.wrapping_mul(8) + l as u64);
            low[l] = (one_to_two(x[0], x[1]) - 1.0) + f64::EPSILON / 2.0;
            high[l] = (one_to_two(x[2], x[3]) - 1.0) + f64::EPSILON / 2.0;
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
