//! CALIBRATE: whether fits of data that the model made itself find the parameters behind them as often as they claim to.
mod judged;
use crate::drive::{Remake, moves_chains, sample, starts_given};
use crate::{Config, Functional, Noise, SpecError, Watch};
use judged::{Judged, fitted, independent, lines};
use serde_json::json;
use std::sync::Mutex;
use steepest_core::Batch;
use steepest_flows::observer::diagnostics::rank_band;
use steepest_flows::scheme::in_order;
use steepest_kernels::{philox4x32, uniforms};
use steepest_models::{Model, NoPrior};
use steepest_record::{Array, Record, Seconds, Summary};

/// Draws of the posterior among which a truth has its rank, from 0 to this.
const DRAWS: usize = 63;
/// Transitions of warm-up, at most.
const WARMUP: u64 = 500;
/// False alarms of a whole calibration.
const ALARM: f64 = 0.01;
/// The randomness of parameters, of responses, of chains, and of ties.
const KEYS: [u64; 4] = [0x5052_494f_5244_5257, 0x5245_5350_4f4e_5345, 0x4348_4149_4e53_4243, 0x5449_4553_4352_414e];

/// Simulation-based calibration [TaltsEtAl2018].
///
/// Parameters are drawn from the prior of `model`, a response from its likelihood at them, and `fit` makes the model that is
/// sampled given that response. Law: where `fit` has the same prior and likelihood, the rank of each parameter among
/// independent draws of its posterior is uniform; so is that of the log likelihood, which sees what every parameter by
/// itself does not [ModrakEtAl2023].
pub struct Experiment<'a> {
    /// How it is fitted: scheme, warm-up, seed, threads.
    pub config: &'a Config,
    /// What makes the data.
    pub model: &'a dyn Model,
    /// The model of a response.
    pub fit: &'a Fit<'a>,
    /// How often.
    pub replications: usize,
}

/// Makes the model of a response.
pub type Fit<'a> = dyn Fn(&[f64]) -> Result<Box<dyn Model>, SpecError> + Sync + 'a;

/// One replication: a rank for each quantity and for the log likelihood, the least effective size, gradients.
type Ranked = Result<(Vec<usize>, f64, u64), String>;

/// The calibration of what `config` composes.
///
/// # Errors
/// Input where the model is not made of a prior and a likelihood from which can be drawn; numerical where no fit succeeds.
pub fn calibrate(config: &Config, replications: usize, watch: &mut dyn Watch) -> Result<Record, SpecError> {
    if let Functional::Regression { weights: Some(_), .. } = &config.functional {
        let message = "with `weights` the likelihood is a power of a density, from which no response can be drawn";
        return Err(config.problem("functional.weights", message).into());
    }
    if let Noise::Thermal { beta, .. } = config.noise
        && beta != 1.0
    {
        let message = format!("a calibration is of the posterior, and beta = {beta} samples its density to that power");
        return Err(config.problem("noise.beta", message).note("leave `beta` out of [noise]").into());
    }
    let remake = Remake::of(config)?;
    let model = remake.model(None)?;
    config.fits_model(&*model)?;
    starts_given(config, &*model)?;
    let fit = |response: &[f64]| remake.model(Some(response));
    let mut record = Experiment { config, model: &*model, fit: &fit, replications }.run(watch)?;
    let mut notes = model.notes();
    notes.append(&mut record.notes);
    record.notes = notes;
    Ok(record)
}

