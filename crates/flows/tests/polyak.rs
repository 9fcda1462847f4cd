//! Polyak's step: its exact contractions on quadratics, edges and a sphere, and what it promises of any convex function.
mod energies;
use energies::Of;
use steepest_core::{Flow, Potential, Riemannian, Scheme, Tick, restore, save};
use steepest_flows::functional::{PotentialEnergy, Quadratic};
use steepest_flows::geometry::mirror::Entropy;
use steepest_flows::geometry::{Bregman, Each, Euclidean, Sphere, Weighted};
use steepest_flows::noise::Still;
use steepest_flows::scheme::Polyak;
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::scheme::polyak::Pursuit;
use steepest_flows::state::Cloud;

fn path<V: Potential, G: Riemannian<Cloud>>(
    scheme: Polyak,
    (v, geometry): (&V, G),
    start: &[f64],
    count: usize,
) -> (Vec<Vec<f64>>, Pursuit<Cloud>) {
    let flow = Flow { functional: PotentialEnergy(v), geometry, noise: Still };
    let mut x = Cloud { n: 1, d: start.len(), x: start.into() };
    let mut memory = scheme.memory(&flow, &x);
    let mut points = vec![start.to_vec()];
    for k in 0..count {
        scheme.step(&flow, Tick { step: k as u64, ..Tick::start(0) }, 1.0, &mut x, &mut memory).unwrap();
        points.push(x.x.to_vec());
    }
    (points, memory)
}
fn square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}
const ON: Stop = Stop { gradient: 0.0, fall: 0.0 };

/// On a quadratic |x+|^2 = |x|^2 - 3 V^2 / |dV|^2, in the metric M = H half of the way whatever the condition; a minimum that
/// is stated too low by 1 % of V makes the step longer by that.
#[test]
fn contractions_of_quadratics_are_exact() {
    let curvatures = [1.0, 7.0, 30.0];
    let v = Quadratic::new(&curvatures);
    let (points, _) = path(Polyak { minimum: 0.0, stop: ON }, (&v, Euclidean), &[1.0, -2.0, 0.5], 50);
    for pair in points.windows(2) {
        let x = &pair[0];
        let value: f64 = x.iter().zip(curvatures).map(|(x, k)| 0.5 * k * x * x).sum();
        let slope: f64 = x.iter().zip(curvatures).map(|(x, k)| (k * x).powi(2)).sum();
        let exact = square(x) - 3.0 * value * value / slope;
        assert!((square(&pair[1]) - exact).abs() < 1e-12 * square(x), "{} {exact}", square(&pair[1]));
    }
    let metric = Each(Weighted::diagonal(&curvatures).unwrap());
    let (points, _) = path(Polyak { minimum: 0.0, stop: ON }, (&v, metric), &[1.0, -2.0, 0.5], 10);
    for (k, x) in points.iter().enumerate() {
        assert!((x[1] + 2.0 * 0.5f64.powi(k as i32)).abs() < 1e-14, "{k}: {x:?}");
    }
    let round = Quadratic::new(&[2.0]);
    let (points, _) = path(Polyak { minimum: -0.01, stop: ON }, (&round, Euclidean), &[1.0], 1);
    assert!((points[1][0] - (1.0 - 0.5 * 1.01)).abs() < 1e-15, "{points:?}");
}

/// |x| in any dimension is met in one step; |x_1| + 2 |x_2|, whose slopes point past its minimum, by a share a step, and never
/// further away.
#[test]
fn edges_are_no_obstacle() {
    let cone = Of(|x: &[f64], out: &mut [f64]| {
        let size = square(x).sqrt().max(f64::MIN_POSITIVE);
        out.iter_mut().zip(x).for_each(|(o, x)| *o = x / size);
        size
    });
    let (points, m) = path(Polyak::to(0.0), (&cone, Euclidean), &[3.0, -4.0, 12.0], 2);
    assert!(square(&points[1]).sqrt() < 1e-14 && m.track.steps == 1, "{points:?}");
    assert_eq!(m.track.ending, Some(Ending::Critical));
    let roof = Of(|x: &[f64], out: &mut [f64]| {
        (out[0], out[1]) = (x[0].signum(), 2.0 * x[1].signum());
        x[0].abs() + 2.0 * x[1].abs()
    });
    let (points, m) = path(Polyak::to(0.0), (&roof, Euclidean), &[1.0, 0.3], 400);
    assert!(m.track.ending.is_some() && square(&points[400]).sqrt() < 1e-14, "{:?}", m.track.ending);
    for pair in points.windows(2).take(m.track.steps as usize) {
        let (value, slope) = (pair[0][0].abs() + 2.0 * pair[0][1].abs(), 5.0);
        // V >= |x|: the square of the distance loses a fifth at least.
        assert!(square(&pair[1]) <= square(&pair[0]) - value * value / slope + 1e-15);
    }
}

