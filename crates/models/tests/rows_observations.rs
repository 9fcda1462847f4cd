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

/// Lags within groups: the energy is the sum of those of the groups' own tables, whatever the order of the rows; new rows know
/// which rows of their table they are. A lag that reached across a group would be off by more than 0.1.
#[test]
fn lags_stay_within_their_group() {
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    let mut options = RowsOptions {
        likelihood: Likelihood::Ll("normal_lpdf(y | a*y[-1] + b*t[-2], s)".into()),
        parameters: pairs(&[("a", "real"), ("b", "real"), ("s", "positive")]),
        mean: Some("a*y[-1] + b*t[-2]".into()),
        response: Some("y".into()),
        ..RowsOptions::default()
    };
    let mut z = vec![0.0; 80];
    steepest_kernels::normals(17, 0, 0, 0, &mut z);
    let row = |r: usize| format!("{:?},{:?},{}\n", z[r], z[40 + r], ["u", "v", "w"][r * r % 7 % 3]);
    let of =
        |rows: &mut dyn Iterator<Item = usize>| table(&("y,t,g\n".to_string() + &rows.map(row).collect::<String>()));
    let value = |model: &Rows| {
        let (x, mut out) = ([0.3, -0.4, 0.6], [0.0]);
        model.values(Batch { n: 1, d: 3, x: &x }, 1.0, &mut out, &mut Workspace::default());
        // Without the Jacobian of s.
        out[0] + 0.6
    };
    let apart: f64 =
        (0..3).map(|g| value(&Rows::new(&of(&mut (0..40).filter(|r| r * r % 7 % 3 == g)), &options).unwrap())).sum();
    options.within = Some("g".into());
    let model = Rows::new(&of(&mut (0..40)), &options).unwrap();
    let together = value(&model);
    assert!((together - apart).abs() < 1e-12 * apart.abs(), "{together} and not {apart}");
    let notes = model.notes().join("\n");
    assert!(notes.contains("34 rows of table.csv; 6 are left out, as their lags do not exist within g"), "{notes}");
    let new = "y,t,g\n1,2,u\n3,4,v\n5,6,u\n7,8,u\n9,1,v\n";
    let on = model.observations().unwrap().on(&table(new)).unwrap();
    assert_eq!((on.rows(), on.place(0), on.response()), (1, 3, &[7.0][..]));
    let mut mean = [0.0];
    on.mean(0..1, Batch { n: 1, d: 3, x: &[2.0, 10.0, 1.0] }, &mut mean);
    assert_eq!(mean, [2.0 * 5.0 + 10.0 * 2.0]);
    let error = model.observations().unwrap().on(&table("y,t\n1,2\n3,4\n5,6\n")).err().unwrap().to_string();
    assert!(error.contains("there is no column 'g'"), "{error}");
    options.within = Some("group".into());
    let error = Rows::new(&of(&mut (0..40)), &options).unwrap_err();
    assert_eq!(error.key(), "within");
    assert!(error.to_string().contains("there is no column 'group'"), "{error}");
}

/// A gap takes with it the rows of its group that lag to it, and no others.
#[test]
fn gaps_stay_within_their_group() {
    let options = RowsOptions {
        likelihood: Likelihood::Nll("(y - a*y[-1])^2".into()),
        parameters: vec![("a".into(), "real".into())],
        response: Some("y".into()),
        missing: steepest_models::Missing::Drop,
        within: Some("g".into()),
        ..RowsOptions::default()
    };
    let csv = "y,g\n1,u\n2,v\n,u\n4,v\n5,u\n6,v\n7,u\n8,\n9,u\n";
    let model = Rows::new(&table(csv), &options).unwrap();
    assert_eq!(model.observations().unwrap().response(), [4.0, 6.0, 7.0, 9.0]);
}