impl Experiment<'_> {
    /// Runs it. The record is the same, to the bit and apart from the clock, for every number of threads; where the watcher
    /// stops it, it rests on the replications done until then.
    ///
    /// Of the record: `ranks.npy` (replications by quantities), a line of the ledger for each quantity, `extra.calibration`.
    ///
    /// # Errors
    /// As [`calibrate`].
    pub fn run(&self, watch: &mut dyn Watch) -> Result<Record, SpecError> {
        let Some(observations) = self.model.observations() else {
            return Err(self.unstated(&NoPrior::Unstated));
        };
        moves_chains(self.config, self.model.dim())?;
        let mut names = self.model.names();
        let mut truth = vec![0.0; names.len()];
        self.model.draw_prior(KEYS[0], 0, &mut truth).map_err(|why| self.unstated(&why))?;
        if !observations.drawable() {
            return Err(self.undrawable());
        }
        names.push("log likelihood".into());
        let begun = std::time::Instant::now();
        let each = self.each(watch);
        let ranked: Vec<&(Vec<usize>, f64, u64)> = each.iter().filter_map(|(_, found)| found.as_ref().ok()).collect();
        let failure = each.iter().find_map(|(r, found)| Some((r, found.as_ref().err()?)));
        if let (true, Some((_, why))) = (ranked.is_empty(), failure) {
            let wide = "priors as wide as these make data no fit can use; narrower ones may say what is known";
            return Err(SpecError::Numerical {
                message: format!("none of {} replications could be fitted: {why}", each.len()),
                advice: self.left_behind(why).unwrap_or_else(|| wide.into()),
                record: None,
            });
        }
        let seconds = Seconds { run: begun.elapsed().as_secs_f64(), ..Seconds::default() };
        let gradients = ranked.iter().map(|(_, _, gradients)| gradients).sum();
        let column = |k: usize| ranked.iter().map(|(ranks, ..)| ranks[k]).collect::<Vec<usize>>();
        let judged: Vec<Judged> =
            names.iter().enumerate().map(|(k, name)| Judged::of(name, &column(k), names.len())).collect();
        let mut record = Record {
            summary: Summary {
                schema: 1,
                row: "calibration".into(),
                seed: self.config.run.seed,
                steps: ranked.len() as u64,
                gradients,
                rate: gradients as f64 / seconds.run.max(1e-9),
                seconds,
                ..Summary::default()
            },
            flow: self.config.resolved(),
            ..Record::default()
        };
        let short = ranked.iter().filter(|(_, effective, _)| *effective < DRAWS as f64).count();
        let ledger = &mut record.summary.ledger;
        ledger.extend(lines(&judged));
        let advice = failure.and_then(|(_, why)| self.left_behind(why)).unwrap_or_default();
        ledger.push(fitted(each.len() - ranked.len(), failure.map(|(r, why)| (*r, why.as_str())), &advice));
        ledger.push(independent(short, ranked.len()));
        record.notes.push(format!(
            "Simulation-based calibration: {} replications, ranks among {DRAWS} draws each. Where model and sampler are right, \
             any line of the ledger is violated in at most {:.0} % of calibrations, taken together (Bonferroni over {} \
             quantities).",
            ranked.len(),
            100.0 * ALARM,
            names.len()
        ));
        if each.len() < self.replications {
            record.notes.push(format!("Stopped after {} of {} replications.", each.len(), self.replications));
        }
        let quantities: Vec<_> =
            judged.iter().map(|j| json!({ "name": j.name, "p": j.p, "mean": j.mean, "spread": j.spread })).collect();
        record.summary.extra.insert(
            "calibration".into(),
            json!({
                "replications": ranked.len(), "asked": self.replications, "failed": each.len() - ranked.len(),
                "draws": DRAWS, "false_alarms": ALARM,
                "band": rank_band(ranked.len(), DRAWS + 1, ALARM / names.len() as f64), "quantities": quantities,
            }),
        );
        let values = ranked.iter().flat_map(|(ranks, ..)| ranks.iter().map(|rank| *rank as f64)).collect();
        record.arrays.push(Array { name: "ranks".into(), shape: vec![ranked.len(), names.len()], values });
        Ok(record)
    }

    fn key(&self, k: usize) -> u64 {
        self.config.run.seed ^ KEYS[k]
    }
    /// A response at these quantities.
    fn respond(&self, replication: u64, truth: &[f64], y: &mut [f64]) {
        if let Some(observations) = self.model.observations() {
            let theta = Batch { n: 1, d: truth.len(), x: truth };
            observations.replicate(0..observations.rows(), self.key(1), replication, theta, y);
        }
    }
    /// Of a law that passed for that of the likelihood in the table, and not with a response that was drawn: the columns that may not
    /// have followed.
    fn left_behind(&self, why: &str) -> Option<String> {
        let Functional::Rows { nll, ll, simulate: Some(law), response: Some(response), parameters, constants, .. } =
            &self.config.functional
        else {
            return None;
        };
        if !why.starts_with(NOT_THE_LAW) {
            return None;
        }
        let known = names(law);
        let own = |name: &str| {
            let built_in = ["pi", "tau"].contains(&name) || name == response;
            built_in || parameters.contains_key(name) || constants.contains_key(name)
        };
        let mut columns = names(ll.as_ref().or(nll.as_ref())?);
        columns.retain(|name| !own(name) && !known.contains(name));
        columns.dedup();
        let which = match columns.as_slice() {
            [] => "a column of it may".to_owned(),
            [one] => format!("`{one}` may"),
            several => format!("{} may", several.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        Some(format!(
            "nothing against it was found in the table, so {which} depend on the response and does not follow one that is drawn: say \
             it by the response itself, as where({response} < limit, LAW_lpdf(...), LAW_lccdf(...)) for what is censored above a limit"
        ))
    }
    /// The likelihood does not say how to draw a response.
    fn undrawable(&self) -> SpecError {
        let why = |key: &str, why: &str, note: &str| {
            let problem = self.config.problem(key, format!("this model cannot be calibrated: {why}"));
            problem.note(note).into()
        };
        match &self.config.functional {
            Functional::Rows { response: None, .. } => why(
                "functional.data",
                "it does not say which column is the response",
                "write response = \"y\" in [functional]",
            ),
            Functional::Rows { nll, .. } => {
                let key = if nll.is_some() { "nll" } else { "ll" };
                why(
                    &format!("functional.{key}"),
                    &format!("`{key}` is not one named density of the response, so it does not say how to draw one"),
                    "say how in [functional]: simulate = \"normal(mu, s)\", or mix(p, LAW, LAW), or min(LAW, limit) for what is \
                     censored above a limit",
                )
            }
            _ => why("functional.kind", "its likelihood does not say how to draw a response", ""),
        }
    }
    fn unstated(&self, why: &NoPrior) -> SpecError {
        let key = match why {
            NoPrior::Unstated => "functional.kind".into(),
            NoPrior::Joint => "functional.prior".into(),
            NoPrior::Improper { name } | NoPrior::Undrawable { name, .. } => format!("functional.priors.{name}"),
        };
        let problem = self.config.problem(&key, format!("this model cannot be calibrated: {why}"));
        match why {
            NoPrior::Unstated => problem.note("calibrate needs a regression, or rows of a table with priors").into(),
            NoPrior::Improper { name } => {
                problem.note(format!("for example \"{name}\" = \"normal(0, 1)\" in [functional.priors]")).into()
            }
            NoPrior::Joint | NoPrior::Undrawable { .. } => problem.into(),
        }
    }

    /// The replications in order, as far as they were done.
    fn each(&self, watch: &mut dyn Watch) -> Vec<(usize, Ranked)> {
        let total = self.replications;
        let shared = Mutex::new((0_u64, 0_usize, watch));
        // No replication is begun once the watcher has had enough.
        let wanted = (0..total).take_while(|_| shared.lock().is_ok_and(|shared| !shared.2.stop()));
        let work = |r: usize| {
            let ranked = self.replication(r as u64);
            if let Ok(mut shared) = shared.lock() {
                let (done, failed, watch) = &mut *shared;
                *done += 1;
                *failed += usize::from(ranked.is_err());
                watch.progress(*done, total as u64, "fits", &format!("{failed} failed"));
            }
            (r, ranked)
        };
        in_order(crate::drive::threads(self.config), wanted, work).collect()
    }

    fn replication(&self, r: u64) -> Ranked {
        let Some(observations) = self.model.observations() else { return Err(NoPrior::Unstated.to_string()) };
        let mut truth = vec![0.0; self.model.names().len()];
        self.model.draw_prior(self.key(0), r, &mut truth).map_err(|why| why.to_string())?;
        let mut y = vec![0.0; observations.rows()];
        self.respond(r, &truth, &mut y);
        if y.iter().any(|y| !y.is_finite()) {
            return Err("the response that was drawn is not finite: the prior allows what no computer can hold".into());
        }
        let said = |error: SpecError| error.to_string();
        let model = (self.fit)(&y).map_err(said)?;
        let mut config = self.config.clone();
        config.run.seed = seed(self.key(2), r);
        let warmup = match config.run.length {
            crate::Length::Draws { warmup, .. } => warmup.min(WARMUP),
            _ => WARMUP,
        };
        let drawn = sample(&config, &*model, warmup, DRAWS).map_err(said)?;
        // The truth last, beside the draws.
        let (n, quantities) = (DRAWS + 1, truth.len());
        let mut theta = Vec::with_capacity(n * quantities);
        for (draws, truth) in drawn.theta.chunks_exact(DRAWS).zip(&truth) {
            theta.extend_from_slice(draws);
            theta.push(*truth);
        }
        theta.extend(log_likelihoods(&*model, Batch { n, d: quantities, x: &theta }));
        let mut u = vec![0.0; quantities + 1];
        uniforms(self.key(3), r, 0, 0, &mut u);
        let ranks = theta.chunks_exact(n).zip(&u).map(|(values, u)| rank(&values[..DRAWS], values[DRAWS], *u));
        Ok((ranks.collect(), drawn.effective, drawn.gradients))
    }
}

/// How an error begins that says so.
const NOT_THE_LAW: &str = "the log density of `simulate` is not the log likelihood";

/// The names in an expression that are not called, in order.
fn names(text: &str) -> Vec<&str> {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(inside) {
        let word = &rest[start..];
        let end = word.find(|c: char| !inside(c)).unwrap_or(word.len());
        let (name, after) = word.split_at(end);
        if !name.starts_with(|c: char| c.is_ascii_digit()) && !after.trim_start().starts_with('(') {
            out.push(name);
        }
        rest = after;
    }
    out.sort_unstable();
    out
}

/// Of all rows together, point by point.
fn log_likelihoods(model: &dyn Model, theta: Batch<'_>) -> Vec<f64> {
    let mut sums = vec![0.0; theta.n];
    if let Some(observations) = model.observations() {
        let rows = observations.rows();
        let mut each = vec![0.0; theta.n * rows.min(1024)];
        for first in (0..rows).step_by(1024) {
            let tile = first..(first + 1024).min(rows);
            let each = &mut each[..theta.n * tile.len()];
            observations.log_likelihood(tile, theta, each);
            each.chunks_exact(theta.n).for_each(|row| sums.iter_mut().zip(row).for_each(|(s, l)| *s += l));
        }
    }
    sums
}

/// How many draws lie below the truth; ties fall to either side at random.
fn rank(draws: &[f64], truth: f64, u: f64) -> usize {
    let below = draws.iter().filter(|x| **x < truth).count();
    let equal = draws.iter().filter(|x| **x == truth).count();
    below + (u * (equal + 1) as f64) as usize
}

/// The seed of the chain of a replication.
fn seed(key: u64, r: u64) -> u64 {
    let [a, b, ..] = philox4x32([r as u32, (r >> 32) as u32, 0, 0], [key as u32, (key >> 32) as u32]);
    u64::from(a) << 32 | u64::from(b)
}
