//! THIN: rows of a long run, thinned evenly as they come, so that their number stays bounded.
use steepest_core::{Archive, Persist};

/// Every 2^k-th row, with the least k for which no more than `most` are kept: a function of how many came, not of when.
#[derive(Clone, Debug)]
pub(super) struct Thin {
    width: usize,
    most: usize,
    stride: u64,
    seen: u64,
    /// The rows, one after the other.
    pub(super) rows: Vec<f64>,
}
impl Thin {
    /// For rows of `width` numbers.
    pub(super) fn new(width: usize, most: usize) -> Self {
        Thin { width: width.max(1), most: most.max(1), stride: 1, seen: 0, rows: Vec::new() }
    }
    pub(super) fn push(&mut self, row: &[f64]) {
        while self.seen.is_multiple_of(self.stride) && self.rows.len() == self.most * self.width {
            self.stride *= 2;
            self.rows = self.rows.chunks_exact(self.width).step_by(2).flatten().copied().collect();
        }
        if self.seen.is_multiple_of(self.stride) {
            self.rows.extend_from_slice(row);
        }
        self.seen += 1;
    }
    /// One number of every row.
    pub(super) fn column(&self, k: usize) -> Vec<f64> {
        self.rows.iter().skip(k).step_by(self.width).copied().collect()
    }
}
impl Persist for Thin {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { width: _, most: _, stride, seen, rows } = self;
        stride.pass(archive)?;
        seen.pass(archive)?;
        rows.pass(archive)
    }
}

#[cfg(test)]
mod tests {
    use super::Thin;

    #[test]
    fn every_so_many_th_row_is_kept() {
        for (count, stride) in [(7usize, 1), (8, 1), (9, 2), (16, 2), (17, 4), (1000, 128)] {
            let mut thin = Thin::new(2, 8);
            (0..count).for_each(|t| thin.push(&[t as f64, -(t as f64)]));
            let expected: Vec<f64> = (0..count).step_by(stride).map(|t| t as f64).collect();
            assert_eq!(thin.column(0), expected, "{count}");
            assert!(thin.column(1).iter().zip(&expected).all(|(a, b)| *a == -b));
        }
    }
}
