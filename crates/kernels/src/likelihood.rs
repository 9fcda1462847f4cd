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

/// sum_r w_r (log(1 + sum_c e^eta_c) - eta_y) over at most 64 rows, y_r = 0, 1, ..., and eta_0 = 0; eta_c of
/// `eta[(c - 1) * 64 + r]` becomes its slope there, w_r (P(c) - \[y_r = c\]).
///
/// The largest predictor is taken out before anything is raised, so that no sum overflows.
///
/// # Panics
/// If the rows are not a multiple of 16, or there are not 64 predictors for each level but the first.
///
/// ```
/// let mut eta = [0.0; 128];
/// let energy = steepest_kernels::categorical(&[2.0; 64], &[0.5; 64], &mut eta);
/// assert!((energy - 32.0 * 3_f64.ln()).abs() < 1e-12);
/// assert!((eta[0] - 1.0 / 6.0).abs() < 1e-15 && (eta[64] + 1.0 / 3.0).abs() < 1e-15);
/// ```
pub fn categorical(y: &[f64], weight: &[f64], eta: &mut [f64]) -> f64 {
    assert!(y.len() <= ROWS && y.len().is_multiple_of(16) && weight.len() == y.len(), "responses and weights");
    assert!(eta.len().is_multiple_of(ROWS), "64 predictors for each level but the first");
    with_lanes!(categorical_rows(y: &[f64], weight: &[f64], eta: &mut [f64]) -> f64)
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

/// Sixteen rows at a time.
#[inline(always)]
fn categorical_rows<L: Lanes>(v: L, y: &[f64], weight: &[f64], eta: &mut [f64]) -> f64 {
    let (zero, one) = (v.splat(0.0), v.splat(1.0));
    let (mut terms, mut factors) = ([zero; 2], [one; 2]);
    let weighted = weight.iter().fold(false, |any, w| any | (*w != 1.0));
    // (1 + sum_c e^eta_c) e^-high
    let mut totals = [1.0; ROWS];
    let levels = eta.as_chunks_mut::<ROWS>().0;
    for at in (0..y.len()).step_by(16) {
        let (y, w) = (pair(v, y, at), pair(v, weight, at));
        let mut high = [zero; 2];
        for level in levels.iter() {
            let e = pair(v, level, at);
            high = [v.max(e[0], high[0]), v.max(e[1], high[1])];
        }
        let mut total = exp(v, [v.sub(zero, high[0]), v.sub(zero, high[1])]);
        let mut own = [zero; 2];
        for (c, level) in (1..).zip(levels.iter_mut()) {
            let mut e = pair(v, level, at);
            for i in 0..2 {
                own[i] = v.where_equal(y[i], v.splat(f64::from(c)), e[i], own[i]);
                e[i] = v.sub(e[i], high[i]);
            }
            e = exp(v, e);
            total = [v.add(total[0], e[0]), v.add(total[1], e[1])];
            keep(v, e, level, at);
        }
        if weighted {
            keep(v, total, &mut totals, at);
        }
        let mut share = total;
        for i in 0..2 {
            factors[i] = v.mul(factors[i], total[i]);
            terms[i] = v.mul_add(w[i], v.sub(high[i], own[i]), terms[i]);
            share[i] = v.div(w[i], total[i]);
        }
        for (c, level) in (1..).zip(levels.iter_mut()) {
            let mut e = pair(v, level, at);
            for i in 0..2 {
                let own = v.where_equal(y[i], v.splat(f64::from(c)), w[i], zero);
                e[i] = v.sub(v.mul(e[i], share[i]), own);
            }
            keep(v, e, level, at);
        }
    }
    let (mut s, mut f) = ([0.0; 8], [1.0; 8]);
    v.store(v.add(terms[0], terms[1]), &mut s);
    v.store(v.mul(factors[0], factors[1]), &mut f);
    let sum = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    if weighted {
        let logs = totals.iter().zip(weight).map(|(total, w)| w * log(*total));
        return logs.fold(sum, |sum, term| sum + term);
    }
    // Sixteen factors, each no more than the levels are many, do not overflow.
    let logs = [0, 1, 2, 3].map(|i| log(f[i] * f[i + 4]));
    sum + ((logs[0] + logs[2]) + (logs[1] + logs[3]))
}
/// Sixteen numbers of a row.
#[inline(always)]
fn pair<L: Lanes>(v: L, row: &[f64], at: usize) -> [L::F; 2] {
    let zero = [0.0; 8];
    let of = |at: usize| v.load(row[at..].first_chunk().unwrap_or(&zero));
    [of(at), of(at + 8)]
}
#[inline(always)]
fn keep<L: Lanes>(v: L, x: [L::F; 2], row: &mut [f64], at: usize) {
    for (x, out) in x.into_iter().zip(row[at..].as_chunks_mut::<8>().0) {
        v.store(x, out);
    }
}
