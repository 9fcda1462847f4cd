//! Mechanics on surfaces, against a pendulum's period, the precession of a top, and the laws of RATTLE.
use steepest_core::{Batch, Flow, Potential, Scheme, Split, State, Tick, Workspace};
use steepest_flows::flow::symplecticity;
use steepest_flows::functional::{Hamiltonian, MassWeighted};
use steepest_flows::geometry::Constrained;
use steepest_flows::noise::Still;
use steepest_flows::scheme::splitting::Kinetic;
use steepest_flows::scheme::{Blocks, Composition, SUZUKI4, Splitting, VERLET};
use steepest_flows::state::Phase;

/// A function of one point that adds its slopes to what it is given.
#[derive(Clone, Copy)]
struct Plain(fn(&[f64], &mut [f64]) -> f64);
impl Plain {
    fn each(self, x: Batch<'_>, mut f: impl FnMut(usize, f64, &[f64])) {
        for i in 0..x.n {
            let point: Vec<f64> = (0..x.d).map(|j| x.column(j)[i]).collect();
            let mut slopes = vec![0.0; x.d];
            let value = (self.0)(&point, &mut slopes);
            f(i, value, &slopes);
        }
    }
}
impl Potential for Plain {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.each(x, |i, value, _| out[i] += scale * value);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.each(x, |i, _, slopes| slopes.iter().enumerate().for_each(|(j, s)| out[j * x.n + i] += scale * s));
    }
}
type Held<V> = Flow<Hamiltonian<V>, Constrained<V>, Still>;
fn held(potential: Plain, surfaces: &[Plain]) -> Held<Plain> {
    Flow { functional: Hamiltonian(potential), geometry: Constrained(surfaces.to_vec()), noise: Still }
}
fn height(x: &[f64], slopes: &mut [f64]) -> f64 {
    let last = x.len() - 1;
    slopes[last] = 1.0;
    x[last]
}
fn sphere(x: &[f64], slopes: &mut [f64]) -> f64 {
    slopes.iter_mut().zip(x).for_each(|(s, x)| *s = 2.0 * x);
    x.iter().map(|x| x * x).sum::<f64>() - 1.0
}
fn point(q: &[f64], p: &[f64]) -> Phase {
    Phase { n: 1, d: q.len(), z: q.iter().chain(p).copied().collect() }
}
fn walk<V: Potential>(flow: &Held<V>, scheme: &Splitting<Kinetic>, x: &mut Phase, h: f64, steps: u64)
where
    Held<V>: Split<Phase, Part = Kinetic>,
{
    let mut memory = Scheme::memory(scheme, flow, x);
    scheme.advance(flow, Tick::start(0), h, steps, x, &mut memory).unwrap();
}

/// Let go at 90 degrees, a pendulum of length 1 is back after 4 K(1/2) = 7.41629870920549; how far from there it is goes down
/// with the order of the scheme. Slopes are over halvings of the stride, and tell 2 from 2.3 and 4 from 4.3.
#[test]
fn a_pendulum_keeps_its_period_to_the_order_of_the_scheme() {
    let period = 7.416_298_709_205_49;
    let flow = held(Plain(height), &[Plain(sphere)]);
    for (scheme, order, strides) in [(VERLET, 2.0, [100, 200, 400, 800]), (SUZUKI4.kicked(), 4.0, [40, 80, 160, 320])] {
        // Half the period away the error of the phase is first-order in the stride's error: the place is where it turns.
        let errors = strides.map(|steps| {
            let mut x = point(&[1.0, 0.0], &[0.0, 0.0]);
            walk(&flow, &scheme, &mut x, period / steps as f64, steps);
            x.p().iter().map(|p| p * p).sum::<f64>().sqrt()
        });
        for pair in errors.windows(2) {
            let slope = (pair[0] / pair[1]).log2();
            assert!((slope - order).abs() < 0.3, "order {order}: {errors:?}");
        }
        assert!(errors[3] < 1e-3, "{errors:?}");
    }
}

/// On the sphere in R^3: strides are canonical on the surface, the way back leads home, points stay there; drifts that are
/// merged, as unconstrained ones may be, lose the order.
#[test]
fn rattle_is_symplectic_and_reversible() {
    let flow = held(Plain(height), &[Plain(sphere)]);
    let start = point(&[0.6, 0.0, 0.8], &[0.1, 0.9, -0.075]);
    assert!(flow.geometry.defect(&start).1 < 1e-15);
    for scheme in [VERLET, Splitting::word("ABA").unwrap(), Splitting::word("BA").unwrap(), SUZUKI4.kicked()] {
        let defect = symplecticity(&flow, &scheme, &start, 0.2, |x| flow.geometry.settle(x));
        assert!(defect < 1e-9, "{:?}: {defect:e}", scheme.tableau);
        let mut x = start.clone();
        walk(&flow, &scheme, &mut x, 0.05, 2000);
        let (off, tilt) = flow.geometry.defect(&x);
        assert!(off < 1e-14 && tilt < 1e-14, "{off:e}, {tilt:e}");
        if scheme.reversible() {
            walk(&flow, &scheme, &mut x, -0.05, 2000);
            let away = x.z.iter().zip(&start.z).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(away < 1e-9, "{away:e}");
        }
    }
    // A force that is no gradient: symplecticity is lost by its twist times h.
    let twisted = held(
        Plain(|x, slopes| {
            (slopes[0], slopes[1]) = (-1e-5 * x[1], 1e-5 * x[0]);
            0.0
        }),
        &[Plain(sphere)],
    );
    let defect = symplecticity(&twisted, &VERLET, &start, 0.2, |x| twisted.geometry.settle(x));
    assert!(defect > 1e-7, "{defect:e}");
}

