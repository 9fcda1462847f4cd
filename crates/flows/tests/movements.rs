//! Minimizing movements with an inner minimiser: closed forms, the flow they lead to at first order, De Giorgi's identity, and what
//! the account says of inexact ones, in four geometries.
mod energies;
mod mirror_points;
use energies::Of;
use mirror_points::inside;
use steepest_core::{
    Covector, Flow, Potential, Proximity, Riemannian, Scheme, Tangent, Tick, Workspace, restore, save,
};
use steepest_flows::flow::{GradientFlow, Rosenbrock, Tolerance};
use steepest_flows::functional::{PotentialEnergy, Quadratic};
use steepest_flows::geometry::mirror::{Entropy, MIRRORS};
use steepest_flows::geometry::{Bregman, Each, Euclidean, Sphere, Weighted};
use steepest_flows::noise::Still;
use steepest_flows::scheme::ProximalPoint;
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::scheme::proximal_point::Movement;
use steepest_flows::state::Cloud;

const ON: Stop = Stop { gradient: 0.0, fall: 0.0 };
fn tight() -> ProximalPoint {
    ProximalPoint { inner: 1e-9, memory: 60, stop: ON }
}

/// Convex, not quadratic: log(e^(x + 2 y) + e^(x - y) + e^(-2 x)) + (x - 1)^4 / 4.
fn smooth() -> impl Potential {
    Of(|x: &[f64], out: &mut [f64]| {
        let terms = [(x[0] + 2.0 * x[1]).exp(), (x[0] - x[1]).exp(), (-2.0 * x[0]).exp()];
        let sum: f64 = terms.iter().sum();
        out[0] = (terms[0] + terms[1] - 2.0 * terms[2]) / sum + (x[0] - 1.0).powi(3);
        out[1] = (2.0 * terms[0] - terms[1]) / sum;
        sum.ln() + 0.25 * (x[0] - 1.0).powi(4)
    })
}
/// The height -x_1, on a sphere: the angle from the pole obeys r' = -sin r.
fn height() -> impl Potential {
    Of(|x: &[f64], out: &mut [f64]| {
        out[0] = -1.0;
        -x[0]
    })
}
/// sum_i (i + 1) (x_i - 0.2)^2 / 2 + x_0 x_1
fn shares() -> impl Potential {
    Of(|x: &[f64], out: &mut [f64]| {
        let each = x.iter().zip(out.iter_mut()).enumerate();
        let sum: f64 = each
            .map(|(i, (x, out))| {
                *out = (i + 1) as f64 * (x - 0.2);
                0.5 * (i + 1) as f64 * (x - 0.2).powi(2)
            })
            .sum();
        (out[0], out[1]) = (out[0] + x[1], out[1] + x[0]);
        sum + x[0] * x[1]
    })
}
fn point(x: &[f64]) -> Cloud {
    Cloud { n: 1, d: x.len(), x: x.into() }
}
fn angle(r: f64) -> [f64; 3] {
    [r.cos(), 0.6 * r.sin(), 0.8 * r.sin()]
}
fn difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
/// `count` movements of length h, with every point on the way.
fn path<V: Potential, G: Proximity<Cloud>>(
    scheme: ProximalPoint,
    (v, geometry): (&V, G),
    start: &[f64],
    (h, count): (f64, usize),
) -> (Vec<Vec<f64>>, Movement<Cloud>) {
    let flow = Flow { functional: PotentialEnergy(v), geometry, noise: Still };
    let mut x = point(start);
    let mut memory = scheme.memory(&flow, &x);
    let mut points = vec![start.to_vec()];
    for k in 0..count {
        let at = Tick { step: k as u64, ..Tick::start(0) };
        scheme.step(&flow, at, h, &mut x, &mut memory).unwrap();
        points.push(x.x.to_vec());
    }
    (points, memory)
}
/// The flow itself to the times k t, by a method of order 4 with tight tolerances.
fn flowed<V: Potential, G: Riemannian<Cloud>>(
    v: &V,
    geometry: G,
    start: &[f64],
    (t, count): (f64, usize),
) -> Vec<Vec<f64>> {
    let flow = Flow { functional: PotentialEnergy(v), geometry, noise: Still };
    let scheme = GradientFlow(Rosenbrock(Tolerance { relative: 1e-11, absolute: 1e-12 }));
    let mut x = point(start);
    let mut memory = scheme.memory(&flow, &x);
    let mut points = vec![start.to_vec()];
    for k in 0..count {
        let at = Tick { step: k as u64, t: k as f64 * t, ..Tick::start(0) };
        scheme.step(&flow, at, t, &mut x, &mut memory).unwrap();
        points.push(x.x.to_vec());
    }
    points
}
/// The largest distance from `exact`, at 64 times up to T, of straight pieces between the movements.
fn sup(exact: &[Vec<f64>], movements: &[Vec<f64>]) -> f64 {
    let ratio = (movements.len() - 1) as f64 / (exact.len() - 1) as f64;
    let mut worst = 0.0f64;
    for (k, there) in exact.iter().enumerate() {
        let place = k as f64 * ratio;
        let left = (place.floor() as usize).min(movements.len() - 2);
        let share = place - left as f64;
        let here: Vec<f64> =
            movements[left].iter().zip(&movements[left + 1]).map(|(a, b)| a + share * (b - a)).collect();
        worst = worst.max(difference(there, &here));
    }
    worst
}
/// The slope, on log-log axes, of the distance from the flow over h, and that the distance is of its size.
fn of_first_order<V: Potential, G: Proximity<Cloud> + Clone>(
    name: &str,
    v: &V,
    geometry: G,
    start: &[f64],
    exact: &[Vec<f64>],
) {
    let error = |count: usize| sup(exact, &path(tight(), (v, geometry.clone()), start, (1.0 / count as f64, count)).0);
    let errors = [error(32), error(64), error(128)];
    for pair in errors.windows(2) {
        let slope = (pair[0] / pair[1]).log2();
        assert!((slope - 1.0).abs() < 0.06, "{name}: slope {slope}, errors {errors:?}");
    }
    assert!(errors[0] > 1e-4 && errors[2] < 1e-2, "{name}: {errors:?}");
}

