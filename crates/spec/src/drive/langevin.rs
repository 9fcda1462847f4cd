//! LANGEVIN: a few chains under an unadjusted scheme, whose draws are kept.
use super::clock::{Clock, Pieces, Stopwatch};
use super::geometry::{Curved, curved};
use super::goals::Stop;
use super::outside;
use super::strides::{bias_figures, bias_of_chains, blur, branches, stride_checks};
use super::table::{self, Collector};
use super::{beta, checks, put_away, record, start, take_up, thermal};
use crate::{Config, Geometry, Length, Scheme, SpecError, State, Watch};
use serde_json::json;
use steepest_core::{Archive, Batch, Fault, Flow, Persist, Replicated, Sum, Tick, save};
use steepest_flows::flow::audit::{Audit, Auditable};
use steepest_flows::flow::bias::measured;
use steepest_flows::flow::chain_ledger::law;
use steepest_flows::functional::{Hamiltonian, Noisy, PotentialEnergy};
use steepest_flows::geometry::{Euclidean, Friction, NoseHoover, Symplectic};
use steepest_flows::noise::Thermal;
use steepest_flows::scheme::splitting::Kinetic;
use steepest_flows::scheme::{BADODAB, Composition, EULER_MARUYAMA, Explicit, LEIMKUHLER_MATTHEWS, Splitting};
use steepest_flows::state::{Cloud, Phase, Thermostatted};
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Record};

