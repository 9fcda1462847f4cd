//! POINTWISE: the log likelihood of every row at every draw, for leave-one-out by other programs.
use crate::{Config, Length, SpecError};
use steepest_core::Batch;
use steepest_models::{Model, Observations};
use steepest_record::{Draws, Record, Spool};

/// Numbers that are kept, at most: 800 MB.
const MOST: usize = 100_000_000;
/// Rows at a time.
const TILE: usize = 256;

/// Refuses what was asked for and cannot be.
///
/// # Errors
/// Input: no rows, no draws, or too many of both.
pub(super) fn refuse(config: &Config, model: &dyn Model) -> Result<(), SpecError> {
    if !config.output.log_likelihood {
        return Ok(());
    }
    let not = |why: String| config.problem("output.log_likelihood", why);
    let Length::Draws { draws, .. } = config.run.length else {
        return Err(not("there is no log likelihood of draws: this run has none".into())
            .note("chains have draws")
            .into());
    };
    let Some(observations) = model.observations() else {
        let problem = not("there is no log likelihood of rows: this energy is not one of the rows of a table".into());
        return Err(problem.note("functionals `regression` and `rows` have one").into());
    };
    let (draws, rows) = (draws as usize * config.replicas() as usize, observations.rows());
    match draws.checked_mul(rows) {
        Some(numbers) if numbers <= MOST => Ok(()),
        _ => {
            let problem =
                not(format!("{rows} rows at {draws} draws are more than the {MOST} log likelihoods that are kept"));
            Err(problem
                .note("a larger `thin` in [run] keeps fewer draws of as long a run; loo.npy has leave-one-out anyway")
                .into())
        }
    }
}

/// Adds the log likelihoods, if they are asked for.
///
/// # Errors
/// Draws cannot be read back.
pub(super) fn add(
    record: &mut Record,
    config: &Config,
    observations: &dyn Observations,
    spool: &Spool,
) -> Result<(), SpecError> {
    let Some(draws) = record.draws.as_ref().filter(|_| config.output.log_likelihood) else { return Ok(()) };
    let (chains, kept, rows) = (draws.chains, spool.rows(), observations.rows());
    let (n, quantities) = (chains * kept, draws.names.len());
    let mut theta = Vec::with_capacity(n * quantities);
    for k in 0..quantities {
        theta.extend(spool.column(k)?);
    }
    let (theta, mut values) = (Batch { n, d: quantities, x: &theta }, vec![0.0; n * rows]);
    for (first, tile) in (0..rows).step_by(TILE).zip(values.chunks_mut((TILE * n).max(1))) {
        observations.log_likelihood(first..(first + TILE).min(rows), theta, tile);
    }
    let names = (1..=rows).map(|r| format!("y[{r}]")).collect();
    record.log_likelihood = Some(Draws { chains, draws: kept, names, values, statistics: Vec::new() });
    Ok(())
}
