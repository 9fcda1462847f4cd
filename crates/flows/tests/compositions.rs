//! Rows of the table, each one value, each against a known answer.
use std::ops::ControlFlow;
use steepest_core::{
    Fault, Flow, Functional, Geometry, Metric, Observer, Plan, Potential, Scheme, State, Stride, Sum, Tangent, Tick,
    Workspace, run,
};
use steepest_flows::functional::{Bridge, Entropy, Hamiltonian, PotentialEnergy, Quadratic};
use steepest_flows::geometry::{
    CATALOGUE, Each, Euclidean, FisherRao, Friction, Kullback, Sphere, Stein, Symplectic, Wasserstein,
};
use steepest_flows::noise::{Precision, Repulsion, Still, Thermal, normals};
use steepest_flows::observer::Ledger;
use steepest_flows::scheme::{
    BAOAB, EULER_MARUYAMA, Explicit, LEIMKUHLER_MATTHEWS, MinimizingMovement, SINKHORN, VERLET,
};
use steepest_flows::state::{Cloud, Gaussian, Grid, Phase, Potentials};

/// Runs with fresh memory from seed `key`, no observers.
fn go<P, S: State, C: Scheme<P, S>>(
    flow: &P,
    scheme: &C,
    x: &mut S,
    h: f64,
    steps: u64,
    key: u64,
) -> Result<Tick, Fault> {
    watch(flow, scheme, x, h, steps, key, &mut [])
}
fn watch<P, S: State, C: Scheme<P, S>>(
    flow: &P,
    scheme: &C,
    x: &mut S,
    h: f64,
    steps: u64,
    key: u64,
    observers: &mut [&mut dyn Observer<P, S>],
) -> Result<Tick, Fault> {
    let mut memory = scheme.memory(flow, x);
    run(flow, scheme, x, &mut memory, Tick::start(key), Plan::new(h, steps), observers)
}
/// The slope of log e against log h.
fn slope(h: &[f64], e: &[f64]) -> f64 {
    let (x, y): (Vec<f64>, Vec<f64>) = h.iter().zip(e).map(|(h, e)| (h.ln(), e.ln())).unzip();
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let rise: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    rise / x.iter().map(|x| (x - mx).powi(2)).sum::<f64>()
}
fn mean_square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64
}
/// Standard errors between a mean square of n independent Gaussians and its exact value.
fn z_score(measured: f64, exact: f64, n: f64) -> f64 {
    (measured / exact - 1.0) / (2.0 / n).sqrt()
}

/// (cloud, potential energy, sphere, still): Riemannian gradient descent.
#[test]
fn gradient_descent_on_a_sphere() {
    let flow = Flow {
        functional: PotentialEnergy(Quadratic::new(&[1.0, 2.0, 4.0])),
        geometry: Each(Sphere { d: 3 }),
        noise: Still,
    };
    let mut work = Workspace::default();
    let mut start = Cloud::from_fn(64, 3, |i, j| 1.0 + ((i * 7 + j * 13) as f64).sin() * 0.5);
    Each(Sphere { d: 3 }).retract(&mut start, &Tangent::zeros(192), 0.0, &mut work);
    let h = [2.0 / 50.0, 2.0 / 100.0, 2.0 / 200.0, 2.0 / 400.0];
    let residuals = h.map(|h| {
        let (mut x, mut ledger) = (start.clone(), Ledger::default());
        watch(&flow, &Explicit, &mut x, h, (2.0 / h).round() as u64, 0, &mut [&mut ledger]).unwrap();
        ledger.residual().abs()
    });
    let order = slope(&h, &residuals);
    assert!((order - 1.0).abs() < 0.1, "residuals {residuals:?}, order {order}");

    let mut x = start;
    go(&flow, &Explicit, &mut x, 0.1, 400, 0).unwrap();
    let value = flow.functional.value(Tick::default(), &x, &mut work);
    assert!((value - 0.5).abs() < 1e-12, "half the lowest eigenvalue, got {value}");
}

/// (phase, hamiltonian, symplectic + friction, thermal): BAOAB at a large stride, h = 1.5, where the momenta are 56 % cold and
/// the positions exact, whatever the friction. With 100,000 replicas the bounds see 1.8 % in <q^2> and in <p^2>.
#[test]
fn baoab_configurational_variance_is_exact() {
    let (n, k, beta, h) = (100_000, 1.0, 2.0, 1.5);
    for (precision, gamma) in [(Precision::Double, 1.0), (Precision::Single, 1.0), (Precision::Double, 0.1)] {
        let flow = Flow {
            functional: Hamiltonian(Quadratic::new(&[k])),
            geometry: Sum(Symplectic, Friction { gamma }),
            noise: Thermal { beta, precision },
        };
        let mut x = Phase::at_rest(n, 1, |_, _| 0.0);
        go(&flow, &BAOAB, &mut x, h, 80, 7).unwrap();
        let zq = z_score(mean_square(x.q().x), 1.0 / (beta * k), n as f64);
        let zp = z_score(mean_square(x.p()), (1.0 - h * h * k / 4.0) / beta, n as f64);
        assert!(zq.abs() < 4.0 && zp.abs() < 4.0, "{precision:?}, gamma {gamma}: z of q {zq:.2}, of p {zp:.2}");
    }
}

