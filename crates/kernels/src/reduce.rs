//! REDUCE: sums in one fixed order, whatever the instruction set.
//!
//! Element i goes to lane i mod 8 of one of four accumulators in turn; they are added in a fixed tree.
use crate::dispatch::dispatch;
use crate::pointwise;

/// sum_i term(i) in the crate's order.
#[inline(always)]
fn ordered(n: usize, term: impl Fn(usize, f64) -> f64) -> f64 {
    let mut lanes = [[0.0f64; 8]; 4];
    let full = n / 32 * 32;
    for i in (0..full).step_by(32) {
        for c in 0..4 {
            for l in 0..8 {
                lanes[c][l] = term(i + 8 * c + l, lanes[c][l]);
            }
        }
    }
    for i in full..n {
        let (c, l) = ((i - full) / 8, i % 8);
        lanes[c][l] = term(i, lanes[c][l]);
    }
    let mut t = [0.0; 8];
    for l in 0..8 {
        t[l] = (lanes[0][l] + lanes[1][l]) + (lanes[2][l] + lanes[3][l]);
    }
    ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]))
}

#[inline(always)]
fn sum_all(x: &[f64]) -> f64 {
    ordered(x.len(), |i, s| s + x[i])
}

#[inline(always)]
fn dot_all(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    ordered(n, |i, s| a[i].mul_add(b[i], s))
}

#[inline(always)]
fn log_sum_exp_all(x: &[f64]) -> f64 {
    let mut top = [f64::NEG_INFINITY; 8];
    for c in x.chunks(8) {
        for (t, &x) in top.iter_mut().zip(c) {
            // A NaN is kept once seen.
            *t = if *t >= x || t.is_nan() { *t } else { x };
        }
    }
    let m = top.iter().fold(f64::NEG_INFINITY, |m, &t| if m >= t || m.is_nan() { m } else { t });
    if !m.is_finite() {
        return m;
    }
    // One block of exponentials at a time: the compiler will not inline an exponential into both loops of a sum.
    let mut total = 0.0;
    for c in x.chunks(256) {
        let mut e = [0.0; 256];
        for (e, x) in e.iter_mut().zip(c) {
            *e = pointwise::exp(*x - m);
        }
        total += sum_all(&e[..c.len()]);
    }
    m + pointwise::log(total)
}

/// sum_i x_i in a fixed order.
pub fn sum(x: &[f64]) -> f64 {
    dispatch!(sum_all(x: &[f64]) -> f64)
}

/// sum_i a_i b_i in a fixed order.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    debug_assert_eq!(a.len(), b.len(), "dot: equal lengths");
    dispatch!(dot_all(a: &[f64], b: &[f64]) -> f64)
}

/// ln sum_i e^{x_i} without overflow; -inf of nothing.
pub fn log_sum_exp(x: &[f64]) -> f64 {
    dispatch!(log_sum_exp_all(x: &[f64]) -> f64)
}
