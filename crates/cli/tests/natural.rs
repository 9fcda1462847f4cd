//! Natural gradients by name: regressions of real tables in at most eight steps, to the modes that quasi-Newton descent finds.
#[path = "../../models/tests/support/posteriordb.rs"]
#[allow(dead_code, reason = "a part of it")]
mod posteriordb;
mod workplace;
use serde_json::Value;
use workplace::Workplace;

fn fit(place: &Workplace, scheme: &str, out: &str) -> Value {
    let kind = format!("scheme.kind={scheme}");
    serde_json::from_str(&place.succeed(&["run", "fit.toml", "--json", "--set", &kind, "--out", out])).expect("JSON")
}
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}
/// Both descents of fit.toml: the same mode, the ledger of the natural one clean, in at most so many steps.
fn agree(place: &Workplace, name: &str, most: u64) {
    let (natural, quasi) =
        (fit(place, "natural-gradient", &format!("{name}-n")), fit(place, "lbfgs", &format!("{name}-q")));
    println!("{name}: {} steps; lbfgs {}", natural["steps"], quasi["steps"]);
    assert!(natural["steps"].as_u64().is_some_and(|steps| steps <= most), "{name}: {} steps", natural["steps"]);
    for check in natural["ledger"].as_array().expect("a list") {
        assert!(check["verdict"] == "holds", "{name}: {check}");
    }
    let parameters = |summary: &Value| summary["parameters"].as_array().expect("a list").clone();
    for (a, b) in parameters(&natural).iter().zip(&parameters(&quasi)) {
        let (found, other) = (number(&a["mean"]), number(&b["mean"]));
        assert!((found - other).abs() < 1e-6 * (1.0 + other.abs()), "{name}: {} is {found} and {other}", a["name"]);
    }
    let (a, b) = (number(&natural["objective"]["final"]), number(&quasi["objective"]["final"]));
    assert!((a - b).abs() < 1e-8 * (1.0 + b.abs()), "{name}: V is {a} and {b}");
}

#[test]
fn a_logistic_regression_takes_at_most_eight_steps() {
    let place = Workplace::new();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/credit/credit.csv");
    for (name, priors) in [("weak", "{}"), ("flat", "{ coefficients = \"flat\" }")] {
        place.write(
            "fit.toml",
            &format!("[functional]\nkind = \"regression\"\ndata = \"{data}\"\nformula = \"default ~ .\"\npriors = {priors}\n[state]\nkind = \"point\"\n"),
        );
        agree(&place, name, 8);
    }
    // The scores of the rows alone, damped, come there too, more slowly.
    let settings = [
        "scheme.kind=natural-gradient",
        "geometry.kind=fisher",
        "geometry.information=empirical",
        "geometry.damping=0.1",
    ];
    let mut arguments = vec!["run", "fit.toml", "--json", "--strict", "--out", "scores"];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let scores: Value = serde_json::from_str(&place.succeed(&arguments)).expect("JSON");
    assert_eq!(scores["extra"]["stopped_because"], "the gradient is below the tolerance");
    let told = place.succeed(&["explain", "fit.toml", "--set", "scheme.kind=natural-gradient"]);
    assert!(told.starts_with("natural gradient\n") && told.contains("geometry     fisher"), "{told}");
    let trusted = ["--set", "scheme.kind=trust-region", "--set", "geometry.kind=fisher"];
    let told = place.succeed(&[&["explain", "fit.toml"], &trusted[..]].concat());
    assert!(told.starts_with("trust-region Fisher scoring\n") && told.contains("p G p / 2"), "{told}");
}

#[test]
fn modes_of_posteriordb_are_found_to_rounding() {
    let place = Workplace::new();
    for reference in posteriordb::references() {
        let name = reference.folder.file_name().expect("a name").to_string_lossy().into_owned();
        place.write("data.csv", &reference.csv);
        let mut priors = String::new();
        for (on, law) in reference.priors.iter().filter_map(|prior| prior.split_once(" = ")) {
            priors += &format!("{on} = \"{law}\"\n");
        }
        let (formula, family) = (reference.formula, reference.family);
        place.write(
            "fit.toml",
            &format!("[functional]\nkind = \"regression\"\ndata = \"data.csv\"\nformula = \"{formula}\"\nfamily = \"{family}\"\n[functional.priors]\n{priors}\n[state]\nkind = \"point\"\n"),
        );
        // With bounds and sigma the curvature is not the information, and steps of length one are less than Newton's.
        agree(&place, &name, if family == "bernoulli" { 8 } else { 30 });
    }
}

#[test]
fn what_has_no_information_is_refused() {
    let place = Workplace::new();
    let said = place.refuse(&["run", "flow.toml", "--set", "geometry.kind=fisher", "--out", "w"]);
    assert!(said.contains("this energy has no information: it is no model of the rows of a table"), "{said}");
    let said = place.refuse(&[
        "run",
        "flow.toml",
        "--set",
        "geometry.kind=euclidean",
        "--set",
        "scheme.kind=natural-gradient",
        "--out",
        "w",
    ]);
    assert!(said.contains("scheme `natural-gradient` does not go with geometry `euclidean`"), "{said}");
    let said = place.refuse(&[
        "run",
        "flow.toml",
        "--set",
        "geometry.kind=fisher",
        "--set",
        "scheme.kind=lbfgs",
        "--out",
        "w",
    ]);
    assert!(said.contains("scheme `lbfgs` does not go with geometry `fisher`"), "{said}");
}
