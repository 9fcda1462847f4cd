//! The Jacobian as often as it counts: 1 / beta of it makes exp(-beta V) the law of the parameters whatever the coordinates are, none
//! makes the least V theirs; and priors that a domain cuts off are densities there.
mod one_point;
use one_point::{report, value};
use steepest_core::{Batch, Workspace};
use steepest_models::{
    Centering, Family, Likelihood, MixedModel, Model, Prior, Regression, RegressionOptions, Rows, RowsOptions, Table,
    gradient_check,
};

fn table() -> Table {
    let each = |f: &dyn Fn(usize) -> f64| (0..60).map(f).collect::<Vec<f64>>();
    let wave = |i: usize, k: usize| ((i * (k + 3) + k) as f64).sin();
    Table::from_columns([
        ("x", each(&|i| 3.0 + 2.0 * wave(i, 1))),
        ("z", each(&|i| wave(i, 4))),
        ("real", each(&|i| 1.0 + wave(i, 1) + 0.7 * wave(i, 8))),
        ("bit", each(&|i| f64::from(u8::from((i * 7) % 11 < 5)))),
        ("count", each(&|i| ((i * 5) % 9) as f64)),
        ("positive", each(&|i| 0.2 + ((i * 11) % 13) as f64)),
        ("share", each(&|i| 0.05 + 0.9 * ((i * 17) % 60) as f64 / 60.0)),
        ("grade", each(&|i| ((i * 11) % 4) as f64)),
        ("g", each(&|i| (i % 7) as f64)),
    ])
    .expect("a table")
}
fn options(formula: &str, family: Family, centering: Centering, priors: &[&str]) -> RegressionOptions {
    RegressionOptions {
        formula: formula.into(),
        family: Some(family),
        centering,
        priors: priors.iter().map(|prior| Prior::assignment(prior).expect("a prior")).collect(),
        ..Default::default()
    }
}
fn mixed(formula: &str, family: Family, centering: Centering, priors: &[&str]) -> MixedModel {
    let options = options(formula, family, centering, priors);
    MixedModel::new(&table(), &options).unwrap_or_else(|error| panic!("{formula}: {error}"))
}
fn point(d: usize) -> Vec<f64> {
    (0..d).map(|j| 0.6 * (1.0 + 2.0 * j as f64).sin()).collect()
}
/// V = U - weight log |J| with U = -log density: the Jacobian is what V and U differ by as the model is made, which its own tests hold
/// against differences. So an error of 1e-9 in a value, of 1e-7 in a slope, and what is left behind when the weight is 1 again.
fn weighed<M: Model + Clone>(name: &str, model: &M, ln_density: impl Fn(&M, &[f64]) -> f64, weights: &[f64]) {
    let x = point(model.dim());
    let u = -ln_density(model, &report(model, &x));
    let jacobian = u - value(model, &x);
    for weight in weights {
        let mut other = model.clone();
        assert!(other.weigh_jacobian(*weight), "{name} at {weight}");
        let (found, expected) = (value(&other, &x), u - weight * jacobian);
        assert!((found - expected).abs() < 1e-9 * (1.0 + u.abs()), "{name} at {weight}: {found} and not {expected}");
        let slopes = gradient_check(&other, Batch { n: 1, d: x.len(), x: &x });
        assert!(slopes.agrees(1e-7), "{name} at {weight}: {slopes:?}");
        assert!(other.weigh_jacobian(1.0), "{name}");
        assert_eq!(value(&other, &x).to_bits(), value(model, &x).to_bits(), "{name}");
    }
}

const WAYS: [Centering; 3] = [Centering::Auto, Centering::Centered, Centering::Noncentered];

