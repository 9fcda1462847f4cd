//! OBSERVATIONS of a mixed model: what it says of each row of its table, or of another with the same columns.
//!
//! A level that the model has not seen has no effect of its own in the mean; in a replicate its effects are drawn from their
//! population, the same for all rows of that level in a draw, and so they are in the density, whose mean over draws is then
//! that of a level not yet seen.
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
    /// Levels of a categorical or ordinal response; what stands before the names of each linear predictor's own, if it is categorical.
    pub(super) levels: Vec<String>,
    pub(super) predictors: Vec<String>,
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
    pub(super) model: Arc<Stated>,
    pub(super) tiles: Tiles,
    pub(super) groups: Vec<GroupDesign>,
    offset: Vec<f64>,
    trials: Vec<f64>,
    /// Standard errors, where they are known.
    errors: Option<Vec<f64>>,
    pub(super) weight: Vec<f64>,
    pub(super) response: Vec<f64>,
}

const ROWS: usize = Tiles::ROWS;
/// The randomness of effects over which a density is averaged.
const UNSEEN: u64 = 0x554e_5345_454e;
/// Grouping, level, and [draw, predictor] of an effect.
type Place = (usize, usize, [usize; 2]);

/// Standard deviations and correlations of groupings.
fn hyper(known: &[(usize, usize)]) -> usize {
    known.iter().map(|(k, _)| k * (k + 1) / 2).sum()
}

impl Stated {
    /// Group effects of one predictor.
    pub(super) fn effects(&self) -> usize {
        self.known.iter().map(|(k, known)| k * known).sum()
    }
    /// Place among the quantities of the first group effect of predictor c.
    fn first_effect(&self, c: usize) -> usize {
        let predictors = self.predictors.len().max(1);
        predictors * (self.columns.scale.len() + hyper(&self.known)) + self.own + c * self.effects()
    }
}

impl Rows {
    pub(super) fn new(model: Stated, design: Design<'_>, data: &Data) -> Rows {
        let (offset, trials) = (data.offset.clone(), data.trials.clone());
        let (errors, weight) = (design.errors, design.weights.unwrap_or_else(|| vec![1.0; data.rows()]));
        let tiles = tiled(data.rows(), data.p, &design.groups, |r, j| data.x[r * data.p + j]);
        Rows {
            model: Arc::new(model),
            tiles,
            groups: design.groups,
            offset,
            trials,
            errors,
            weight,
            response: data.y.clone(),
        }
    }

    /// Puts back what was taken from the columns of an ordinal: its reported cuts are those at zero.
    pub(super) fn uncentre(&mut self, raw: &[Vec<f64>]) {
        let columns = &self.model.columns;
        self.tiles = tiled(self.response.len(), raw.len(), &self.groups, |r, j| columns.standard(j, raw[j][r]));
    }

