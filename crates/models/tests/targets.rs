//! Every named target against its truth: log Z and moments by quadrature of the energy itself, and against published figures.
use std::f64::consts::TAU;
use steepest_core::{Batch, Workspace};
use steepest_models::{CATALOGUE, DenseGaussian, Domain, Model, NotPositive, TargetError, Truth, target};

fn with(name: &str, settings: &[(&str, f64)]) -> Box<dyn Model> {
    let settings: Vec<_> = settings.iter().map(|(k, v)| (k.to_string(), *v)).collect();
    target(name, &settings).unwrap()
}
fn truth(model: &dyn Model) -> (f64, Truth) {
    let truth = model.truth().unwrap();
    assert_eq!((truth.mean.len(), truth.sd.len()), (model.names().len(), model.names().len()));
    (truth.log_z.unwrap(), truth)
}
fn close(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{what}: {got}, not {want}");
}

/// The trapezoidal rule with `n` spacings an axis over a box in coordinates u, x = map(u) of the given log Jacobian: log Z, means
/// and standard deviations of what the model reports.
fn quadrature(model: &dyn Model, lines: &[(f64, f64)], n: usize, map: impl Fn(&mut [f64]) -> f64) -> (f64, Truth) {
    let (d, work) = (model.dim(), &mut Workspace::default());
    let total = (n + 1).pow(d as u32);
    let mut x = vec![0.0; total * d];
    let mut jacobian = vec![0.0; total];
    let mut point = vec![0.0; d];
    for i in 0..total {
        for (j, (a, b)) in lines.iter().enumerate() {
            point[j] = a + (b - a) * ((i / (n + 1).pow(j as u32)) % (n + 1)) as f64 / n as f64;
        }
        jacobian[i] = map(&mut point);
        (0..d).for_each(|j| x[j * total + i] = point[j]);
    }
    let batch = Batch { n: total, d, x: &x };
    let mut v = vec![0.0; total];
    model.values(batch, 1.0, &mut v, work);
    let mut read = vec![0.0; total * model.names().len()];
    model.report(batch, &mut read, work);
    v.iter_mut().zip(&jacobian).for_each(|(v, j)| *v -= j);
    let least = v.iter().copied().fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = v.iter().map(|v| (least - v).exp()).collect();
    let mass: f64 = weights.iter().sum();
    let cell: f64 = lines.iter().map(|(a, b)| (b - a) / n as f64).product();
    let mean_of = |f: &dyn Fn(usize) -> f64| weights.iter().enumerate().map(|(i, w)| w * f(i)).sum::<f64>() / mass;
    let mean: Vec<f64> = read.chunks_exact(total).map(|q| mean_of(&|i| q[i])).collect();
    let sd = read.chunks_exact(total).zip(&mean).map(|(q, m)| mean_of(&|i| (q[i] - m).powi(2)).sqrt()).collect();
    let log_z = (mass * cell).ln() - least;
    (log_z, Truth { log_z: Some(log_z), mean, sd })
}
fn agree(name: &str, model: &dyn Model, (log_z, found): (f64, Truth), tolerance: f64) {
    let (exact, truth) = truth(model);
    close(&format!("{name}: log Z"), log_z, exact, tolerance);
    for (j, quantity) in model.names().iter().enumerate() {
        close(&format!("{name}: mean of {quantity}"), found.mean[j], truth.mean[j], tolerance);
        close(&format!("{name}: sd of {quantity}"), found.sd[j], truth.sd[j], tolerance);
    }
}

