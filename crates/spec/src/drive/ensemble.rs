//! ENSEMBLE: a cloud of replicas under an unadjusted scheme, block by block, with its ledger of replayed strides.
mod positioned;
mod slopes;
use super::clock::{Clock, Pieces, Stopwatch};
use super::geometry::{Curved, curved};
use super::langevin::{broken, splitting, thermostat};
use super::outside;
use super::settling::Settling;
use super::strides::{bias_check, bias_figures, blur, branches, stride_checks, temperature_checks};
use super::{beta, checks, put_away, record, start, table, take_up, thermal, threads};
use crate::{Config, Length, Scheme, SpecError, State, Watch};
use positioned::{Positioned, state};
use serde_json::json;
use steepest_core::{Archive, Batch, Flow, Persist, Potential, Sum, Tick, Workspace, save};
use steepest_flows::flow::audit::{Audit, Auditable};
use steepest_flows::flow::bias::{Divergence, measured};
use steepest_flows::flow::chain_ledger::{Positions, law};
use steepest_flows::functional::{Hamiltonian, PotentialEnergy};
use steepest_flows::geometry::{Euclidean, Friction, Symplectic};
use steepest_flows::observer::{Moments, Verdict};
use steepest_flows::scheme::{BADODAB, Blocks, EULER_MARUYAMA, Explicit, LEIMKUHLER_MATTHEWS};
use steepest_flows::state::{Cloud, Phase, Thermostatted};
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Column, Record};

/// Replicas whose strides are replayed at each look.
const REPLAYED: usize = 4096;
/// Replicas that are averaged at each look.
const WATCHED: usize = 65_536;
/// Strides from where a cloud has come to that say how large their works are; of fewer, all that were replayed do.
const LATE: f64 = 1000.0;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let State::Particles { n, .. } = config.state else {
        return Err(SpecError::input("this drive moves particles"));
    };
    let (n, d) = (n as usize, model.dim());
    let x = start::positions(config, model, n)?;
    let cloud = |x: Vec<f64>| Cloud { n, d, x: x.into() };
    let single = if config.scheme.single_slopes() { model.in_single() } else { None };
    let moving: &dyn Potential = match &single {
        Some(single) => &**single,
        None => model,
    };
    let overdamped = Flow { functional: PotentialEnergy(moving), geometry: Euclidean, noise: thermal(config) };
    match config.scheme {
        Scheme::EulerMaruyama { step, .. } => {
            let geometry = curved(config, model, Batch { n, d, x: &x })?;
            let (functional, noise) = (PotentialEnergy(moving), thermal(config));
            let (ensemble, keep) = (Ensemble::new(config, model, step), (checkpoint, setup));
            match geometry {
                Curved::Flat => ensemble.drive(&overdamped, EULER_MARUYAMA, cloud(x), keep, watch),
                Curved::Varying(geometry) => {
                    ensemble.drive(&Flow { functional, geometry, noise }, Explicit, cloud(x), keep, watch)
                }
                Curved::Stirred(geometry) => {
                    ensemble.drive(&Flow { functional, geometry, noise }, Explicit, cloud(x), keep, watch)
                }
            }
        }
        Scheme::LeimkuhlerMatthews { step, .. } => Ensemble::new(config, model, step).drive(
            &overdamped,
            LEIMKUHLER_MATTHEWS,
            cloud(x),
            (checkpoint, setup),
            watch,
        ),
        Scheme::Splitting { ref word, step, friction, .. } => {
            let flow = Flow {
                functional: Hamiltonian(moving),
                geometry: Sum(Symplectic, Friction { gamma: friction }),
                noise: thermal(config),
            };
            let phase = warm(config, Phase::at_rest(n, d, |i, j| x[j * n + i]));
            Ensemble::new(config, model, step).drive(&flow, splitting(config, word)?, phase, (checkpoint, setup), watch)
        }
        Scheme::NoseHoover { step, .. } => {
            let (flow, friction) = thermostat(config, model)?;
            let phase = warm(config, Phase::at_rest(n, d, |i, j| x[j * n + i]));
            let x = Thermostatted::new(&phase, friction);
            Ensemble::new(config, model, step).drive(&flow, BADODAB, x, (checkpoint, setup), watch)
        }
        _ => Err(SpecError::input("this scheme does not move particles")),
    }
}
/// Momenta start in their equilibrium.
fn warm(config: &Config, mut phase: Phase) -> Phase {
    let (noise, n) = (thermal(config), phase.n);
    let at = Tick { step: u64::MAX, ..Tick::start(config.run.seed) };
    steepest_flows::noise::normals(at, 0, noise.precision, n, phase.split_mut().1);
    phase.split_mut().1.iter_mut().for_each(|p| *p /= noise.beta.sqrt());
    phase
}

