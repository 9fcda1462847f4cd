//! PREDICT: the rows of a new table, from the draws of a run that is over.
mod kept;
use crate::drive::{Thinned, UP_TO_A_CONSTANT, build, unread};
use crate::identity::read_again;
use crate::{Config, Functional, Missing, Problem, SpecError};
use kept::Kept;
use std::collections::HashSet;
use std::path::Path;
use steepest_core::Batch;
use steepest_flows::observer::diagnostics::{mean, quantile};
use steepest_kernels::log_sum_exp;
use steepest_models::{ModelError, Observations, Table, TableError, TableOptions};
use steepest_record::{Array, Column, Record};

/// Draws used, at most.
const DRAWS: usize = 4000;
/// Numbers held at a time, at most.
const ROOM: usize = 4_000_000;
/// The randomness of predictions is none of the run's.
const KEY: u64 = 0x4e45_5754_4142_4c45;
/// What is said of a response that is a number.
const NUMBERS: [&str; 6] = ["mean", "mean_q5", "mean_q95", "q5", "q50", "q95"];

/// Predictions, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// As many numbers each as there are rows.
    pub columns: Vec<Column>,
    /// Levels of a response that is one of several: numbers of the columns `likeliest` and `drawn` are places among these.
    pub levels: Vec<String>,
    /// What else there is to know: rows that are left out, densities up to a constant.
    pub notes: Vec<String>,
    /// The responses that all this is of, draws by rows, where they were asked for: chain after chain, rows as those of `columns`.
    /// Levels are numbers where they are such in order, else places among `levels`.
    pub draws: Option<Array>,
}

/// What the posterior predicts for each row of the table at `data`.
///
/// A row whose law reads the response of rows above it is predicted from what those were.
///
/// Columns: `row` (its line in the file), `mean`, `mean_q5`, `mean_q95` (of the expected response, over the posterior; where a row model
/// states no `mean`, that of its draws alone),
/// `q5`, `q50`, `q95` (of the response itself); where the table has the response, `elpd`, the log of its predictive density.
/// A response that is one of several levels has the probability of each instead, `p[level]` with its `_q5` and `_q95`; the `likeliest`
/// level; and one `drawn` from the prediction, for all rows by the same draw of the posterior. Where they are numbers in order, `mean`
/// and the others follow, in those numbers. Quantiles of a response that has whole numbers or levels are such.
///
/// What is more than a number can hold is infinite.
///
/// The table is read as that of the run was, as far as its flow.toml says how; rows with gaps are left out where they were there
/// (`missing`), and a note says which. Of more than 4,000 draws so many, evenly spaced, are used.
///
/// # Errors
/// The run has no draws or no table, or does not say what its response is; its data are gone, or came through a pipe; the new table
/// lacks a column or has values the model cannot use.
pub fn predict(record: &Record, origin: &str, data: &Path) -> Result<Predicted, SpecError> {
    predicted(record, origin, data, false)
}

/// As [`predict`], with the simulated responses, [`Predicted::draws`].
///
/// # Errors
/// Those of [`predict`]; the model does not say how to draw a response, or memory does not hold so many.
pub fn predict_with_draws(record: &Record, origin: &str, data: &Path) -> Result<Predicted, SpecError> {
    predicted(record, origin, data, true)
}

