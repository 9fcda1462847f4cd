//! Every test there is, and one closing line.
use crate::{
    process::{build, cargo, steepest, target, top},
    python,
};
use std::{fs, path::PathBuf};

/// What was counted.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// Reads a line of `cargo test`: `test result: ok. 3 passed; 0 failed; 1 ignored; ...`, or `*** SKIPPED: why ***`,
    /// which a test that then passes writes to `std::io::stderr()`, past the capture of its output.
    fn cargo(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            let of =
                |what: &str| counts.split([';', '.']).find_map(|c| c.trim().strip_suffix(what)?.trim().parse().ok());
            self.passed += of("passed").unwrap_or(0);
            self.failed += of("failed").unwrap_or(0);
            self.skipped += of("ignored").unwrap_or(0);
        } else if line.starts_with("*** SKIPPED: ") {
            self.skipped += 1;
            self.passed = self.passed.saturating_sub(1);
        }
    }

    /// Reads the closing line of pytest: `1 failed, 3 passed, 1 skipped in 0.12s`.
    fn pytest(&mut self, line: &str) {
        let Some((counts, _)) = line.trim_matches(['=', ' ']).split_once(" in ") else { return };
        let pairs: Option<Vec<(u64, &str)>> =
            counts.split(", ").map(|c| c.split_once(' ').and_then(|(n, what)| Some((n.parse().ok()?, what)))).collect();
        for (n, what) in pairs.unwrap_or_default() {
            match what {
                "passed" => self.passed += n,
                "failed" | "error" | "errors" => self.failed += n,
                "skipped" => self.skipped += n,
                _ => (),
            }
        }
    }
}

/// Runs all tests. With `no_skips` a test that lacks something optional fails.
pub fn run(no_skips: bool) -> Result<(), String> {
    let mut tally = Tally::default();
    let strict = if no_skips { "1" } else { "" };
    let mut rust = cargo("test --release --workspace --no-fail-fast");
    if no_skips {
        rust = rust.env("STEEPEST_NO_SKIP", strict);
    }
    let rust_ran = rust.lines(|line| tally.cargo(line))?;
    let python_ran = python_tests(no_skips, &mut tally)?;
    println!("\n{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    if !rust_ran || !python_ran || tally.failed > 0 {
        return Err("a test failed, or could not be built".into());
    }
    if no_skips && tally.skipped > 0 {
        return Err("a test was skipped: read the lines that say SKIPPED".into());
    }
    Ok(())
}

/// crates/*/tests/python/test_*.py, in order.
fn python_files() -> Vec<PathBuf> {
    let inside = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let is_test = |p: &PathBuf| {
        let name = p.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.starts_with("test_") && name.ends_with(".py")
    };
    let mut files: Vec<_> =
        inside(top().join("crates")).flat_map(|c| inside(c.join("tests/python"))).filter(is_test).collect();
    files.sort();
    files
}

fn python_tests(no_skips: bool, tally: &mut Tally) -> Result<bool, String> {
    let files = python_files();
    if files.is_empty() {
        return Ok(true);
    }
    build()?;
    let python = match python::environment("python", "xtask/python/requirements.txt", (3, 11)..=(3, 14)) {
        Ok(python) => python,
        Err(why) => {
            tally.skipped += files.len() as u64;
            eprintln!("*** SKIPPED: the Python tests: {why} ***");
            return Ok(!no_skips);
        }
    };
    let mut pytest = crate::process::task(python)
        .args(["-B", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-W", "ignore::FutureWarning"])
        .args(&files)
        .env("STEEPEST", steepest())
        .env("STEEPEST_SCRATCH", target().join("tmp"));
    if no_skips {
        pytest = pytest.env("STEEPEST_NO_SKIP", "1");
    }
    pytest.lines(|line| tally.pytest(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lines_of_both_runners() {
        let mut tally = Tally::default();
        tally.cargo("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s");
        tally
            .cargo("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s");
        tally.cargo("*** SKIPPED: the browser test: no chromium ***");
        tally.cargo("test laws::hold ... ok");
        tally.pytest("===== 1 failed, 3 passed, 2 skipped in 0.12s =====");
        tally.pytest("4 passed in 1.02s");
        tally.pytest("the answer, found in 3 steps");
        assert_eq!(tally, Tally { passed: 12 + 3 - 1 + 3 + 4, failed: 3, skipped: 1 + 1 + 2 });
    }
}
