//! Lagrangians by name: motion from a start, paths between two points, and what has no meaning.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

fn summary(place: &Workplace, arguments: &[&str]) -> Value {
    serde_json::from_str(&place.succeed(&[arguments, &["--json"]].concat())).expect("JSON")
}
fn verdict(summary: &Value, check: &str) -> String {
    let lines = summary["ledger"].as_array().expect("a list");
    let line = lines.iter().find(|line| line["check"] == check).unwrap_or_else(|| panic!("no {check}: {lines:?}"));
    line["verdict"].as_str().unwrap_or_default().to_owned()
}
fn certified(summary: &Value) {
    for line in summary["ledger"].as_array().expect("a list") {
        assert_eq!(line["verdict"], "holds", "{line}");
    }
}
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

#[test]
fn an_ellipse_is_simulated_with_its_angular_momentum() {
    let place = Workplace::new();
    let kepler = "0.5*m*(xdot^2 + ydot^2) + m/sqrt(x^2 + y^2)";
    let said = ["simulate", kepler, "--set", "m=2", "--start", "0.4,0", "--velocity", "0,2"];
    // Ten turns of 2 pi come back to the start.
    let found = summary(
        &place,
        &[&said[..], &["--time", "62.83185307179586", "--step", "0.01", "--method", "galerkin6"]].concat(),
    );
    certified(&found);
    assert_eq!(verdict(&found, "Noether momenta"), "holds");
    assert_eq!(found["extra"]["conserved"][0], "the angular momentum in the plane of x and y");
    assert!((number(&found["parameters"][0]["mean"]) - 0.4).abs() < 1e-6, "{}", found["parameters"]);
    assert!((number(&found["objective"]["initial"]) + 1.0).abs() < 1e-12);
    // The same with a method that does not see the rotation.
    let found = summary(&place, &[&said[..], &["--time", "60", "--step", "0.03", "--scheme", "runge-kutta"]].concat());
    assert_eq!(verdict(&found, "Noether momenta"), "violated");
    assert_eq!(verdict(&found, "symplecticity"), "violated");
}

#[test]
fn a_driven_lagrangian_balances_work_and_a_potential_is_a_hamiltonian() {
    let place = Workplace::new();
    let driven = summary(&place, &["simulate", "0.5*xdot^2 - 0.5*x^2 + x*cos(2*t)", "--start", "0", "--time", "30"]);
    certified(&driven);
    assert_eq!(verdict(&driven, "energy and work"), "holds");
    let exact = (30f64.cos() - 60f64.cos()) / 3.0;
    assert!((number(&driven["parameters"][0]["mean"]) - exact).abs() < 1e-7);
    // Ten periods: one is too little to certify that an error does not grow.
    let well = summary(&place, &["simulate", "x^2/2", "--start", "1", "--time", "62.83185307179586", "--out", "well"]);
    certified(&well);
    assert!((number(&well["parameters"][0]["mean"]) - 1.0).abs() < 1e-6);
    assert!(place.read("well/flow.toml").contains("yoshida4"));
}

const PATH: &str = "[functional]\nkind = \"lagrangian\"\nL = \"0.5*xdot^2 - 0.5*k*x^2\"\nconstants = { k = 1.0 }\n\n\
     [state]\nkind = \"path\"\nfrom = [1.0]\nto = [0.5]\ntime = 7.0\n";

#[test]
fn a_stationary_path_has_its_index_and_its_conjugate_points() {
    let place = Workplace::new();
    place.write("flow.toml", PATH);
    let found = summary(&place, &["run", "flow.toml", "--out", "path"]);
    certified(&found);
    let extra = &found["extra"];
    assert_eq!(
        (&extra["morse_index"], &extra["verdict"]),
        (&Value::from(2), &Value::from("Stationary, index 2: a saddle"))
    );
    let exact = (1.25 * 7f64.cos() - 1.0) / (2.0 * 7f64.sin());
    assert!((number(&extra["action"]) - exact).abs() < 1e-6);
    for (k, t) in extra["conjugate_times"].as_array().expect("a list").iter().enumerate() {
        assert!((number(t) - (k + 1) as f64 * std::f64::consts::PI).abs() < 1e-4, "{t}");
    }
    let page = place.read("path/report.html");
    assert!(page.contains("class=\"conjugate\"") && page.contains("Jacobi field"));
    let near = summary(
        &place,
        &["run", "flow.toml", "--set", "state.time=3.1415", "--set", "state.to=[-1.0]", "--out", "near"],
    );
    assert_eq!(verdict(&near, "isolation"), "violated");
    let text = place.succeed(&["explain", "flow.toml"]);
    assert!(
        text.contains("stationary action") && text.contains("isolation") && !text.contains("energy and work"),
        "{text}"
    );
    place.succeed(&["check", "flow.toml"]);
}

#[test]
fn what_has_no_meaning_says_so() {
    let place = Workplace::new();
    place.write("flow.toml", PATH);
    let refused = |settings: &[&str]| {
        let set: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        place.refuse(&[&["run", "flow.toml"], &set[..]].concat())
    };
    for (settings, said) in [
        (&["state.time=0"][..], "must be a number greater than 0"),
        (&["state.to=[0.5, 1.0]"], "`from` in [state] has 1 coordinates and `to` has 2"),
        (&["state.grading=0.5"], "must be 1 or more"),
        (&["scheme.kind=verlet"], "does not go with functional `lagrangian`"),
        (&["functional.L=0.5*xdot^2 - 0.5*k*x^2 + sinn(x)"], "did you mean `sin`?"),
        (&["functional.constants={ k = 1.0, q = 2.0 }"], "there is no `q` in the Lagrangian"),
        (
            &["functional.constants={}", "state.from=[1.0, 1.0]", "state.to=[0.0, 0.0]"],
            "vanishes in the direction of `k`",
        ),
        (&["functional.L=sqrt(xdot^2 + ydot^2)*k", "state.from=[0.0, 0.0]", "state.to=[1.0, 1.0]"], "is degenerate"),
    ] {
        let found = refused(settings);
        assert!(found.contains(said), "{settings:?}: {found}");
    }
    let found = place.refuse(&["simulate", "0.5*xdot^2 + a*x", "--start", "0,0", "--time", "1"]);
    assert!(found.contains("constants = { a = 1.0 }"), "{found}");
    let found = place.refuse(&["simulate", "0.5*xdot^2", "--start", "0", "--time", "-1"]);
    assert!(found.contains("greater than 0"), "{found}");
}
