//! COMPARE: runs side by side, on a terminal, as a page or as a table.
use crate::csv::{self, cell, quoted};
use crate::failure::Failure;
use crate::measures::{count, least_ess, quantities, rhat, seconds, verdicts};
use crate::place::free;
use crate::summary::{aligned, beside, digits_of, grouped, number, short};
use crate::write_all;
use std::path::{Path, PathBuf};
use steepest_record::{Check, Folder, Identity, Record, Verdict};
use steepest_report::verdict::{class, told_apart};
use steepest_report::{Line, ledgers};
use steepest_spec::{Predicts, SpecError, predictions};

/// Parameters shown at most; each run's summary.json has all of its own.
const PARAMETERS: usize = 40;

/// `steepest compare`
pub fn compare(dirs: &[PathBuf], out: Option<&Path>, force: bool) -> Result<u8, Failure> {
    // Before the runs are read: a slip in a name should cost nothing.
    let out = out.map(|path| Ok::<_, SpecError>((path, is_page(path, force)?))).transpose()?;
    let mut runs: Vec<(String, Record)> = Vec::new();
    for dir in dirs {
        runs.push((name(dir, dirs), Folder::read(dir)?));
    }
    let begun: Vec<Option<Identity>> = dirs.iter().map(|dir| Identity::of_run(dir)).collect();
    let mut text = costs(&runs);
    let predicts = match predictions(&runs, &begun) {
        Ok(predicts) => predicts.unwrap_or_default(),
        // All else can be put side by side whatever the runs are of.
        Err(why) => {
            text += &format!("\nleave-one-out is left out\n{why}\n");
            Vec::new()
        }
    };
    if !predicts.is_empty() {
        let rows = predicts.iter().map(|p| {
            let cells = figures(p).map(number).into_iter().chain([p.doubtful.to_string()]);
            (runs[p.run].0.clone(), cells.collect())
        });
        text += &format!("\nleave-one-out, best first\n{}", aligned("run", &PREDICTS, rows.collect()));
    }
    text += &parameters(&runs);
    let lines = ledgers(&runs);
    text += &checks(&runs, &lines);
    if let Some((path, page)) = out {
        let file = if page { steepest_report::comparison(&runs, &text) } else { table(&runs, &predicts, &lines) };
        csv::write(path, &file)?;
        text += &format!("\nreport  {}\n", path.display());
    }
    write_all(&text)?;
    Ok(0)
}

/// Whether a file is to be a page, by its ending, and not a table.
fn is_page(path: &Path, force: bool) -> Result<bool, SpecError> {
    let ending = path.extension().unwrap_or_default();
    let [page, table] = ["html", "csv"].map(|known| ending.eq_ignore_ascii_case(known));
    if !page && !table {
        let shown = path.display();
        return Err(SpecError::input(format!(
            "{shown}: expected a name that ends in .html (a page) or .csv (a table)"
        )));
    }
    free(path, force)?;
    Ok(page)
}

/// What is said of a run that leaves rows out.
const PREDICTS: [&str; 6] = ["elpd", "se", "difference", "se", "parameters", "k too large"];
fn figures(p: &Predicts) -> [f64; 5] {
    [p.elpd.0, p.elpd.1, p.difference.0, p.difference.1, p.parameters]
}

