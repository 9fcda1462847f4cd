//! LANGEVIN: a few chains under an unadjusted scheme, whose draws are kept.
use super::clock::{Clock, Pieces};
use super::ensemble::stride_checks;
use super::table::Collector;
use super::{beta, checks, record, start, thermal};
use crate::{Config, Length, Scheme, SpecError, State, Watch};
use serde_json::json;
use steepest_core::{Fault, Flow, Replicated, Sum, Tick};
use steepest_flows::flow::audit::{Audit, Auditable};
use steepest_flows::flow::chain_ledger::{Positions, agreement, law};
use steepest_flows::functional::{Hamiltonian, PotentialEnergy};
use steepest_flows::geometry::{Euclidean, Friction, Symplectic};
use steepest_flows::scheme::splitting::Kinetic;
use steepest_flows::scheme::{EULER_MARUYAMA, LEIMKUHLER_MATTHEWS, Splitting};
use steepest_flows::state::{Cloud, Phase};
use steepest_models::Model;
use steepest_record::{Array, Record, Seconds};

/// Looks at which a stride is replayed, at most.
const REPLAYS: u64 = 4000;

pub(super) fn run(config: &Config, model: &dyn Model, watch: &mut dyn Watch) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let State::Chains { chains, .. } = config.state else {
        return Err(SpecError::input("this drive moves chains"));
    };
    let (n, d) = (chains as usize, model.dim());
    let start::Started { x, notes, gradients } = start::chains(config, model, n)?;
    let overdamped = Flow { functional: PotentialEnergy(model), geometry: Euclidean, noise: thermal(config) };
    let mut record = match config.scheme {
        Scheme::EulerMaruyama { step } => {
            drive(config, model, (&overdamped, &EULER_MARUYAMA, step), Cloud { n, d, x: x.into() }, setup, watch)
        }
        Scheme::LeimkuhlerMatthews { step } => {
            drive(config, model, (&overdamped, &LEIMKUHLER_MATTHEWS, step), Cloud { n, d, x: x.into() }, setup, watch)
        }
        Scheme::Splitting { ref word, step, friction } => {
            let flow = Flow {
                functional: Hamiltonian(model),
                geometry: Sum(Symplectic, Friction { gamma: friction }),
                noise: thermal(config),
            };
            let phase = Phase::at_rest(n, d, |i, j| x[j * n + i]);
            drive(config, model, (&flow, &splitting(config, word)?, step), phase, setup, watch)
        }
        _ => Err(SpecError::input("this scheme does not move chains")),
    }?;
    record.summary.gradients += gradients;
    record.notes.extend(notes);
    Ok(record)
}
/// The splitting a word names.
pub(super) fn splitting(config: &Config, word: &str) -> Result<Splitting<Kinetic>, SpecError> {
    let wrong = || config.problem("scheme.word", format!("{word} is not a word of A, B and O with both A and B in it"));
    Splitting::word(word).ok_or_else(|| wrong().into())
}
/// The name of the row of the table.
pub(super) fn row(scheme: &Scheme) -> &'static str {
    match scheme {
        Scheme::Splitting { .. } => "underdamped",
        _ => "langevin",
    }
}
/// A fault, with the state it left.
pub(super) fn broken(fault: Fault, done: u64, what: &str, arrays: Vec<Array>) -> SpecError {
    let message = match fault {
        Fault::Inadmissible { step, replica: Some(replica) } => {
            format!("{what} {} is no longer finite after stride {step}", replica + 1)
        }
        Fault::Inadmissible { step, .. } => format!("the state is no longer finite after stride {step}"),
        fault => format!("the run broke down after stride {done}: {fault:?}"),
    };
    SpecError::Numerical {
        message,
        advice: "shorten the step, or look at the energy where it is steep with `steepest check`".into(),
        record: Some(Box::new(Record { arrays, ..Record::default() })),
    }
}
/// The first replica with a coordinate that is not finite.
pub(super) fn culprit(x: &impl Replicated) -> Option<u64> {
    x.coords().iter().position(|x| !x.is_finite()).map(|k| (k % x.replicas().max(1)) as u64)
}

