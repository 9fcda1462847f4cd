//! Laws of regressions: gradients, Jacobians, exact posteriors, independence of points, and the credit example.
mod one_point;
use one_point::{report, value};
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Family, Model, Prior, Regression, RegressionOptions, Standardize, Table};

/// Numbers in (0, 1) from a fixed sequence.
fn uniforms(seed: u64, n: usize) -> Vec<f64> {
    let mut x = vec![0.0; n];
    steepest_kernels::uniforms(seed, 0, 0, 0, &mut x);
    x
}
fn normals(seed: u64, n: usize) -> Vec<f64> {
    let mut x = vec![0.0; n];
    steepest_kernels::normals(seed, 0, 1, 0, &mut x);
    x
}

/// 150 rows (a tile boundary inside) of badly scaled, correlated predictors and three responses.
fn data() -> Table {
    let (z, u) = (normals(7, 450), uniforms(8, 450));
    let a: Vec<f64> = (0..150).map(|i| 300.0 + 12.0 * z[i]).collect();
    let b: Vec<f64> = (0..150).map(|i| 0.01 * (z[i] + 0.3 * z[150 + i])).collect();
    let c: Vec<f64> = (0..150).map(|i| f64::from(u8::from(u[i] < 0.4))).collect();
    let eta: Vec<f64> = (0..150).map(|i| 0.5 + 0.05 * (a[i] - 300.0) - 20.0 * b[i] + 0.7 * c[i]).collect();
    let bit = (0..150).map(|i| f64::from(u8::from(u[150 + i] < 1.0 / (1.0 + (-eta[i]).exp())))).collect();
    let count = (0..150).map(|i| (2.5 * eta[i].exp() * u[300 + i]).floor()).collect();
    let real = (0..150).map(|i| 100.0 + 7.0 * (eta[i] + z[300 + i])).collect();
    Table::from_columns([("a", a), ("b", b), ("c", c), ("bit", bit), ("count", count), ("real", real)]).unwrap()
}

fn fit(table: &Table, formula: &str, priors: &[&str]) -> Regression {
    let priors = priors.iter().map(|p| Prior::assignment(p).unwrap()).collect();
    let family = formula.starts_with("count").then_some(Family::Poisson);
    let options = RegressionOptions { formula: formula.into(), family, priors, ..Default::default() };
    Regression::new(table, &options).unwrap_or_else(|e| panic!("{e}"))
}

/// Every prior on every kind of parameter, in every family.
fn catalogue(table: &Table) -> Vec<Regression> {
    let priors: [&[&str]; 7] = [
        &[],
        &["coefficients = flat", "sigma = flat"],
        &["coefficients = normal(0.5, 3)", "sigma = half_normal(10)"],
        &["coefficients = student_t(4, 0.1, 2)", "sigma = student_t(3, 0, 9)"],
        &["coefficients = cauchy(0.2, 1.5)", "sigma = cauchy(0, 5)"],
        &["coefficients = uniform(-250, 600)", "sigma = uniform(0.5, 30)"],
        &["intercept = normal(1, 2)", "a = uniform(-0.5, 0.9)", "b = flat", "sigma = exponential(0.1)"],
    ];
    let mut all = Vec::new();
    for response in ["real", "bit", "count"] {
        for terms in ["a + b + c + a:c", "0 + a + b + c"] {
            for set in priors {
                let set: Vec<&str> = set
                    .iter()
                    .copied()
                    .filter(|p| response == "real" || !p.starts_with("sigma"))
                    .filter(|p| !terms.starts_with('0') || !p.starts_with("intercept"))
                    .collect();
                all.push(fit(table, &format!("{response} ~ {terms}"), &set));
            }
        }
    }
    all
}

/// Central differences of the fourth order agree with the gradient to 1e-7 of its size, at several points.
#[test]
fn gradients_are_those_of_the_values() {
    for (k, v) in catalogue(&data()).iter().enumerate() {
        let d = v.dim();
        for trial in 0..3 {
            let x: Vec<f64> = normals(100 + trial, d).iter().map(|z| 1.3 * z).collect();
            let mut g = vec![0.0; d];
            v.gradients(Batch { n: 1, d, x: &x }, 1.0, &mut g, &mut Workspace::default());
            let size = g.iter().map(|g| g.abs()).fold(1.0, f64::max);
            for j in 0..d {
                let at = |h: f64| {
                    let mut y = x.clone();
                    y[j] += h;
                    value(v, &y)
                };
                let h = 5e-3;
                let slope = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
                let error = (slope - g[j]).abs() / size;
                assert!(error < 1e-7, "model {k} ({:?}), coordinate {j}: {slope} against {}", v.notes(), g[j]);
            }
        }
    }
}

