//! Variational integrators of any Lagrangian: exact rotation, orders, momenta, energy, bits of a replica.
mod lagrangians;
use lagrangians::{Driven, Kepler, Oscillator, Relativistic};
use steepest_core::{Fault, Functional, Lagrangian, Plan, Scheme, Tick, Workspace, run};
use steepest_flows::flow::{RungeKutta, Variational, symplecticity};
use steepest_flows::functional::Legendre;
use steepest_flows::geometry::Symplectic;
use steepest_flows::noise::Still;
use steepest_flows::state::Phase;

type Flow<L> = steepest_core::Flow<Legendre<L>, Symplectic, Still>;

fn flow<L>(l: L) -> Flow<L> {
    Flow { functional: Legendre(l), geometry: Symplectic, noise: Still }
}
fn phase(z: &[f64]) -> Phase {
    Phase { n: 1, d: z.len() / 2, z: z.into() }
}
/// The state after a time in so many strides.
fn after<L: Lagrangian>(l: L, order: u32, z: &[f64], time: f64, strides: u64) -> Result<Phase, Fault> {
    let (flow, scheme, mut x) = (flow(l), Variational::of_order(order).unwrap(), phase(z));
    let mut memory = scheme.memory(&flow, &x);
    let plan = Plan::new(time / strides as f64, strides).every(strides);
    run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), plan, &mut [])?;
    Ok(x)
}
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// One radius, a little more than a turn, eccentricity 0.6: the truth from the order 6 at a fine step.
const KEPLER: [f64; 4] = [0.4, 0.0, 0.0, 2.0];

#[test]
fn errors_fall_as_the_order_says() {
    let truth = after(Kepler, 6, &KEPLER, 3.0, 6000).unwrap();
    for (order, coarse) in [(2, 400), (4, 200), (6, 150)] {
        let error = |strides| apart(&after(Kepler, order, &KEPLER, 3.0, strides).unwrap().z, &truth.z);
        let slope = (error(coarse) / error(2 * coarse)).log2();
        assert!((slope - f64::from(order)).abs() < 0.25, "order {order}: slope {slope}");
    }
}

/// L = v^2 / 2 - q^2 / 2 + q cos(t): the time enters at the points where it should, or the order is lost.
#[test]
fn a_driven_oscillator_has_its_order_too() {
    // q'' = -q + cos(2 t) from q = q' = 0: q = (cos t - cos 2t) / 3.
    let exact = |t: f64| [(t.cos() - (2.0 * t).cos()) / 3.0, (-t.sin() + 2.0 * (2.0 * t).sin()) / 3.0];
    for order in [2, 4, 6] {
        let error = |strides| apart(&after(Driven, order, &[0.0, 0.0], 3.0, strides).unwrap().z, &exact(3.0));
        let slope = (error(15) / error(30)).log2();
        assert!((slope - f64::from(order)).abs() < 0.25, "order {order}: slope {slope}");
    }
}

/// The stability function of Gauss's methods: the rotation of a stride is the diagonal Pade approximation of exp(i h).
#[test]
fn an_oscillator_turns_by_the_pade_angle() {
    let h = 0.7_f64;
    let angle = [(2, 2.0 * (h / 2.0).atan()), (4, 2.0 * (h / 2.0 / (1.0 - h * h / 12.0)).atan())];
    for (order, angle) in angle {
        let x = after(Oscillator, order, &[1.0, 0.0], h * 50.0, 50).unwrap();
        let exact = [(50.0 * angle).cos(), -(50.0 * angle).sin()];
        assert!(apart(&x.z, &exact) < 1e-13, "order {order}: {:?} and not {exact:?}", x.z);
    }
}

