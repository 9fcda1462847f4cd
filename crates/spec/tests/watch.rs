//! Callbacks: every kind of descent and of motion shows each point it comes to, and ends where it is told to; and states at any time.
use std::ops::ControlFlow;
use steepest_record::Record;
use steepest_spec::{Callback, Config, Point, SpecError, Unwatched, Watch, build, execute};

fn run(text: &str, watch: &mut dyn Watch) -> Result<Record, SpecError> {
    let config = Config::parse(text, "flow.toml", &[])?;
    execute(&config, &*build(&config)?, watch)
}
fn array<'a>(record: &'a Record, name: &str) -> &'a [f64] {
    &record.arrays.iter().find(|array| array.name == name).unwrap_or_else(|| panic!("no {name}")).values
}
/// A valley, from (-1.2, 1).
fn valley(rest: &str) -> String {
    let energy = "[functional]\nkind = \"expression\"\nenergy = \"(1 - x)^2 + 10*(y - x^2)^2\"\n";
    let state = "[state]\nkind = \"point\"\nstart = [-1.2, 1.0]\n[noise]\nkind = \"still\"\n";
    format!("{energy}{state}{rest}\n[run]\nsteps = 60\nevery = 3\n")
}
const PENDULUM: &str = "[functional]\nkind = \"lagrangian\"\nL = \"0.5*xdot^2 + cos(x)\"\n\
    [state]\nkind = \"point\"\nstart = [1.0]\nvelocity = [0.0]\n";

/// All that move in steps: a run that is watched has the bits of one that is not, what is shown is what its table and its path say,
/// and a run that is stopped at the third look ends there.
#[test]
fn what_is_shown_is_what_is_kept() {
    let mut flows: Vec<String> = [
        "gradient-descent",
        "steepest-descent",
        "barzilai-borwein",
        "conjugate-gradient",
        "lbfgs",
        "trust-region",
        "gradient-flow",
        "momentum",
        "adam",
        "proximal-point",
    ]
    .iter()
    .map(|kind| valley(&format!("[scheme]\nkind = \"{kind}\"")))
    .collect();
    flows.push(valley("[scheme]\nkind = \"verlet\"\nstep = 0.01"));
    flows.push(valley("[scheme]\nkind = \"runge-kutta\"\nstep = 0.01"));
    let lasso = valley("[scheme]\nkind = \"fista\"");
    flows.push(lasso.replace("[state]", "regulariser = { kind = \"l1\", weight = 0.1 }\n[state]"));
    let bounded = valley("[scheme]\nkind = \"lbfgs\"");
    flows.push(bounded.replace("[state]", "bounds = { x = [-2.0, 0.5] }\n[state]"));
    flows.push(format!("{PENDULUM}[scheme]\nkind = \"variational\"\nstep = 0.01\n[run]\nsteps = 60\nevery = 3\n"));
    for text in flows {
        let plain = run(&text, &mut Unwatched).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let d = if text.contains("xdot") { 1 } else { 2 };
        let mut seen: Vec<(u64, f64, Vec<f64>)> = Vec::new();
        let mut note = |point: Point<'_>| {
            seen.push((point.step, point.value, point.x.to_vec()));
            ControlFlow::Continue(())
        };
        let watched = run(&text, &mut Callback(&mut note)).unwrap();
        let column = |record: &Record, name: &str| {
            record.ledger.iter().find(|column| column.name == name).map(|column| column.values.clone())
        };
        let values = column(&plain, "objective").or_else(|| column(&plain, "energy")).expect("a column of values");
        let path = array(&plain, "path");
        assert!(array(&watched, "path") == path, "watched, it moves otherwise\n{text}");
        let shown: Vec<f64> = seen.iter().flat_map(|(_, _, x)| x.iter().copied()).collect();
        assert_eq!(path, shown, "{text}");
        assert!(seen.iter().zip(&values).all(|((_, value, _), kept)| value == kept), "{values:?}\n{seen:?}\n{text}");
        assert!(seen.len() > 3 && seen.iter().take(4).map(|(step, ..)| *step).eq([0, 3, 6, 9]), "{seen:?}\n{text}");

        let mut looks = 0;
        let third = |_: Point<'_>| {
            looks += 1;
            if looks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let stopped = run(&text, &mut Callback(third)).unwrap();
        assert_eq!(array(&stopped, "path"), &path[..3 * d], "{text}");
        let said = stopped.summary.extra.get("stopped_because").is_some_and(|why| why == "it was stopped");
        assert!(said || stopped.notes.iter().any(|note| note.starts_with("Stopped after 6 of 60")), "{text}");
        // And at the start, before anything moved.
        let first = run(&text, &mut Callback(|_: Point<'_>| ControlFlow::Break(()))).unwrap();
        assert_eq!(array(&first, "path"), &path[..d], "{text}");
    }
}

/// x'' = -sin x at times that are no ends of strides, against the same with strides a tenth as long; q, then p.
#[test]
fn a_motion_at_any_time() {
    let scheme =
        "[scheme]\nkind = \"variational\"\nmethod = \"galerkin6\"\nstep = 0.1\n[run]\nsteps = 100\nevery = 10\n";
    let text = format!("{PENDULUM}{scheme}[output]\ntimes = [0.0, 0.123, 7.77, 10.0]\n");
    let record = run(&text, &mut Unwatched).unwrap();
    let rows: Vec<&[f64]> = array(&record, "at_times").chunks_exact(3).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), [0.0, 0.123, 7.77, 10.0]);
    assert_eq!(rows[0], [0.0, 1.0, 0.0]);
    let fine = text.replace("step = 0.1", "step = 0.01").replace("steps = 100", "steps = 1000");
    let exact = run(&fine, &mut Unwatched).unwrap();
    for (row, exact) in rows.iter().zip(array(&exact, "at_times").chunks_exact(3)) {
        assert!(row.iter().zip(exact).all(|(a, b)| (a - b).abs() < 2e-9), "{row:?}, not {exact:?}");
        let energy = 0.5 * row[2] * row[2] - row[1].cos();
        assert!((energy + 1f64.cos()).abs() < 1e-9, "{row:?}");
    }
    // Masses of 4 and 1 on springs of 1: q in lengths, p in momenta.
    let text = "[functional]\nkind = \"expression\"\nenergy = \"(x^2 + y^2) / 2\"\n[state]\nkind = \"point\"\nstart = [1.0, 1.0]\n\
        mass = [4.0, 1.0]\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"kahan-li8\"\nstep = 0.2\n[run]\nsteps = 50\n[output]\n\
        times = 0.3\n";
    let record = run(text, &mut Unwatched).unwrap();
    let rows: Vec<&[f64]> = array(&record, "at_times").chunks_exact(5).collect();
    assert_eq!(rows.len(), 34);
    for (k, row) in rows.iter().enumerate() {
        let t = 0.3 * k as f64;
        let exact = [t, (t / 2.0).cos(), t.cos(), -2.0 * (t / 2.0).sin(), -t.sin()];
        assert!(row.iter().zip(exact).all(|(a, b)| (a - b).abs() < 1e-9), "{row:?}, not {exact:?}");
    }
    // An ensemble: (q, p) component-major, here of three that move alike.
    let many = text.replace("kind = \"point\"", "kind = \"particles\"\nn = 3");
    let record = run(&many, &mut Unwatched).unwrap();
    for (row, one) in array(&record, "at_times").chunks_exact(13).zip(rows) {
        // Looks are further apart, so clocks have other roundings.
        let close = |k: usize| (row[1 + k] - one[1 + k / 3]).abs() < 1e-13;
        assert!(row[0] == one[0] && (0..12).all(close), "{row:?}, of one {one:?}");
    }
}

