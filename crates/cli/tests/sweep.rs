//! A sweep over knobs: a run for each combination, one table, and nothing done twice.
mod workplace;
use workplace::Workplace;

#[test]
fn every_combination_is_run_and_put_side_by_side() {
    let place = Workplace::new();
    let arguments = [
        "sweep",
        "flow.toml",
        "--over",
        "run.seed=1,2",
        "--over",
        "scheme.target_accept=0.7..0.9:3",
        "--set",
        "run.draws=200",
        "--set",
        "run.warmup=200",
        "--out",
        "swept",
        "--quiet",
    ];
    let text = place.succeed(&arguments);
    assert!(text.starts_with("run.seed"), "{text}");
    let csv = place.read("swept/sweep.csv");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 7, "{csv}");
    assert!(lines[0].starts_with("run,run.seed,scheme.target_accept,") && lines[0].ends_with("mean x,mean y"), "{csv}");
    assert!(lines[5].starts_with("5-seed-2-target_accept-0.8,2,0.8,"), "{csv}");
    let page = place.read("swept/sweep.html");
    assert!(page.contains("ESS/s against run.seed") && page.contains("scheme.target_accept = 0.9"));
    // The runs are those that one by one would be made.
    let alone = [
        "run",
        "flow.toml",
        "--set",
        "run.seed=2",
        "--set",
        "scheme.target_accept=0.8",
        "--set",
        "run.draws=200",
        "--set",
        "run.warmup=200",
        "--out",
        "alone",
        "--quiet",
    ];
    place.succeed(&alone);
    let mean = |file: &str| {
        let summary: serde_json::Value = serde_json::from_str(&place.read(file)).expect("JSON");
        summary["parameters"][0]["mean"].as_f64().expect("a number")
    };
    assert_eq!(mean("alone/summary.json"), mean("swept/5-seed-2-target_accept-0.8/summary.json"));
    // Done once: the folders are not touched again, but one that is gone is made.
    let stamp = |k: &str| {
        std::fs::metadata(place.at(&format!("swept/{k}/summary.json"))).and_then(|m| m.modified()).expect("a time")
    };
    let before = stamp("1-seed-1-target_accept-0.7");
    std::fs::remove_dir_all(place.at("swept/2-seed-1-target_accept-0.8")).expect("a folder");
    assert_eq!(place.succeed(&arguments).lines().count(), text.lines().count());
    assert_eq!(before, stamp("1-seed-1-target_accept-0.7"));
    assert!(place.at("swept/2-seed-1-target_accept-0.8/summary.json").is_file());
    // What Ctrl-C stopped is gone on with.
    place.write("swept/1-seed-1-target_accept-0.7.unfinished", "");
    place.succeed(&arguments);
    assert!(
        before < stamp("1-seed-1-target_accept-0.7")
            && !place.at("swept/1-seed-1-target_accept-0.7.unfinished").exists()
    );
}

#[test]
fn a_knob_turned_too_far_leaves_the_others() {
    let place = Workplace::new();
    place.write("down.toml", "[functional]\nkind = \"expression\"\nenergy = \"x^4 + y^2\"\n[state]\nkind = \"point\"\nstart = [3, 1]\n[scheme]\nkind = \"gradient-descent\"\n[run]\nsteps = 200\n");
    let done = place.run(&["sweep", "down.toml", "--over", "scheme.step=0.01,10,0.02", "--out", "steps", "--quiet"]);
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    assert!(done.out.contains("broke down") && place.read("steps/sweep.csv").lines().count() == 4, "{}", done.out);
}

