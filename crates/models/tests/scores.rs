//! Scores of rows: the slopes of their log likelihoods, whose sum is that of V, and whose squares are the information.
use steepest_core::{Batch, Workspace};
use steepest_models::{
    Family, Information, Likelihood, Model, Prior, RegressionOptions, Rows, RowsOptions, Table, Whitened, regress,
};

const ROWS: usize = 150;

fn table() -> Table {
    let wave = |k: usize| (0..ROWS).map(|i| ((i * (k + 3) + k) as f64).sin() * 2.0 + k as f64).collect::<Vec<_>>();
    let each = |f: &dyn Fn(usize) -> f64| (0..ROWS).map(f).collect::<Vec<_>>();
    let (x, z) = (wave(1), wave(4));
    let real = each(&|i| 1.0 + x[i] - 0.4 * z[i] + ((i * 13) as f64).cos());
    Table::from_columns([
        ("coin", each(&|i| f64::from(u8::from((i * 7) % 11 < 5)))),
        ("count", each(&|i| ((i * 5) % 9) as f64)),
        ("share", each(&|i| 0.05 + 0.9 * ((i * 17) % 60) as f64 / 60.0)),
        ("times", each(&|i| 0.2 + ((i * 11) % 13) as f64)),
        ("of", vec![9.0; ROWS]),
        ("weight", each(&|i| (1 + i % 3) as f64)),
        ("grade", each(&|i| ((i * 11) % 4) as f64)),
        ("g", each(&|i| ((i * i) % 7) as f64)),
        ("index", each(&|i| (1 + i % 3) as f64)),
        ("error", each(&|i| 0.5 + 0.1 * (i % 4) as f64)),
        ("x", x),
        ("z", z),
        ("real", real),
    ])
    .expect("a table")
}
fn regression(formula: &str, family: Family, priors: &[&str], weights: Option<&str>) -> Box<dyn Model> {
    let options = RegressionOptions {
        formula: formula.into(),
        family: Some(family),
        priors: priors.iter().map(|prior| Prior::assignment(prior).expect("a prior")).collect(),
        weights: weights.map(str::to_owned),
        ..Default::default()
    };
    regress(&table(), &options).unwrap_or_else(|error| panic!("{formula}: {error}"))
}
fn rows(parameters: &[(&str, &str)], nll: &str) -> Rows {
    let parameters = parameters.iter().map(|(name, domain)| ((*name).into(), (*domain).into())).collect();
    let options = RowsOptions { likelihood: Likelihood::Nll(nll.into()), parameters, ..RowsOptions::default() };
    Rows::new(&table(), &options).unwrap_or_else(|error| panic!("{nll}: {error}"))
}

