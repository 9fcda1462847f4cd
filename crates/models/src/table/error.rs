//! TABLE ERRORS: what can be wrong with a data file, as data; each prints as one plain sentence.
use super::nearest::{did_you_mean, listed, nearest};
use std::fmt;

/// Why a table could not be read, or a column not be used. Rows are lines as an editor counts them, from 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named in the sentences")]
pub enum TableError {
    /// No such file.
    NotFound { file: String, nearest: Option<String> },
    /// The file exists and cannot be read.
    Unreadable { file: String, reason: String },
    /// Nothing in the file.
    Empty { file: String },
    /// A header and no data.
    HeaderOnly { file: String, columns: usize },
    /// Bytes that are not UTF-8.
    Encoding { file: String, row: u64 },
    /// A row with too few or too many cells.
    Ragged { file: String, row: u64, expected: usize, found: usize },
    /// A cell in quotes that goes on after they close, or in which they never do; its column, where the others can be read.
    Quote { file: String, row: u64, column: Option<String>, closed: Option<u64> },
    /// Two columns of one name.
    DuplicateColumn { file: String, column: String, first: usize, second: usize },
    /// No column of that name; what `header` may have to be.
    UnknownColumn { file: String, column: String, nearest: Option<String>, columns: Vec<String>, header: Option<bool> },
    /// A column of a Parquet file that is not read, and why.
    Unread { file: String, column: String, why: String },
    /// A column of numbers with decimal points and with decimal commas: a row and a cell of each.
    TwoMarks { file: String, column: String, rows: [u64; 2], cells: Box<[String; 2]> },
    /// A cell that is not a number in a column of numbers.
    NotNumeric { file: String, row: u64, column: String, cell: String },
    /// A column of labels where numbers are needed.
    Labels { file: String, column: String, levels: Vec<String> },
    /// Cells without a value in columns that are used: name, count, first rows; how many rows lack one; and the order of the
    /// columns in which gaps are nested, where they are.
    Missing {
        file: String,
        columns: Vec<(String, usize, Vec<u64>)>,
        rows: usize,
        of: usize,
        nested: Option<Vec<String>>,
    },
    /// No row is complete.
    AllMissing { file: String, rows: usize },
    /// An infinite number.
    NotFinite { file: String, row: u64, column: String, cell: String },
    /// More categories than a regression can use.
    TooManyLevels { file: String, column: String, levels: usize, rows: usize },
    /// Labels, few rows to each, that look like numbers or dates.
    Disguised { file: String, column: String, levels: usize, rows: usize, looks: &'static str, cell: String },
    /// A category that was not there when the model was made.
    UnknownLevel { file: String, row: u64, column: String, cell: String, levels: Vec<String> },
    /// Columns given from Rust that do not have the same length.
    Lengths { column: String, expected: usize, found: usize },
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { file, nearest } => write!(f, "{file}: no such file{}", did_you_mean(nearest)),
            Self::Unreadable { file, reason } => write!(f, "{file}: cannot be read: {reason}"),
            Self::Empty { file } => write!(f, "{file}: the file is empty; expected a header row and rows of data"),
            Self::HeaderOnly { file, columns } => {
                write!(f, "{file}: there is a header ({columns} columns) but no row of data")
            }
            Self::Encoding { file, row } => {
                write!(f, "{file}, row {row}: the text is not UTF-8; save the file as UTF-8 (CSV) and try again")
            }
            Self::Ragged { file, row, expected, found } => write!(
                f,
                "{file}, row {row}: expected {expected} cells as in the first row, found {found}; a missing or extra \
                 delimiter, or a quote that is not closed"
            ),
            Self::Quote { file, row, closed: None, .. } => {
                write!(f, "{file}, row {row}: a quote opens a cell here and is not closed before the end of the file")
            }
            Self::Quote { file, row, column, closed: Some(closed) } => {
                let column = column.as_ref().map(|column| format!(", column '{column}'")).unwrap_or_default();
                write!(
                    f,
                    "{file}, row {row}{column}: a quote opens a cell here, and text follows where it closes, in row {closed}; a \
                     quote that belongs to a cell is written twice, inside quotes"
                )
            }
            Self::DuplicateColumn { file, column, first, second } => {
                write!(f, "{file}: columns {first} and {second} are both named '{column}'; rename one")?;
                let number = column.parse::<f64>().is_ok();
                f.write_str(if number { ", or say header = false if the first row is data" } else { "" })
            }
            Self::UnknownColumn { file, column, nearest, columns, header } => {
                write!(f, "{file}: there is no column '{column}'")?;
                match nearest {
                    Some(_) => f.write_str(&did_you_mean(nearest))?,
                    None => write!(f, "; the columns are {}", listed(columns, 12, columns.len()))?,
                }
                f.write_str(match header {
                    Some(true) => " (the first row was taken for data; header = true takes it for names)",
                    Some(false) => " (the first row was taken for names; header = false takes it for data)",
                    None => "",
                })
            }
            Self::Unread { file, column, why } => write!(f, "{file}: column '{column}' {why}"),
            Self::TwoMarks { file, column, rows: [point, comma], cells } => write!(
                f,
                "{file}: column '{column}' has both marks before decimals: '{}' (row {point}) and '{}' (row {comma}); write all its \
                 numbers with one of them, and none for thousands",
                cells[0], cells[1]
            ),
            Self::NotNumeric { file, row, column, cell } => {
                write!(f, "{file}, row {row}, column '{column}': expected a number, found '{cell}'")?;
                let sign = !cell.contains(char::is_alphanumeric);
                f.write_str(if sign { "; a cell without a value is empty, or NA" } else { "" })
            }
            Self::Labels { file, column, levels } => write!(
                f,
                "{file}: column '{column}' holds labels ({}) where numbers are needed",
                listed(levels, 4, levels.len())
            ),
            Self::Missing { file, columns, rows, of, nested } => {
                write!(f, "{file}: missing values in ")?;
                for (k, (column, count, rows)) in columns.iter().enumerate() {
                    let (and, s) = (if k > 0 { "; " } else { "" }, if *count == 1 { "" } else { "s" });
                    write!(f, "{and}column '{column}': {count} (row{s} {})", listed(rows, 5, *count))?;
                }
                if let Some(order) = nested {
                    let order: Vec<String> = order.iter().map(|name| format!("'{name}'")).collect();
                    write!(
                        f,
                        ". The gaps are monotone: a row that lacks one of {} lacks all after it",
                        order.join(", ")
                    )?;
                }
                write!(f, ". Fill them in, or set missing = \"drop\" to leave {rows} of {of} rows out")
            }
            Self::AllMissing { file, rows } => {
                write!(f, "{file}: every one of the {rows} rows has a missing value in a column that is used")
            }
            Self::NotFinite { file, row, column, cell } => {
                write!(f, "{file}, row {row}, column '{column}': expected a finite number, found '{cell}'")
            }
            Self::TooManyLevels { file, column, levels, rows } => write!(
                f,
                "{file}: column '{column}' has {levels} different labels in {rows} rows; that is no category \
                 (is it an identifier, or numbers in a form that could not be read?)"
            ),
            Self::Disguised { file, column, levels, rows, looks, cell } => write!(
                f,
                "{file}: column '{column}' has {levels} different labels in {rows} rows that look like {looks} ('{cell}'), which are \
                 not read as such; write plain numbers (for dates, days or years), or C({column}) if they are categories"
            ),
            Self::UnknownLevel { file, row, column, cell, levels } => {
                write!(f, "{file}, row {row}, column '{column}': the model has no level '{cell}'")?;
                match nearest(cell, levels.iter().map(String::as_str)) {
                    near @ Some(_) => f.write_str(&did_you_mean(&near)),
                    None => write!(f, "; its levels are {}", listed(levels, 8, levels.len())),
                }
            }
            Self::Lengths { column, expected, found } => {
                write!(f, "column '{column}' has {found} values where the first column has {expected}")
            }
        }
    }
}
impl std::error::Error for TableError {}
