//! Natural gradients: the flow is the same in all coordinates, and of an exponential family that of a mirror map.
use steepest_core::{Batch, Covector, Flow, Geometry, Potential, Riemannian, Scheme, State, Tangent, Tick, Workspace};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::fisher::{Fisher, Information};
use steepest_flows::geometry::mirror::{FermiDirac, Separable};
use steepest_flows::geometry::{Bregman, Euclidean};
use steepest_flows::noise::Still;
use steepest_flows::scheme::minimiser::{Direction, Ending, LineSearch, Minimiser, Stop};
use steepest_flows::state::Cloud;

/// A logistic regression of eight rows on two columns, in coordinates of which the coefficients are a function.
#[derive(Clone, Copy)]
struct Logistic {
    /// Coefficients and their derivatives, coordinate by coordinate.
    chart: fn(f64) -> (f64, f64),
}
const X: [[f64; 2]; 8] =
    [[1.0, 0.2], [1.0, -1.3], [1.0, 0.9], [1.0, 2.1], [1.0, -0.4], [1.0, 1.4], [1.0, -2.0], [1.0, 0.1]];
const Y: [f64; 8] = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0];
impl Logistic {
    fn rows(&self, x: &[f64]) -> [(f64, [f64; 2], f64); 8] {
        let (b, slope): (Vec<f64>, Vec<f64>) = x.iter().map(|x| (self.chart)(*x)).unzip();
        std::array::from_fn(|i| {
            let eta = X[i][0] * b[0] + X[i][1] * b[1];
            (eta, [X[i][0] * slope[0], X[i][1] * slope[1]], 1.0 / (1.0 + (-eta).exp()))
        })
    }
}
impl Potential for Logistic {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += scale * self.rows(x.x).iter().zip(&Y).map(|((eta, ..), y)| eta.exp().ln_1p() - y * eta).sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for ((_, row, p), y) in self.rows(x.x).iter().zip(&Y) {
            (0..2).for_each(|j| out[j] += scale * (p - y) * row[j]);
        }
    }
}
impl Information for Logistic {
    fn information(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.fill(0.0);
        for (_, row, p) in self.rows(x) {
            (0..4).for_each(|k| out[k] += p * (1.0 - p) * row[k / 2] * row[k % 2]);
        }
    }
}

/// x(t) of x' = -K dV by the method of Runge and Kutta.
fn follow(v: &dyn Potential, k: &dyn Geometry<Cloud>, start: &[f64], time: f64) -> Vec<f64> {
    let (steps, d, work) = (400, start.len(), &mut Workspace::default());
    let h = time / f64::from(steps);
    let mut x = start.to_vec();
    let mut velocity = |x: &[f64]| {
        let (cloud, mut xi, mut to) = (Cloud { n: 1, d, x: x.to_vec().into() }, Covector::zeros(d), Tangent::zeros(d));
        v.gradients(cloud.batch(), 1.0, &mut xi.0, work);
        k.sharp(Tick::default(), &cloud, -1.0, &xi, &mut to, work);
        to.0
    };
    for _ in 0..steps {
        let along = |k: &[f64], share: f64| x.iter().zip(k).map(|(x, k)| x + share * h * k).collect::<Vec<_>>();
        let a = velocity(&x);
        let b = velocity(&along(&a, 0.5));
        let c = velocity(&along(&b, 0.5));
        let e = velocity(&along(&c, 1.0));
        (0..d).for_each(|j| x[j] += h / 6.0 * (a[j] + 2.0 * b[j] + 2.0 * c[j] + e[j]));
    }
    x
}

/// The flow in b and in x with b = sinh(x) + x is one curve of laws; that of plain gradients is not.
#[test]
fn the_flow_does_not_see_the_coordinates() {
    let (plain, bent) = (Logistic { chart: |x| (x, 1.0) }, Logistic { chart: |x| (x.sinh() + x, x.cosh() + 1.0) });
    let to = |x: &[f64]| x.iter().map(|x| x.sinh() + x).collect::<Vec<_>>();
    let start = [0.6, -0.4];
    let fisher = |information| Fisher { information, damping: 0.0 };
    for time in [0.5, 2.0] {
        let here = follow(&plain, &fisher(plain), &to(&start), time);
        let there = to(&follow(&bent, &fisher(bent), &start, time));
        let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(apart(&here, &there) < 1e-8, "after {time}: {here:?} {there:?}");
        let flat = follow(&plain, &Euclidean, &to(&start), time);
        let other = to(&follow(&bent, &Euclidean, &start, time));
        assert!(apart(&flat, &other) > 1e-2, "plain gradients do see them: {flat:?} {other:?}");
    }
}

