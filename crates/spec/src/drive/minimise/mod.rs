//! MINIMISE: descent from one point, by line searches, with inertia, or by learned strides, with what each step promised as its
//! certificate.
mod bounds;
mod fault;
mod identity;
mod movement;
mod place;
mod promises;
mod second_order;
mod turning;
use super::clock::{Clock, Pieces, Stopwatch};
use super::descent::curvature;
use super::geometry::fisher;
use super::langevin::broken;
use super::{checks, manifold, proximal, put_away, record, start, table, take_up};
use crate::{Config, Geometry, Length, Point, SpecError, Watch};
pub(super) use bounds::{limits, sides};
pub(super) use fault::far_above;
use place::Place;
pub(crate) use promises::Descent;
use promises::at_the_edge;
use second_order::{bends, models, needs_squares};
use serde_json::json;
use std::ops::ControlFlow;
use std::time::Instant;
use steepest_core::{Archive, Flow, Functional, Persist, Scheme, Tick, Workspace, save};
use steepest_flows::functional::{Informed, PotentialEnergy};
use steepest_flows::geometry::{Bregman, Each, Euclidean, Manifold};
use steepest_flows::noise::Still;
use steepest_flows::observer::Check;
use steepest_flows::scheme::minimiser::{Ending, Stop, Track, Tracked};
use steepest_flows::scheme::trust_region::{Second, TrustRegion};
use steepest_flows::state::Cloud;
use steepest_models::{Information, Model, Shape};
use steepest_record::{Array, Checkpoint, Column, Objective, Record};
pub(super) use turning::{ends, levels_off, turns};

type Energy<'a> = PotentialEnergy<&'a dyn Model>;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let Some(descent) = Descent::of(&config.scheme) else {
        return Err(SpecError::input("a minimiser moves in steps"));
    };
    let descent = descent.within(config);
    if let Descent::Bounded(scheme) = descent {
        return bounds::run(config, model, checkpoint, watch, (descent, &scheme));
    }
    if let Geometry::Mirror { .. } = config.geometry {
        return mirrored(config, model, checkpoint, watch, descent);
    }
    let (stop, functional) = (descent.stop(), PotentialEnergy(model));
    let shared = Job { config, model, functional, checkpoint, watch, geometry: Euclidean, stop, h: 1.0 };
    if let Some(manifold) = manifold(config, model.shape(), model.dim())? {
        let x = super::begin(config, model, &*manifold)?;
        if let Descent::Trust(scheme) = descent {
            models(config, model, scheme)?;
            let job = shared.within(Each(bends(config, &*manifold)?));
            return job.second_order(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), true));
        }
        let straight = matches!(config.geometry, Geometry::Weighted { .. });
        return on_surface(shared.within(Each(&*manifold)), descent, x, straight);
    }
    let x = start::positions(config, model, 1)?;
    let job = match (descent, fisher(config, model)?) {
        (Descent::Line(scheme), Some(geometry)) => {
            return shared.within(geometry).run(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), false));
        }
        // Steps have the lengths of the coordinates, as those of Newton have: the information is what the model bends by.
        (Descent::Trust(scheme), Some(information)) => {
            let second = match information.information {
                Information::Exact(_) => scheme.second,
                Information::Empirical(_) => Second::Scores,
            };
            let scheme = TrustRegion { second, ..scheme };
            let job = shared.of(|functional| Informed { functional, information });
            return job.second_order(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), false));
        }
        _ => shared,
    };
    match descent {
        Descent::Line(scheme) => job.run(&scheme, x, |m| descent.lines(&m.track, (None, 0.0), false)),
        Descent::Momentum(scheme, step) => {
            let at = Cloud { n: 1, d: model.dim(), x: x.as_slice().into() };
            let h = step.unwrap_or_else(|| 1.0 / curvature(model, &at).sqrt());
            let job = Job { h, ..job };
            let mut record = job.run(&scheme, x, |m| descent.lines(&m.track, (Some(m.energy), 0.0), false))?;
            record.summary.extra.insert("step".into(), json!(h));
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
            Job { h: step, ..job }.run(&scheme, x, |m| descent.lines(&m.track, (None, m.reach), false))
        }
        Descent::Polyak(scheme) => job.pursue(&scheme, x, |track| descent.lines(track, (None, 0.0), false), true),
        Descent::Movement(scheme, h) => {
            Job { h, ..job }.movements(&scheme, x, |track| descent.lines(track, (None, 0.0), false), true)
        }
        // Has gone its own way above.
        Descent::Bounded(_) => Err(SpecError::input("bounds are not met here")),
    }
}

