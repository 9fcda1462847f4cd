//! One line of the ledger: a number, its bound, a verdict, and what to do about it.

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The number is within its bound.
    Holds,
    /// It is not.
    Violated,
    /// Too little was seen to tell.
    Inconclusive,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is checked.
    pub name: &'static str,
    /// The number.
    pub value: f64,
    /// What it was held against.
    pub bound: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// What the check means where it holds, what to change where it does not.
    pub advice: &'static str,
}
impl Check {
    /// Holds where `value <= bound`; inconclusive where `value` is NaN. `advice` is (where it holds, where it does not).
    ///
    /// ```
    /// use steepest_flows::observer::{Check, Verdict};
    /// let check = Check::at_most("divergences", 3.0, 0.0, ("None.", "Raise the target acceptance."));
    /// assert_eq!((check.verdict, check.advice), (Verdict::Violated, "Raise the target acceptance."));
    /// ```
    pub fn at_most(name: &'static str, value: f64, bound: f64, advice: (&'static str, &'static str)) -> Self {
        Check::judge(name, value, bound, value <= bound, advice)
    }
    /// Holds where `value >= bound`; inconclusive where `value` is NaN.
    pub fn at_least(name: &'static str, value: f64, bound: f64, advice: (&'static str, &'static str)) -> Self {
        Check::judge(name, value, bound, value >= bound, advice)
    }
    fn judge(
        name: &'static str,
        value: f64,
        bound: f64,
        good: bool,
        (holds, fails): (&'static str, &'static str),
    ) -> Self {
        let (verdict, advice) = match (value.is_nan() || bound.is_nan(), good) {
            (true, _) => (Verdict::Inconclusive, "Too little was seen to tell."),
            (_, true) => (Verdict::Holds, holds),
            _ => (Verdict::Violated, fails),
        };
        Check { name, value, bound, verdict, advice }
    }
    /// Holds where a mean that should be 1 is within `tolerance`, beyond four standard errors, of it. Inconclusive where it
    /// looks good but four standard errors exceed `resolution`: a bias of that size would have gone unseen; and where it was 1 without
    /// any spread, as the work of a flat energy.
    ///
    /// The value is the deviation from 1.
    ///
    /// ```
    /// use steepest_flows::observer::{Check, Verdict};
    /// let verdict = |mean, error| Check::unit("work", (mean, error), 0.0, 0.25, ("", "")).verdict;
    /// assert_eq!((verdict(1.01, 0.01), verdict(1.1, 0.01)), (Verdict::Holds, Verdict::Violated));
    /// assert_eq!((verdict(1.1, 0.1), verdict(1.0, 0.0)), (Verdict::Inconclusive, Verdict::Inconclusive));
    /// ```
    pub fn unit(
        name: &'static str,
        (mean, standard_error): (f64, f64),
        tolerance: f64,
        resolution: f64,
        advice: (&'static str, &'static str),
    ) -> Self {
        let (value, noise) = (mean - 1.0, 4.0 * standard_error);
        let mut check = Check::at_most(name, value.abs(), tolerance + noise, advice);
        check.value = value;
        if check.verdict == Verdict::Holds && value == 0.0 && standard_error == 0.0 {
            check.verdict = Verdict::Inconclusive;
            check.advice = "It was one each time, to the last bit: nothing varied, so nothing was tested.";
        } else if check.verdict == Verdict::Holds && noise > resolution {
            check.verdict = Verdict::Inconclusive;
            check.advice = "No sign of trouble, but too little was seen to be sure: run longer.";
        }
        check
    }
}
