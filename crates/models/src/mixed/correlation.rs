//! CORRELATION: the Cholesky factor of a correlation matrix, through canonical partial correlations.
//!
//! Row i of the factor C is C_ij = t_ij prod_{k<j} s_ik, C_ii = prod_{k<i} s_ik with t = tanh x and s = sqrt(1 - t^2): any x in
//! R^(K(K-1)/2) gives a correlation matrix C C^T. Under LKJ(shape) the t_ij are independent, and (t_ij + 1)/2 is
//! Beta(b_j, b_j) with b_j = shape + (K - 2 - j)/2, j from 0 [LewandowskiKurowickaJoe2009, Sec. 2.4].
use crate::prior::ln_gamma;
use std::f64::consts::LN_2;

/// Coordinates of a correlation matrix of order k.
pub(super) fn dim(k: usize) -> usize {
    k * k.saturating_sub(1) / 2
}

/// Sets the row-major lower factor, k by k, from x; returns -log of density and Jacobian.
pub(super) fn forward(k: usize, shape: f64, x: &[f64], factor: &mut [f64]) -> f64 {
    let (mut energy, mut at) = (0.0, 0);
    for i in 0..k {
        let mut rest = 1.0;
        for j in 0..i {
            let b = shape + 0.5 * (k - 2 - j) as f64;
            let size = x[at].abs();
            let ln_cosh = size + (-2.0 * size).exp().ln_1p() - LN_2;
            energy += 2.0 * b * ln_cosh + (2.0 * b - 1.0) * LN_2 + 2.0 * ln_gamma(b) - ln_gamma(2.0 * b);
            factor[i * k + j] = x[at].tanh() * rest;
            rest *= (-ln_cosh).exp();
            at += 1;
        }
        factor[i * k + i] = rest;
    }
    energy
}

/// From the energy's slopes in the entries of the factor to its slopes in x, those of [`forward`] included.
pub(super) fn backward(k: usize, shape: f64, x: &[f64], factor: &[f64], slopes: &[f64], out: &mut [f64]) {
    let mut at = 0;
    for i in 0..k {
        let mut rest = 1.0;
        for j in 0..i {
            let b = shape + 0.5 * (k - 2 - j) as f64;
            let (t, s) = (x[at].tanh(), x[at].cosh().recip());
            let later: f64 = (j + 1..=i).map(|m| slopes[i * k + m] * factor[i * k + m]).sum();
            out[at] = slopes[i * k + j] * s * s * rest - t * later + 2.0 * b * t;
            rest *= s;
            at += 1;
        }
    }
}

/// The x of a factor.
pub(super) fn locate(k: usize, factor: &[f64], x: &mut [f64]) {
    let mut at = 0;
    for i in 0..k {
        let mut rest = 1.0;
        for j in 0..i {
            let t: f64 = factor[i * k + j] / rest;
            x[at] = t.atanh();
            rest *= (1.0 - t * t).sqrt();
            at += 1;
        }
    }
}