fn predicted(record: &Record, origin: &str, data: &Path, keep: bool) -> Result<Predicted, SpecError> {
    let config = Config::parse(&record.flow, origin, &[])?;
    let Some(draws) = &record.draws else {
        return Err(SpecError::input(format!("{origin}: this run has no draws to predict from")));
    };
    read_again(&config)?;
    let model = build(&config)?;
    let Some(observations) = model.observations() else {
        return Err(SpecError::input(format!("{origin}: this model is not one of the rows of a table")));
    };
    let names = model.names();
    if names != draws.names {
        return Err(SpecError::input(format!(
            "{origin}: the model is not the one of the run: flow.toml or the data were changed since it drew {}; now the model \
             has {}",
            draws.names.join(", "),
            names.join(", ")
        )));
    }
    if let Functional::Rows { response: None, mean: None, ll, nll, .. } = &config.functional {
        let column = ll.as_ref().or(nll.as_ref()).and_then(|text| variate(text)).unwrap_or("COLUMN");
        let message = "this model cannot predict: it does not say which column is the response";
        let problem = config.problem("functional.data", message);
        return Err(problem.note(format!("write response = \"{column}\" in [functional]")).into());
    }
    if let Functional::Rows { mean: None, .. } = &config.functional
        && !observations.drawable()
    {
        let message = "this model cannot predict: it says neither what is expected of a response nor how to draw one";
        let note = "give [functional] a `mean`, or simulate = \"normal(mu, s)\", or whatever the law is";
        return Err(config.problem("functional.data", message).note(note).into());
    }
    if keep && !observations.drawable() {
        let message = "this model has no draws of a response: it does not say how to draw one";
        let note = "give [functional] simulate = \"normal(mu, s)\", or whatever the law is";
        return Err(config.problem("functional.data", message).note(note).into());
    }
    let table = new_table(&config, data)?;
    let (new, table, mut notes) = on(&config, observations, table)?;
    if !observations.normalised() {
        notes.push(UP_TO_A_CONSTANT.into());
    }
    let sample = Thinned::of(draws, DRAWS);
    let (rows, n) = (new.rows(), sample.n);
    let mut kept = keep.then(|| Kept::new(n, rows)).transpose()?;
    let (levels, width) = (new.levels(), new.levels().len().max(1));
    let sizes = sizes(&*new);
    let of = |level: &String| ["", "_q5", "_q95"].map(|end| format!("p[{level}]{end}"));
    let mut told: Vec<String> = levels.iter().flat_map(of).collect();
    if !levels.is_empty() {
        told.extend(["likeliest", "drawn"].map(String::from));
    }
    if levels.is_empty() || sizes.is_some() {
        told.extend(NUMBERS.map(String::from));
    }
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
            let mut cells = vec![table.line(new.place(r)) as f64];
            let expected = &expected[i * width..(i + n) * width];
            let drawn: Vec<f64> = match &sizes {
                Some(sizes) => response.iter().map(|level| number_of(*level, sizes)).collect(),
                None if levels.is_empty() => settled(expected, response),
                None => response.to_vec(),
            };
            if levels.is_empty() {
                cells.extend(numbers(expected, &drawn));
            } else {
                let shares: Vec<f64> = expected.chunks_exact(n).map(|share| mean(&[share])).collect();
                for (share, mean) in expected.chunks_exact(n).zip(&shares) {
                    cells.extend([*mean, quantile(&[share], 0.05), quantile(&[share], 0.95)]);
                }
                let first = |best: usize, k: usize| if shares[k] > shares[best] { k } else { best };
                cells.extend([(0..width).fold(0, first) as f64, response.first().copied().unwrap_or(f64::NAN)]);
            }
            if let Some(sizes) = &sizes {
                let at = |i: usize| sizes.iter().enumerate().map(|(k, size)| size * expected[k * n + i]).sum::<f64>();
                cells.extend(expectations(&(0..n).map(at).collect::<Vec<f64>>()));
                cells.extend([0.05, 0.5, 0.95].map(|p| attained(&drawn, p)));
            }
            if let Some(kept) = &mut kept {
                kept.take(r, &drawn);
            }
            cells.push(if known { log_sum_exp(density) - (n as f64).ln() } else { f64::NAN });
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.values.push(cell));
        }
    }
    if columns.last().is_some_and(|elpd| elpd.values.iter().all(|x| x.is_nan())) {
        columns.pop();
        notes.retain(|note| note != UP_TO_A_CONSTANT);
    }
    Ok(Predicted { columns, levels: levels.to_vec(), notes, draws: kept.map(Kept::array) })
}

