//! OUTSIDE: particles and chains that have come to where the energy is no finite number, and how to say so.
use super::start;
use crate::{Config, SpecError};
use steepest_core::{Batch, Workspace};
use steepest_models::Model;
use steepest_record::{Array, Record};

/// What to do where an energy is not defined.
const UNDEFINED: &str = "the energy is not defined everywhere this can go: write it so that it is, as with exp(u) for an x that is \
                         positive (and V - u / beta), or shorten the step";
/// Numbers of a point that are shown.
const SHOWN: usize = 6;

/// The first of some points whose energy, one of `values`, is no finite number: its place, and what is to be said.
pub(super) fn first(values: &[f64], at: Batch<'_>) -> Option<(usize, String)> {
    let i = values.iter().position(|value| !value.is_finite())?;
    let is = if values[i].is_nan() { "is not a number" } else { "is infinite" };
    let plain = |x: f64| x == 0.0 || (1e-4..1e7).contains(&x.abs());
    let shown = |x: f64| if plain(x) { format!("{x}") } else { format!("{x:e}") };
    let point: Vec<String> = (0..at.d.min(SHOWN)).map(|j| shown(at.column(j)[i])).collect();
    let more = if at.d > SHOWN { ", ..." } else { "" };
    Some((i, format!("the energy {is} at [{}{more}]", point.join(", "))))
}
/// An energy that is no number, as an error.
pub(super) fn fault(message: String, undefined: bool, arrays: Vec<Array>) -> SpecError {
    let steep = "shorten the step, or look at the energy where it is steep with `steepest check`";
    let advice = if undefined { UNDEFINED } else { steep };
    SpecError::Numerical {
        message,
        advice: advice.to_owned(),
        record: Some(Box::new(Record { arrays, ..Record::default() })),
    }
}
/// V at every point of a batch.
pub(super) fn values(model: &dyn Model, at: Batch<'_>) -> Vec<f64> {
    let mut values = vec![0.0; at.n];
    model.values(at, 1.0, &mut values, &mut Workspace::default());
    values
}
/// Whether draws of chains lie where the energy is a number.
///
/// # Errors
/// Numerical, with how many of them do not.
pub(super) fn draws(model: &dyn Model, at: Batch<'_>, arrays: impl FnOnce() -> Vec<Array>) -> Result<(), SpecError> {
    let values = values(model, at);
    let Some((i, said)) = first(&values, at) else { return Ok(()) };
    let count = values.iter().filter(|value| !value.is_finite()).count();
    Err(fault(format!("{said}, where {count} of {} draws were found to lie", at.n), values[i].is_nan(), arrays()))
}
/// A run that broke down, and that the energy is not a number at some random points, where that is so: to have left where it is
/// one is then the likely cause.
pub(super) fn explained(mut error: SpecError, config: &Config, model: &dyn Model) -> SpecError {
    if let SpecError::Numerical { message, advice, .. } = &mut error {
        let (count, of) = start::undefined(config, model);
        if count > 0 {
            *message += &format!("; the energy is not a number at {count} of {of} random points");
            *advice = UNDEFINED.to_owned();
        } else if config.scheme.single_slopes() {
            *advice += "; slopes are of single precision here, where nothing is beyond 3.4e38: see whether scheme.precision = \"double\" \
                        goes on";
        }
    }
    error
}
