//! Minimizing movements, Polyak's steps and flows in a constant metric by name: where they lead, what the ledger and the notes say,
//! that a longer run is as if it had been so, and what is refused.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

const BOWL: &str = "[functional]\nkind = \"expression\"\nenergy = \"0.5*(3*x^2 + 2*x*y + 40*y^2)\"\n\n\
                    [state]\nkind = \"point\"\nstart = [2.0, -1.0]\n";

fn run(place: &Workplace, file: &str, settings: &[&str], out: &str) -> Value {
    let mut arguments = vec!["run", file, "--strict", "--json", "--out", out];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    serde_json::from_str(&place.succeed(&arguments)).expect("JSON")
}
fn point(summary: &Value) -> Vec<f64> {
    let all = summary["parameters"].as_array().expect("a list");
    all.iter().map(|parameter| parameter["mean"].as_f64().expect("a number")).collect()
}
fn checks(summary: &Value) -> Vec<&str> {
    summary["ledger"].as_array().expect("a list").iter().filter_map(|line| line["check"].as_str()).collect()
}
fn number(summary: &Value, key: &str) -> f64 {
    summary["extra"][key].as_f64().unwrap_or_else(|| panic!("{key}: {summary}"))
}

/// Ten movements of 0.1 are ((M + h H)^-1 M)^10 x, and lie as far from the gradient flow as the run says, or less; a
/// hundredth of the step leaves about a hundredth of that.
#[test]
fn a_movement_says_how_far_from_the_flow_it_is() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    let kind = "scheme.kind=minimizing-movement";
    let found = run(&place, "bowl.toml", &[kind, "scheme.tolerance=0", "run.steps=10"], "plain");
    assert_eq!(
        checks(&found),
        ["variational inequality", "De Giorgi's identity", "inexactness", "V never rises", "gradient"]
    );
    let (mut x, h) = ([2.0, -1.0], 0.1);
    for _ in 0..10 {
        let (a, b, c) = (1.0 + 3.0 * h, h, 1.0 + 40.0 * h);
        let det = a * c - b * b;
        x = [(c * x[0] - b * x[1]) / det, (a * x[1] - b * x[0]) / det];
    }
    for (found, exact) in point(&found).iter().zip(x) {
        assert!((found - exact).abs() < 1e-5, "{found} {exact}");
    }
    assert!((number(&found, "time") - 1.0).abs() < 1e-12);
    for metric in [&[][..], &["geometry.kind=weighted", "geometry.matrix=[2.0, 0.7, 0.7, 1.5]"]] {
        let with = |more: &[&str], out: &str| run(&place, "bowl.toml", &[metric, more].concat(), out);
        let exact = ["scheme.kind=gradient-flow", "scheme.tolerance=0", "run.steps=10", "scheme.rtol=1e-9"];
        let exact = point(&with(&exact, &format!("flow-{}", metric.len())));
        let mut bounds = Vec::new();
        for (step, steps) in [("scheme.step=0.1", "run.steps=10"), ("scheme.step=0.001", "run.steps=1000")] {
            let found = with(&[kind, "scheme.tolerance=0", step, steps], &format!("{step}-{}", metric.len()));
            let x = point(&found);
            let way = [x[0] - exact[0], x[1] - exact[1]];
            let m = if metric.is_empty() { [1.0, 0.0, 1.0] } else { [2.0, 0.7, 1.5] };
            let off = (m[0] * way[0] * way[0] + 2.0 * m[1] * way[0] * way[1] + m[2] * way[1] * way[1]).sqrt();
            let bound = number(&found, "from_gradient_flow");
            assert!(off <= bound && off > 0.005 * bound, "{off} {bound}");
            bounds.push(bound);
        }
        assert!((bounds[0] / bounds[1] - 100.0).abs() < 60.0, "{bounds:?}");
    }
}

/// Long movements are the proximal point method: five of them cross a valley, on a sphere, on the simplex and in a regression too.
#[test]
fn long_movements_end_at_the_minimum() {
    let place = Workplace::new();
    place.write("valley.toml", &BOWL.replace("0.5*(3*x^2 + 2*x*y + 40*y^2)", "(1 - x)^2 + 1e6*(y - x^2)^2"));
    let found = run(&place, "valley.toml", &["scheme.kind=proximal-point", "scheme.step=1000"], "valley");
    assert!(point(&found).iter().all(|x| (x - 1.0).abs() < 1e-6) && found["steps"].as_u64() < Some(20), "{found}");
    place.write("sphere.toml", &BOWL.replace("0.5*(3*x^2 + 2*x*y + 40*y^2)", "-x*y"));
    let settings = ["geometry.kind=sphere", "scheme.kind=minimizing-movement", "state.start=[0.6, 0.8]"];
    let x = point(&run(&place, "sphere.toml", &settings, "sphere"));
    assert!((x[0] * x[1] - 0.5).abs() < 1e-12, "{x:?}");
    place.write("simplex.toml", &BOWL.replace("0.5*(3*x^2 + 2*x*y + 40*y^2)", "(x - 0.9)^2 + 2*(y + 0.3)^2"));
    let settings = ["geometry.kind=mirror", "geometry.map=entropy", "state.start=[0.5, 0.5]", "scheme.step=100"];
    let settings = [&settings[..], &["scheme.kind=minimizing-movement", "scheme.tolerance=1e-6"]].concat();
    let x = point(&run(&place, "simplex.toml", &settings, "simplex"));
    assert!(x[0] > 1.0 - 1e-9 && x[0] <= 1.0, "{x:?}");
    let mode = |scheme: &str| {
        let out = ["--scheme", scheme, "--json", "--out", scheme];
        let text = place.succeed(&[&["minimize", "pets.csv", "adopted ~ weight"], &out[..]].concat());
        point(&serde_json::from_str(&text).expect("JSON"))
    };
    let (a, b) = (mode("minimizing-movement"), mode("lbfgs"));
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
}

