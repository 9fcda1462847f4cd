//! explain, check, list, new, schema and help say what is true.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

/// The checks `explain` announces are the checks the run makes, for every row and state.
#[test]
fn explain_announces_the_checks_of_the_run() {
    let place = Workplace::new();
    let compositions: &[&[&str]] = &[
        &["scheme.kind=nuts", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=hmc", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=nuts", "scheme.pool=true", "run.draws=200", "run.warmup=100"],
        &["scheme.kind=nuts", "run.draws=2000", "run.warmup=300", "run.until={ ess = 100 }"],
        &["scheme.kind=mala", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=ghmc", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=barker", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=mclmc", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=mclmc", "scheme.adjusted=true", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=tempering", "scheme.rungs=3", "run.draws=200", "run.warmup=300"],
        &["scheme.kind=chees", "state.chains=20"],
        &["scheme.kind=em", "state.kind=chains", "run.draws=200"],
        &["scheme.kind=baoab", "state.kind=chains", "run.draws=200"],
        &["scheme.kind=em", "state.n=500", "run.steps=2000"],
        &["scheme.kind=em", "state.n=500", "run.steps=2000", "scheme.extrapolate=true"],
        &["scheme.kind=baoab", "state.kind=chains", "run.draws=200", "scheme.extrapolate=true"],
        &["scheme.kind=lm", "state.n=500", "run.steps=2000"],
        &["scheme.kind=baoab", "state.n=500", "run.steps=2000"],
        &["scheme.kind=oba", "state.n=500", "run.steps=2000"],
        &["scheme.kind=verlet", "run.steps=100"],
        &["scheme.kind=yoshida6", "run.steps=100"],
        &["scheme.kind=runge-kutta", "run.steps=100"],
        &["scheme.kind=verlet", "state.kind=particles", "state.n=10", "run.steps=1000"],
        &["scheme.kind=gradient-descent"],
        &["scheme.kind=gradient-descent", "state.kind=particles", "state.n=10"],
        &["scheme.kind=gradient-flow"],
        &["scheme.kind=gradient-flow", "scheme.method=dormand-prince"],
        &["scheme.kind=gradient-flow", "geometry.kind=weighted", "geometry.matrix=[2, 1]"],
        &["scheme.kind=minimizing-movement"],
        &["scheme.kind=minimizing-movement", "geometry.kind=weighted", "geometry.matrix=[2, 1, 1, 2]"],
        &["scheme.kind=minimizing-movement", "geometry.kind=mirror", "geometry.map=boltzmann", "scheme.tolerance=0"],
        &["scheme.kind=polyak"],
        &["scheme.kind=polyak", "geometry.kind=sphere", "scheme.minimum=0.5"],
        &["scheme.kind=lbfgs", "state.kind=point"],
        &["scheme.kind=lbfgs", "scheme.line_search=armijo", "state.kind=point"],
        &["scheme.kind=lbfgs", "scheme.line_search=nonmonotone", "state.kind=point"],
        &["scheme.kind=trust-region", "state.kind=point"],
        &["scheme.kind=momentum", "state.kind=point"],
        &["scheme.kind=momentum", "scheme.form=leapfrog", "scheme.friction=0", "state.kind=point"],
        &["scheme.kind=adam", "state.kind=point"],
        &["scheme.kind=adamw", "state.kind=point"],
        &["scheme.kind=soap", "state.kind=point"],
        &["scheme.kind=bb", "state.kind=point"],
        &["scheme.kind=cg", "state.kind=point"],
        &["scheme.kind=steepest-descent", "state.kind=point"],
    ];
    // Each with the file it changes.
    let energies = compositions.iter().map(|settings| ("flow.toml", *settings));
    let draws: &[&str] = &["run.draws=200", "run.warmup=300"];
    let particles: &[&str] =
        &["scheme.kind=em", "scheme.step=0.1", "state.kind=particles", "state.n=50", "run.steps=300"];
    let scoring: &[&str] = &["scheme.kind=trust-region", "geometry.kind=fisher"];
    let rows = [("rows.toml", draws), ("rows.toml", particles), ("rows.toml", scoring)];
    place.write(
        "rows.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight\"\n",
    );
    for (i, (file, settings)) in energies.chain(rows).enumerate() {
        let set: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        let text = place.succeed(&[&["explain", file], &set[..]].concat());
        let section =
            text.split("The ledger will check\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
        let announced: Vec<&str> = section
            .lines()
            .filter_map(|line| line.trim_start_matches("  - ").split_once(": "))
            .map(|(name, _)| name)
            .collect();
        let dir = format!("run-{i}");
        let out = place.succeed(&[&["run", file, "--json", "--out", &dir], &set[..]].concat());
        let summary: Value = serde_json::from_str(&out).expect("JSON");
        let made = summary["ledger"].as_array().expect("a list");
        let mut made: Vec<&str> = made.iter().filter_map(|check| check["check"].as_str()).collect();
        let mut announced = announced;
        made.sort_unstable();
        announced.sort_unstable();
        assert_eq!(announced, made, "{settings:?}");
        assert_eq!(text.contains("Pareto k (leave-one-out)"), file == "rows.toml" && settings == draws);
    }
}

#[test]
fn explain_has_row_equation_and_cost() {
    let place = Workplace::new();
    let text = place.succeed(&["explain", "flow.toml"]);
    for part in [
        "NUTS\n\n  equation     q' = M^-1 p, p' = -dV(q), fresh momenta p ~ N(0, M / beta) before each trajectory\n",
        "  functional   V = x^2 / 2 + y^2\n",
        "  state        4 chains\n",
        "  geometry     euclidean: straight lines: K = 1\n",
        "  invariants   exp(-beta V), exactly: each proposal is accepted or rejected\n",
        "  - 2 coordinates, 2 reported quantities\n",
        "gradients in all\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn check_compares_the_gradient() {
    let place = Workplace::new();
    let text = place.succeed(&["check", "flow.toml"]);
    assert!(text.starts_with("flow.toml: every key is known, and they go together\n\nmodel\n  2 coordinates, 2 reported quantities: x, y\n"), "{text}");
    assert!(
        text.contains(
            "gradient against differences of the energy at 5 random points\n  ✓ holds: largest relative error "
        ),
        "{text}"
    );
    place.write(
        "pets.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight\"\n",
    );
    let text = place.succeed(&["check", "pets.toml"]);
    assert!(text.contains("10 rows") && text.contains("normal("), "data and priors are shown: {text}");
}

#[test]
fn new_writes_what_run_takes() {
    let place = Workplace::new();
    for row in ["expression", "target", "descent", "langevin"] {
        let file = format!("{row}.toml");
        place.succeed(&["new", row, "--out", &file]);
        assert_eq!(place.read(&file), place.succeed(&["new", row]));
        assert_eq!(place.run(&["new", row, "--out", &file]).code, 2, "it is there already");
        place.succeed(&["check", &file]);
    }
}

#[test]
fn lists_name_what_the_flow_takes() {
    let place = Workplace::new();
    let all = place.succeed(&["list"]);
    for name in [
        "nuts",
        "gradient-descent",
        "euclidean",
        "thermal",
        "funnel",
        "eight-schools",
        "poisson",
        "half_cauchy(scale)",
        "langevin",
    ] {
        assert!(all.lines().any(|line| line.trim_start().starts_with(name)), "{name}\n{all}");
    }
    let schemes = place.succeed(&["list", "schemes"]);
    assert!(schemes.starts_with("  nuts ") && schemes.contains("[HoffmanGelman2014; Betancourt2017]"), "{schemes}");
}

#[test]
fn the_schema_is_json() {
    let schema: Value = serde_json::from_str(&Workplace::new().succeed(&["schema"])).expect("JSON");
    assert_eq!(schema["required"][0], "functional");
}

#[test]
fn help_shows_verbs_examples_and_exit_codes() {
    let place = Workplace::new();
    let help = place.succeed(&["--help"]);
    for part in [
        "Usage: steepest <COMMAND>",
        "  run        Run a flow.toml and write a run folder\n",
        "  fit        Draw from the posterior of a regression: a table and a formula\n",
        "  check      ",
        "steepest fit examples/credit/credit.csv 'default ~ duration + log(amount) + C(status)'\n",
        "  130  stopped by Ctrl-C; the run folder holds what there was",
    ] {
        assert!(help.contains(part), "{part}\n{help}");
    }
    let fit = place.succeed(&["fit", "--help"]);
    for flag in [
        "--family",
        "--prior",
        "--standardize",
        "--scheme",
        "--geometry",
        "--beta",
        "--step",
        "--chains",
        "--draws",
        "--warmup",
        "--seed",
        "--threads",
        "--out",
        "--force",
        "--json",
        "--quiet",
        "--strict",
    ] {
        assert!(fit.contains(flag), "{flag}");
    }
    assert!(place.succeed(&["--version"]).starts_with("steepest "));
}
