//! Whole runs: broken ones are flagged, stopped ones are kept, threads change nothing, faults name their culprit.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::Model;
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, SpecError, Unwatched, Watch, build, execute};

fn config(text: &str) -> Config {
    Config::parse(text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
}
fn run(text: &str) -> Result<Record, SpecError> {
    let config = config(text);
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*model, &mut Unwatched)
}
fn verdict(record: &Record, check: &str) -> Verdict {
    let found = record.summary.ledger.iter().find(|line| line.check == check);
    found.unwrap_or_else(|| panic!("no {check} in {:?}", record.summary.ledger)).verdict
}
fn expression(energy: &str, rest: &str) -> String {
    format!("[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n{rest}")
}

/// |x|^2 / 2 in three dimensions, whose gradient is wrong in one coordinate by a factor.
struct Skewed(f64);
impl Potential for Skewed {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for j in 0..3 {
            out.iter_mut().zip(x.column(j)).for_each(|(o, x)| *o += 0.5 * scale * x * x);
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (j, out) in out.chunks_exact_mut(x.n).enumerate() {
            let factor = if j == 1 { self.0 } else { 1.0 };
            out.iter_mut().zip(x.column(j)).for_each(|(o, x)| *o += factor * scale * x);
        }
    }
}
impl Model for Skewed {
    fn dim(&self) -> usize {
        3
    }
    fn names(&self) -> Vec<String> {
        (1..=3).map(|j| format!("x[{j}]")).collect()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
}

/// One coordinate, 5 %: under NUTS (which stays exact, but must say so), under an unadjusted scheme, and for a cloud.
#[test]
fn a_gradient_wrong_in_one_coordinate_is_flagged() {
    for scheme in [
        "[scheme]\nkind = \"nuts\"\n",
        "[scheme]\nkind = \"baoab\"\nstep = 0.2\n",
        "[state]\nkind = \"particles\"\nn = 2000\n[scheme]\nkind = \"em\"\nstep = 0.01\n[run]\nsteps = 400\n",
        "[scheme]\nkind = \"gradient-descent\"\n",
    ] {
        let config = config(&expression("x^2 + y^2 + z^2", scheme));
        let found = |factor: f64| verdict(&execute(&config, &Skewed(factor), &mut Unwatched).unwrap(), "gradient");
        assert_eq!(found(1.0), Verdict::Holds, "{scheme}");
        assert_eq!(found(1.05), Verdict::Violated, "{scheme}");
    }
}

/// Long strides are flagged for every unadjusted scheme, on a harmonic well where the bias is known: 33 % for h = 0.5.
#[test]
fn a_step_too_large_is_flagged() {
    let cloud = "[state]\nkind = \"particles\"\nn = 20000\n[run]\nsteps = 400\nwarmup = 200\n";
    let small = run(&expression("(x^2 + y^2) / 2", &format!("{cloud}[scheme]\nkind = \"em\"\nstep = 0.05\n"))).unwrap();
    let large = run(&expression("(x^2 + y^2) / 2", &format!("{cloud}[scheme]\nkind = \"em\"\nstep = 0.5\n"))).unwrap();
    assert_eq!(verdict(&small, "configurational temperature"), Verdict::Holds);
    assert_eq!(verdict(&large, "configurational temperature"), Verdict::Violated);
    assert_eq!(verdict(&small, "noise variance"), Verdict::Holds);
    let chains = |step: f64| {
        run(&expression("(x^2 + y^2) / 2", &format!("[scheme]\nkind = \"hmc\"\nleapfrogs = 3\nstep = {step}\n")))
            .unwrap()
    };
    assert_eq!(verdict(&chains(0.8), "acceptance"), Verdict::Holds);
    assert_eq!(verdict(&chains(2.1), "acceptance"), Verdict::Violated);
    let kinetic =
        run(&expression("(x^2 + y^2) / 2", &format!("{cloud}[scheme]\nkind = \"baoab\"\nstep = 0.9\n"))).unwrap();
    assert_eq!(verdict(&kinetic, "kinetic temperature"), Verdict::Violated);
    assert_eq!(verdict(&kinetic, "configurational temperature"), Verdict::Holds); // BAOAB's positions are exact here
}

/// Two wells that no chain leaves.
#[test]
fn chains_in_different_modes_are_flagged() {
    let record = run(&expression("20 * (x^2 - 1)^2 + y^2 / 2", "[run]\nseed = 3\n")).unwrap();
    assert_eq!(verdict(&record, "R-hat"), Verdict::Violated);
    let fine = run(&expression("0.2 * (x^2 - 1)^2 + y^2 / 2", "[run]\nseed = 3\n")).unwrap();
    assert_eq!(verdict(&fine, "R-hat"), Verdict::Holds);
}

/// A half and x^2 / 2, of which the first is reported as a number the model holds, or as one that is saturated where chains are.
struct Saturated(bool);
impl Potential for Saturated {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.column(0)).for_each(|(o, x)| *o += 0.5 * scale * x * x);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.column(0)).for_each(|(o, x)| *o += scale * x);
    }
}
impl Model for Saturated {
    fn dim(&self) -> usize {
        1
    }
    fn names(&self) -> Vec<String> {
        ["x", "held"].map(String::from).to_vec()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out[..x.n].copy_from_slice(x.column(0));
        let held = |x: &f64| if self.0 { (x + 40.0).clamp(0.0, 1.0) } else { 0.5 };
        out[x.n..].iter_mut().zip(x.column(0)).for_each(|(o, x)| *o = held(x));
    }
}
/// What never moved is named and leaves R-hat open, unless the model holds it; it has no effective size either way.
#[test]
fn a_quantity_that_never_moved_is_not_converged() {
    let config = config(&expression("x^2 / 2", "[run]\ndraws = 2000\n"));
    for (saturated, expected) in [(true, Verdict::Inconclusive), (false, Verdict::Holds)] {
        let record = execute(&config, &Saturated(saturated), &mut Unwatched).unwrap();
        let check = record.summary.ledger.iter().find(|check| check.check == "R-hat").unwrap();
        assert_eq!(check.verdict, expected, "{check:?}");
        assert_eq!(check.advice.contains("`held` never moved: every draw of every chain is 1"), saturated, "{check:?}");
        let held = record.summary.parameters.iter().find(|p| p.name == "held").unwrap();
        assert!(held.ess_bulk.is_nan() && held.ess_tail.is_nan() && held.sd == 0.0, "{held:?}");
    }
}

