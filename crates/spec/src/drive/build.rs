//! BUILD: the functional a config names, as a model; and what is wrong with it, at its place in the file.
use super::{matrices, rows};
use crate::identity::is_pipe;
use crate::{Centering, Config, Functional, Missing, Noise, Precision, Problem, Scheme, SpecError, Standardize};
use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use steepest_models::{
    Expression, ExpressionError, FormulaError, LagrangianText, LeastSquares, LeastSquaresError, Mechanical, Model,
    ModelError, Prior, RegressionOptions, RowsOptions, Table, TableError, TableOptions, TargetError, regress_on,
    target,
};

/// The model of `[functional]`.
///
/// # Errors
/// Input: what the data, the formula, the priors, the expression or the target's settings have wrong, with its place.
pub fn build(config: &Config) -> Result<Box<dyn Model>, SpecError> {
    let model = energy(config)?;
    if config.scheme.single_slopes() && model.in_single().is_none() {
        let problem = config.problem("scheme.precision", "the slopes of this energy are of double precision alone");
        return Err(problem
            .note("an `expression` and the target mueller-brown have slopes of single precision")
            .into());
    }
    Ok(model)
}
fn energy(config: &Config) -> Result<Box<dyn Model>, SpecError> {
    if let Some(model) = matrices::build(config)? {
        return Ok(model);
    }
    match &config.functional {
        Functional::Regression { .. } | Functional::Rows { .. } => Remake::of(config)?.model(None),
        Functional::Expression { energy, constants, parameters, .. } => {
            let constants: Vec<(String, f64)> = constants.iter().map(|(name, value)| (name.clone(), *value)).collect();
            let parsed = match parameters {
                Some(parameters) => Expression::parse_in(energy, &constants, parameters),
                None => Expression::parse(energy, &constants),
            };
            Ok(Box::new(parsed.map_err(|error| expression(config, &error))?))
        }
        Functional::LeastSquares { .. } => least_squares(config),
        Functional::Lagrangian { text: source, constants, coordinates } => {
            let constants: Vec<(String, f64)> = constants.iter().map(|(name, value)| (name.clone(), *value)).collect();
            let parsed = match coordinates {
                Some(coordinates) => LagrangianText::parse_in(source, &constants, coordinates),
                None => LagrangianText::parse(source, &constants),
            };
            Ok(Box::new(Mechanical::of(parsed.map_err(|error| text(config, "functional.L", &error))?)))
        }
        Functional::Target { name, settings, .. } => {
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
        _ => Err(SpecError::input("this functional has no model")),
    }
}

/// A model of the rows of a table, to be made more than once: with the response in the table, or with others.
pub(crate) struct Remake<'a> {
    config: &'a Config,
    table: Table,
    options: Options,
}
enum Options {
    Regression(RegressionOptions),
    Rows(RowsOptions),
}
impl<'a> Remake<'a> {
    /// # Errors
    /// As [`build`]; input where there is no table.
    pub(crate) fn of(config: &'a Config) -> Result<Remake<'a>, SpecError> {
        let (data, header, options) = match &config.functional {
            Functional::Regression { data, header, .. } => {
                (data, header, Options::Regression(regression_options(config)?))
            }
            Functional::Rows { data, header, .. } => (data, header, Options::Rows(rows::options(config)?)),
            _ => {
                let problem = config.problem("functional.kind", "this energy has no table, and so no response");
                return Err(problem.note("`regression` and `rows` have one").into());
            }
        };
        Ok(Remake { config, table: read(config, data, *header)?, options })
    }
    /// The model; given another response, with the priors that it has without.
    ///
    /// # Errors
    /// As [`build`].
    pub(crate) fn model(&self, response: Option<&[f64]>) -> Result<Box<dyn Model>, SpecError> {
        let mut model = match &self.options {
            Options::Regression(options) => {
                regress_on(&self.table, options, response).map_err(|error| regression(self.config, &error))
            }
            Options::Rows(options) => rows::build(self.config, &self.table, options, response),
        }?;
        let weight = jacobian(self.config);
        // A point without a least density to go to stays with the mode of its coordinates, and its notes say so.
        if !model.weigh_jacobian(weight) && weight > 0.0 {
            // Above 1 it is where they vanish that too much is left, below 1 where they grow.
            let end = if weight < 1.0 { "and the effects vanish together" } else { "grow" };
            let message = format!(
                "at beta = {} there is no law: the density to this power has no finite integral, as standard deviations of group \
                 effects {end}",
                super::beta(self.config)
            );
            return Err(self.config.problem("noise.beta", message).note("beta = 1 samples the posterior").into());
        }
        Ok(model)
    }
}
/// How often the Jacobian of what is reported counts in V: 1 / beta, so that exp(-beta V) is the density of the parameters to the power
/// beta, and not at all in a descent, where beta is infinite. A motion goes by the energy of its coordinates.
fn jacobian(config: &Config) -> f64 {
    match (&config.noise, &config.scheme) {
        (Noise::Thermal { beta, .. }, _) => beta.recip(),
        (
            Noise::Still {},
            Scheme::Splitting { .. } | Scheme::RungeKutta { .. } | Scheme::Variational { .. } | Scheme::Newton { .. },
        ) => 1.0,
        (Noise::Still {}, _) => 0.0,
    }
}
fn regression_options(config: &Config) -> Result<RegressionOptions, SpecError> {
    let Functional::Regression {
        formula,
        family,
        levels,
        weights,
        centering,
        standardize,
        missing,
        precision,
        priors,
        ..
    } = &config.functional
    else {
        return Err(SpecError::input("[functional] is not of kind `regression`"));
    };
    let (all, each) = centerings(config, centering.as_ref())?;
    Ok(RegressionOptions {
        formula: formula.clone(),
        family: choice(config, "family", family.as_deref())?,
        levels: levels.clone().unwrap_or_default(),
        weights: weights.clone(),
        centering: all,
        centerings: each,
        priors: read_priors(config, priors)?,
        standardize: match standardize {
            Standardize::Sd => steepest_models::Standardize::Sd,
            Standardize::None => steepest_models::Standardize::None,
        },
        missing: match missing {
            Missing::Error => steepest_models::Missing::Error,
            Missing::Drop => steepest_models::Missing::Drop,
        },
        precision: match precision {
            Precision::Double => steepest_models::Precision::Double,
            Precision::Single => steepest_models::Precision::Single,
        },
        standardised: config.penalised(),
    })
}
/// The centering of all groupings, and those of single ones.
fn centerings(
    config: &Config,
    asked: Option<&Centering>,
) -> Result<(steepest_models::Centering, Vec<(String, steepest_models::Centering)>), SpecError> {
    let word = |key: &str, word: &str| choice(config, key, Some(word)).map(Option::unwrap_or_default);
    match asked {
        None => Ok(Default::default()),
        Some(Centering::All(all)) => Ok((word("centering", all)?, Vec::new())),
        Some(Centering::Each(each)) => {
            let each = each.iter().map(|(g, c)| Ok((g.clone(), word(&format!("centering.{g}"), c)?)));
            Ok((Default::default(), each.collect::<Result<_, SpecError>>()?))
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
    Table::read(shown, options).map_err(|error| {
        let message = match &error {
            TableError::NotFound { file, .. } if is_pipe(data) => {
                format!("{file}: there is no such pipe any more; save the table to a file")
            }
            _ => error.to_string(),
        };
        let problem = config.problem("functional.data", message);
        if unread(&error) { problem.of_a_file().into() } else { problem.into() }
    })
}
/// Whether a table could not be read at all.
pub(crate) fn unread(error: &TableError) -> bool {
    matches!(error, TableError::NotFound { .. } | TableError::Unreadable { .. })
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
        ModelError::UnknownGroup { name, .. } => {
            config.problem(&format!("functional.centering.{name}"), error.to_string()).into()
        }
        ModelError::NoSigma { .. } => config.problem("functional.priors.sigma", error.to_string()).into(),
        ModelError::Weight { .. } => config.problem("functional.weights", error.to_string()).into(),
        ModelError::Unordered { .. } => config.problem("functional.family", error.to_string()).into(),
        ModelError::LevelsOfNumbers { .. }
        | ModelError::LevelTwice { .. }
        | ModelError::LevelUnknown { .. }
        | ModelError::LevelsMissing { .. } => config.problem("functional.levels", error.to_string()).into(),
        ModelError::TrialsFamily { given: true, .. } => config.problem("functional.family", error.to_string()).into(),
        ModelError::DoubleOnly { .. } => config.problem("functional.precision", error.to_string()).into(),
        ModelError::Table(cause) if weighs(config, cause) => {
            config.problem("functional.weights", error.to_string()).into()
        }
        ModelError::Table(_) => config.problem("functional.data", error.to_string()).into(),
        error => config.problem("functional.formula", error.to_string()).into(),
    }
}
/// Whether what is wrong with a table is the column of weights, which no formula names.
fn weighs(config: &Config, error: &TableError) -> bool {
    use TableError::{Labels, NotNumeric, UnknownColumn};
    let (UnknownColumn { column: at, .. } | NotNumeric { column: at, .. } | Labels { column: at, .. }) = error else {
        return false;
    };
    matches!(&config.functional, Functional::Regression { weights: Some(weights), .. } if weights == at)
}
/// The formula's own caret becomes a caret in the file.
fn formula(config: &Config, error: &FormulaError) -> Problem {
    let byte = |character: usize| error.text.char_indices().nth(character).map_or(error.text.len(), |(at, _)| at);
    config.problem_within("functional.formula", byte(error.start)..byte(error.end), error.problem.clone())
}
fn least_squares(config: &Config) -> Result<Box<dyn Model>, SpecError> {
    let Functional::LeastSquares { residuals, data, constants, parameters, header, .. } = &config.functional else {
        return Err(SpecError::input("[functional] is not of kind `least-squares`"));
    };
    let constants: Vec<(String, f64)> = constants.iter().map(|(name, value)| (name.clone(), *value)).collect();
    let table = data.as_deref().map(|data| read(config, data, *header)).transpose()?;
    match LeastSquares::parse(residuals, &constants, parameters.as_deref(), table.as_ref()) {
        Ok(model) => Ok(Box::new(model)),
        Err(LeastSquaresError::Text { residual, error }) => {
            Err(text(config, &format!("functional.residuals.{residual}"), &error))
        }
        Err(error) => {
            let key = match &error {
                LeastSquaresError::Table(_) | LeastSquaresError::Missing { .. } => "functional.data",
                LeastSquaresError::Twice(_) => "functional.parameters",
                LeastSquaresError::Constant(_) => "functional.constants",
                _ => "functional.residuals",
            };
            Err(config.problem(key, error.to_string()).into())
        }
    }
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
