//! OBSERVATIONS of a mixed model: what it says of each row of its table, or of another with the same columns.
//!
//! A level that the model has not seen has no effect of its own in the mean and in the density; in a replicate its effects are
//! drawn from their population, the same for all rows of that level in a draw.
use super::data::Data;
use super::prepare::divide_by;
use crate::formula::{Design, Formula, GroupDesign, Learned};
use crate::law::{Dice, Given};
use crate::observations::Observations;
use crate::regression::{self, Columns, Family, ModelError};
use crate::table::Table;
use std::ops::Range;
use std::sync::Arc;
use steepest_core::Batch;
use steepest_kernels::Tiles;

/// What does not depend on the rows.
#[derive(Debug)]
pub(super) struct Stated {
    pub(super) formula: Formula,
    pub(super) learned: Learned,
    pub(super) family: Family,
    /// What the columns of group effects are divided by.
    pub(super) divisors: Vec<Vec<f64>>,
    /// Own parameters of the family.
    pub(super) own: usize,
    /// Effects and known levels of each grouping.
    pub(super) known: Vec<(usize, usize)>,
    pub(super) intercept: bool,
    pub(super) columns: Columns,
}

/// The rows in use.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    model: Arc<Stated>,
    tiles: Tiles,
    groups: Vec<GroupDesign>,
    offset: Vec<f64>,
    trials: Vec<f64>,
    weight: Vec<f64>,
    response: Vec<f64>,
}

const ROWS: usize = Tiles::ROWS;

impl Rows {
    pub(super) fn new(model: Stated, design: Design<'_>, data: &Data) -> Rows {
        let (offset, trials, weight) = (data.offset.clone(), data.trials.clone(), data.weight.clone());
        let tiles = tiled(data.rows(), data.p, &design.groups, |r, j| data.x[r * data.p + j]);
        Rows { model: Arc::new(model), tiles, groups: design.groups, offset, trials, weight, response: data.y.clone() }
    }

    /// Puts back what was taken from the columns of an ordinal: its reported cuts are those at zero.
    pub(super) fn uncentre(&mut self, raw: &[Vec<f64>]) {
        let columns = &self.model.columns;
        self.tiles = tiled(self.response.len(), raw.len(), &self.groups, |r, j| columns.standard(j, raw[j][r]));
    }