/// Schemes that go along a manifold.
fn on_surface(
    job: Job<'_, Energy<'_>, Each<&dyn Manifold>>,
    descent: Descent,
    x: Vec<f64>,
    straight: bool,
) -> Result<Record, SpecError> {
    let ends = |track: &Track<Cloud>| descent.lines(track, (None, 0.0), true);
    match descent {
        Descent::Line(scheme) => job.run(&scheme, x, |m| ends(&m.track)),
        Descent::Polyak(scheme) => job.pursue(&scheme, x, ends, false),
        Descent::Movement(scheme, h) => Job { h, ..job }.movements(&scheme, x, ends, straight),
        _ => Err(SpecError::input("points of a manifold move by line searches and movements")),
    }
}
/// Movements in the geometry of a mirror map, in the quantities that its domain is one of.
fn mirrored(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
    descent: Descent,
) -> Result<Record, SpecError> {
    let Descent::Movement(scheme, h) = descent else {
        return Err(SpecError::input("a mirror map goes with mirror descent and movements"));
    };
    let plain = proximal::plain(config, model)?;
    let (map, _) = proximal::mirror(config, &plain, model.dim())?;
    let x = proximal::inside(config, model, &plain, &map)?.x.to_vec();
    let (geometry, stop) = (Bregman(map), scheme.stop);
    let functional = PotentialEnergy(&plain as &dyn Model);
    let job = Job { config, model: &plain, functional, checkpoint, watch, geometry, stop, h };
    job.movements(&scheme, x, |track| descent.lines(track, (None, 0.0), false), false)
}

/// Why a run ended that whoever watched it ended.
pub(super) const STOPPED: &str = "it was stopped";

