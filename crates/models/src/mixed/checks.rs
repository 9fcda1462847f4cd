//! CHECKS: what only a mixed model can have wrong: trials, standard errors, weights, groupings.
use super::term::MOST;
use crate::formula::Design;
use crate::regression::{Family, ModelError, RegressionOptions};
use crate::table::Table;

/// What only a mixed model can have wrong.
pub(super) fn checks(
    design: &Design<'_>,
    family: Family,
    y: &[f64],
    table: &Table,
    options: &RegressionOptions,
) -> Result<(), ModelError> {
    let file = || table.source().to_string();
    if design.trials.is_some() != (family == Family::Binomial) {
        return Err(ModelError::TrialsFamily { family: family.name(), given: design.trials.is_some() });
    }
    for (r, &found) in design.trials.iter().flatten().enumerate() {
        if !(found >= 1.0 && found.fract() == 0.0 && found < 1e15 && y[r] <= found) {
            let row = table.line(design.rows[r]);
            return Err(ModelError::Trials { file: file(), row, response: y[r], found });
        }
    }
    standard_errors(design, family, table)?;
    for (r, &found) in design.weights.iter().flatten().enumerate() {
        if !(found >= 0.0 && found.is_finite()) {
            let (row, column) = (table.line(design.rows[r]), options.weights.clone().unwrap_or_default());
            return Err(ModelError::Weight { file: file(), row, column, found });
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    for group in &design.groups {
        if group.effects.len() > MOST {
            let (group, effects) = (group.name.clone(), group.effects.len());
            return Err(ModelError::ManyEffects { group, effects, most: MOST });
        }
        for effect in &group.effects {
            let effect = format!("{effect}|{}", group.name);
            if !seen.insert(effect.clone()) {
                return Err(ModelError::TwiceGrouped { effect });
            }
        }
    }
    Ok(())
}

/// Refuses standard errors that are not above zero, and any in another family than the gaussian.
pub(super) fn standard_errors(design: &Design<'_>, family: Family, table: &Table) -> Result<(), ModelError> {
    for (r, &found) in design.errors.iter().flatten().enumerate() {
        if family != Family::Gaussian {
            return Err(ModelError::ErrorsFamily { family: family.name() });
        }
        if found.is_nan() || found <= 0.0 {
            let (file, row) = (table.source().to_string(), table.line(design.rows[r]));
            return Err(ModelError::StandardError { file, row, response: design.response_name.clone(), found });
        }
    }
    Ok(())
}
