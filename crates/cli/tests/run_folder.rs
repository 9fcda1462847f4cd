//! A run leaves a whole folder, says what it found, and the exit code tells how it went.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

const SHORT: &[&str] = &["--draws", "300", "--warmup", "300"];

fn sample<'a>(what: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["sample", what], SHORT, more].concat()
}
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn a_fit_leaves_a_folder_and_a_summary() {
    let place = Workplace::new();
    let out = place.succeed(&["fit", "pets.csv", "adopted ~ weight + C(kind)", "--seed", "7"]);
    assert!(out.starts_with("NUTS: 4 chains, 1000 draws each, seed 7, "), "{out}");
    for name in ["parameter", "intercept", "weight", "C(kind)[cat]", "C(kind)[dog]", "ledger", "R-hat"] {
        assert!(
            out.lines().any(|line| line.trim_start_matches([' ', '✓', 'h', 'o', 'l', 'd', 's']).starts_with(name)
                || line.contains(name)),
            "{name}\n{out}"
        );
    }
    assert!(out.ends_with("report  runs/pets-7/report.html\n"), "{out}");
    assert!(!out.contains('\x1b'), "no colours in a pipe");
    for file in ["flow.toml", "summary.json", "ledger.csv", "report.html", "draws.zarr/zarr.json", "plots/forest.svg"] {
        assert!(place.at("runs/pets-7").join(file).exists(), "{file}");
    }
    // The resolved file runs from where it lies, and gives the same draws.
    let again = place.succeed(&["run", "runs/pets-7/flow.toml", "--json", "--out", "again"]);
    let first = json(&place.read("runs/pets-7/summary.json"));
    assert_eq!(json(&again)["parameters"], first["parameters"]);
    assert_eq!(first["seed"], 7);
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    let place = Workplace::new();
    let done = place.run(&sample("x^2 / 2", &["--json", "--out", "a"]));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(done.out, place.read("a/summary.json"));
    let summary = json(&done.out);
    assert_eq!(summary["schema"], 1);
    let keys: Vec<&str> = summary.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default();
    let wanted = [
        "schema",
        "row",
        "seed",
        "steps",
        "seconds",
        "gradients",
        "rate",
        "parameters",
        "log_z",
        "objective",
        "ledger",
        "extra",
    ];
    assert_eq!(keys, wanted);
    assert_eq!(summary["parameters"][0]["name"], "x");
    let quiet = place.run(&sample("x^2 / 2", &["--quiet", "--out", "b"]));
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (0, "", ""));
    let summary_of = |dir: &str| json(&place.read(&format!("{dir}/summary.json")))["parameters"].clone();
    assert_eq!(summary_of("a"), summary_of("b"), "the same seed gives the same draws");
}

#[test]
fn threads_change_no_bit() {
    let place = Workplace::new();
    let draws = |threads: &str| {
        let out = place.succeed(&sample("funnel", &["--threads", threads, "--json", "--out", threads]));
        json(&out)["parameters"].clone()
    };
    assert_eq!(draws("1"), draws("3"));
    // A file has the flag too.
    let file = |threads: &str, folder: &str| {
        let out = place.succeed(&["run", "flow.toml", "--threads", threads, "--json", "--out", folder]);
        json(&out)["parameters"].clone()
    };
    assert_eq!(file("1", "one"), file("3", "three"));
    let refused = place.run(&["run", "flow.toml", "--threads", "some"]);
    assert!(refused.code == 2 && refused.err.contains("--threads some"), "{}", refused.err);
}

