//! SCALE: the residual standard deviation sigma of a gaussian regression, through its logarithm or between bounds.
use super::coordinates::{bounded, unbounded};
use crate::prior::Prior;

/// z -> w = centre + spread z -> log sigma = w, or sigma = a + (b - a) logistic(w) under a uniform prior.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) prior: Prior,
    centre: f64,
    spread: f64,
    constant: f64,
}

impl Scale {
    pub(crate) fn new(prior: Prior) -> Scale {
        let mut out = Scale { prior, centre: 0.0, spread: 1.0, constant: 0.0 };
        out.spread(0.0, 1.0);
        out
    }
    pub(crate) fn spread(&mut self, centre: f64, spread: f64) {
        let prior = if matches!(self.prior, Prior::Uniform { .. }) { 0.0 } else { -self.prior.ln_constant() };
        *self = Scale { centre, spread, constant: prior - spread.ln(), ..*self };
    }
    pub(crate) fn forward(&self, z: f64) -> f64 {
        self.centre + self.spread * z
    }
    pub(crate) fn ln_sigma(&self, w: f64) -> f64 {
        match self.prior {
            Prior::Uniform { low, high } => bounded(low, high, w).value.ln(),
            _ => w,
        }
    }
    /// The z of a sigma.
    pub(crate) fn locate(&self, sigma: f64) -> f64 {
        let w = match self.prior {
            Prior::Uniform { low, high } => unbounded(low, high, sigma),
            _ => sigma.ln(),
        };
        (w - self.centre) / self.spread
    }
    /// -log of prior and Jacobian at w, and the derivative in w of everything, given the likelihood's in log sigma.
    pub(crate) fn energy(&self, w: f64, likelihood: f64) -> (f64, f64) {
        if let Prior::Uniform { low, high } = self.prior {
            let b = bounded(low, high, w);
            return (self.constant + b.energy, likelihood * b.slope / b.value + b.energy_slope);
        }
        let sigma = w.exp();
        (self.constant - self.prior.ln_kernel(sigma) - w, likelihood - self.prior.slope(sigma) * sigma - 1.0)
    }
    /// From a slope in w to one in z.
    pub(crate) fn pull(&self, slope: f64) -> f64 {
        self.spread * slope
    }
    /// A positive stand-in for the second derivative in w, given the likelihood's in log sigma.
    pub(crate) fn curvature(&self, w: f64, likelihood: f64) -> f64 {
        if let Prior::Uniform { low, high } = self.prior {
            let b = bounded(low, high, w);
            return likelihood * (b.slope / b.value).powi(2) + 0.5 * (1.0 - b.energy_slope * b.energy_slope);
        }
        let sigma = w.exp();
        likelihood + self.prior.weight(sigma) * sigma * sigma - self.prior.slope(sigma).min(0.0) * sigma
    }
}
