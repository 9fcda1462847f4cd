//! COORDINATES: from the numbers a sampler moves, through standardised coefficients, to those the user reads.
//!
//! z (what the sampler sees) -> w = centre + spread z -> gamma (coefficients on centred and scaled columns) -> beta (the user's).
//! A coefficient without bounds has gamma_j = w_j; one with a uniform prior on (a, b) has beta_j = a + (b - a) logistic(w_j).
//! With scale s_j and mean m_j of column j: beta_j = gamma_j / s_j and beta_0 = gamma_0 - sum_j gamma_j m_j / s_j.
//! Every map is exact and its Jacobian is in the energy (1 / beta of it at an inverse temperature beta), so centre and spread change
//! the speed of a sampler, never its law.
use super::linear::Linear;
use crate::law::Dice;
use crate::prior::Prior;
use std::ops::Range;

/// A prior and the number it is on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) prior: Prior,
    /// Whether it is on gamma_0, the intercept at the predictors' means, rather than on the user's coefficient.
    pub(crate) centred: bool,
}

/// The coefficients' part of the map.
#[derive(Clone, Debug)]
pub(crate) struct Coordinates {
    pub(crate) intercept: bool,
    /// Coefficients of one linear predictor. Several predictors of the same columns come one after another.
    block: usize,
    /// s_j; 1 for the intercept.
    pub(crate) scale: Vec<f64>,
    /// m_j / s_j; 0 for the intercept and in a model without one.
    pub(crate) shift: Vec<f64>,
    pub(crate) priors: Vec<Placed>,
    centre: Vec<f64>,
    spread: Linear,
    /// log of the determinant of `spread`.
    log_det: f64,
    /// How often the Jacobian counts.
    jacobian: f64,
    /// Everything in the energy that does not depend on z.
    constant: f64,
}

/// a + (b - a) logistic(w), its derivative, and -log of logistic(w) (1 - logistic(w)) with its derivative.
pub(crate) struct Bounded {
    pub(crate) value: f64,
    pub(crate) slope: f64,
    pub(crate) energy: f64,
    pub(crate) energy_slope: f64,
}
impl Bounded {
    /// The second derivative of the energy in w at a mode, but for what the likelihood bends in the value.
    ///
    /// With slope c of the likelihood in the value it is c value'' + energy''. At a mode c value' = -energy', and the sum is
    /// (1 + energy'^2) / 2: at least a half, also where the likelihood pushes against a bound.
    pub(crate) fn curvature(&self) -> f64 {
        0.5 * (1.0 + self.energy_slope * self.energy_slope)
    }
}
pub(crate) fn bounded(low: f64, high: f64, w: f64) -> Bounded {
    let t = (-w.abs()).exp();
    let q = if w >= 0.0 { 1.0 / (1.0 + t) } else { t / (1.0 + t) };
    let slope = (high - low) * t / ((1.0 + t) * (1.0 + t));
    // From the nearer bound, so that nothing is lost close to either.
    let value = if w >= 0.0 { high - (high - low) * t / (1.0 + t) } else { low + (high - low) * q };
    Bounded { value, slope, energy: w.abs() + 2.0 * t.ln_1p(), energy_slope: 2.0 * q - 1.0 }
}
/// The w that `bounded` maps to `value`.
pub(crate) fn unbounded(low: f64, high: f64, value: f64) -> f64 {
    ((value - low) / (high - value)).ln()
}

impl Coordinates {
    /// Coordinates in which z = w, of as many linear predictors of columns of this scale and shift as there are priors for.
    pub(crate) fn new(intercept: bool, scale: Vec<f64>, shift: Vec<f64>, priors: Vec<Placed>) -> Coordinates {
        let (p, block) = (priors.len(), scale.len());
        let all = |of: Vec<f64>| of.into_iter().cycle().take(p).collect();
        let mut out = Coordinates {
            intercept,
            block,
            scale: all(scale),
            shift: all(shift),
            priors,
            centre: vec![0.0; p],
            spread: Linear::identity(p),
            log_det: 0.0,
            jacobian: 1.0,
            constant: 0.0,
        };
        out.settle();
        out
    }

    /// Sets w = centre + spread z; `log_det` is the log of the determinant of `spread`.
    pub(crate) fn spread(&mut self, centre: Vec<f64>, spread: Linear, log_det: f64) {
        (self.centre, self.spread, self.log_det) = (centre, spread, log_det);
        self.settle();
    }
    /// Counts the Jacobian so often.
    pub(crate) fn weigh(&mut self, jacobian: f64) {
        self.jacobian = jacobian;
        self.settle();
    }
    fn settle(&mut self) {
        let j = self.jacobian;
        let each = self.priors.iter().zip(&self.scale).map(|(placed, scale)| match placed.prior {
            // The density 1 / (b - a), and the factor b - a of the Jacobian.
            Prior::Uniform { low, high } => (1.0 - j) * (high - low).ln(),
            prior => j * scale.ln() - prior.ln_constant(),
        });
        self.constant = each.sum::<f64>() - j * self.log_det;
    }