/// Draws after each of which a stride is replayed; later ones are replayed ever more rarely.
const REPLAYS: u64 = 4000;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let State::Chains { chains, .. } = config.state else {
        return Err(SpecError::input("this drive moves chains"));
    };
    let (n, d) = (chains as usize, model.dim());
    let start::Started { x, notes, gradients } = start::chains(config, (model, model), n)?;
    let run = Run { config, model, checkpoint, setup };
    let overdamped = Flow { functional: PotentialEnergy(model), geometry: Euclidean, noise: thermal(config) };
    let mut record = match config.scheme {
        Scheme::EulerMaruyama { step, .. } => {
            let geometry = curved(config, model, Batch { n, d, x: &x })?;
            let (functional, noise, x) = (PotentialEnergy(model), thermal(config), Cloud { n, d, x: x.into() });
            match geometry {
                Curved::Flat => run.drive((&overdamped, &EULER_MARUYAMA, step), x, watch),
                Curved::Varying(geometry) => {
                    run.drive((&Flow { functional, geometry, noise }, &Explicit, step), x, watch)
                }
                Curved::Stirred(geometry) => {
                    run.drive((&Flow { functional, geometry, noise }, &Explicit, step), x, watch)
                }
            }
        }
        Scheme::LeimkuhlerMatthews { step, .. } => {
            run.drive((&overdamped, &LEIMKUHLER_MATTHEWS, step), Cloud { n, d, x: x.into() }, watch)
        }
        Scheme::Splitting { ref word, step, friction, .. } => {
            let flow = Flow {
                functional: Hamiltonian(model),
                geometry: Sum(Symplectic, Friction { gamma: friction }),
                noise: thermal(config),
            };
            let phase = Phase::at_rest(n, d, |i, j| x[j * n + i]);
            run.drive((&flow, &splitting(config, word)?, step), phase, watch)
        }
        Scheme::NoseHoover { step, .. } => {
            let (flow, friction) = thermostat(config, model)?;
            let phase = Phase::at_rest(n, d, |i, j| x[j * n + i]);
            run.drive((&flow, &BADODAB, step), Thermostatted::new(&phase, friction), watch)
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
    let named = Composition::named(word).map(Composition::splitting);
    named.or_else(|| Splitting::word(word)).ok_or_else(|| wrong().into())
}
/// A flow with a thermostat of a replica, and the friction it starts from.
pub(super) type Thermostats<'a> = Flow<Noisy<&'a dyn Model>, NoseHoover, Thermal>;
pub(super) fn thermostat<'a>(config: &Config, model: &'a dyn Model) -> Result<(Thermostats<'a>, f64), SpecError> {
    let Scheme::NoseHoover { friction, inertia, gradient_noise, .. } = config.scheme else {
        return Err(SpecError::input("this scheme has no thermostat"));
    };
    let functional = Noisy { energy: model, sd: gradient_noise };
    let geometry = NoseHoover { friction, inertia: inertia * model.dim() as f64 };
    Ok((Flow { functional, geometry, noise: thermal(config) }, friction))
}
/// The name of the row of the table.
pub(super) fn row(config: &Config) -> &'static str {
    match (&config.scheme, &config.geometry) {
        (Scheme::Splitting { .. }, _) => "underdamped",
        (Scheme::NoseHoover { .. }, _) => "nose-hoover",
        (_, Geometry::Diagonal { .. }) => "riemannian-langevin",
        (_, Geometry::NonReversible { .. }) => "non-reversible-langevin",
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
/// Every number of the chains.
fn state(x: &impl Replicated) -> Array {
    let (values, n) = (x.coords().to_vec(), x.replicas().max(1));
    Array { name: "state".into(), shape: vec![values.len() / n, n], values }
}
/// The first replica with a coordinate that is not finite.
pub(super) fn culprit(x: &impl Replicated) -> Option<u64> {
    x.coords().iter().position(|x| !x.is_finite()).map(|k| (k % x.replicas().max(1)) as u64)
}

/// What a run of chains has come to, beside the chains themselves.
struct Books {
    at: Tick,
    gradients: u64,
    audit: Audit,
    collector: Collector,
    time: Stopwatch,
}
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, gradients, audit, collector, time } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        gradients.pass(archive)?;
        audit.pass(archive)?;
        collector.places[..].pass(archive)?;
        time.pass(archive)
    }
}
struct Run<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    checkpoint: &'a mut Checkpoint,
    setup: Clock,
}
impl Run<'_> {
    fn drive<P, S, C>(
        self,
        (flow, scheme, h): (&P, &C, f64),
        mut x: S,
        watch: &mut dyn Watch,
    ) -> Result<Record, SpecError>
    where
        P: Auditable<S, C>,
        S: Replicated,
        C: steepest_core::Scheme<P, S, Memory: Persist>,
    {
        let Run { config, model, checkpoint, setup } = self;
        let Length::Draws { draws, warmup, thin } = config.run.length else {
            return Err(SpecError::input("chains have draws"));
        };
        let (n, d) = (x.replicas(), model.dim());
        let mut memory = scheme.memory(flow, &x);
        let (at, time) = (Tick::start(config.run.seed), Stopwatch::start());
        let mut books =
            Books { at, gradients: 0, audit: Audit::default(), collector: Collector::new(model, n, &[]), time };
        let columns = books.collector.columns();
        take_up(checkpoint, (columns, n), &mut (x.coords_mut(), &mut memory, &mut books))?;
        let setup = setup.wall();
        books.time.skip();
        let (mut pieces, total) = (Pieces::of(0.05), warmup + draws * thin);
        let mut path: Vec<Vec<f64>> = vec![Vec::new(); n];
        let (mut goals, quantities) = (Stop::of(config), books.collector.quantities());
        while books.at.step < total
            && !goals.here(checkpoint.spool(), (model, quantities), &books.time)?
            && !watch.stop()
        {
            let warm = books.at.step < warmup;
            // A piece ends where a block of draws does, or a look at the goals is due.
            let ahead = (checkpoint.spool().room() as u64).min(goals.room(checkpoint.spool().rows()));
            let room = ahead.min((total - books.at.step).div_ceil(thin));
            let piece = pieces.next(if warm { warmup - books.at.step } else { room });
            path.iter_mut().for_each(Vec::clear);
            for _ in 0..piece {
                let (count, at) = (if warm { 1 } else { thin }, books.at);
                let draw = (at.step.saturating_sub(warmup)) / thin;
                if !warm && replayed(draw) {
                    flow.audit(scheme, at, h, &x, &mut books.audit);
                }
                let stride = scheme.advance(flow, at, h, count, &mut x, &mut memory).map_err(|fault| {
                    let fault = match fault {
                        Fault::Inadmissible { step, .. } => Fault::Inadmissible { step, replica: culprit(&x) },
                        fault => fault,
                    };
                    outside::explained(broken(fault, at.step, "chain", vec![state(&x)]), config, model)
                })?;
                books.at.step += count;
                books.at.t = books.at.step as f64 * h; // however the strides were cut into pieces
                books.gradients += stride.gradients;
                if !warm {
                    for (c, path) in path.iter_mut().enumerate() {
                        path.extend(x.coords()[c..].iter().step_by(n).take(d));
                    }
                }
            }
            if !warm {
                let spool = checkpoint.spool_mut();
                path.iter().enumerate().for_each(|(c, path)| books.collector.put(model, c, path, spool));
                spool.grow(piece as usize)?;
            }
            let (done, phase_ends) = (books.at.step, books.at.step == warmup);
            if phase_ends {
                books.time.lap(true);
            }
            if checkpoint.due(phase_ends) {
                books.time.lap(warm);
                put_away(checkpoint, &mut pieces, &mut (x.coords_mut(), &mut memory, &mut books))?;
            }
            let (done, of) = if warm { (done, warmup) } else { (done - warmup, total - warmup) };
            watch.progress(done, of, if warm { "warm-up" } else { "draws" }, &format!("t = {:.1}", books.at.t));
        }
        books.time.lap(books.at.step < warmup);
        checkpoint.end(save(&mut (x.coords_mut(), &mut memory, &mut books)));
        let (done, kept, time) = (books.at.step, checkpoint.spool().rows(), books.time);
        let mut record = record(row(config), kept as u64, books.gradients, time.seconds(setup));
        if done < total && watch.stop() {
            let note = format!("Stopped after {done} of {total} strides; what follows rests on the draws until then.");
            record.notes.push(note);
        }
        let (table, parameters, diagnoses) = books.collector.finish(checkpoint.spool(), super::threads(self.config))?;
        if kept > 0 {
            let positions = books.collector.positions(d);
            let batch = Batch { n: positions.n, d: positions.d, x: &positions.x };
            outside::draws(model, batch, || vec![state(&x)])?;
            let ledger = &mut record.summary.ledger;
            ledger.extend(checks::agreement(model, &parameters, &diagnoses, n));
            ledger.extend(checks::lines(&stride_checks(&books.audit, &books.audit)));
            let bias = measured((flow, scheme), (books.at, h), &positions, branches(books.gradients));
            if let Some(bias) = bias.map(|bias| bias.blurred(blur(model, beta(config), batch))) {
                let line = bias_of_chains(&bias, d, ledger);
                ledger.extend(checks::lines(&[line]));
                record.summary.extra.insert("kl_bias_per_dimension".into(), bias_figures(&bias, d));
            }
            ledger.extend(checks::lines(&law(model, beta(config), &positions)));
            super::walls::excuse(model, &positions, ledger);
            ledger.push(checks::gradient(model, &positions));
        }
        record.summary.parameters = parameters;
        goals.tell(&mut record, draws);
        record.notes.extend(table::drawn(&table, checkpoint.spool()));
        record.draws = Some(table).filter(|table| table.draws > 0);
        record.summary.extra.insert("chains".into(), json!(n));
        record.summary.extra.insert("cpu_seconds".into(), json!(time.cpu[0] + time.cpu[1]));
        record.summary.extra.insert("shadow_work_per_stride".into(), json!(books.audit.work.mean()));
        Ok(record)
    }
}
/// Whether the stride after a draw is replayed: all of the first draws, and ever fewer of later ones, whatever the length
/// of the run, so that one that is made longer is as if it had been so from the start.
fn replayed(draw: u64) -> bool {
    draw.is_multiple_of((draw / REPLAYS + 1).next_power_of_two())
}
