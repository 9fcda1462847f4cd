//! SEPARATION: whether the data bound coefficients with flat priors, in families whose likelihood need not vanish far out.
//!
//! A row lets its predictor fall without end, or rise, or both, or neither: a count of 0 may fall, a success rise. A direction d in
//! which every row lets its predictor go has an infinite integral. With one a for each end that a row forbids, x or -x, that is a d
//! with a . d >= 0 for all a, and there is one exactly where sum log(1 + exp(-a . w)) has no unique minimum: Newton's method then runs
//! off along it, and the curvature there vanishes. Group effects, bends of smooths and offsets have no part in it: their laws are proper.
use super::data::Data;
use crate::prior::Prior;
use crate::regression::{Coordinates, Family, ModelError};
use std::ops::Range;
use steepest_kernels::{axpy, cholesky, dot, solve, solve_lower};

/// Most Newton steps; where they lead in a bounded direction they have arrived in ten, and in thirty it shows that there is no end, or
/// in fifty where it is a row among millions that has none.
const STEPS: usize = 100;
/// What is left to gain, as Newton's method sees it, is nothing below the first for an a of length 1; below the second it may be lost in
/// the rounding of the sum, and steps are taken as they are.
const ARRIVED: f64 = 1e-12;
const ROUNDED: f64 = 1e-6;
/// Standard deviations of a coefficient on a standardised column that only a vanishing curvature can have, both by themselves and beside
/// what rows of full weight would give: few events make the one, columns that are nearly alike the other.
const WIDE: f64 = 1e3;

/// Whether the predictor may fall and rise without end where the response is y; `None` in families whose likelihood vanishes both ways.
fn ends(family: Family, y: f64, trials: f64, highest: f64) -> Option<[bool; 2]> {
    match family {
        Family::Bernoulli => Some([y == 0.0, y == 1.0]),
        Family::Binomial => Some([y == 0.0, y == trials]),
        Family::Poisson | Family::NegativeBinomial => Some([y == 0.0, false]),
        // A zero that the rate does not explain is one that needs no rate.
        Family::ZeroInflatedPoisson => Some([y == 0.0, y == 0.0]),
        // The cuts stay where their prior has them.
        Family::Ordinal => Some([y == 0.0, y == highest]),
        _ => None,
    }
}

/// Refuses flat priors on coefficients, called `names`, that the rows do not bound.
pub(super) fn check(data: &Data, family: Family, fixed: &Coordinates, names: &[String]) -> Result<(), ModelError> {
    let flat: Vec<usize> = (0..fixed.priors.len()).filter(|&j| fixed.priors[j].prior == Prior::Flat).collect();
    let highest = data.y.iter().fold(0.0, |most: f64, y| most.max(*y));
    let asked = family == Family::Categorical || ends(family, 0.0, 1.0, highest).is_some();
    if flat.is_empty() || !asked {
        return Ok(());
    }
    let p = data.p;
    // Of an intercept that has its prior at zero, a slope moves the value at the means.
    let held = |block: usize| {
        let first = fixed.priors[block * p];
        fixed.intercept && !first.centred && first.prior != Prior::Flat
    };
    let shifts: Vec<f64> = flat.iter().map(|&j| if held(j / p) { fixed.shift[j] } else { 0.0 }).collect();
    let blocks: Vec<Range<usize>> = (0..fixed.priors.len() / p)
        .map(|block| flat.partition_point(|&j| j < block * p)..flat.partition_point(|&j| j < (block + 1) * p))
        .collect();
    let sides = Sides { data, family, highest, flat, shifts, blocks };
    let found = sides.loose();
    let coefficients: Vec<String> = found.into_iter().map(|i| names[sides.flat[i]].clone()).collect();
    if coefficients.is_empty() { Ok(()) } else { Err(ModelError::Unbounded { coefficients, family: family.name() }) }
}

/// The a of all rows: not kept, as a row has one for every other level of its response, each as long as there are flat coefficients.
struct Sides<'a> {
    data: &'a Data,
    family: Family,
    highest: f64,
    /// The coefficients with flat priors, and what is added to their columns.
    flat: Vec<usize>,
    shifts: Vec<f64>,
    /// Those of each predictor.
    blocks: Vec<Range<usize>>,
}

