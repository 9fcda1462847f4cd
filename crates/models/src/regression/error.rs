//! MODEL ERRORS: why a regression cannot be built, as data; each prints as plain sentences.
use crate::RowsError;
use crate::formula::FormulaError;
use crate::prior::{Prior, PriorError};
use crate::table::{TableError, did_you_mean, listed};
use std::fmt;

/// Why a model cannot be built from a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named in the sentences")]
pub enum ModelError {
    /// The data file.
    Table(TableError),
    /// The formula.
    Formula(FormulaError),
    /// A prior.
    Prior(PriorError),
    /// A model of rows.
    Rows(Box<RowsError>),
    /// A formula without a single coefficient.
    NoTerms { formula: String },
    /// A design beyond all measure.
    TooLarge { file: String, rows: usize, columns: usize },
    /// An option without that choice.
    UnknownChoice { option: &'static str, name: String, nearest: Option<String>, choices: Vec<&'static str> },
    /// A response outside the family's range.
    ResponseRange { file: String, row: u64, response: String, family: &'static str, expected: &'static str, found: f64 },
    /// A response of labels that the family cannot use.
    ResponseLabels { response: String, family: &'static str, levels: Vec<String> },
    /// An ordinal response of words, and no order of its levels given.
    Unordered { response: String, levels: Vec<String> },
    /// An order of levels for a response of numbers.
    LevelsOfNumbers { response: String },
    /// A level that is given twice.
    LevelTwice { level: String },
    /// A level that the response does not have.
    LevelUnknown { response: String, level: String, nearest: Option<String>, levels: Vec<String> },
    /// Levels of the response that the given order leaves out.
    LevelsMissing { response: String, missing: Vec<String> },
    /// Events that never, or always, happened, and a flat prior.
    FlatAndConstant { response: String, value: String },
    /// A response that never changes.
    ConstantResponse { response: String, value: String },
    /// A column that never changes, beside an intercept or all zero.
    Constant { column: String, value: String },
    /// A column whose variance is no number that can be computed with.
    Extreme { column: String, largest: f64 },
    /// A response of two numbers that are not 0 and 1, and no family given.
    TwoValues { response: String, values: [f64; 2] },
    /// Two quantities of one name.
    SameName { name: String, formula: String },
    /// A column that others determine.
    Collinear { column: String, others: Vec<String> },
    /// Flat priors and too few rows.
    TooFewRows { rows: usize, coefficients: usize, sigma: bool, flat: Vec<String> },
    /// Coefficients that neither the data nor a prior bound.
    Unbounded { coefficients: Vec<String>, family: &'static str },
    /// A prior on something the model does not have.
    UnknownParameter { name: String, nearest: Option<String>, names: Vec<String> },
    /// A centering of a grouping that the formula does not have.
    UnknownGroup { name: String, nearest: Option<String>, names: Vec<String> },
    /// A prior on sigma in a family without one.
    NoSigma { family: &'static str, known: bool },
    /// A prior for scales on a coefficient.
    NotForCoefficients { name: String, prior: Prior },
    /// A prior on a positive parameter that reaches below zero and is not centred there; on a share, that reaches beyond 0 to 1.
    NotForScales { name: String, prior: Prior, share: bool },
    /// Anything but an LKJ prior on correlations.
    NotForCorrelations { name: String, prior: Prior },
    /// A formula with more than fixed effects, where those alone can be fitted.
    FixedOnly { formula: String, family: &'static str },
    /// Single precision where the design is kept in double.
    DoubleOnly { formula: String, family: &'static str },
    /// A grouping with a single level.
    OneLevel { group: String, level: String },
    /// A group effect that appears twice.
    TwiceGrouped { effect: String },
    /// More effects a level than can be held.
    ManyEffects { group: String, effects: usize, most: usize },
    /// A weight that is no number of observations.
    Weight { file: String, row: u64, column: String, found: f64 },
    /// Trials that are no counts, or fewer than the successes.
    Trials { file: String, row: u64, response: f64, found: f64 },
    /// A standard error that is none.
    StandardError { file: String, row: u64, response: String, found: f64 },
    /// Standard errors in a family without them.
    ErrorsFamily { family: &'static str },
    /// Trials in a family without them, or none in one with them.
    TrialsFamily { family: &'static str, given: bool },
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(e) => e.fmt(f),
            Self::Formula(e) => e.fmt(f),
            Self::Prior(e) => e.fmt(f),
            Self::Rows(e) => e.fmt(f),
            Self::NoTerms { formula } => write!(f, "the formula '{formula}' has neither a term nor an intercept"),
            Self::TooLarge { file, rows, columns } => write!(
                f,
                "{file}: {rows} rows and at least {columns} columns of the design ({:.1} GB) are more than a regression \
                 here can hold (10000 columns, 8.6 GB); is a column of identifiers taken for a category?",
                *rows as f64 * *columns as f64 * 8e-9
            ),
            Self::UnknownChoice { option, name, nearest, choices } => {
                let among = format!("; the choices are {}", choices.join(", "));
                write!(f, "there is no {option} '{name}'{}", nearest.as_ref().map_or(among, |_| did_you_mean(nearest)))
            }
            Self::ResponseRange { file, row, response, family, expected, found } => {
                write!(
                    f,
                    "{file}, row {row}: the response '{response}' is {found}; the {family} family expects {expected}"
                )
            }
            Self::ResponseLabels { response, family, levels } => {
                let (count, some) = (levels.len(), listed(levels, 4, levels.len()));
                match *family {
                    "bernoulli" => write!(
                        f,
                        "the response '{response}' has {count} labels ({some}); the bernoulli family expects two"
                    ),
                    _ => write!(
                        f,
                        "the response '{response}' holds labels ({some}); the {family} family expects numbers (labels go \
                         with family = categorical, or ordinal where they have an order)"
                    ),
                }
            }
            Self::Unordered { response, levels } => {
                let quoted: Vec<String> = levels.iter().map(|level| format!("\"{level}\"")).collect();
                write!(
                    f,
                    "the levels of the response '{response}' ({}) are words, which do not say their order; an ordinal response needs \
                     levels = [{}] with these in their order, the lowest first",
                    listed(levels, 8, levels.len()),
                    listed(&quoted, 8, quoted.len())
                )
            }
            Self::LevelsOfNumbers { response } => write!(
                f,
                "levels put the categories of a response in order, and the response '{response}' has numbers; take a column by its \
                 name, or as C(column), in a family of categories (bernoulli, ordinal, categorical)"
            ),
            Self::LevelTwice { level } => write!(f, "the level '{level}' is given twice; name each level once"),
            Self::LevelUnknown { response, level, nearest, levels } => {
                write!(f, "the response '{response}' has no level '{level}' in the rows in use")?;
                match nearest {
                    Some(_) => f.write_str(&did_you_mean(nearest)),
                    None => write!(f, "; its levels are {}", listed(levels, 8, levels.len())),
                }
            }
            Self::LevelsMissing { response, missing } => write!(
                f,
                "levels leave out {} of the response '{response}'; name every level",
                listed(&missing.iter().map(|level| format!("'{level}'")).collect::<Vec<_>>(), 8, missing.len())
            ),
            Self::FlatAndConstant { response, value } => write!(
                f,
                "the response '{response}' is {value} in every row, which under a flat prior bounds nothing; give proper priors, such \
                 as normal(0, 2.5)"
            ),
            Self::ConstantResponse { response, value } => {
                write!(f, "the response '{response}' is {value} in every row; there is nothing to explain")
            }
            Self::Constant { column, value } => {
                write!(
                    f,
                    "'{column}' is {value} in every row, so its coefficient cannot be found; leave it out with - {column}"
                )
            }
            Self::Extreme { column, largest } => write!(
                f,
                "the numbers of '{column}' are of a size ({largest:e} at most) whose square is lost; divide the column by it, as in I({column} / {largest:e})"
            ),
            Self::TwoValues { response, values: [a, b] } => write!(
                f,
                "the response '{response}' is {a} or {b} in every row: for two categories write C({response}) ~ ..., for \
                 numbers say family = gaussian"
            ),
            Self::SameName { name, formula } => write!(
                f,
                "'{formula}' makes two quantities named '{name}', by which priors and results are told apart; rename the column"
            ),
            Self::Collinear { column, others } => write!(
                f,
                "'{column}' is a combination of {}, so their coefficients cannot be told apart; leave one of them out",
                listed(&others.iter().map(|o| format!("'{o}'")).collect::<Vec<_>>(), 8, others.len())
            ),
            Self::TooFewRows { rows, coefficients, sigma, flat } => write!(
                f,
                "{rows} rows cannot determine {coefficients} coefficients{} under flat priors (on {}); give them proper \
                 priors or leave terms out",
                if *sigma { " and sigma" } else { "" },
                listed(flat, 4, flat.len())
            ),
            Self::Unbounded { coefficients, family } => {
                write!(
                    f,
                    "under a flat prior the data do not bound {}: ",
                    listed(coefficients, 4, coefficients.len())
                )?;
                match *family {
                    "bernoulli" => f.write_str("some combination of the columns separates the 0s from the 1s")?,
                    "binomial" => {
                        f.write_str("some combination of the columns separates rows of failures alone from rows of successes alone")?;
                    }
                    "ordinal" | "categorical" => {
                        f.write_str("some combination of the columns separates the categories")?;
                    }
                    "zero_inflated_poisson" => {
                        f.write_str("some combination of the columns does not vary among responses above 0")?;
                    }
                    _ => f.write_str("some combination of the columns is only ever seen with a response of 0")?,
                }
                f.write_str("; give a proper prior, such as normal(0, 2.5)")
            }
            Self::UnknownParameter { name, nearest, names } => {
                write!(f, "a prior is set on '{name}', which the model does not have")?;
                match nearest {
                    Some(_) => f.write_str(&did_you_mean(nearest)),
                    None => write!(f, "; it has {}", listed(names, 12, names.len())),
                }
            }
            Self::UnknownGroup { name, nearest, names } => {
                write!(f, "a centering is given for '{name}', by which the formula groups nothing")?;
                match nearest {
                    Some(_) => f.write_str(&did_you_mean(nearest)),
                    None if names.is_empty() => f.write_str("; it has no group effects"),
                    None => write!(f, "; it groups by {}", listed(names, 12, names.len())),
                }
            }
            Self::NoSigma { known: true, .. } => {
                write!(f, "a prior is set on sigma, which a response with known standard errors se( ) does not have")
            }
            Self::NoSigma { family, .. } => {
                write!(f, "a prior is set on sigma, which the {family} family does not have")
            }
            Self::NotForCoefficients { name, prior } => {
                let what = if matches!(prior, Prior::Lkj { .. }) { "correlations" } else { "scales" };
                write!(
                    f,
                    "{prior} is a prior for {what}; the coefficient '{name}' needs one for any sign, such as normal(0, 1)"
                )
            }
            Self::NotForScales { name, prior, share: true } => write!(
                f,
                "{name} is between 0 and 1: {prior} cannot be its prior; use uniform(a, b) with a >= 0 and b <= 1"
            ),
            Self::NotForScales { name, prior, .. } => write!(
                f,
                "{name} is positive: {prior} cannot be its prior; use half_normal(s), half_cauchy(s), half_student_t(nu, s), \
                 exponential(rate) or uniform(a, b) with a >= 0"
            ),
            Self::NotForCorrelations { name, prior } => {
                write!(f, "{prior} cannot be the prior of the correlations {name}; use lkj(shape), 1 being uniform")
            }
            Self::FixedOnly { formula, family } => {
                write!(
                    f,
                    "'{formula}' with family {family} is more than a regression of family gaussian, bernoulli or poisson without groups"
                )
            }
            Self::DoubleOnly { formula, family } => {
                write!(
                    f,
                    "'{formula}' with family {family} is kept in double precision; precision = single is for gaussian, bernoulli and poisson regressions without groups, smooths, offsets and weights"
                )
            }
            Self::OneLevel { group, level } => {
                write!(
                    f,
                    "the grouping '{group}' has the level '{level}' alone; its effect cannot be told from the intercept"
                )
            }
            Self::TwiceGrouped { effect } => write!(f, "the group effect {effect} appears twice in the formula"),
            Self::ManyEffects { group, effects, most } => {
                write!(
                    f,
                    "each level of '{group}' has {effects} correlated effects; at most {most} can be fitted (|| makes them independent)"
                )
            }
            Self::Weight { file, row, column, found } => {
                write!(f, "{file}, row {row}: the weight '{column}' is {found}; weights are 0 or more")
            }
            Self::Trials { file, row, response, found } => {
                write!(
                    f,
                    "{file}, row {row}: {response} successes in {found} trials; trials are whole numbers from 1 on, and no \
                     fewer than the successes"
                )
            }
            Self::StandardError { file, row, response, found } => {
                write!(
                    f,
                    "{file}, row {row}: the standard error of '{response}' is {found}; standard errors are above 0"
                )
            }
            Self::ErrorsFamily { family } => {
                write!(f, "se( ) goes with the gaussian family; the family is {family}")
            }
            Self::TrialsFamily { family, given: true } => {
                write!(f, "trials( ) goes with the binomial family; the family is {family}")
            }
            Self::TrialsFamily { family, given: false } => {
                write!(f, "the {family} family needs a number of trials: write the response as successes | trials(n)")
            }
        }
    }
}
impl std::error::Error for ModelError {}
impl From<TableError> for ModelError {
    fn from(e: TableError) -> Self {
        ModelError::Table(e)
    }
}
impl From<FormulaError> for ModelError {
    fn from(e: FormulaError) -> Self {
        ModelError::Formula(e)
    }
}
impl From<PriorError> for ModelError {
    fn from(e: PriorError) -> Self {
        ModelError::Prior(e)
    }
}