/// Responses that are not known yet are no offence; those that are known, and cannot be, are, and are not read as if they were blank.
#[test]
fn forecasts_of_counts_have_blank_responses() {
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    let options = RowsOptions {
        likelihood: Likelihood::Ll("poisson_log_lpmf(y | a + b*t)".into()),
        parameters: pairs(&[("a", "real"), ("b", "real")]),
        mean: Some("exp(a + b*t)".into()),
        response: Some("y".into()),
        ..RowsOptions::default()
    };
    let model = Rows::new(&table("y,t\n1,0\n2,1\n0,2\n"), &options).unwrap();
    let rows = model.observations().unwrap();
    let theta = Batch { n: 1, d: 2, x: &[0.0, 1.0] };
    for blank in ["y,t\n,0\n3,1\n", "y,t\n,0\n,1\n", "t\n0\n1\n"] {
        let on = rows.on(&table(blank)).unwrap_or_else(|error| panic!("{blank}: {error}"));
        let mut mean = [0.0; 2];
        on.mean(0..2, theta, &mut mean);
        assert!((mean[0] - 1.0).abs() < 1e-12 && (mean[1] - 1f64.exp()).abs() < 1e-12, "{blank}: {mean:?}");
    }
    for impossible in ["y,t\n1,0\n2.5,1\n", "y,t\n,0\n2.5,1\n"] {
        let error = rows.on(&table(impossible)).err().unwrap().to_string();
        assert!(error.contains("row 3: the outcome 'y' is 2.5; poisson_log_lpmf expects whole numbers"), "{error}");
    }
}

/// A model of y and t in the parameters a and s.
fn stated(likelihood: Likelihood, simulate: Option<&str>, y: &str) -> Rows {
    let options = RowsOptions {
        likelihood,
        parameters: vec![("a".into(), "real".into()), ("s".into(), "bounded(0, 1)".into())],
        priors: vec![("s".into(), "beta(2, 2)".into())],
        response: Some("y".into()),
        simulate: simulate.map(str::to_string),
        ..RowsOptions::default()
    };
    Rows::new(&table(y), &options).unwrap_or_else(|error| panic!("{error}"))
}

/// What a likelihood leaves out, a number or one that depends on the row, comes from the law that is stated; on new rows too.
#[test]
fn what_a_likelihood_leaves_out_is_added() {
    let theta = Batch { n: 2, d: 2, x: &[0.3, -0.2, 0.4, 0.9] };
    let nll = Likelihood::Nll("0.5*((y - a*t)/s)^2 + log(s)".into());
    let model = stated(nll, Some("normal(a*t, s)"), "y,t\n1,0.5\n2,0.25\n-3,1.5\n");
    let rows = model.observations().unwrap();
    assert!(rows.normalised());
    let new = rows.on(&table("y,t\n0.5,1\n,2\n")).unwrap();
    let (mut ln, mut on) = ([0.0; 6], [0.0; 2]);
    rows.log_likelihood(0..3, theta, &mut ln);
    new.log_likelihood(0..1, theta, &mut on);
    for i in 0..2 {
        let [a, s] = [theta.x[i], theta.x[2 + i]];
        for (r, (y, t)) in [(1.0, 0.5), (2.0, 0.25), (-3.0, 1.5)].into_iter().enumerate() {
            let expected = ln_normal(y, a * t, s);
            assert!((ln[2 * r + i] - expected).abs() < 1e-12 * expected.abs(), "row {r}: {} {expected}", ln[2 * r + i]);
        }
        assert!((on[i] - ln_normal(0.5, a, s)).abs() < 1e-12, "{on:?}");
    }
    let mut part = [0.0; 2];
    rows.log_likelihood(2..3, theta, &mut part);
    assert_eq!(part, ln[4..]);
    // lgamma(y + 1), which is another number in every row.
    let counts = Likelihood::Ll("y*a - exp(a) + 0*s".into());
    let model = stated(counts, Some("poisson_log(a)"), "y,t\n0,1\n3,1\n5,1\n");
    model.observations().unwrap().log_likelihood(0..3, theta, &mut ln);
    for (r, (y, factorial)) in [(0.0, 1.0), (3.0, 6.0), (5.0, 120.0f64)].into_iter().enumerate() {
        for i in 0..2 {
            let expected = y * theta.x[i] - theta.x[i].exp() - factorial.ln();
            assert!((ln[2 * r + i] - expected).abs() < 1e-12, "{y}: {} and not {expected}", ln[2 * r + i]);
        }
    }
}