/// One line a run: cost, checks, leave-one-out, then mean and sd of every quantity, then verdict and value of every check.
fn table(runs: &[(String, Record)], predicts: &[Predicts], lines: &[Line<'_>]) -> String {
    let names = quantities(runs.iter().map(|(_, record)| record));
    let heads =
        ["run", "row", "draws", "gradients", "seconds", "least ESS", "ESS/s", "R-hat", "violated", "inconclusive"];
    let left_out = ["elpd", "elpd se", "difference", "difference se", "effective parameters", "k too large"];
    let heads = heads.iter().chain(&left_out).map(|head| (*head).to_owned());
    let of = names.iter().flat_map(|name| ["mean", "sd"].map(|what| quoted(&format!("{what} {name}"))));
    let checked =
        lines.iter().flat_map(|line| ["verdict", "value"].map(|what| quoted(&format!("{what} {}", line.name))));
    let mut text = heads.chain(of).chain(checked).collect::<Vec<String>>().join(",") + "\n";
    for (k, (name, record)) in runs.iter().enumerate() {
        let (s, least) = (&record.summary, least_ess(record));
        let checks = [Verdict::Violated, Verdict::Inconclusive].map(|verdict| count(s, verdict) as f64);
        let (drawn, time) = (draws(record) as f64, seconds(record));
        let cost = [drawn, s.gradients as f64, time, least, least / time, rhat(record)];
        let left_out = match predicts.iter().find(|p| p.run == k) {
            Some(p) => figures(p).into_iter().chain([p.doubtful as f64]).collect(),
            None => vec![f64::NAN; left_out.len()],
        };
        let found = |name: &&str| match s.parameters.iter().find(|p| p.name == **name) {
            Some(p) => [p.mean, p.sd],
            None => [f64::NAN; 2],
        };
        let numbers = cost.into_iter().chain(checks).chain(left_out).chain(names.iter().flat_map(found));
        let checked = lines.iter().flat_map(|line| match line.found[k] {
            Some(check) => [class(check.verdict).to_owned(), cell(check.value)],
            None => [String::new(), String::new()],
        });
        let cells = [quoted(name), quoted(&s.row)].into_iter().chain(numbers.map(cell)).chain(checked);
        text += &(cells.collect::<Vec<String>>().join(",") + "\n");
    }
    text
}

/// The last part of a path, or all of it where two runs share that.
fn name(dir: &Path, dirs: &[PathBuf]) -> String {
    let last = |dir: &Path| dir.file_name().map(|name| name.to_string_lossy().into_owned());
    let shared = dirs.iter().filter(|other| last(other) == last(dir)).count() > 1;
    last(dir).filter(|_| !shared).unwrap_or_else(|| dir.display().to_string())
}

/// Draws of all chains; where there are none, strides.
fn draws(record: &Record) -> u64 {
    record.draws.as_ref().map_or(record.summary.steps, |d| (d.chains * d.draws) as u64)
}

fn costs(runs: &[(String, Record)]) -> String {
    let heads = ["row", "draws", "gradients", "seconds", "least ESS", "ESS/s", "R-hat", "ledger"];
    let rows = runs.iter().map(|(name, record)| {
        let s = &record.summary;
        let (seconds, least) = (seconds(record), least_ess(record));
        let cells = vec![
            s.row.clone(),
            grouped(draws(record)),
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
        Some(p) if p.sd.is_finite() => format!("{} ({})", beside(p.mean, p.sd), number(p.sd)),
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

/// What each run says of the checks that do not hold in all, and how many others there are.
fn checks(runs: &[(String, Record)], lines: &[Line<'_>]) -> String {
    if runs.len() < 2 || lines.is_empty() {
        return String::new();
    }
    let said = |check: &Check| format!("{} {}", class(check.verdict), told_apart(check, digits_of)[0]);
    let cell = |check: &Option<&Check>| check.map_or_else(|| "-".to_owned(), said);
    let open = lines.iter().filter(|line| !line.holds());
    let rows: Vec<(String, Vec<String>)> =
        open.map(|line| (line.name.to_owned(), line.found.iter().map(cell).collect())).collect();
    let rest: String = match (rows.len(), lines.len() - rows.len()) {
        (0, 1) => "the one check holds in every run\n".into(),
        (0, all) => format!("all {all} checks hold in every run\n"),
        (_, 0) => String::new(),
        (_, 1) => "... and 1 other holds in every run\n".into(),
        (_, more) => format!("... and {more} others hold in every run\n"),
    };
    let heads: Vec<&str> = runs.iter().map(|(name, _)| name.as_str()).collect();
    let table = if rows.is_empty() { String::new() } else { aligned("check", &heads, rows) };
    format!("\nledger\n{table}{rest}")
}
