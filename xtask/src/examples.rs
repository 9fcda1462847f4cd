//! A smoke run of every example: exit 0, and a ledger without a violation that its README does not announce.
use crate::commands;
use crate::process::{build, steepest, target, task, top};
use serde_json::Value;
use std::{fs, path::Path};

/// Runs examples/*/flow.toml one after the other.
pub fn run() -> Result<(), String> {
    build()?;
    let folder = top().join("examples");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .map_err(|e| format!("examples: {e}"))?
        .flatten()
        .filter(|e| e.path().join("flow.toml").exists())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut failed = 0;
    for name in &names {
        match example(&folder.join(name), name) {
            Ok(said) => println!("{name:24} ok      {said}"),
            Err(why) => {
                failed += 1;
                println!("{name:24} FAILED  {why}");
            }
        }
    }
    println!("{} commands of the README, the book and the examples work", commands::run()?);
    if failed == 0 && !names.is_empty() { Ok(()) } else { Err(format!("{failed} of {} examples failed", names.len())) }
}

fn example(folder: &Path, name: &str) -> Result<String, String> {
    let readme = fs::read_to_string(folder.join("README.md")).map_err(|e| format!("README.md: {e}"))?;
    let out = target().join("examples").join(name);
    let run = task(steepest()).arg("run").arg(folder.join("flow.toml")).arg("--out").arg(&out);
    let (ran, text, errors) = run.args(["--force", "--json", "--quiet"]).output()?;
    if !ran {
        return Err(errors.trim().to_owned());
    }
    let summary: Value = serde_json::from_str(&text).map_err(|e| format!("--json printed something else: {e}"))?;
    let ledger = summary["ledger"].as_array().map(Vec::as_slice).unwrap_or_default();
    if ledger.is_empty() {
        return Err("the ledger is empty".into());
    }
    let is = |line: &Value, verdict: &str| line["verdict"] == verdict;
    for line in ledger.iter().filter(|l| is(l, "violated")) {
        let check = line["check"].as_str().unwrap_or_default();
        if !readme.lines().any(|l| l.contains(check) && l.contains("violated")) {
            return Err(format!("`{check}` is violated: {} against {}", line["value"], line["bound"]));
        }
    }
    let holds = ledger.iter().filter(|l| is(l, "holds")).count();
    if let Some(said) = said(&readme).filter(|said| *said != holds) {
        return Err(format!("README.md says that {said} checks hold, and {holds} do"));
    }
    let seconds: f64 = ["setup", "warmup", "run"].iter().filter_map(|s| summary["seconds"][s].as_f64()).sum();
    Ok(format!("{holds} of {} checks hold, {seconds:.2} s", ledger.len()))
}

/// The number before "checks hold" in the words of a README, in digits.
fn said(readme: &str) -> Option<usize> {
    let words: Vec<&str> = readme.split_whitespace().collect();
    let at =
        words.windows(3).find(|three| three[1] == "checks" && three[2].trim_end_matches([',', '.', ';']) == "hold");
    at.and_then(|three| three[0].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn counts_are_read() {
        assert_eq!(said("The ledger certifies it: 15\nchecks hold, R-hat is 1"), Some(15));
        assert_eq!(said("friction 2, where four checks hold."), None);
        assert_eq!(said("All of them hold."), None);
    }
}
