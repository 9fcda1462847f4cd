//! ROWS: the model of an expression for one row of a table; and what is wrong with it, at its place in the file.
use super::build::text;
use crate::{Config, Functional, Missing, SpecError};
use std::collections::BTreeMap;
use steepest_models::{Likelihood, Model, Rows, RowsError, RowsOptions, Table};

/// What `[functional]` of kind `rows` says.
pub(super) fn options(config: &Config) -> Result<RowsOptions, SpecError> {
    let Functional::Rows {
        nll,
        ll,
        parameters,
        priors,
        prior,
        constants,
        missing,
        within,
        response,
        mean,
        simulate,
        ..
    } = &config.functional
    else {
        return Err(SpecError::input("[functional] is not of kind `rows`"));
    };
    let pairs = |map: &BTreeMap<String, String>| map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let likelihood = match (nll, ll) {
        (None, Some(ll)) => Likelihood::Ll(ll.clone()),
        (nll, _) => Likelihood::Nll(nll.clone().unwrap_or_default()),
    };
    Ok(RowsOptions {
        likelihood,
        parameters: pairs(parameters),
        priors: pairs(priors),
        prior: prior.clone(),
        constants: constants.iter().map(|(name, value)| (name.clone(), *value)).collect(),
        missing: match missing {
            Missing::Error => steepest_models::Missing::Error,
            Missing::Drop => steepest_models::Missing::Drop,
        },
        within: within.clone(),
        response: response.clone(),
        mean: mean.clone(),
        simulate: simulate.clone(),
    })
}

/// The model; given a response, with that in place of the table's.
///
/// # Errors
/// Input: what the data or one of the texts has wrong, with its place.
pub(super) fn build(
    config: &Config,
    table: &Table,
    options: &RowsOptions,
    response: Option<&[f64]>,
) -> Result<Box<dyn Model>, SpecError> {
    match Rows::on(table, options, response) {
        Ok(model) => Ok(Box::new(model)),
        Err(RowsError::Text { key, error }) => Err(text(config, &format!("functional.{key}"), &error)),
        Err(error) => {
            let key = match error.key() {
                key if key == "nll" && matches!(options.likelihood, Likelihood::Ll(_)) => "ll".to_owned(),
                key => key,
            };
            Err(config.problem(&format!("functional.{key}"), error.to_string()).into())
        }
    }
}
