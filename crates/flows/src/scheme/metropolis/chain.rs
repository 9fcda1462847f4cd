//! One chain: where it is, how it moves, what it adapts and records.
mod fork;
mod kept;
use super::barker::Barker;
use super::choices::Choices;
use super::hmc::Hmc;
use super::isokinetic::Isokinetic;
use super::nuts::Nuts;
use super::pool::van_der_corput;
use super::search::Search;
use super::trajectory::Answer;
use super::{Adapt, Adaptation, Draw, Kernel, Metric, Path, Point, Tape};
use steepest_core::Tick;
use steepest_kernels as kernels;

/// Streams of randomness of a chain; stream 0 and the places of a splitting are below.
const MOMENTA: u16 = 0x100;
const SEARCH: u16 = 0x102;

/// A Markov chain that asks for gradients.
#[derive(Clone, Debug)]
#[repr(align(128))] // neighbours may be moved by two threads
pub struct Chain {
    id: u64,
    at: Point,
    metric: Metric,
    step: f64,
    phase: Phase,
    kernel: Machine,
    search: Search,
    /// Dropped when warm-up is over.
    adaptation: Option<Adaptation>,
    adapted: bool,
    /// Draws of warm-up that the metric was made of.
    learned: usize,
    choices: Choices,
    scratch: Vec<f64>,
    /// Share of the momentum that the next transition keeps.
    persistence: f64,
    /// What decides between accepting and refusing: uniform on (-1, 1), and moving slowly. NaN where each decision is drawn.
    slice: f64,
    /// Whether the extent of a trajectory is a function of the transition alone.
    in_step: bool,
    /// What it did since the tape was last cleared.
    pub tape: Tape,
    /// Transitions done since the chain was made.
    pub transitions: u64,
}
/// What the next gradient is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The point itself has not been evaluated.
    New,
    /// Looking for a step.
    Searching,
    /// Between transitions: no gradient is wanted.
    Resting,
    /// In a transition.
    Moving,
}
#[derive(Clone, Debug)]
enum Machine {
    Hmc(Hmc),
    Nuts(Box<Nuts>),
    Barker(Barker),
    Isokinetic(Isokinetic),
}
impl Chain {
    /// Chain number `id` at `q`, with the unit metric and no step yet.
    pub fn new(id: u64, q: &[f64], kernel: Kernel, adapt: Option<Adapt>) -> Self {
        let d = q.len();
        let at = Point { q: q.to_vec(), ..Point::zeros(d) };
        let adaptation = adapt.filter(|adapt| adapt.warmup > 0).map(|adapt| Adaptation::new(adapt, d, kernel));
        Chain {
            id,
            at,
            metric: Metric::Unit,
            step: f64::NAN,
            phase: Phase::New,
            kernel: match kernel {
                Kernel::Mala => Machine::Hmc(Hmc::new(d, Path::Leapfrogs(1), 0.0, false)),
                Kernel::Hmc { path, jitter } => Machine::Hmc(Hmc::new(d, path, jitter, false)),
                Kernel::Shared { jitter, length } => {
                    Machine::Hmc(Hmc::new(d, Path::Time(length.unwrap_or(1.0)), jitter, false))
                }
                Kernel::Generalised { .. } | Kernel::Persistent => {
                    Machine::Hmc(Hmc::new(d, Path::Leapfrogs(1), 0.0, true))
                }
                Kernel::Nuts { max_depth } => Machine::Nuts(Box::new(Nuts::new(d, max_depth))),
                Kernel::Barker => Machine::Barker(Barker::new(d)),
                Kernel::Isokinetic { adjusted, length } => {
                    Machine::Isokinetic(Isokinetic::new(d, adjusted, length.unwrap_or(1.0)))
                }
            },
            search: Search::new(d),
            adapted: adaptation.is_some(),
            adaptation,
            learned: 0,
            choices: Choices::default(),
            scratch: vec![0.0; d],
            persistence: match kernel {
                Kernel::Generalised { persistence } => persistence,
                _ => 0.0,
            },
            slice: if kernel == Kernel::Persistent { 0.0 } else { f64::NAN },
            in_step: matches!(kernel, Kernel::Shared { .. }),
            tape: Tape::default(),
            transitions: 0,
        }
    }
    /// The point of the chain.
    pub fn point(&self) -> &Point {
        &self.at
    }
    /// The step it moves with.
    pub fn step(&self) -> f64 {
        self.step
    }
    /// The metric it moves in.
    pub fn metric(&self) -> &Metric {
        &self.metric
    }
    /// Draws of its own warm-up that the metric was made of; `None` where it adapts nothing by itself.
    pub fn learned(&self) -> Option<usize> {
        self.adapted.then_some(self.learned)
    }
    /// Whether V and dV are finite where the chain is; meaningless before the first gradient was given.
    pub fn started(&self) -> bool {
        self.at.value.is_finite() && self.at.gradient.iter().all(|g| g.is_finite())
    }
    /// Which chain it is.
    pub fn id(&self) -> u64 {
        self.id
    }
    /// Puts the chain at `q`: if it was elsewhere, the next gradient asked for is the one there. It moves with `step`,
    /// unless it adapts: then the first search starts there.
    pub fn place(&mut self, q: &[f64], step: f64) {
        if !self.adapted || self.step.is_nan() {
            self.step = step;
        }
        if self.phase == Phase::New || self.at.q != q {
            self.at.q.copy_from_slice(q);
            self.phase = Phase::New;
        }
    }
    /// The step of a chain that stays where it is; as in [`Chain::place`].
    pub fn settle_at(&mut self, step: f64) {
        if !self.adapted || self.step.is_nan() {
            self.step = step;
        }
    }
    /// The energy has changed: it is asked for again where the chain is.
    pub fn look_again(&mut self) {
        self.phase = Phase::New;
    }
    /// Moves the chain to `q`, of energy `value`, which it has traded for its last draw.
    pub fn move_to(&mut self, q: &[f64], value: f64) {
        self.at.q.copy_from_slice(q);
        self.phase = Phase::New;
        let d = q.len();
        if let Some(last) = self.tape.positions.len().checked_sub(d) {
            self.tape.positions[last..].copy_from_slice(q);
            self.tape.gradients[last..].fill(f64::INFINITY);
        }
        if let Some(last) = self.tape.values.last_mut() {
            *last = value;
        }
    }
    /// Takes over the share of its momentum that it keeps.
    pub fn keep(&mut self, persistence: f64) {
        self.persistence = persistence;
    }
    /// Takes over a metric, and a length of trajectories, that other chains have too.
    pub fn adopt(&mut self, metric: Option<&Metric>, length: Option<f64>) {
        if let Some(metric) = metric {
            self.momentum(Metric::root_transposed);
            self.metric.clone_from(metric);
            self.momentum(Metric::refresh);
        }
        if let (Machine::Hmc(hmc), Some(length)) = (&mut self.kernel, length) {
            hmc.path = Path::Time(length);
        }
    }
    /// Where the last trajectory of HMC ended, whether or not it was accepted.
    pub fn proposal(&self) -> Option<&Point> {
        match &self.kernel {
            Machine::Hmc(hmc) => Some(hmc.end()),
            _ => None,
        }
    }
    /// Starts transition `at.step`, unless the point or the step must be seen to first. A gradient is wanted from now on.
    pub fn begin(&mut self, at: Tick) {
        if self.phase == Phase::Resting {
            self.set_off(at);
        }
    }
    /// Where the next gradient is wanted.
    pub fn ask(&self) -> &[f64] {
        match (self.phase, &self.kernel) {
            (Phase::New | Phase::Resting, _) => &self.at.q,
            (Phase::Searching, _) => self.search.ask(),
            (Phase::Moving, Machine::Hmc(hmc)) => hmc.ask(),
            (Phase::Moving, Machine::Nuts(nuts)) => nuts.ask(),
            (Phase::Moving, Machine::Barker(barker)) => barker.ask(),
            (Phase::Moving, Machine::Isokinetic(isokinetic)) => isokinetic.ask(),
        }
    }
    /// Takes V and dV at the point asked for. True where this ended transition `at.step`.
    pub fn give(&mut self, at: Tick, value: f64, gradient: &[f64]) -> bool {
        match self.phase {
            Phase::New => {
                self.at.value = value;
                self.at.gradient.copy_from_slice(gradient);
                let fresh = self.adaptation.as_ref().filter(|_| self.transitions == 0);
                if let Some(metric) = fresh.map(|adaptation| adaptation.first_metric(&self.at)) {
                    self.metric = metric;
                    self.look(at);
                } else {
                    self.set_off(at);
                }
                false
            }
            Phase::Searching => {
                let found = self.search.give(Answer { value, gradient }, &mut self.step, &self.metric, &self.at);
                if found {
                    if let Some(adaptation) = &mut self.adaptation {
                        adaptation.step_found(self.step);
                    }
                    self.set_off(at);
                }
                false
            }
            Phase::Moving | Phase::Resting => match self.proceed(at, Answer { value, gradient }) {
                None => false,
                Some(draw) => {
                    self.settle(at, draw);
                    true
                }
            },
        }
    }
    fn proceed(&mut self, at: Tick, seen: Answer<'_>) -> Option<Draw> {
        let (choices, id) = (&mut self.choices, self.id);
        match &mut self.kernel {
            Machine::Hmc(hmc) => {
                let (slow, slice) = (!self.slice.is_nan(), self.slice.abs());
                let uniform = || if slow { slice } else { choices.next(at, id) };
                let draw = hmc.give(seen, uniform, self.step, &self.metric, &mut self.at);
                // Each leapfrog has a uniform of its own; that of the last decides.
                if draw.is_none() {
                    choices.skip();
                }
                // On the slice of the joint law the height stays, and the density under it has changed.
                if let (true, Some(Draw { moved: true, energy, start_energy, .. })) = (slow, &draw) {
                    self.slice *= (energy - start_energy).exp();
                }
                draw
            }
            Machine::Nuts(nuts) => {
                let mut uniform = || choices.next(at, id);
                nuts.give(seen, &mut uniform, self.step, &self.metric, &mut self.at)
            }
            Machine::Barker(barker) => {
                let uniform = choices.next(at, id);
                barker.give(seen, uniform, self.step, &self.metric, &mut self.at)
            }
            Machine::Isokinetic(isokinetic) => {
                let uniform = || choices.next(at, id);
                let draw = isokinetic.give((at, id), seen, uniform, self.step, &self.metric, &mut self.at);
                if draw.is_none() {
                    choices.skip();
                }
                draw
            }
        }
    }
    fn settle(&mut self, at: Tick, draw: Draw) {
        self.transitions += 1;
        self.phase = Phase::Resting;
        self.tape.push(&self.at, draw);
        let Some(mut adaptation) = self.adaptation.take() else { return };
        self.momentum(Metric::root_transposed);
        let changed = adaptation.update(&draw, &self.at, &mut self.metric, &mut self.step);
        if let (Machine::Isokinetic(isokinetic), Some(length)) = (&mut self.kernel, adaptation.length()) {
            isokinetic.length = length;
        }
        self.momentum(Metric::refresh);
        self.learned = adaptation.learned();
        self.adaptation = Some(adaptation).filter(|adaptation| !adaptation.finished());
        if changed {
            self.look(at);
        }
    }
    /// What becomes of a momentum that is kept where the metric changes: white in the old one, then one of the new one, it keeps its law.
    /// As it was, it could be so long in the new one that it was refused, turned round and kept, until steps were next to nothing.
    fn momentum(&mut self, becomes: fn(&Metric, &mut [f64])) {
        if self.persistence > 0.0 {
            becomes(&self.metric, &mut self.at.p);
        }
    }
    /// Starts a search for the step.
    fn look(&mut self, at: Tick) {
        white(at, SEARCH, self.id, &mut self.at.p);
        self.metric.refresh(&mut self.at.p);
        self.search.begin(&self.at, self.step, &self.metric);
        self.phase = Phase::Searching;
    }
    fn set_off(&mut self, at: Tick) {
        self.choices.begin();
        let (choices, id) = (&mut self.choices, self.id);
        let in_step = self.in_step;
        let mut uniform = || if in_step { van_der_corput(at.step + 1) } else { choices.next(at, id) };
        match &mut self.kernel {
            Machine::Hmc(hmc) => {
                if self.persistence > 0.0 && self.transitions > 0 {
                    let fresh = (1.0 - self.persistence * self.persistence).sqrt();
                    let kept = &mut self.scratch;
                    kept.copy_from_slice(&self.at.p);
                    white(at, MOMENTA, id, &mut self.at.p);
                    self.metric.refresh(&mut self.at.p);
                    self.at.p.iter_mut().zip(kept).for_each(|(p, k)| *p = self.persistence * *k + fresh * *p);
                } else {
                    white(at, MOMENTA, id, &mut self.at.p);
                    self.metric.refresh(&mut self.at.p);
                }
                if !self.slice.is_nan() {
                    // Where each chain starts differs; then all move at one speed, half of what the momentum forgets.
                    let forgets = 0.5 * (1.0 - self.persistence * self.persistence);
                    let from = if self.transitions == 0 { 2.0 * uniform() - 1.0 } else { self.slice };
                    self.slice = (from + 1.0 + forgets).rem_euclid(2.0) - 1.0;
                }
                hmc.begin(&self.at, &mut uniform, self.step, &self.metric);
            }
            Machine::Nuts(nuts) => {
                white(at, MOMENTA, id, &mut self.at.p);
                self.metric.refresh(&mut self.at.p);
                nuts.begin(&self.at, uniform(), self.step, &self.metric);
            }
            Machine::Barker(barker) => {
                white(at, MOMENTA, id, &mut self.at.p);
                barker.begin(&self.at, &mut uniform, self.step, &self.metric);
            }
            Machine::Isokinetic(isokinetic) => {
                if isokinetic.forgets() || self.transitions == 0 {
                    white(at, MOMENTA, id, &mut self.at.p);
                }
                isokinetic.begin(&self.at, self.step, &self.metric);
            }
        }
        self.phase = Phase::Moving;
    }
}
/// White noise of a chain, a pure function of the place.
fn white(at: Tick, stream: u16, id: u64, out: &mut [f64]) {
    kernels::normals(at.key, at.step, stream, id << 32, out);
}
