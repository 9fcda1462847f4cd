//! TERM: one group effect, `(1 + x | g)`: standard deviations, correlations, and the effects of every level.
use super::correlation::{self, Lkj};
use super::transport::{Passage, Transport, tri};
use crate::prior::Prior;
use crate::regression::Scale;
use std::ops::Range;
use steepest_kernels::{axpy, dot};

/// u_l ~ N(0, Sigma) for every level l, Sigma = F F^T, F = diag(sd) C.
///
/// Coordinates: one for each standard deviation, k (k - 1) / 2 for the correlations; then, apart, k * levels white ones.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) sds: Vec<Scale>,
    /// The prior of the correlations.
    pub(super) correlations: Lkj,
    /// The fixed effects that its effects follow: those of its linear predictor.
    pub(super) fixed: Range<usize>,
    pub(super) transport: Transport,
    /// The means of the columns, at which the effects are taken; empty where they are taken at zero (`recentre`).
    pub(super) means: Vec<f64>,
}

/// The state of a term in one chain: lengths are those of [`Term::scratch`].
pub(super) struct Place<'a> {
    /// Sigma^-1, F and C, row-major.
    pub(super) precision: &'a mut [f64],
    factor: &'a mut [f64],
    correlation: &'a mut [f64],
    pub(super) root: &'a mut [f64],
    pub(super) middle: &'a mut [f64],
}

