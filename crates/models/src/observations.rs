//! OBSERVATIONS: what a model says of each row of its table, as a function of the quantities it reports.
use crate::{ModelError, Table};
use std::ops::Range;
use steepest_core::Batch;

/// The rows behind a likelihood. Everything is a function of the reported quantities: of draws as they are recorded.
///
/// `theta.x[k * n + i]` is quantity k, in the order of [`Model::names`](crate::Model::names), at draw i of n; results are
/// `out[r * n + i]`, r counting from the start of `rows`. A row that stands for several observations (weights, trials) is one.
pub trait Observations: Sync {
    /// Rows in use.
    fn rows(&self) -> usize;
    /// The row of the table, from 0, that row r of those in use is.
    fn place(&self, r: usize) -> usize {
        r
    }
    /// The response of each row; the index of its level where it has labels; NaN where it is not known.
    fn response(&self) -> &[f64];
    /// out <- log p(y_r | theta_i), normalised over y.
    fn log_likelihood(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]);
    /// Whether that is known to be normalised, rather than up to a constant of each row that another model need not have.
    fn normalised(&self) -> bool {
        true
    }
    /// Whether that is of probabilities and not of densities, where it was found by adding up over all responses.
    fn discrete(&self) -> Option<bool> {
        None
    }
    /// The levels of a response that is one of several; none where the response is a number.
    fn levels(&self) -> &[String] {
        &[]
    }
    /// Whether the levels go from the least to the greatest.
    fn ordered(&self) -> bool {
        false
    }
    /// out <- E[y_r | theta_i]; where there are K levels, the probability of each: level k of row r at `out[(r K + k) n + i]`.
    fn mean(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]);
    /// out <- a draw of y_r given theta_i, a pure function of (key, first + i, r): draw number `first` is draw 0 of `theta`.
    fn replicate(&self, rows: Range<usize>, key: u64, first: u64, theta: Batch<'_>, out: &mut [f64]);
    /// Whether a response can be drawn at all; where not, replicates are NaN.
    fn drawable(&self) -> bool {
        true
    }
    /// Whether the law of a row depends on the responses of rows before it.
    fn sequential(&self) -> bool {
        false
    }
    /// As [`replicate`](Observations::replicate), the responses of earlier rows being those that were observed.
    fn one_step(&self, rows: Range<usize>, key: u64, first: u64, theta: Batch<'_>, out: &mut [f64]) {
        self.replicate(rows, key, first, theta, out);
    }
    /// The same model on the rows of another table, whose response may be missing.
    ///
    /// # Errors
    /// Columns, levels or values that the model cannot use.
    fn on(&self, table: &Table) -> Result<Box<dyn Observations>, ModelError>;
}