/// V(x) = -log density(q(x)) - log |dq/dx| with the determinant by differences: the Jacobian and all constants.
#[test]
fn energy_is_density_and_jacobian() {
    for (k, v) in catalogue(&data()).iter().enumerate() {
        let d = v.dim();
        let x: Vec<f64> = normals(5, d);
        let q = report(v, &x);
        let mut jacobian = vec![0.0; d * d];
        for j in 0..d {
            let at = |h: f64| {
                let mut y = x.clone();
                y[j] += h;
                report(v, &y)
            };
            let h = 1e-3;
            let (a, b, c, e) = (at(h), at(-h), at(2.0 * h), at(-2.0 * h));
            for i in 0..d {
                jacobian[i * d + j] = (8.0 * (a[i] - b[i]) - (c[i] - e[i])) / (12.0 * h);
            }
        }
        let expected = -v.ln_density(&q) - log_det(d, jacobian);
        let got = value(v, &x);
        assert!(
            (got - expected).abs() < 1e-6 * expected.abs().max(10.0),
            "model {k} {:?}: {got} {expected}",
            v.notes()
        );
        let back = v.coordinates(&q).unwrap();
        assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-7), "model {k}: {x:?} came back as {back:?}");
    }
}

/// log |det A| by Gaussian elimination with row pivoting.
fn log_det(d: usize, mut a: Vec<f64>) -> f64 {
    let mut out = 0.0;
    for k in 0..d {
        let pivot = (k..d).max_by(|&i, &j| a[i * d + k].abs().total_cmp(&a[j * d + k].abs())).unwrap();
        (0..d).for_each(|j| a.swap(k * d + j, pivot * d + j));
        out += a[k * d + k].abs().ln();
        for i in k + 1..d {
            let c = a[i * d + k] / a[k * d + k];
            (k..d).for_each(|j| a[i * d + j] -= c * a[k * d + j]);
        }
    }
    out
}

