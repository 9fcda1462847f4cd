//! CHAINS: NUTS, HMC and their kin, with warm-up, kept draws and their ledger.
mod books;
mod metric;
mod seldom;
mod summary;
use super::clock::{Clock, Pieces};
use super::goals::Stop;
use super::rough_fit::Seen;
use super::sampler::{Sampler, row, sampler};
use super::{beta, put_away, record, take_up, thermal, threads};
use crate::{Config, Length, SpecError, State, Watch};
use books::Books;
pub(super) use seldom::weigh;
use serde_json::json;
use steepest_core::{Fault, Flow, Persist, Sum, Tick, save};
use steepest_flows::flow::metropolis::{Chains, Metropolis};
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Thermal;
use steepest_flows::scheme::metropolis::Chain;
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Checkpoint, Record};
use summary::summarise;

/// The flow whose law chains sample.
pub(super) type Target<'a> = Flow<Hamiltonian<&'a dyn Model>, Sum<Symplectic, Friction>, Thermal>;

/// The memory of a scheme whose draws are kept.
pub(super) trait Keeps {
    /// The chains whose draws are those of the target, one a replica.
    fn chains(&mut self) -> Vec<&mut Chain>;
    /// Draws of warm-up that a metric was made of, the fewest of any chain; `None` where nothing was adapted.
    fn learned(&mut self) -> Option<usize> {
        self.chains().iter().filter_map(|chain| chain.learned()).min()
    }
}
impl Keeps for Chains {
    fn chains(&mut self) -> Vec<&mut Chain> {
        self.chains.iter_mut().collect()
    }
}

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let Some(sampler) = sampler(&config.scheme) else {
        return Err(SpecError::input("this scheme does not move chains"));
    };
    sampler.fits(config, model.dim())?;
    let scheme = Metropolis { kernel: sampler.kernel, adapt: sampler.adapt(config), threads: threads(config) };
    let seen = Seen::of(config, model);
    let (record, _) = drive((config, &seen), (&sampler, &scheme), checkpoint, watch)?;
    Ok(record)
}
/// Warm-up, draws, table and ledger of whatever keeps chains.
pub(super) fn drive<'a, C>(
    (config, seen): (&Config, &'a Seen<'_>),
    (sampler, scheme): (&Sampler, &C),
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<(Record, C::Memory), SpecError>
where
    C: steepest_core::Scheme<Target<'a>, Phase, Memory: Keeps + Persist>,
{
    let (setup, model) = (Clock::start(), seen.model());
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
    let started = seen.chains(config, n)?;
    let mut x = Phase::at_rest(n, d, |i, j| started.x[j * n + i]);
    let mut memory = scheme.memory(&flow, &x);
    let mut books = Books::new(model, n, started.gradients);
    let columns = books.collector.columns();
    take_up(checkpoint, (columns, n), &mut (&mut x.z[..], &mut memory, &mut books))?;
    let setup = setup.wall();
    books.time.skip();
    let (mut pieces, total) = (Pieces::of(0.05), warmup + draws * thin);
    let (mut goals, quantities) = (Stop::of(config), books.collector.quantities());
    while books.done < total && !goals.here(checkpoint.spool(), (model, quantities), &books.time)? && !watch.stop() {
        let warm = books.done < warmup;
        let (left, unit) = if warm { (warmup - books.done, 1) } else { (total - books.done, thin) };
        // A piece ends where a block of draws does, or a look at the goals is due.
        let ahead = (checkpoint.spool().room() as u64).min(goals.room(checkpoint.spool().rows()));
        let room = if warm { left } else { ahead.min(left.div_ceil(thin)) };
        let count = (pieces.next(room) * unit).min(left);
        let at = Tick { step: books.done, ..Tick::start(config.run.seed) };
        let step = sampler.step.unwrap_or(0.1);
        let stride =
            scheme.advance(&flow, at, step, count, &mut x, &mut memory).map_err(|fault| broken(fault, books.done))?;
        books.gradients += stride.gradients;
        books.done += count;
        if !warm {
            books.keep((model, beta(config)), &memory.chains(), thin as usize, checkpoint.spool_mut());
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
    if books.done < total && watch.stop() {
        record.notes.push(format!(
            "Stopped after {} of {total} transitions; what follows rests on the draws until then.",
            books.done
        ));
    }
    summarise(&mut record, config, model, (sampler.kernel, &memory.chains()), &books, checkpoint.spool())?;
    if let Some(learned) = memory.learned().filter(|_| kept > 0) {
        let line = metric::line((sampler, learned), &memory.chains(), &record);
        record.summary.ledger.extend(line);
    }
    goals.tell(&mut record, draws);
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
