//! ROWS: a likelihood of independent rows, in one pass over tiles of the table that serves a block of chains.
use super::data::{Data, Group};
use super::kernel::{Kernel, Tile};
use std::ops::Range;
use steepest_core::Workspace;
use steepest_kernels::{Tiles, simd, total};

pub(super) const ROWS: usize = Tiles::ROWS;

/// The table in tiles. Rows that pad the last tile have weight 0 and the response of the first row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) kernel: Kernel,
    pub(super) tiles: Tiles,
    response: Vec<f64>,
    pub(super) weight: Vec<f64>,
    pub(super) trials: Vec<f64>,
    /// Whether a tile has 64 rows that stand for one observation each.
    plain: Vec<bool>,
    pub(super) offset: Option<Vec<f64>>,
    groups: Vec<Group>,
    /// Places in v of what the tiles have a column of, were there one predictor: the fixed effects, then those of smooths.
    dense: Vec<usize>,
    /// Linear predictors, and the fixed effects and group effects of each.
    predictors: usize,
    fixed: usize,
    effects: usize,
}

impl Rows {
    pub(super) fn new(kernel: Kernel, data: &Data, predictors: usize) -> Rows {
        let data = data.sorted();
        let (p, mut dense, mut bends) = (data.p, (0..data.p).collect::<Vec<_>>(), Vec::new());
        for g in data.groups.iter().filter(|g| g.smooth) {
            dense.extend(p + g.first..p + g.first + g.levels);
            bends.extend(&g.columns);
        }
        let tiles =
            Tiles::new(data.rows(), dense.len(), |r, j| if j < p { data.x[r * p + j] } else { bends[j - p][r] });
        let padded = tiles.tiles() * ROWS;
        let pad = |x: &[f64], with: f64| {
            let mut x = x.to_vec();
            x.resize(padded, with);
            x
        };
        let groups = data.groups.iter().filter(|g| !g.smooth).map(|g| {
            let mut codes = g.codes.clone();
            codes.resize(padded, 0);
            Group { codes, columns: g.columns.iter().map(|c| pad(c, 0.0)).collect(), ..*g }
        });
        let (weight, trials) = (pad(&data.weight, 0.0), pad(&data.trials, data.trials[0]));
        let single = |all: &[f64]| all.iter().all(|x| *x == 1.0);
        let plain = weight.chunks_exact(ROWS).zip(trials.chunks_exact(ROWS)).map(|(w, n)| single(w) && single(n));
        Rows {
            plain: plain.collect(),
            response: pad(&data.y, data.y[0]),
            weight,
            trials,
            offset: data.offset.iter().any(|o| *o != 0.0).then(|| pad(&data.offset, 0.0)),
            groups: groups.collect(),
            predictors,
            fixed: data.p,
            dense,
            effects: data.effects(),
            kernel,
            tiles,
        }
    }

