//! PILOT: a rough fit by penalised Newton steps and EM, from which the sampling coordinates are chosen.
//!
//! Whatever it returns, the law of the model is the same: only the speed of the sampler rests on it.
use super::data::Data;
use crate::law::Given;
use crate::regression::Family;

/// Most rounds of a Newton step and an EM step, and most conjugate-gradient steps in each.
const ROUNDS: usize = 60;
const SOLVES: usize = 60;

/// What is found.
#[derive(Clone, Debug)]
pub(super) struct Pilot {
    /// (gamma, effects)
    pub(super) v: Vec<f64>,
    /// The family's own parameters.
    pub(super) own: Vec<f64>,
    /// Sigma of every term, row-major.
    pub(super) sigma: Vec<Vec<f64>>,
    /// Slope and curvature of each row's energy in its predictor.
    pub(super) slope: Vec<f64>,
    pub(super) weight: Vec<f64>,
}

/// A symmetric operator: A^T W A + prior precisions, with its block-diagonal inverse as preconditioner.
struct Operator<'a> {
    data: &'a Data,
    weight: &'a [f64],
    ridge: &'a [f64],
    /// Sigma^-1 of every term.
    precision: Vec<Vec<f64>>,
    /// Cholesky factor of the fixed block, and the inverse of every level's block.
    fixed: Vec<f64>,
    blocks: Vec<Vec<f64>>,
    /// Whether the fixed effects take part.
    whole: bool,
}

impl Operator<'_> {
    fn apply(&self, v: &[f64]) -> Vec<f64> {
        let (p, data) = (self.data.p, self.data);
        let mut eta = data.predict(v);
        for ((e, w), o) in eta.iter_mut().zip(self.weight).zip(&data.offset) {
            *e = (*e - o) * w;
        }
        let mut out = data.pull(&eta, v.len());
        for a in 0..p {
            out[a] = if self.whole { out[a] + self.ridge[a] * v[a] } else { 0.0 };
        }
        self.penalise(v, &mut out);
        out
    }
    /// out += P u
    fn penalise(&self, v: &[f64], out: &mut [f64]) {
        for (group, precision) in self.data.groups.iter().zip(&self.precision) {
            let (k, l, first) = (group.k(), group.levels, self.data.p + group.first);
            for i in 0..k {
                for j in 0..k {
                    for level in 0..l {
                        out[first + i * l + level] += precision[i * k + j] * v[first + j * l + level];
                    }
                }
            }
        }
    }
    fn precondition(&self, v: &[f64]) -> Vec<f64> {
        let (p, mut out) = (self.data.p, vec![0.0; v.len()]);
        if self.whole {
            out[..p].copy_from_slice(&v[..p]);
            steepest_kernels::solve(p, &self.fixed, 1, &mut out[..p]);
        }
        for (group, inverse) in self.data.groups.iter().zip(&self.blocks) {
            let (k, l, first) = (group.k(), group.levels, p + group.first);
            for level in 0..l {
                for i in 0..k {
                    let row = &inverse[(level * k + i) * k..][..k];
                    out[first + i * l + level] = (0..k).map(|j| row[j] * v[first + j * l + level]).sum();
                }
            }
        }
        out
    }
    /// Preconditioned conjugate gradients, to `tolerance` of the first residual.
    fn solve(&self, b: &[f64], tolerance: f64) -> Vec<f64> {
        let dot = steepest_kernels::dot;
        let (mut x, mut r) = (vec![0.0; b.len()], b.to_vec());
        let mut z = self.precondition(&r);
        let (mut direction, mut rz) = (z.clone(), dot(&r, &z));
        let enough = tolerance * tolerance * rz;
        for _ in 0..SOLVES {
            if rz.is_nan() || rz <= enough {
                break;
            }
            let image = self.apply(&direction);
            let step = rz / dot(&direction, &image);
            steepest_kernels::axpy(step, &direction, &mut x);
            steepest_kernels::axpy(-step, &image, &mut r);
            z = self.precondition(&r);
            let next = dot(&r, &z);
            direction.iter_mut().zip(&z).for_each(|(d, z)| *d = z + next / rz * *d);
            rz = next;
        }
        x
    }
}

