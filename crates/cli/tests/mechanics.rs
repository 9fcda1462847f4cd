//! Mechanics by name: symplectic schemes are certified on Henon-Heiles, classical Runge-Kutta is not.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

const HENON_HEILES: &str = "[functional]\nkind = \"expression\"\nenergy = \"(x^2 + y^2) / 2 + x^2 * y - y^3 / 3\"\n\n\
     [state]\nkind = \"point\"\nstart = [0.0, 0.1]\nmomentum = [0.5, 0.0]\n\n[run]\nsteps = 100000\nevery = 10\n";

fn verdicts(place: &Workplace, settings: &[&str], dir: &str) -> Value {
    let set: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    let out = place.succeed(&[&["run", "flow.toml", "--json", "--out", dir], &set[..]].concat());
    let summary: Value = serde_json::from_str(&out).expect("JSON");
    let lines = summary["ledger"].as_array().expect("a list").iter();
    lines.map(|line| (line["check"].as_str().unwrap_or_default().to_owned(), line["verdict"].clone())).collect()
}

#[test]
fn symplectic_schemes_are_certified() {
    let place = Workplace::new();
    place.write("flow.toml", HENON_HEILES);
    let gauss = ["scheme.kind=runge-kutta", "scheme.method=gauss6", "scheme.step=0.1"];
    for (i, kind) in ["verlet", "yoshida4", "suzuki4", "yoshida6", "kahan-li6", "kahan-li8"].into_iter().enumerate() {
        let kind = format!("scheme.kind={kind}");
        for compensated in ["scheme.compensated=false", "scheme.compensated=true"] {
            let found = verdicts(&place, &[&kind, compensated, "scheme.step=0.1"], &format!("{i}-{compensated}"));
            assert!(found.as_object().expect("a map").values().all(|v| v == "holds"), "{kind} {compensated}: {found}");
        }
    }
    let found = verdicts(&place, &gauss, "gauss");
    assert!(found.as_object().expect("a map").values().all(|v| v == "holds"), "gauss6: {found}");
}

#[test]
fn classical_runge_kutta_is_not() {
    let place = Workplace::new();
    place.write("flow.toml", HENON_HEILES);
    let found = verdicts(&place, &["scheme.kind=runge-kutta", "scheme.step=0.1"], "rk4");
    for check in ["H drift", "symplecticity"] {
        assert_eq!(found[check], "violated", "{found}");
    }
    assert_eq!(found["reversal"], "inconclusive", "it does not promise to lead back");
}

/// A section that no orbit crossed is an empty array that is read again, and a note.
#[test]
fn an_empty_section_is_a_file() {
    let place = Workplace::new();
    place.write("flow.toml", HENON_HEILES);
    let few = ["--set", "output.section=y", "--set", "run.steps=10", "--set", "run.every=1"];
    let scheme = ["--set", "scheme.kind=verlet", "--set", "scheme.step=0.01"];
    place.succeed(&[&["run", "flow.toml", "--out", "none"], &few[..], &scheme[..]].concat());
    assert!(place.read("none/notes.txt").contains("The section was not crossed: y = 0"));
    assert!(place.at("none/section.npy").exists());
    place.succeed(&["report", "none"]);
}

#[test]
fn a_bath_has_nothing_to_compensate() {
    let place = Workplace::new();
    place.write("flow.toml", HENON_HEILES);
    let run = place.run(&["run", "flow.toml", "--set", "scheme.kind=baoab", "--set", "scheme.compensated=true"]);
    assert_ne!(run.code, 0);
}
