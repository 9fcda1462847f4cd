//! A run that is killed at any moment, and gone on with, is the run that was never killed: every bit but the clock's.
#![cfg(unix)]
mod workplace;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use workplace::Workplace;

/// A checkpoint at every look, so that a short run has many.
const ALWAYS: &str = "[output]\ncheckpoint = 0\nreport = false\nplots = false\n";

/// All drives: chains in warm-up and in draws, of every kind of memory, ladders of them, an unadjusted chain, particles, mechanics, descent.
fn flows() -> Vec<(&'static str, String)> {
    let expression = |energy: &str, rest: &str| {
        format!("[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n{rest}{ALWAYS}")
    };
    let well = "(x^2 - 1)^2 / 4 + x*y/5 + y^2 / 2";
    let regression =
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight + C(kind)\"\n";
    let cloud = "[state]\nkind = \"particles\"\nn = 3000\n";
    let scheme = |kind: &str, rest: &str, run: &str| format!("[scheme]\nkind = \"{kind}\"\n{rest}\n[run]\n{run}\n");
    vec![
        (
            "groups",
            regression.replace("C(kind)", "(1 | kind)")
                + &format!("centering = {{ kind = \"centered\" }}\n[run]\ndraws = 3000\nwarmup = 3000\n{ALWAYS}"),
        ),
        (
            "rows",
            format!(
                "[functional]\nkind = \"rows\"\ndata = \"pets.csv\"\nnll = \"log(s) + 0.5*((weight - m)/s)^2\"\n\
                 parameters = {{ m = \"real\", s = \"positive\" }}\npriors = {{ s = \"half_normal(20)\" }}\n\
                 [run]\ndraws = 9000\nwarmup = 5000\n{ALWAYS}"
            ),
        ),
        ("pool", expression(well, &scheme("nuts", "pool = true", "draws = 9000\nwarmup = 3000"))),
        ("barker", expression(well, &scheme("barker", "", "draws = 40000\nwarmup = 40000"))),
        (
            "meads",
            expression(well, &format!("[state]\nchains = 300\n{}", scheme("meads", "", "draws = 1500\nwarmup = 900"))),
        ),
        (
            "diagonal",
            expression(
                well,
                "[geometry]\nkind = \"diagonal\"\ngrowth = 0.1\n[state]\nkind = \"chains\"\n[scheme]\nkind = \"em\"\n\
                 step = 0.05\n[run]\ndraws = 30000\nthin = 5\n",
            ),
        ),
        (
            "non-reversible",
            expression(
                well,
                "[geometry]\nkind = \"non-reversible\"\nstrength = 1\n[state]\nkind = \"chains\"\n[scheme]\nkind = \"em\"\n\
                 step = 0.05\n[run]\ndraws = 30000\nthin = 5\n",
            ),
        ),
        ("thermostat", expression(well, &format!("{cloud}{}", scheme("nose-hoover", "step = 0.05", "steps = 5000")))),
        ("nuts", format!("{regression}[run]\ndraws = 9000\nwarmup = 5000\nseed = 5\n{ALWAYS}")),
        (
            "dense",
            expression(well, "[scheme]\nkind = \"nuts\"\nmetric = \"dense\"\n[run]\ndraws = 9000\nwarmup = 6000\n"),
        ),
        ("hmc", expression(well, "[scheme]\nkind = \"hmc\"\n[run]\ndraws = 9000\nwarmup = 9000\nthin = 3\n")),
        ("mala", expression(well, "[scheme]\nkind = \"mala\"\n[run]\ndraws = 50000\nwarmup = 50000\n")),
        ("low-rank", expression(well, &scheme("nuts", "metric = \"low-rank\"", "draws = 9000\nwarmup = 6000"))),
        ("mclmc", expression(well, &scheme("mclmc", "", "draws = 20000\nwarmup = 20000"))),
        ("ghmc", expression(well, &scheme("ghmc", "", "draws = 40000\nwarmup = 40000"))),
        ("tempering", expression(well, &scheme("tempering", "rungs = 3", "draws = 3000\nwarmup = 3000"))),
        (
            "chees",
            expression(well, &format!("[state]\nchains = 300\n{}", scheme("chees", "", "draws = 1500\nwarmup = 900"))),
        ),
        (
            "langevin",
            expression(
                well,
                "[state]\nkind = \"chains\"\n[scheme]\nkind = \"baoab\"\nstep = 0.2\n[run]\ndraws = 30000\nthin = 5\n",
            ),
        ),
        (
            "em",
            expression(
                well,
                "[state]\nkind = \"chains\"\n[scheme]\nkind = \"em\"\nstep = 0.05\n[run]\ndraws = 30000\nthin = 5\n",
            ),
        ),
        (
            "particles by single slopes",
            expression(
                well,
                &format!("{cloud}[scheme]\nkind = \"BAOAB\"\nprecision = \"single\"\n[run]\nsteps = 5000\n"),
            ),
        ),
        ("particles", expression(well, &format!("{cloud}[scheme]\nkind = \"OBABO\"\n[run]\nsteps = 5000\n"))),
        ("lm", expression(well, &format!("{cloud}[scheme]\nkind = \"lm\"\n[run]\nsteps = 9000\n"))),
        (
            "mechanics",
            expression(
                "1 - cos(q)",
                "[state]\nkind = \"point\"\nstart = [1.5]\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"verlet\"\n\
                 step = 0.05\n[run]\nsteps = 1000000\nevery = 10\n",
            ) + "times = 7.3\nsection = \"q\"\n",
        ),
        (
            "gradient-flow",
            expression(
                "(1 - x)^2 + 500 * (y - x^2)^2",
                "[state]\nkind = \"point\"\nstart = [-3, 5]\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"gradient-flow\"\n\
                 tolerance = 0\nstep = 1e-4\n[run]\nsteps = 400000\nevery = 100\n",
            ) + "times = 0.00731\n",
        ),
        (
            "descent",
            expression(
                "(1 - x)^2 + 500 * (y - x^2)^2",
                "[state]\nkind = \"point\"\nstart = [-3, 5]\n[scheme]\nkind = \"gradient-descent\"\ntolerance = 1e-12\n\
                 [run]\nsteps = 150000\nevery = 100\n",
            ),
        ),
    ]
}