/// The curvature W_l of each level's effects, k by k and level by level.
pub(super) fn information(data: &Data, t: usize, weight: &[f64]) -> Vec<f64> {
    let group = &data.groups[t];
    let k = group.k();
    let mut out = vec![0.0; group.levels * k * k];
    if group.smooth {
        for (out, z) in out.iter_mut().zip(&group.columns) {
            *out = weight.iter().zip(z).map(|(w, z)| w * z * z).sum();
        }
        return out;
    }
    for r in 0..data.rows() {
        let block = &mut out[group.codes[r] as usize * k * k..][..k * k];
        for i in 0..k {
            for j in 0..k {
                block[i * k + j] += weight[r] * group.columns[i][r] * group.columns[j][r];
            }
        }
    }
    out
}

/// The inverse of a symmetric positive matrix, a little lifted where it is none.
pub(super) fn inverse(k: usize, a: &[f64]) -> Vec<f64> {
    let size = (0..k).map(|i| a[i * k + i].abs()).fold(f64::MIN_POSITIVE, f64::max);
    let mut lift = 0.0;
    loop {
        let mut factor = a.to_vec();
        (0..k).for_each(|i| factor[i * k + i] += lift);
        let mut out: Vec<f64> = (0..k * k).map(|m| f64::from(u8::from(m / k == m % k))).collect();
        if steepest_kernels::cholesky(k, &mut factor).is_ok() {
            steepest_kernels::solve(k, &factor, k, &mut out);
            return out;
        }
        lift = if lift == 0.0 { 1e-12 * size } else { 10.0 * lift };
        if !(lift.is_finite() && lift < 1e6 * size) {
            return out;
        }
    }
}

/// Energy of one row, its slope and its curvature in the predictor.
fn row(family: Family, y: f64, trials: f64, eta: f64, own: &[f64]) -> [f64; 3] {
    let at = |eta: f64| -family.ln_density(y, Given { eta, trials, own });
    match family {
        Family::Gaussian => {
            let precision = 1.0 / (own[0] * own[0]);
            [at(eta), precision * (eta - y), precision]
        }
        _ => {
            let h = 0.02;
            let (low, middle, high) = (at(eta - h), at(eta), at(eta + h));
            [middle, (high - low) / (2.0 * h), ((high - middle) + (low - middle)) / (h * h)]
        }
    }
}

impl Pilot {
    /// From `start` (gamma), the own parameters `own`, and `scale`, that of the response on the predictor's scale.
    ///
    /// `ridge` is a stand-in for the curvature of the priors of gamma, about `start`.
    pub(super) fn find(data: &Data, family: Family, start: &[f64], own: Vec<f64>, ridge: &[f64], scale: f64) -> Pilot {
        let mut v = start.to_vec();
        v.resize(data.p + data.effects(), 0.0);
        let sigma = data.groups.iter().map(|g| {
            let k = g.k();
            let size = |i: usize| {
                let columns = if g.smooth { &g.columns[..] } else { &g.columns[i..=i] };
                let mean = columns.iter().flatten().map(|z| z * z).sum::<f64>() / data.rows() as f64;
                (0.5 * scale).powi(2) / mean.max(f64::MIN_POSITIVE)
            };
            (0..k * k).map(|m| if m / k == m % k { size(m / k) } else { 0.0 }).collect()
        });
        let mut pilot =
            Pilot { v, own, sigma: sigma.collect(), slope: vec![0.0; data.rows()], weight: vec![0.0; data.rows()] };
        let floors: Vec<Vec<f64>> = pilot.sigma.iter().map(|s| s.iter().map(|s| 1e-4 * s).collect()).collect();
        for round in 0..ROUNDS {
            let decrement = pilot.newton(data, family, start, ridge);
            let before = pilot.sigma.clone();
            let spent = pilot.spread(data, ridge, &floors);
            pilot.adjust(data, family, spent);
            let moved = pilot.sigma.iter().flatten().zip(before.iter().flatten());
            let change = moved.map(|(a, b)| ((a - b) / b.abs().max(f64::MIN_POSITIVE)).abs()).fold(0.0, f64::max);
            if round > 3 && decrement < 1e-4 && change < 1e-2 {
                break;
            }
        }
        pilot.look(data, family);
        pilot
    }