/// The density itself, written out by hand for one model of each family.
#[test]
fn densities_by_hand() {
    let t = data();
    let column = |name| t.numbers(name).unwrap().to_vec();
    let (a, c) = (column("a"), column("c"));
    let normal =
        |x: f64, m: f64, s: f64| -0.5 * ((x - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let q = [2.0, -0.01, 0.4];
    let eta: Vec<f64> = (0..150).map(|i| q[0] + q[1] * a[i] + q[2] * c[i]).collect();
    let prior: f64 = q.iter().map(|&b| normal(b, 0.0, 3.0)).sum();
    let sum = |f: &dyn Fn(usize) -> f64| (0..150).map(f).sum::<f64>();

    let y = column("bit");
    let by_hand = prior + sum(&|i| if y[i] == 1.0 { -(-eta[i]).exp().ln_1p() } else { -eta[i].exp().ln_1p() });
    let got = fit(&t, "bit ~ a + c", &["coefficients = normal(0, 3)"]).ln_density(&q);
    assert!((got - by_hand).abs() < 1e-11 * by_hand.abs(), "{got} {by_hand}");

    let y = column("count");
    let factorial = |y: f64| (1..=y as u64).map(|k| (k as f64).ln()).sum::<f64>();
    let by_hand = prior + sum(&|i| y[i] * eta[i] - eta[i].exp() - factorial(y[i]));
    let got = fit(&t, "count ~ a + c", &["coefficients = normal(0, 3)"]).ln_density(&q);
    assert!((got - by_hand).abs() < 1e-11 * by_hand.abs(), "{got} {by_hand}");

    let y = column("real");
    let sigma = 9.0;
    let half_cauchy = (2.0 / (std::f64::consts::PI * 5.0 * (1.0 + (sigma / 5.0_f64).powi(2)))).ln();
    let by_hand = prior + half_cauchy + sum(&|i| normal(y[i], eta[i], sigma));
    let got = fit(&t, "real ~ a + c", &["coefficients = normal(0, 3)", "sigma = cauchy(0, 5)"])
        .ln_density(&[q[0], q[1], q[2], sigma]);
    assert!((got - by_hand).abs() < 1e-11 * by_hand.abs(), "{got} {by_hand}");
}

/// A point gets the same bits alone and in any company, values with and without gradients.
#[test]
fn points_do_not_see_each_other() {
    for v in catalogue(&data()) {
        let (d, n) = (v.dim(), 13);
        let x: Vec<f64> = normals(3, d * n).iter().map(|z| 2.0 * z).collect();
        let mut work = Workspace::default();
        let (mut values, mut gradients) = (vec![0.0; n], vec![0.0; n * d]);
        v.values_and_gradients(Batch { n, d, x: &x }, 1.0, &mut values, &mut gradients, &mut work);
        let mut alone = vec![0.0; n];
        v.values(Batch { n, d, x: &x }, 1.0, &mut alone, &mut work);
        assert_eq!(alone, values);
        for i in 0..n {
            let point: Vec<f64> = (0..d).map(|j| x[j * n + i]).collect();
            let mut g = vec![0.0; d];
            v.gradients(Batch { n: 1, d, x: &point }, 1.0, &mut g, &mut work);
            assert_eq!(value(&v, &point).to_bits(), values[i].to_bits());
            assert!((0..d).all(|j| g[j].to_bits() == gradients[j * n + i].to_bits()));
        }
    }
}

/// `standardize = sd` is the model on columns divided by their standard deviation (divisor n - 1), whatever was divided by hand.
#[test]
fn standardising_is_dividing_the_columns() {
    let t = data();
    let sd = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / 150.0;
        (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 149.0).sqrt()
    };
    let divided = |name: &str| t.numbers(name).map(|x| x.iter().map(|v| v / sd(x)).collect::<Vec<f64>>()).unwrap();
    let by_hand =
        Table::from_columns([("a", divided("a")), ("b", divided("b")), ("bit", t.numbers("bit").unwrap().to_vec())]);
    let priors = vec![("coefficients".into(), "normal(0.3, 2)".parse().unwrap())];
    let options = RegressionOptions { formula: "bit ~ a + b".into(), priors, ..Default::default() };
    let inside = RegressionOptions { standardize: Standardize::Sd, ..options.clone() };
    let (u, v) = (Regression::new(&by_hand.unwrap(), &options).unwrap(), Regression::new(&t, &inside).unwrap());
    for q in [[0.1, 0.2, -0.3], [-4.0, 0.5, 1.5]] {
        let (u, v) = (u.ln_density(&q), v.ln_density(&q));
        assert!((u - v).abs() < 1e-10 * u.abs(), "{u} {v}");
    }
}

/// `out += scale * ...`.
#[test]
fn results_accumulate() {
    let v = fit(&data(), "bit ~ a + b", &[]);
    let x = [0.3, -0.2, 0.9];
    let mut out = [5.0];
    v.values(Batch { n: 1, d: 3, x: &x }, -2.0, &mut out, &mut Workspace::default());
    assert!((out[0] - (5.0 - 2.0 * value(&v, &x))).abs() < 1e-12);
}

/// Around x = 0 the whitened energy is nearly |x|^2/2: its Hessian is the identity where the mode is exact.
#[test]
fn coordinates_are_whitened_at_the_mode() {
    let t = data();
    for v in [fit(&t, "bit ~ a + b + c + a:c", &[]), fit(&t, "count ~ a*b", &["coefficients = flat"])] {
        let d = v.dim();
        let mut g = vec![0.0; d];
        v.gradients(Batch { n: 1, d, x: &vec![0.0; d] }, 1.0, &mut g, &mut Workspace::default());
        assert!(g.iter().all(|g| g.abs() < 1e-4), "{g:?}");
        let h = 1e-4;
        for j in 0..d {
            let mut x = vec![0.0; d];
            x[j] = h;
            let mut at = vec![0.0; d];
            v.gradients(Batch { n: 1, d, x: &x }, 1.0, &mut at, &mut Workspace::default());
            for k in 0..d {
                let entry = (at[k] - g[k]) / h;
                assert!((entry - f64::from(u8::from(j == k))).abs() < 1e-3, "H[{j}, {k}] = {entry}");
            }
        }
    }
}

/// With flat priors the centre is ordinary least squares, and V falls off from it as |X (beta - ols)|^2 / (2 sigma^2).
#[test]
fn gaussian_with_flat_priors_is_least_squares() {
    let t = Table::parse("line.csv", b"x,y\n0,1\n1,3\n2,4\n3,9\n", Default::default()).unwrap();
    let v = fit(&t, "y ~ x", &["coefficients = flat", "sigma = flat"]);
    let q = report(&v, &[0.0, 0.0, 0.0]);
    assert!((q[0] - 0.5).abs() < 1e-9 && (q[1] - 2.5).abs() < 1e-9, "{q:?}");
    let squares: f64 =
        [(0.0, 1.0), (1.0, 3.0), (2.0, 4.0), (3.0, 9.0)].iter().map(|(x, y)| (y - 0.5_f64 - 2.5 * x).powi(2)).sum();
    // V(log sigma) = n log sigma + RSS/(2 sigma^2) - log sigma is least at sigma^2 = RSS / (n - 1) and curved by 2 (n - 1);
    // integrating two coefficients out lifts log sigma by 2 / (2 (n - 1)).
    assert!((q[2] - (squares / 3.0).sqrt() * f64::exp(2.0 / 6.0)).abs() < 1e-6, "{q:?} {squares}");
}

/// The conjugate case: for given sigma the posterior of beta is normal with mean (X'X/s^2 + I/t^2)^-1 X'y/s^2.
#[test]
fn gaussian_with_normal_priors_is_conjugate() {
    let t = Table::parse("line.csv", b"x,z,y\n0,1,1\n1,0,3\n2,5,4\n3,-1,9\n1,1,2\n", Default::default()).unwrap();
    let v = fit(&t, "y ~ 0 + x + z", &["coefficients = normal(0, 2)"]);
    let (x, z, y) = (t.numbers("x").unwrap(), t.numbers("z").unwrap(), t.numbers("y").unwrap());
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let s2 = 2.25;
    let (a, b, c) = (dot(x, x) / s2 + 0.25, dot(x, z) / s2, dot(z, z) / s2 + 0.25);
    let (e, f) = (dot(x, y) / s2, dot(z, y) / s2);
    let det = a * c - b * b;
    let mean = [(c * e - b * f) / det, (a * f - b * e) / det];
    let at = |p: f64, q: f64| v.ln_density(&[mean[0] + p, mean[1] + q, 1.5]);
    for (p, q) in [(0.1, 0.0), (0.0, 0.1), (-0.7, 0.4), (3.0, 5.0)] {
        let expected = -0.5 * (a * p * p + 2.0 * b * p * q + c * q * q);
        assert!((at(p, q) - at(0.0, 0.0) - expected).abs() < 1e-10 * expected.abs().max(1.0));
    }
}

/// Mean and log Z of the credit posteriors, by importance sampling from the Gaussian at the mode, against long SMC runs.
#[test]
fn credit_matches_its_known_posterior() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/credit/credit.csv");
    let table = Table::read(&path, Default::default()).unwrap();
    // The runs were of columns over their standard deviations with divisor n: coefficients there are smaller by this.
    let wider = (1000.0 / 999.0_f64).sqrt();
    let prior = |(name, sd): (&str, f64)| (name.to_string(), Prior::Normal { mean: 0.0, sd });
    for (sd, log_z) in [(1.0, -531.280), (10.0, -585.097)] {
        let options = RegressionOptions {
            formula: "default ~ .".into(),
            priors: [("coefficients", wider * sd), ("intercept", sd)].map(prior).to_vec(),
            standardize: Standardize::Sd,
            ..Default::default()
        };
        let v = Regression::new(&table, &options).unwrap();
        assert_eq!((v.dim(), v.family()), (25, Family::Bernoulli));
        let (n, d, wide) = (20_000, 25, 1.1);
        let mut x = normals(11, n * d);
        let half_squares: Vec<f64> = (0..n).map(|i| (0..d).map(|j| 0.5 * x[j * n + i].powi(2)).sum()).collect();
        x.iter_mut().for_each(|x| *x *= wide);
        let mut energy = vec![0.0; n];
        v.values(Batch { n, d, x: &x }, 1.0, &mut energy, &mut Workspace::default());
        let constant = 0.5 * d as f64 * (2.0 * std::f64::consts::PI).ln() + d as f64 * f64::ln(wide);
        let log_w: Vec<f64> = energy.iter().zip(&half_squares).map(|(v, h)| h + constant - v).collect();
        let found = steepest_kernels::log_sum_exp(&log_w) - (n as f64).ln();
        // The reference has a standard error of .0046, this estimate one of .007.
        assert!((found - log_z).abs() < 0.025, "log Z with sd {sd}: {found} against {log_z}");
        if sd == 1.0 {
            let mut q = vec![0.0; n * d];
            v.report(Batch { n, d, x: &x }, &mut q, &mut Workspace::default());
            let w: Vec<f64> = log_w.iter().map(|w| (w - found).exp()).collect();
            let mean = |k: usize| -(0..n).map(|i| w[i] * q[k * n + i]).sum::<f64>() / w.iter().sum::<f64>();
            // Means of intercept, status, duration, history for the response "good": the signs turn.
            for (k, m, sd) in [(0, -1.42752, 0.7405), (1, 0.72350, 0.0904), (2, -0.44504, 0.1045), (3, 0.40955, 0.0926)]
            {
                let mean = if k == 0 { mean(k) } else { mean(k) / wider };
                assert!((mean - m).abs() < 0.06 * sd, "mean {k}: {mean} against {m}");
            }
        }
    }
}
