//! The chores of the repository: `cargo xtask test | docs | examples | bench`.
use std::process::ExitCode;

mod bench;
mod commands;
mod docs;
mod examples;
mod process;
mod python;
mod test;

const HELP: &str = "\
The chores of the repository.

  cargo xtask test [--no-skips]           every test: Rust, doctests, Python
  cargo xtask docs                        the API documentation, warnings denied
  cargo xtask examples                    every examples/*/flow.toml and its ledger, every command the book shows
  cargo xtask bench NAME                  times `steepest`: langevin, nuts, manychain, metrics, riemannian, cost
        [--vs-peers]                      beside its peers, in the same run
        [--size tiny|small|full]          how much work (default full)
        [--rounds N]                      how many times each (default 3)
        [--case NAME] [--peer NAME]       one of them alone

A test that needs something optional (a browser, an interpreter) says `SKIPPED: ...` where that is missing;
--no-skips, or STEEPEST_NO_SKIP=1, makes it a failure.
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let flags: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match flags.as_slice() {
        ["test"] => test::run(process::set("STEEPEST_NO_SKIP")),
        ["test", "--no-skips"] => test::run(true),
        ["docs"] => docs::run(),
        ["examples"] => examples::run(),
        ["bench", rest @ ..] => bench::Request::parse(rest).and_then(|r| bench::run(&r)),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("`cargo xtask {}` is not a chore\n\n{HELP}", other.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
