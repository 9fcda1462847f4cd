//! Limited-memory BFGS within bounds: minima and multipliers that are known exactly, and the method without bounds.
mod more_garbow_hillstrom;
use more_garbow_hillstrom::PROBLEMS;
use std::f64::consts::PI;
use steepest_core::{Batch, Flow, Potential, Scheme, Tick, Workspace, restore, save};
use steepest_flows::functional::{Boxed, PotentialEnergy};
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::scheme::bounded::{BoundedQuasiNewton, Confined};
use steepest_flows::scheme::minimiser::{Ending, LineSearch, Minimiser, Stop};
use steepest_flows::state::Cloud;

const INF: f64 = f64::INFINITY;

/// A value with its slopes, as an energy of one point.
struct Function<F>(F);
impl<F: Fn(&[f64], &mut [f64]) -> f64 + Send + Sync> Potential for Function<F> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += scale * (self.0)(x.x, &mut vec![0.0; x.d]);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let mut slopes = vec![0.0; x.d];
        (self.0)(x.x, &mut slopes);
        out.iter_mut().zip(slopes).for_each(|(out, slope)| *out += scale * slope);
    }
}
fn minimise(
    energy: &impl Potential,
    [low, high]: [&[f64]; 2],
    start: &[f64],
    scheme: BoundedQuasiNewton,
    steps: u64,
) -> (Cloud, Confined<Cloud>) {
    let functional = Boxed::new(PotentialEnergy(energy), low, high).unwrap();
    let flow = Flow { functional, geometry: Euclidean, noise: Still };
    let mut x = Cloud::from_fn(1, start.len(), |_, j| start[j]);
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), 1.0, steps, &mut x, &mut memory).unwrap();
    (x, memory)
}
fn tight() -> BoundedQuasiNewton {
    BoundedQuasiNewton { stop: Stop { gradient: 1e-10, fall: 0.0 }, ..BoundedQuasiNewton::default() }
}

/// V = x A x / 2 - b x with A = tridiag(-1, 2 + k / d, -1), and b such that the minimum over the box has a third of its coordinates
/// at the lower bound, a third at the upper, and multipliers from 0.1 to 2.
#[test]
fn a_quadratic_ends_at_its_minimum_with_its_multipliers() {
    for (d, memory) in [(6, 3), (30, 10), (300, 10)] {
        let product = move |x: &[f64], k: usize| {
            let (left, right) = (if k > 0 { x[k - 1] } else { 0.0 }, x.get(k + 1).copied().unwrap_or(0.0));
            (2.0 + k as f64 / d as f64) * x[k] - left - right
        };
        let end: Vec<f64> = (0..d).map(|k| ((k * k) as f64).sin()).collect();
        let multiplier = |k: usize| [1.0, -1.0, 0.0][k % 3] * (0.1 + 1.9 * ((k * 7 % d) as f64 / d as f64));
        let low: Vec<f64> = (0..d).map(|k| end[k] - [0.0, 1.0, 0.7][k % 3]).collect();
        let high: Vec<f64> = (0..d).map(|k| end[k] + [0.4, 0.0, INF][k % 3]).collect();
        let b: Vec<f64> = (0..d).map(|k| product(&end, k) - multiplier(k)).collect();
        let energy = Function(|x: &[f64], slopes: &mut [f64]| {
            (0..d).for_each(|k| slopes[k] = product(x, k) - b[k]);
            (0..d).map(|k| x[k] * (0.5 * product(x, k) - b[k])).sum()
        });
        for search in [LineSearch::StrongWolfe, LineSearch::HagerZhang, LineSearch::Armijo, LineSearch::Nonmonotone] {
            let scheme = BoundedQuasiNewton { memory, search, ..tight() };
            let start = vec![0.3; d];
            let (x, m) = minimise(&energy, [&low, &high], &start, scheme, 500);
            let track = &m.track;
            assert_eq!(track.ending, Some(Ending::Critical), "{d} {search:?}: {track:?}");
            assert!(track.norm <= 1e-10 && track.evaluations < 120, "{d} {search:?}: {}", track.evaluations);
            assert_eq!(m.kkt.active as usize, d - d / 3, "{d} {search:?}");
            for k in 0..d {
                assert!((x.x[k] - end[k]).abs() < 1e-9, "{d} {search:?}: {k}");
                assert!((track.gradient().0[k] - multiplier(k)).abs() < 1e-9, "{d} {search:?}: {k}");
            }
            let least = (0..d).filter(|k| k % 3 < 2).map(|k| multiplier(k).abs()).fold(INF, f64::min);
            assert!((m.kkt.multiplier - least).abs() < 1e-9 && m.kkt.violation == 0.0, "{d} {search:?}: {:?}", m.kkt);
            // The trapezoid is exact on a quadratic, as long as no step leaves its line.
            let fell = track.value[0] - track.value[1];
            assert!((fell + track.audit.work).abs() < 1e-11 * fell, "{d} {search:?}: {:?}", track.audit);
            assert!(track.audit.decrease >= 1e-4, "{:?}", track.audit);
            if search != LineSearch::Armijo && search != LineSearch::Nonmonotone {
                assert!(track.audit.curvature <= 0.9, "{:?}", track.audit);
            }
        }
    }
}

