//! PREDICTIVE: what the draws of a run say about the rows of its table: leave-one-out, and replicates of the response.
use serde_json::json;
use std::ops::Range;
use steepest_core::Batch;
use steepest_flows::observer::diagnostics::{
    LeftOut, ess_mean, leave_one_out_at, mean, quantile, reliable_shape, sd, total,
};
use steepest_flows::scheme::in_order;
use steepest_kernels::{exp, uniforms};
use steepest_models::Observations;
use steepest_record::{Array, Check, Draws, Record, Verdict};

/// Draws that are used, at most.
const DRAWS: usize = 4000;
/// Log likelihoods, at most: beyond, fewer draws are used, and beyond that, none.
const MOST: usize = 100_000_000;
const FEWEST: usize = 1000;
/// Numbers of a tile of rows that are drawn one after another.
const TOGETHER: usize = 4_000_000;
/// Replicates that are kept for a picture, and rows of each.
const KEPT: (usize, usize) = (50, 2000);
/// The randomness of replicates is none of the run's.
const KEY: u64 = 0x5052_4544_4943_5453;
const TIES: u16 = 1;
/// What is said of a likelihood that is not known to be a density.
pub(crate) const UP_TO_A_CONSTANT: &str = "This elpd is up to a constant: the likelihood is not known to be a density of the \
    response. Write it by name, as normal_lpdf(y | m, s), or with all its constants; or say what law it is, simulate = \
    \"normal(m, s)\" beside response = \"y\"";

/// Draws as the quantities of a batch, evenly thinned to `most` in all: `theta[k n + i]`, chain after chain.
pub struct Thinned {
    /// Draws.
    pub n: usize,
    /// Quantities.
    pub quantities: usize,
    /// The numbers.
    pub theta: Vec<f64>,
    /// ESS of the mean over n, averaged over the quantities; 1 for one chain.
    pub relative: f64,
}
impl Thinned {
    /// Every so-manieth draw of each chain; of more chains than `most`, one draw of every so-manieth.
    pub fn of(draws: &Draws, most: usize) -> Thinned {
        let apart = draws.chains.div_ceil(most.max(1)).max(1);
        let chains = draws.chains.div_ceil(apart);
        let stride = draws.draws.div_ceil((most / chains.max(1)).max(1)).max(1);
        let thin = |chain: &[f64]| chain.iter().copied().step_by(stride).collect::<Vec<f64>>();
        let n = chains * draws.draws.div_ceil(stride);
        let mut out = Thinned {
            n,
            quantities: draws.names.len(),
            theta: Vec::with_capacity(n * draws.names.len()),
            relative: 1.0,
        };
        let mut efficiencies = Vec::new();
        for k in 0..out.quantities {
            let chains: Vec<Vec<f64>> = (0..draws.chains).step_by(apart).map(|c| thin(draws.chain(k, c))).collect();
            efficiencies.push(ess_mean(&chains.iter().map(Vec::as_slice).collect::<Vec<_>>()) / n as f64);
            chains.iter().for_each(|chain| out.theta.extend_from_slice(chain));
        }
        efficiencies.retain(|e| e.is_finite());
        if draws.chains > 1 && !efficiencies.is_empty() {
            out.relative = mean(&[&efficiencies]);
        }
        out
    }
    /// As a batch of points.
    pub fn batch(&self) -> Batch<'_> {
        Batch { n: self.n, d: self.quantities, x: &self.theta }
    }
}

/// Whether so many rows are left out one by one.
pub(crate) fn judged(rows: usize) -> bool {
    MOST / rows.max(1) >= FEWEST
}

/// What one tile of rows found.
struct Tile {
    rows: Vec<Row>,
    /// Of each draw's replicates the sum and the sum of squares about the mean of the response, the least and the largest; where
    /// there are levels, how many are of each.
    tests: Vec<Vec<f64>>,
}
/// What was found of one row.
#[derive(Clone, Copy)]
struct Row {
    left_out: LeftOut,
    /// The probability integral transform.
    transform: f64,
    /// Whether every draw has the same weight without it: it moves nothing, and there is no tail to have a shape.
    alike: bool,
}

