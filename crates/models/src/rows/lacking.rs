//! LACKING: what the log likelihood of a row lacks to be the log density of its response, where that can be found.
use super::RowsOptions;
use super::data::Data;
use super::error::RowsError;
use super::observe::Each;
use super::plan::Plan;
use super::script::Script;
use super::simulate::{POINTS, points};
use steepest_core::Batch;

/// What is to be added to the log likelihood of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lacking {
    /// Nothing.
    Nothing,
    /// Nothing, as it adds up to 1: over responses that are numbers, or over `discrete` ones.
    Whole { discrete: bool },
    /// A number for each row, which may depend on its columns; NaN where it was not found.
    Constants(Vec<f64>),
    /// That is not known.
    Unknown,
}

/// Rows at a time.
const TILE: usize = 4096;

impl Lacking {
    /// Of a model on the rows that it is made for: from how its likelihood is written, from the law that `simulate` states, or
    /// from what it adds up to over all responses.
    ///
    /// # Errors
    /// What the texts or the columns have wrong.
    pub(super) fn of(
        plan: &Plan,
        options: &RowsOptions,
        data: &Data<'_>,
        likelihood: &Each,
    ) -> Result<Lacking, RowsError> {
        if plan.is_density(options) {
            return Ok(Lacking::Nothing);
        }
        let Some(gaps) = gaps(plan, options, data, likelihood)? else {
            let over = adds_up(plan, options, data)?;
            return Ok(over.map_or(Lacking::Unknown, |over| Lacking::Whole { discrete: over.is_discrete() }));
        };
        let known = || gaps.iter().filter(|gap| !gap.is_nan());
        Ok(match (known().count(), known().all(|gap| *gap == 0.0)) {
            (0, _) => Lacking::Unknown,
            // As in the others.
            (_, true) => Lacking::Nothing,
            (count, false) if count == gaps.len() => Lacking::Constants(gaps),
            _ => Lacking::Unknown,
        })
    }
    /// Of the same model on the rows of another table.
    ///
    /// # Errors
    /// As for [`of`](Lacking::of).
    pub(super) fn elsewhere(
        &self,
        plan: &Plan,
        options: &RowsOptions,
        data: &Data<'_>,
        likelihood: &Each,
    ) -> Result<Lacking, RowsError> {
        let Lacking::Constants(_) = self else { return Ok(self.clone()) };
        let gaps = gaps(plan, options, data, likelihood)?;
        Ok(Lacking::Constants(gaps.unwrap_or_else(|| vec![f64::NAN; data.rows.len()])))
    }
    /// Adds it to log likelihoods `out[r * n + i]` of rows from `first` on.
    pub(super) fn add(&self, first: usize, n: usize, out: &mut [f64]) {
        let Lacking::Constants(each) = self else { return };
        let rows = out.chunks_exact_mut(n.max(1)).zip(each.iter().skip(first));
        rows.for_each(|(out, constant)| out.iter_mut().for_each(|l| *l += constant));
    }
}

/// In each row, the log density of the law that is stated less the log likelihood; NaN where both are finite at no point that was
/// tried. `None` where no law is stated whose density is known.
fn gaps(plan: &Plan, options: &RowsOptions, data: &Data<'_>, likelihood: &Each) -> Result<Option<Vec<f64>>, RowsError> {
    let Some(law) = plan.simulate(options)?.filter(|law| law.known) else { return Ok(None) };
    // What is not finite in some row has no density there.
    let Ok(density) = Each::new(plan, data, law.parsed, false) else { return Ok(None) };
    let (theta, rows) = (points(plan), data.rows.len());
    let theta = Batch { n: POINTS, d: theta.len() / POINTS, x: &theta };
    let [mut ours, mut its] = [(); 2].map(|()| vec![0.0; TILE.min(rows) * POINTS]);
    let mut found = Vec::with_capacity(rows);
    for first in (0..rows).step_by(TILE) {
        let tile = first..(first + TILE).min(rows);
        let (ours, its) = (&mut ours[..tile.len() * POINTS], &mut its[..tile.len() * POINTS]);
        likelihood.fill(tile.clone(), -1.0, theta, ours);
        density.fill(tile, 1.0, theta, its);
        found.extend(ours.chunks_exact(POINTS).zip(its.chunks_exact(POINTS)).map(|(ours, its)| gap(ours, its)));
    }
    Ok(Some(found))
}
/// The difference of one row where both are smallest, which has most of its digits; rounding is none.
fn gap(ours: &[f64], its: &[f64]) -> f64 {
    let size = |pair: &(f64, f64)| pair.0.abs().max(pair.1.abs());
    let pairs = ours.iter().copied().zip(its.iter().copied()).filter(|pair| size(pair).is_finite());
    match pairs.min_by(|one, other| size(one).total_cmp(&size(other))) {
        Some(pair) if (pair.1 - pair.0).abs() <= 1e-9 * size(&pair).max(1.0) => 0.0,
        Some((ours, its)) => its - ours,
        None => f64::NAN,
    }
}

