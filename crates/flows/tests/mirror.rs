//! Mirror descent: the flow it follows, where it ends, and what it promises on the way.
mod mirror_points;
use mirror_points::{dot, inside, minus};
use steepest_core::{Batch, Composite, Covector, Flow, Geometry, Potential, React, Scheme, Tangent, Tick, Workspace};
use steepest_flows::functional::{PotentialEnergy, Quadratic};
use steepest_flows::geometry::mirror::{Entropy, LogDet, MIRRORS, MirrorMap, Penalty, VonNeumann};
use steepest_flows::geometry::{Bregman, FisherRao};
use steepest_flows::noise::Still;
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::scheme::proximal_gradient::{Inertia, Progress};
use steepest_flows::scheme::{Explicit, ProximalGradient};
use steepest_flows::state::{Cloud, Grid};

/// On the simplex the flow of the entropy is that of Fisher and Rao, and solves the replicator equation: with F = <a, x>,
/// x_i(t) ~ x_i(0) exp(-a_i t), which steps of any length follow exactly.
#[test]
fn the_flow_of_the_entropy_is_the_replicator_equation() {
    let work = &mut Workspace::default();
    let x: Vec<f64> = vec![0.1, 0.2, 0.3, 0.4];
    let xi = Covector(vec![1.0, -0.5, 0.25, 2.0]);
    let cloud = Cloud { n: 1, d: 4, x: x.clone().into() };
    let mut here = Tangent::zeros(4);
    Bregman(Entropy).sharp(Tick::default(), &cloud, 1.0, &xi, &mut here, work);
    // The same masses as a density on cells of length one.
    let grid = Grid::from_fn(0.0, 4.0, 4, |at| x[at as usize]);
    let mut there = Tangent::zeros(4);
    FisherRao.sharp(Tick::default(), &grid, 1.0, &xi, &mut there, work);
    let mut react = Tangent::zeros(4);
    grid.react(1.0, &xi, &mut react);
    let mean = dot(&x, &xi.0);
    for i in 0..4 {
        assert!((here.0[i] - there.0[i]).abs() < 1e-15 && there.0[i] == react.0[i]);
        assert!((here.0[i] - x[i] * (xi.0[i] - mean)).abs() < 1e-15);
    }
    struct Linear(Vec<f64>);
    impl Potential for Linear {
        fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            (0..x.d).for_each(|j| out.iter_mut().zip(x.column(j)).for_each(|(o, x)| *o += scale * self.0[j] * x));
        }
        fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            (0..x.d * x.n).for_each(|k| out[k] += scale * self.0[k / x.n]);
        }
    }
    let flow = Flow { functional: PotentialEnergy(Linear(xi.0.clone())), geometry: Bregman(Entropy), noise: Still };
    let mut state = cloud;
    let mut memory = Explicit.memory(&flow, &state);
    Explicit.advance(&flow, Tick::start(0), 0.25, 8, &mut state, &mut memory).expect("stays inside");
    let weights: Vec<f64> = x.iter().zip(&xi.0).map(|(x, a)| x * (-2.0 * a).exp()).collect();
    let sum: f64 = weights.iter().sum();
    (0..4).for_each(|i| assert!((state.x[i] - weights[i] / sum).abs() < 1e-14));
}

/// A convex quadratic with a minimum on the boundary of most domains.
fn bowl(d: usize) -> PotentialEnergy<Bowl> {
    PotentialEnergy(Bowl { centre: (0..d).map(|j| 0.5 - 0.35 * j as f64).collect() })
}

/// V = sum_jk (1 + [j = k]) (x - c)_j (x - c)_k / 2
struct Bowl {
    centre: Vec<f64>,
}

impl Potential for Bowl {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (i, o) in out.iter_mut().enumerate() {
            let r: Vec<f64> = (0..x.d).map(|j| x.x[j * x.n + i] - self.centre[j]).collect();
            *o += scale * 0.5 * (dot(&r, &r) + r.iter().sum::<f64>().powi(2));
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for i in 0..x.n {
            let r: Vec<f64> = (0..x.d).map(|j| x.x[j * x.n + i] - self.centre[j]).collect();
            (0..x.d).for_each(|j| out[j * x.n + i] += scale * (r[j] + r.iter().sum::<f64>()));
        }
    }
}

