//! Row models against energies written by hand, their gradients against differences, and the laws of every energy.
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::normals;
use steepest_models::{Likelihood, Model, Rows, RowsOptions, Table, gradient_check};

/// 200 rows: y, t > 0, d in {0, 1}, a count, two categories.
fn table(rows: usize) -> Table {
    let mut z = vec![0.0; 2 * rows];
    normals(7, 0, 0, 0, &mut z);
    let mut csv = String::from("y,t,d,count,county,kind\n");
    for r in 0..rows {
        let (a, b) = (z[2 * r], z[2 * r + 1]);
        let (county, kind) = ([3, 5, 8, 20][(r * 7 + r / 3) % 4], ["ash", "elm", "oak"][(r * 5) % 3]);
        csv += &format!("{},{},{},{},{county},{kind}\n", a, (0.5 * b).exp(), r % 2, (r * r) % 7);
    }
    Table::parse("table.csv", csv.as_bytes(), Default::default()).unwrap()
}
fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}
fn options(nll: &str, parameters: &[(&str, &str)], priors: &[(&str, &str)]) -> RowsOptions {
    let likelihood = match nll.strip_prefix("ll:") {
        Some(ll) => Likelihood::Ll(ll.into()),
        None => Likelihood::Nll(nll.into()),
    };
    RowsOptions { likelihood, parameters: pairs(parameters), priors: pairs(priors), ..RowsOptions::default() }
}
fn model(rows: usize, nll: &str, parameters: &[(&str, &str)], priors: &[(&str, &str)]) -> Rows {
    Rows::new(&table(rows), &options(nll, parameters, priors)).unwrap_or_else(|error| panic!("{nll}: {error}"))
}

type Stated = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);
/// Likelihood, parameters, priors.
const MODELS: &[Stated] = &[
    (
        "log(s) + 0.5*((y - a*exp(-b*t))/s)^2",
        &[("a", "real"), ("b", "positive"), ("s", "positive")],
        &[("a", "normal(0, 10)")],
    ),
    (
        "ll:normal_lpdf(y | alpha[county] + beta[2]*t + beta[1]*y[-2], s)",
        &[("alpha", "real[county]"), ("beta", "real(2)"), ("s", "positive"), ("mu", "real"), ("tau_a", "positive")],
        &[
            ("alpha", "normal(mu, tau_a)"),
            ("mu", "normal(0, 1)"),
            ("tau_a", "half_cauchy(1)"),
            ("beta", "student_t(4, 0, 1)"),
        ],
    ),
    (
        "ll:log_mix(p, normal_lpdf(y, m[1], s[1]), normal_lpdf(y, m[2], s[2]))",
        &[("p", "bounded(0, 1)"), ("m", "ordered(2)"), ("s", "positive(2)")],
        &[("p", "beta(5, 5)"), ("m", "normal(0, 2)"), ("s", "normal(0, 2)")],
    ),
    (
        "ll:d*weibull_lpdf(t, k, exp(b[kind])) + (1 - d)*weibull_lccdf(t, k, exp(b[kind]))",
        &[("k", "positive"), ("b", "real[kind]"), ("unit", "simplex(3)")],
        &[("b", "normal(0, 2*pi)"), ("unit", "dirichlet(2)")],
    ),
    (
        "ll:where(d == 1, exponential_lpdf(t, r), exponential_lccdf(t, r)) + 0*theta[count_up]",
        &[("r", "positive"), ("theta", "real(7)"), ("u", "bounded(-1, 2)")],
        &[("theta", "cauchy(u, 1)"), ("r", "gamma(2, 1)")],
    ),
    (
        "ll:neg_binomial_2_log_lpmf(count, a + b*y, phi)",
        &[("a", "real"), ("b", "real"), ("phi", "positive")],
        &[("phi", "exponential(1)")],
    ),
    (
        "ll:student_t_lpdf(y, nu, mu, s) + log(w[1]) + 0.1*log(w[3])",
        &[("nu", "bounded(2, inf)"), ("mu", "bounded(-inf, 3)"), ("s", "positive"), ("w", "simplex(3)")],
        &[],
    ),
    (
        "-log_sum_exp(a*y, b*t, 0) + 0.1*(a^2 + b^2)/t + max(a, y)^2 + abs(b*t - a)*0.3",
        &[("a", "real"), ("b", "real")],
        &[],
    ),
    (
        "ll:gamma_lpdf(t, a, a/m[kind]) - lgamma(a*t)*0.01",
        &[("a", "positive"), ("m", "positive[kind]")],
        &[("m", "lognormal(0, 1)")],
    ),
    (
        "(y - c[kind]*g[county])^2",
        &[("c", "real[kind]"), ("g", "real[county]")],
        &[("c", "normal(g[1], 1)"), ("g", "normal(0, 1)")],
    ),
    (
        "ll:log_mix(p, uniform_lpdf(y | -0.5, 0.5), normal_lpdf(y | m, s)) \
         + log_mix(p, normal_lpdf(y | m, 1), gamma_lpdf(y | 2, r))",
        &[("p", "bounded(0, 1)"), ("m", "real"), ("s", "positive"), ("r", "positive")],
        &[("m", "normal(0, 1)"), ("r", "exponential(1)")],
    ),
    (
        "ll:normal_lpdf(y | w[1] + v[2], 1)",
        &[("a", "positive"), ("w", "simplex(3)"), ("c", "positive(4)"), ("v", "simplex(4)")],
        &[("a", "gamma(2, 1)"), ("w", "dirichlet(2*a)"), ("c", "gamma(3, 1)"), ("v", "dirichlet(c + a)")],
    ),
    (
        "ll:where(count == 0, log(p), log1p(-p) + gamma_lpdf(count | s, r)) + where(d > 0, d*s, s/(d - 1))",
        &[("p", "bounded(0, 1)"), ("s", "positive"), ("r", "positive")],
        &[("s", "exponential(1)"), ("r", "exponential(1)")],
    ),
];

