//! LIKELIHOOD: energies of rows, and their slopes, in linear predictors: one pass, with everything in registers.
use crate::exponential::exp;
use crate::lanes::{Lanes, with_lanes};
use crate::pointwise::log;

/// Rows at a time.
const ROWS: usize = 64;

/// energy\[m\] += sum_r log(1 + e^eta) - y_r eta over 64 rows for every chain m; eta of `eta[m * 64 + r]` becomes its slope there,
/// logistic(eta) - y_r.
///
/// log(1 + e^eta) = max(eta, 0) + log(1 + e^-|eta|), and 64 factors 1 + e^-|eta| <= 2 cannot overflow: one logarithm a chain.
///
/// # Panics
/// If there are not 64 responses, or not 64 predictors a chain.
///
/// ```
/// let (mut eta, mut energy) = ([0.0; 64], [0.0]);
/// steepest_kernels::bernoulli(&[1.0; 64], &mut eta, &mut energy);
/// assert!((energy[0] - 64.0 * 2_f64.ln()).abs() < 1e-12 && eta == [-0.5; 64]);
/// ```
pub fn bernoulli(y: &[f64], eta: &mut [f64], energy: &mut [f64]) {
    check(y, eta, energy);
    with_lanes!(bernoulli_rows(y: &[f64], eta: &mut [f64], energy: &mut [f64]))
}

/// energy\[m\] += sum_r e^eta - y_r eta over 64 rows for every chain m; eta of `eta[m * 64 + r]` becomes its slope there, e^eta - y_r.
///
/// # Panics
/// If there are not 64 responses, or not 64 predictors a chain.
///
/// ```
/// let (mut eta, mut energy) = ([0.0; 64], [0.0]);
/// steepest_kernels::poisson(&[3.0; 64], &mut eta, &mut energy);
/// assert_eq!((energy[0], eta), (64.0, [-2.0; 64]));
/// ```
pub fn poisson(y: &[f64], eta: &mut [f64], energy: &mut [f64]) {
    check(y, eta, energy);
    with_lanes!(poisson_rows(y: &[f64], eta: &mut [f64], energy: &mut [f64]))
}

fn check(y: &[f64], eta: &[f64], energy: &[f64]) {
    assert_eq!(y.len(), ROWS, "64 responses");
    assert_eq!(eta.len(), ROWS * energy.len(), "64 predictors for each chain");
}

#[inline(always)]
fn bernoulli_rows<L: Lanes>(v: L, y: &[f64], eta: &mut [f64], energy: &mut [f64]) {
    let (zero, one) = (v.splat(0.0), v.splat(1.0));
    let y = y.as_chunks::<8>().0.as_chunks::<2>().0;
    for (eta, energy) in eta.as_chunks_mut::<ROWS>().0.iter_mut().zip(energy) {
        let (mut terms, mut factors) = ([zero; 2], [one; 2]);
        for (eta, y) in eta.as_chunks_mut::<8>().0.as_chunks_mut::<2>().0.iter_mut().zip(y) {
            let (mut e, mut t) = ([zero; 2], [zero; 2]);
            for i in 0..2 {
                e[i] = v.load(&eta[i]);
                t[i] = v.min(e[i], v.sub(zero, e[i]));
            }
            t = exp(v, t);
            for i in 0..2 {
                let (y, s) = (v.load(&y[i]), v.add(one, t[i]));
                terms[i] = v.add(terms[i], v.sub(v.max(e[i], zero), v.mul(y, e[i])));
                factors[i] = v.mul(factors[i], s);
                let (above, _) = v.swap(v.bits(e[i]), 1 << 63, one, t[i]);
                v.store(v.sub(v.div(above, s), y), &mut eta[i]);
            }
        }
        let (mut sum, mut product) = ([0.0; 8], [1.0; 8]);
        v.store(v.add(terms[0], terms[1]), &mut sum);
        v.store(v.mul(factors[0], factors[1]), &mut product);
        let [s, f] = [sum, product];
        *energy += ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
        *energy += log(((f[0] * f[4]) * (f[2] * f[6])) * ((f[1] * f[5]) * (f[3] * f[7])));
    }
}

#[inline(always)]
fn poisson_rows<L: Lanes>(v: L, y: &[f64], eta: &mut [f64], energy: &mut [f64]) {
    let zero = v.splat(0.0);
    let y = y.as_chunks::<8>().0.as_chunks::<2>().0;
    for (eta, energy) in eta.as_chunks_mut::<ROWS>().0.iter_mut().zip(energy) {
        let mut terms = [zero; 2];
        for (eta, y) in eta.as_chunks_mut::<8>().0.as_chunks_mut::<2>().0.iter_mut().zip(y) {
            let e = [v.load(&eta[0]), v.load(&eta[1])];
            let t = exp(v, e);
            for i in 0..2 {
                let y = v.load(&y[i]);
                terms[i] = v.add(terms[i], v.sub(t[i], v.mul(y, e[i])));
                v.store(v.sub(t[i], y), &mut eta[i]);
            }
        }
        let mut s = [0.0; 8];
        v.store(v.add(terms[0], terms[1]), &mut s);
        *energy += ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    }
}
