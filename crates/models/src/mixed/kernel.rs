//! KERNEL: -log p of 64 rows and its slopes, for each family.
//!
//! Slopes in the family's own parameters are those in their logarithms; in the cuts of an ordinal, as they are.
use super::data::Data;
use super::rows::ROWS;
use crate::gamma::{ln_gamma, ln_gamma_slope};
use crate::regression::Family;
use steepest_kernels::pointwise::{exp, log, log1p_exp, logistic};
use steepest_kernels::{bernoulli, categorical, poisson, simd, sum};

/// A family with what its rows add up to, whatever the predictor.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    family: Family,
    /// Everything that depends on neither predictor nor own parameters.
    constant: f64,
    /// Sum of the weights; of those of rows that are not zero; and of weight log y.
    rows: f64,
    positive: f64,
    ln_response: f64,
    /// Counts that occur, or categories, with the weight of each.
    values: Vec<f64>,
    weights: Vec<f64>,
}

/// 64 rows: what they are given by, and scratch.
pub(super) struct Tile<'a> {
    pub(super) y: &'a [f64],
    pub(super) weight: &'a [f64],
    pub(super) trials: &'a [f64],
    /// Whether they are 64 rows without weights and trials.
    pub(super) plain: bool,
    pub(super) own: &'a [f64],
    /// The predictors, which become the slopes there; of a categorical, 64 for each level but the first.
    pub(super) eta: &'a mut [f64],
    pub(super) scratch: &'a mut [f64],
}

/// A loop over the rows of a tile: for each its numbers, the sums it adds to, and its slope.
macro_rules! each_row {
    ($tile:ident, $sums:expr, |$e:ident, $y:ident, $w:ident, $n:ident| $body:expr) => {{
        let Tile { y, weight, trials, eta, scratch, .. } = $tile;
        let (first, rest) = scratch.split_at_mut(ROWS);
        let (second, third) = rest.split_at_mut(ROWS);
        simd(
            #[inline(always)]
            || {
                let sums = first.iter_mut().zip(second.iter_mut()).zip(third.iter_mut());
                let given = y.iter().zip(*weight).zip(*trials);
                for ((slope, ((&$y, &$w), &$n)), ((a, b), c)) in eta.iter_mut().zip(given).zip(sums) {
                    let $e = *slope;
                    let _ = $n;
                    let [energy, by_first, by_second, by_eta] = $body;
                    *a = $w * energy;
                    *b = $w * by_first;
                    *c = $w * by_second;
                    *slope = $w * by_eta;
                }
            },
        );
        let sums: usize = $sums;
        [
            sum(&first[..ROWS]),
            if sums > 1 { sum(&second[..ROWS]) } else { 0.0 },
            if sums > 2 { sum(&third[..ROWS]) } else { 0.0 },
        ]
    }};
}

impl Kernel {
    /// Arrays of 64 numbers that [`Kernel::tile`] may scribble on.
    pub(super) const SCRATCH: usize = 3;

    pub(super) fn new(family: Family, data: &Data) -> Kernel {
        let each = |f: &dyn Fn(usize) -> f64| (0..data.rows()).map(|r| data.weight[r] * f(r)).sum::<f64>();
        let y = &data.y;
        let ln_factorial = |y: f64| ln_gamma(y + 1.0);
        let constant = match family {
            Family::Poisson | Family::NegativeBinomial | Family::ZeroInflatedPoisson => each(&|r| ln_factorial(y[r])),
            Family::Binomial => each(&|r| {
                let n = data.trials[r];
                ln_factorial(y[r]) + ln_factorial(n - y[r]) - ln_factorial(n)
            }),
            _ => 0.0,
        };
        let (mut values, mut weights) = (Vec::new(), Vec::new());
        if matches!(family, Family::NegativeBinomial | Family::Ordinal) {
            let mut order: Vec<usize> = (0..data.rows()).collect();
            order.sort_by(|&a, &b| y[a].total_cmp(&y[b]));
            for r in order {
                if values.last() == Some(&y[r]) {
                    weights.last_mut().into_iter().for_each(|w| *w += data.weight[r]);
                } else {
                    values.push(y[r]);
                    weights.push(data.weight[r]);
                }
            }
        }
        let positive = each(&|r| f64::from(u8::from(y[r] > 0.0)));
        let ln_response = if family == Family::Gamma { each(&|r| y[r].ln()) } else { 0.0 };
        Kernel { family, constant, rows: data.weight.iter().sum(), positive, ln_response, values, weights }
    }