/// The same flow without a bath; same parts, another tableau; the ledger sees no dissipation.
#[test]
fn verlet_is_second_order_and_dissipates_nothing() {
    let flow = Flow {
        functional: Hamiltonian(Quadratic::new(&[1.0, 3.0])),
        geometry: Sum(Symplectic, Friction { gamma: 0.0 }),
        noise: Still,
    };
    let h = [4.0 / 40.0, 4.0 / 80.0, 4.0 / 160.0, 4.0 / 320.0];
    let errors = h.map(|h| {
        let mut ledger = Ledger::default();
        let mut x = Phase::at_rest(5, 2, |i, j| 1.0 + i as f64 + j as f64);
        watch(&flow, &VERLET, &mut x, h, (4.0 / h).round() as u64, 0, &mut [&mut ledger]).unwrap();
        assert!(ledger.dissipation.iter().all(|d| d.abs() < 1e-12));
        ledger.drift()
    });
    let order = slope(&h, &errors);
    assert!((order - 2.0).abs() < 0.05, "energy errors {errors:?}, order {order:.3}");
}

/// Kick-drift-kick on a harmonic well keeps p^2 + w^2 q^2 (1 - w^2 h^2 / 4) to rounding, and one force a stride is enough.
#[test]
fn verlet_keeps_its_shadow_energy_with_one_gradient_a_stride() {
    let (w2, h, n, steps) = (3.0, 0.4, 7u64, 1000);
    let flow = Flow {
        functional: Hamiltonian(Quadratic::new(&[w2])),
        geometry: Sum(Symplectic, Friction { gamma: 0.0 }),
        noise: Still,
    };
    let shadow = |x: &Phase, i: usize| x.p()[i].powi(2) + w2 * (1.0 - w2 * h * h / 4.0) * x.q().x[i].powi(2);
    let start = Phase::at_rest(n as usize, 1, |i, _| 1.0 + i as f64);
    let mut x = start.clone();
    let mut memory = VERLET.memory(&flow, &x);
    let stride = VERLET.advance(&flow, Tick::start(0), h, steps, &mut x, &mut memory).unwrap();
    assert_eq!(stride.gradients, n * (steps + 1));
    for i in 0..n as usize {
        assert!((shadow(&x, i) / shadow(&start, i) - 1.0).abs() < 1e-12);
    }
}

/// F(y) + dist2(x, y) / (2 h) <= F(x), stride by stride.
struct Inequality {
    h: f64,
    last: Option<Gaussian>,
    held: bool,
}
impl<F: Functional<Gaussian>, G: Metric<Gaussian>, N> Observer<Flow<F, G, N>, Gaussian> for Inequality {
    fn observe(&mut self, flow: &Flow<F, G, N>, at: Tick, y: &Gaussian, _last: Stride) -> ControlFlow<()> {
        let work = &mut Workspace::default();
        if let Some(x) = &self.last {
            let after = flow.functional.value(at, y, work) + flow.geometry.dist2(x, y) / (2.0 * self.h);
            self.held &= after <= flow.functional.value(at, x, work) + 1e-13;
        }
        self.last = Some(y.clone());
        ControlFlow::Continue(())
    }
}

/// (gaussian, free energy, wasserstein, still): one flow value under two schemes.
#[test]
fn jko_and_explicit_agree_with_ornstein_uhlenbeck() {
    let (k, temperature, m0, s0, t) = (1.5f64, 0.4, 2.0, 0.3, 1.0);
    let flow = Flow {
        functional: Sum(PotentialEnergy(Quadratic::new(&[k])), Entropy { temperature }),
        geometry: Wasserstein,
        noise: Still,
    };
    let v = temperature / k + (s0 * s0 - temperature / k) * (-2.0 * k * t).exp();
    let exact = Gaussian::new(&[m0 * (-k * t).exp()], &[v.sqrt()]);
    let h = [t / 20.0, t / 40.0, t / 80.0, t / 160.0];
    let jko = h.map(|h| {
        let mut x = Gaussian::new(&[m0], &[s0]);
        let mut inequality = Inequality { h, last: None, held: true };
        watch(&flow, &MinimizingMovement, &mut x, h, (t / h).round() as u64, 0, &mut [&mut inequality]).unwrap();
        assert!(inequality.held && inequality.last.is_some());
        Wasserstein.dist2(&x, &exact).sqrt()
    });
    let explicit = h.map(|h| {
        let mut x = Gaussian::new(&[m0], &[s0]);
        go(&flow, &Explicit, &mut x, h, (t / h).round() as u64, 0).unwrap();
        Wasserstein.dist2(&x, &exact).sqrt()
    });
    let orders = (slope(&h, &jko), slope(&h, &explicit));
    assert!((orders.0 - 1.0).abs() < 0.1 && (orders.1 - 1.0).abs() < 0.15, "orders {orders:?}: {jko:?}, {explicit:?}");
}