/// The table of new rows.
fn new_table(config: &Config, data: &Path) -> Result<Table, SpecError> {
    let options = TableOptions { header: header(config), ..TableOptions::default() };
    Table::read(data, options).map_err(|error| {
        let problem = Problem::new(error.to_string());
        if unread(&error) { problem.of_a_file().into() } else { problem.into() }
    })
}
/// Rows in a note, at most.
const SHOWN: usize = 5;
type On = (Box<dyn Observations>, Table, Vec<String>);
/// The model on the rows of a table that it can be on, the table of these, and what to tell of the others.
fn on(config: &Config, old: &dyn Observations, table: Table) -> Result<On, SpecError> {
    let wrong = |error: &ModelError| unusable(config, old, &table, error.to_string());
    let drops = matches!(config.functional, Functional::Regression { missing: Missing::Drop, .. });
    let (new, kept) = match old.on(&table) {
        Ok(new) => (new, None),
        Err(ModelError::Table(TableError::Missing { columns, .. })) if drops => {
            let names: Vec<String> = columns.into_iter().map(|column| column.0).collect();
            let kept = table.complete(&names);
            if kept.rows() == 0 {
                return Err(SpecError::input(format!(
                    "{}: every one of the {} rows has a missing value in a column that is used",
                    table.source(),
                    table.rows()
                )));
            }
            (old.on(&kept).map_err(|error| wrong(&error))?, Some(kept))
        }
        Err(error) => return Err(wrong(&error)),
    };
    let told: HashSet<u64> = {
        let of = kept.as_ref().unwrap_or(&table);
        (0..new.rows()).map(|r| of.line(new.place(r))).collect()
    };
    let left: Vec<u64> = (0..table.rows()).map(|r| table.line(r)).filter(|line| !told.contains(line)).collect();
    let mut notes = Vec::new();
    if !left.is_empty() {
        let lags = matches!(config.functional, Functional::Rows { .. });
        notes.push(format!(
            "{} of {} rows are left out, as a value is missing{} (row{} {}{})",
            left.len(),
            table.rows(),
            if lags { ", there or in a row above that is read" } else { "" },
            if left.len() == 1 { "" } else { "s" },
            left.iter().take(SHOWN).map(u64::to_string).collect::<Vec<_>>().join(", "),
            if left.len() > SHOWN { ", ..." } else { "" }
        ));
    }
    Ok((new, kept.unwrap_or(table), notes))
}

