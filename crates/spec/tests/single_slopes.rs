//! Clouds that are moved by slopes of single precision: where they go, what the ledger says of it, and where there are none.
use steepest_record::{Check, Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute, explain};

const LINE: &str = "rounding of the slopes";

fn config(functional: &str, scheme: &str, threads: usize) -> Config {
    let text = format!(
        "[functional]\n{functional}\n[state]\nkind = \"particles\"\nn = 1500\n[scheme]\n{scheme}\n\
         [run]\nsteps = 60\nwarmup = 0\nevery = 20\nthreads = {threads}\n"
    );
    Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
}
fn run(config: &Config) -> Record {
    let model = build(config).unwrap_or_else(|error| panic!("{error}"));
    execute(config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}
fn line(record: &Record) -> Option<&Check> {
    record.summary.ledger.iter().find(|line| line.check == LINE)
}
fn expression(energy: &str) -> String {
    format!("kind = \"expression\"\nenergy = \"{energy}\"")
}

/// In a well paths with the same noise stay together: apart by rounding alone, and not by less.
#[test]
fn a_cloud_goes_where_that_of_double_precision_goes() {
    let energies =
        [expression("x^2/2 + exp(0.3*y) + y^2 + x*y/4"), "kind = \"target\"\nname = \"mueller-brown\"".into()];
    for energy in energies {
        for scheme in ["kind = \"em\"\nstep = 1e-4", "kind = \"lm\"\nstep = 1e-4", "kind = \"BAOAB\"\nstep = 1e-3"] {
            let single = format!("{scheme}\nprecision = \"single\"");
            let (double, alone) = (run(&config(&energy, scheme, 1)), run(&config(&energy, &single, 1)));
            let (x, y) = (&double.arrays[0].values, &alone.arrays[0].values);
            let apart = x.iter().zip(y).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            assert!((1e-12..1e-5).contains(&apart), "{scheme}: {apart:e} of {energy}");
            let check = line(&alone).expect("a line");
            assert!((1e-10..1e-5).contains(&check.value), "{check:?}");
            assert!(line(&double).is_none());
            assert_eq!(run(&config(&energy, &single, 3)).arrays[0].values, *y, "{scheme}: other threads");
        }
    }
}

/// At 10^6 from the origin places are rounded to 1/16, which is 0.018 of a standard deviation: that errors of either sign displace nothing is not
/// known. At 10^4 it is 0.0003 of one.
#[test]
fn a_well_far_from_the_origin_is_not_certified() {
    for (far, expected) in [("1e4", Verdict::Holds), ("1e6", Verdict::Inconclusive)] {
        let energy = format!("{}\nconstants = {{ m = {far} }}", expression("(x - m)^2 / 2"));
        let mut config = config(&energy, "kind = \"BAOAB\"\nstep = 0.3\nprecision = \"single\"", 1);
        let m: f64 = far.parse().unwrap();
        if let steepest_spec::State::Particles { start, .. } = &mut config.state {
            *start = Some(steepest_spec::Given::Point(vec![m]));
        }
        config.run.length = steepest_spec::Length::Strides { steps: 90, warmup: 60, every: 30 };
        let record = run(&config);
        let check = line(&record).expect("a line");
        assert_eq!(check.verdict, expected, "{check:?}");
        let rms = 2f64.powf(m.log2().floor() - 23.0) / 12f64.sqrt();
        assert!((0.9 * rms..1.1 * rms).contains(&check.value), "{check:?}: {rms} by the spacing of numbers");
    }
}

/// Slopes of a narrow valley are of the size of its walls, but errors displace along it: by 0.021 of its standard deviation, where 999999.03 is
/// taken for 999999 (and rounding that cancels adds its root mean square). A share of the slopes it is 0.0006.
#[test]
fn a_displacement_along_a_valley_is_seen() {
    let energy = expression("0.25*((x + y) + 1e6 - 999999.03)^2 + 500*(x - y)^2");
    let mut config = config(&energy, "kind = \"BAOAB\"\nstep = 0.02\nprecision = \"single\"", 1);
    config.run.length = steepest_spec::Length::Strides { steps: 1500, warmup: 1000, every: 500 };
    let record = run(&config);
    let check = line(&record).expect("a line");
    assert!(check.verdict == Verdict::Violated && (0.02..0.03).contains(&check.value), "{check:?}");
    // What is said is what happens: the sum of both means is at -0.97 - 0.03.
    let sum: f64 = record.summary.parameters.iter().map(|p| p.mean).sum();
    let error = 2f64.sqrt() / 1500f64.sqrt();
    assert!((sum + 1.0).abs() < 4.0 * error, "{sum}");
}

#[test]
fn where_there_are_none_is_said_before_anything_runs() {
    let single = "kind = \"em\"\nstep = 0.01\nprecision = \"single\"";
    let error = build(&config("kind = \"target\"\nname = \"kepler\"", single, 1)).err().map(|error| error.to_string());
    let error = error.unwrap_or_default();
    assert!(error.contains("flow.toml:10:13") && error.contains("double precision alone"), "{error}");

    // e^x has no place in single precision beyond 88: what breaks down says so.
    let (soft, step) = (expression("log(1 + exp(x)) + 0.05*(x - 100)^2"), "kind = \"em\"\nstep = 0.1");
    let from = |mut config: Config| {
        if let steepest_spec::State::Particles { start, .. } = &mut config.state {
            *start = Some(steepest_spec::Given::Point(vec![89.0]));
        }
        config
    };
    assert!(!run(&from(config(&soft, step, 1))).summary.parameters.is_empty());
    let config = from(config(&soft, &format!("{step}\nprecision = \"single\""), 1));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    let error = execute(&config, &*model, &mut Unwatched).map(|_| ()).unwrap_err();
    let advice = if let steepest_spec::SpecError::Numerical { advice, .. } = &error { advice.as_str() } else { "" };
    assert!(advice.contains("slopes are of single precision here"), "{error}");

    let parse = |rest: &str| {
        let text = format!("[functional]\n{}\n{rest}", expression("x^2"));
        Config::parse(&text, "flow.toml", &[]).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let error = parse("[state]\nkind = \"chains\"\n[scheme]\nkind = \"em\"\nstep = 0.1\nprecision = \"single\"\n");
    assert!(error.contains("does not go with state `chains`") && error.contains("clouds of particles"), "{error}");
    let error =
        parse("[state]\nkind = \"particles\"\n[scheme]\nkind = \"verlet\"\nstep = 0.1\nprecision = \"single\"\n");
    assert!(error.contains("does not go with noise `still`"), "{error}");
}

#[test]
fn explain_promises_the_line_where_it_will_be() {
    let says = |more: &str| {
        let config = config(&expression("x^2"), &format!("kind = \"BAOAB\"\nstep = 0.1{more}"), 1);
        explain(&config, &*build(&config).unwrap_or_else(|error| panic!("{error}"))).contains(LINE)
    };
    assert!(says("\nprecision = \"single\"") && !says(""));
}

/// At 1e8 in a well of width 1 slopes are off by whole units, and strides are not those of V: the noise is not to blame.
#[test]
fn what_rounded_slopes_do_to_strides_is_not_put_down_to_the_noise() {
    let told = |precision: &str| {
        let text = format!(
            "[functional]\n{}\n[state]\nkind = \"particles\"\nn = 1500\nstart = [1e8]\n[scheme]\nkind = \"em\"\nstep = 0.1\n\
             precision = \"{precision}\"\n[run]\nsteps = 400\nwarmup = 50\nevery = 20\n",
            expression("(x - 1e8)^2/2")
        );
        let record = run(&Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}")));
        record.summary.ledger.into_iter().find(|line| line.check == "noise variance").expect("a line")
    };
    let (single, double) = (told("single"), told("double"));
    assert!(
        single.verdict == Verdict::Violated && single.advice.starts_with("Strides are not those of V"),
        "{single:?}"
    );
    assert!(double.verdict == Verdict::Holds, "{double:?}");
}
