//! CORRELATION: the Cholesky factor of a correlation matrix, through canonical partial correlations.
//!
//! Row i of the factor C is C_ij = t_ij prod_{k<j} s_ik, C_ii = prod_{k<i} s_ik with t = tanh x and s = sqrt(1 - t^2): any x in
//! R^(K(K-1)/2) gives a correlation matrix C C^T. Under LKJ(shape) the t_ij are independent, and (t_ij + 1)/2 is
//! Beta(b_j, b_j) with b_j = shape + (K - 2 - j)/2, j from 0 [LewandowskiKurowickaJoe2009, Sec. 2.4].
use crate::gamma::ln_gamma;
use std::f64::consts::LN_2;

/// Coordinates of a correlation matrix of order k.
pub(super) fn dim(k: usize) -> usize {
    k * k.saturating_sub(1) / 2
}

/// LKJ(shape) over the correlation matrices of order k.
#[derive(Clone, Debug)]
pub(super) struct Lkj {
    k: usize,
    shape: f64,
    /// What -log of the density of x has that does not depend on x: three log Gammas for each of its numbers.
    constant: f64,
    /// How often the Jacobian counts.
    jacobian: f64,
}
impl Lkj {
    pub(super) fn new(k: usize, shape: f64) -> Lkj {
        let mut law = Lkj { k, shape, constant: 0.0, jacobian: 1.0 };
        for j in 0..k.saturating_sub(1) {
            let b = law.half(j);
            let one = (2.0 * b - 1.0) * LN_2 + 2.0 * ln_gamma(b) - ln_gamma(2.0 * b);
            // Rows j + 1, ..., k - 1 have a number in column j.
            law.constant += (k - 1 - j) as f64 * one;
        }
        law
    }
    /// b_j
    pub(super) fn half(&self, j: usize) -> f64 {
        self.shape + 0.5 * (self.k - 2 - j) as f64
    }
    /// Counts the Jacobian so often.
    pub(super) fn weigh(&mut self, jacobian: f64) {
        self.jacobian = jacobian;
    }
    /// How often log cosh of a number in column j counts: 2 (shape - 1) times by det(R)^(shape - 1), and k - j times by the Jacobian.
    fn weight(&self, j: usize) -> f64 {
        2.0 * self.half(j) - (1.0 - self.jacobian) * (self.k - j) as f64
    }
    /// The shape of the law of R that is left of the density of so many independent effects with covariance R, to the power
    /// 1 / weight, when the effects are integrated out; times the weight.
    pub(super) fn left(&self, levels: f64, weight: f64) -> f64 {
        weight + (self.shape - 1.0) - 0.5 * levels * (1.0 - weight)
    }
    /// log of the density of the matrix with this lower factor, row-major: det(R)^(shape - 1) over its integral, a product of
    /// those of the partial correlations.
    pub(super) fn ln_density(&self, factor: &[f64]) -> f64 {
        let ln_det: f64 = (1..self.k).map(|i| 2.0 * factor[i * self.k + i].ln()).sum();
        (self.shape - 1.0) * ln_det - self.constant
    }

    /// Sets the row-major lower factor, k by k, from x; returns -log of density and, as often as it counts, Jacobian.
    pub(super) fn forward(&self, x: &[f64], factor: &mut [f64]) -> f64 {
        let (k, mut energy, mut at) = (self.k, self.constant, 0);
        for i in 0..k {
            let mut rest = 1.0;
            for j in 0..i {
                let size = x[at].abs();
                let ln_cosh = size + (-2.0 * size).exp().ln_1p() - LN_2;
                energy += self.weight(j) * ln_cosh;
                factor[i * k + j] = x[at].tanh() * rest;
                rest *= (-ln_cosh).exp();
                at += 1;
            }
            factor[i * k + i] = rest;
        }
        energy
    }

    /// From the energy's slopes in the entries of the factor to its slopes in x, those of [`forward`](Lkj::forward) included.
    pub(super) fn backward(&self, x: &[f64], factor: &[f64], slopes: &[f64], out: &mut [f64]) {
        let (k, mut at) = (self.k, 0);
        for i in 0..k {
            let mut rest = 1.0;
            for j in 0..i {
                let (t, s) = (x[at].tanh(), x[at].cosh().recip());
                let later: f64 = (j + 1..=i).map(|m| slopes[i * k + m] * factor[i * k + m]).sum();
                out[at] = slopes[i * k + j] * s * s * rest - t * later + self.weight(j) * t;
                rest *= s;
                at += 1;
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// exp(-energy) integrates to one over x, by the trapezoidal rule up to 10, beyond which there is less than 1e-6; and what
    /// `backward` says where nothing else depends on the factor is the energy's slope, to the 1e-8 of differences.
    #[test]
    fn the_density_is_normalised() {
        let h = 0.25_f64;
        let grid: Vec<f64> = (-40..=40).map(|i| h * f64::from(i)).collect();
        for (k, shape) in [(1, 1.0), (2, 0.8), (2, 1.7), (3, 1.3)] {
            let (law, d) = (Lkj::new(k, shape), dim(k));
            let (mut x, mut factor, mut total) = (vec![0.0; d], vec![0.0; k * k], 0.0_f64);
            for place in 0..grid.len().pow(d as u32) {
                let mut rest = place;
                for x in &mut x {
                    *x = grid[rest % grid.len()];
                    rest /= grid.len();
                }
                total += (-law.forward(&x, &mut factor)).exp() * h.powi(d as i32);
            }
            assert!((total - 1.0).abs() < 1e-6, "order {k}, shape {shape}: {total}");
            let x: Vec<f64> = (0..d).map(|j| 0.3 - 0.4 * j as f64).collect();
            let mut slopes = vec![0.0; d];
            law.forward(&x, &mut factor);
            law.backward(&x, &factor, &vec![0.0; k * k], &mut slopes);
            for j in 0..d {
                let at = |step: f64| {
                    let mut moved = x.clone();
                    moved[j] += step;
                    law.forward(&moved, &mut vec![0.0; k * k])
                };
                let expected = (at(1e-4) - at(-1e-4)) / 2e-4;
                assert!((slopes[j] - expected).abs() < 1e-7, "order {k}, {j}: {} and not {expected}", slopes[j]);
            }
        }
    }
}
