//! Identities that know of no boundary, where an energy jumps.
use steepest_record::{Check, Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn run(energy: &str) -> Record {
    let text = format!("[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n");
    let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}
/// The lines that know of no boundary.
fn of_the_law(record: &Record) -> Vec<&Check> {
    let named =
        |check: &&Check| check.check == "configurational temperature" || check.check.starts_with("kernel Stein");
    record.summary.ledger.iter().filter(named).collect()
}

/// A standard normal with a step of 2 at zero: (1 + e^-2) / 2 of it, and a mean of -(1 - e^-2) / (1 + e^-2) sqrt(2 / pi).
#[test]
fn draws_of_an_energy_that_jumps_are_not_called_wrong() {
    let record = run("where(x < 0, 0.5*x^2, 0.5*x^2 + 2)");
    let exact = -(1.0 - (-2f64).exp()) / (1.0 + (-2f64).exp()) * std::f64::consts::FRAC_2_PI.sqrt();
    let x = &record.summary.parameters[0];
    assert!((x.mean - exact).abs() < 5.0 * x.mcse_mean, "{x:?}");
    let lines = of_the_law(&record);
    assert!(lines.len() == 2 && lines.iter().all(|line| line.verdict == Verdict::Inconclusive), "{lines:?}");
    assert!(lines.iter().all(|line| line.advice.starts_with("The energy jumps within reach")), "{lines:?}");
    let smooth = run("0.5*x^2");
    assert!(of_the_law(&smooth).iter().all(|line| line.verdict == Verdict::Holds), "{:?}", smooth.summary.ledger);
}