    fn energy(&self, data: &Data, family: Family, v: &[f64], start: &[f64], operator: &Operator<'_>) -> f64 {
        let eta = data.predict(v);
        let rows = (0..data.rows()).map(|r| {
            let given = Given { eta: eta[r], trials: data.trials[r], own: &self.own };
            -data.weight[r] * family.ln_density(data.y[r], given)
        });
        let fixed = (0..data.p).map(|a| 0.5 * operator.ridge[a] * (v[a] - start[a]).powi(2));
        let mut image = vec![0.0; v.len()];
        operator.penalise(v, &mut image);
        rows.sum::<f64>() + fixed.sum::<f64>() + 0.5 * steepest_kernels::dot(&image, v)
    }

    fn operator<'a>(&self, data: &'a Data, weight: &'a [f64], ridge: &'a [f64]) -> Operator<'a> {
        let p = data.p;
        let precision: Vec<Vec<f64>> = self.sigma.iter().zip(&data.groups).map(|(s, g)| inverse(g.k(), s)).collect();
        let mut fixed = vec![0.0; p * p];
        for (x, w) in data.x.chunks_exact(p.max(1)).zip(weight) {
            for a in 0..p {
                steepest_kernels::axpy(w * x[a], x, &mut fixed[a * p..(a + 1) * p]);
            }
        }
        let size = (0..p).map(|a| fixed[a * p + a]).fold(0.0, f64::max);
        (0..p).for_each(|a| fixed[a * p + a] += ridge[a] + 1e-9 * size);
        if steepest_kernels::cholesky(p, &mut fixed).is_err() {
            fixed = (0..p * p).map(|m| if m / p == m % p { size.sqrt().max(1e-3) } else { 0.0 }).collect();
        }
        let blocks = (0..data.groups.len()).map(|t| {
            let k = data.groups[t].k();
            let mut all = information(data, t, weight);
            for block in all.chunks_exact_mut(k * k) {
                block.iter_mut().zip(&precision[t]).for_each(|(w, p)| *w += p);
                block.copy_from_slice(&inverse(k, block));
            }
            all
        });
        let blocks = blocks.collect();
        Operator { data, weight, ridge, precision, fixed, blocks, whole: true }
    }

    /// One damped Newton step in gamma and the effects; returns how much it promised.
    fn newton(&mut self, data: &Data, family: Family, start: &[f64], ridge: &[f64]) -> f64 {
        self.look(data, family);
        let operator = self.operator(data, &self.weight, ridge);
        let mut gradient = data.pull(&self.slope, self.v.len());
        (0..data.p).for_each(|a| gradient[a] += ridge[a] * (self.v[a] - start[a]));
        operator.penalise(&self.v, &mut gradient);
        let step = operator.solve(&gradient, 1e-4);
        let decrement = steepest_kernels::dot(&step, &gradient);
        let energy = self.energy(data, family, &self.v, start, &operator);
        let (mut length, mut found) = (1.0, None);
        while length > 1e-6 {
            let mut next = self.v.clone();
            steepest_kernels::axpy(-length, &step, &mut next);
            if self.energy(data, family, &next, start, &operator) <= energy - 1e-4 * length * decrement {
                found = Some(next);
                break;
            }
            length *= 0.5;
        }
        if let Some(next) = found {
            self.v = next;
        }
        decrement
    }

    /// Slopes and curvatures of the rows where it stands.
    fn look(&mut self, data: &Data, family: Family) {
        let eta = data.predict(&self.v);
        for r in 0..data.rows() {
            let [_, g, w] = row(family, data.y[r], data.trials[r], eta[r], &self.own);
            self.slope[r] = data.weight[r] * g;
            self.weight[r] = data.weight[r] * if w.is_finite() { w.max(1e-8) } else { 1e-8 };
        }
    }

    /// EM for Sigma; returns how many coefficients the data determine.
    fn spread(&mut self, data: &Data, ridge: &[f64], floors: &[Vec<f64>]) -> f64 {
        let operator = self.operator(data, &self.weight, ridge);
        let mut spent = data.p as f64;
        let mut found = Vec::new();
        for (t, group) in data.groups.iter().enumerate() {
            let (k, l) = (group.k(), group.levels);
            let u = &self.v[data.p + group.first..];
            let mut sum: Vec<f64> = self.sigma[t].clone();
            for (level, block) in operator.blocks[t].chunks_exact(k * k).enumerate() {
                for i in 0..k {
                    for j in 0..k {
                        sum[i * k + j] += u[i * l + level] * u[j * l + level] + block[i * k + j];
                        spent -= block[i * k + j] * operator.precision[t][j * k + i];
                    }
                }
            }
            // The trace of W Q^-1 is that of 1 - P Q^-1.
            spent += (k * l) as f64;
            sum.iter_mut().for_each(|s| *s /= (l + 1) as f64);
            (0..k).for_each(|i| sum[i * k + i] = sum[i * k + i].max(floors[t][i * k + i]));
            found.push(sum);
        }
        self.sigma = found;
        spent
    }

    /// The family's own parameters: exactly for sigma of a gaussian, by a Newton step on each logarithm for others.
    fn adjust(&mut self, data: &Data, family: Family, spent: f64) {
        let eta = data.predict(&self.v);
        if data.errors.is_some() {
            return;
        }
        if family == Family::Gaussian {
            let squares: f64 = (0..data.rows()).map(|r| data.weight[r] * (data.y[r] - eta[r]).powi(2)).sum();
            let rows: f64 = data.weight.iter().sum();
            let variance = squares / (rows - spent).max(0.2 * rows);
            if variance > 0.0 {
                self.own[0] = variance.sqrt();
            }
            return;
        }
        for k in 0..self.own.len() {
            let [slope, curvature] = self.own_slopes(data, family, &eta, k);
            let step = if curvature > 0.0 { -slope / curvature } else { -0.5 * slope.signum() };
            if family == Family::Ordinal {
                // Cuts keep their order.
                let room = |other: Option<&f64>| other.map_or(1.0, |other| 0.4 * (other - self.own[k]).abs());
                let (down, up) = (room(k.checked_sub(1).and_then(|k| self.own.get(k))), room(self.own.get(k + 1)));
                self.own[k] += step.clamp(-down, up);
            } else if family == Family::ZeroInflatedPoisson {
                self.own[k] = (self.own[k] * step.clamp(-0.7, 0.7).exp()).clamp(1e-3, 0.95);
            } else {
                self.own[k] = (self.own[k] * step.clamp(-0.7, 0.7).exp()).clamp(1e-3, 1e4);
            }
        }
    }

    /// Slope and curvature of the rows' energy in the logarithm of an own parameter, or in a cut.
    pub(super) fn own_slopes(&self, data: &Data, family: Family, eta: &[f64], k: usize) -> [f64; 2] {
        let h = 0.02;
        let at = |move_by: f64| {
            let mut own = self.own.clone();
            own[k] = if family == Family::Ordinal { own[k] + move_by } else { own[k] * move_by.exp() };
            let each = (0..data.rows()).map(|r| {
                let given = Given { eta: eta[r], trials: data.trials[r], own: &own };
                -data.weight[r] * family.ln_density(data.y[r], given)
            });
            each.sum::<f64>()
        };
        let (low, middle, high) = (at(-h), at(0.0), at(h));
        [(high - low) / (2.0 * h), ((high - middle) + (low - middle)) / (h * h)]
    }

    /// d effects / d gamma_a at fixed Sigma for every a, and X^T W X less what the effects take up: the curvature of gamma.
    pub(super) fn sensitivity(&self, data: &Data, ridge: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let (p, width) = (data.p, self.v.len());
        let operator = Operator { whole: false, ..self.operator(data, &self.weight, ridge) };
        let products: Vec<Vec<f64>> = (0..p)
            .map(|a| {
                let column: Vec<f64> = (0..data.rows()).map(|r| self.weight[r] * data.x[r * p + a]).collect();
                data.pull(&column, width)
            })
            .collect();
        let (mut follow, mut curvature) = (Vec::new(), vec![0.0; p * p]);
        for a in 0..p {
            let mut product = products[a].clone();
            product[..p].fill(0.0);
            let mut d = operator.solve(&product, 1e-6);
            d.iter_mut().for_each(|d| *d = -*d);
            for b in 0..p {
                curvature[b * p + a] = products[a][b] + steepest_kernels::dot(&products[b][p..], &d[p..]);
            }
            follow.push(d.split_off(p));
        }
        (follow, curvature)
    }
}
