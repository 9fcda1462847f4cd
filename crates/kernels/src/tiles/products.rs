//! PRODUCTS: X times coefficients and residuals times X, a tile at a time, in as many sums as the registers hold.
use super::{Column, Entry, ROWS, VECTORS};
use crate::lanes::{Lanes, with_lanes};

pub(super) fn predict_double(x: &[Column<f64>], n: usize, coefficients: &[f64], eta: &mut [f64]) {
    with_lanes!(predict_tile(x: &[Column<f64>], n: usize, coefficients: &[f64], eta: &mut [f64]))
}
pub(super) fn predict_single(x: &[Column<f32>], n: usize, coefficients: &[f64], eta: &mut [f64]) {
    with_lanes!(predict_tile(x: &[Column<f32>], n: usize, coefficients: &[f64], eta: &mut [f64]))
}
pub(super) fn pull_double(x: &[Column<f64>], n: usize, residual: &[f64], sums: &mut [[f64; 8]]) {
    with_lanes!(pull_tile(x: &[Column<f64>], n: usize, residual: &[f64], sums: &mut [[f64; 8]]))
}
pub(super) fn pull_single(x: &[Column<f32>], n: usize, residual: &[f64], sums: &mut [[f64; 8]]) {
    with_lanes!(pull_tile(x: &[Column<f32>], n: usize, residual: &[f64], sums: &mut [[f64; 8]]))
}

/// Chains in blocks of 8, 4, 2 and 1, each with as many rows at a time as the registers hold.
#[inline(always)]
fn predict_tile<L: Lanes, T: Entry>(v: L, x: &[Column<T>], n: usize, coefficients: &[f64], eta: &mut [f64]) {
    let wide = L::REGISTERS >= 32;
    let mut m = 0;
    while m < n {
        m += match n - m {
            8.. if wide => predict_block::<L, T, 8, 2>(v, x, [n, m], coefficients, eta),
            4.. if wide => predict_block::<L, T, 4, 4>(v, x, [n, m], coefficients, eta),
            4.. => predict_block::<L, T, 4, 1>(v, x, [n, m], coefficients, eta),
            2.. if wide => predict_block::<L, T, 2, 8>(v, x, [n, m], coefficients, eta),
            2.. => predict_block::<L, T, 2, 2>(v, x, [n, m], coefficients, eta),
            _ if wide => predict_block::<L, T, 1, 8>(v, x, [n, m], coefficients, eta),
            _ => predict_block::<L, T, 1, 4>(v, x, [n, m], coefficients, eta),
        };
    }
}

/// Chains m..m + C of n, 8 R rows at a time; returns C.
#[inline(always)]
fn predict_block<L: Lanes, T: Entry, const C: usize, const R: usize>(
    v: L,
    x: &[Column<T>],
    [n, m]: [usize; 2],
    coefficients: &[f64],
    eta: &mut [f64],
) -> usize {
    let (eta, _) = eta.as_chunks_mut::<8>();
    for r in (0..VECTORS).step_by(R) {
        let mut sum = [[v.splat(0.0); R]; C];
        for (x, row) in x.iter().zip(coefficients.chunks_exact(n)) {
            let (x, b) = (x.vectors(), &row[m..m + C]);
            let mut rows = [v.splat(0.0); R];
            for k in 0..R {
                rows[k] = T::load(v, &x[r + k]);
            }
            for c in 0..C {
                let b = v.splat(b[c]);
                for k in 0..R {
                    sum[c][k] = v.mul_add(rows[k], b, sum[c][k]);
                }
            }
        }
        for c in 0..C {
            for k in 0..R {
                v.store(sum[c][k], &mut eta[(m + c) * VECTORS + r + k]);
            }
        }
    }
    C
}

/// Chains in blocks of 8, 4, 2 and 1, each with as many columns as fill the registers: eight sums, or four of twice as many registers.
#[inline(always)]
fn pull_tile<L: Lanes, T: Entry>(v: L, x: &[Column<T>], n: usize, residual: &[f64], sums: &mut [[f64; 8]]) {
    let wide = L::REGISTERS >= 32;
    let mut m = 0;
    while m < n {
        m += match n - m {
            8.. if wide => pull_chains::<L, T, 8, 1>(v, x, [n, m], residual, sums),
            4.. if wide => pull_chains::<L, T, 4, 2>(v, x, [n, m], residual, sums),
            2.. if wide => pull_chains::<L, T, 2, 4>(v, x, [n, m], residual, sums),
            2.. => pull_chains::<L, T, 2, 2>(v, x, [n, m], residual, sums),
            _ if wide => pull_chains::<L, T, 1, 8>(v, x, [n, m], residual, sums),
            _ => pull_chains::<L, T, 1, 4>(v, x, [n, m], residual, sums),
        };
    }
}

/// Chains m..m + C of n, J columns at a time while there are so many, then one; returns C.
#[inline(always)]
fn pull_chains<L: Lanes, T: Entry, const C: usize, const J: usize>(
    v: L,
    x: &[Column<T>],
    [n, m]: [usize; 2],
    residual: &[f64],
    sums: &mut [[f64; 8]],
) -> usize {
    let y = residual[m * ROWS..(m + C) * ROWS].as_chunks().0;
    let (whole, rest) = x.as_chunks::<J>();
    for (j, x) in whole.iter().enumerate() {
        pull_block::<L, T, C, J>(v, x, n, y, &mut sums[j * J * n + m..]);
    }
    for (j, x) in rest.iter().enumerate() {
        pull_block::<L, T, C, 1>(v, std::array::from_ref(x), n, y, &mut sums[(whole.len() * J + j) * n + m..]);
    }
    C
}

/// J columns against C residuals, into `sums[j * n + c]`.
#[inline(always)]
fn pull_block<L: Lanes, T: Entry, const C: usize, const J: usize>(
    v: L,
    x: &[Column<T>; J],
    n: usize,
    y: &[[f64; 8]],
    sums: &mut [[f64; 8]],
) {
    let mut sum = [[v.splat(0.0); C]; J];
    for j in 0..J {
        for c in 0..C {
            sum[j][c] = v.load(&sums[j * n + c]);
        }
    }
    for k in 0..VECTORS {
        let mut rows = [v.splat(0.0); C];
        for c in 0..C {
            rows[c] = v.load(&y[c * VECTORS + k]);
        }
        for j in 0..J {
            let x = T::load(v, &x[j].vectors()[k]);
            for c in 0..C {
                sum[j][c] = v.mul_add(x, rows[c], sum[j][c]);
            }
        }
    }
    for j in 0..J {
        for c in 0..C {
            v.store(sum[j][c], &mut sums[j * n + c]);
        }
    }
}

/// out\[k\] += the sum of the lanes t of sums\[k\], which is ((t0 + t4) + (t2 + t6)) + ((t1 + t5) + (t3 + t7)).
///
/// # Panics
/// If there are not as many sums as results.
pub fn total(sums: &[[f64; 8]], out: &mut [f64]) {
    assert_eq!(sums.len(), out.len(), "total: a result for each sum");
    for (t, out) in sums.iter().zip(out) {
        *out += ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]));
    }
}