/// (M + h H)^-1 M x, in the flat metric, a diagonal and a full one, by Cramer's rule.
#[test]
fn a_quadratic_moves_as_its_resolvent() {
    let (a, b, c) = (3.0, 1.0, 40.0);
    let v = Of(move |x: &[f64], out: &mut [f64]| {
        (out[0], out[1]) = (a * x[0] + b * x[1], b * x[0] + c * x[1]);
        0.5 * (x[0] * out[0] + x[1] * out[1])
    });
    let start = [2.0, -1.0];
    for (m, h) in [([1.0, 0.0, 1.0], 0.3), ([4.0, 0.0, 0.25], 2.0), ([2.0, 0.7, 1.5], 0.1), ([2.0, 0.7, 1.5], 100.0)] {
        let [p, q, r] = m;
        let right = [p * start[0] + q * start[1], q * start[0] + r * start[1]];
        let (aa, bb, cc) = (p + h * a, q + h * b, r + h * c);
        let det = aa * cc - bb * bb;
        let exact = [(cc * right[0] - bb * right[1]) / det, (aa * right[1] - bb * right[0]) / det];
        let weighted = Each(Weighted::new(2, &[p, q, q, r]).unwrap());
        let (found, _) = path(tight(), (&v, weighted), &start, (h, 1));
        assert!(difference(&found[1], &exact) < 1e-8, "{m:?}: {found:?} {exact:?}");
        if q == 0.0 {
            let weighted = Each(Weighted::diagonal(&[p, r]).unwrap());
            assert!(difference(&path(tight(), (&v, weighted), &start, (h, 1)).0[1], &exact) < 1e-8);
        }
        if m == [1.0, 0.0, 1.0] {
            assert!(difference(&path(tight(), (&v, Euclidean), &start, (h, 1)).0[1], &exact) < 1e-8);
        }
    }
}

/// r + h sin r = r_0 on a sphere; on the simplex a linear F only multiplies, x_i exp(-h a_i), however long h is.
#[test]
fn closed_forms_on_a_sphere_and_on_the_simplex() {
    for h in [0.1, 1.0, 10.0] {
        let (found, _) = path(tight(), (&height(), Each(Sphere { d: 3 })), &angle(2.0), (h, 1));
        let r = found[1][0].acos();
        assert!((r + h * r.sin() - 2.0).abs() < 1e-7, "{h}: {r}");
        assert!((found[1][1] * 0.8 - found[1][2] * 0.6).abs() < 1e-9, "a meridian");
    }
    let a = [1.0, -0.5, 0.25, 2.0];
    let linear = Of(move |x: &[f64], out: &mut [f64]| {
        out.copy_from_slice(&a);
        x.iter().zip(&a).map(|(x, a)| x * a).sum()
    });
    for h in [0.1, 3.0] {
        let (found, _) = path(tight(), (&linear, Bregman(Entropy)), &[0.1, 0.2, 0.3, 0.4], (h, 2));
        let weights: Vec<f64> =
            a.iter().enumerate().map(|(i, a)| 0.1 * (i + 1) as f64 * (-2.0 * h * a).exp()).collect();
        let exact: Vec<f64> = weights.iter().map(|w| w / weights.iter().sum::<f64>()).collect();
        assert!(difference(&found[2], &exact) < 1e-7, "{h}: {found:?} {exact:?}");
    }
}

