//! KEPT: every response that predictions are made from, as one array of draws by rows.
use crate::config::memory::available;
use crate::{Problem, SpecError};
use steepest_record::Array;

/// The array while it is filled, row of the table by row of the table.
#[derive(Debug)]
pub(super) struct Kept {
    draws: usize,
    rows: usize,
    values: Vec<f64>,
}
impl Kept {
    /// Room for so many.
    ///
    /// # Errors
    /// Memory does not hold them.
    pub(super) fn new(draws: usize, rows: usize) -> Result<Kept, SpecError> {
        Kept::within(available().unwrap_or(1 << 40) as f64, draws, rows)
    }
    fn within(limit: f64, draws: usize, rows: usize) -> Result<Kept, SpecError> {
        let bytes = 8.0 * draws as f64 * rows as f64;
        let beyond = || {
            let (needed, there) = (bytes / 1e9, limit / 1e9);
            let message =
                format!("{draws} draws of {rows} rows would need {needed:.1} GB of memory, and there are {there:.1}");
            Problem::new(message).note("predict fewer rows at a time, or from a run of fewer draws")
        };
        let mut values: Vec<f64> = Vec::new();
        let numbers = draws.checked_mul(rows).filter(|_| bytes <= limit).ok_or_else(beyond)?;
        values.try_reserve_exact(numbers).map_err(|_| beyond())?;
        values.resize(numbers, f64::NAN);
        Ok(Kept { draws, rows, values })
    }
    /// Takes what was drawn of row r of the table.
    pub(super) fn take(&mut self, r: usize, drawn: &[f64]) {
        let column = self.values.iter_mut().skip(r).step_by(self.rows.max(1));
        column.zip(drawn).for_each(|(place, y)| *place = *y);
    }
    /// The array.
    pub(super) fn array(self) -> Array {
        Array { name: "draws".into(), shape: vec![self.draws, self.rows], values: self.values }
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn a_row_of_the_table_is_a_column() {
        let mut kept = Kept::within(48.0, 2, 3).unwrap();
        kept.take(2, &[5.0, 6.0]);
        kept.take(0, &[1.0, 2.0]);
        kept.take(1, &[3.0, 4.0]);
        let array = kept.array();
        assert_eq!((array.shape, array.values), (vec![2, 3], vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0]));
    }
    #[test]
    fn what_memory_does_not_hold_is_said_with_its_size() {
        let error = Kept::within(16e9, 4000, 1_000_000).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("4000 draws of 1000000 rows would need 32.0 GB of memory, and there are 16.0"), "{said}");
        assert!(said.contains("predict fewer rows at a time, or from a run of fewer draws"), "{said}");
        assert_eq!(error.exit_code(), 2);
        assert!(Kept::within(f64::INFINITY, usize::MAX, 2).is_err());
    }
}
