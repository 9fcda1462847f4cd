//! VALUES of a factor on rows of a table, and what is learned from them so that new rows can be read in the same way.
use super::cells::Cells;
use super::curve::{Basis, Curve};
use super::token::Span;
use super::{Expression, Factor, Formula, FormulaError, Function, moments};
use crate::regression::ModelError;
use crate::table::{Column, NO_LABEL, Table, TableError, looks};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A factor on the rows in use.
pub(super) enum Values<'t> {
    Numbers(Cow<'t, [f64]>),
    Labels(Vec<String>, Vec<u32>),
    /// Several columns of numbers.
    Columns(Vec<Vec<f64>>),
}

/// What a formula takes from the table it was first applied to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Learned {
    /// Whether it is taken as it stands, rather than from the table at hand.
    pub(super) fixed: bool,
    /// The terms, with `.` filled in.
    pub(super) terms: Vec<Vec<Factor>>,
    /// Levels of each category, by the name of its factor.
    pub(super) levels: BTreeMap<String, Vec<String>>,
    /// Levels of each grouping, by its name.
    pub(super) groups: BTreeMap<String, Vec<String>>,
    /// Mean and standard deviation of the argument of each `scale( )` and `center( )`, by the name of the call.
    moments: BTreeMap<String, (f64, f64)>,
    /// The basis of each `poly( )` and `s( )`, by its name.
    pub(super) curves: BTreeMap<String, Basis>,
    /// Columns of products that are zero in every row, which have no coefficient.
    pub(super) empty: BTreeSet<String>,
    /// Of interactions of which columns were left out as sums of others: by where they stand, and by their factors.
    pub(super) cells: BTreeMap<(String, String), Cells>,
    /// What to tell of the columns.
    pub(super) notes: Vec<String>,
}

