//! WORDS of a column: each once, and which of them every cell has.
use super::cell::is_missing;
use super::{Cells, NO_LABEL};
use std::collections::HashMap;

/// A column so far, as labels: each word once, and the place of every cell's.
#[derive(Default)]
pub(super) struct Words {
    places: HashMap<String, u32>,
    codes: Vec<u32>,
}

impl Words {
    pub(super) fn push(&mut self, cell: &str) {
        if is_missing(cell) {
            return self.codes.push(NO_LABEL);
        }
        let place = self.places.get(cell).copied().unwrap_or_else(|| {
            let next = self.places.len() as u32;
            self.places.insert(cell.to_string(), next);
            next
        });
        self.codes.push(place);
    }

    /// So many cells, levels in alphabetical order; `stray` is the row of one that is no number among numbers.
    pub(super) fn labels(mut self, rows: usize, stray: Option<usize>) -> Cells {
        self.codes.resize(rows, NO_LABEL);
        let mut levels: Vec<(String, u32)> = self.places.into_iter().collect();
        levels.sort_unstable();
        let (levels, codes) = renumbered(levels, &self.codes);
        let stray = stray.and_then(|row| Some((row, levels.get(codes[row] as usize)?.clone())));
        Cells::Labels { levels, codes, stray }
    }
}

/// Words in order, each with its place until now, and codes that go by the order.
fn renumbered(levels: Vec<(String, u32)>, codes: &[u32]) -> (Vec<String>, Vec<u32>) {
    let places = levels.iter().map(|(_, old)| *old as usize + 1).max().unwrap_or(0);
    let mut new = vec![NO_LABEL; places];
    levels.iter().enumerate().for_each(|(at, (_, old))| new[*old as usize] = at as u32);
    let codes = codes.iter().map(|&code| new.get(code as usize).copied().unwrap_or(NO_LABEL)).collect();
    (levels.into_iter().map(|(word, _)| word).collect(), codes)
}
