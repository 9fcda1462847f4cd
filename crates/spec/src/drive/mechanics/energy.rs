//! ENERGY: how well a run kept H, by the size of its energies and by the swings that were seen.
use steepest_flows::observer::{Check, Verdict};

/// Looks below which nothing is said of H.
const LOOKS: usize = 8;
/// Turns, of the motion or of the error of H, in each half of a run: within a swing any error rises.
const TURNS: usize = 6;
/// Share of the looks at which the kinetic energy is no larger than the size of the energies.
const COMMON: f64 = 0.9;
/// Share of an energy that is rounding, over a long run.
const ROUNDING: f64 = 1e-11;
/// Share of the size of the energies that H may be off.
const BOUND: f64 = 0.05;

/// H and the kinetic energy at the looks of a run, means over its replicas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Energies<'a> {
    pub(super) h: &'a [f64],
    pub(super) kinetic: &'a [f64],
}
impl Energies<'_> {
    fn first(&self) -> f64 {
        self.h.first().copied().unwrap_or(f64::NAN)
    }
    /// What an error of H is a share of.
    pub(super) fn size(&self) -> f64 {
        common(self.kinetic)
    }
    /// The largest |H - H(0)|; NaN where H is not finite.
    pub(super) fn off(&self) -> f64 {
        largest(self.h, self.first())
    }
    /// Whether the error of H stays within what it has been; `swings` are the turns of a coordinate in that half of the run in which it
    /// has fewer.
    ///
    /// Inconclusive where few swings were seen; and where an error that is larger in the second half comes back, as that of
    /// encounters does, which a chaotic motion has at any time.
    pub(super) fn drift(&self, swings: usize) -> Check {
        let (h, first) = (self.h, self.first());
        let (early, late) = h.split_at(h.len() / 2);
        let [before, after] = [early, late].map(|part| largest(part, first));
        let rounding = ROUNDING * self.size().max(first.abs());
        let mut check = Check::at_most(
            "H drift",
            if h.len() < LOOKS { f64::NAN } else { after },
            // An error that grows with the time doubles from one half to the other.
            1.5 * before + rounding,
            (
                "The energy error is no larger in the second half than in the first: bounded, as for a symplectic scheme.",
                "The energy error grows: the step is near the edge of stability, or the force is not the gradient.",
            ),
        );
        if check.value.is_nan() || check.bound.is_nan() {
            check.advice = match h.len() {
                ..LOOKS => "Too few looks to tell: make `every` in [run] smaller.",
                _ => "H is not finite at some of the looks.",
            };
            return check;
        }
        let least = |[early, late]: [usize; 2]| early.min(late);
        let (low, high) = range(h);
        let of_error = least(turns(h, (0.05 * (high - low)).max(0.01 * rounding)));
        let seen = of_error.max(least(turns(self.kinetic, 1e-10 * self.size())));
        // What is rounding cannot be growth, so that there a coordinate may tell the time, as on a circle.
        let seen = if before.max(after) <= rounding { seen.max(swings) } else { seen };
        // What has kept H to its rounding while it moved needs no swings to show it.
        let kept = check.verdict == Verdict::Holds && before.max(after) <= rounding && self.size() > 0.0;
        if seen < TURNS && !kept {
            check.verdict = Verdict::Inconclusive;
            check.advice = "Too few swings to tell an error that grows from one that comes back: run longer.";
        } else if check.verdict == Verdict::Violated && !self.grows() {
            check.verdict = Verdict::Inconclusive;
            check.advice = "The energy error was largest late, but came back: run longer to tell whether it grows.";
        }
        check
    }
    /// Whether the error rises from quarter to quarter, or has left for good where it was in the first half.
    fn grows(&self) -> bool {
        let (h, first) = (self.h, self.first());
        let quarter = |k: usize| &h[h.len() * k / 4..h.len() * (k + 1) / 4];
        let rises = (0..3).all(|k| largest(quarter(k + 1), first) > 1.2 * largest(quarter(k), first));
        let (low, high) = range(&h[..h.len() / 2]);
        let (margin, mut end) = (0.25 * (high - low), quarter(3).to_vec());
        let middle = end.len() / 2;
        let median = *end.select_nth_unstable_by(middle, f64::total_cmp).1;
        rises || median < low - margin || median > high + margin
    }
    /// The error of H as a share of the size of the energies; `worst` is that of one replica.
    pub(super) fn error(&self, worst: Option<f64>) -> Check {
        let (off, size, lost) = (self.off(), self.size(), self.h.iter().any(|h| !h.is_finite()));
        let share = match (lost, size == 0.0) {
            (true, _) => f64::INFINITY,
            (_, true) => f64::NAN,
            _ => (off / size).max(worst.unwrap_or(0.0)),
        };
        let mut check = Check::at_most(
            "energy error",
            share,
            BOUND,
            (
                "H is kept to a few per cent of the kinetic energy.",
                "H is off by more than 5 % of the kinetic energy: the step is too long where forces are strong. \
                 Halve it, or take an adaptive method (`runge-kutta` with `dormand-prince`).",
            ),
        );
        if lost {
            check.advice = "H is not finite at some of the looks: the motion went where the energy has no value. Halve \
                            the step, or start where the motion keeps clear of that.";
        } else if size == 0.0 {
            check.advice = "Nothing moved, so that H had nothing to change by.";
        } else if 64.0 * f64::EPSILON * largest(self.h, 0.0) > BOUND * size {
            check.verdict = Verdict::Inconclusive;
            check.advice = "The kinetic energy is as small as the rounding of H: take a constant off the energy.";
        } else if self.h.len() < LOOKS && check.verdict == Verdict::Holds {
            check.verdict = Verdict::Inconclusive;
            check.advice = "Too few looks to tell what H was between them: make `every` in [run] smaller.";
        }
        check
    }
}
/// The kinetic energy that nine looks in ten do not exceed; of few looks the largest.
///
/// H itself has no size, as V may have any constant. The largest kinetic energy is that of a close encounter, and where a step is
/// too long for one, that is the fault itself.
pub(in crate::drive) fn common(kinetic: &[f64]) -> f64 {
    let mut kinetic: Vec<f64> = kinetic.iter().map(|k| k.abs()).filter(|k| k.is_finite()).collect();
    kinetic.sort_unstable_by(f64::total_cmp);
    let Some(last) = kinetic.len().checked_sub(1) else { return 0.0 };
    let share = if kinetic.len() < LOOKS { 1.0 } else { COMMON };
    kinetic[(share * last as f64) as usize]
}
/// The largest distance from home; NaN where one is not finite.
fn largest(h: &[f64], home: f64) -> f64 {
    let add = |most: f64, off: f64| if off.is_finite() && !most.is_nan() { most.max(off) } else { f64::NAN };
    h.iter().map(|h| (h - home).abs()).fold(0.0, add)
}
fn range(h: &[f64]) -> (f64, f64) {
    h.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), h| (low.min(*h), high.max(*h)))
}
/// How often a series turns by more than `least`, in its first half and in its second.
pub(super) fn turns(series: &[f64], least: f64) -> [usize; 2] {
    let mut found = [0; 2];
    let Some(mut extreme) = series.first().copied() else { return found };
    let mut way = 0.0;
    for (i, &x) in series.iter().enumerate() {
        if way == 0.0 && (x - extreme).abs() > least {
            (way, extreme) = ((x - extreme).signum(), x);
        } else if way * (x - extreme) > 0.0 {
            extreme = x;
        } else if way * (extreme - x) > least {
            found[usize::from(2 * i >= series.len())] += 1;
            (way, extreme) = (-way, x);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A motion of 20 swings whose kinetic energy is sin^2, and an error of H on top of `base`.
    fn judged(base: f64, error: impl Fn(f64) -> f64) -> [Check; 2] {
        let t: Vec<f64> = (0..1001).map(|i| i as f64 / 1000.0).collect();
        let kinetic: Vec<f64> = t.iter().map(|t| (62.8 * t).sin().powi(2)).collect();
        let h: Vec<f64> = t.iter().map(|t| base + error(*t)).collect();
        let energies = Energies { h: &h, kinetic: &kinetic };
        [energies.drift(20), energies.error(None)]
    }

    #[test]
    fn turns_are_counted_by_halves_and_beyond_rounding() {
        let wave = |n: usize| (0..n).map(|i| (i as f64 * 0.1).sin()).collect::<Vec<_>>();
        // From 0 to 31.4: extremes at pi / 2 + k pi, five in each half.
        assert_eq!(turns(&wave(315), 0.01), [5, 5]);
        assert_eq!(turns(&wave(315), 3.0), [0, 0]);
        let line: Vec<f64> = (0..100).map(|i| i as f64 + 1e-9 * f64::from(i % 2)).collect();
        assert_eq!((turns(&line, 1e-6), turns(&[], 0.0), turns(&[1.0], 0.0)), ([0, 0], [0, 0], [0, 0]));
    }

    #[test]
    fn growth_is_told_from_what_comes_back() {
        let wave = |t: f64| 1e-3 * (62.8 * t).cos();
        let drift = |error: &dyn Fn(f64) -> f64| judged(-1.0, error)[0].verdict;
        assert_eq!(drift(&wave), Verdict::Holds);
        assert_eq!(drift(&|t| wave(t) + 0.02 * t), Verdict::Violated);
        assert_eq!(drift(&|t| wave(t) * (5.0 * t).exp()), Verdict::Violated, "a swing that grows");
        // An encounter late in the run, and one after which H is another.
        assert_eq!(drift(&|t| wave(t) + 0.02 * (-((t - 0.7) / 0.01).powi(2)).exp()), Verdict::Inconclusive);
        assert_eq!(drift(&|t| wave(t) + if t > 0.7 { 0.02 } else { 0.0 }), Verdict::Violated);
        // Within rounding nothing grows.
        assert_eq!(drift(&|t| 1e-13 * t), Verdict::Holds);
    }

    #[test]
    fn a_part_of_a_swing_says_nothing() {
        let part: Vec<f64> = (0..101).map(|i| (0.01 * i as f64).sin().powi(2)).collect();
        let h: Vec<f64> = part.iter().map(|k| 0.5 + 1e-9 * k).collect();
        let check = Energies { h: &h, kinetic: &part }.drift(0);
        assert!(check.verdict == Verdict::Inconclusive && check.value > check.bound, "{check:?}");
    }

    /// The size of the energies has no part of a constant of V, and none of what few looks saw.
    #[test]
    fn errors_are_measured_by_the_motion() {
        let error = |base: f64, by: f64| judged(base, move |t| by * t)[1].clone();
        for base in [0.0, -1.0, 1e6] {
            assert_eq!(error(base, 0.04).verdict, Verdict::Holds, "{base}");
            assert_eq!(error(base, 0.06).verdict, Verdict::Violated, "{base}");
        }
        assert_eq!(error(1e14, 0.06).verdict, Verdict::Inconclusive, "rounding is as large");
        let (mut kinetic, mut h) = (vec![0.5; 100], vec![-0.5; 100]);
        kinetic[40..45].fill(1e3);
        h[45..].fill(0.0);
        let check = |h: &[f64]| Energies { h, kinetic: &kinetic }.error(None);
        assert_eq!((check(&h).value, check(&h).verdict), (1.0, Verdict::Violated));
        h[45..].fill(f64::NAN);
        assert_eq!(check(&h).verdict, Verdict::Violated, "H that is no number is not kept");
        let rest = Energies { h: &[1.0; 20], kinetic: &[0.0; 20] };
        assert_eq!([rest.drift(0).verdict, rest.error(None).verdict], [Verdict::Inconclusive; 2]);
        let of_one = Energies { h: &[-0.5; 20], kinetic: &[0.5; 20] };
        assert_eq!(of_one.error(Some(0.3)).verdict, Verdict::Violated, "a replica that the mean hides");
        let few = Energies { h: &[-0.5; 3], kinetic: &[0.5; 3] };
        assert_eq!([few.drift(9).verdict, few.error(None).verdict], [Verdict::Inconclusive; 2]);
    }
}
