//! GROUPS: `(1 + x | g)`, the effects that every level of a grouping has, and their columns on a table.
use super::apply::Block;
use super::kin::{Kin, kin};
use super::token::Span;
use super::values::{Learned, levels_of};
use super::{Factor, Formula, term_name};
use crate::regression::ModelError;
use crate::table::{NO_LABEL, Table};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// One bar of a formula, `/` written out: (x | g/h) is two of these.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    /// Whether every level has an intercept.
    pub(super) intercept: bool,
    pub(super) terms: Vec<Vec<Factor>>,
    /// Whether the effects of a level are correlated: `|`, not `||`.
    pub(super) correlated: bool,
    /// The columns whose values together name the level.
    pub(super) by: Vec<(String, Span)>,
}

/// The effects of one grouping on the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupDesign {
    /// `g`, or `g:h`.
    pub name: String,
    /// What the effects of a level multiply: `1`, `x`, `C(job)[b]`.
    pub effects: Vec<String>,
    /// One column an effect.
    pub columns: Vec<Vec<f64>>,
    /// Whether the effects of a level are correlated.
    pub correlated: bool,
    /// Names of the levels; those after `known` were not in the table that the model was made on.
    pub levels: Vec<String>,
    /// Levels that the model knows.
    pub known: usize,
    /// Index of each row's level.
    pub codes: Vec<u32>,
    /// Whether it is what bends a smooth term: then the levels are functions of which every row has a value. There is one
    /// effect, one column a level, and no `codes`.
    pub smooth: bool,
    /// How the columns hang together; empty in a smooth.
    pub(crate) kin: Vec<Option<Kin>>,
}

impl Bar {
    /// `g`, or `g:h`.
    pub(super) fn grouping(&self) -> String {
        self.by.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(":")
    }
    /// Calls `see` with every column the bar uses.
    pub(super) fn columns<'a>(&'a self, see: &mut impl FnMut(&'a str, Span)) {
        self.terms.iter().flatten().for_each(|f| f.columns(see));
        self.by.iter().for_each(|(name, at)| see(name, *at));
    }
}

/// `(1 + x | g)`
impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}", u8::from(self.intercept))?;
        self.terms.iter().try_for_each(|term| write!(f, " + {}", term_name(term)))?;
        write!(f, " {} {})", if self.correlated { "|" } else { "||" }, self.grouping())
    }
}

impl Formula {
    /// The effects of one bar on these rows; independent ones come apart, each as a grouping of its own.
    pub(super) fn group(
        &self,
        bar: &Bar,
        table: &Table,
        rows: &[usize],
        learned: &mut Learned,
    ) -> Result<Vec<GroupDesign>, ModelError> {
        let name = bar.grouping();
        let labels = joined(bar, table, rows)?;
        for (name, _) in &bar.by {
            learned.tell_levels(name, table)?;
        }
        let known = match learned.fixed {
            true => learned.groups.get(&name).cloned().unwrap_or_default(),
            false => labels.levels.clone(),
        };
        let places: HashMap<&str, usize> = known.iter().enumerate().map(|(at, label)| (label.as_str(), at)).collect();
        let mut levels = known.clone();
        let mut renumbered = Vec::new();
        for label in &labels.levels {
            let at = places.get(label.as_str()).copied().unwrap_or(levels.len());
            if at == levels.len() {
                levels.push(label.clone());
            }
            renumbered.push(at as u32);
        }
        let codes: Vec<u32> = labels.codes.iter().map(|&code| renumbered[code as usize]).collect();
        if known.len() < 2 {
            return Err(ModelError::OneLevel { group: name, level: known.first().cloned().unwrap_or_default() });
        }
        learned.groups.insert(name.clone(), known.clone());
        let Block { names, terms, columns, .. } = self.block(bar.intercept, &bar.terms, table, rows, learned)?;
        let effect = |column: &str| if column == "intercept" { "1".to_string() } else { column.to_string() };
        let all = GroupDesign {
            name,
            effects: names.iter().map(|n| effect(n)).collect(),
            columns: columns.into_iter().map(Cow::into_owned).collect(),
            correlated: bar.correlated,
            known: known.len(),
            levels,
            codes,
            smooth: false,
            kin: kin(&bar.terms, &terms),
        };
        if all.correlated || all.effects.len() == 1 {
            return Ok(vec![all]);
        }
        let alone = |((effect, column), kin): ((&String, &Vec<f64>), &Option<Kin>)| GroupDesign {
            effects: vec![effect.clone()],
            columns: vec![column.clone()],
            kin: vec![kin.clone()],
            ..all.clone()
        };
        Ok(all.effects.iter().zip(&all.columns).zip(&all.kin).map(alone).collect())
    }
}

/// Levels of several columns together, in the order of the first, then of the second, and each row's.
struct Joined {
    levels: Vec<String>,
    codes: Vec<u32>,
}

fn joined(bar: &Bar, table: &Table, rows: &[usize]) -> Result<Joined, ModelError> {
    let mut so_far = Joined { levels: vec![String::new()], codes: vec![0; rows.len()] };
    for (k, (name, _)) in bar.by.iter().enumerate() {
        let (levels, codes) = levels_of(name, table, rows)?;
        let count = levels.len();
        let pair: Vec<usize> =
            so_far.codes.iter().zip(&codes).map(|(&a, &b)| a as usize * count + b as usize).collect();
        let mut present = pair.clone();
        present.sort_unstable();
        present.dedup();
        let label = |pair: &usize| match k {
            0 => levels[pair % count].clone(),
            _ => format!("{}:{}", so_far.levels[pair / count], levels[pair % count]),
        };
        let code = |pair: &usize| present.binary_search(pair).map_or(NO_LABEL, |at| at as u32);
        so_far = Joined { levels: present.iter().map(label).collect(), codes: pair.iter().map(code).collect() };
    }
    Ok(so_far)
}