/// On a line and in the plane, over a box: to 1e-9.
#[test]
fn one_and_two_dimensional_targets_integrate_to_their_truth() {
    let flat = |_: &mut [f64]| 0.0;
    for (name, settings, lines, n) in [
        ("gaussian", &[("d", 1.0), ("mean", 2.0), ("sd", 0.5)][..], &[(-4.0, 8.0)][..], 400),
        ("gaussian", &[("d", 2.0), ("mean", -1.0), ("sd", 2.0)], &[(-25.0, 23.0), (-25.0, 23.0)], 200),
        ("correlated-gaussian", &[("d", 2.0), ("rho", -0.6)], &[(-9.0, 9.0), (-9.0, 9.0)], 200),
        ("correlated-gaussian", &[("d", 2.0), ("rho", 0.3), ("spread", 2.0)], &[(-5.0, 5.0), (-20.0, 20.0)], 300),
        ("ill-conditioned-gaussian", &[("d", 2.0), ("condition", 25.0)], &[(-9.0, 9.0), (-45.0, 45.0)], 300),
        (
            "ill-conditioned-gaussian",
            &[("d", 2.0), ("condition", 25.0), ("reflected", 1.0)],
            &[(-45.0, 45.0), (-9.0, 9.0)],
            300,
        ),
        ("wishart-gaussian", &[("d", 1.0)], &[(-20.0, 20.0)], 1000),
        ("double-well", &[], &[(-8.0, 8.0)], 400),
        ("double-well", &[("barrier", 20.0)], &[(-2.0, 2.0)], 800),
        ("double-well-2d", &[], &[(-4.0, 4.0), (-9.0, 9.0)], 300),
        ("double-well-2d", &[("barrier", 3.0), ("stiffness", 4.0)], &[(-4.0, 4.0), (-5.0, 5.0)], 400),
        ("mueller-brown", &[], &[(-1.5, 0.5), (0.5, 2.5)], 500),
        ("mueller-brown", &[("scale", 0.1)], &[(-3.0, 2.5), (-2.0, 3.5)], 700),
        ("gaussian-mixture", &[], &[(-50.0, 50.0), (-50.0, 50.0)], 400),
        ("gaussian-mixture", &[("sd", 2.0)], &[(-58.0, 58.0), (-58.0, 58.0)], 200),
        ("many-well", &[("pairs", 1.0)], &[(-4.5, 4.5), (-9.0, 9.0)], 300),
        ("quartic-wells", &[("d", 1.0), ("separation", 3.0)], &[(-4.0, 4.0)], 600),
        ("quartic-wells", &[("d", 2.0), ("wells", 1.0)], &[(-4.0, 4.0), (-9.0, 9.0)], 400),
    ] {
        let model = with(name, settings);
        agree(name, &*model, quadrature(&*model, lines, n, flat), 1e-9);
    }
}

/// In coordinates in which they are plain: to 1e-9.
#[test]
fn bent_targets_integrate_to_their_truth() {
    let funnel = with("funnel", &[("d", 2.0), ("scale", 1.5)]);
    let map = |u: &mut [f64]| {
        let log_scale = 0.5 * u[0];
        u[1] *= log_scale.exp();
        log_scale
    };
    agree("funnel", &*funnel, quadrature(&*funnel, &[(-15.0, 18.0), (-9.0, 9.0)], 300, map), 1e-9);

    let banana = with("banana", &[("scale", 3.0), ("bend", 0.2)]);
    let map = |u: &mut [f64]| {
        u[1] += 0.2 * (u[0] * u[0] - 9.0);
        0.0
    };
    agree("banana", &*banana, quadrature(&*banana, &[(-27.0, 27.0), (-9.0, 9.0)], 300, map), 1e-9);

    let rosenbrock = with("rosenbrock", &[]);
    let map = |u: &mut [f64]| {
        u[1] += u[0] * u[0];
        0.0
    };
    agree("rosenbrock", &*rosenbrock, quadrature(&*rosenbrock, &[(-6.0, 8.0), (-0.7, 0.7)], 300, map), 1e-9);

    for (radius, width) in [(4.0, 0.5), (1.0, 0.4)] {
        let ring = with("ring", &[("radius", radius), ("width", width)]);
        let far = (radius + 9.0 * width).ln();
        // x = e^u (cos a, sin a)
        let map = |u: &mut [f64]| {
            let (r, angle) = (u[0].exp(), u[1]);
            (u[0], u[1]) = (r * angle.cos(), r * angle.sin());
            2.0 * r.ln()
        };
        // The angle is periodic: n + 1 nodes, the last a spacing short of the first.
        let n = 1000;
        let lines = [(far - 20.0, far), (0.0, TAU * n as f64 / (n as f64 + 1.0))];
        agree("ring", &*ring, quadrature(&*ring, &lines, n, map), 1e-9);
    }
}

/// What the literature and this project's own independent quadrature say.
#[test]
fn truths_are_the_published_ones() {
    let check = |name: &str, settings: &[(&str, f64)], log_z: f64, tolerance: f64| {
        let (found, truth) = truth(&*with(name, settings));
        close(&format!("{name}: log Z"), found, log_z, tolerance / log_z.abs().max(1.0));
        truth
    };
    close("funnel sd", check("funnel", &[], 0.0, 0.0).sd[9], 9.4877, 1e-5);
    close("banana sd", check("banana", &[], 0.0, 0.0).sd[1], 4.3589, 1e-5);
    check("gaussian-mixture", &[], 0.0, 0.0);
    let wells = check("many-well", &[], 164.69567531, 5e-9);
    close("many-well mean", wells.mean[0], 1.187961, 1e-6);
    close("many-well variance", wells.sd[30].powi(2), 1.548555, 1e-6);
    check("quartic-wells", &[], -0.541056, 5e-7);
    check("quartic-wells", &[("d", 50.0)], 40.811178481, 5e-10);
    check("mueller-brown", &[], 141.3782880781, 5e-11);
    close("double-well", truth(&*with("double-well", &[])).1.sd[0].powi(2), 1.0417972965, 1e-10);
    check("eight-schools", &[], -32.004495, 5e-7);
    let (_, correlated) = truth(&*with("wishart-gaussian", &[("d", 3.0)]));
    assert!(correlated.sd.iter().all(|s| *s > 0.2 && *s < 50.0), "{correlated:?}");
}

