//! DIGITS of whole numbers, where they say more than the numbers: zeros before them, and more of them than 53 bits hold.
//!
//! What the level of a cell is hangs on that cell alone: it is the number, however it is written (`1`, `+1`, `1.0`, `1e0`), or these
//! digits where the cell has them.
use super::NO_LABEL;
use std::collections::BTreeMap;

/// From here on not every whole number is one of `f64`: 2^53.
pub(super) const LARGE: u64 = 1 << 53;
/// Zeros before a number that a code has room for, and one more.
const ROOM: i128 = 256;

/// The digits of a column, in eight bytes a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Digits {
    /// 0 where the number says all. Otherwise what the whole number is more than the `f64`, times 256, less one more than the zeros
    /// before it. Of rows beyond the last the number says all.
    codes: Vec<i64>,
    /// The digits of rows for which that does not fit, with more than thirty digits or 254 zeros.
    long: BTreeMap<usize, Box<str>>,
}

impl Digits {
    /// Keeps those of a cell that is read as `x`, where they say more.
    pub(super) fn see(&mut self, row: usize, cell: &str, x: f64) {
        let Some((negative, digits)) = whole(cell, x) else { return };
        let zeros = digits.len() - digits.trim_start_matches('0').len().max(1);
        let size = digits.parse::<i128>().ok().map(|size| if negative { -size } else { size });
        let sign = if negative { "-" } else { "" };
        match size.and_then(|size| code(x, size, zeros)) {
            Some(code) => self.put(row, code),
            None => self.put_long(row, format!("{sign}{digits}")),
        }
    }
    /// Keeps a whole number that is rounded to `x`.
    pub(super) fn keep(&mut self, row: usize, whole: i128, x: f64) {
        match code(x, whole, 0) {
            Some(code) => self.put(row, code),
            None => self.put_long(row, whole.to_string()),
        }
    }
    fn put(&mut self, row: usize, code: i64) {
        if self.codes.len() <= row {
            self.codes.resize(row + 1, 0);
        }
        self.codes[row] = code;
    }
    fn put_long(&mut self, row: usize, digits: String) {
        self.long.insert(row, digits.into());
    }

    /// Whether the numbers say all.
    pub(super) fn are_none(&self) -> bool {
        self.long.is_empty() && self.codes.iter().all(|code| *code == 0)
    }
    /// Those of these rows.
    pub(super) fn only(&self, rows: &[usize]) -> Digits {
        let long = rows.iter().enumerate().filter_map(|(new, old)| Some((new, self.long.get(old)?.clone())));
        Digits { long: long.collect(), codes: rows.iter().map(|&row| self.code(row)).collect() }
    }

    /// The levels of the cells, which are read as `x`, by size and, of one size, those with most zeros first; and each row's,
    /// `NO_LABEL` without a value.
    pub(super) fn levels(&self, x: &[f64]) -> (Vec<String>, Vec<u32>) {
        // Large numbers in another form, such as 1e16, have the digits that they are shown with.
        let mut all = self.clone();
        for (row, x) in x.iter().enumerate().filter(|(_, x)| x.abs() >= LARGE as f64) {
            if self.code(row) == 0 && !self.long.contains_key(&row) {
                all.see(row, &x.to_string(), *x);
            }
        }
        // Minus zero is zero.
        let size = |row: usize| x[row] + 0.0;
        let digits = |row: usize| (all.code(row), all.long.get(&row));
        let order = |a: usize, b: usize| size(a).total_cmp(&size(b)).then_with(|| digits(a).cmp(&digits(b)));
        let mut rows: Vec<usize> = (0..x.len()).filter(|row| !x[*row].is_nan()).collect();
        rows.sort_unstable_by(|a, b| order(*a, *b));
        let (mut levels, mut codes) = (Vec::new(), vec![NO_LABEL; x.len()]);
        let mut before: Option<usize> = None;
        for row in rows {
            if before.is_none_or(|before| order(before, row).is_ne()) {
                levels.push(all.name(row, size(row)));
            }
            codes[row] = levels.len() as u32 - 1;
            before = Some(row);
        }
        (levels, codes)
    }
    fn code(&self, row: usize) -> i64 {
        self.codes.get(row).copied().unwrap_or(0)
    }
    /// What the cell of a row is called that is read as `x`.
    fn name(&self, row: usize, x: f64) -> String {
        match (self.long.get(&row), self.code(row)) {
            (Some(digits), _) => digits.to_string(),
            (None, 0) => x.to_string(),
            (None, code) => {
                let back = -i128::from(code);
                let whole = x as i128 - back.div_euclid(ROOM);
                let zeros = "0".repeat(back.rem_euclid(ROOM) as usize - 1);
                format!("{}{zeros}{}", if whole < 0 { "-" } else { "" }, whole.unsigned_abs())
            }
        }
    }
}

/// How a whole number with so many zeros before it, which is rounded to `x`, is kept, if it fits.
fn code(x: f64, whole: i128, zeros: usize) -> Option<i64> {
    let zeros = i128::try_from(zeros).ok().filter(|zeros| zeros + 1 < ROOM)?;
    let more = whole.checked_sub(x as i128)?.checked_mul(ROOM)?;
    i64::try_from(more.checked_sub(zeros + 1)?).ok()
}

