//! What descents say where they go wrong: strides that are too short or too long, steps that are too long for a promise, bounds far from
//! zero, boxes that are none, and energies that fall without bound.
use steepest_record::{Check, Record, Verdict};
use steepest_spec::{Config, SpecError, Unwatched, build, execute, explain};

fn attempt(text: &str) -> Result<Record, SpecError> {
    let config = Config::parse(text, "flow.toml", &[])?;
    execute(&config, &*build(&config)?, &mut Unwatched)
}
fn run(text: &str) -> Record {
    attempt(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}
fn line(record: &Record, name: &str) -> Check {
    let found = record.summary.ledger.iter().find(|line| line.check == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", record.summary.ledger)).clone()
}
fn last(record: &Record) -> f64 {
    record.summary.objective.as_ref().expect("an objective").r#final
}
fn because(record: &Record) -> &str {
    record.summary.extra["stopped_because"].as_str().expect("a reason")
}
/// An energy, what goes on in [functional], a start, and the rest.
fn flow(energy: &str, more: &str, start: &str, rest: &str) -> String {
    format!(
        "[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n{more}\n[state]\nkind = \"point\"\nstart = {start}\n{rest}\n"
    )
}
const VALLEY: &str = "(1 - x)^2 + 100 * (y - x^2)^2";

/// Strides that halve come what may stop short of the minimum, and say so; those that halve where they circle arrive. So it is with strides
/// of inertia that are a billionth.
#[test]
fn strides_that_are_too_short_are_no_rounding() {
    let start = "[-1.2, 1.0]";
    for kind in ["rmsprop", "lion", "muon", "soap"] {
        let text = |halving: &str| flow(VALLEY, "", start, &format!("[scheme]\nkind = \"{kind}\"\n{halving}"));
        let found = run(&text(""));
        assert!(last(&found) < 1e-6, "{kind}: {}", last(&found));
        assert!(line(&found, "identity residual").verdict != Verdict::Violated, "{kind}: {:?}", found.summary.ledger);
        let short = run(&text("halving = 10\n"));
        assert_eq!(because(&short), "its strides are too short to go on, although V could still fall", "{kind}");
        let end = line(&short, "gradient at the end");
        assert!(end.verdict == Verdict::Violated && end.advice.contains("a larger `halving`"), "{kind}: {end:?}");
    }
    let short = run(&flow("x^2 + y^2", "", "[1.0, 1.0]", "[scheme]\nkind = \"momentum\"\nstep = 1e-9\nfriction = 1\n"));
    assert_eq!(because(&short), "its strides are too short to go on, although V could still fall");
    let end = line(&short, "gradient at the end");
    assert!(end.verdict == Verdict::Violated && end.advice.contains("a larger `step`"), "{end:?}");
    // Auto is said where it is not the default, and read again as it was.
    for halving in ["\"auto\"", "0", "300"] {
        let text = flow(VALLEY, "", start, &format!("[scheme]\nkind = \"adam\"\nhalving = {halving}\n"));
        let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
        let again = Config::parse(&config.resolved(), "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
        let told = config.resolved();
        assert!(again == config && told.contains(&format!("halving = {halving}")), "{told}");
    }
}

/// Descents that go up without bound are numerical faults, and their last point is kept.
#[test]
fn what_goes_up_is_a_fault() {
    let l1 = "regulariser = { kind = \"l1\", weight = 0.1 }";
    for text in [
        flow("x^2 + 100*y^2", "", "[1.0, 1.0]", "[scheme]\nkind = \"momentum\"\nstep = 0.5\n"),
        flow("(x - 3)^2", l1, "[0.0]", "[scheme]\nkind = \"proximal-gradient\"\nstep = 10.0\ninertia = \"none\"\n"),
    ] {
        let error = attempt(&text).expect_err("a fault");
        assert!(error.exit_code() == 3 && error.to_string().starts_with("V went up in this descent, from "), "{error}");
        assert!(error.to_string().contains("shorten `step`"), "{error}");
        let SpecError::Numerical { record: Some(record), .. } = error else { panic!("nothing was kept") };
        assert!(record.arrays[0].name == "state" && record.arrays[0].values.iter().all(|x| x.is_finite()));
    }
}

/// Each rise is held against V where it is: 8e4 in a stride at V = 4e6, though V began at 5e17.
#[test]
fn a_rise_is_seen_however_large_the_start_was() {
    let scheme = "[scheme]\nkind = \"gradient-descent\"\nstep = 0.0201\n[run]\nsteps = 800\n";
    let record = run(&flow("0.5*x^2 + 50*y^2", "", "[1e9, 0.1]", scheme));
    let rises = line(&record, "V never rises");
    assert!(rises.verdict == Verdict::Violated && (0.005..0.05).contains(&rises.value), "{rises:?}");
    assert!(last(&record) < 1e8, "{}", last(&record));
}

/// What a line search promises is judged where values tell; the fall of V is its integral however long steps are.
#[test]
fn correct_runs_of_hard_problems_break_no_identity() {
    for (target, scheme) in
        [("mgh-bard", "conjugate-gradient"), ("mgh-watson", "lbfgs"), ("mgh-rosenbrock", "steepest-descent")]
    {
        let text = format!(
            "[functional]\nkind = \"target\"\nname = \"{target}\"\n[state]\nkind = \"point\"\n[scheme]\nkind = \"{scheme}\"\n\
             [run]\nsteps = 300\n"
        );
        let found = line(&run(&text), "identity residual");
        assert!(found.verdict != Verdict::Violated, "{target} by {scheme}: {found:?}");
        assert_eq!(found.bound, 0.01);
    }
    let found = line(&run(&flow(VALLEY, "", "[-1.2, 1.0]", "[scheme]\nkind = \"lbfgs\"\n")), "identity residual");
    assert!(found.verdict == Verdict::Holds && found.value < 1e-9, "{found:?}");
}

/// V = -x, and -x - y where x is bounded: there is no minimum, which some hundred gradients tell; and of a minimum at 6e23 the slope is
/// told at 1e23, where x - dV is x to rounding.
#[test]
fn what_has_no_end_and_what_is_far() {
    for text in [
        flow("-x", "", "[0.3]", "[scheme]\nkind = \"lbfgs\"\n"),
        flow("-x - y", "bounds = { x = [-inf, 0.5] }", "[0.0, 0.0]", "[scheme]\nkind = \"lbfgs\"\n"),
    ] {
        let found = run(&text);
        assert!(because(&found) == "V falls without bound" && found.summary.gradients < 500, "{:?}", found.summary);
        let end = line(&found, if text.contains("bounds") { "KKT residual" } else { "gradient at the end" });
        assert!(end.verdict == Verdict::Violated && (end.value - 1.0).abs() < 1e-12, "{end:?}");
    }
    for scheme in ["lbfgs", "proximal-gradient"] {
        let far = flow(
            "(x - 6e23)^2/1e23",
            "bounds = { x = [0.0, inf] }",
            "[1e23]",
            &format!("[scheme]\nkind = \"{scheme}\"\n"),
        );
        let found = run(&far);
        let (end, x) = (line(&found, "KKT residual"), found.summary.parameters[0].mean);
        let slope = (2.0 * (x - 6e23) / 1e23).abs();
        assert!((end.value - slope).abs() <= 1e-9 * slope, "{scheme}: {end:?} at {x}");
        assert!(end.verdict != Verdict::Holds || slope <= 1e-8, "{scheme}: {end:?} at {x}");
    }
    let text = flow("x", "", "[0.3]", "[scheme]\nkind = \"lbfgs\"\n");
    let config = Config::parse(&text, "flow.toml", &[]).expect("a flow");
    let told = explain(&config, &*build(&config).expect("a model"));
    assert!(told.contains("about 20 thousand gradients in all if every step is made"), "{told}");
}

/// V = -x^2 falls without bound, and gradient descent says so in some hundred strides; exp(-x) and others that level off have gradients as
/// small as one likes and no minimum, and x^2 has one.
#[test]
fn a_small_gradient_is_no_minimum_where_v_levels_off() {
    let descend =
        |energy: &str, scheme: &str| run(&flow(energy, "", "[0.5]", &format!("[scheme]\nkind = \"{scheme}\"\n")));
    let found = descend("-x^2", "gradient-descent");
    assert!(because(&found) == "V falls without bound" && found.summary.gradients < 5000, "{:?}", found.summary);
    let end = line(&found, "gradient at the end");
    assert!(end.verdict == Verdict::Violated && end.advice.starts_with("V falls without bound"), "{end:?}");
    // Nothing is wrong with its gradient.
    let balance = line(&found, "identity residual");
    assert!(
        balance.verdict == Verdict::Inconclusive && balance.advice.starts_with("V falls without bound"),
        "{balance:?}"
    );
    for (energy, verdict) in [
        ("exp(-x)", Verdict::Inconclusive),
        ("log1pexp(-3*x)", Verdict::Inconclusive),
        ("x^2", Verdict::Holds),
        ("x^4 + x", Verdict::Holds),
    ] {
        for scheme in ["lbfgs", "trust-region", "steepest-descent"] {
            let found = descend(energy, scheme);
            let end = line(&found, "gradient at the end");
            assert!(end.verdict == verdict, "{energy} by {scheme}: {end:?} {}", because(&found));
        }
    }
    let end = line(&descend("0.5*x^2", "gradient-descent"), "gradient at the end");
    assert!(end.verdict == Verdict::Holds, "{end:?}");
}

/// The promises of mirror descent are of steps that keep to the smoothness of V, those of movements of short ones.
#[test]
fn nothing_is_promised_of_steps_that_are_too_long() {
    let mirror = "[geometry]\nkind = \"mirror\"\nmap = \"entropy\"\n\
                  [scheme]\nkind = \"mirror-descent\"\nstep = 100.0\n[run]\nsteps = 50\n";
    let bowl = "(x - 0.5)^2 + (y - 0.2)^2 + (z + 0.1)^2 + x*y";
    let found = run(&flow(bowl, "", "[0.2, 0.3, 0.5]", mirror));
    let (smooth, regret) = (line(&found, "relative smoothness"), line(&found, "regret"));
    assert!(smooth.verdict == Verdict::Violated && regret.verdict == Verdict::Inconclusive, "{smooth:?} {regret:?}");
    assert!(regret.advice.contains("too long"), "{regret:?}");

    let movements = |energy: &str, start: &str, step: &str| {
        let scheme = format!("[scheme]\nkind = \"minimizing-movement\"\nstep = {step}\n[run]\nsteps = 200\n");
        run(&flow(energy, "", start, &scheme))
    };
    let identity = |record: &Record| line(record, "De Giorgi's identity");
    let long = movements("(1 - x)^2 + 1e6*(y - x^2)^2", "[-1.2, 1.0]", "1000.0");
    let said = identity(&long);
    assert!(said.verdict == Verdict::Inconclusive && said.advice.contains("a shorter `step`"), "{said:?}");
    let wells = movements("(x^2 - 1)^2", "[0.1]", "10.0");
    assert!(identity(&wells).verdict == Verdict::Inconclusive, "{:?}", identity(&wells));
    let extra = &wells.summary.extra;
    assert!(!extra.contains_key("from_gradient_flow") && last(&wells) < 1e-12, "{extra:?}");
    let short = movements("0.5*(3*x^2 + 2*x*y + 40*y^2)", "[2.0, -1.0]", "0.001");
    assert!(identity(&short).verdict == Verdict::Holds && identity(&short).bound < 0.1, "{:?}", identity(&short));
    assert!(identity(&short).value < identity(&short).bound / 10.0, "{:?}", identity(&short));
}

/// Boxes that leave nothing, or all, and starts of another length are refused with what is wrong.
#[test]
fn boxes_and_starts_that_are_none() {
    for scheme in ["proximal-gradient", "lbfgs"] {
        for (numbers, said) in [
            (", low = 1.0, high = 0.0", "this box leaves no value: at least 1 and at most 0"),
            ("", "regulariser `box` needs `low` or `high`"),
        ] {
            let simple = format!("regulariser = {{ kind = \"box\"{numbers} }}");
            let scheme = format!("[scheme]\nkind = \"{scheme}\"\n");
            let error = attempt(&flow("x^2 + y^2 + z^2", &simple, "[0.0, 0.0, 0.0]", &scheme)).expect_err("no box");
            assert!(error.exit_code() == 2 && error.to_string().starts_with(said), "{scheme}: {error}");
        }
    }
    let error = attempt(&flow("b1^2 + z^2", "", "[1.0]", "[scheme]\nkind = \"lbfgs\"\n")).expect_err("one for two");
    assert!(error.to_string().contains("its parameters are b1, z"), "{error}");
}
