//! SLOPES: what it does to the law of a cloud that it is moved by slopes of single precision.
use super::super::beta;
use super::super::checks::ROUNDING;
use crate::Config;
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::observer::{Check, Verdict};
use steepest_models::Model;

/// Particles whose slopes are looked at, and those at a time.
const LOOKED_AT: usize = 8192;
const BLOCK: usize = 512;
/// Particles that say how far the cloud reaches in a direction.
const REACH: usize = 256;

/// How far errors e of slopes displace the law of a cloud, in standard deviations of the direction that is displaced the most: to first order
/// by -beta C e, C the covariance of places, which is beta (e^T C e)^(1/2) standard deviations of that direction; e is its root mean square, as if all
/// errors were of one sign. Violated where their mean does it alone, and inconclusive where only errors that may cancel would.
pub(super) fn rounding(config: &Config, model: &dyn Model, x: Batch<'_>) -> Option<Check> {
    if !config.scheme.single_slopes() {
        return None;
    }
    let single = model.in_single()?;
    let (seen, d) = (x.n.min(LOOKED_AT), x.d);
    let errors = errors(model, &*single, x, seen);
    let reach = reach(x);
    // (e^T C e)^(1/2) of one error.
    let size = |e: &dyn Fn(usize) -> f64| {
        let squares = reach.iter().map(|y| (0..d).map(|j| e(j) * y[j]).sum::<f64>().powi(2));
        squares.sum::<f64>() / reach.len().max(1) as f64
    };
    let beta = beta(config);
    let mean: Vec<f64> = (0..d).map(|j| errors[j * seen..(j + 1) * seen].iter().sum::<f64>() / seen as f64).collect();
    let square = (0..seen).map(|i| size(&|j| errors[j * seen + i])).sum::<f64>() / seen as f64;
    let (shift, most) = (beta * size(&|j| mean[j]).sqrt(), beta * square.sqrt());
    let value = match (x.n, most.is_finite()) {
        (0 | 1, _) => f64::NAN, // one particle does not say how wide its well is
        (_, false) => f64::INFINITY,
        _ => most,
    };
    let mut check = Check::at_most(
        "rounding of the slopes",
        value,
        ROUNDING,
        (
            "Slopes of single precision displace the law by less than the error of a mean of 10,000 independent draws.",
            "Slopes of single precision displace the law so far that it shows: take scheme.precision = \"double\".",
        ),
    );
    // The mean of errors that cancel is this far from nothing by chance, three times in a thousand.
    if check.verdict == Verdict::Violated && most.is_finite() && shift - 3.0 * most / (seen as f64).sqrt() <= ROUNDING {
        check.verdict = Verdict::Inconclusive;
        check.advice = "Slopes are so rounded, for how wide the law is, that it would show if errors did not cancel: take \
                        scheme.precision = \"double\", or measure places from where the particles are.";
    }
    Some(check)
}
/// Where slopes are rounded so that it shows, strides that are held against those of V tell of that first.
pub(super) fn blame(rounding: Option<&Check>, strides: &mut [Check]) {
    if rounding.is_some_and(|rounding| rounding.value > rounding.bound) {
        for check in strides.iter_mut().filter(|check| check.verdict == Verdict::Violated) {
            check.advice = "Strides are not those of V: slopes of single precision are too rounded, as the line on them says. Take \
                            scheme.precision = \"double\".";
        }
    }
}
/// Slopes of single precision less those of V, of the first particles, component-major.
fn errors(model: &dyn Model, single: &dyn Potential, x: Batch<'_>, seen: usize) -> Vec<f64> {
    let (mut work, mut errors) = (Workspace::default(), vec![0.0; seen * x.d]);
    for first in (0..seen).step_by(BLOCK) {
        let n = BLOCK.min(seen - first);
        let places: Vec<f64> = (0..x.d).flat_map(|j| x.column(j)[first..first + n].iter().copied()).collect();
        let (batch, mut slopes) = (Batch { n, d: x.d, x: &places }, vec![0.0; n * x.d]);
        single.gradients(batch, 1.0, &mut slopes, &mut work);
        model.gradients(batch, -1.0, &mut slopes, &mut work);
        for (j, slopes) in slopes.chunks(n).enumerate() {
            errors[j * seen + first..][..n].copy_from_slice(slopes);
        }
    }
    errors
}
/// Where some particles are, from the middle of all.
fn reach(x: Batch<'_>) -> Vec<Vec<f64>> {
    let middle: Vec<f64> = (0..x.d).map(|j| x.column(j).iter().sum::<f64>() / x.n as f64).collect();
    let particles = (0..x.n).step_by(x.n.div_ceil(REACH).max(1));
    particles.map(|i| (0..x.d).map(|j| x.column(j)[i] - middle[j]).collect()).collect()
}
