//! Mirror descent by name: what it finds on every domain, with a clean ledger, and what it refuses.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

const BOWL: &str = "[functional]\nkind = \"expression\"\nenergy = \"(x - 0.5)^2 + (y - 0.2)^2 + (z + 0.1)^2 + x*y\"\n\n\
                    [geometry]\nkind = \"mirror\"\n";

fn run(place: &Workplace, settings: &[&str], out: &str) -> Value {
    let mut arguments = vec!["run", "bowl.toml", "--strict", "--json", "--out", out];
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

/// Minima by hand: on R^3 where the gradient vanishes, on x > 0 with z = 0, on the simplex where slopes are equal, in boxes.
#[test]
fn every_domain_has_its_minimum_and_a_clean_ledger() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    let free = [1.6 / 3.0, -0.2 / 3.0, -0.1];
    let simplex = [5.0 / 7.0, 0.8 / 7.0, 1.2 / 7.0];
    let cases: &[(&[&str], [f64; 3])] = &[
        (&["geometry.map=quadratic", "geometry.metric=[3, 1, 0.5]"], free),
        (&["geometry.map=quadratic", "geometry.metric=[3, 1, 0, 2, 0, 1]"], free),
        (&["geometry.map=p-norm", "geometry.p=1.3"], free),
        (&["geometry.map=boltzmann"], [0.5, 0.0, 0.0]),
        (&["geometry.map=fermi-dirac", "geometry.lower=[-1, 0.1, -1]", "geometry.upper=[1]"], [0.45, 0.1, -0.1]),
        // All slopes are the same: 2 x + y - 1 = x + 2 y - 0.4 = 2 z + 0.2
        (&["geometry.map=entropy"], simplex),
        (&["geometry.map=entropy", "scheme.kind=mirror-descent", "scheme.inertia=averaged"], simplex),
        (&["geometry.map=tsallis", "geometry.q=0.8", "run.steps=100000"], simplex),
    ];
    for (k, (settings, exact)) in cases.iter().enumerate() {
        let summary = run(&place, settings, &k.to_string());
        assert_eq!(summary["extra"]["stopped_because"], "the KKT conditions hold to the tolerance", "{settings:?}");
        for (found, exact) in point(&summary).iter().zip(exact) {
            assert!((found - exact).abs() < 1e-6, "{settings:?}: {:?} {exact}", point(&summary));
        }
    }
    // Matrices: tr S X - log det X has its minimum at S^-1; -tr S X on trace one at the projector on the first eigenvector.
    place.write(
        "bowl.toml",
        &BOWL.replace("(x - 0.5)^2 + (y - 0.2)^2 + (z + 0.1)^2 + x*y", "2*a + 2*b + 3*c - log(a*c - b^2)"),
    );
    let found = point(&run(&place, &["geometry.map=log-det"], "log-det"));
    for (found, exact) in found.iter().zip([0.6, -0.2, 0.4]) {
        assert!((found - exact).abs() < 1e-7, "{found} {exact}");
    }
    place.write("bowl.toml", &BOWL.replace("(x - 0.5)^2 + (y - 0.2)^2 + (z + 0.1)^2 + x*y", "-2*a - 4*b - 5*c"));
    let found = point(&run(&place, &["geometry.map=von-neumann"], "von-neumann"));
    for (found, exact) in found.iter().zip([0.2, 0.4, 0.8]) {
        assert!((found - exact).abs() < 1e-6, "{found} {exact}");
    }
}

/// A regression moves in whitened coordinates; a domain is one of its coefficients.
#[test]
fn coefficients_of_a_regression_keep_to_a_box() {
    let place = Workplace::new();
    place.write(
        "bowl.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight\"\n[geometry]\nkind = \"mirror\"\n\
         map = \"fermi-dirac\"\nlower = [-5, 0]\nupper = [5, 1]\n",
    );
    let summary = run(&place, &[], "box");
    let found = point(&summary);
    // Without bounds the slope is negative.
    assert!(found[1].abs() < 1e-7 && (found[0] - 0.35).abs() < 0.2, "{found:?}");
    assert!(checks(&summary).contains(&"duality gap"));
    let wrong = place.refuse(&["run", "bowl.toml", "--set", "functional.family=gaussian", "--out", "w"]);
    assert!(wrong.contains("`sigma` is moved on another scale than it is reported on"), "{wrong}");
}

