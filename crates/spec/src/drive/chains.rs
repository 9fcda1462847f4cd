//! CHAINS: NUTS, HMC and their kin, with warm-up, kept draws and their ledger.
use super::clock::{Clock, Pieces, Stopwatch};
use super::sampler::{Sampler, metric_note, row, sampler};
use super::table::{self, Collector};
use super::thin::Thin;
use super::{beta, checks, put_away, record, start, take_up, thermal, threads};
use crate::{Config, Length, SpecError, State, Watch};
use serde_json::json;
use steepest_core::{Archive, Fault, Flow, Persist, Sum, Tick, save};
use steepest_flows::flow::chain_ledger::{Tally, agreement, law, transitions};
use steepest_flows::flow::metropolis::{Chains, Metropolis};
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Thermal;
use steepest_flows::observer::Moments;
use steepest_flows::scheme::metropolis::{Chain, Draw, Kernel};
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Checkpoint, Column, Record, Spool};

/// The flow whose law chains sample.
pub(super) type Target<'a> = Flow<Hamiltonian<&'a dyn Model>, Sum<Symplectic, Friction>, Thermal>;

/// The memory of a scheme whose draws are kept.
pub(super) trait Keeps {
    /// The chains whose draws are those of the target, one a replica.
    fn chains(&mut self) -> Vec<&mut Chain>;
}
impl Keeps for Chains {
    fn chains(&mut self) -> Vec<&mut Chain> {
        self.chains.iter_mut().collect()
    }
}

