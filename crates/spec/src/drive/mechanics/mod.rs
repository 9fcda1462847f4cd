//! MECHANICS: a word without a bath; energy is kept, and the way back leads home.
mod books;
pub(super) mod energy;
mod reversal;
mod section;
mod space;
use super::clock::{Clock, Pieces};
use super::langevin::{broken, culprit, splitting};
use super::noether::Noether;
use super::{lagrangian, put_away, record, start, take_up, threads, times};
use crate::{Config, Length, Scheme, SpecError, State, Watch};
use books::{Books, End, Shown, WATCHED, summarise};
use reversal::retrace;
use serde_json::json;
use space::{Mechanics, Motion, Space, Weighted, flat, surface};
use steepest_core::{Batch, Covector, Fault, Flow, Lagrangian, Persist, Plan, Replicated, Tick, Workspace, save};
use steepest_flows::flow::{Compensated, DormandPrince, RungeKutta, Variational, symplecticity};
use steepest_flows::functional::{Hamiltonian, Legendre, MassWeighted};
use steepest_flows::noise::Still;
use steepest_flows::observer::{Passages, Times};
use steepest_flows::scheme::{Blocks, Composition};
use steepest_flows::state::Phase;
use steepest_kernels::normals;
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Record};

/// Strides that are taken back to see whether they lead home.
const RETRACED: u64 = 1000;

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let (n, mass) = match &config.state {
        State::Particles { n, mass, .. } => (*n as usize, mass.clone()),
        State::Point { mass, .. } => (1, mass.clone()),
        State::Chains { .. } | State::Path { .. } => {
            return Err(SpecError::input("mechanics moves points or particles"));
        }
    };
    let mut x = begin(config, model, n)?;
    let wrong = "mechanics is a splitting, a Runge-Kutta method or a variational integrator";
    if let Some(l) = model.lagrangian() {
        set_in_motion(config, (l, &model.names()), &mut x)?;
        let (legendre, run) = (Legendre(l), Run { config, model, checkpoint, setup });
        return match &config.scheme {
            Scheme::Variational { step, method } => {
                let scheme = lagrangian::order(method).and_then(Variational::of_order);
                let scheme = scheme.ok_or_else(|| SpecError::input(wrong))?;
                run.drive((legendre, flat()), (&scheme, &scheme), (*step, true), x, watch)
            }
            Scheme::RungeKutta { step, method, rtol, atol } if method == "dormand-prince" => {
                let scheme = DormandPrince { relative: rtol.unwrap_or(1e-9), absolute: atol.unwrap_or(1e-12) };
                run.drive((legendre, flat()), (&scheme, &scheme), (*step, false), x, watch)
            }
            Scheme::RungeKutta { step, method, .. } => {
                let scheme = RungeKutta::named(method).ok_or_else(|| SpecError::input(wrong))?;
                run.drive((legendre, flat()), (scheme, scheme), (*step, scheme.reversible), x, watch)
            }
            _ => Err(SpecError::input(wrong)),
        };
    }
    let masses = mass.or_else(|| model.masses());
    if let (State::Point { velocity: Some(_), .. }, Some(masses)) = (&config.state, &masses) {
        x.split_mut().1.iter_mut().zip(masses).for_each(|(p, m)| *p *= m);
    }
    let energy = MassWeighted::new(model, masses.as_deref());
    let (q, p) = x.split_mut();
    energy.gather(n, q, p);
    let energy = Hamiltonian(energy);
    let found = surface(config, model, masses.as_deref(), &mut x)?;
    let run = Run { config, model, checkpoint, setup };
    if let (Some((surface, note)), Scheme::Splitting { word, step, .. }) = (found, &config.scheme) {
        // Two drifts along a surface are not one for the sum of their times.
        let scheme = match Composition::named(word) {
            Some(composition) => composition.kicked(),
            None => splitting(config, word)?,
        };
        let mut record = run.drive_blocks((energy, surface), &scheme, (*step, scheme.reversible()), x, watch)?;
        record.notes.extend(note);
        return Ok(record);
    }
    match &config.scheme {
        Scheme::Splitting { word, step, compensated: false, .. } => {
            let scheme = splitting(config, word)?;
            run.drive_blocks((energy, flat()), &scheme, (*step, scheme.reversible()), x, watch)
        }
        Scheme::Splitting { word, step, .. } => {
            let scheme = splitting(config, word)?;
            let reversible = scheme.reversible();
            run.drive_blocks((energy, flat()), &Compensated(scheme), (*step, reversible), x, watch)
        }
        Scheme::RungeKutta { step, method, rtol, atol } if method == "dormand-prince" => {
            let scheme = DormandPrince { relative: rtol.unwrap_or(1e-9), absolute: atol.unwrap_or(1e-12) };
            run.drive((energy, flat()), (&scheme, &scheme), (*step, false), x, watch)
        }
        Scheme::RungeKutta { step, method, .. } => {
            let scheme = RungeKutta::named(method).ok_or_else(|| SpecError::input(wrong))?;
            let promise = (*step, scheme.reversible);
            // Rounds of iteration end over a batch, so that a cut into blocks would change bits.
            if scheme.implicit() {
                run.drive((energy, flat()), (scheme, scheme), promise, x, watch)
            } else {
                run.drive_blocks((energy, flat()), scheme, promise, x, watch)
            }
        }
        _ => Err(SpecError::input(wrong)),
    }
}
/// Where the points are and how they move at first: as given; the motion the energy is known for; at rest at random places.
fn begin(config: &Config, model: &dyn Model, n: usize) -> Result<Phase, SpecError> {
    let d = model.dim();
    let (start, momentum) = match &config.state {
        // Of unit mass, until masses are known.
        State::Point { start, momentum, velocity, .. } => (start, momentum.as_ref().or(velocity.as_ref())),
        State::Particles { start, .. } => (start, None),
        State::Chains { .. } | State::Path { .. } => (&None, None),
    };
    let mut x = Phase::at_rest(n, d, |_, _| 0.0);
    let (mut z, mut q, mut p) = (vec![0.0; d], vec![0.0; d], vec![0.0; d]);
    if start.is_none() && model.motion(&z, &mut q, &mut p) {
        for i in 0..n {
            if n > 1 {
                normals(config.run.seed, 0, start::STREAM, (i as u64) << 32, &mut z);
                model.motion(&z, &mut q, &mut p);
            }
            q.iter().chain(&p).enumerate().for_each(|(j, value)| x.z[j * n + i] = *value);
        }
    } else {
        x.split_mut().0.copy_from_slice(&start::positions(config, model, n)?);
    }
    if let Some(momentum) = momentum {
        x.split_mut().1.chunks_exact_mut(n).zip(momentum).for_each(|(column, p)| column.fill(*p));
    }
    Ok(x)
}
struct Run<'a> {
    config: &'a Config,
    model: &'a dyn Model,
    checkpoint: &'a mut Checkpoint,
    setup: Clock,
}
impl<'a> Run<'a> {
    /// Blocks of replicas on threads, where there is more than one replica.
    fn drive_blocks<G: Space, C>(
        self,
        (energy, space): (Weighted<'a>, G),
        scheme: &C,
        promise: (f64, bool),
        x: Phase,
        watch: &mut dyn Watch,
    ) -> Result<Record, SpecError>
    where
        C: steepest_core::Scheme<Mechanics<Weighted<'a>, G>, Phase, Memory: Persist + Send> + Clone + Sync,
    {
        if x.n == 1 {
            return self.drive((energy, space), (scheme, scheme), promise, x, watch);
        }
        let blocks = Blocks::sized(scheme.clone(), 3 * x.d, threads(self.config));
        self.drive((energy, space), (&blocks, scheme), promise, x, watch)
    }
    /// Strides of length h of a scheme that leads back, or does not promise to; `alone` is the same without blocks.
    fn drive<F: Motion, G: Space>(
        self,
        (energy, space): (F, G),
        (scheme, alone): (
            &impl steepest_core::Scheme<Mechanics<F, G>, Phase, Memory: Persist>,
            &impl steepest_core::Scheme<Mechanics<F, G>, Phase>,
        ),
        (h, reversible): (f64, bool),
        mut x: Phase,
        watch: &mut dyn Watch,
    ) -> Result<Record, SpecError> {
        let Run { config, model, checkpoint, setup } = self;
        let Length::Strides { steps, every, .. } = config.run.length else {
            return Err(SpecError::input("mechanics moves in strides"));
        };
        let (n, d) = (x.n, x.d);
        let flow: Mechanics<F, G> = Flow { functional: energy, geometry: space, noise: Still };
        let first = x.block(0, n.min(64));
        let reversal = reversible.then(|| retrace(&flow, alone, &first, h, steps.min(RETRACED)));
        let symplecticity = symplecticity(&flow, alone, &x, h, |x| flow.geometry.settle(x));
        let watched = x.block(0, n.min(WATCHED));
        let surface = flow.geometry.defect(&first).is_some();
        let mut memory = scheme.memory(&flow, &x);
        let mut books = Books::open(config.run.seed, model.lagrangian().map(Noether::of), n);
        let mut times = Times::new(scheme, h, &times::wanted(config, steps as f64 * h, 2 * n * d)?, &x);
        let passed = section::coordinate(config, model)?;
        let most = passed.map_or(0, |_| section::MOST * (2 + 2 * d));
        let mut passages = Passages::new(alone, h, |x: &Phase| x.z[passed.unwrap_or(0)], most, &x);
        take_up(checkpoint, (0, 0), &mut (&mut x.z[..], &mut memory, &mut (&mut books, &mut times, &mut passages)))?;
        let setup = setup.wall();
        books.time.skip();
        // What was written down on the way, in the coordinates of the user.
        let kept = |times: &Times<'_, Phase, _>, passages: &Passages<'_, Phase, _, _>| -> Vec<Array> {
            let spread = |n: usize, state: &mut [f64]| {
                let (q, p) = state.split_at_mut(n * d);
                flow.functional.spread(n, q, p);
            };
            let times = times::table(times, |state| spread(n, state));
            let width = passed.map(|_| 2 + 2 * d);
            times.into_iter().chain(section::table(passages, width, |state| spread(1, state))).collect()
        };
        let (mut pieces, mut stopped) = (Pieces::of(0.05), false);
        while books.at.step < steps && !stopped && !watch.stop() {
            let at = books.at;
            let count = (pieces.next(steps - at.step).div_ceil(every) * every).min(steps - at.step);
            let plan = Plan::new(h, count).every(every);
            let mut shown = Shown { books: &mut books, watch: &mut *watch, stopped: false };
            let outcome = steepest_core::run(
                &flow,
                scheme,
                &mut x,
                &mut memory,
                at,
                plan,
                &mut [&mut shown, &mut times, &mut passages],
            );
            stopped = shown.stopped;
            let outcome = outcome.and_then(|at| times.fault.or(passages.fault).map_or(Ok(at), Err));
            books.at = outcome.map_err(|fault| {
                let fault = match fault {
                    Fault::Inadmissible { step, .. } => Fault::Inadmissible { step, replica: culprit(&x) },
                    fault => fault,
                };
                let left = spread(&flow, &x);
                let state = Array { name: "state".into(), shape: vec![2 * d, n], values: left.z.to_vec() };
                broken(fault, at.step, "point", std::iter::once(state).chain(kept(&times, &passages)).collect())
            })?;
            if checkpoint.due(false) {
                books.time.lap(false);
                let books = &mut (&mut books, &mut times, &mut passages);
                put_away(checkpoint, &mut pieces, &mut (&mut x.z[..], &mut memory, books))?;
            }
            watch.progress(books.at.step, steps, "strides", &format!("H drift {:.1e}", books.ledger.drift()));
        }
        books.time.lap(false);
        checkpoint.end(save(&mut (&mut x.z[..], &mut memory, &mut (&mut books, &mut times, &mut passages))));
        let (done, time) = (books.at.step, books.time);
        let mut notes = Vec::new();
        if done < steps {
            notes.push(format!("Stopped after {done} of {steps} strides."));
        } else if let Err(fault) = times.finish(&flow, books.at, &x) {
            return Err(broken(fault, done, "point", kept(&times, &passages)));
        }
        let mut record =
            record("mechanics", done, books.gradients + times.gradients + passages.gradients, time.seconds(setup));
        record.notes = notes;
        let kept_h = !books.timed();
        let worst = (n > 1 && kept_h).then(|| books.worst(&flow, &watched, &x.block(0, watched.n)));
        let velocity = model.lagrangian().map_or_else(Vec::new, |_| velocities(&flow, books.at, &x));
        let end = End { x: &spread(&flow, &x), velocity, worst, reversal, symplecticity, surface };
        summarise(&mut record, model, &end, &books);
        record.arrays.extend(kept(&times, &passages));
        record.notes.extend(times::missed(&times));
        record.notes.extend(section::note(config, passages.iter().len()));
        let (extra, energies) = (&mut record.summary.extra, books.energies());
        extra.insert("cpu_seconds".into(), json!(time.cpu[1]));
        extra.insert("energy_drift".into(), json!(energies.off()));
        // What the errors of H are shares of; a Lagrangian with t has none, as its H is not kept.
        if kept_h {
            extra.insert("energy_scale".into(), json!(energies.size()));
            extra.insert("relative_energy_error".into(), json!(energies.off() / energies.size()));
        }
        if let Some(worst) = worst {
            extra.insert("relative_energy_error_worst".into(), json!(worst));
        }
        Ok(record)
    }
}
/// The velocities of a state.
fn velocities<F: Motion, G>(flow: &Mechanics<F, G>, at: Tick, x: &Phase) -> Vec<f64> {
    let mut slopes = Covector(vec![0.0; x.z.len()]);
    flow.functional.differential(at, x, 1.0, &mut slopes, &mut Workspace::default());
    slopes.0.split_off(x.n * x.d)
}
/// The state in the coordinates of the user.
fn spread<F: Motion, G>(flow: &Mechanics<F, G>, x: &Phase) -> Phase {
    let (n, mut x) = (x.n, x.clone());
    let (q, p) = x.split_mut();
    flow.functional.spread(n, q, p);
    x
}
/// Velocities become momenta, which have to tell them.
fn set_in_motion(config: &Config, (l, names): (&dyn Lagrangian, &[String]), x: &mut Phase) -> Result<(), SpecError> {
    let momentum = matches!(&config.state, State::Point { momentum: Some(_), .. });
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
