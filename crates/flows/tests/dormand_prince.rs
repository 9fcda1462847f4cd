//! Dormand and Prince on an ellipse of Kepler, whose places at given times are known.
use steepest_core::{Batch, Flow, Plan, Potential, Scheme, State, Sum, Tick, Workspace, restore, run, save};
use steepest_flows::flow::DormandPrince;
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Still;
use steepest_flows::state::Phase;

struct Sun;
impl Potential for Sun {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        (0..x.n).for_each(|i| out[i] -= scale / x.column(0)[i].hypot(x.column(1)[i]));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for i in 0..x.n {
            let cube = x.column(0)[i].hypot(x.column(1)[i]).powi(3);
            (0..2).for_each(|j| out[j * x.n + i] += scale * x.column(j)[i] / cube);
        }
    }
}
fn flow() -> Flow<Hamiltonian<Sun>, Sum<Symplectic, Friction>, Still> {
    Flow { functional: Hamiltonian(Sun), geometry: Sum(Symplectic, Friction { gamma: 0.0 }), noise: Still }
}
const E: f64 = 0.6;
fn perihelion() -> Phase {
    Phase { n: 1, d: 2, z: [1.0 - E, 0.0, 0.0, ((1.0 + E) / (1.0 - E)).sqrt()].into() }
}
/// The place at time t after perihelion, by Kepler's equation.
fn exact(t: f64) -> [f64; 2] {
    let mut u = t;
    (0..50).for_each(|_| u -= (u - E * u.sin() - t) / (1.0 - E * u.cos()));
    [u.cos() - E, (1.0 - E * E).sqrt() * u.sin()]
}
/// The largest error over 97 looks in three periods, and the steps that were taken.
fn error(tolerance: f64) -> (f64, f64) {
    let scheme = DormandPrince { relative: tolerance, absolute: tolerance };
    let (flow, mut x) = (flow(), perihelion());
    let mut memory = scheme.memory(&flow, &x);
    let (h, mut at, mut worst) = (3.0 * std::f64::consts::TAU / 97.0, Tick::start(0), 0.0_f64);
    for _ in 0..97 {
        at = run(&flow, &scheme, &mut x, &mut memory, at, Plan::new(h, 1), &mut []).unwrap();
        let place = exact(at.t);
        worst = worst.max((x.z[0] - place[0]).hypot(x.z[1] - place[1]));
    }
    (worst, memory.taken[0] as f64)
}

/// Errors follow the tolerance, between steps as at their ends, and as the steps of the fourth-order polynomial and the
/// fifth-order pair say: n steps have errors as n^-5. A wrong digit in any coefficient costs an order.
#[test]
fn errors_are_of_the_fifth_order_of_the_steps() {
    let found = [1e-6, 1e-8, 1e-10, 1e-12].map(error);
    for (pair, tolerance) in found.windows(2).zip([1e-8, 1e-10, 1e-12]) {
        let slope = (pair[0].0 / pair[1].0).ln() / (pair[1].1 / pair[0].1).ln();
        assert!((4.4..6.0).contains(&slope), "slope {slope} at {tolerance:e}: {found:?}");
        assert!(pair[1].0 < 1e3 * tolerance, "{found:?}");
    }
}

/// Where it is looked at moves nothing: one stride, or many; forth, and from a copy that went through a checkpoint.
#[test]
fn looks_move_nothing() {
    let (flow, scheme) = (flow(), DormandPrince { relative: 1e-9, absolute: 1e-12 });
    let go = |cuts: &[f64]| {
        let mut x = perihelion();
        let mut memory = scheme.memory(&flow, &x);
        let mut at = Tick::start(0);
        for h in cuts {
            scheme.step(&flow, at, *h, &mut x, &mut memory).unwrap();
            at.t += h;
            let bytes = save(&mut memory);
            memory = scheme.memory(&flow, &x);
            restore(&mut memory, &bytes).unwrap();
        }
        (x, memory.taken)
    };
    let (whole, steps) = go(&[5.0]);
    for cuts in [vec![2.0, 3.0], vec![0.125; 40]] {
        let (x, taken) = go(&cuts);
        assert_eq!((&x.z, taken), (&whole.z, steps));
    }
    // Back home, to the accuracy that was asked for.
    let mut x = whole;
    let mut memory = scheme.memory(&flow, &x);
    scheme.step(&flow, Tick { t: 5.0, ..Tick::start(0) }, -5.0, &mut x, &mut memory).unwrap();
    let away = x.coords().iter().zip(perihelion().coords()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(away < 1e-6, "{away:e}");
}

/// Into the sun: steps shrink, and it says so.
#[test]
fn a_singular_field_is_a_fault() {
    let (flow, scheme) = (flow(), DormandPrince { relative: 1e-9, absolute: 1e-12 });
    let mut x = Phase { n: 1, d: 2, z: [1.0, 0.0, 0.0, 0.0].into() };
    let mut memory = scheme.memory(&flow, &x);
    assert!(scheme.step(&flow, Tick::start(0), 10.0, &mut x, &mut memory).is_err());
}
