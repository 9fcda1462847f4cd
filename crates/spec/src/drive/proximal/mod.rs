//! PROXIMAL: descent of E + R by proximal gradients, in a mirror geometry or the flat one, with the account of its steps.
mod account;
mod compose;
use super::clock::{Clock, Pieces, Stopwatch};
use super::descent::curvature;
use super::langevin::broken;
use super::minimise::{STOPPED, far_above, reason};
use super::{checks, put_away, record, table, take_up};
use crate::{Config, Length, Point, Scheme, SpecError, Watch};
pub(crate) use account::promises;
use compose::regulariser;
pub(super) use compose::{inside, mirror, plain};
use serde_json::json;
use std::ops::ControlFlow;
use std::time::Instant;
use steepest_core::{Archive, Composite, Flow, Mirror, Persist, Regulariser, Scheme as _, Tick, save};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::{Bregman, Euclidean};
use steepest_flows::noise::Still;
use steepest_flows::observer::Check;
use steepest_flows::scheme::ProximalGradient;
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::scheme::proximal_gradient::{Inertia, Progress};
use steepest_flows::state::Cloud;
use steepest_models::{Model, Plain};
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let (step, inertia, restart, tolerance) = match config.scheme {
        Scheme::MirrorDescent { step, inertia, tolerance } => (step, inertia, true, tolerance),
        Scheme::ProximalGradient { step, inertia, restart, tolerance } => (step, inertia, restart, tolerance),
        _ => return Err(SpecError::input("a proximal gradient moves in steps")),
    };
    let inertia = match inertia {
        crate::Inertia::None => Inertia::None,
        crate::Inertia::Extrapolated => Inertia::Extrapolated,
        crate::Inertia::Averaged => Inertia::Averaged,
    };
    let stop = Stop { gradient: tolerance, ..Stop::default() };
    let plain = plain(config, model)?;
    let scheme = ProximalGradient { inertia, adapt: step.is_none(), restart, stop };
    let mut job = Job { config, model, plain: &plain, checkpoint, watch, scheme, step };
    if let Scheme::MirrorDescent { .. } = config.scheme {
        let (map, penalty) = mirror(config, &plain, model.dim())?;
        let x = inside(config, model, &plain, &map)?;
        return job.run(Bregman(map), penalty, x);
    }
    let simple = regulariser(config, model)?;
    let x = compose::start(config, model, &plain, &simple)?;
    job.run(Euclidean, simple, x)
}