/// Along a meridian r+ = r - tan(r / 2), r the angle from the pole that -x_1 is least at; and on the simplex, by the metric of the
/// entropy, to a minimum inside.
#[test]
fn on_a_sphere_and_on_the_simplex() {
    let height = Of(|x: &[f64], out: &mut [f64]| {
        out[0] = -1.0;
        -x[0]
    });
    let start = [1.5f64.cos(), 0.6 * 1.5f64.sin(), 0.8 * 1.5f64.sin()];
    let (points, m) = path(Polyak::to(-1.0), (&height, Each(Sphere { d: 3 })), &start, 40);
    let mut r = 1.5f64;
    for x in points.iter().take(8) {
        let across = (x[1] * x[1] + x[2] * x[2]).sqrt();
        assert!((across.atan2(x[0]) - r).abs() < 1e-12, "{x:?} {r}");
        r -= (0.5 * r).tan();
    }
    // The height is that of the pole, to the bit, before its slope is small.
    assert!(matches!(m.track.ending, Some(Ending::Critical | Ending::Met)));
    let centre = [0.2, 0.3, 0.5];
    let bowl = Of(move |x: &[f64], out: &mut [f64]| {
        out.iter_mut().zip(x.iter().zip(&centre)).for_each(|(o, (x, c))| *o = x - c);
        0.5 * x.iter().zip(&centre).map(|(x, c)| (x - c).powi(2)).sum::<f64>()
    });
    let (points, m) = path(Polyak::to(0.0), (&bowl, Bregman(Entropy)), &[0.8, 0.1, 0.1], 200);
    assert_eq!(m.track.ending, Some(Ending::Critical));
    assert!(points[200].iter().zip(&centre).all(|(x, c)| (x - c).abs() < 1e-7), "{points:?}");
}

/// sum a (2 (V - V(end)) - (V - min V)) <= |x_0 - end|^2: a third of it on any quadratic, whose <dV, x> is 2 V; more than all of it
/// without convexity.
#[test]
fn the_promise_of_a_convex_function() {
    let v = Quadratic::new(&[1.0, 100.0]);
    let (points, m) = path(Polyak::to(0.0), (&v, Euclidean), &[1.0, 1.0], 2000);
    let end = points.last().unwrap();
    let far = square(&[end[0] - 1.0, end[1] - 1.0]);
    assert_eq!(m.track.ending, Some(Ending::Critical));
    assert!((m.promised() - far / 3.0).abs() < 1e-6 * far, "{} {far}", m.promised());
    assert!((m.apart() - far).abs() < 1e-12 * far);
    // Flat far out: slopes there promise less than V has to fall.
    let hill = Of(|x: &[f64], out: &mut [f64]| {
        out[0] = 2.0 * x[0] / (1.0 + x[0] * x[0]).powi(2);
        1.0 - 1.0 / (1.0 + x[0] * x[0])
    });
    let (points, m) = path(Polyak::to(0.0), (&hill, Euclidean), &[1.2], 100);
    let far = (points[100][0] - 1.2).powi(2);
    assert!(m.track.ending.is_some() && m.promised() > 1.01 * far, "{} {far}", m.promised());
}

#[test]
fn resumes_to_the_bit() {
    let (v, scheme) = (Quadratic::new(&[1.0, 10.0]), Polyak::to(0.0));
    let flow = Flow { functional: PotentialEnergy(&v), geometry: Euclidean, noise: Still };
    let (whole, end) = path(scheme, (&v, Euclidean), &[1.0, 1.0], 30);
    let mut x = Cloud { n: 1, d: 2, x: [1.0, 1.0].into() };
    let mut memory = scheme.memory(&flow, &x);
    for k in 0..30 {
        scheme.step(&flow, Tick { step: k, ..Tick::start(0) }, 1.0, &mut x, &mut memory).unwrap();
        let bytes = save(&mut (&mut x.x[..], &mut memory));
        memory = scheme.memory(&flow, &x);
        restore(&mut (&mut x.x[..], &mut memory), &bytes).unwrap();
    }
    assert_eq!(x.x[..], whole[30][..]);
    assert_eq!((memory.sums, memory.promised()), (end.sums, end.promised()));
}