/// (cloud, potential energy, euclidean, thermal): Euler-Maruyama has the variance of its own recursion, as one explicit step
/// and as a splitting; Leimkuhler-Matthews has the exact one. A bias of 4 % in the variance would be seen; that of
/// Euler-Maruyama is 11 %.
#[test]
fn langevin_has_the_variance_of_its_own_recursion() {
    let (n, k, beta, h) = (20_000, 1.0, 1.0, 0.2);
    let flow =
        Flow { functional: PotentialEnergy(Quadratic::new(&[k])), geometry: Euclidean, noise: Thermal::new(beta) };
    let end = |scheme: &dyn Fn(&mut Cloud)| {
        let mut x = Cloud::from_fn(n, 1, |_, _| 0.0);
        scheme(&mut x);
        x
    };
    let explicit = end(&|x| assert!(go(&flow, &Explicit, x, h, 80, 3).is_ok()));
    let split = end(&|x| assert!(go(&flow, &EULER_MARUYAMA, x, h, 80, 3).is_ok()));
    let matthews = end(&|x| assert!(go(&flow, &LEIMKUHLER_MATTHEWS, x, h, 80, 3).is_ok()));
    for (name, x, exact) in [
        ("explicit", &explicit, 1.0 / (beta * k * (1.0 - h * k / 2.0))),
        ("euler-maruyama", &split, 1.0 / (beta * k * (1.0 - h * k / 2.0))),
        ("leimkuhler-matthews", &matthews, 1.0 / (beta * k)),
    ] {
        let z = z_score(mean_square(&x.x), exact, n as f64);
        assert!(z.abs() < 4.0, "{name}: variance {:.4}, exact {exact:.4}, z = {z:.2}", mean_square(&x.x));
    }
    let gap = explicit.x.iter().zip(&split.x).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(gap < 1e-12, "the same scheme twice, {gap:e} apart");
}

/// (grid, free energy, wasserstein | fisher-rao | both, still): the geometry changes, nothing else does.
#[test]
fn one_free_energy_three_geometries() {
    fn relax<G: Geometry<Grid>>(geometry: G, h: f64, steps: u64) -> (Ledger, Grid) {
        let functional = Sum(PotentialEnergy(Quadratic::new(&[1.0])), Entropy { temperature: 1.0 });
        let flow = Flow { functional, geometry, noise: Still };
        let mut x = Grid::from_fn(-4.0, 4.0, 64, |x| 0.05 + (-(x - 1.5f64).powi(2)).exp());
        let mut ledger = Ledger::default();
        watch(&flow, &Explicit, &mut x, h, steps, 0, &mut [&mut ledger]).unwrap();
        (ledger, x)
    }
    let gibbs = Grid::from_fn(-4.0, 4.0, 64, |x| (-0.5 * x * x).exp());
    for (name, (ledger, x)) in [
        ("wasserstein", relax(Wasserstein, 2e-3, 4000)),
        ("fisher-rao", relax(FisherRao, 2e-3, 4000)),
        ("both", relax(Sum(Wasserstein, FisherRao), 2e-3, 4000)),
    ] {
        let gap = x.rho.iter().zip(&gibbs.rho).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let spent = ledger.value[0] - ledger.value[ledger.value.len() - 1];
        assert!((x.mass() - 1.0).abs() < 1e-10, "{name}: mass {}", x.mass());
        assert!(ledger.rise() < 1e-13, "{name}: the free energy rose by {:e}", ledger.rise());
        assert!(ledger.dissipation.iter().all(|d| *d >= 0.0), "{name}");
        assert!(ledger.residual().abs() < 0.02 * spent, "{name}: residual {:e} of {spent}", ledger.residual());
        assert!(gap < 2e-3, "{name}: {gap:e} from the Gibbs density");
    }
}

