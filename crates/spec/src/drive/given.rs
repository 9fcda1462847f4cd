//! GIVEN: the points of starts that a user gave, by coordinates or by values of parameters.
use super::start::{finite, random};
use crate::config::Given;
use crate::{Config, SpecError, State};
use steepest_core::{Batch, Workspace};
use steepest_models::Model;

/// A value is met where the point reports it to so many of its digits,
const SAME: f64 = 1e-6;
/// or to so small a part of the largest value.
const SMALL: f64 = 1e-9;

/// Starts for n replicas: one for all, or one for each.
pub(super) struct Starts<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    n: usize,
    given: Vec<&'a Given>,
}
impl<'a> Starts<'a> {
    pub(super) fn new(config: &'a Config, model: &'a dyn Model, n: usize, given: Vec<&'a Given>) -> Starts<'a> {
        Starts { config, model, n, given }
    }
    /// Their points, component-major, each with a finite energy and gradient.
    ///
    /// # Errors
    /// As [`Starts::located`]; input where energy or gradient is not finite.
    pub(super) fn points(&self) -> Result<Vec<f64>, SpecError> {
        let (n, d, x) = (self.n, self.model.dim(), self.located()?);
        let verdicts = finite(self.model, Batch { n, d, x: &x });
        let Some((i, what)) = verdicts.into_iter().enumerate().find_map(|(i, verdict)| Some((i, verdict.err()?)))
        else {
            return Ok(x);
        };
        let point: Vec<f64> = x.iter().skip(i).step_by(n).copied().collect();
        Err(self.config.problem(&self.key(i), format!("{what} at the start {point:?}")).into())
    }
    /// Their points; what values leave open is as at a random start of the model.
    ///
    /// # Errors
    /// Input where no point has the values.
    fn located(&self) -> Result<Vec<f64>, SpecError> {
        let (n, d) = (self.n, self.model.dim());
        let names = self.model.names();
        let said = |given: &&Given| given.assigned(&names).map_err(|wrong| SpecError::input(wrong.message));
        let assigned: Vec<Vec<(usize, f64)>> = self.given.iter().map(said).collect::<Result<_, _>>()?;
        let open =
            |(given, values): (&&Given, &Vec<_>)| matches!(given, Given::Values(_)) && values.len() < names.len();
        let open = self.given.iter().zip(&assigned).any(open);
        let mut x = if open { random(self.config, self.model, n)? } else { vec![0.0; n * d] };
        let mut wanted = vec![f64::NAN; n * names.len()];
        if open {
            self.model.report(Batch { n, d, x: &x }, &mut wanted, &mut Workspace::default());
        }
        for i in 0..n {
            let which = i.min(self.given.len() - 1);
            assigned[which].iter().for_each(|(k, value)| wanted[k * n + i] = *value);
            let point = match self.given[which] {
                Given::Point(point) => point.clone(),
                Given::Values(_) => {
                    let quantities: Vec<f64> = wanted.iter().skip(i).step_by(n).copied().collect();
                    self.model.coordinates(&quantities).ok_or_else(|| self.without_values())?
                }
            };
            point.iter().enumerate().for_each(|(j, q)| x[j * n + i] = *q);
        }
        self.met(&x, &wanted, &assigned)?;
        Ok(x)
    }
    /// Where the start of replica i stands.
    fn key(&self, i: usize) -> String {
        if self.given.len() > 1 { format!("state.start.{i}") } else { "state.start".into() }
    }
    fn without_values(&self) -> SpecError {
        let message = "`start` in [state] has values of parameters, and no map from them to a point is known here";
        let note = format!("give a point: a list of {} numbers", self.model.dim());
        self.config.problem("state.start", message).note(note).into()
    }
    /// Whether the points report what was asked of them.
    fn met(&self, x: &[f64], wanted: &[f64], assigned: &[Vec<(usize, f64)>]) -> Result<(), SpecError> {
        let (n, d, names) = (self.n, self.model.dim(), self.model.names());
        let mut reported = vec![0.0; n * names.len()];
        self.model.report(Batch { n, d, x }, &mut reported, &mut Workspace::default());
        for i in 0..n {
            let values = &assigned[i.min(assigned.len() - 1)];
            if values.is_empty() {
                continue;
            }
            let of_it = |k: usize| (wanted[k * n + i], reported[k * n + i]);
            let largest = (0..names.len()).map(|k| of_it(k).0.abs()).fold(0.0, f64::max);
            // NaN is not met.
            let missed = |k: &usize| {
                let (wanted, got) = of_it(*k);
                !((wanted - got).abs() <= SAME * wanted.abs() + SMALL * largest)
            };
            let named = values.iter().map(|(k, _)| *k).find(missed);
            let Some(k) = named.or_else(|| (0..names.len()).find(missed)) else { continue };
            let name = &names[k];
            let message =
                format!("`start` in [state] puts {name} at {}, and no point of the model has it there", of_it(k).0);
            let mut problem = self.config.problem(&format!("{}.{name}", self.key(i)), message);
            if named.is_none() {
                problem = problem.label("it has no value of its own, so it is as at a random start: give it one");
            }
            let note =
                "values lie within the domains of their parameters, ordered ones in order, shares with the sum 1";
            return Err(problem.note(note).into());
        }
        Ok(())
    }
}

/// The start of a point or a cloud's first particle, in the coordinates of `model`, where one was given.
///
/// # Errors
/// As [`Starts::located`].
pub(super) fn start(config: &Config, model: &dyn Model) -> Result<Option<Vec<f64>>, SpecError> {
    match &config.state {
        State::Particles { start: Some(given), .. } | State::Point { start: Some(given), .. } => {
            Starts::new(config, model, 1, vec![given]).located().map(Some)
        }
        _ => Ok(None),
    }
}
