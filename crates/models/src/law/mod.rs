//! LAW: the distribution of one response, given its linear predictor and the family's own parameters.
//!
//! Plain arithmetic on one row; the likelihoods of `regression` are the same laws on tiles of rows.
mod named;
mod variate;
use crate::gamma::ln_gamma;
use crate::regression::Family;
pub(crate) use named::{Draw, draw_of};
pub(crate) use variate::{Dice, SMALL};

/// What a row is given by, beside its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// The linear predictor.
    pub(crate) eta: f64,
    /// Trials of a binomial.
    pub(crate) trials: f64,
    /// The family's own parameters: sigma of a gaussian, the cuts of an ordinal; the predictors of a categorical's levels
    /// but the first.
    pub(crate) own: &'a [f64],
}

impl Family {
    /// log p(y | given), normalised over y.
    pub(crate) fn ln_density(self, y: f64, given: Given<'_>) -> f64 {
        let Given { eta, own, .. } = given;
        match self {
            Family::Gaussian => {
                let (sigma, z) = (own[0], (y - eta) / own[0]);
                -0.5 * z * z - sigma.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
            }
            Family::Bernoulli => y * eta - softplus(eta),
            Family::Binomial => {
                let n = given.trials;
                let ways = ln_gamma(n + 1.0) - ln_gamma(y + 1.0) - ln_gamma(n - y + 1.0);
                ways + y * eta - n * softplus(eta)
            }
            Family::Poisson => y * eta - eta.exp() - ln_gamma(y + 1.0),
            Family::NegativeBinomial => {
                let (shape, t) = (own[0], eta - own[0].ln());
                ln_gamma(y + shape) - ln_gamma(shape) - ln_gamma(y + 1.0) + y * t - (y + shape) * softplus(t)
            }
            Family::Gamma => {
                let shape = own[0];
                shape * (shape.ln() - eta - y * (-eta).exp()) + (shape - 1.0) * y.ln() - ln_gamma(shape)
            }
            Family::Beta => {
                let (a, b) = (own[0] * logistic(eta), own[0] * logistic(-eta));
                ln_gamma(own[0]) - ln_gamma(a) - ln_gamma(b) + (a - 1.0) * y.ln() + (b - 1.0) * (-y).ln_1p()
            }
            Family::Student => {
                let (sigma, nu) = (own[0], own[1]);
                let z = (y - eta) / sigma;
                let constant = ln_gamma(0.5 * (nu + 1.0))
                    - ln_gamma(0.5 * nu)
                    - 0.5 * (nu * std::f64::consts::PI).ln()
                    - sigma.ln();
                constant - 0.5 * (nu + 1.0) * (z * z / nu).ln_1p()
            }
            Family::Ordinal => {
                let k = y as usize;
                let below = if k == 0 { f64::NEG_INFINITY } else { own[k - 1] };
                let above = own.get(k).copied().unwrap_or(f64::INFINITY);
                (-(below - above).exp()).ln_1p() - softplus(eta - above) - softplus(below - eta)
            }
            Family::Categorical => {
                let high = own.iter().copied().fold(0.0, f64::max);
                let total = (-high).exp() + own.iter().map(|eta| (eta - high).exp()).sum::<f64>();
                (y as usize).checked_sub(1).map_or(0.0, |k| own[k]) - high - total.ln()
            }
            Family::ZeroInflatedPoisson => {
                let (zi, mean) = (own[0], eta.exp());
                if y == 0.0 {
                    (zi + (1.0 - zi) * (-mean).exp()).ln()
                } else {
                    (-zi).ln_1p() + y * eta - mean - ln_gamma(y + 1.0)
                }
            }
        }
    }

    /// E[y | given]; of a categorical, of the index of its level.
    pub(crate) fn mean(self, given: Given<'_>) -> f64 {
        let eta = given.eta;
        match self {
            Family::Gaussian | Family::Student => eta,
            Family::Bernoulli | Family::Beta => logistic(eta),
            Family::Binomial => given.trials * logistic(eta),
            Family::Poisson | Family::NegativeBinomial | Family::Gamma => eta.exp(),
            Family::Ordinal => given.own.iter().map(|cut| logistic(eta - cut)).sum(),
            Family::Categorical => {
                (1..=given.own.len()).map(|k| k as f64 * self.ln_density(k as f64, given).exp()).sum()
            }
            Family::ZeroInflatedPoisson => (1.0 - given.own[0]) * eta.exp(),
        }
    }

    /// A draw of y.
    pub(crate) fn draw(self, given: Given<'_>, dice: &mut Dice) -> f64 {
        match self {
            Family::Gaussian => given.own[0].mul_add(dice.normal(), given.eta),
            Family::Bernoulli => f64::from(u8::from(dice.uniform() < self.mean(given))),
            Family::Binomial => dice.binomial(given.trials, logistic(given.eta)),
            Family::Poisson => dice.poisson(self.mean(given)),
            Family::NegativeBinomial => {
                let rate = dice.gamma(given.own[0]) * self.mean(given) / given.own[0];
                dice.poisson(rate)
            }
            Family::Gamma => dice.gamma(given.own[0]) * self.mean(given) / given.own[0],
            Family::Beta => dice.beta(given.own[0] * logistic(given.eta), given.own[0] * logistic(-given.eta)),
            Family::Student => {
                let t = dice.student(given.own[1]);
                given.eta + given.own[0] * t
            }
            Family::Ordinal => {
                let u = dice.uniform();
                given.own.iter().filter(|&cut| u > logistic(cut - given.eta)).count() as f64
            }
            Family::Categorical => {
                let (mut u, last) = (dice.uniform(), given.own.len());
                let more = |k: &usize| {
                    u -= self.ln_density(*k as f64, given).exp();
                    u >= 0.0
                };
                (0..last).take_while(more).count() as f64
            }
            Family::ZeroInflatedPoisson => {
                let zero = dice.uniform() < given.own[0];
                if zero { 0.0 } else { dice.poisson(given.eta.exp()) }
            }
        }
    }
}

/// log(1 + exp(x))
fn softplus(x: f64) -> f64 {
    if x == f64::NEG_INFINITY { 0.0 } else { x.max(0.0) + (-x.abs()).exp().ln_1p() }
}
/// 1 / (1 + exp(-x))
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