/// sup |x_h(t) - x(t)| over t in [0, 1] falls as h: against exponentials, r' = -sin r, and the flow as a differential equation in
/// the flat metric, a constant one, and that of the entropy.
#[test]
fn movements_lead_to_the_flow_at_first_order() {
    let curvatures = [1.0, 4.0, 0.2];
    let start = [1.0, -0.7, 0.5];
    let times: Vec<f64> = (0..=64).map(|k| f64::from(k) / 64.0).collect();
    let exact: Vec<Vec<f64>> =
        times.iter().map(|t| (0..3).map(|j| start[j] * (-curvatures[j] * t).exp()).collect()).collect();
    of_first_order("quadratic", &Quadratic::new(&curvatures), Euclidean, &start, &exact);

    let v = smooth();
    let start = [-0.5, 1.0];
    of_first_order("convex", &v, Euclidean, &start, &flowed(&v, Euclidean, &start, (1.0 / 64.0, 64)));
    let metric = Each(Weighted::new(2, &[2.0, 0.7, 0.7, 1.5]).unwrap());
    of_first_order("weighted", &v, metric.clone(), &start, &flowed(&v, metric, &start, (1.0 / 64.0, 64)));

    let turned: Vec<Vec<f64>> =
        times.iter().map(|t| angle(2.0 * (1.0f64.tan() * (-t).exp()).atan()).to_vec()).collect();
    of_first_order("sphere", &height(), Each(Sphere { d: 3 }), &angle(2.0), &turned);

    let (v, start) = (shares(), [0.1, 0.2, 0.3, 0.4]);
    let geometry = Bregman(Entropy);
    of_first_order("entropy", &v, geometry, &start, &flowed(&v, geometry, &start, (1.0 / 64.0, 64)));
}

/// F(x) = F(y) + D(y, x) / h + int_0^h D(y_r, x) / r^2 dr, y_r the movement of length r, by eight points of Gauss. Exact whatever h.
#[test]
fn the_identity_of_de_giorgi() {
    const GAUSS: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
        (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
    ];
    fn holds<V: Potential, G: Proximity<Cloud> + Clone>(name: &str, v: &V, geometry: G, start: &[f64], h: f64) {
        let work = &mut Workspace::default();
        let mut apart = |h: f64| {
            let (points, memory) =
                path(ProximalPoint { inner: 1e-10, ..tight() }, (v, geometry.clone()), start, (h, 1));
            let mut unused = Covector::zeros(start.len());
            let d = geometry.proximity(&point(&points[1]), &point(start), 0.0, &mut unused, work);
            (d, memory.track.value)
        };
        let (d, value) = apart(h);
        let mut integral = 0.0;
        for (place, weight) in GAUSS {
            for sign in [-1.0, 1.0] {
                let r = 0.5 * h * (1.0 + sign * place);
                integral += 0.5 * h * weight * apart(r).0 / (r * r);
            }
        }
        let fell = value[0] - value[1];
        assert!((fell - d / h - integral).abs() < 1e-6 * fell, "{name}: {fell} {} {integral}", d / h);
        // Neither of the two parts is small.
        assert!(d / h > 0.1 * fell && integral > 0.1 * fell);
    }
    holds("convex", &smooth(), Euclidean, &[-0.5, 1.0], 0.3);
    holds("weighted", &smooth(), Each(Weighted::diagonal(&[2.0, 0.5]).unwrap()), &[-0.5, 1.0], 0.3);
    holds("sphere", &height(), Each(Sphere { d: 3 }), &angle(2.0), 0.7);
    holds("entropy", &shares(), Bregman(Entropy), &[0.1, 0.2, 0.3, 0.4], 0.5);
}

