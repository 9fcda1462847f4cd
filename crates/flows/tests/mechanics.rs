//! Mechanics against known energy errors, orders by slope, canonical strides, and sums that keep what rounding takes.
use steepest_core::{Batch, Flow, Potential, Scheme, Sum, Tick, Workspace};
use steepest_flows::flow::{Compensated, GAUSS2, GAUSS4, GAUSS6, RK4, symplecticity};
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::Still;
use steepest_flows::scheme::{COMPOSITIONS, Composition, Splitting};
use steepest_flows::state::Phase;

/// A potential of the plane: (value, gradient) of one point.
struct Plane(fn(f64, f64) -> (f64, [f64; 2]));
impl Potential for Plane {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
        (0..x.n).for_each(|i| out[i] += scale * (self.0)(x.x[i], x.x[x.n + i]).0);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
        for i in 0..x.n {
            let [u, v] = (self.0)(x.x[i], x.x[x.n + i]).1;
            out[i] += scale * u;
            out[x.n + i] += scale * v;
        }
    }
}
fn kepler(x: f64, y: f64) -> (f64, [f64; 2]) {
    let r = (x * x + y * y).sqrt();
    (-1.0 / r, [x / (r * r * r), y / (r * r * r)])
}
fn henon_heiles(x: f64, y: f64) -> (f64, [f64; 2]) {
    (0.5 * (x * x + y * y) + x * x * y - y * y * y / 3.0, [x + 2.0 * x * y, y + x * x - y * y])
}
/// A force that is no gradient.
fn twisted(x: f64, y: f64) -> (f64, [f64; 2]) {
    (0.0, [x + 1e-6 * y, y - 1e-6 * x])
}
type Motion = Flow<Hamiltonian<Plane>, Sum<Symplectic, Friction>, Still>;
fn motion(v: fn(f64, f64) -> (f64, [f64; 2])) -> Motion {
    Flow { functional: Hamiltonian(Plane(v)), geometry: Sum(Symplectic, Friction { gamma: 0.0 }), noise: Still }
}
fn point(z: [f64; 4]) -> Phase {
    Phase { n: 1, d: 2, z: z.into() }
}
/// From the perihelion of an ellipse of eccentricity 0.6 and semi-axis 1.
fn perihelion() -> Phase {
    point([0.4, 0.0, 0.0, 2.0])
}
fn energy(flow: &Motion, x: &Phase) -> f64 {
    flow.functional.0.0(x.z[0], x.z[1]).0 + 0.5 * (x.z[2] * x.z[2] + x.z[3] * x.z[3])
}
/// max |dE / E0| over a run.
fn error<C: Scheme<Motion, Phase>>(flow: &Motion, scheme: &C, mut x: Phase, h: f64, steps: u64) -> f64 {
    let (first, mut memory) = (energy(flow, &x), scheme.memory(flow, &x));
    let mut worst = 0.0_f64;
    for step in 0..steps {
        scheme.step(flow, Tick { step, ..Tick::default() }, h, &mut x, &mut memory).unwrap();
        worst = worst.max((energy(flow, &x) / first - 1.0).abs());
    }
    worst
}
fn named(name: &str) -> Splitting<steepest_flows::scheme::Kinetic> {
    Composition::named(name).map(Composition::splitting).or_else(|| Splitting::word(name)).unwrap()
}

/// The published errors are those of 1e8 and 1e7 strides. Bounded errors are reached early, and these runs are shorter: 2e5
/// strides, which is a thousand orbits and 2e4 units of time.
#[test]
fn energy_errors_are_the_known_ones() {
    let h = std::f64::consts::TAU / 200.0;
    for (name, orbit, chaos) in [
        ("ABA", 1.26e-3, 2.94e-3),
        ("yoshida4", 3.91e-5, 2.04e-5),
        ("suzuki4", 1.06e-6, 1.57e-6),
        ("yoshida6", 3.48e-8, 2.20e-8),
    ] {
        let scheme = named(name);
        let found = [
            (error(&motion(kepler), &scheme, perihelion(), h, 200_000), orbit),
            (error(&motion(henon_heiles), &scheme, point([0.0, 0.1, 0.5, 0.0]), 0.1, 200_000), chaos),
        ];
        for (found, known) in found {
            assert!((found / known - 1.0).abs() < 0.2, "{name}: {found:e}, known {known:e}");
        }
    }
    // Kahan-Li at these steps is near rounding, whose walk of 1e8 strides is part of what is known.
    let kahan = named("kahan-li8");
    let orbit = error(&motion(kepler), &kahan, perihelion(), h, 50_000);
    assert!(orbit < 1.27e-11 && orbit > 1e-13, "{orbit:e}");
}