#[test]
fn of_regressions() {
    for (formula, family, priors) in [
        ("real ~ x + z", Family::Gaussian, &[][..]),
        ("real ~ x", Family::Gaussian, &["coefficients = flat", "sigma = flat"]),
        ("real ~ 0 + x", Family::Gaussian, &["coefficients = normal(0, 3)", "sigma = uniform(0.1, 7)"]),
        ("real ~ x + z", Family::Gaussian, &["x = uniform(-1, 4)", "intercept = uniform(-9, 9)"]),
        ("bit ~ x + z", Family::Bernoulli, &["x = uniform(-2, 3)", "intercept = normal(0, 2)"]),
        ("count ~ x", Family::Poisson, &["coefficients = flat"]),
    ] {
        let options = options(formula, family, Centering::Auto, priors);
        let model = Regression::new(&table(), &options).unwrap_or_else(|error| panic!("{formula}: {error}"));
        weighed(formula, &model, |model, q| model.ln_density(q), &[0.0, 0.3, 2.0]);
    }
}

#[test]
fn of_every_family_with_and_without_groups() {
    let responses = [
        ("real", Family::Gaussian),
        ("bit", Family::Bernoulli),
        ("count", Family::NegativeBinomial),
        ("positive", Family::Gamma),
        ("share", Family::Beta),
        ("real", Family::Student),
        ("grade", Family::Ordinal),
        ("grade", Family::Categorical),
        ("count", Family::ZeroInflatedPoisson),
    ];
    for (k, (response, family)) in responses.into_iter().enumerate() {
        if !matches!(family, Family::Gaussian | Family::Bernoulli) {
            let formula = format!("{response} ~ x + z");
            let model = mixed(&formula, family, Centering::Auto, &[]);
            weighed(&formula, &model, |model, q| model.ln_density(q), &[0.0, 0.3, 2.0]);
        }
        for (terms, priors) in [
            ("x + (1 | g)", &[][..]),
            ("x + (1 + x | g)", &["cor(g) = lkj(2)", "sd = uniform(0, 4)"]),
            ("x + (1 + x + z | g)", &["cor(g) = lkj(1.3)", "sd = half_normal(2)"]),
            ("s(x, k = 5)", &["sd = exponential(1)"]),
        ] {
            let formula = format!("{response} ~ {terms}");
            let model = mixed(&formula, family, WAYS[(k + terms.len()) % 3], priors);
            weighed(&formula, &model, |model, q| model.ln_density(q), &[0.98, 2.0]);
        }
    }
}

/// Seven levels: of sd^(-7 beta) their effects take 7 powers back, so that beta = 2 leaves sd^-7, which has no integral, and gamma(a, b) to
/// that power sd^(2 a - 2). So a > 4 at beta = 2, and a > 8 for a maximum. Of a correlation (1 - r^2)^(2 (eta - 1) - 7/2) is left, so eta > 2.25.
#[test]
fn group_effects_have_laws_where_there_are_any() {
    for (terms, priors, weight, is) in [
        ("(1 | g)", &[][..], 0.5, false),
        ("(1 | g)", &[], 0.0, false),
        ("(1 | g)", &["sd = gamma(3.9, 1)"], 0.5, false),
        ("(1 | g)", &["sd = gamma(4.1, 1)"], 0.5, true),
        ("(1 | g)", &["sd = gamma(4.1, 1)"], 0.0, false),
        ("(1 | g)", &["sd = gamma(8.1, 1)"], 0.0, true),
        ("(1 | g)", &["sd = uniform(0.1, 3)"], 0.0, true),
        ("(x | g)", &["sd = gamma(6, 1)", "cor = lkj(2.2)"], 0.5, false),
        ("(x | g)", &["sd = gamma(6, 1)", "cor = lkj(2.3)"], 0.5, true),
        ("(x | g)", &[], 3.0, true),
        // Towards large ones sd^(-beta (7 + nu + 1)) is left, so weight < 8 + nu; lighter tails end at any.
        ("(1 | g)", &[], 10.9, true),
        ("(1 | g)", &[], 11.1, false),
        ("(x | g)", &[], 11.1, false),
        ("(1 | g)", &["sd = half_cauchy(1)"], 8.9, true),
        ("(1 | g)", &["sd = half_cauchy(1)"], 9.1, false),
        ("(1 | g)", &["sd = half_normal(2)"], 50.0, true),
    ] {
        let what = format!("{terms} {priors:?} {weight}");
        let mut model = mixed(&format!("real ~ {terms}"), Family::Gaussian, Centering::Auto, priors);
        let x = point(model.dim());
        let (before, notes) = (value(&model, &x), model.notes().len());
        assert_eq!(model.weigh_jacobian(weight), is, "{what}");
        assert_eq!(value(&model, &x).to_bits() == before.to_bits(), !is, "{what}");
        let more = model.notes().split_off(notes);
        assert_eq!(more.len(), usize::from(!is && weight == 0.0), "{what}: {more:?}");
        assert!(more.iter().all(|note| note.contains("has no maximum")), "{more:?}");
    }
}