/// What the ledger rests on, for h from short to far too long: each step keeps the variational inequality, the fall of F is
/// within the width of the identity, F is seen to be convex, and half the steps of half the length have a quarter of the residual.
#[test]
fn the_account_balances_at_every_length() {
    let v = smooth();
    for h in [1e-3, 0.1, 10.0, 1e4] {
        let (_, m) = path(tight(), (&v, Euclidean), &[-0.5, 1.0], (h, 20));
        let (books, fell) = (m.account, m.track.value[0] - m.track.value[1]);
        assert!(books.excess <= 1e-14 && books.concave < 1e-9 * fell, "{h}: {books:?}");
        assert!((fell - books.identity).abs() <= books.width + 1e-9 * fell, "{h}: {fell} {books:?}");
        assert!(books.inexact <= 1e-7 * books.length && books.cut == 0, "{books:?}");
    }
    let residual = |count: usize| {
        let (_, m) = path(tight(), (&v, Euclidean), &[-0.5, 1.0], (1.0 / count as f64, count));
        (m.track.value[0] - m.track.value[1] - m.account.identity).abs()
    };
    let slope = (residual(100) / residual(200)).log2();
    assert!((slope - 2.0).abs() < 0.1, "{slope}");
    // Where F is not convex the account says so: (x^2 - 1)^2 from beside its top.
    let wells = Of(|x: &[f64], out: &mut [f64]| {
        out[0] = 4.0 * x[0] * (x[0] * x[0] - 1.0);
        (x[0] * x[0] - 1.0).powi(2)
    });
    let (points, m) = path(tight(), (&wells, Euclidean), &[0.1], (0.1, 30));
    assert!((points[30][0] - 1.0).abs() < 1e-3 && m.account.excess <= 1e-14);
    assert!(m.account.concave > 0.01, "{:?}", m.account);
    // One movement from there to the well: V fell by more than its first slope times the way.
    let (_, m) = path(tight(), (&wells, Euclidean), &[0.1], (10.0, 1));
    assert!(m.account.concave > 0.5 && m.account.short == [0.0; 3], "{:?}", m.account);
    // Short movements are those whose width is an eighth of their ends, and alone have a sum of their own.
    let (_, m) = path(tight(), (&v, Euclidean), &[-0.5, 1.0], (1e-3, 20));
    assert_eq!(m.account.short[1..], [m.account.identity, m.account.width]);
}

/// Inner problems solved to a tenth: the path is no further from the exact movements than sum h |e|; and the exact path
/// is no further from the flow than `distance`, which is of the same size.
#[test]
fn bounds_on_what_is_left_undone_hold_and_are_sharp() {
    let (v, start, h, count) = (smooth(), [-0.5, 1.0], 0.05, 20);
    let norm = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let (exact, books) = path(tight(), (&v, Euclidean), &start, (h, count));
    let (rough, inexact) = path(ProximalPoint { inner: 0.1, ..tight() }, (&v, Euclidean), &start, (h, count));
    let off = exact.iter().zip(&rough).map(|(a, b)| norm(a, b)).fold(0.0, f64::max);
    let bound = inexact.account.inexact;
    assert!(off <= bound && off > 0.05 * bound, "{off} {bound}");
    assert!(bound <= 0.1 * inexact.account.length);
    let flow = flowed(&v, Euclidean, &start, (h, count));
    for (path, books) in [(&exact, &books), (&rough, &inexact)] {
        let off = flow.iter().zip(path).map(|(a, b)| norm(a, b)).fold(0.0, f64::max);
        let bound = books.account.distance();
        assert!(off <= bound && off > 0.1 * bound, "{off} {bound}");
    }
    let half = path(tight(), (&v, Euclidean), &start, (0.5 * h, 2 * count)).1.account.distance();
    let slope = (books.account.distance() / half).log2();
    assert!((slope - 1.0).abs() < 0.07, "{slope}");
}

/// Curvatures from 1 to 10^6 in 40 dimensions, h a million times what is stable explicitly: every coordinate is
/// x_0 / (1 + h k)^n, and a movement costs some gradients, not thousands.
#[test]
fn stiff_valleys_are_crossed_in_long_movements() {
    let curvatures: Vec<f64> = (0..40).map(|j| 10f64.powf(6.0 * f64::from(j) / 39.0)).collect();
    let v = Quadratic::new(&curvatures);
    let start = vec![1.0; 40];
    let (points, m) = path(tight(), (&v, Euclidean), &start, (1.0, 5));
    for (n, x) in points.iter().enumerate() {
        let exact: Vec<f64> = curvatures.iter().map(|k| (1.0 + k).powi(-(n as i32))).collect();
        assert!(difference(x, &exact) < 1e-7, "{n}: {x:?}");
    }
    assert!(m.track.evaluations < 2500 && m.account.cut == 0, "{} {:?}", m.track.evaluations, m.account);
    // Far out, all at once: a single movement is the minimum.
    let (points, _) = path(tight(), (&v, Euclidean), &start, (1e9, 1));
    assert!(difference(&points[1], &[0.0; 40]) < 1e-6);
}