/// A constant of the model does not keep a run from its goal; what could move and never did does, and is named.
#[test]
fn constants_are_no_goal_and_what_is_stuck_reaches_none() {
    let config = config(&expression("x^2 / 2", "[run]\ndraws = 1000\nuntil = { ess = 100 }\n"));
    for (saturated, why) in [(false, "goal"), (true, "draws")] {
        let record = execute(&config, &Saturated(saturated), &mut Unwatched).unwrap();
        assert_eq!(record.summary.extra["stopped_by"], why);
        // The ledger asks for 100 a chain.
        let below = "The goal of ess = 100 is below the 400 that the ledger asks of 4 chains";
        assert_eq!(record.notes.iter().any(|note| note.starts_with(below)), !saturated, "{:?}", record.notes);
        assert_eq!(record.summary.steps == 1000, saturated, "{}", record.summary.steps);
        let named = record.notes.iter().any(|n| n.starts_with("Goal not reached") && n.contains("`held` never moved"));
        assert_eq!(named, saturated, "{:?}", record.notes);
    }
}

/// Beside a kink, and beside an end of V that is as near as V is steep: a right gradient is borne out there.
#[test]
fn a_right_gradient_at_an_edge_is_not_called_wrong() {
    for (energy, start, scheme) in
        [("abs(x - 1) + 2*abs(y - x)", "[3.0, 0.0]", "\"polyak\"\nminimum = 0"), ("log(x)", "[1.0]", "\"lbfgs\"")]
    {
        let rest = format!("[state]\nkind = \"point\"\nstart = {start}\n[scheme]\nkind = {scheme}\n");
        let record = run(&expression(energy, &rest)).unwrap();
        let line = record.summary.ledger.iter().find(|line| line.check == "gradient").unwrap();
        assert_eq!(line.verdict, Verdict::Holds, "{energy}: {line:?}");
    }
}

