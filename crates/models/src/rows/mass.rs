//! MASS: what the domain of a parameter leaves of its prior, where that is known in closed form.
//!
//! A law on a domain that is a part of what it can be is cut off there, and no density until it is divided by what is left. That
//! moves no chain, but log Z.
use super::RowsOptions;
use super::domain::Domain;
use super::plan::Plan;
use crate::expression::{Free, Leaf, Room, RowNames, Scope, Shape, parse_law};
use crate::gamma::ln_gamma;
use steepest_kernels::tape::Unary;

/// A share below this has lost half of its digits.
const LEAST: f64 = 1e-8;

/// log of the integral of the prior of parameter p over its domain: 0 where it is a density there. `None` where it is infinite or not
/// known.
pub(super) fn left(plan: &Plan, options: &RowsOptions, p: usize) -> Option<f64> {
    let (parameter, place) = (&plan.names.parameters[p], &plan.places[p]);
    let (domain, count) = (place.domain, place.theta.len() as f64);
    let (room, variate) = match parameter.shape {
        Shape::Scalar => (Room::Parameters, Leaf::Element(parameter.first)),
        _ => (Room::Elements(p), Leaf::Level { first: parameter.first, column: 0 }),
    };
    let law = match options.priors.iter().find(|(of, _)| *of == parameter.name) {
        None => None,
        Some((_, text)) => {
            let names = RowNames { room, ..plan.names.clone() };
            let scope = Scope { constants: &options.constants, free: Free::Rows(&names) };
            Some(parse_law(text, &scope, variate, false).ok()?)
        }
    };
    let Some((definition, law)) = law.and_then(|law| Some((law.definition?, law))) else {
        return match domain {
            _ if options.prior.is_some() => None,
            Domain::Bounded { low, high } if low.is_finite() && high.is_finite() => Some(count * (high - low).ln()),
            // In all of its numbers but the last.
            Domain::Simplex => Some(-ln_gamma(count)),
            _ => None,
        };
    };
    let name = definition.law_name()?;
    match domain {
        Domain::Simplex => return (name == "dirichlet").then_some(0.0),
        Domain::Ordered => {
            // Of all orders of numbers that are alike.
            let of_others = |leaf: &Leaf| matches!(leaf, Leaf::Element(element) if !place.theta.contains(element));
            let alike = law.parsed.leaves.iter().all(|leaf| *leaf == variate || of_others(leaf));
            return alike.then(|| -ln_gamma(count + 1.0));
        }
        _ => {}
    }
    let ((low, high), (from, to)) = (definition.interval(&law.given), domain.ends());
    if from <= low && high <= to {
        return Some(0.0);
    }
    let share = half(name, &law.given, from, to).or_else(|| {
        let given: Option<Vec<f64>> = law.given.iter().copied().collect();
        let given = given?;
        Some(below(name, &given, to)? - below(name, &given, from)?)
    })?;
    (share > LEAST).then(|| count * share.ln())
}

/// The share of a symmetric law on one side of its middle, which is the same whatever its width is.
fn half(name: &str, given: &[Option<f64>], from: f64, to: f64) -> Option<f64> {
    let middle = match name {
        "normal" | "cauchy" | "logistic" | "double_exponential" => (*given.first()?)?,
        "student_t" => (*given.get(1)?)?,
        "std_normal" => 0.0,
        _ => return None,
    };
    let above = from == middle && to == f64::INFINITY;
    let under = to == middle && from == f64::NEG_INFINITY;
    (above || under).then_some(0.5)
}

/// P(Y < x) of a law with these arguments, where that is written in elementary functions and erf.
fn below(name: &str, given: &[f64], x: f64) -> Option<f64> {
    use std::f64::consts::{FRAC_1_PI, SQRT_2};
    let bell = |z: f64| 0.5 * (1.0 + Unary::Erf.apply(z / SQRT_2));
    // Laws of positive numbers have nothing below 0.
    let y = x.max(0.0);
    Some(match (name, given) {
        ("normal", [mu, s]) => bell((x - mu) / s),
        ("std_normal", []) => bell(x),
        ("lognormal", [mu, s]) => bell((y.ln() - mu) / s),
        ("half_normal", [s]) => Unary::Erf.apply(y / (s * SQRT_2)),
        ("cauchy", [mu, s]) => 0.5 + FRAC_1_PI * ((x - mu) / s).atan(),
        ("half_cauchy", [s]) => 2.0 * FRAC_1_PI * (y / s).atan(),
        ("logistic", [mu, s]) => 1.0 / (1.0 + (-(x - mu) / s).exp()),
        ("double_exponential", [mu, s]) if x < *mu => 0.5 * ((x - mu) / s).exp(),
        ("double_exponential", [mu, s]) => 1.0 - 0.5 * (-(x - mu) / s).exp(),
        ("gumbel", [mu, s]) => (-(-(x - mu) / s).exp()).exp(),
        ("exponential", [rate]) => -(-rate * y).exp_m1(),
        ("weibull", [shape, scale]) => -(-(y / scale).powf(*shape)).exp_m1(),
        ("loglogistic", [scale, shape]) => 1.0 / (1.0 + (y / scale).powf(-shape)),
        ("rayleigh", [s]) => -(-0.5 * (y / s) * (y / s)).exp_m1(),
        ("pareto", [least, a]) => 1.0 - (least / x.max(*least)).powf(*a),
        ("uniform", [low, high]) => ((x - low) / (high - low)).clamp(0.0, 1.0),
        _ => return None,
    })
}
