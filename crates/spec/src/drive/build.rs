//! BUILD: the functional a config names, as a model; and what is wrong with it, at its place in the file.
use super::rows;
use crate::{Config, Functional, Missing, Problem, SpecError, Standardize};
use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use steepest_models::{
    Expression, ExpressionError, FormulaError, Model, ModelError, Prior, RegressionOptions, Table, TableOptions,
    TargetError, regress, target,
};

/// The model of `[functional]`.
///
/// # Errors
/// Input: what the data, the formula, the priors, the expression or the target's settings have wrong, with its place.
pub fn build(config: &Config) -> Result<Box<dyn Model>, SpecError> {
    match &config.functional {
        Functional::Regression { data, header, formula, family, weights, centering, standardize, missing, priors } => {
            let table = read(config, data, *header)?;
            let options = RegressionOptions {
                formula: formula.clone(),
                family: choice(config, "family", family.as_deref())?,
                weights: weights.clone(),
                centering: choice(config, "centering", centering.as_deref())?.unwrap_or_default(),
                priors: read_priors(config, priors)?,
                standardize: match standardize {
                    Standardize::Sd => steepest_models::Standardize::Sd,
                    Standardize::None => steepest_models::Standardize::None,
                },
                missing: match missing {
                    Missing::Error => steepest_models::Missing::Error,
                    Missing::Drop => steepest_models::Missing::Drop,
                },
            };
            regress(&table, &options).map_err(|error| regression(config, &error))
        }
        Functional::Expression { energy, constants, parameters } => {
            let constants: Vec<(String, f64)> = constants.iter().map(|(name, value)| (name.clone(), *value)).collect();
            let parsed = match parameters {
                Some(parameters) => Expression::parse_in(energy, &constants, parameters),
                None => Expression::parse(energy, &constants),
            };
            Ok(Box::new(parsed.map_err(|error| expression(config, &error))?))
        }
        Functional::Rows { .. } => rows::build(config),
        Functional::Target { name, settings } => {
            let given: Vec<(String, f64)> = settings.iter().map(|(name, value)| (name.clone(), *value)).collect();
            target(name, &given).map_err(|error| {
                let key = match &error {
                    TargetError::UnknownTarget { .. } | TargetError::Singular { .. } => "functional.name".to_owned(),
                    TargetError::UnknownSetting { name, .. } => format!("functional.settings.{name}"),
                    TargetError::BadValue { setting, .. } => format!("functional.settings.{}", setting.name),
                };
                config.problem(&key, error.to_string()).into()
            })
        }
    }
}
/// A word of the models' own; `None` is auto.
fn choice<T: FromStr<Err = ModelError>>(
    config: &Config,
    key: &str,
    word: Option<&str>,
) -> Result<Option<T>, SpecError> {
    let wrong = |error: ModelError| config.problem(&format!("functional.{key}"), error.to_string());
    Ok(word.map(T::from_str).transpose().map_err(wrong)?)
}
/// The table, named in messages as seen from the working directory.
pub(super) fn read(config: &Config, data: &Path, header: Option<bool>) -> Result<Table, SpecError> {
    let here = std::env::current_dir().ok();
    let shown =
        here.as_deref().and_then(|here| data.strip_prefix(here).ok()).filter(|p| *p != Path::new("")).unwrap_or(data);
    let options = TableOptions { header, ..TableOptions::default() };
    Table::read(shown, options).map_err(|error| config.problem("functional.data", error.to_string()).into())
}
fn read_priors(config: &Config, priors: &BTreeMap<String, String>) -> Result<Vec<(String, Prior)>, SpecError> {
    let read = |(name, text): (&String, &String)| match text.parse::<Prior>() {
        Ok(prior) => Ok((name.clone(), prior)),
        Err(error) => Err(config.problem(&format!("functional.priors.{name}"), error.to_string()).into()),
    };
    priors.iter().map(read).collect()
}
fn regression(config: &Config, error: &ModelError) -> SpecError {
    match error {
        ModelError::Formula(error) => formula(config, error).into(),
        ModelError::UnknownParameter { name, .. }
        | ModelError::NotForCoefficients { name, .. }
        | ModelError::NotForScales { name, .. }
        | ModelError::NotForCorrelations { name, .. } => {
            config.problem(&format!("functional.priors.{name}"), error.to_string()).into()
        }
        ModelError::NoSigma { .. } => config.problem("functional.priors.sigma", error.to_string()).into(),
        ModelError::Weight { .. } => config.problem("functional.weights", error.to_string()).into(),
        ModelError::TrialsFamily { given: true, .. } => config.problem("functional.family", error.to_string()).into(),
        ModelError::Table(_) => config.problem("functional.data", error.to_string()).into(),
        error => config.problem("functional.formula", error.to_string()).into(),
    }
}
/// The formula's own caret becomes a caret in the file.
fn formula(config: &Config, error: &FormulaError) -> Problem {
    let byte = |character: usize| error.text.char_indices().nth(character).map_or(error.text.len(), |(at, _)| at);
    config.problem_within("functional.formula", byte(error.start)..byte(error.end), error.problem.clone())
}
fn expression(config: &Config, error: &ExpressionError) -> SpecError {
    text(config, "functional.energy", error)
}
/// The expression's own caret becomes a caret in the file.
pub(super) fn text(config: &Config, key: &str, error: &ExpressionError) -> SpecError {
    let mut message = error.message.clone();
    if let Some(name) = &error.nearest {
        message += &format!("; did you mean `{name}`?");
    }
    let problem = config.problem_within(key, error.span.clone(), message);
    if error.expected.is_empty() { problem.into() } else { problem.label(error.expected.clone()).into() }
}
