//! ACCOUNT: what the ledger holds proximal gradients to.
use crate::keys::regulariser;
use crate::{Config, Geometry, Scheme};
use steepest_flows::observer::{Check, Verdict};
use steepest_flows::scheme::ProximalGradient;
use steepest_flows::scheme::minimiser::Ending;
use steepest_flows::scheme::proximal_gradient::{Inertia, Progress};
use steepest_flows::state::Cloud;
use steepest_models::Model;

/// The lines of a run that ended at x, a `divergence` D(x, x_0) away from where it began.
pub(super) fn lines(
    config: &Config,
    scheme: &ProximalGradient,
    m: &Progress<Cloud>,
    (x, divergence): (&Cloud, f64),
) -> Vec<Check> {
    let (books, tolerance) = (&m.account, scheme.stop.gradient);
    let size = 1.0 + m.value[0].abs();
    let mut found = vec![Check::at_most(
        "relative smoothness",
        if m.steps > 0 { books.excess } else { f64::NAN },
        0.0,
        (
            "Each step was short enough for what V promises in this geometry.",
            "A step was too long for V in this geometry: leave `step` out and it is found.",
        ),
    )];
    if scheme.inertia == Inertia::None || scheme.restart {
        found.push(Check::at_most(
            "V never rises",
            if m.steps > 0 { books.climb } else { f64::NAN },
            1e-12,
            ("Every step went down.", "V rose in a step: it is too long; leave `step` out and it is found."),
        ));
    }
    if scheme.inertia == Inertia::None && m.steps > 0 {
        let push: f64 = m.push.0.iter().zip(&x.x).map(|(a, b)| a * b).sum();
        // With R the sum is an inequality.
        let left = books.slope - push - books.time * m.simple() + books.divergence - divergence;
        let left = if m.simple() == 0.0 { left.abs() } else { left };
        found.push(Check::at_most(
            "three points",
            left / (divergence + books.divergence).max(1e-9 * size * books.time).max(f64::MIN_POSITIVE),
            1e-6,
            (
                "Steps, map and gradient fit each other: <h dV(x), x+ - u> = D(u, x) - D(u, x+) - D(x+, x), in sum.",
                "Steps are not those of the map: report this, unless the gradient is wrong too (the last line tells).",
            ),
        ));
        let regret = (books.value - books.time * m.value[1]) / divergence.max(f64::MIN_POSITIVE);
        let mut check = Check::at_most(
            "regret",
            if regret.is_finite() { regret } else { f64::NAN },
            1.0 + 1e-6,
            (
                "Mirror descent kept its promise, sum h (V(x+) - V(end)) <= D(end, x0).",
                "V is not convex along the way, so the end may be a local minimum.",
            ),
        );
        // Nothing is promised of steps that are too long; of others the promise fails where V is not convex alone.
        if books.excess > 0.0 {
            check.verdict = Verdict::Inconclusive;
            check.advice = "A step was too long for V in this geometry, and of such steps nothing is promised: leave `step` out and it is found.";
        } else if check.verdict == Verdict::Violated {
            check.verdict = Verdict::Inconclusive;
        }
        found.push(check);
    }
    found.push(Check::at_most(
        "feasibility",
        m.optimality.violation,
        1e-10,
        ("The end is in the domain.", "The end has left the domain: report this."),
    ));
    let advice = "The end is not yet a minimum: allow more steps, or scale the coordinates.";
    let ends = ("The conditions of a minimum hold at the end.", advice);
    let mut end = Check::at_most("KKT residual", m.optimality.residual, tolerance, ends);
    if m.ending == Some(Ending::Rounding) && end.verdict == Verdict::Violated {
        end.verdict = Verdict::Inconclusive;
        end.advice = "The next step is less than rounding: ask for a larger tolerance.";
    }
    found.push(end);
    if bounded(config) {
        found.push(gap(m.optimality.gap, m));
    }
    found
}
/// Primal less dual value, held against what V fell by.
pub(super) fn gap(gap: f64, m: &Progress<Cloud>) -> Check {
    let least = 1e-3 * (1.0 + m.value[0].abs());
    Check::at_most(
        "duality gap",
        gap,
        1e-6 * (m.value[0] - m.value[1]).max(least),
        (
            "V(end) is above its minimum by no more than this, if V is convex.",
            "V may still be above its minimum by this much: allow more steps.",
        ),
    )
}
/// Whether a run has what a check is about.
pub(crate) fn promises(config: &Config, model: &dyn Model, check: &str) -> bool {
    let (inertia, restart) = match config.scheme {
        Scheme::MirrorDescent { inertia, .. } => (inertia, true),
        Scheme::ProximalGradient { inertia, restart, .. } => (inertia, restart),
        _ => return true,
    };
    let plain = inertia == crate::Inertia::None;
    match check {
        "three points" | "regret" => plain,
        "V never rises" => plain || restart,
        // A regression has the dual of its rows, where it is known.
        "duality gap" if config.penalised() => model.dual(&vec![0.0; model.dim()], 0.0).is_some(),
        "duality gap" => bounded(config),
        _ => true,
    }
}
/// Whether the points where V + R is finite are bounded, so that the gap is.
fn bounded(config: &Config) -> bool {
    let simple = config.functional.regulariser();
    match &config.geometry {
        Geometry::Mirror { map, .. } => {
            let compact = ["entropy", "tsallis", "fermi-dirac", "von-neumann"].contains(&map.as_str());
            compact && simple.is_none_or(|simple| simple.kind == "map")
        }
        _ => simple.is_some_and(|simple| match simple.kind.as_str() {
            "box" => simple.numbers.contains_key("low") && simple.numbers.contains_key("high"),
            kind => regulariser(kind).is_some_and(|simple| simple.bounded),
        }),
    }
}
