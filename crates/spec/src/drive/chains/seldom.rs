//! SELDOM: what divergences mean beside all other lines: few say little where nothing else is wrong, and an edge excuses none where
//! something is.
use super::super::sampler::sampler;
use crate::Config;
use serde_json::Value;
use steepest_flows::scheme::metropolis::Kernel;
use steepest_record::{Check, Record, Verdict};

/// Transitions to a divergence, at least.
const SELDOM: f64 = 1000.0;
const LINE: &str = "divergences";

/// Weighs the divergences of chains, once every other line is there.
pub(in crate::drive) fn weigh(record: &mut Record, config: &Config) {
    let Some(kernel) = sampler(&config.scheme).map(|sampler| sampler.kernel) else { return };
    let figure = |name: &str| record.summary.extra.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let (broken, transitions) = (figure("divergences"), figure("chains") * record.summary.steps as f64);
    judge(&mut record.summary.ledger, kernel, (broken, transitions));
}
/// Leaves open what few divergences in so many transitions mean, where nothing else is wrong; where something is, none are put down to the
/// edge of a domain.
///
/// A trajectory that diverges is cut where it does, or refused, and such a transition leaves exp(-V) as it is. So the draws have the right
/// law wherever chains come; what may be missing is a region that they cannot enter. In equilibrium as many trajectories would go into it
/// as come out, and those that should have gone in are among those that diverged: its probability is at most their rate times the length
/// of a visit. With one in a thousand, and chains that forget where they were as fast as the other lines say, that is within the error
/// of the run. Where another line is violated, so is this one: the neck of a funnel overflows as an edge does. A single leapfrog that is
/// too long leaves a chain where it is, often for long, and is not forgiven.
fn judge(ledger: &mut [Check], kernel: Kernel, (broken, transitions): (f64, f64)) {
    let wrong = ledger.iter().any(|check| check.check != LINE && check.verdict == Verdict::Violated);
    let Some(check) = ledger.iter_mut().find(|check| check.check == LINE) else { return };
    let few = SELDOM * check.value <= transitions && !kernel.leaps_once();
    if !wrong && few && check.verdict == Verdict::Violated {
        let cut = if matches!(kernel, Kernel::Isokinetic { adjusted: false, .. }) {
            "They were turned round there, for which nothing makes up without adjustment, and what only they could reach would be missing: \
             set adjusted = true to see how much that is."
        } else {
            "They were cut there, which leaves the law as it is, but what only they could reach would be missing: raise target_accept \
             towards 0.99 to see them go."
        };
        check.verdict = Verdict::Inconclusive;
        check.advice = format!(
            "{} of {transitions} trajectories broke down where the target is sharply curved: at most one in a thousand, and no other check \
             is violated. {cut}",
            check.value
        );
    } else if wrong && broken > 0.0 && check.verdict == Verdict::Inconclusive {
        check.verdict = Verdict::Violated;
        check.advice = format!(
            "{broken} of {transitions} trajectories broke down inside the domain of the energy, and {} left it. Beside another check that \
             is violated they are not put down to its edge: raise target_accept towards 0.99, reparametrise, or give the coordinate its \
             domain, as with `positive` or `bounded`; means may be biased.",
            check.value - broken
        );
        check.value = broken;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUTS: Kernel = Kernel::Nuts { max_depth: 10 };

    /// The line of so many divergences, beside another line and one that came last.
    fn judged(kernel: Kernel, (value, verdict): (f64, Verdict), broken: f64, last: Verdict) -> Check {
        let line = |check: &str, value: f64, verdict| Check {
            check: check.to_owned(),
            verdict,
            value,
            bound: 0.0,
            advice: "Shorten it.".to_owned(),
        };
        let mut ledger = [line("R-hat", 1.0, Verdict::Holds), line(LINE, value, verdict), line("last", 1.0, last)];
        judge(&mut ledger, kernel, (broken, 4000.0));
        let [first, found, other] = ledger;
        assert_eq!((first.advice.as_str(), other.advice.as_str()), ("Shorten it.", "Shorten it."));
        assert_eq!((first.verdict, other.verdict), (Verdict::Holds, last));
        found
    }
    /// One in a thousand is left open, unless something else is wrong; one more is not, nor are single leapfrogs.
    #[test]
    fn one_divergence_in_a_thousand_is_left_open() {
        let ghmc = Kernel::Generalised { persistence: 0.9 };
        for (kernel, divergences, other, verdict) in [
            (NUTS, 0.0, Verdict::Holds, Verdict::Holds),
            (NUTS, 1.0, Verdict::Holds, Verdict::Inconclusive),
            (NUTS, 4.0, Verdict::Inconclusive, Verdict::Inconclusive),
            (NUTS, 5.0, Verdict::Holds, Verdict::Violated),
            (NUTS, 1.0, Verdict::Violated, Verdict::Violated),
            (Kernel::hmc(1), 1.0, Verdict::Holds, Verdict::Violated),
            (Kernel::Mala, 1.0, Verdict::Holds, Verdict::Violated),
            (ghmc, 1.0, Verdict::Holds, Verdict::Violated),
            (Kernel::Persistent, 1.0, Verdict::Holds, Verdict::Violated),
        ] {
            let before = if divergences > 0.0 { Verdict::Violated } else { Verdict::Holds };
            let found = judged(kernel, (divergences, before), divergences, other);
            assert_eq!(found.verdict, verdict, "{kernel:?}, {divergences} beside {other:?}");
            let told = found.advice.starts_with(&format!("{divergences} of 4000 trajectories"));
            assert_eq!(told, verdict == Verdict::Inconclusive, "{}", found.advice);
        }
    }
    /// An edge excuses divergences where every other line is in order; those that left the domain are no fault by themselves.
    #[test]
    fn an_edge_excuses_nothing_beside_another_fault() {
        for (broken, other, said) in [
            (20.0, Verdict::Holds, (120.0, Verdict::Inconclusive)),
            (20.0, Verdict::Inconclusive, (120.0, Verdict::Inconclusive)),
            (20.0, Verdict::Violated, (20.0, Verdict::Violated)),
            (0.0, Verdict::Violated, (120.0, Verdict::Inconclusive)),
        ] {
            let found = judged(NUTS, (120.0, Verdict::Inconclusive), broken, other);
            assert_eq!((found.value, found.verdict), said, "{broken} beside {other:?}");
            let told = found.advice.starts_with("20 of 4000 trajectories broke down inside")
                && found.advice.contains("and 100 left it");
            assert_eq!(told, found.verdict == Verdict::Violated, "{}", found.advice);
        }
    }
    /// What refuses nothing is not said to leave the law as it is.
    #[test]
    fn unadjusted_dynamics_is_not_said_to_be_exact() {
        for adjusted in [true, false] {
            let kernel = Kernel::Isokinetic { adjusted, length: None };
            let found = judged(kernel, (1.0, Verdict::Violated), 1.0, Verdict::Holds);
            assert_eq!(found.verdict, Verdict::Inconclusive);
            assert_eq!(found.advice.contains("leaves the law as it is"), adjusted, "{}", found.advice);
            assert_eq!(found.advice.contains("set adjusted = true"), !adjusted, "{}", found.advice);
        }
    }
}