/// Adds to the record: `loo.npy` (rows by elpd, effective parameters, k, probability integral transform, response),
/// `predictive.npy` (the response, then replicates), a line of the ledger, a note and figures under `extra`.
///
/// The draws are those of exp(-beta V), so that a row that is left out takes p^beta with it; what is scored and drawn is still of the
/// law p.
pub(super) fn add(record: &mut Record, observations: &dyn Observations, (beta, seed): (f64, u64), threads: usize) {
    let Some(draws) = &record.draws else { return };
    let rows = observations.rows();
    let most = (MOST / rows.max(1)).min(DRAWS);
    if !judged(rows) {
        record.notes.push(format!("Leave-one-out was left out: {rows} rows are too many for {FEWEST} draws each."));
        return;
    }
    let sample = Thinned::of(draws, most);
    if sample.n < 25 || rows == 0 {
        return;
    }
    let found = tiles(observations, &sample, (beta, seed), threads);
    let each: Vec<Row> = found.iter().flat_map(|tile| tile.rows.iter().copied()).collect();
    if each.iter().all(|row| row.left_out.elpd.is_nan()) {
        return;
    }
    let column = |of: fn(&LeftOut) -> f64| each.iter().map(|row| of(&row.left_out)).collect::<Vec<f64>>();
    let (elpd, se) = total(&column(|l| l.elpd));
    let parameters: f64 = column(|l| l.parameters).iter().sum();
    let (line, above) = reliability(&each, reliable_shape(sample.n));
    let (largest, shaped) = (line.value, column(|l| l.shape).iter().filter(|k| !k.is_nan()).count());
    record.summary.ledger.push(line);
    let of = if beta == 1.0 { String::new() } else { format!(" from draws at beta = {beta}") };
    let constant = if observations.normalised() { String::new() } else { format!(" {UP_TO_A_CONSTANT}.") };
    record.notes.push(format!(
        "Leave-one-out{of}: elpd {elpd:.1} (standard error {se:.1}), {parameters:.1} effective parameters, \
         Pareto k at most {largest:.2} over {shaped} rows.{constant}"
    ));
    let extra = &mut record.summary.extra;
    extra.insert(
        "loo".into(),
        json!({
            "elpd": elpd, "se": se, "p": parameters, "largest_k": largest, "above": above,
            "rows": rows, "draws": sample.n, "relative_efficiency": sample.relative,
            "normalised": observations.normalised(), "discrete": observations.discrete(),
        }),
    );
    let levels = observations.levels();
    let tests = if levels.is_empty() {
        tests(observations.response(), &found)
    } else {
        extra.insert("levels".into(), json!(levels));
        shares(observations, &found)
    };
    if let Some(tests) = tests {
        extra.insert("predictive".into(), tests);
    }
    let each = each.iter().zip(observations.response());
    let flat = each.flat_map(|(Row { left_out: l, transform, .. }, y)| [l.elpd, l.parameters, l.shape, *transform, *y]);
    record.arrays.push(Array { name: "loo".into(), shape: vec![rows, 5], values: flat.collect() });
    record.arrays.extend(pictured(observations, &sample, seed));
}

/// The line of the ledger on the shapes of the tails, and how many rows cannot be relied on: those with a shape above `bound`,
/// and those whose weights differ but have no shape that could be found.
fn reliability(each: &[Row], bound: f64) -> (Check, usize) {
    let shapes = || each.iter().filter(|row| !row.alike).map(|row| row.left_out.shape);
    let largest = shapes().fold(f64::NAN, f64::max);
    let (known, rows) = (shapes().filter(|k| *k <= bound).count(), each.len());
    let (unknown, above) = (shapes().filter(|k| k.is_nan()).count(), shapes().count() - known);
    let advice: String = match (known, above - unknown, unknown) {
        (0, 0, 0) => "No row moves the posterior at all: nothing was tested.".into(),
        (_, 0, 0) => "No row moves the posterior by itself so far that leaving it out could not be computed.".into(),
        (_, far, 0) => {
            format!("{far} of {rows} rows move the posterior so far that elpd cannot be relied on: look at them.")
        }
        (_, far, _) => format!(
            "How far {unknown} of {rows} rows move the posterior is not known, as where a chain repeats one draw; {far} move it so \
             far that elpd cannot be relied on: look at them, and at how the chains mix."
        ),
    };
    let verdict = if above == 0 && known > 0 { Verdict::Holds } else { Verdict::Inconclusive };
    (Check { check: "Pareto k (leave-one-out)".into(), verdict, value: largest, bound, advice }, above)
}

