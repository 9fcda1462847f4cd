//! The ledger's KL bias of clouds and of chains, against laws that are known exactly: harmonic wells, k = 1, T = 1.
use steepest_record::{Check, Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn run(energy: &str, text: &str) -> Record {
    let text = format!("[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n{text}");
    let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap();
    execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}
fn line(record: &Record) -> Option<&Check> {
    record.summary.ledger.iter().find(|check| check.check == "KL bias per dimension")
}
const CLOUD: &str = "[state]\nkind = \"particles\"\nn = 20000\n[run]\nsteps = 300\nwarmup = 300\nevery = 50\n";
const CHAINS: &str = "[state]\nkind = \"chains\"\nchains = 8\n[run]\ndraws = 20000\nthin = 20\nwarmup = 500\n";
/// Var log(rho / pi) / 2 of N(0, s) from N(0, 1).
fn exact(s: f64) -> f64 {
    0.25 * (s - 1.0).powi(2)
}

/// Euler-Maruyama keeps <x^2> = 1 / (1 - h / 2), OBABO 1 / (1 - h^2 / 4), Leimkuhler-Matthews and BAOAB 1: to four standard errors, each of
/// them a fifth of what is looked for at most. The bound is 0.005.
#[test]
fn every_scheme_whose_law_is_known() {
    for (scheme, s, verdict) in [
        ("kind = \"euler-maruyama\"\nstep = 0.2", 1.0 / 0.9, Verdict::Holds),
        ("kind = \"euler-maruyama\"\nstep = 0.5", 1.0 / 0.75, Verdict::Violated),
        ("kind = \"leimkuhler-matthews\"\nstep = 0.2", 1.0, Verdict::Holds),
        ("kind = \"BAOAB\"\nstep = 0.5", 1.0, Verdict::Holds),
        ("kind = \"OBABO\"\nstep = 0.5", 1.0 / (1.0 - 0.0625), Verdict::Holds),
        ("kind = \"OBABO\"\nstep = 1.0", 1.0 / (1.0 - 0.25), Verdict::Violated),
    ] {
        for state in [CLOUD, CHAINS] {
            let record = run("0.5*x^2 + 0.5*(y - 3)^2", &format!("[scheme]\n{scheme}\n{state}"));
            let (line, figures) = (line(&record).unwrap(), &record.summary.extra["kl_bias_per_dimension"]);
            let error = figures["error"].as_f64().unwrap();
            println!("{scheme}: {:.3e} +- {error:.1e}, exact {:.3e}", line.value, exact(s));
            assert_eq!((line.verdict, figures["value"].as_f64()), (verdict, Some(line.value)), "{scheme}: {line:?}");
            assert!((line.value - exact(s)).abs() < 4.0 * error, "{scheme}: {} +- {error}", line.value);
            assert!(error < if s == 1.0 { 3e-4 } else { 0.2 * exact(s) }, "{scheme}: {error}");
        }
    }
}

/// Isokinetic chains have a law of |x| alone here, whose divergence is, to leading order, that of the variance they have.
#[test]
fn isokinetic_chains() {
    let energy: Vec<String> = (1..=10).map(|j| format!("x{j}^2/2")).collect();
    let record = |more: &str| {
        run(
            &energy.join(" + "),
            &format!(
                "[state]\nkind = \"chains\"\nchains = 16\n[scheme]\nkind = \"mclmc\"\n{more}\n[run]\ndraws = 4000\nwarmup = 1000\n"
            ),
        )
    };
    let found = record("");
    let line_of = line(&found).unwrap();
    let variance = found.summary.parameters.iter().map(|p| p.sd * p.sd).sum::<f64>() / 10.0;
    println!("variance {variance:.4}, {line_of:?}, {}", found.summary.extra["kl_bias_per_dimension"]);
    assert_eq!(line_of.verdict, Verdict::Holds);
    assert!((line_of.value / exact(variance) - 1.0).abs() < 0.5, "{} beside {}", line_of.value, exact(variance));
    assert!(line(&record("adjusted = true")).is_none(), "what is refused leaves no bias");
}

/// What no branch can tell has no verdict: too few strides to forget, few positions, energies whose rounding all branches share, chains
/// that are not seen to agree, and friction so weak that no branch is as long as it remembers.
#[test]
fn what_is_not_seen_has_no_verdict() {
    let chains = |more: &str| format!("[state]\nkind = \"chains\"\nchains = 8\n{more}");
    for (name, energy, text, says) in [
        ("short", "0.5*x^2", chains("[scheme]\nkind = \"lm\"\nstep = 0.2\n[run]\ndraws = 100\nthin = 10\nwarmup = 50"), "Too few strides"),
        ("far", "0.5*x^2", chains("start = [300]\n[scheme]\nkind = \"lm\"\nstep = 0.01\n[run]\ndraws = 100\nwarmup = 0"), "not seen to agree"),
        // Each chain has the law of its own well.
        ("wells", "100*(x^2 - 1)^2", chains("[scheme]\nkind = \"BAOAB\"\nstep = 0.01\n[run]\ndraws = 2000\nthin = 5\nwarmup = 100"), "not seen to agree"),
        ("rounded", "0.5*x^2 + 3e15", chains("[scheme]\nkind = \"BAOAB\"\nstep = 0.3\n[run]\ndraws = 4000\nthin = 10\nwarmup = 1000"), "cannot tell"),
        ("few", "0.5*x^2", "[state]\nkind = \"particles\"\nn = 16\n[scheme]\nkind = \"em\"\nstep = 0.34\n[run]\nsteps = 3000".into(), "few positions"),
        (
            "weak",
            "0.5*x^2",
            "[state]\nkind = \"particles\"\nn = 300\n[scheme]\nkind = \"OBABO\"\nstep = 0.8\nfriction = 0.001\n[run]\nsteps = 12000\nwarmup = 12000\nevery = 1000"
                .into(),
            "Too few strides",
        ),
    ] {
        let record = run(energy, &text);
        let line = line(&record).unwrap();
        println!("{name}: {line:?}");
        assert!(line.verdict == Verdict::Inconclusive, "{name}: {line:?}");
        assert!(line.advice.contains(says) || record.summary.ledger[0].verdict != Verdict::Holds, "{name}: {line:?}");
    }
}

/// Shocks that depend on the place hide it, a current makes modes forget late, and words that are read backwards are other words.
#[test]
fn others_have_no_such_line() {
    let run_of = |more: &str| {
        run("0.5*x^2 + 0.5*y^2", &format!("[state]\nkind = \"chains\"\n{more}\n[run]\ndraws = 100\nwarmup = 10\n"))
    };
    for flow in [
        "[geometry]\nkind = \"diagonal\"\ngrowth = 0.1\n[scheme]\nkind = \"em\"\nstep = 0.01",
        "[geometry]\nkind = \"non-reversible\"\nstrength = 3.0\n[scheme]\nkind = \"em\"\nstep = 0.01",
        "[scheme]\nkind = \"OBA\"\nstep = 0.01",
        "[scheme]\nkind = \"nose-hoover\"\nstep = 0.01",
    ] {
        assert!(line(&run_of(flow)).is_none(), "{flow}");
    }
}
