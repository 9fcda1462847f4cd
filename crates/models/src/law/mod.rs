//! LAW: the distribution of one response, given its linear predictor and the family's own parameters.
//!
//! Plain arithmetic on one row; the likelihoods of `regression` are the same laws on tiles of rows.
mod variate;
use crate::prior::ln_gamma;
use crate::regression::Family;
pub(crate) use variate::Dice;

/// What a row is given by, beside its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// The linear predictor.
    pub(crate) eta: f64,
    /// Trials of a binomial.
    pub(crate) trials: f64,
    /// The family's own parameters: sigma of a gaussian.
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
        }
    }

    /// E[y | given].
    pub(crate) fn mean(self, given: Given<'_>) -> f64 {
        let eta = given.eta;
        match self {
            Family::Gaussian => eta,
            Family::Bernoulli => logistic(eta),
            Family::Binomial => given.trials * logistic(eta),
            Family::Poisson => eta.exp(),
        }
    }

    /// A draw of y.
    pub(crate) fn draw(self, given: Given<'_>, dice: &mut Dice) -> f64 {
        match self {
            Family::Gaussian => given.own[0].mul_add(dice.normal(), given.eta),
            Family::Bernoulli => f64::from(u8::from(dice.uniform() < self.mean(given))),
            Family::Binomial => dice.binomial(given.trials, logistic(given.eta)),
            Family::Poisson => dice.poisson(self.mean(given)),
        }
    }
}

/// log(1 + exp(x))
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
/// 1 / (1 + exp(-x))
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
