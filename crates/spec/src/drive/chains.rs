//! CHAINS: NUTS, HMC and their kin, with warm-up, kept draws and their ledger.
use super::clock::{Clock, Pieces};
use super::sampler::{Sampler, metric_note, row, sampler};
use super::table::Collector;
use super::{beta, checks, record, start, thermal, threads};
use crate::{Config, Length, SpecError, State, Watch};
use serde_json::json;
use steepest_core::{Fault, Flow, Sum, Tick};
use steepest_flows::flow::chain_ledger::{Positions, agreement, law, transitions};
use steepest_flows::flow::metropolis::{Chains, Metropolis};
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Thermal;
use steepest_flows::observer::Moments;
use steepest_flows::scheme::metropolis::{Chain, Draw, Kernel};
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Column, Record, Seconds};

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

pub(super) fn run(config: &Config, model: &dyn Model, watch: &mut dyn Watch) -> Result<Record, SpecError> {
    let Some(sampler) = sampler(&config.scheme) else {
        return Err(SpecError::input("this scheme does not move chains"));
    };
    if model.dim() < 2 && matches!(sampler.kernel, Kernel::Isokinetic { .. }) {
        let message = "scheme `mclmc` needs two coordinates or more: on a line a direction cannot turn";
        return Err(config.problem("scheme.kind", message).note("`nuts` has no such need").into());
    }
    let scheme = Metropolis { kernel: sampler.kernel, adapt: sampler.adapt(config), threads: threads(config) };
    let (record, _) = drive(config, model, &sampler, &scheme, watch)?;
    Ok(record)
}
/// Warm-up, draws, table and ledger of whatever keeps chains.
pub(super) fn drive<'a, C>(
    config: &Config,
    model: &'a dyn Model,
    sampler: &Sampler,
    scheme: &C,
    watch: &mut dyn Watch,
) -> Result<(Record, C::Memory), SpecError>
where
    C: steepest_core::Scheme<Target<'a>, Phase, Memory: Keeps>,
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
    let mut seconds = Seconds { setup: setup.wall(), ..Seconds::default() };
    let (mut gradients, mut divergences) = (started.gradients, 0);
    let mut collector = Collector::new(model, n);
    let mut kept: Vec<Vec<Draw>> = vec![Vec::new(); n];
    let mut log_density: Vec<Vec<f64>> = vec![Vec::new(); n];
    let (mut done, mut pieces, mut clock) = (0, Pieces::of(0.05), Clock::start());
    let total = warmup + draws * thin;
    let mut cpu = 0.0;
    while done < total && !watch.stop() {
        let (phase, left) = if done < warmup { ("warm-up", warmup - done) } else { ("draws", total - done) };
        let count = pieces.next(left.div_ceil(thin)) * if done < warmup { 1 } else { thin };
        let count = count.min(left);
        let at = Tick { step: done, ..Tick::start(config.run.seed) };
        let step = sampler.step.unwrap_or(0.1);
        let stride =
            scheme.advance(&flow, at, step, count, &mut x, &mut memory).map_err(|fault| broken(fault, done))?;
        gradients += stride.gradients;
        done += count;
        for (c, chain) in memory.chains().into_iter().enumerate() {
            if phase == "draws" {
                keep(model, c, chain, (d, thin as usize), &mut collector, &mut kept, &mut log_density);
                divergences += chain.tape.draws.iter().filter(|draw| draw.diverging).count();
            }
            chain.tape.clear();
        }
        if phase == "warm-up" && done == warmup {
            (seconds.warmup, cpu) = (clock.wall(), clock.cpu());
            clock = Clock::start();
        }
        let (so_far, of) = if phase == "draws" { (done - warmup, total - warmup) } else { (done, warmup) };
        watch.progress(so_far, of, phase, &format!("{divergences} divergences"));
    }
    if done < warmup {
        seconds.warmup = clock.wall();
    } else {
        seconds.run = clock.wall();
    }
    cpu += clock.cpu();
    let mut record =
        record(row(sampler.kernel), kept.iter().map(Vec::len).min().unwrap_or(0) as u64, gradients, seconds);
    record.notes.extend(started.notes);
    if done < total {
        record.notes.push(format!(
            "Stopped after {} of {total} transitions; what follows rests on the draws until then.",
            done
        ));
    }
    if done >= warmup && sampler.step.is_none() {
        record.notes.extend(metric_note(sampler.metric, &memory.chains()));
    }
    let steps: Vec<f64> = memory.chains().iter().map(|chain| chain.step()).collect();
    summarise(&mut record, config, model, (sampler.kernel, steps), &collector, &kept, &log_density);
    record.summary.extra.insert("cpu_seconds".into(), json!(cpu));
    Ok((record, memory))
}
fn broken(fault: Fault, done: u64) -> SpecError {
    let message = match fault {
        Fault::InfiniteStart { replica } => format!("chain {} has no finite energy where it starts", replica + 1),
        fault => format!("the chains broke down after {done} transitions: {fault:?}"),
    };
    SpecError::Numerical { message, advice: "`steepest check` shows the energy and its gradient".into(), record: None }
}
/// Moves every `thin`-th draw of a chain's tape into the collections.
fn keep(
    model: &dyn Model,
    c: usize,
    chain: &Chain,
    (d, thin): (usize, usize),
    collector: &mut Collector,
    kept: &mut [Vec<Draw>],
    log_density: &mut [Vec<f64>],
) {
    let tape = &chain.tape;
    let last_of = |t: &usize| (t + 1).is_multiple_of(thin);
    let times: Vec<usize> = (0..tape.draws.len()).filter(last_of).collect();
    let positions: Vec<f64> = times.iter().flat_map(|t| tape.positions[t * d..(t + 1) * d].iter().copied()).collect();
    collector.push(model, c, &positions);
    kept[c].extend(times.iter().map(|&t| tape.draws[t]));
    log_density[c].extend(times.iter().map(|&t| -tape.values[t]));
}
fn summarise(
    record: &mut Record,
    config: &Config,
    model: &dyn Model,
    (kernel, steps): (Kernel, Vec<f64>),
    collector: &Collector,
    kept: &[Vec<Draw>],
    log_density: &[Vec<f64>],
) {
    let draws = kept.iter().map(Vec::len).min().unwrap_or(0);
    let column = |name: &str, of: &dyn Fn(&Draw) -> f64| Column {
        name: name.into(),
        values: kept.iter().flat_map(|chain| chain[..draws].iter().map(of)).collect(),
    };
    let statistics = vec![
        Column {
            name: "lp".into(),
            values: log_density.iter().flat_map(|chain| chain[..draws].iter().copied()).collect(),
        },
        column("energy", &|draw| draw.energy),
        column("diverging", &|draw| f64::from(u8::from(draw.diverging))),
        column("n_steps", &|draw| draw.leapfrogs as f64),
        column("tree_depth", &|draw| f64::from(draw.depth)),
        column("step_size", &|draw| draw.step),
        column("acceptance_rate", &|draw| draw.acceptance),
    ];
    let (table, parameters, diagnoses) = collector.finish(statistics);
    let tapes: Vec<&[Draw]> = kept.iter().map(Vec::as_slice).collect();
    let mut ledger = Vec::new();
    if draws > 0 {
        ledger.extend(checks::lines(&agreement(&diagnoses, kept.len())));
        ledger.extend(checks::lines(&transitions(&tapes, model.dim(), kernel)));
        let chains: Vec<&[f64]> = collector.positions.iter().map(Vec::as_slice).collect();
        let positions = Positions::thin(&chains, model.dim(), 1000);
        ledger.extend(checks::lines(&law(model, beta(config), &positions)));
        ledger.push(checks::gradient(model, &positions));
    }
    let all = || kept.iter().flatten();
    let mean = |of: &dyn Fn(&Draw) -> f64| all().map(of).collect::<Moments>().mean();
    record.summary.parameters = parameters;
    record.summary.ledger = ledger;
    record.ledger = by_draw(kept, draws);
    record.draws = Some(table).filter(|table| table.draws > 0);
    let extra = &mut record.summary.extra;
    extra.insert("chains".into(), json!(kept.len()));
    extra.insert("divergences".into(), json!(all().filter(|draw| draw.diverging).count()));
    extra.insert("acceptance".into(), json!(mean(&|draw| draw.acceptance)));
    extra.insert("leapfrogs_per_draw".into(), json!(mean(&|draw| draw.leapfrogs as f64)));
    if let Kernel::Isokinetic { .. } = kernel {
        let error = |draw: &Draw| draw.square_error / model.dim() as f64;
        extra.insert("energy_error_variance_per_dimension".into(), json!(mean(&error)));
    }
    extra.insert("step_size".into(), json!(steps));
}
/// `ledger.csv`: means over the chains of what each transition did.
fn by_draw(kept: &[Vec<Draw>], draws: usize) -> Vec<Column> {
    let of = |name: &str, f: &dyn Fn(&Draw) -> f64| Column {
        name: name.into(),
        values: (0..draws).map(|t| kept.iter().map(|chain| f(&chain[t])).collect::<Moments>().mean()).collect(),
    };
    vec![
        Column { name: "draw".into(), values: (0..draws).map(|t| t as f64).collect() },
        of("energy", &|draw| draw.energy),
        of("acceptance", &|draw| draw.acceptance),
        of("leapfrogs", &|draw| draw.leapfrogs as f64),
        of("divergences", &|draw| f64::from(u8::from(draw.diverging))),
        of("kinetic", &|draw| draw.kinetic),
        of("first_error", &|draw| draw.first_error),
    ]
}