    /// Of one row, which [`Kernel::turn`] names; its energy lacks what depends on the response alone.
    pub(super) fn of_row(family: Family) -> Kernel {
        let (values, weights) = (vec![0.0], vec![0.0]);
        Kernel { family, constant: 0.0, rows: 0.0, positive: 0.0, ln_response: 0.0, values, weights }
    }
    /// Makes it the kernel of another row.
    pub(super) fn turn(&mut self, y: f64, weight: f64) {
        self.rows = weight;
        self.positive = weight * f64::from(u8::from(y > 0.0));
        self.ln_response = if self.family == Family::Gamma { weight * y.ln() } else { 0.0 };
        (self.values[0], self.weights[0]) = (y, weight);
    }

    pub(super) fn family(&self) -> Family {
        self.family
    }

    /// The energy of 64 rows; adds the slopes in the own parameters where asked.
    pub(super) fn tile(&self, mut tile: Tile<'_>, by_own: Option<&mut [f64]>) -> f64 {
        let own = tile.own;
        let tile = &mut tile;
        if tile.plain && matches!(self.family, Family::Bernoulli | Family::Poisson) {
            let (rows, mut energy) = (if self.family == Family::Poisson { poisson } else { bernoulli }, [0.0]);
            rows(tile.y, tile.eta, &mut energy);
            return energy[0];
        }
        let [energy, first, second] = match self.family {
            Family::Bernoulli | Family::Binomial => each_row!(tile, 1, |e, y, _w, n| {
                let small = exp(-e.abs());
                let share = 1.0 / (1.0 + small);
                let (high, mean) = if e > 0.0 { (e, share) } else { (0.0, small * share) };
                [n * (high - log(share)) - y * e, 0.0, 0.0, n * mean - y]
            }),
            Family::NegativeBinomial => {
                let (shape, ln_shape) = (own[0], own[0].ln());
                each_row!(tile, 2, |e, y, _w, _n| {
                    let t = e - ln_shape;
                    let (high, share) = (log1p_exp(t), logistic(t));
                    let slope = (y + shape) * share - y;
                    [(y + shape) * high - y * t, shape * high - slope, 0.0, slope]
                })
            }
            Family::Gaussian => {
                let precision = 1.0 / own[0];
                each_row!(tile, 2, |e, y, _w, _n| {
                    let z = (y - e) * precision;
                    [0.5 * z * z, -z * z, 0.0, -z * precision]
                })
            }
            Family::Gamma => {
                let shape = own[0];
                each_row!(tile, 2, |e, y, _w, _n| {
                    let ratio = y * exp(-e);
                    let energy = shape * (e + ratio);
                    [energy, energy, 0.0, shape * (1.0 - ratio)]
                })
            }
            Family::Beta => {
                let phi = own[0];
                each_row!(tile, 2, |e, y, _w, _n| {
                    let (m, rest) = (logistic(e), logistic(-e));
                    let (a, b) = (phi * m, phi * rest);
                    let ((ga, da), (gb, db)) = (ln_gamma_slope(a), ln_gamma_slope(b));
                    let (ly, lz) = (log(y), log(1.0 - y));
                    let (da, db) = (da - ly, db - lz);
                    let energy = ga + gb - (a - 1.0) * ly - (b - 1.0) * lz;
                    [energy, a.mul_add(da, b * db), 0.0, phi * m * rest * (da - db)]
                })
            }
            Family::Student => {
                let (sigma, nu) = (own[0], own[1]);
                let (precision, half) = (1.0 / sigma, 0.5 * (nu + 1.0));
                each_row!(tile, 3, |e, y, _w, _n| {
                    let z = (y - e) * precision;
                    let slope = 2.0 * half * z / (nu + z * z);
                    let far = log(1.0 + z * z / nu);
                    [half * far, -slope * z, 0.5 * (nu * far - slope * z), -slope * precision]
                })
            }
            Family::ZeroInflatedPoisson => {
                let (zi, rest) = (own[0], 1.0 - own[0]);
                each_row!(tile, 2, |e, y, _w, _n| {
                    let mean = exp(e);
                    let none = exp(-mean);
                    let zero = zi + rest * none;
                    let energy = if y == 0.0 { -log(zero) } else { mean - y * e };
                    let slope = if y == 0.0 { rest * none * mean / zero } else { mean - y };
                    [energy, if y == 0.0 { -zi * (1.0 - none) / zero } else { 0.0 }, 0.0, slope]
                })
            }
            Family::Ordinal => return ordinal(tile, by_own),
            Family::Categorical => return categorical(tile.y, tile.weight, tile.eta),
            _ => each_row!(tile, 1, |e, y, _w, _n| {
                let mean = exp(e);
                [mean - y * e, 0.0, 0.0, mean - y]
            }),
        };
        if let Some(by_own) = by_own {
            by_own.iter_mut().zip([first, second]).for_each(|(out, slope)| *out += slope);
        }
        energy
    }