    /// Calls `see` with row, draw and what the row is given by; `out` gets the answers. `unknown` are the effects of new levels:
    /// of grouping, level, draw, predictor, into k numbers.
    pub(super) fn each(
        &self,
        rows: Range<usize>,
        theta: Batch<'_>,
        out: &mut [f64],
        unknown: impl Fn(usize, usize, [usize; 2], &mut [f64]),
        mut see: impl FnMut(usize, usize, Given<'_>) -> f64,
    ) {
        let (n, model) = (theta.n, &*self.model);
        let p = model.columns.scale.len();
        if rows.is_empty() || n == 0 {
            return;
        }
        let (predictors, effects) = (model.predictors.len().max(1), model.effects());
        let all = n * predictors;
        // Fixed effects, then those of smooths.
        let (mut dense, mut first) = (Vec::new(), 0);
        for ((k, known), group) in model.known.iter().zip(&self.groups) {
            dense.extend((first..first + known).filter(|_| group.smooth));
            first += k * known;
        }
        // A draw of several predictors goes through the tiles as so many draws.
        let mut gamma = vec![0.0; all * (p + dense.len())];
        for c in 0..predictors {
            for (j, from) in dense.iter().enumerate() {
                let from = theta.column(model.first_effect(c) + from);
                (0..n).for_each(|i| gamma[(p + j) * all + i * predictors + c] = from[i]);
            }
            for i in 0..n {
                let at = |j: usize| j * all + i * predictors + c;
                for j in 0..p {
                    gamma[at(j)] = theta.x[(c * p + j) * n + i] * model.columns.scale[j];
                }
                if model.intercept {
                    gamma[at(0)] += (1..p).map(|j| model.columns.shift[j] * gamma[at(j)]).sum::<f64>();
                }
            }
        }
        let own: Vec<f64> = (0..n * model.own).map(|k| theta.x[(p + k % model.own) * n + k / model.own]).collect();
        let (mut eta, mut at, mut scratch) = (vec![0.0; all * ROWS], vec![0.0; predictors], [0.0; super::term::MOST]);
        for tile in rows.start / ROWS..=(rows.end - 1) / ROWS {
            self.tiles.predict(tile, all, &gamma, &mut eta);
            for r in rows.start.max(tile * ROWS)..rows.end.min((tile + 1) * ROWS) {
                for i in 0..n {
                    for (c, at) in at.iter_mut().enumerate() {
                        *at = eta[(i * predictors + c) * ROWS + r % ROWS] + self.offset[r];
                        let from = &theta.x[model.first_effect(c) * n..][..effects * n];
                        *at += self.effect(r, from, (n, i), |t, level, u| unknown(t, level, [i, c], u), &mut scratch);
                    }
                    let own = match &self.errors {
                        Some(errors) => &errors[r..=r],
                        None if model.predictors.is_empty() => &own[i * model.own..(i + 1) * model.own],
                        None => &at,
                    };
                    out[(r - rows.start) * n + i] = see(r, i, Given { eta: at[0], trials: self.trials[r], own });
                }
            }
        }
    }

    /// What the group effects of one predictor, `from`, add to row r in draw i of n.
    fn effect(
        &self,
        r: usize,
        from: &[f64],
        (n, i): (usize, usize),
        unknown: impl Fn(usize, usize, &mut [f64]),
        scratch: &mut [f64],
    ) -> f64 {
        let (mut sum, mut first) = (0.0, 0);
        for (t, group) in self.groups.iter().enumerate() {
            let (k, known) = self.model.known[t];
            if !group.smooth {
                let level = group.codes[r] as usize;
                if level < known {
                    let each = group.columns.iter().enumerate();
                    sum += each.map(|(e, z)| z[r] * from[(first + e * known + level) * n + i]).sum::<f64>();
                } else {
                    unknown(t, level, &mut scratch[..k]);
                    sum += group.columns.iter().zip(&*scratch).map(|(z, u)| z[r] * u).sum::<f64>();
                }
            }
            first += k * known;
        }
        sum
    }

    /// Effects of a new level in a draw, from the population: u = diag(sd) C z.
    fn drawn(&self, key: u64, first: u64, theta: Batch<'_>, (t, level, [i, c]): Place, out: &mut [f64]) {
        let (k, model) = (out.len(), &*self.model);
        let predictors = model.predictors.len().max(1);
        let before =
            predictors * model.columns.scale.len() + model.own + c * hyper(&model.known) + hyper(&model.known[..t]);
        let at = |q: usize| theta.x[(before + q) * theta.n + i];
        let mut factor = vec![0.0; k * k];
        let mut next = k;
        for row in 0..k {
            for column in 0..row {
                factor[row * k + column] = at(next);
                next += 1;
            }
            factor[row * k + row] = 1.0;
        }
        let correlations = factor.clone();
        if steepest_kernels::cholesky(k, &mut factor).is_err() {
            factor = semidefinite(k, &correlations);
        }
        let group = &self.groups[t];
        let predictor = super::assign::before(model.predictors.get(c));
        let name = format!("{predictor}{}[{}]", group.name, group.levels[level]);
        let mut dice = Dice::of_level(key, first + i as u64, &name);
        let z: Vec<f64> = (0..k).map(|_| dice.normal()).collect();
        for (row, u) in out.iter_mut().enumerate() {
            *u = at(row) * (0..=row).map(|c| factor[row * k + c] * z[c]).sum::<f64>();
        }
    }
}

/// The lower factor of a correlation matrix, row-major, that is singular to rounding, as that of an intercept far from the rows and a slope
/// is: what is left of an effect beside those before it is not below zero.
fn semidefinite(k: usize, correlations: &[f64]) -> Vec<f64> {
    let mut factor = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..=i {
            let known: f64 = (0..j).map(|m| factor[i * k + m] * factor[j * k + m]).sum();
            let rest = correlations[i * k + j] - known;
            factor[i * k + j] = match factor[j * k + j] {
                _ if i == j => rest.max(0.0).sqrt(),
                pivot if pivot > 0.0 => rest / pivot,
                _ => 0.0,
            };
        }
    }
    factor
}