/// Rows that are added up, and responses of a count.
const ROWS: usize = 3;
const COUNTS: usize = 4096;
/// How close to 1 a sum comes, and an integral.
const CLOSE: [f64; 2] = [1e-4, 1e-2];
/// So many of the sums have to be 1, and none above: at some points a response lies out of reach.
const ENOUGH: usize = 4;

/// What a likelihood is added up over.
#[derive(Clone, Copy)]
enum Over {
    /// 0 and 1.
    Pair,
    Counts,
    Line(Line),
}
impl Over {
    fn is_discrete(self) -> bool {
        !matches!(self, Over::Line(_))
    }
}

/// Over which responses the likelihood is 1 in all, in some rows at some points: 0 and 1, counts, or those that are numbers.
fn adds_up(plan: &Plan, options: &RowsOptions, data: &Data<'_>) -> Result<Option<Over>, RowsError> {
    let parsed = plan.likelihood(options)?;
    let Some(name) = &options.response else { return Ok(None) };
    let leaf = plan.response(name);
    let Some(place) = parsed.leaves.iter().position(|known| Some(*known) == leaf) else { return Ok(None) };
    let script = Script::over(plan, data, (&parsed.graph, &parsed.leaves), &[parsed.root], None)?;
    let (theta, response) = (points(plan), data.column(name, 0)?);
    let pair = response.iter().all(|y| *y == 0.0 || *y == 1.0);
    let whole = response.iter().all(|y| y.fract() == 0.0 && *y >= 0.0);
    // A density may be meant of numbers above 0 alone, or below 1 too, where all are.
    let half = response.iter().all(|y| *y > 0.0);
    let unit = half && response.iter().all(|y| *y < 1.0);
    // What is added over, and how often that was 1.
    let over = [
        (pair, Over::Pair),
        (whole, Over::Counts),
        (true, Over::Line(Line::Whole)),
        (half, Over::Line(Line::Half)),
        (unit, Over::Line(Line::Unit)),
    ];
    let mut open: Vec<(Over, usize)> = over.into_iter().filter(|at| at.0).map(|at| (at.1, 0)).collect();
    let counts: Vec<f64> = (0..COUNTS).map(|y| y as f64).collect();
    for r in (0..response.len()).step_by(response.len().div_ceil(ROWS).max(1)) {
        for i in 0..POINTS {
            let theta: Vec<f64> = theta.iter().skip(i).step_by(POINTS).copied().collect();
            let log = |y: &[f64]| -> Vec<f64> {
                let minus = script.instead(r, &theta, place, y);
                minus.into_iter().map(|minus| -minus).collect()
            };
            open.retain_mut(|(over, right)| {
                let (sum, close) = match over {
                    Over::Pair => (log(&[0.0, 1.0]).into_iter().map(f64::exp).sum::<f64>(), CLOSE[0]),
                    Over::Counts => {
                        (log(&counts).into_iter().filter(|l| !l.is_nan()).map(f64::exp).sum::<f64>(), CLOSE[0])
                    }
                    Over::Line(line) => (integral(&log, *line, response[r]), CLOSE[1]),
                };
                let whole = (sum - 1.0).abs() < close;
                *right += usize::from(whole);
                // Neither of two responses is out of reach, but for what overflows.
                let less = sum == 0.0 || !matches!(over, Over::Pair);
                sum.is_nan() || whole || (less && sum < 1.0)
            });
            if open.is_empty() {
                return Ok(None);
            }
        }
    }
    Ok(open.into_iter().find(|(_, right)| *right >= ENOUGH).map(|(over, _)| over))
}

/// Where the responses lie.
#[derive(Clone, Copy)]
enum Line {
    Whole,
    Half,
    Unit,
}
impl Line {
    /// The place of a response on the line of all numbers.
    fn place(self, y: f64) -> f64 {
        match self {
            Line::Whole => y,
            Line::Half => y.ln(),
            Line::Unit => (y / (1.0 - y)).ln(),
        }
    }
    /// The response at a place, and the logarithm of how fast it goes along there.
    fn at(self, t: f64) -> (f64, f64) {
        match self {
            Line::Whole => (t, 0.0),
            Line::Half => (t.exp(), t),
            Line::Unit => {
                let y = 1.0 / (1.0 + (-t).exp());
                (y, y.ln() + (1.0 - y).ln())
            }
        }
    }
}
/// Places on the line: c + w sinh(u) for so many u, as far as this while a peak is looked for, and in the end.
const NODES: usize = 1001;
const FAR: [f64; 2] = [16.0, 32.0];
/// Places that a peak is known by, and looks at most.
const PEAK: usize = 16;
const LOOKS: usize = 40;

