//! START: where replicas begin.
use crate::{Config, SpecError, State};
use steepest_core::{Batch, Workspace};
use steepest_kernels::normals;
use steepest_models::Model;

const STREAM: u16 = 0x200;
/// Tries of a random start whose energy is infinite; each is drawn closer to the middle.
const TRIES: u64 = 100;

/// n starting points, component-major, each with a finite energy and gradient.
///
/// # Errors
/// Input where the point the user gave has none; numerical where no random point had.
pub(super) fn positions(config: &Config, model: &dyn Model, n: usize) -> Result<Vec<f64>, SpecError> {
    let d = model.dim();
    let (State::Chains { start, .. } | State::Particles { start, .. } | State::Point { start, .. }) = &config.state;
    let mut x = vec![0.0; n * d];
    if let Some(start) = start {
        for (column, &q) in x.chunks_exact_mut(n).zip(start) {
            column.fill(q);
        }
        return match finite(model, Batch { n: 1, d, x: start })[0] {
            Ok(()) => Ok(x),
            Err(what) => Err(config.problem("state.start", format!("{what} at the start {start:?}")).into()),
        };
    }
    let mut point = vec![0.0; d];
    let mut draw = |x: &mut [f64], i: usize, attempt: u64| {
        normals(config.run.seed, attempt, STREAM, (i as u64) << 32, &mut point);
        model.start(&mut point);
        let shrink = 0.9f64.powi(attempt as i32);
        point.iter().enumerate().for_each(|(j, z)| x[j * n + i] = shrink * z);
    };
    (0..n).for_each(|i| draw(&mut x, i, 0));
    for attempt in 1..=TRIES {
        let verdicts = finite(model, Batch { n, d, x: &x });
        let Some((replica, what)) =
            verdicts.iter().enumerate().find_map(|(i, v)| v.as_ref().err().map(|what| (i, *what)))
        else {
            return Ok(x);
        };
        if attempt == TRIES {
            return Err(SpecError::Numerical {
                message: format!("{what} at {TRIES} random starting points of chain {}", replica + 1),
                advice: "give a point with a finite energy: `start = [...]` in [state]; `steepest check` shows the energy there"
                    .into(),
                record: None,
            });
        }
        verdicts.iter().enumerate().filter(|(_, v)| v.is_err()).for_each(|(i, _)| draw(&mut x, i, attempt));
    }
    Ok(x)
}
/// Whether energy and gradient are finite, point by point.
fn finite(model: &dyn Model, batch: Batch<'_>) -> Vec<Result<(), &'static str>> {
    let (mut values, mut gradients) = (vec![0.0; batch.n], vec![0.0; batch.n * batch.d]);
    model.values_and_gradients(batch, 1.0, &mut values, &mut gradients, &mut Workspace::default());
    let judge = |i: usize| match values[i] {
        v if v.is_nan() => Err("the energy is not a number"),
        v if v.is_infinite() => Err("the energy is infinite"),
        _ if (0..batch.d).any(|j| !gradients[j * batch.n + i].is_finite()) => Err("the gradient is not finite"),
        _ => Ok(()),
    };
    (0..batch.n).map(judge).collect()
}
