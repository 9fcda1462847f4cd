//! MINIMISE: descent from one point, by line searches, with inertia, or by learned strides, with what each step promised as its
//! certificate.
mod place;
mod promises;
mod second_order;
use super::clock::{Clock, Pieces, Stopwatch};
use super::descent::curvature;
use super::geometry::fisher;
use super::langevin::broken;
use super::{checks, manifold, put_away, record, start, table, take_up};
use crate::{Config, Length, SpecError, Watch};
use place::Place;
pub(crate) use promises::Descent;
use second_order::{bends, models, needs_squares};
use serde_json::json;
use std::time::Instant;
use steepest_core::{Archive, Flow, Persist, Scheme, Tick, Workspace, save};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::{Each, Euclidean};
use steepest_flows::noise::Still;
use steepest_flows::observer::Check;
use steepest_flows::scheme::minimiser::{Ending, Stop, Track, Tracked};
use steepest_flows::state::Cloud;
use steepest_models::{Model, Shape};
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

type Downhill<'a, G> = Flow<PotentialEnergy<&'a dyn Model>, G, Still>;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let Some(descent) = Descent::of(&config.scheme) else {
        return Err(SpecError::input("a minimiser moves in steps"));
    };
    let stop = descent.stop();
    if let Some(manifold) = manifold(config, model.shape(), model.dim())? {
        let x = super::begin(config, model, &*manifold)?;
        if let Descent::Trust(scheme) = descent {
            models(config, model, scheme)?;
            let geometry = Each(bends(config, &*manifold)?);
            let mut job = Job { config, model, checkpoint, watch, geometry, stop, h: 1.0 };
            return job.second_order(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), true));
        }
        let Descent::Line(scheme) = descent else {
            return Err(SpecError::input("this scheme moves in flat coordinates"));
        };
        let mut job = Job { config, model, checkpoint, watch, geometry: Each(&*manifold), stop, h: 1.0 };
        return job.run(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), true));
    }
    let x = start::positions(config, model, 1)?;
    if let (Descent::Line(scheme), Some(geometry)) = (descent, fisher(config, model)?) {
        let mut job = Job { config, model, checkpoint, watch, geometry, stop, h: 1.0 };
        return job.run(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), false));
    }
    let mut job = Job { config, model, checkpoint, watch, geometry: Euclidean, stop, h: 1.0 };
    match descent {
        Descent::Line(scheme) => job.run(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), false)),
        Descent::Momentum(scheme, step) => {
            let at = Cloud { n: 1, d: model.dim(), x: x.as_slice().into() };
            job.h = step.unwrap_or_else(|| 1.0 / curvature(model, &at).sqrt());
            let mut record = job.run(&scheme, x, |m| descent.lines(&m.track, (Some(m.energy), 0.0), false))?;
            record.summary.extra.insert("step".into(), json!(job.h));
            Ok(record)
        }
        Descent::Trust(scheme) => {
            models(config, model, scheme)?;
            job.second_order(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), false))
        }
        Descent::Squares(scheme) => {
            needs_squares(config, model, "scheme.kind", "scheme `levenberg-marquardt`")?;
            job.second_order(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), false))
        }
        Descent::Adaptive(scheme, step) => {
            job.h = step;
            job.run(&scheme, x, |m| descent.lines(&m.track, (None, m.reach), false))
        }
    }
}