#[test]
fn nothing_is_overwritten_unless_forced() {
    let place = Workplace::new();
    for folder in ["runs/expression-1", "runs/expression-1-2", "runs/expression-1-3"] {
        let out = place.succeed(&sample("x^2 / 2", &[]));
        assert!(out.ends_with(&format!("report  {folder}/report.html\n")), "{out}");
    }
    let out = ["--out", "runs/expression-1"];
    let done = place.run(&sample("x^2 / 2", &out));
    assert_eq!(
        (done.code, done.err.as_str()),
        (
            2,
            "error: output folder `runs/expression-1` already exists: choose another with --out, or replace it with --force\n"
        )
    );
    place.succeed(&sample("x^2 / 2", &[out[0], out[1], "--force", "--seed", "5"]));
    assert_eq!(json(&place.read("runs/expression-1/summary.json"))["seed"], 5);
    std::fs::create_dir(place.at("mine")).expect("a folder");
    place.write("mine/thesis.txt", "precious");
    let done = place.run(&sample("x^2 / 2", &["--out", "mine", "--force"]));
    assert_eq!(done.code, 2, "{}", done.err);
    assert_eq!(place.read("mine/thesis.txt"), "precious");
    // An empty folder is as good as none, and nobody is told to replace what is not replaced.
    std::fs::create_dir(place.at("empty")).expect("a folder");
    place.succeed(&sample("x^2 / 2", &["--out", "empty", "--quiet"]));
    assert!(place.at("empty/summary.json").is_file());
    let done = place.run(&sample("x^2 / 2", &["--out", "pets.csv"]));
    assert!(done.code == 2 && done.err.contains("is a file") && !done.err.contains("--force"), "{}", done.err);
}

#[test]
fn a_folder_that_cannot_be_written_is_found_out_before_the_run() {
    let place = Workplace::new();
    // A file stands where a folder would have to be: refused for every user, the administrator included.
    let done = place.run(&["sample", "funnel", "--draws", "1e6", "--chains", "1", "--out", "pets.csv/run"]);
    assert_eq!(done.code, 4, "{}", done.err);
    assert!(done.err.starts_with("error: cannot create `pets.csv"), "{}", done.err);
}

#[test]
fn strict_turns_a_violated_check_into_exit_code_1() {
    let place = Workplace::new();
    // Chains in different modes of a double well with a high barrier.
    let arguments = sample("25 * (x^2 - 1)^2", &["--strict", "--chains", "8"]);
    let done = place.run(&arguments);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.out.contains("✗ violated     R-hat"), "{}", done.out);
    assert!(done.out.contains("Not certified: "), "{}", done.out);
    assert_eq!(place.run(&arguments[..arguments.len() - 3]).code, 0, "without --strict");
}

