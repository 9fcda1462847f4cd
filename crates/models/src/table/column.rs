//! COLUMN: the numbers or labels of one name, and its cells as levels.
use super::numbers::Written;
use super::{NO_LABEL, TableError};
use std::borrow::Cow;

/// One named column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) cells: Cells,
    /// What its numbers do not say of its cells.
    pub(super) written: Written,
    /// Why it cannot be used, where it cannot.
    pub(super) fault: Option<Box<TableError>>,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cells {
    /// Numbers; NaN where there is no value.
    Numbers(Vec<f64>),
    /// Categories in alphabetical order, and the index of each cell's; `NO_LABEL` where there is none.
    Labels {
        levels: Vec<String>,
        codes: Vec<u32>,
        /// The first cell that is no number, where most of the column's cells are numbers: probably a slip of the pen.
        stray: Option<(usize, String)>,
    },
}

impl Column {
    pub(super) fn new(name: String, cells: Cells) -> Column {
        Column { name, cells, written: Written::default(), fault: None }
    }
    pub(super) fn len(&self) -> usize {
        match &self.cells {
            Cells::Numbers(x) => x.len(),
            Cells::Labels { codes, .. } => codes.len(),
        }
    }
    /// Whether row `row` has no value.
    pub(crate) fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Numbers(x) => x[row].is_nan(),
            Cells::Labels { codes, .. } => codes[row] == NO_LABEL,
        }
    }
    /// The first row with an infinite number, and the cell as it was written.
    pub(crate) fn infinite(&self) -> Option<(usize, String)> {
        let Cells::Numbers(x) = &self.cells else { return None };
        let row = x.iter().position(|x| x.is_infinite())?;
        let cell = self.written.infinite.as_ref().filter(|(first, _)| *first == row).map(|(_, cell)| cell.clone());
        Some((row, cell.unwrap_or_else(|| x[row].to_string())))
    }
    /// Whether digits tell some of its levels apart, which are one number.
    pub(crate) fn by_digits(&self) -> bool {
        self.written.digits.is_some()
    }
    /// The cells as levels, and each row's, `NO_LABEL` without a value: labels in alphabetical order, numbers by size. A number is one
    /// level however it is written, but for zeros before whole numbers and those beyond 2^53, which go by their digits.
    pub(crate) fn levels(&self) -> (Cow<'_, [String]>, Cow<'_, [u32]>) {
        let x = match &self.cells {
            Cells::Labels { levels, codes, .. } => {
                return (Cow::Borrowed(levels.as_slice()), Cow::Borrowed(codes.as_slice()));
            }
            Cells::Numbers(x) => x,
        };
        if let Some(digits) = &self.written.digits {
            let (levels, codes) = digits.levels(x);
            return (Cow::Owned(levels), Cow::Owned(codes));
        }
        // Minus zero is zero.
        let mut values: Vec<f64> = x.iter().map(|x| x + 0.0).filter(|x| !x.is_nan()).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        let place = |x: f64| values.binary_search_by(|known| known.total_cmp(&x)).map_or(NO_LABEL, |at| at as u32);
        let codes: Vec<u32> = x.iter().map(|x| if x.is_nan() { NO_LABEL } else { place(x + 0.0) }).collect();
        (Cow::Owned(values.iter().map(f64::to_string).collect()), Cow::Owned(codes))
    }
}
