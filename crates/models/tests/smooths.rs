//! Curves in formulas: polynomials and splines with the properties that define them, here and on new rows.
use steepest_core::Batch;
use steepest_models::{Design, Formula, Missing, MixedModel, Model, Regression, RegressionOptions, Table};

fn table(x: &[f64]) -> Table {
    let y = x.iter().enumerate().map(|(r, x)| (5.0 * x).sin() + 0.1 * (r % 3) as f64).collect();
    Table::from_columns([("x", x.to_vec()), ("y", y)]).unwrap()
}
fn design(formula: &str, x: &[f64]) -> Design<'static> {
    let table = Box::leak(Box::new(table(x)));
    formula.parse::<Formula>().unwrap().design(table, Missing::Error).unwrap_or_else(|e| panic!("{e}"))
}
fn options(formula: &str) -> RegressionOptions {
    RegressionOptions { formula: formula.into(), ..Default::default() }
}
fn said(formula: &str, x: &[f64]) -> String {
    match formula.parse::<Formula>() {
        Err(e) => e.to_string(),
        Ok(f) => f.design(&table(x), Missing::Error).unwrap_err().to_string(),
    }
}
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
/// Means of y on other rows, at these quantities.
fn means(model: &dyn Model, quantities: &[f64], x: &[f64]) -> Vec<f64> {
    let new = Table::from_columns([("x", x.to_vec())]).unwrap();
    let rows = model.observations().unwrap().on(&new).unwrap();
    let mut out = vec![0.0; x.len()];
    rows.mean(0..x.len(), Batch { n: 1, d: quantities.len(), x: quantities }, &mut out);
    out
}

