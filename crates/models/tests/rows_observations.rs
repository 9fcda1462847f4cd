//! What a row model says of its rows: log likelihoods of reported draws, means, and the same on other tables.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Likelihood, Model, Rows, RowsOptions, Table};

fn table(csv: &str) -> Table {
    Table::parse("table.csv", csv.as_bytes(), Default::default()).unwrap()
}
fn model(csv: &str) -> Rows {
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    let options = RowsOptions {
        likelihood: Likelihood::Ll("normal_lpdf(y | a[g] + b*t, s)".into()),
        parameters: pairs(&[("a", "real[g]"), ("b", "real"), ("s", "positive")]),
        mean: Some("a[g] + b*t".into()),
        response: Some("y".into()),
        ..RowsOptions::default()
    };
    Rows::new(&table(csv), &options).unwrap()
}
const CSV: &str = "y,t,g\n1,0.5,u\n2,0.25,v\n3,1.5,u\n";
/// a[u], a[v], b, s of two draws.
const THETA: [f64; 8] = [0.5, 1.0, -0.5, 2.0, 2.0, 0.25, 1.5, 0.5];

fn ln_normal(y: f64, m: f64, s: f64) -> f64 {
    -0.5 * ((y - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

#[test]
fn log_likelihoods_and_means_are_those_of_the_density() {
    let model = model(CSV);
    let rows = model.observations().unwrap();
    assert_eq!((rows.rows(), rows.response()), (3, &[1.0, 2.0, 3.0][..]));
    let theta = Batch { n: 2, d: 4, x: &THETA };
    let (mut ln, mut mean) = ([0.0; 6], [0.0; 6]);
    rows.log_likelihood(0..3, theta, &mut ln);
    rows.mean(0..3, theta, &mut mean);
    for (r, (y, t, g)) in [(1.0, 0.5, 0), (2.0, 0.25, 1), (3.0, 1.5, 0)].into_iter().enumerate() {
        for i in 0..2 {
            let m = THETA[g * 2 + i] + THETA[4 + i] * t;
            assert!((mean[r * 2 + i] - m).abs() < 1e-15, "mean of row {r}, draw {i}");
            assert!((ln[r * 2 + i] - ln_normal(y, m, THETA[6 + i])).abs() < 1e-14, "row {r}, draw {i}");
        }
    }
    let mut part = [0.0; 2];
    rows.log_likelihood(1..2, theta, &mut part);
    assert_eq!(part, ln[2..4], "a part of the rows");
}

/// The energy at x is the Jacobian of s less the log likelihoods at what is reported there.
#[test]
fn rows_add_up_to_the_energy() {
    let csv: String =
        (0..300).map(|r| format!("{},{},{}\n", r % 7, (r % 13) as f64 * 0.1, ["u", "v"][r % 2])).collect();
    let model = model(&format!("y,t,g\n{csv}"));
    let (x, mut work) = ([0.3, 0.1, -0.4, 0.6], Workspace::default());
    let batch = Batch { n: 1, d: 4, x: &x };
    let (mut value, mut theta, mut ln) = ([0.0], [0.0; 4], [0.0; 300]);
    model.values(batch, 1.0, &mut value, &mut work);
    model.report(batch, &mut theta, &mut work);
    model.observations().unwrap().log_likelihood(0..300, Batch { n: 1, d: 4, x: &theta }, &mut ln);
    let expected = -ln.iter().sum::<f64>() - 0.6;
    assert!((value[0] - expected).abs() < 1e-12 * expected, "{} and not {expected}", value[0]);
}

#[test]
fn the_same_model_reads_other_tables() {
    let model = model(CSV);
    let rows = model.observations().unwrap();
    let theta = Batch { n: 1, d: 4, x: &[0.5, -0.5, 2.0, 1.5] };
    let (mut mean, mut ln) = ([0.0; 2], [0.0; 2]);
    // columns in another order, levels too, and no response
    let on = rows.on(&table("g,t\nv,1\nu,0\n")).unwrap();
    on.mean(0..2, theta, &mut mean);
    assert_eq!(mean, [1.5, 0.5]);
    assert!(on.response().iter().all(|y| y.is_nan()));
    on.log_likelihood(0..2, theta, &mut ln);
    assert!(ln.iter().all(|ln| ln.is_nan()));
    let on = rows.on(&table("g,t,y\nv,1,2.5\n")).unwrap();
    on.log_likelihood(0..1, theta, &mut ln[..1]);
    assert!((ln[0] - ln_normal(2.5, 1.5, 1.5)).abs() < 1e-14);
    let error = rows.on(&table("g,t,y\nw,1,2.5\n")).err().unwrap().to_string();
    assert!(error.contains("row 2, column 'g': there is no level 'w'"), "{error}");
}