/// x' = -4 x, y' = -y: exp(-4 t) and exp(-t) at any time, of both methods.
#[test]
fn a_gradient_flow_at_any_time() {
    for method in ["dormand-prince", "rosenbrock"] {
        let text = format!(
            "[functional]\nkind = \"expression\"\nenergy = \"2*x^2 + y^2/2\"\n[state]\nkind = \"point\"\nstart = [1.0, 1.0]\n[noise]\n\
             kind = \"still\"\n[scheme]\nkind = \"gradient-flow\"\nmethod = \"{method}\"\nstep = 0.5\nrtol = 1e-9\natol = 1e-12\n\
             tolerance = 1e-6\n[run]\nsteps = 4\n[output]\ntimes = [0.2, 1.5, 1.999]\n"
        );
        let record = run(&text, &mut Unwatched).unwrap();
        let rows: Vec<&[f64]> = array(&record, "at_times").chunks_exact(3).collect();
        assert_eq!(rows.len(), 3);
        for row in rows {
            let t = row[0];
            let off = (row[1] - (-4.0 * t).exp()).abs().max((row[2] - (-t).exp()).abs());
            assert!(off < 1e-7, "{method}: {row:?} is off by {off:e}");
        }
    }
}

/// What no run comes by is refused with the key, and so is what has no time.
#[test]
fn times_that_are_none_are_refused() {
    let motion = valley("[scheme]\nkind = \"verlet\"\nstep = 0.01");
    for (text, words) in [
        (
            format!("{motion}[output]\ntimes = [0.1, 0.7]\n"),
            "the time 0.7 of `times` in [output] is after the end of the run, 0.6",
        ),
        (format!("{motion}[output]\ntimes = [-0.1]\n"), "a list of times from 0 on"),
        (format!("{motion}[output]\ntimes = 0\n"), "a list of times from 0 on"),
        (format!("{motion}[output]\ntimes = 1e-12\n"), "asks for 6.000e11 states of 4 numbers"),
        (valley("[scheme]\nkind = \"lbfgs\"\n[output]\ntimes = [0.1]"), "does not go with scheme `lbfgs`"),
    ] {
        let error = run(&text, &mut Unwatched).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
