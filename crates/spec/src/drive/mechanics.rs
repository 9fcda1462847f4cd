//! MECHANICS: a word without a bath; energy is kept, and the way back leads home.
use super::clock::{Clock, Pieces, Stopwatch};
use super::langevin::{broken, culprit, splitting};
use super::{checks, put_away, record, start, table, take_up};
use crate::{Config, Length, Scheme, SpecError, State, Watch};
use serde_json::json;
use std::ops::ControlFlow;
use steepest_core::{
    Archive, Batch, Fault, Flow, Observer, Persist, Plan, Replicated, Scheme as _, State as _, Stride, Sum, Tick, save,
};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Still;
use steepest_flows::observer::{Check, Ledger};
use steepest_flows::scheme::splitting::{Kinetic, Splitting};
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

type Mechanics<'a> = Flow<Hamiltonian<&'a dyn Model>, Sum<Symplectic, Friction>, Still>;
/// Strides that are taken back to see whether they lead home.
const RETRACED: u64 = 10_000;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let (n, momentum) = match &config.state {
        State::Particles { n, .. } => (*n as usize, None),
        State::Point { momentum, .. } => (1, momentum.as_ref()),
        State::Chains { .. } => return Err(SpecError::input("mechanics moves points or particles")),
    };
    let (Scheme::Splitting { word, step: h, friction }, Length::Strides { steps, every, .. }) =
        (&config.scheme, config.run.length)
    else {
        return Err(SpecError::input("mechanics is a splitting, and moves in strides"));
    };
    let (d, h, scheme) = (model.dim(), *h, splitting(config, word)?);
    let q = start::positions(config, model, n)?;
    let mut x = Phase::at_rest(n, d, |i, j| q[j * n + i]);
    if let Some(momentum) = momentum {
        x.split_mut().1.chunks_exact_mut(n).zip(momentum).for_each(|(column, p)| column.fill(*p));
    }
    let flow: Mechanics<'_> =
        Flow { functional: Hamiltonian(model), geometry: Sum(Symplectic, Friction { gamma: *friction }), noise: Still };
    let reversal = retrace(&flow, &scheme, &x, h, steps.min(RETRACED));
    let mut memory = scheme.memory(&flow, &x);
    let mut books = Books {
        at: Tick::start(config.run.seed),
        ledger: Ledger::default(),
        path: Vec::new(),
        time: Stopwatch::start(),
    };
    take_up(checkpoint, (0, 0), &mut (&mut x.z[..], &mut memory, &mut books))?;
    let setup = setup.wall();
    books.time.skip();
    let mut pieces = Pieces::of(0.05);
    while books.at.step < steps && !watch.stop() {
        let at = books.at;
        let count = (pieces.next(steps - at.step).div_ceil(every) * every).min(steps - at.step);
        let plan = Plan::new(h, count).every(every);
        let outcome = steepest_core::run(&flow, &scheme, &mut x, &mut memory, at, plan, &mut [&mut books]);
        books.at = outcome.map_err(|fault| {
            let fault = match fault {
                Fault::Inadmissible { step, .. } => Fault::Inadmissible { step, replica: culprit(&x) },
                fault => fault,
            };
            broken(
                fault,
                at.step,
                "point",
                vec![Array { name: "state".into(), shape: vec![2 * d, n], values: x.z.to_vec() }],
            )
        })?;
        if checkpoint.due(false) {
            books.time.lap(false);
            put_away(checkpoint, &mut pieces, &mut (&mut x.z[..], &mut memory, &mut books))?;
        }
        watch.progress(books.at.step, steps, "strides", &format!("H drift {:.1e}", books.ledger.drift()));
    }
    books.time.lap(false);
    checkpoint.end(save(&mut (&mut x.z[..], &mut memory, &mut books)));
    let (done, time) = (books.at.step, books.time);
    let mut record = record("mechanics", done, done * n as u64, time.seconds(setup));
    if done < steps {
        record.notes.push(format!("Stopped after {done} of {steps} strides."));
    }
    summarise(&mut record, model, &x, &books, reversal);
    record.summary.extra.insert("cpu_seconds".into(), json!(time.cpu[1]));
    record.summary.extra.insert("energy_drift".into(), json!(books.ledger.drift()));
    Ok(record)
}
/// The largest distance from home after so many strides forth and back, or NaN where the word is no palindrome.
fn retrace(flow: &Mechanics<'_>, scheme: &Splitting<Kinetic>, home: &Phase, h: f64, count: u64) -> f64 {
    if scheme.order < 2 {
        return f64::NAN;
    }
    let mut x = home.clone();
    for h in [h, -h] {
        let mut memory = scheme.memory(flow, &x);
        if scheme.advance(flow, Tick::start(0), h, count, &mut x, &mut memory).is_err() {
            return f64::INFINITY;
        }
    }
    x.coords().iter().zip(home.coords()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
/// H along the run, and the path of the first point.
struct Books {
    at: Tick,
    ledger: Ledger,
    path: Vec<f64>,
    time: Stopwatch,
}
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, ledger, path, time } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        ledger.pass(archive)?;
        path.pass(archive)?;
        time.pass(archive)
    }
}
impl<'a> Observer<Mechanics<'a>, Phase> for Books {
    fn observe(&mut self, flow: &Mechanics<'a>, at: Tick, x: &Phase, last: Stride) -> ControlFlow<()> {
        // The end of one piece is the start of the next: it is seen once.
        if self.ledger.t.last() != Some(&at.t) {
            let _ = self.ledger.observe(flow, at, x, last);
            self.path.extend(x.q().x.iter().step_by(x.n));
        }
        ControlFlow::Continue(())
    }
}
fn summarise(record: &mut Record, model: &dyn Model, x: &Phase, books: &Books, reversal: f64) {
    let (d, n, h) = (x.d, x.n, &books.ledger.value);
    let (first, end) = (h.first().copied().unwrap_or(f64::NAN), h.last().copied().unwrap_or(f64::NAN));
    let off = |part: &[f64]| part.iter().map(|v| (v - first).abs()).fold(0.0, f64::max);
    let (early, late) = h.split_at(h.len() / 2);
    let size = 1.0 + first.abs();
    record.summary.objective = Some(Objective { initial: first, r#final: end });
    let found = [
        Check::at_most(
            "H drift",
            off(late),
            2.0 * off(early) + 1e-9 * size,
            (
                "The energy error is no larger in the second half than in the first: bounded, as for a symplectic scheme.",
                "The energy error grows: the step is near the edge of stability, or the force is not the gradient.",
            ),
        ),
        Check::at_most(
            "energy error",
            books.ledger.drift() / size,
            0.05,
            ("H is kept to a few per cent.", "H is off by more than 5 %: shorten the step."),
        ),
        Check::at_most(
            "reversal",
            reversal,
            1e-6,
            (
                "With -h the same strides lead back to the start.",
                "The way back does not lead home: the motion is chaotic over these strides, or the force depends on more than q.",
            ),
        ),
    ];
    record.summary.ledger = checks::lines(&found);
    let block = x.block(0, n.min(100));
    let positions = Positions { n: block.n, d, chains: 1, x: block.q().x.to_vec() };
    record.summary.ledger.push(checks::gradient(model, &positions));
    let q: Batch<'_> = x.q();
    record.summary.parameters = if n == 1 { table::point(model, q.x) } else { table::independent(model, q) };
    record.ledger = vec![
        Column { name: "t".into(), values: books.ledger.t.clone() },
        Column { name: "energy".into(), values: h.clone() },
    ];
    record.arrays = vec![
        Array { name: "state".into(), shape: vec![d, n], values: q.x.to_vec() },
        Array { name: "momentum".into(), shape: vec![d, n], values: x.p().to_vec() },
        Array { name: "path".into(), shape: vec![books.path.len() / d.max(1), d], values: books.path.clone() },
    ];
}