/// The digits of a cell that is read as `x`, and whether a minus stands before them, if they say more than `x`.
fn whole(cell: &str, x: f64) -> Option<(bool, &str)> {
    let (negative, bare) = match cell.strip_prefix('-') {
        Some(bare) => (true, bare),
        None => (false, cell.strip_prefix('+').unwrap_or(cell)),
    };
    let padded = matches!(bare.as_bytes(), [b'0', next, ..] if next.is_ascii_digit());
    if !padded && x.abs() < LARGE as f64 {
        return None;
    }
    let (digits, part) = bare.split_once(['.', ',']).unwrap_or((bare, ""));
    let is_whole =
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && part.bytes().all(|byte| byte == b'0');
    is_whole.then_some((negative, digits))
}
/// Whether it is a whole number, written in digits, of which others may be the same number.
pub(super) fn is_large(cell: &str, x: f64) -> bool {
    x.abs() >= LARGE as f64 && whole(cell, x).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;
    use std::sync::Arc;

    fn digits(cells: &[&str]) -> (Digits, Vec<f64>) {
        let mut digits = Digits::default();
        let x: Vec<f64> = cells.iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
        cells.iter().zip(&x).enumerate().for_each(|(row, (cell, x))| digits.see(row, cell, *x));
        (digits, x)
    }
    /// The level of each cell, and the levels.
    fn levels(cells: &[&str]) -> (Vec<String>, Vec<String>) {
        let (digits, x) = digits(cells);
        let (levels, codes) = digits.levels(&x);
        let name = |code: &u32| levels.get(*code as usize).cloned().unwrap_or_default();
        (codes.iter().map(name).collect(), levels)
    }

    #[test]
    fn a_number_is_one_level_however_it_is_written() {
        for cells in [
            &["1", "1.0", "+1", "1e0", "1.", "10e-1"][..],
            &["100000", "1e5", "100000.00", "+1E5"],
            &["1.1", "1.10", "+1.1", "0.11e1", "01.1"],
            &["0", "-0", "0.0", "-0.0"],
            &["10000000000000000", "1e16", "10000000000000000.0", "+1e16"],
            &["100000000000000000000000", "1e23"],
            &["01", "01.0", "+01"],
        ] {
            let (each, all) = levels(cells);
            assert_eq!((all.len(), &each[0]), (1, &all[0]), "{cells:?}: {all:?}");
        }
        let (each, all) = levels(&["1", "1.0", "01", "NA", "001", "1e0", "2"]);
        assert_eq!(all, ["001", "01", "1", "2"]);
        assert_eq!(each, ["1", "1", "01", "", "001", "1", "2"]);
    }

    #[test]
    fn digits_that_say_more_are_kept_whatever_their_number() {
        let zeros = "0".repeat(300);
        let (padded, ones) = (format!("{zeros}7"), "1".repeat(40));
        let twos = format!("{}2", "1".repeat(39));
        for cell in [
            "01",
            "007",
            "-07",
            "00",
            "9007199254740993",
            "-9007199254740993",
            "9007199254740992",
            "18446744073709551615",
            "18446744073709551616",
            "00018446744073709551615",
            "12345678901234567890123456789012",
            "170141183460469231731687303715884105727",
            "340282366920938463463374607431768211455",
            padded.as_str(),
            ones.as_str(),
            twos.as_str(),
        ] {
            assert_eq!(levels(&[cell]).1, [cell]);
        }
        // Thirty-two of one `f64`, by size.
        let many: Vec<String> = (0..32).map(|k| (1_700_000_000_000_000_000_i64 + k).to_string()).collect();
        let cells: Vec<&str> = many.iter().rev().map(String::as_str).collect();
        assert_eq!(levels(&cells).1, many);
        assert!(digits(&cells).0.long.is_empty());
        assert_eq!(levels(&[&ones, &twos]).1.len(), 2);
    }

    #[test]
    fn numbers_alone_need_no_digits() {
        for cells in [&["1", "2.50", "0.5", "-3", "0", "1e300", "NA"][..], &["9007199254740991", "1e16", "00.5"]] {
            assert!(digits(cells).0.are_none(), "{cells:?}");
        }
        assert!(!digits(&["1", "01"]).0.only(&[1]).are_none());
        assert!(digits(&["1", "01"]).0.only(&[0]).are_none());
    }

    /// Eight bytes a row, shared by tables that differ in another column.
    #[test]
    fn other_numbers_in_one_column_copy_no_digits_of_the_others() {
        let rows: String = (0..50).map(|r| format!("{r},{}\n", 1_700_000_000_000_000_001_i64 + r)).collect();
        let table = Table::parse("d.csv", format!("y,t\n{rows}").as_bytes(), Default::default()).unwrap();
        let other = table.with_numbers("y", &[3], &[7.0]).unwrap();
        let kept = |table: &Table| table.column("t").unwrap().written.digits.clone().unwrap();
        assert!(Arc::ptr_eq(&kept(&table), &kept(&other)));
        assert_eq!((kept(&table).codes.len(), kept(&table).long.len()), (50, 0));
        assert!(table.column("y").unwrap().written.digits.is_none());
    }
}