/// What a run of any of them needs.
struct Job<'a, G> {
    config: &'a Config,
    model: &'a dyn Model,
    checkpoint: &'a mut Checkpoint,
    watch: &'a mut dyn Watch,
    geometry: G,
    stop: Stop,
    h: f64,
}
impl<'a, G: Place> Job<'a, G> {
    fn run<M>(
        &mut self,
        scheme: &M,
        start: Vec<f64>,
        lines: impl Fn(&M::Memory) -> Vec<Check>,
    ) -> Result<Record, SpecError>
    where
        M: Scheme<Downhill<'a, G>, Cloud>,
        M::Memory: Tracked<Cloud> + Persist,
    {
        let setup = Clock::start();
        let Job { config, model, stop, h, .. } = *self;
        let Length::Strides { steps, every, .. } = config.run.length else {
            return Err(SpecError::input("a minimiser moves in steps"));
        };
        let d = model.dim();
        let mut x = Cloud { n: 1, d, x: start.into() };
        let flow = Flow { functional: PotentialEnergy(model), geometry: self.geometry.clone(), noise: Still };
        let mut memory = scheme.memory(&flow, &x);
        let mut books = Books { seen: Vec::new(), path: Vec::new(), defects: [0.0; 3], time: Stopwatch::start() };
        let mut work = Workspace::default();
        take_up(self.checkpoint, (0, 0), &mut (&mut x.x[..], &mut memory, &mut books))?;
        let setup = setup.wall();
        books.time.skip();
        let mut pieces = Pieces::of(0.05);
        if books.seen.is_empty() {
            // The books begin where the point does.
            memory.track().begin(&flow, Tick::start(config.run.seed), &x, stop);
            books.look(&self.geometry, memory.track(), &x, &mut work);
        }
        let mut why = None;
        let open = |track: &Track<Cloud>| track.steps < steps && track.ending.is_none();
        while open(memory.track()) {
            let begun = Instant::now();
            while open(memory.track()) && begun.elapsed().as_millis() < 50 {
                let before = memory.track().steps;
                let at = Tick { step: before, ..Tick::start(config.run.seed) };
                scheme
                    .step(&flow, at, h, &mut x, &mut memory)
                    .map_err(|fault| broken(fault, 0, "point", Vec::new()))?;
                let track = memory.track();
                if track.steps > before && (track.steps.is_multiple_of(every) || track.ending.is_some()) {
                    books.look(&self.geometry, track, &x, &mut work);
                }
            }
            let track = memory.track();
            self.watch.progress(track.steps, steps, "steps", &format!("V = {:.6}", track.value[1]));
            if self.watch.stop() {
                why = Some("it was stopped");
                break;
            }
            if self.checkpoint.due(false) {
                books.time.lap(false);
                put_away(self.checkpoint, &mut pieces, &mut (&mut x.x[..], &mut memory, &mut books))?;
            }
        }
        books.time.lap(false);
        // A run that is made longer goes on from a step that was not its end.
        self.checkpoint.end(save(&mut (&mut x.x[..], &mut memory, &mut books)));
        let lines = lines(&memory);
        let track = memory.track();
        let why = why.unwrap_or_else(|| reason(track.ending));
        let mut record = record(config.scheme.name(), track.steps, track.evaluations, books.time.seconds(setup));
        record.notes.push(format!(
            "{} ended after {} steps and {} evaluations because {why}.",
            config.about().row,
            track.steps,
            track.evaluations
        ));
        record.summary.ledger = checks::lines(&lines);
        // Near the end the gradient is as small as its error in differences of V, so an early point is asked.
        let early = books.path.chunks_exact(d.max(1)).nth((books.path.len() / d.max(1)).saturating_sub(1) / 4);
        let early = early.unwrap_or(&x.x).to_vec();
        let kept = self.geometry.lines(model, early, books.defects, config.run.seed);
        record.summary.ledger.extend(kept);
        record.summary.objective = Some(Objective { initial: track.value[0], r#final: track.value[1] });
        record.summary.parameters = table::point(model, &x.x);
        let column = |name: &str, k: usize| {
            let values = books.seen.iter().skip(k).step_by(Books::WIDTH).copied().collect();
            Column { name: name.into(), values }
        };
        record.ledger =
            vec![column("step", 0), column("objective", 1), column("gradient", 2), column("evaluations", 3)];
        record.arrays = vec![Array { name: "state".into(), shape: vec![d, 1], values: x.x.to_vec() }];
        if let Shape::Matrix { rows, columns: 2.. } = model.shape() {
            record.arrays.push(Array { name: "matrix".into(), shape: vec![rows, d / rows], values: x.x.to_vec() });
        }
        let shape = vec![books.path.len() / d.max(1), d];
        record.arrays.push(Array { name: "path".into(), shape, values: books.path });
        let extra = &mut record.summary.extra;
        extra.insert("stopped_because".into(), json!(why));
        extra.insert("evaluations".into(), json!(track.evaluations));
        extra.insert("gradient_norm".into(), json!(track.norm));
        extra.insert("cpu_seconds".into(), json!(books.time.cpu[1]));
        Ok(record)
    }
}

pub(super) fn reason(ending: Option<Ending>) -> &'static str {
    match ending {
        None => "all steps were made",
        Some(Ending::Critical) => "the gradient is below the tolerance",
        Some(Ending::Slow) => "V hardly falls any more",
        Some(Ending::Rounding) => "what V could still fall by is less than its rounding",
        Some(Ending::Stalled) => "no step along the direction goes down, although the gradient says that one should",
        Some(Ending::Unbounded) => "V falls without bound",
        Some(Ending::NotFinite) => "V or its gradient is not finite at the start",
        Some(Ending::Diverged) => "the next step leads where V is not finite; the last point is kept",
    }
}

/// What a descent has come to, beside the point.
struct Books {
    /// Step, V, |dV|, evaluations, one look after the other.
    seen: Vec<f64>,
    path: Vec<f64>,
    /// The largest of a point and of a gradient as a tangent, and the longest gradient.
    defects: [f64; 3],
    time: Stopwatch,
}
impl Books {
    const WIDTH: usize = 4;
    fn look(&mut self, place: &impl Place, track: &Track<Cloud>, x: &Cloud, work: &mut Workspace) {
        let found = place.defects(x, track.gradient(), work);
        self.defects.iter_mut().zip(found).for_each(|(most, defect)| *most = most.max(defect));
        self.seen.extend([track.steps as f64, track.value[1], track.norm, track.evaluations as f64]);
        self.path.extend_from_slice(&x.x);
    }
}
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { seen, path, defects, time } = self;
        seen.pass(archive)?;
        path.pass(archive)?;
        defects[..].pass(archive)?;
        time.pass(archive)
    }
}