fn each(mut visit: impl FnMut(&str, Rows)) {
    for (nll, parameters, priors) in MODELS {
        let with_index = nll.contains("count_up");
        let mut table = table(200);
        if with_index {
            let csv: String =
                (0..200).map(|r| format!("{},{},{}\n", (r % 11 + 1) as f64 * 0.1, r % 2, r % 7 + 1)).collect();
            table = Table::parse("table.csv", format!("t,d,count_up\n{csv}").as_bytes(), Default::default()).unwrap();
        }
        let model =
            Rows::new(&table, &options(nll, parameters, priors)).unwrap_or_else(|error| panic!("{nll}: {error}"));
        visit(nll, model);
    }
}
fn points(model: &Rows, n: usize) -> Vec<f64> {
    let mut x = vec![0.0; n * model.dim()];
    normals(3, 0, 1, 0, &mut x);
    x
}

/// Differences are good to 1e-9, so an error of one in ten million in one slope dies.
#[test]
fn gradients_are_those_of_the_values() {
    each(|nll, model| {
        let x = points(&model, 3);
        let report = gradient_check(&model, Batch { n: 3, d: model.dim(), x: &x });
        assert_eq!(report.points, 3, "{nll}");
        assert!(report.agrees(1e-7), "{nll}: {report:?}");
    });
}

#[test]
fn a_point_does_not_depend_on_its_batch() {
    each(|nll, model| {
        let (n, d) = (21, model.dim());
        let x = points(&model, n);
        let mut work = Workspace::default();
        let (mut values, mut slopes) = (vec![0.0; n], vec![0.0; n * d]);
        model.values_and_gradients(Batch { n, d, x: &x }, 1.0, &mut values, &mut slopes, &mut work);
        for i in 0..n {
            let point: Vec<f64> = (0..d).map(|j| x[j * n + i]).collect();
            let batch = Batch { n: 1, d, x: &point };
            let (mut value, mut slope, mut alone) = ([0.0], vec![0.0; d], [0.0]);
            model.values_and_gradients(batch, 1.0, &mut value, &mut slope, &mut work);
            model.values(batch, 1.0, &mut alone, &mut work);
            assert_eq!(value[0].to_bits(), values[i].to_bits(), "{nll}");
            assert_eq!(value, alone, "{nll}");
            assert!((0..d).all(|j| slope[j].to_bits() == slopes[j * n + i].to_bits()), "{nll}");
        }
    });
}