/// Rows of a rotation, whose columns are axes of the body: six products of columns less those of the unit matrix.
const ORTHONORMAL: [Plain; 6] = {
    fn product<const A: usize, const B: usize>(x: &[f64], slopes: &mut [f64]) -> f64 {
        let mut sum = if A == B { -1.0 } else { 0.0 };
        for k in 0..3 {
            sum += x[3 * k + A] * x[3 * k + B];
            slopes[3 * k + A] += x[3 * k + B];
            slopes[3 * k + B] += x[3 * k + A];
        }
        sum
    }
    [
        Plain(product::<0, 0>),
        Plain(product::<1, 1>),
        Plain(product::<2, 2>),
        Plain(product::<0, 1>),
        Plain(product::<0, 2>),
        Plain(product::<1, 2>),
    ]
};
/// A free top with moments of inertia (2, 2, 3): in the body its angular velocity turns at the rate w_3 (I_3 - I_1) / I_1,
/// and in space its angular momentum stays, exactly under RATTLE as rotations of space are symmetries.
#[test]
fn a_free_top_precesses() {
    // q'^2 of column k has mass d_k: I_1 = d_2 + d_3 and so on.
    let column = [1.5, 1.5, 0.5];
    let masses: Vec<f64> = (0..9).map(|j| column[j % 3]).collect();
    let still = MassWeighted::new(Plain(|_, _| 0.0), Some(&masses));
    let surfaces = ORTHONORMAL.map(|surface| MassWeighted::new(surface, Some(&masses)));
    let flow = Flow { functional: Hamiltonian(still.clone()), geometry: Constrained(surfaces.to_vec()), noise: Still };
    // R = 1, R' = the cross product with w = (0.4, 0, 1).
    let w = [0.4, 0.0, 1.0];
    let spin = [0.0, -w[2], w[1], w[2], 0.0, -w[0], -w[1], w[0], 0.0];
    let mut x = point(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], &spin);
    x.split_mut().1.iter_mut().zip(&masses).for_each(|(p, m)| *p *= m);
    let momentum = |x: &Phase| {
        let (q, p) = (x.q().x, x.p());
        let entry =
            |a: usize, b: usize| (0..3).map(|k| q[3 * a + k] * p[3 * b + k] - q[3 * b + k] * p[3 * a + k]).sum::<f64>();
        [entry(1, 2), entry(2, 0), entry(0, 1)]
    };
    let kept = momentum(&x);
    assert!((kept[0] - 2.0 * w[0]).abs() < 1e-15 && (kept[2] - 3.0 * w[2]).abs() < 1e-15, "{kept:?}");
    let (time, steps) = (5.0, 2000);
    let (q, p) = x.split_mut();
    still.gather(1, q, p);
    walk(&flow, &VERLET, &mut x, time / steps as f64, steps);
    let (q, p) = x.split_mut();
    still.spread(1, q, p);
    let found = momentum(&x);
    let lost = found.iter().zip(&kept).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(lost < 1e-13, "{lost:e}");
    // R^T L is the momentum in the body: (0.8, 0, 3) turned by the angle 0.5 t, backwards as seen from the body.
    let body: Vec<f64> = (0..3).map(|k| (0..3).map(|a| x.q().x[3 * a + k] * found[a]).sum()).collect();
    let angle = 0.5 * time;
    let exact = [0.8 * f64::cos(angle), 0.8 * f64::sin(angle), 3.0];
    let away = body.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(away < 3e-6, "{body:?}, not {exact:?}");
}

/// Where there is no way to the surface, the state is no number, and the run says so.
#[test]
fn a_drift_off_the_surface_is_a_fault() {
    let flow = held(Plain(height), &[Plain(sphere)]);
    let mut x = point(&[1.0, 0.0], &[0.0, 1.0]);
    let mut memory = Scheme::memory(&VERLET, &flow, &x);
    assert!(VERLET.advance(&flow, Tick::start(0), 3.0, 1, &mut x, &mut memory).is_err());
    assert!(!x.admissible());
}

/// A point does not feel its neighbours: alone, in a batch, in blocks on threads.
#[test]
fn points_are_independent() {
    let flow = held(Plain(height), &[Plain(sphere)]);
    let n = 130;
    let mut whole = Phase::at_rest(n, 2, |i, j| if j == 0 { (0.02 * i as f64).cos() } else { (0.02 * i as f64).sin() });
    let mut parts: Vec<Phase> = (0..n).map(|i| steepest_core::Replicated::block(&whole, i, 1)).collect();
    let mut blocked = whole.clone();
    walk(&flow, &VERLET, &mut whole, 0.1, 20);
    let blocks = Blocks { inner: VERLET, block: 64, threads: 2 };
    let mut memory = blocks.memory(&flow, &blocked);
    blocks.advance(&flow, Tick::start(0), 0.1, 20, &mut blocked, &mut memory).unwrap();
    assert_eq!(whole, blocked);
    for (i, part) in parts.iter_mut().enumerate() {
        walk(&flow, &VERLET, part, 0.1, 20);
        assert_eq!(*part, steepest_core::Replicated::block(&whole, i, 1));
    }
    assert_eq!(Composition::named("yoshida4").unwrap().kicked().tableau.first().map(|part| part.0), Some(Kinetic::B));
}
