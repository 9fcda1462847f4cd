//! Regressions on more rows than are taken at a time: the factor and the curvature are those of all rows.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Model, Prior, Regression, RegressionOptions, Table};

/// Two blocks and a part of a third.
const ROWS: usize = 40_000;

fn numbers(stream: u16) -> Vec<f64> {
    let mut z = vec![0.0; ROWS];
    steepest_kernels::normals(17, 0, stream, 0, &mut z);
    z
}

/// Rows change along the table, so that no block stands for another.
fn table() -> Table {
    let [a, e, mut u] = [numbers(1), numbers(2), numbers(3)];
    let b: Vec<f64> = (0..ROWS).map(|i| i as f64 / 1e4 + 0.1 * a[i]).collect();
    let real = (0..ROWS).map(|i| 1.0 - 0.5 * a[i] + 2.0 * b[i] + (0.5 + b[i]) * e[i]).collect();
    steepest_kernels::uniforms(18, 0, 0, 0, &mut u);
    let chance = |i: usize| 1.0 / (1.0 + (2.0 - 0.4 * a[i] - b[i]).exp());
    let bit = (0..ROWS).map(|i| f64::from(u8::from(u[i] < chance(i)))).collect();
    Table::from_columns([("a", a), ("b", b), ("real", real), ("bit", bit)]).unwrap()
}

fn fit(formula: &str) -> Regression {
    let family = if formula.starts_with("bit") { "coefficients = flat" } else { "sigma = flat" };
    let priors = ["coefficients = flat", family].map(|p| Prior::assignment(p).unwrap()).to_vec();
    Regression::new(&table(), &RegressionOptions { formula: formula.into(), priors, ..Default::default() }).unwrap()
}

/// A row too many or too few would change the sum by 1 in 40,000; the bound is 2e-10.
#[test]
fn a_gaussian_density_is_the_sum_over_all_rows() {
    let (table, [intercept, a, b, sigma]) = (table(), [0.7, -0.4, 2.2, 1.9]);
    let column = |name| table.numbers(name).unwrap();
    let row = |i: usize| {
        let z = (column("real")[i] - intercept - a * column("a")[i] - b * column("b")[i]) / sigma;
        -0.5 * z * z - f64::ln(sigma) - 0.5 * std::f64::consts::TAU.ln()
    };
    let direct: f64 = (0..ROWS).map(row).sum();
    let found = fit("real ~ a + b").ln_density(&[intercept, a, b, sigma]);
    assert!((found / direct - 1.0).abs() < 2e-10, "{found} against {direct}");
}

/// In whitened coordinates the curvature at the mode is the identity; the third derivatives leave 1 %, a block forgotten 30 %.
#[test]
fn the_curvature_is_that_of_all_rows() {
    let v = fit("bit ~ a + b");
    let (d, h) = (v.dim(), 0.02);
    let slope = |j: usize, h: f64| {
        let (mut x, mut g) = (vec![0.0; d], vec![0.0; d]);
        x[j] = h;
        v.gradients(Batch { n: 1, d, x: &x }, 1.0, &mut g, &mut Workspace::default());
        g
    };
    for j in 0..d {
        let (up, down) = (slope(j, h), slope(j, -h));
        for k in 0..d {
            let (curvature, identity) = ((up[k] - down[k]) / (2.0 * h), f64::from(u8::from(j == k)));
            assert!((curvature - identity).abs() < 0.01, "({j}, {k}): {curvature}");
        }
    }
}