/// On a ramp no leapfrog does work: one each time is no evidence. A constant of 1e14 hides every slope from differences.
#[test]
fn what_could_not_be_seen_is_not_said_to_hold() {
    let short = "[run]\ndraws = 200\nwarmup = 200\n";
    let ramp = run(&expression("x", short)).unwrap();
    assert_eq!(verdict(&ramp, "fluctuation theorem"), Verdict::Inconclusive);
    let hidden = run(&expression("x^2 / 2 + 1e14", short)).unwrap();
    let gradient = hidden.summary.ledger.iter().find(|check| check.check == "gradient").unwrap();
    assert_eq!(gradient.verdict, Verdict::Inconclusive, "{gradient:?}");
    assert!(gradient.bound > 1e-3 && gradient.advice.contains("rounding hides"), "{gradient:?}");
}

/// Everything but the clock.
fn bits(mut record: Record) -> Record {
    record.flow.clear();
    record.summary.seconds = Default::default();
    record.summary.rate = 0.0;
    record.summary.extra.retain(|key, _| !key.contains("cpu") && !key.starts_with("ns_"));
    record
}
#[test]
fn threads_change_no_bits() {
    for scheme in [
        "[scheme]\nkind = \"nuts\"\n[run]\ndraws = 200\nwarmup = 100\n",
        "[state]\nkind = \"particles\"\nn = 3000\n[scheme]\nkind = \"em\"\n[run]\nsteps = 300\n",
        "[state]\nkind = \"particles\"\nn = 3000\n[scheme]\nkind = \"OBABO\"\n[noise]\nkind = \"thermal\"\nprecision = \"single\"\n[run]\nsteps = 300\n",
    ] {
        let of = |threads: usize| {
            let text = expression("(x^2 - 1)^2 / 4 + x*y/5 + y^2 / 2", &format!("{scheme}threads = {threads}\n"));
            format!("{:?}", bits(run(&text).unwrap()))
        };
        let one = of(1);
        assert!(one == of(2) && one == of(7), "{scheme}");
    }
}

/// Stops after the first call.
struct Impatient(u32);
impl Watch for Impatient {
    fn progress(&mut self, _done: u64, _total: u64, phase: &str, _key: &str) {
        self.0 += u32::from(phase == "draws");
    }
    fn stop(&self) -> bool {
        self.0 > 0
    }
}
#[test]
fn a_stopped_run_keeps_what_it_has() {
    let config = config(&expression("x^2 / 2", "[run]\ndraws = 1000000\nwarmup = 100\n"));
    let model = build(&config).unwrap();
    let record = execute(&config, &*model, &mut Impatient(0)).unwrap();
    let draws = record.draws.expect("draws");
    assert!(draws.draws > 0 && draws.draws < 1_000_000 && draws.values.len() == 4 * draws.draws);
    assert!(record.notes.iter().any(|note| note.starts_with("Stopped after")), "{:?}", record.notes);
}

#[test]
fn a_fault_names_its_culprit_and_saves_the_state() {
    let text = expression("x^4", "[state]\nkind = \"chains\"\nstart = [9.0]\n[scheme]\nkind = \"em\"\nstep = 0.1\n");
    let Err(SpecError::Numerical { message, record: Some(record), .. }) = run(&text) else { panic!("no fault") };
    assert!(message.starts_with("chain 1 is no longer finite after stride"), "{message}");
    assert_eq!(record.arrays[0].name, "state");
    let text = expression(
        "x^4",
        "[state]\nkind = \"particles\"\nn = 100\nstart = [9.0]\n[scheme]\nkind = \"em\"\nstep = 0.1\n",
    );
    let Err(SpecError::Numerical { message, .. }) = run(&text) else { panic!("no fault") };
    assert!(message.starts_with("particle 1 is no longer finite after stride"), "{message}");
}

/// A fixed step is not adapted: where it is too long, there is nothing to raise.
#[test]
fn the_advice_of_a_fixed_step_is_to_shorten_it() {
    let long = "[scheme]\nkind = \"mala\"\nstep = 5\n[run]\ndraws = 500\n";
    let record = run(&expression("x^2 / 2 + y^2", long)).unwrap();
    for name in ["divergences", "acceptance"] {
        let line = record.summary.ledger.iter().find(|line| line.check == name).unwrap();
        let bad = line.verdict == Verdict::Violated;
        assert!(!bad || line.advice.contains("shorten `step`"), "{line:?}");
        assert!(bad || name == "divergences", "{line:?}");
        assert!(!line.advice.contains("target_accept") && !line.advice.contains("warm-up"), "{line:?}");
    }
}

