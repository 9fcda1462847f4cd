//! EXTRAPOLATE: a run of half the step beside an unadjusted one, along the same Brownian paths, and what h leaves of bias.
//!
//! An average over the law of step h is m(h) = m + c h^p + ..., p the weak order of the scheme; so m(h/2) + (m(h/2) - m(h)) /
//! (2^p - 1) is without the leading term [TalayTubaro1990]. Averages are of pairs that share their shocks, so that the
//! difference is known far better than either.
use super::{checks, ensemble, langevin};
use crate::{Config, Length, SpecError, State, Watch};
use serde_json::{Value, json};
use steepest_core::{Batch, Workspace};
use steepest_flows::observer::diagnostics::{mcse_mean, mean, sd};
use steepest_flows::observer::{Check, Verdict};
use steepest_models::Model;
use steepest_record::{Checkpoint, Record, Summary, Verdict as LineVerdict};

/// Shift of a mean or a standard deviation, in standard deviations, that nobody minds.
const BOUND: f64 = 0.1;

/// Quantities of a run: `values[k][c]`, chain c of quantity k; a cloud is one chain of independent draws.
struct Run {
    values: Vec<Vec<Vec<f64>>>,
    independent: bool,
}
/// An average at both steps: extrapolated, its standard error, the bias at h, its standard error.
#[derive(Clone, Copy)]
struct Average([f64; 4]);

/// Runs `config` once more at half its step, if it says so, and adds `extra.extrapolation`, a note and a line of the ledger.
///
/// # Errors
/// Those of the second run.
pub(super) fn add(
    record: &mut Record,
    config: &Config,
    model: &dyn Model,
    watch: &mut dyn Watch,
) -> Result<(), SpecError> {
    let halved = if config.scheme.extrapolates() { config.scheme.halved() } else { None };
    let Some((scheme, step, order)) = halved else { return Ok(()) };
    let Some(whole) = Run::of(record, model).filter(|_| !watch.stop()) else {
        record.notes.push("Stopped before the run of half the step: nothing is extrapolated.".into());
        return Ok(());
    };
    let mut config = config.clone();
    (config.scheme, config.halved) = (scheme, true);
    config.run.length = match config.run.length {
        // As many draws as there are, wherever the run stopped.
        Length::Draws { warmup, thin, .. } => {
            Length::Draws { draws: record.summary.steps, warmup: 2 * warmup, thin: 2 * thin }
        }
        Length::Strides { steps, warmup, every } => {
            Length::Strides { steps: 2 * steps, warmup: 2 * warmup, every: 2 * every }
        }
    };
    config.run.until = Default::default();
    let mut keep = Checkpoint::default();
    let second = match config.state {
        State::Particles { .. } => ensemble::run(&config, model, &mut keep, watch)?,
        _ => langevin::run(&config, model, &mut keep, watch)?,
    };
    add_cost(&mut record.summary, &second.summary);
    let half = Run::of(&second, model).map(|half| half.like(&whole));
    let Some(half) = half.filter(|half| !watch.stop() && half.matches(&whole)) else {
        record.notes.push("Stopped in the run of half the step: nothing is extrapolated.".into());
        return Ok(());
    };
    let factor = f64::from(1_u32 << order) - 1.0;
    let (mut rows, mut worst) = (Vec::new(), [0.0, 0.0]);
    for (k, name) in model.names().iter().enumerate() {
        let pair = (&whole.values[k][..], &half.values[k][..]);
        let means = average(pair, factor, whole.independent, <[_]>::to_vec);
        let squares = average(pair, factor, whole.independent, squares);
        let [variance, error, bias, of_bias] = squares.0;
        let deviation = variance.max(0.0).sqrt();
        // Of a standard deviation the bias is half of what the variance has, over the sd.
        for [bias, error] in
            [[means.0[2] / deviation, means.0[3] / deviation], [0.5 * bias / variance, 0.5 * of_bias / variance]]
        {
            if bias.abs() > worst[0] || !bias.is_finite() {
                worst = [bias.abs(), error];
            }
        }
        rows.push(json!({
            "name": name,
            "mean": means.0[0], "mean_se": means.0[1], "mean_bias": means.0[2], "mean_bias_se": means.0[3],
            "variance": variance, "variance_se": error, "variance_bias": bias, "variance_bias_se": of_bias,
        }));
    }
    let relaxing =
        record.summary.ledger.iter().any(|line| line.check == "equilibrium" && line.verdict != LineVerdict::Holds);
    record.summary.ledger.push(checks::line(&check(worst, relaxing)));
    record.notes.push(format!(
        "Extrapolated from strides h and h / 2 along the same paths, for a bias of order h^{order}: `extrapolation` in \
         summary.json. The parameters are those of stride h."
    ));
    record
        .summary
        .extra
        .insert("extrapolation".into(), json!({ "order": order, "steps": [2.0 * step, step], "quantities": rows }));
    Ok(())
}

