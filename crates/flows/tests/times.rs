//! States between the ends of strides: those of the run where it was, of the order of the scheme between, and its energy.
use steepest_core::{Batch, Fault, Flow, Plan, Potential, Scheme, Sum, Tick, Workspace, restore, run, save};
use steepest_flows::flow::{Compensated, DormandPrince, RUNGE_KUTTA};
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Still;
use steepest_flows::observer::times::between;
use steepest_flows::observer::{Passages, Times};
use steepest_flows::scheme::{COMPOSITIONS, Splitting};
use steepest_flows::state::Phase;

/// -1 / r, and its force.
struct Kepler;
impl Potential for Kepler {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
        (0..x.n).for_each(|i| out[i] -= scale / x.x[i].hypot(x.x[x.n + i]));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
        for k in 0..2 * x.n {
            let i = k % x.n;
            out[k] += scale * x.x[k] / x.x[i].hypot(x.x[x.n + i]).powi(3);
        }
    }
}
type Motion = Flow<Hamiltonian<Kepler>, Sum<Symplectic, Friction>, Still>;
fn motion() -> Motion {
    Flow { functional: Hamiltonian(Kepler), geometry: Sum(Symplectic, Friction { gamma: 0.0 }), noise: Still }
}
/// From the perihelion of an ellipse of eccentricity 0.6 and semi-axis 1, and its mirror image.
fn perihelion() -> Phase {
    Phase { n: 2, d: 2, z: [0.4, 0.4, 0.0, 0.0, 0.0, 0.0, 2.0, -2.0].into() }
}
/// (q, p) of the first of them at a time, by Kepler's equation.
fn exact(t: f64) -> [f64; 4] {
    let mut e = t;
    for _ in 0..60 {
        e -= (e - 0.6 * e.sin() - t) / (1.0 - 0.6 * e.cos());
    }
    let (rate, axis) = (1.0 / (1.0 - 0.6 * e.cos()), 0.8);
    [e.cos() - 0.6, axis * e.sin(), -e.sin() * rate, axis * e.cos() * rate]
}
/// What was found at these times in a run of `steps` strides of length h, looked at each `every`.
fn found<C: Scheme<Motion, Phase>>(
    scheme: &C,
    (h, steps, every): (f64, u64, u64),
    times: &[f64],
) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (flow, mut x) = (motion(), perihelion());
    let (mut memory, mut seen) = (scheme.memory(&flow, &x), Times::new(scheme, h, times, &x));
    let plan = Plan::new(h, steps).every(every);
    let end = run(&flow, scheme, &mut x, &mut memory, Tick::start(0), plan, &mut [&mut seen]).unwrap();
    seen.finish(&flow, end, &x).unwrap();
    (seen.found().to_vec(), seen.states().map(<[f64]>::to_vec).collect())
}
fn off(t: f64, z: &[f64]) -> f64 {
    exact(t).iter().zip(z.iter().step_by(2)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// At ends of strides there are the bits of the run, however rarely it is looked at; and the run has the bits it has unobserved.
#[test]
fn where_the_run_was_it_is_the_run() {
    fn holds<C: Scheme<Motion, Phase>>(name: &str, scheme: &C) {
        let (flow, h) = (motion(), 0.0625);
        let times: Vec<f64> = (0..=20).map(|k| f64::from(k) * h).collect();
        let mut x = perihelion();
        let (mut memory, mut own) = (scheme.memory(&flow, &x), vec![x.z.to_vec()]);
        for step in 0..20 {
            let at = Tick { t: step as f64 * h, step, ..Tick::start(0) };
            scheme.step(&flow, at, h, &mut x, &mut memory).unwrap();
            own.push(x.z.to_vec());
        }
        for every in [1, 7, 20] {
            let (t, z) = found(scheme, (h, 20, every), &times);
            assert!(t == times && z == own, "{name}, each {every}");
        }
    }
    for composition in COMPOSITIONS {
        holds(composition.name, &composition.splitting());
    }
    for method in RUNGE_KUTTA {
        holds(method.name, method);
    }
    holds("ABA", &Splitting::word("ABA").unwrap());
}

/// At times that are no ends of strides errors fall as the order of the scheme says, and a mirror image moves as its other half.
/// A share of 1.05 of the last stride leaves an error of the first order, and a slope of 1.
#[test]
fn between_strides_errors_are_of_the_order_of_the_scheme() {
    fn holds<C: Scheme<Motion, Phase>>(name: &str, scheme: &C, order: f64, h: f64) {
        // Irrational shares of a stride, over a whole orbit.
        let times: Vec<f64> = (1..=40).map(|k| f64::from(k) * 0.157_314_159).collect();
        let worst = |h: f64| {
            let (t, z) = found(scheme, (h, (7.0 / h).ceil() as u64, 3), &times);
            assert_eq!(t.len(), times.len());
            assert!(z.iter().all(|z| (z[2] + z[3]).abs() < 1e-9 && (z[0] - z[1]).abs() < 1e-9), "{name}");
            t.iter().zip(&z).map(|(t, z)| off(*t, z)).fold(0.0, f64::max)
        };
        let (coarse, fine) = (worst(h), worst(h / 2.0));
        let slope = (coarse / fine).log2();
        assert!((slope - order).abs() < 0.6, "{name}: {slope} from {coarse:e} and {fine:e}");
    }
    for composition in COMPOSITIONS {
        // Long enough that errors are above rounding.
        let h = [0.01, 0.04, 0.08][composition.order as usize / 2 - 2];
        holds(composition.name, &composition.splitting(), f64::from(composition.order), h);
    }
    for (method, h) in RUNGE_KUTTA.iter().zip([0.01, 0.01, 0.02, 0.04]) {
        holds(method.name, method, f64::from(method.order), h);
    }
    // Symplectic Euler, both ways, and Verlet with the drift or the kick first.
    for (word, order, h) in [("AB", 1.0, 5e-4), ("BA", 1.0, 5e-4), ("ABA", 2.0, 0.005), ("BAB", 2.0, 0.005)] {
        holds(word, &Splitting::word(word).unwrap(), order, h);
    }
}

/// H is off by no more between strides than at their ends.
#[test]
fn between_strides_energy_is_kept_as_well() {
    let h = 0.05;
    for composition in COMPOSITIONS {
        let error = |shift: f64| {
            let times: Vec<f64> = (0..400).map(|k| (f64::from(k) + shift) * h).collect();
            let (_, z) = found(&composition.splitting(), (h, 401, 1), &times);
            let energy = |z: &Vec<f64>| 0.5 * (z[4] * z[4] + z[6] * z[6]) - 1.0 / z[0].hypot(z[2]);
            z.iter().map(|z| (energy(z) + 0.5).abs()).fold(0.0, f64::max)
        };
        let (at, between) = (error(0.0), error(0.618));
        assert!(between < 1.5 * at, "{}: {between:e} between, {at:e} at the ends", composition.name);
    }
}

/// A method with its own steps, compensated sums, times before the start, and a run backwards.
#[test]
fn any_scheme_either_way() {
    let times = [2.5, 0.7, 0.7, -0.3, f64::NAN];
    let adaptive = DormandPrince { relative: 1e-10, absolute: 1e-12 };
    let (t, z) = found(&adaptive, (0.5, 6, 2), &times);
    assert_eq!(t, [-0.3, 0.7, 2.5]);
    assert!(t.iter().zip(&z).all(|(t, z)| off(*t, z) < 1e-8));
    let compensated = Compensated(COMPOSITIONS[COMPOSITIONS.len() - 1].splitting());
    let (t, z) = found(&compensated, (0.02, 130, 13), &times);
    assert!(t.len() == 3 && t.iter().zip(&z).all(|(t, z)| off(*t, z) < 1e-10));
    let (t, z) = found(&compensated, (-0.02, 130, 13), &[-0.7, -2.5]);
    assert_eq!(t, [-0.7, -2.5]);
    assert!(t.iter().zip(&z).all(|(t, z)| off(*t, z) < 1e-10));
}

/// Cut off after any look and taken up again: the same bits.
#[test]
fn what_was_found_survives_a_restart() {
    let (flow, scheme) = (motion(), COMPOSITIONS[0].splitting());
    let times: Vec<f64> = (0..30).map(|k| 0.0719 * f64::from(k)).collect();
    let whole = found(&scheme, (0.05, 45, 5), &times);
    for cut in [0, 5, 20] {
        let mut x = perihelion();
        let mut memory = scheme.memory(&flow, &x);
        let mut first = Times::new(&scheme, 0.05, &times, &x);
        let plan = |steps| Plan::new(0.05, steps).every(5);
        let at = run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), plan(cut), &mut [&mut first]).unwrap();
        let bytes = save(&mut first);
        let mut second = Times::new(&scheme, 0.05, &times, &perihelion());
        assert!(restore(&mut second, &bytes).is_some());
        let mut memory = scheme.memory(&flow, &x);
        run(&flow, &scheme, &mut x, &mut memory, at, plan(45 - cut), &mut [&mut second]).unwrap();
        let states: Vec<Vec<f64>> = second.states().map(<[f64]>::to_vec).collect();
        assert!(second.found() == whole.0 && states == whole.1, "cut at {cut}");
        // Of other times nothing is taken up.
        let mut other = Times::new(&scheme, 0.05, &[0.02, 0.03], &perihelion());
        assert_eq!(restore(&mut other, &bytes).is_some(), first.found().is_empty());
    }
}

