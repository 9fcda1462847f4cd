//! What can be wrong with a row model, as data; each error knows the key it belongs to.
use crate::{ExpressionError, TableError};
use std::fmt;

/// Why there is no row model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named in the sentences")]
pub enum RowsError {
    /// A text that could not be read: `nll`, `ll`, `prior`, `mean`, `response`, `priors.NAME`, `parameters.NAME`.
    Text { key: String, error: Box<ExpressionError> },
    /// Wrong with the data.
    Table(TableError),
    /// Wrong with the column that lags stay within.
    Within(TableError),
    /// A parameter with the name of a column.
    Shadow { name: String, file: String },
    /// A parameter that nothing uses.
    Unused { name: String },
    /// A prior on something that is no parameter.
    NoParameter { name: String, nearest: Option<String> },
    /// No row is left once lags and gaps are left out.
    NoRows { file: String, rows: usize, lag: usize },
    /// A part of the likelihood that depends on columns alone and is not finite.
    NotFinite { file: String, row: u64, columns: Vec<String>, value: f64 },
    /// An outcome that its law cannot have, or a number of trials that is none; `what` has how it is written.
    Outcome {
        key: &'static str,
        file: String,
        row: u64,
        what: String,
        value: f64,
        law: &'static str,
        expected: Box<str>,
    },
    /// A column that should number the elements of a parameter and does not.
    NotAnIndex { file: String, row: u64, column: String, parameter: String, count: usize, cell: String },
    /// A level that was not there when the model was made.
    NewLevel { file: String, row: u64, column: String, level: String },
    /// A law to draw a response from whose density is not that of the likelihood: their difference at two points.
    Simulate { file: String, row: u64, points: [String; 2], difference: [f64; 2] },
    /// More terms than fit.
    TooLarge,
}
impl RowsError {
    /// The same of a table of new rows, whose outcomes need not be known.
    pub(super) fn or_blank(self) -> Self {
        match self {
            Self::Outcome { key, file, row, what, value, law, expected } => {
                let expected = format!("{expected}, or a blank where it is not known").into();
                Self::Outcome { key, file, row, what, value, law, expected }
            }
            other => other,
        }
    }
    /// The key under `[functional]` that it is about.
    pub fn key(&self) -> String {
        match self {
            Self::Text { key, .. } => key.clone(),
            Self::Outcome { key, .. } => (*key).into(),
            Self::Within(_) => "within".into(),
            Self::Shadow { name, .. } | Self::Unused { name } => format!("parameters.{name}"),
            Self::NoParameter { name, .. } => format!("priors.{name}"),
            Self::NotFinite { .. } | Self::TooLarge => "nll".into(),
            Self::Simulate { .. } => "simulate".into(),
            Self::Table(_) | Self::NoRows { .. } | Self::NotAnIndex { .. } | Self::NewLevel { .. } => "data".into(),
        }
    }
}
impl From<TableError> for RowsError {
    fn from(error: TableError) -> Self {
        RowsError::Table(error)
    }
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { key, error } => write!(f, "{key}: {error}"),
            Self::Table(error) | Self::Within(error) => error.fmt(f),
            Self::Shadow { name, file } => {
                write!(f, "`{name}` is a parameter and a column of {file}; rename the parameter")
            }
            Self::Unused { name } => write!(f, "the parameter `{name}` is neither in the likelihood nor in a prior"),
            Self::NoParameter { name, nearest } => {
                let hint = nearest.as_ref().map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                write!(f, "there is no parameter `{name}`{hint}")
            }
            Self::NoRows { file, rows, lag } => {
                write!(f, "{file}: none of the {rows} rows has a value in every column that is used")?;
                if *lag > 0 { write!(f, ", {lag} rows up as well") } else { Ok(()) }
            }
            Self::NotFinite { file, row, columns, value } => {
                let names = columns.join(", ");
                write!(f, "{file}, row {row}: a part of the expression that depends on {names} alone is {value}")?;
                let Some(first) = columns.first() else { return Ok(()) };
                write!(
                    f,
                    "; write max({first}, 1e-9) for {first}, or give such rows another branch, where({first} > 0, ..., ...)"
                )
            }
            Self::Outcome { file, row, what, value, law, expected, .. } => {
                write!(
                    f,
                    "{file}, row {row}: the {what} is {value}; {law} expects {expected} (write a quasi-likelihood out, by its formula)"
                )
            }
            Self::NotAnIndex { file, row, column, parameter, count, cell } => write!(
                f,
                "{file}, row {row}, column '{column}': `{parameter}` has {count} numbers, so its index is a whole number \
                 from 1 to {count}, found '{cell}'; one number a level is declared as {parameter} = \"real[{column}]\""
            ),
            Self::NewLevel { file, row, column, level } => {
                write!(f, "{file}, row {row}, column '{column}': there is no level '{level}' in the model")
            }
            Self::Simulate { file, row, points: [a, b], difference: [at_a, at_b] } => write!(
                f,
                "the log density of `simulate` is not the log likelihood and a constant: in row {row} of {file} they are \
                 {at_a:.6} apart at {a}, and {at_b:.6} at {b}"
            ),
            Self::TooLarge => write!(f, "the expression is too large; expected fewer terms"),
        }
    }
}
impl std::error::Error for RowsError {}
