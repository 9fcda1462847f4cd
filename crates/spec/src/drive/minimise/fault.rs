//! FAULT: descents that went up without bound.
use crate::{Config, Scheme, SpecError};
use steepest_flows::scheme::minimiser::Ending;
use steepest_flows::state::Cloud;
use steepest_record::{Array, Record};

/// Rise of V over a whole descent, relative to 1 + |V| at its start, that is no way down.
const FAR: f64 = 1e6;

/// # Errors
/// Numerical, with the last point, where V ended far above its start, or above it and then where it is not finite: strides were so long
/// that each undid more than the one before had done.
pub(in crate::drive) fn far_above(
    config: &Config,
    [first, last]: [f64; 2],
    (ending, steps): (Option<Ending>, u64),
    x: &Cloud,
) -> Result<(), SpecError> {
    let rise = last - first;
    let lost = ending == Some(Ending::Diverged) && rise > 0.0;
    if rise.is_nan() || rise <= FAR * (1.0 + first.abs()) && !lost {
        return Ok(());
    }
    let beyond = if lost { ", and the next leads where it is not finite" } else { "" };
    let advice = match config.scheme {
        Scheme::Polyak { .. } => "state a higher `minimum` in [scheme]: a minimum that is too low makes steps too long",
        _ => "steps are too long: shorten `step` in [scheme], or leave it out where it is found by itself",
    };
    let state = Array { name: "state".into(), shape: vec![x.d, x.n], values: x.x.to_vec() };
    Err(SpecError::Numerical {
        message: format!("V went up in this descent, from {first:.6e} to {last:.6e} in {steps} steps{beyond}"),
        advice: advice.into(),
        record: Some(Box::new(Record { arrays: vec![state], ..Record::default() })),
    })
}
