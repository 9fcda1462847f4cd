//! TIMES: the times at which a motion is to be written down, and the table of them.
use crate::config::Times as Wanted;
use crate::{Config, SpecError};
use steepest_core::State;
use steepest_flows::observer::Times;
use steepest_record::Array;

/// Numbers of the table of times at most: a gigabyte.
const MOST: f64 = 1.25e8;

/// The times that `times` in [output] asks of a run from 0 to `end`, with states of `width` numbers.
///
/// # Errors
/// Input: a time after the end, and more of them than can be kept.
pub(super) fn wanted(config: &Config, end: f64, width: usize) -> Result<Vec<f64>, SpecError> {
    let rounding = 1e-12 * end;
    let problem = |message: String, note: &str| Err(config.problem("output.times", message).note(note).into());
    let count = match &config.output.times {
        None => 0.0,
        Some(Wanted::At(times)) => times.len() as f64,
        Some(Wanted::Spaced(spacing)) => ((end + rounding) / spacing).floor() + 1.0,
    };
    if count * (width as f64 + 1.0) > MOST {
        let message = format!("`times` in [output] asks for {count:.3e} states of {width} numbers");
        return problem(message, "up to 1.25e8 numbers are kept: ask for fewer times");
    }
    match &config.output.times {
        None => Ok(Vec::new()),
        Some(Wanted::At(times)) => match times.iter().find(|t| **t > end + rounding) {
            Some(late) => problem(
                format!("the time {late} of `times` in [output] is after the end of the run, {end}"),
                "a run takes `steps` in [run] times `step` in [scheme]",
            ),
            None => Ok(times.clone()),
        },
        Some(Wanted::Spaced(spacing)) => Ok((0..count as u64).map(|k| k as f64 * spacing).collect()),
    }
}
/// What to say of times that a run ended before.
pub(super) fn missed<S: State, C>(times: &Times<'_, S, C>) -> Option<String> {
    let (found, all) = (times.found().len(), times.wanted().len());
    (found < all).then(|| format!("The run ended before {} of the {all} times in `times`.", all - found))
}
/// A row a time that was come by: t, then the state, as `spread` leaves it. None where no time was asked for.
pub(super) fn table<S: State, C>(times: &Times<'_, S, C>, mut spread: impl FnMut(&mut [f64])) -> Option<Array> {
    let width = 1 + times.states().next()?.len();
    let mut values = Vec::with_capacity(width * times.found().len());
    for (t, state) in times.found().iter().zip(times.states()) {
        values.push(*t);
        values.extend_from_slice(state);
        let row = values.len() - state.len();
        spread(&mut values[row..]);
    }
    Some(Array { name: "at_times".into(), shape: vec![times.found().len(), width], values })
}
