//! PREDICT: the rows of a new table, from the draws of a run that is over.
use crate::drive::{Thinned, build};
use crate::{Config, SpecError};
use std::path::Path;
use steepest_core::Batch;
use steepest_flows::observer::diagnostics::{mean, quantile};
use steepest_kernels::log_sum_exp;
use steepest_models::{Table, TableOptions};
use steepest_record::{Column, Record};

/// Draws used, at most.
const DRAWS: usize = 4000;
/// Numbers held at a time, at most.
const ROOM: usize = 4_000_000;
/// The randomness of predictions is none of the run's.
const KEY: u64 = 0x4e45_5754_4142_4c45;

/// Predictions, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// As many numbers each as there are rows.
    pub columns: Vec<Column>,
    /// Levels of a categorical response: the numbers of the columns `likeliest` and `drawn` are places among these.
    pub levels: Vec<String>,
}

/// What the posterior predicts for each row of the table at `data`.
///
/// A row whose law reads the response of rows above it is predicted from what those were.
///
/// Columns: `row` (its line in the file), `mean`, `mean_q5`, `mean_q95` (of the expected response, over the posterior; where a row model
/// states no `mean`, that of its draws alone),
/// `q5`, `q50`, `q95` (of the response itself); where the table has the response, `elpd`, the log of its predictive density.
/// A categorical response has the probability of each level instead, `p[level]` with its `_q5` and `_q95`; the `likeliest` level;
/// and one `drawn` from the prediction, for all rows by the same draw of the posterior.
///
/// # Errors
/// The run has no draws or no table; its data are gone; the new table lacks a column or has values the model cannot use.
pub fn predict(record: &Record, origin: &str, data: &Path) -> Result<Predicted, SpecError> {
    let config = Config::parse(&record.flow, origin, &[])?;
    let Some(draws) = &record.draws else {
        return Err(SpecError::input(format!("{origin}: this run has no draws to predict from")));
    };
    let model = build(&config)?;
    let Some(observations) = model.observations() else {
        return Err(SpecError::input(format!("{origin}: this model is not one of the rows of a table")));
    };
    let names = model.names();
    if names != draws.names {
        return Err(SpecError::input(format!(
            "{origin}: the data have changed since the run: it drew {}, and now the model has {}",
            draws.names.join(", "),
            names.join(", ")
        )));
    }
    let file = data.display().to_string();
    let about = |why: String| SpecError::input(if why.contains(&file) { why } else { format!("{file}: {why}") });
    let table = Table::read(data, TableOptions::default()).map_err(|error| SpecError::input(error.to_string()))?;
    let new = observations.on(&table).map_err(|error| about(error.to_string()))?;
    let sample = Thinned::of(draws, DRAWS);
    let (rows, n) = (new.rows(), sample.n);
    let (levels, width) = (new.levels(), new.levels().len().max(1));
    let of = |level: &String| ["", "_q5", "_q95"].map(|end| format!("p[{level}]{end}"));
    let told = match levels {
        [] => ["mean", "mean_q5", "mean_q95", "q5", "q50", "q95"].map(String::from).to_vec(),
        _ => levels.iter().flat_map(of).chain(["likeliest", "drawn"].map(String::from)).collect(),
    };
    let heads = ["row".to_string()].into_iter().chain(told).chain(["elpd".to_string()]);
    let mut columns: Vec<Column> = heads.map(|name| Column { name, values: Vec::with_capacity(rows) }).collect();
    let size = (ROOM / (n * width).max(1)).clamp(1, rows.max(1));
    for first in (0..rows).step_by(size) {
        let tile = first..(first + size).min(rows);
        let theta: Batch<'_> = sample.batch();
        let mut expected = vec![0.0; tile.len() * n * width];
        let [mut response, mut density] = [(); 2].map(|()| vec![0.0; tile.len() * n]);
        new.mean(tile.clone(), theta, &mut expected);
        new.one_step(tile.clone(), config.run.seed ^ KEY, 0, theta, &mut response);
        new.log_likelihood(tile.clone(), theta, &mut density);
        for (r, i) in tile.zip((0..).step_by(n)) {
            let [response, density] = [&response, &density].map(|x| &x[i..i + n]);
            let known = new.response()[r].is_finite();
            // A model that says no mean has that of its draws, whose spread is not known.
            let stated = expected[i * width..(i + n) * width].iter().any(|x| !x.is_nan());
            let mut cells = vec![table.line(new.place(r)) as f64];
            let each = expected[i * width..(i + n) * width].chunks_exact(n);
            let means: Vec<f64> =
                each.clone().map(|expected| mean(&[if stated { expected } else { response }])).collect();
            for (expected, mean) in each.zip(&means) {
                cells.extend([*mean, quantile(&[expected], 0.05), quantile(&[expected], 0.95)]);
            }
            if levels.is_empty() {
                cells.extend([0.05, 0.5, 0.95].map(|p| quantile(&[response], p)));
            } else {
                let first = |best: usize, k: usize| if means[k] > means[best] { k } else { best };
                cells.extend([(0..width).fold(0, first) as f64, response.first().copied().unwrap_or(f64::NAN)]);
            }
            cells.push(if known { log_sum_exp(density) - (n as f64).ln() } else { f64::NAN });
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.values.push(cell));
        }
    }
    if columns.last().is_some_and(|elpd| elpd.values.iter().all(|x| x.is_nan())) {
        columns.pop();
    }
    Ok(Predicted { columns, levels: levels.to_vec() })
}