/// Whether these are all the same, to rounding.
fn alike(log_likelihood: &[f64]) -> bool {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = log_likelihood.iter().fold(ends, |(low, high), l| (low.min(*l), high.max(*l)));
    log_likelihood.iter().all(|l| l.is_finite()) && high - low <= 1e-12 * high.abs().max(1.0)
}

/// Rows in tiles whose number does not depend on the threads, so that sums have one order.
fn tiles(observations: &dyn Observations, sample: &Thinned, (beta, seed): (f64, u64), threads: usize) -> Vec<Tile> {
    let rows = observations.rows();
    // Replicates of rows that depend on one another are drawn from the first row on, in every tile.
    let least = if observations.sequential() { TOGETHER / sample.n.max(1) } else { 0 };
    let size = rows.div_ceil(32).clamp(16, 512).max(least.min(rows));
    let centre = mean(&[observations.response()]);
    let work = |first: usize| tile(observations, first..(first + size).min(rows), sample, (beta, seed, centre));
    in_order(threads, (0..rows).step_by(size), work).collect()
}

/// What these rows come to; `centre` lies among the replicates, so that sums of squares about it do not cancel.
fn tile(
    observations: &dyn Observations,
    rows: Range<usize>,
    sample: &Thinned,
    (beta, seed, centre): (f64, u64, f64),
) -> Tile {
    let n = sample.n;
    let (mut likelihood, mut replicates) = (vec![0.0; rows.len() * n], vec![0.0; rows.len() * n]);
    observations.log_likelihood(rows.clone(), sample.batch(), &mut likelihood);
    observations.replicate(rows.clone(), seed ^ KEY, 0, sample.batch(), &mut replicates);
    // A transform is of what was expected of a row when the rows before it were known.
    let mut ahead = Vec::new();
    if observations.sequential() {
        ahead.resize(rows.len() * n, 0.0);
        observations.one_step(rows.clone(), seed ^ KEY, 0, sample.batch(), &mut ahead);
    }
    let foretold = if ahead.is_empty() { &replicates } else { &ahead };
    let levels = observations.levels().len();
    let mut tests = match levels {
        0 => vec![vec![0.0; n], vec![0.0; n], vec![f64::INFINITY; n], vec![f64::NEG_INFINITY; n]],
        _ => vec![vec![0.0; n]; levels],
    };
    let mut weights = vec![0.0; n];
    let mut each = Vec::with_capacity(rows.len());
    let each_row = rows.zip(likelihood.chunks_exact(n)).zip(replicates.chunks_exact(n)).zip(foretold.chunks_exact(n));
    for (((r, likelihood), replicates), foretold) in each_row {
        let left_out = leave_one_out_at(beta, likelihood, sample.relative, &mut weights);
        let y = observations.response()[r];
        let (mut below, mut equal) = (0.0, 0.0);
        exp(&mut weights);
        for (i, ((&w, ahead), z)) in weights.iter().zip(foretold).zip(replicates).enumerate() {
            below += if *ahead < y { w } else { 0.0 };
            equal += if *ahead == y { w } else { 0.0 };
            if levels > 0 {
                tests[*z as usize][i] += 1.0;
                continue;
            }
            tests[0][i] += z - centre;
            tests[1][i] += (z - centre) * (z - centre);
            tests[2][i] = tests[2][i].min(*z);
            tests[3][i] = tests[3][i].max(*z);
        }
        // Ties are broken at random, which makes the transform of a discrete response uniform too.
        let mut u = [0.0];
        uniforms(seed ^ KEY, 0, TIES, r as u64, &mut u);
        let known = foretold.iter().all(|z| z.is_finite());
        let transform = if known { below + u[0] * equal } else { f64::NAN };
        each.push(Row { left_out, transform, alike: alike(likelihood) });
    }
    Tile { rows: each, tests }
}