/// Every file of a run folder apart from its checkpoint, `summary.json` without the clock.
fn content(place: &Workplace, dir: &str) -> BTreeMap<String, Vec<u8>> {
    fn walk(top: &Path, folder: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(top).expect("inside").display().to_string();
            match name.as_str() {
                "checkpoint" | "flow.toml" => {}
                _ if path.is_dir() => walk(top, &path, out),
                _ => drop(out.insert(name, std::fs::read(&path).expect("a file"))),
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(&place.at(dir), &place.at(dir), &mut out);
    let mut summary: Value = serde_json::from_slice(&out["summary.json"]).expect("JSON");
    let clock = |key: &String| key.contains("cpu") || key.starts_with("ns_");
    summary["extra"].as_object_mut().expect("a table").retain(|key, _| !clock(key));
    summary["seconds"] = Value::Null;
    summary["rate"] = Value::Null;
    out.insert("summary.json".into(), summary.to_string().into_bytes());
    out
}
fn assert_same(place: &Workplace, what: &str, one: &str, other: &str) {
    let (a, b) = (content(place, one), content(place, other));
    assert!(a.len() >= 3 && a.keys().eq(b.keys()), "{what}: {:?} {:?}", a.keys(), b.keys());
    for (name, bytes) in &a {
        let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
        assert!(*bytes == b[name], "{what}: {name} differs\n{}\n{}", text(bytes), text(&b[name]));
    }
}
/// The k-th of some fractions that fill [0, 1) evenly.
fn fraction(k: u32) -> f64 {
    (f64::from(k) * 0.754_877_666_246_692_7).fract()
}

/// Each run is killed twice, at moments spread over its length, and once more gone on with.
#[test]
fn killed_at_any_moment() {
    let place = Workplace::new();
    let (mut kills, mut taken_up) = (0, 0);
    for (name, flow) in flows() {
        place.write(&format!("{name}.toml"), &flow);
        let file = format!("{name}.toml");
        let (whole, cut) = (format!("{name}-whole"), format!("{name}-cut"));
        let begun = Instant::now();
        place.succeed(&["run", &file, "--quiet", "--out", &whole]);
        let length = begun.elapsed();
        let mut arguments = vec!["run", &file, "--quiet", "--out", &cut];
        for _ in 0..2 {
            let mut child = place.command(&arguments).spawn().expect("it starts");
            std::thread::sleep(length.mul_f64(0.1 + 0.7 * fraction(kills)));
            child.kill().expect("SIGKILL");
            child.wait().expect("it ends");
            kills += 1;
            if !place.at(&cut).exists() {
                continue; // killed before it had made its folder
            }
            taken_up += u32::from(place.at(&format!("{cut}/checkpoint/state")).exists());
            arguments = vec!["resume", &cut, "--quiet", "--threads", "1"];
        }
        place.succeed(&arguments);
        assert_same(&place, name, &whole, &cut);
        // Gone on with after its end, it writes the same results again.
        place.succeed(&["resume", &cut, "--quiet"]);
        assert_same(&place, name, &whole, &cut);
    }
    assert_eq!(kills, 2 * flows().len() as u32);
    // Most kills found a checkpoint to go on from, or this test says nothing.
    assert!(5 * taken_up >= 3 * kills, "{taken_up} of {kills}");
}

#[test]
fn a_finished_run_is_made_longer() {
    let place = Workplace::new();
    for (kind, rest) in [("nuts", ""), ("em", "step = 0.05\n")] {
        let flow = format!(
            "[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2 + y^4\"\n[state]\nkind = \"chains\"\n[scheme]\nkind = \"{kind}\"\n{rest}\
             [run]\ndraws = 300\nwarmup = 200\n"
        );
        place.write("short.toml", &flow);
        let (long, short) = (format!("{kind}-long"), format!("{kind}-short"));
        place.succeed(&["run", "short.toml", "--quiet", "--out", &long, "--set", "run.draws=6500"]);
        place.succeed(&["run", "short.toml", "--quiet", "--out", &short]);
        place.succeed(&["resume", &short, "--quiet", "--draws", "+2e2"]);
        place.succeed(&["resume", &short, "--quiet", "--draws", "6500"]);
        std::fs::remove_file(place.at(&format!("{short}/report.html"))).expect("a report");
        std::fs::remove_file(place.at(&format!("{long}/report.html"))).expect("a report");
        assert_same(&place, kind, &long, &short);
        let shorter = place.run(&["resume", &short, "--draws", "100"]);
        assert_eq!(shorter.code, 2);
        assert!(shorter.err.contains("a run can be made longer, not shorter"), "{}", shorter.err);
    }
    let cloud = "[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2\"\n[state]\nkind = \"particles\"\nn = 100\n\
                 [scheme]\nkind = \"baoab\"\n[output]\nreport = false\n[run]\nsteps = ";
    place.write("few.toml", &format!("{cloud}400\n"));
    place.write("many.toml", &format!("{cloud}1000\n"));
    place.succeed(&["run", "many.toml", "--quiet", "--out", "many"]);
    place.succeed(&["run", "few.toml", "--quiet", "--out", "few"]);
    place.succeed(&["resume", "few", "--quiet", "--steps", "+600"]);
    assert_same(&place, "particles", "many", "few");
    // What is written down on the way goes on where it was, and is not to be exchanged for something else.
    let spring = "[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2 + 2*y^2\"\n[state]\nkind = \"point\"\nstart = [1.0, 0.5]\n\
                  [noise]\nkind = \"still\"\n[output]\nreport = false\ntimes = 0.37\n";
    for (kind, section) in [("verlet", "section = \"x\"\n"), ("gradient-flow", "")] {
        let text = format!("{spring}{section}[scheme]\nkind = \"{kind}\"\nstep = 0.05\n[run]\nevery = 5\nsteps = ");
        place.write("few.toml", &format!("{text}200\n"));
        place.write("many.toml", &format!("{text}500\n"));
        let (many, few) = (format!("{kind}-many"), format!("{kind}-few"));
        place.succeed(&["run", "many.toml", "--quiet", "--out", &many]);
        place.succeed(&["run", "few.toml", "--quiet", "--out", &few]);
        let flow = std::fs::read_to_string(place.at(&format!("{few}/flow.toml"))).expect("a flow");
        place.write(&format!("{few}/flow.toml"), &flow.replace("times = 0.37", "times = 0.74"));
        let changed = place.run(&["resume", &few, "--quiet", "--steps", "+300"]);
        assert!(changed.code == 2 && changed.err.contains("output.times = 0.37"), "{}", changed.err);
        place.write(&format!("{few}/flow.toml"), &flow);
        place.succeed(&["resume", &few, "--quiet", "--steps", "+300"]);
        assert_same(&place, kind, &many, &few);
    }
}

/// Stopped at goals: the same draws on any number of threads, again after its end, and a part of a longer run's.
#[test]
fn goals_stop_and_let_go_on() {
    let place = Workplace::new();
    let arguments = ["sample", "x^2 / 2 + y^4", "--quiet", "--set", "output.report=false"];
    let with = |out: &'static str, rest: &[&'static str]| [&arguments[..], &["--out", out], rest].concat();
    let goal = ["--until", "ess = 600", "--until", "rhat = 1.02"];
    place.succeed(&with("one", &[&goal[..], &["--threads", "1"]].concat()));
    place.succeed(&with("two", &[&goal[..], &["--threads", "2", "--set", "output.checkpoint=0"]].concat()));
    assert_same(&place, "threads", "one", "two");
    place.succeed(&["resume", "one", "--quiet"]);
    assert_same(&place, "again", "one", "two");
    let summary = |dir: &str| -> Value {
        let text = std::fs::read(place.at(&format!("{dir}/summary.json"))).expect("a summary");
        serde_json::from_slice(&text).expect("JSON")
    };
    let (found, least) = (summary("one"), |key: &str| {
        let rows = summary("one")["parameters"].as_array().expect("rows").clone();
        rows.iter().map(|row| row[key].as_f64().expect("a number")).fold(f64::INFINITY, f64::min)
    });
    let steps = found["steps"].as_u64().expect("draws");
    assert!([100, 130, 169, 219, 284, 369, 479].contains(&steps), "{steps}");
    assert!(least("ess_bulk").min(least("ess_tail")) >= 600.0 && found["extra"]["stopped_by"] == "goal");
    let line = found["ledger"].as_array().expect("lines").iter().find(|line| line["check"] == "early stopping");
    assert_eq!(line.expect("a line")["verdict"], "holds");
    let notes = std::fs::read_to_string(place.at("one/notes.txt")).expect("notes");
    assert!(notes.contains("Goal reached: ess "), "{notes}");
    // A stricter goal, and a length without goals, go on.
    place.succeed(&["resume", "one", "--quiet", "--until", "ess = 1500"]);
    assert!(summary("one")["steps"].as_u64().is_some_and(|more| more > steps));
    place.succeed(&["resume", "two", "--quiet", "--draws", "+100"]);
    let whole = (steps + 100).to_string();
    let whole = [&with("whole", &[])[..], &["--draws", &whole]].concat();
    place.succeed(&whole);
    assert_same(&place, "longer", "two", "whole");
    // Time ends a run too, and the cap does where goals are out of reach.
    place.succeed(&with("short", &["--until", "seconds = 1", "--draws", "1e7"]));
    assert_eq!(summary("short")["extra"]["stopped_by"], "seconds");
    let lines = summary("short")["ledger"].as_array().expect("lines").clone();
    let line = lines.iter().find(|line| line["check"] == "early stopping").expect("a line");
    assert!(line["advice"].to_string().contains("by the clock"), "{line}");
    place.succeed(&with("cap", &["--until", "ess = 1e6", "--draws", "200"]));
    assert_eq!(
        (summary("cap")["steps"].as_u64(), &summary("cap")["extra"]["stopped_by"]),
        (Some(200), &"draws".into())
    );
    for (goal, says) in
        [("es = 100", "did you mean `ess`"), ("rhat = 1", "must be a number greater than 1, got 1"), ("ess", "no `=`")]
    {
        let refused = place.run(&with("never", &["--until", goal]));
        assert!(refused.code == 2 && refused.err.contains(says), "{}", refused.err);
    }
}

/// R-hat of one chain compares it with nothing.
#[test]
fn one_chain_has_no_rhat_to_stop_at() {
    let place = Workplace::new();
    let done = place.run(&["sample", "x^2 / 2", "--chains", "1", "--until", "rhat=1.01", "--out", "one"]);
    assert!(done.code == 2 && done.err.contains("compares chains, and there is one"), "{}", done.err);
    assert!(!place.at("one").exists());
}

/// The flow.toml of a finished run is one whose run has the draws beside it: they are not made fewer, nor are goals said that
/// would have ended it before.
#[test]
fn nothing_is_made_shorter() {
    let place = Workplace::new();
    let bare = ["--set", "output.report=false", "--set", "output.plots=false"];
    let arguments = [&["sample", "x^2 / 2 + y^4", "--quiet"][..], &bare].concat();
    place.succeed(&[&arguments[..], &["--draws", "400", "--out", "run"]].concat());
    let refused = |more: &[&str], says: &str| {
        let before = place.read("run/flow.toml");
        let done = place.run(&[&["resume", "run", "--quiet"], more].concat());
        assert!(done.code == 2 && done.err.contains(says), "{more:?}: {}", done.err);
        assert_eq!(place.read("run/flow.toml"), before, "{more:?}");
    };
    refused(&["--until", "ess=100"], "the run has met these goals already: its least ESS is ");
    refused(&["--until", "ess=100", "--until", "rhat=1.2"], "can be made longer, not shorter");
    place.succeed(&["resume", "run", "--quiet", "--until", "ess=1e9"]);
    refused(&["--draws", "300"], "the run has 400 draws a chain, and it is asked for 300");
    refused(&["--draws", "300", "--until", "ess=1e9"], "can be made longer, not shorter");
    for slip in ["++5", "+-5", "+ 5", "+"] {
        refused(&["--draws", slip], "after `+` comes a whole number");
    }
    place.succeed(&["resume", "run", "--quiet", "--draws", "+1e2"]);
    place.succeed(&[&arguments[..], &["--draws", "500", "--out", "whole"]].concat());
    assert_same(&place, "longer", "whole", "run");
}

/// A calibration has ranks in the place of draws: there is nothing to go on with, and nobody is told to.
#[test]
fn calibrations_are_not_gone_on_with() {
    let place = Workplace::new();
    place.write(
        "pets.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight\"\n\
         [functional.priors]\nintercept = \"normal(0, 1)\"\nweight = \"normal(0, 0.1)\"\n",
    );
    let calibrate = ["calibrate", "pets.toml", "--replications", "4", "--quiet", "--out", "cal"];
    place.succeed(&calibrate);
    let before = content(&place, "cal");
    for more in [&[][..], &["--draws", "+10"]] {
        let done = place.run(&[&["resume", "cal", "--quiet"], more].concat());
        let says = "cal is a calibration, which cannot be gone on with";
        assert!(done.code == 2 && done.err.contains(says), "{}", done.err);
        assert!(done.err.contains("steepest calibrate") && done.err.contains("--force"), "{}", done.err);
        assert!(content(&place, "cal") == before && !place.at("cal/checkpoint").exists());
    }
    // What a kill leaves of one.
    std::fs::create_dir_all(place.at("killed/checkpoint")).expect("a folder");
    place.write("killed/checkpoint/lock", "1\n");
    let again = [&calibrate[..6], &["killed"]].concat();
    let done = place.run(&again);
    assert!(done.code == 2 && done.err.contains("nothing to go on from"), "{}", done.err);
    assert!(done.err.contains("--force") && !done.err.contains("steepest resume"), "{}", done.err);
    let done = place.run(&["resume", "killed"]);
    assert!(done.code == 2 && done.err.contains("killed has no flow.toml"), "{}", done.err);
    assert!(!done.err.contains("steepest new"), "{}", done.err);
    place.succeed(&[&again[..], &["--force"]].concat());
}

/// Stopped by Ctrl-C in the draws: a report of what there was, and the rest later.
#[test]
fn ctrl_c_and_on() {
    let place = Workplace::new();
    let arguments = ["sample", "x^2 / 2 + y^4", "--draws", "40000", "--set", "output.report=false", "--quiet"];
    place.succeed(&[&arguments[..], &["--out", "whole"]].concat());
    let mut child = place.command(&[&arguments[..], &["--out", "cut"]].concat()).spawn().expect("it starts");
    let patience = Instant::now();
    while !place.at("cut/checkpoint/lock").exists() && patience.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(120));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().is_ok_and(|status| status.success()));
    let code = child.wait().expect("it ends").code();
    assert!(code == Some(130) && place.at("cut/summary.json").exists(), "{code:?}");
    place.succeed(&["resume", "cut", "--quiet"]);
    assert_same(&place, "stopped", "whole", "cut");
}
