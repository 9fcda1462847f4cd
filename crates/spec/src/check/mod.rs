//! CHECK: whether a model is what it says, before it is run.
mod curved;
mod slopes;
use crate::drive::{at_edge, manifold, starts_given};
use crate::explain::counted;
use crate::{Config, SpecError};
use curved::on_manifold;
pub use slopes::Curve;
use std::fmt::Write;
use steepest_core::Batch;
use steepest_flows::geometry::Weighted;
use steepest_flows::geometry::manifold::check::check_gradient;
use steepest_kernels as kernels;
use steepest_models::{Model, gradient_check};

/// What `steepest check` found.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkup {
    /// The text for people.
    pub text: String,
    /// Whether everything holds that was asked.
    pub holds: bool,
    /// Laws that hold to a number.
    pub laws: Vec<Law>,
    /// Laws that hold to an order of the step.
    pub curves: Vec<Curve>,
}

/// A law, and by how much it was missed at the worst of some points, as a share.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// In words.
    pub what: &'static str,
    /// `None` where it is not claimed.
    pub off: Option<f64>,
    /// The most that is taken for rounding.
    pub bound: f64,
    /// Whether it holds, is not claimed, or is off by more than its bound and rounding hides whether that is so.
    pub good: bool,
}

const POINTS: usize = 5;
/// Starts that were given among them, at most.
const GIVEN: usize = 3;
const STREAM: u16 = 0x201;
/// A relative error of the gradient above this is a mistake; differences are good to 1e-9 or so.
const BOUND: f64 = 1e-6;
/// Coordinates beyond which differences would take minutes.
const MANY: usize = 20_000;

/// The model in words, and its gradient against its value at starts that are given and at starting points of the seed: by differences, and
/// by the slope of |V(x + h v) - V(x) - h <dV, v>|. On a manifold its laws too.
///
/// In R^d differences decide, as a kink near a point bends a slope; where there are too many coordinates for them a slope of two
/// at most of the points does.
///
/// # Errors
/// Numerical where the energy is finite at none of these points.
pub fn check(config: &Config, model: &dyn Model) -> Result<Checkup, SpecError> {
    let (d, names) = (model.dim(), model.names());
    config.fits_model(model)?;
    let starts = starts_given(config, model)?;
    let apart = starts.len().div_ceil(GIVEN).max(1);
    let mut points: Vec<Vec<f64>> = starts.into_iter().step_by(apart).collect();
    let given = points.len();
    let (coordinates, quantities) = (counted(d, "coordinate"), counted(names.len(), "reported quantity"));
    let mut text = format!("model\n  {coordinates}, {quantities}: {}\n", shown(&names));
    model.notes().iter().for_each(|note| text += &format!("  {note}\n"));
    if let Some(manifold) = manifold(config, model.shape(), d)? {
        return on_manifold(config, model, &*manifold, text);
    }
    points.extend((given as u64..POINTS as u64).map(|i| {
        let mut point = vec![0.0; d];
        kernels::normals(config.run.seed, 0, STREAM, i << 32, &mut point);
        model.start(&mut point);
        point
    }));
    let plain = Weighted::plain(d);
    let slopes = (0..).zip(&points).map(|(i, x)| check_gradient(&plain, model, x, config.run.seed.wrapping_add(i)));
    // Where the energy is not finite at the point itself there is nothing to compare.
    let slopes: Vec<_> = slopes.filter(|slope| slope.points.first().is_some_and(|[_, e]| e.is_finite())).collect();
    let count = slopes.len();
    let most = 2 * slopes.iter().filter(|slope| slope.slope >= slopes::LEAST).count() > count;
    let curve = Curve::least("gradient", "|V(x + h v) - V(x) - h <dV, v>|".to_owned(), 2, slopes.into_iter());
    let mut laws = Vec::new();
    let holds = if d > MANY {
        let _ = writeln!(text, "\ngradient\n  not compared with differences: {d} coordinates are too many");
        most
    } else {
        // Apart, as slopes are measured by the largest of the points they are looked at with.
        let (starts, random) = points.split_at(given);
        let few = if d > 1000 { 1 } else { POINTS };
        for (points, kind) in [(starts, "given starts"), (random, "random points")] {
            laws.extend(differences(model, &points[..points.len().min(few)], kind, &mut text));
        }
        laws.iter().all(|law| law.good)
    };
    let Some(curve) = curve.filter(|_| d > MANY || !laws.is_empty()) else { return Err(nowhere(given)) };
    let _ = writeln!(
        text,
        "\nslope on log-log axes, the least of {count} points; 2 or more is right, 1 is an error of first order"
    );
    let _ = match (curve.good, holds) {
        (true, _) => writeln!(text, "  ✓ holds: {}", curve.line()),
        (_, false) => writeln!(text, "  ✗ violated: {}", curve.line()),
        // Not held against a gradient that is right otherwise.
        _ => writeln!(text, "  - {}: a kink nearby, or much rounding", curve.line()),
    };
    Ok(Checkup { text, holds, laws, curves: vec![curve] })
}

/// The gradient against differences of the value; `None` where that is finite at none of the points.
fn differences(model: &dyn Model, points: &[Vec<f64>], kind: &str, text: &mut String) -> Option<Law> {
    if points.is_empty() {
        return None;
    }
    let (n, d) = (points.len(), model.dim());
    let x: Vec<f64> = (0..d).flat_map(|j| points.iter().map(move |point| point[j])).collect();
    let report = gradient_check(model, Batch { n, d, x: &x });
    let _ = writeln!(text, "\ngradient against differences of the energy at {} {kind}", report.points);
    if report.skipped > 0 {
        let _ = writeln!(text, "  left out: {}, as the energy is not finite there", report.skipped);
    }
    if report.points == 0 {
        return None;
    }
    let found = report.verdict(BOUND);
    let good = found.agree;
    let verdict = match (good, found.blind || report.edge.is_some()) {
        (true, true) => "? inconclusive",
        (true, false) => "✓ holds",
        _ => "✗ violated",
    };
    let wide = found.bound > BOUND;
    let bound = if wide { format!("{:.1e}", found.bound) } else { format!("{BOUND:.0e}") };
    let _ = writeln!(text, "  {verdict}: largest relative error {:.1e} (bound {bound})", found.error);
    if good && wide {
        let _ = writeln!(
            text,
            "  the bound is what rounding lets differences resolve there; without it, it would be {BOUND:.0e}"
        );
    }
    if let Some((edge, coordinate)) = report.edge {
        let _ = writeln!(text, "  coordinate {}: {}, and differences say nothing of it", coordinate + 1, at_edge(edge));
    }
    if !good {
        let (coordinate, said, found) = (report.coordinate + 1, report.gradient, report.difference);
        let _ = writeln!(text, "  coordinate {coordinate}: the gradient says {said:.6e}, differences say {found:.6e}");
    }
    let what = "the gradient is that of the energy, by differences";
    // Beyond its bound and good: rounding hides whether it is so.
    let bound = if found.blind { BOUND } else { found.bound };
    Some(Law { what, off: Some(found.error), bound, good })
}

fn nowhere(given: usize) -> SpecError {
    let starts = if given > 0 { " of the starts that are given and" } else { "" };
    let message =
        format!("the energy or its gradient is not finite at any{starts} of {} random starting points", POINTS - given);
    let advice = "give a point where it is: `start = [...]` in [state]".to_owned();
    SpecError::Numerical { message, advice, record: None }
}

fn shown(names: &[String]) -> String {
    let rest = if names.len() > 12 { ", ..." } else { "" };
    names.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", ") + rest
}