/// A coin: the natural gradient flow of its log odds is the mirror flow of its probability, phi the negative entropy.
#[test]
fn of_an_exponential_family_it_is_mirror_descent_in_the_mean() {
    struct Odds;
    impl Information for Odds {
        fn information(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
            let p = 1.0 / (1.0 + (-x[0]).exp());
            out[0] = p * (1.0 - p);
        }
    }
    /// V = (p - 0.8)^2 + 0.3 p^3, in p or in its log odds.
    struct Loss(bool);
    impl Potential for Loss {
        fn values(&self, _x: Batch<'_>, _scale: f64, _out: &mut [f64], _work: &mut Workspace) {}
        fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            let p = if self.0 { 1.0 / (1.0 + (-x.x[0]).exp()) } else { x.x[0] };
            let slope = 2.0 * (p - 0.8) + 0.9 * p * p;
            out[0] += scale * slope * if self.0 { p * (1.0 - p) } else { 1.0 };
        }
    }
    let map = Separable(FermiDirac::new(&[0.0], &[1.0]).expect("a box"));
    let mean = follow(&Loss(false), &Bregman(map), &[0.1], 1.5)[0];
    let odds = follow(&Loss(true), &Fisher { information: Odds, damping: 0.0 }, &[(0.1f64 / 0.9).ln()], 1.5)[0];
    assert!((mean - 1.0 / (1.0 + (-odds).exp())).abs() < 1e-9 && mean > 0.15, "{mean} {odds}");
}

/// <xi, K zeta> = <K xi, K zeta>_x; steps of length one are Newton's here; damping shortens, and mends a singular information.
#[test]
fn steps_of_length_one_are_fisher_scoring() {
    let work = &mut Workspace::default();
    let model = Logistic { chart: |x| (x, 1.0) };
    let x = Cloud::from_fn(3, 2, |i, j| 0.3 * i as f64 - 0.2 * j as f64);
    for damping in [0.0, 0.5] {
        let g = Fisher { information: model, damping };
        let (xi, zeta) = (Covector((0..6).map(|k| 1.0 - 0.3 * f64::from(k)).collect()), Covector(vec![0.5; 6]));
        let (mut a, mut b) = (Tangent::zeros(6), Tangent::zeros(6));
        g.sharp(Tick::default(), &x, 1.0, &xi, &mut a, work);
        g.sharp(Tick::default(), &x, 1.0, &zeta, &mut b, work);
        assert!((x.pair(&xi, &b) - g.inner(&x, &a, &b, work)).abs() < 1e-12);
    }
    let run = |damping, search| {
        let flow =
            Flow { functional: PotentialEnergy(model), geometry: Fisher { information: model, damping }, noise: Still };
        let stop = Stop { gradient: 1e-10, ..Stop::default() };
        let scheme = Minimiser { direction: Direction::Natural, search, stop };
        let mut x = Cloud::from_fn(1, 2, |_, _| 0.0);
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(0), 1.0, 500, &mut x, &mut memory).expect("no fault");
        assert_eq!(memory.track.ending, Some(Ending::Critical), "{damping} {:?}", memory.track.norm);
        (memory.track.steps, x.x.to_vec())
    };
    let (steps, end) = run(0.0, LineSearch::Armijo);
    let (slow, same) = run(0.5, LineSearch::StrongWolfe);
    assert!(steps <= 6 && slow > steps, "{steps} {slow}");
    assert!(end.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-8));

    // Damped, it is an information too: (2 1; 1 6) and a quarter of the mean of its diagonal.
    struct Known;
    impl Information for Known {
        fn information(&self, _x: &[f64], out: &mut [f64], _work: &mut Workspace) {
            out.copy_from_slice(&[2.0, 1.0, 1.0, 6.0]);
        }
    }
    let mut metric = [0.0; 4];
    Fisher { information: Known, damping: 0.25 }.information(&[0.0; 2], &mut metric, work);
    assert_eq!(metric, [3.0, 1.0, 1.0, 7.0]);

    struct Flat;
    impl Information for Flat {
        fn information(&self, _x: &[f64], out: &mut [f64], _work: &mut Workspace) {
            out.copy_from_slice(&[1.0, 1.0, 1.0, 1.0]);
        }
    }
    let (one, mut v) = (Cloud::from_fn(1, 2, |_, _| 0.0), Tangent::zeros(2));
    let singular = Fisher { information: Flat, damping: 0.0 };
    singular.sharp(Tick::default(), &one, 1.0, &Covector(vec![2.0, 2.0]), &mut v, work);
    assert!(v.0.iter().all(|v| (v - 1.0).abs() < 1e-3), "{v:?}");
}
