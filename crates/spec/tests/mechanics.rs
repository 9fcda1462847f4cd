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
    // A quarter of a period is too little to tell an error that grows from a swing.
    for line in &record.summary.ledger {
        let wanted = if line.check == "H drift" { Verdict::Inconclusive } else { Verdict::Holds };
        assert_eq!(line.verdict, wanted, "{line:?}");
    }
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

/// Faster than light: L is no number there, which is another thing than a direction in which nothing says how it moves.
#[test]
fn a_start_at_which_a_lagrangian_is_no_number_says_so() {
    let said = |velocity: &str| {
        let text = format!(
            "[functional]\nkind = \"lagrangian\"\nL = \"-sqrt(1 - xdot^2) - 0.5*x^2\"\n[state]\nkind = \"point\"\n\
             start = [1.0]\nvelocity = [{velocity}]\n[scheme]\nkind = \"variational\"\nstep = 0.01\n[run]\nsteps = 60\nevery = 3\n"
        );
        run(&text).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    };
    let fast = said("1.5");
    let place = "the Lagrangian is no number at the position (1.0000) with the velocity (1.5000)";
    assert!(fast.contains(place) && fast.contains("`start` and `velocity` in [state]"), "{fast}");
    assert!(!fast.contains("degenerate"), "{fast}");
    let edge = said("1.0");
    assert!(edge.contains("d^2 L/dv^2 is no number at the position (1.0000)"), "{edge}");
    assert_eq!(said("0.5"), "fine");
}

