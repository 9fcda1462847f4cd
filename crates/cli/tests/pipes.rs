//! Tables that come through a pipe, with a name or without, and through `<`.
#![cfg(target_os = "linux")]
mod workplace;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use workplace::Workplace;

/// Forty rows that lie on no line, with weights.
fn table(weight: usize) -> String {
    let rows: String = (0..40).map(|r| format!("{},{},{}\n", r * 7 % 13, r * 5 % 11, 1 + r % weight)).collect();
    format!("y,x,w\n{rows}")
}
const FIT: [&str; 10] = ["y ~ x", "--family", "student", "--draws", "50", "--warmup", "100", "--quiet", "--seed", "1"];

/// Begun, with nothing to be read from it.
fn begin(place: &Workplace, arguments: &[&str], from: Stdio) -> Child {
    let mut command = place.command(arguments);
    command.stdin(from).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}
/// Whether it came to a good end before long.
fn ends(mut child: Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(120) {
        if let Some(status) = child.try_wait().expect("a child") {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("it can be ended");
    child.wait().expect("it has ended");
    false
}
fn piped(place: &Workplace, out: &str, weight: usize, more: &[&str]) {
    let arguments = [&["fit", "/dev/stdin", "--out", out][..], &FIT, more].concat();
    let mut child = begin(place, &arguments, Stdio::piped());
    child.stdin.take().expect("a pipe").write_all(table(weight).as_bytes()).expect("it reads");
    assert!(ends(child), "{out}");
}

/// Of what came through two pipes nothing is left to be compared: they are not the same because both are empty.
#[test]
fn weights_from_pipes_are_not_the_same() {
    let place = Workplace::new();
    piped(&place, "a", 3, &["--weights", "w"]);
    piped(&place, "b", 2, &["--weights", "w"]);
    piped(&place, "c", 3, &[]);
    piped(&place, "d", 3, &[]);
    place.write("t.csv", &table(3));
    place.succeed(&[&["fit", "t.csv", "--out", "e", "--weights", "w"][..], &FIT].concat());
    for (dirs, whose) in [(["a", "b"], "a"), (["a", "e"], "a"), (["e", "b"], "b")] {
        let said = place.succeed(&[&["compare"][..], &dirs].concat());
        let why = format!("cannot be told (the table of {whose} came through a pipe (/dev/stdin))");
        assert!(said.contains(&why) && !said.contains("best first"), "{said}");
    }
    assert!(place.succeed(&["compare", "c", "d"]).contains("best first"));
}

/// A pipe with a name is read once: whoever opens it again waits for ever.
#[test]
fn a_named_pipe_is_read_once() {
    let place = Workplace::new();
    let made = Command::new("mkfifo").arg(place.at("named")).status().expect("mkfifo");
    assert!(made.success());
    let child = begin(&place, &[&["fit", "named", "--out", "run"][..], &FIT].concat(), Stdio::null());
    let path = place.at("named");
    let writer = std::thread::spawn(move || std::fs::write(path, table(3)));
    assert!(ends(child), "it waits");
    assert!(writer.join().is_ok_and(|written| written.is_ok()));
    assert!(place.read("run/notes.txt").contains("came through a pipe ("));
    place.write("new.csv", "x\n4\n");
    let done = place.run(&["predict", "run", "new.csv"]);
    assert!(done.code == 2 && done.err.contains("which cannot be read again"), "{}", done.err);
}

/// `< t.csv` is a file, which is there again for whoever is given it again.
#[test]
fn what_is_a_file_is_no_pipe() {
    let place = Workplace::new();
    place.write("t.csv", &table(3));
    place.write("other.csv", &table(2));
    place.write("new.csv", "x\n4\n");
    let from = |name: &str| Stdio::from(std::fs::File::open(place.at(name)).expect("a file"));
    let with = |name: &str, arguments: &[&str]| ends(begin(&place, arguments, from(name)));
    assert!(with("t.csv", &[&["fit", "/dev/stdin", "--out", "run"][..], &FIT].concat()));
    assert!(!place.read("run/notes.txt").contains("pipe"));
    let predict = ["predict", "run", "new.csv"];
    assert!(with("t.csv", &predict) && !with("other.csv", &predict));
    assert!(with("t.csv", &["resume", "run", "--draws", "+10", "--quiet"]));
    let done = place.run(&predict);
    assert!(done.code == 2 && done.err.contains("came through a pipe (/dev/stdin)"), "{}", done.err);
}

/// An error whose reader has gone has the exit code that it has.
#[test]
fn nobody_has_to_listen_to_an_error() {
    let place = Workplace::new();
    let mut command = place.command(&["run", "nowhere.toml"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let code = |command: &mut Command| command.stdout(Stdio::null()).status().expect("it starts").code();
    let unheard = code(command.stderr(writer));
    assert_eq!((unheard, code(command.stderr(Stdio::null()))), (Some(4), Some(4)));
}
