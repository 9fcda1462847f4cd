//! DATA: which rows of a table an expression can use, and the columns and codes in them.
use super::error::RowsError;
use crate::expression::Leaf;
use crate::table::{Cells, NO_LABEL};
use crate::{Missing, Table, TableError};

/// The levels of a column: labels, or the different numbers in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Levels {
    pub(super) column: String,
    pub(super) labels: Vec<String>,
}

/// The rows of a table in which everything that is used has a value.
#[derive(Debug)]
pub(super) struct Data<'a> {
    pub(super) table: &'a Table,
    pub(super) rows: Vec<usize>,
    /// Rows left out as their lags do not exist, and as a value is missing.
    pub(super) without_lag: usize,
    pub(super) with_gaps: usize,
}

/// The label of every cell of a column; `None` without a value.
fn cells(table: &Table, column: &str) -> Result<Vec<Option<String>>, TableError> {
    Ok(match &table.column(column)?.cells {
        Cells::Numbers(x) => x.iter().map(|x| (!x.is_nan()).then(|| x.to_string())).collect(),
        Cells::Labels { levels, codes, .. } => {
            codes.iter().map(|&k| (k != NO_LABEL).then(|| levels[k as usize].clone())).collect()
        }
    })
}
/// The levels of a column, numbers in order of size, labels in alphabetical order.
pub(super) fn levels(table: &Table, column: &str) -> Result<Levels, TableError> {
    let labels = match &table.column(column)?.cells {
        Cells::Labels { levels, .. } => levels.clone(),
        Cells::Numbers(x) => {
            let mut distinct: Vec<f64> = x.iter().copied().filter(|x| !x.is_nan()).collect();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup();
            distinct.iter().map(f64::to_string).collect()
        }
    };
    Ok(Levels { column: column.to_string(), labels })
}

impl<'a> Data<'a> {
    /// The rows in which all of `leaves` have a value, the columns being `names`.
    ///
    /// # Errors
    /// Gaps that are not to be dropped; infinite numbers; no rows.
    pub(super) fn new(
        table: &'a Table,
        names: &[String],
        leaves: &[Leaf],
        missing: Missing,
    ) -> Result<Self, RowsError> {
        let file = table.source().to_string();
        let reads: Vec<(usize, usize)> = leaves
            .iter()
            .filter_map(|leaf| match *leaf {
                Leaf::Column { column, lag } => Some((column, lag)),
                Leaf::Level { column, .. } => Some((column, 0)),
                Leaf::Element(_) => None,
            })
            .collect();
        let longest = reads.iter().map(|(_, lag)| *lag).max().unwrap_or(0);
        let (mut complete, mut gaps) = (vec![true; table.rows()], Vec::new());
        for (place, name) in names.iter().enumerate().filter(|(place, _)| reads.iter().any(|(c, _)| c == place)) {
            let column = table.column(name)?;
            let empty: Vec<usize> = (0..table.rows()).filter(|&r| column.is_missing(r)).collect();
            for lag in reads.iter().filter(|(c, _)| *c == place).map(|(_, lag)| lag) {
                empty.iter().map(|r| r + lag).filter(|r| *r < table.rows()).for_each(|r| complete[r] = false);
            }
            if !empty.is_empty() {
                gaps.push((name.clone(), empty.len(), empty.iter().take(5).map(|&r| table.line(r)).collect()));
            }
            if let Cells::Numbers(x) = &column.cells
                && let Some(r) = x.iter().position(|x| x.is_infinite())
            {
                let (row, cell) = (table.line(r), x[r].to_string());
                return Err(TableError::NotFinite { file, row, column: name.clone(), cell }.into());
            }
        }
        if !gaps.is_empty() && missing == Missing::Error {
            return Err(table.missing(gaps, &complete).into());
        }
        let rows: Vec<usize> = (longest..table.rows()).filter(|&r| complete[r]).collect();
        let without_lag = longest.min(table.rows());
        let with_gaps = table.rows() - without_lag - rows.len();
        if rows.is_empty() {
            return Err(RowsError::NoRows { file, rows: table.rows(), lag: longest });
        }
        Ok(Data { table, rows, without_lag, with_gaps })
    }
    /// A column of numbers, `lag` rows up.
    pub(super) fn column(&self, name: &str, lag: usize) -> Result<Vec<f64>, RowsError> {
        let x = self.table.numbers(name)?;
        Ok(self.rows.iter().map(|r| x[r - lag]).collect())
    }
    /// The place of each row's level.
    pub(super) fn codes(&self, levels: &Levels) -> Result<Vec<u32>, RowsError> {
        let cells = cells(self.table, &levels.column)?;
        let places: std::collections::HashMap<&str, u32> = levels.labels.iter().map(String::as_str).zip(0..).collect();
        let code = |&r: &usize| {
            let level = cells[r].as_deref().unwrap_or("");
            places.get(level).copied().ok_or_else(|| RowsError::NewLevel {
                file: self.table.source().to_string(),
                row: self.table.line(r),
                column: levels.column.clone(),
                level: level.to_string(),
            })
        };
        self.rows.iter().map(code).collect()
    }
    /// A column of whole numbers from 1 to `count`, less 1.
    pub(super) fn index(&self, column: &str, parameter: &str, count: usize) -> Result<Vec<u32>, RowsError> {
        let x = self.table.numbers(column)?;
        let code = |&r: &usize| {
            let whole = x[r].fract() == 0.0 && (1.0..=count as f64).contains(&x[r]);
            whole.then(|| x[r] as u32 - 1).ok_or_else(|| RowsError::NotAnIndex {
                file: self.table.source().to_string(),
                row: self.table.line(r),
                column: column.to_string(),
                parameter: parameter.to_string(),
                count,
                cell: x[r].to_string(),
            })
        };
        self.rows.iter().map(code).collect()
    }
}