/// The residual that is reached in thousands of steps: towards the edge of a domain Burg's entropy leads as 1 / k, that of
/// Tsallis as 1 / k^2, the others exponentially.
fn tolerance(name: &str) -> Stop {
    let gradient = match name {
        "burg" | "log-det" => 1e-4,
        "tsallis" => 1e-6,
        _ => 1e-8,
    };
    Stop { gradient, ..Stop::default() }
}

type Downhill<M> = Flow<Composite<PotentialEnergy<Bowl>, Penalty>, Bregman<M>, Still>;

fn descend<M: MirrorMap>(flow: &Downhill<M>, scheme: ProximalGradient, steps: u64) -> (Vec<f64>, Progress<Cloud>) {
    let mut x = Cloud { n: 1, d: 3, x: vec![0.0; 3].into() };
    flow.geometry.0.centre(&mut x.x);
    let mut memory = scheme.memory(flow, &x);
    for _ in 0..steps {
        scheme.step(flow, Tick::start(0), 1.0, &mut x, &mut memory).expect("no fault");
    }
    (x.x.to_vec(), memory)
}

/// With the stride, the discrete path comes to the flow at first order: errors halve, in every map.
#[test]
fn steps_follow_the_flow_at_first_order() {
    let work = &mut Workspace::default();
    for entry in MIRRORS {
        let map = (entry.build)().expect("default settings");
        let start = inside(&*map, 10, 3, work);
        let geometry = Bregman(map);
        // The flow itself, by many steps of Runge and Kutta.
        let velocity = |x: &[f64], work: &mut Workspace| {
            let (cloud, mut v) = (Cloud { n: 1, d: 3, x: x.to_vec().into() }, Tangent::zeros(3));
            let mut xi = Covector::zeros(3);
            bowl(3).0.gradients(cloud.batch(), 1.0, &mut xi.0, work);
            geometry.sharp(Tick::default(), &cloud, -1.0, &xi, &mut v, work);
            v.0
        };
        let (mut exact, steps) = (start.clone(), 400);
        let h = 0.5 / f64::from(steps);
        for _ in 0..steps {
            let along = |k: &[f64], share: f64| exact.iter().zip(k).map(|(x, k)| x + share * h * k).collect::<Vec<_>>();
            let a = velocity(&exact, work);
            let b = velocity(&along(&a, 0.5), work);
            let c = velocity(&along(&b, 0.5), work);
            let e = velocity(&along(&c, 1.0), work);
            (0..3).for_each(|j| exact[j] += h / 6.0 * (a[j] + 2.0 * b[j] + 2.0 * c[j] + e[j]));
        }
        let flow = Flow { functional: Composite { smooth: bowl(3), simple: Penalty::None }, geometry, noise: Still };
        let scheme = ProximalGradient { adapt: false, ..ProximalGradient::default() };
        let error = |strides: u32| {
            let mut x = Cloud { n: 1, d: 3, x: start.clone().into() };
            let mut memory = scheme.memory(&flow, &x);
            for _ in 0..strides {
                scheme.step(&flow, Tick::start(0), 0.5 / f64::from(strides), &mut x, &mut memory).expect("no fault");
            }
            minus(&x.x, &exact).iter().fold(0.0f64, |a, b| a.max(b.abs()))
        };
        let slope = (error(200) / error(800)).log2() / 2.0;
        assert!((slope - 1.0).abs() < 0.05, "{}: slope {slope}", entry.name);
    }
}

fn account(map: &dyn MirrorMap, end: &[f64], m: &Progress<Cloud>, work: &mut Workspace) -> (f64, f64, f64) {
    let books = &m.account;
    let bound = map.divergence(end, &m.origin.x, work);
    let identity = books.slope - dot(&m.push.0, end) + books.divergence - bound;
    (identity, books.value - books.time * m.value[1], bound)
}

