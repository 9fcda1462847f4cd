//! The Fisher information of regressions: against differences of the gradient, where it is the curvature; and that of the rows.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Family, Information, Model, Plain, Prior, Regression, RegressionOptions, Table};

fn table() -> Table {
    let wave = |k: usize| (0..60).map(|i| ((i * (k + 3) + k) as f64).sin() * 2.0 + k as f64).collect::<Vec<_>>();
    let (x, z) = (wave(1), wave(4));
    let coin = (0..60).map(|i| f64::from(u8::from((i * 7) % 11 < 5))).collect();
    let count = (0..60).map(|i| ((i * 5) % 9) as f64).collect();
    let real = x.iter().zip(&z).enumerate().map(|(i, (x, z))| 1.0 + x - 0.4 * z + ((i * 13) as f64).cos()).collect();
    Table::from_columns([("x", x), ("z", z), ("coin", coin), ("count", count), ("real", real)]).expect("a table")
}
fn regression(formula: &str, family: Family, priors: &[&str], standardised: bool) -> Regression {
    let options = RegressionOptions {
        formula: formula.into(),
        family: Some(family),
        priors: priors.iter().map(|prior| Prior::assignment(prior).expect("a prior")).collect(),
        standardised,
        ..Default::default()
    };
    Regression::new(&table(), &options).expect("a regression")
}
fn gradient(v: &dyn Potential, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    v.gradients(Batch { n: 1, d: x.len(), x }, 1.0, &mut out, &mut Workspace::default());
    out
}

#[test]
fn of_canonical_links_it_is_the_curvature() {
    for (formula, family, priors) in [
        ("coin ~ x + z", Family::Bernoulli, &["coefficients = flat"][..]),
        ("coin ~ x * z", Family::Bernoulli, &["coefficients = normal(0, 0.5)"]),
        ("count ~ x + z", Family::Poisson, &["coefficients = normal(0, 1)", "intercept = flat"]),
        ("count ~ 0 + x", Family::Poisson, &["coefficients = flat"]),
        ("real ~ x + z", Family::Gaussian, &["coefficients = normal(0, 3)"]),
    ] {
        for standardised in [false, true] {
            let model = regression(formula, family, priors, standardised);
            let d = model.dim();
            let x: Vec<f64> = (0..d).map(|j| 0.3 - 0.2 * j as f64).collect();
            let mut said = vec![0.0; d * d];
            assert!(model.information(&x, &mut said));
            let p = if family == Family::Gaussian { d - 1 } else { d };
            for j in 0..p {
                let at =
                    |e: f64| x.iter().enumerate().map(|(k, x)| if k == j { x + e } else { *x }).collect::<Vec<_>>();
                let (up, down) = (gradient(&model, &at(1e-5)), gradient(&model, &at(-1e-5)));
                for k in 0..p {
                    let found = (up[k] - down[k]) / 2e-5;
                    let scale = (said[j * d + j] * said[k * d + k]).sqrt();
                    assert!(
                        (found - said[j * d + k]).abs() < 1e-6 * scale,
                        "{formula}: {j} {k} {found} {}",
                        said[j * d + k]
                    );
                }
                // Of sigma and a coefficient it is none.
                assert!(p == d || said[j * d + p] == 0.0 && said[p * d + j] == 0.0);
            }
        }
    }
    // Of log sigma it is 2 n, and what the prior adds: exponential(rate) has rate sigma.
    let model = regression("real ~ x", Family::Gaussian, &["sigma = exponential(0.5)"], true);
    let (mut theta, mut said) = (vec![0.0; 3], vec![0.0; 9]);
    let x = [0.1, 0.2, 0.3];
    model.report(Batch { n: 1, d: 3, x: &x }, &mut theta, &mut Workspace::default());
    model.information(&x, &mut said);
    // d log sigma / d x, by differences.
    let mut ahead = vec![0.0; 3];
    model.report(Batch { n: 1, d: 3, x: &[0.1, 0.2, 0.3 + 1e-6] }, &mut ahead, &mut Workspace::default());
    let slope = (ahead[2] / theta[2]).ln() / 1e-6;
    assert!((said[8] / (slope * slope * (120.0 + 0.5 * theta[2])) - 1.0).abs() < 1e-5, "{}", said[8]);
}

/// Scores of rows by differences: of a coin they are (y - p) x.
#[test]
fn of_rows_it_is_the_sum_over_their_scores() {
    let model = regression("coin ~ x + z", Family::Bernoulli, &["coefficients = flat"], true);
    let x = [0.2, -0.3, 0.1];
    let mut found = vec![0.0; 9];
    Information::empirical(&model).expect("it has rows").at(&x, &mut found);
    let coefficients = Plain::new(&model).expect("linear").reported(&x);
    let table = table();
    let columns: Vec<Vec<f64>> =
        ["x", "z", "coin"].iter().map(|name| table.numbers(name).expect("a column").to_vec()).collect();
    // Standardised columns, as the coordinates are of those.
    let standard = |c: &[f64]| {
        let n = c.len() as f64;
        let mean = c.iter().sum::<f64>() / n;
        let sd = (c.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        c.iter().map(|x| (x - mean) / sd).collect::<Vec<_>>()
    };
    let (a, b) = (standard(&columns[0]), standard(&columns[1]));
    let mut exact = vec![0.0; 9];
    for i in 0..60 {
        let eta = coefficients[0] + coefficients[1] * columns[0][i] + coefficients[2] * columns[1][i];
        let score: Vec<f64> =
            [1.0, a[i], b[i]].iter().map(|x| (columns[2][i] - 1.0 / (1.0 + (-eta).exp())) * x).collect();
        (0..9).for_each(|k| exact[k] += score[k / 3] * score[k % 3]);
    }
    for (found, exact) in found.iter().zip(&exact) {
        assert!((found - exact).abs() < 1e-7 * exact.abs().max(1.0), "{found} {exact}");
    }
    assert!(Information::exact(&model).is_some());
}

/// The dual value of a share of the slope is never above the primal one, and meets it as the share becomes one.
#[test]
fn the_dual_of_the_rows_bounds_from_below() {
    for (formula, family) in [("coin ~ x + z", Family::Bernoulli), ("count ~ x + z", Family::Poisson)] {
        let model = regression(formula, family, &["coefficients = flat"], true);
        // A point whose intercept is the best for its slopes.
        let mut x = vec![0.0, 0.2, -0.1];
        for _ in 0..50 {
            let mut g = vec![0.0; 9];
            model.information(&x, &mut g);
            x[0] -= gradient(&model, &x)[0] / g[0];
        }
        let slope = gradient(&model, &x);
        let along: f64 = slope.iter().zip(&x).map(|(g, x)| g * x).sum();
        let whole = model.dual(&x, 1.0).expect("flat priors");
        assert!((whole - along).abs() < 1e-9, "Fenchel's equality: {whole} {along}");
        for share in [0.9, 0.5, 0.0] {
            // V(x) + V*(p) >= <p, x>, p the share of the slope.
            let here = model.dual(&x, share).expect("flat priors");
            assert!(here > share * along + 1e-6, "{formula}, {share}: {here}");
        }
    }
    let proper = regression("coin ~ x", Family::Bernoulli, &[], true);
    assert!(proper.dual(&[0.0, 0.0], 1.0).is_none());
}