/// What a run needs, in any geometry.
struct Job<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    plain: &'a Plain<'a>,
    checkpoint: &'a mut Checkpoint,
    watch: &'a mut dyn Watch,
    scheme: ProximalGradient,
    step: Option<f64>,
}
impl Job<'_> {
    fn run<G: Mirror<Cloud>, R: Regulariser<Cloud, G>>(
        &mut self,
        geometry: G,
        simple: R,
        mut x: Cloud,
    ) -> Result<Record, SpecError> {
        let setup = Clock::start();
        let Job { config, model, plain, scheme, .. } = *self;
        let Length::Strides { steps, every, .. } = config.run.length else {
            return Err(SpecError::input("a proximal gradient moves in steps"));
        };
        let h = self.step.unwrap_or_else(|| 1.0 / curvature(plain, &x));
        let functional = Composite { smooth: PotentialEnergy(plain), simple };
        let flow = Flow { functional, geometry, noise: Still };
        let mut memory = scheme.memory(&flow, &x);
        let mut books = Books { seen: Vec::new(), path: Vec::new(), time: Stopwatch::start() };
        take_up(self.checkpoint, (0, 0), &mut (&mut x.x[..], &mut memory, &mut books))?;
        let setup = setup.wall();
        books.time.skip();
        let (mut pieces, mut shown) = (Pieces::of(0.05), ControlFlow::Continue(()));
        if books.seen.is_empty() {
            memory.begin(&flow, Tick::start(config.run.seed), &x, h, scheme.stop);
            shown = books.look(&memory, &x, self.watch);
        }
        let mut why = shown.is_break().then_some(STOPPED);
        let open = |m: &Progress<Cloud>| m.steps < steps && m.ending.is_none();
        while why.is_none() && open(&memory) {
            let begun = Instant::now();
            while shown.is_continue() && open(&memory) && begun.elapsed().as_millis() < 50 {
                let before = memory.steps;
                let at = Tick { step: before, ..Tick::start(config.run.seed) };
                scheme
                    .step(&flow, at, h, &mut x, &mut memory)
                    .map_err(|fault| broken(fault, 0, "point", Vec::new()))?;
                if memory.steps > before && (memory.steps.is_multiple_of(every) || memory.ending.is_some()) {
                    shown = books.look(&memory, &x, self.watch);
                }
            }
            let key = format!("V = {:.6}, KKT {:.1e}", memory.value[1], memory.optimality.residual);
            self.watch.progress(memory.steps, steps, "steps", &key);
            if open(&memory) && (shown.is_break() || self.watch.stop()) {
                why = Some(STOPPED);
                break;
            }
            if self.checkpoint.due(false) {
                books.time.lap(false);
                put_away(self.checkpoint, &mut pieces, &mut (&mut x.x[..], &mut memory, &mut books))?;
            }
        }
        books.time.lap(false);
        self.checkpoint.end(save(&mut (&mut x.x[..], &mut memory, &mut books)));
        far_above(config, memory.value, (memory.ending, memory.steps), &x)?;
        let why = why.unwrap_or_else(|| match memory.ending {
            Some(Ending::Critical) => "the KKT conditions hold to the tolerance",
            Some(Ending::Rounding) => "a step is less than rounding",
            ending => reason(ending),
        });
        let mut record = record(config.scheme.name(), memory.steps, memory.evaluations, books.time.seconds(setup));
        record.notes.push(format!(
            "{} ended after {} steps and {} evaluations because {why}.",
            config.about().row,
            memory.steps,
            memory.evaluations
        ));
        let divergence = flow.geometry.divergence(&x, &memory.origin, &mut Default::default());
        record.summary.ledger = checks::lines(&account::lines(config, &scheme, &memory, (&x, divergence)));
        if let Some(gap) = self.dual(&x, &memory) {
            record.summary.ledger.push(checks::line(&gap));
        }
        // Early, where the gradient is not yet as small as its error in differences.
        let d = x.d.max(1);
        let early = books.path.chunks_exact(d).nth((books.path.len() / d).saturating_sub(1) / 4).unwrap_or(&x.x);
        let early = plain.point(early);
        record.summary.ledger.push(checks::gradient(model, &Positions { n: 1, d: x.d, chains: 1, x: early }));
        record.summary.objective = Some(Objective { initial: memory.value[0], r#final: memory.value[1] });
        record.summary.parameters = table::point(model, &plain.point(&x.x));
        let column = |name: &str, k: usize| {
            let values = books.seen.iter().skip(k).step_by(Books::WIDTH).copied().collect();
            Column { name: name.into(), values }
        };
        let names = ["step", "objective", "residual", "evaluations"];
        record.ledger = names.iter().enumerate().map(|(k, name)| column(name, k)).collect();
        record.arrays = vec![Array { name: "state".into(), shape: vec![x.d, 1], values: x.x.to_vec() }];
        record.arrays.push(Array { name: "path".into(), shape: vec![books.path.len() / d, x.d], values: books.path });
        let extra = &mut record.summary.extra;
        extra.insert("stopped_because".into(), json!(why));
        extra.insert("evaluations".into(), json!(memory.evaluations));
        extra.insert("step".into(), json!(memory.h));
        extra.insert("residual".into(), json!(memory.optimality.residual));
        extra.insert("zeros".into(), json!(x.x.iter().filter(|x| **x == 0.0).count()));
        extra.insert("restarts".into(), json!(memory.account.restarts));
        extra.insert("cpu_seconds".into(), json!(books.time.cpu[1]));
        Ok(record)
    }
}

impl Job<'_> {
    /// The gap of a penalised regression, by the dual of its rows.
    fn dual(&self, x: &Cloud, m: &Progress<Cloud>) -> Option<Check> {
        let weight = self.config.functional.regulariser().filter(|_| self.config.penalised())?.number("weight", 0.0);
        let slopes = m.slope();
        let limits = self.model.scales().into_iter().map(|scale| weight * scale);
        // The slope, shortened until the penalty can hold it.
        let share = limits.zip(slopes).filter(|(limit, _)| *limit > 0.0).map(|(limit, slope)| limit / slope.abs());
        let gap = self.model.dual(&x.x, share.fold(1.0, f64::min))? + m.simple();
        Some(account::gap(gap, m))
    }
}

/// What a descent has come to, beside the point.
struct Books {
    /// Step, F, KKT residual, evaluations, one look after the other.
    seen: Vec<f64>,
    path: Vec<f64>,
    time: Stopwatch,
}
impl Books {
    const WIDTH: usize = 4;
    /// Enters where it is, and shows it.
    fn look(&mut self, m: &Progress<Cloud>, x: &Cloud, watch: &mut dyn Watch) -> ControlFlow<()> {
        self.seen.extend([m.steps as f64, m.value[1], m.optimality.residual, m.evaluations as f64]);
        self.path.extend_from_slice(&x.x);
        watch.point(Point { step: m.steps, value: m.value[1], x: &x.x })
    }
}
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { seen, path, time } = self;
        seen.pass(archive)?;
        path.pass(archive)?;
        time.pass(archive)
    }
}
