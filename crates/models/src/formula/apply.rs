//! APPLYING a formula to a table: the response and the named columns of the design.
use super::{Expression, Factor, Formula, FormulaError, Item, coding, term_name, token::Span};
use crate::regression::ModelError;
use crate::table::{Cells, NO_LABEL, Table, TableError};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of rows without a value in a column that is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// They are an error.
    #[default]
    Error,
    /// They are left out.
    Drop,
}

/// A formula filled with data.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// Name of each column: `intercept`, `log(amount)`, `C(purpose)[car]`, `age:housing[own]`.
    pub names: Vec<String>,
    /// The term each column belongs to: `C(purpose)` for `C(purpose)[car]`.
    pub terms: Vec<String>,
    /// The columns; the intercept, where there is one, is the first.
    pub columns: Vec<Vec<f64>>,
    /// Whether the first column is the intercept.
    pub intercept: bool,
    /// The response.
    pub response: Response,
    /// Its name.
    pub response_name: String,
    /// Rows of the table that are in use.
    pub rows: Vec<usize>,
    /// Each category and its level without an indicator.
    pub references: Vec<(String, String)>,
}

/// What is to be explained.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Labels: the levels in order, and the index of each row's.
    Labels(Vec<String>, Vec<u32>),
}

/// Largest design: columns, and bytes.
const MOST_COLUMNS: usize = 10_000;
const MOST_BYTES: usize = 8 << 30;

/// A factor on the rows in use.
enum Values {
    Numbers(Vec<f64>),
    Labels(Vec<String>, Vec<u32>),
}

impl Formula {
    /// The design of this formula on `table`.
    ///
    /// Categories (columns of labels, and `C(column)`) become one indicator a level but the first in the order of the levels
    /// (alphabetical; by size where the column holds numbers); where the terms before do not span that level, for it too.
    ///
    /// # Errors
    /// Unknown columns, labels where numbers are needed, missing and infinite values, designs beyond all measure.
    pub fn design(&self, table: &Table, missing: Missing) -> Result<Design, ModelError> {
        let terms = self.expand(table)?;
        let rows = self.complete_rows(table, &terms, missing)?;
        let response = match self.values(&self.response, table, &rows)? {
            Values::Numbers(x) => Response::Numbers(x),
            Values::Labels(levels, codes) => Response::Labels(levels, codes),
        };
        let mut design = Design {
            names: Vec::new(),
            terms: Vec::new(),
            columns: Vec::new(),
            intercept: self.intercept,
            response,
            response_name: self.response.to_string(),
            rows,
            references: Vec::new(),
        };
        if self.intercept {
            design.names.push("intercept".into());
            design.terms.push("intercept".into());
            design.columns.push(vec![1.0; design.rows.len()]);
        }
        // Factors by name: an index for each category, and its values once.
        let mut known: BTreeMap<String, (usize, Values)> = BTreeMap::new();
        let mut used: BTreeMap<String, BTreeSet<Vec<usize>>> = BTreeMap::new();
        if self.intercept {
            used.entry(String::new()).or_default().insert(vec![]);
        }
        for term in &terms {
            for factor in term {
                let name = factor.to_string();
                if !known.contains_key(&name) {
                    let values = self.values(factor, table, &design.rows)?;
                    known.insert(name, (known.len(), values));
                }
            }
            self.add_term(term, &known, &mut used, table, &mut design)?;
        }
        match design.columns.is_empty() {
            true => Err(ModelError::NoTerms { formula: self.text.clone() }),
            false => Ok(design),
        }
    }