/// What leads nowhere is an error, and what is not there costs nothing.
#[test]
fn strides_that_lead_nowhere_are_refused() {
    let (flow, scheme) = (motion(), RUNGE_KUTTA[0]);
    for (h, t) in [(0.0, 1.0), (f64::NAN, 1.0), (0.1, f64::INFINITY), (0.1, f64::NAN)] {
        let (mut x, start) = (perihelion(), perihelion());
        let found = between(&flow, &scheme, (Tick::start(0), h), t, &mut x);
        assert!(matches!(found, Err(Fault::Stalled { .. })) && x == start, "{h} {t}: {found:?}");
    }
    let mut nobody = Phase { n: 0, d: 2, z: [].into() };
    let mut times = Times::new(&scheme, 0.1, &[0.0, 0.25], &nobody);
    let mut passages = Passages::new(&scheme, 0.1, |x: &Phase| x.z[0], 100, &nobody);
    let mut memory = scheme.memory(&flow, &nobody);
    let plan = Plan::new(0.1, 5);
    run(&flow, &scheme, &mut nobody, &mut memory, Tick::start(0), plan, &mut [&mut times, &mut passages]).unwrap();
    assert_eq!((times.found(), times.states().len(), passages.iter().len()), (&[0.0, 0.25][..], 2, 0));
}

/// Through the centre there is no way: the run ends there and says why.
#[test]
fn a_stride_that_fails_ends_the_run() {
    let (flow, scheme) = (motion(), RUNGE_KUTTA[0]);
    let mut x = Phase { n: 1, d: 2, z: [0.0; 4].into() };
    let mut times = Times::new(&scheme, 1.0, &[-0.5], &x);
    let mut memory = scheme.memory(&flow, &x);
    let at = run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), Plan::new(1.0, 3), &mut [&mut times]).unwrap();
    assert_eq!(at.step, 0);
    assert!(matches!(times.fault, Some(Fault::Inadmissible { .. })) && times.found().is_empty());
}