/// The integral of exp(`log`): the peak is looked for ever closer, and the trapezoidal rule taken in u, where what is integrated falls
/// twice exponentially [TakahasiMori1974]. NaN where there is no peak.
fn integral(log: &dyn Fn(&[f64]) -> Vec<f64>, line: Line, start: f64) -> f64 {
    // u, the place, and the logarithm of the density along the line.
    let along = |c: f64, w: f64, far: f64| -> Vec<(f64, f64, f64)> {
        let u = |k: usize| far * (2.0 * k as f64 / (NODES - 1) as f64 - 1.0);
        let places: Vec<(f64, f64)> = (0..NODES).map(|k| (u(k), c + w * u(k).sinh())).collect();
        let (y, speed): (Vec<f64>, Vec<f64>) = places.iter().map(|(_, t)| line.at(*t)).unzip();
        let logs = log(&y).into_iter().zip(speed).map(|(log, speed)| log + speed);
        let density = |log: f64| if log.is_finite() { log } else { f64::NEG_INFINITY };
        places.into_iter().zip(logs).map(|((u, t), log)| (u, t, density(log))).collect()
    };
    let (mut c, mut w) = (line.place(start), 1e-3);
    for _ in 0..LOOKS {
        let seen = along(c, w, FAR[0]);
        let best = seen.iter().max_by(|a, b| a.2.total_cmp(&b.2)).filter(|best| best.2.is_finite());
        let Some((u, t, most)) = best.copied() else { return f64::NAN };
        let near: Vec<f64> = seen.iter().filter(|place| place.2 > most - 0.5).map(|place| place.1).collect();
        c = t;
        if near.len() >= PEAK {
            let (low, high) = near.iter().fold((t, t), |(low, high), t| (low.min(*t), high.max(*t)));
            w = 0.5 * (high - low);
            let step = 2.0 * FAR[1] / (NODES - 1) as f64;
            return along(c, w, FAR[1]).iter().map(|(u, _, log)| log.exp() * w * u.cosh() * step).sum();
        }
        // As far as from this place to the next: what was missed is narrower.
        w *= u.cosh() * 2.0 * FAR[0] / (NODES - 1) as f64;
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Peaks of any width, far from where they are looked for, heavy tails, and ends, to the digits that are asked for.
    #[test]
    fn densities_add_up_to_one() {
        let of = |log: fn(f64) -> f64, line: Line, start: f64| {
            integral(&|y: &[f64]| y.iter().map(|y| log(*y)).collect(), line, start)
        };
        const ROOT: f64 = 0.918_938_533_204_672_7;
        let normal = |y: f64| -0.5 * y * y - ROOT;
        assert!((of(normal, Line::Whole, 0.0) - 1.0).abs() < 1e-9);
        assert!((of(|y| -0.5 * y * y, Line::Whole, 0.0) / ROOT.exp() - 1.0).abs() < 1e-9);
        assert!((of(|y| -0.5 * ((y - 7e5) / 0.3).powi(2) - ROOT - 0.3f64.ln(), Line::Whole, -20.0) - 1.0).abs() < 1e-6);
        assert!((of(|y| -0.5 * (y / 3e5).powi(2) - ROOT - 3e5f64.ln(), Line::Whole, 1.0) - 1.0).abs() < 1e-6);
        assert!((of(|y| -(std::f64::consts::PI * (1.0 + y * y)).ln(), Line::Whole, 4.0) - 1.0).abs() < 1e-6);
        assert!((of(|y| -(y - 3.0).abs() - 2f64.ln(), Line::Whole, 0.5) - 1.0).abs() < CLOSE[1]);
        assert!((of(|y| -y, Line::Half, 0.2) - 1.0).abs() < 1e-6);
        // gamma(1/2, 1), whose density has no end at 0; beta(2, 3).
        let half = -0.5 * std::f64::consts::PI.ln();
        let gamma = |y: &[f64]| -> Vec<f64> { y.iter().map(|y| half - 0.5 * y.ln() - y).collect() };
        assert!((integral(&gamma, Line::Half, 2.0) - 1.0).abs() < 1e-6);
        assert!((of(|y| 12f64.ln() + y.ln() + 2.0 * (1.0 - y).ln(), Line::Unit, 0.9) - 1.0).abs() < 1e-6);
        assert!(of(|_| f64::NAN, Line::Whole, 0.0).is_nan());
    }
}
