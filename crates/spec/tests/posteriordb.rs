//! Real posteriors: means within four combined standard errors of the reference, standard deviations within 5 %.
//!
//! 4 x 2,000 draws with ESS near 8,000 see a mean to 1.1 % of its posterior sd, so an error of 5 % of an sd dies; a standard
//! deviation is known to about 0.8 %, so 5 % is six of its standard errors.
#[path = "../../models/tests/support/posteriordb.rs"]
mod posteriordb;
use serde_json::Value;
use std::path::Path;
use steepest_record::{Parameter, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

/// Mean, its standard error, and sd of a parameter: exact where known, else from the reference draws.
fn answer(folder: &Path, name: &str) -> (f64, f64, f64) {
    let read = |file: &str| {
        std::fs::read_to_string(folder.join(file)).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok())
    };
    if let Some(exact) = read("exact.json")
        && let (Some(mean), Some(sd)) = (exact["mean"][name].as_f64(), exact["sd"][name].as_f64())
    {
        return (mean, 0.0, sd);
    }
    let reference = read("reference.json").expect("reference.json");
    let number = |key: &str| reference["stats"][name][key].as_f64().unwrap_or_else(|| panic!("{name}: {key}"));
    (number("mean"), number("mcse_mean"), number("sd"))
}
fn compare(posterior: &str, folder: &Path, name: &str, found: &Parameter) {
    let (mean, error, sd) = answer(folder, name);
    let z = (found.mean - mean) / found.mcse_mean.hypot(error);
    let ratio = found.sd / sd;
    println!("{posterior}: {name} mean {:.5} ({mean:.5}), z = {z:.2}, sd ratio {ratio:.4}", found.mean);
    assert!(z.abs() < 4.0, "{posterior}: the mean of {name} is {z:.1} standard errors off");
    assert!((ratio - 1.0).abs() < 0.05, "{posterior}: the sd of {name} is {ratio} of the reference");
}
fn fit(text: &str) -> steepest_record::Record {
    let config = Config::parse(text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}
fn all_hold(posterior: &str, record: &steepest_record::Record) {
    for check in &record.summary.ledger {
        assert!(check.verdict != Verdict::Violated, "{posterior}: {check:?}");
    }
}

#[test]
fn regressions_agree_with_the_reference_draws() {
    let folder = tempfile::tempdir().unwrap();
    for reference in posteriordb::references() {
        let name = reference.folder.file_name().unwrap().to_str().unwrap().to_owned();
        let data = folder.path().join("data.csv");
        std::fs::write(&data, &reference.csv).unwrap();
        let priors: String = reference
            .priors
            .iter()
            .map(|prior| {
                let (on, law) = prior.split_once(" = ").unwrap();
                format!("{on} = \"{law}\"\n")
            })
            .collect();
        let record = fit(&format!(
            "[functional]\nkind = \"regression\"\ndata = {:?}\nformula = {:?}\nfamily = {:?}\n[functional.priors]\n{priors}\
             [run]\ndraws = 2000\nwarmup = 500\n",
            data.display().to_string(),
            reference.formula,
            reference.family,
        ));
        all_hold(&name, &record);
        assert_eq!(record.summary.parameters.len(), reference.parameters.len(), "{name}");
        for (found, wanted) in record.summary.parameters.iter().zip(&reference.parameters) {
            compare(&name, &reference.folder, wanted, found);
        }
    }
}

/// The county intercepts of the reference are the intercept and the effect together.
#[test]
fn radon_agrees_with_the_reference_draws() {
    let Some(folder) = posteriordb::folder() else { return };
    let folder = folder.join("radon_mn-radon_hierarchical_intercept_noncentered");
    let data: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("data.json")).unwrap()).unwrap();
    let mut csv = String::from("county,floor,log_uranium,log_radon\n");
    for r in 0..919 {
        let cell = |name: &str| data[name][r].to_string();
        let cells = ["county_idx", "floor_measure", "log_uppm", "log_radon"].map(cell);
        csv += &(cells.join(",") + "\n");
    }
    let file = tempfile::tempdir().unwrap();
    let path = file.path().join("radon.csv");
    std::fs::write(&path, csv).unwrap();
    for centering in ["auto", "noncentered"] {
        let record = fit(&format!(
            "[functional]\nkind = \"regression\"\ndata = {:?}\nformula = \"log_radon ~ log_uranium + floor + (1 | county)\"\n\
             centering = {centering:?}\n[functional.priors]\ncoefficients = \"normal(0, 10)\"\n\"sd(1|county)\" = \
             \"half_normal(1)\"\nsigma = \"half_normal(1)\"\n[run]\ndraws = 4000\n",
            path.display().to_string(),
        ));
        all_hold("radon", &record);
        let found =
            |name: &str| record.summary.parameters.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}"));
        let pairs = [
            ("intercept", "mu_alpha"),
            ("log_uranium", "beta[1]"),
            ("floor", "beta[2]"),
            ("sigma", "sigma_y"),
            ("sd(1|county)", "sigma_alpha"),
        ];
        for (ours, theirs) in pairs {
            compare("radon", &folder, theirs, found(ours));
        }
        for k in [1, 2, 36, 70, 85] {
            let (mean, error, sd) = answer(&folder, &format!("alpha[{k}]"));
            let effect = found(&format!("1|county[{k}]"));
            let sum = found("intercept").mean + effect.mean;
            let z = (sum - mean) / (effect.mcse_mean + found("intercept").mcse_mean).hypot(error);
            assert!(z.abs() < 4.0, "radon: alpha[{k}] {sum} against {mean}, {z:.1} standard errors, sd {sd}");
        }
    }
}

/// tau has a heavy tail, so this one takes more draws for its sd.
#[test]
fn eight_schools_agrees_with_quadrature() {
    let Some(folder) = posteriordb::folder() else { return };
    let folder = folder.join("eight_schools-eight_schools_noncentered");
    let record = fit(
        "[functional]\nkind = \"target\"\nname = \"eight-schools\"\n[scheme]\nkind = \"nuts\"\n[run]\ndraws = 10000\n",
    );
    all_hold("eight schools", &record);
    let found =
        |name: &str| record.summary.parameters.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}"));
    compare("eight schools", &folder, "mu", found("mu"));
    compare("eight schools", &folder, "tau", found("tau"));
    for k in 1..=8 {
        let name = format!("theta[{k}]");
        compare("eight schools", &folder, &name, found(&name));
    }
}