/// One a: the columns of a row in the block that may not fall, and minus those in the block that may not rise.
struct Side<'a> {
    /// The columns of the row, for all flat coefficients.
    x: &'a [f64],
    up: Option<&'a Range<usize>>,
    down: Option<&'a Range<usize>>,
}
impl Side<'_> {
    fn parts(&self) -> impl Iterator<Item = (f64, &Range<usize>)> {
        self.up.map(|block| (1.0, block)).into_iter().chain(self.down.map(|block| (-1.0, block)))
    }
    /// a . w
    fn along(&self, w: &[f64]) -> f64 {
        self.parts().map(|(sign, block)| sign * dot(&self.x[block.clone()], &w[block.clone()])).sum()
    }
    /// out += scale a
    fn add(&self, scale: f64, out: &mut [f64]) {
        for (sign, block) in self.parts() {
            axpy(sign * scale, &self.x[block.clone()], &mut out[block.clone()]);
        }
    }
    /// out += scale a a^T, of which the lower triangle is enough.
    fn square(&self, scale: f64, out: &mut [f64]) {
        let f = self.x.len();
        for (sign, block) in self.parts() {
            for (other, before) in self.parts().filter(|(_, before)| before.start <= block.start) {
                for i in block.clone() {
                    let row = &mut out[i * f..(i + 1) * f];
                    axpy(sign * other * scale * self.x[i], &self.x[before.clone()], &mut row[before.clone()]);
                }
            }
        }
    }
}

impl Sides<'_> {
    fn len(&self) -> usize {
        self.flat.len()
    }
    /// Calls `see` with the columns of every row that counts.
    fn rows(&self, mut see: impl FnMut(usize, &[f64])) {
        let (p, mut x) = (self.data.p, vec![0.0; self.len()]);
        for r in (0..self.data.rows()).filter(|&r| self.data.weight[r] > 0.0) {
            for (x, (j, shift)) in x.iter_mut().zip(self.flat.iter().zip(&self.shifts)) {
                *x = self.data.x[r * p + j % p] + shift;
            }
            see(r, &x);
        }
    }
    /// Calls `see` with every a.
    fn each(&self, mut see: impl FnMut(&Side<'_>)) {
        self.rows(|r, x| {
            let y = self.data.y[r];
            if self.family == Family::Categorical {
                // The predictor of its own level may rise against every other; the reference, the first level, has none.
                let block = |level: usize| level.checked_sub(1).and_then(|k| self.blocks.get(k));
                let own = y as usize;
                for other in (0..=self.blocks.len()).filter(|&other| other != own) {
                    see(&Side { x, up: block(own), down: block(other) });
                }
            } else if let Some([falls, rises]) = ends(self.family, y, self.data.trials[r], self.highest) {
                let block = self.blocks.first();
                if !falls {
                    see(&Side { x, up: block, down: None });
                }
                if !rises {
                    see(&Side { x, up: None, down: block });
                }
            }
        });
    }

    /// The places of coefficients that nothing bounds.
    fn loose(&self) -> Vec<usize> {
        let (f, mut products, mut largest) = (self.len(), vec![0.0; self.len() * self.len()], 1.0f64);
        self.rows(|_, x| {
            for block in &self.blocks {
                for i in block.clone() {
                    largest = largest.max(x[i].abs());
                    axpy(x[i], &x[block.clone()], &mut products[i * f..(i + 1) * f][block.clone()]);
                }
            }
        });
        let mut any = false;
        self.each(|_| any = true);
        let Some(usual) = factor(f, &products).map(|factor| deviations(f, &factor)) else { return Vec::new() };
        let found = if any { self.follow(largest) } else { Some(vec![f64::INFINITY; f]) };
        let wide = |found: Vec<f64>| (0..f).filter(|&i| found[i] > WIDE * usual[i].max(1.0)).collect();
        found.map_or(Vec::new(), wide)
    }

    /// Newton's method from 0: the standard deviations that the curvature gives where it ends; `None` where it does not. `largest` is the
    /// largest entry of any a: along one of length l that has no end the deviation is 1 / (l sqrt(what is left to gain)).
    fn follow(&self, largest: f64) -> Option<Vec<f64>> {
        let (f, arrived) = (self.len(), ARRIVED / largest.powi(2).max(1.0));
        let (mut w, mut last) = (vec![0.0; f], f64::INFINITY);
        for _ in 0..STEPS {
            let (mut gradient, mut curvature) = (vec![0.0; f], vec![0.0; f * f]);
            self.each(|a| {
                let against = 1.0 / (1.0 + a.along(&w).exp());
                a.add(-against, &mut gradient);
                let weight = against * (1.0 - against);
                a.square(weight, &mut curvature);
            });
            let lower = factor(f, &curvature)?;
            let mut step = gradient.clone();
            solve(f, &lower, 1, &mut step);
            let decrement = dot(&step, &gradient);
            if decrement.is_nan() {
                return None;
            }
            // Where nothing more comes of steps, that is rounding: without an end each leaves a third of what the last one left.
            if decrement < arrived || (decrement < ARRIVED && decrement > 0.5 * last) {
                return Some(deviations(f, &lower));
            }
            last = decrement;
            let mut length = 1.0;
            if decrement >= ROUNDED {
                let before = self.misfit(&w);
                let falls = |length: f64| {
                    let mut next = w.clone();
                    axpy(-length, &step, &mut next);
                    self.misfit(&next) <= before - 1e-4 * length * decrement
                };
                while !falls(length) {
                    length *= 0.5;
                    if length < 1e-10 {
                        return None;
                    }
                }
            }
            axpy(-length, &step, &mut w);
        }
        None
    }

    /// sum log(1 + exp(-a . w))
    fn misfit(&self, w: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.each(|a| {
            let along = a.along(w);
            sum += (-along).max(0.0) + (-along.abs()).exp().ln_1p();
        });
        sum
    }
}

