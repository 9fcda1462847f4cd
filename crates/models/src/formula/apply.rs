//! APPLYING a formula to a table: the response and the named columns of the design.
use super::groups::GroupDesign;
use super::values::{Learned, Values};
use super::{About, Expression, Factor, Formula, FormulaError, Item, coding, term_name, token::Span};
use crate::regression::ModelError;
use crate::table::Table;
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
    /// (alphabetical; by size where the column holds numbers); where the terms before do not span that level, for it too.
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
        let mut used: BTreeMap<Vec<String>, BTreeSet<Vec<usize>>> = BTreeMap::new();
        if intercept {
            block.names.push("intercept".into());
            block.terms.push("intercept".into());
            block.columns.push(vec![1.0; rows.len()].into());
            used.entry(Vec::new()).or_default().insert(vec![]);
        }
        for (k, term) in terms.iter().enumerate() {
            for factor in term {
                if let Entry::Vacant(new) = known.entry(factor.to_string()) {
                    new.insert((met, self.values(factor, table, rows, learned)?));
                    met += 1;
                }
            }
            self.add_term(term, &known, &mut used, (table, rows.len()), &mut block)?;
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
        used: &mut BTreeMap<Vec<String>, BTreeSet<Vec<usize>>>,
        (table, n): (&Table, usize),
        design: &mut Block<'t>,
    ) -> Result<(), ModelError> {
        let factors: Vec<(String, usize, &Values<'t>)> =
            term.iter().map(Factor::to_string).filter_map(|n| known.get(&n).map(|(k, v)| (n, *k, v))).collect();
        let is_category = |v: &Values<'_>| matches!(v, Values::Labels(..));
        let categories: Vec<usize> = factors.iter().filter(|f| is_category(f.2)).map(|f| f.1).collect();
        let mut numeric: Vec<String> = factors.iter().filter(|f| !is_category(f.2)).map(|f| f.0.clone()).collect();
        numeric.sort_unstable();
        let name = term_name(term);
        for product in coding::products(used.entry(numeric).or_default(), &categories) {
            let mut columns: Vec<Product<'t>> = vec![(Vec::new(), None)];
            let times = |column: Option<&Cow<'t, [f64]>>, x: Cow<'t, [f64]>| match column {
                None => Some(x),
                Some(c) => Some(c.iter().zip(x.iter()).map(|(c, x)| c * x).collect::<Vec<f64>>().into()),
            };
            for (factor, index, values) in &factors {
                let coded = product.iter().find(|c| c.0 == *index);
                columns = match (values, coded) {
                    (Values::Numbers(x), _) => columns
                        .into_iter()
                        .map(|(names, column)| {
                            ([names, vec![factor.clone()]].concat(), times(column.as_ref(), x.clone()))
                        })
                        .collect(),
                    (Values::Columns(all), _) => all
                        .iter()
                        .enumerate()
                        .flat_map(|(k, x)| columns.iter().map(move |c| (k, x, c)))
                        .map(|(k, x, (names, column))| {
                            let names = [names.clone(), vec![format!("{factor}[{}]", k + 1)]].concat();
                            (names, times(column.as_ref(), x.clone().into()))
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
                                let names = [names.clone(), vec![format!("{factor}[{}]", levels[level])]].concat();
                                let indicator: Vec<f64> = codes.iter().map(|&code| of(code)).collect();
                                (names, times(column.as_ref(), indicator.into()))
                            })
                            .collect()
                    }
                };
            }
            for (names, column) in columns {
                design.names.push(names.join(":"));
                design.terms.push(name.clone());
                design.columns.push(column.unwrap_or_else(|| vec![1.0; n].into()));
            }
            let count = design.columns.len();
            if count > MOST_COLUMNS || count * n * 8 > MOST_BYTES {
                return Err(ModelError::TooLarge { file: table.source().into(), rows: n, columns: count });
            }
        }
        Ok(())
    }

    /// The terms, with `.` filled in; every column that any part of the formula names exists.
    fn expand(&self, table: &Table) -> Result<Vec<Vec<Factor>>, ModelError> {
        let mut spoken_for = Vec::new();
        let mut unknown = None;
        let mut check = |name: &str, at: Span| {
            if let (None, Err(e)) = (&unknown, table.column(name)) {
                unknown = Some(FormulaError::in_table(&self.text, at, e));
            }
        };
        self.response.columns(&mut |name, at| {
            spoken_for.push(name.to_string());
            check(name, at);
        });
        for item in &self.items {
            match item {
                Item::Add(term) | Item::Remove(term) => term.iter().for_each(|f| f.columns(&mut check)),
                Item::Group(bar) => {
                    spoken_for.extend(bar.by.iter().map(|(name, _)| name.clone()));
                    bar.columns(&mut check);
                }
                Item::Offset(e, _) => e.columns(&mut |name, at| {
                    spoken_for.push(name.to_string());
                    check(name, at);
                }),
                Item::Rest => {}
            }
        }
        if let Some((_, e, _)) = &self.about {
            e.columns(&mut |name, at| {
                spoken_for.push(name.to_string());
                check(name, at);
            });
        }
        if let Some(e) = unknown {
            return Err(e.into());
        }
        if let Some(name) = &self.weights {
            table.column(name)?;
            spoken_for.push(name.clone());
        }
        let rest: Vec<&str> = table.names().filter(|n| !spoken_for.iter().any(|r| r == n)).collect();
        Ok(terms(&self.items, &rest))
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
                    // `C(x) + .` and `s(x) + .` do not bring x in a second time.
                    let already = |t: &Vec<Factor>| match t.as_slice() {
                        [Factor::Category(n, _) | Factor::Curve(_, Expression::Column(n, _), _)] => n == name,
                        _ => false,
                    };
                    if !terms.iter().any(already) {
                        add(&mut terms, vec![Factor::Column(name.to_string(), Span::default())]);
                    }
                }
            }
            Item::Group(_) | Item::Offset(..) => {}
        }
    }
    terms.sort_by_key(Vec::len);
    terms
}

/// Names of the factors of a column, and the column; none is a column of ones.
type Product<'t> = (Vec<String>, Option<Cow<'t, [f64]>>);
