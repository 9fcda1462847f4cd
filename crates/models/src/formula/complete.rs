//! COMPLETE rows of a table: those with a value in every column that a formula uses.
use super::token::Span;
use super::{Factor, Formula, Item, Missing};
use crate::table::{Table, TableError};
use std::collections::BTreeSet;

impl Formula {
    /// Rows with a finite value in every column that is used, the response's among them where it `counts`.
    pub(super) fn complete_rows(
        &self,
        table: &Table,
        terms: &[Vec<Factor>],
        counts: bool,
        missing: Missing,
    ) -> Result<Vec<usize>, TableError> {
        let mut names = BTreeSet::new();
        let mut see = |name: &str, _: Span| {
            names.insert(name.to_string());
        };
        if counts {
            self.response.columns(&mut see);
            self.weights.iter().for_each(|name| see(name, Span::default()));
        }
        for item in &self.items {
            match item {
                Item::Group(bar) => bar.columns(&mut see),
                Item::Offset(e, _) => e.columns(&mut see),
                _ => {}
            }
        }
        self.about.iter().for_each(|(_, e, _)| e.columns(&mut see));
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
            if let Some((r, cell)) = column.infinite() {
                let (row, column) = (table.line(r), name.to_string());
                return Err(TableError::NotFinite { file, row, column, cell });
            }
        }
        if !gaps.is_empty() && missing == Missing::Error {
            return Err(table.missing(gaps, &complete));
        }
        let rows: Vec<usize> = (0..table.rows()).filter(|&r| complete[r]).collect();
        if rows.is_empty() { Err(TableError::AllMissing { file, rows: table.rows() }) } else { Ok(rows) }
    }
}
