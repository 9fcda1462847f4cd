//! TEMPERING: ladders of chains between a Gaussian and the target; what they say about log Z, and what nobody can say.
use super::chains::{Keeps, drive};
use super::rough_fit::Seen;
use super::sampler::sampler;
use super::student::student;
use super::{checks, threads};
use crate::{Config, Scheme, SpecError, Watch};
use serde_json::json;
use steepest_flows::flow::tempering::{Ladders, Reference, Tempering};
use steepest_flows::observer::{Check, Moments, Verdict};
use steepest_flows::scheme::metropolis::Chain;
use steepest_kernels::normals;
use steepest_models::Model;
use steepest_record::{Checkpoint, LogZ, Record};

impl Keeps for Ladders {
    fn chains(&mut self) -> Vec<&mut Chain> {
        self.tops().collect()
    }
}
/// Points that the width of the reference is taken from.
const POINTS: u64 = 1000;
const STREAM: u16 = 0x202;
/// Standard deviations to either side of a normal number that hold 95 of 100.
const NORMAL: f64 = 1.959_963_984_540_054;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let (Scheme::Tempering { rungs, spread, .. }, Some(sampler)) = (&config.scheme, sampler(&config.scheme)) else {
        return Err(SpecError::input("this drive tempers"));
    };
    let scheme = Tempering {
        kernel: sampler.kernel,
        rungs: *rungs as usize,
        adapt: sampler.adapt(config),
        reference: reference(config, model, *spread),
        threads: threads(config),
    };
    let (mut record, ladders) = drive((config, &Seen::plainly(model)), (&sampler, &scheme), checkpoint, watch)?;
    record.summary.row = "tempering".into();
    let count = ladders.replicas.len();
    let restarts = ladders.restarts();
    let log_z: Moments = ladders.log_z().into_iter().collect();
    if record.summary.steps > 0 && log_z.mean().is_finite() {
        let wider = student(0.05, count.saturating_sub(1)) / NORMAL;
        record.summary.log_z = Some(LogZ { value: log_z.mean(), se: wider * log_z.standard_error() });
        record.notes.push(match count {
            1 => "log Z has no error: one ladder has none to be held against.".into(),
            _ => format!(
                "log Z is the mean of {count} ladders, and its error how far they lie apart, times {wider:.2} as they are so many: \
                 twice that on either side holds the truth 95 times in 100."
            ),
        });
    }
    let rejections = ladders.rejections();
    let barrier: f64 = rejections.iter().sum();
    let worst = rejections.iter().copied().fold(f64::NAN, f64::max);
    record.summary.ledger.extend(checks::lines(&judge(worst, restarts as f64 / count as f64)));
    record.notes.push(format!(
        "Tempering: {} intervals, whose swaps are refused {:.0} % of the time at most; their rejections sum to {barrier:.1}, and \
         about twice as many intervals as that are a good number. {restarts} fresh draws of the reference came up to the target.",
        rejections.len(),
        100.0 * worst,
    ));
    record.notes.push(
        "It is not known whether every mode was found: a mode that no draw of the reference led to would leave no trace here."
            .into(),
    );
    let extra = &mut record.summary.extra;
    extra.insert("restarts".into(), json!(restarts));
    extra.insert("barrier".into(), json!(barrier));
    extra.insert("betas".into(), json!(ladders.ladder.betas()));
    extra.insert("swap_rejections".into(), json!(rejections));
    Ok(record)
}
/// As wide as the model's random starts, times `spread`.
fn reference(config: &Config, model: &dyn Model, spread: f64) -> Reference {
    let d = model.dim();
    let mut point = vec![0.0; d];
    let mut moments = vec![Moments::default(); d];
    for i in 0..POINTS {
        normals(config.run.seed, i, STREAM, 0, &mut point);
        model.start(&mut point);
        moments.iter_mut().zip(&point).for_each(|(m, x)| m.push(*x));
    }
    let sd = |m: &Moments| spread * m.variance().sqrt().clamp(1e-6, 1e6);
    Reference { mean: moments.iter().map(Moments::mean).collect(), sd: moments.iter().map(sd).collect() }
}
fn judge(worst: f64, restarts: f64) -> [Check; 3] {
    [
        Check::at_most(
            "swap rejection",
            worst,
            0.7,
            (
                "Neighbouring rungs trade places often enough.",
                "Some neighbours hardly ever trade places: take more rungs, or a wider or narrower reference (spread).",
            ),
        ),
        Check::at_least(
            "restarts of a ladder",
            restarts,
            10.0,
            (
                "Fresh draws of the reference keep coming up to the target.",
                "Few fresh draws of the reference came up to the target: run longer, or with about twice as many rungs as the \
                 rejections sum to.",
            ),
        ),
        Check {
            name: "every mode found",
            value: f64::NAN,
            bound: f64::NAN,
            verdict: Verdict::Inconclusive,
            advice: "No run can tell: a mode that no draw of the reference led to leaves no trace. Try a wider reference \
                     (spread), more rungs, other seeds.",
        },
    ]
}
