//! STRIDES: what replayed strides, and the clouds they were taken from, say of noise, step and temperature.
use super::outside;
use serde_json::json;
use steepest_core::Batch;
use steepest_flows::flow::audit::Audit;
use steepest_flows::flow::bias::Divergence;
use steepest_flows::observer::{Check, Moments, Verdict};
use steepest_models::Model;

/// Rounding decides what would be seen.
const BURIED: &str = "Energies are so large here that rounding of them hides the work of a stride: nothing was tested.";

/// What replayed strides say about noise and step; the size of their work is that of `late`, strides from where the cloud has
/// come to, as works on the way there say nothing of the step.
pub(super) fn stride_checks(audit: &Audit, late: &Audit) -> Vec<Check> {
    let mut found = Vec::new();
    if audit.bath.count + audit.blurred > 0.0 {
        let mut check = Check::unit(
            "noise variance",
            (audit.bath.mean(), (2.0 / audit.bath.count).sqrt()),
            0.0,
            0.04,
            (
                "The shocks have the variance the flow claims.",
                "The shocks do not have the variance 2 / beta a unit of time: the noise has the wrong factor.",
            ),
        );
        if audit.blurred > audit.bath.count {
            check.verdict = Verdict::Inconclusive;
            check.advice =
                "Positions or momenta are so large beside the shocks that rounding hides them: nothing was tested.";
        }
        found.push(check);
    }
    if audit.drift.weight > 0.0 {
        found.push(Check::unit(
            "Ito drift",
            (audit.drift.moved / audit.drift.weight, audit.drift.weight.sqrt().recip()),
            0.0,
            0.5,
            (
                "Strides go where the divergence of D sends them.",
                "Strides do not follow the divergence of D: the law that is sampled is not exp(-beta V).",
            ),
        ));
    }
    if audit.current.count > 0.0 {
        found.push(Check::at_most(
            "probability current",
            (audit.current.mean() - 1.0).abs(),
            1e-9,
            ("Q does no work: the current runs along the level sets of V.", "Q does work: it is not antisymmetric."),
        ));
    }
    if audit.fluctuation.count + audit.hidden > 0.0 {
        found.push(buried(
            Check::unit(
                "fluctuation theorem",
                (audit.fluctuation.mean(), audit.fluctuation.standard_error()),
                0.02,
                0.25,
                (
                    "exp(-shadow work) averages to one, as it must in equilibrium.",
                    "exp(-shadow work) does not average to one: the stride is too long, or the force is not the gradient.",
                ),
            ),
            (audit.fluctuation.count, audit.hidden),
        ));
    }
    if audit.size.count + audit.work.count > 0.0 {
        // Hidden works are seen where they are larger than what hides them.
        let unseen = late.work.count - late.size.count;
        found.push(buried(
            Check::at_most(
                "shadow work per stride",
                late.size.mean(),
                0.05,
                (
                    "The error of a stride costs little work, a degree of freedom.",
                    "The error of a stride does much work: shorten the step, or use a second-order scheme (leimkuhler-matthews, BAOAB).",
                ),
            ),
            (late.size.count, unseen),
        ));
    }
    found
}
/// A check that rests on so many works while so many are hidden by rounding.
fn buried(mut check: Check, (seen, hidden): (f64, f64)) -> Check {
    if hidden > seen {
        (check.verdict, check.advice) = (Verdict::Inconclusive, BURIED);
    }
    check
}
/// Whether positions and momenta have the temperature of the bath.
pub(super) fn temperature_checks(audit: &Audit) -> Vec<Check> {
    let mut found = vec![temperature(
        "configurational temperature",
        &audit.virial,
        (
            "Positions have the temperature of the bath.",
            "Positions do not have the temperature of the bath: the step is too long, or the force is not the gradient.",
        ),
    )];
    if audit.kinetic.count > 0.0 {
        found.push(temperature(
            "kinetic temperature",
            &audit.kinetic,
            (
                "Momenta have the temperature of the bath.",
                "Momenta do not have the temperature of the bath: halve the step (BAOAB may still have the right positions).",
            ),
        ));
    }
    if audit.thermostat.count > 0.0 {
        found.push(temperature(
            "spread of the thermostats",
            &audit.thermostat,
            (
                "Frictions have the variance 1 / (beta mu) of the extended law.",
                "Frictions do not have the variance 1 / (beta mu): shorten the step, or raise `inertia`.",
            ),
        ));
    }
    found
}
/// A mean of many replicas that should be 1.
fn temperature(name: &'static str, of: &Moments, advice: (&'static str, &'static str)) -> Check {
    const RESOLUTION: f64 = 0.3;
    let mut check = Check::unit(name, (of.mean(), of.standard_error()), 0.05, RESOLUTION, advice);
    if check.verdict == Verdict::Inconclusive && check.value.abs() > RESOLUTION {
        check.advice = "It is far from one, and so uneven from replica to replica that this may be chance: run longer, or shorten \
                        the step.";
    }
    check
}

