//! COLUMNS: loops over the components of a batch, and what a target whose quantities are its coordinates reports.
//!
//! A closure that calls an elementary function is marked `#[inline(always)]`: left to itself it would be compiled once, for the
//! plain target, and called from the vector loop.
use steepest_core::Batch;
use steepest_kernels::simd;

/// log sqrt(2 pi): what each component of a standard normal adds to -log density.
pub(super) const HALF_LOG_TAU: f64 = 0.918_938_533_204_672_7;

/// out[i] += f(x[i])
#[inline(always)]
pub(super) fn add(x: &[f64], out: &mut [f64], f: impl Fn(f64) -> f64) {
    // The loops are functions of their own, as what arguments promise (no aliasing) is lost on captured variables.
    #[inline(always)]
    fn each(x: &[f64], out: &mut [f64], f: impl Fn(f64) -> f64) {
        for (x, o) in x.iter().zip(out) {
            *o += f(*x);
        }
    }
    simd(
        #[inline(always)]
        || each(x, out, f),
    );
}

/// x[i] += f(x[i])
#[inline(always)]
pub(super) fn add_own(x: &mut [f64], f: impl Fn(f64) -> f64) {
    simd(
        #[inline(always)]
        || x.iter_mut().for_each(|x| *x += f(*x)),
    );
}

/// out[i] += f(x[i], y[i])
#[inline(always)]
pub(super) fn add2(x: &[f64], y: &[f64], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    #[inline(always)]
    fn each(x: &[f64], y: &[f64], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
        for ((x, y), o) in x.iter().zip(y).zip(out) {
            *o += f(*x, *y);
        }
    }
    simd(
        #[inline(always)]
        || each(x, y, out, f),
    );
}

/// (gx[i], gy[i]) += f(x[i], y[i]), in one pass.
#[inline(always)]
pub(super) fn add_pair(x: &[f64], y: &[f64], gx: &mut [f64], gy: &mut [f64], f: impl Fn(f64, f64) -> (f64, f64)) {
    #[inline(always)]
    fn each(x: &[f64], y: &[f64], gx: &mut [f64], gy: &mut [f64], f: impl Fn(f64, f64) -> (f64, f64)) {
        for (((x, y), gx), gy) in x.iter().zip(y).zip(gx).zip(gy) {
            let (a, b) = f(*x, *y);
            *gx += a;
            *gy += b;
        }
    }
    simd(
        #[inline(always)]
        || each(x, y, gx, gy, f),
    );
}

/// The columns of component-major gradients.
pub(super) fn columns(out: &mut [f64], n: usize) -> impl Iterator<Item = &mut [f64]> {
    out.chunks_exact_mut(n.max(1))
}

/// `x[1]`, `x[2]`, ...
pub(super) fn numbered(d: usize) -> Vec<String> {
    (1..=d).map(|j| format!("x[{j}]")).collect()
}

/// The coordinates are the quantities.
pub(super) fn copy(x: Batch<'_>, out: &mut [f64]) {
    out.copy_from_slice(x.x);
}