/// The minimum over each domain, found with and without inertia, to the same point; the account balances and the regret is
/// bounded by the divergence, D(x*, x) never grows, and a step that is too long is seen.
#[test]
fn descent_ends_where_the_conditions_hold_and_keeps_its_promises() {
    let work = &mut Workspace::default();
    for entry in MIRRORS {
        let name = entry.name;
        let build = || Bregman((entry.build)().expect("default settings"));
        let energy = || Composite { smooth: bowl(3), simple: Penalty::None };
        let flow = Flow { functional: energy(), geometry: build(), noise: Still };
        let scheme = ProximalGradient { stop: tolerance(name), ..ProximalGradient::default() };
        let (end, m) = descend(&flow, scheme, 20_000);
        assert_eq!(m.ending, Some(Ending::Critical), "{name}: {:?} {:?}", m.optimality, m.value);
        let (identity, regret, bound) = account(&flow.geometry.0, &end, &m, work);
        assert!(identity.abs() < 1e-9 * (1.0 + bound), "{name}: the account is off by {identity:e} of {bound}");
        assert!(regret <= bound && regret > 0.0 && m.account.excess == 0.0, "{name}: regret {regret} of {bound}");
        assert!(m.optimality.violation < 1e-14 && m.account.rise < 1e-14);
        if ["entropy", "fermi-dirac", "von-neumann", "tsallis"].contains(&name) {
            assert!(
                m.optimality.gap < 10.0 * tolerance(name).gradient && m.optimality.gap >= 0.0,
                "{name}: gap {:e}",
                m.optimality.gap
            );
        }
        // D(x*, x_k) never grows.
        let mut last = f64::INFINITY;
        let mut x = Cloud { n: 1, d: 3, x: m.origin.x.clone() };
        let mut memory = scheme.memory(&flow, &x);
        for _ in 0..20 {
            let to = flow.geometry.0.divergence(&end, &x.x, work);
            assert!(to <= last * (1.0 + 1e-9) + 1e-12, "{name}: D(x*, x) grew from {last:e} to {to:e}");
            last = to;
            scheme.step(&flow, Tick::start(0), 1.0, &mut x, &mut memory).expect("no fault");
        }
        for inertia in [Inertia::Averaged, Inertia::Extrapolated] {
            if inertia == Inertia::Extrapolated && !["quadratic", "p-norm"].contains(&name) {
                continue;
            }
            let (there, fast) = descend(&flow, ProximalGradient { inertia, ..scheme }, 20_000);
            let error = minus(&there, &end).iter().fold(0.0f64, |a, b| a.max(b.abs()));
            assert!(
                fast.ending == Some(Ending::Critical) && error < 1e2 * tolerance(name).gradient,
                "{name}, {inertia:?}: {error:e} {:?}",
                fast.ending
            );
        }
        // Steps far beyond the smoothness of E, of a fixed length.
        let mut x = Cloud { n: 1, d: 3, x: m.origin.x.clone() };
        let fixed = ProximalGradient { adapt: false, ..ProximalGradient::default() };
        let mut memory = fixed.memory(&flow, &x);
        (0..5).for_each(|_| {
            fixed.step(&flow, Tick::start(0), 100.0, &mut x, &mut memory).expect("no fault");
        });
        assert!(memory.account.excess > 0.1 || memory.ending == Some(Ending::Diverged), "{name}: {:?}", memory.account);
    }
}