type Energy = fn(&[f64], &mut [f64]) -> f64;
struct Known {
    name: &'static str,
    energy: Energy,
    start: &'static [f64],
    low: &'static [f64],
    high: &'static [f64],
    end: fn() -> Vec<f64>,
    least: fn() -> f64,
    active: u64,
}
fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
    let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    (g[0], g[1]) = (-2.0 * a - 400.0 * x[0] * b, 200.0 * b);
    a * a + 100.0 * b * b
}
/// The roots of 400 x^3 - 598 x - 2, where problem 2 has no slope along its bound: the first is its minimum, the last a local one.
fn hs2(root: usize) -> f64 {
    let a = (598.0f64 / 1200.0).sqrt();
    2.0 * a * ((1.0 / (400.0 * a.powi(3))).acos() / 3.0 - root as f64 * 2.0 * PI / 3.0).cos()
}
/// Where the slope of problem 110 vanishes along the diagonal, by bisection.
fn hs110() -> f64 {
    let slope = |x: f64| 2.0 * (x - 2.0).ln() / (x - 2.0) - 2.0 * (10.0 - x).ln() / (10.0 - x) - 0.2 * x;
    let (mut low, mut high) = (9.0, 9.9);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if slope(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}
/// Problems 1 to 5, 38, 45 and 110 of [HockSchittkowski1981], whose minima are known exactly; two of them from problem 2, which has a local one.
const KNOWN: [Known; 9] = [
    Known {
        name: "hs1",
        energy: rosenbrock,
        start: &[-2.0, 1.0],
        low: &[-INF, -1.5],
        high: &[INF],
        end: || vec![1.0, 1.0],
        least: || 0.0,
        active: 0,
    },
    Known {
        name: "hs2",
        energy: rosenbrock,
        start: &[-2.0, 1.0],
        low: &[-INF, 1.5],
        high: &[INF],
        end: || vec![hs2(2), 1.5],
        least: || rosenbrock(&[hs2(2), 1.5], &mut [0.0; 2]),
        active: 1,
    },
    Known {
        name: "hs2 from its other side",
        energy: rosenbrock,
        start: &[2.0, 2.0],
        low: &[-INF, 1.5],
        high: &[INF],
        end: || vec![hs2(0), 1.5],
        least: || 0.050_426_187_9,
        active: 1,
    },
    Known {
        name: "hs3",
        energy: |x, g| {
            let r = x[1] - x[0];
            (g[0], g[1]) = (-2e-5 * r, 1.0 + 2e-5 * r);
            x[1] + 1e-5 * r * r
        },
        start: &[10.0, 1.0],
        low: &[-INF, 0.0],
        high: &[INF],
        end: || vec![0.0, 0.0],
        least: || 0.0,
        active: 1,
    },
    Known {
        name: "hs4",
        energy: |x, g| {
            (g[0], g[1]) = ((x[0] + 1.0).powi(2), 1.0);
            (x[0] + 1.0).powi(3) / 3.0 + x[1]
        },
        start: &[1.125, 0.125],
        low: &[1.0, 0.0],
        high: &[INF],
        end: || vec![1.0, 0.0],
        least: || 8.0 / 3.0,
        active: 2,
    },
    Known {
        name: "hs5",
        energy: |x, g| {
            let (c, r) = ((x[0] + x[1]).cos(), x[0] - x[1]);
            (g[0], g[1]) = (c + 2.0 * r - 1.5, c - 2.0 * r + 2.5);
            (x[0] + x[1]).sin() + r * r - 1.5 * x[0] + 2.5 * x[1] + 1.0
        },
        start: &[0.0, 0.0],
        low: &[-1.5, -3.0],
        high: &[4.0, 3.0],
        end: || vec![0.5 - PI / 3.0, -0.5 - PI / 3.0],
        least: || -(3.0f64.sqrt()) / 2.0 - PI / 3.0,
        active: 0,
    },
    Known {
        name: "hs38",
        energy: |x, g| {
            let (a, b) = (x[1] - x[0] * x[0], x[3] - x[2] * x[2]);
            let (p, q) = (x[1] - 1.0, x[3] - 1.0);
            g[0] = -400.0 * x[0] * a - 2.0 * (1.0 - x[0]);
            g[1] = 200.0 * a + 20.2 * p + 19.8 * q;
            g[2] = -360.0 * x[2] * b - 2.0 * (1.0 - x[2]);
            g[3] = 180.0 * b + 20.2 * q + 19.8 * p;
            100.0 * a * a
                + (1.0 - x[0]).powi(2)
                + 90.0 * b * b
                + (1.0 - x[2]).powi(2)
                + 10.1 * (p * p + q * q)
                + 19.8 * p * q
        },
        start: &[-3.0, -1.0, -3.0, -1.0],
        low: &[-10.0],
        high: &[10.0],
        end: || vec![1.0; 4],
        least: || 0.0,
        active: 0,
    },
    Known {
        name: "hs45",
        energy: |x, g| {
            let product: f64 = x.iter().product();
            (0..5).for_each(|k| g[k] = -(0..5).filter(|j| *j != k).map(|j| x[j]).product::<f64>() / 120.0);
            2.0 - product / 120.0
        },
        start: &[0.5, 1.0, 1.5, 2.0, 2.5],
        low: &[0.0],
        high: &[1.0, 2.0, 3.0, 4.0, 5.0],
        end: || vec![1.0, 2.0, 3.0, 4.0, 5.0],
        least: || 1.0,
        active: 5,
    },
    Known {
        name: "hs110",
        energy: |x, g| {
            let power = x.iter().product::<f64>().powf(0.2);
            (0..10).for_each(|k| {
                let (a, b) = (x[k] - 2.0, 10.0 - x[k]);
                g[k] = 2.0 * a.ln() / a - 2.0 * b.ln() / b - 0.2 * power / x[k];
            });
            x.iter().map(|x| (x - 2.0).ln().powi(2) + (10.0 - x).ln().powi(2)).sum::<f64>() - power
        },
        start: &[9.0; 10],
        low: &[2.001],
        high: &[9.999],
        end: || vec![hs110(); 10],
        least: || -45.778_469_707_446_26,
        active: 0,
    },
];

#[test]
fn problems_of_hock_and_schittkowski_end_at_their_minima() {
    for known in &KNOWN {
        let (x, m) = minimise(&Function(known.energy), [known.low, known.high], known.start, tight(), 1000);
        let track = &m.track;
        let wanted = (known.least)();
        assert!((track.value[1] - wanted).abs() <= 1e-9 * (1.0 + wanted.abs()), "{}: {track:?}", known.name);
        // Values that differ by rounding leave a point of order 110 with half its digits.
        let within = if known.name == "hs110" { 1e-7 } else { 1e-5 };
        for (x, end) in x.x.iter().zip((known.end)()) {
            assert!((x - end).abs() <= within, "{}: {x} is not {end}", known.name);
        }
        assert_eq!(m.kkt.active, known.active, "{}", known.name);
        assert!(track.evaluations < 150, "{}: {}", known.name, track.evaluations);
        assert!(matches!(track.ending, Some(Ending::Critical | Ending::Rounding)), "{}: {track:?}", known.name);
    }
}

/// Where no bound is met the steps are those without bounds: the same points to 1e-9 over the first five steps, the same minima.
#[test]
fn without_bounds_it_is_limited_memory_bfgs() {
    for problem in PROBLEMS {
        let start = (problem.start)(problem.n);
        let flow = Flow { functional: PotentialEnergy(problem), geometry: Euclidean, noise: Still };
        let open = Minimiser { stop: Stop { gradient: 1e-7, fall: 0.0 }, ..Minimiser::limited_memory() };
        let mut x = Cloud::from_fn(1, problem.n, |_, j| start[j]);
        let mut memory = open.memory(&flow, &x);
        let scheme = BoundedQuasiNewton { stop: open.stop, ..BoundedQuasiNewton::default() };
        open.advance(&flow, Tick::start(0), 1.0, 5, &mut x, &mut memory).unwrap();
        let (y, walk) = minimise(problem, [&[-1e30], &[INF]], &start, scheme, 5);
        for (x, y) in x.x.iter().zip(&y.x) {
            assert!((x - y).abs() <= 1e-9 * (1.0 + x.abs()), "{}: {x} and {y}", problem.name);
        }
        assert_eq!(memory.track.evaluations, walk.track.evaluations, "{}", problem.name);
        let (_, walk) = minimise(problem, [&[-INF], &[INF]], &start, scheme, 3000);
        let found = walk.track.value[1];
        let near = problem.minima.iter().any(|least| (found - least).abs() <= 1e-4 * least.abs() + 1e-9);
        assert!(near, "{}: {found:e}, {:?}", problem.name, walk.track.ending);
    }
}

/// A start outside is taken to its nearest point; bounds that meet leave one value; cut off at any step, the end has the same bits.
#[test]
fn starts_outside_and_bounds_that_meet_and_resumption() {
    let (low, high) = ([-INF, 0.25], [0.5, 0.25]);
    let (x, m) = minimise(&Function(rosenbrock), [&low, &high], &[7.0, -3.0], tight(), 100);
    assert_eq!((x.x[0], x.x[1], m.kkt.active), (0.5, 0.25, 2));
    assert_eq!(m.track.ending, Some(Ending::Critical));
    let energy = Function(rosenbrock);
    assert!(Boxed::new(PotentialEnergy(&energy), &[1.0], &[0.0]).is_none());
    assert!(Boxed::new(PotentialEnergy(&energy), &[INF], &[INF]).is_none());
    assert!(Boxed::new(PotentialEnergy(&energy), &[0.0; 3], &[1.0; 2]).is_none());

    let hs110 = &KNOWN[8];
    let (low, high) = (vec![8.0; 10], [9.0, 9.999].repeat(5));
    let energy = Function(hs110.energy);
    let scheme = BoundedQuasiNewton { memory: 3, ..tight() };
    let start: Vec<f64> = (0..10).map(|k| 8.0 + 0.1 * k as f64).collect();
    let (whole, end) = minimise(&energy, [&low, &high], &start, scheme, 200);
    assert_eq!((end.kkt.active, whole.x.iter().filter(|x| **x == 9.0).count()), (5, 5));
    let functional = Boxed::new(PotentialEnergy(&energy), &low, &high).unwrap();
    let flow = Flow { functional, geometry: Euclidean, noise: Still };
    let mut x = Cloud::from_fn(1, 10, |_, j| start[j]);
    let mut memory = scheme.memory(&flow, &x);
    for k in 0..200 {
        scheme.step(&flow, Tick { step: k, ..Tick::start(0) }, 1.0, &mut x, &mut memory).unwrap();
        let bytes = save(&mut (&mut x.x[..], &mut memory));
        let mut fresh = scheme.memory(&flow, &x);
        restore(&mut (&mut x.x[..], &mut fresh), &bytes).unwrap();
        memory = fresh;
    }
    assert_eq!(x, whole);
    assert_eq!(memory.track.evaluations, end.track.evaluations);
}

/// V = (x - 6e23)^2 / 1e23 from 1e23, where x - dV is x to rounding: the residual is the slope, -10. No step that is tried changes
/// V by more than its rounding, and that is what is said: not that the point is critical.
#[test]
fn a_slope_is_not_lost_beside_a_large_point() {
    let energy = Function(|x: &[f64], slopes: &mut [f64]| {
        slopes[0] = 2.0 * (x[0] - 6e23) / 1e23;
        (x[0] - 6e23).powi(2) / 1e23
    });
    let (x, m) = minimise(&energy, [&[0.0], &[INF]], &[1e23], tight(), 1);
    assert!(x.x[0] == 1e23 && m.track.ending == Some(Ending::Rounding), "{:?}", m.track);
    assert!((m.track.norm - 10.0).abs() <= 1e-11, "{}", m.track.norm);
    // At an upper bound that it falls against nothing is left.
    let (x, m) = minimise(&energy, [&[0.0], &[1e23]], &[1e23], tight(), 1);
    assert!(x.x[0] == 1e23 && m.track.norm == 0.0 && m.track.ending == Some(Ending::Critical), "{:?}", m.track);
}
/// -x - y with x <= 1/2 falls without bound along y, and is said to.
#[test]
fn what_falls_without_bound_is_told() {
    let energy = Function(|x: &[f64], slopes: &mut [f64]| {
        slopes.fill(-1.0);
        -x[0] - x[1]
    });
    let (x, m) = minimise(&energy, [&[-INF, -INF], &[0.5, INF]], &[0.0, 0.0], tight(), 100);
    assert_eq!(m.track.ending, Some(Ending::Unbounded));
    assert!(x.x[0] == 0.5 && (m.track.norm - 1.0).abs() < 1e-12 && m.track.evaluations < 400, "{:?}", m.track);
}
