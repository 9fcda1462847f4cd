//! APPLYING a formula to a table: the response and the named columns of the design.
use super::cells::{Category, Indicators, Made};
use super::groups::GroupDesign;
use super::values::{Learned, Values};
use super::{About, Factor, Formula, FormulaError, Item, coding, term_name, token::Span};
use crate::regression::ModelError;
use crate::table::{Table, listed};
use std::borrow::Cow;
use std::collections::btree_map::Entry;
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
pub struct Design<'t> {
    /// Name of each column: `intercept`, `log(amount)`, `C(purpose)[car]`, `age:housing[own]`.
    pub names: Vec<String>,
    /// The term each column belongs to: `C(purpose)` for `C(purpose)[car]`.
    pub terms: Vec<String>,
    /// The columns, those of the table where they stand in it; the intercept, where there is one, is the first.
    pub columns: Vec<Cow<'t, [f64]>>,
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
    /// The group effects, `(x | g)`.
    pub groups: Vec<GroupDesign>,
    /// What the offsets add to the linear predictor.
    pub offset: Option<Vec<f64>>,
    /// The number of trials of each row, of a response `k | trials(n)`.
    pub trials: Option<Vec<f64>>,
    /// The standard error of each row, of a response `y | se(s)`.
    pub errors: Option<Vec<f64>>,
    /// What each row counts for.
    pub weights: Option<Vec<f64>>,
    /// What to tell of the columns: how they were read, and which were left out.
    pub notes: Vec<String>,
    /// What new rows must be read by: the terms, the levels of categories, means and standard deviations.
    pub(crate) learned: Learned,
}

/// Columns with their names and terms.
#[derive(Debug, Default)]
pub(super) struct Block<'t> {
    pub(super) names: Vec<String>,
    pub(super) terms: Vec<String>,
    pub(super) columns: Vec<Cow<'t, [f64]>>,
    pub(super) references: Vec<(String, String)>,
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