/// A likelihood by name is normalised, and one written out if it adds up to 1: over numbers, or over what is counted.
#[test]
fn whether_a_likelihood_is_a_density_is_found() {
    let found = |ll: &str, y: &str| {
        let model = stated(Likelihood::Ll(ll.into()), None, y);
        let rows = model.observations().unwrap();
        (rows.normalised(), rows.discrete())
    };
    let numbers = "y,t\n1.5,0.5\n2,0.25\n-3,1.5\n";
    let counts = "y,t\n0,0.5\n2,0.25\n3,1.5\n";
    // In the last of these, exp(a*1000*t) is more than a number can hold at some points.
    let coins = "y,t\n0,1\n1,2\n1,2\n0,0.5\n";
    for (ll, y, discrete) in [
        ("normal_lpdf(y | a*t, s)", numbers, None),
        ("-0.5*((y - a*t)/s)^2 - log(s) - 0.5*log(2*pi)", numbers, Some(false)),
        ("-log(pi) - log(s) - log1p(((y - 100*a)/s)^2)", numbers, Some(false)),
        (
            "where(y == 0, logsumexp(log(s), log1p(-s) - exp(a)), log1p(-s) + poisson_log_lpmf(y | a))",
            counts,
            Some(true),
        ),
        ("y*log(s) + log1p(-s) + 0*a", counts, Some(true)),
        ("log(s) - s*y + 0*a", "y,t\n1.5,0.5\n2,0.25\n", Some(false)),
        ("log(2) + log(1 + s) - log(2) + s*log(y) + 0*a", "y,t\n0.5,0.5\n0.25,0.25\n", Some(false)),
        ("-0.5*((y - a*t)/s)^2 - log(s) - 0.5*log(2*pi)", coins, Some(false)),
        ("y*a - exp(a) - lgamma(y + 1) + 0*s", coins, Some(true)),
        ("where(y == 1, log(s), log1p(-s)) + 0*a", coins, Some(true)),
        ("y*log(s) + (1 - y)*log1p(-s) + 0*a", coins, Some(true)),
        ("y*(a + t) - log1p(exp(a + t)) + 0*s", coins, Some(true)),
        ("y*a*1000*t - log1p(exp(a*1000*t)) + 0*s", coins, Some(true)),
    ] {
        assert_eq!(found(ll, y), (true, discrete), "{ll}");
    }
    for (ll, y) in [
        ("-0.5*((y - a*t)/s)^2 - log(s)", numbers),
        ("2*normal_lpdf(y | a*t, s)", numbers),
        ("y*a - exp(a) + 0*s", counts),
        ("normal_lpdf(log(y) | a, s)", "y,t\n1.5,0.5\n2,0.25\n"),
        ("log(s)*y + 0*a", "y,t\n0.5,0.5\n0.25,0.25\n"),
        ("y*(a + t) + 0*s", coins),
        // Probabilities to a power, which is 1 in the first row that is looked at.
        ("t*where(y == 1, log(s), log1p(-s)) + 0*a", coins),
    ] {
        assert_eq!(found(ll, y), (false, None), "{ll}");
    }
}

/// Where rows with gaps are left out, one whose response is not known yet is predicted all the same.
#[test]
fn a_blank_response_is_no_gap() {
    let options = RowsOptions {
        likelihood: Likelihood::Ll("normal_lpdf(y | a*t, 1)".into()),
        parameters: vec![("a".into(), "real".into())],
        mean: Some("a*t".into()),
        response: Some("y".into()),
        missing: steepest_models::Missing::Drop,
        ..RowsOptions::default()
    };
    let model = Rows::new(&table("y,t\n1,1\n,2\n3,\n4,4\n"), &options).unwrap();
    let rows = model.observations().unwrap();
    assert_eq!(rows.response(), [1.0, 4.0]);
    let on = rows.on(&table("y,t\n1,1\n,2\n3,\n4,4\n")).unwrap();
    assert_eq!((on.rows(), [0, 1, 2].map(|r| on.place(r))), (3, [0, 1, 3]));
    let mut mean = [0.0; 3];
    on.mean(0..3, Batch { n: 1, d: 1, x: &[2.0] }, &mut mean);
    assert_eq!(mean, [2.0, 4.0, 8.0]);
}
