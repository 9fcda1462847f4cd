//! JUDGED: what the ranks of each quantity say, as lines of a ledger.
use super::{ALARM, DRAWS};
use steepest_flows::observer::diagnostics::uniformity;
use steepest_record::{Check, Verdict};

/// The level, of all quantities together, below which it is not certain that all is well.
const DOUBT: f64 = 0.1;
/// Replications that can tell anything.
const FEWEST: usize = 20;
/// Quantities with a line of their own in the ledger.
const LINES: usize = 24;

/// What the ranks of a quantity say.
pub(super) struct Judged {
    pub name: String,
    pub p: f64,
    bound: f64,
    replications: usize,
    /// Mean of rank / draws, 1/2 where uniform, and its variance over that of uniform ranks.
    pub mean: f64,
    pub spread: f64,
}
impl Judged {
    pub(super) fn of(name: &str, ranks: &[usize], quantities: usize) -> Judged {
        let n = ranks.len() as f64;
        let u = || ranks.iter().map(|rank| (*rank as f64 + 0.5) / (DRAWS + 1) as f64);
        let mean = u().sum::<f64>() / n;
        let spread = 12.0 * u().map(|u| (u - 0.5).powi(2)).sum::<f64>() / n;
        let p = uniformity(ranks, DRAWS + 1);
        Judged { name: name.into(), p, bound: ALARM / quantities as f64, replications: ranks.len(), mean, spread }
    }
    fn verdict(&self) -> Verdict {
        match self.p {
            p if p.is_nan() || self.replications < FEWEST => Verdict::Inconclusive,
            p if p < self.bound => Verdict::Violated,
            p if p < self.bound * DOUBT / ALARM => Verdict::Inconclusive,
            _ => Verdict::Holds,
        }
    }
    /// What the ranks look like where they are not level.
    fn shape(&self) -> &'static str {
        let n = self.replications as f64;
        let (shift, width) = ((self.mean - 0.5) * (12.0 * n).sqrt(), (self.spread - 1.0) * (1.25 * n).sqrt());
        match (shift.abs() > width.abs(), shift > 0.0, width > 0.0) {
            (true, false, _) => "truths lie low among the draws: the posterior sits too high",
            (true, true, _) => "truths lie high among the draws: the posterior sits too low",
            (false, _, true) => "truths lie at the ends too often: the posterior is too narrow",
            (false, _, false) => "truths lie in the middle too often: the posterior is too wide",
        }
    }
    fn line(&self) -> Check {
        let verdict = self.verdict();
        let shape = self.shape();
        let advice = match verdict {
            Verdict::Holds => "Intervals hold the truth as often as they say.".into(),
            Verdict::Inconclusive if self.replications < FEWEST => {
                format!("Fewer than {FEWEST} replications tell nothing: ask for more.")
            }
            Verdict::Inconclusive => format!("It may be that {shape}: ask for more replications."),
            Verdict::Violated => format!(
                "Ranks are not uniform: {shape}. Where likelihood and `simulate` say the same, look at the ledger of a run: \
                 step, warm-up, geometry."
            ),
        };
        Check { check: format!("ranks of {}", self.name), verdict, value: self.p, bound: self.bound, advice }
    }
}

/// A line each; of many, the least uniform and one for the rest.
pub(super) fn lines(judged: &[Judged]) -> Vec<Check> {
    if judged.len() <= LINES {
        return judged.iter().map(Judged::line).collect();
    }
    let mut order: Vec<usize> = (0..judged.len()).collect();
    order.sort_by(|a, b| judged[*a].p.total_cmp(&judged[*b].p));
    let (mut shown, rest) = (order[..LINES - 1].to_vec(), &order[LINES - 1..]);
    shown.sort_unstable();
    let mut out: Vec<Check> = shown.iter().map(|k| judged[*k].line()).collect();
    let mut least = judged[rest[0]].line();
    least.check = format!("ranks of {} others, the least", rest.len());
    out.push(least);
    out
}

/// How many fits failed, the first of them, and what to do about it.
pub(super) fn fitted(failed: usize, first: Option<(usize, &str)>, advice: &str) -> Check {
    let (verdict, advice) = match first {
        None => (Verdict::Holds, "Every simulated response could be fitted.".into()),
        Some((r, why)) => (
            Verdict::Inconclusive,
            format!(
                "What is left out may be what matters. Replication {}: {}{}{advice}",
                r + 1,
                why.lines().next().unwrap_or(""),
                if advice.is_empty() { "" } else { "; " }
            ),
        ),
    };
    Check { check: "fits that failed".into(), verdict, value: failed as f64, bound: 0.0, advice }
}

pub(super) fn independent(short: usize, of: usize) -> Check {
    let share = short as f64 / of.max(1) as f64;
    let (verdict, advice) = if share <= 0.1 {
        (Verdict::Holds, "Draws were thinned until they were as good as independent.")
    } else {
        (
            Verdict::Inconclusive,
            "Draws hang together so much that ranks need not be uniform even where all is right: another scheme, metric or \
             centering would mix better.",
        )
    };
    Check { check: "chains too short".into(), verdict, value: share, bound: 0.1, advice: advice.into() }
}
