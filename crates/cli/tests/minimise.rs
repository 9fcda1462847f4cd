//! Minimisers by name: what they find, that their ledgers hold, and that a run which is made longer is as if it had been so.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

const VALLEY: &str = "[functional]\nkind = \"expression\"\nenergy = \"(1 - x)^2 + 100 * (y - x^2)^2\"\n\n\
                      [state]\nkind = \"point\"\n";

#[test]
fn every_minimiser_ends_in_the_valley_with_a_clean_ledger() {
    let place = Workplace::new();
    place.write("valley.toml", VALLEY);
    for kind in ["lbfgs", "cg", "bb", "steepest-descent"] {
        let scheme = format!("scheme.kind={kind}");
        let out = place.succeed(&[
            "run",
            "valley.toml",
            "--strict",
            "--json",
            "--set",
            &scheme,
            "--set",
            "run.steps=100000",
            "--out",
            kind,
        ]);
        let summary: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(summary["extra"]["stopped_because"], "the gradient is below the tolerance", "{kind}");
        for parameter in summary["parameters"].as_array().expect("a list") {
            let mean = parameter["mean"].as_f64().expect("a number");
            assert!((mean - 1.0).abs() < 1e-6, "{kind}: {parameter}");
        }
    }
}

#[test]
fn a_longer_minimisation_is_as_if_it_had_been_so() {
    let place = Workplace::new();
    place.write("valley.toml", VALLEY);
    place.succeed(&[
        "run",
        "valley.toml",
        "--quiet",
        "--set",
        "scheme.kind=lbfgs",
        "--set",
        "run.steps=5",
        "--out",
        "a",
    ]);
    place.succeed(&["resume", "a", "--steps", "+7", "--quiet"]);
    place.succeed(&[
        "run",
        "valley.toml",
        "--quiet",
        "--set",
        "scheme.kind=lbfgs",
        "--set",
        "run.steps=12",
        "--out",
        "b",
    ]);
    assert_eq!(place.read("a/ledger.csv"), place.read("b/ledger.csv"));
}
