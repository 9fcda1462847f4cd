//! WALLS: energies that end or jump within reach of the draws, where identities that know of no boundary may fail.
use super::jumps;
use steepest_core::{Batch, Workspace};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::observer::Moments;
use steepest_models::Model;
use steepest_record::{Check, Verdict};

/// Draws and coordinates that are looked about from.
const LOOKS: usize = 32;
const COORDINATES: usize = 200;
/// How far, in standard deviations of the coordinate.
const REACH: f64 = 2.0;

/// The law of the draws is not called wrong where the energy ends nearby, or jumps: a density that does not vanish at its end, or is not
/// the same on both sides of a step, adds a term of the boundary to the temperature and to Stein's identity.
pub(super) fn excuse(model: &dyn Model, at: &Positions, ledger: &mut [Check]) {
    let of_the_law = |check: &Check| {
        check.verdict == Verdict::Violated
            && (check.check == "configurational temperature" || check.check.starts_with("kernel Stein"))
    };
    if !ledger.iter().any(of_the_law) {
        return;
    }
    let advice = if are_near(model, at) {
        "The energy ends within reach of the draws. Where the density does not vanish there, this identity does not hold: give the \
         coordinate its domain, as with `positive` or `bounded`."
    } else if jumps::are_near(model, at) {
        "The energy jumps within reach of the draws, and its gradient knows nothing of that, so that this identity does not hold: a smooth \
         step in its place, as with `logistic`, would be tested."
    } else {
        return;
    };
    for check in ledger.iter_mut().filter(|check| of_the_law(check)) {
        check.verdict = Verdict::Inconclusive;
        check.advice = advice.to_owned();
    }
}
/// Whether a step of two standard deviations along a coordinate leads from a draw to where the energy is not finite.
fn are_near(model: &dyn Model, at: &Positions) -> bool {
    let (n, d, mut work) = (LOOKS.min(at.n), at.d, Workspace::default());
    let column = |j: usize| &at.x[j * at.n..(j + 1) * at.n];
    let from: Vec<f64> = (0..d).flat_map(|j| (0..n).map(move |i| column(j)[i * at.n / n.max(1)])).collect();
    let mut finite = |x: &[f64]| {
        let mut values = vec![0.0; n];
        model.values(Batch { n, d, x }, 1.0, &mut values, &mut work);
        values.iter().all(|value| value.is_finite())
    };
    if n == 0 || !finite(&from) {
        return false;
    }
    (0..d.min(COORDINATES)).any(|j| {
        let spread: Moments = column(j).iter().copied().collect();
        [-REACH, REACH].into_iter().any(|reach| {
            let mut x = from.clone();
            x[j * n..(j + 1) * n].iter_mut().for_each(|x| *x += reach * spread.variance().sqrt());
            !finite(&x)
        })
    })
}
