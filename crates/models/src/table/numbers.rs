//! NUMBERS of a column: the cells of a text as they come, and how they were written where the numbers do not say it.
use super::cell::{Cell, Mark};
use super::digits::{Digits, is_large};
use std::sync::Arc;

/// What the numbers of a column do not say of its cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Written {
    /// The digits of whole numbers, where some say more than the numbers do: `01` beside `1`, whole numbers beyond 2^53.
    pub(super) digits: Option<Arc<Digits>>,
    /// Row and word of the first whole number beyond 2^53.
    pub(super) large: Option<(usize, String)>,
    /// Those of the first with a decimal comma, and with a decimal point where it might be one for thousands.
    pub(super) comma: Option<(usize, String)>,
    pub(super) point: Option<(usize, String)>,
    /// Those of the first that is infinite.
    pub(super) infinite: Option<(usize, String)>,
}
impl Written {
    /// The same with these digits, if there are any.
    pub(super) fn with(self, digits: Digits) -> Written {
        Written { digits: (!digits.are_none()).then(|| Arc::new(digits)), ..self }
    }
    fn see(&mut self, row: usize, cell: &str, x: f64, mark: Mark) {
        let first = |kept: &mut Option<(usize, String)>| {
            if kept.is_none() {
                *kept = Some((row, cell.to_string()));
            }
        };
        match mark {
            Mark::None => {}
            Mark::Point => first(&mut self.point),
            Mark::Comma => first(&mut self.comma),
        }
        if x.is_infinite() {
            first(&mut self.infinite);
        }
        if is_large(cell, x) {
            first(&mut self.large);
        }
    }
}

/// A column so far.
#[derive(Default)]
pub(super) struct Numbers {
    /// NaN where there is no number.
    pub(super) x: Vec<f64>,
    pub(super) written: Written,
    pub(super) digits: Digits,
    /// The line of the first cell in quotes that goes on after they close.
    pub(super) slip: Option<u64>,
    /// Cells that are numbers, that are blank among numbers, that are words, and the row of the first of these.
    numbers: usize,
    blanks: usize,
    strays: usize,
    stray: Option<usize>,
}
impl Numbers {
    pub(super) fn push(&mut self, text: &str, cell: Cell) {
        let row = self.x.len();
        let mut number = f64::NAN;
        match cell {
            Cell::Missing => {}
            Cell::Blank => self.blanks += 1,
            Cell::Word => {
                if self.stray.is_none() {
                    // Labels are told apart by their words.
                    (self.stray, self.digits) = (Some(row), Digits::default());
                }
                self.strays += 1;
            }
            Cell::Number(x, mark) => {
                number = x;
                self.numbers += 1;
                if self.stray.is_none() {
                    self.written.see(row, text, x, mark);
                    self.digits.see(row, text, x);
                }
            }
        }
        self.x.push(number);
    }
    /// Whether the column holds labels, of which the words are needed.
    pub(super) fn are_labels(&self) -> bool {
        self.strays > 0 || (self.numbers == 0 && self.blanks > 0)
    }
    /// The row of the first cell that is no number, where most are numbers.
    pub(super) fn stray(&self) -> Option<usize> {
        self.stray.filter(|_| self.strays < self.numbers)
    }
}
