//! MEASURES: figures by which runs are put side by side.
use steepest_record::{Record, Summary, Verdict};

/// Wall time of warm-up and run.
pub fn seconds(record: &Record) -> f64 {
    record.summary.seconds.warmup + record.summary.seconds.run
}
/// The least bulk ESS of all quantities, NaN where none has one.
pub fn least_ess(record: &Record) -> f64 {
    record.summary.parameters.iter().map(|p| p.ess_bulk).filter(|x| x.is_finite()).fold(f64::NAN, f64::min)
}
/// The largest R-hat of all quantities, NaN where none has one.
pub fn rhat(record: &Record) -> f64 {
    record.summary.parameters.iter().map(|p| p.rhat).filter(|x| x.is_finite()).fold(f64::NAN, f64::max)
}
/// Checks of the ledger with this verdict.
pub fn count(summary: &Summary, verdict: Verdict) -> usize {
    summary.ledger.iter().filter(|check| check.verdict == verdict).count()
}
/// Whether a run is one that --strict lets pass: something was checked, and nothing of it is violated.
pub fn passes(summary: &Summary) -> bool {
    !summary.ledger.is_empty() && count(summary, Verdict::Violated) == 0
}
/// The ledger in a word.
pub fn verdicts(summary: &Summary) -> String {
    match (count(summary, Verdict::Violated), count(summary, Verdict::Inconclusive)) {
        _ if summary.ledger.is_empty() => "nothing checked".into(),
        (0, 0) => "holds".into(),
        (0, n) => format!("{n} inconclusive"),
        (n, _) => format!("{n} violated"),
    }
}
/// Quantities that any of the runs reports, in the order of first appearance.
pub fn quantities<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for parameter in records.flat_map(|record| &record.summary.parameters) {
        if !names.contains(&parameter.name.as_str()) {
            names.push(&parameter.name);
        }
    }
    names
}
