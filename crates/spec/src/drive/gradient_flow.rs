//! GRADIENT FLOW: x' = -K dV(x) as a differential equation, to a time or to rest, with the balance of V as its certificate.
use super::clock::{Clock, Pieces, Stopwatch};
use super::geometry::fisher;
use super::minimise::STOPPED;
use super::{checks, manifold, put_away, record, start, table, take_up, times};
use crate::config::Stiffness;
use crate::{Config, Length, Point, Scheme, SpecError, Watch};
use serde_json::json;
use steepest_core::{
    Archive, Covector, Flow, Functional, Geometry, Observer as _, Persist, Scheme as _, Stride, Tangent, Tick,
    Workspace, save,
};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::flow::gradient_flow::Books;
use steepest_flows::flow::{Dense, DormandPrince, GradientFlow, Rosenbrock, Tolerance, rosenbrock};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::{Each, Euclidean};
use steepest_flows::noise::Still;
use steepest_flows::observer::{Check, Times};
use steepest_flows::state::Cloud;
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

type Downhill<'a, G> = Flow<PotentialEnergy<&'a dyn Model>, G, Still>;
/// What the balance may miss, and V may rise by, in units of the relative tolerance and of what V fell by.
const SHARE: f64 = 1000.0;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let Scheme::GradientFlow { method, rtol, atol, .. } = config.scheme else {
        return Err(SpecError::input("a gradient flow is a scheme of its own"));
    };
    let geometry = fisher(config, model)?;
    let job = Job { config, model, checkpoint, watch };
    let stiff = Rosenbrock(Tolerance { relative: rtol, absolute: atol });
    let explicit = DormandPrince { relative: rtol, absolute: atol };
    let d = model.dim();
    if method == Stiffness::Rosenbrock && d > rosenbrock::MOST {
        let message = format!("method `rosenbrock` solves systems of all {d} coordinates at once");
        let problem = config.problem("scheme.method", message);
        return Err(problem.note(format!("up to {} it does; beyond, take dormand-prince", rosenbrock::MOST)).into());
    }
    // Of manifolds there comes one alone whose points are all of R^d.
    let metric = manifold(config, model.shape(), d)?.map(Each);
    match (method, geometry, metric) {
        (Stiffness::Rosenbrock, Some(information), _) => job.run(information, stiff),
        (Stiffness::Rosenbrock, None, Some(metric)) => job.run(metric, stiff),
        (Stiffness::Rosenbrock, None, None) => job.run(Euclidean, stiff),
        (Stiffness::DormandPrince, Some(information), _) => job.run(information, explicit),
        (Stiffness::DormandPrince, None, Some(metric)) => job.run(metric, explicit),
        (Stiffness::DormandPrince, None, None) => job.run(Euclidean, explicit),
    }
}
struct Job<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    checkpoint: &'a mut Checkpoint,
    watch: &'a mut dyn Watch,
}
impl<'a> Job<'a> {
    fn run<G, D>(self, geometry: G, method: D) -> Result<Record, SpecError>
    where
        G: Geometry<Cloud>,
        D: Dense<Downhill<'a, G>, Cloud> + steepest_core::Scheme<Downhill<'a, G>, Cloud>,
    {
        let setup = Clock::start();
        let Job { config, model, checkpoint, watch } = self;
        let (Scheme::GradientFlow { step: h, rtol, tolerance, .. }, Length::Strides { steps, every, .. }) =
            (&config.scheme, config.run.length)
        else {
            return Err(SpecError::input("a gradient flow is looked at in strides"));
        };
        let d = model.dim();
        let mut x = Cloud { n: 1, d, x: start::positions(config, model, 1)?.into() };
        let (flow, scheme) =
            (Flow { functional: PotentialEnergy(model), geometry, noise: Still }, GradientFlow(method));
        let mut memory = scheme.memory(&flow, &x);
        let mut seen = Seen::new(config.run.seed, d);
        let mut times = Times::new(&scheme, *h, &times::wanted(config, steps as f64 * h, d)?, &x);
        take_up(checkpoint, (0, 0), &mut (&mut x.x[..], &mut memory, &mut (&mut seen, &mut times)))?;
        let setup = setup.wall();
        seen.time.skip();
        let (mut pieces, mut why) = (Pieces::of(0.05), None);
        if seen.rows.is_empty() {
            seen.look(&flow, &x, true);
            why = watch.point(seen.point(&x)).is_break().then_some(STOPPED);
        }
        let _ = times.observe(&flow, seen.at, &x, Stride::default());
        while why.is_none() && seen.at.step < steps {
            for _ in 0..pieces.next(steps - seen.at.step) {
                let stride = scheme.step(&flow, seen.at, *h, &mut x, &mut memory);
                let stride = stride.ok().filter(|_| x.x.iter().all(|x| x.is_finite()));
                let Some(stride) = stride else { return Err(stuck(&seen, d, times::table(&times, |_| ()))) };
                seen.at = Tick { step: seen.at.step + 1, t: (seen.at.step + 1) as f64 * h, ..seen.at };
                seen.gradients += stride.gradients;
                let _ = times.observe(&flow, seen.at, &x, stride);
                if times.fault.is_some() {
                    return Err(stuck(&seen, d, times::table(&times, |_| ())));
                }
                let kept = seen.at.step.is_multiple_of(every);
                let rests = seen.look(&flow, &x, kept) <= *tolerance;
                if rests {
                    seen.keep(&x);
                    why = Some("the gradient is below the tolerance");
                }
                if (kept || rests) && watch.point(seen.point(&x)).is_break() {
                    why.get_or_insert(STOPPED);
                }
                if why.is_some() {
                    break;
                }
            }
            watch.progress(seen.at.step, steps, "looks", &format!("V = {:.6}", seen.last[1]));
            if why.is_none() && watch.stop() {
                why = Some(STOPPED);
            }
            if why.is_none() && checkpoint.due(false) {
                seen.time.lap(false);
                put_away(checkpoint, &mut pieces, &mut (&mut x.x[..], &mut memory, &mut (&mut seen, &mut times)))?;
            }
        }
        seen.time.lap(false);
        checkpoint.end(save(&mut (&mut x.x[..], &mut memory, &mut (&mut seen, &mut times))));
        if why.is_none() && times.finish(&flow, seen.at, &x).is_err() {
            return Err(stuck(&seen, d, times::table(&times, |_| ())));
        }
        let why = why.unwrap_or("its time was over");
        seen.gradients += times.gradients;
        let mut record = written(model, &x, (&memory.books, seen), (*rtol, why, setup));
        record.arrays.extend(times::table(&times, |_| ()));
        record.notes.extend(times::missed(&times));
        Ok(record)
    }
}
/// No step is short enough, or none leads anywhere.
fn stuck(seen: &Seen, d: usize, times: Option<Array>) -> SpecError {
    let path = Array { name: "path".into(), shape: vec![seen.path.len() / d.max(1), d], values: seen.path.clone() };
    SpecError::Numerical {
        message: format!("no step is short enough to go on with after t = {}", seen.at.t),
        advice: "V falls without bound, or its gradient jumps or is not finite there: ask `steepest check`".into(),
        record: Some(Box::new(Record { arrays: std::iter::once(path).chain(times).collect(), ..Record::default() })),
    }
}
fn written(
    model: &dyn Model,
    x: &Cloud,
    (books, seen): (&Books, Seen),
    (rtol, why, setup): (f64, &str, f64),
) -> Record {
    let (d, fell) = (x.d, books.value[0] - books.value[1]);
    let mut record = record("gradient-flow", seen.at.step, seen.gradients, seen.time.seconds(setup));
    record.notes.push(format!(
        "The gradient flow ended at t = {} after {} steps of its own because {why}.",
        seen.at.t, books.steps
    ));
    // Where V hardly moved there is rounding alone.
    let moved = fell.abs() > 1e-9 * (1.0 + books.value[0].abs());
    let found = [
        Check::at_most(
            "V never rises",
            if books.steps > 0 { books.rise } else { f64::NAN },
            SHARE * rtol * fell.abs() + 1e-12 * (1.0 + books.value[0].abs()),
            (
                "Every step went down, to the tolerance.",
                "V rose in a step by more than the tolerance allows: the gradient is not that of V, or a smaller `rtol` is needed.",
            ),
        ),
        Check::at_most(
            "identity residual",
            if moved { books.residual() } else { f64::NAN },
            (SHARE * rtol).min(0.5),
            (
                "V fell by what the flow dissipated along the path, to the tolerance.",
                "V did not fall by what was dissipated: the gradient is not that of V (the last line tells), or a smaller `rtol` is needed.",
            ),
        ),
    ];
    record.summary.ledger = checks::lines(&found);
    // Near the end the gradient is as small as its error in differences of V, so an early point is asked.
    let early = seen.path.chunks_exact(d.max(1)).nth((seen.path.len() / d.max(1)).saturating_sub(1) / 4);
    let early = early.unwrap_or(&x.x).to_vec();
    record.summary.ledger.push(checks::gradient(model, &Positions { n: 1, d, chains: 1, x: early }));
    record.summary.objective = Some(Objective { initial: books.value[0], r#final: seen.last[1] });
    record.summary.parameters = table::point(model, &x.x);
    let column = |name: &str, k: usize| {
        let values = seen.rows.iter().skip(k).step_by(Seen::WIDTH).copied().collect();
        Column { name: name.into(), values }
    };
    record.ledger = vec![column("t", 0), column("objective", 1), column("dissipation", 2)];
    record.arrays = vec![Array { name: "state".into(), shape: vec![d, 1], values: x.x.to_vec() }];
    record.arrays.push(Array { name: "path".into(), shape: vec![seen.path.len() / d.max(1), d], values: seen.path });
    let extra = &mut record.summary.extra;
    extra.insert("time".into(), json!(seen.at.t));
    extra.insert("own_steps".into(), json!(books.steps));
    extra.insert("dissipated".into(), json!(books.dissipated));
    extra.insert("stopped_because".into(), json!(why));
    extra.insert("gradient_norm".into(), json!(seen.last[2].max(0.0).sqrt()));
    extra.insert("cpu_seconds".into(), json!(seen.time.cpu[1]));
    record
}

/// What was seen at the looks.
struct Seen {
    at: Tick,
    gradients: u64,
    /// t, V and <dV, K dV> at the last look, and at those that are kept.
    last: [f64; Seen::WIDTH],
    rows: Vec<f64>,
    path: Vec<f64>,
    time: Stopwatch,
    xi: Covector,
    v: Tangent,
    work: Workspace,
}
impl Seen {
    const WIDTH: usize = 3;
    fn new(seed: u64, d: usize) -> Self {
        Seen {
            at: Tick::start(seed),
            gradients: 0,
            last: [f64::NAN; Seen::WIDTH],
            rows: Vec::new(),
            path: Vec::new(),
            time: Stopwatch::start(),
            xi: Covector::zeros(d),
            v: Tangent::zeros(d),
            work: Workspace::default(),
        }
    }
    /// The length of the gradient, in the geometry.
    fn look<G: Geometry<Cloud>>(&mut self, flow: &Downhill<'_, G>, x: &Cloud, kept: bool) -> f64 {
        let Seen { at, last, xi, v, work, .. } = self;
        xi.0.fill(0.0);
        v.0.fill(0.0);
        let value = flow.functional.value_and_differential(*at, x, 1.0, xi, work);
        flow.geometry.sharp(*at, x, 1.0, xi, v, work);
        *last = [at.t, value, steepest_core::State::pair(x, xi, v)];
        self.gradients += 1;
        if kept {
            self.keep(x);
        }
        self.last[2].max(0.0).sqrt()
    }
    /// What is shown of the last look.
    fn point<'x>(&self, x: &'x Cloud) -> Point<'x> {
        Point { step: self.at.step, value: self.last[1], x: &x.x }
    }
    /// Puts the last look with those that are kept, once.
    fn keep(&mut self, x: &Cloud) {
        if self.rows.len() < Seen::WIDTH || self.rows[self.rows.len() - Seen::WIDTH] != self.last[0] {
            self.rows.extend(self.last);
            self.path.extend_from_slice(&x.x);
        }
    }
}
impl Persist for Seen {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, gradients, last, rows, path, time, xi: _, v: _, work: _ } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        gradients.pass(archive)?;
        last[..].pass(archive)?;
        rows.pass(archive)?;
        path.pass(archive)?;
        time.pass(archive)
    }
}
