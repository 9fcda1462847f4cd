//! PAIRS: two vectors at a time against two others, so that what is read once from memory is used twice.
use crate::dispatch::dispatch;

/// One vector of eight, or two of four: with four products, as many sums as hide the latency of an addition.
const LANES: usize = 8;

#[inline(always)]
fn tree(t: [f64; LANES]) -> f64 {
    ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]))
}

#[inline(always)]
fn products_all(s: &[f64], y: &[f64], a: &[f64], b: &[f64]) -> [f64; 4] {
    let mut sums = [[0.0; LANES]; 4];
    let [(s, s_tail), (y, y_tail), (a, a_tail), (b, b_tail)] = [s, y, a, b].map(|x| x.as_chunks::<LANES>());
    for ((s, y), (a, b)) in s.iter().zip(y).zip(a.iter().zip(b)) {
        for l in 0..LANES {
            sums[0][l] = s[l].mul_add(a[l], sums[0][l]);
            sums[1][l] = s[l].mul_add(b[l], sums[1][l]);
            sums[2][l] = y[l].mul_add(a[l], sums[2][l]);
            sums[3][l] = y[l].mul_add(b[l], sums[3][l]);
        }
    }
    for (l, ((s, y), (a, b))) in s_tail.iter().zip(y_tail).zip(a_tail.iter().zip(b_tail)).enumerate() {
        sums[0][l] = s.mul_add(*a, sums[0][l]);
        sums[1][l] = s.mul_add(*b, sums[1][l]);
        sums[2][l] = y.mul_add(*a, sums[2][l]);
        sums[3][l] = y.mul_add(*b, sums[3][l]);
    }
    sums.map(tree)
}

#[inline(always)]
fn add_all(p: f64, s: &[f64], q: f64, y: &[f64], out: &mut [f64]) {
    for (out, (s, y)) in out.iter_mut().zip(s.iter().zip(y)) {
        *out = q.mul_add(*y, p.mul_add(*s, *out));
    }
}

/// <s, a>, <s, b>, <y, a> and <y, b>, each summed in one fixed order that does not depend on the others.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let found = steepest_kernels::pair_products(&[1.0, 2.0], &[3.0, 4.0], &[1.0, 0.0], &[0.0, 1.0]);
/// assert_eq!(found, [1.0, 2.0, 3.0, 4.0]);
/// ```
pub fn pair_products(s: &[f64], y: &[f64], a: &[f64], b: &[f64]) -> [f64; 4] {
    assert!([y.len(), a.len(), b.len()] == [s.len(); 3], "pair_products: equal lengths");
    dispatch!(products_all(s: &[f64], y: &[f64], a: &[f64], b: &[f64]) -> [f64; 4])
}

/// out <- (out + p s) + q y, each addition rounded once.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut out = [1.0, 1.0];
/// steepest_kernels::add_pair(2.0, &[1.0, 0.0], 3.0, &[0.0, 1.0], &mut out);
/// assert_eq!(out, [3.0, 4.0]);
/// ```
pub fn add_pair(p: f64, s: &[f64], q: f64, y: &[f64], out: &mut [f64]) {
    assert!([s.len(), y.len()] == [out.len(); 2], "add_pair: equal lengths");
    dispatch!(add_all(p: f64, s: &[f64], q: f64, y: &[f64], out: &mut [f64]));
}
