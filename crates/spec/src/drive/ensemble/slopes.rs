//! SLOPES: clouds that are moved by slopes of single precision, and what that does to their law.
use super::super::checks::line;
use crate::{Config, SpecError};
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::observer::Check;
use steepest_models::Model;

/// The energy by whose slopes a cloud moves, where those are to be of single precision.
///
/// # Errors
/// Input, where this energy has none.
pub(super) fn single<'a>(config: &Config, model: &'a dyn Model) -> Result<Option<Box<dyn Potential + 'a>>, SpecError> {
    if !config.scheme.in_single() {
        return Ok(None);
    }
    let refuse = || {
        let problem = config.problem("scheme.precision", "the slopes of this energy are of double precision alone");
        problem.note("an `expression` and the target mueller-brown have slopes of single precision").into()
    };
    model.in_single().map(Some).ok_or_else(refuse)
}

/// Error of a mean, in standard deviations, that nobody would see: that of 10,000 independent draws.
const UNSEEN: f64 = 0.01;

/// How far slopes of single precision are from those of V where the particles are: in the worst coordinate, by root mean squares.
///
/// A force that is wrong by e displaces a well of curvature k, in which slopes are sqrt(k / beta), by e / k, which is e / sqrt(k / beta)
/// of its standard deviations: this is the share by which it does, were all errors of one sign.
pub(super) fn rounding(config: &Config, model: &dyn Model, x: Batch<'_>) -> Option<steepest_record::Check> {
    if !config.scheme.in_single() {
        return None;
    }
    let single = model.in_single()?;
    let mut work = Workspace::default();
    let (mut squares, block) = (vec![[0.0; 2]; x.d], BLOCK.min(x.n));
    let (mut at, mut exact, mut found) = (vec![0.0; x.d * block], vec![0.0; x.d * block], vec![0.0; x.d * block]);
    for first in (0..x.n.min(LOOKED_AT)).step_by(block.max(1)) {
        let n = block.min(x.n - first);
        let numbers = n * x.d;
        for j in 0..x.d {
            at[j * n..(j + 1) * n].copy_from_slice(&x.column(j)[first..first + n]);
        }
        let batch = Batch { n, d: x.d, x: &at[..numbers] };
        for (potential, slopes) in [(model as &dyn Potential, &mut exact), (&*single, &mut found)] {
            slopes[..numbers].fill(0.0);
            potential.gradients(batch, 1.0, &mut slopes[..numbers], &mut work);
        }
        for (k, (exact, found)) in exact[..numbers].iter().zip(&found).enumerate() {
            let [error, size] = &mut squares[k / n];
            *error += (found - exact) * (found - exact);
            *size += exact * exact;
        }
    }
    let share = |[error, size]: &[f64; 2]| if *error == 0.0 { 0.0 } else { (error / size).sqrt() };
    // What is no number counts as the worst.
    let worst = squares
        .iter()
        .map(share)
        .fold(0.0, |worst: f64, share| if share <= worst || worst.is_nan() { worst } else { share });
    Some(line(&Check::at_most(
        "rounding of the slopes",
        worst,
        UNSEEN,
        (
            "Slopes of single precision displace a well by less than the error of a mean of 10,000 independent draws.",
            "Single precision changes the slopes so much that it shows: take scheme.precision = \"double\", or measure places from \
             where the particles are.",
        ),
    )))
}
/// Particles looked at, and those at a time.
const LOOKED_AT: usize = 65_536;
const BLOCK: usize = 512;