struct Ensemble<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    h: f64,
    d: usize,
    work: Workspace,
    at: Tick,
    gradients: u64,
    strides: Audit,
    t: Vec<f64>,
    energy: Vec<Moments>,
    kinetic: Vec<f64>,
    rest: Settling,
    time: Stopwatch,
}
impl Persist for Ensemble<'_> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { config: _, model: _, h: _, d: _, work: _, at, gradients, strides, t, energy, kinetic, rest, time } =
            self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        gradients.pass(archive)?;
        strides.pass(archive)?;
        t.pass(archive)?;
        energy.pass(archive)?;
        kinetic.pass(archive)?;
        rest.pass(archive)?;
        time.pass(archive)
    }
}
impl<'a> Ensemble<'a> {
    fn new(config: &'a Config, model: &'a dyn Model, h: f64) -> Self {
        let (t, energy, kinetic, d) = (Vec::new(), Vec::new(), Vec::new(), model.dim());
        let rest = Settling::new(config.replicas() as usize, d);
        Ensemble {
            config,
            model,
            h,
            d,
            work: Workspace::default(),
            at: Tick::start(config.run.seed),
            gradients: 0,
            strides: Audit::default(),
            t,
            energy,
            kinetic,
            rest,
            time: Stopwatch::start(),
        }
    }
    /// Means over the first replicas.
    ///
    /// # Errors
    /// Numerical where one of them has an energy that is no finite number.
    fn look(&mut self, at: Tick, x: &impl Positioned) -> Result<(), SpecError> {
        let block = x.block(0, x.replicas().min(WATCHED));
        let values = self.values(0, &block, || state(x))?;
        let batch = block.positions();
        self.energy.push(values.iter().copied().collect());
        self.work.give(values);
        self.rest.look(x.positions());
        self.t.push(at.t);
        if let Some(p) = block.momenta() {
            self.kinetic.push(p.iter().map(|p| 0.5 * p * p).sum::<f64>() / batch.n as f64);
        }
        Ok(())
    }
    /// V of a block of replicas, the first of which is number `from`.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    fn values(
        &mut self,
        from: usize,
        block: &impl Positioned,
        arrays: impl FnOnce() -> Vec<Array>,
    ) -> Result<Vec<f64>, SpecError> {
        let batch = block.positions();
        let mut values = self.work.take(batch.n);
        self.model.values(batch, 1.0, &mut values, &mut self.work);
        match outside::first(&values, batch) {
            None => Ok(values),
            Some((i, said)) => {
                let message = format!("{said}, where particle {} was after stride {}", from + i + 1, self.at.step);
                Err(outside::fault(message, values[i].is_nan(), arrays()))
            }
        }
    }
    fn drive<P, S, C>(
        mut self,
        flow: &P,
        inner: C,
        mut x: S,
        (checkpoint, setup): (&mut Checkpoint, Clock),
        watch: &mut dyn Watch,
    ) -> Result<Record, SpecError>
    where
        P: Auditable<S, C> + Sync,
        S: Positioned,
        C: steepest_core::Scheme<P, S, Memory: Send + Persist> + Sync + Clone,
    {
        use steepest_core::Scheme as _;
        let Length::Strides { steps, warmup, every } = self.config.run.length else {
            return Err(SpecError::input("particles move in strides"));
        };
        // The state, and beside it a force or the next positions.
        let numbers = x.coords().len() / x.replicas().max(1) + self.d;
        let scheme = Blocks::sized(inner.clone(), numbers, threads(self.config));
        let mut memory = scheme.memory(flow, &x);
        let (n, total) = (x.replicas(), warmup + steps);
        take_up(checkpoint, (0, 0), &mut (x.coords_mut(), &mut memory, &mut self))?;
        let setup = setup.wall();
        self.time.skip();
        // Each piece takes every block through its cache once: longer ones cost less.
        let mut pieces = Pieces::of(0.3);
        while self.at.step <= total {
            let at = self.at;
            if at.step == next_look(at.step, (warmup, every, total)) && self.t.last() != Some(&at.t) {
                self.time.lap(at.step == warmup);
                // What the ledger costs is not what the flow costs.
                self.look(at, &x)?;
                let block = x.block(0, n.min(REPLAYED));
                flow.audit(&inner, Tick { of: n as u64, ..at }, self.h, &block, &mut self.strides);
                self.time.skip();
            }
            if at.step == total || watch.stop() {
                break;
            }
            let ahead = next_look(at.step + 1, (warmup, every, total));
            let count = pieces.next(ahead - at.step);
            let stride = scheme
                .advance(flow, at, self.h, count, &mut x, &mut memory)
                .map_err(|fault| broken(fault, at.step, "particle", state(&x)))
                .map_err(|error| outside::explained(error, self.config, self.model))?;
            self.at.step += count;
            self.at.t = self.at.step as f64 * self.h; // however the strides were cut into pieces
            self.gradients += stride.gradients;
            let (step, warm) = (self.at.step, self.at.step <= warmup);
            if checkpoint.due(step == warmup) {
                self.time.lap(warm);
                put_away(checkpoint, &mut pieces, &mut (x.coords_mut(), &mut memory, &mut self))?;
            }
            let phase = if warm { "warm-up" } else { "strides" };
            let energy = self.energy.last().map_or(f64::NAN, Moments::mean);
            let (done, of) = if warm { (step, warmup) } else { (step - warmup, steps) };
            watch.progress(
                done,
                of,
                phase,
                &if energy.is_nan() { String::new() } else { format!("<V> = {energy:.4}") },
            );
        }
        self.time.lap(self.at.step < warmup);
        for from in (WATCHED..n).step_by(WATCHED) {
            let values = self.values(from, &x.block(from, WATCHED.min(n - from)), || state(&x))?;
            self.work.give(values);
        }
        checkpoint.end(save(&mut (x.coords_mut(), &mut memory, &mut self)));
        let (at, time) = (self.at, self.time);
        let done = at.step.saturating_sub(warmup);
        let mut record = record(super::langevin::row(self.config), done, self.gradients, time.seconds(setup));
        if at.step < total {
            record.notes.push(format!("Stopped after {} of {total} strides.", at.step));
        }
        let mut last = Audit::default();
        let block = x.block(0, n.min(WATCHED));
        flow.audit(&inner, Tick { of: n as u64, ..at }, self.h, &block, &mut last);
        let bias = self.bias((flow, &inner), &x);
        self.summarise(&mut record, &x, &last, bias);
        let extra = &mut record.summary.extra;
        let each = 1e9 / (n as f64 * steps as f64);
        extra.insert("particles".into(), json!(n));
        extra.insert("cpu_seconds".into(), json!(time.cpu[0] + time.cpu[1]));
        extra.insert("run_cpu_seconds".into(), json!(time.cpu[1]));
        extra.insert("ns_per_particle_step".into(), json!(each * time.run));
        extra.insert("cpu_ns_per_particle_step".into(), json!(each * time.cpu[1]));
        Ok(record)
    }
    /// How far the law of positions is from exp(-beta V), by branches from the last of them.
    fn bias<P: Auditable<S, C>, S: Positioned, C>(&self, through: (&P, &C), x: &S) -> Option<Divergence> {
        let block = x.block(0, x.replicas().min(REPLAYED));
        let from = Positions::of(block.positions());
        let found = measured(through, (self.at, self.h), &from, branches(self.gradients))?;
        Some(found.blurred(blur(self.model, beta(self.config), from.batch())))
    }
    fn summarise<S: Positioned>(&self, record: &mut Record, x: &S, last: &Audit, bias: Option<Divergence>) {
        let v = |at: Batch<'_>| outside::values(self.model, at);
        let (settled, said) = self.rest.judge(&self.energy, x.positions(), (&self.model.names(), &v));
        let mut ledger = vec![settled.clone()];
        let late = if last.work.count < LATE.min(self.strides.work.count) { &self.strides } else { last };
        let mut strides = stride_checks(&self.strides, late);
        let rounding = slopes::rounding(self.config, self.model, x.positions());
        slopes::blame(rounding.as_ref(), &mut strides);
        let (mut laws, noise): (Vec<_>, Vec<_>) =
            strides.into_iter().partition(|check| check.name == "fluctuation theorem");
        ledger.extend(noise);
        laws.extend(temperature_checks(last));
        laws.extend(bias.map(|bias| bias_check(&bias, self.d)));
        laws.extend(rounding);
        let first = x.block(0, x.replicas().min(1000));
        let batch = first.positions();
        let positions = Positions { n: batch.n, d: batch.d, chains: 1, x: batch.x.to_vec() };
        laws.extend(
            law(self.model, beta(self.config), &positions).into_iter().filter(|check| check.name.starts_with("kernel")),
        );
        // Out of equilibrium the law is not expected to hold yet.
        if settled.verdict != Verdict::Holds {
            laws.iter_mut().for_each(|check| {
                check.verdict = Verdict::Inconclusive;
                check.advice = match settled.verdict {
                    Verdict::Violated => "The cloud runs away: there is no equilibrium whose law it could have.",
                    _ if settled.value.is_nan() => {
                        "Whether the cloud has settled is not known, so it is not held against the law of an equilibrium."
                    }
                    _ => "The cloud is still relaxing; the law of its equilibrium says nothing yet.",
                };
            });
        }
        ledger.extend(laws);
        record.summary.ledger = checks::lines(&ledger);
        if let (Some(line), Some(said)) = (record.summary.ledger.first_mut(), said) {
            line.advice = said;
        }
        super::walls::excuse(self.model, &positions, &mut record.summary.ledger);
        record.summary.ledger.push(checks::gradient(self.model, &positions));
        let parameters = table::independent(self.model, x.positions());
        if let Some(tails) = table::tails(self.model, x.positions()) {
            record.summary.ledger.insert(1, checks::tails(&parameters, &tails));
        }
        record.summary.parameters = parameters;
        record.ledger = vec![
            Column { name: "t".into(), values: self.t.clone() },
            Column { name: "energy".into(), values: self.energy.iter().map(Moments::mean).collect() },
        ];
        if !self.kinetic.is_empty() {
            record.ledger.push(Column { name: "kinetic".into(), values: self.kinetic.clone() });
        }
        record.arrays = state(x);
        let extra = &mut record.summary.extra;
        let (first, end) = (self.energy.first().map(Moments::mean), self.energy.last().map(Moments::mean));
        if let Some(xi) = x.frictions() {
            extra.insert("friction_found".into(), json!(xi.iter().sum::<f64>() / xi.len() as f64));
        }
        extra.extend(bias.map(|bias| ("kl_bias_per_dimension".into(), bias_figures(&bias, self.d))));
        extra.insert("energy_first".into(), json!(first));
        extra.insert("energy_last".into(), json!(end));
        extra.insert("shadow_work_per_stride".into(), json!(self.strides.work.mean()));
    }
}
/// The first stride from `step` on at which the ledger looks: the end of warm-up, every so many after it, and the last.
fn next_look(step: u64, (warmup, every, total): (u64, u64, u64)) -> u64 {
    (warmup + step.saturating_sub(warmup).div_ceil(every) * every).min(total)
}
