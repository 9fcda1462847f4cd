//! OBSERVATIONS of a regression: what it says of each row of its table, or of another with the same columns.
use super::coordinates::Coordinates;
use super::prepare::Columns;
use super::{Family, ModelError, family};
use crate::formula::{Formula, Learned};
use crate::law::{Dice, Given};
use crate::observations::Observations;
use crate::table::Table;
use std::ops::Range;
use std::sync::Arc;
use steepest_core::Batch;
use steepest_kernels::Tiles;

/// The rows, standardised as those the regression was made on.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    model: Arc<Stated>,
    pub(super) tiles: Arc<Tiles>,
    pub(super) response: Vec<f64>,
}

/// What does not depend on the rows.
#[derive(Debug)]
pub(super) struct Stated {
    pub(super) formula: Formula,
    pub(super) learned: Learned,
    pub(super) family: Family,
    /// Centres and scales; without the data.
    pub(super) columns: Columns,
    pub(super) coordinates: Coordinates,
}

const ROWS: usize = Tiles::ROWS;

impl Rows {
    /// From standardised columns.
    pub(super) fn new(model: Stated, tiles: Arc<Tiles>, response: Vec<f64>) -> Rows {
        Rows { tiles, model: Arc::new(model), response }
    }

    /// Calls `see` with row, draw and what the row is given by; `out` gets the answers.
    fn each(
        &self,
        rows: Range<usize>,
        theta: Batch<'_>,
        out: &mut [f64],
        see: impl Fn(usize, usize, Given<'_>) -> f64,
    ) {
        let (n, Stated { columns, coordinates, family, .. }) = (theta.n, &*self.model);
        let p = columns.scale.len();
        if rows.is_empty() || n == 0 {
            return;
        }
        let (mut gamma, mut beta, mut at) = (vec![0.0; n * p], vec![0.0; p], vec![0.0; p]);
        for i in 0..n {
            beta.iter_mut().enumerate().for_each(|(j, b)| *b = theta.x[j * n + i]);
            coordinates.standardise(&beta, &mut at);
            at.iter().enumerate().for_each(|(j, g)| gamma[j * n + i] = *g);
        }
        let own = (*family == Family::Gaussian).then(|| theta.column(p));
        let mut eta = vec![0.0; n * ROWS];
        for tile in rows.start / ROWS..=(rows.end - 1) / ROWS {
            self.tiles.predict(tile, n, &gamma, &mut eta);
            for r in rows.start.max(tile * ROWS)..rows.end.min((tile + 1) * ROWS) {
                for i in 0..n {
                    let own = own.map_or(&[][..], |sigma| &sigma[i..=i]);
                    let given = Given { eta: eta[i * ROWS + r % ROWS], trials: 1.0, own };
                    out[(r - rows.start) * n + i] = see(r, i, given);
                }
            }
        }
    }
}

impl Observations for Rows {
    fn rows(&self) -> usize {
        self.response.len()
    }
    fn response(&self) -> &[f64] {
        &self.response
    }
    fn log_likelihood(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        self.each(rows, theta, out, |r, _, given| self.model.family.ln_density(self.response[r], given));
    }
    fn mean(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        self.each(rows, theta, out, |_, _, given| self.model.family.mean(given));
    }
    fn replicate(&self, rows: Range<usize>, key: u64, first: u64, theta: Batch<'_>, out: &mut [f64]) {
        self.each(rows, theta, out, |r, i, given| {
            self.model.family.draw(given, &mut Dice::new(key, first + i as u64, r as u64))
        });
    }
    fn on(&self, table: &Table) -> Result<Box<dyn Observations>, ModelError> {
        let Stated { formula, learned, family, columns, .. } = &*self.model;
        let design = formula.design_like(table, learned)?;
        let response = family::known(*family, &design, table)?;
        let tiles = Arc::new(columns.tiles(response.len(), design.columns, self.tiles.precision()));
        Ok(Box::new(Rows { model: Arc::clone(&self.model), tiles, response }))
    }
}