    /// energy[m] += -log p(y | v of chain m) for each of n chains; adds its slopes in v, and in the family's own coordinates.
    ///
    /// One chain after another: v and its slopes, gamma then effects, each one predictor after another; `own` the parameters.
    /// A chain of several predictors goes through the tiles as so many chains.
    pub(super) fn evaluate(
        &self,
        n: usize,
        v: &[f64],
        own: &[f64],
        energy: &mut [f64],
        mut slopes: Option<(&mut [f64], &mut [f64])>,
        work: &mut Workspace,
    ) {
        let (width, owned) = (v.len() / n, own.len() / n);
        let (k, all) = (self.predictors, n * self.predictors);
        let mut gamma = work.take(self.dense.len() * all);
        // An ordinal without predictors has cuts alone.
        for (m, v) in v.chunks_exact(width.max(1)).enumerate() {
            self.each_dense(|c, j, at| gamma[j * all + m * k + c] = v[at]);
        }
        let mut by_gamma = work.take(self.dense.len() * all);
        let mut lanes = work.take(if slopes.is_some() { 8 * by_gamma.len() } else { 0 });
        let mut eta = work.take(all * ROWS);
        let mut scratch = work.take(Kernel::SCRATCH * ROWS);
        for tile in 0..self.tiles.tiles() {
            let at = tile * ROWS..(tile + 1) * ROWS;
            self.tiles.predict(tile, all, &gamma, &mut eta);
            for (m, predictors) in eta.chunks_exact_mut(k * ROWS).enumerate() {
                for (c, row) in predictors.chunks_exact_mut(ROWS).enumerate() {
                    if let Some(offset) = &self.offset {
                        row.iter_mut().zip(&offset[at.clone()]).for_each(|(e, o)| *e += o);
                    }
                    self.gather(at.start, &v[m * width + self.first_effect(c)..][..self.effects], row);
                }
                let rows = Tile {
                    y: &self.response[at.clone()],
                    weight: &self.weight[at.clone()],
                    trials: &self.trials[at.clone()],
                    plain: self.plain[tile],
                    own: &own[m * owned..(m + 1) * owned],
                    eta: predictors,
                    scratch: &mut scratch,
                };
                let by_own = slopes.as_mut().map(|s| &mut s.1[m * owned..(m + 1) * owned]);
                energy[m] += self.kernel.tile(rows, by_own);
                if let Some((out, _)) = &mut slopes {
                    for (c, row) in predictors.chunks_exact(ROWS).enumerate() {
                        self.scatter(at.start, row, &mut out[m * width + self.first_effect(c)..][..self.effects]);
                    }
                }
            }
            if slopes.is_some() {
                self.tiles.pull(tile, all, &eta, lanes.as_chunks_mut().0);
            }
        }
        if slopes.is_some() {
            total(lanes.as_chunks().0, &mut by_gamma);
        }
        for m in 0..n {
            let by_own = slopes.as_mut().map(|s| &mut s.1[m * owned..(m + 1) * owned]);
            energy[m] += self.kernel.rest(&own[m * owned..(m + 1) * owned], by_own);
            if let Some((out, _)) = &mut slopes {
                self.each_dense(|c, j, at| out[m * width + at] += by_gamma[j * all + m * k + c]);
            }
        }
        [scratch, eta, lanes, by_gamma, gamma].into_iter().for_each(|buffer| work.give(buffer));
    }

    /// Whether a row has one linear predictor.
    pub(super) fn is_single(&self) -> bool {
        self.predictors == 1
    }
    /// Place in v of the first effect of predictor c.
    fn first_effect(&self, c: usize) -> usize {
        self.predictors * self.fixed + c * self.effects
    }
    /// Calls `see` with each predictor, column of the tiles and place in v.
    fn each_dense(&self, mut see: impl FnMut(usize, usize, usize)) {
        for c in 0..self.predictors {
            for (j, &at) in self.dense.iter().enumerate() {
                let place = if at < self.fixed { c * self.fixed + at } else { self.first_effect(c) + at - self.fixed };
                see(c, j, place);
            }
        }
    }

    /// Calls `see` with the levels of 64 rows, what each of these has of an effect, and the places of the effects.
    #[inline(always)]
    fn each_effect(&self, start: usize, mut see: impl FnMut(&[u32], &[f64], Range<usize>)) {
        for group in &self.groups {
            for (i, z) in group.columns.iter().enumerate() {
                let first = group.first + i * group.levels;
                let rows = start..start + ROWS;
                see(&group.codes[rows.clone()], &z[rows], first..first + group.levels);
            }
        }
    }
    /// Adds the effects of 64 rows to their predictors.
    fn gather(&self, start: usize, effects: &[f64], row: &mut [f64]) {
        simd(
            #[inline(always)]
            || {
                self.each_effect(
                    start,
                    #[inline(always)]
                    |codes, z, at| {
                        let u = &effects[at];
                        for ((e, z), &code) in row.iter_mut().zip(z).zip(codes) {
                            *e = z.mul_add(u[code as usize], *e);
                        }
                    },
                );
            },
        );
    }
    /// Adds the slopes of 64 rows to those of their effects.
    fn scatter(&self, start: usize, residual: &[f64], out: &mut [f64]) {
        simd(
            #[inline(always)]
            || {
                self.each_effect(
                    start,
                    #[inline(always)]
                    |codes, z, at| {
                        let out = &mut out[at];
                        // Rows come in runs of one level: each run is summed before it is stored.
                        let (mut level, mut sum) = (codes[0] as usize, 0.0);
                        for ((e, z), &code) in residual.iter().zip(z).zip(codes) {
                            if code as usize != level {
                                out[level] += sum;
                                (level, sum) = (code as usize, 0.0);
                            }
                            sum = e.mul_add(*z, sum);
                        }
                        out[level] += sum;
                    },
                );
            },
        );
    }
}
