//! ROWS: the model of an expression for one row of a table; and what is wrong with it, at its place in the file.
use super::build::{read, text};
use crate::{Config, Functional, Missing, SpecError};
use std::collections::BTreeMap;
use steepest_models::{Likelihood, Model, Rows, RowsError, RowsOptions};

/// The model of `[functional]` of kind `rows`.
///
/// # Errors
/// Input: what the data or one of the texts has wrong, with its place.
pub(super) fn build(config: &Config) -> Result<Box<dyn Model>, SpecError> {
    let Functional::Rows { data, nll, ll, parameters, priors, prior, constants, missing, header, response, mean } =
        &config.functional
    else {
        return Err(SpecError::input("[functional] is not of kind `rows`"));
    };
    let table = read(config, data, *header)?;
    let pairs = |map: &BTreeMap<String, String>| map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let likelihood = match (nll, ll) {
        (None, Some(ll)) => Likelihood::Ll(ll.clone()),
        (nll, _) => Likelihood::Nll(nll.clone().unwrap_or_default()),
    };
    let options = RowsOptions {
        likelihood,
        parameters: pairs(parameters),
        priors: pairs(priors),
        prior: prior.clone(),
        constants: constants.iter().map(|(name, value)| (name.clone(), *value)).collect(),
        missing: match missing {
            Missing::Error => steepest_models::Missing::Error,
            Missing::Drop => steepest_models::Missing::Drop,
        },
        response: response.clone(),
        mean: mean.clone(),
    };
    match Rows::new(&table, &options) {
        Ok(model) => Ok(Box::new(model)),
        Err(RowsError::Text { key, error }) => Err(text(config, &format!("functional.{key}"), &error)),
        Err(error) => {
            let key = match error.key() {
                key if key == "nll" && nll.is_none() => "ll".to_owned(),
                key => key,
            };
            Err(config.problem(&format!("functional.{key}"), error.to_string()).into())
        }
    }
}