fn drive<P, S, C>(
    config: &Config,
    model: &dyn Model,
    (flow, scheme, h): (&P, &C, f64),
    mut x: S,
    setup: Clock,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError>
where
    P: Auditable<S, C>,
    S: Replicated,
    C: steepest_core::Scheme<P, S>,
{
    let Length::Draws { draws, warmup, thin } = config.run.length else {
        return Err(SpecError::input("chains have draws"));
    };
    let (n, d) = (x.replicas(), model.dim());
    let mut seconds = Seconds { setup: setup.wall(), ..Seconds::default() };
    let mut memory = scheme.memory(flow, &x);
    let mut collector = Collector::new(model, n);
    let (mut audit, mut gradients, mut cpu) = (Audit::default(), 0, 0.0);
    let mut at = Tick::start(config.run.seed);
    let (mut clock, mut pieces) = (Clock::start(), Pieces::of(0.05));
    let total = warmup + draws * thin;
    let replay_every = (draws / REPLAYS).max(1);
    let mut path: Vec<Vec<f64>> = vec![Vec::new(); n];
    while at.step < total && !watch.stop() {
        let warm = at.step < warmup;
        let left = if warm { warmup - at.step } else { (total - at.step).div_ceil(thin) };
        path.iter_mut().for_each(Vec::clear);
        for _ in 0..pieces.next(left) {
            let count = if warm { 1 } else { thin };
            let draw = (at.step.saturating_sub(warmup)) / thin;
            if !warm && draw % replay_every == 0 {
                flow.audit(scheme, at, h, &x, &mut audit);
            }
            let stride = scheme.advance(flow, at, h, count, &mut x, &mut memory).map_err(|fault| {
                let fault = match fault {
                    Fault::Inadmissible { step, .. } => Fault::Inadmissible { step, replica: culprit(&x) },
                    fault => fault,
                };
                let values = x.coords().to_vec();
                broken(
                    fault,
                    at.step,
                    "chain",
                    vec![Array { name: "state".into(), shape: vec![values.len() / n, n], values }],
                )
            })?;
            at.step += count;
            at.t = at.step as f64 * h; // however the strides were cut into pieces
            gradients += stride.gradients;
            if !warm {
                for (c, path) in path.iter_mut().enumerate() {
                    path.extend(x.coords()[c..].iter().step_by(n).take(d));
                }
            }
        }
        if !warm {
            path.iter().enumerate().for_each(|(c, path)| collector.push(model, c, path));
        } else if at.step == warmup {
            (seconds.warmup, cpu) = (clock.wall(), clock.cpu());
            clock = Clock::start();
        }
        let (done, of) = if warm { (at.step, warmup) } else { (at.step - warmup, total - warmup) };
        watch.progress(done, of, if warm { "warm-up" } else { "draws" }, &format!("t = {:.1}", at.t));
    }
    *(if at.step < warmup { &mut seconds.warmup } else { &mut seconds.run }) = clock.wall();
    cpu += clock.cpu();
    let kept = at.step.saturating_sub(warmup) / thin;
    let mut record = record(row(&config.scheme), kept, gradients, seconds);
    if at.step < total {
        record
            .notes
            .push(format!("Stopped after {} of {total} strides; what follows rests on the draws until then.", at.step));
    }
    let (table, parameters, diagnoses) = collector.finish(Vec::new());
    if kept > 0 {
        let chains: Vec<&[f64]> = collector.positions.iter().map(Vec::as_slice).collect();
        let positions = Positions::thin(&chains, d, 1000);
        let ledger = &mut record.summary.ledger;
        ledger.extend(checks::lines(&agreement(&diagnoses, n)));
        ledger.extend(checks::lines(&stride_checks(&audit, d)));
        ledger.extend(checks::lines(&law(model, beta(config), &positions)));
        ledger.push(checks::gradient(model, &positions));
    }
    record.summary.parameters = parameters;
    record.draws = Some(table).filter(|table| table.draws > 0);
    record.summary.extra.insert("chains".into(), json!(n));
    record.summary.extra.insert("cpu_seconds".into(), json!(cpu));
    record.summary.extra.insert("shadow_work_per_stride".into(), json!(audit.work.mean()));
    Ok(record)
}
