//! BOUNDS: a minimiser in a box of reported parameters: what the box is, where it starts, and what holds at its end.
use super::super::given;
use super::super::proximal::plain;
use super::super::start::{infinite, positions};
use super::{Descent, Euclidean, Job, PotentialEnergy};
use crate::nearest::suggestion;
use crate::{Config, Regulariser, SpecError, Watch};
use serde_json::{Map, Value, json};
use steepest_core::{Batch, Workspace};
use steepest_flows::functional::Boxed;
use steepest_flows::observer::Check;
use steepest_flows::scheme::BoundedQuasiNewton;
use steepest_flows::scheme::bounded::Confined;
use steepest_flows::state::Cloud;
use steepest_models::Model;
use steepest_record::{Checkpoint, Record};

/// Active bounds that a note names.
const NAMED: usize = 10;

/// The least and the greatest that each parameter of a model may be; `None` where a config bounds none of them.
///
/// # Errors
/// Input where there is no such parameter.
pub(in crate::drive) fn limits(config: &Config, model: &dyn Model) -> Result<Option<[Vec<f64>; 2]>, SpecError> {
    let (names, d) = (model.names(), model.dim());
    let (mut low, mut high) = (vec![f64::NEG_INFINITY; d], vec![f64::INFINITY; d]);
    if let Some(simple) = config.functional.regulariser().filter(|simple| simple.kind == "box") {
        let [least, greatest] = sides(config, simple)?;
        low.fill(least);
        high.fill(greatest);
        return Ok(Some([low, high]));
    }
    let Some(bounds) = config.functional.bounds() else { return Ok(None) };
    for (name, [least, greatest]) in bounds {
        let Some(k) = names.iter().position(|known| known == name).filter(|k| *k < d) else {
            let problem = config.problem(
                &format!("functional.bounds.{name}"),
                format!("`bounds` in [functional] name `{name}`, and there is no such parameter"),
            );
            let problem = problem.label(suggestion(name, names.iter().map(String::as_str)));
            return Err(problem.note(format!("the parameters are {}", names.join(", "))).into());
        };
        (low[k], high[k]) = (*least, *greatest);
    }
    Ok(Some([low, high]))
}

