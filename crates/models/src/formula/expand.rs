//! EXPANDING a formula: its terms, as they are added and taken away, `.` being the columns that nothing else uses.
use super::token::Span;
use super::{Expression, Factor, Formula, FormulaError, Item};
use crate::regression::ModelError;
use crate::table::Table;

impl Formula {
    /// The terms, with `.` filled in; every column that any part of the formula names exists.
    pub(super) fn expand(&self, table: &Table) -> Result<Vec<Vec<Factor>>, ModelError> {
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