fn rows(ll: &str, parameters: &[(&str, &str)], priors: &[(&str, &str)], y: &[f64]) -> Rows {
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let options = RowsOptions {
        likelihood: Likelihood::Ll(ll.into()),
        parameters: pairs(parameters),
        priors: pairs(priors),
        ..RowsOptions::default()
    };
    let table = Table::from_columns([("y", y.to_vec())]).expect("a table");
    Rows::new(&table, &options).unwrap_or_else(|error| panic!("{ll}: {error}"))
}

/// Every domain. Prior densities: 1/4 of p on (-1, 3), 2 of the simplex, as it has the area 1/2.
#[test]
fn of_row_models() {
    let ll = "-(r^2 + s*y + 2*p + (k - 1)^2 + l^2 + 3*o[1]^2 + o[2] + 5*u[1] + 6*u[2] + 7*u[3])";
    let parameters = [
        ("r", "real"),
        ("s", "positive"),
        ("p", "bounded(-1, 3)"),
        ("k", "bounded(2, inf)"),
        ("l", "bounded(-inf, 1)"),
        ("o", "ordered(2)"),
        ("u", "simplex(3)"),
    ];
    let model = rows(ll, &parameters, &[], &[1.7]);
    let density = |_: &Rows, q: &[f64]| {
        let &[r, s, p, k, l, o1, o2, u1, u2, u3] = q else { panic!("{q:?}") };
        let energy = r * r + 1.7 * s + 2.0 * p + (k - 1.0).powi(2) + l * l + 3.0 * o1 * o1 + o2;
        -(energy + 5.0 * u1 + 6.0 * u2 + 7.0 * u3) - 4f64.ln() + 2f64.ln()
    };
    weighed("rows", &model, density, &[0.0, 0.4, 3.0]);
}

/// The sum of exp(-beta V) over a grid of so many steps of h to both sides of 0 in every coordinate, times h^d; and of that times f.
fn integral(v: &impl Model, beta: f64, (steps, h): (i32, f64), f: impl Fn(&[f64]) -> f64) -> (f64, f64) {
    let (d, ticks) = (v.dim(), (-steps..=steps).map(|k| h * f64::from(k)).collect::<Vec<_>>());
    let n = ticks.len().pow(d as u32);
    let x: Vec<f64> = (0..d * n).map(|at| ticks[at % n / ticks.len().pow((at / n) as u32) % ticks.len()]).collect();
    let batch = Batch { n, d, x: &x };
    let (mut values, mut theta) = (vec![0.0; n], vec![0.0; n * v.names().len()]);
    v.values(batch, 1.0, &mut values, &mut Workspace::default());
    v.report(batch, &mut theta, &mut Workspace::default());
    let (mut total, mut mean) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let weight = (-beta * value).exp() * h.powi(d as i32);
        let q: Vec<f64> = theta.iter().skip(i).step_by(n).copied().collect();
        total += weight;
        mean += weight * f(&q);
    }
    (total, mean)
}

