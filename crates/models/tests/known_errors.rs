//! Known standard errors, `y | se(s)`: eight schools as a formula has the density of the named target, weights and new rows.
mod one_point;
use one_point::{report, value};
use steepest_core::Batch;
use steepest_models::{EightSchools, Family, MixedModel, Model, Prior, RegressionOptions, Table, gradient_check};

const SCHOOLS: &str = "school,effect,error\nA,28,15\nB,8,10\nC,-3,16\nD,7,11\nE,-1,9\nF,1,11\nG,18,10\nH,12,18\n";
const PRIORS: [&str; 2] = ["intercept = normal(0, 5)", "sd = half_cauchy(5)"];

fn options(formula: &str, priors: &[&str]) -> RegressionOptions {
    let priors = priors.iter().map(|p| Prior::assignment(p).unwrap()).collect();
    RegressionOptions { formula: formula.into(), priors, ..Default::default() }
}
fn fit(text: &str, options: &RegressionOptions) -> MixedModel {
    let table = Table::parse("schools.csv", text.as_bytes(), Default::default()).unwrap();
    MixedModel::new(&table, options).unwrap_or_else(|e| panic!("{e}"))
}
/// log |d report / dx| by central differences of order 4, the matrix by elimination with pivots.
fn log_jacobian(v: &impl Model, x: &[f64]) -> f64 {
    let d = x.len();
    let at = |j: usize, h: f64| {
        let mut y = x.to_vec();
        y[j] += h;
        report(v, &y)
    };
    let h = 1e-3;
    let mut a: Vec<Vec<f64>> = (0..d)
        .map(|j| {
            let [near, back, far, behind] = [h, -h, 2.0 * h, -2.0 * h].map(|h| at(j, h));
            (0..d).map(|i| (8.0 * (near[i] - back[i]) - (far[i] - behind[i])) / (12.0 * h)).collect()
        })
        .collect();
    let mut log = 0.0;
    for k in 0..d {
        let pivot = (k..d).max_by(|p, q| a[*p][k].abs().total_cmp(&a[*q][k].abs())).unwrap();
        a.swap(k, pivot);
        log += a[k][k].abs().ln();
        for i in k + 1..d {
            let by = a[i][k] / a[k][k];
            (k..d).for_each(|j| a[i][j] -= by * a[k][j]);
        }
    }
    log
}

/// mu, tau and theta of the named target are intercept, sd and intercept + effect of the formula. Their log densities differ by log 2
/// everywhere, the half-Cauchy of the target being that of the whole Cauchy; to 1e-6, so that an error that is off by one
/// part in a million shows.
#[test]
fn eight_schools_is_a_formula() {
    let v = fit(SCHOOLS, &options("effect | se(error) ~ 1 + (1 | school)", &PRIORS));
    assert_eq!(v.family(), Family::Gaussian);
    assert_eq!(v.names()[..3], ["intercept", "sd(1|school)", "1|school[A]"]);
    assert_eq!(v.dim(), 10);
    let mut z = vec![0.0; 50];
    steepest_kernels::normals(5, 0, 0, 0, &mut z);
    for x in z.chunks(10) {
        let mut q = report(&EightSchools, x);
        let target = -value(&EightSchools, x) - log_jacobian(&EightSchools, x);
        let mu = q[0];
        q[2..].iter_mut().for_each(|theta| *theta -= mu);
        let (formula, two) = (v.ln_density(&q), std::f64::consts::LN_2);
        assert!((formula - two - target).abs() < 1e-6, "{formula} against {target}");
        let energy = value(&v, x) + log_jacobian(&v, x);
        assert!((energy + v.ln_density(&report(&v, x))).abs() < 1e-6, "energy {energy}");
    }
    let check = gradient_check(&v, Batch { n: 5, d: 10, x: &z });
    assert!(check.agrees(1e-7), "{check:?}");
}

