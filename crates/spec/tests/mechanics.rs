//! Mechanics of named targets against the truth table of energy errors, masses, and ensembles in blocks on threads.
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, SpecError, Unwatched, build, execute};

fn run(text: &str) -> Result<Record, SpecError> {
    let config = Config::parse(text, "flow.toml", &[])?;
    execute(&config, &*build(&config)?, &mut Unwatched)
}
fn motion(functional: &str, state: &str, scheme: &str, run_keys: &str) -> Record {
    let text = format!(
        "[functional]\n{functional}\n[state]\n{state}\n[noise]\nkind = \"still\"\n[scheme]\n{scheme}\n[run]\n{run_keys}\n"
    );
    run(&text).unwrap_or_else(|error| panic!("{error}"))
}
fn figure(record: &Record, name: &str) -> f64 {
    record.summary.extra[name].as_f64().unwrap_or(f64::NAN)
}
fn array<'a>(record: &'a Record, name: &str) -> &'a [f64] {
    &record.arrays.iter().find(|array| array.name == name).unwrap_or_else(|| panic!("no {name}")).values
}

/// Outer planets, 40 days a stride, 1e6 strides (the compositions: 2e5): within 20 % of the known largest relative energy
/// errors. The data of five planets and the sun, their masses and the order of the schemes are all in these figures.
#[test]
fn outer_planets_keep_their_energy_as_known() {
    let planets = "kind = \"target\"\nname = \"outer-planets\"";
    for (kind, strides, known) in
        [("ABA", 1_000_000, 6.83e-5), ("yoshida4", 200_000, 6.76e-7), ("suzuki4", 200_000, 8.22e-9)]
    {
        let record = motion(
            planets,
            "kind = \"point\"",
            &format!("kind = \"{kind}\"\nstep = 40.0"),
            &format!("steps = {strides}\nevery = 10"),
        );
        // The energy is -3.2e-8, the kinetic energies are of that size too, and the table is relative to the former.
        let start = record.summary.objective.as_ref().map_or(f64::NAN, |o| o.initial);
        let error = figure(&record, "energy_drift") / start.abs();
        println!("{kind}: {error:.3e}, known {known:.3e}");
        assert!((error / known - 1.0).abs() < 0.2, "{kind}: {error:e}, not {known:e}");
    }
}

/// A mass of 4 on a spring: period 2 pi sqrt(m / k), p = m q'. A stride of T / 10,000 leaves 1e-7 of an error.
#[test]
fn a_mass_sets_the_period() {
    let period = std::f64::consts::TAU * 2.0;
    let record = motion(
        "kind = \"expression\"\nenergy = \"(x^2 + y^2) / 2\"",
        "kind = \"point\"\nstart = [1.0, 1.0]\nmomentum = [0.0, 0.5]\nmass = [4.0, 1.0]",
        &format!("kind = \"verlet\"\nstep = {:.17e}", period / 10_000.0),
        "steps = 2500\nevery = 1",
    );
    // A quarter of the period of x: x = 0, p = -m w = -2; y has gone half round, from (1, 1/2) to (-1, -1/2).
    let (q, p) = (array(&record, "state"), array(&record, "momentum"));
    for (found, exact) in [(q[0], 0.0), (p[0], -2.0), (q[1], -1.0), (p[1], -0.5)] {
        assert!((found - exact).abs() < 3e-7, "{found}, not {exact}");
    }
    // V = 1, K = 0 / 8 + 0.25 / 2.
    assert!((record.summary.objective.as_ref().map_or(f64::NAN, |o| o.initial) - 1.125).abs() < 1e-15);
    assert!(record.summary.ledger.iter().all(|line| line.verdict == Verdict::Holds), "{:?}", record.summary.ledger);
}

/// An ensemble of orbits: the same bits on one thread and on three, each orbit with its energy, and the long way round (an
/// expression, which takes strides by passes) within rounding of the short one.
#[test]
fn ensembles_have_one_answer() {
    let state = "kind = \"particles\"\nn = 3000";
    let (scheme, kepler) = ("kind = \"yoshida4\"\nstep = 0.01", "kind = \"target\"\nname = \"kepler\"");
    let on = |threads: usize, functional: &str, state: &str| {
        motion(functional, state, scheme, &format!("steps = 700\nevery = 300\nthreads = {threads}"))
    };
    let (one, three) = (on(1, kepler, state), on(3, kepler, state));
    assert_eq!(array(&one, "state"), array(&three, "state"));
    assert_eq!(array(&one, "momentum"), array(&three, "momentum"));
    let worst = figure(&one, "relative_energy_error_worst");
    assert!(worst < 1e-4 && worst > 1e-12, "{worst}");
    let single = "kind = \"point\"\nstart = [0.4, 0.0]\nmomentum = [0.0, 2.0]";
    let text = on(1, "kind = \"expression\"\nenergy = \"-1 / sqrt(x^2 + y^2)\"", single);
    let named = on(1, kepler, "kind = \"point\"");
    for (a, b) in array(&text, "state").iter().zip(array(&named, "state")) {
        assert!((a - b).abs() < 1e-9, "{a} and {b}");
    }
}