/// The share of the rows that have each level, beside that in the replicates, as [`tests`] has it.
fn shares(observations: &dyn Observations, found: &[Tile]) -> Option<serde_json::Value> {
    let (y, draws) = (observations.response(), found.first()?.tests.first()?.len());
    let mut out = serde_json::Map::new();
    for (k, level) in observations.levels().iter().enumerate() {
        let n = y.len() as f64;
        let value = y.iter().filter(|y| **y == k as f64).count() as f64 / n;
        let replicated = (0..draws).map(|i| found.iter().map(|tile| tile.tests[k][i]).sum::<f64>() / n).collect();
        out.insert(format!("share of {level}"), beside(value, replicated));
    }
    Some(out.into())
}

/// A number of the response beside its replicates.
fn beside(value: f64, replicated: Vec<f64>) -> serde_json::Value {
    let above = replicated.iter().filter(|x| **x > value).count() as f64;
    let level = replicated.iter().filter(|x| **x == value).count() as f64;
    let (low, high) = (quantile(&[&replicated], 0.05), quantile(&[&replicated], 0.95));
    json!({ "value": value, "q5": low, "q95": high, "above": (above + 0.5 * level) / replicated.len() as f64 })
}

/// Mean, sd, least and largest of the response beside those of its replicates: value, 5 % and 95 % of the replicates, and
/// the share of replicates that lie above.
fn tests(y: &[f64], found: &[Tile]) -> Option<serde_json::Value> {
    let (n, draws, centre) = (y.len() as f64, found.first()?.tests[0].len(), mean(&[y]));
    let over = |t: usize, i: usize, f: fn(f64, f64) -> f64| found.iter().map(|tile| tile.tests[t][i]).reduce(f);
    let add: fn(f64, f64) -> f64 = |a, b| a + b;
    let spread = |sum: f64, squares: f64| ((squares - sum * sum / n) / (n - 1.0)).max(0.0).sqrt();
    let of = |name: &str, i: usize| -> Option<f64> {
        Some(match name {
            "mean" => centre + over(0, i, add)? / n,
            "sd" => spread(over(0, i, add)?, over(1, i, add)?),
            "min" => over(2, i, f64::min)?,
            _ => over(3, i, f64::max)?,
        })
    };
    let mut out = serde_json::Map::new();
    for (name, value) in [
        ("mean", centre),
        ("sd", sd(&[y])),
        ("min", y.iter().copied().fold(f64::INFINITY, f64::min)),
        ("max", y.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    ] {
        let replicated: Vec<f64> = (0..draws).map(|i| of(name, i)).collect::<Option<_>>()?;
        if !value.is_finite() || replicated.iter().any(|x| !x.is_finite()) {
            return None;
        }
        out.insert(name.into(), beside(value, replicated));
    }
    Some(out.into())
}

/// The response and a few replicates, over rows spread evenly where there are many.
fn pictured(observations: &dyn Observations, sample: &Thinned, seed: u64) -> Option<Array> {
    let (rows, kept) = (observations.rows(), KEPT.0.min(sample.n));
    let shown: Vec<usize> = (0..rows).step_by(rows.div_ceil(KEPT.1)).collect();
    let mut values: Vec<f64> = shown.iter().map(|&r| observations.response()[r]).collect();
    let mut out = vec![0.0; rows];
    for j in 0..kept {
        let i = j * sample.n / kept;
        let theta: Vec<f64> = (0..sample.quantities).map(|k| sample.theta[k * sample.n + i]).collect();
        let one = Batch { n: 1, d: sample.quantities, x: &theta };
        observations.replicate(0..rows, seed ^ KEY, i as u64, one, &mut out);
        values.extend(shown.iter().map(|&r| out[r]));
    }
    let known = values.iter().all(|y| y.is_finite());
    known.then(|| Array { name: "predictive".into(), shape: vec![kept + 1, shown.len()], values })
}

#[cfg(test)]
mod tests;