/// Polyak's steps, with the right minimum, one that is too high, and one that is never reached.
#[test]
fn polyak_needs_the_minimum() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    let found = run(&place, "bowl.toml", &["scheme.kind=polyak"], "right");
    assert!(point(&found).iter().all(|x| x.abs() < 1e-8), "{found}");
    assert_eq!(checks(&found), ["minimum", "Fejer's inequality", "gradient at the end", "gradient"]);
    assert_eq!(found["extra"]["stopped_because"], "the gradient is below the tolerance");
    let with = |minimum: &str, out: &str| -> Value {
        let minimum = format!("scheme.minimum={minimum}");
        let set = ["--set", "scheme.kind=polyak", "--set", &minimum, "--set", "run.steps=500"];
        let text = place.succeed(&[&["run", "bowl.toml", "--json", "--out", out], &set[..]].concat());
        serde_json::from_str(&text).expect("JSON")
    };
    let verdicts = |found: &Value| -> Vec<String> {
        let lines = found["ledger"].as_array().expect("a list").iter();
        lines.map(|line| format!("{}: {}", line["check"], line["verdict"])).collect()
    };
    // From above V comes to rest at what was stated, with a slope that gives it away.
    let high = verdicts(&with("1", "high"));
    assert!(high.contains(&"\"gradient at the end\": \"inconclusive\"".to_owned()), "{high:?}");
    let above = verdicts(&with("100", "above"));
    assert!(above.contains(&"\"minimum\": \"violated\"".to_owned()), "{above:?}");
    let low = verdicts(&with("-1", "low"));
    assert!(low.contains(&"\"gradient at the end\": \"violated\"".to_owned()), "{low:?}");
}

#[test]
fn longer_runs_are_as_if_they_had_been_so() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    for (k, settings) in [
        &["scheme.kind=minimizing-movement"][..],
        &["scheme.kind=minimizing-movement", "geometry.kind=weighted", "geometry.matrix=[2, 1]"],
        &["scheme.kind=minimizing-movement", "geometry.kind=mirror", "geometry.map=burg", "state.start=[2, 1]"],
        &["scheme.kind=polyak"],
    ]
    .into_iter()
    .enumerate()
    {
        let run = |steps: &str, out: &str| {
            let mut arguments = vec!["run", "bowl.toml", "--quiet", "--set", steps, "--out", out];
            settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
            place.succeed(&arguments);
        };
        let (a, b) = (format!("{k}-a"), format!("{k}-b"));
        run("run.steps=5", &a);
        place.succeed(&["resume", &a, "--steps", "+7", "--quiet"]);
        run("run.steps=12", &b);
        assert_eq!(place.read(&format!("{a}/ledger.csv")), place.read(&format!("{b}/ledger.csv")), "{settings:?}");
    }
}

#[test]
fn what_does_not_fit_is_told() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    let refuse = |settings: &[&str]| {
        let mut arguments = vec!["run", "bowl.toml"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        place.refuse(&arguments)
    };
    let weighted = |matrix: &str| {
        let matrix = format!("geometry.matrix={matrix}");
        refuse(&["geometry.kind=weighted", "scheme.kind=gradient-flow", &matrix])
    };
    for (matrix, said) in [
        ("[1, 2, 2, 4]", "is singular or has a negative eigenvalue: its leading block of order 2"),
        ("[1, 2, 0, 1]", "is not symmetric: 2 in row 1, column 2, and 0 across"),
        ("[1, -3]", "is a diagonal with -3 at place 2"),
        ("[1, 2, 3]", "has 3 numbers for 2 coordinates"),
    ] {
        let text = weighted(matrix);
        assert!(text.contains(&format!("`matrix` in [geometry] {said}")), "{matrix}: {text}");
    }
    let text = refuse(&["geometry.kind=sphere", "scheme.kind=gradient-flow"]);
    assert!(text.contains("scheme `gradient-flow` does not go with geometry `sphere`"), "{text}");
    let text = refuse(&["scheme.kind=minimizing-movement", "scheme.iner=0.1"]);
    assert!(text.contains("`inner`"), "{text}");
    let text = refuse(&["scheme.kind=minimizing-movement", "scheme.step=0"]);
    assert!(text.contains("must be a number greater than 0"), "{text}");
    let text = refuse(&["scheme.kind=minimizing-movement", "state.start=[1, 2, 3]"]);
    assert!(text.contains("`start` in [state] has 3 numbers"), "{text}");
}