/// A weight repeats a row, with an offset, a slope and a grouping of several rows too; errors are scaled by an expression.
#[test]
fn weights_are_repetitions() {
    let (mut once, mut twice) = ("x,g,y,s,w\n".to_string(), "x,g,y,s\n".to_string());
    let mut z = vec![0.0; 24];
    steepest_kernels::normals(8, 0, 0, 0, &mut z);
    for r in 0..12 {
        let (w, row) = (1 + r % 3, format!("{:?},{},{:?},{}", z[r], ["a", "b", "c"][r % 3], z[12 + r], 1 + r % 4));
        once += &format!("{row},{w}\n");
        (0..w).for_each(|_| twice += &format!("{row}\n"));
    }
    let priors = ["coefficients = normal(0, 2)", "sd = half_normal(1)"];
    let asked = options("y | se(s / 2) ~ x + (x | g) + offset(x / 3)", &priors);
    let twice = fit(&twice, &asked);
    let once = fit(&once, &RegressionOptions { weights: Some("w".into()), ..asked });
    let q: Vec<f64> = (0..once.dim()).map(|k| 0.1 + 0.05 * k as f64).collect();
    let (a, b) = (once.ln_density(&q), twice.ln_density(&q));
    assert!((a - b).abs() < 1e-12 * a.abs(), "{a} {b}");
    let energy = |v: &MixedModel, q: &[f64]| value(v, &v.coordinates(q).unwrap());
    let at = |v: &MixedModel| energy(v, &q) - energy(v, &vec![0.2; q.len()]);
    let whole = once.ln_density(&vec![0.2; q.len()]) - a;
    for v in [&once, &twice] {
        let jacobian = |q: &[f64]| log_jacobian(v, &v.coordinates(q).unwrap());
        let change = at(v) + jacobian(&q) - jacobian(&vec![0.2; q.len()]);
        assert!((change - whole).abs() < 1e-6, "{change} {whole}");
    }
}

/// New rows need their standard errors, and are spread by them: 20,000 replicates, a variance within 4 standard errors (4 %).
#[test]
fn new_rows_have_errors_of_their_own() {
    let v = fit(SCHOOLS, &options("effect | se(error) ~ 1 + (1 | school)", &PRIORS));
    let on = |text: &str| {
        let table = Table::parse("new.csv", text.as_bytes(), Default::default()).unwrap();
        v.observations().unwrap().on(&table).map_err(|e| e.to_string())
    };
    let rows = on("school,error\nA,2\nA,20\nnew,1e-9\n").unwrap();
    let q = [3.0, 5.0, 1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let n = 20_000;
    let many: Vec<f64> = q.iter().flat_map(|&q| std::iter::repeat_n(q, n)).collect();
    let mut y = vec![0.0; 3 * n];
    rows.replicate(0..3, 3, 0, Batch { n, d: 10, x: &many }, &mut y);
    for (r, (mean, sd)) in [(4.5, 2.0), (4.5, 20.0), (3.0, 5.0f64)].into_iter().enumerate() {
        let found = y[r * n..(r + 1) * n].iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / n as f64;
        assert!((found / (sd * sd) - 1.0).abs() < 4.0 * (2.0 / n as f64).sqrt(), "row {r}: variance {found}");
    }
    let no = |text: &str| on(text).err().unwrap();
    assert_eq!(
        no("school,error\nA,-2\n"),
        "new.csv, row 2: the standard error of 'effect' is -2; standard errors are above 0"
    );
    assert!(no("school\nA\n").contains("no column 'error'"), "{}", no("school\nA\n"));
}

#[test]
fn messages() {
    let table =
        Table::parse("schools.csv", SCHOOLS.replace("C,-3,16", "C,-3,0").as_bytes(), Default::default()).unwrap();
    let said = |formula: &str, family: Option<Family>, priors: &[&str]| {
        MixedModel::new(&table, &RegressionOptions { family, ..options(formula, priors) }).unwrap_err().to_string()
    };
    let formula = "effect | se(error) ~ 1 + (1 | school)";
    assert_eq!(
        said(formula, None, &[]),
        "schools.csv, row 4: the standard error of 'effect' is 0; standard errors are above 0"
    );
    assert_eq!(said(formula, Some(Family::Student), &[]), "se( ) goes with the gaussian family; the family is student");
    let formula = "effect | se(error + 1) ~ 1 + (1 | school)";
    assert_eq!(
        said(formula, None, &["sigma = exponential(1)"]),
        "a prior is set on sigma, which a response with known standard errors se( ) does not have"
    );
    assert!(said("effect | sd(error) ~ 1", None, &[]).contains("estimate | se(s)"));
    let formula: steepest_models::Formula = "effect | se(error/2) ~ 1 + (1 | school)".parse().unwrap();
    assert_eq!(formula.to_string(), "effect | se(error / 2) ~ 1 + (1 | school)");
}
