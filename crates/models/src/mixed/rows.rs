//! ROWS: a likelihood of independent rows, in one pass over tiles of the table that serves a block of chains.
use super::data::{Data, Group};
use super::kernel::Kernel;
use steepest_core::Workspace;
use steepest_kernels::Tiles;

pub(super) const ROWS: usize = Tiles::ROWS;

/// The table in tiles. Rows that pad the last tile have weight 0 and the response of the first row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    kernel: Kernel,
    tiles: Tiles,
    response: Vec<f64>,
    weight: Vec<f64>,
    trials: Vec<f64>,
    offset: Option<Vec<f64>>,
    groups: Vec<Group>,
    /// Linear predictors a row has.
    predictors: usize,
    /// Fixed effects and group effects of each predictor.
    fixed: usize,
    effects: usize,
}

impl Rows {
    pub(super) fn new(kernel: Kernel, data: &Data) -> Rows {
        let data = data.sorted();
        let tiles = Tiles::new(data.rows(), data.p, |r, j| data.x[r * data.p + j]);
        let padded = tiles.tiles() * ROWS;
        let pad = |x: &[f64], with: f64| {
            let mut x = x.to_vec();
            x.resize(padded, with);
            x
        };
        let groups = data.groups.iter().map(|g| {
            let mut codes = g.codes.clone();
            codes.resize(padded, 0);
            Group { codes, columns: g.columns.iter().map(|c| pad(c, 0.0)).collect(), ..*g }
        });
        Rows {
            response: pad(&data.y, data.y[0]),
            weight: pad(&data.weight, 0.0),
            trials: pad(&data.trials, data.trials[0]),
            offset: data.offset.iter().any(|o| *o != 0.0).then(|| pad(&data.offset, 0.0)),
            groups: groups.collect(),
            predictors: kernel.predictors(),
            fixed: data.p,
            effects: data.effects(),
            kernel,
            tiles,
        }
    }

    /// energy[m] += -log p(y | v of chain m) for each of n chains; adds its slopes in v, and in the family's own coordinates.
    ///
    /// One chain after another: v and its slopes predictor by predictor, each gamma then effects; `own` the parameters.
    pub(super) fn evaluate(
        &self,
        n: usize,
        v: &[f64],
        own: &[f64],
        energy: &mut [f64],
        mut slopes: Option<(&mut [f64], &mut [f64])>,
        work: &mut Workspace,
    ) {
        let (p, one, owned) = (self.fixed, self.fixed + self.effects, own.len() / n);
        let width = one * self.predictors;
        let mut gamma = work.take(self.predictors * p * n);
        for m in 0..n {
            for d in 0..self.predictors {
                let from = &v[m * width + d * one..][..p];
                from.iter().enumerate().for_each(|(j, g)| gamma[(d * p + j) * n + m] = *g);
            }
        }
        let mut by_gamma = work.take(gamma.len());
        let mut eta = work.take(self.predictors * n * ROWS);
        let mut chain = work.take(self.predictors * ROWS);
        let mut scratch = work.take(Kernel::SCRATCH * ROWS);
        for tile in 0..self.tiles.tiles() {
            let at = tile * ROWS..(tile + 1) * ROWS;
            for d in 0..self.predictors {
                let eta = &mut eta[d * n * ROWS..(d + 1) * n * ROWS];
                self.tiles.predict(tile, n, &gamma[d * p * n..(d + 1) * p * n], eta);
            }
            for m in 0..n {
                for (d, row) in chain.chunks_exact_mut(ROWS).enumerate() {
                    row.copy_from_slice(&eta[(d * n + m) * ROWS..][..ROWS]);
                    if let Some(offset) = &self.offset {
                        row.iter_mut().zip(&offset[at.clone()]).for_each(|(e, o)| *e += o);
                    }
                    self.gather(at.start, &v[m * width + d * one + p..][..self.effects], row);
                }
                let own = &own[m * owned..(m + 1) * owned];
                let [y, weight, trials] = [&self.response, &self.weight, &self.trials].map(|x| &x[at.clone()]);
                let by_own = slopes.as_mut().map(|s| &mut s.1[m * owned..(m + 1) * owned]);
                energy[m] += self.kernel.tile([y, weight, trials], own, &mut chain, by_own, &mut scratch);
                if let Some((out, _)) = &mut slopes {
                    for (d, row) in chain.chunks_exact(ROWS).enumerate() {
                        eta[(d * n + m) * ROWS..][..ROWS].copy_from_slice(row);
                        self.scatter(at.start, row, &mut out[m * width + d * one + p..][..self.effects]);
                    }
                }
            }
            if slopes.is_some() {
                for d in 0..self.predictors {
                    let (residual, out) = (&eta[d * n * ROWS..], &mut by_gamma[d * p * n..]);
                    self.tiles.pull(tile, n, 1.0, &residual[..n * ROWS], &mut out[..p * n]);
                }
            }
        }
        for m in 0..n {
            let own_slopes = slopes.as_mut().map(|s| &mut s.1[m * owned..(m + 1) * owned]);
            energy[m] += self.kernel.rest(&own[m * owned..(m + 1) * owned], own_slopes);
            if let Some((out, _)) = &mut slopes {
                for d in 0..self.predictors {
                    let to = &mut out[m * width + d * one..][..p];
                    to.iter_mut().enumerate().for_each(|(j, o)| *o += by_gamma[(d * p + j) * n + m]);
                }
            }
        }
        [scratch, chain, eta, by_gamma, gamma].into_iter().for_each(|buffer| work.give(buffer));
    }

    /// Adds the effects of 64 rows to their predictors.
    fn gather(&self, start: usize, effects: &[f64], row: &mut [f64]) {
        for group in &self.groups {
            let codes = &group.codes[start..start + ROWS];
            for (i, z) in group.columns.iter().enumerate() {
                let u = &effects[group.first + i * group.levels..][..group.levels];
                for ((e, z), &code) in row.iter_mut().zip(&z[start..start + ROWS]).zip(codes) {
                    *e = z.mul_add(u[code as usize], *e);
                }
            }
        }
    }

    /// Adds the slopes of 64 rows to those of their effects.
    fn scatter(&self, start: usize, residual: &[f64], out: &mut [f64]) {
        for group in &self.groups {
            let codes = &group.codes[start..start + ROWS];
            for (i, z) in group.columns.iter().enumerate() {
                let out = &mut out[group.first + i * group.levels..][..group.levels];
                // Rows come in runs of one level: each run is summed before it is stored.
                let (mut level, mut sum) = (codes[0] as usize, 0.0);
                for ((e, z), &code) in residual.iter().zip(&z[start..start + ROWS]).zip(codes) {
                    if code as usize != level {
                        out[level] += sum;
                        (level, sum) = (code as usize, 0.0);
                    }
                    sum = e.mul_add(*z, sum);
                }
                out[level] += sum;
            }
        }
    }
}