/// Adds what the second run cost: times are of both, and those of a stride are means over the strides of both, twice as many of
/// which are halves.
fn add_cost(summary: &mut Summary, second: &Summary) {
    summary.gradients += second.gradients;
    let (seconds, more) = (&mut summary.seconds, second.seconds);
    seconds.setup += more.setup;
    seconds.warmup += more.warmup;
    seconds.run += more.run;
    summary.rate = summary.gradients as f64 / (seconds.warmup + seconds.run).max(1e-9);
    for (key, shares) in [
        ("cpu_seconds", [1.0, 1.0]),
        ("run_cpu_seconds", [1.0, 1.0]),
        ("ns_per_particle_step", [1.0 / 3.0, 2.0 / 3.0]),
        ("cpu_ns_per_particle_step", [1.0 / 3.0, 2.0 / 3.0]),
    ] {
        let of = |summary: &Summary| summary.extra.get(key).and_then(Value::as_f64);
        if let (Some(first), Some(second)) = (of(summary), of(second)) {
            summary.extra.insert(key.into(), json!(shares[0] * first + shares[1] * second));
        }
    }
}

fn check([bias, error]: [f64; 2], relaxing: bool) -> Check {
    let mut check = Check::at_most(
        "step-size bias",
        bias,
        BOUND,
        (
            "The step moves no mean and no standard deviation by more than 0.1 standard deviations, by a run of half the step.",
            "The step moves a mean or a standard deviation by more than 0.1 standard deviations: shorten it, or read the extrapolated figures.",
        ),
    );
    // Four standard errors decide, on either side.
    if (bias - BOUND).abs() < 4.0 * error || !error.is_finite() {
        check.verdict = Verdict::Inconclusive;
        check.advice = "Both runs together cannot tell the bias of the step from its bound: longer ones would.";
    }
    if relaxing {
        check.verdict = Verdict::Inconclusive;
        check.advice = "The cloud is still relaxing; the law of its equilibrium says nothing yet.";
    }
    check
}

/// Squares about the mean of all.
fn squares(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let all: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
    let centre = mean(&all);
    chains.iter().map(|chain| chain.iter().map(|x| (x - centre) * (x - centre)).collect()).collect()
}

/// Of what `see` makes of the draws at h and at h / 2.
fn average(
    (whole, half): (&[Vec<f64>], &[Vec<f64>]),
    factor: f64,
    independent: bool,
    see: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
) -> Average {
    let (whole, half) = (see(whole), see(half));
    let with = |of: &dyn Fn(f64, f64) -> f64| -> [f64; 2] {
        let pairs = whole.iter().zip(&half);
        let series: Vec<Vec<f64>> = pairs.map(|(a, b)| a.iter().zip(b).map(|(a, b)| of(*a, *b)).collect()).collect();
        let series: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
        [mean(&series), if independent { independent_error(&series) } else { mcse_mean(&series) }]
    };
    let [value, error] = with(&|a, b| b + (b - a) / factor);
    let [bias, of_bias] = with(&|a, b| (a - b) * (factor + 1.0) / factor);
    Average([value, error, bias, of_bias])
}
/// sd / sqrt(n)
fn independent_error(series: &[&[f64]]) -> f64 {
    let n: usize = series.iter().map(|x| x.len()).sum();
    sd(series) / (n as f64).sqrt()
}

impl Run {
    /// The draws of a record, or its last state.
    fn of(record: &Record, model: &dyn Model) -> Option<Run> {
        if let Some(draws) = &record.draws {
            let chain = |k: usize| (0..draws.chains).map(|c| draws.chain(k, c).to_vec()).collect();
            return Some(Run { values: (0..draws.names.len()).map(chain).collect(), independent: false });
        }
        let state = record.arrays.iter().find(|array| array.name == "state")?;
        let [d, n] = state.shape[..] else { return None };
        let mut out = vec![0.0; model.names().len() * n];
        model.report(Batch { n, d, x: &state.values }, &mut out, &mut Workspace::default());
        let values = out.chunks_exact(n.max(1)).map(|column| vec![column.to_vec()]).collect();
        Some(Run { values, independent: true })
    }
    fn length(&self) -> usize {
        self.values.first().and_then(|chains| chains.first()).map_or(0, Vec::len)
    }
    /// As evenly thinned as `other` was to fit in memory.
    fn like(mut self, other: &Run) -> Run {
        let stride = self.length().div_ceil(other.length().max(1)).max(1);
        if stride > 1 {
            let chains = self.values.iter_mut().flatten();
            chains.for_each(|chain| *chain = chain.iter().copied().step_by(stride).collect());
        }
        self
    }
    fn matches(&self, other: &Run) -> bool {
        self.values.len() == other.values.len() && self.length() == other.length() && self.length() > 1
    }
}