    /// Calls `see` with row, draw and what the row is given by; `out` gets the answers. `unknown` are the effects of new levels:
    /// of grouping, level, draw, into k numbers.
    fn each(
        &self,
        rows: Range<usize>,
        theta: Batch<'_>,
        out: &mut [f64],
        unknown: impl Fn(usize, usize, usize, &mut [f64]),
        see: impl Fn(usize, usize, Given<'_>) -> f64,
    ) {
        let (n, model) = (theta.n, &*self.model);
        let p = model.columns.scale.len();
        if rows.is_empty() || n == 0 {
            return;
        }
        let hyper: usize = model.known.iter().map(|(k, _)| k * (k + 1) / 2).sum();
        // Fixed effects, then those of smooths.
        let (mut dense, mut first) = (Vec::new(), p + model.own + hyper);
        for ((k, known), group) in model.known.iter().zip(&self.groups) {
            dense.extend((first..first + known).filter(|_| group.smooth));
            first += k * known;
        }
        let mut gamma = vec![0.0; n * (p + dense.len())];
        for (to, from) in gamma[n * p..].chunks_exact_mut(n).zip(dense) {
            to.copy_from_slice(theta.column(from));
        }
        for i in 0..n {
            for j in 0..p {
                gamma[j * n + i] = theta.x[j * n + i] * model.columns.scale[j];
            }
            if model.intercept {
                gamma[i] += (1..p).map(|j| model.columns.shift[j] * gamma[j * n + i]).sum::<f64>();
            }
        }
        let own: Vec<f64> = (0..n * model.own).map(|k| theta.x[(p + k % model.own) * n + k / model.own]).collect();
        let (mut eta, mut effects) = (vec![0.0; n * ROWS], [0.0; super::term::MOST]);
        for tile in rows.start / ROWS..=(rows.end - 1) / ROWS {
            self.tiles.predict(tile, n, &gamma, &mut eta);
            for r in rows.start.max(tile * ROWS)..rows.end.min((tile + 1) * ROWS) {
                for i in 0..n {
                    let mut at = eta[i * ROWS + r % ROWS] + self.offset[r];
                    let mut first = p + model.own + hyper;
                    for (t, group) in self.groups.iter().enumerate() {
                        let (k, known) = model.known[t];
                        if group.smooth {
                            first += known;
                            continue;
                        }
                        let level = group.codes[r] as usize;
                        if level < known {
                            for (e, z) in group.columns.iter().enumerate() {
                                at += z[r] * theta.x[(first + e * known + level) * n + i];
                            }
                        } else {
                            unknown(t, level, i, &mut effects[..k]);
                            at += group.columns.iter().zip(&effects).map(|(z, u)| z[r] * u).sum::<f64>();
                        }
                        first += k * known;
                    }
                    let own = &own[i * model.own..(i + 1) * model.own];
                    out[(r - rows.start) * n + i] = see(r, i, Given { eta: at, trials: self.trials[r], own });
                }
            }
        }
    }

    /// Effects of a new level in a draw, from the population: u = diag(sd) C z.
    fn drawn(&self, key: u64, first: u64, theta: Batch<'_>, (t, level, i): (usize, usize, usize), out: &mut [f64]) {
        let (k, model) = (out.len(), &*self.model);
        let before: usize = model.known[..t].iter().map(|(k, _)| k * (k + 1) / 2).sum();
        let at = |q: usize| theta.x[(model.columns.scale.len() + model.own + before + q) * theta.n + i];
        let mut factor = vec![0.0; k * k];
        let mut next = k;
        for row in 0..k {
            for column in 0..row {
                factor[row * k + column] = at(next);
                next += 1;
            }
            factor[row * k + row] = 1.0;
        }
        if steepest_kernels::cholesky(k, &mut factor).is_err() {
            factor = (0..k * k).map(|m| f64::from(u8::from(m / k == m % k))).collect();
        }
        let group = &self.groups[t];
        let mut dice = Dice::of_level(key, first + i as u64, &format!("{}[{}]", group.name, group.levels[level]));
        let z: Vec<f64> = (0..k).map(|_| dice.normal()).collect();
        for (row, u) in out.iter_mut().enumerate() {
            *u = at(row) * (0..=row).map(|c| factor[row * k + c] * z[c]).sum::<f64>();
        }
    }
}

/// Fixed columns and those of smooths, in tiles.
fn tiled(n: usize, p: usize, groups: &[GroupDesign], fixed: impl Fn(usize, usize) -> f64) -> Tiles {
    let bends: Vec<&Vec<f64>> = groups.iter().filter(|g| g.smooth).flat_map(|g| &g.columns).collect();
    Tiles::new(n, p + bends.len(), |r, j| if j < p { fixed(r, j) } else { bends[j - p][r] })
}

/// A new level without an effect of its own.
fn none(_: usize, _: usize, _: usize, out: &mut [f64]) {
    out.fill(0.0);
}

impl Observations for Rows {
    fn rows(&self) -> usize {
        self.response.len()
    }
    fn response(&self) -> &[f64] {
        &self.response
    }
    fn log_likelihood(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        let family = self.model.family;
        self.each(rows, theta, out, none, |r, _, given| self.weight[r] * family.ln_density(self.response[r], given));
    }
    fn mean(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        self.each(rows, theta, out, none, |_, _, given| self.model.family.mean(given));
    }
    fn replicate(&self, rows: Range<usize>, key: u64, first: u64, theta: Batch<'_>, out: &mut [f64]) {
        let drawn = |t: usize, level: usize, i: usize, u: &mut [f64]| self.drawn(key, first, theta, (t, level, i), u);
        self.each(rows, theta, out, drawn, |r, i, given| {
            self.model.family.draw(given, &mut Dice::new(key, first + i as u64, r as u64))
        });
    }
    fn on(&self, table: &Table) -> Result<Box<dyn Observations>, ModelError> {
        let Stated { formula, learned, family, columns, divisors, .. } = &*self.model;
        let mut design = formula.design_like(table, learned)?;
        if *family == Family::Ordinal && design.intercept {
            design.columns.remove(0);
        }
        let response = regression::known(*family, &design, table)?;
        let (x, p, n) = (columns.standardised(&design), columns.scale.len(), response.len());
        for (group, by) in design.groups.iter_mut().zip(divisors) {
            group.columns.iter_mut().zip(by).for_each(|(column, by)| divide_by(column, *by));
        }
        Ok(Box::new(Rows {
            model: Arc::clone(&self.model),
            tiles: tiled(n, p, &design.groups, |r, j| x[r * p + j]),
            offset: design.offset.unwrap_or_else(|| vec![0.0; n]),
            trials: design.trials.unwrap_or_else(|| vec![1.0; n]),
            weight: vec![1.0; n],
            groups: design.groups,
            response,
        }))
    }
}
