//! CURVED: whether a manifold and an energy on it keep their laws, in numbers and as slopes on log-log axes.
use super::{Checkup, Curve, Law};
use crate::drive::begin;
use crate::{Config, SpecError};
use std::fmt::Write;
use steepest_core::Workspace;
use steepest_flows::geometry::Manifold;
use steepest_flows::geometry::manifold::check::{MetricReport, check_gradient, check_metric, check_retraction};
use steepest_models::Model;

/// Points that are looked at.
const POINTS: u64 = 3;
/// A law of the metric that is off by more than this does not hold.
const LAW: f64 = 1e-8;
/// Characters of the longest bar.
const BAR: f64 = 24.0;

/// The laws of the metric, of the retraction and of the gradient at a few points of the manifold.
pub(super) fn on_manifold(
    config: &Config,
    model: &dyn Model,
    manifold: &dyn Manifold,
    mut text: String,
) -> Result<Checkup, SpecError> {
    let start = begin(config, model, manifold)?;
    let (work, seed) = (&mut Workspace::default(), config.run.seed);
    let mut points = vec![start];
    for index in 1..POINTS {
        let mut x = vec![0.0; model.dim()];
        manifold.random(seed, index, &mut x, work);
        points.push(x);
    }
    let name = config.geometry.name();
    let _ = writeln!(text, "\ngeometry {name}: {} numbers, dimension {}", manifold.numbers(), manifold.dim());
    let reports: Vec<MetricReport> = points.iter().map(|x| check_metric(manifold, x, seed)).collect();
    let mut laws = Vec::new();
    let mut say = |text: &mut String, what: &'static str, of: &dyn Fn(&MetricReport) -> Option<f64>| {
        let off = reports.iter().map(of).try_fold(0.0f64, |most, value| {
            value.map(|value| if value.is_nan() { f64::INFINITY } else { most.max(value) })
        });
        let good = off.is_none_or(|off| off <= LAW);
        match off {
            Some(off) => {
                let mark = if good { "✓" } else { "✗" };
                let _ = writeln!(text, "  {mark} {what:<44} off by {off:.1e}");
            }
            None => {
                let _ = writeln!(text, "  - {what:<44} not claimed");
            }
        }
        laws.push(Law { what, off, bound: LAW, good });
    };
    say(&mut text, "points stay on it", &|r| Some(r.defect));
    say(&mut text, "<xi, K zeta> = <K xi, K zeta>", &|r| Some(r.pairing));
    say(&mut text, "the metric is symmetric and positive", &|r| Some(r.symmetry));
    say(&mut text, "gradients are tangents, projection twice once", &|r| Some(r.tangency));
    say(&mut text, "transport is linear, and ends in tangents", &|r| Some(r.transport));
    say(&mut text, "transport keeps lengths and angles", &|r| r.isometry);
    say(&mut text, "log undoes exp, dist = |log|", &|r| r.geodesics);
    let against = if manifold.geodesics().is_some() { "exp" } else { "x + h v" };
    let gradients = points.iter().map(|x| check_gradient(manifold, model, x, seed));
    let retractions = points.iter().map(|x| check_retraction(manifold, x, seed));
    let curves: Vec<Curve> = [
        Curve::least("gradient", "|V(R(h v)) - V - h <dV, v>|".to_owned(), 2, gradients),
        Curve::least("retraction", format!("|R(h v) - {against}|"), 3, retractions),
    ]
    .into_iter()
    .flatten()
    .collect();
    text += "\nslopes on log-log axes, the least of the points; 2 or more is right, 1 is an error of first order\n";
    for curve in &curves {
        let mark = if curve.good { "✓ holds" } else { "✗ violated" };
        let _ = writeln!(text, "  {mark}: {}", curve.line());
    }
    text += "\n         h    gradient                            retraction\n";
    if let [gradient, retraction] = &curves[..] {
        let both = gradient.found.points.iter().zip(&retraction.found.points);
        for ([h, g], [_, r]) in both.rev().step_by(5) {
            let line = format!("  {h:8.0e}    {g:8.1e} {:<26} {r:8.1e} {}", bar(*g), bar(*r));
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    let holds = laws.iter().all(|law| law.good) && curves.iter().all(|curve| curve.good);
    Ok(Checkup { text, holds, laws, curves })
}

/// As long as the logarithm of an error above 1e-16.
fn bar(error: f64) -> String {
    let length = if error > 1e-16 { (16.0 + error.log10()) / 16.0 * BAR } else { 0.0 };
    "▪".repeat(length.clamp(0.0, BAR).round() as usize)
}
