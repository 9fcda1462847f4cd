//! DESCENT: gradient descent from a point, or from many, with the identity of the flow as its certificate.
use super::clock::{Clock, Pieces, Stopwatch};
use super::langevin::{broken, culprit};
use super::minimise::{STOPPED, ends, levels_off, reason, turns};
use super::{checks, put_away, record, start, table, take_up};
use crate::{Config, Length, Point, Scheme, SpecError, State, Watch};
use serde_json::json;
use std::ops::ControlFlow;
use steepest_core::{
    Archive, Batch, Fault, Flow, Observer, Persist, Plan, Potential, Replicated, Scheme as _, Stride, Tick, Workspace,
    save,
};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::observer::{Check, Ledger, Verdict};
use steepest_flows::scheme::Explicit;
use steepest_flows::scheme::minimiser::Ending;
use steepest_flows::state::Cloud;
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

/// Times a stride chosen by us may be halved where V rose.
const HALVINGS: u32 = 40;
/// V below this falls without bound.
const BOTTOMLESS: f64 = -1e300;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let n = match config.state {
        State::Particles { n, .. } => n as usize,
        _ => 1,
    };
    let (Scheme::GradientDescent { step, tolerance }, Length::Strides { steps, every, .. }) =
        (&config.scheme, config.run.length)
    else {
        return Err(SpecError::input("gradient descent moves in strides"));
    };
    let d = model.dim();
    let mut x = Cloud { n, d, x: start::positions(config, model, n)?.into() };
    let flow = Flow { functional: PotentialEnergy(model), geometry: Euclidean, noise: Still };
    let mut memory = Explicit.memory(&flow, &x);
    let mut books = Books {
        at: Tick::start(config.run.seed),
        h: step.unwrap_or_else(|| 1.0 / curvature(model, &x)),
        halved: 0,
        gradients: 0,
        ledger: Ledger::default(),
        path: Vec::new(),
        time: Stopwatch::start(),
    };
    take_up(checkpoint, (0, 0), &mut (&mut x.x[..], &mut books))?;
    let setup = setup.wall();
    books.time.skip();
    let mut pieces = Pieces::of(0.05);
    let mut last = x.clone();
    let mut why = "all strides were made";
    while books.at.step < steps {
        // The books balance only if every stride is in them; `every` thins what is kept of the path.
        let (from, count) = (books.at, pieces.next(steps - books.at.step));
        let plan = Plan::new(books.h, count);
        let halves = step.is_none() && books.halved < HALVINGS;
        let mut recorder = Recorder {
            ledger: &mut books.ledger,
            tolerance: *tolerance,
            every,
            path: &mut books.path,
            halves,
            at: from,
            last: &mut last,
            watch: &mut *watch,
            end: None,
        };
        let outcome = steepest_core::run(&flow, &Explicit, &mut x, &mut memory, from, plan, &mut [&mut recorder]);
        let (seen, end) = (recorder.at, recorder.end);
        // A stride the user fixed is kept, whatever comes of it; ours is halved, from where V last fell.
        if halves && (outcome.is_err() || end == Some(End::Rose)) {
            (books.h, books.halved) = (books.h / 2.0, books.halved + 1);
            x.x.copy_from_slice(&last.x);
            books.gradients += (seen.step - from.step) * n as u64;
            books.at = seen;
            continue;
        }
        let reached = outcome.map_err(|fault| {
            let fault = match fault {
                Fault::Inadmissible { step, .. } => Fault::Inadmissible { step, replica: culprit(&x) },
                fault => fault,
            };
            let state = Array { name: "state".into(), shape: vec![d, n], values: last.x.to_vec() };
            broken(fault, from.step, "point", vec![state])
        })?;
        books.gradients += (reached.step - from.step) * n as u64;
        books.at = reached;
        let energy = books.ledger.value.last().copied().unwrap_or(f64::NAN);
        watch.progress(reached.step, steps, "strides", &format!("V = {energy:.6}"));
        if end == Some(End::Converged) {
            why = "the gradient is below the tolerance";
            break;
        }
        if end == Some(End::Unbounded) {
            why = reason(Some(Ending::Unbounded));
            break;
        }
        if end == Some(End::Stopped) || watch.stop() {
            why = STOPPED;
            break;
        }
        if checkpoint.due(false) {
            books.time.lap(false);
            put_away(checkpoint, &mut pieces, &mut (&mut x.x[..], &mut books))?;
        }
    }
    books.time.lap(false);
    checkpoint.end(save(&mut (&mut x.x[..], &mut books)));
    let Books { at, h, gradients, ledger, path, time, .. } = books;
    let mut record = record("gradient-descent", at.step, gradients, time.seconds(setup));
    record.notes.push(format!("Gradient descent with step {h:.3e} ended after {} strides because {why}.", at.step));
    summarise(&mut record, model, &x, &ledger, (*tolerance, every as usize), path);
    let extra = &mut record.summary.extra;
    extra.insert("step".into(), json!(h));
    extra.insert("stopped_because".into(), json!(why));
    extra.insert("cpu_seconds".into(), json!(time.cpu[1]));
    Ok(record)
}
/// What a descent has come to, beside the point.
struct Books {
    at: Tick,
    h: f64,
    halved: u32,
    gradients: u64,
    ledger: Ledger,
    path: Vec<f64>,
    time: Stopwatch,
}
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, h, halved, gradients, ledger, path, time } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        h.pass(archive)?;
        halved.pass(archive)?;
        gradients.pass(archive)?;
        ledger.pass(archive)?;
        path.pass(archive)?;
        time.pass(archive)
    }
}
/// The books, the path of the first point, and when to stop.
struct Recorder<'a> {
    ledger: &'a mut Ledger,
    tolerance: f64,
    every: u64,
    path: &'a mut Vec<f64>,
    /// Whether to stop where V rose.
    halves: bool,
    /// The last point that is in the books, and when it was.
    last: &'a mut Cloud,
    at: Tick,
    watch: &'a mut dyn Watch,
    end: Option<End>,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The gradient is below the tolerance.
    Converged,
    /// V rose: the stride that did it is not in the books.
    Rose,
    /// V falls without bound.
    Unbounded,
    /// Whoever watches has seen enough.
    Stopped,
}
type Descent<'a> = Flow<PotentialEnergy<&'a dyn Model>, Euclidean, Still>;
impl<'a> Observer<Descent<'a>, Cloud> for Recorder<'_> {
    fn observe(&mut self, flow: &Descent<'a>, at: Tick, x: &Cloud, last: Stride) -> ControlFlow<()> {
        let (books, mut stopped) = (&mut *self.ledger, false);
        // The end of one piece is the start of the next: it is seen once.
        if books.t.last() != Some(&at.t) {
            let _ = books.observe(flow, at, x, last);
            let (rise, scale) = match books.value[..] {
                [.., before, now] => (now - before, 1.0 + before.abs()),
                _ => (0.0, 1.0),
            };
            if self.halves && (rise > 1e-12 * scale || rise.is_nan()) {
                let _ = [&mut books.t, &mut books.value, &mut books.dissipation].map(Vec::pop);
                self.end = Some(End::Rose);
                return ControlFlow::Break(());
            }
            if at.step.is_multiple_of(self.every) {
                self.path.extend(x.x.iter().step_by(x.n));
                let (value, from) = (books.value.last().copied().unwrap_or(f64::NAN), self.path.len() - x.d);
                stopped = self.watch.point(Point { step: at.step, value, x: &self.path[from..] }).is_break();
            }
        }
        self.last.x.copy_from_slice(&x.x);
        self.at = at;
        if books.value.last().is_some_and(|value| *value < BOTTOMLESS) {
            self.end = Some(End::Unbounded);
            return ControlFlow::Break(());
        }
        if books.dissipation.last().is_some_and(|d| d.sqrt() <= self.tolerance) {
            self.end = Some(End::Converged);
            return ControlFlow::Break(());
        }
        if stopped {
            self.end = Some(End::Stopped);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
fn summarise(
    record: &mut Record,
    model: &dyn Model,
    x: &Cloud,
    ledger: &Ledger,
    (tolerance, every): (f64, usize),
    path: Vec<f64>,
) {
    let (first, end) = (ledger.value.first().copied(), ledger.value.last().copied());
    let (first, end) = (first.unwrap_or(f64::NAN), end.unwrap_or(f64::NAN));
    // Without a stride nothing was to be held against anything.
    let spent = if ledger.value.len() < 2 { f64::NAN } else { (first - end).abs().max(f64::MIN_POSITIVE) };
    let gradient = ledger.dissipation.last().copied().unwrap_or(f64::NAN).sqrt();
    record.summary.objective = Some(Objective { initial: first, r#final: end });
    let further = if end < BOTTOMLESS {
        "V falls without bound: it has no minimum where this went. Look at its sign."
    } else {
        "The end is not yet a critical point: allow more steps."
    };
    let mut found = [
        Check::at_most(
            "V never rises",
            climb(&ledger.value),
            1e-12,
            ("Every stride went down.", "V rose in a stride: the step is too long; leave it out and it is chosen."),
        ),
        Check::at_most(
            "identity residual",
            (ledger.residual() / spent).abs(),
            0.5,
            (
                "V fell by what the gradient flow dissipated, up to the error of the stride.",
                "V did not fall by what was dissipated: the step is too long, or the gradient is not that of V.",
            ),
        ),
        Check::at_most("gradient at the end", gradient, tolerance, ("The end is a critical point.", further)),
    ];
    for check in &mut found {
        // Strides that get longer the farther they lead do not follow the flow: that is no fault of the gradient.
        if check.name == "identity residual" && check.verdict == Verdict::Violated && end < BOTTOMLESS {
            check.verdict = Verdict::Inconclusive;
            check.advice = "V falls without bound, and nearly all of it in the last strides, which are too long to follow the flow.";
        }
    }
    // The path is that of the first point.
    if x.n == 1 && found.iter().any(ends) && !turns(model, path.get(..x.d).unwrap_or(&[]), &x.x) {
        found.iter_mut().for_each(levels_off);
    }
    record.summary.ledger = checks::lines(&found);
    let block = x.block(0, x.n.min(100));
    let positions = Positions { n: block.n, d: x.d, chains: 1, x: block.x.to_vec() };
    record.summary.ledger.push(checks::gradient(model, &positions));
    record.summary.parameters = if x.n == 1 { table::point(model, &x.x) } else { table::independent(model, x.batch()) };
    let column =
        |name: &str, all: &[f64]| Column { name: name.into(), values: all.iter().copied().step_by(every).collect() };
    record.ledger =
        vec![column("t", &ledger.t), column("objective", &ledger.value), column("dissipation", &ledger.dissipation)];
    record.arrays = vec![Array { name: "state".into(), shape: vec![x.d, x.n], values: x.x.to_vec() }];
    record.arrays.push(Array { name: "path".into(), shape: vec![path.len() / x.d.max(1), x.d], values: path });
}
/// The largest rise of V in a stride, relative to 1 + |V| where it began; NaN without strides.
fn climb(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    values.windows(2).map(|pair| (pair[1] - pair[0]) / (1.0 + pair[0].abs())).fold(0.0, f64::max)
}
/// The largest curvature of V at the first point, by power iteration on differences of the gradient.
pub(super) fn curvature(model: &dyn Potential, x: &Cloud) -> f64 {
    let (d, mut work) = (x.d, Workspace::default());
    let at: Vec<f64> = x.x.iter().step_by(x.n).copied().collect();
    let mut gradient = |q: &[f64]| {
        let mut g = vec![0.0; d];
        model.gradients(Batch { n: 1, d, x: q }, 1.0, &mut g, &mut work);
        g
    };
    let base = gradient(&at);
    let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let e = 1e-5 * (1.0 + norm(&at));
    let mut v: Vec<f64> = (0..d).map(|j| 1.0 + 0.1 * (j as f64).sin()).collect();
    let mut largest = 0.0f64;
    for _ in 0..30 {
        let length = norm(&v).max(f64::MIN_POSITIVE);
        let moved: Vec<f64> = at.iter().zip(&v).map(|(q, v)| q + e * v / length).collect();
        v = gradient(&moved).iter().zip(&base).map(|(a, b)| (a - b) / e).collect();
        largest = norm(&v);
        if !largest.is_finite() || largest == 0.0 {
            break;
        }
    }
    if largest.is_finite() && largest > 0.0 { largest } else { 1.0 + norm(&base) }
}
