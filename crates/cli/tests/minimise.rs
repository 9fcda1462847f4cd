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
    for kind in ["lbfgs", "cg", "bb", "steepest-descent", "trust-region"] {
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

/// Inertia and learned strides on a quartic bowl, to the same point; friction 0 has no end and says what it keeps.
#[test]
fn inertia_and_learned_strides_arrive_with_clean_ledgers() {
    let place = Workplace::new();
    place.write("bowl.toml", &VALLEY.replace("100 *", "5 *"));
    for (k, settings) in [
        &["scheme.kind=momentum"][..],
        &["scheme.kind=momentum", "scheme.form=heavy-ball"],
        &["scheme.kind=momentum", "scheme.form=leapfrog", "scheme.friction=1", "scheme.step=0.05"],
        &["scheme.kind=momentum", "scheme.speed=2"],
        &["scheme.kind=adam", "scheme.halving=1000"],
        &["scheme.kind=rmsprop", "scheme.halving=300"],
        &["scheme.kind=adagrad"],
        &["scheme.kind=lion", "scheme.halving=300"],
        &["scheme.kind=muon", "scheme.rows=2", "scheme.halving=300"],
        &["scheme.kind=soap", "scheme.rows=2", "scheme.halving=300"],
    ]
    .into_iter()
    .enumerate()
    {
        let out = k.to_string();
        let mut arguments =
            vec!["run", "bowl.toml", "--strict", "--json", "--set", "scheme.tolerance=1e-6", "--out", &out];
        arguments.extend(["--set", "run.steps=100000"]);
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let summary: Value = serde_json::from_str(&place.succeed(&arguments)).expect("JSON");
        assert_eq!(summary["extra"]["stopped_because"], "the gradient is below the tolerance", "{settings:?}");
        for parameter in summary["parameters"].as_array().expect("a list") {
            let mean = parameter["mean"].as_f64().expect("a number");
            assert!((mean - 1.0).abs() < 1e-5, "{settings:?}: {parameter}");
        }
    }
    let free = ["--set", "scheme.friction=0", "--set", "scheme.form=leapfrog", "--set", "scheme.step=0.01"];
    let mut arguments =
        vec!["run", "bowl.toml", "--strict", "--json", "--set", "scheme.kind=momentum", "--out", "free"];
    arguments.extend(free);
    let summary: Value = serde_json::from_str(&place.succeed(&arguments)).expect("JSON");
    let names: Vec<&str> =
        summary["ledger"].as_array().expect("a list").iter().filter_map(|l| l["check"].as_str()).collect();
    assert_eq!(names, ["identity residual", "energy balance", "gradient"]);

    let wrong = place.refuse(&["run", "bowl.toml", "--set", "scheme.kind=muon", "--set", "scheme.rows=3"]);
    assert!(wrong.contains("`rows = 3` in [scheme] does not divide the 2 coordinates"), "{wrong}");
}

#[test]
fn a_longer_minimisation_is_as_if_it_had_been_so() {
    let place = Workplace::new();
    place.write("valley.toml", VALLEY);
    let squares = "[functional]\nkind = \"least-squares\"\nresiduals = [\"10*(y - x^2)\", \"1 - x\"]\n";
    place.write("squares.toml", &format!("{squares}\n[state]\nkind = \"point\"\nstart = [1.0, -1.2]\n"));
    place.write("curve.csv", "t,y\n0,1.2\n1,2.1\n2,4.4\n3,8.3\n");
    let rows = "[functional]\nkind = \"rows\"\ndata = \"curve.csv\"\nnll = \"(y - a*exp(b*t))^2\"\n\
                parameters = { a = \"real\", b = \"real\" }\n[geometry]\nkind = \"fisher\"\n";
    place.write("rows.toml", &format!("{rows}[state]\nkind = \"point\"\nstart = [3.0, 0.2]\n"));
    for (file, kind) in [
        ("valley.toml", "lbfgs"),
        ("valley.toml", "trust-region"),
        ("squares.toml", "levenberg-marquardt"),
        ("rows.toml", "newton-cg"),
    ] {
        let (a, b, scheme) = (format!("{kind}-a"), format!("{kind}-b"), format!("scheme.kind={kind}"));
        let run = |steps: &str, out: &str| {
            let steps = format!("run.steps={steps}");
            place.succeed(&["run", file, "--quiet", "--set", &scheme, "--set", &steps, "--out", out]);
        };
        run("5", &a);
        place.succeed(&["resume", &a, "--steps", "+7", "--quiet"]);
        run("12", &b);
        assert_eq!(place.read(&format!("{a}/ledger.csv")), place.read(&format!("{b}/ledger.csv")), "{kind}");
    }
}

/// Logistic growth x' = x (1 - x) as a gradient flow, to a time where it is known and to rest; and a valley of 1 : 10^6.
#[test]
fn a_gradient_flow_is_where_it_should_be() {
    let place = Workplace::new();
    let flow = |energy: &str, start: &str, settings: &[&str], out: &str| -> Value {
        place.write(
            "flow.toml",
            &format!(
                "[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n[state]\nkind = \"point\"\nstart = {start}\n\
                 [scheme]\nkind = \"gradient-flow\"\n"
            ),
        );
        let mut arguments = vec!["run", "flow.toml", "--strict", "--json", "--out", out];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        serde_json::from_str(&place.succeed(&arguments)).expect("JSON")
    };
    for method in ["rosenbrock", "dormand-prince"] {
        let method = format!("scheme.method={method}");
        let settings = [&method, "scheme.tolerance=0", "scheme.step=0.25", "run.steps=16", "scheme.rtol=1e-9"];
        let out = flow("x^3/3 - x^2/2", "[0.1]", &settings, &method);
        assert_eq!(out["extra"]["time"], 4.0);
        let x = out["parameters"][0]["mean"].as_f64().expect("a number");
        assert!((x - 1.0 / (1.0 + 9.0 * (-4.0_f64).exp())).abs() < 1e-7, "{method}: {x}");
        let names: Vec<&str> =
            out["ledger"].as_array().expect("a list").iter().filter_map(|l| l["check"].as_str()).collect();
        assert_eq!(names, ["V never rises", "identity residual", "gradient"]);
        let out = flow("x^3/3 - x^2/2", "[0.1]", &[&method], &format!("{method} to rest"));
        assert_eq!(out["extra"]["stopped_because"], "the gradient is below the tolerance");
    }
    let stiff = flow("0.5*(x - 1)^2 + 5e5*(y + x)^2", "[3, 2]", &["scheme.tolerance=1e-4"], "stiff");
    assert!(stiff["extra"]["own_steps"].as_u64().expect("a count") < 300, "{stiff}");
    let x = stiff["parameters"][0]["mean"].as_f64().expect("a number");
    assert!((x - 1.0).abs() < 2e-4, "{x}");
}

/// A path that is made longer is as if it had been so from the start.
#[test]
fn a_gradient_flow_is_made_longer() {
    let place = Workplace::new();
    place.write("valley.toml", &format!("{VALLEY}start = [-1.2, 1.0]\n[scheme]\nkind = \"gradient-flow\"\n"));
    place.succeed(&["run", "valley.toml", "--quiet", "--set", "run.steps=7", "--out", "a"]);
    place.succeed(&["resume", "a", "--steps", "+5", "--quiet"]);
    place.succeed(&["run", "valley.toml", "--quiet", "--set", "run.steps=12", "--out", "b"]);
    assert_eq!(place.read("a/ledger.csv"), place.read("b/ledger.csv"));
}

const BOXED: &str = "[functional]\nkind = \"expression\"\nenergy = \"(1 - x)^2 + 100 * (y - x^2)^2\"\n\
                     bounds = { x = [-inf, 0.5], y = [0.0, 2.0] }\n\n[state]\nkind = \"point\"\nstart = [-1.2, 1.0]\n";

/// The valley cut off at x = 0.5 has its minimum at (0.5, 0.25), where dV/dx = 2 (x - 1) = -1; by both schemes that know bounds.
#[test]
fn a_minimum_within_bounds_has_its_multipliers() {
    let place = Workplace::new();
    place.write("boxed.toml", BOXED);
    let ends = |summary: &Value| -> Vec<f64> {
        let parameters = summary["parameters"].as_array().expect("a list");
        parameters.iter().map(|parameter| parameter["mean"].as_f64().expect("a number")).collect()
    };
    let summary: Value =
        serde_json::from_str(&place.succeed(&["run", "boxed.toml", "--strict", "--json", "--out", "a"])).expect("JSON");
    assert_eq!(summary["row"], "lbfgs");
    assert_eq!(summary["extra"]["stopped_because"], "the KKT conditions hold to the tolerance");
    assert_eq!(summary["extra"]["active_bounds"], 1);
    let multiplier = summary["extra"]["multipliers"]["x"].as_f64().expect("a number");
    assert!((multiplier - 1.0).abs() < 1e-8, "{multiplier}");
    assert!(ends(&summary)[0] == 0.5 && (ends(&summary)[1] - 0.25).abs() < 1e-9, "{summary}");
    let names: Vec<&str> =
        summary["ledger"].as_array().expect("a list").iter().filter_map(|line| line["check"].as_str()).collect();
    let wanted = [
        "sufficient decrease",
        "curvature condition",
        "V never rises",
        "identity residual",
        "feasibility",
        "KKT residual",
        "multipliers",
        "gradient",
    ];
    assert_eq!(names, wanted);
    let explained = place.succeed(&["explain", "boxed.toml"]);
    assert!(explained.contains("x in [-inf, 0.5], y in [0, 2]"), "{explained}");
    assert!(wanted.iter().all(|check| explained.contains(&format!("- {check}:"))), "{explained}");

    let arguments = ["run", "boxed.toml", "--strict", "--json", "--set", "scheme.kind=proximal-gradient"];
    let settings = ["--set", "run.steps=100000", "--set", "scheme.tolerance=1e-7", "--out", "b"];
    let summary: Value = serde_json::from_str(&place.succeed(&[&arguments[..], &settings].concat())).expect("JSON");
    assert!((ends(&summary)[0] - 0.5).abs() < 1e-6 && (ends(&summary)[1] - 0.25).abs() < 1e-6, "{summary}");

    // A box of all parameters is the same bounds, and no start is moved into it.
    let of_all =
        BOXED.replace("bounds = { x = [-inf, 0.5], y = [0.0, 2.0] }", "regulariser = { kind = \"box\", high = 0.5 }");
    place.write("all.toml", &format!("{}[scheme]\nkind = \"lbfgs\"\n", of_all.replace("start = [-1.2, 1.0]", "")));
    let summary: Value =
        serde_json::from_str(&place.succeed(&["run", "all.toml", "--strict", "--json", "--out", "c"])).expect("JSON");
    assert!(ends(&summary)[0] == 0.5 && (ends(&summary)[1] - 0.25).abs() < 1e-8, "{summary}");
}

/// A run within bounds that is made longer is as if it had been so.
#[test]
fn a_minimisation_within_bounds_is_made_longer() {
    let place = Workplace::new();
    place.write("boxed.toml", BOXED);
    place.succeed(&["run", "boxed.toml", "--quiet", "--set", "run.steps=4", "--out", "a"]);
    place.succeed(&["resume", "a", "--steps", "+4", "--quiet"]);
    place.succeed(&["run", "boxed.toml", "--quiet", "--set", "run.steps=8", "--out", "b"]);
    assert_eq!(place.read("a/ledger.csv"), place.read("b/ledger.csv"));
}

#[test]
fn bounds_that_cannot_be_are_refused_with_their_place() {
    let place = Workplace::new();
    for (bounds, wanted) in [
        ("{ x = [1.0, 0.5] }", &["`bounds.x` in [functional] leaves no value", "at least 1 and at most 0.5"][..]),
        ("{ x = [inf, inf] }", &["leaves no value"]),
        ("{ x = [0.0] }", &["`bounds.x` in [functional] must be two numbers"]),
        ("{ x = 3 }", &["must be two numbers, the least and the greatest"]),
        ("{ z = [0.0, 1.0] }", &["`bounds` in [functional] name `z`", "the parameters are x, y"]),
        ("{}", &["must be a table of [least, greatest] by parameter"]),
        ("{ x = [0.0, inf] }", &["the start has x = -1.2, which is outside its bounds [0, inf]", "[0.0, 1.0]"]),
    ] {
        place.write("wrong.toml", &BOXED.replace("{ x = [-inf, 0.5], y = [0.0, 2.0] }", bounds));
        let said = place.refuse(&["run", "wrong.toml"]);
        assert!(wanted.iter().all(|words| said.contains(words)) && said.contains("wrong.toml:"), "{bounds}: {said}");
    }
    place.write("boxed.toml", BOXED);
    let said = place.refuse(&["run", "boxed.toml", "--set", "scheme.kind=cg"]);
    assert!(said.contains("`bounds` in [functional] do not go with scheme `conjugate-gradient`"), "{said}");
    let said = place.refuse(&["run", "boxed.toml", "--set", "scheme.kind=mirror-descent"]);
    assert!(said.contains("mirror map") || said.contains("do not go with"), "{said}");
}