/// Regularised minima in closed form: soft thresholds, a softmax, and matrices with a trace that costs.
#[test]
fn penalties_give_their_minima() {
    let diagonal = |a: &[f64]| PotentialEnergy(Quadratic::new(a));
    // V = sum a x^2 / 2 + w sum x log x on the simplex has a_i x_i + w log x_i all the same.
    let energy = Composite { smooth: diagonal(&[1.0, 2.0, 5.0]), simple: Penalty::Map(0.3) };
    let flow = Flow { functional: energy, geometry: Bregman(Entropy), noise: Still };
    let mut x = Cloud::from_fn(1, 3, |_, _| 1.0 / 3.0);
    let scheme = ProximalGradient::default();
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), 1.0, 500, &mut x, &mut memory).expect("no fault");
    let level = |i: usize, a: f64| a * x.x[i] + 0.3 * x.x[i].ln();
    assert!((level(0, 1.0) - level(1, 2.0)).abs() < 1e-7 && (level(0, 1.0) - level(2, 5.0)).abs() < 1e-7);
    assert_eq!(memory.ending, Some(Ending::Critical));

    // (1/2) sum (x - c)^2 + (sum)^2 / 2 with w |x|_1, in maps that have zero inside and at the edge: conditions by hand.
    let work = &mut Workspace::default();
    for name in ["fermi-dirac", "p-norm", "boltzmann", "burg"] {
        let entry = MIRRORS.iter().find(|entry| entry.name == name).expect("listed");
        let map = (entry.build)().expect("default settings");
        let penalty = Penalty::L1(vec![0.1, 0.3, 0.05]);
        assert!(penalty.fits(&map, 3));
        let flow =
            Flow { functional: Composite { smooth: bowl(3), simple: penalty }, geometry: Bregman(map), noise: Still };
        let (end, m) =
            descend(&flow, ProximalGradient { stop: tolerance(name), ..ProximalGradient::default() }, 20_000);
        assert_eq!(m.ending, Some(Ending::Critical), "{name}: {:?} {end:?}", m.optimality);
        let mut slope = vec![0.0; 3];
        bowl(3).0.gradients(Batch { n: 1, d: 3, x: &end }, 1.0, &mut slope, work);
        for (j, w) in [0.1, 0.3, 0.05].into_iter().enumerate() {
            let stays =
                if end[j].abs() > 1e-3 { (slope[j] + w * end[j].signum()).abs() < 1e-4 } else { slope[j] >= -w - 1e-6 };
            assert!(stays, "{name}: coordinate {j} at {} has slope {}", end[j], slope[j]);
        }
    }
    assert!(!Penalty::L1(vec![1.0]).fits(&Entropy, 3) && !Penalty::L1(vec![1.0]).fits(&VonNeumann, 3));

    // -log det X + tr S X + w tr X has its minimum at (S + w)^-1.
    let smooth = PotentialEnergy(LinearMatrix);
    let flow = Flow {
        functional: Composite { smooth, simple: Penalty::L1(vec![0.5]) },
        geometry: Bregman(LogDet),
        noise: Still,
    };
    let scheme = ProximalGradient::default();
    let mut x = Cloud { n: 1, d: 3, x: [1.0, 0.0, 1.0].into() };
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), 1.0, 500, &mut x, &mut memory).expect("no fault");
    let (a, b, c) = (2.5, 0.8, 1.5);
    let det: f64 = a * c - b * b;
    for (found, exact) in x.x.iter().zip([c / det, -b / det, a / det]) {
        assert!((found - exact).abs() < 1e-7, "{found} {exact}");
    }
}

/// -log det X + tr S X, S = [2, 0.8; 0.8, 1].
struct LinearMatrix;

impl Potential for LinearMatrix {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let [a, b, c] = [x.x[0], x.x[1], x.x[2]];
        out[0] += scale * (2.0 * a + 1.6 * b + c - (a * c - b * b).ln());
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let [a, b, c] = [x.x[0], x.x[1], x.x[2]];
        let det = a * c - b * b;
        for (o, g) in out.iter_mut().zip([2.0 - c / det, 1.6 + 2.0 * b / det, 1.0 - a / det]) {
            *o += scale * g;
        }
    }
}

/// With inertia F - F(x*) <= (theta^2 / h) D(x*, x_0) at every step, which falls as 1 / k^2.
#[test]
fn inertia_is_of_second_order_in_the_number_of_steps() {
    let work = &mut Workspace::default();
    let flow =
        |geometry| Flow { functional: Composite { smooth: bowl(3), simple: Penalty::None }, geometry, noise: Still };
    let flow = flow(Bregman(Entropy));
    let (best, m) = descend(&flow, ProximalGradient::default(), 20_000);
    let scheme = ProximalGradient { inertia: Inertia::Averaged, restart: false, ..ProximalGradient::default() };
    let mut x = Cloud::from_fn(1, 3, |_, _| 1.0 / 3.0);
    let first = flow.geometry.0.divergence(&best, &x.x, work);
    let mut memory = scheme.memory(&flow, &x);
    for k in 1..60 {
        scheme.step(&flow, Tick::start(0), 0.1, &mut x, &mut memory).expect("no fault");
        let (left, bound) = (memory.value[1] - m.value[1], memory.bound() * first);
        assert!(left <= bound * (1.0 + 1e-9) + 1e-14, "step {k}: {left:e} is left, {bound:e} promised");
        assert!(bound <= 4.0 * 12.0 * first / f64::from(k * k), "step {k}: {bound:e} is no 1 / k^2");
    }
}