/// (potentials, bridge, kullback, still): Sinkhorn is a splitting, and never lowers the dual.
#[test]
fn sinkhorn_meets_both_marginals() {
    let (n, m) = (7, 5);
    let weights = |n: usize| -> Box<[f64]> {
        let raw: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64).cos().abs()).collect();
        raw.iter().map(|r| r / raw.iter().sum::<f64>()).collect()
    };
    let cost = (0..n * m).map(|k| ((k / m) as f64 / 7.0 - (k % m) as f64 / 5.0).powi(2)).collect();
    let flow =
        Flow { functional: Bridge { a: weights(n), b: weights(m), cost, eps: 0.05 }, geometry: Kullback, noise: Still };
    let (mut x, mut work) = (Potentials::zeros(n, m), Workspace::default());
    let mut last = f64::INFINITY;
    for _ in 0..200 {
        go(&flow, &SINKHORN, &mut x, 1.0, 1, 0).unwrap();
        let value = flow.functional.value(Tick::default(), &x, &mut work);
        assert!(value <= last + 1e-15);
        last = value;
    }
    let (mut row, mut column) = (vec![0.0; n], vec![0.0; m]);
    flow.functional.marginals(&x, &mut row, &mut column);
    let reached = row.iter().chain(&column).zip(flow.functional.a.iter().chain(&flow.functional.b));
    let worst = reached.map(|(r, a)| (r - a).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-10, "worst marginal {worst:e}");
}

/// Dynamic dispatch at the config edge gives the same bits as static dispatch.
#[test]
fn the_edge_changes_no_bits() {
    let fixed = Flow {
        functional: PotentialEnergy(Quadratic::new(&[1.0, 2.0])),
        geometry: Each(Sphere { d: 3 }),
        noise: Still,
    };
    let potential: Box<dyn Potential> = Box::new(Quadratic::new(&[1.0, 2.0]));
    let geometry = CATALOGUE.iter().find(|e| e.name == "sphere").and_then(|e| e.cloud).unwrap()();
    let named = Flow { functional: PotentialEnergy(potential), geometry, noise: Still };
    let start = Cloud::from_fn(3, 2, |i, j| if (i + j) % 2 == 0 { 0.6 } else { 0.8 });
    let (mut a, mut b) = (start.clone(), start);
    go(&fixed, &Explicit, &mut a, 0.1, 30, 0).unwrap();
    go(&named, &Explicit, &mut b, 0.1, 30, 0).unwrap();
    assert_eq!(a.x, b.x);
}

/// A stride that leaves the state space is data, not a panic.
#[test]
fn an_inadmissible_stride_is_a_fault() {
    let functional = Sum(PotentialEnergy(Quadratic::new(&[1.0])), Entropy { temperature: 1.0 });
    let flow = Flow { functional, geometry: Wasserstein, noise: Still };
    let mut x = Grid::from_fn(-4.0, 4.0, 64, |x| (-(x - 1.5f64).powi(2)).exp());
    let end = go(&flow, &Explicit, &mut x, 1.0, 10, 0);
    assert!(matches!(end, Err(Fault::Inadmissible { step: 1, .. })), "{end:?}");
}

/// (cloud, potential energy, stein, repulsion | thermal): SVGD is the complete recipe without its shocks; with them, n copies
/// of the target are invariant. 4,000 particles started in equilibrium would show a drift of 9 % in the variance.
#[test]
fn stein_flow_is_the_complete_recipe() {
    let energy = PotentialEnergy(Quadratic::new(&[1.0]));
    let svgd = Flow { functional: energy.clone(), geometry: Stein { width: 0.7 }, noise: Repulsion { beta: 1.0 } };
    let mut x = Cloud::from_fn(50, 1, |i, _| 2.0 + 0.1 * i as f64);
    go(&svgd, &Explicit, &mut x, 0.1, 4000, 0).unwrap();
    let mean = x.x.iter().sum::<f64>() / 50.0;
    assert!(mean.abs() < 1e-3 && (mean_square(&x.x) - 1.0).abs() < 0.1, "mean {mean:e}, square {}", mean_square(&x.x));

    let bath = Flow { functional: energy, geometry: Stein { width: 0.7 }, noise: Thermal::new(1.0) };
    let (mut total, repeats) = (0.0, 400);
    for key in 0..repeats {
        let mut x = Cloud::from_fn(10, 1, |_, _| 0.0);
        normals(Tick { step: u64::MAX, ..Tick::start(key) }, 9, Precision::Double, 10, &mut x.x);
        go(&bath, &Explicit, &mut x, 0.02, 500, key).unwrap();
        total += mean_square(&x.x) / repeats as f64;
    }
    let z = z_score(total, 1.0, 10.0 * repeats as f64);
    assert!(z.abs() < 4.0, "noisy stein: mean square {total:.3}, z = {z:.2}");
}
