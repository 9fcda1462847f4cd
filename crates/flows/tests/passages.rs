//! Passages of a quantity through zero: when theory says, to the order of the scheme, for each replica, across restarts.
use std::f64::consts::TAU;
use steepest_core::{Flow, Plan, Scheme, Sum, Tick, restore, run, save};
use steepest_flows::flow::{GAUSS4, RK4};
use steepest_flows::functional::{Hamiltonian, Quadratic};
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Still;
use steepest_flows::observer::Passages;
use steepest_flows::scheme::{COMPOSITIONS, Splitting};
use steepest_flows::state::Phase;

type Motion = Flow<Hamiltonian<Quadratic>, Sum<Symplectic, Friction>, Still>;
/// Springs of 1 and 4.
fn motion() -> Motion {
    let springs = Quadratic { stiffness: [1.0, 4.0].into() };
    Flow { functional: Hamiltonian(springs), geometry: Sum(Symplectic, Friction { gamma: 0.0 }), noise: Still }
}
/// Three replicas: x = cos(t + phase), y = sin(2 t) / 2.
const PHASES: [f64; 3] = [0.0, 0.3, 1.9];
fn start() -> Phase {
    let z = |k: usize| match (k / 3, PHASES[k % 3]) {
        (0, phase) => phase.cos(),
        (2, phase) => -phase.sin(),
        (3, _) => 1.0,
        _ => 0.0,
    };
    Phase { n: 3, d: 2, z: (0..12).map(z).collect() }
}
/// (replica, time, state) of all passages of x + 1/2 up to a time of 20.
fn found<C: Scheme<Motion, Phase>>(scheme: &C, h: f64, every: u64) -> Vec<(u64, f64, Vec<f64>)> {
    let (flow, mut x) = (motion(), start());
    let mut passages = Passages::new(scheme, h, |x: &Phase| x.z[0] + 0.5, usize::MAX, &x);
    let mut memory = scheme.memory(&flow, &x);
    let plan = Plan::new(h, (20.0 / h).round() as u64).every(every);
    run(&flow, scheme, &mut x, &mut memory, Tick::start(0), plan, &mut [&mut passages]).unwrap();
    passages.iter().map(|passage| (passage.replica, passage.t, passage.state.to_vec())).collect()
}
/// The same as they are: cos rises through -1/2 where its argument is 4 pi / 3 and a multiple of 2 pi more.
fn exact() -> Vec<(u64, f64)> {
    let times =
        |replica: usize| (0..).map(move |k| (replica as u64, 2.0 * TAU / 3.0 + f64::from(k) * TAU - PHASES[replica]));
    (0..3).flat_map(|replica| times(replica).take_while(|(_, t)| *t < 20.0)).filter(|(_, t)| *t > 0.0).collect()
}

/// Times and states are off by h to the order of the scheme, and stay so where looks are ten strides apart. With a cubic between
/// two looks the order would be 4 at most; with the last stride too long by 1 %, 1.
#[test]
fn passages_are_of_the_order_of_the_scheme() {
    fn holds<C: Scheme<Motion, Phase>>(name: &str, scheme: &C, order: f64, h: f64) {
        let worst = |h: f64, every: u64| {
            let (mut found, exact) = (found(scheme, h, every), exact());
            found.sort_by_key(|(replica, ..)| *replica);
            assert_eq!(found.len(), exact.len(), "{name}: {found:?}");
            let off = found.iter().zip(&exact).map(|((replica, t, state), (whose, when))| {
                assert!(replica == whose && (state[0] + 0.5).abs() < 1e-13, "{name}: {replica} {state:?}");
                // x' = -sin, y and y' from the time of the passage.
                let theory = [-0.5, 0.5 * (2.0 * when).sin(), 0.75f64.sqrt(), (2.0 * when).cos()];
                let states = state.iter().zip(theory).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                states.max((t - when).abs())
            });
            off.fold(0.0, f64::max)
        };
        for every in [1, 10] {
            let (coarse, fine) = (worst(h, every), worst(h / 2.0, every));
            let slope = (coarse / fine).log2();
            assert!((slope - order).abs() < 0.4, "{name}, each {every}: {slope} from {coarse:e} and {fine:e}");
        }
    }
    for composition in COMPOSITIONS {
        let h = [0.05, 0.1, 0.2][composition.order as usize / 2 - 2];
        holds(composition.name, &composition.splitting(), f64::from(composition.order), h);
    }
    holds("BAB", &Splitting::word("BAB").unwrap(), 2.0, 0.05);
    holds("rk4", &RK4, 4.0, 0.05);
    holds("gauss4", &GAUSS4, 4.0, 0.1);
}

/// Cut off after any look and taken up again: the same bits; and no more numbers than were asked for.
#[test]
fn passages_survive_a_restart_and_end() {
    let (flow, scheme) = (motion(), COMPOSITIONS[0].splitting());
    let of = |most: usize| Passages::new(&scheme, 0.1, |x: &Phase| x.z[0], most, &start());
    let rows = |cut: u64, most: usize| {
        let (mut x, mut first) = (start(), of(most));
        let (mut memory, plan) = (scheme.memory(&flow, &x), |steps| Plan::new(0.1, steps).every(3));
        let at = run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), plan(cut), &mut [&mut first]).unwrap();
        let mut second = of(most);
        assert!(restore(&mut second, &save(&mut first)).is_some());
        let mut memory = scheme.memory(&flow, &x);
        run(&flow, &scheme, &mut x, &mut memory, at, plan(300 - cut), &mut [&mut second]).unwrap();
        second.iter().map(|passage| (passage.replica, passage.t.to_bits(), passage.state.to_vec())).collect::<Vec<_>>()
    };
    let whole = rows(0, 1000);
    assert_eq!(whole.len(), 15);
    for cut in [3, 48, 150] {
        assert!(rows(cut, 1000) == whole, "cut at {cut}");
    }
    assert_eq!(rows(48, 6 * 4 + 5), whole[..4]);
    assert!(rows(0, 0).is_empty());
}