/// The Cholesky factor of a curvature, a little lifted where it has none.
fn factor(f: usize, a: &[f64]) -> Option<Vec<f64>> {
    let largest = (0..f).map(|i| a[i * f + i]).fold(f64::MIN_POSITIVE, f64::max);
    let mut lift = 0.0;
    while lift < 1e-6 * largest {
        let mut lower = a.to_vec();
        (0..f).for_each(|i| lower[i * f + i] += lift);
        if cholesky(f, &mut lower).is_ok() {
            return Some(lower);
        }
        lift = if lift == 0.0 { 1e-14 * largest } else { 10.0 * lift };
    }
    None
}

/// Square roots of the diagonal of the inverse, from the Cholesky factor.
fn deviations(f: usize, lower: &[f64]) -> Vec<f64> {
    let mut inverse: Vec<f64> = (0..f * f).map(|at| f64::from(u8::from(at / f == at % f))).collect();
    solve_lower(f, lower, f, &mut inverse);
    (0..f).map(|j| (j..f).map(|i| inverse[i * f + j].powi(2)).sum::<f64>().sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(x: Vec<f64>, p: usize, y: Vec<f64>) -> Data {
        let n = y.len();
        let (weight, offset, trials) = (vec![1.0; n], vec![0.0; n], vec![1.0; n]);
        Data { p, x, y, weight, errors: None, offset, trials, groups: Vec::new() }
    }
    fn sides(data: &Data, family: Family, predictors: usize) -> Sides<'_> {
        let (p, count) = (data.p, data.p * predictors);
        let blocks = (0..predictors).map(|k| k * p..(k + 1) * p).collect();
        Sides { data, family, highest: 1.0, flat: (0..count).collect(), shifts: vec![0.0; count], blocks }
    }

    /// A standardised indicator of one row in 10^8 is 10^4 there and -10^-4 elsewhere. With one response it is not bounded, and with
    /// both, in two such rows, it is. Newton's method that ends where 10^-12 is left has a standard deviation of 100 for both.
    #[test]
    fn one_row_among_many() {
        for (rows, expected) in [(1, vec![1]), (2, Vec::new())] {
            let column = |r: usize| if r < rows { 1e4 } else { -1e-4 };
            let x = (0..40).flat_map(|r| [1.0, column(r)]).collect();
            let y = (0..40).map(|r| if r % 2 == 0 { 1.0 } else { 0.0 }).collect();
            let data = data(x, 2, y);
            assert_eq!(sides(&data, Family::Bernoulli, 1).loose(), expected, "{rows}");
        }
    }

    /// Of three levels with two predictors: a row is held against every other level.
    #[test]
    fn a_row_of_a_category_is_held_against_the_others() {
        let data = data(vec![2.0, 3.0, 5.0], 1, vec![0.0, 1.0, 2.0]);
        let (mut found, mut squares) = (Vec::new(), [0.0; 4]);
        sides(&data, Family::Categorical, 2).each(|a| {
            let mut whole = [0.0; 2];
            a.add(1.0, &mut whole);
            assert_eq!(a.along(&[1.0, 10.0]), whole[0] + 10.0 * whole[1]);
            a.square(1.0, &mut squares);
            found.push(whole);
        });
        assert_eq!(found, [[-2.0, 0.0], [0.0, -2.0], [3.0, 0.0], [3.0, -3.0], [0.0, 5.0], [-5.0, 5.0]]);
        // Below the diagonal and on it: 4 + 9 + 9 + 25, -9 - 25, 4 + 9 + 25 + 25.
        assert_eq!([squares[0], squares[2], squares[3]], [47.0, -34.0, 63.0]);
    }
}
