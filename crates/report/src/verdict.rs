//! The headline: what the ledger says of the run, in one word and one sentence.
use crate::number::{concise, count};
use steepest_record::{Check, Summary, Verdict};

/// A word, the sentence after it, and the class that colours them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// `Certified`, `Look here`, `Not yet certified`, `Not checked`.
    pub word: &'static str,
    /// Why.
    pub sentence: String,
    /// `holds`, `violated` or `inconclusive`.
    pub class: &'static str,
}

/// The class of a verdict in the page.
pub fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated => "violated",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// The sign beside it, for readers who see no colours.
pub fn sign(class: &str) -> &'static str {
    match class {
        "holds" => "✓",
        "violated" => "✗",
        _ => "?",
    }
}

/// A verdict as the pages show it: its sign and its word, in its colour.
pub(crate) fn badge(verdict: Verdict) -> String {
    let class = class(verdict);
    format!("<span class=\"badge {class}\"><span aria-hidden=\"true\">{}</span> {class}</span>", sign(class))
}

/// The headline of a ledger: certified where every check holds.
///
/// ```
/// use steepest_report::verdict::headline;
/// assert_eq!(headline(&Default::default()).word, "Not checked");
/// ```
pub fn headline(summary: &Summary) -> Headline {
    let of = |v: Verdict| summary.ledger.iter().filter(move |c| c.verdict == v).collect::<Vec<&Check>>();
    let (violated, open, all) = (of(Verdict::Violated), of(Verdict::Inconclusive), summary.ledger.len());
    if all == 0 {
        let sentence = "The ledger of this run holds no checks, so nothing here is certified.".into();
        return Headline { word: "Not checked", sentence, class: "inconclusive" };
    }
    if !violated.is_empty() {
        let sentence =
            format!("In the ledger {} violated: {}. {CAUTION}", counted(violated.len(), all), names(&violated));
        return Headline { word: "Look here", sentence, class: "violated" };
    }
    if !open.is_empty() {
        let sentence = format!(
            "Nothing is violated, but {} undecided: {}. A longer run would tell.",
            counted(open.len(), all),
            names(&open)
        );
        return Headline { word: "Not yet certified", sentence, class: "inconclusive" };
    }
    let hold = match all {
        1 => "The one check of the ledger holds".into(),
        2 => "Both checks of the ledger hold".into(),
        _ => format!("All {all} checks of the ledger hold"),
    };
    Headline { word: "Certified", sentence: format!("{hold}. {}", evidence(summary)), class: "holds" }
}

const CAUTION: &str = "Do not rely on these numbers before reading the ledger.";

fn counted(n: usize, all: usize) -> String {
    match (n, all) {
        (1, 1) => "the one check is".into(),
        (1, _) => format!("1 of {all} checks is"),
        _ => format!("{n} of {all} checks are"),
    }
}

fn names(checks: &[&Check]) -> String {
    let mut names: Vec<&str> = checks.iter().take(4).map(|c| c.check.as_str()).collect();
    let more = format!("{} more", checks.len().saturating_sub(4));
    if checks.len() > 4 {
        names.push(&more);
    }
    names.join(", ")
}

/// The numbers that a reader would ask for next.
fn evidence(summary: &Summary) -> String {
    let worst =
        |pick: fn(&steepest_record::Parameter) -> f64| summary.parameters.iter().map(pick).filter(|x| x.is_finite());
    let rhat = worst(|p| p.rhat).fold(f64::NAN, f64::max);
    let ess = worst(|p| p.ess_bulk.min(p.ess_tail)).fold(f64::NAN, f64::min);
    if rhat.is_finite() && ess.is_finite() {
        return format!(
            "The largest R-hat is {rhat:.3} and the smallest bulk or tail ESS {}.",
            count(ess.round() as u64)
        );
    }
    match &summary.objective {
        Some(o) => format!("The objective went from {} to {}.", concise(o.initial, 4), concise(o.r#final, 4)),
        None => String::new(),
    }
}

/// Value and bound of a check, written by `write` with four digits, or as many more as tell a violated one from its bound.
///
/// ```
/// use steepest_record::{Check, Verdict};
/// let check = Check { value: 1.01002, bound: 1.01, verdict: Verdict::Violated, ..Check::default() };
/// let said = steepest_report::verdict::told_apart(&check, |x, digits| format!("{x:.*}", digits - 1));
/// assert_eq!(said, ["1.01002", "1.01000"]);
/// ```
pub fn told_apart(check: &Check, write: impl Fn(f64, usize) -> String) -> [String; 2] {
    let with = |digits| [check.value, check.bound].map(|x| write(x, digits));
    let apart = check.verdict == Verdict::Violated && check.value != check.bound;
    (4..=17).map(with).find(|[value, bound]| !apart || value != bound).unwrap_or_else(|| with(17))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(verdicts: &[Verdict]) -> Summary {
        let check = |(i, v): (usize, &Verdict)| Check { check: format!("check {i}"), verdict: *v, ..Check::default() };
        Summary { ledger: verdicts.iter().enumerate().map(check).collect(), ..Summary::default() }
    }

    #[test]
    fn one_word_each() {
        use Verdict::{Holds, Inconclusive, Violated};
        assert_eq!(headline(&summary(&[Holds, Holds])).word, "Certified");
        assert_eq!(headline(&summary(&[Holds, Inconclusive])).word, "Not yet certified");
        let bad = headline(&summary(&[Holds, Inconclusive, Violated]));
        assert_eq!((bad.word, bad.class), ("Look here", "violated"));
        assert!(bad.sentence.starts_with("In the ledger 1 of 3 checks is violated: check 2."), "{}", bad.sentence);
        assert!(headline(&summary(&[Violated; 9])).sentence.contains("check 3, 5 more"));
    }
}
