//! Tempering against quadrature: weights of modes that no chain connects, and log Z.
//!
//! log Z is held to 4.5 of the standard errors that the ladders themselves state, each below a bound; so a stepping stone left
//! out, or an interval counted twice, dies.
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn run(text: &str) -> Record {
    let config = Config::parse(text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}
fn log_z(record: &Record, exact: f64, most: f64) {
    let found = record.summary.log_z.unwrap_or_else(|| panic!("no log Z"));
    let z = (found.value - exact) / found.se;
    let restarts = record.summary.extra["restarts"].as_u64().unwrap_or(0);
    println!(
        "log Z {:.4} +- {:.4} of {exact:.4}, z = {z:.2}; {restarts} restarts; {:?}",
        found.value, found.se, record.notes
    );
    assert!(z.abs() < 4.5 && found.se < most);
}
fn mean(record: &Record, name: &str, exact: f64) {
    let found = record.summary.parameters.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}"));
    let z = (found.mean - exact) / found.mcse_mean;
    println!("{name}: {:.3} +- {:.3} of {exact}, z = {z:.2}, R-hat {:.3}", found.mean, found.mcse_mean, found.rhat);
    assert!(z.abs() < 4.5, "{name}");
}

/// exp(-barrier (x^2 - 1)^2) with a barrier of 12; 16 wells at once, whose minima differ by 1.7 each (many-well, 2^4 modes);
/// forty modes in the plane.
#[test]
fn evidence_and_weights_are_those_of_quadrature() {
    let target = |name: &str, settings: &str, rest: &str| {
        run(&format!(
            "[functional]\nkind = \"target\"\nname = \"{name}\"\n{settings}[state]\nkind = \"chains\"\nchains = 8\n\
             [scheme]\nkind = \"tempering\"\n{rest}"
        ))
    };
    let truth = |name: &str, settings: &[(String, f64)]| {
        steepest_models::target(name, settings).ok().and_then(|model| model.truth()).unwrap_or_default()
    };
    let record =
        target("double-well", "settings = { barrier = 12.0 }\n", "rungs = 4\n[run]\ndraws = 2000\nwarmup = 500\n");
    let exact = truth("double-well", &[("barrier".into(), 12.0)]);
    log_z(&record, exact.log_z.unwrap_or(f64::NAN), 0.02);
    mean(&record, "x[1]", 0.0);
    let record = target("many-well", "settings = { pairs = 4 }\n", "rungs = 8\n[run]\ndraws = 2000\nwarmup = 500\n");
    let exact = truth("many-well", &[("pairs".into(), 4.0)]);
    log_z(&record, exact.log_z.unwrap_or(f64::NAN), 0.06);
    (0..4).for_each(|k| mean(&record, &format!("x[{}]", 2 * k + 1), exact.mean[2 * k]));
    let record = target("gaussian-mixture", "", "rungs = 12\nspread = 1.5\n[run]\ndraws = 2000\nwarmup = 500\n");
    let exact = truth("gaussian-mixture", &[]);
    log_z(&record, 0.0, 0.1);
    mean(&record, "x[1]", exact.mean[0]);
    mean(&record, "x[2]", exact.mean[1]);
    let line = record.summary.ledger.iter().find(|line| line.check == "every mode found");
    assert_eq!(line.map(|line| line.verdict), Some(Verdict::Inconclusive), "never claimed");
}

/// Four ladders state an error from the three differences between them: of 120 seeds, twice it has to hold the truth, log sqrt(2 pi),
/// in 114, give or take 2.4. As an error of independent numbers it held it in 98.
#[test]
fn the_error_of_log_z_is_that_of_few_ladders() {
    let exact = 0.5 * std::f64::consts::TAU.ln();
    let held = (1..=120).filter(|seed| {
        let record = run(&format!(
            "[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2\"\n[state]\nkind = \"chains\"\nchains = 4\n\
             [scheme]\nkind = \"tempering\"\nrungs = 3\n[run]\ndraws = 200\nwarmup = 100\nseed = {seed}\n"
        ));
        assert!(record.notes.iter().any(|note| note.contains("times 1.62 as they are so many")), "{:?}", record.notes);
        record.summary.log_z.is_some_and(|log_z| (log_z.value - exact).abs() < 2.0 * log_z.se)
    });
    let held = held.count();
    assert!((107..=119).contains(&held), "{held} of 120");
}

/// A reference that misses a mode is not flagged by anything but the line that never holds: said, not hidden.
#[test]
fn what_cannot_be_known_is_said() {
    let record = run("[functional]\nkind = \"expression\"\nenergy = \"-log(exp(-x^2 / 2) + exp(-(x - 60)^2 / 2))\"\n\
         [scheme]\nkind = \"tempering\"\nrungs = 2\n[run]\ndraws = 300\nwarmup = 300\n");
    assert!(record.summary.parameters[0].mean < 1.0, "the far mode has half of the mass");
    assert!(record.notes.iter().any(|note| note.starts_with("It is not known whether every mode was found")));
}
