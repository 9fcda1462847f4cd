//! COMPARE: runs side by side, on a terminal and as a page.
use crate::failure::Failure;
use crate::summary::{aligned, grouped, number, short};
use crate::write_all;
use std::path::{Path, PathBuf};
use steepest_record::{Folder, Record, Summary, Verdict};
use steepest_spec::{SpecError, predictions};

/// Parameters shown at most; each run's summary.json has all of its own.
const PARAMETERS: usize = 40;

/// `steepest compare`
pub fn compare(dirs: &[PathBuf], out: Option<&Path>) -> Result<u8, Failure> {
    let mut runs: Vec<(String, Record)> = Vec::new();
    for dir in dirs {
        runs.push((name(dir, dirs), Folder::read(dir)?));
    }
    let mut text = costs(&runs);
    let predicts = predictions(&runs)?;
    if let Some(predicts) = &predicts {
        let heads = ["elpd", "se", "difference", "se", "parameters", "k too large"];
        let rows = predicts.iter().map(|p| {
            let cells = [p.elpd.0, p.elpd.1, p.difference.0, p.difference.1, p.parameters].map(number);
            (runs[p.run].0.clone(), cells.into_iter().chain([p.doubtful.to_string()]).collect())
        });
        text += &format!("\nleave-one-out, best first\n{}", aligned("run", &heads, rows.collect()));
    }
    text += &parameters(&runs);
    if let Some(path) = out {
        let page = steepest_report::comparison(&runs, &text);
        std::fs::write(path, page).map_err(|cause| SpecError::io("write", path, cause))?;
        text += &format!("\nreport  {}\n", path.display());
    }
    write_all(&text)?;
    Ok(0)
}

/// The last part of a path, or all of it where two runs share that.
fn name(dir: &Path, dirs: &[PathBuf]) -> String {
    let last = |dir: &Path| dir.file_name().map(|name| name.to_string_lossy().into_owned());
    let shared = dirs.iter().filter(|other| last(other) == last(dir)).count() > 1;
    last(dir).filter(|_| !shared).unwrap_or_else(|| dir.display().to_string())
}

fn costs(runs: &[(String, Record)]) -> String {
    let heads = ["row", "draws", "gradients", "seconds", "least ESS", "ESS/s", "R-hat", "ledger"];
    let rows = runs.iter().map(|(name, record)| {
        let s = &record.summary;
        let seconds = s.seconds.warmup + s.seconds.run;
        let least = s.parameters.iter().map(|p| p.ess_bulk).filter(|x| x.is_finite()).fold(f64::NAN, f64::min);
        let rhat = s.parameters.iter().map(|p| p.rhat).filter(|x| x.is_finite()).fold(f64::NAN, f64::max);
        let draws = record.draws.as_ref().map_or(s.steps, |d| (d.chains * d.draws) as u64);
        let cells = vec![
            s.row.clone(),
            grouped(draws),
            grouped(s.gradients),
            number(seconds),
            number(least),
            number(least / seconds),
            number(rhat),
            verdicts(s),
        ];
        (name.clone(), cells)
    });
    aligned("run", &heads, rows.collect())
}

/// The ledger in a word.
fn verdicts(summary: &Summary) -> String {
    let count = |verdict| summary.ledger.iter().filter(|check| check.verdict == verdict).count();
    match (count(Verdict::Violated), count(Verdict::Inconclusive)) {
        (0, 0) => "holds".into(),
        (0, n) => format!("{n} inconclusive"),
        (n, _) => format!("{n} violated"),
    }
}

/// Mean and sd of what any run reports, in the order of first appearance.
fn parameters(runs: &[(String, Record)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for parameter in runs.iter().flat_map(|(_, record)| &record.summary.parameters) {
        if !names.contains(&parameter.name.as_str()) {
            names.push(&parameter.name);
        }
    }
    let cell = |record: &Record, name: &str| match record.summary.parameters.iter().find(|p| p.name == name) {
        Some(p) if p.sd.is_finite() => format!("{} ({})", number(p.mean), number(p.sd)),
        Some(p) => number(p.mean),
        None => "-".into(),
    };
    let row = |name: &&str| (short(name), runs.iter().map(|(_, record)| cell(record, name)).collect());
    let heads: Vec<&str> = runs.iter().map(|(name, _)| name.as_str()).collect();
    let rows: Vec<(String, Vec<String>)> = names.iter().take(PARAMETERS).map(row).collect();
    let more = names.len().saturating_sub(PARAMETERS);
    let rest = if more > 0 { format!("... and {more} more\n") } else { String::new() };
    format!("\nmean (sd)\n{}{rest}", aligned("parameter", &heads, rows))
}