#[test]
fn an_infinite_start_is_an_error_at_its_place() {
    let Err(error) = run(&expression("log(x)", "[state]\nkind = \"chains\"\nstart = [-1.0]\n")) else {
        panic!("no error")
    };
    assert!(error.to_string().starts_with("the energy is not a number at the start [-1.0]"), "{error}");
    assert_eq!(error.exit_code(), 2);
    let Err(error) = run(&expression("log(-1 - x^2)", "")) else { panic!("no error") };
    assert_eq!(error.exit_code(), 3, "{error}");
}

/// Descent reaches the bottom with a step of its own, and its books balance.
#[test]
fn descent_is_certified() {
    let record = run(&expression(
        "(1 - x)^2 + 5 * (y - x^2)^2",
        "[scheme]\nkind = \"gradient-descent\"\n[run]\nsteps = 200000\nevery = 10\n",
    ))
    .unwrap();
    for check in &record.summary.ledger {
        assert_eq!(check.verdict, Verdict::Holds, "{check:?}");
    }
    assert!((record.summary.parameters[0].mean - 1.0).abs() < 1e-7);
    assert!(record.summary.objective.unwrap().r#final < 1e-15);
}

/// A pendulum for a thousand periods keeps its energy and finds its way back.
#[test]
fn mechanics_is_certified() {
    let record = run(&expression(
        "1 - cos(q)",
        "[state]\nkind = \"point\"\nstart = [1.5]\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"verlet\"\nstep = 0.05\n[run]\nsteps = 100000\nevery = 100\n",
    ))
    .unwrap();
    for check in &record.summary.ledger {
        assert_eq!(check.verdict, Verdict::Holds, "{check:?}");
    }
}

/// Wherever they start, chains reach the same law, and the record says what was done; a path that fails is not the end.
#[test]
fn chains_start_where_they_are_told() {
    let note = |start: &str| {
        let text = expression(
            "(x - 30)^2 / 2 + (y - x)^2",
            &format!("[state]\nkind = \"chains\"\nstart = {start}\njitter = 0.1\n[run]\ndraws = 500\nwarmup = 300\n"),
        );
        let record = run(&text).unwrap();
        assert!((record.summary.parameters[0].mean - 30.0).abs() < 0.4, "{start}");
        record.notes.iter().find(|note| note.starts_with("Start")).cloned().unwrap_or_default()
    };
    assert!(note("\"pathfinder\"").contains("Pathfinder, largest Pareto k"));
    assert!(note("\"descent\"").contains("quasi-Newton descent"));
    assert_eq!(note("[[0.0, 1.0], [20.0, 20.0], [40.0, 30.0], [35.0, 0.0]]"), "");
    // The slope has no lower end: paths go on until they are stopped, and chains start all the same.
    let text = expression(
        "exp(-x) + log(1 + x^2) + y^2",
        "[state]\nkind = \"chains\"\nstart = \"pathfinder\"\n[run]\ndraws = 50\nwarmup = 50\n",
    );
    assert!(run(&text).is_ok());
}

/// Each scheme of chains on a Gaussian with a correlation: means and standard deviations, and a ledger without violations.
#[test]
fn every_scheme_of_chains_samples_a_gaussian() {
    for (scheme, thin) in [
        ("kind = \"hmc\"\nlength = 1.6\njitter = 0.3", 1),
        ("kind = \"mala\"", 10),
        ("kind = \"ghmc\"", 10),
        ("kind = \"barker\"", 20),
        ("kind = \"mclmc\"", 4),
        ("kind = \"mclmc\"\nadjusted = true", 4),
    ] {
        let text = expression(
            "(x^2 + y^2 - x*y) / 1.5 + 50 * z^2",
            &format!("[scheme]\n{scheme}\n[run]\ndraws = 2000\nthin = {thin}\n"),
        );
        let record = run(&text).unwrap();
        for (parameter, sd) in record.summary.parameters.iter().zip([1.0, 1.0, 0.1]) {
            let ratio = parameter.sd / sd;
            assert!((ratio - 1.0).abs() < 0.06, "{scheme}: sd {} of {sd}", parameter.sd);
            assert!((parameter.mean / parameter.mcse_mean).abs() < 4.5, "{scheme}: {parameter:?}");
        }
        // Without adjustment `mclmc` has a bias of 2 %, which shows or not.
        let biased = |check: &str| scheme == "kind = \"mclmc\"" && check == "configurational temperature";
        for check in record.summary.ledger {
            let excused = check.check.starts_with("kernel Stein") || biased(&check.check);
            assert!(check.verdict != Verdict::Violated || excused, "{scheme}: {check:?}");
        }
    }
    assert!(run(&expression("x^2", "[scheme]\nkind = \"mclmc\"\n")).is_err(), "a line has no directions");
}

/// Four errors of a variance from 4 x 5,000 nearly independent draws are 5 to 6 %: strides of 0.4, which make that of x^2 / 2 25 % too
/// large, are seen, and the bound follows the draws. So is the 2 % of `mclmc` in ten coordinates, from 4 x 20,000. NUTS has no bias.
#[test]
fn a_bias_shows_in_the_temperature_of_all_draws() {
    let line = |functional: &str, rest: &str| {
        let record = run(&format!("[functional]\n{functional}\n{rest}")).unwrap();
        record.summary.ledger.into_iter().find(|line| line.check == "configurational temperature").unwrap()
    };
    let (well, gaussian) = ("kind = \"expression\"\nenergy = \"x^2 / 2\"", "kind = \"target\"\nname = \"gaussian\"");
    let strides = |draws: u64| {
        let state = "[state]\nkind = \"chains\"\n[scheme]\nkind = \"em\"\nstep = 0.4\n";
        line(well, &format!("{state}[run]\ndraws = {draws}\nthin = 30\n"))
    };
    let (short, long) = (strides(1250), strides(5000));
    assert!(long.verdict == Verdict::Violated && (long.value - 0.25).abs() < long.bound, "{long:?}");
    assert!(long.bound < 0.08 && long.bound < 0.75 * short.bound, "{short:?} {long:?}");
    let right = line(well, "[run]\ndraws = 5000\n");
    assert!(right.verdict == Verdict::Holds && right.bound < 0.07, "{right:?}");
    let biased = line(gaussian, "[scheme]\nkind = \"mclmc\"\n[run]\ndraws = 20000\n");
    assert!(biased.verdict == Verdict::Violated && biased.value < -0.01 && biased.bound < 0.01, "{biased:?}");
}

/// The mean of a Cauchy law does not exist, and its draws say so (of 20 seeds the least shape was 0.79); those of a normal law say that
/// theirs does.
#[test]
fn a_mean_that_does_not_exist_is_not_certified() {
    for (energy, expected) in [("log(1 + x^2)", Verdict::Inconclusive), ("x^2 / 2", Verdict::Holds)] {
        let record = run(&expression(energy, "[run]\ndraws = 4000\nseed = 2\n")).unwrap();
        let line = record.summary.ledger.iter().find(|line| line.check == "Pareto k (tails)").unwrap();
        assert_eq!(line.verdict, expected, "{line:?}");
        let named = line.advice.starts_with("The tails of `x` are so heavy that mean, sd and MCSE cannot be relied on");
        assert_eq!(named, expected == Verdict::Inconclusive, "{line:?}");
    }
}

/// Where noise would lead to no energy there is less of it, and the run says so.
#[test]
fn jitter_that_was_lost_is_told() {
    let noted = |jitter: &str| {
        let rest = format!(
            "[state]\nkind = \"chains\"\nstart = [0.0]\njitter = {jitter}\n[scheme]\nkind = \"nuts\"\n[run]\ndraws = 10\nwarmup = 10\n"
        );
        run(&expression("x^2 / 2", &rest)).unwrap().notes.iter().any(|note| note.contains("less spread"))
    };
    assert_eq!([noted("1.0"), noted("1e200")], [false, true]);
}

/// Chains that refuse everything, each at a start of its own.
#[test]
fn chains_that_refuse_everything_never_moved() {
    let record = run(&expression("x^2 + y^2", "[scheme]\nkind = \"mala\"\nstep = 1e6\n[run]\ndraws = 200\n")).unwrap();
    let line = record.summary.ledger.iter().find(|line| line.check == "R-hat").unwrap();
    assert!(line.verdict == Verdict::Violated && line.advice.starts_with("Nothing ever moved"), "{line:?}");
    assert!(record.summary.parameters.iter().all(|p| p.ess_bulk.is_nan() && p.ess_tail.is_nan()));
}
