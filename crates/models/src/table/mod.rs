//! TABLE: named columns of numbers or labels, read from a CSV or Parquet file with the row of every cell remembered.
mod cell;
mod column;
mod digits;
mod error;
mod lines;
mod looks;
mod nearest;
mod numbers;
mod parquet;
mod part;
mod read;
mod words;
pub(crate) use column::{Cells, Column};
pub use error::TableError;
pub(crate) use looks::looks;
pub(crate) use nearest::{did_you_mean, listed, nearest};
pub use read::TableOptions;

/// The code of a cell without a value in a column of labels.
pub(crate) const NO_LABEL: u32 = u32::MAX;

/// A data set in memory: columns of equal length, each of numbers or of labels.
///
/// ```
/// let table = steepest_models::Table::parse("pets.csv", b"weight,kind\n4.5,cat\n30,dog\n", Default::default())?;
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.names().collect::<Vec<_>>(), ["weight", "kind"]);
/// assert_eq!(table.numbers("weight")?, [4.5, 30.0]);
/// assert!(table.numbers("wieght").unwrap_err().to_string().ends_with("did you mean 'weight'?"));
/// # Ok::<(), steepest_models::TableError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    source: String,
    columns: Vec<Column>,
    /// Line, as an editor counts, on which each row starts.
    lines: Vec<u64>,
    heading: Heading,
}

/// What the first row of a file was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    /// What it is: there is no doubt, or someone said it.
    Said,
    /// Names, as not all of its cells are numbers.
    Names,
    /// Data, as they are.
    Data,
}

impl Table {
    /// A table from columns of numbers. NaN means: no value.
    ///
    /// # Errors
    /// [`TableError::Lengths`], [`TableError::DuplicateColumn`], [`TableError::Empty`].
    pub fn from_columns<N: Into<String>>(
        columns: impl IntoIterator<Item = (N, Vec<f64>)>,
    ) -> Result<Table, TableError> {
        let source = "table".to_string();
        let columns: Vec<Column> =
            columns.into_iter().map(|(name, x)| Column::new(name.into(), Cells::Numbers(x))).collect();
        let rows = columns.first().map_or(0, Column::len);
        if rows == 0 {
            return Err(TableError::Empty { file: source });
        }
        if let Some(c) = columns.iter().find(|c| c.len() != rows) {
            return Err(TableError::Lengths { column: c.name.clone(), expected: rows, found: c.len() });
        }
        Table { source, columns, lines: (1..=rows as u64).collect(), heading: Heading::Said }.unique()
    }

    /// Where the table came from: the path as it was given.
    pub fn source(&self) -> &str {
        &self.source
    }
    /// Number of rows of data.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }
    /// Names of the columns, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }
    /// The line of the file, counted from 1 as in an editor, on which row `row` (from 0) starts.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// A column of numbers; NaN where there is no value.
    ///
    /// # Errors
    /// [`TableError::UnknownColumn`]; [`TableError::NotNumeric`] names the first cell of a column of numbers that is none;
    /// [`TableError::Labels`] for a column of labels.
    pub fn numbers(&self, name: &str) -> Result<&[f64], TableError> {
        let file = self.source.clone();
        match &self.column(name)?.cells {
            Cells::Numbers(x) => Ok(x),
            Cells::Labels { stray: Some((row, cell)), .. } => {
                let (row, column, cell) = (self.lines[*row], name.to_string(), cell.clone());
                Err(TableError::NotNumeric { file, row, column, cell })
            }
            Cells::Labels { levels, .. } => {
                Err(TableError::Labels { file, column: name.to_string(), levels: levels.clone() })
            }
        }
    }

    /// The same table with other numbers in some rows of a column of numbers.
    pub(crate) fn with_numbers(&self, name: &str, rows: &[usize], values: &[f64]) -> Result<Table, TableError> {
        self.numbers(name)?;
        let mut out = self.clone();
        for column in out.columns.iter_mut().filter(|column| column.name == name) {
            if let Cells::Numbers(x) = &mut column.cells {
                rows.iter().zip(values).for_each(|(row, value)| x[*row] = *value);
                column.written = Default::default();
            }
        }
        Ok(out)
    }

