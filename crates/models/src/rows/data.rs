//! DATA: which rows of a table an expression can use, and the columns and codes in them.
use super::RowsOptions;
use super::error::RowsError;
use crate::expression::Leaf;
use crate::table::NO_LABEL;
use crate::{Missing, Table, TableError};
use std::collections::HashMap;

/// The levels of a column: labels, or the different numbers in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Levels {
    pub(super) column: String,
    pub(super) labels: Vec<String>,
    /// Whether digits tell some of them apart, which are one number.
    pub(super) by_digits: bool,
}

/// The rows of a table in which everything that is used has a value.
#[derive(Debug)]
pub(super) struct Data<'a> {
    pub(super) table: &'a Table,
    pub(super) rows: Vec<usize>,
    /// Rows left out as their lags do not exist, and as a value is missing.
    pub(super) without_lag: usize,
    pub(super) with_gaps: usize,
    /// What to tell of the columns whose numbers are read, and of the one that sorts the rows.
    pub(super) remarks: Vec<String>,
    /// The row one up from each, where there is one.
    above: Vec<Option<usize>>,
}

/// The row one up from each: in the table, or among those with the same cell in the column `within`.
fn above(table: &Table, within: Option<&str>) -> Result<Vec<Option<usize>>, TableError> {
    let Some(within) = within else { return Ok((0..table.rows()).map(|r| r.checked_sub(1)).collect()) };
    let (_, codes) = table.column(within)?.levels();
    let mut last = HashMap::new();
    let each = codes.iter().enumerate();
    Ok(each.map(|(r, &code)| if code == NO_LABEL { None } else { last.insert(code, r) }).collect())
}
/// The row `lag` up from r.
fn up(above: &[Option<usize>], r: usize, lag: usize) -> Option<usize> {
    (0..lag).try_fold(r, |r, _| above[r])
}

/// The levels of a column, numbers in order of size, labels in alphabetical order.
pub(super) fn levels(table: &Table, column: &str) -> Result<Levels, TableError> {
    let found = table.column(column)?;
    let (labels, by_digits) = (found.levels().0.into_owned(), found.by_digits());
    Ok(Levels { column: column.to_string(), labels, by_digits })
}

impl<'a> Data<'a> {
    /// The rows in which all of `leaves` have a value, the columns being `names`. In the column `open` gaps are no matter: they
    /// are numbers that are not known yet.
    ///
    /// # Errors
    /// Gaps that are not to be dropped; infinite numbers; no rows.
    pub(super) fn new(
        table: &'a Table,
        names: &[String],
        leaves: &[Leaf],
        options: &RowsOptions,
        open: Option<&str>,
    ) -> Result<Self, RowsError> {
        let within = options.within.as_deref();
        let above = above(table, within).map_err(RowsError::Within)?;
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
        let groups = |name: &String| within == Some(name.as_str());
        let used = |(place, name): &(usize, &String)| groups(name) || reads.iter().any(|(c, _)| c == place);
        for (place, name) in names.iter().enumerate().filter(used) {
            let column = table.column(name)?;
            let gap = |r: usize| open != Some(name.as_str()) && column.is_missing(r);
            let empty: Vec<usize> = (0..table.rows()).filter(|&r| gap(r)).collect();
            let lags = reads.iter().filter(|(c, _)| *c == place).map(|(_, lag)| *lag);
            for lag in lags.chain(groups(name).then_some(0)) {
                let reads_gap = |r: usize| up(&above, r, lag).is_some_and(gap);
                (0..table.rows()).filter(|&r| reads_gap(r)).for_each(|r| complete[r] = false);
            }
            if !empty.is_empty() {
                gaps.push((name.clone(), empty.len(), empty.iter().take(5).map(|&r| table.line(r)).collect()));
            }
            if let Some((r, cell)) = column.infinite() {
                return Err(TableError::NotFinite { file, row: table.line(r), column: name.clone(), cell }.into());
            }
        }
        if !gaps.is_empty() && options.missing == Missing::Error {
            return Err(table.missing(gaps, &complete).into());
        }
        let (mut rows, mut without_lag, mut with_gaps) = (Vec::new(), 0, 0);
        for (r, complete) in complete.into_iter().enumerate() {
            match up(&above, r, longest) {
                Some(_) if complete => rows.push(r),
                Some(_) => with_gaps += 1,
                None => without_lag += 1,
            }
        }
        if rows.is_empty() {
            return Err(RowsError::NoRows { file, rows: table.rows(), lag: longest });
        }
        let numbers = |(place, _): &(usize, &String)| {
            leaves.iter().any(|leaf| matches!(leaf, Leaf::Column { column, .. } if column == place))
        };
        let mut remarks: Vec<String> =
            names.iter().enumerate().filter(numbers).flat_map(|(_, name)| table.remarks(name)).collect();
        if let Some(within) = within
            && table.column(within).map_err(RowsError::Within)?.by_digits()
        {
            remarks.push(format!("levels of '{within}' are told apart as they are written"));
        }
        Ok(Data { table, rows, without_lag, with_gaps, remarks, above })
    }
    /// The row of the table `lag` up from its row r.
    pub(super) fn up(&self, r: usize, lag: usize) -> Option<usize> {
        up(&self.above, r, lag)
    }
    /// A column of numbers, `lag` rows up.
    pub(super) fn column(&self, name: &str, lag: usize) -> Result<Vec<f64>, RowsError> {
        let x = self.table.numbers(name)?;
        // A row in use has all its lags.
        Ok(self.rows.iter().map(|&r| up(&self.above, r, lag).map_or(f64::NAN, |r| x[r])).collect())
    }
    /// The place of each row's level.
    pub(super) fn codes(&self, levels: &Levels) -> Result<Vec<u32>, RowsError> {
        let (labels, codes) = self.table.column(&levels.column)?.levels();
        let places: HashMap<&str, u32> = levels.labels.iter().map(String::as_str).zip(0..).collect();
        let known: Vec<Option<u32>> = labels.iter().map(|label| places.get(label.as_str()).copied()).collect();
        let code = |&r: &usize| {
            let at = codes[r] as usize;
            known.get(at).copied().flatten().ok_or_else(|| RowsError::NewLevel {
                file: self.table.source().to_string(),
                row: self.table.line(r),
                column: levels.column.clone(),
                level: labels.get(at).cloned().unwrap_or_default(),
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
