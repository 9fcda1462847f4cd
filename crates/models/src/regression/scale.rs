//! SCALE: a standard deviation, through its logarithm (bent where it may vanish) or between bounds.
use super::coordinates::{bounded, unbounded};
use crate::bent::Bent;
use crate::prior::Prior;

/// z -> w = centre + spread z -> log sigma = w, or log unit + [`Bent`] at w, or sigma = a + (b - a) logistic(w) under a uniform prior.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) prior: Prior,
    centre: f64,
    spread: f64,
    /// How often the Jacobian counts.
    jacobian: f64,
    constant: f64,
    /// log of the unit below which it is bent.
    bends: Option<f64>,
}

impl Scale {
    pub(crate) fn new(prior: Prior) -> Scale {
        let mut out = Scale { prior, centre: 0.0, spread: 1.0, jacobian: 1.0, constant: 0.0, bends: None };
        out.settle();
        out
    }
    /// Of a standard deviation of group effects, which the data may not tell from zero; by its logarithm it would have a long tail.
    pub(crate) fn bent(prior: Prior, unit: f64) -> Scale {
        let bends = (!matches!(prior, Prior::Uniform { .. }) && unit > 0.0).then(|| unit.ln());
        Scale { bends, ..Scale::new(prior) }
    }
    pub(crate) fn spread(&mut self, centre: f64, spread: f64) {
        (self.centre, self.spread) = (centre, spread);
        self.settle();
    }
    /// Counts the Jacobian so often.
    pub(crate) fn weigh(&mut self, jacobian: f64) {
        self.jacobian = jacobian;
        self.settle();
    }
    /// Sets what of the energy does not depend on w.
    fn settle(&mut self) {
        let prior = match self.prior {
            // The density 1 / (b - a), and the factor b - a of the Jacobian.
            Prior::Uniform { low, high } => (1.0 - self.jacobian) * (high - low).ln(),
            prior => -prior.ln_constant(),
        };
        self.constant = prior - self.jacobian * self.spread.ln();
    }
    pub(crate) fn forward(&self, z: f64) -> f64 {
        self.centre + self.spread * z
    }
    pub(crate) fn ln_sigma(&self, w: f64) -> f64 {
        match self.prior {
            Prior::Uniform { low, high } => bounded(low, high, w).value.ln(),
            _ => self.bends.map_or(w, |unit| unit + Bent::at(w).log),
        }
    }
    /// The z of a sigma.
    pub(crate) fn locate(&self, sigma: f64) -> f64 {
        (self.inner(sigma) - self.centre) / self.spread
    }
    /// The w of a sigma.
    pub(crate) fn inner(&self, sigma: f64) -> f64 {
        match self.prior {
            Prior::Uniform { low, high } => unbounded(low, high, sigma),
            _ => self.bends.map_or(sigma.ln(), |unit| Bent::locate(sigma.ln() - unit)),
        }
    }
    /// d log sigma / dw
    pub(crate) fn slope(&self, w: f64) -> f64 {
        self.bends.map_or(1.0, |_| Bent::at(w).slope)
    }
    /// The same of a scale between bounds too.
    pub(crate) fn ln_slope(&self, w: f64) -> f64 {
        match self.prior {
            Prior::Uniform { low, high } => {
                let b = bounded(low, high, w);
                b.slope / b.value
            }
            _ => self.slope(w),
        }
    }
    /// -log of prior and Jacobian at w, and the derivative in w of everything, given the likelihood's in log sigma.
    pub(crate) fn energy(&self, w: f64, likelihood: f64) -> (f64, f64) {
        if let Prior::Uniform { low, high } = self.prior {
            let b = bounded(low, high, w);
            let slope = likelihood * b.slope / b.value + self.jacobian * b.energy_slope;
            return (self.constant + self.jacobian * b.energy, slope);
        }
        let (ln_sigma, slope, bend) = match self.bends {
            None => (w, 1.0, 0.0),
            Some(unit) => {
                let bent = Bent::at(w);
                (unit + bent.log, bent.slope, bent.bend)
            }
        };
        let sigma = ln_sigma.exp();
        let j = self.jacobian;
        let whole = likelihood - self.prior.slope(sigma) * sigma - j;
        (self.constant - self.prior.ln_kernel(sigma) - j * ln_sigma - j * slope.ln(), whole * slope + j * bend)
    }
    /// From a slope in w to one in z.
    pub(crate) fn pull(&self, slope: f64) -> f64 {
        self.spread * slope
    }
    /// A positive stand-in for the second derivative in w, given the likelihood's in log sigma: between bounds without what its slope
    /// bends there, which is small beside it near the upper one.
    pub(crate) fn curvature(&self, w: f64, likelihood: f64) -> f64 {
        if let Prior::Uniform { low, high } = self.prior {
            let b = bounded(low, high, w);
            return likelihood * (b.slope / b.value).powi(2) + self.jacobian * b.curvature();
        }
        let sigma = w.exp();
        likelihood + self.prior.weight(sigma) * sigma * sigma - self.prior.slope(sigma).min(0.0) * sigma
    }
}