impl Formula {
    /// The design of this formula on `table`.
    ///
    /// Categories (columns of labels, and `C(column)`) become one indicator a level but the first in the order of the levels
    /// (alphabetical; by size where the column holds numbers); where the terms before do not span that level, for it too. Of an
    /// interaction of categories, combinations of levels that no row has get no column, nor does what is a sum of others for want of them.
    ///
    /// # Errors
    /// Unknown columns, labels where numbers are needed, missing and infinite values, designs beyond all measure.
    pub fn design<'t>(&self, table: &'t Table, missing: Missing) -> Result<Design<'t>, ModelError> {
        let terms = self.expand(table)?;
        let rows = self.complete_rows(table, &terms, true, missing)?;
        let mut learned = Learned::default();
        let response = match self.values(&self.response, table, &rows, &mut learned)? {
            Values::Numbers(x) => Response::Numbers(x.into_owned()),
            Values::Labels(levels, codes) => Response::Labels(levels, codes),
            Values::Columns(_) => Response::Numbers(Vec::new()),
        };
        learned.terms = terms;
        self.columns(table, rows, response, learned)
    }

    /// The same design on the rows of another table: its levels, means and scales are those of the first.
    ///
    /// The response may be missing: then it is NaN, as it is where the table has no such column.
    ///
    /// # Errors
    /// As [`Formula::design`]; a level that the first table did not have; a missing value anywhere but in the response.
    pub(crate) fn design_like<'t>(&self, table: &'t Table, learned: &Learned) -> Result<Design<'t>, ModelError> {
        let rows = self.complete_rows(table, &learned.terms, false, Missing::Error)?;
        let response = Response::Numbers(self.known_response(table, learned)?);
        self.columns(table, rows, response, learned.fixed())
    }

    /// The design on these rows.
    fn columns<'t>(
        &self,
        table: &'t Table,
        rows: Vec<usize>,
        response: Response,
        mut learned: Learned,
    ) -> Result<Design<'t>, ModelError> {
        let Block { names, terms, columns, references } =
            self.block(self.intercept, &learned.terms.clone(), table, &rows, &mut learned)?;
        let mut groups = Vec::new();
        groups.extend(self.smooths(table, &rows, &mut learned)?);
        let mut offset = None;
        for item in &self.items {
            match item {
                Item::Group(bar) => groups.extend(self.group(bar, table, &rows, &mut learned)?),
                Item::Offset(e, at) => {
                    let x = self.finite("offset", e, *at, table, &rows, &mut learned)?;
                    let sum = offset.get_or_insert_with(|| vec![0.0; rows.len()]);
                    sum.iter_mut().zip(x).for_each(|(o, x)| *o += x);
                }
                _ => {}
            }
        }
        if columns.is_empty() && groups.is_empty() {
            return Err(ModelError::NoTerms { formula: self.text.clone() });
        }
        let (mut trials, mut errors) = (None, None);
        if let Some((about, e, at)) = &self.about {
            let found = self.finite(about.name(), e, *at, table, &rows, &mut learned)?;
            *(if *about == About::Trials { &mut trials } else { &mut errors }) = Some(found);
        }
        let weights = match &self.weights {
            Some(name) if !learned.fixed => Some(rows.iter().map(|&r| table.numbers(name).map(|x| x[r])).collect()),
            _ => None,
        };
        let empty: Vec<&str> = learned.empty.iter().map(String::as_str).collect();
        if !empty.is_empty() {
            let which = listed(&empty, 8, empty.len());
            learned.tell(format!("Left out, as they are 0 in every row: {which}."));
        }
        let notes = std::mem::take(&mut learned.notes);
        Ok(Design {
            names,
            terms,
            columns,
            intercept: self.intercept,
            response,
            response_name: self.response.column().map_or_else(|| self.response.to_string(), str::to_string),
            weights: weights.transpose()?,
            rows,
            references,
            groups,
            offset,
            trials,
            errors,
            notes,
            learned,
        })
    }

    /// The columns of these terms.
    pub(super) fn block<'t>(
        &self,
        intercept: bool,
        terms: &[Vec<Factor>],
        table: &'t Table,
        rows: &[usize],
        learned: &mut Learned,
    ) -> Result<Block<'t>, ModelError> {
        let mut block = Block::default();
        // Factors by name: an index for each category, and its values once.
        let (mut known, mut met): (BTreeMap<String, (usize, Values<'t>)>, usize) = (BTreeMap::new(), 0);
        let place = terms.iter().map(|term| term_name(term)).collect::<Vec<_>>().join(" + ");
        let mut made = Made { place: format!("{} + {place}", u8::from(intercept)), ..Made::default() };
        if intercept {
            block.names.push("intercept".into());
            block.terms.push("intercept".into());
            block.columns.push(vec![1.0; rows.len()].into());
            made.used.entry(Vec::new()).or_default().insert(vec![]);
            made.by.entry(Vec::new()).or_default().push(Vec::new());
        }
        for (k, term) in terms.iter().enumerate() {
            for factor in term {
                if let Entry::Vacant(new) = known.entry(factor.to_string()) {
                    new.insert((met, self.values(factor, table, rows, learned)?));
                    met += 1;
                }
            }
            self.add_term(term, &known, &mut made, (table, rows), &mut block, learned)?;
            // Values that no later term has a use for are let go: a long table has no room for two of each.
            for factor in term.iter().filter(|factor| !terms[k + 1..].iter().any(|later| later.contains(factor))) {
                known.remove(&factor.to_string());
            }
        }
        Ok(block)
    }

    /// Appends the columns of one term.
    fn add_term<'t>(
        &self,
        term: &[Factor],
        known: &BTreeMap<String, (usize, Values<'t>)>,
        made: &mut Made,
        (table, rows): (&Table, &[usize]),
        design: &mut Block<'t>,
        learned: &mut Learned,
    ) -> Result<(), ModelError> {
        let n = rows.len();
        let factors: Vec<(String, usize, &Values<'t>)> =
            term.iter().map(Factor::to_string).filter_map(|n| known.get(&n).map(|(k, v)| (n, *k, v))).collect();
        let is_category = |v: &Values<'_>| matches!(v, Values::Labels(..));
        let categories: Vec<usize> = factors.iter().filter(|f| is_category(f.2)).map(|f| f.1).collect();
        let mut numeric: Vec<String> = factors.iter().filter(|f| !is_category(f.2)).map(|f| f.0.clone()).collect();
        numeric.sort_unstable();
        let term_name = term_name(term);
        for product in coding::products(made.used.entry(numeric.clone()).or_default(), &categories) {
            let mut columns: Vec<Product<'t>> = vec![(Vec::new(), None, Vec::new())];
            let times = |column: Option<&Cow<'t, [f64]>>, x: Cow<'t, [f64]>| match column {
                None => Some(x),
                Some(c) => Some(c.iter().zip(x.iter()).map(|(c, x)| c * x).collect::<Vec<f64>>().into()),
            };
            for (factor, index, values) in &factors {
                let coded = product.iter().find(|c| c.0 == *index);
                columns = match (values, coded) {
                    (Values::Numbers(x), _) => columns
                        .into_iter()
                        .map(|(names, column, of)| {
                            ([names, vec![factor.clone()]].concat(), times(column.as_ref(), x.clone()), of)
                        })
                        .collect(),
                    (Values::Columns(all), _) => all
                        .iter()
                        .enumerate()
                        .flat_map(|(k, x)| columns.iter().map(move |c| (k, x, c)))
                        .map(|(k, x, (names, column, of))| {
                            let names = [names.clone(), vec![format!("{factor}[{}]", k + 1)]].concat();
                            (names, times(column.as_ref(), x.clone().into()), of.clone())
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
                            .map(|(level, (names, column, of))| {
                                let is = |code: u32| if code as usize == level { 1.0 } else { 0.0 };
                                let names = [names.clone(), vec![format!("{factor}[{}]", levels[level])]].concat();
                                let indicator: Vec<f64> = codes.iter().map(|&code| is(code)).collect();
                                let of = [of.clone(), vec![(*index, level)]].concat();
                                (names, times(column.as_ref(), indicator.into()), of)
                            })
                            .collect()
                    }
                };
            }
            let mut out = BTreeSet::new();
            if product.len() > 1 {
                let labels: Vec<Category<'_>> = factors
                    .iter()
                    .filter_map(|(name, number, values)| match values {
                        Values::Labels(levels, codes) if product.iter().any(|c| c.0 == *number) => {
                            Some(Category { number: *number, name, levels, codes })
                        }
                        _ => None,
                    })
                    .collect();
                let mut new: Vec<Indicators> = Vec::new();
                let mut met = BTreeSet::new();
                new.extend(columns.iter().filter(|c| met.insert(&c.2)).map(|c| c.2.clone()));
                out = self.tied(term, &labels, (&numeric, &new), made, (table, rows), learned)?;
            }
            let (mut tied, mut kept) = (Vec::new(), BTreeSet::new());
            for (names, column, of) in columns {
                let name = names.join(":");
                if out.contains(&of) {
                    tied.push(name);
                    continue;
                }
                if let Some(column) = column.as_deref().filter(|_| factors.len() > 1 && !product.is_empty()) {
                    let seen = column.iter().position(|x| *x != 0.0);
                    if !learned.fixed && seen.is_none() {
                        learned.empty.insert(name.clone());
                    }
                    if learned.empty.contains(&name) {
                        match seen {
                            None => continue,
                            Some(k) => return Err(self.unseen(term, &name, table, rows[k]).into()),
                        }
                    }
                }
                design.names.push(name);
                design.terms.push(term_name.clone());
                design.columns.push(column.unwrap_or_else(|| vec![1.0; n].into()));
                kept.insert(of);
            }
            made.by.entry(numeric.clone()).or_default().extend(kept);
            if !tied.is_empty() {
                let which = listed(&tied, 8, tied.len());
                learned.tell(format!(
                    "Left out, as combinations of levels that no row has make them sums of other columns: {which}."
                ));
            }
            let count = design.columns.len();
            if count > MOST_COLUMNS || count * n * 8 > MOST_BYTES {
                return Err(ModelError::TooLarge { file: table.source().into(), rows: n, columns: count });
            }
        }
        Ok(())
    }

    /// The error that a new row has what no row had when the model was made.
    fn unseen(&self, term: &[Factor], name: &str, table: &Table, row: usize) -> FormulaError {
        let mut place = Span::default();
        term.iter().for_each(|factor| factor.columns(&mut |_, at| place = at));
        let (file, row) = (table.source(), table.line(row));
        let problem = format!("{file}, row {row}: {name} was 0 in every row of the fit, so it has no coefficient");
        FormulaError::new(&self.text, place, problem)
    }
}

/// Names of the factors of a column, the column, where none is one of ones, and its indicators.
type Product<'t> = (Vec<String>, Option<Cow<'t, [f64]>>, Indicators);
