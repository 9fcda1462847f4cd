//! IDENTITY: V against the integral of its gradient, along the pieces of a path on which it changed most.
use steepest_core::{Batch, Workspace};
use steepest_flows::observer::{Check, Verdict};
use steepest_models::Model;

/// Pieces of the path that are looked at.
const PIECES: usize = 3;
/// What of the integral V may be off by: a gradient that is wrong by more along the path does not pass.
pub(super) const BOUND: f64 = 0.01;
/// Error of the quadrature, as a share of the integral, from which on it cannot tell.
const DOUBT: f64 = 0.5 * BOUND;
/// Intervals that a piece is cut into at most: 15 gradients each.
const INTERVALS: usize = 6;
/// Relative error of a value.
const ROUNDING: f64 = 1e-13;
pub(super) const NAME: &str = "identity residual";

/// The identity V(y) - V(x) = int <dV, y - x> on straight pieces from points x of the path to the next, `values` being V there: what it
/// is off by, relative to the integral of |<dV, y - x>|. The quadrature says how far it is to be believed.
pub(super) fn hold(model: &dyn Model, path: &[f64], values: &[f64]) -> Check {
    let points: Vec<&[f64]> = path.chunks_exact(model.dim().max(1)).collect();
    let change = |k: &usize| values[k + 1] - values[*k];
    let mut pieces: Vec<usize> = (0..points.len().min(values.len()).saturating_sub(1)).collect();
    pieces.sort_by(|a, b| change(b).abs().total_cmp(&change(a).abs()));
    pieces.truncate(PIECES);
    let (mut off, mut size, mut doubt) = (0.0, 0.0, 0.0);
    for k in &pieces {
        let found = along(model, points[*k], points[k + 1]);
        off += (change(k) - found.whole).abs();
        size += found.size;
        doubt += found.error + ROUNDING * (values[*k].abs() + values[k + 1].abs());
    }
    let (value, doubt) = (off / size, doubt / size);
    let mut check = Check::at_most(
        NAME,
        value,
        BOUND,
        (
            "V fell by what its gradient says, along the steps on which it fell most.",
            "V did not fall by what its gradient says: the gradient is not that of V (the last line tells more).",
        ),
    );
    match check.verdict {
        // A quadrature that has not converged knows too little of its own error to accuse.
        Verdict::Violated if value > BOUND + doubt && doubt <= DOUBT => {}
        Verdict::Holds if doubt <= DOUBT => {}
        _ => {
            check.verdict = Verdict::Inconclusive;
            check.advice = if pieces.is_empty() {
                "There was no step, along which V could be held against its gradient."
            } else {
                "V changed by so little, or so unevenly, along the steps that the integral of its gradient is not known well enough."
            };
        }
    }
    check
}