fn scores(model: &dyn Model, rows: std::ops::Range<usize>, x: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; rows.len() * x.len()];
    assert!(model.scores(rows, x, &mut out));
    out
}
/// log p of every row.
fn logs(model: &dyn Model, x: &[f64]) -> Vec<f64> {
    let (observations, quantities) = (model.observations().expect("rows"), model.names().len());
    let (mut theta, mut out) = (vec![0.0; quantities], vec![0.0; observations.rows()]);
    model.report(Batch { n: 1, d: x.len(), x }, &mut theta, &mut Workspace::default());
    observations.log_likelihood(0..out.len(), Batch { n: 1, d: quantities, x: &theta }, &mut out);
    out
}
fn gradient(model: &dyn Model, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    model.gradients(Batch { n: 1, d: x.len(), x }, 1.0, &mut out, &mut Workspace::default());
    out
}
/// Scores against differences of fourth order, in pieces and whole; the information against their squares.
fn check(what: &str, model: &dyn Model) {
    let (d, n) = (model.dim(), model.observations().expect("rows").rows());
    let x: Vec<f64> = (0..d).map(|j| 0.5 * (1.0 + 2.0 * j as f64).sin()).collect();
    let found = scores(model, 0..n, &x);
    let at = |j: usize, h: f64| {
        let mut moved = x.clone();
        moved[j] += h;
        logs(model, &moved)
    };
    let h = 2e-3;
    let mut seen = 0.0f64;
    for j in 0..d {
        let [a, b, c, e] = [at(j, h), at(j, -h), at(j, 2.0 * h), at(j, -2.0 * h)];
        for r in 0..n {
            let slope = (8.0 * (a[r] - b[r]) - (c[r] - e[r])) / (12.0 * h);
            let said = found[r * d + j];
            assert!((said - slope).abs() < 1e-7 * (1.0 + slope.abs()), "{what}: row {r}, {j}: {said} {slope}");
            seen = seen.max(slope.abs());
        }
        let column = (0..n).map(|r| found[r * d + j].abs()).fold(0.0, f64::max);
        let hyper = model.names().iter().any(|name| name.starts_with("sd(")) && column == 0.0;
        assert!(column > 1e-4 || hyper, "{what}: nothing depends on {j}");
    }
    assert!(seen > 0.1, "{what}");
    let piece = scores(model, 17..n.min(141), &x);
    assert_eq!(piece, found[17 * d..n.min(141) * d], "{what}");
    let mut information = vec![0.0; d * d];
    Information::empirical(model).expect("it has rows").at(&x, &mut information);
    for k in 0..d * d {
        let sum: f64 = found.chunks_exact(d).map(|s| s[k / d] * s[k % d]).sum();
        let size = (information[k / d * (d + 1)] * information[k % d * (d + 1)]).sqrt();
        assert!((information[k] - sum).abs() <= 1e-12 * size, "{what}: {k} {} {sum}", information[k]);
    }
}

/// Every family: an error of 2 % in a slope by a predictor or by an own parameter is off by more than 1e-3.
#[test]
fn of_every_family_they_are_the_slopes_of_the_rows() {
    for (formula, family, priors, weights) in [
        ("coin ~ x + z", Family::Bernoulli, &[][..], None),
        ("coin ~ x + z", Family::Bernoulli, &["x = uniform(-1, 2)", "intercept = uniform(-3, 3)"], None),
        ("count ~ x * z", Family::Poisson, &["coefficients = flat"], None),
        ("real ~ x + z", Family::Gaussian, &[], None),
        ("real ~ 0 + x", Family::Gaussian, &["sigma = uniform(0.1, 5)"], None),
        ("real | se(error) ~ x", Family::Gaussian, &[], Some("weight")),
        ("real ~ x + (1 | g)", Family::Gaussian, &[], Some("weight")),
        ("count | trials(of) ~ x + offset(z)", Family::Binomial, &[], Some("weight")),
        ("count ~ x + s(z)", Family::NegativeBinomial, &[], None),
        ("times ~ x", Family::Gamma, &[], Some("weight")),
        ("share ~ x + (1 | g)", Family::Beta, &[], None),
        ("real ~ x", Family::Student, &["sigma = uniform(0.2, 4)"], Some("weight")),
        ("count ~ x", Family::ZeroInflatedPoisson, &[], None),
        ("grade ~ x + z", Family::Ordinal, &[], Some("weight")),
        ("grade ~ x + (1 + x | g)", Family::Ordinal, &[], None),
        ("grade ~ x", Family::Categorical, &["intercept = uniform(-4, 4)"], Some("weight")),
        ("grade ~ x + (1 + x | g) + (1 | index)", Family::Categorical, &[], None),
        ("coin ~ x + (1 + x | g) + s(z)", Family::Bernoulli, &[], None),
    ] {
        check(formula, &*regression(formula, family, priors, weights));
    }
}

