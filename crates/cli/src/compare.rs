//! COMPARE: runs side by side, on a terminal and as a page.
use crate::csv;
use crate::failure::Failure;
use crate::measures::{least_ess, quantities, rhat, seconds, verdicts};
use crate::summary::{aligned, grouped, number, short};
use crate::write_all;
use std::path::{Path, PathBuf};
use steepest_record::{Folder, Record};
use steepest_spec::predictions;

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
        csv::write(path, &steepest_report::comparison(&runs, &text))?;
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
        let (seconds, least) = (seconds(record), least_ess(record));
        let draws = record.draws.as_ref().map_or(s.steps, |d| (d.chains * d.draws) as u64);
        let cells = vec![
            s.row.clone(),
            grouped(draws),
            grouped(s.gradients),
            number(seconds),
            number(least),
            number(least / seconds),
            number(rhat(record)),
            verdicts(s),
        ];
        (name.clone(), cells)
    });
    aligned("run", &heads, rows.collect())
}

/// Mean and sd of what any run reports, in the order of first appearance.
fn parameters(runs: &[(String, Record)]) -> String {
    let names = quantities(runs.iter().map(|(_, record)| record));
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