    /// Appends the columns of one term.
    fn add_term(
        &self,
        term: &[Factor],
        known: &BTreeMap<String, (usize, Values)>,
        used: &mut BTreeMap<String, BTreeSet<Vec<usize>>>,
        table: &Table,
        design: &mut Design,
    ) -> Result<(), ModelError> {
        let factors: Vec<(String, usize, &Values)> =
            term.iter().map(Factor::to_string).filter_map(|n| known.get(&n).map(|(k, v)| (n, *k, v))).collect();
        let is_category = |v: &Values| matches!(v, Values::Labels(..));
        let categories: Vec<usize> = factors.iter().filter(|f| is_category(f.2)).map(|f| f.1).collect();
        let mut numeric: Vec<&str> = factors.iter().filter(|f| !is_category(f.2)).map(|f| f.0.as_str()).collect();
        numeric.sort_unstable();
        let name = term_name(term);
        let n = design.rows.len();
        for product in coding::products(used.entry(numeric.join(":")).or_default(), &categories) {
            let mut columns = vec![(Vec::<String>::new(), vec![1.0; n])];
            for (factor, index, values) in &factors {
                let coded = product.iter().find(|c| c.0 == *index);
                columns = match (values, coded) {
                    (Values::Numbers(x), _) => columns
                        .into_iter()
                        .map(|(names, column)| {
                            let column = column.iter().zip(x).map(|(c, x)| c * x).collect();
                            ([names, vec![factor.clone()]].concat(), column)
                        })
                        .collect(),
                    (Values::Labels(..), None) => columns,
                    (Values::Labels(levels, codes), Some(&(_, full))) => {
                        let count = columns.len() * levels.len() + design.columns.len();
                        if count > MOST_COLUMNS || count * n * 8 > MOST_BYTES {
                            return Err(ModelError::TooLarge { file: table.source().into(), rows: n, columns: count });
                        }
                        if !full && levels.len() == 1 {
                            return Err(ModelError::Constant { column: factor.clone(), value: levels[0].clone() });
                        }
                        if !full && design.references.iter().all(|r| r.0 != *factor) {
                            design.references.push((factor.clone(), levels[0].clone()));
                        }
                        (usize::from(!full)..levels.len())
                            .flat_map(|level| columns.iter().map(move |c| (level, c)))
                            .map(|(level, (names, column))| {
                                let of = |code: u32| if code as usize == level { 1.0 } else { 0.0 };
                                let column = column.iter().zip(codes).map(|(c, &code)| c * of(code)).collect();
                                ([names.clone(), vec![format!("{factor}[{}]", levels[level])]].concat(), column)
                            })
                            .collect()
                    }
                };
            }
            for (names, column) in columns {
                design.names.push(names.join(":"));
                design.terms.push(name.clone());
                design.columns.push(column);
            }
            let count = design.columns.len();
            if count > MOST_COLUMNS || count * n * 8 > MOST_BYTES {
                return Err(ModelError::TooLarge { file: table.source().into(), rows: n, columns: count });
            }
        }
        Ok(())
    }

    /// The terms, with `.` filled in; every column that any part of the formula names exists.
    fn expand(&self, table: &Table) -> Result<Vec<Vec<Factor>>, FormulaError> {
        let mut of_response = Vec::new();
        let mut unknown = None;
        let mut check = |name: &str, at: Span| {
            if let (None, Err(e)) = (&unknown, table.column(name)) {
                unknown = Some(FormulaError::in_table(&self.text, at, e));
            }
        };
        self.response.columns(&mut |name, at| {
            of_response.push(name.to_string());
            check(name, at);
        });
        for item in &self.items {
            if let Item::Add(term) | Item::Remove(term) = item {
                term.iter().for_each(|f| f.columns(&mut check));
            }
        }
        if let Some(e) = unknown {
            return Err(e);
        }
        let rest: Vec<&str> = table.names().filter(|n| !of_response.iter().any(|r| r == n)).collect();
        Ok(terms(&self.items, &rest))
    }

    /// Rows with a finite value in every column that is used.
    fn complete_rows(&self, table: &Table, terms: &[Vec<Factor>], missing: Missing) -> Result<Vec<usize>, TableError> {
        let mut names = BTreeSet::new();
        let mut see = |name: &str, _: Span| {
            names.insert(name.to_string());
        };
        self.response.columns(&mut see);
        terms.iter().flatten().for_each(|f| f.columns(&mut see));
        let file = table.source().to_string();
        let mut complete = vec![true; table.rows()];
        let mut gaps = Vec::new();
        for name in table.names().filter(|n| names.contains(*n)) {
            let column = table.column(name)?;
            let empty: Vec<usize> = (0..table.rows()).filter(|&r| column.is_missing(r)).collect();
            empty.iter().for_each(|&r| complete[r] = false);
            if !empty.is_empty() {
                gaps.push((name.to_string(), empty.len(), empty.iter().take(5).map(|&r| table.line(r)).collect()));
            }
            if let Cells::Numbers(x) = &column.cells
                && let Some(r) = x.iter().position(|x| x.is_infinite())
            {
                let (row, column, cell) = (table.line(r), name.to_string(), x[r].to_string());
                return Err(TableError::NotFinite { file, row, column, cell });
            }
        }
        if !gaps.is_empty() && missing == Missing::Error {
            return Err(TableError::Missing { file, columns: gaps });
        }
        let rows: Vec<usize> = (0..table.rows()).filter(|&r| complete[r]).collect();
        if rows.is_empty() { Err(TableError::AllMissing { file, rows: table.rows() }) } else { Ok(rows) }
    }

