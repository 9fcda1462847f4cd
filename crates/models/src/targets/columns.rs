//! COLUMNS: loops over the components of a batch, and what a target whose quantities are its coordinates reports.
use steepest_core::Batch;
use steepest_kernels::simd;

/// log sqrt(2 pi): what each component of a standard normal adds to -log density.
pub(super) const HALF_LOG_TAU: f64 = 0.918_938_533_204_672_7;

/// out[i] += f(x[i])
#[inline(always)]
pub(super) fn add(x: &[f64], out: &mut [f64], f: impl Fn(f64) -> f64) {
    simd(
        #[inline(always)]
        || x.iter().zip(out).for_each(|(x, o)| *o += f(*x)),
    );
}

/// out[i] += f(x[i], y[i])
#[inline(always)]
pub(super) fn add2(x: &[f64], y: &[f64], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    simd(
        #[inline(always)]
        || x.iter().zip(y).zip(out).for_each(|((x, y), o)| *o += f(*x, *y)),
    );
}

/// (gx[i], gy[i]) += f(x[i], y[i]), in one pass.
#[inline(always)]
pub(super) fn add_pair(x: &[f64], y: &[f64], gx: &mut [f64], gy: &mut [f64], f: impl Fn(f64, f64) -> (f64, f64)) {
    simd(
        #[inline(always)]
        || {
            for (((x, y), gx), gy) in x.iter().zip(y).zip(gx).zip(gy) {
                let (a, b) = f(*x, *y);
                *gx += a;
                *gy += b;
            }
        },
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