/// A Gaussian of precision [[2, 1], [1, 2]] and mean (1, -1), over a box; and matrices that are no precision.
#[test]
fn a_given_precision_is_factored() {
    let model = DenseGaussian::new(&[1.0, -1.0], &[2.0, 1.0, 1.0, 2.0]).unwrap();
    agree("dense", &model, quadrature(&model, &[(-8.0, 10.0), (-10.0, 8.0)], 200, |_| 0.0), 1e-12);
    assert_eq!(DenseGaussian::new(&[0.0; 2], &[1.0, 2.0, 2.0, 1.0]).err(), Some(NotPositive::Minor(2)));
    assert_eq!(DenseGaussian::new(&[0.0; 2], &[1.0, 0.5, 0.4, 1.0]).err(), Some(NotPositive::Asymmetric));
    assert_eq!(DenseGaussian::new(&[0.0; 2], &[1.0]).err(), Some(NotPositive::Shape));
    assert_eq!(DenseGaussian::new(&[0.0], &[f64::NAN]).err(), Some(NotPositive::Minor(1)));
}

/// Lower Cholesky factor of a symmetric matrix.
fn cholesky(a: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let d = a.len();
    let mut l = vec![vec![0.0; d]; d];
    for i in 0..d {
        for j in 0..=i {
            let rest = a[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
        }
    }
    l
}
/// Solves A x = b from the factor of A.
fn solve(l: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let (d, mut y) = (b.len(), b.to_vec());
    for i in 0..d {
        y[i] = (y[i] - (0..i).map(|k| l[i][k] * y[k]).sum::<f64>()) / l[i][i];
    }
    for i in (0..d).rev() {
        y[i] = (y[i] - (i + 1..d).map(|k| l[k][i] * y[k]).sum::<f64>()) / l[i][i];
    }
    y
}

/// Given the coordinate of tau, V is quadratic in the other nine and the quantities are linear in them, so that a few points give the
/// integral over them exactly; what is left is a trapezoidal rule over one. To 1e-8, and only the model's own code is used.
#[test]
fn eight_schools_integrates_to_its_truth() {
    let (model, work, d) = (with("eight-schools", &[]), &mut Workspace::default(), 10);
    let free: Vec<usize> = (0..d).filter(|&j| j != 1).collect();
    let (mut sums, mut mass, shift) = (vec![[0.0; 2]; d], 0.0, -32.0);
    let (from, to, n) = (-14.0, 22.0, 1200);
    let mut look = |x: &[f64]| {
        let (mut v, mut g) = ([0.0], vec![0.0; d]);
        model.values_and_gradients(Batch { n: 1, d, x }, 1.0, &mut v, &mut g, work);
        (v[0], free.iter().map(|&j| g[j]).collect::<Vec<_>>())
    };
    for k in 0..=n {
        let mut x = vec![0.0; d];
        x[1] = from + (to - from) * k as f64 / n as f64;
        let told = |x: &[f64]| {
            let mut told = vec![0.0; d];
            model.report(Batch { n: 1, d, x }, &mut told, &mut Workspace::default());
            told
        };
        let at_origin = told(&x);
        let reach: Vec<Vec<f64>> = free
            .iter()
            .map(|&j| {
                let mut moved = x.clone();
                moved[j] = 1.0;
                told(&moved).iter().zip(&at_origin).map(|(a, b)| a - b).collect()
            })
            .collect();
        let tau = at_origin[1];
        let (_, origin) = look(&x);
        let rows: Vec<Vec<f64>> = free
            .iter()
            .map(|&j| {
                let mut moved = x.clone();
                moved[j] = 1.0;
                look(&moved).1.iter().zip(&origin).map(|(a, b)| a - b).collect()
            })
            .collect();
        let l = cholesky(&rows);
        let least = solve(&l, &origin.iter().map(|g| -g).collect::<Vec<_>>());
        free.iter().zip(&least).for_each(|(&j, m)| x[j] = *m);
        let (v, slope) = look(&x);
        assert!(slope.iter().all(|s| s.abs() < 1e-6 * (1.0 + tau)), "the least point of a quadratic");
        let log_weight = 4.5 * TAU.ln() - l.iter().enumerate().map(|(i, row)| row[i].ln()).sum::<f64>() - v;
        let w = (log_weight - shift).exp() * (to - from) / n as f64;
        mass += w;
        for (q, sum) in sums.iter_mut().enumerate() {
            // Its law given tau is N(middle + c . least, c . A^-1 c).
            let c: Vec<f64> = reach.iter().map(|row| row[q]).collect();
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let (mean, variance) = (at_origin[q] + dot(&c, &least), dot(&c, &solve(&l, &c)));
            sum[0] += w * mean;
            sum[1] += w * (variance + mean * mean);
        }
    }
    let (exact, truth) = truth(&*model);
    close("log Z", mass.ln() + shift, exact, 1e-8);
    for (q, name) in model.names().iter().enumerate() {
        let (mean, square) = (sums[q][0] / mass, sums[q][1] / mass);
        close(&format!("mean of {name}"), mean, truth.mean[q], 2e-5);
        close(&format!("sd of {name}"), (square - mean * mean).sqrt(), truth.sd[q], 2e-5);
    }
}

/// Every entry: a unique name, a meaning, defaults inside their domains, one name a quantity, a truth, a finite energy where
/// chains start, and a message for every mistake.
#[test]
fn the_catalogue_is_in_order() {
    for entry in CATALOGUE {
        assert_eq!(CATALOGUE.iter().filter(|e| e.name == entry.name).count(), 1, "{}", entry.name);
        assert!(
            !entry.meaning.is_empty()
                && entry.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        );
        let defaults: Vec<_> = entry.settings.iter().map(|s| (s.name.to_string(), s.default)).collect();
        let model = entry.build(&defaults).unwrap();
        let names = model.names();
        assert_eq!(names.len(), names.iter().collect::<std::collections::HashSet<_>>().len(), "{}", entry.name);
        // What has no law is there to move in, or, a sum of squares, to be minimised.
        match model.truth() {
            _ if model.squares().is_some() => {}
            Some(_) => assert!(truth(&*model).1.sd.iter().all(|s| *s > 0.0), "{}", entry.name),
            None => {
                let (mut q, mut p) = (vec![0.0; model.dim()], vec![0.0; model.dim()]);
                assert!(model.motion(&vec![0.0; model.dim()], &mut q, &mut p), "{}", entry.name);
                assert!(q.iter().chain(&p).all(|z| z.is_finite()), "{}", entry.name);
            }
        }
        let mut x = vec![0.3; model.dim()];
        model.start(&mut x);
        let (mut v, mut g) = ([0.0], vec![0.0; model.dim()]);
        let batch = Batch { n: 1, d: model.dim(), x: &x };
        model.values_and_gradients(batch, 1.0, &mut v, &mut g, &mut Workspace::default());
        assert!(v[0].is_finite() && g.iter().all(|g| g.is_finite()), "{}", entry.name);

        let unknown = entry.build(&[("stepp".into(), 1.0)]).err().unwrap();
        assert!(matches!(unknown, TargetError::UnknownSetting { .. }));
        for setting in entry.settings {
            for bad in [f64::NAN, f64::INFINITY] {
                let error = entry.build(&[(setting.name.into(), bad)]).err().unwrap();
                assert!(matches!(error, TargetError::BadValue { .. }), "{error}");
            }
            if setting.domain != Domain::Real && !matches!(setting.domain, Domain::Between(..)) {
                assert!(entry.build(&[(setting.name.into(), -1.0)]).is_err(), "{} of {}", setting.name, entry.name);
            }
        }
    }
}

/// The sentences a user reads.
#[test]
fn mistakes_are_named() {
    let say = |name: &str, key: &str, value: f64| target(name, &[(key.to_string(), value)]).err().unwrap().to_string();
    assert_eq!(say("funel", "d", 3.0), "there is no target called 'funel'; did you mean 'funnel'?");
    assert_eq!(say("xyzzy", "d", 3.0), "there is no target called 'xyzzy'");
    assert_eq!(
        say("funnel", "scal", 3.0),
        "the target 'funnel' has no setting 'scal'; did you mean 'scale'? (it has d, scale)"
    );
    assert_eq!(say("rosenbrock", "d", 3.0), "the target 'rosenbrock' has no settings, so no 'd'");
    assert_eq!(
        say("funnel", "d", 1.5),
        "'d' of the target 'funnel' (dimension) must be a whole number from 2 to 1000000, not 1.5"
    );
    assert!(target("Eight_Schools", &[]).is_ok());
}
