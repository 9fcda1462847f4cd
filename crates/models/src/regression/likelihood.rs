//! LIKELIHOOD: -log p(y | gamma, sigma) with every constant, and its gradient in gamma, for a batch of chains at once.
use super::linear::Linear;
use crate::prior::ln_gamma;
use std::sync::Arc;
use steepest_core::Workspace;
use steepest_kernels::{Tiles, exp, simd, sum};

#[derive(Clone, Debug)]
pub(super) enum Likelihood {
    Gaussian(Gaussian),
    Rows(Rows),
}

/// y ~ N(X gamma, sigma^2) through the factor R of X = Q R: |y - X gamma|^2 = |R gamma - Q^T y|^2 + rest.
///
/// The cost of an evaluation is p^2, whatever the number of rows.
#[derive(Clone, Debug)]
pub(super) struct Gaussian {
    n: f64,
    pub(super) factor: Linear,
    target: Vec<f64>,
    rest: f64,
}

impl Gaussian {
    /// From the triangular factor of [X y], row-major with p + 1 columns.
    pub(super) fn new(n: usize, p: usize, r: &[f64]) -> Gaussian {
        let m = n.min(p);
        let rest = if n > p { r[p * (p + 1) + p].powi(2) } else { 0.0 };
        let factor = Linear::new(m, p, |i, j| r[i * (p + 1) + j]);
        Gaussian { n: n as f64, factor, target: (0..m).map(|i| r[i * (p + 1) + p]).collect(), rest }
    }

    /// Rows of the scratch `misfit` needs.
    pub(super) fn rank(&self) -> usize {
        self.factor.rows()
    }

    /// |y - X gamma|^2; leaves R gamma - Q^T y in `misfit`.
    pub(super) fn squares(&self, gamma: &[f64], misfit: &mut [f64]) -> f64 {
        misfit.iter_mut().zip(&self.target).for_each(|(e, t)| *e = -t);
        self.factor.apply(gamma, misfit);
        self.rest + misfit.iter().map(|e| e * e).sum::<f64>()
    }

    /// The energy at one point; sets the gradient in gamma where asked, and returns the slope in log sigma too.
    pub(super) fn evaluate(
        &self,
        gamma: &[f64],
        ln_sigma: f64,
        misfit: &mut [f64],
        gradient: Option<&mut [f64]>,
    ) -> (f64, f64) {
        let squares = self.squares(gamma, misfit);
        let precision = (-2.0 * ln_sigma).exp();
        if let Some(g) = gradient {
            misfit.iter_mut().for_each(|e| *e *= precision);
            g.fill(0.0);
            self.factor.apply_transposed(misfit, g);
        }
        let energy = self.n * (ln_sigma + 0.5 * (2.0 * std::f64::consts::PI).ln()) + 0.5 * squares * precision;
        (energy, self.n - squares * precision)
    }
}

/// What stands between eta = X gamma and the distribution of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// y ~ Bernoulli(1 / (1 + exp(-eta)))
    Logistic,
    /// y ~ Poisson(exp(eta))
    Exponential,
}

/// A likelihood of independent rows, in one pass over tiles of X that serves every chain.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) link: Link,
    /// Shared with what answers for single rows.
    pub(super) tiles: Arc<Tiles>,
    /// Padded with zeros to whole tiles.
    pub(super) response: Vec<f64>,
    /// log y! of every row, less what the padding adds.
    constant: f64,
}

const ROWS: usize = Tiles::ROWS;
/// Tiles of the design that are weighted at a time.
const BLOCK: usize = 16;

impl Rows {
    pub(super) fn new(link: Link, tiles: Arc<Tiles>, y: &[f64]) -> Rows {
        let n = y.len();
        let mut response = y.to_vec();
        response.resize(tiles.tiles() * ROWS, 0.0);
        let padding = (response.len() - n) as f64;
        let constant = match link {
            Link::Logistic => -padding * std::f64::consts::LN_2,
            Link::Exponential => y.iter().map(|y| ln_gamma(y + 1.0)).sum::<f64>() - padding,
        };
        Rows { link, tiles, response, constant }
    }

    /// Slope of the energy of row r in its predictor, which is `eta`.
    pub(super) fn slope(&self, r: usize, eta: f64) -> f64 {
        let mean = match self.link {
            Link::Logistic => 1.0 / (1.0 + (-eta).exp()),
            Link::Exponential => eta.exp(),
        };
        mean - self.response[r]
    }

    /// Curvature of the energy of a row in its predictor.
    fn weight(&self, eta: f64) -> f64 {
        match self.link {
            Link::Exponential => eta.exp(),
            Link::Logistic => {
                let t = (-eta.abs()).exp();
                t / ((1.0 + t) * (1.0 + t))
            }
        }
    }