impl Term {
    pub(super) fn k(&self) -> usize {
        self.transport.k
    }
    /// Numbers that describe Sigma.
    pub(super) fn hyper(&self) -> usize {
        self.k() + correlation::dim(self.k())
    }
    /// Effects.
    pub(super) fn effects(&self) -> usize {
        self.k() * self.transport.levels
    }
    /// Scratch a chain needs between the way there and the way back.
    pub(super) fn scratch(&self) -> usize {
        3 * self.k() * self.k() + self.transport.roots() + self.effects()
    }
    pub(super) fn place<'a>(&self, scratch: &'a mut [f64]) -> Place<'a> {
        let square = self.k() * self.k();
        let (precision, rest) = scratch.split_at_mut(square);
        let (factor, rest) = rest.split_at_mut(square);
        let (correlation, rest) = rest.split_at_mut(square);
        let (root, middle) = rest.split_at_mut(self.transport.roots());
        Place { precision, factor, correlation, root, middle }
    }

    /// Counts the Jacobians so often.
    pub(super) fn weigh(&mut self, jacobian: f64) {
        self.sds.iter_mut().for_each(|scale| scale.weigh(jacobian));
        self.correlations.weigh(jacobian);
        self.transport.jacobian = jacobian;
    }
    /// Whether the density of standard deviations, correlations and effects to the power beta = 1 / weight has a finite integral where
    /// all of them vanish; for weight 0, whether it is bounded there.
    ///
    /// With the effects of L levels integrated out, sd^(-L beta) has become sd^(L - L beta), and det(R)^(-L beta / 2) of the
    /// correlations R det(R)^((L - L beta) / 2); near 0 a prior of sd is about constant, or sd^(shape - 1). Where the intercept is taken
    /// at the means of k columns, what is told has sd^(k - k beta) of it more.
    ///
    /// And whether it ends where a standard deviation grows: the effects being bounded by the data, L of them and a prior like
    /// sd^-power have sd^(-beta (L + power)), whose integral ends for beta (L + power) > 1. Of slopes beside an intercept at the means,
    /// what is told falls faster.
    pub(super) fn tempers(&self, weight: f64) -> bool {
        let levels = self.transport.levels as f64;
        let ends = |(i, scale): (usize, &Scale)| {
            let power = match scale.prior {
                Prior::HalfStudentT { nu, .. } | Prior::StudentT { nu, .. } => nu + 1.0,
                Prior::HalfCauchy { .. } | Prior::Cauchy { .. } => 2.0,
                Prior::Flat => 0.0,
                _ => return true,
            };
            weight <= 1.0 || i > 0 && !self.means.is_empty() || levels + power > weight
        };
        let holds = |(i, scale): (usize, &Scale)| {
            let count = if i == 0 { levels + self.means.len() as f64 } else { levels };
            match scale.prior {
                Prior::Uniform { low, .. } if low > 0.0 => true,
                Prior::Gamma { shape, .. } => shape - 1.0 + weight > count * (1.0 - weight),
                _ => weight > count * (1.0 - weight),
            }
        };
        self.sds.iter().enumerate().all(|at| holds(at) && ends(at))
            && (self.k() == 1 || self.correlations.left(levels, weight) > 0.0)
    }

    /// Standard deviations and, row by row, correlations.
    pub(super) fn describe(&self, hyper: &[f64], out: &mut [f64]) {
        let k = self.k();
        let mut c = vec![0.0; k * k];
        self.correlations.forward(&hyper[k..], &mut c);
        for (i, scale) in self.sds.iter().enumerate() {
            out[i] = scale.ln_sigma(scale.forward(hyper[i])).exp();
        }
        let mut at = k;
        for i in 0..k {
            for j in 0..i {
                out[at] = dot(&c[i * k..i * k + k], &c[j * k..j * k + k]);
                at += 1;
            }
        }
    }

    /// Sets Sigma^-1 and the effects; returns the energy of everything but the data: priors and Jacobians.
    pub(super) fn forward(
        &self,
        hyper: &[f64],
        moved: &[f64],
        z: &[f64],
        place: &mut Place<'_>,
        effects: &mut [f64],
    ) -> f64 {
        let (k, levels) = (self.k(), self.transport.levels as f64);
        let mut energy = self.correlations.forward(&hyper[k..], place.correlation);
        let mut ln_det = 0.0;
        for (i, scale) in self.sds.iter().enumerate() {
            let w = scale.forward(hyper[i]);
            energy += scale.energy(w, 0.0).0;
            let ln_sd = scale.ln_sigma(w);
            let sd = ln_sd.exp();
            (0..k).for_each(|j| place.factor[i * k + j] = sd * place.correlation[i * k + j]);
            ln_det += ln_sd + place.correlation[i * k + i].ln();
        }
        invert(k, place.factor, place.precision);
        let mut passage = Passage { root: place.root, middle: place.middle, effects };
        energy += self.transport.forward(place.precision, moved, z, &mut passage);
        let half_ln_tau = 0.5 * (2.0 * std::f64::consts::PI).ln();
        energy += self.told_energy(place.factor);
        energy + levels * (ln_det + k as f64 * half_ln_tau) + 0.5 * self.quadratic(place.precision, effects)
    }

    /// sum_l u_l^T P u_l
    fn quadratic(&self, precision: &[f64], u: &[f64]) -> f64 {
        let (k, l) = (self.k(), self.transport.levels);
        let part = |i: usize, j: usize| precision[i * k + j] * dot(&u[i * l..][..l], &u[j * l..][..l]);
        (0..k).map(|i| part(i, i) + (0..i).map(|j| 2.0 * part(i, j)).sum::<f64>()).sum()
    }

    /// The way back: `slopes`, the likelihood's in the effects, become those in z of everything; sets those in the coordinates
    /// of Sigma, adds those in the moves of the fixed effects.
    #[expect(clippy::too_many_arguments, reason = "what goes in, what comes out, and scratch")]
    pub(super) fn backward(
        &self,
        hyper: &[f64],
        place: &Place<'_>,
        effects: &[f64],
        slopes: &mut [f64],
        moved: &mut [f64],
        by_hyper: &mut [f64],
        scratch: &mut [f64],
    ) {
        let (k, l) = (self.k(), self.transport.levels);
        // Fewer than a few dozen numbers: K is the number of effects of a level.
        let mut small = [0.0; 3 * SQUARE];
        let (by_precision, rest) = small.split_at_mut(SQUARE);
        let (by_sigma, by_factor) = rest.split_at_mut(SQUARE);
        for i in 0..k {
            for j in 0..k {
                axpy(place.precision[i * k + j], &effects[j * l..][..l], &mut slopes[i * l..][..l]);
            }
            for j in 0..=i {
                let square = dot(&effects[i * l..][..l], &effects[j * l..][..l]);
                by_precision[tri(i, j)] = if i == j { 0.5 * square } else { square };
            }
        }
        let passed = [&*place.root, &*place.middle, effects];
        self.transport.backward(passed, slopes, moved, by_precision, scratch);
        // dP = -P dSigma P, with the slope in an entry below the diagonal shared by the one above.
        for a in 0..k {
            for b in 0..k {
                let mut sum = 0.0;
                for i in 0..k {
                    for j in 0..k {
                        let (low, high) = (i.min(j), i.max(j));
                        let slope = by_precision[tri(high, low)] * if i == j { 1.0 } else { 0.5 };
                        sum += place.precision[a * k + i] * slope * place.precision[j * k + b];
                    }
                }
                by_sigma[a * k + b] = -sum;
            }
        }
        for i in 0..k {
            for j in 0..=i {
                let product: f64 = (0..k).map(|m| by_sigma[i * k + m] * place.factor[m * k + j]).sum();
                by_factor[i * k + j] = 2.0 * product;
            }
            by_factor[i * k + i] += l as f64 / place.factor[i * k + i];
        }
        self.told_slopes(place.factor, by_factor);
        for (i, scale) in self.sds.iter().enumerate() {
            let row = i * k..i * k + i + 1;
            let in_ln_sd = dot(&by_factor[row.clone()], &place.factor[row.clone()]);
            by_hyper[i] = scale.pull(scale.energy(scale.forward(hyper[i]), in_ln_sd).1);
            for at in row {
                // Now the slope in C: the factor is diag(sd) C.
                by_factor[at] *= place.factor[i * k + i] / place.correlation[i * k + i];
            }
        }
        self.correlations.backward(&hyper[k..], place.correlation, by_factor, &mut by_hyper[k..]);
    }

    /// log of the density of standard deviations, correlations and effects.
    pub(super) fn ln_prior(&self, [sds, correlations, u]: [&[f64]; 3]) -> f64 {
        let (k, l) = (self.k(), self.transport.levels);
        let Some(c) = root(k, correlations) else { return f64::NEG_INFINITY };
        let mut ln_density: f64 = self.sds.iter().zip(sds).map(|(scale, &sd)| scale.prior.ln_density(sd)).sum();
        ln_density += self.correlations.ln_density(&c);
        let constant = 0.5 * (2.0 * std::f64::consts::PI).ln();
        for level in 0..l {
            let mut z = [0.0; MOST];
            for i in 0..k {
                let known: f64 = (0..i).map(|m| c[i * k + m] * z[m]).sum();
                z[i] = (u[i * l + level] / sds[i] - known) / c[i * k + i];
                ln_density -= 0.5 * z[i] * z[i] + constant + sds[i].ln() + c[i * k + i].ln();
            }
        }
        ln_density
    }

    /// The coordinates of standard deviations and correlations, and the white ones of the effects.
    pub(super) fn locate(&self, [sds, correlations, u]: [&[f64]; 3], moved: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let k = self.k();
        let mut hyper: Vec<f64> = self.sds.iter().zip(sds).map(|(scale, sd)| scale.locate(*sd)).collect();
        hyper.resize(self.hyper(), f64::NAN);
        let mut z = vec![f64::NAN; self.effects()];
        if let Some(mut c) = root(k, correlations) {
            correlation::locate(k, &c, &mut hyper[k..]);
            (0..k * k).for_each(|m| c[m] *= sds[m / k]);
            let mut precision = vec![0.0; k * k];
            invert(k, &c, &mut precision);
            self.transport.locate(&precision, moved, u, &mut z);
        }
        (hyper, z)
    }

    /// The default prior of a standard deviation, of effects that have this scale: half_student_t(3, 2.5 scale).
    pub(super) fn default_prior(scale: f64) -> Prior {
        Prior::HalfStudentT { nu: 3.0, scale: 2.5 * scale }
    }
}

