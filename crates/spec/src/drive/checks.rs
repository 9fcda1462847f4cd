//! CHECKS: the ledger's findings as lines of a record.
use steepest_core::Batch;
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::observer::{Check, Verdict};
use steepest_models::{Model, gradient_check_in};

/// A finding in the words of `summary.json`.
pub(super) fn line(check: &Check) -> steepest_record::Check {
    steepest_record::Check {
        check: check.name.to_owned(),
        verdict: match check.verdict {
            Verdict::Holds => steepest_record::Verdict::Holds,
            Verdict::Violated => steepest_record::Verdict::Violated,
            Verdict::Inconclusive => steepest_record::Verdict::Inconclusive,
        },
        value: check.value,
        bound: check.bound,
        advice: check.advice.to_owned(),
    }
}
/// All of them.
pub(super) fn lines(checks: &[Check]) -> Vec<steepest_record::Check> {
    checks.iter().map(line).collect()
}
/// Shift of the mode, in posterior standard deviations, below which nobody would see it: the mean of 10,000 independent draws
/// is as uncertain.
const ROUNDING: f64 = 0.01;

/// Whether data that are kept in single precision leave the posterior where it is.
pub(super) fn rounding(model: &dyn Model) -> Option<steepest_record::Check> {
    let shift = model.rounding()?;
    Some(line(&Check::at_most(
        "rounding of the columns",
        shift,
        ROUNDING,
        (
            "Single precision moves the mode by less than the error of a mean of 10,000 independent draws.",
            "Single precision moves the mode so far that it shows: take functional.precision = \"double\".",
        ),
    )))
}

/// Relative error of a gradient above which it is not the gradient; differences resolve it far better.
const GRADIENT: f64 = 1e-5;
/// Coordinates above which every slope is no longer compared: each costs 32 energies a point.
const COORDINATES: usize = 1000;
/// Coordinates that are compared where a table makes each of those energies dear: rows times coordinates beyond `DEAR`. All of
/// them took a minute for 1,000,000 rows x 100 columns.
const FEW: usize = 16;
const DEAR: usize = 20_000_000;

/// Whether the gradient is that of the energy, at a few points the run went through.
pub(super) fn gradient(model: &dyn Model, at: &Positions) -> steepest_record::Check {
    let (d, wanted) = (at.d, if at.d <= 20 { 3 } else { 1 });
    let count = wanted.min(at.n);
    let points: Vec<f64> = (0..d).flat_map(|j| (0..count).map(move |i| at.x[j * at.n + i * at.n / count])).collect();
    let rows = model.observations().map_or(0, |observations| observations.rows());
    let few = if rows.saturating_mul(d) > DEAR { d.min(FEW) } else { d };
    let compared = (0..few).map(|k| k * d / few);
    let batch = Batch { n: count, d, x: &points };
    let report = if d > COORDINATES { Default::default() } else { gradient_check_in(model, batch, compared) };
    let value = if report.points > 0 { report.relative } else { f64::NAN };
    let mut check = line(&Check::at_most(
        "gradient",
        value,
        GRADIENT.max(report.resolution),
        (
            "The gradient is the gradient of the energy, coordinate by coordinate.",
            "The gradient is not the gradient of the energy.",
        ),
    ));
    if check.verdict == steepest_record::Verdict::Violated {
        let (at, said, found) = (report.coordinate + 1, report.gradient, report.difference);
        check.advice += &format!(
            " In coordinate {at} it says {said:.6}, and differences of the energy say {found:.6}: correct it."
        );
    } else if few < d && report.points > 0 {
        check.advice += &format!(" Compared in {few} of {d} coordinates, as the rows are many.");
    }
    check
}