/// The integral of <dV, s> over a piece s, that of its absolute value, and the error of the first.
#[derive(Clone, Copy, Debug, Default)]
struct Integral {
    whole: f64,
    size: f64,
    error: f64,
}
/// From x to y, cut in two where the error is largest until that is small, or there are too many intervals.
fn along(model: &dyn Model, x: &[f64], y: &[f64]) -> Integral {
    let (d, mut work) = (x.len(), Workspace::default());
    let (mut at, mut slope) = (vec![0.0; d], vec![0.0; d]);
    let mut rate = |s: f64| {
        at.iter_mut().zip(x.iter().zip(y)).for_each(|(at, (x, y))| *at = x + s * (y - x));
        slope.fill(0.0);
        model.gradients(Batch { n: 1, d, x: &at }, 1.0, &mut slope, &mut work);
        slope.iter().zip(x.iter().zip(y)).map(|(g, (x, y))| g * (y - x)).sum::<f64>()
    };
    let mut intervals = vec![([0.0, 1.0], kronrod([0.0, 1.0], &mut rate))];
    loop {
        let mut all = Integral::default();
        for (_, part) in &intervals {
            all.whole += part.whole;
            all.size += part.size;
            all.error += part.error;
        }
        // What is not a number has no error that cutting makes smaller.
        let known = all.error <= 0.1 * DOUBT * all.size || !all.error.is_finite();
        if known || intervals.len() >= INTERVALS {
            return all;
        }
        intervals.sort_by(|(_, a), (_, b)| a.error.total_cmp(&b.error));
        let Some(([a, b], _)) = intervals.pop() else { return all };
        let middle = 0.5 * (a + b);
        for half in [[a, middle], [middle, b]] {
            intervals.push((half, kronrod(half, &mut rate)));
        }
    }
}
/// Nodes in [0, 1] of Kronrod's rule of 15 points, with its weights; every other one, from the second, is Gauss's of 7, with weights of
/// its own.
const NODES: [[f64; 3]; 8] = [
    [0.991_455_371_120_812_6, 0.022_935_322_010_529_225, 0.0],
    [0.949_107_912_342_758_5, 0.063_092_092_629_978_55, 0.129_484_966_168_869_7],
    [0.864_864_423_359_769_1, 0.104_790_010_322_250_18, 0.0],
    [0.741_531_185_599_394_5, 0.140_653_259_715_525_92, 0.279_705_391_489_276_66],
    [0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0],
    [0.405_845_151_377_397_2, 0.190_350_578_064_785_4, 0.381_830_050_505_118_9],
    [0.207_784_955_007_898_47, 0.204_432_940_075_298_9, 0.0],
    [0.0, 0.209_482_141_084_727_83, 0.417_959_183_673_469_4],
];
/// By 15 points, with what 7 of them say of its error.
fn kronrod([a, b]: [f64; 2], rate: &mut impl FnMut(f64) -> f64) -> Integral {
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    let (mut fine, mut coarse, mut size) = (0.0, 0.0, 0.0);
    for [node, weight, few] in NODES {
        // The middle comes once.
        for sign in [-1.0, 1.0].into_iter().skip(usize::from(node == 0.0)) {
            let f = rate(middle + sign * half * node);
            fine += weight * f;
            coarse += few * f;
            size += weight * f.abs();
        }
    }
    Integral { whole: half * fine, size: half * size, error: half * (fine - coarse).abs() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_core::Potential;

    /// V = (1 - x)^2 + 100 (y - x^2)^2, and a gradient of it that is wrong by a factor.
    struct Valley(f64);
    impl Potential for Valley {
        fn values(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            out[0] += scale * ((1.0 - at.x[0]).powi(2) + 100.0 * (at.x[1] - at.x[0].powi(2)).powi(2));
        }
        fn gradients(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            let bend = at.x[1] - at.x[0].powi(2);
            out[0] += self.0 * scale * (2.0 * (at.x[0] - 1.0) - 400.0 * at.x[0] * bend);
            out[1] += self.0 * scale * 200.0 * bend;
        }
    }
    impl Model for Valley {
        fn dim(&self) -> usize {
            2
        }
        fn names(&self) -> Vec<String> {
            vec!["x".into(), "y".into()]
        }
        fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
            out.copy_from_slice(x.x);
        }
    }
    fn judge(factor: f64, path: &[f64]) -> Check {
        let model = Valley(factor);
        let values = path.chunks_exact(2).map(|x| {
            let mut value = [0.0];
            model.values(Batch { n: 1, d: 2, x }, 1.0, &mut value, &mut Workspace::default());
            value[0]
        });
        hold(&model, path, &values.collect::<Vec<_>>())
    }

    /// Steps across the whole valley: a quartic is integrated exactly, so that the residual is rounding, and of a gradient wrong by 5 % it
    /// is 5 %, where the trapezoid of the slopes at both ends is off by as much as V itself.
    #[test]
    fn a_gradient_wrong_by_five_per_cent_is_seen_on_long_steps() {
        let path = [-1.2, 1.0, 0.9, -0.5, 0.3, 0.2, 1.0, 1.0];
        let right = judge(1.0, &path);
        assert!(right.verdict == Verdict::Holds && right.value < 1e-13, "{right:?}");
        for (factor, off) in [(1.05, 0.05 / 1.05), (0.95, 0.05 / 0.95), (1.5, 0.5 / 1.5)] {
            let wrong = judge(factor, &path);
            // Relative to the integral of |slope|, which is longer than the fall where V rises in between.
            assert!(wrong.verdict == Verdict::Violated && wrong.value <= off + 1e-12, "{wrong:?}");
            assert!(wrong.value > 0.3 * off, "{wrong:?}");
        }
    }
    /// No step, a step without a change, and one on which V is not finite say nothing.
    #[test]
    fn what_says_nothing_is_inconclusive() {
        let far = [0.5, 0.5, f64::INFINITY, 0.5];
        for path in [&[0.5, 0.5][..], &[0.5, 0.5, 0.5, 0.5], &far, &[1.0, 1.0, 1.0, 1.0]] {
            let check = judge(1.0, path);
            assert!(check.verdict == Verdict::Inconclusive, "{path:?}: {check:?}");
        }
    }
}