    /// The error that `columns` (name, count, first rows) have gaps, which `complete` rows have not.
    pub(crate) fn missing(&self, columns: Vec<(String, usize, Vec<u64>)>, complete: &[bool]) -> TableError {
        let names: Vec<String> = columns.iter().map(|column| column.0.clone()).collect();
        let (rows, of) = (complete.iter().filter(|complete| !**complete).count(), complete.len());
        TableError::Missing { file: self.source.clone(), columns, rows, of, nested: self.nested(&names) }
    }
    /// The order of columns in which their gaps are nested, the fullest first: who lacks one lacks all after it. None where
    /// there are fewer than two with gaps, or they are not nested.
    fn nested(&self, names: &[String]) -> Option<Vec<String>> {
        let gaps = |name: &String| -> Option<(String, Vec<usize>)> {
            let column = self.column(name).ok()?;
            let rows: Vec<usize> = (0..self.rows()).filter(|row| column.is_missing(*row)).collect();
            (!rows.is_empty()).then(|| (name.clone(), rows))
        };
        let mut found: Vec<_> = names.iter().filter_map(gaps).collect();
        found.sort_by_key(|(_, rows)| rows.len());
        let within = |few: &[usize], many: &[usize]| few.iter().all(|row| many.binary_search(row).is_ok());
        let nested = found.len() > 1 && found.windows(2).all(|pair| within(&pair[0].1, &pair[1].1));
        nested.then(|| found.into_iter().map(|(name, _)| name).collect())
    }

    /// The column of that name, unless it is one that cannot be used.
    pub(crate) fn column(&self, name: &str) -> Result<&Column, TableError> {
        let Some(found) = self.columns.iter().find(|c| c.name == name) else {
            let nearest = nearest(name, self.names());
            return Err(TableError::UnknownColumn {
                file: self.source.clone(),
                column: name.to_string(),
                header: self.header(name, nearest.is_some()),
                nearest,
                columns: self.names().map(str::to_string).collect(),
            });
        };
        found.fault.as_ref().map_or(Ok(found), |fault| Err((**fault).clone()))
    }
    /// What `header` may have to be for a column of that name to be there; whether there is one of nearly that name.
    fn header(&self, name: &str, nearly: bool) -> Option<bool> {
        let counted = name.strip_prefix('V').is_some_and(|k| k.parse::<usize>().is_ok());
        let numbered = || self.names().any(|name| name.parse::<f64>().is_ok());
        match self.heading {
            Heading::Data if !counted => Some(true),
            Heading::Names if counted || (!nearly && numbered()) => Some(false),
            _ => None,
        }
    }

    /// What to tell of a column whose numbers are used: long whole numbers that are rounded, decimal commas.
    pub(crate) fn remarks(&self, name: &str) -> Vec<String> {
        let Ok(Column { cells: Cells::Numbers(x), written, .. }) = self.column(name) else { return Vec::new() };
        let read = |row: usize| x.get(row).copied().unwrap_or(f64::NAN);
        let mut out = Vec::new();
        if let Some((_, cell)) = &written.large {
            out.push(format!("'{name}' has whole numbers beyond 2^53, such as {cell}, which are rounded as numbers"));
        }
        if let Some((row, cell)) = &written.comma {
            out.push(format!("'{name}' has decimal commas: '{cell}' is read as {}", read(*row)));
        } else if let Some((row, cell)) = &written.point
            && self.columns.iter().any(|column| column.written.comma.is_some())
        {
            let value = read(*row);
            out.push(format!(
                "'{name}' has decimal points, where other columns have commas: '{cell}' is read as {value}"
            ));
        }
        out
    }

    /// The table itself, unless two columns share a name.
    fn unique(self) -> Result<Table, TableError> {
        for (second, column) in self.columns.iter().enumerate() {
            if let Some(first) = self.columns[..second].iter().position(|c| c.name == column.name) {
                let (file, column) = (self.source.clone(), column.name.clone());
                return Err(TableError::DuplicateColumn { file, column, first: first + 1, second: second + 1 });
            }
        }
        Ok(self)
    }
}
