//! OWN: the parameters of a family beside its linear predictor, as coordinates: positive ones, or the cuts of an ordinal.
use crate::prior::Prior;
use crate::regression::{Family, ModelError, Scale};

#[derive(Clone, Debug)]
pub(super) enum Own {
    Scales(Vec<Scale>),
    Cuts(Cuts),
}

/// cut_1 = w_1, cut_k = cut_{k-1} + exp(w_k), w = centre + spread z; the cuts are those at the predictors' means.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    pub(super) prior: Prior,
    pub(super) centre: Vec<f64>,
    pub(super) spread: Vec<f64>,
    /// How often the Jacobian counts.
    pub(super) jacobian: f64,
    /// Mean of each column: the user's cuts are these cuts + means . beta.
    pub(super) means: Vec<f64>,
}

/// The prior of the cuts, `cut = ...` where asked, and the requests that are about something else.
pub(super) fn cut_prior(
    family: Family,
    asked: &[(String, Prior)],
) -> Result<(Prior, Vec<(String, Prior)>), ModelError> {
    let mut prior = Prior::StudentT { nu: 3.0, mean: 0.0, scale: 2.5 };
    let mut rest = Vec::new();
    for (name, law) in asked {
        if family != Family::Ordinal || name.trim() != "cut" {
            rest.push((name.clone(), *law));
        } else if law.is_for_coefficients() && !matches!(law, Prior::Uniform { .. }) {
            prior = *law;
        } else {
            return Err(ModelError::NotForCoefficients { name: name.clone(), prior: *law });
        }
    }
    Ok((prior, rest))
}

impl Own {
    pub(super) fn len(&self) -> usize {
        match self {
            Own::Scales(scales) => scales.len(),
            Own::Cuts(cuts) => cuts.centre.len(),
        }
    }

    /// Counts the Jacobian so often.
    pub(super) fn weigh(&mut self, jacobian: f64) {
        match self {
            Own::Scales(scales) => scales.iter_mut().for_each(|scale| scale.weigh(jacobian)),
            Own::Cuts(cuts) => cuts.jacobian = jacobian,
        }
    }

    /// The parameters at these coordinates.
    pub(super) fn forward(&self, z: &[f64], out: &mut [f64]) {
        match self {
            Own::Scales(scales) => {
                for ((out, scale), z) in out.iter_mut().zip(scales).zip(z) {
                    *out = scale.ln_sigma(scale.forward(*z)).exp();
                }
            }
            Own::Cuts(cuts) => {
                let mut cut = 0.0;
                for (k, out) in out.iter_mut().enumerate() {
                    let w = cuts.spread[k].mul_add(z[k], cuts.centre[k]);
                    cut = if k == 0 { w } else { cut + w.exp() };
                    *out = cut;
                }
            }
        }
    }

    /// -log of priors and Jacobians; turns the likelihood's slopes (in logarithms of scales, in cuts) into the whole ones in z.
    pub(super) fn energy(&self, z: &[f64], own: &[f64], slopes: &mut [f64]) -> f64 {
        match self {
            Own::Scales(scales) => {
                let mut energy = 0.0;
                for ((scale, z), slope) in scales.iter().zip(z).zip(slopes) {
                    let (prior, whole) = scale.energy(scale.forward(*z), *slope);
                    energy += prior;
                    *slope = scale.pull(whole);
                }
                energy
            }
            Own::Cuts(cuts) => {
                let (mut energy, mut later) = (0.0, 0.0);
                for k in (0..own.len()).rev() {
                    let jacobian = cuts.jacobian * cuts.spread[k].ln();
                    energy -= cuts.prior.ln_constant() + cuts.prior.ln_kernel(own[k]) + jacobian;
                    later += slopes[k] - cuts.prior.slope(own[k]);
                    slopes[k] = cuts.spread[k]
                        * if k == 0 {
                            later
                        } else {
                            let w = cuts.spread[k].mul_add(z[k], cuts.centre[k]);
                            energy -= cuts.jacobian * w;
                            later * w.exp() - cuts.jacobian
                        };
                }
                energy
            }
        }
    }

    /// Adds what the user's parameters differ by from these.
    pub(super) fn report(&self, beta: &[f64], own: &mut [f64]) {
        let shift = self.shift(beta);
        own.iter_mut().for_each(|cut| *cut += shift);
    }
    /// Adds what slopes in the user's parameters say of the coefficients, which these have no part in.
    pub(super) fn lift(&self, slopes: &[f64], mut by_beta: impl FnMut(usize, f64)) {
        let Own::Cuts(cuts) = self else { return };
        let total: f64 = slopes.iter().sum();
        cuts.means.iter().map(|mean| mean * total).enumerate().for_each(|(j, slope)| by_beta(j, slope));
    }
    fn shift(&self, beta: &[f64]) -> f64 {
        match self {
            Own::Scales(_) => 0.0,
            Own::Cuts(cuts) => cuts.means.iter().zip(beta).map(|(m, b)| m * b).sum(),
        }
    }

    /// log of the prior density of the user's parameters; -inf outside a support.
    pub(super) fn ln_prior(&self, beta: &[f64], own: &[f64]) -> f64 {
        match self {
            Own::Scales(scales) => scales.iter().zip(own).map(|(scale, &x)| scale.prior.ln_density(x)).sum(),
            Own::Cuts(_) if !own.is_sorted_by(|a, b| a < b) => f64::NEG_INFINITY,
            Own::Cuts(cuts) => own.iter().map(|cut| cuts.prior.ln_density(cut - self.shift(beta))).sum(),
        }
    }

    /// The coordinates of the user's parameters.
    pub(super) fn locate(&self, beta: &[f64], own: &[f64]) -> Vec<f64> {
        match self {
            Own::Scales(scales) => scales.iter().zip(own).map(|(scale, &x)| scale.locate(x)).collect(),
            Own::Cuts(cuts) => {
                let w = |k: usize| if k == 0 { own[0] - self.shift(beta) } else { (own[k] - own[k - 1]).ln() };
                (0..own.len()).map(|k| (w(k) - cuts.centre[k]) / cuts.spread[k]).collect()
            }
        }
    }
}
