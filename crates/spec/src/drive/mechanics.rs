//! MECHANICS: strides without a bath; energy is kept, and the way back leads home.
use super::clock::{Clock, Pieces, Stopwatch};
use super::langevin::{broken, culprit, splitting};
use super::noether::Noether;
use super::{checks, lagrangian, put_away, record, start, table, take_up};
use crate::{Config, Length, Scheme, SpecError, State, Watch};
use serde_json::json;
use std::ops::ControlFlow;
use steepest_core::{
    Archive, Batch, Fault, Flow, Functional, Lagrangian, Observer, Persist, Plan, Replicated, State as _, Stride, Sum,
    Tick, Workspace, save,
};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::flow::{Compensated, RungeKutta, Variational, symplecticity};
use steepest_flows::functional::{Hamiltonian, Legendre};
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Still;
use steepest_flows::observer::{Check, Ledger};
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

type Mechanics<F> = Flow<F, Sum<Symplectic, Friction>, Still>;
/// Strides that are taken back to see whether they lead home.
const RETRACED: u64 = 1000;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let (n, momentum, velocity) = match &config.state {
        State::Particles { n, .. } => (*n as usize, None, None),
        State::Point { momentum, velocity, .. } => (1, momentum.as_ref(), velocity.as_ref()),
        State::Chains { .. } | State::Path { .. } => {
            return Err(SpecError::input("mechanics moves points or particles"));
        }
    };
    let (d, mass) = (model.dim(), "mechanics is a splitting, a Runge-Kutta method or a variational integrator");
    let q = start::positions(config, model, n)?;
    let mut x = Phase::at_rest(n, d, |i, j| q[j * n + i]);
    // Of unit mass where there is no Lagrangian.
    if let Some(momentum) = momentum.or(velocity) {
        x.split_mut().1.chunks_exact_mut(n).zip(momentum).for_each(|(column, p)| column.fill(*p));
    }
    let run = Run { config, model, checkpoint, setup };
    if let Some(l) = model.lagrangian() {
        set_in_motion(config, (l, &model.names()), momentum.is_some(), &mut x)?;
        return match &config.scheme {
            Scheme::Variational { step, method } => {
                let scheme = variational(method).ok_or_else(|| SpecError::input(mass))?;
                drive(run, Legendre(l), &scheme, (*step, true), x, watch)
            }
            Scheme::RungeKutta { step, method } => {
                let scheme = RungeKutta::named(method).ok_or_else(|| SpecError::input(mass))?;
                drive(run, Legendre(l), scheme, (*step, scheme.reversible), x, watch)
            }
            _ => Err(SpecError::input(mass)),
        };
    }
    match &config.scheme {
        Scheme::Splitting { word, step, compensated, .. } => {
            let scheme = splitting(config, word)?;
            let reversible = scheme.reversible();
            if *compensated {
                drive(run, Hamiltonian(model), &Compensated(scheme), (*step, reversible), x, watch)
            } else {
                drive(run, Hamiltonian(model), &scheme, (*step, reversible), x, watch)
            }
        }
        Scheme::RungeKutta { step, method } => {
            let scheme = RungeKutta::named(method).ok_or_else(|| SpecError::input(mass))?;
            drive(run, Hamiltonian(model), scheme, (*step, scheme.reversible), x, watch)
        }
        _ => Err(SpecError::input(mass)),
    }
}
/// The variational integrator of a method in flow.toml.
fn variational(method: &str) -> Option<Variational> {
    Variational::of_order(lagrangian::order(method)?)
}
/// Velocities become momenta, which have to tell them.
fn set_in_motion(
    config: &Config,
    (l, names): (&dyn Lagrangian, &[String]),
    momentum: bool,
    x: &mut Phase,
) -> Result<(), SpecError> {
    let (n, work) = (x.n, &mut Workspace::default());
    let mut v = x.p().to_vec();
    let q = x.q().x.to_vec();
    let batch = Batch { n, d: x.d, x: &q };
    if momentum {
        Legendre(l).velocities(0.0, batch, x.p(), &mut v, work);
        if v.iter().any(|v| v.is_nan()) {
            let rest = vec![0.0; x.d];
            lagrangian::regular(config, l, names, 0.0, &q[..x.d], &rest)?;
            let problem = config.problem("state.momentum", "no velocity has this momentum at the start");
            return Err(problem.note("give `velocity` instead").into());
        }
    }
    let one = |x: &[f64]| x.iter().step_by(n).copied().collect::<Vec<_>>();
    lagrangian::regular(config, l, names, 0.0, &one(&q), &one(&v))?;
    if !momentum {
        Legendre(l).momenta(0.0, batch, &v, x.split_mut().1, work);
        if x.p().iter().any(|p| !p.is_finite()) {
            return Err(config.problem("state", "the momentum dL/dv is not finite at the start").into());
        }
    }
    Ok(())
}
struct Run<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    checkpoint: &'a mut Checkpoint,
    setup: Clock,
}
/// Strides of length h of a scheme that leads back, or does not promise to.
fn drive<F, C>(
    run: Run<'_>,
    functional: F,
    scheme: &C,
    (h, reversible): (f64, bool),
    mut x: Phase,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError>
where
    F: Functional<Phase>,
    C: steepest_core::Scheme<Mechanics<F>, Phase, Memory: Persist>,
{
    let Run { config, model, checkpoint, setup } = run;
    let Length::Strides { steps, every, .. } = config.run.length else {
        return Err(SpecError::input("mechanics moves in strides"));
    };
    let (n, d) = (x.n, x.d);
    let flow = Flow { functional, geometry: Sum(Symplectic, Friction { gamma: 0.0 }), noise: Still };
    let back = if reversible { retrace(&flow, scheme, &x, h, steps.min(RETRACED)) } else { f64::NAN };
    let local = (back, symplecticity(&flow, scheme, &x, h));
    let mut memory = scheme.memory(&flow, &x);
    let mut books = Books {
        at: Tick::start(config.run.seed),
        ledger: Ledger::default(),
        path: Vec::new(),
        kinetic: 0.0,
        noether: model.lagrangian().map(Noether::of),
        gradients: 0,
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
        let outcome = steepest_core::run(&flow, scheme, &mut x, &mut memory, at, plan, &mut [&mut books]);
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
    let mut record = record("mechanics", done, books.gradients, time.seconds(setup));
    if done < steps {
        record.notes.push(format!("Stopped after {done} of {steps} strides."));
    }
    summarise(&mut record, model, &x, &books, local);
    record.summary.extra.insert("cpu_seconds".into(), json!(time.cpu[1]));
    record.summary.extra.insert("energy_drift".into(), json!(books.ledger.drift()));
    record.summary.extra.insert("relative_energy_error".into(), json!(books.ledger.drift() / books.size()));
    Ok(record)
}
/// The largest distance from home after so many strides forth and back, in units of the largest coordinate or 1.
fn retrace<F, C>(flow: &Mechanics<F>, scheme: &C, home: &Phase, h: f64, count: u64) -> f64
where
    C: steepest_core::Scheme<Mechanics<F>, Phase>,
{
    let mut x = home.clone();
    for (t, h) in [(0.0, h), (count as f64 * h, -h)] {
        let mut memory = scheme.memory(flow, &x);
        if scheme.advance(flow, Tick { t, ..Tick::start(0) }, h, count, &mut x, &mut memory).is_err() {
            return f64::INFINITY;
        }
    }
    let size = home.coords().iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    x.coords().iter().zip(home.coords()).map(|(a, b)| (a - b).abs() / size).fold(0.0, f64::max)
}
/// H along the run, and the path of the first point.
struct Books<'a> {
    at: Tick,
    ledger: Ledger,
    path: Vec<f64>,
    /// The largest kinetic energy seen: what errors are measured against where H is near 0.
    kinetic: f64,
    /// What the symmetries of a Lagrangian keep.
    noether: Option<Noether<'a>>,
    gradients: u64,
    time: Stopwatch,
}
impl Books<'_> {
    /// The size of the energies of the run.
    fn size(&self) -> f64 {
        self.kinetic.max(self.ledger.value.first().map_or(0.0, |h| h.abs())).max(f64::MIN_POSITIVE)
    }
}
impl Persist for Books<'_> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, ledger, path, kinetic, noether, gradients, time } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        ledger.pass(archive)?;
        path.pass(archive)?;
        kinetic.pass(archive)?;
        noether.iter_mut().try_for_each(|noether| noether.pass(archive))?;
        gradients.pass(archive)?;
        time.pass(archive)
    }
}
impl<F: Functional<Phase>> Observer<Mechanics<F>, Phase> for Books<'_> {
    fn observe(&mut self, flow: &Mechanics<F>, at: Tick, x: &Phase, last: Stride) -> ControlFlow<()> {
        // The end of one piece is the start of the next: it is seen once.
        if self.ledger.t.last() != Some(&at.t) {
            let _ = self.ledger.observe(flow, at, x, last);
            self.gradients += last.gradients;
            let v = &self.ledger.differential().0[x.n * x.d..];
            let kinetic = x.p().iter().zip(v).map(|(p, v)| p * v).sum::<f64>() / (2.0 * x.n as f64);
            self.kinetic = self.kinetic.max(kinetic);
            let one = |x: &[f64], n: usize| x.iter().step_by(n).copied().collect::<Vec<_>>();
            let q = one(x.q().x, x.n);
            if let Some(noether) = &mut self.noether {
                let z: Vec<f64> = q.iter().copied().chain(one(v, x.n)).chain([at.t]).collect();
                let h = &self.ledger.value;
                // Of one replica; the energy is the mean of all.
                let gained = if x.n == 1 { h[h.len() - 1] - h[0] } else { f64::NAN };
                noether.look(&z, &one(x.p(), x.n), gained);
            }
            self.path.extend(q);
        }
        ControlFlow::Continue(())
    }
}
fn summarise(record: &mut Record, model: &dyn Model, x: &Phase, books: &Books<'_>, (reversal, defect): (f64, f64)) {
    let (d, n, h) = (x.d, x.n, &books.ledger.value);
    let (first, end) = (h.first().copied().unwrap_or(f64::NAN), h.last().copied().unwrap_or(f64::NAN));
    let off = |part: &[f64]| part.iter().map(|v| (v - first).abs()).fold(0.0, f64::max);
    let (early, late) = h.split_at(h.len() / 2);
    let size = books.size();
    record.summary.objective = Some(Objective { initial: first, r#final: end });
    let mut found = vec![
        Check::at_most(
            "H drift",
            off(late),
            // An error that grows with the time doubles from one half to the other.
            1.5 * off(early) + 1e-11 * size,
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
        Check::at_most(
            "symplecticity",
            defect,
            1e-8,
            (
                "A stride keeps areas of phase space: J^T Omega J = Omega.",
                "A stride does not keep areas of phase space: the scheme is not symplectic at this step, or the force is no gradient.",
            ),
        ),
    ];
    for check in found.iter_mut().filter(|check| check.name == "reversal" && check.value.is_nan()) {
        check.advice = "The scheme reads differently from its end, so it does not promise to lead back.";
    }
    match (&books.noether, model.lagrangian()) {
        (Some(noether), Some(l)) => {
            if noether.timed {
                found.retain(|check| !["H drift", "energy error"].contains(&check.name));
                found.insert(0, balance(noether.unbalanced / size));
            }
            found.extend(noether.check());
            let kept = noether.kept(&model.names());
            if !kept.is_empty() {
                record.notes.push(format!("Conserved: {}.", kept.join(", ")));
            }
            record.summary.extra.insert("conserved".into(), json!(kept));
            record.summary.ledger = checks::lines(&found);
            // Positions of the first replica, at the velocity of the end.
            let z = seen(&books.path, &books.ledger.differential().0[n * d..], &books.ledger.t, (n, d));
            record.summary.ledger.push(lagrangian::derivatives(l, &z, z.len() / (2 * d + 1)));
        }
        _ => {
            record.summary.ledger = checks::lines(&found);
            let block = x.block(0, n.min(100));
            let positions = Positions { n: block.n, d, chains: 1, x: block.q().x.to_vec() };
            record.summary.ledger.push(checks::gradient(model, &positions));
        }
    }
    let q: Batch<'_> = x.q();
    record.summary.parameters = if n == 1 { table::point(model, q.x) } else { table::independent(model, q) };
    record.ledger = vec![
        Column { name: "t".into(), values: books.ledger.t.clone() },
        Column { name: "energy".into(), values: h.clone() },
    ];
    // H of a Lagrangian with t is not kept: what it changes by is no error.
    if !books.noether.as_ref().is_some_and(|noether| noether.timed) {
        record.ledger.push(Column { name: "energy error".into(), values: h.iter().map(|v| v - first).collect() });
    }
    record.arrays = vec![
        Array { name: "state".into(), shape: vec![d, n], values: q.x.to_vec() },
        Array { name: "momentum".into(), shape: vec![d, n], values: x.p().to_vec() },
        Array { name: "path".into(), shape: vec![books.path.len() / d.max(1), d], values: books.path.clone() },
    ];
}
/// H of a Lagrangian with t, against the work of the time.
fn balance(error: f64) -> Check {
    Check::at_most(
        "energy and work",
        error,
        0.05,
        (
            "H changes by -int dL/dt dt, to a few per cent.",
            "H is off its balance with -int dL/dt dt by more than 5 %: shorten the step, or look more often.",
        ),
    )
}
/// Up to three points z = (q, v, t) of the path, component-major, all at the velocity v of the first replica.
fn seen(path: &[f64], v: &[f64], t: &[f64], (n, d): (usize, usize)) -> Vec<f64> {
    let rows = t.len();
    let places: Vec<usize> = if rows < 3 { (0..rows).collect() } else { vec![0, rows / 2, rows - 1] };
    let row = |k: usize| match k {
        k if k < d => places.iter().map(|i| path[i * d + k]).collect::<Vec<_>>(),
        k if k < 2 * d => vec![v[(k - d) * n]; places.len()],
        _ => places.iter().map(|i| t[*i]).collect(),
    };
    (0..=2 * d).flat_map(row).collect()
}