    /// d w / d z, row by row.
    pub(crate) fn spreading(&self) -> &[f64] {
        self.spread.by_row()
    }
    pub(crate) fn len(&self) -> usize {
        self.scale.len()
    }

    /// w and gamma of one point.
    pub(crate) fn forward(&self, z: &[f64], w: &mut [f64], gamma: &mut [f64]) {
        w.copy_from_slice(&self.centre);
        self.spread.apply(z, w);
        for (j, placed) in self.priors.iter().enumerate() {
            gamma[j] = match placed.prior {
                Prior::Uniform { low, high } => self.scale[j] * bounded(low, high, w[j]).value,
                _ => w[j],
            };
        }
        for s in self.intercepts() {
            if let Prior::Uniform { .. } = self.priors[s].prior {
                gamma[s] += self.offset(s, gamma);
            }
        }
    }

    /// The places of the intercepts.
    fn intercepts(&self) -> impl Iterator<Item = usize> + use<> {
        (0..if self.intercept { self.len() } else { 0 }).step_by(self.block.max(1))
    }
    /// Whether coefficient j is an intercept.
    fn leads(&self, j: usize) -> bool {
        self.intercept && j.is_multiple_of(self.block)
    }
    /// Those of the predictor with its intercept at s that are none.
    fn others(&self, s: usize) -> Range<usize> {
        s + 1..s + self.block
    }

    /// gamma_0 - beta_0, of the predictor with its intercept at s.
    fn offset(&self, s: usize, gamma: &[f64]) -> f64 {
        let block = s..s + self.block;
        self.shift[block.clone()].iter().zip(&gamma[block]).map(|(c, g)| c * g).sum()
    }

    /// The user's coefficients.
    pub(crate) fn beta(&self, gamma: &[f64], beta: &mut [f64]) {
        for j in 0..self.len() {
            beta[j] = gamma[j] / self.scale[j];
        }
        for s in self.intercepts() {
            beta[s] = gamma[s] - self.offset(s, gamma);
        }
    }

    /// gamma of the user's coefficients.
    pub(crate) fn standardise(&self, beta: &[f64], gamma: &mut [f64]) {
        gamma.iter_mut().zip(beta.iter().zip(&self.scale)).for_each(|(g, (b, s))| *g = b * s);
        for s in self.intercepts() {
            gamma[s] += self.offset(s, gamma);
        }
    }

    /// The user's coefficients from their priors, coefficient j with the numbers of row j of this draw.
    ///
    /// # Errors
    /// The place of a coefficient whose prior is flat.
    pub(crate) fn draw(&self, key: u64, draw: u64, beta: &mut [f64]) -> Result<(), usize> {
        let mut flat = None;
        for (j, placed) in self.priors.iter().enumerate() {
            beta[j] = placed.prior.draw(&mut Dice::new(key, draw, j as u64)).unwrap_or(f64::NAN);
            flat = flat.or(beta[j].is_nan().then_some(j));
        }
        for (j, _) in self.priors.iter().enumerate().filter(|(_, placed)| placed.centred) {
            // Stated on gamma_0, of which the user's intercept is the rest.
            beta[j] -= self.others(j).map(|k| self.shift[k] * self.scale[k] * beta[k]).sum::<f64>();
        }
        flat.map_or(Ok(()), Err)
    }

    /// The w of the user's coefficients; infinite or NaN outside their bounds.
    pub(crate) fn locate(&self, beta: &[f64]) -> Vec<f64> {
        let mut w = vec![0.0; self.len()];
        self.standardise(beta, &mut w);
        for (j, placed) in self.priors.iter().enumerate() {
            if let Prior::Uniform { low, high } = placed.prior {
                w[j] = unbounded(low, high, beta[j]);
            }
        }
        w
    }

    /// Sets w = centre + L^-T z for the Cholesky factor L, row-major, of a curvature of the energy at `centre`.
    pub(crate) fn whiten_about(&mut self, centre: Vec<f64>, factor: &[f64]) {
        let p = self.len();
        let mut inverse: Vec<f64> = (0..p * p).map(|k| f64::from(u8::from(k / p == k % p))).collect();
        steepest_kernels::solve_lower_transposed(p, factor, p, &mut inverse);
        let log_det = -(0..p).map(|j| factor[j * p + j].ln()).sum::<f64>();
        self.spread(centre, Linear::new(p, p, |i, j| if j >= i { inverse[i * p + j] } else { 0.0 }), log_det);
    }

    /// The z of a w: solves spread z = w - centre, the spread being upper triangular.
    pub(crate) fn whiten(&self, w: &[f64]) -> Vec<f64> {
        let p = self.len();
        let a = self.spread.by_row();
        let mut z: Vec<f64> = w.iter().zip(&self.centre).map(|(w, c)| w - c).collect();
        for i in (0..p).rev() {
            let known: f64 = (i + 1..p).map(|j| a[i * p + j] * z[j]).sum();
            z[i] = (z[i] - known) / a[i * p + i];
        }
        z
    }

