//! MOVEMENT: what the ledger says of minimizing movements and of Polyak's steps, and the figures that go with them.
use super::Job;
use super::place::Place;
use crate::SpecError;
use serde_json::json;
use steepest_core::{Functional, Proximity};
use steepest_flows::observer::{Check, Verdict};
use steepest_flows::scheme::minimiser::Track;
use steepest_flows::scheme::polyak::{Polyak, Pursuit};
use steepest_flows::scheme::proximal_point::{Account, ProximalPoint};
use steepest_flows::state::Cloud;
use steepest_record::Record;

/// Bound of De Giorgi's identity, relative to the fall of V, that nothing breaks.
const WIDE: f64 = 0.25;
/// What of the fall of V is seen as not convex, beyond rounding and inner problems.
const BENT: f64 = 1e-6;

impl<F: Functional<Cloud>, G: Place + Proximity<Cloud>> Job<'_, F, G> {
    /// A run of movements; `straight` says whether distances are those of R^d with a constant metric.
    pub(super) fn movements(
        self,
        scheme: &ProximalPoint,
        start: Vec<f64>,
        ends: impl FnOnce(&Track<Cloud>) -> Vec<Check>,
        straight: bool,
    ) -> Result<Record, SpecError> {
        let mut books = None;
        let mut record = self.run(scheme, start, |m| {
            books = Some((m.account, m.track.value[0] - m.track.value[1]));
            let mut found = lines(scheme, &m.account, &m.track);
            found.extend(ends(&m.track));
            found
        })?;
        let Some((account, fell)) = books else { return Ok(record) };
        let extra = &mut record.summary.extra;
        extra.insert("time".into(), json!(account.time));
        extra.insert("length".into(), json!(account.length));
        extra.insert("inner_steps".into(), json!(account.inner));
        extra.insert("from_exact_movements".into(), json!(account.inexact));
        if straight && convex(&account, fell) {
            extra.insert("from_gradient_flow".into(), json!(account.distance()));
            record.notes.push(format!(
                "V is convex as far as the path shows. If it is so everywhere, the path is within {:.1e} of that of exact movements, and within {:.2e} of the gradient flow at every time up to {}; it is {:.3} long.",
                account.inexact,
                account.distance(),
                account.time,
                account.length
            ));
        }
        Ok(record)
    }
}
impl<F: Functional<Cloud>, G: Place> Job<'_, F, G> {
    /// A run of Polyak's steps; `straight` says whether distances are those of straight lines.
    pub(super) fn pursue(
        self,
        scheme: &Polyak,
        start: Vec<f64>,
        ends: impl FnOnce(&Track<Cloud>) -> Vec<Check>,
        straight: bool,
    ) -> Result<Record, SpecError> {
        self.run(scheme, start, |m| {
            let mut found = pursued(scheme, m);
            if !straight {
                found.pop();
            }
            found.extend(ends(&m.track));
            found
        })
    }
}
fn convex(books: &Account, fell: f64) -> bool {
    books.concave <= BENT * fell.abs()
}
/// The lines of movements alone.
fn lines(scheme: &ProximalPoint, books: &Account, track: &Track<Cloud>) -> Vec<Check> {
    let (all, size) = (track.value[0] - track.value[1], 1.0 + track.value[0].abs());
    let inequality = Check::at_most(
        "variational inequality",
        if books.time > 0.0 { books.excess } else { f64::NAN },
        1e-12 * size,
        (
            "V(y) + D(y, x) / h <= V(x) in every movement from x to y.",
            "A movement went up: V is rounded, or its gradient is not that of V (the last line tells).",
        ),
    );
    // The trapezoid is in the middle of what the integral may be, which is little where movements are short.
    let [fell, said, width] = books.short;
    let scale = fell.abs().max(f64::MIN_POSITIVE);
    // An inner gradient e moves each part by about d |e|, and sum d^2 / h is less than twice the fall.
    let left = if books.length > 0.0 { books.inexact / books.length } else { 0.0 };
    let slack = 1e-12 * size + 4.0 * scheme.inner.max(left) * fell.abs();
    let mut identity = Check::at_most(
        "De Giorgi's identity",
        if said > 0.0 { ((fell - said) / scale).abs() } else { f64::NAN },
        if said > 0.0 { (width + slack) / scale } else { WIDE },
        (
            "V fell by what the movements and the slopes of those before them say, as far as they are short.",
            "V did not fall by what distances and slopes say: the gradient is not that of V (the last line tells).",
        ),
    );
    if said <= 0.0 && books.time > 0.0 {
        identity.advice = "Every movement went so far that the slope where it ended is another than where it began, and what V fell by in \
                           between may be anything: a shorter `step` follows the flow, and tells.";
    } else if identity.verdict == Verdict::Violated && !convex(books, all) {
        identity.verdict = Verdict::Inconclusive;
        identity.advice =
            "V is not convex along the path, so that slopes of movements need not fall with their length.";
    } else if identity.verdict == Verdict::Holds && identity.bound > WIDE {
        identity.verdict = Verdict::Inconclusive;
        identity.advice =
            "What V fell by in short movements is hardly more than its rounding, or than what inner problems left.";
    }
    let mut inexact = Check::at_most(
        "inexactness",
        if books.length > 0.0 { books.inexact / books.length } else { f64::NAN },
        scheme.inner * (1.0 + 1e-9),
        (
            "Inner problems were solved to the share that was asked for.",
            "Inner problems were cut short: take a shorter `step`, a larger `memory`, or scale the coordinates.",
        ),
    );
    if inexact.verdict == Verdict::Violated && books.cut == 0 {
        inexact.verdict = Verdict::Inconclusive;
        inexact.advice = "Inner problems were solved to their rounding, which is above the share that was asked for: ask for a larger `inner`.";
    }
    vec![inequality, identity, inexact]
}
/// The lines of Polyak's steps alone, the last of them in straight lines.
fn pursued(scheme: &Polyak, m: &Pursuit<Cloud>) -> Vec<Check> {
    let size = 1.0 + m.track.value[0].abs() + scheme.minimum.abs();
    let below = Check::at_most(
        "minimum",
        scheme.minimum - m.track.value[1],
        1e-12 * size,
        ("V is not below what is said to be its minimum.", "V fell below `minimum`: state a lower one."),
    );
    let mut kept = Check::at_most(
        "Fejer's inequality",
        m.promised() / m.apart(),
        1.0 + 1e-6,
        (
            "No step led away from the end, as a convex V promises.",
            "Steps led away from the end: V is not convex, or `minimum` is too low to be reached.",
        ),
    );
    if kept.verdict == Verdict::Violated {
        kept.verdict = Verdict::Inconclusive;
    }
    vec![below, kept]
}
