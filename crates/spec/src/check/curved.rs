//! CURVED: whether a manifold and an energy on it keep their laws, in numbers and as slopes on log-log axes.
use super::Checkup;
use crate::drive::begin;
use crate::{Config, SpecError};
use std::fmt::Write;
use steepest_core::Workspace;
use steepest_flows::geometry::Manifold;
use steepest_flows::geometry::manifold::check::{MetricReport, Slope, check_gradient, check_metric, check_retraction};
use steepest_models::Model;

/// Points that are looked at.
const POINTS: u64 = 3;
/// A law of the metric that is off by more than this does not hold.
const LAW: f64 = 1e-8;
/// A slope below this is that of an error of first order.
const SLOPE: f64 = 1.8;
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
    let mut holds = true;
    let mut say = |text: &mut String, what: &str, of: &dyn Fn(&MetricReport) -> Option<f64>| {
        let most = reports.iter().map(of).try_fold(0.0f64, |most, value| {
            value.map(|value| if value.is_nan() { f64::INFINITY } else { most.max(value) })
        });
        match most {
            Some(most) => {
                holds &= most <= LAW;
                let mark = if most <= LAW { "✓" } else { "✗" };
                let _ = writeln!(text, "  {mark} {what:<44} off by {most:.1e}");
            }
            None => {
                let _ = writeln!(text, "  - {what:<44} not claimed");
            }
        }
    };
    say(&mut text, "points stay on it", &|r| Some(r.defect));
    say(&mut text, "<xi, K zeta> = <K xi, K zeta>", &|r| Some(r.pairing));
    say(&mut text, "the metric is symmetric and positive", &|r| Some(r.symmetry));
    say(&mut text, "gradients are tangents, projection twice once", &|r| Some(r.tangency));
    say(&mut text, "transport is linear, and ends in tangents", &|r| Some(r.transport));
    say(&mut text, "transport keeps lengths and angles", &|r| r.isometry);
    say(&mut text, "log undoes exp, dist = |log|", &|r| r.geodesics);
    let of = |check: &dyn Fn(&[f64]) -> Slope| {
        let slopes = points.iter().map(|x| check(x));
        slopes.min_by(|a, b| a.slope.total_cmp(&b.slope)).unwrap_or(Slope { points: Vec::new(), slope: f64::NAN })
    };
    let gradient = of(&|x| check_gradient(manifold, model, x, seed));
    let retraction = of(&|x| check_retraction(manifold, x, seed));
    let against = if manifold.geodesics().is_some() { "exp" } else { "x + h v" };
    text += "\nslopes on log-log axes, the least of the points; 2 or more is right, 1 is an error of first order\n";
    for (what, found) in [
        ("|V(R(h v)) - V - h <dV, v>|, the gradient".to_owned(), &gradient),
        (format!("|R(h v) - {against}|, the retraction"), &retraction),
    ] {
        let good = found.slope >= SLOPE;
        holds &= good;
        let mark = if good { "✓ holds" } else { "✗ violated" };
        let slope = match found.slope {
            slope if slope.is_finite() => format!("slope {slope:.2}"),
            slope if slope.is_nan() => "an error is not a number".to_owned(),
            _ => "equal to rounding".to_owned(),
        };
        let _ = writeln!(text, "  {mark}: {what:<44} {slope}");
    }
    text += "\n         h    gradient                            retraction\n";
    let shown = |e: Option<&[f64; 2]>| e.map_or(f64::NAN, |e| e[1]);
    for k in (0..gradient.points.len()).rev().step_by(5) {
        let (g, r) = (shown(gradient.points.get(k)), shown(retraction.points.get(k)));
        let line = format!("  {:8.0e}    {g:8.1e} {:<26} {r:8.1e} {}", gradient.points[k][0], bar(g), bar(r));
        text += &format!("{}\n", line.trim_end());
    }
    Ok(Checkup { text, holds })
}

/// As long as the logarithm of an error above 1e-16.
fn bar(error: f64) -> String {
    let length = if error > 1e-16 { (16.0 + error.log10()) / 16.0 * BAR } else { 0.0 };
    "▪".repeat(length.clamp(0.0, BAR).round() as usize)
}
