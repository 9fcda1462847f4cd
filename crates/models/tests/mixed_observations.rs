//! What a mixed model says of rows: laws that integrate to one, draws with their moments, levels it has not seen.
use steepest_core::Batch;
use steepest_models::{Family, MixedModel, Model, Observations, RegressionOptions, Table};

/// 60 rows, three groups, a response for each family.
fn data(y: impl Fn(usize, f64) -> f64) -> Table {
    let mut z = vec![0.0; 120];
    steepest_kernels::normals(4, 0, 0, 0, &mut z);
    let x: Vec<f64> = z[..60].to_vec();
    let g: Vec<f64> = (0..60).map(|r| (r % 3) as f64).collect();
    let y: Vec<f64> = (0..60).map(|r| y(r, 0.3 * x[r] + 0.5 * z[60 + r])).collect();
    Table::from_columns([("x", x), ("g", g), ("n", vec![12.0; 60]), ("y", y)]).unwrap()
}
/// A family, its response, a draw of its own parameters, and the grid on which its law is summed.
type Case = (Family, &'static str, Table, Vec<f64>, Vec<f64>);
fn cases() -> Vec<Case> {
    let counts = || (0..400).map(f64::from).collect::<Vec<f64>>();
    let grid = |low: f64, high: f64| {
        let h = (high - low) / 20_000.0;
        (0..20_000).map(|k| low + h * (f64::from(k) + 0.5)).collect::<Vec<f64>>()
    };
    let whole = |_: usize, e: f64| (2.0 * e.exp()).round();
    vec![
        (Family::Gaussian, "y", data(|_, e| e), vec![0.7], grid(-9.0, 9.0)),
        (Family::Bernoulli, "y", data(|_, e| f64::from(u8::from(e > 0.0))), vec![], vec![0.0, 1.0]),
        (Family::Poisson, "y", data(whole), vec![], counts()),
        (
            Family::Binomial,
            "y | trials(n)",
            data(|_, e| (6.0 + 3.0 * e).round()),
            vec![],
            (0..13).map(f64::from).collect(),
        ),
        (Family::NegativeBinomial, "y", data(whole), vec![1.7], counts()),
        (Family::Gamma, "y", data(|_, e| e.exp()), vec![2.6], grid(0.0, 40.0)),
        (Family::Beta, "y", data(|_, e| 1.0 / (1.0 + e.exp())), vec![6.5], grid(0.0, 1.0)),
        (Family::Student, "y", data(|_, e| e), vec![0.7, 4.5], grid(-60.0, 60.0)),
        (Family::Ordinal, "y", data(|r, _| (r % 4) as f64), vec![-0.8, 0.3, 1.1], vec![0.0, 1.0, 2.0, 3.0]),
        (Family::Categorical, "y", data(|r, _| (r * 7 % 5 % 3) as f64), vec![], vec![0.0, 1.0, 2.0]),
        (Family::ZeroInflatedPoisson, "y", data(whole), vec![0.35], counts()),
    ]
}
fn fit(family: Family, response: &str, table: &Table) -> MixedModel {
    let formula = format!("{response} ~ x + (1 | g)");
    let options = RegressionOptions { formula, family: Some(family), ..Default::default() };
    MixedModel::new(table, &options).unwrap_or_else(|e| panic!("{family}: {e}"))
}
/// Coefficients .4 and .6, own parameters, sd 1.3, effects .2, -.5, .3; other numbers for a second predictor.
fn quantities(family: Family, own: &[f64]) -> Vec<f64> {
    if family == Family::Categorical {
        return vec![0.4, 0.6, -0.7, 0.2, 1.3, 0.8, 0.2, -0.5, 0.3, 0.1, 0.9, -0.4];
    }
    let fixed: &[f64] = if family == Family::Ordinal { &[0.6] } else { &[0.4, 0.6] };
    [fixed, own, &[1.3, 0.2, -0.5, 0.3]].concat()
}
fn on(model: &MixedModel, columns: Vec<(&str, Vec<f64>)>) -> Box<dyn Observations> {
    model.observations().unwrap().on(&Table::from_columns(columns).unwrap()).unwrap_or_else(|e| panic!("{e}"))
}

/// Sums to 1e-9, midpoint rules to 2e-4; means by the same sums; 20,000 replicates within 4 standard errors of the mean.
#[test]
fn laws_are_normalised_and_replicates_follow_them() {
    for (family, response, table, own, grid) in cases() {
        let (model, q, m) = (fit(family, response, &table), quantities(family, &own), grid.len());
        let rows =
            on(&model, vec![("x", vec![0.5; m]), ("g", vec![1.0; m]), ("n", vec![12.0; m]), ("y", grid.clone())]);
        let (mut ln_density, mut mean) = (vec![0.0; m], vec![0.0; rows.levels().len().max(1)]);
        let theta = Batch { n: 1, d: q.len(), x: &q };
        rows.log_likelihood(0..m, theta, &mut ln_density);
        rows.mean(0..1, theta, &mut mean);
        if rows.levels().len() > 1 {
            // Of the number of the level.
            assert!((mean.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            mean = vec![mean.iter().zip(0..).map(|(p, k)| p * f64::from(k)).sum()];
        }
        let continuous = m > 10_000;
        let h = if continuous { grid[1] - grid[0] } else { 1.0 };
        let moment =
            |power: i32| -> f64 { grid.iter().zip(&ln_density).map(|(y, l)| y.powi(power) * l.exp() * h).sum() };
        let tolerance = if continuous { 2e-4 } else { 1e-9 };
        assert!((moment(0) - 1.0).abs() < tolerance, "{family}: total {}", moment(0));
        assert!((moment(1) - mean[0]).abs() < 5.0 * tolerance, "{family}: mean {} against {}", moment(1), mean[0]);
        let n = 20_000;
        let many: Vec<f64> = q.iter().flat_map(|&q| std::iter::repeat_n(q, n)).collect();
        let mut y = vec![0.0; n];
        rows.replicate(0..1, 11, 0, Batch { n, d: q.len(), x: &many }, &mut y);
        let variance = moment(2) - moment(1).powi(2);
        let found = y.iter().sum::<f64>() / n as f64;
        let z = (found - mean[0]) / (variance / n as f64).sqrt();
        assert!(z.abs() < 4.0, "{family}: replicates have mean {found} against {}, z = {z}", mean[0]);
        let squares = y.iter().map(|y| (y - mean[0]).powi(2)).sum::<f64>() / n as f64;
        assert!((squares / variance - 1.0).abs() < 0.12, "{family}: variance {squares} against {variance}");
    }
}

/// A new level has no effect in the mean; in replicates its effect has the standard deviation of the population (to 4 standard
/// errors of 20,000), the same for both of its rows, and another for another level.
#[test]
fn new_levels_come_from_the_population() {
    let (family, response, table, own, _) = cases().swap_remove(0);
    let (model, mut q) = (fit(family, response, &table), quantities(family, &own));
    q[2] = 1e-9;
    let columns = vec![("x", vec![0.5; 4]), ("g", vec![1.0, 7.0, 7.0, 9.0])];
    let rows = on(&model, columns);
    let n = 20_000;
    let many: Vec<f64> = q.iter().flat_map(|&q| std::iter::repeat_n(q, n)).collect();
    let theta = Batch { n, d: q.len(), x: &many };
    let (mut mean, mut y) = (vec![0.0; 4 * n], vec![0.0; 4 * n]);
    rows.mean(0..4, theta, &mut mean);
    rows.replicate(0..4, 5, 0, theta, &mut y);
    assert!((mean[0] - (0.4 + 0.3 - 0.5)).abs() < 1e-12 && (mean[n] - 0.7).abs() < 1e-12);
    let of = |row: usize| (0..n).map(move |i| row * n + i);
    let spread = |row: usize| (of(row).map(|k| (y[k] - 0.7).powi(2)).sum::<f64>() / n as f64).sqrt();
    assert!((spread(1) / 1.3 - 1.0).abs() < 4.0 / (2.0 * n as f64).sqrt(), "{}", spread(1));
    assert!((0..n).all(|i| (y[n + i] - y[2 * n + i]).abs() < 1e-6 && (y[n + i] - y[3 * n + i]).abs() > 1e-9));
}

/// The density of a row of a new level is N(eta, sigma^2 + sd^2): the mean over 20,000 draws of one theta, within 4 of its
/// standard errors, which are 1 to 3 per cent; at no effect it would be 2.1 times as much in the middle and 1/60 in the tail.
#[test]
fn the_density_of_a_new_level_is_that_of_the_population() {
    let (family, response, table, own, _) = cases().swap_remove(0);
    let (model, q, n) = (fit(family, response, &table), quantities(family, &own), 20_000);
    let many: Vec<f64> = q.iter().flat_map(|&q| std::iter::repeat_n(q, n)).collect();
    let y = [0.7, 2.0, 3.5];
    let rows = on(&model, vec![("x", vec![0.5; 3]), ("g", vec![7.0; 3]), ("y", y.to_vec())]);
    let mut density = vec![0.0; 3 * n];
    rows.log_likelihood(0..3, Batch { n, d: q.len(), x: &many }, &mut density);
    let variance = 0.7 * 0.7 + 1.3 * 1.3_f64;
    for (y, density) in y.iter().zip(density.chunks_exact(n)) {
        let p: Vec<f64> = density.iter().map(|l| l.exp()).collect();
        let mean = p.iter().sum::<f64>() / n as f64;
        let error = (p.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / (n * n) as f64).sqrt();
        let exact = (-(y - 0.7).powi(2) / (2.0 * variance)).exp() / (std::f64::consts::TAU * variance).sqrt();
        assert!((mean - exact).abs() < 4.0 * error && error < 0.03 * exact, "{mean} against {exact} +- {error}");
    }
}

/// What can be wrong with groups, weights, trials and their priors, word for word.
#[test]
fn messages() {
    let text = b"x,g,one,n,y,w\n1,a,q,4,2,1\n2,b,q,3,1,-1\n3,a,q,2,3,1\n4,c,q,5,0,1\n";
    let table = Table::parse("d.csv", text, Default::default()).unwrap();
    let said = |formula: &str, family: Option<Family>, priors: &[&str], weights: Option<&str>| {
        let priors = priors.iter().map(|p| steepest_models::Prior::assignment(p).unwrap()).collect();
        let weights = weights.map(str::to_string);
        let options = RegressionOptions { formula: formula.into(), family, priors, weights, ..Default::default() };
        MixedModel::new(&table, &options).map_or_else(|e| e.to_string(), |_| "fine".into())
    };
    let gaussian = Some(Family::Gaussian);
    assert_eq!(said("y ~ x + (1 | g)", gaussian, &[], None), "fine");
    assert_eq!(
        said("y ~ x + (1 | one)", gaussian, &[], None),
        "the grouping 'one' has the level 'q' alone; its effect cannot be told from the intercept"
    );
    assert_eq!(said("y ~ (1 | g) + (x | g)", gaussian, &[], None), "the group effect 1|g appears twice in the formula");
    assert_eq!(
        said("y | trials(n) ~ x", None, &[], None),
        "d.csv, row 4: 3 successes in 2 trials; trials are whole numbers from 1 on, and no fewer than the successes"
    );
    assert_eq!(
        said("y ~ x", Some(Family::Binomial), &[], None),
        "the binomial family needs a number of trials: write the response as successes | trials(n)"
    );
    assert_eq!(
        said("y | trials(n) ~ x", gaussian, &[], None),
        "trials( ) goes with the binomial family; the family is gaussian"
    );
    assert_eq!(said("y ~ x", gaussian, &[], Some("w")), "d.csv, row 3: the weight 'w' is -1; weights are 0 or more");
    assert_eq!(
        said("y ~ x + (1 | g)", gaussian, &["sd(1|h) = half_normal(1)"], None),
        "a prior is set on 'sd(1|h)', which the model does not have; did you mean 'sd(1|g)'?"
    );
    assert_eq!(
        said("y ~ x + (x | g)", gaussian, &["cor(g) = normal(0, 1)"], None),
        "normal(0, 1) cannot be the prior of the correlations cor(g); use lkj(shape), 1 being uniform"
    );
    let caret = |formula: &str, start: usize, width: usize, problem: &str| {
        format!("{problem}\n    {formula}\n    {}{}", " ".repeat(start), "^".repeat(width))
    };
    for (formula, start, width, problem) in [
        ("y ~ x + (1 | 2)", 13, 1, "expected the column of a grouping; found 2"),
        ("y ~ x + (1 | g", 8, 1, "this bracket is not closed"),
        ("y ~ x + (0 | g)", 8, 1, "there is no effect before '|'; write (1 | g), or (0 + x | g)"),
        ("y ~ x + (. | g)", 8, 1, "before '|' only sums of terms may stand"),
        ("y ~ x | g", 6, 1, "a group effect stands in brackets, as in (1 | g) or (x | g)"),
        ("y ~ x * (1 | g)", 4, 1, "group effects and offsets cannot take part in an interaction"),
        ("y ~ x - (1 | g)", 8, 1, "a group effect cannot be taken away"),
        (
            "y | n ~ x",
            4,
            1,
            "after '|' a response has its number of trials, as in successes | trials(n) ~ x, or its standard errors where \
             they are known, as in estimate | se(s) ~ x",
        ),
        ("y ~ x + (1 | gg)", 13, 2, "d.csv: there is no column 'gg'; did you mean 'g'?"),
        ("y ~ x + offset(z)", 15, 1, "d.csv: there is no column 'z'; the columns are x, g, one, n, y, w"),
    ] {
        assert_eq!(said(formula, gaussian, &[], None), caret(formula, start, width, problem));
    }
}
