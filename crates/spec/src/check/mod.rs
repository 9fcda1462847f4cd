//! CHECK: whether a model is what it says, before it is run.
mod curved;
use crate::drive::manifold;
use crate::explain::counted;
use crate::{Config, SpecError};
use curved::on_manifold;
use std::fmt::Write;
use steepest_core::Batch;
use steepest_kernels as kernels;
use steepest_models::{Model, gradient_check};

/// What `steepest check` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    /// The text for people.
    pub text: String,
    /// Whether the gradient is that of the value.
    pub holds: bool,
}

const POINTS: usize = 5;
const STREAM: u16 = 0x201;
/// A relative error of the gradient above this is a mistake; differences are good to 1e-9 or so.
const BOUND: f64 = 1e-6;
/// Coordinates beyond which differences would take minutes.
const MANY: usize = 20_000;

/// The model in words, and its gradient against differences of its value at starting points of the seed.
///
/// # Errors
/// Numerical where the energy is finite at none of these points.
pub fn check(config: &Config, model: &dyn Model) -> Result<Checkup, SpecError> {
    let (d, names) = (model.dim(), model.names());
    config.fits(d, names.len())?;
    let (coordinates, quantities) = (counted(d, "coordinate"), counted(names.len(), "reported quantity"));
    let mut text = format!("model\n  {coordinates}, {quantities}: {}\n", shown(&names));
    model.notes().iter().for_each(|note| text += &format!("  {note}\n"));
    if let Some(manifold) = manifold(config, model.shape(), d)? {
        return on_manifold(config, model, &*manifold, text);
    }
    if d > MANY {
        text += &format!("\ngradient\n  not compared with differences: {d} coordinates are too many\n");
        return Ok(Checkup { text, holds: true });
    }
    let points = if d > 1000 { 1 } else { POINTS };
    let mut x = vec![0.0; points * d];
    let mut point = vec![0.0; d];
    for i in 0..points {
        kernels::normals(config.run.seed, 0, STREAM, (i as u64) << 32, &mut point);
        model.start(&mut point);
        point.iter().enumerate().for_each(|(j, q)| x[j * points + i] = *q);
    }
    let report = gradient_check(model, Batch { n: points, d, x: &x });
    if report.points == 0 {
        let message = format!("the energy or its gradient is not finite at any of {points} random starting points");
        let advice = "give a point where it is: `start = [...]` in [state]".to_owned();
        return Err(SpecError::Numerical { message, advice, record: None });
    }
    let holds = report.agrees(BOUND);
    let verdict = if holds { "✓ holds" } else { "✗ violated" };
    let _ = writeln!(text, "\ngradient against differences of the energy at {} random points", report.points);
    let _ = writeln!(text, "  {verdict}: largest relative error {:.1e} (bound {BOUND:.0e})", report.relative);
    if report.skipped > 0 {
        let _ = writeln!(text, "  {} more points were left out: the energy is not finite there", report.skipped);
    }
    if !holds {
        let (coordinate, said, found) = (report.coordinate + 1, report.gradient, report.difference);
        let _ = writeln!(text, "  coordinate {coordinate}: the gradient says {said:.6e}, differences say {found:.6e}");
    }
    Ok(Checkup { text, holds })
}

fn shown(names: &[String]) -> String {
    let rest = if names.len() > 12 { ", ..." } else { "" };
    names.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", ") + rest
}