/// The energy of the second model, row by row as it is written.
#[test]
fn values_are_those_of_an_energy_written_by_hand() {
    let (nll, parameters, priors) = MODELS[1];
    let (table, model) = (table(200), model(200, nll, parameters, priors));
    assert_eq!(
        model.names(),
        ["alpha[3]", "alpha[5]", "alpha[8]", "alpha[20]", "beta[1]", "beta[2]", "s", "mu", "tau_a"]
    );
    let x: [f64; 9] = [0.3, -0.2, 0.8, 1.1, 0.4, -0.6, 0.2, 0.1, -0.5];
    let (s, mu, tau) = (x[6].exp(), x[7], x[8].exp());
    let ln_normal =
        |y: f64, m: f64, s: f64| -0.5 * ((y - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let (y, t, county) = (table.numbers("y").unwrap(), table.numbers("t").unwrap(), table.numbers("county").unwrap());
    let mut expected = -(x[6] + x[8]); // Jacobians of s and tau
    for r in 2..200 {
        let level = [3.0, 5.0, 8.0, 20.0].iter().position(|c| *c == county[r]).unwrap();
        expected -= ln_normal(y[r], x[level] + x[5] * t[r] + x[4] * y[r - 2], s);
    }
    expected -= (0..4).map(|k| ln_normal(x[k], mu, tau)).sum::<f64>();
    expected -= ln_normal(mu, 0.0, 1.0) + (2.0 / std::f64::consts::PI / (1.0 + tau * tau)).ln();
    // student_t(4, 0, 1) at b: Gamma(2.5)/(Gamma(2) sqrt(4 pi)) = 3/8
    expected -= [x[4], x[5]].iter().map(|b| 0.375_f64.ln() - 2.5 * (b * b / 4.0).ln_1p()).sum::<f64>();
    let mut value = [0.0];
    model.values(Batch { n: 1, d: 9, x: &x }, 1.0, &mut value, &mut Workspace::default());
    assert!((value[0] - expected).abs() < 1e-12 * expected.abs(), "{} and not {expected}", value[0]);
    assert!(model.notes()[1].contains("198 rows of table.csv; the first 2 are left out"), "{:?}", model.notes());
}

/// A row that one law of a mixture cannot have is one of the other. Elsewhere what depends on columns alone has to be a number.
#[test]
fn rows_that_are_impossible_under_one_law_of_a_mixture() {
    let table = Table::from_columns([("y", vec![3.0, 0.5, -2.0]), ("z", vec![1.0, 0.0, 2.0])]).unwrap();
    let ll = "ll:log_mix(p, uniform_lpdf(y | 0, 1), normal_lpdf(y | m, 1))";
    let model = Rows::new(&table, &options(ll, &[("p", "bounded(0, 1)"), ("m", "real")], &[])).unwrap();
    let (mut value, mut slopes) = ([0.0], [0.0; 2]);
    let batch = Batch { n: 1, d: 2, x: &[0.0, 1.0] };
    model.values_and_gradients(batch, 1.0, &mut value, &mut slopes, &mut Workspace::default());
    // p = 1/2, m = 1; the Jacobian of p is 1/4.
    let bell = |y: f64| (-0.5 * (y - 1.0) * (y - 1.0)).exp() / std::f64::consts::TAU.sqrt();
    let both = 0.5 + 0.5 * bell(0.5);
    let energy = -(0.5 * bell(3.0)).ln() - both.ln() - (0.5 * bell(-2.0)).ln() + 4_f64.ln();
    let share = 0.5 * bell(0.5) / both;
    assert!((value[0] - energy).abs() < 1e-13, "{} and not {energy}", value[0]);
    // d log p(y) / dx = 1 - p of the first law, -p of the second; in m, y - m where it is of the second.
    let by_p = -(-0.5 - 0.5 + ((1.0 - share) * 0.5 - share * 0.5));
    let by_m = -(2.0 - 3.0 + share * -0.5);
    assert!((slopes[0] - by_p).abs() < 1e-13 && (slopes[1] - by_m).abs() < 1e-13, "{slopes:?}, not {by_p}, {by_m}");
    let mut scores = [0.0; 6];
    assert!(model.scores(0..3, &[0.0, 1.0], &mut scores) && scores.iter().all(|score| score.is_finite()));
    assert!((scores[1] - 2.0).abs() < 1e-13 && (scores[0] + 0.5).abs() < 1e-13, "{scores:?}");

    let made = |nll: &str| Rows::new(&table, &options(nll, &[("a", "real")], &[]));
    for taken in ["max(log(z), a)", "log_sum_exp(log(z), a)", "log_sum_exp(a, log(z) + 2*a)*y"] {
        let model = made(taken).unwrap_or_else(|error| panic!("{taken}: {error}"));
        let mut value = [0.0];
        model.values(Batch { n: 1, d: 1, x: &[0.3] }, 1.0, &mut value, &mut Workspace::default());
        assert!(value[0].is_finite(), "{taken}: {value:?}");
    }
    let refused = [
        "(y - a*log(z))^2",
        "min(log(z), a)",
        "a*y + log(z)",
        "log_sum_exp(a, a*log(z))",
        "exp(log(z) + a)",
        "a - log(z)",
    ];
    for refused in refused {
        assert!(matches!(made(refused), Err(steepest_models::RowsError::NotFinite { .. })), "{refused}");
    }
}

/// What a branch makes of columns alone is no matter in rows of the other: the gamma density of 0 has none there.
#[test]
fn a_branch_that_is_not_taken_need_not_be_a_number() {
    let table = Table::from_columns([("w", vec![0.0, 2.0]), ("z", vec![1.0, 0.0])]).unwrap();
    let ll = "ll:where(w == 0, log(p), log1p(-p) + gamma_lpdf(w | s, 1))";
    let model = Rows::new(&table, &options(ll, &[("p", "bounded(0, 1)"), ("s", "positive")], &[])).unwrap();
    let (mut value, mut slopes, ln) = ([0.0], [0.0; 2], 2f64.ln());
    let batch = Batch { n: 1, d: 2, x: &[0.0, ln] };
    model.values_and_gradients(batch, 1.0, &mut value, &mut slopes, &mut Workspace::default());
    // p = 1/2 and s = 2: 2 log(1/2) + log 2 - 2, and the Jacobians 1/4 and 2; digamma(2) = 1 - 0.5772...
    assert!((value[0] - (2.0 + 2.0 * ln)).abs() < 1e-14, "{value:?}");
    let by_s = ln - (1.0 - 0.577_215_664_901_532_9);
    assert!(slopes[0].abs() < 1e-14 && (slopes[1] - (-2.0 * by_s - 1.0)).abs() < 1e-14, "{slopes:?}");
    let mut scores = [0.0; 4];
    assert!(model.scores(0..2, &[0.0, ln], &mut scores));
    let expected = [0.5, 0.0, -0.5, 2.0 * by_s];
    assert!(scores.iter().zip(expected).all(|(found, score)| (found - score).abs() < 1e-14), "{scores:?}");

    let made = |nll: &str| Rows::new(&table, &options(nll, &[("a", "real")], &[]));
    for taken in ["where(z == 0, a, a*log(z))", "where(w > 0, where(z != 1, a/(1 - z), a), a)"] {
        let model = made(taken).unwrap_or_else(|error| panic!("{taken}: {error}"));
        let mut value = [0.0];
        model.values(Batch { n: 1, d: 1, x: &[0.3] }, 1.0, &mut value, &mut Workspace::default());
        assert!(value[0].is_finite(), "{taken}: {value:?}");
    }
    for refused in ["where(z == 0, a, a*log(z)) + a*log(z)", "where(z > 0, a, a*log(z))", "where(a > 0, a, a*log(z))"] {
        let Err(error) = made(refused) else { panic!("{refused} was taken") };
        let says = "depends on z alone is -inf; write max(z, 1e-9) for z, or give such rows another branch";
        assert!(error.to_string().contains(says), "{refused}: {error}");
    }
}

/// In rows of another branch a column that is compared with 0 may be 0 where a law divides by it, or takes the logarithm of a product
/// with it: V and its slope at x = log 2 are those of the row with w = 2 and y = 3, less the Jacobian of a = e^x = 2.
#[test]
fn a_column_that_is_compared_may_divide() {
    let columns = [("w", vec![0.0, 2.0]), ("d", vec![1.0, 1.0]), ("y", vec![0.0, 3.0])];
    let table = Table::from_columns(columns).unwrap();
    let (ln, root) = (2f64.ln(), 0.5 * std::f64::consts::TAU.ln());
    for (nll, value, slope) in [
        ("ll:where(w == 0, 0, poisson_lpmf(y | w*a))", 4.0 + 6f64.ln() - 6.0 * ln, 1.0),
        ("ll:where(w > 0, poisson_lpmf(y | w*a), 0)", 4.0 + 6f64.ln() - 6.0 * ln, 1.0),
        ("ll:where(d == 1, where(w == 0, 0, poisson_lpmf(y | w*a)), 0)", 4.0 + 6f64.ln() - 6.0 * ln, 1.0),
        ("ll:where(w != 0, normal_lpdf(y | a/w, 1), 0)", 2.0 + root, -2.0),
        ("ll:where(w == 0, 0, normal_lpdf(y | sqrt(w*a), 1))", 0.5 + root, -1.0),
        ("where(w == 0, 0, w^a)", 4.0, 8.0 * ln),
    ] {
        let model =
            Rows::new(&table, &options(nll, &[("a", "positive")], &[])).unwrap_or_else(|e| panic!("{nll}: {e}"));
        let (mut energy, mut found, mut scores) = ([0.0], [0.0], [0.0; 2]);
        let batch = Batch { n: 1, d: 1, x: &[ln] };
        model.values_and_gradients(batch, 1.0, &mut energy, &mut found, &mut Workspace::default());
        assert!((energy[0] - (value - ln)).abs() < 1e-13, "{nll}: {energy:?} and not {}", value - ln);
        assert!((found[0] - (slope - 1.0)).abs() < 1e-13, "{nll}: {found:?} and not {}", slope - 1.0);
        assert!(model.scores(0..2, &[ln], &mut scores), "{nll}");
        assert!(scores[0] == 0.0 && (scores[1] + slope).abs() < 1e-13, "{nll}: {scores:?}");
    }
}

/// A column of 0 says that a row is not asked, though the law ends before it: -(log 2 - 2 (3 - 1)) is all there is.
#[test]
fn rows_that_are_not_asked_say_nothing() {
    let table = Table::from_columns([("t", vec![3.0, 0.5]), ("seen", vec![1.0, 0.0])]).unwrap();
    let ll = "ll:seen*exponential_lpdf(t - shift | 2)";
    let model = Rows::new(&table, &options(ll, &[("shift", "real")], &[])).unwrap();
    let (mut value, mut slope) = ([0.0], [0.0]);
    let batch = Batch { n: 1, d: 1, x: &[1.0] };
    model.values_and_gradients(batch, 1.0, &mut value, &mut slope, &mut Workspace::default());
    assert!((value[0] - (4.0 - 2f64.ln())).abs() < 1e-14 && (slope[0] + 2.0).abs() < 1e-14, "{value:?} {slope:?}");
}

/// Counts 3 and 5 of two kinds, with shares of dirichlet(a) and a of gamma(2, 1). With the shares integrated by hand the law of a is
/// a e^-a B(a + 3, a + 5)/B(a, a), by quadrature. Without the constant of the shares the mean was 0.788.
#[test]
fn the_constant_of_a_dirichlet_follows_its_parameters() {
    let table = Table::from_columns([("count", vec![3.0, 5.0]), ("kind", vec![1.0, 2.0])]).unwrap();
    let parameters = [("a", "positive"), ("s", "simplex(2)")];
    let priors = [("a", "gamma(2, 1)"), ("s", "dirichlet(a)")];
    let model = Rows::new(&table, &options("ll:count*log(s[kind])", &parameters, &priors)).unwrap();
    let h = 0.1;
    let points: Vec<(f64, f64)> =
        (-120..=50).flat_map(|i| (-100..=100).map(move |j| (h * f64::from(i), h * f64::from(j)))).collect();
    let x: Vec<f64> = points.iter().map(|p| p.0).chain(points.iter().map(|p| p.1)).collect();
    let mut energy = vec![0.0; points.len()];
    model.values(Batch { n: points.len(), d: 2, x: &x }, 1.0, &mut energy, &mut Workspace::default());
    let sum = |of: &dyn Fn(f64) -> f64| energy.iter().zip(&x).map(|(v, x)| of(x.exp()) * (-v).exp()).sum::<f64>();
    let (total, mean) = (sum(&|_| 1.0), sum(&|a| a));
    assert!(((total * h * h).ln() + 6.056_667_311_896_6).abs() < 1e-9, "{}", (total * h * h).ln());
    assert!((mean / total - 2.337_666_364_209_72).abs() < 1e-9, "{}", mean / total);

    // a = (1, 2, 3) for (1, 1, 1) at shares of 1/3: log(5!/2!) - 3 log 3 against log 2!, and the Jacobian 6.
    let energy = |law: &str, x: &[f64]| {
        let parameters = [("a", "positive(3)"), ("s", "simplex(3)")];
        let model = Rows::new(&table, &options("ll:count*log(s[kind])", &parameters, &[("s", law)])).unwrap();
        let mut value = [0.0];
        model.values(Batch { n: 1, d: x.len(), x }, 1.0, &mut value, &mut Workspace::default());
        value[0]
    };
    let at = [0.0, 2f64.ln(), 3f64.ln(), 0.0, 0.0];
    let found = energy("dirichlet(a)", &at) - energy("dirichlet(a)", &[0.0; 5]);
    assert!((found - 0.15_f64.ln()).abs() < 1e-13, "{found}");
    // Of numbers too: 5!/1^3 for 2!, and the kernel at shares of 1/3.
    let found = energy("dirichlet(2 + 0*a[1])", &[0.0; 5]) - energy("dirichlet(1 + 0*a[1])", &[0.0; 5]);
    assert!((found - (27.0_f64 / 60.0).ln()).abs() < 1e-13, "{found}");
}

/// A table shorter than a tile, of one tile, and of more than a piece.
#[test]
fn any_number_of_rows_is_summed() {
    for rows in [1, 7, 16, 17, 63, 64, 65, 1024, 1025, 2500] {
        let model = model(rows, "(y - a)^2/2 + a*b[kind]", &[("a", "real"), ("b", "real[kind]")], &[("b", "flat")]);
        let (table, d) = (table(rows), model.dim());
        let x: Vec<f64> = [0.5, 1.0, -2.0, 3.0][..d].to_vec();
        let (mut value, mut slope) = ([0.0], vec![0.0; d]);
        model.values_and_gradients(Batch { n: 1, d, x: &x }, 1.0, &mut value, &mut slope, &mut Workspace::default());
        let (mut energy, mut by) = (0.0, vec![0.0; d]);
        for (r, y) in table.numbers("y").unwrap().iter().enumerate() {
            let kind = 1 + (r * 5) % 3; // ash, elm, oak as the rows have them
            let kind = if rows == 1 { 1 } else { kind };
            energy += (y - 0.5) * (y - 0.5) / 2.0 + 0.5 * x[kind];
            by[0] += 0.5 - y + x[kind];
            by[kind] += 0.5;
        }
        assert!(
            (value[0] - energy).abs() < 1e-12 * energy.abs().max(1.0),
            "{rows} rows: {} and not {energy}",
            value[0]
        );
        for j in 0..d {
            assert!((slope[j] - by[j]).abs() < 1e-12 * by[j].abs().max(1.0), "{rows} rows: {slope:?} and not {by:?}");
        }
    }
}
