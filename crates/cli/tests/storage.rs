//! Disks fill up, files are cut short, people edit and start things twice: a clear word, and the last checkpoint is whole.
#![cfg(unix)]
mod workplace;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use workplace::{Done, Workplace};

/// Long enough to be caught at it; a checkpoint at every look.
fn long(place: &Workplace) {
    let flow = "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight\"\n\
                [run]\ndraws = 60000\nwarmup = 300\n[output]\ncheckpoint = 0\nreport = false\nplots = false\n";
    place.write("long.toml", flow);
}
/// Starts the long run in `dir`, and kills it when it has draws and some checkpoints.
fn cut(place: &Workplace, dir: &str) {
    long(place);
    let mut child = place.command(&["run", "long.toml", "--quiet", "--out", dir]).spawn().expect("it starts");
    let patience = Instant::now();
    // The third state that is seen after there were draws has draws, and so has the one before it.
    let (draws, state) = (place.at(&format!("{dir}/checkpoint/draws")), place.at(&format!("{dir}/checkpoint/state")));
    let mut seen = Vec::new();
    while seen.len() < 3 && patience.elapsed().as_secs() < 60 {
        let time = std::fs::metadata(&state).and_then(|state| state.modified());
        if let Some(time) = time.ok().filter(|time| draws.exists() && !seen.contains(time)) {
            seen.push(time);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("it ends");
    assert!(!place.at(&format!("{dir}/summary.json")).exists(), "it was killed too late");
}
fn said(done: &Done, code: i32, words: &[&str]) {
    assert_eq!(done.code, code, "{}", done.err);
    words.iter().for_each(|word| assert!(done.err.contains(word), "no `{word}` in {}", done.err));
}
fn bits(place: &Workplace, dir: &str) -> Vec<u8> {
    bits_of(place, dir, "weight")
}
fn bits_of(place: &Workplace, dir: &str, name: &str) -> Vec<u8> {
    std::fs::read(place.at(&format!("{dir}/draws.zarr/posterior/{name}/c/0/0"))).expect("draws")
}

#[test]
fn a_damaged_checkpoint_gives_way_to_the_one_before() {
    let place = Workplace::new();
    long(&place);
    place.succeed(&["run", "long.toml", "--quiet", "--out", "whole"]);
    // Cut short; a bit changed; gone.
    for (k, spoil) in [0, 1, 2].into_iter().enumerate() {
        let dir = format!("run{k}");
        cut(&place, &dir);
        let state = place.at(&format!("{dir}/checkpoint/state"));
        let mut bytes = std::fs::read(place.at(&format!("{dir}/checkpoint/state.previous"))).expect("a state");
        match spoil {
            0 => bytes.truncate(bytes.len() - 9),
            1 => bytes[40] ^= 16,
            _ => {}
        }
        std::fs::write(&state, &bytes).expect("it is written");
        if spoil == 2 {
            std::fs::remove_file(&state).expect("it is removed");
        }
        place.succeed(&["resume", &dir, "--quiet"]);
        assert!(bits(&place, &dir) == bits(&place, "whole"), "{dir}");
        let notes = place.read(&format!("{dir}/notes.txt"));
        assert_eq!(notes.contains("going on from the checkpoint before it"), spoil < 2, "{notes}");
    }
    // Nothing whole is left: said, with what to do.
    cut(&place, "gone");
    for name in ["state", "state.previous"] {
        std::fs::write(place.at(&format!("gone/checkpoint/{name}")), "steepest").expect("it is written");
    }
    let done = place.run(&["resume", "gone", "--quiet"]);
    said(&done, 4, &["there is no whole checkpoint in `gone/checkpoint`", "cut short", "Remove `gone/checkpoint`"]);
    // Draws that are not those that were written.
    cut(&place, "draws");
    let path = place.at("draws/checkpoint/draws");
    let mut bytes = std::fs::read(&path).expect("draws");
    bytes[3] ^= 1;
    std::fs::write(&path, bytes).expect("it is written");
    let done = place.run(&["resume", "draws", "--quiet"]);
    said(&done, 4, &["draws in it are not those that were written"]);
    std::fs::remove_dir_all(place.at("draws/checkpoint")).expect("removed");
    std::fs::create_dir(place.at("draws/checkpoint")).expect("made");
    place.succeed(&["resume", "draws", "--quiet"]);
    assert!(bits(&place, "draws") == bits(&place, "whole"));
}

#[test]
fn what_was_changed_is_named() {
    let place = Workplace::new();
    cut(&place, "run");
    let flow = place.read("run/flow.toml");
    place.write("run/flow.toml", &flow.replace("max_depth = 10", "max_depth = 9"));
    said(&place.run(&["resume", "run"]), 2, &["scheme.max_depth = 10", "now says 9", "steepest run"]);
    place.write("run/flow.toml", &flow);
    let pets = place.read("pets.csv");
    place.write("pets.csv", &pets.replace("30.5", "30.6"));
    said(&place.run(&["resume", "run"]), 2, &["the data were changed since the run was begun", "pets.csv"]);
    place.write("pets.csv", &pets);
    place.succeed(&["resume", "run", "--quiet"]);
}

#[test]
fn an_unfinished_run_is_not_overwritten() {
    let place = Workplace::new();
    cut(&place, "run");
    let again = ["run", "long.toml", "--quiet", "--out", "run"];
    said(&place.run(&again), 2, &["holds a run that was not finished", "`steepest resume run`", "--force"]);
    said(&place.run(&["report", "run"]), 4, &["this run is not finished: `steepest resume run`"]);
    place.succeed(&[&again[..], &["--force", "--set", "run.draws=10"]].concat());
    let left: Vec<_> = std::fs::read_dir(place.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with('.')), "{left:?}");
    said(&place.run(&["resume", "nothing"]), 4, &["there is no such folder"]);
    std::fs::create_dir(place.at("empty")).expect("a folder");
    said(&place.run(&["resume", "empty"]), 4, &["this is not a run folder"]);
}

/// What a SIGKILL leaves between a run that gives way and the first checkpoint of the one that takes its place.
#[test]
fn a_run_that_was_to_be_replaced_is_not_lost() {
    let place = Workplace::new();
    place.succeed(&["run", "flow.toml", "--quiet", "--out", "run", "--set", "run.draws=50"]);
    let draws = bits_of(&place, "run", "x");
    let again = ["run", "flow.toml", "--quiet", "--out", "run"];
    for shell in [&["lock"][..], &["lock", "../flow.toml"]] {
        std::fs::rename(place.at("run"), place.at(".run.replaced")).expect("moved");
        std::fs::create_dir_all(place.at("run/checkpoint")).expect("made");
        for file in shell {
            std::fs::copy(place.at("flow.toml"), place.at("run/checkpoint").join(file)).expect("a file");
        }
        // A replacement that comes to nothing once more.
        let fails = [&again[..], &["--force", "--set", "scheme.kind=em", "--set", "scheme.step=1e6"]].concat();
        said(&place.run(&fails), 3, &["run.failed/state.npy"]);
        assert!(bits_of(&place, "run", "x") == draws && !place.at(".run.replaced").exists());
    }
    std::fs::rename(place.at("run"), place.at(".run.replaced")).expect("moved");
    said(&place.run(&["report", "run"]), 4, &[".run.replaced`", "`steepest resume run` puts it back"]);
    said(&place.run(&again), 2, &["`run` already exists"]);
    assert!(bits_of(&place, "run", "x") == draws);
}

/// A SIGKILL while results are put into place: one moment in which the draws are in neither.
#[test]
fn a_kill_while_draws_are_put_into_place() {
    let place = Workplace::new();
    for (draws, dir) in [("90", "long"), ("50", "cut")] {
        place.succeed(&["run", "flow.toml", "--quiet", "--out", dir, "--set", &format!("run.draws={draws}")]);
    }
    std::fs::create_dir_all(place.at("cut/.partial/draws.zarr")).expect("made");
    std::fs::rename(place.at("cut/draws.zarr"), place.at("cut/.partial/draws.before")).expect("moved");
    std::fs::remove_file(place.at("cut/summary.json")).expect("removed");
    place.succeed(&["resume", "cut", "--quiet", "--draws", "+40"]);
    assert!(bits_of(&place, "cut", "x") == bits_of(&place, "long", "x") && !place.at("cut/.partial").exists());
}

/// Draws of a finished run that are not those that it wrote: everybody who reads them says so, and how to get them back.
#[test]
fn damaged_draws_are_named() {
    let place = Workplace::new();
    let fit = ["fit", "pets.csv", "adopted ~ weight", "--draws", "100", "--warmup", "100", "--quiet", "--out", "run"];
    place.succeed(&[&fit[..], &["--set", "output.plots=false", "--set", "output.report=false"]].concat());
    let (path, whole) = (place.at("run/draws.zarr/posterior/weight/c/0/0"), bits(&place, "run"));
    let mut flipped = whole.clone();
    flipped[807] ^= 0x80;
    let (one, none) = ("weight/c/0/0", None);
    for (bytes, blamed) in [(Some(&flipped[..]), "draws.zarr"), (Some(&whole[..80]), one), (none, one)] {
        match bytes {
            Some(bytes) => std::fs::write(&path, bytes).expect("written"),
            None => std::fs::remove_file(&path).expect("removed"),
        }
        let done = place.run(&["resume", "run", "--quiet"]);
        said(&done, 4, &["there is no whole checkpoint", blamed, "Remove `run/checkpoint`"]);
        assert!(!done.err.contains("the last checkpoint is whole"), "{}", done.err);
        for reading in [&["predict", "run", "pets.csv"][..], &["report", "run"], &["compare", "run", "run"]] {
            said(&place.run(reading), 4, &[blamed]);
        }
    }
    std::fs::write(&path, flipped).expect("written");
    said(&place.run(&["predict", "run", "pets.csv"]), 4, &["not those that the run wrote", "Remove `run/checkpoint`"]);
    std::fs::remove_dir_all(place.at("run/checkpoint")).expect("removed");
    place.succeed(&["resume", "run", "--quiet"]);
    assert!(bits(&place, "run") == whole);
    place.succeed(&["predict", "run", "pets.csv"]);
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let place = Workplace::new();
    long(&place);
    let mut first = place.command(&["run", "long.toml", "--quiet", "--out", "run"]).spawn().expect("it starts");
    let patience = Instant::now();
    while !place.at("run/checkpoint/state").exists() && patience.elapsed().as_secs() < 20 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let process = format!("process {} is writing to `run`", first.id());
    said(&place.run(&["resume", "run"]), 4, &[&process]);
    said(&place.run(&["run", "long.toml", "--out", "run", "--force"]), 4, &[&process]);
    assert!(first.try_wait().expect("it runs").is_none(), "it ended too early for this test");
    first.kill().expect("SIGKILL");
    first.wait().expect("it ends");
    // The system let go of its lock.
    place.succeed(&["resume", "run", "--quiet"]);
}

/// Files of at most so many blocks of 512 bytes, as on a disk with as much room; the write then fails, not the process.
fn on_a_small_disk(place: &Workplace, blocks: u32, arguments: &str) -> Done {
    let program = env!("CARGO_BIN_EXE_steepest");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec '{program}' {arguments}");
    let output = Command::new("sh").args(["-c", &script]).current_dir(place.path()).stdin(Stdio::null()).output();
    let output = output.expect("a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn a_full_disk_ends_the_run_and_spares_the_checkpoint() {
    let place = Workplace::new();
    long(&place);
    place.succeed(&["run", "long.toml", "--quiet", "--out", "whole"]);
    // The file of the draws outgrows the disk after some checkpoints.
    let done = on_a_small_disk(&place, 14_000, "run long.toml --quiet --out run");
    said(
        &done,
        4,
        &["cannot write `run", "Free some space", "the last checkpoint is whole: `steepest resume run` goes on"],
    );
    assert!(!place.at("run/summary.json").exists() && place.at("run/checkpoint/state").exists());
    assert!(!place.at("run/.partial").exists());
    place.succeed(&["resume", "run", "--quiet"]);
    assert!(bits(&place, "run") == bits(&place, "whole"));
    // Without a checkpoint to spare, nothing is left behind.
    let done = on_a_small_disk(&place, 4, "run long.toml --quiet --out none --set output.checkpoint=1e9");
    said(&done, 4, &["cannot write `none"]);
    assert!(!place.at("none").exists());
}
/// A folder with a checkpoint that may be read alone: said, with what to do, and the checkpoint is what it was.
#[test]
fn a_run_that_may_only_be_read_keeps_its_checkpoint() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    fn permit(path: &std::path::Path, write: bool) {
        let folder = path.is_dir();
        let mode = if write { 0o644 } else { 0o444 } | if folder { 0o111 } else { 0 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        if folder {
            std::fs::read_dir(path).expect("a folder").flatten().for_each(|entry| permit(&entry.path(), write));
        }
    }
    let place = Workplace::new();
    long(&place);
    place.succeed(&["run", "long.toml", "--quiet", "--out", "whole"]);
    cut(&place, "run");
    permit(&place.at("run"), false);
    // Root may write where nobody may, so it becomes nobody; the program has to be where that one may go.
    let program = place.at("steepest");
    std::fs::copy(env!("CARGO_BIN_EXE_steepest"), &program).expect("a copy");
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut resume = Command::new(&program);
    resume.args(["resume", "run", "--quiet"]).current_dir(place.path());
    if std::fs::write(place.at("run/probe"), "").is_ok() {
        std::fs::remove_file(place.at("run/probe")).expect("removed");
        resume.uid(65_534).gid(65_534);
    }
    let done = resume.output().expect("it starts");
    let error = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(4), "{error}");
    assert!(error.contains("Permission denied") && error.contains("make its folder writable or copy it"), "{error}");
    // One that nobody may look into is not said to be no run.
    std::fs::set_permissions(place.at("run"), std::fs::Permissions::from_mode(0o000)).expect("permissions");
    let done = resume.output().expect("it starts");
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(4) && error.contains("cannot read `run`: Permission denied"), "{error}");
    permit(&place.at("run"), true);
    place.succeed(&["resume", "run", "--quiet"]);
    assert!(bits(&place, "run") == bits(&place, "whole"));
}

/// 10^6 draws of 100 parameters, 800 MB, through 500 MB of memory.
#[cfg(target_os = "linux")]
#[test]
fn draws_stream_to_disk() {
    let place = Workplace::new();
    let arguments = ["sample", "gaussian", "--scheme", "em", "--step", "0.5", "--quiet", "--out", "run"];
    let more = ["--set", "functional.settings.d=100", "--set", "output.report=false", "--draws", "250000"];
    let mut child = place.command(&[&arguments[..], &more].concat()).spawn().expect("it starts");
    let (path, mut highest) = (format!("/proc/{}/status", child.id()), 0);
    let code = loop {
        // The highest so far, in KiB; a process that has ended has none.
        let status = std::fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        highest = highest.max(now.unwrap_or(0));
        match child.try_wait().expect("it can be waited for") {
            Some(status) => break status.code(),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert_eq!(code, Some(0));
    let bytes = std::fs::metadata(place.at("run/draws.zarr/posterior/x/c/0/0/0")).expect("draws").len();
    assert_eq!(bytes, 800_000_000);
    assert!((20_000..500_000).contains(&highest), "{highest} KiB");
    assert!(place.read("run/notes.txt").contains("Numbers rest on all 250000 draws a chain"));
}
