//! SECTION: where orbits pass a coordinate's zero upwards, as `section` in [output] asks.
use crate::{Config, SpecError};
use steepest_flows::observer::Passages;
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::Array;

/// Passages that are kept; later ones are not looked for.
pub(super) const MOST: usize = 1 << 20;

/// The coordinate that is passed, if one is asked for.
///
/// # Errors
/// Input: a name that is no coordinate.
pub(super) fn coordinate(config: &Config, model: &dyn Model) -> Result<Option<usize>, SpecError> {
    let Some(name) = &config.output.section else { return Ok(None) };
    let mut names = model.names();
    if names.len() != model.dim() {
        names = (1..=model.dim()).map(|j| format!("x[{j}]")).collect();
    }
    match names.iter().position(|known| known == name) {
        Some(coordinate) => Ok(Some(coordinate)),
        None => {
            let message = format!("`section = \"{name}\"` in [output] is not a coordinate");
            Err(config.problem("output.section", message).note(format!("one of {}", names.join(", "))).into())
        }
    }
}
/// A row a passage: replica (from 1), t, q, p, `width` numbers, as `spread` leaves them. None where no section was asked for.
pub(super) fn table<C, Q: Fn(&Phase) -> f64>(
    passages: &Passages<'_, Phase, C, Q>,
    width: Option<usize>,
    mut spread: impl FnMut(&mut [f64]),
) -> Option<Array> {
    let width = width?;
    let mut values = Vec::with_capacity(width * passages.iter().len());
    for passage in passages.iter() {
        values.extend([(passage.replica + 1) as f64, passage.t]);
        values.extend_from_slice(passage.state);
        let row = values.len() - passage.state.len();
        spread(&mut values[row..]);
    }
    Some(Array { name: "section".into(), shape: vec![values.len() / width, width], values })
}
/// What to say of a section that no orbit crossed, or that was crossed more often than is kept.
pub(super) fn note(config: &Config, found: usize) -> Option<String> {
    let name = config.output.section.as_ref()?;
    match found {
        0 => Some(format!(
            "The section was not crossed: {name} = 0 was passed upwards between no two looks, and section.npy is empty."
        )),
        MOST.. => Some(format!("Passages of the section after the first {MOST} were not kept.")),
        _ => None,
    }
}
