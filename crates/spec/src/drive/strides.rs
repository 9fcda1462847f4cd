//! STRIDES: what replayed strides, and the clouds they were taken from, say of noise, step and temperature.
use steepest_flows::flow::audit::Audit;
use steepest_flows::observer::{Check, Moments};

/// What replayed strides say about noise and step.
pub(super) fn stride_checks(audit: &Audit, d: usize) -> Vec<Check> {
    let mut found = Vec::new();
    if audit.bath.count > 0.0 {
        found.push(Check::unit(
            "noise variance",
            (audit.bath.mean(), (2.0 / audit.bath.count).sqrt()),
            0.0,
            0.04,
            (
                "The shocks have the variance the flow claims.",
                "The shocks do not have the variance 2 / beta a unit of time: the noise has the wrong factor.",
            ),
        ));
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
    if audit.work.count > 0.0 {
        found.push(Check::unit(
            "fluctuation theorem",
            (audit.fluctuation.mean(), audit.fluctuation.standard_error()),
            0.02,
            0.25,
            (
                "exp(-shadow work) averages to one, as it must in equilibrium.",
                "exp(-shadow work) does not average to one: the stride is too long, or the force is not the gradient.",
            ),
        ));
        found.push(Check::at_most(
            "shadow work per stride",
            audit.work.mean() / d as f64,
            0.05,
            (
                "The error of a stride costs little work, a degree of freedom.",
                "The error of a stride does much work: shorten the step, or use a second-order scheme (leimkuhler-matthews, BAOAB).",
            ),
        ));
    }
    found
}
/// Whether positions and momenta have the temperature of the bath.
pub(super) fn temperature_checks(audit: &Audit) -> Vec<Check> {
    let check = |name, moments: &Moments, advice| {
        Check::unit(name, (moments.mean(), moments.standard_error()), 0.05, 0.3, advice)
    };
    let mut found = vec![check(
        "configurational temperature",
        &audit.virial,
        (
            "Positions have the temperature of the bath.",
            "Positions do not have the temperature of the bath: the step is too long, or the force is not the gradient.",
        ),
    )];
    if audit.kinetic.count > 0.0 {
        found.push(check(
            "kinetic temperature",
            &audit.kinetic,
            (
                "Momenta have the temperature of the bath.",
                "Momenta do not have the temperature of the bath: halve the step (BAOAB may still have the right positions).",
            ),
        ));
    }
    if audit.thermostat.count > 0.0 {
        found.push(Check::unit(
            "spread of the thermostats",
            (audit.thermostat.mean(), audit.thermostat.standard_error()),
            0.05,
            0.3,
            (
                "Frictions have the variance 1 / (beta mu) of the extended law.",
                "Frictions do not have the variance 1 / (beta mu): shorten the step, or raise `inertia`.",
            ),
        ));
    }
    found
}
