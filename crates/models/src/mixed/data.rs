//! DATA: the rows of a mixed model as numbers: fixed columns, grouping, response, weights.
use std::borrow::Cow;

/// Rows in use; `x` is standardised.
#[derive(Clone, Debug)]
pub(super) struct Data {
    /// Fixed columns.
    pub(super) p: usize,
    /// Row-major, rows by p.
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    /// What each row counts for; where standard errors are known, over their squares, sigma being 1.
    pub(super) weight: Vec<f64>,
    /// The standard errors, where they are known.
    pub(super) errors: Option<Vec<f64>>,
    /// Added to the linear predictor.
    pub(super) offset: Vec<f64>,
    /// Trials of a binomial response, else 1.
    pub(super) trials: Vec<f64>,
    pub(super) groups: Vec<Group>,
}

/// The rows of one group effect.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Place of its first effect among all effects.
    pub(super) first: usize,
    pub(super) levels: usize,
    /// Level of each row; none where every row has a value of each level's function.
    pub(super) codes: Vec<u32>,
    /// What each of a level's effects is multiplied by, row by row; in a smooth, what the effect of each level is.
    pub(super) columns: Vec<Vec<f64>>,
    /// Whether it bends a smooth term.
    pub(super) smooth: bool,
}

impl Group {
    /// Effects of a level.
    pub(super) fn k(&self) -> usize {
        if self.smooth { 1 } else { self.columns.len() }
    }
    /// The effects that row r has, each as its place among those of the group, and their multipliers.
    pub(super) fn entries(&self, r: usize) -> impl Iterator<Item = (usize, f64)> {
        let level = if self.smooth { 0 } else { self.codes[r] as usize };
        let stride = if self.smooth { 1 } else { self.levels };
        self.columns.iter().enumerate().map(move |(i, z)| (i * stride + level, z[r]))
    }
}

impl Data {
    pub(super) fn rows(&self) -> usize {
        self.y.len()
    }
    /// Effects of all groups.
    pub(super) fn effects(&self) -> usize {
        self.groups.iter().map(|g| g.levels * g.k()).sum()
    }

    /// The linear predictor at v = (gamma, effects).
    pub(super) fn predict(&self, v: &[f64]) -> Vec<f64> {
        let (gamma, u) = v.split_at(self.p);
        let mut eta = self.offset.clone();
        for (eta, x) in eta.iter_mut().zip(self.x.chunks_exact(self.p.max(1))) {
            *eta += steepest_kernels::dot(x, gamma);
        }
        for group in &self.groups {
            for (i, z) in group.columns.iter().enumerate() {
                if group.smooth {
                    steepest_kernels::axpy(u[group.first + i], z, &mut eta);
                    continue;
                }
                let u = &u[group.first + i * group.levels..][..group.levels];
                eta.iter_mut().zip(z).zip(&group.codes).for_each(|((e, z), &code)| *e += z * u[code as usize]);
            }
        }
        eta
    }

    /// The slopes in v, of which there are `len`, of an energy whose slope in each row's predictor is given.
    pub(super) fn pull(&self, residual: &[f64], len: usize) -> Vec<f64> {
        let mut out = vec![0.0; len];
        let (gamma, u) = out.split_at_mut(self.p);
        for (e, x) in residual.iter().zip(self.x.chunks_exact(self.p.max(1))) {
            steepest_kernels::axpy(*e, x, gamma);
        }
        for group in &self.groups {
            for (i, z) in group.columns.iter().enumerate() {
                if group.smooth {
                    u[group.first + i] += steepest_kernels::dot(residual, z);
                    continue;
                }
                let u = &mut u[group.first + i * group.levels..][..group.levels];
                residual.iter().zip(z).zip(&group.codes).for_each(|((e, z), &code)| u[code as usize] += e * z);
            }
        }
        out
    }

    /// The same rows in the order of the levels of the group with the most of them, so that neighbours share effects.
    pub(super) fn sorted(&self) -> Cow<'_, Data> {
        let Some(largest) = self.groups.iter().filter(|g| !g.smooth).max_by_key(|g| g.levels) else {
            return Cow::Borrowed(self);
        };
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.sort_by_key(|&r| largest.codes[r]);
        let pick = |from: &[f64]| order.iter().map(|&r| from[r]).collect::<Vec<f64>>();
        let group = |g: &Group| Group {
            codes: if g.smooth { Vec::new() } else { order.iter().map(|&r| g.codes[r]).collect() },
            columns: g.columns.iter().map(|c| pick(c)).collect(),
            ..*g
        };
        Cow::Owned(Data {
            p: self.p,
            x: order.iter().flat_map(|&r| &self.x[r * self.p..(r + 1) * self.p]).copied().collect(),
            y: pick(&self.y),
            weight: pick(&self.weight),
            errors: self.errors.as_deref().map(pick),
            offset: pick(&self.offset),
            trials: pick(&self.trials),
            groups: self.groups.iter().map(group).collect(),
        })
    }
}