/// The draws of a response that is a number. A law whose mean is more than a number can hold has none that are numbers either: they
/// count as infinite too.
fn settled(expected: &[f64], response: &[f64]) -> Vec<f64> {
    let beyond = |(y, mean): (&f64, &f64)| if y.is_nan() && mean.is_infinite() { *mean } else { *y };
    response.iter().zip(expected).map(beyond).collect()
}
/// What a response that is a number has: the columns [`NUMBERS`].
fn numbers(expected: &[f64], response: &[f64]) -> [f64; 6] {
    let [mut average, low, high] = expectations(expected);
    // A model that says no mean has that of its draws, whose spread is not known.
    if expected.iter().all(|x| x.is_nan()) {
        average = mean_of(response);
    }
    let whole = response.iter().all(|y| y.is_infinite() || y.fract() == 0.0);
    let at = |p| if whole { attained(response, p) } else { quantile_of(response, p) };
    [average, low, high, at(0.05), at(0.5), at(0.95)]
}
/// The mean over the posterior, and its quantiles.
fn expectations(expected: &[f64]) -> [f64; 3] {
    [mean_of(expected), quantile_of(expected, 0.05), quantile_of(expected, 0.95)]
}
/// The mean, which infinite values make infinite.
fn mean_of(x: &[f64]) -> f64 {
    if x.iter().any(|x| x.is_infinite()) { x.iter().sum() } else { mean(&[x]) }
}
/// The quantile at p, which between two values of which one is infinite is one of them.
fn quantile_of(x: &[f64], p: f64) -> f64 {
    if x.iter().any(|x| x.is_infinite()) && !x.iter().any(|x| x.is_nan()) { attained(x, p) } else { quantile(&[x], p) }
}
/// The least draw that a share p of the draws does not exceed: between two counts there is none.
fn attained(draws: &[f64], p: f64) -> f64 {
    let mut sorted = draws.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // A share such as 0.95 is not exact in binary, and must not push a whole place up.
    let place = (p * draws.len() as f64 - 1e-9).ceil().max(1.0) as usize - 1;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
/// The number that a level is.
fn number_of(level: f64, sizes: &[f64]) -> f64 {
    sizes.get(level as usize).copied().unwrap_or(f64::NAN)
}
/// The levels as numbers, where they are numbers in order.
fn sizes(rows: &dyn Observations) -> Option<Vec<f64>> {
    let number = |level: &String| level.parse::<f64>().ok().filter(|x| x.is_finite());
    let found: Vec<f64> = rows.levels().iter().map(number).collect::<Option<_>>()?;
    (rows.ordered() && !found.is_empty() && found.windows(2).all(|pair| pair[0] < pair[1])).then_some(found)
}

/// Whether the run's table was said to have a first row of names.
fn header(config: &Config) -> Option<bool> {
    match &config.functional {
        Functional::Regression { header, .. } | Functional::Rows { header, .. } => *header,
        _ => None,
    }
}
/// The column that a density by name is of: `y` of `normal_lpdf(y | m, s)`.
fn variate(text: &str) -> Option<&str> {
    let (_, arguments) = text.split_once("_lpdf(").or_else(|| text.split_once("_lpmf("))?;
    let column = arguments.split_once('|')?.0.trim();
    let named = column.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && column.chars().all(|c| c.is_alphanumeric() || c == '_');
    named.then_some(column)
}
/// Why the model cannot use the new table, and what of the model would let it.
fn unusable(config: &Config, old: &dyn Observations, table: &Table, why: String) -> SpecError {
    let file = table.source();
    // Rows of a regression are predicted from all their columns, whatever the run did with those that have gaps.
    let plain = matches!(config.functional, Functional::Regression { .. });
    let why = match why.split_once(". Fill them in, or set missing") {
        Some((gaps, _)) if plain => format!("{gaps}. Fill them in, or leave these rows out of the file"),
        _ => why,
    };
    let problem = Problem::new(if why.contains(file) { why } else { format!("{file}: {why}") });
    let Functional::Rows { response, mean, ll, nll, .. } = &config.functional else { return problem.into() };
    let blank = |name: &str| match table.numbers(name) {
        Ok(y) => y.iter().any(|y| y.is_nan()),
        Err(_) => true,
    };
    let guess = ll.as_ref().or(nll.as_ref()).and_then(|text| variate(text));
    let note = match (response, guess) {
        (None, Some(column)) if blank(column) => {
            format!("rows whose '{column}' is not known are predicted once response = \"{column}\" is in [functional]")
        }
        (Some(column), _) if blank(column) && mean.is_none() && !old.drawable() => {
            "rows without a response are predicted once [functional] has `mean`, or says how to draw a response: \
             simulate = \"normal(mu, s)\", or whatever the law is"
                .to_string()
        }
        _ => return problem.into(),
    };
    problem.note(note).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expected: &[f64], response: &[f64]) -> [f64; 6] {
        numbers(expected, &settled(expected, response))
    }

    #[test]
    fn quantiles_of_counts_are_counts() {
        let some = [3.0, 1.0, 2.0, 4.0];
        assert_eq!([0.0, 0.05, 0.5, 0.51, 0.95, 1.0].map(|p| attained(&some, p)), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        // Where the share times the draws is whole, the law reaches it there, whatever 0.95 is in binary.
        for n in [20, 100, 2000, 4000] {
            let draws: Vec<f64> = (1..=n).map(f64::from).collect();
            let expected = [n / 20, n / 2, n - n / 20].map(f64::from);
            assert_eq!([0.05, 0.5, 0.95].map(|p| attained(&draws, p)), expected);
        }
        assert!(attained(&[], 0.5).is_nan());
        assert_eq!(told(&[0.5, 1.5], &[0.0, 3.0])[3..], [0.0, 0.0, 3.0]);
        assert!((told(&[0.5, 1.5], &[0.5, 3.0])[4] - 1.75).abs() < 1e-15);
    }
    /// What is more than a number can hold is infinite in every column, and never no number.
    #[test]
    fn what_overflows_is_infinite() {
        const BEYOND: f64 = f64::INFINITY;
        let [few, most] = [[0.0, 0.0, 0.0, BEYOND], [0.0, BEYOND, BEYOND, BEYOND]];
        assert_eq!(told(&few, &[0.0, 0.0, 0.0, f64::NAN]), [BEYOND, 0.0, BEYOND, 0.0, 0.0, BEYOND]);
        assert_eq!(told(&most, &[0.0, f64::NAN, f64::NAN, f64::NAN])[1..], [0.0, BEYOND, 0.0, BEYOND, BEYOND]);
        assert_eq!(told(&[BEYOND; 2], &[f64::NAN; 2]), [BEYOND; 6]);
        assert_eq!(told(&[1.5, BEYOND], &[0.25, f64::NAN])[3..], [0.25, 0.25, BEYOND]);
        // Of a response that is not drawn nothing is known, and that is no overflow.
        assert!(told(&[1.0, 2.0], &[f64::NAN; 2])[3..].iter().all(|x| x.is_nan()));
        assert!(told(&[f64::NAN; 2], &[1.0, 2.0])[1..3].iter().all(|x| x.is_nan()));
    }
    #[test]
    fn the_column_of_a_density() {
        assert_eq!(variate("normal_lpdf(y | a[g] + k*x, s)"), Some("y"));
        assert_eq!(variate("2*poisson_lpmf( deaths|exp(a))"), Some("deaths"));
        assert_eq!((variate("normal_lpdf(log(y) | a, s)"), variate("(y - a)^2")), (None, None));
    }
}