/// Gradients that branches may take of a run that took so many: a tenth, and of a short one what they need at least, half of it at most.
pub(super) fn branches(gradients: u64) -> u64 {
    const LEAST: u64 = 1 << 15;
    LEAST.clamp(gradients / 10, gradients / 2)
}

/// KL(law of the positions | exp(-beta V)) / d at most: that of a shift of every mean by a tenth of a standard deviation.
const BOUND: f64 = 0.005;

/// Whether the step leaves the law of d coordinates where it should be.
pub(super) fn bias_check(found: &Divergence, d: usize) -> Check {
    let (value, error) = (found.value / d as f64, found.error / d as f64);
    let mut check = Check::at_most(
        "KL bias per dimension",
        value,
        BOUND,
        (
            "The step leaves the law closer to exp(-beta V) than a shift of its means by 0.1 standard deviations.",
            "The step takes the law further from exp(-beta V) than a shift of its means by 0.1 standard deviations: shorten it.",
        ),
    );
    // Four standard errors decide, on either side.
    if !found.tells() {
        check.verdict = Verdict::Inconclusive;
        check.advice = "Too few strides to spare for branches that forget, or too few positions for them to start from: run longer.";
    } else if (value - BOUND).abs() < 4.0 * error {
        check.verdict = Verdict::Inconclusive;
        check.advice = "Branches of paths cannot tell the divergence from its bound, or rounding of V hides it: more positions might, up to \
                        4,096 particles or 1,000 draws, and a shorter step would.";
    }
    check
}
/// The same of chains, whose other lines say whether they have come to a law at all.
pub(super) fn bias_of_chains(found: &Divergence, d: usize, agreement: &[steepest_record::Check]) -> Check {
    let mut check = bias_check(found, d);
    let agreed =
        |check: &steepest_record::Check| check.check == "R-hat" && check.verdict == steepest_record::Verdict::Holds;
    if !agreement.iter().any(agreed) {
        check.verdict = Verdict::Inconclusive;
        check.advice = "Chains are not seen to agree: where they have not come to the law of the step, its divergence is not seen.";
    }
    check
}
/// What rounding of V at some positions can have made of works, in units of 1 / beta.
pub(super) fn blur(model: &dyn Model, beta: f64, at: Batch<'_>) -> f64 {
    let largest = outside::values(model, at).into_iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    beta * f64::EPSILON * largest
}
/// The figures of a divergence.
pub(super) fn bias_figures(found: &Divergence, d: usize) -> serde_json::Value {
    let (value, error) = (found.value / d as f64, found.error / d as f64);
    json!({ "value": value, "error": error, "strides": found.strides })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: impl IntoIterator<Item = f64>) -> Moments {
        numbers.into_iter().collect()
    }
    fn found(audit: &Audit, name: &str) -> Check {
        let mut checks = stride_checks(audit, audit).into_iter().chain(temperature_checks(audit));
        checks.find(|check| check.name == name).unwrap()
    }

    /// Works of +-0.5 do none on average, and their size is 0.125; those of +-0.1 have 0.005.
    #[test]
    fn works_that_cancel_have_a_size() {
        let audit = |w: f64| Audit {
            work: of([w, -w].repeat(100)),
            size: of([0.5 * w * w; 200]),
            fluctuation: of([w, -w].repeat(100).into_iter().map(|w: f64| (-w).exp())),
            ..Audit::default()
        };
        let (large, small) =
            (found(&audit(0.5), "shadow work per stride"), found(&audit(0.1), "shadow work per stride"));
        assert_eq!((large.verdict, large.value), (Verdict::Violated, 0.125));
        assert_eq!(small.verdict, Verdict::Holds);
        let hidden = Audit { size: Moments::default(), fluctuation: Moments::default(), hidden: 200.0, ..audit(0.5) };
        for name in ["shadow work per stride", "fluctuation theorem"] {
            let check = found(&hidden, name);
            assert!(check.verdict == Verdict::Inconclusive && check.advice == BURIED, "{check:?}");
        }
    }
    /// Ten shocks that can be told and a thousand that cannot test nothing, however wrong the ten are.
    #[test]
    fn shocks_below_rounding_test_nothing() {
        let audit = Audit { bath: of([9.0; 10]), blurred: 1000.0, ..Audit::default() };
        assert_eq!(found(&audit, "noise variance").verdict, Verdict::Inconclusive);
        let clear = Audit { blurred: 0.0, ..audit };
        assert_eq!(found(&clear, "noise variance").verdict, Verdict::Violated);
    }
    #[test]
    fn a_temperature_that_is_far_off_is_no_good_sign() {
        let kinetic = of((0..100).map(|k| if k == 0 { 1e44 } else { 1e40 }));
        let check = found(&Audit { kinetic, ..Audit::default() }, "kinetic temperature");
        assert!(check.verdict == Verdict::Inconclusive && check.advice.starts_with("It is far from one"), "{check:?}");
    }
}