const DECLARED: [(&[(&str, &str)], &str); 7] = [
    (&[("a", "real"), ("s", "positive")], "0.5*((real - a*x)/s)^2 + log(s)"),
    (&[("p", "bounded(0, 1)"), ("b", "bounded(-2, 3)")], "-log(p*exp(-(x - b)^2) + (1 - p)*exp(-x^2))"),
    (&[("a", "simplex(3)"), ("b", "real(2)")], "-log(a[index]) + exp(b[1]*x)*a[1] - b[2]*a[2]*z + b[1]^2"),
    (&[("c", "ordered(3)"), ("u", "real[g]"), ("t", "positive")], "(c[index] - t*u[g] - x)^2 + u[g]^2/t + c[2]"),
    (
        &[("r", "bounded(-1, 1)"), ("m", "real"), ("s", "positive")],
        "0.5*((real - m - r*(real[-1] - m) - r^2*x[-3])/s)^2 + log(s)",
    ),
    (&[("b1", "positive"), ("b2", "positive")], "0.5*(real - b1*(1 - exp(-b2*x^2)))^2"),
    (&[("k", "bounded(2, inf)"), ("l", "bounded(-inf, 1)")], "abs(real - k)*exp(l) - where(z > 4, l, x*l)"),
];

/// Row models over every domain, with levels and lags; and in whitened coordinates.
#[test]
fn of_row_models_they_are_the_slopes_of_the_rows() {
    for (parameters, nll) in DECLARED {
        let model = rows(parameters, nll);
        check(nll, &model);
        let d = model.dim();
        let spread: Vec<f64> =
            (0..d * d).map(|k| if k % d >= k / d { 0.3 + (k % 3) as f64 * 0.2 } else { 0.0 }).collect();
        check("whitened", &Whitened::new(&model, &vec![0.1; d], &spread));
    }
}

/// Where the prior is flat their sum is minus the gradient of V, but for what the Jacobian adds: that of rows that say nothing.
#[test]
fn they_add_up_to_the_gradient() {
    for (parameters, nll) in DECLARED {
        let (model, silent) = (rows(parameters, nll), rows(parameters, &format!("1e-300*({nll})")));
        let d = model.dim();
        let x: Vec<f64> = (0..d).map(|j| 0.4 - 0.3 * j as f64).collect();
        let (whole, jacobian) = (gradient(&model, &x), gradient(&silent, &x));
        let found = scores(&model, 0..model.observations().expect("rows").rows(), &x);
        for j in 0..d {
            let column = || found.chunks_exact(d).map(|s| s[j]);
            let size: f64 = column().map(f64::abs).sum();
            let off = column().sum::<f64>() + whole[j] - jacobian[j];
            assert!(off.abs() <= 1e-13 * (size + 1.0), "{nll}: {j} off by {off:e}");
        }
    }
    for (formula, family) in [
        ("coin ~ x + z", Family::Bernoulli),
        ("count ~ x + z", Family::Poisson),
        ("real ~ x + z", Family::Gaussian),
        ("count | trials(of) ~ x", Family::Binomial),
        ("count ~ x", Family::NegativeBinomial),
        ("times ~ x", Family::Gamma),
        ("share ~ x", Family::Beta),
        ("real ~ x", Family::Student),
        ("count ~ x", Family::ZeroInflatedPoisson),
        ("grade ~ x", Family::Ordinal),
        ("grade ~ x + z", Family::Categorical),
    ] {
        let model = regression(formula, family, &["coefficients = flat"], None);
        let own = ["sigma", "shape", "phi", "nu", "zi"];
        let p = model.names().iter().filter(|name| !own.contains(&name.as_str()) && !name.starts_with("cut")).count();
        let d = model.dim();
        let x: Vec<f64> = (0..d).map(|j| 0.4 - 0.3 * j as f64).collect();
        let (whole, found) = (gradient(&*model, &x), scores(&*model, 0..ROWS, &x));
        for j in 0..p {
            let column = || found.chunks_exact(d).map(|s| s[j]);
            let size: f64 = column().map(f64::abs).sum();
            let off = column().sum::<f64>() + whole[j];
            assert!(off.abs() <= 1e-12 * size, "{formula}: {j} off by {off:e} of {size}");
        }
    }
}
