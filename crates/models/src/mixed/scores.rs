//! SCORES of a mixed model: the slope of each row's log density in the coordinates that are moved.
use super::observations::{self, none};
use super::posterior::{Halfway, Posterior};
use super::slopes::Slopes;
use std::ops::Range;
use steepest_core::{Batch, Workspace};
use steepest_kernels::Tiles;

const ROWS: usize = Tiles::ROWS;

impl observations::Rows {
    /// by_v <- the slopes of row r in gamma and in the effects that are told, given those in its predictors and the columns of its tile.
    fn scatter(&self, r: usize, columns: &[f64], by_eta: &[f64], by_v: &mut [f64]) {
        let (p, effects) = (self.model.columns.scale.len(), self.model.effects());
        let column = |j: usize| columns[j * ROWS + r % ROWS];
        by_v.fill(0.0);
        let (by_gamma, by_u) = by_v.split_at_mut(by_eta.len() * p);
        for (c, slope) in by_eta.iter().enumerate() {
            by_gamma[c * p..(c + 1) * p].iter_mut().enumerate().for_each(|(j, by)| *by = slope * column(j));
            let by_u = &mut by_u[c * effects..(c + 1) * effects];
            let (mut first, mut bend) = (0, p);
            for ((k, known), group) in self.model.known.iter().zip(&self.groups) {
                let by_u = &mut by_u[first..first + k * known];
                if group.smooth {
                    by_u.iter_mut().enumerate().for_each(|(i, by)| *by = slope * column(bend + i));
                    bend += known;
                } else {
                    let level = group.codes[r] as usize;
                    let each = by_u.chunks_exact_mut((*known).max(1)).zip(&group.columns);
                    each.for_each(|(by, z)| by[level] = slope * z[r]);
                }
                first += k * known;
            }
        }
    }
}

impl Posterior {
    /// `out[r * d + j]` <- the slope of the log density of row r in coordinate j.
    ///
    /// Slopes in gamma, effects and own parameters become slopes in x by an affine map: of the priors is what zeros become.
    pub(super) fn scores(&self, of: &observations::Rows, rows: Range<usize>, x: &[f64], out: &mut [f64]) {
        let (l, d, work) = (self.layout(), x.len(), &mut Workspace::default());
        if rows.is_empty() || d == 0 {
            return;
        }
        let (first, predictors) = (rows.start, of.model.predictors.len().max(1));
        let mut theta = vec![0.0; d];
        self.report(Batch { n: 1, d, x }, &mut theta, work);
        let mut state = [l.p, l.p + l.effects, l.own, l.places].map(|len| vec![0.0; len]);
        let [w, v, own, places] = &mut state;
        let mut halfway = Halfway::of(&l, 0, [w, v, own, places]);
        self.there(&l, x, &mut halfway, &mut vec![0.0; l.p]);
        let (mut by_v, mut by_own, mut scratch) =
            (vec![0.0; l.p + l.effects], vec![0.0; l.own], vec![0.0; self.scratch()]);
        let mut priors = vec![0.0; d];
        self.back(&l, x, &mut halfway, [&mut by_v, &mut by_own], &mut priors, &mut scratch);

        let columns = of.tiles.columns();
        let unit: Vec<f64> = (0..columns * columns).map(|k| f64::from(u8::from(k / columns == k % columns))).collect();
        let (mut tile, mut held) = (vec![0.0; columns * ROWS], usize::MAX);
        let mut slopes = Slopes::new(of.model.family, predictors, l.own);
        let mut by_eta = vec![0.0; predictors];
        let theta = Batch { n: 1, d, x: &theta };
        of.each(rows.clone(), theta, &mut vec![0.0; rows.len()], none, |r, _, given| {
            if held != r / ROWS {
                held = r / ROWS;
                // Column j of the tile is what the j-th unit vector predicts.
                of.tiles.predict(held, columns, &unit, &mut tile);
            }
            slopes.at((of.response[r], of.weight[r]), given, &mut by_eta, &mut by_own);
            of.scatter(r, &tile, &by_eta, &mut by_v);
            let mut by_u = &mut by_v[l.p..];
            for term in &self.terms {
                let (of_term, later) = by_u.split_at_mut(term.effects());
                term.pull_effects(of_term);
                by_u = later;
            }
            self.own.lift(&by_own, |j, slope| by_v[j] += slope / self.fixed.scale[j]);
            let score = &mut out[(r - first) * d..][..d];
            self.back(&l, x, &mut halfway, [&mut by_v, &mut by_own], score, &mut scratch);
            score.iter_mut().zip(&priors).for_each(|(score, prior)| *score -= prior);
            0.0
        });
    }
}