/// The table of truths: |dE/E0| at most 8.36e-3 for the midpoint rule, 200 strides a period; angular momentum to rounding.
#[test]
fn the_energy_of_an_ellipse_stays_near_and_its_angular_momentum_stays() {
    let (flow, scheme, mut x) = (flow(Kepler), Variational::of_order(2).unwrap(), phase(&KEPLER));
    let mut memory = scheme.memory(&flow, &x);
    let mut work = Workspace::default();
    let area = |x: &Phase| x.z[0] * x.z[3] - x.z[1] * x.z[2];
    let (energy, momentum) = (flow.functional.value(Tick::start(0), &x, &mut work), area(&x));
    assert!((energy + 0.5).abs() < 1e-15);
    let (mut worst, mut turned, mut late) = (0.0_f64, 0.0_f64, 0.0_f64);
    let h = std::f64::consts::TAU / 200.0;
    for step in 0..20_000 {
        scheme.step(&flow, Tick::start(0), h, &mut x, &mut memory).unwrap();
        let error = (flow.functional.value(Tick::start(0), &x, &mut work) / energy - 1.0).abs();
        worst = worst.max(error);
        late = if step >= 10_000 { late.max(error) } else { late };
        turned = turned.max((area(&x) / momentum - 1.0).abs());
    }
    assert!((worst / 8.36e-3 - 1.0).abs() < 0.05, "energy error {worst:e}");
    assert!(late <= 1.02 * worst && turned < 1e-11, "{late:e} {turned:e}");
}

#[test]
fn strides_are_canonical_and_lead_back() {
    for order in [2, 4, 6] {
        let scheme = Variational::of_order(order).unwrap();
        let defect = symplecticity(&flow(Kepler), &scheme, &phase(&KEPLER), 0.1, |_| ());
        assert!(defect < 1e-9, "order {order}: {defect:e}");
        let start = phase(&[0.3, -0.2, 1.5, 0.4]);
        let mut x = start.clone();
        let flow = flow(Relativistic);
        for h in [0.1, -0.1] {
            let mut memory = scheme.memory(&flow, &x);
            scheme.advance(&flow, Tick::start(0), h, 300, &mut x, &mut memory).unwrap();
        }
        assert!(apart(&x.z, &start.z) < 1e-11, "order {order}: {:e}", apart(&x.z, &start.z));
    }
}

/// A method that is not one of these agrees where L is not quadratic in v: H comes out of the Legendre transform.
#[test]
fn a_relativistic_particle_moves_as_by_runge_kutta() {
    let z = [0.3, -0.2, 1.5, 0.4];
    let (flow, mut x) = (flow(Relativistic), phase(&z));
    let scheme = RungeKutta::named("gauss6").unwrap();
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), 0.02, 100, &mut x, &mut memory).unwrap();
    let found = after(Relativistic, 6, &z, 2.0, 100).unwrap();
    assert!(apart(&found.z, &x.z) < 1e-10, "{:?} {:?}", found.z, x.z);
}

#[test]
fn a_replica_has_the_bits_it_has_alone() {
    let (n, d) = (7, 2);
    let start = |i: usize| [0.4 + 0.1 * i as f64, 0.05 * i as f64, -0.1, 2.0 - 0.1 * i as f64];
    let mut z = vec![0.0; 2 * n * d];
    (0..n).for_each(|i| start(i).iter().enumerate().for_each(|(k, x)| z[k * n + i] = *x));
    let (flow, scheme, mut cloud) = (flow(Kepler), Variational::of_order(4).unwrap(), Phase { n, d, z: z.into() });
    let mut memory = scheme.memory(&flow, &cloud);
    scheme.advance(&flow, Tick::start(0), 0.05, 40, &mut cloud, &mut memory).unwrap();
    for i in 0..n {
        let alone = after(Kepler, 4, &start(i), 2.0, 40).unwrap();
        (0..4).for_each(|k| assert_eq!(cloud.z[k * n + i].to_bits(), alone.z[k].to_bits(), "replica {i}"));
    }
}

#[test]
fn a_collision_is_a_fault_and_a_degenerate_lagrangian_has_a_direction() {
    // Straight into the centre, with strides that cannot resolve it.
    let fault = after(Kepler, 4, &[1.0, 0.0, -2.0, 0.0], 100.0, 20);
    assert!(fault.is_err() || fault.unwrap().z.iter().all(|x| x.is_finite()));
    let null =
        Legendre(lagrangians::Degenerate).null_direction(0.0, &[1.0, 2.0], &[3.0, 4.0], &mut Workspace::default());
    let null = null.unwrap();
    assert!((null[0] + null[1]).abs() < 1e-8 && (null[0].abs() - 0.5_f64.sqrt()).abs() < 1e-8, "{null:?}");
    assert_eq!(Legendre(Kepler).null_direction(0.0, &KEPLER[..2], &KEPLER[2..], &mut Workspace::default()), None);
}
