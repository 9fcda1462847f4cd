//! LAGRANGIAN: whether what a user wrote down can move, and how its derivatives are looked at.
use super::checks;
use crate::{Config, SpecError, State};
use steepest_core::{Batch, Lagrangian, Workspace};
use steepest_flows::functional::Legendre;
use steepest_kernels::normals;
use steepest_models::lagrangian_check;

const STREAM: u16 = 0x202;
/// A relative error of a derivative above which it is none; differences resolve it far better.
const DERIVATIVE: f64 = 1e-5;
/// Coordinates above which second derivatives are no longer compared: each costs 32 slopes a point.
const COORDINATES: usize = 50;

/// The order of a method in flow.toml.
pub(super) fn order(method: &str) -> Option<u32> {
    [("midpoint", 2), ("galerkin4", 4), ("galerkin6", 6)]
        .iter()
        .find(|(name, _)| *name == method)
        .map(|(_, order)| *order)
}

/// Whether L depends on the time, as far as a few points tell.
pub(crate) fn timed(l: &dyn Lagrangian) -> bool {
    let (n, d) = (8, l.dim());
    let (mut z, mut slopes) = (vec![0.0; (2 * d + 1) * n], vec![0.0; (2 * d + 1) * n]);
    normals(1, 0, STREAM, 0, &mut z);
    l.gradients(Batch { n, d: 2 * d + 1, x: &z }, 1.0, &mut slopes, &mut Workspace::default());
    slopes[2 * d * n..].iter().any(|slope| *slope != 0.0)
}

/// Refuses a point at which L is no number, and one at which momenta do not tell velocities, and names the direction.
///
/// # Errors
/// Input, at the Lagrangian.
pub(super) fn regular(
    config: &Config,
    l: &dyn Lagrangian,
    names: &[String],
    t: f64,
    q: &[f64],
    v: &[f64],
) -> Result<(), SpecError> {
    let place = |x: &[f64]| x.iter().map(|x| format!("{x:.4}")).collect::<Vec<_>>().join(", ");
    if let Some(what) = undefined(l, t, q, v) {
        let message = format!("{what} at the position ({}) with the velocity ({})", place(q), place(v));
        let problem = config.problem("functional.L", message);
        return Err(match config.state {
            State::Path { .. } => problem.note("give `guess`, points that keep clear of where it is not defined"),
            _ => problem.note("begin where it is defined: `start` and `velocity` in [state]"),
        }
        .into());
    }
    let Some(direction) = Legendre(l).null_direction(t, q, v, &mut Workspace::default()) else { return Ok(()) };
    let largest = direction.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
    let parts: Vec<(f64, &String)> =
        direction.iter().map(|w| w / largest).zip(names).filter(|(w, _)| w.abs() > 1e-6).collect();
    let text: Vec<String> = parts.iter().map(|(w, name)| format!("{w:+.3} {name}")).collect();
    let text = text.join(" ");
    let message = match parts.as_slice() {
        [(_, name)] => format!("the Lagrangian is degenerate: d^2 L/dv^2 vanishes in the direction of `{name}`"),
        _ => format!("the Lagrangian is degenerate: d^2 L/dv^2 vanishes in the direction {text}"),
    };
    let problem = config.problem("functional.L", message);
    let problem = problem.note(format!(
        "at the position ({}) with the velocity ({}): nothing there says how it moves",
        place(q),
        place(v)
    ));
    Err(match parts.as_slice() {
        [(_, name)] => {
            problem.note(format!("if `{name}` is a number, give it: constants = {{ {name} = 1.0 }} in [functional]"))
        }
        _ => problem.note("use fewer coordinates, or a Lagrangian that is not the same for every speed along the path"),
    }
    .into())
}

/// What of L is no number at a point, if anything: itself, or what says how velocities answer to momenta.
fn undefined(l: &dyn Lagrangian, t: f64, q: &[f64], v: &[f64]) -> Option<&'static str> {
    let (d, work) = (q.len(), &mut Workspace::default());
    let z = [q, v, &[t]].concat();
    let at = Batch { n: 1, d: 2 * d + 1, x: &z };
    let (mut value, mut slopes, mut second) = ([0.0_f64], vec![0.0; 2 * d + 1], vec![0.0; 4 * d * d]);
    l.values(at, 1.0, &mut value, work);
    if !value[0].is_finite() {
        return Some(if value[0].is_nan() { "the Lagrangian is no number" } else { "the Lagrangian is infinite" });
    }
    l.jets(at, 1.0, &mut slopes, &mut second, work);
    let mass = |k: usize| second[(d + k / d) * 2 * d + d + k % d];
    (0..d * d).any(|k| !mass(k).is_finite()).then_some("d^2 L/dv^2 is no number")
}

/// Whether derivatives are those of L, at points z = (q, v, t) the run went through.
pub(super) fn derivatives(l: &dyn Lagrangian, z: &[f64], n: usize) -> steepest_record::Check {
    let d = l.dim();
    let report =
        if d > COORDINATES { Default::default() } else { lagrangian_check(l, Batch { n, d: 2 * d + 1, x: z }) };
    checks::differences(
        "derivatives",
        &report,
        DERIVATIVE,
        ("Slopes and second derivatives are those of L.", "Slopes or second derivatives are not those of L."),
    )
}