fn order<C: Scheme<Motion, Phase>>(flow: &Motion, scheme: &C, h: f64) -> f64 {
    // Against the same method at a quarter of the step: errors of the end point at time 3.
    let end = |h: f64| {
        let mut x = perihelion();
        let steps = (3.0 / h).round() as u64;
        let mut memory = scheme.memory(flow, &x);
        scheme.advance(flow, Tick::default(), 3.0 / steps as f64, steps, &mut x, &mut memory).unwrap();
        x.z
    };
    let (coarse, fine, exact) = (end(h), end(h / 2.0), end(h / 8.0));
    let off = |z: &[f64]| z.iter().zip(&exact).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    (off(&coarse) / off(&fine)).log2()
}
#[test]
fn orders_are_the_stated_ones() {
    let flow = motion(kepler);
    for composition in COMPOSITIONS {
        let sum: f64 = composition.fractions().sum();
        assert!((sum - 1.0).abs() < 1e-14, "{}: {sum}", composition.name);
        let h = match composition.order {
            4 => 0.01,
            6 => 0.03,
            _ => 0.08,
        };
        let found = order(&flow, &composition.splitting(), h);
        assert!((found - f64::from(composition.order)).abs() < 0.5, "{}: {found}", composition.name);
    }
    for (method, h) in [(RK4, 0.01), (GAUSS2, 0.01), (GAUSS4, 0.02), (GAUSS6, 0.04)] {
        let found = order(&flow, &method, h);
        assert!((found - f64::from(method.order)).abs() < 0.5, "{}: {found}", method.name);
    }
}
/// Gauss leads back and its energy error stays; that of RK4 grows with the time, and its strides are not canonical.
#[test]
fn only_symplectic_strides_are_canonical() {
    let (flow, start) = (motion(henon_heiles), point([0.0, 0.1, 0.5, 0.0]));
    let defects = [
        symplecticity(&flow, &named("kahan-li8"), &start, 0.3, |_| ()),
        symplecticity(&flow, &named("BA"), &start, 0.3, |_| ()),
        symplecticity(&flow, &GAUSS6, &start, 0.3, |_| ()),
        symplecticity(&flow, &Compensated(named("yoshida4")), &start, 0.3, |_| ()),
    ];
    assert!(defects.iter().all(|defect| *defect < 1e-9), "{defects:?}");
    assert!(symplecticity(&flow, &RK4, &start, 0.3, |_| ()) > 1e-6);
    // A twist of one part in a million of the force shows: 2e-6 h of a stride.
    let twist = symplecticity(&motion(twisted), &named("BAB"), &start, 0.3, |_| ());
    assert!((twist / 6e-7 - 1.0).abs() < 0.2, "{twist:e}");
    let growth = |steps| error(&flow, &RK4, start.clone(), 0.1, steps);
    let (early, late) = (growth(20_000), growth(40_000));
    assert!(late > 1.7 * early, "{early:e} {late:e}");
    let (early, late) = (error(&flow, &GAUSS4, start.clone(), 0.1, 5000), error(&flow, &GAUSS4, start, 0.1, 10_000));
    assert!(late < 1.2 * early, "{early:e} {late:e}");
}
/// The momentum about the sun after 1e6 strides: rounding walks away without compensation.
#[test]
fn compensated_sums_keep_angular_momentum() {
    let flow = motion(kepler);
    let l = |x: &Phase| x.z[0] * x.z[3] - x.z[1] * x.z[2];
    fn far<C: Scheme<Motion, Phase>>(flow: &Motion, scheme: &C, l: impl Fn(&Phase) -> f64) -> f64 {
        let (mut x, mut worst) = (perihelion(), 0.0_f64);
        let mut memory = scheme.memory(flow, &x);
        for _ in 0..100 {
            scheme.advance(flow, Tick::default(), std::f64::consts::TAU / 200.0, 10_000, &mut x, &mut memory).unwrap();
            worst = worst.max((l(&x) / 0.8 - 1.0).abs());
        }
        worst
    }
    let (plain, kept) = (far(&flow, &named("ABA"), l), far(&flow, &Compensated(named("ABA")), l));
    assert!(kept < 3e-15 && plain > 5.0 * kept, "{plain:e} {kept:e}");
}
