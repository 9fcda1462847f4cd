//! Formulas with posteriors known from elsewhere: a categorical response by quadrature, eight schools as the named target has it.
use std::path::{Path, PathBuf};
use steepest_models::{EightSchools, Model};
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn write(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}
fn run(data: &Path, formula: &str, more: &str) -> Record {
    let text = format!(
        "[functional]\nkind = \"regression\"\ndata = '{}'\nformula = \"{formula}\"\n{more}\n[run]\ndraws = 5000\nseed = 7\n",
        data.display()
    );
    let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|e| panic!("{e}"));
    execute(&config, &*build(&config).unwrap(), &mut Unwatched).unwrap()
}
/// Means within 4 Monte Carlo standard errors, standard deviations within 5 %, no check violated.
fn agrees(record: &Record, exact: &[(f64, f64)]) {
    for (p, (mean, sd)) in record.summary.parameters.iter().zip(exact) {
        assert!((p.mean - mean).abs() < 4.0 * p.mcse_mean, "{}: {} +- {} is not {mean}", p.name, p.mean, p.mcse_mean);
        assert!((p.sd / sd - 1.0).abs() < 0.05, "{}: sd {} is not {sd}", p.name, p.sd);
    }
    assert!(record.summary.ledger.iter().all(|c| c.verdict != Verdict::Violated), "{:?}", record.summary.ledger);
}

/// 5, 12 and 23 rows of three levels: two intercepts, by the trapezoidal rule in two dimensions. The means are known to 0.004, so
/// that a bias of 0.02, a 25th of a posterior standard deviation, is caught.
#[test]
fn a_categorical_response_by_quadrature() {
    let counts = [5.0, 12.0, 23.0];
    let each = ["a", "b", "c"].iter().zip(counts).flat_map(|(level, n)| std::iter::repeat_n(*level, n as usize));
    let text = each.fold("kind\n".to_string(), |text, level| text + level + "\n");
    let more = "family = \"categorical\"\n[functional.priors]\ncoefficients = \"normal(0, 2)\"";
    let record = run(&write("forty.csv", &text), "kind ~ 1", more);
    let grid = || (-300..=300).map(|k| 0.02 * f64::from(k));
    let (mut total, mut first, mut second) = (0.0, [0.0; 2], [0.0; 2]);
    for b in grid() {
        for c in grid() {
            let rows = counts[1] * b + counts[2] * c - 40.0 * (1.0 + b.exp() + c.exp()).ln();
            let mass = (rows - (b * b + c * c) / 8.0 + 38.0).exp();
            total += mass;
            for (k, q) in [b, c].into_iter().enumerate() {
                first[k] += mass * q;
                second[k] += mass * q * q;
            }
        }
    }
    let exact: Vec<(f64, f64)> =
        (0..2).map(|k| (first[k] / total, (second[k] / total - (first[k] / total).powi(2)).sqrt())).collect();
    assert_eq!(record.summary.parameters[1].name, "kind[c]:intercept");
    assert!(record.summary.parameters.iter().all(|p| p.mcse_mean < 0.005));
    agrees(&record, &exact);
}

/// The intercept is mu, sd is tau, and an effect is theta less mu. A standard error that is wrong by a tenth moves E tau by 0.2; it is
/// known to 0.04.
#[test]
fn eight_schools_as_a_formula() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/meta-analysis/schools.csv");
    let more = "[functional.priors]\nintercept = \"normal(0, 5)\"\nsd = \"half_cauchy(5)\"";
    let record = run(&data, "effect | se(error) ~ 1 + (1 | school)", more);
    let truth = EightSchools.truth().unwrap();
    let names: Vec<&str> = record.summary.parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names[..3], ["intercept", "sd(1|school)", "1|school[A]"]);
    agrees(&record, &[(truth.mean[0], truth.sd[0]), (truth.mean[1], truth.sd[1])]);
    assert!(record.summary.parameters[1].mcse_mean < 0.04);
    for (p, theta) in record.summary.parameters[2..].iter().zip(&truth.mean[2..]) {
        let exact = theta - truth.mean[0];
        assert!((p.mean - exact).abs() < 4.0 * p.mcse_mean, "{}: {} is not {exact}", p.name, p.mean);
    }
    assert!(record.summary.extra["loo"]["elpd"].as_f64().unwrap() < -25.0);
}