#[test]
fn a_fault_saves_the_state_and_names_the_chain() {
    let place = Workplace::new();
    let done = place.run(&["sample", "(x^2 - 1)^2 / 4", "--scheme", "em", "--step", "5", "--out", "gone"]);
    assert_eq!((done.code, done.out.as_str()), (3, ""));
    assert!(done.err.starts_with("error: chain "), "{}", done.err);
    assert!(done.err.contains("\n  = the state until then is in gone.failed/state.npy\n"), "{}", done.err);
    assert!(place.at("gone.failed/state.npy").exists());
    // The folder itself is free for another try.
    assert!(!place.at("gone").exists());
    place.succeed(&sample("x^2 / 2", &["--out", "gone", "--quiet"]));
    // One that was to be replaced is as it was.
    let before = place.read("gone/summary.json");
    let done = place.run(&["sample", "(x^2 - 1)^2 / 4", "--scheme", "em", "--step", "5", "--out", "gone", "--force"]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(place.read("gone/summary.json") == before && !place.at("gone/checkpoint/state.npy").exists());
}

/// A run that never came to its first draw has checked nothing, which is no reason to trust it.
#[test]
fn nothing_checked_is_not_certified() {
    let place = Workplace::new();
    let endless = ["sample", "x^2 / 2 + y^2", "--warmup", "1e8", "--until", "seconds = 0.05", "--quiet"];
    let done = place.run(&[&endless[..], &["--strict", "--out", "a"]].concat());
    assert_eq!((done.code, done.out.as_str()), (1, ""), "{}", done.err);
    assert_eq!(done.err, "--strict: nothing was checked, the ledger is empty\n");
    place.succeed(&[&endless[..], &["--out", "b"]].concat());
    let summary = json(&place.read("b/summary.json"));
    assert_eq!((&summary["steps"], &summary["ledger"]), (&0.into(), &json("[]")));
    for parameter in summary["parameters"].as_array().expect("rows") {
        assert!(parameter["mean"].is_null() && parameter["sd"].is_null(), "{parameter}");
    }
    let told = place.succeed(&["compare", "a", "b"]);
    assert_eq!(told.matches("nothing checked").count(), 2, "{told}");
    assert!(!told.contains("holds"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_stays_one() {
    let place = Workplace::new();
    place.succeed(&sample("x^2 / 2", &["--out", "disk", "--quiet"]));
    std::os::unix::fs::symlink(place.at("disk"), place.at("link")).expect("a link");
    let done = place.run(&sample("x^2 / 2", &["--out", "link"]));
    assert!(done.code == 2 && done.err.contains("already exists"), "{}", done.err);
    place.succeed(&sample("x^2 / 2", &["--out", "link", "--force", "--seed", "5", "--quiet"]));
    assert!(place.at("link").is_symlink());
    assert_eq!(json(&place.read("disk/summary.json"))["seed"], 5);
}

#[test]
fn minimize_reaches_the_minimum() {
    let place = Workplace::new();
    let out = place.succeed(&["minimize", "(x - 3)^2 + k * (y + 1)^2", "--set", "k=10", "--json"]);
    let summary = json(&out);
    let mean = |i: usize| summary["parameters"][i]["mean"].as_f64().unwrap_or(f64::NAN);
    assert!((mean(0) - 3.0).abs() < 1e-6 && (mean(1) + 1.0).abs() < 1e-6, "{out}");
    assert!(summary["objective"]["final"].as_f64().is_some_and(|v| v.abs() < 1e-12), "{out}");
}

#[test]
fn a_report_is_made_again() {
    let place = Workplace::new();
    place.succeed(&sample("x^2 / 2", &["--out", "a", "--quiet"]));
    std::fs::remove_file(place.at("a/report.html")).expect("the report");
    std::fs::remove_dir_all(place.at("a/plots")).expect("the plots");
    assert_eq!(place.succeed(&["report", "a"]), "report  a/report.html\n");
    assert!(place.read("a/report.html").contains("<html"));
    assert!(place.at("a/plots/forest.svg").exists());
    let done = place.run(&["report", "nothing"]);
    assert_eq!((done.code, done.err.as_str()), (4, "error: `nothing`: there is no such folder\n"));
    place.succeed(&["run", "flow.toml", "--out", "b", "--set", "output.report=false", "--set", "output.plots=false"]);
    assert!(!place.at("b/report.html").exists() && !place.at("b/plots").exists());
}

/// Runs for a second and a half, presses Ctrl-C, and expects exit code 130 and a whole folder `a`; its summary.
#[cfg(unix)]
fn interrupt(place: &Workplace, arguments: &[&str]) -> Value {
    let mut command = place.command(&[arguments, &["--chains", "1", "--threads", "1", "--out", "a"]].concat());
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().expect("it starts");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().is_ok_and(|status| status.success()));
    let output = child.wait().expect("it ends");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("piped"), &mut said).expect("text");
    assert_eq!(output.code(), Some(130), "{said}");
    assert!(said.contains("stopped by Ctrl-C: a holds what there was until then"), "{said}");
    assert_eq!(place.succeed(&["report", "a"]), "report  a/report.html\n");
    json(&place.read("a/summary.json"))
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_whole_folder() {
    let summary = interrupt(&Workplace::new(), &["sample", "funnel", "--draws", "1e7"]);
    assert!(summary["steps"].as_u64().is_some_and(|steps| steps > 0 && steps < 10_000_000), "{summary}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_warm_up_leaves_a_whole_folder_without_draws() {
    let summary = interrupt(&Workplace::new(), &["sample", "funnel", "--warmup", "1e8"]);
    assert_eq!(summary["steps"], 0, "{summary}");
}