/// Five of seven, p uniform on (0, 1): p^(5 beta) (1 - p)^(2 beta) is Beta(5 beta + 1, 2 beta + 1), by the trapezoidal rule to 1e-10.
#[test]
fn the_law_at_a_temperature_is_that_of_the_parameter() {
    let mut model = rows("bernoulli_lpmf(y | p)", &[("p", "bounded(0, 1)")], &[], &[1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
    for beta in [0.5, 1.0, 2.0, 7.0] {
        assert!(model.weigh_jacobian(1.0 / beta));
        let (total, sum) = integral(&model, beta, (1600, 0.025), |q| q[0]);
        let exact = (5.0 * beta + 1.0) / (7.0 * beta + 2.0);
        assert!((sum / total - exact).abs() < 1e-10, "beta {beta}: {} and not {exact}", sum / total);
    }
}

/// With a likelihood of 1 the integral of exp(-V) is that of the prior: 1, wherever its domain cuts it off. By the trapezoidal rule
/// to 1e-7, where a forgotten factor of two is off by a half.
#[test]
fn priors_are_densities_on_their_domains() {
    for (domain, law) in [
        ("positive", "normal(0, 1.5)"),
        ("positive", "normal(0.4, 1)"),
        ("positive", "std_normal"),
        ("positive", "cauchy(-1, 2)"),
        ("positive", "student_t(4, 0, 2)"),
        ("positive", "logistic(1, 0.7)"),
        ("positive", "gumbel(0.5, 1)"),
        ("positive", "half_normal(2)"),
        ("positive", "gamma(2, 3)"),
        ("bounded(-inf, 2)", "normal(2, 3)"),
        ("bounded(-inf, 2)", "double_exponential(3, 1)"),
        ("bounded(1, 3)", "double_exponential(0.5, 1)"),
        ("bounded(1, 3)", "exponential(0.7)"),
        ("bounded(1, 3)", "lognormal(0.3, 0.8)"),
        ("bounded(1, 3)", "weibull(1.7, 2)"),
        ("bounded(1, 3)", "loglogistic(2, 1.5)"),
        ("bounded(1, 3)", "rayleigh(1.3)"),
        ("bounded(1, 3)", "half_cauchy(1)"),
        ("bounded(1, 3)", "half_normal(2)"),
        ("bounded(1, 3)", "pareto(0.5, 2)"),
        ("bounded(1, 3)", "uniform(0, 4)"),
        ("bounded(-1, 3)", "flat"),
        ("bounded(0, 1)", "beta(2, 3)"),
    ] {
        let model = rows("-y^2", &[("a", domain)], &[("a", law)], &[0.0]);
        let (total, _) = integral(&model, 1.0, (4000, 0.01), |_| 0.0);
        assert!((total - 1.0).abs() < 1e-7, "{law} on {domain}: {total}");
    }
    for (domain, law) in [("positive(2)", "normal(0, 1)"), ("ordered(2)", "normal(0.3, 1)"), ("simplex(3)", "flat")] {
        let model = rows("-y^2", &[("a", domain)], &[("a", law)], &[0.0]);
        let (total, _) = integral(&model, 1.0, (130, 0.2), |_| 0.0);
        assert!((total - 1.0).abs() < 1e-7, "{law} on {domain}: {total}");
    }
    // Half of a normal of any width is above its middle; what no formula has is said.
    let parameters = [("a", "positive"), ("s", "positive")];
    let model = rows("-y^2", &parameters, &[("a", "normal(0, s)"), ("s", "gamma(3, 2)")], &[0.0]);
    let (total, _) = integral(&model, 1.0, (130, 0.2), |_| 0.0);
    assert!((total - 1.0).abs() < 1e-7, "{total}");
    let model = rows("-y^2", &[("a", "bounded(1, 3)")], &[("a", "gamma(2, 1)")], &[0.0]);
    assert!(model.notes().iter().any(|note| note.contains("log Z lacks that")), "{:?}", model.notes());
}
