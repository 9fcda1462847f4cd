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

/// What the posterior predicts for each row of the table at `data`.
///
/// A row whose law reads the response of rows above it is predicted from what those were.
///
/// Columns: `row` (its line in the file), `mean`, `mean_q5`, `mean_q95` (of the expected response, over the posterior; where a row model
/// states no `mean`, that of its draws alone),
/// `q5`, `q50`, `q95` (of the response itself); where the table has the response, `elpd`, the log of its predictive density.
///
/// # Errors
/// The run has no draws or no table; its data are gone; the new table lacks a column or has values the model cannot use.
pub fn predict(record: &Record, origin: &str, data: &Path) -> Result<Vec<Column>, SpecError> {
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
    let heads = ["row", "mean", "mean_q5", "mean_q95", "q5", "q50", "q95", "elpd"];
    let mut columns = heads.map(|name| Column { name: name.into(), values: Vec::with_capacity(rows) });
    let size = (ROOM / n.max(1)).clamp(1, rows.max(1));
    for first in (0..rows).step_by(size) {
        let tile = first..(first + size).min(rows);
        let theta: Batch<'_> = sample.batch();
        let [mut expected, mut response, mut density] = [(); 3].map(|()| vec![0.0; tile.len() * n]);
        new.mean(tile.clone(), theta, &mut expected);
        new.one_step(tile.clone(), config.run.seed ^ KEY, 0, theta, &mut response);
        new.log_likelihood(tile.clone(), theta, &mut density);
        for (r, i) in tile.zip((0..).step_by(n)) {
            let [expected, response, density] = [&expected, &response, &density].map(|x| &x[i..i + n]);
            let known = new.response()[r].is_finite();
            // A model that says no mean has that of its draws, whose spread is not known.
            let stated = expected.iter().any(|x| !x.is_nan());
            let cells = [
                table.line(new.place(r)) as f64,
                mean(&[if stated { expected } else { response }]),
                quantile(&[expected], 0.05),
                quantile(&[expected], 0.95),
                quantile(&[response], 0.05),
                quantile(&[response], 0.5),
                quantile(&[response], 0.95),
                if known { log_sum_exp(density) - (n as f64).ln() } else { f64::NAN },
            ];
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.values.push(cell));
        }
    }
    let mut columns = columns.to_vec();
    if columns.last().is_some_and(|elpd| elpd.values.iter().all(|x| x.is_nan())) {
        columns.pop();
    }
    Ok(columns)
}