/// Most effects a level may have.
pub(super) const MOST: usize = 12;
const SQUARE: usize = MOST * MOST;

/// out <- (F F^T)^-1 for a lower triangle F, row-major.
fn invert(k: usize, factor: &[f64], out: &mut [f64]) {
    let mut inverse = [0.0; SQUARE];
    for j in 0..k {
        inverse[j * k + j] = 1.0 / factor[j * k + j];
        for i in j + 1..k {
            let known: f64 = (j..i).map(|m| factor[i * k + m] * inverse[m * k + j]).sum();
            inverse[i * k + j] = -known / factor[i * k + i];
        }
    }
    for i in 0..k {
        for j in 0..k {
            out[i * k + j] = (i.max(j)..k).map(|m| inverse[m * k + i] * inverse[m * k + j]).sum();
        }
    }
}
/// The Cholesky factor of a correlation matrix given row by row; none where it is not positive.
fn root(k: usize, correlations: &[f64]) -> Option<Vec<f64>> {
    let (mut r, mut at) = (vec![0.0; k * k], 0);
    for i in 0..k {
        for j in 0..i {
            r[i * k + j] = correlations[at];
            at += 1;
        }
        r[i * k + i] = 1.0;
    }
    steepest_kernels::cholesky(k, &mut r).ok()?;
    Some(r)
}
