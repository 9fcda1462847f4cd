//! LIKELIHOOD: -log p(y | gamma, sigma) with every constant, and its gradient in gamma, for a batch of chains at once.
use super::linear::Linear;
use crate::gamma::ln_gamma;
use std::sync::Arc;
use steepest_core::Workspace;
use steepest_kernels::{Tiles, bernoulli, poisson, total};

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
    ///
    /// Tiles that stay in a cache of the second level go past all chains before the next ones are read, and so few chains at a time
    /// that their sums stay in one of the first.
    pub(super) fn evaluate(
        &self,
        n: usize,
        gamma: &[f64],
        energy: &mut [f64],
        gradient: Option<&mut [f64]>,
        work: &mut Workspace,
    ) {
        let (p, with) = (self.tiles.columns(), gradient.is_some());
        let mut own = work.take(p * n);
        regroup(n, gamma, |from, to| own[to] = gamma[from]);
        let mut lanes = work.take(if with { 8 * p * n } else { 0 });
        let mut eta = work.take(CHAINS * ROWS);
        energy.fill(self.constant);
        let sums = lanes.as_chunks_mut::<8>().0;
        let many = (CACHED / (p * ROWS).max(1)).max(1);
        for first in (0..self.tiles.tiles()).step_by(many) {
            let mut sums = &mut *sums;
            for (gamma, energy) in own.chunks(CHAINS * p.max(1)).zip(energy.chunks_mut(CHAINS)) {
                let n = energy.len();
                let of_block;
                (of_block, sums) = sums.split_at_mut(if with { p * n } else { 0 });
                let eta = &mut eta[..n * ROWS];
                for tile in first..self.tiles.tiles().min(first + many) {
                    let y = &self.response[tile * ROWS..(tile + 1) * ROWS];
                    self.tiles.predict(tile, n, gamma, eta);
                    match self.link {
                        Link::Logistic => bernoulli(y, eta, energy),
                        Link::Exponential => poisson(y, eta, energy),
                    }
                    if with {
                        self.tiles.pull(tile, n, eta, of_block);
                    }
                }
            }
        }
        if let Some(gradient) = gradient {
            // Coefficients are not wanted any more.
            own.fill(0.0);
            total(lanes.as_chunks().0, &mut own);
            regroup(n, gamma, |to, from| gradient[to] = own[from]);
        }
        [eta, lanes, own].into_iter().for_each(|buffer| work.give(buffer));
    }
}

/// Chains that share a pass over a tile.
const CHAINS: usize = 8;
/// Entries of the design that go past all chains in turn: 128 KiB of them.
const CACHED: usize = 16 << 10;

/// Calls `visit` with places in component-major order and those where component and chain are in blocks of [`CHAINS`] chains.
fn regroup(n: usize, all: &[f64], mut visit: impl FnMut(usize, usize)) {
    let p = all.len() / n.max(1);
    for first in (0..n).step_by(CHAINS) {
        let wide = CHAINS.min(n - first);
        for j in 0..p {
            for m in 0..wide {
                visit(j * n + first + m, first * p + j * wide + m);
            }
        }
    }
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