impl Learned {
    /// The same, to be taken as it stands.
    pub(super) fn fixed(&self) -> Learned {
        Learned { fixed: true, ..self.clone() }
    }
    /// Notes something once; of new rows nothing is told.
    pub(super) fn tell(&mut self, note: String) {
        if !self.fixed && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
    /// Notes that digits tell levels of a column apart which are one number, where they do.
    pub(super) fn tell_levels(&mut self, name: &str, table: &Table) -> Result<(), TableError> {
        if table.column(name)?.by_digits() {
            self.tell(format!("Levels of '{name}' are told apart as they are written."));
        }
        Ok(())
    }
    fn moments(&mut self, name: String, x: &[f64]) -> (f64, f64) {
        *self.moments.entry(name).or_insert_with(|| moments(x))
    }
}

impl Formula {
    /// A factor on the rows in use.
    pub(super) fn values<'t>(
        &self,
        factor: &Factor,
        table: &'t Table,
        rows: &[usize],
        learned: &mut Learned,
    ) -> Result<Values<'t>, ModelError> {
        let known = learned.levels.get(&factor.to_string());
        let x = match factor {
            Factor::Column(name, _) | Factor::Category(name, _) if known.is_some() => {
                let levels = known.cloned().unwrap_or_default();
                let codes = recognise(table.column(name)?, table, rows, &levels)?;
                return Ok(Values::Labels(levels, codes));
            }
            Factor::Column(name, _) | Factor::Category(name, _) if !learned.fixed && factor.is_category(table)? => {
                let (levels, codes) = categories(factor, name, table, rows, learned)?;
                learned.levels.insert(factor.to_string(), levels.clone());
                return Ok(Values::Labels(levels, codes));
            }
            Factor::Column(name, at) | Factor::Category(name, at) => {
                Expression::Column(name.clone(), *at).evaluate(&self.text, table, rows, learned)?
            }
            Factor::Identity(e) | Factor::Curve(_, e, _) => e.evaluate(&self.text, table, rows, learned)?,
            Factor::Call(f, e) => {
                let x = e.evaluate(&self.text, table, rows, learned)?;
                call(*f, || factor.to_string(), x.into_owned(), learned).into()
            }
        };
        let mut columns = Vec::new();
        factor.columns(&mut |name, at| columns.push((name, at)));
        self.all_finite(&factor.to_string(), &columns, &x, table, rows)?;
        Ok(match factor {
            Factor::Curve(curve @ Curve::Poly(_), _, at) => {
                Values::Columns(self.curve((factor.to_string(), *curve, *at), &x, learned)?)
            }
            // The straight part of a smooth; what bends it is among the groups.
            _ => Values::Numbers(x),
        })
    }

    /// Numbers that are added to or divided by, `what( )` of the formula.
    pub(super) fn finite(
        &self,
        what: &str,
        e: &Expression,
        at: Span,
        table: &Table,
        rows: &[usize],
        learned: &mut Learned,
    ) -> Result<Vec<f64>, ModelError> {
        let x = e.evaluate(&self.text, table, rows, learned)?;
        let mut columns = Vec::new();
        e.columns(&mut |name, _| columns.push((name, at)));
        self.all_finite(&format!("{what}({e})"), &columns, &x, table, rows)?;
        Ok(x.into_owned())
    }

    /// Names the first row without a finite value.
    fn all_finite(
        &self,
        what: &str,
        columns: &[(&str, Span)],
        x: &[f64],
        table: &Table,
        rows: &[usize],
    ) -> Result<(), FormulaError> {
        let Some(k) = x.iter().position(|x| !x.is_finite()) else { return Ok(()) };
        let mut cells = Vec::new();
        for (name, _) in columns {
            if let Ok(c) = table.numbers(name) {
                cells.push(format!("{name} = {}", c[rows[k]]));
            }
        }
        let (row, file) = (table.line(rows[k]), table.source());
        let problem = format!("{what} is {} in row {row} of {file}, where {}", x[k], cells.join(", "));
        let at = columns.last().map_or(Span::default(), |c| c.1);
        Err(FormulaError::new(&self.text, at, problem))
    }

    /// The response of every row in numbers, a label by the index of its level; NaN where there is no value or no column.
    pub(super) fn known_response(&self, table: &Table, learned: &Learned) -> Result<Vec<f64>, ModelError> {
        let mut names = Vec::new();
        self.response.columns(&mut |name, _| names.push(name));
        let mut response = vec![f64::NAN; table.rows()];
        let columns: Vec<&Column> = names.iter().filter_map(|name| table.column(name).ok()).collect();
        if columns.len() < names.len() {
            return Ok(response);
        }
        let rows: Vec<usize> =
            (0..table.rows()).filter(|&r| columns.iter().all(|column| !column.is_missing(r))).collect();
        let mut learned = learned.fixed();
        let values = match self.values(&self.response, table, &rows, &mut learned)? {
            Values::Numbers(x) => x.into_owned(),
            Values::Labels(_, codes) => codes.into_iter().map(f64::from).collect(),
            Values::Columns(_) => return Ok(response),
        };
        rows.into_iter().zip(values).for_each(|(r, y)| response[r] = y);
        Ok(response)
    }
}

impl Factor {
    /// Whether the factor stands for categories in this table.
    fn is_category(&self, table: &Table) -> Result<bool, TableError> {
        Ok(match self {
            Factor::Category(..) => true,
            Factor::Column(name, _) => {
                matches!(table.column(name)?.cells, crate::table::Cells::Labels { stray: None, .. })
            }
            _ => false,
        })
    }
}

/// A column as categories: levels that occur in the rows in use, and each row's.
pub(super) fn levels_of(name: &str, table: &Table, rows: &[usize]) -> Result<(Vec<String>, Vec<u32>), TableError> {
    let (levels, codes) = table.column(name)?.levels();
    let mut renumbered = vec![NO_LABEL; levels.len()];
    for &row in rows {
        if let Some(new) = renumbered.get_mut(codes[row] as usize) {
            *new = 0;
        }
    }
    let mut present = Vec::new();
    for (new, level) in renumbered.iter_mut().zip(levels.iter()).filter(|(new, _)| **new == 0) {
        *new = present.len() as u32;
        present.push(level.clone());
    }
    let code = |&row: &usize| renumbered.get(codes[row] as usize).copied().unwrap_or(NO_LABEL);
    Ok((present, rows.iter().map(code).collect()))
}