/// What a run of any of them needs.
struct Job<'a, F, G> {
    config: &'a Config,
    model: &'a dyn Model,
    functional: F,
    checkpoint: &'a mut Checkpoint,
    watch: &'a mut dyn Watch,
    geometry: G,
    stop: Stop,
    h: f64,
}
impl<'a, F, G> Job<'a, F, G> {
    /// The same of what is made of the functional.
    fn of<E>(self, make: impl FnOnce(F) -> E) -> Job<'a, E, G> {
        let Job { config, model, functional, checkpoint, watch, geometry, stop, h } = self;
        Job { config, model, functional: make(functional), checkpoint, watch, geometry, stop, h }
    }
    /// The same in another geometry.
    fn within<H>(self, geometry: H) -> Job<'a, F, H> {
        let Job { config, model, functional, checkpoint, watch, geometry: _, stop, h } = self;
        Job { config, model, functional, checkpoint, watch, geometry, stop, h }
    }
}
impl<F: Functional<Cloud>, G: Place> Job<'_, F, G> {
    fn run<M>(
        self,
        scheme: &M,
        start: Vec<f64>,
        lines: impl FnOnce(&M::Memory) -> Vec<Check>,
    ) -> Result<Record, SpecError>
    where
        M: Scheme<Flow<F, G, Still>, Cloud>,
        M::Memory: Tracked<Cloud> + Persist,
    {
        let setup = Clock::start();
        let Job { config, model, functional, checkpoint, watch, geometry, stop, h } = self;
        let Length::Strides { steps, every, .. } = config.run.length else {
            return Err(SpecError::input("a minimiser moves in steps"));
        };
        let d = model.dim();
        let mut x = Cloud { n: 1, d, x: start.into() };
        let flow = Flow { functional, geometry, noise: Still };
        let mut memory = scheme.memory(&flow, &x);
        let mut books = Books { seen: Vec::new(), path: Vec::new(), defects: [0.0; 3], time: Stopwatch::start() };
        let mut work = Workspace::default();
        take_up(checkpoint, (0, 0), &mut (&mut x.x[..], &mut memory, &mut books))?;
        let setup = setup.wall();
        books.time.skip();
        let (mut pieces, mut shown) = (Pieces::of(0.05), ControlFlow::Continue(()));
        if books.seen.is_empty() {
            // The books begin where the point does.
            memory.track().begin(&flow, Tick::start(config.run.seed), &x, stop);
            memory.begun(&x, stop);
            shown = books.look(&flow.geometry, memory.track(), &x, &mut work, watch);
        }
        let mut why = shown.is_break().then_some(STOPPED);
        let open = |track: &Track<Cloud>| track.steps < steps && track.ending.is_none();
        while why.is_none() && open(memory.track()) {
            let begun = Instant::now();
            while shown.is_continue() && open(memory.track()) && begun.elapsed().as_millis() < 50 {
                let before = memory.track().steps;
                let at = Tick { step: before, ..Tick::start(config.run.seed) };
                scheme
                    .step(&flow, at, h, &mut x, &mut memory)
                    .map_err(|fault| broken(fault, 0, "point", Vec::new()))?;
                let track = memory.track();
                if track.steps > before && (track.steps.is_multiple_of(every) || track.ending.is_some()) {
                    shown = books.look(&flow.geometry, track, &x, &mut work, watch);
                }
            }
            let track = memory.track();
            watch.progress(track.steps, steps, "steps", &format!("V = {:.6}", track.value[1]));
            if open(track) && (shown.is_break() || watch.stop()) {
                why = Some(STOPPED);
                break;
            }
            if checkpoint.due(false) {
                books.time.lap(false);
                put_away(checkpoint, &mut pieces, &mut (&mut x.x[..], &mut memory, &mut books))?;
            }
        }
        books.time.lap(false);
        // A run that is made longer goes on from a step that was not its end.
        checkpoint.end(save(&mut (&mut x.x[..], &mut memory, &mut books)));
        let mut lines = lines(&memory);
        if let Some(left) = flow.geometry.left(model, &x) {
            lines.iter_mut().for_each(|line| at_the_edge(line, left));
        }
        let from = books.path.get(..d).unwrap_or(&[]);
        if lines.iter().any(ends) && !flow.geometry.turns(model, from, &x) {
            lines.iter_mut().for_each(levels_off);
        }
        if let Some(line) = lines.iter_mut().find(|line| line.name == identity::NAME) {
            let values: Vec<f64> = books.seen.iter().skip(1).step_by(Books::WIDTH).copied().collect();
            *line = identity::hold(model, &books.path, &values);
        }
        let track = memory.track();
        far_above(config, track.value, (track.ending, track.steps), &x)?;
        let why = why.unwrap_or_else(|| match track.ending {
            Some(Ending::Critical) if config.boxed() => "the KKT conditions hold to the tolerance",
            ending => reason(ending),
        });
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
        let kept = flow.geometry.lines(model, early, books.defects, config.run.seed);
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
        Some(Ending::Met) => "V is at the minimum that was stated",
        Some(Ending::Diverged) => "the next step leads where V is not finite; the last point is kept",
        Some(Ending::Short) => "its strides are too short to go on, although V could still fall",
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
    /// Enters where it is, and shows it.
    fn look(
        &mut self,
        place: &impl Place,
        track: &Track<Cloud>,
        x: &Cloud,
        work: &mut Workspace,
        watch: &mut dyn Watch,
    ) -> ControlFlow<()> {
        let found = place.defects(x, track.gradient(), work);
        self.defects.iter_mut().zip(found).for_each(|(most, defect)| *most = most.max(defect));
        self.seen.extend([track.steps as f64, track.value[1], track.norm, track.evaluations as f64]);
        self.path.extend_from_slice(&x.x);
        watch.point(Point { step: track.steps, value: track.value[1], x: &x.x })
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