    /// energy[m] = -log p(y | gamma of chain m); `gradient` is set where asked. `gamma` and `gradient` are component-major.
    pub(super) fn evaluate(
        &self,
        n: usize,
        gamma: &[f64],
        energy: &mut [f64],
        gradient: Option<&mut [f64]>,
        work: &mut Workspace,
    ) {
        let mut eta = work.take(n * ROWS);
        let mut t = work.take(n * ROWS);
        let mut terms = work.take(n * ROWS);
        let mut gradient = gradient;
        energy.fill(self.constant);
        if let Some(g) = &mut gradient {
            g.fill(0.0);
        }
        for tile in 0..self.tiles.tiles() {
            let y = &self.response[tile * ROWS..(tile + 1) * ROWS];
            self.tiles.predict(tile, n, gamma, &mut eta);
            match self.link {
                Link::Logistic => {
                    simd(|| t.iter_mut().zip(&eta).for_each(|(t, e)| *t = -e.abs()));
                    exp(&mut t);
                    logistic(y, &mut eta, &mut t, &mut terms);
                    for ((energy, terms), t) in
                        energy.iter_mut().zip(terms.chunks_exact(ROWS)).zip(t.chunks_exact_mut(ROWS))
                    {
                        *energy += sum(terms) + product(t).ln();
                    }
                }
                Link::Exponential => {
                    t.copy_from_slice(&eta);
                    exp(&mut t);
                    exponential(y, &mut eta, &t, &mut terms);
                    for (energy, terms) in energy.iter_mut().zip(terms.chunks_exact(ROWS)) {
                        *energy += sum(terms);
                    }
                }
            }
            if let Some(g) = &mut gradient {
                self.tiles.pull(tile, n, 1.0, &eta, g);
            }
        }
        [terms, t, eta].into_iter().for_each(|buffer| work.give(buffer));
    }
}

/// For every chain of a tile, given t = exp(-|eta|): terms = max(eta, 0) - y eta; t becomes 1 + t; eta becomes the residual
/// logistic(eta) - y.
///
/// log(1 + exp(eta)) = max(eta, 0) + log(1 + t), and 64 factors 1 + t <= 2 cannot overflow: one logarithm a tile and chain.
fn logistic(y: &[f64], eta: &mut [f64], t: &mut [f64], terms: &mut [f64]) {
    for ((eta, t), terms) in eta.chunks_exact_mut(ROWS).zip(t.chunks_exact_mut(ROWS)).zip(terms.chunks_exact_mut(ROWS))
    {
        simd(|| {
            for (((eta, t), term), y) in eta.iter_mut().zip(t).zip(terms).zip(y) {
                let (e, s) = (*eta, 1.0 + *t);
                *term = (if e > 0.0 { e } else { 0.0 }) - y * e;
                *eta = (if e > 0.0 { 1.0 } else { *t }) / s - y;
                *t = s;
            }
        });
    }
}

/// For every chain of a tile, given t = exp(eta): terms = t - y eta; eta becomes the residual t - y.
fn exponential(y: &[f64], eta: &mut [f64], t: &[f64], terms: &mut [f64]) {
    for ((eta, t), terms) in eta.chunks_exact_mut(ROWS).zip(t.chunks_exact(ROWS)).zip(terms.chunks_exact_mut(ROWS)) {
        simd(|| {
            for (((eta, t), term), y) in eta.iter_mut().zip(t).zip(terms).zip(y) {
                *term = t - y * *eta;
                *eta = t - y;
            }
        });
    }
}

/// The product of 64 factors, by halves; spoils them.
fn product(mut factors: &mut [f64]) -> f64 {
    while factors.len() > 1 {
        let (left, right) = factors.split_at_mut(factors.len() / 2);
        simd(|| left.iter_mut().zip(right).for_each(|(l, r)| *l *= *r));
        factors = left;
    }
    factors[0]
}

impl Likelihood {
    /// X^T W X at gamma (W the curvature of each row's energy in eta), row-major p by p.
    pub(super) fn curvature(&self, gamma: &[f64], ln_sigma: f64) -> Vec<f64> {
        let p = gamma.len();
        let mut out = vec![0.0; p * p];
        match self {
            Likelihood::Gaussian(g) => {
                let r = g.factor.by_row();
                steepest_kernels::gemm_transposed([p, g.rank(), p], (-2.0 * ln_sigma).exp(), r, r, &mut out);
            }
            Likelihood::Rows(rows) => {
                // A block of tiles at a time: a weighted copy of the whole would double what a large table takes.
                let (tiles, mut weights) = (rows.tiles.tiles(), vec![0.0; BLOCK * ROWS]);
                for first in (0..tiles).step_by(BLOCK) {
                    let weights = &mut weights[..BLOCK.min(tiles - first) * ROWS];
                    for (k, eta) in weights.chunks_exact_mut(ROWS).enumerate() {
                        rows.tiles.predict(first + k, 1, gamma, eta);
                        eta.iter_mut().for_each(|e| *e = rows.weight(*e));
                    }
                    rows.tiles.gram(first, weights, &mut out);
                }
            }
        }
        out
    }
}
