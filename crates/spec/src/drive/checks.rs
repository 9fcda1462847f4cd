//! CHECKS: the ledger's findings as lines of a record.
use steepest_flows::observer::{Check, Verdict};

/// A finding in the words of `summary.json`.
pub(super) fn line(check: &Check) -> steepest_record::Check {
    steepest_record::Check {
        check: check.name.to_owned(),
        verdict: match check.verdict {
            Verdict::Holds => steepest_record::Verdict::Holds,
            Verdict::Violated => steepest_record::Verdict::Violated,
            Verdict::Inconclusive => steepest_record::Verdict::Inconclusive,
        },
        value: check.value,
        bound: check.bound,
        advice: check.advice.to_owned(),
    }
}
/// All of them.
pub(super) fn lines(checks: &[Check]) -> Vec<steepest_record::Check> {
    checks.iter().map(line).collect()
}
