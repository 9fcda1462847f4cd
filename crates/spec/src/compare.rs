//! COMPARE: runs side by side: cost, trust, parameters, and how well each model predicts what it has not seen.
use crate::SpecError;
use steepest_flows::observer::diagnostics::total;
use steepest_record::Record;

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
/// `None` where fewer than two runs have leave-one-out figures.
///
/// # Errors
/// Runs of different responses, or with different weights, which have nothing to compare.
pub fn predictions(runs: &[(String, Record)]) -> Result<Option<Vec<Predicts>>, SpecError> {
    let rows: Vec<(usize, Vec<&[f64]>)> =
        runs.iter().enumerate().filter_map(|(k, (_, r))| Some((k, left_out(r)?))).collect();
    let [(first, one), others @ ..] = rows.as_slice() else { return Ok(None) };
    if others.is_empty() {
        return Ok(None);
    }
    for (k, other) in others {
        let same = one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a[4].to_bits() == b[4].to_bits());
        if !same {
            let (a, b) = (&runs[*first].0, &runs[*k].0);
            let (n, m) = (one.len(), other.len());
            return Err(SpecError::input(format!(
                "{a} ({n} rows) and {b} ({m} rows) are runs of different responses: their elpd cannot be compared"
            )));
        }
        let (w, v) = (weights(&runs[*first].1), weights(&runs[*k].1));
        if w != v {
            let said = |weights: Option<String>| weights.map_or("not at all".into(), |column| format!("by '{column}'"));
            return Err(SpecError::input(format!(
                "rows are weighted in {} {}, and in {} {}: they stand for different data, and their elpd cannot be compared",
                runs[*first].0,
                said(w),
                runs[*k].0,
                said(v)
            )));
        }
    }
    let elpd = |rows: &[&[f64]]| total(&rows.iter().map(|row| row[0]).collect::<Vec<_>>());
    let Some((_, best)) = rows.iter().max_by(|a, b| elpd(&a.1).0.total_cmp(&elpd(&b.1).0)) else { return Ok(None) };
    let mut out: Vec<Predicts> = rows
        .iter()
        .map(|(run, rows)| {
            let apart: Vec<f64> = rows.iter().zip(best).map(|(a, b)| a[0] - b[0]).collect();
            Predicts {
                run: *run,
                elpd: elpd(rows),
                difference: total(&apart),
                parameters: rows.iter().map(|row| row[1]).sum(),
                doubtful: runs[*run].1.summary.extra["loo"]["above"].as_u64().unwrap_or(0) as usize,
            }
        })
        .collect();
    out.sort_by(|a, b| b.elpd.0.total_cmp(&a.elpd.0));
    Ok(Some(out))
}

/// The column that says how often a row counts: a row's elpd is that many times the one of an observation.
fn weights(record: &Record) -> Option<String> {
    let flow = record.flow.parse::<toml::Table>().ok()?;
    Some(flow.get("functional")?.get("weights")?.as_str()?.to_owned())
}

/// The rows of `loo.npy`: elpd, effective parameters, Pareto k, probability integral transform, response.
fn left_out(record: &Record) -> Option<Vec<&[f64]>> {
    let array = record.arrays.iter().find(|a| a.name == "loo" && a.shape.get(1) == Some(&5))?;
    record.summary.extra.get("loo")?;
    Some(array.values.chunks_exact(5).collect())
}