#[test]
fn slips_are_told_before_anything_is_run() {
    let place = Workplace::new();
    for (over, said) in [
        ("scheme.stpe=1,2", "--over scheme.stpe=1"),
        ("scheme.target_accept=0.8,2", "target_accept"),
        ("run.seed", "no `=`"),
        ("run.seed=log:0..1:3", "positive"),
    ] {
        let done = place.run(&["sweep", "flow.toml", "--over", over, "--out", "no"]);
        assert!(done.code == 2 && done.err.contains(said), "{over}: {}", done.err);
        assert!(!place.at("no").exists(), "{over}");
    }
    place.succeed(&[
        "sweep",
        "flow.toml",
        "--over",
        "run.seed=1,2",
        "--set",
        "run.draws=50",
        "--set",
        "run.warmup=50",
        "--out",
        "mine",
        "--quiet",
    ]);
    let done = place.run(&[
        "sweep",
        "flow.toml",
        "--over",
        "run.seed=1,2",
        "--set",
        "run.draws=60",
        "--set",
        "run.warmup=40",
        "--out",
        "mine",
        "--quiet",
    ]);
    assert!(done.code == 2 && done.err.contains("warmup"), "{}", done.err);
    // The value comes from the command line, so that nothing is to be put back in a file.
    assert!(done.err.contains("mine/1-seed-1 was begun with run.warmup = 50"), "{}", done.err);
    assert!(["--force", "--out"].iter().all(|flag| done.err.contains(flag)), "{}", done.err);
    assert!(!done.err.contains("flow.toml"), "{}", done.err);
}

/// A formula is wrong only for the table that it is of: the models are built before the first run.
#[test]
fn models_are_built_before_anything_is_run() {
    let place = Workplace::new();
    place.write(
        "pets.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ 1\"\n[run]\ndraws = 50\nwarmup = 50\n\
         [output]\nreport = false\nplots = false\n",
    );
    let sweep = |formulas: &str, out: &str| {
        let over = format!("functional.formula={formulas}");
        place.run(&["sweep", "pets.toml", "--over", &over, "--over", "run.seed=1,2", "--out", out, "--quiet"])
    };
    let done = sweep("adopted ~ weight,adopted ~ wieght", "slip");
    assert!(done.code == 2 && done.err.contains("did you mean 'weight'?"), "{}", done.err);
    assert!(!place.at("slip").exists());
    let done = sweep("adopted ~ weight,adopted ~ 1", "fine");
    assert!(done.code == 0 && place.read("fine/sweep.csv").lines().count() == 5, "{}", done.err);
}

/// What is done before something goes wrong is put side by side all the same.
#[test]
fn what_is_done_is_written() {
    let place = Workplace::new();
    let sweep = ["sweep", "flow.toml", "--over", "run.seed=1,2,3", "--out", "swept", "--quiet"];
    let short = ["--set", "run.draws=50", "--set", "run.warmup=50"];
    // A file lies where the second run should be.
    std::fs::create_dir(place.at("swept")).expect("a folder");
    place.write("swept/2-seed-2", "mine");
    let done = place.run(&[&sweep[..], &short].concat());
    assert!(done.code == 2 && done.err.contains("2-seed-2` is a file"), "{}", done.err);
    assert_eq!(place.read("swept/sweep.csv").lines().count(), 2);
    assert!(place.at("swept/sweep.html").is_file() && done.out.contains("report  swept/sweep.html"), "{}", done.out);
    std::fs::remove_file(place.at("swept/2-seed-2")).expect("a file");
    place.succeed(&[&sweep[..], &short].concat());
    assert_eq!(place.read("swept/sweep.csv").lines().count(), 4);
}

#[test]
fn a_sweep_does_not_move_into_a_run() {
    let place = Workplace::new();
    place.succeed(&["run", "flow.toml", "--out", "run", "--quiet", "--set", "run.draws=50"]);
    for force in [&[][..], &["--force"]] {
        let sweep = ["sweep", "flow.toml", "--over", "run.seed=1,2", "--out", "run", "--quiet"];
        let done = place.run(&[&sweep[..], force].concat());
        assert!(done.code == 2 && done.err.contains("run is the folder of a run"), "{}", done.err);
        assert!(!place.at("run/1-seed-1").exists() && !place.at("run/sweep.csv").exists());
    }
    let done = place.run(&["sweep", "flow.toml", "--over", "run.seed=1..1000000000:1000000000", "--out", "many"]);
    assert!(done.code == 2 && done.err.contains("1000000000 runs; 10000 are the most"), "{}", done.err);
}
