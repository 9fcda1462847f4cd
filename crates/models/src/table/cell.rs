//! CELLS of a text: what each says by itself, before it is known what its column holds.

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing, whatever the column holds.
    Missing,
    /// Nothing in a column of numbers; a word in a column of words.
    Blank,
    /// A number, and what stands before its decimals.
    Number(f64, Mark),
    /// Something else.
    Word,
}

/// What stands before the decimals of a number, where that is in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Point,
    Comma,
}

impl Cell {
    /// Reads a trimmed cell, in which a comma may be a decimal mark where `commas` says so.
    pub(super) fn read(cell: &str, commas: bool) -> Cell {
        if is_missing(cell) {
            return Cell::Missing;
        }
        if let Ok(x) = cell.parse::<f64>() {
            let mark = if commas && cell.contains('.') { Mark::Point } else { Mark::None };
            return if x.is_nan() { Cell::Missing } else { Cell::Number(x, mark) };
        }
        if commas
            && cell.matches(',').count() == 1
            && !cell.contains('.')
            && let Ok(x) = cell.replace(',', ".").parse::<f64>()
        {
            return Cell::Number(x, Mark::Comma);
        }
        // What Stata, SAS and Python write; of a column of words both may be words.
        if cell == "." || cell.eq_ignore_ascii_case("none") { Cell::Blank } else { Cell::Word }
    }
}

/// Whether a cell has no value, whatever its column holds.
pub(super) fn is_missing(cell: &str) -> bool {
    // Most cells are numbers, and numbers are told by their first byte.
    matches!(cell.as_bytes().first(), None | Some(b'n' | b'N' | b'#' | b'<'))
        && (cell.is_empty()
            || ["na", "n/a", "nan", "null", "#n/a", "#na", "<na>"].iter().any(|word| cell.eq_ignore_ascii_case(word)))
}