/// The least and the greatest that a box lets all parameters be; infinite where it states one of them alone.
///
/// # Errors
/// Input where it states neither, or nothing lies between them.
pub(in crate::drive) fn sides(config: &Config, simple: &Regulariser) -> Result<[f64; 2], SpecError> {
    let stated = |name: &str| simple.numbers.contains_key(name);
    let (low, high) = (simple.number("low", f64::NEG_INFINITY), simple.number("high", f64::INFINITY));
    let problem = |message: String| config.problem("functional.regulariser", message);
    if !stated("low") && !stated("high") {
        let problem = problem("regulariser `box` needs `low` or `high`".into());
        return Err(problem.note("one of them may be left out, not both").into());
    }
    if low > high || low == f64::INFINITY || high == f64::NEG_INFINITY {
        let problem = problem(format!("this box leaves no value: at least {low} and at most {high}"));
        return Err(problem.note("its `low` must not be above its `high`").into());
    }
    Ok([low, high])
}

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
    (descent, scheme): (Descent, &BoundedQuasiNewton),
) -> Result<Record, SpecError> {
    let plain = plain(config, model)?;
    let Some([low, high]) = limits(config, &plain)? else {
        return Err(SpecError::input("there are no bounds"));
    };
    let Some(functional) = Boxed::new(PotentialEnergy(&plain as &dyn Model), &low, &high) else {
        let problem = config.problem("functional.regulariser", "this box leaves no value");
        return Err(problem.note("its `low` must not be above its `high`").into());
    };
    let start = match given::start(config, &plain)? {
        Some(mut start) => {
            given::open(config, &plain.names()).into_iter().for_each(|k| start[k] = start[k].clamp(low[k], high[k]));
            within(config, &plain, start, [&low, &high])?
        }
        None => {
            let mut start = plain.reported(&positions(config, model, 1)?);
            start.iter_mut().enumerate().for_each(|(k, x)| *x = x.clamp(low[k], high[k]));
            start
        }
    };
    if let Some(what) = infinite(&plain, &start) {
        let problem = config.problem("state.start", format!("{what} at the start {start:?}"));
        return Err(problem.note("give a point with a finite energy: `start = [...]` in [state]").into());
    }
    let (geometry, stop) = (Euclidean, scheme.stop);
    let job = Job { config, model: &plain, functional, checkpoint, watch, geometry, stop, h: 1.0 };
    let mut record = job.run(scheme, start, |m| lines(&descent, m))?;
    let end = record.arrays.iter().find(|array| array.name == "state").map_or(Vec::new(), |array| array.values.clone());
    multipliers(&mut record, &plain, &end, [&low, &high]);
    Ok(record)
}
/// The start that the user gave.
///
/// # Errors
/// Input where it is outside the box.
fn within(
    config: &Config,
    plain: &dyn Model,
    start: Vec<f64>,
    [low, high]: [&[f64]; 2],
) -> Result<Vec<f64>, SpecError> {
    let outside = |k: &usize| !(start[*k] >= low[*k] && start[*k] <= high[*k]);
    let Some(k) = (0..start.len()).find(outside) else { return Ok(start) };
    let (name, bounds) = (&plain.names()[k], format!("[{}, {}]", low[k], high[k]));
    let message = format!("the start has {name} = {}, which is outside its bounds {bounds}", start[k]);
    let nearest: Vec<f64> = start.iter().enumerate().map(|(k, x)| x.clamp(low[k], high[k])).collect();
    let problem = config.problem(&format!("state.start.{k}"), message);
    Err(problem.note(format!("the nearest point within is {nearest:?}")).into())
}
/// The lines of the ledger.
fn lines(descent: &Descent, m: &Confined<Cloud>) -> Vec<Check> {
    let (tolerance, mut found) = (descent.stop().gradient, descent.lines(&m.track, (None, 0.0), false));
    found.push(Check::at_most(
        "feasibility",
        m.kkt.violation,
        0.0,
        ("The end is within its bounds.", "The end has left its bounds: report this."),
    ));
    let advice = "The end is not yet a minimum: allow more steps, or scale the parameters.";
    let kkt = ("The conditions of a minimum within bounds hold at the end.", advice);
    found.push(descent.end(Check::at_most("KKT residual", m.track.norm, tolerance, kkt), m.track.ending));
    // The least one, or none.
    let multiplier = if m.kkt.multiplier.is_finite() { m.kkt.multiplier } else { 0.0 };
    let signs = ("Every active bound holds V back.", "V falls away from a bound that the end is at: allow more steps.");
    found.push(descent.end(Check::at_least("multipliers", multiplier, -tolerance, signs), m.track.ending));
    found
}
/// Which bounds are active, and how much V would fall per unit that each is moved.
fn multipliers(record: &mut Record, plain: &dyn Model, end: &[f64], [low, high]: [&[f64]; 2]) {
    let mut slopes = vec![0.0; end.len()];
    plain.gradients(Batch { n: 1, d: end.len(), x: end }, 1.0, &mut slopes, &mut Workspace::default());
    let (mut found, mut said) = (Map::new(), Vec::new());
    for (k, name) in plain.names().iter().enumerate().take(end.len()) {
        if end[k] == low[k] || end[k] == high[k] {
            let multiplier = if end[k] == low[k] { slopes[k] } else { -slopes[k] };
            said.push(format!("{name} = {} ({multiplier:.4})", end[k]));
            found.insert(name.clone(), Value::from(multiplier));
        }
    }
    let (active, more) = (said.len(), if said.len() > NAMED { ", ..." } else { "" });
    said.truncate(NAMED);
    record.notes.push(match active {
        0 => "No bound is active at the end.".to_owned(),
        _ => format!("Active bounds at the end, with their multipliers: {}{more}.", said.join(", ")),
    });
    record.summary.extra.insert("active_bounds".into(), json!(active));
    record.summary.extra.insert("multipliers".into(), Value::Object(found));
}
