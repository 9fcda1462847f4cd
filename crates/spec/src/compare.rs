//! COMPARE: runs side by side: cost, trust, parameters, and how well each model predicts what it has not seen.
mod said;
mod seen;
use crate::SpecError;
use seen::Seen;
use steepest_flows::observer::diagnostics::total;
use steepest_record::{Identity, Record};

/// How one of several models of the same response predicts, leave-one-out.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicts {
    /// Its place among the runs given.
    pub run: usize,
    /// Expected log predictive density and its standard error.
    pub elpd: (f64, f64),
    /// Its elpd less the best one's, and the standard error of the difference.
    pub difference: (f64, f64),
    /// Effective parameters.
    pub parameters: f64,
    /// Rows whose Pareto k is too large to rely on.
    pub doubtful: usize,
}

/// The runs by elpd, best first, their differences taken row by row `[VehtariGelmanGabry2017, Eq. 24]`.
///
/// `begun` has what each was begun with, as far as its folder says so: whether rows that are weighted, or counts out of a number
/// of trials, are the same data in two runs is in their tables alone. `None` where fewer than two runs have leave-one-out figures.
///
/// # Errors
/// Runs of different responses, with different weights or trials, of probabilities and of densities, or of likelihoods that may lack a
/// constant: there is nothing to compare.
pub fn predictions(runs: &[(String, Record)], begun: &[Option<Identity>]) -> Result<Option<Vec<Predicts>>, SpecError> {
    let each = runs.iter().enumerate();
    let seen: Vec<Seen<'_>> =
        each.filter_map(|(k, run)| Seen::of(k, run, begun.get(k).and_then(Option::as_ref))).collect();
    let [first, others @ ..] = seen.as_slice() else { return Ok(None) };
    if others.is_empty() {
        return Ok(None);
    }
    if let Some(why) = others.iter().find_map(|other| first.apart(other)) {
        return Err(SpecError::input(format!("{why} their elpd cannot be compared")));
    }
    let elpd = |rows: &[&[f64]]| total(&rows.iter().map(|row| row[0]).collect::<Vec<_>>());
    let best = seen.iter().max_by(|a, b| elpd(&a.rows).0.total_cmp(&elpd(&b.rows).0));
    let Some(best) = best else { return Ok(None) };
    let mut out: Vec<Predicts> = seen
        .iter()
        .map(|Seen { run, record, rows, .. }| {
            let apart: Vec<f64> = rows.iter().zip(&best.rows).map(|(a, b)| a[0] - b[0]).collect();
            Predicts {
                run: *run,
                elpd: elpd(rows),
                difference: total(&apart),
                parameters: rows.iter().map(|row| row[1]).sum(),
                doubtful: record.summary.extra["loo"]["above"].as_u64().unwrap_or(0) as usize,
            }
        })
        .collect();
    out.sort_by(|a, b| b.elpd.0.total_cmp(&a.elpd.0));
    Ok(Some(out))
}
