//! The main job: German credit under default priors is certified, and under N(0, 1) on X / sd it is right.
use serde_json::Value;
use std::path::Path;
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn run(text: &str) -> Record {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/credit/flow.toml");
    let config = Config::parse(text, &here.display().to_string(), &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_example_is_certified() {
    let record = run(include_str!("../../../examples/credit/flow.toml"));
    for check in &record.summary.ledger {
        assert_eq!(check.verdict, Verdict::Holds, "{check:?}");
    }
    assert_eq!(record.summary.parameters.len(), 25);
    assert!(record.summary.parameters.iter().all(|p| p.rhat < 1.01));
    let draws = record.draws.unwrap();
    assert_eq!((draws.chains, draws.draws), (4, 1000));
}

/// Means within four Monte Carlo errors, sds within 3 %. 4 x 40,000 draws know an sd to 0.3 % and a mean to 0.2 % of its sd; the
/// standard error of the reference's own means is added. The truth is for `good`, so the signs are turned; and it is of columns over their
/// standard deviations with divisor n, on which coefficients and their prior are narrower by sqrt(999 / 1000).
#[test]
fn it_matches_the_truth_under_a_normal_prior() {
    let truth: Value = serde_json::from_str(include_str!("data/credit_n1.json")).unwrap();
    let wider = (1000.0 / 999.0f64).sqrt();
    let record = run(&format!(
        "[functional]\nkind = \"regression\"\ndata = \"credit.csv\"\nformula = \"default ~ .\"\nstandardize = \"sd\"\n\
         [functional.priors]\ncoefficients = \"normal(0, {wider})\"\nintercept = \"normal(0, 1)\"\n[run]\ndraws = 40000\n"
    ));
    let (mut worst, mut widest) = (0.0f64, 0.0f64);
    for (k, found) in record.summary.parameters.iter().enumerate() {
        let (mean, sd) = (-truth["mean"][k].as_f64().unwrap(), truth["sd"][k].as_f64().unwrap());
        let wider = if k == 0 { 1.0 } else { wider };
        let z = (found.mean / wider - mean) / found.mcse_mean.hypot(truth["mean_se"][k].as_f64().unwrap());
        let ratio = found.sd / wider / sd - 1.0;
        worst = worst.max(z.abs());
        widest = widest.max(ratio.abs());
        assert!(z.abs() < 4.0, "{}: mean {} against {mean}, z = {z:.2}", found.name, found.mean);
        assert!(ratio.abs() < 0.03, "{}: sd {} against {sd}", found.name, found.sd);
    }
    println!("worst z {worst:.2}, worst sd off by {:.2} %", 100.0 * widest);
}
