//! TURNING: whether a small gradient is that of a minimum, or of a V that levels off.
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::observer::{Check, Verdict};

/// Share of the way gone within which V turns up again where a descent has come to a minimum.
const NEAR: f64 = 0.1;
/// Lengths that are tried, each a quarter of the one before: further off V may have turned twice.
const LENGTHS: usize = 10;
/// A way, relative to 1 + |x|, that says nothing of the size of x: the descent began where it ended.
const SHORT: f64 = 1e-3;

/// Whether V turns up again down the slope at `to`, where a descent ended that began at `from`.
///
/// Where the curvature is c the bottom is |dV| / c further on. At a minimum that is a tiny part of the way that was gone; where V
/// decays for ever, as exp(-x), dV gets as small as one likes, and V'' with it. What is not a number is no slope that goes on.
pub(in crate::drive) fn turns(model: &dyn Potential, from: &[f64], to: &[f64]) -> bool {
    let (d, mut work) = (to.len(), Workspace::default());
    let mut slope = |x: &[f64]| {
        let mut xi = vec![0.0; d];
        model.gradients(Batch { n: 1, d, x }, 1.0, &mut xi, &mut work);
        xi
    };
    let down = slope(to);
    let norm = length(&down);
    if norm == 0.0 || !norm.is_finite() || from.len() != d {
        return true;
    }
    let gone = length(&from.iter().zip(to).map(|(from, to)| to - from).collect::<Vec<_>>());
    let size = 1.0 + length(to);
    let mut step = NEAR * if gone > SHORT * size { gone } else { size };
    for _ in 0..LENGTHS {
        let further: Vec<f64> = to.iter().zip(&down).map(|(x, g)| x - step * g / norm).collect();
        let along: f64 = slope(&further).iter().zip(&down).map(|(a, b)| a / norm * b).sum();
        if along <= 0.0 || along.is_nan() {
            return true;
        }
        step *= 0.25;
    }
    false
}
fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}
/// The line of the end, where V does not turn: its gradient is small, and that is not enough.
pub(in crate::drive) fn levels_off(check: &mut Check) {
    if ends(check) {
        check.verdict = Verdict::Inconclusive;
        check.advice = "The gradient is small, but V does not turn up within a tenth of the way that was gone: it may level off, as exp(-x) \
                        does, and have no minimum, or change so little that a smaller `tolerance` is needed.";
    }
}
/// Whether this line says that the end is a critical point.
pub(in crate::drive) fn ends(check: &Check) -> bool {
    check.name == "gradient at the end" && check.verdict == Verdict::Holds
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_models::Expression;

    #[test]
    fn minima_turn_and_decays_do_not() {
        for (energy, from, to, turn) in [
            // At gradients of 1e-8 and less.
            ("0.5*x^2", 1.0, 1e-8, true),
            ("x^4", 1.0, 1.3e-3, true),
            ("x^6", 2.0, 0.017, true),
            ("(x - 3)^2 * (x + 3)^2", 1.0, 3.0 - 1e-10, true),
            ("exp(x) + exp(-x)", 1.0, -1e-9, true),
            ("1 - cos(x)", 300.0, 96.0 * std::f64::consts::PI + 1e-9, true),
            // Begun where it ended, and at a gradient of exactly zero.
            ("0.5*(x - 100)^2", 100.0 + 1e-9, 100.0 + 1e-9, true),
            ("0.5*x^2", 1.0, 0.0, true),
            ("exp(-x)", 0.0, 18.5, false),
            ("exp(-100*x)", 0.0, 0.23, false),
            ("1/(1 + x^2)", 1.0, 600.0, false),
            ("-log(x)", 1.0, 1e8, false),
            ("-exp(-x^2)", 6.0, 6.0, false),
            ("1e-12*(x - 3)^2", 1.0, 1.0, false),
        ] {
            let model = Expression::parse(energy, &[]).unwrap();
            assert_eq!(turns(&model, &[from], &[to]), turn, "{energy}");
        }
    }
}