fn verdict(record: &Record, check: &str) -> Verdict {
    let found = record.summary.ledger.iter().find(|line| line.check == check);
    found.unwrap_or_else(|| panic!("no {check} in {:?}", record.summary.ledger)).verdict
}
/// A step too long for the perihelion makes an ellipse a hyperbola: H is another, however large the energies were at the
/// encounter. Where the encounter is resolved all holds.
#[test]
fn an_orbit_that_escapes_is_not_certified() {
    let kepler = |e: f64, scheme: &str, step: f64, time: f64| {
        motion(
            &format!("kind = \"target\"\nname = \"kepler\"\nsettings = {{ eccentricity = {e} }}"),
            "kind = \"point\"",
            &format!("kind = \"{scheme}\"\nstep = {step}"),
            &format!("steps = {}\nevery = 1", (time / step).round()),
        )
    };
    for (e, scheme, step) in [(0.95, "verlet", 0.005), (0.99, "yoshida4", 0.002)] {
        let record = kepler(e, scheme, step, 20.0);
        assert!(record.summary.objective.as_ref().is_some_and(|h| h.initial < -0.49 && h.r#final > 0.0), "{e}");
        assert_eq!(verdict(&record, "energy error"), Verdict::Violated, "{e}");
        assert_eq!(verdict(&record, "H drift"), Verdict::Inconclusive, "{e}: it swings no more");
        // The number of the line, and what it is a share of.
        let share = figure(&record, "energy_drift") / figure(&record, "energy_scale");
        assert!(share > 0.9 && share == figure(&record, "relative_energy_error"), "{e}: {share}");
    }
    for (e, scheme, step) in [(0.9, "yoshida4", 0.001), (0.9, "verlet", 0.0005), (0.95, "yoshida4", 0.0005)] {
        let record = kepler(e, scheme, step, 60.0);
        let lines = &record.summary.ledger;
        assert!(lines.iter().all(|line| line.verdict == Verdict::Holds), "{e} {scheme}: {lines:?}");
    }
}

fn expression(energy: &str, start: &str, scheme: &str, steps: u32) -> Record {
    motion(
        &format!("kind = \"expression\"\nenergy = \"{energy}\""),
        &format!("kind = \"point\"\nstart = {start}"),
        scheme,
        &format!("steps = {steps}\nevery = 1"),
    )
}
fn lagrangian(l: &str, state: &str, scheme: &str, steps: u32) -> Record {
    let text = format!(
        "[functional]\nkind = \"lagrangian\"\nL = \"{l}\"\n[state]\n{state}\n[scheme]\nkind = \"variational\"\n{scheme}\n\
         [run]\nsteps = {steps}\nevery = 1\n"
    );
    run(&text).unwrap_or_else(|error| panic!("{error}"))
}
const PENDULA: &str = "adot^2 + 0.5*bdot^2 + adot*bdot*cos(a - b) + 9.81*(2*cos(a) + cos(b))";

/// A sixth of a period, and a few swings of a chaotic motion, whose encounters come at any time: not wrong, and not yet right.
#[test]
fn few_swings_say_nothing_of_growth() {
    let yoshida = "kind = \"yoshida4\"\nstep = 0.01";
    let short = expression("0.5*x^2", "[1.0]", yoshida, 100);
    let long = expression("0.5*x^2", "[1.0]", yoshida, 6000);
    let state = "kind = \"point\"\nstart = [1.9, -0.6]\nvelocity = [0.0, 0.0]";
    let swings = lagrangian(PENDULA, state, "method = \"galerkin6\"\nstep = 0.01", 500);
    let open = Verdict::Inconclusive;
    for (record, wanted) in [(&short, open), (&swings, open), (&long, Verdict::Holds)] {
        assert_eq!(verdict(record, "H drift"), wanted);
        assert_eq!(verdict(record, "energy error"), Verdict::Holds);
    }
    // So many swings in 1,000 strides that rounding alone leads astray: fewer lead home.
    let chaos = lagrangian(PENDULA, state, "method = \"galerkin6\"\nstep = 0.05", 1000);
    assert_eq!(verdict(&chaos, "reversal"), Verdict::Holds);
}

/// What no fault could have shown in is not said to hold: a motion at rest; an error beside a constant of V; H that is no number.
/// And where a force has many waves within a share of the coordinate, a right one is not called wrong.
#[test]
fn lines_that_hold_could_have_failed() {
    let yoshida = "kind = \"yoshida4\"\nstep = 0.01";
    let rest = expression("0.5*x^2", "[0.0]", yoshida, 100);
    for check in ["H drift", "energy error", "reversal"] {
        assert_eq!(verdict(&rest, check), Verdict::Inconclusive, "{check}");
    }
    // Half of H without the constant.
    let rough = expression("0.5*x^2 + 1000000", "[1.0]", "kind = \"verlet\"\nstep = 1.5", 60);
    assert_eq!(verdict(&rough, "energy error"), Verdict::Violated);
    let beyond = expression("log(x)", "[1.0]", yoshida, 500);
    assert_eq!(verdict(&beyond, "energy error"), Verdict::Violated);
    let waves = expression("1 - cos(10*x)", "[100.0]", "kind = \"yoshida4\"\nstep = 0.005", 4000);
    let lines = &waves.summary.ledger;
    assert!(lines.iter().all(|line| line.verdict == Verdict::Holds), "{lines:?}");
}

/// The work of the time is that of one replica, of an ensemble too; and on an axis of its own an orbit sees symmetries that L
/// has not.
#[test]
fn work_and_symmetries_are_those_of_the_lagrangian() {
    let driven = |state: &str| {
        let record = lagrangian("0.5*xdot^2 - 0.5*x^2 + x*cos(2*t)", state, "method = \"midpoint\"\nstep = 0.01", 2000);
        let line = record.summary.ledger.iter().find(|line| line.check == "energy and work").map(|line| line.value);
        assert_eq!(verdict(&record, "energy and work"), Verdict::Holds);
        assert!(!record.summary.extra.contains_key("relative_energy_error"), "H is not kept");
        line.unwrap_or(f64::NAN)
    };
    // A look every 2 of the time does not see a work that swings with a period of pi.
    let text = "[functional]\nkind = \"lagrangian\"\nL = \"0.5*xdot^2 - 0.5*x^2 + x*cos(2*t)\"\n[state]\nkind = \"point\"\nstart = [1.0]\n\
                [scheme]\nkind = \"variational\"\nmethod = \"galerkin4\"\nstep = 0.01\n[run]\nsteps = 6000\nevery = 200\n";
    let seldom = run(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(verdict(&seldom, "energy and work"), Verdict::Inconclusive, "{:?}", seldom.summary.ledger);
    let (one, five) = (driven("kind = \"point\"\nstart = [1.0]"), driven("kind = \"particles\"\nn = 5"));
    assert!(one > 1e-8 && five > 1e-8, "{one} and {five}");
    let along = |l: &str| {
        let state = "kind = \"point\"\nstart = [1.0, 0.0]\nvelocity = [0.0, 0.0]";
        lagrangian(l, state, "method = \"galerkin4\"\nstep = 0.05", 400)
    };
    let uneven = along("0.5*(xdot^2 + ydot^2) - 0.5*x^2 - 2*y^2");
    assert_eq!(uneven.summary.extra["conserved"].as_array().map(Vec::len), Some(0));
    assert!(uneven.summary.ledger.iter().all(|line| line.check != "Noether momenta"));
    let round = along("0.5*(xdot^2 + ydot^2) - 0.5*(x^2 + y^2)");
    assert_eq!(round.summary.extra["conserved"][0], "the angular momentum in the plane of x and y");
    assert_eq!(verdict(&round, "Noether momenta"), Verdict::Holds);
}

/// In half a swing x is never passed upwards: there is an empty table, and a note.
#[test]
fn a_section_that_is_not_crossed_says_so() {
    let text = |steps: u32| {
        format!(
            "[functional]\nkind = \"expression\"\nenergy = \"(x^2 + y^2) / 2\"\n[state]\nkind = \"point\"\nstart = [1.0, 1.0]\n\
             [noise]\nkind = \"still\"\n[scheme]\nkind = \"verlet\"\nstep = 0.05\n[run]\nsteps = {steps}\nevery = 1\n\
             [output]\nsection = \"x\"\n"
        )
    };
    for (steps, passages) in [(60, 0), (500, 4)] {
        let record = run(&text(steps)).unwrap_or_else(|error| panic!("{error}"));
        let section = record.arrays.iter().find(|array| array.name == "section");
        assert_eq!(section.map(|section| section.shape.clone()), Some(vec![passages, 6]));
        let noted = record.notes.iter().any(|note| note.contains("The section was not crossed"));
        assert_eq!(noted, passages == 0, "{:?}", record.notes);
    }
}
