//! The Fisher information of regressions: against differences of the gradient, where it is the curvature; and that of the rows.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Family, Information, MixedModel, Model, Plain, Prior, Regression, RegressionOptions, Table};

fn table() -> Table {
    let wave = |k: usize| (0..60).map(|i| ((i * (k + 3) + k) as f64).sin() * 2.0 + k as f64).collect::<Vec<_>>();
    let (x, z) = (wave(1), wave(4));
    let coin = (0..60).map(|i| f64::from(u8::from((i * 7) % 11 < 5))).collect();
    let count = (0..60).map(|i| ((i * 5) % 9) as f64).collect();
    let real = x.iter().zip(&z).enumerate().map(|(i, (x, z))| 1.0 + x - 0.4 * z + ((i * 13) as f64).cos()).collect();
    let share = (0..60).map(|i| 0.05 + 0.9 * f64::from((i * 17) % 60) / 60.0).collect();
    let times = (0..60).map(|i| 0.2 + f64::from((i * 11) % 13)).collect();
    let of = vec![9.0; 60];
    let weight = (0..60).map(|i| f64::from(1 + i % 3)).collect();
    Table::from_columns([
        ("x", x),
        ("z", z),
        ("coin", coin),
        ("count", count),
        ("real", real),
        ("share", share),
        ("times", times),
        ("of", of),
        ("weight", weight),
    ])
    .expect("a table")
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

/// Scores of rows: of a coin they are (y - p) x.
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
        assert!((found - exact).abs() < 1e-12 * exact.abs().max(1.0), "{found} {exact}");
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

fn general(formula: &str, family: Family, priors: &[&str], weights: Option<&str>) -> MixedModel {
    let options = RegressionOptions {
        formula: formula.into(),
        family: Some(family),
        priors: priors.iter().map(|prior| Prior::assignment(prior).expect("a prior")).collect(),
        weights: weights.map(str::to_owned),
        ..Default::default()
    };
    MixedModel::new(&table(), &options).expect("a regression")
}

/// Of canonical links the expected information is the curvature: with trials, weights, an offset and priors that are not flat.
#[test]
fn of_other_families_too() {
    for (formula, family, priors, weights) in [
        ("count | trials(of) ~ x + z", Family::Binomial, &["coefficients = flat"][..], None),
        (
            "count ~ x + offset(z)",
            Family::Poisson,
            &["coefficients = normal(0, 0.3)", "intercept = flat"],
            Some("weight"),
        ),
        (
            "count | trials(of) ~ x",
            Family::Binomial,
            &["x = uniform(-1, 2)", "intercept = normal(0, 2)"],
            Some("weight"),
        ),
    ] {
        let model = general(formula, family, priors, weights);
        let d = model.dim();
        let x: Vec<f64> = (0..d).map(|j| 0.3 - 0.2 * j as f64).collect();
        let mut said = vec![0.0; d * d];
        assert!(model.information(&x, &mut said), "{formula}");
        for j in 0..d {
            let at = |e: f64| x.iter().enumerate().map(|(k, x)| if k == j { x + e } else { *x }).collect::<Vec<_>>();
            let (up, down) = (gradient(&model, &at(1e-5)), gradient(&model, &at(-1e-5)));
            for k in 0..d {
                let (found, said) = ((up[k] - down[k]) / 2e-5, said[j * d + k]);
                // A bounded coefficient bends the coordinate, and a slope then adds to the curvature.
                let most = if priors[0].contains("uniform") { 0.5 } else { 1e-6 };
                assert!((found - said).abs() < most * (1.0 + found.abs()), "{formula}: {j} {k} {found} {said}");
            }
        }
    }
    let grouped = general("count | trials(of) ~ x + (1 | weight)", Family::Binomial, &[], None);
    assert!(!grouped.information(&vec![0.0; grouped.dim()], &mut vec![0.0; grouped.dim().pow(2)]));
}

/// Squares of scores of replicates, by differences, have it as their mean: to 6 % of the diagonal, which is some five standard
/// errors of 60,000 rows. An information of half a row's, or own parameters in another unit, is far off.
#[test]
fn scores_of_replicates_have_it_as_their_mean() {
    let (replicates, rows) = (1000, 60);
    for (formula, family, priors) in [
        ("share ~ x", Family::Beta, &["coefficients = flat", "phi = exponential(0.000001)"][..]),
        ("times ~ x", Family::Gamma, &["coefficients = flat", "shape = exponential(0.000001)"]),
        ("count ~ x", Family::NegativeBinomial, &["coefficients = flat", "shape = exponential(0.000001)"]),
        ("count ~ x", Family::ZeroInflatedPoisson, &["coefficients = flat"]),
    ] {
        let model = general(formula, family, priors, None);
        let (d, quantities) = (model.dim(), model.names().len());
        let x: Vec<f64> = (0..d).map(|j| 0.2 - 0.3 * j as f64).collect();
        let report = |x: &[f64]| {
            let mut theta = vec![0.0; quantities];
            model.report(Batch { n: 1, d, x }, &mut theta, &mut Workspace::default());
            theta
        };
        let here = report(&x);
        let copies: Vec<f64> = here.iter().flat_map(|q| vec![*q; replicates]).collect();
        let mut drawn = vec![0.0; rows * replicates];
        let observations = model.observations().expect("rows");
        observations.replicate(0..rows, 5, 0, Batch { n: replicates, d: quantities, x: &copies }, &mut drawn);
        let ends: Vec<[Vec<f64>; 2]> = (0..d)
            .map(|j| {
                [1e-4, -1e-4].map(|e| {
                    let mut moved = x.clone();
                    moved[j] += e;
                    report(&moved)
                })
            })
            .collect();
        let name = formula.split(' ').next().expect("a response");
        let x_column = table().numbers("x").expect("a column").to_vec();
        let mut mean = vec![0.0; d * d];
        for i in 0..replicates {
            let response = (0..rows).map(|r| drawn[r * replicates + i]).collect();
            let other = Table::from_columns([("x", x_column.clone()), (name, response)]).expect("a table");
            let other = observations.on(&other).expect("the same columns");
            let of = |theta: &[f64]| {
                let mut out = vec![0.0; rows];
                other.log_likelihood(0..rows, Batch { n: 1, d: quantities, x: theta }, &mut out);
                out
            };
            let scores: Vec<Vec<f64>> = ends
                .iter()
                .map(|[up, down]| of(up).iter().zip(of(down)).map(|(u, d)| (u - d) / 2e-4).collect())
                .collect();
            for k in 0..d * d {
                let both = scores[k / d].iter().zip(&scores[k % d]);
                mean[k] += both.map(|(a, b)| a * b).sum::<f64>() / replicates as f64;
            }
        }
        let mut said = vec![0.0; d * d];
        assert!(model.information(&x, &mut said), "{formula}");
        for k in 0..d * d {
            // zi between bounds: what its coordinate's Jacobian adds is no part of the rows.
            let bounded = family == Family::ZeroInflatedPoisson && k == d * d - 1;
            let size = (said[k / d * (d + 1)] * said[k % d * (d + 1)]).sqrt();
            let off = (said[k] - mean[k]) / size;
            println!("{family:?} {k}: {} {} off {off:.4}", said[k], mean[k]);
            assert!(off.abs() < if bounded { 0.2 } else { 0.06 }, "{family:?}: {k} {} {}", said[k], mean[k]);
        }
    }
}
