//! MINIMISE: descent by a direction and a line search from one point, with what each step promised as its certificate.
use super::clock::{Clock, Stopwatch};
use super::{checks, put_away, record, start, table, take_up};
use crate::config::{Conjugacy, LineSearch};
use crate::{Config, Length, Scheme, SpecError, Watch};
use serde_json::json;
use std::time::Instant;
use steepest_core::{Archive, Flow, Persist, Scheme as _, Tick, save};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::observer::{Check, Verdict};
use steepest_flows::scheme::minimiser::{self, Direction, Ending, Minimiser, Stop, Track, line_search};
use steepest_flows::state::Cloud;
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

/// The minimiser a scheme names; `None` for other schemes.
pub(crate) fn minimiser(scheme: &Scheme) -> Option<Minimiser> {
    let (direction, search, tolerance) = match *scheme {
        Scheme::SteepestDescent { line_search, tolerance } => (Direction::Steepest, line_search, tolerance),
        Scheme::BarzilaiBorwein { tolerance } => (Direction::BarzilaiBorwein, LineSearch::Nonmonotone, tolerance),
        Scheme::ConjugateGradient { formula: Conjugacy::HagerZhang, line_search, tolerance } => {
            (Direction::HagerZhang, line_search, tolerance)
        }
        Scheme::ConjugateGradient { formula: Conjugacy::PolakRibiere, line_search, tolerance } => {
            (Direction::PolakRibiere, line_search, tolerance)
        }
        Scheme::Lbfgs { memory, line_search, tolerance } => (Direction::LimitedMemory(memory), line_search, tolerance),
        _ => return None,
    };
    let search = match search {
        LineSearch::Armijo => minimiser::LineSearch::Armijo,
        LineSearch::Nonmonotone => minimiser::LineSearch::Nonmonotone,
        LineSearch::StrongWolfe => minimiser::LineSearch::StrongWolfe,
        LineSearch::HagerZhang => minimiser::LineSearch::HagerZhang,
    };
    Some(Minimiser { direction, search, stop: Stop { gradient: tolerance, ..Stop::default() } })
}

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let (Some(scheme), Length::Strides { steps, every, .. }) = (minimiser(&config.scheme), config.run.length) else {
        return Err(SpecError::input("a minimiser moves in steps"));
    };
    let d = model.dim();
    let mut x = Cloud { n: 1, d, x: start::positions(config, model, 1)?.into() };
    let flow = Flow { functional: PotentialEnergy(model), geometry: Euclidean, noise: Still };
    let mut memory = scheme.memory(&flow, &x);
    let mut books = Books { seen: Vec::new(), path: Vec::new(), time: Stopwatch::start() };
    take_up(checkpoint, (0, 0), &mut (&mut x.x[..], &mut memory, &mut books))?;
    let setup = setup.wall();
    books.time.skip();
    let mut pieces = super::clock::Pieces::of(0.05);
    let broken = |fault| super::langevin::broken(fault, 0, "point", Vec::new());
    if books.seen.is_empty() {
        // A stride of nothing: the books begin where the point does.
        let still = Minimiser { stop: Stop { gradient: f64::INFINITY, ..scheme.stop }, ..scheme };
        still.step(&flow, Tick::start(config.run.seed), 1.0, &mut x, &mut memory).map_err(broken)?;
        memory.track.ending = (memory.track.norm <= scheme.stop.gradient).then_some(Ending::Critical);
        books.look(&memory.track, &x);
    }
    let mut why = None;
    while memory.track.steps < steps && memory.track.ending.is_none() {
        let begun = Instant::now();
        while memory.track.steps < steps && memory.track.ending.is_none() && begun.elapsed().as_millis() < 50 {
            let at = Tick { step: memory.track.steps, ..Tick::start(config.run.seed) };
            let before = memory.track.steps;
            scheme.step(&flow, at, 1.0, &mut x, &mut memory).map_err(broken)?;
            let now = memory.track.steps;
            if now > before && (now.is_multiple_of(every) || memory.track.ending.is_some()) {
                books.look(&memory.track, &x);
            }
        }
        watch.progress(memory.track.steps, steps, "steps", &format!("V = {:.6}", memory.track.value[1]));
        if watch.stop() {
            why = Some("it was stopped");
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
    let why = why.unwrap_or_else(|| reason(memory.track.ending));
    let track = &memory.track;
    let mut record = record(config.scheme.name(), track.steps, track.evaluations, books.time.seconds(setup));
    record.notes.push(format!(
        "{} ended after {} steps and {} evaluations because {why}.",
        config.about().row,
        track.steps,
        track.evaluations
    ));
    record.summary.ledger = checks::lines(&findings(track, &scheme));
    // Near the end the gradient is as small as its error in differences of V, so an early point is asked.
    let early = books.path.chunks_exact(d.max(1)).nth((books.path.len() / d.max(1)).saturating_sub(1) / 4);
    let early = early.unwrap_or(&x.x).to_vec();
    record.summary.ledger.push(checks::gradient(model, &Positions { n: 1, d, chains: 1, x: early }));
    record.summary.objective = Some(Objective { initial: track.value[0], r#final: track.value[1] });
    record.summary.parameters = table::point(model, &x.x);
    let column = |name: &str, k: usize| {
        let values = books.seen.iter().skip(k).step_by(Books::WIDTH).copied().collect();
        Column { name: name.into(), values }
    };
    record.ledger = vec![column("step", 0), column("objective", 1), column("gradient", 2), column("evaluations", 3)];
    record.arrays = vec![Array { name: "state".into(), shape: vec![d, 1], values: x.x.to_vec() }];
    let shape = vec![books.path.len() / d.max(1), d];
    record.arrays.push(Array { name: "path".into(), shape, values: books.path });
    let extra = &mut record.summary.extra;
    extra.insert("stopped_because".into(), json!(why));
    extra.insert("evaluations".into(), json!(track.evaluations));
    extra.insert("gradient_norm".into(), json!(track.norm));
    extra.insert("cpu_seconds".into(), json!(books.time.cpu[1]));
    Ok(record)
}

fn reason(ending: Option<Ending>) -> &'static str {
    match ending {
        None => "all steps were made",
        Some(Ending::Critical) => "the gradient is below the tolerance",
        Some(Ending::Slow) => "V hardly falls any more",
        Some(Ending::Rounding) => "what V could still fall by is less than its rounding",
        Some(Ending::Stalled) => "no step along the direction goes down, although the gradient says that one should",
        Some(Ending::Unbounded) => "V falls without bound",
        Some(Ending::NotFinite) => "V or its gradient is not finite at the start",
    }
}

/// What a descent has come to, beside the point.
struct Books {
    /// Step, V, |dV|, evaluations, one look after the other.
    seen: Vec<f64>,
    path: Vec<f64>,
    time: Stopwatch,
}
impl Books {
    const WIDTH: usize = 4;
    fn look(&mut self, track: &Track<Cloud>, x: &Cloud) {
        self.seen.extend([track.steps as f64, track.value[1], track.norm, track.evaluations as f64]);
        self.path.extend_from_slice(&x.x);
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

/// The lines of the ledger that a direction and a line search have.
fn findings(track: &Track<Cloud>, scheme: &Minimiser) -> Vec<Check> {
    let audit = &track.audit;
    let some = |value: f64| if value.is_finite() { value } else { f64::NAN };
    let mut found = vec![Check::at_least(
        "sufficient decrease",
        some(audit.decrease),
        line_search::DECREASE,
        (
            "Each step fell by its share of what the slope promised.",
            "A step fell by less than its share of what the slope promised: compare the gradient with `steepest check`.",
        ),
    )];
    if scheme.search.curved() {
        found.push(Check::at_most(
            "curvature condition",
            some(audit.curvature),
            scheme.curvature(),
            (
                "Each step went on until no more than this share of the slope was left.",
                "A step ended where V still falls steeply: a line search was cut short, as where V is infinite or rounded.",
            ),
        ));
    }
    if scheme.search.monotone() {
        found.push(Check::at_most(
            "V never rises",
            audit.rise,
            1e-12 * (1.0 + track.value[0].abs()),
            ("Every step went down.", "V rose in a step by more than rounding."),
        ));
    }
    let fell = track.value[0] - track.value[1];
    found.push(Check::at_most(
        "identity residual",
        ((fell + audit.work) / fell.abs().max(f64::MIN_POSITIVE)).abs(),
        0.5,
        (
            "V fell by what its gradient says, up to third order in the length of a step.",
            "V did not fall by what its gradient says: steps are long, or the gradient is not that of V (the last line tells).",
        ),
    ));
    let mut end = Check::at_most(
        "gradient at the end",
        track.norm,
        scheme.stop.gradient,
        (
            "The end is a critical point.",
            "The end is not yet a critical point: allow more steps, or scale the coordinates.",
        ),
    );
    if track.ending == Some(Ending::Rounding) && end.verdict == Verdict::Violated {
        end.verdict = Verdict::Inconclusive;
        end.advice = "What V could still fall by is less than its rounding: ask for a larger tolerance.";
    }
    found.push(end);
    found
}
