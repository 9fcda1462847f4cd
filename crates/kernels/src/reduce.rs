//! REDUCE: sums in one fixed order, whatever the instruction set.
//!
//! Element i goes to lane i mod 32; each lane is summed in order, and the lanes are then added in a fixed tree.
use crate::dispatch::dispatch;
use crate::pointwise;

/// Four vectors of eight: enough independent chains to hide the latency of an addition.
const LANES: usize = 32;

/// The sum of the lanes: in quarters, then halves of eight down to one.
#[inline(always)]
fn tree(lanes: [f64; LANES]) -> f64 {
    let mut t = [0.0; 8];
    for l in 0..8 {
        t[l] = (lanes[l] + lanes[l + 8]) + (lanes[l + 16] + lanes[l + 24]);
    }
    ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]))
}

#[inline(always)]
fn sum_all(x: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (body, tail) = x.as_chunks::<LANES>();
    for x in body {
        for l in 0..LANES {
            lanes[l] += x[l];
        }
    }
    for (s, x) in lanes.iter_mut().zip(tail) {
        *s += x;
    }
    tree(lanes)
}

#[inline(always)]
pub(crate) fn dot_all(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let ((a, a_tail), (b, b_tail)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for l in 0..LANES {
            lanes[l] = a[l].mul_add(b[l], lanes[l]);
        }
    }
    for (s, (a, b)) in lanes.iter_mut().zip(a_tail.iter().zip(b_tail)) {
        *s = a.mul_add(*b, *s);
    }
    tree(lanes)
}

/// Each lane holds one product at most, and adding it to zero rounds nothing: no instruction set is needed for the same bits.
const SHORT: usize = 16;

#[inline]
fn dot_short(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; SHORT];
    for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
        *lane = a * b;
    }
    let mut t = [0.0; 8];
    for l in 0..8 {
        t[l] = lanes[l] + lanes[l + 8];
    }
    ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]))
}

/// The largest element, NaN passed over; -inf of nothing.
#[inline(always)]
fn largest(x: &[f64]) -> f64 {
    let mut lanes = [f64::NEG_INFINITY; LANES];
    let (body, tail) = x.as_chunks::<LANES>();
    for x in body {
        for l in 0..LANES {
            lanes[l] = if x[l] > lanes[l] { x[l] } else { lanes[l] };
        }
    }
    lanes.iter().chain(tail).fold(f64::NEG_INFINITY, |m, &x| if x > m { x } else { m })
}

#[inline(always)]
fn log_sum_exp_all(x: &[f64]) -> f64 {
    let m = largest(x);
    if m.is_infinite() {
        return if x.iter().any(|x| x.is_nan()) { f64::NAN } else { m };
    }
    let mut lanes = [0.0; LANES];
    let (body, tail) = x.as_chunks::<LANES>();
    let mut last = [f64::NEG_INFINITY; LANES];
    last[..tail.len()].copy_from_slice(tail);
    for x in body.iter().chain([&last]) {
        for l in 0..LANES {
            lanes[l] += pointwise::exp(x[l] - m);
        }
    }
    m + pointwise::log(tree(lanes))
}

/// sum_i x_i in a fixed order: error below (n/32 + 7) ulp of sum_i |x_i|.
///
/// ```
/// assert_eq!(steepest_kernels::sum(&[1.0, 2.0, 3.5]), 6.5);
/// ```
pub fn sum(x: &[f64]) -> f64 {
    dispatch!(sum_all(x: &[f64]) -> f64)
}

/// sum_i a_i b_i in a fixed order, each term rounded once with its partial sum.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// assert_eq!(steepest_kernels::dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
/// ```
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "dot: equal lengths");
    if a.len() <= SHORT {
        return dot_short(a, b);
    }
    dot_long(a, b)
}

fn dot_long(a: &[f64], b: &[f64]) -> f64 {
    dispatch!(dot_all(a: &[f64], b: &[f64]) -> f64)
}

/// ln sum_i e^{x_i} without overflow; -inf of nothing, NaN where any x_i is.
///
/// Absolute error below 4 ulp of the result's largest part, max |x_i| or ln n.
///
/// ```
/// let x = [-1000.0, -1000.0];
/// assert_eq!(steepest_kernels::log_sum_exp(&x), -1000.0 + 2.0f64.ln());
/// ```
pub fn log_sum_exp(x: &[f64]) -> f64 {
    dispatch!(log_sum_exp_all(x: &[f64]) -> f64)
}