/// Ends, and says why: at a minimum, without one, where F is not finite; the same bits however it is cut.
#[test]
fn ends_for_a_reason_and_resumes_to_the_bit() {
    let arrive = ProximalPoint::default();
    let (points, m) = path(arrive, (&smooth(), Euclidean), &[-0.5, 1.0], (10.0, 100));
    assert_eq!(m.track.ending, Some(Ending::Critical));
    assert!(m.track.steps < 20 && points[100] == points[m.track.steps as usize]);
    let down = Of(|x: &[f64], out: &mut [f64]| {
        out[0] = -2.0 * x[0];
        -x[0] * x[0]
    });
    let (points, m) = path(arrive, (&down, Euclidean), &[1.0], (1.0, 3));
    assert_eq!((m.track.ending, points[3][0]), (Some(Ending::Unbounded), 1.0), "1 / h is less than the curvature");
    let (points, m) = path(arrive, (&down, Euclidean), &[1.0], (0.25, 3));
    assert!(m.track.ending.is_none() && (points[3][0] - 8.0).abs() < 1e-4, "1 / (1 - 2 h) a step: {points:?}");
    let nowhere = Of(|_: &[f64], _: &mut [f64]| f64::NAN);
    assert_eq!(path(arrive, (&nowhere, Euclidean), &[1.0], (1.0, 3)).1.track.ending, Some(Ending::NotFinite));

    let v = shares();
    let flow = Flow { functional: PotentialEnergy(&v), geometry: Bregman(Entropy), noise: Still };
    let (whole, _) = path(arrive, (&v, Bregman(Entropy)), &[0.1, 0.2, 0.3, 0.4], (0.1, 12));
    let mut x = point(&[0.1, 0.2, 0.3, 0.4]);
    let mut memory = arrive.memory(&flow, &x);
    for k in 0..12 {
        arrive.step(&flow, Tick { step: k, ..Tick::start(0) }, 0.1, &mut x, &mut memory).unwrap();
        let bytes = save(&mut (&mut x.x[..], &mut memory));
        memory = arrive.memory(&flow, &x);
        restore(&mut (&mut x.x[..], &mut memory), &bytes).unwrap();
    }
    assert_eq!(x.x[..], whole[12][..]);
}

/// The laws of [`Proximity`] over every mirror map: D(R_x(h v), x) is h^2 |v|^2 / 2 up close, its
/// differential that of its value, and transport the velocity of the curve.
#[test]
fn proximity_is_a_metric_up_close() {
    for entry in MIRRORS {
        let map = (entry.build)().unwrap();
        let (d, work) = (3, &mut Workspace::default());
        let x = point(&inside(&*map, 3, d, work));
        let geometry = Bregman(map);
        // A tangent: the gradient of something.
        let (mut v, xi) = (Tangent::zeros(d), Covector((0..d).map(|j| 0.3 + (1.7 * j as f64).sin()).collect()));
        steepest_core::Geometry::sharp(&geometry, Tick::default(), &x, 1.0, &xi, &mut v, work);
        let square = geometry.inner(&x, &v, &v, work);
        assert!((square - steepest_core::State::pair(&x, &xi, &v)).abs() < 1e-12 * square, "{}", entry.name);
        let mut error = |h: f64| {
            let mut y = x.clone();
            steepest_core::Geometry::retract(&geometry, &mut y, &v, h, work);
            let mut slope = Covector::zeros(d);
            let near = geometry.proximity(&y, &x, 1.0, &mut slope, work);
            // d/dh D(R(h v), x) = <dD, velocity>.
            let mut along = v.clone();
            geometry.transport(&x, &y, &mut along, work);
            let rate = steepest_core::State::pair(&y, &slope, &along);
            [(near - 0.5 * h * h * square).abs(), (rate - h * square).abs(), rate, near]
        };
        let e = 1e-4;
        let rate = error(0.04)[2];
        let differences = (error(0.04 + e)[3] - error(0.04 - e)[3]) / (2.0 * e);
        assert!((differences - rate).abs() < 1e-5 * rate, "{}: {differences} {rate}", entry.name);
        let (h, [value, slope, ..]) = (1e-5, error(1e-5));
        assert!(value < 1e-3 * h * h * square && slope < 2e-3 * h * square, "{}: {value} {slope}", entry.name);
    }
}