#[test]
fn masses_that_are_none_are_refused() {
    let with = |state: &str, scheme: &str| {
        let text = format!(
            "[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n[state]\nkind = \"particles\"\n{state}\n[scheme]\n{scheme}\n"
        );
        run(&text).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let verlet = "kind = \"verlet\"\nstep = 0.1";
    assert!(with("mass = [-1.0]", verlet).contains("-1 in `mass`"), "{}", with("mass = [-1.0]", verlet));
    assert!(with("mass = [1.0, 2.0]", verlet).contains("2 numbers"), "{}", with("mass = [1.0, 2.0]", verlet));
    let warm = with("mass = [1.0]", "kind = \"BAOAB\"\nstep = 0.1");
    assert!(warm.contains("does not go with scheme `BAOAB`"), "{warm}");
}

/// A spherical pendulum as an expression on a constraint: the ledger holds the surface, the energy and the symplectic form; a
/// start off the surface, a redundant constraint and a scheme with a bath are refused in words.
#[test]
fn constraints_are_a_geometry() {
    let text = |start: &str, constraints: &str, scheme: &str| {
        format!(
            "[functional]\nkind = \"expression\"\nenergy = \"9.81 * z + 0*x + 0*y\"\nparameters = [\"x\", \"y\", \"z\"]\n\
             [state]\nkind = \"point\"\nstart = {start}\nmomentum = [0.0, 2.0, 0.3]\n\
             [geometry]\nkind = \"constrained\"\nconstraints = {constraints}\n[scheme]\n{scheme}\n\
             [run]\nsteps = 4000\nevery = 2\n[output]\nsection = \"x\"\n"
        )
    };
    let (start, ball) = ("[0.6, 0.0, -0.8]", "[\"x^2 + y^2 + z^2 - 1\"]");
    for kind in ["verlet", "suzuki4"] {
        let record =
            run(&text(start, ball, &format!("kind = \"{kind}\"\nstep = 0.005"))).unwrap_or_else(|e| panic!("{e}"));
        let lines = &record.summary.ledger;
        assert!(lines.iter().any(|line| line.check == "constraints") && lines.len() == 6, "{lines:?}");
        assert!(lines.iter().all(|line| line.verdict == Verdict::Holds), "{kind}: {lines:?}");
        assert!(record.notes.iter().any(|note| note.contains("not along the surface")), "{:?}", record.notes);
        // Passages: on the sphere, moving along it, upwards through x = 0.
        let passages: Vec<&[f64]> = array(&record, "section").chunks_exact(8).collect();
        assert!(passages.len() > 5);
        for row in passages {
            let [_, t, x, y, z, u, v, w] = row else { panic!("{row:?}") };
            assert!(x.abs() < 1e-12 && *u > 0.0 && *t > 0.0 && (y * y + z * z - 1.0).abs() < 1e-12, "{row:?}");
            assert!((y * v + z * w).abs() < 1e-12, "{row:?}");
        }
    }
    let refused = |start: &str, constraints: &str, scheme: &str, why: &str| {
        let said = run(&text(start, constraints, scheme)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains(why), "{said}");
    };
    let verlet = "kind = \"verlet\"\nstep = 0.005";
    refused("[0.7, 0.0, -0.8]", ball, verlet, "the start is not on the surface");
    refused(start, "[\"x^2 + y^2 + z^2 - 1\", \"2*x^2 + 2*y^2 + 2*z^2 - 2\"]", verlet, "no way was found");
    refused(start, "[\"x^2 + y^2 + q^2 - 1\"]", verlet, "q");
    refused(start, ball, "kind = \"BAOAB\"\nstep = 0.005", "does not go with");
    refused(start, ball, "kind = \"runge-kutta\"\nstep = 0.005", "does not go with geometry `constrained`");
}
