//! GIVEN: the points of starts that a user gave, by coordinates or by values of parameters.
use super::start::{TRIES, draw, finite};
use crate::config::Given;
use crate::config::start::stem;
use crate::{Config, SpecError, Start, State};
use steepest_core::{Batch, Workspace};
use steepest_models::Model;

/// A value is met where the point reports it to so many of its digits,
const SAME: f64 = 1e-6;
/// or to so small a part of the largest of its list,
const SMALL: f64 = 1e-9;
/// or of all.
const ROUNDING: f64 = 1e-13;
/// Parameters that a message names.
const FEW: usize = 6;

/// Starts for n replicas: one for all, or one for each.
pub(super) struct Starts<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    /// Of whose random starts what is left open is taken: the model, in coordinates that suit it.
    about: &'a dyn Model,
    n: usize,
    given: Vec<&'a Given>,
}
impl<'a> Starts<'a> {
    pub(super) fn new(config: &'a Config, model: &'a dyn Model, n: usize, given: Vec<&'a Given>) -> Starts<'a> {
        Starts { config, model, about: model, n, given }
    }
    /// With what is left open as at random starts of the same model in other coordinates.
    pub(super) fn about(self, about: &'a dyn Model) -> Starts<'a> {
        Starts { about, ..self }
    }
    /// Their points, component-major, each with a finite energy and gradient; what is left open is drawn closer to the middle until it
    /// goes with the values.
    ///
    /// # Errors
    /// As [`Starts::located`]; input where energy or gradient is not finite.
    pub(super) fn points(&self) -> Result<Vec<f64>, SpecError> {
        let (n, d) = (self.n, self.model.dim());
        let mut attempts = vec![0; n];
        loop {
            let x = self.located(&attempts)?;
            let alike = self.given.len() == 1 && !self.open(0);
            let first: Vec<f64> = x.iter().step_by(n).copied().collect();
            let batch = if alike { Batch { n: 1, d, x: &first } } else { Batch { n, d, x: &x } };
            let verdicts = finite(self.model, batch);
            let failed = || verdicts.iter().enumerate().filter_map(|(i, verdict)| Some((i, verdict.err()?)));
            let Some(lost) = failed().find(|(i, _)| !self.open(*i) || attempts[*i] == TRIES) else {
                if failed().next().is_none() {
                    return Ok(x);
                }
                failed().for_each(|(i, _)| attempts[i] += 1);
                continue;
            };
            return Err(self.not_finite(lost, &x));
        }
    }
    fn not_finite(&self, (i, what): (usize, &str), x: &[f64]) -> SpecError {
        let names = self.model.names();
        let values = self.of(i).assigned(&names).unwrap_or_default();
        let point = if values.is_empty() {
            format!("{:?}", x.iter().skip(i).step_by(self.n).collect::<Vec<_>>())
        } else {
            listed(values.iter().map(|(k, value)| format!("{} = {value:?}", names[*k])))
        };
        let problem = self.config.problem(&self.key(i), format!("{what} at the start {point}"));
        problem.notes(left_out(self.config, &names)).into()
    }
    /// What was given for replica i.
    fn of(&self, i: usize) -> &'a Given {
        self.given[i.min(self.given.len() - 1)]
    }
    /// Whether that leaves a parameter open.
    fn open(&self, i: usize) -> bool {
        let names = self.model.names();
        let Given::Values(_) = self.of(i) else { return false };
        self.of(i).assigned(&names).is_ok_and(|values| values.len() < names.len())
    }
    /// Their points; what values leave open is as at random starts of so many attempts.
    ///
    /// # Errors
    /// Input where no point has the values.
    fn located(&self, attempts: &[u64]) -> Result<Vec<f64>, SpecError> {
        let (n, d) = (self.n, self.model.dim());
        let names = self.model.names();
        let said = |given: &&Given| given.assigned(&names).map_err(|wrong| SpecError::input(wrong.message));
        let assigned: Vec<Vec<(usize, f64)>> = self.given.iter().map(said).collect::<Result<_, _>>()?;
        let mut x = vec![0.0; n * d];
        for i in 0..n {
            let which = i.min(self.given.len() - 1);
            // What all have alike is found once.
            let before =
                (i > which && (assigned[which].is_empty() || assigned[which].len() == names.len())).then(|| i - 1);
            let point = match (before, self.given[which]) {
                (Some(before), _) => x.iter().skip(before).step_by(n).copied().collect(),
                (None, Given::Point(point)) => point.clone(),
                (None, Given::Values(_)) => self.at(i, attempts[i], (&names, &assigned[which]))?,
            };
            point.iter().take(d).enumerate().for_each(|(j, q)| x[j * n + i] = *q);
        }
        Ok(x)
    }
    /// The point of replica i, whose values are these.
    fn at(&self, i: usize, attempt: u64, (names, values): (&[String], &[(usize, f64)])) -> Result<Vec<f64>, SpecError> {
        let mut wanted = vec![f64::NAN; names.len()];
        if values.len() < names.len() {
            wanted = self.reported(self.about, &self.drawn(i, attempt), names.len());
        }
        values.iter().for_each(|(k, value)| wanted[*k] = *value);
        match self.met(&wanted, names) {
            Met::Point(x) => Ok(x),
            Met::Nowhere => Err(self.without_values()),
            Met::Not(missed) => Err(self.refused(i, names, values, missed)),
        }
    }
    /// A random start.
    fn drawn(&self, i: usize, attempt: u64) -> Vec<f64> {
        let mut x = vec![0.0; self.model.dim()];
        draw(self.config, self.about, (i, attempt), &mut x);
        x
    }
    fn reported(&self, model: &dyn Model, x: &[f64], quantities: usize) -> Vec<f64> {
        let mut out = vec![0.0; quantities];
        model.report(Batch { n: 1, d: x.len(), x }, &mut out, &mut Workspace::default());
        out
    }
    /// The point that reports these quantities.
    fn met(&self, wanted: &[f64], names: &[String]) -> Met {
        let Some(x) = self.model.coordinates(wanted).filter(|x| x.len() == self.model.dim()) else {
            return Met::Nowhere;
        };
        let missed = missed(wanted, &self.reported(self.model, &x, names.len()), names);
        match missed {
            Some(k) => Met::Not(k),
            // At the edge of a domain a coordinate is infinite, and its quantity may be said all the same.
            None if x.iter().any(|x| !x.is_finite()) => Met::Not(0),
            None => Met::Point(x),
        }
    }
    /// Where the start of replica i stands.
    fn key(&self, i: usize) -> String {
        let each = matches!(self.config.state, State::Chains { start: Start::Each(_), .. });
        if each { format!("state.start.{i}") } else { "state.start".into() }
    }
    fn without_values(&self) -> SpecError {
        let message = "`start` in [state] has values of parameters, and no map from them to a point is known here";
        let note = format!("give a point: a list of {} numbers", self.model.dim());
        self.config.problem("state.start", message).note(note).into()
    }
    /// The name under which the value of a parameter stands.
    fn written<'n>(&self, i: usize, name: &'n str) -> &'n str {
        match self.of(i) {
            Given::Values(values) if !values.contains_key(name) => stem(name).unwrap_or(name),
            _ => name,
        }
    }
    /// What is wrong with the values of replica i, of which `missed` was not met.
    fn refused(&self, i: usize, names: &[String], values: &[(usize, f64)], missed: usize) -> SpecError {
        let blamed = self.alone(names, values).unwrap_or(missed);
        let name = &names[blamed];
        let problem = match values.iter().find(|(k, _)| *k == blamed) {
            Some((_, value)) => self.config.problem(
                &format!("{}.{}", self.key(i), self.written(i, name)),
                format!("`start` in [state] puts {name} at {value}, and no point of the model has it there"),
            ),
            None => self.config.problem(
                &self.key(i),
                format!("`start` in [state] leaves {name} as at a random start, where it does not go with the rest"),
            ),
        };
        let note = "values lie within the domains of their parameters, ordered ones in order, shares with the sum 1";
        problem.note(note).notes(left_out(self.config, names)).into()
    }
    /// The value that is not met beside a random start either, given alone or with those of its list.
    fn alone(&self, names: &[String], values: &[(usize, f64)]) -> Option<usize> {
        let start = self.reported(self.about, &self.drawn(0, 0), names.len());
        values.iter().map(|(k, _)| *k).find(|k| {
            let mut wanted = start.clone();
            let list = stem(&names[*k]);
            let with = values.iter().filter(|(other, _)| other == k || list.is_some() && stem(&names[*other]) == list);
            with.for_each(|(k, value)| wanted[*k] = *value);
            matches!(self.met(&wanted, names), Met::Not(_))
        })
    }
}
/// What became of values.
enum Met {
    Point(Vec<f64>),
    /// The first that no point has.
    Not(usize),
    /// There is no map.
    Nowhere,
}
/// The first quantity that a point was to report and does not; NaN is not met.
fn missed(wanted: &[f64], reported: &[f64], names: &[String]) -> Option<usize> {
    let largest = |of: &dyn Fn(usize) -> bool| {
        (0..wanted.len()).filter(|k| of(*k)).fold(0.0, |most: f64, k| most.max(wanted[k].abs()))
    };
    let all = largest(&|_| true);
    let near = |k: usize, slack: f64| (wanted[k] - reported[k]).abs() <= SAME * wanted[k].abs() + slack;
    let of_list = |k: usize| {
        let list = stem(&names[k]);
        largest(&|other| list.is_some() && stem(&names[other]) == list)
    };
    // Most are met without a look at the others of their list.
    (0..wanted.len()).find(|&k| !near(k, ROUNDING * all) && !near(k, ROUNDING * all + SMALL * of_list(k)))
}
/// A few, and how many more.
fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    let more = items.len().saturating_sub(FEW);
    let shown = items[..items.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// The starts that were given: one for all, or one for each chain.
fn given(config: &Config) -> Vec<&Given> {
    match &config.state {
        State::Particles { start: Some(given), .. } | State::Point { start: Some(given), .. } => vec![given],
        State::Chains { start: Start::One(given), .. } => vec![given],
        State::Chains { start: Start::Each(given), .. } => given.iter().collect(),
        _ => Vec::new(),
    }
}
/// The parameters that the values of some start leave out.
pub(super) fn open(config: &Config, names: &[String]) -> Vec<usize> {
    let given = given(config);
    let left = |k: &usize| {
        let leaves = |given: &&Given| match given.assigned(names) {
            Ok(values) => matches!(given, Given::Values(_)) && values.iter().all(|(named, _)| named != k),
            Err(_) => false,
        };
        given.iter().any(leaves)
    };
    (0..names.len()).filter(left).collect()
}
/// A sentence on them, where there are any.
pub(super) fn left_out(config: &Config, names: &[String]) -> Option<String> {
    let left = open(config, names);
    let are = if left.len() == 1 { "is" } else { "are" };
    let told = listed(left.iter().map(|k| names[*k].clone()));
    (!left.is_empty())
        .then(|| format!("{told} {are} left out, and random then: what has to fit together is given together"))
}
/// The start of a point or a cloud's first particle, in the coordinates of `model`, where one was given.
///
/// # Errors
/// As [`Starts::located`].
pub(super) fn start(config: &Config, model: &dyn Model) -> Result<Option<Vec<f64>>, SpecError> {
    let given = given(config);
    if given.is_empty() || matches!(config.state, State::Chains { .. }) {
        return Ok(None);
    }
    Starts::new(config, model, 1, given).located(&[0]).map(Some)
}
/// The starts of chains, a point or a cloud that were given, each by its coordinates in the model.
///
/// # Errors
/// As [`Starts::located`].
pub(crate) fn starts_given(config: &Config, model: &dyn Model) -> Result<Vec<Vec<f64>>, SpecError> {
    let given = given(config);
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let n = given.len();
    let x = Starts::new(config, model, n, given).located(&vec![0; n])?;
    Ok((0..n).map(|i| x.iter().skip(i).step_by(n).copied().collect()).collect())
}