/// What a run of chains has come to, beside the chains themselves.
struct Books {
    done: u64,
    gradients: u64,
    /// One a chain, of kept draws.
    tallies: Vec<Tally>,
    collector: Collector,
    /// `ledger.csv`: means over the chains of what each transition did.
    rows: Thin,
    time: Stopwatch,
}
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { done, gradients, tallies, collector, rows, time } = self;
        done.pass(archive)?;
        gradients.pass(archive)?;
        tallies[..].pass(archive)?;
        collector.places[..].pass(archive)?;
        rows.pass(archive)?;
        time.pass(archive)
    }
}
/// Columns of the draws after the quantities, under ArviZ's names.
const STATISTICS: &[&str] = &["lp", "energy", "diverging", "n_steps", "tree_depth", "step_size", "acceptance_rate"];
/// Columns of `ledger.csv`, and its rows at most.
const ROW: [&str; 7] = ["draw", "energy", "acceptance", "leapfrogs", "divergences", "kinetic", "first_error"];
const ROWS: usize = 10_000;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let Some(sampler) = sampler(&config.scheme) else {
        return Err(SpecError::input("this scheme does not move chains"));
    };
    if model.dim() < 2 && matches!(sampler.kernel, Kernel::Isokinetic { .. }) {
        let message = "scheme `mclmc` needs two coordinates or more: on a line a direction cannot turn";
        return Err(config.problem("scheme.kind", message).note("`nuts` has no such need").into());
    }
    let scheme = Metropolis { kernel: sampler.kernel, adapt: sampler.adapt(config), threads: threads(config) };
    let (record, _) = drive((config, model), (&sampler, &scheme), checkpoint, watch)?;
    Ok(record)
}
/// Warm-up, draws, table and ledger of whatever keeps chains.
pub(super) fn drive<'a, C>(
    (config, model): (&Config, &'a dyn Model),
    (sampler, scheme): (&Sampler, &C),
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<(Record, C::Memory), SpecError>
where
    C: steepest_core::Scheme<Target<'a>, Phase, Memory: Keeps + Persist>,
{
    let setup = Clock::start();
    let (State::Chains { chains: n, .. }, Length::Draws { draws, warmup, thin }) = (&config.state, config.run.length)
    else {
        return Err(SpecError::input("this scheme moves chains, which have draws"));
    };
    let (n, d) = (*n as usize, model.dim());
    let flow = Flow {
        functional: Hamiltonian(model),
        geometry: Sum(Symplectic, Friction { gamma: 0.0 }),
        noise: thermal(config),
    };
    let started = start::chains(config, model, n)?;
    let mut x = Phase::at_rest(n, d, |i, j| started.x[j * n + i]);
    let mut memory = scheme.memory(&flow, &x);
    let mut books = Books {
        done: 0,
        gradients: started.gradients,
        tallies: vec![Tally::default(); n],
        collector: Collector::new(model, n, STATISTICS),
        rows: Thin::new(ROW.len(), ROWS),
        time: Stopwatch::start(),
    };
    let columns = books.collector.columns();
    take_up(checkpoint, (columns, n), &mut (&mut x.z[..], &mut memory, &mut books))?;
    let setup = setup.wall();
    books.time.skip();
    let (mut pieces, total) = (Pieces::of(0.05), warmup + draws * thin);
    while books.done < total && !watch.stop() {
        let warm = books.done < warmup;
        let (left, unit) = if warm { (warmup - books.done, 1) } else { (total - books.done, thin) };
        // A piece ends where a block of draws does.
        let room = if warm { left } else { (checkpoint.spool().room() as u64).min(left.div_ceil(thin)) };
        let count = (pieces.next(room) * unit).min(left);
        let at = Tick { step: books.done, ..Tick::start(config.run.seed) };
        let step = sampler.step.unwrap_or(0.1);
        let stride =
            scheme.advance(&flow, at, step, count, &mut x, &mut memory).map_err(|fault| broken(fault, books.done))?;
        books.gradients += stride.gradients;
        books.done += count;
        if !warm {
            books.keep(model, &memory.chains(), thin as usize, checkpoint.spool_mut());
            checkpoint.spool_mut().grow((count / thin) as usize)?;
        }
        memory.chains().into_iter().for_each(|chain| chain.tape.clear());
        let phase_ends = warm && books.done == warmup;
        if phase_ends {
            books.time.lap(true);
        }
        if checkpoint.due(phase_ends) {
            books.time.lap(warm);
            put_away(checkpoint, &mut pieces, &mut (&mut x.z[..], &mut memory, &mut books))?;
        }
        let (so_far, of) = if warm { (books.done, warmup) } else { (books.done - warmup, total - warmup) };
        let divergences: u64 = books.tallies.iter().map(|tally| tally.divergences).sum();
        let phase = if warm { "warm-up" } else { "draws" };
        watch.progress(so_far, of, phase, &format!("{divergences} divergences"));
    }
    books.time.lap(books.done < warmup);
    checkpoint.end(save(&mut (&mut x.z[..], &mut memory, &mut books)));
    let (kept, time) = (checkpoint.spool().rows() as u64, books.time);
    let mut record = record(row(sampler.kernel), kept, books.gradients, time.seconds(setup));
    record.notes.extend(started.notes);
    if books.done < total {
        record.notes.push(format!(
            "Stopped after {} of {total} transitions; what follows rests on the draws until then.",
            books.done
        ));
    }
    if books.done >= warmup && sampler.step.is_none() {
        record.notes.extend(metric_note(sampler.metric, &memory.chains()));
    }
    let steps: Vec<f64> = memory.chains().iter().map(|chain| chain.step()).collect();
    summarise(&mut record, config, model, (sampler.kernel, steps), &books, checkpoint.spool())?;
    record.summary.extra.insert("cpu_seconds".into(), json!(time.cpu[0] + time.cpu[1]));
    Ok((record, memory))
}
fn broken(fault: Fault, done: u64) -> SpecError {
    let message = match fault {
        Fault::InfiniteStart { replica } => format!("chain {} has no finite energy where it starts", replica + 1),
        fault => format!("the chains broke down after {done} transitions: {fault:?}"),
    };
    SpecError::Numerical { message, advice: "`steepest check` shows the energy and its gradient".into(), record: None }
}
impl Books {
    /// Moves every `thin`-th draw of the chains' tapes to where it is kept.
    fn keep(&mut self, model: &dyn Model, chains: &[&mut Chain], thin: usize, spool: &mut Spool) {
        let (d, quantities) = (model.dim(), self.collector.columns() - STATISTICS.len());
        let mut positions = Vec::new();
        for (c, tape) in chains.iter().map(|chain| &chain.tape).enumerate() {
            let times = || (thin - 1..tape.draws.len()).step_by(thin);
            positions.clear();
            times().for_each(|t| positions.extend_from_slice(&tape.positions[t * d..(t + 1) * d]));
            self.collector.put(model, c, &positions, spool);
            let mut put = |k: usize, of: &dyn Fn(usize) -> f64| {
                spool.next(quantities + k, c).iter_mut().zip(times()).for_each(|(to, t)| *to = of(t));
            };
            put(0, &|t| -tape.values[t]);
            put(1, &|t| tape.draws[t].energy);
            put(2, &|t| f64::from(u8::from(tape.draws[t].diverging)));
            put(3, &|t| tape.draws[t].leapfrogs as f64);
            put(4, &|t| f64::from(tape.draws[t].depth));
            put(5, &|t| tape.draws[t].step);
            put(6, &|t| tape.draws[t].acceptance);
            times().for_each(|t| self.tallies[c].push(&tape.draws[t], d));
        }
        let draws = chains.iter().map(|chain| chain.tape.draws.len()).min().unwrap_or(0);
        for (i, t) in (thin - 1..draws).step_by(thin).enumerate() {
            let mean =
                |of: &dyn Fn(&Draw) -> f64| chains.iter().map(|c| of(&c.tape.draws[t])).collect::<Moments>().mean();
            self.rows.push(&[
                (spool.rows() + i) as f64,
                mean(&|draw| draw.energy),
                mean(&|draw| draw.acceptance),
                mean(&|draw| draw.leapfrogs as f64),
                mean(&|draw| f64::from(u8::from(draw.diverging))),
                mean(&|draw| draw.kinetic),
                mean(&|draw| draw.first_error),
            ]);
        }
    }
}
fn summarise(
    record: &mut Record,
    config: &Config,
    model: &dyn Model,
    (kernel, steps): (Kernel, Vec<f64>),
    books: &Books,
    spool: &Spool,
) -> Result<(), SpecError> {
    let (table, parameters, diagnoses) = books.collector.finish(spool)?;
    let tallies = &books.tallies;
    let mut ledger = Vec::new();
    if spool.rows() > 0 {
        ledger.extend(checks::lines(&agreement(&diagnoses, tallies.len())));
        ledger.extend(checks::lines(&transitions(tallies, kernel)));
        let positions = books.collector.positions(model.dim());
        ledger.extend(checks::lines(&law(model, beta(config), &positions)));
        ledger.push(checks::gradient(model, &positions));
    }
    let mean =
        |of: fn(&Tally) -> Moments| tallies.iter().fold(Moments::default(), |all, tally| all.merged(&of(tally))).mean();
    record.summary.parameters = parameters;
    record.summary.ledger = ledger;
    record.ledger = ROW
        .iter()
        .enumerate()
        .map(|(k, name)| Column { name: (*name).to_owned(), values: books.rows.column(k) })
        .collect();
    record.notes.extend(table::drawn(&table, spool));
    record.draws = Some(table).filter(|table| table.draws > 0);
    let extra = &mut record.summary.extra;
    extra.insert("chains".into(), json!(tallies.len()));
    extra.insert("divergences".into(), json!(tallies.iter().map(|tally| tally.divergences).sum::<u64>()));
    extra.insert("acceptance".into(), json!(mean(|tally| tally.acceptance)));
    extra.insert("leapfrogs_per_draw".into(), json!(mean(|tally| tally.leapfrogs)));
    if let Kernel::Isokinetic { .. } = kernel {
        extra.insert("energy_error_variance_per_dimension".into(), json!(mean(|tally| tally.energy_error)));
    }
    extra.insert("step_size".into(), json!(steps));
    Ok(())
}