#[test]
fn explain_lists_the_checks_that_a_run_has() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    for (k, settings) in [
        &["geometry.map=entropy"][..],
        &["geometry.map=boltzmann"],
        &["geometry.map=entropy", "scheme.kind=mirror-descent", "scheme.inertia=averaged"],
        &["geometry.map=entropy", "functional.regulariser={ kind = \"map\", weight = 0.1 }"],
    ]
    .into_iter()
    .enumerate()
    {
        let summary = run(&place, settings, &k.to_string());
        let mut arguments = vec!["explain", "bowl.toml"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let told = place.succeed(&arguments);
        let lines = told.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split_once(": "));
        let announced: Vec<&str> = lines.map(|(check, _)| check).filter(|c| !c.starts_with("a gradient")).collect();
        assert_eq!(announced, checks(&summary), "{settings:?}");
    }
}

#[test]
fn a_longer_run_is_as_if_it_had_been_so() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    for (name, inertia) in [("a", "none"), ("b", "averaged")] {
        let scheme = ["scheme.kind=mirror-descent".to_owned(), format!("scheme.inertia={inertia}")];
        let run = |steps: &str, out: &str| {
            let mut arguments = vec!["run", "bowl.toml", "--quiet", "--out", out, "--set", "geometry.map=entropy"];
            scheme.iter().for_each(|setting| arguments.extend(["--set", setting]));
            arguments.extend(["--set", steps]);
            place.succeed(&arguments);
        };
        let (cut, whole) = (format!("{name}-cut"), format!("{name}-whole"));
        run("run.steps=5", &cut);
        place.succeed(&["resume", &cut, "--steps", "+7", "--quiet"]);
        run("run.steps=12", &whole);
        assert_eq!(place.read(&format!("{cut}/ledger.csv")), place.read(&format!("{whole}/ledger.csv")));
    }
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    let place = Workplace::new();
    place.write("bowl.toml", BOWL);
    let wrong = |settings: &[&str], what: &str| {
        let mut arguments = vec!["run", "bowl.toml", "--out", "w"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let said = place.refuse(&arguments);
        assert!(said.contains(what), "{settings:?}\n{said}");
    };
    wrong(&[], "[geometry] of kind `mirror` needs `map`");
    wrong(&["geometry.map=entropi"], "did you mean");
    wrong(&["geometry.map=entropy", "geometry.p=1.5"], "`p` in [geometry] is of map `p-norm`");
    wrong(&["geometry.map=p-norm", "geometry.p=2.5"], "`p` in [geometry] must be above 1 and at most 2, got 2.5");
    wrong(&["geometry.map=quadratic", "geometry.metric=[1, 2, 0, 1, 0, 1]"], "not positive definite");
    wrong(&["geometry.map=fermi-dirac", "geometry.lower=[2]"], "make no box");
    wrong(
        &["geometry.map=entropy", "state.kind=point", "state.start=[0.5, 0.6, 0.1]"],
        "is not inside the domain of map `entropy`",
    );
    wrong(&["geometry.map=entropy", "scheme.kind=lbfgs"], "scheme `lbfgs` does not go with geometry `mirror`");
    wrong(&["geometry.kind=euclidean", "scheme.kind=mirror-descent"], "needs a mirror map");
    wrong(
        &["geometry.map=entropy", "functional.regulariser={ kind = \"l1\", weight = 1 }"],
        "has no step in closed form with map `entropy`",
    );
    wrong(
        &["geometry.map=entropy", "functional.regulariser={ kind = \"l2\", weight = 1 }"],
        "must be a table of `kind`",
    );
    wrong(&["geometry.map=entropy", "functional.regulariser={ kind = \"map\" }"], "regulariser `map` needs `weight`");
    wrong(
        &["geometry.map=entropy", "functional.regulariser={ kind = \"map\", wieght = 1 }"],
        "regulariser `map` has no `wieght`",
    );
    place.write(
        "bowl.toml",
        "[functional]\nkind = \"expression\"\nenergy = \"x^2 + y^2\"\nregulariser = { kind = \"l1\", weight = 1 }\n",
    );
    wrong(&[], "`regulariser` in [functional] does not go with scheme `nuts`");
    place.write("bowl.toml", "[functional]\nkind = \"expression\"\nenergy = \"x^2 + y^2\"\n[geometry]\nkind = \"mirror\"\nmap = \"log-det\"\n");
    wrong(&[], "map `log-det` has no points of 2 coordinates");
}
