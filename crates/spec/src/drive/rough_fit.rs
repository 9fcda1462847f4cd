//! ROUGH FIT: a posterior of rows seen in coordinates whitened at its mode, where it has one; regressions whiten themselves.
//!
//! The result is only a choice of coordinates: the law is the same in any, and where no mode is found they stay as they are.
use super::beta;
use super::start::{self, Started};
use crate::config::Search;
use crate::{Config, Functional, SpecError, Start, State};
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::flow::pathfinder::descend;
use steepest_models::{Model, Whitened};

/// Coordinates beyond which the matrices are too much work.
const MOST: usize = 200;
/// Steps of a descent.
const DESCENT: usize = 200;
/// Newton steps after it.
const NEWTON: usize = 12;
/// Random points whose descents have to end at one mode.
const STARTS: usize = 4;

/// A model as chains see it.
pub(super) struct Seen<'a> {
    plain: &'a dyn Model,
    white: Option<Whitened<'a>>,
    gradients: u64,
    note: Option<String>,
}
impl<'a> Seen<'a> {
    /// In its own coordinates.
    pub(super) fn plainly(model: &'a dyn Model) -> Seen<'a> {
        Seen { plain: model, white: None, gradients: 0, note: None }
    }
    /// Whitened, where it is of rows and has one mode that is not on the way to infinity. A pure function of the config.
    pub(super) fn of(config: &Config, model: &'a dyn Model) -> Seen<'a> {
        let mut seen = Seen::plainly(model);
        let rows = matches!(config.functional, Functional::Rows { .. });
        if !rows || model.dim() > MOST {
            return seen;
        }
        let mut search = Looks { model, beta: beta(config), work: Workspace::default(), gradients: 0 };
        // Whoever knows a start needs no random ones.
        let starts = start::random(config, model, STARTS).map_err(|_| "no random point has a finite energy");
        let found = starts.and_then(|starts| search.mode(&starts));
        seen.gradients = search.gradients;
        seen.note = Some(match found {
            Ok(_) => "Coordinates: whitened at the mode, an exact linear change of the unconstrained ones.".into(),
            Err(why) => format!("Coordinates: unconstrained, as declared; {why}."),
        });
        seen.white = found.ok();
        seen
    }
    /// The energy that is sampled.
    pub(super) fn model(&self) -> &dyn Model {
        self.white.as_ref().map_or(self.plain, |white| white)
    }
    /// Where n chains begin; points that were given are in the model's own coordinates.
    ///
    /// # Errors
    /// As [`start::chains`].
    pub(super) fn chains(&self, config: &Config, n: usize) -> Result<Started, SpecError> {
        let normal = matches!(config.state, State::Chains { start: Start::Search(Search::Normal), .. });
        let model = if normal { self.model() } else { self.plain };
        let mut started = start::chains(config, (model, self.model()), n)?;
        if let Some(white) = self.white.as_ref().filter(|_| !normal) {
            for i in 0..n {
                let x: Vec<f64> = started.x.iter().skip(i).step_by(n).copied().collect();
                white.locate(&x).iter().enumerate().for_each(|(j, z)| started.x[j * n + i] = *z);
            }
        }
        started.gradients += self.gradients;
        started.notes.extend(self.note.clone());
        Ok(started)
    }
}

/// The search, and what it took.
struct Looks<'a> {
    model: &'a dyn Model,
    beta: f64,
    work: Workspace,
    gradients: u64,
}
impl<'a> Looks<'a> {
    /// The model whitened at the one mode that descents from all points lead to; otherwise a clause that says what was found.
    fn mode(&mut self, starts: &[f64]) -> Result<Whitened<'a>, &'static str> {
        const NONE: &str = "a descent found no mode";
        const FLAT: &str = "the energy does not curve upwards where a descent ended";
        let d = self.model.dim();
        let point = |i: usize| starts.iter().skip(i).step_by(STARTS).copied().collect::<Vec<_>>();
        let (end, gradients) = descend(self.model, self.beta, &point(0), DESCENT).ok_or(NONE)?;
        self.gradients += gradients;
        let unit: Vec<f64> = (0..d * d).map(|k| f64::from(u8::from(k / d == k % d))).collect();
        let mut white = Whitened::new(self.model, &end, &unit);
        // Differences over a hundredth of a standard deviation are best, but none is known yet.
        let (mut step, mut settled) = (1e-5, false);
        for _ in 0..NEWTON {
            let (value, gradient, mut factor) = self.second(&white, step);
            steepest_kernels::cholesky(d, &mut factor).map_err(|_| FLAT)?;
            let mut newton = gradient.clone();
            steepest_kernels::solve(d, &factor, 1, &mut newton);
            let decrement: f64 = newton.iter().zip(&gradient).map(|(s, g)| s * g).sum();
            let mut length = 1.0;
            let centre = loop {
                let z: Vec<f64> = newton.iter().map(|s| -length * s).collect();
                if value - self.value(&white, &z) >= 1e-4 * length * decrement {
                    break white.place(&z);
                }
                length *= 0.5;
                if length < 1e-6 {
                    break white.centre().to_vec();
                }
            };
            settled = step > 1e-3 && decrement < 1e-2;
            white = Whitened::new(self.model, &centre, &spread(d, white.spread(), &factor));
            if settled {
                break;
            }
            step = 1e-2;
        }
        if !settled {
            return Err(NONE);
        }
        let height = self.value(&white, &vec![0.0; d]);
        for i in 1..STARTS {
            let (end, gradients) = descend(&white, self.beta, &white.locate(&point(i)), DESCENT).ok_or(NONE)?;
            self.gradients += gradients;
            if (self.value(&white, &end) - height).abs() > 0.1 || end.iter().any(|z| z.abs() > 1.0) {
                return Err("descents from random points do not end at one mode");
            }
        }
        Ok(white)
    }
    fn value(&mut self, v: &dyn Potential, z: &[f64]) -> f64 {
        let mut value = [0.0];
        v.values(Batch { n: 1, d: z.len(), x: z }, self.beta, &mut value, &mut self.work);
        value[0]
    }
    /// Value, gradient and second derivatives at the middle, these by differences of gradients over `step` to both sides.
    fn second(&mut self, v: &dyn Model, step: f64) -> (f64, Vec<f64>, Vec<f64>) {
        let d = v.dim();
        let (origin, mut gradient, mut value) = (vec![0.0; d], vec![0.0; d], [0.0]);
        v.values_and_gradients(Batch { n: 1, d, x: &origin }, self.beta, &mut value, &mut gradient, &mut self.work);
        let n = 2 * d;
        let side = |k: usize, i: usize| {
            if i == k {
                step
            } else if i == d + k {
                -step
            } else {
                0.0
            }
        };
        let points: Vec<f64> = (0..d * n).map(|at| side(at / n, at % n)).collect();
        let mut slopes = vec![0.0; d * n];
        v.gradients(Batch { n, d, x: &points }, self.beta, &mut slopes, &mut self.work);
        self.gradients += 1 + n as u64;
        let entry = |j: usize, k: usize| (slopes[j * n + k] - slopes[j * n + d + k]) / (2.0 * step);
        let second = (0..d * d).map(|at| 0.5 * (entry(at / d, at % d) + entry(at % d, at / d))).collect();
        (value[0], gradient, second)
    }
}
/// S L^-T, upper triangular, for a factor L of the curvature.
fn spread(d: usize, before: &[f64], factor: &[f64]) -> Vec<f64> {
    let mut inverse: Vec<f64> = (0..d * d).map(|k| f64::from(u8::from(k / d == k % d))).collect();
    steepest_kernels::solve_lower_transposed(d, factor, d, &mut inverse);
    let mut out = vec![0.0; d * d];
    steepest_kernels::gemm([d, d, d], 1.0, before, &inverse, &mut out);
    out
}
