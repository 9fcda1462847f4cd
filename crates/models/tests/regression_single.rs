//! A design kept in single precision: how far that moves a posterior, and that the model says so itself.
use std::path::Path;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{normals, uniforms};
use steepest_models::{Model, Precision, Regression, RegressionOptions, Table};

fn fit(table: &Table, formula: &str, precision: Precision) -> Regression {
    let options = RegressionOptions { formula: formula.into(), precision, ..Default::default() };
    Regression::new(table, &options).unwrap_or_else(|e| panic!("{e}"))
}
fn credit() -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/credit/credit.csv");
    Table::read(&path, Default::default()).unwrap_or_else(|e| panic!("{e}"))
}
/// y ~ Bernoulli(logistic(x . b)) with columns far from zero and of sizes that differ.
fn made(rows: usize) -> Table {
    let (mut x, mut u) = (vec![0.0; 3 * rows], vec![0.0; rows]);
    normals(3, 0, 0, 0, &mut x);
    uniforms(3, 0, 1, 0, &mut u);
    let eta = |r: usize| 0.4 * x[r] - 0.8 * x[rows + r] + 0.2 * x[2 * rows + r];
    let y = (0..rows).map(|r| f64::from(u8::from(u[r] < 1.0 / (1.0 + (-eta(r)).exp())))).collect();
    let column = |j: usize, at: f64, by: f64| x[j * rows..(j + 1) * rows].iter().map(|x| at + by * x).collect();
    let columns = [("a", column(0, 1e6, 1.0)), ("b", column(1, -3.0, 1e-3)), ("c", column(2, 0.0, 40.0)), ("y", y)];
    Table::from_columns(columns).unwrap_or_else(|e| panic!("{e}"))
}

/// The gradient at the mode of the one in double precision, in the other's white coordinates, less that in double.
fn moved(double: &Regression, single: &Regression) -> f64 {
    let (d, mut work) = (double.dim(), Workspace::default());
    let (mode, mut q) = (vec![0.0; d], vec![0.0; d]);
    double.report(Batch { n: 1, d, x: &mode }, &mut q, &mut work);
    let [mut exact, mut kept] = [vec![0.0; d], vec![0.0; d]];
    double.gradients(Batch { n: 1, d, x: &mode }, 1.0, &mut exact, &mut work);
    single.gradients(Batch { n: 1, d, x: &single.coordinates(&q).unwrap() }, 1.0, &mut kept, &mut work);
    exact.iter().zip(&kept).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

#[test]
fn rounding_is_what_the_model_says_it_is() {
    let table = credit();
    let [double, single] = [Precision::Double, Precision::Single].map(|p| fit(&table, "default ~ .", p));
    assert_eq!(double.rounding(), None);
    let (said, found) = (single.rounding().unwrap(), moved(&double, &single));
    assert!((said / found - 1.0).abs() < 0.02, "{said:e} {found:e}");
    assert!((1e-9..1e-6).contains(&said), "{said:e}");
    let note = single.notes().into_iter().find(|note| note.contains("single precision")).unwrap();
    assert!(note.contains(&format!("{said:.1e} posterior standard deviations at most")), "{note}");
}

/// Of a part of the rows it is a bound: not exceeded, and not a thousand times too wide.
#[test]
fn a_sample_bounds_the_rounding_of_all_rows() {
    let table = made(20_000);
    let [double, single] = [Precision::Double, Precision::Single].map(|p| fit(&table, "y ~ .", p));
    let (said, found) = (single.rounding().unwrap(), moved(&double, &single));
    assert!(found < said && said < 300.0 * found && said < 1e-4, "{said:e} {found:e}");
}

/// E[q] moves by -cov(q, V~ - V), to first order. A run of 10,000 independent draws knows a mean to 0.01 standard deviations;
/// the bound is a thousandth of that, and would be broken by entries of 14 bits.
#[test]
fn the_posterior_stays_where_it_is() {
    let table = credit();
    let [double, single] = [Precision::Double, Precision::Single].map(|p| fit(&table, "default ~ .", p));
    let (n, d, mut work) = (500, double.dim(), Workspace::default());
    let (mut z, mut q) = (vec![0.0; n * d], vec![0.0; n * d]);
    normals(8, 0, 0, 0, &mut z);
    double.report(Batch { n, d, x: &z }, &mut q, &mut work);
    let apart: Vec<f64> = (0..n)
        .map(|i| {
            let q: Vec<f64> = (0..d).map(|k| q[k * n + i]).collect();
            double.ln_density(&q) - single.ln_density(&q)
        })
        .collect();
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n as f64;
    assert!(apart.iter().any(|a| *a != 0.0));
    for q in q.chunks_exact(n) {
        let (a, b) = (mean(q), mean(&apart));
        let covariance = q.iter().zip(&apart).map(|(q, v)| (q - a) * (v - b)).sum::<f64>() / n as f64;
        let sd = (q.iter().map(|q| (q - a) * (q - a)).sum::<f64>() / n as f64).sqrt();
        assert!((covariance / sd).abs() < 1e-5, "{:e}", covariance / sd);
    }
}

#[test]
fn a_gaussian_likelihood_is_not_rounded() {
    let table = made(500);
    let [double, single] = [Precision::Double, Precision::Single].map(|p| fit(&table, "c ~ a + b", p));
    let x = [0.3, -1.0, 0.5, 0.2];
    let value = |fit: &Regression| {
        let mut v = [0.0];
        fit.values(Batch { n: 1, d: 4, x: &x }, 1.0, &mut v, &mut Workspace::default());
        v[0].to_bits()
    };
    assert_eq!(value(&double), value(&single));
    assert_eq!(single.rounding(), None);
    assert!(single.notes().iter().any(|note| note.contains("before it was rounded")));
}

#[test]
fn group_effects_are_kept_in_double_precision() {
    let table = made(50);
    let options =
        RegressionOptions { formula: "y ~ a + (1 | c)".into(), precision: Precision::Single, ..Default::default() };
    let error = steepest_models::regress(&table, &options).err().unwrap().to_string();
    assert!(error.contains("is kept in double precision"), "{error}");
}
