//! GAUSSIAN: the likelihood of a gaussian response through its sums of squares and products, whatever the number of rows.
use super::data::Data;
use steepest_kernels::{axpy, dot, simd};

/// sum_r w_r (y_r - eta_r)^2 as a quadratic about a point close to its mode, where it loses no digits:
/// rest + 2 slope . d + d^T H d with d = v - centre, v = (gamma, effects).
#[derive(Clone, Debug)]
pub(super) struct Squares {
    /// Sum of the weights; none where sigma is known.
    pub(super) rows: f64,
    /// What depends on neither v nor sigma.
    constant: f64,
    centre: Vec<f64>,
    rest: f64,
    slope: Vec<f64>,
    /// X^T W X, row-major.
    pub(super) fixed: Vec<f64>,
    /// For each column of X, its products with every effect.
    mixed: Vec<Vec<f64>>,
    /// For each term, entry (i, j) of every level's matrix, i >= j, one array of levels after another.
    within: Vec<Within>,
    /// Products of effects of different terms.
    across: Vec<(u32, u32, f64)>,
}

#[derive(Clone, Debug)]
struct Within {
    k: usize,
    levels: usize,
    entries: Vec<f64>,
}

impl Squares {
    /// Expanded about `centre`.
    pub(super) fn new(data: &Data, centre: Vec<f64>) -> Squares {
        let p = data.p;
        let effects = centre.len() - p;
        let eta = data.predict(&centre);
        let residual: Vec<f64> = (0..data.rows()).map(|r| data.weight[r] * (eta[r] - data.y[r])).collect();
        let rest = residual.iter().zip(&eta).zip(&data.y).map(|((e, eta), y)| e * (eta - y)).sum();
        let slope = data.pull(&residual, centre.len());
        let (mut fixed, mut mixed) = (vec![0.0; p * p], vec![vec![0.0; effects]; p]);
        let mut within: Vec<Within> = data
            .groups
            .iter()
            .map(|g| {
                let (k, levels) = (g.k(), g.levels);
                Within { k, levels, entries: vec![0.0; k * k * levels] }
            })
            .collect();
        let mut across = std::collections::BTreeMap::new();
        for r in 0..data.rows() {
            let (x, w) = (&data.x[r * p..(r + 1) * p], data.weight[r]);
            for a in 0..p {
                (0..p).for_each(|b| fixed[a * p + b] += w * x[a] * x[b]);
            }
            for (t, group) in data.groups.iter().enumerate() {
                for (here, z) in group.entries(r) {
                    let (at, wz) = (group.first + here, w * z);
                    (0..p).for_each(|a| mixed[a][at] += wz * x[a]);
                    let (i, level) = (here / group.levels, here % group.levels);
                    for (there, other) in group.entries(r) {
                        let (j, same) = (there / group.levels, there % group.levels == level);
                        if same {
                            within[t].entries[(i * group.k() + j) * group.levels + level] += wz * other;
                        } else if there < here {
                            *across.entry((at as u32, (group.first + there) as u32)).or_insert(0.0) += wz * other;
                        }
                    }
                    for before in &data.groups[..t] {
                        for (place, other) in before.entries(r) {
                            *across.entry((at as u32, (before.first + place) as u32)).or_insert(0.0) += wz * other;
                        }
                    }
                }
            }
        }
        let across = across.into_iter().map(|((a, b), value)| (a, b, value)).collect();
        let half_log = 0.5 * (2.0 * std::f64::consts::PI).ln();
        let total: f64 = data.weight.iter().sum();
        let (rows, constant) = match &data.errors {
            // A weight over the square of a standard error, and that square, are the weight.
            Some(errors) => {
                let each = data.weight.iter().zip(errors).map(|(w, se)| w * se * se * (half_log + se.ln()));
                (0.0, each.sum())
            }
            None => (total, total * half_log),
        };
        Squares { rows, constant, centre, rest, slope, fixed, mixed, within, across }
    }

    /// -log p(y | v, sigma) and its slope in log sigma; sets the slopes in v. `moved` is scratch as long as v.
    pub(super) fn evaluate(&self, v: &[f64], ln_sigma: f64, slopes: &mut [f64], moved: &mut [f64]) -> (f64, f64) {
        let p = self.mixed.len();
        simd(|| {
            for ((d, v), c) in moved.iter_mut().zip(v).zip(&self.centre) {
                *d = v - c;
            }
        });
        slopes.copy_from_slice(&self.slope);
        let ((gamma, u), (by_gamma, by_u)) = (moved.split_at(p), slopes.split_at_mut(p));
        for a in 0..p {
            by_gamma[a] += dot(&self.fixed[a * p..(a + 1) * p], gamma) + dot(&self.mixed[a], u);
            axpy(gamma[a], &self.mixed[a], by_u);
        }
        let mut first = 0;
        for Within { k, levels, entries } in &self.within {
            for i in 0..*k {
                for j in 0..*k {
                    let entry = &entries[(i * k + j) * levels..][..*levels];
                    let (x, out) = (&u[first + j * levels..][..*levels], &mut by_u[first + i * levels..][..*levels]);
                    simd(|| {
                        for ((o, e), x) in out.iter_mut().zip(entry).zip(x) {
                            *o = e.mul_add(*x, *o);
                        }
                    });
                }
            }
            first += k * levels;
        }
        for &(a, b, value) in &self.across {
            let (a, b) = (a as usize, b as usize);
            by_u[a] = value.mul_add(u[b], by_u[a]);
            by_u[b] = value.mul_add(u[a], by_u[b]);
        }
        let squares = self.rest + dot(moved, &self.slope) + dot(moved, slopes);
        let precision = (-2.0 * ln_sigma).exp();
        simd(|| slopes.iter_mut().for_each(|s| *s *= precision));
        let energy = self.constant + self.rows * ln_sigma + 0.5 * squares * precision;
        (energy, self.rows - squares * precision)
    }
}