    /// What does not depend on the rows one by one.
    pub(super) fn rest(&self, own: &[f64], by_own: Option<&mut [f64]>) -> f64 {
        let mut slopes = [0.0; 2];
        let energy = match self.family {
            Family::NegativeBinomial => {
                let (value, slope) = ln_gamma_slope(own[0]);
                let mut energy = self.constant;
                for (y, w) in self.values.iter().zip(&self.weights) {
                    let (at, by) = ln_gamma_slope(y + own[0]);
                    energy -= w * (at - value);
                    slopes[0] -= w * own[0] * (by - slope);
                }
                energy
            }
            Family::Gaussian => {
                slopes[0] = self.rows;
                self.rows * (own[0].ln() + 0.5 * (2.0 * std::f64::consts::PI).ln())
            }
            Family::Gamma => {
                let (a, (value, slope)) = (own[0], ln_gamma_slope(own[0]));
                slopes[0] = a * (self.rows * (slope - a.ln() - 1.0) - self.ln_response);
                self.rows * (value - a * a.ln()) - (a - 1.0) * self.ln_response
            }
            Family::Beta => {
                let (value, slope) = ln_gamma_slope(own[0]);
                slopes[0] = -self.rows * own[0] * slope;
                -self.rows * value
            }
            Family::Student => {
                let (sigma, nu) = (own[0], own[1]);
                let ((up, by_up), (down, by_down)) = (ln_gamma_slope(0.5 * (nu + 1.0)), ln_gamma_slope(0.5 * nu));
                slopes = [self.rows, 0.5 * self.rows * (nu * (by_down - by_up) + 1.0)];
                self.rows * (sigma.ln() - up + down + 0.5 * (nu * std::f64::consts::PI).ln())
            }
            Family::ZeroInflatedPoisson => {
                slopes[0] = self.positive * own[0] / (1.0 - own[0]);
                self.constant - self.positive * (-own[0]).ln_1p()
            }
            Family::Ordinal => return self.gaps(own, by_own),
            _ => self.constant,
        };
        if let Some(by_own) = by_own {
            by_own.iter_mut().zip(slopes).for_each(|(out, slope)| *out += slope);
        }
        energy
    }

    /// The part of an ordinal response that depends on the gaps between its cuts: -log(1 - exp(-gap)).
    fn gaps(&self, cuts: &[f64], by_own: Option<&mut [f64]>) -> f64 {
        let mut none = [];
        let out = by_own.unwrap_or(&mut none);
        let mut energy = 0.0;
        for (y, w) in self.values.iter().zip(&self.weights) {
            let k = *y as usize;
            if k > 0 && k < cuts.len() {
                let gap = cuts[k] - cuts[k - 1];
                energy -= w * (-(-gap).exp()).ln_1p();
                if !out.is_empty() {
                    out[k] -= w / gap.exp_m1();
                    out[k - 1] += w / gap.exp_m1();
                }
            }
        }
        energy
    }
}

/// Rows of ordered categories: softplus(eta - cut above) + softplus(cut below - eta).
fn ordinal(tile: &mut Tile<'_>, by_own: Option<&mut [f64]>) -> f64 {
    let cuts = tile.own;
    let (high, rest) = tile.scratch.split_at_mut(ROWS);
    let (low, terms) = rest.split_at_mut(ROWS);
    for ((y, high), low) in tile.y.iter().zip(high.iter_mut()).zip(low.iter_mut()) {
        let k = *y as usize;
        *low = if k == 0 { f64::NEG_INFINITY } else { cuts[k - 1] };
        *high = if k < cuts.len() { cuts[k] } else { f64::INFINITY };
    }
    let (eta, weight) = (&mut *tile.eta, tile.weight);
    simd(
        #[inline(always)]
        || {
            let ends = high.iter_mut().zip(low.iter_mut());
            for (((e, w), t), (high, low)) in eta.iter_mut().zip(weight).zip(terms.iter_mut()).zip(ends) {
                let (above, below) = (*e - *high, *low - *e);
                *t = w * (log1p_exp(above) + log1p_exp(below));
                (*high, *low) = (w * logistic(above), w * logistic(below));
                *e = *high - *low;
            }
        },
    );
    if let Some(out) = by_own {
        for ((y, high), low) in tile.y.iter().zip(high.iter()).zip(low.iter()) {
            let k = *y as usize;
            if k < out.len() {
                out[k] -= high;
            }
            if k > 0 {
                out[k - 1] += low;
            }
        }
    }
    sum(&terms[..ROWS])
}