/// Fixed columns and those of smooths, in tiles.
fn tiled(n: usize, p: usize, groups: &[GroupDesign], fixed: impl Fn(usize, usize) -> f64) -> Tiles {
    let bends: Vec<&Vec<f64>> = groups.iter().filter(|g| g.smooth).flat_map(|g| &g.columns).collect();
    Tiles::new(n, p + bends.len(), |r, j| if j < p { fixed(r, j) } else { bends[j - p][r] })
}

/// A new level without an effect of its own.
pub(super) fn none(_: usize, _: usize, _: [usize; 2], out: &mut [f64]) {
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
        let drawn =
            |t: usize, level: usize, at: [usize; 2], u: &mut [f64]| self.drawn(UNSEEN, 0, theta, (t, level, at), u);
        self.each(rows, theta, out, drawn, |r, _, given| self.weight[r] * family.ln_density(self.response[r], given));
    }
    fn mean(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        let (family, n, levels) = (self.model.family, theta.n, self.model.levels.len());
        if levels == 0 {
            return self.each(rows, theta, out, none, |_, _, given| family.mean(given));
        }
        let mut share = vec![0.0; rows.len() * n];
        for k in 0..levels {
            self.each(rows.clone(), theta, &mut share, none, |_, _, given| family.ln_density(k as f64, given).exp());
            for (out, share) in out.chunks_exact_mut(levels * n).zip(share.chunks_exact(n)) {
                out[k * n..(k + 1) * n].copy_from_slice(share);
            }
        }
    }
    fn levels(&self) -> &[String] {
        &self.model.levels
    }
    fn ordered(&self) -> bool {
        self.model.family == Family::Ordinal
    }
    fn replicate(&self, rows: Range<usize>, key: u64, first: u64, theta: Batch<'_>, out: &mut [f64]) {
        let drawn =
            |t: usize, level: usize, at: [usize; 2], u: &mut [f64]| self.drawn(key, first, theta, (t, level, at), u);
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
        super::checks::standard_errors(&design, *family, table)?;
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
            errors: design.errors,
            weight: vec![1.0; n],
            groups: design.groups,
            response,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::semidefinite;

    /// A matrix of rank one, and one of rank two whose third effect is the mean of the others.
    #[test]
    fn singular_correlations_have_a_factor() {
        assert_eq!(semidefinite(2, &[1.0, 0.0, -1.0, 1.0]), [1.0, 0.0, -1.0, 0.0]);
        let half = 0.5f64.sqrt();
        let factor = semidefinite(3, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, half, half, 1.0]);
        let expected = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, half, half, 0.0];
        assert!(factor.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-8), "{factor:?}");
    }
}