/// So many levels that look like numbers or dates are no few days or doses.
const FEW: usize = 8;

/// Levels few enough to have a coefficient each; labels that look like numbers or dates, `FEW` or more with hardly two rows to each,
/// are no categories unless `C( )` says so.
fn categories(
    factor: &Factor,
    name: &str,
    table: &Table,
    rows: &[usize],
    learned: &mut Learned,
) -> Result<(Vec<String>, Vec<u32>), TableError> {
    let (present, codes) = levels_of(name, table, rows)?;
    let (file, column, levels) = (table.source().to_string(), name.to_string(), present.len());
    if let (Factor::Column(..), Some((looks, cell))) = (factor, looks(&present)) {
        if levels >= FEW && 2 * levels > rows.len() {
            return Err(TableError::Disguised {
                file,
                column,
                levels,
                rows: rows.len(),
                looks,
                cell: cell.to_string(),
            });
        }
        learned.tell(format!("'{name}' is taken for categories, though its cells look like {looks} ('{cell}')."));
    }
    if levels > 50.max(rows.len() / 2) {
        return Err(TableError::TooManyLevels { file, column, levels, rows: rows.len() });
    }
    learned.tell_levels(name, table)?;
    Ok((present, codes))
}

/// The index of each row's label among known levels.
fn recognise(column: &Column, table: &Table, rows: &[usize], levels: &[String]) -> Result<Vec<u32>, TableError> {
    let (labels, codes) = column.levels();
    let code = |label: &String| levels.iter().position(|known| known == label).map(|k| k as u32);
    let known: Vec<Option<u32>> = labels.iter().map(code).collect();
    let unknown = |row: usize| TableError::UnknownLevel {
        file: table.source().to_string(),
        row: table.line(row),
        column: column.name.clone(),
        cell: labels.get(codes[row] as usize).cloned().unwrap_or_default(),
        levels: levels.to_vec(),
    };
    rows.iter().map(|&r| known.get(codes[r] as usize).copied().flatten().ok_or_else(|| unknown(r))).collect()
}

/// A function of every entry; `name` is that of the call.
fn call(f: Function, name: impl Fn() -> String, mut x: Vec<f64>, learned: &mut Learned) -> Vec<f64> {
    let (mean, sd) = match f {
        Function::Scale | Function::Center => learned.moments(name(), &x),
        _ => (0.0, 1.0),
    };
    f.apply(&mut x, mean, sd);
    x
}

impl Expression {
    /// The expression on the rows in use: the column itself where it is one, and all its rows are.
    pub(super) fn evaluate<'t>(
        &self,
        text: &str,
        table: &'t Table,
        rows: &[usize],
        learned: &mut Learned,
    ) -> Result<Cow<'t, [f64]>, FormulaError> {
        let found: Vec<f64> = match self {
            Expression::Number(x) => vec![*x; rows.len()],
            Expression::Column(name, at) => {
                let x = table.numbers(name).map_err(|e| FormulaError::in_table(text, *at, e))?;
                table.remarks(name).into_iter().for_each(|remark| learned.tell(format!("{remark}.")));
                if rows.len() == x.len() {
                    return Ok(Cow::Borrowed(x));
                }
                rows.iter().map(|&r| x[r]).collect()
            }
            Expression::Negative(e) => e.evaluate(text, table, rows, learned)?.iter().map(|x| -x).collect(),
            Expression::Call(f, e) => {
                let x = e.evaluate(text, table, rows, learned)?;
                call(*f, || self.to_string(), x.into_owned(), learned)
            }
            Expression::Binary(op, a, b) => {
                let (a, b) = (a.evaluate(text, table, rows, learned)?, b.evaluate(text, table, rows, learned)?);
                let one = |a: f64, b: f64| match op {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    _ => a.powf(b),
                };
                a.iter().zip(b.iter()).map(|(a, b)| one(*a, *b)).collect()
            }
        };
        Ok(found.into())
    }
}