/// The numbers of R 4: `poly(1:5, 2)`; degree 5 over years is orthonormal to 1e-12.
#[test]
fn polynomials_are_orthonormal() {
    let d = design("y ~ poly(x, 2)", &[1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(d.names, ["intercept", "poly(x, 2)[1]", "poly(x, 2)[2]"]);
    let (a, b) = (0.1f64.sqrt(), 14f64.sqrt().recip());
    for (j, expected) in [(1, [-2.0 * a, -a, 0.0, a, 2.0 * a]), (2, [2.0 * b, -b, -2.0 * b, -b, 2.0 * b])] {
        assert!(d.columns[j].iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-14), "{:?}", d.columns[j]);
    }
    let years: Vec<f64> = (0..40).map(|r| 1980.0 + f64::from(r * r % 47)).collect();
    let d = design("y ~ poly(x, degree = 5)", &years);
    for i in 0..6 {
        for j in 1..6 {
            let expected = f64::from(u8::from(i == j));
            assert!((dot(&d.columns[i], &d.columns[j]) - expected).abs() < 1e-12, "{i} {j}");
        }
    }
    assert_eq!(design("y ~ poly(x, 2):x", &years).names, ["intercept", "poly(x, 2)[1]:x", "poly(x, 2)[2]:x"]);
}

/// New rows go through the polynomials of the old: a parabola through them is the same parabola elsewhere.
#[test]
fn polynomials_know_new_rows() {
    let x = [0.0, 1.0, 2.0, 4.0, 7.0, 9.0];
    let d = design("y ~ poly(x, 2)", &x);
    let parabola = |x: &f64| 3.0 - 2.0 * x + 0.5 * x * x;
    let y: Vec<f64> = x.iter().map(parabola).collect();
    let model = Regression::new(&table(&x), &options("y ~ poly(x, 2)")).unwrap();
    let q = [y.iter().sum::<f64>() / 6.0, dot(&y, &d.columns[1]), dot(&y, &d.columns[2]), 1.0];
    let new = [-3.0, 0.5, 11.0];
    let found = means(&model, &q, &new);
    assert!(found.iter().zip(&new).all(|(f, x)| (f - parabola(x)).abs() < 1e-11), "{found:?}");
}

/// Diagonal over the rows, orthogonal to straight lines, of mean square 1 in all; the integral of the squared second
/// derivative is the same for all functions (to 1 part in 1,000: an error of 1 % in the penalty would be seen).
#[test]
fn splines_are_diagonal() {
    let x: Vec<f64> = (0..=4000).map(|r| f64::from(r) / 4000.0).collect();
    let d = design("y ~ s(x, k = 7)", &x);
    assert_eq!(d.names, ["intercept", "s(x, k = 7)"]);
    let (z, n) = (&d.groups[0].columns, x.len() as f64);
    assert_eq!(z.len(), 5);
    let mut total = 0.0;
    for i in 0..5 {
        assert!(z[i].iter().sum::<f64>().abs() < 1e-8 * n && dot(&z[i], &x).abs() < 1e-8 * n);
        (0..i).for_each(|j| assert!(dot(&z[i], &z[j]).abs() < 1e-9 * n, "{i} {j}"));
        total += dot(&z[i], &z[i]) / n;
    }
    assert!((total - 1.0).abs() < 1e-10, "{total}");
    let bending = |z: &Vec<f64>| z.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).powi(2)).sum::<f64>();
    let found: Vec<f64> = z.iter().map(bending).collect();
    assert!(found.iter().all(|b| (b / found[0] - 1.0).abs() < 1e-3), "{found:?}");
}
/// On new rows the spline is the same function: equal to itself on old rows, with two continuous derivatives across a knot
/// (x = 3 is one), and straight beyond the outer knots.
#[test]
fn splines_know_new_rows() {
    let x: Vec<f64> = (0..13).map(|r| 0.5 * f64::from(r)).collect();
    let model = MixedModel::new(&table(&x), &options("y ~ s(x, k = 5)")).unwrap();
    assert_eq!(model.names()[..5], ["intercept", "s(x, k = 5)", "sigma", "sd(s(x, k = 5))", "s(x, k = 5)[1]"]);
    let q = [0.3, -0.2, 1.0, 1.0, 0.7, -1.1, 0.4];
    let z = &design("y ~ s(x, k = 5)", &x).groups[0].columns;
    let at = |x: &[f64]| means(&model, &q, x);
    for (r, found) in at(&x).iter().enumerate() {
        let expected = 0.3 - 0.2 * x[r] + 0.7 * z[0][r] - 1.1 * z[1][r] + 0.4 * z[2][r];
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    let bend = |x: f64, h: f64| {
        let y = at(&[x - h, x, x + h]);
        (y[0] - 2.0 * y[1] + y[2]) / (h * h)
    };
    let h = 1e-3;
    assert!((bend(3.0 - 2.0 * h, h) - bend(3.0 + 2.0 * h, h)).abs() < 1e-2 * bend(3.0, h).abs().max(1.0));
    // A slope that jumped by 1e-4 where the data end would be seen.
    assert!(bend(0.0, h).abs() < 0.05 && bend(6.0, h).abs() < 0.05, "{} {}", bend(0.0, h), bend(6.0, h));
    assert!(bend(-2.0, 1.0).abs() < 1e-10 && bend(8.0, 1.0).abs() < 1e-10 && bend(3.0, h).abs() > 1e-3);
}

#[test]
fn messages() {
    let x = [1.0, 2.0, 3.0, 3.0, 2.0, 1.0];
    for (formula, problem) in [
        ("y ~ poly(x)", "expected ',' and a degree, as in poly(x, 3); found ')'"),
        ("y ~ poly(x, 0)", "expected the degree, a whole number from 1 to 20; found 0"),
        ("y ~ poly(x, 3)", "poly(x, 3) needs 4 distinct values, and there are 3"),
        ("y ~ s(x, k = 2)", "expected the number of knots, a whole number from 3 to 100; found 2"),
        ("y ~ s(x, k = 5)", "s(x, k = 5) needs 5 distinct values, and there are 3"),
        ("y ~ s(x):x", "a smooth s( ) cannot take part in an interaction; poly( ) can"),
        ("y ~ (s(x) | x)", "a smooth s( ) cannot differ by group; write poly( ), or s( ) outside"),
        ("s(x) ~ y", "the response must be one column or one function of columns"),
    ] {
        let found = said(formula, &x);
        assert!(found.starts_with(&format!("{problem}\n")), "{formula}: {found}");
    }
    assert_eq!(design("y ~ s(x) + .", &x).names, ["intercept", "s(x)"]);
    assert_eq!(
        "y ~ s( x,4 )+poly(log(x),2)".parse::<Formula>().unwrap().to_string(),
        "y ~ 1 + s(x, k = 4) + poly(log(x), 2)"
    );
}