    /// -log of priors and Jacobian at one point; turns the likelihood's gradient in gamma into the whole one in w.
    pub(crate) fn energy(&self, w: &[f64], gamma: &[f64], gradient: Option<&mut [f64]>) -> f64 {
        let mut energy = self.constant;
        let mut none: [f64; 0] = [];
        let with = gradient.is_some();
        let g = gradient.unwrap_or(&mut none);
        for s in self.intercepts() {
            match self.priors[s] {
                Placed { prior: Prior::Uniform { low, high }, .. } => {
                    let b = bounded(low, high, w[s]);
                    energy += self.jacobian * b.energy;
                    if with {
                        for j in self.others(s) {
                            g[j] += self.shift[j] * g[s];
                        }
                        g[s] = g[s] * b.slope + self.jacobian * b.energy_slope;
                    }
                }
                Placed { prior, centred: true } => {
                    energy -= prior.ln_kernel(gamma[s]);
                    if with {
                        g[s] -= prior.slope(gamma[s]);
                    }
                }
                Placed { prior: Prior::Flat, .. } => {}
                Placed { prior, .. } => {
                    let beta = gamma[s] - self.offset(s, gamma);
                    energy -= prior.ln_kernel(beta);
                    if with {
                        let slope = prior.slope(beta);
                        g[s] -= slope;
                        for j in self.others(s) {
                            g[j] += self.shift[j] * slope;
                        }
                    }
                }
            }
        }
        for j in (0..self.len()).filter(|j| !self.leads(*j)) {
            let scale = self.scale[j];
            match self.priors[j].prior {
                Prior::Flat => {}
                Prior::Uniform { low, high } => {
                    let b = bounded(low, high, w[j]);
                    energy += self.jacobian * b.energy;
                    if with {
                        g[j] = g[j] * scale * b.slope + self.jacobian * b.energy_slope;
                    }
                }
                prior => {
                    let beta = gamma[j] / scale;
                    energy -= prior.ln_kernel(beta);
                    if with {
                        g[j] -= prior.slope(beta) / scale;
                    }
                }
            }
        }
        energy
    }

    /// The matrix, row-major, that takes a gradient in gamma to one in w.
    pub(crate) fn slopes(&self, w: &[f64]) -> Vec<f64> {
        let p = self.len();
        let mut out = vec![0.0; p * p];
        for (j, placed) in self.priors.iter().enumerate() {
            out[j * p + j] = match placed.prior {
                Prior::Uniform { low, high } => self.scale[j] * bounded(low, high, w[j]).slope,
                _ => 1.0,
            };
        }
        if let (true, Some(Placed { prior: Prior::Uniform { .. }, .. })) = (self.intercept, self.priors.first()) {
            // gamma_0 moves with every slope.
            for j in 1..p {
                out[j * p] = self.shift[j] * out[j * p + j];
            }
        }
        out
    }

    /// out += spread^T g, from a gradient in w to one in z.
    pub(crate) fn pull(&self, g: &[f64], out: &mut [f64]) {
        self.spread.apply_transposed(g, out);
    }

    /// A positive semidefinite stand-in for the Hessian in w: J^T curvature J for the likelihood's `curvature` in gamma
    /// (row-major p by p, overwritten), plus the priors' weights and the bounds' curvature.
    pub(crate) fn hessian(&self, w: &[f64], gamma: &[f64], curvature: &mut [f64]) {
        let p = self.len();
        let slopes: Vec<Option<Bounded>> = (0..p)
            .map(|j| match self.priors[j].prior {
                Prior::Uniform { low, high } => Some(bounded(low, high, w[j])),
                _ => None,
            })
            .collect();
        for s in self.intercepts().filter(|s| slopes[*s].is_some()) {
            // gamma_0 moves with every slope: add its row and column to the others.
            for j in self.others(s) {
                for k in 0..p {
                    curvature[j * p + k] += self.shift[j] * curvature[s * p + k];
                }
            }
            for k in 0..p {
                for j in self.others(s) {
                    curvature[k * p + j] += self.shift[j] * curvature[k * p + s];
                }
            }
        }
        let d: Vec<f64> =
            slopes.iter().zip(&self.scale).map(|(b, s)| b.as_ref().map_or(1.0, |b| s * b.slope)).collect();
        for j in 0..p {
            for k in 0..p {
                curvature[j * p + k] *= d[j] * d[k];
            }
        }
        for j in 0..p {
            let Placed { prior, centred } = self.priors[j];
            curvature[j * p + j] += match &slopes[j] {
                Some(b) => self.jacobian * b.curvature(),
                None if self.leads(j) && centred => prior.weight(gamma[j]),
                None if self.leads(j) => {
                    let weight = prior.weight(gamma[j] - self.offset(j, gamma));
                    let v = |k: usize| if k == j { 1.0 } else { -self.shift[k] * d[k] };
                    for a in j..j + self.block {
                        for b in j..j + self.block {
                            curvature[a * p + b] += weight * v(a) * v(b);
                        }
                    }
                    0.0
                }
                None => prior.weight(gamma[j] / self.scale[j]) / (self.scale[j] * self.scale[j]),
            };
        }
    }
}