    /// A factor on the rows in use.
    fn values(&self, factor: &Factor, table: &Table, rows: &[usize]) -> Result<Values, ModelError> {
        let numbers = |e: &Expression| -> Result<Vec<f64>, ModelError> { Ok(e.evaluate(&self.text, table, rows)?) };
        let x = match factor {
            Factor::Column(name, at) => match &table.column(name)?.cells {
                Cells::Labels { stray: None, .. } => return Ok(categories(name, table, rows)?),
                _ => numbers(&Expression::Column(name.clone(), *at))?,
            },
            Factor::Category(name, _) => return Ok(categories(name, table, rows)?),
            Factor::Identity(e) => numbers(e)?,
            Factor::Call(f, e) => {
                let mut x = numbers(e)?;
                f.apply(&mut x);
                x
            }
        };
        if let Some(k) = x.iter().position(|x| !x.is_finite()) {
            let mut at = Span::default();
            let mut cells = Vec::new();
            factor.columns(&mut |name, span| {
                at = span;
                if let Ok(c) = table.numbers(name) {
                    cells.push(format!("{name} = {}", c[rows[k]]));
                }
            });
            let (row, file) = (table.line(rows[k]), table.source());
            let problem = format!("{factor} is {} in row {row} of {file}, where {}", x[k], cells.join(", "));
            return Err(FormulaError::new(&self.text, at, problem).into());
        }
        Ok(Values::Numbers(x))
    }
}

/// Terms in order: added, taken away, `.` replaced by `rest`; main effects before interactions.
pub(super) fn terms(items: &[Item], rest: &[&str]) -> Vec<Vec<Factor>> {
    let same = |a: &[Factor], b: &[Factor]| a.len() == b.len() && a.iter().all(|f| b.contains(f));
    let mut terms: Vec<Vec<Factor>> = Vec::new();
    let add = |terms: &mut Vec<Vec<Factor>>, term: Vec<Factor>| {
        if !terms.iter().any(|t| same(t, &term)) {
            terms.push(term);
        }
    };
    for item in items {
        match item {
            Item::Add(term) => add(&mut terms, term.clone()),
            Item::Remove(term) => terms.retain(|t| !same(t, term)),
            Item::Rest => {
                for name in rest {
                    // `C(x) + .` does not bring x in a second time.
                    let already = |t: &Vec<Factor>| matches!(t.as_slice(), [Factor::Category(n, _)] if n == name);
                    if !terms.iter().any(already) {
                        add(&mut terms, vec![Factor::Column(name.to_string(), Span::default())]);
                    }
                }
            }
        }
    }
    terms.sort_by_key(Vec::len);
    terms
}

/// A column as categories: levels that occur in the rows in use, and each row's.
fn categories(name: &str, table: &Table, rows: &[usize]) -> Result<Values, TableError> {
    let (levels, codes): (Vec<String>, Vec<u32>) = match &table.column(name)?.cells {
        Cells::Labels { levels, codes, .. } => (levels.clone(), rows.iter().map(|&r| codes[r]).collect()),
        Cells::Numbers(x) => {
            let mut values: Vec<f64> = rows.iter().map(|&r| x[r] + 0.0).collect();
            values.sort_unstable_by(f64::total_cmp);
            values.dedup();
            let code = |v: f64| values.binary_search_by(|u| u.total_cmp(&(v + 0.0))).map_or(NO_LABEL, |k| k as u32);
            let codes = rows.iter().map(|&r| code(x[r])).collect();
            (values.iter().map(f64::to_string).collect(), codes)
        }
    };
    let mut renumbered = vec![NO_LABEL; levels.len()];
    for &code in &codes {
        renumbered[code as usize] = 0;
    }
    let mut present = Vec::new();
    for (level, label) in levels.into_iter().enumerate() {
        if renumbered[level] == 0 {
            renumbered[level] = present.len() as u32;
            present.push(label);
        }
    }
    if present.len() > 50.max(rows.len() / 2) {
        let (file, column) = (table.source().to_string(), name.to_string());
        return Err(TableError::TooManyLevels { file, column, levels: present.len(), rows: rows.len() });
    }
    let codes = codes.into_iter().map(|c| renumbered[c as usize]).collect();
    Ok(Values::Labels(present, codes))
}

impl Expression {
    /// The expression on the rows in use.
    fn evaluate(&self, text: &str, table: &Table, rows: &[usize]) -> Result<Vec<f64>, FormulaError> {
        Ok(match self {
            Expression::Number(x) => vec![*x; rows.len()],
            Expression::Column(name, at) => {
                let x = table.numbers(name).map_err(|e| FormulaError::in_table(text, *at, e))?;
                rows.iter().map(|&r| x[r]).collect()
            }
            Expression::Negative(e) => e.evaluate(text, table, rows)?.into_iter().map(|x| -x).collect(),
            Expression::Call(f, e) => {
                let mut x = e.evaluate(text, table, rows)?;
                f.apply(&mut x);
                x
            }
            Expression::Binary(op, a, b) => {
                let (a, b) = (a.evaluate(text, table, rows)?, b.evaluate(text, table, rows)?);
                let one = |a: f64, b: f64| match op {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    _ => a.powf(b),
                };
                a.into_iter().zip(b).map(|(a, b)| one(a, b)).collect()
            }
        })
    }
}
