//! ANCESTRAL draws of declared parameters: each from its law, those it depends on first.
use super::RowsOptions;
use super::domain::Domain;
use super::plan::Plan;
use super::script::{Above, Read, Script};
use crate::NoPrior;
use crate::expression::{Definition, Leaf, Recipe, Sampling};
use crate::law::{Dice, SMALL};
use std::ops::Range;
use steepest_core::Batch;

/// Draws from a law that miss the domain, before it is given up.
const TRIES: usize = 10_000;

/// The parameters in an order in which they can be drawn.
#[derive(Clone, Debug)]
pub(super) struct Ancestral {
    steps: Vec<Step>,
    /// Why some are not among them.
    missing: Option<NoPrior>,
}
#[derive(Clone, Debug)]
struct Step {
    name: String,
    domain: Domain,
    theta: Range<usize>,
    law: Law,
}
#[derive(Clone, Debug)]
enum Law {
    /// On a bounded interval.
    Uniform,
    /// Of independent numbers; on a domain that is a part of what it can be, of those in it.
    Each(Script, Recipe),
    /// Gamma variates of these shapes, over their sum.
    Dirichlet(Option<Script>),
}

/// Whether all that the law can be, whatever its arguments, is in the domain.
fn inside(definition: &Definition, domain: Domain) -> bool {
    let ((low, high), (from, to)) = (definition.interval(&[]), domain.ends());
    domain != Domain::Simplex && from <= low && high <= to
}

impl Ancestral {
    pub(super) fn new(plan: &Plan, options: &RowsOptions) -> Ancestral {
        let (mut steps, mut known) = (Vec::new(), Vec::new());
        if options.prior.is_some() {
            return Ancestral { steps, missing: Some(NoPrior::Joint) };
        }
        let (mut waiting, mut missing) = (Vec::new(), None);
        for p in 0..plan.places.len() {
            match step(plan, options, p) {
                Ok(step) => waiting.push(step),
                Err(why) => missing = missing.or(Some(why)),
            }
        }
        while !waiting.is_empty() {
            let ready = |needs: &[usize]| needs.iter().all(|p| known.contains(p));
            let Some(next) = waiting.iter().position(|(_, _, needs)| ready(needs)) else {
                // The rest waits for one of those that are missing, or for itself.
                let why = "it depends on itself, by way of others".to_string();
                let circle = || NoPrior::Undrawable { name: waiting[0].1.name.clone(), why };
                return Ancestral { steps, missing: missing.or_else(|| Some(circle())) };
            };
            let (p, step, _) = waiting.remove(next);
            known.push(p);
            steps.push(step);
        }
        Ancestral { steps, missing }
    }
    /// # Errors
    /// A parameter without a law, with one that cannot be drawn from by itself or that misses its domain; it is NaN then.
    pub(super) fn draw(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        out.fill(f64::NAN);
        for step in &self.steps {
            step.draw(key, draw, out)?;
        }
        self.missing.clone().map_or(Ok(()), Err)
    }
}

/// A parameter, how to draw it, and the places of those it depends on.
fn step(plan: &Plan, options: &RowsOptions, p: usize) -> Result<(usize, Step, Vec<usize>), NoPrior> {
    let (parameter, place) = (&plan.names.parameters[p], &plan.places[p]);
    let (name, domain, theta) = (parameter.name.clone(), place.domain, place.theta.clone());
    let cannot = |why: String| NoPrior::Undrawable { name: parameter.name.clone(), why };
    let law = options.priors.iter().find(|(of, law)| *of == name && law.trim() != "flat").map(|(_, law)| law.trim());
    let Some(text) = law else {
        let law = match domain {
            Domain::Simplex => Law::Dirichlet(None),
            Domain::Bounded { low, high } if low.is_finite() && high.is_finite() => Law::Uniform,
            _ => return Err(NoPrior::Improper { name }),
        };
        return Ok((p, Step { name, domain, theta, law }, Vec::new()));
    };
    let Some(Sampling { parsed, arguments, recipe, .. }) = plan.prior(p, text, options) else {
        return Err(cannot(format!("`{text}` is no law by name")));
    };
    let Recipe::Law { definition, draw, .. } = &recipe else {
        return Err(cannot(format!("`{text}` is no law by name")));
    };
    let of = definition.law_name().unwrap_or_default();
    let mut needs = Vec::new();
    let mut own = false;
    for leaf in &parsed.leaves {
        let element = match *leaf {
            Leaf::Element(element) => element,
            Leaf::Level { first, .. } => {
                own = true;
                first
            }
            Leaf::Column { .. } => continue,
        };
        needs.extend(plan.places.iter().position(|place| place.theta.contains(&element)));
    }
    let read = |leaf: &Leaf| match *leaf {
        Leaf::Element(element) => Read::Element(element),
        Leaf::Level { first, .. } => Read::Level { first, codes: (0..theta.len() as u32).collect() },
        Leaf::Column { .. } => Read::Column(vec![f64::NAN; theta.len()]),
    };
    let script = Script::new(&parsed.graph, &arguments, parsed.leaves.iter().map(read).collect())
        .map_err(|error| cannot(error.to_string()))?;
    let law = match (draw, domain) {
        (None, Domain::Simplex) if of == "dirichlet" => Law::Dirichlet(Some(script)),
        (_, Domain::Simplex) => return Err(cannot(format!("a simplex is drawn from dirichlet, not from {of}"))),
        (None, _) => return Err(cannot(format!("{of} is no law of one number"))),
        (_, Domain::Ordered) if own => {
            return Err(cannot("its numbers are ordered and have a law each".to_string()));
        }
        _ if !inside(definition, domain) && !parsed.leaves.is_empty() => {
            return Err(cannot(format!(
                "the share of {text} that is {domain} depends on other parameters, and the density is not divided by it; a law \
                 of such numbers alone, as half_normal(s) for positive ones, can be drawn from"
            )));
        }
        _ => Law::Each(script, recipe),
    };
    Ok((p, Step { name, domain, theta, law }, needs))
}

impl Step {
    fn draw(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        let dice = |k: usize| Dice::new(key, draw, (self.theta.start + k) as u64);
        let count = self.theta.len();
        let mut values = vec![0.0; count];
        let numbers = |script: &Script, k: usize, out: &[f64]| {
            let mut room = script.room(1);
            script.at(k, Batch { n: 1, d: out.len(), x: out }, Above::Observed, &mut room);
            room.outputs
        };
        match &self.law {
            Law::Uniform => {
                let Domain::Bounded { low, high } = self.domain else { return Err(self.misses()) };
                values.iter_mut().enumerate().for_each(|(k, x)| *x = (high - low).mul_add(dice(k).uniform(), low));
            }
            Law::Each(script, recipe) => {
                for (k, value) in values.iter_mut().enumerate() {
                    let (given, mut dice) = (numbers(script, k, out), dice(k));
                    let mut found = (0..TRIES).map(|_| recipe.draw(&|k| given[k], &mut dice));
                    *value = found.find(|x| self.domain.holds(*x)).ok_or_else(|| self.misses())?;
                }
                if self.domain == Domain::Ordered {
                    values.sort_by(f64::total_cmp);
                }
            }
            Law::Dirichlet(script) => {
                for (k, value) in values.iter_mut().enumerate() {
                    let shape = script.as_ref().map_or(1.0, |script| numbers(script, k, out)[0]);
                    if !(shape > 0.0 && shape.is_finite()) {
                        return Err(self.misses());
                    }
                    *value = shape;
                }
                if values.iter().all(|shape| *shape < SMALL) {
                    values.iter_mut().enumerate().for_each(|(k, x)| *x = dice(k).ln_gamma(*x));
                    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    values.iter_mut().for_each(|x| *x = (*x - high).exp());
                } else {
                    values.iter_mut().enumerate().for_each(|(k, x)| *x = dice(k).gamma(*x));
                }
                let total: f64 = values.iter().sum();
                values.iter_mut().for_each(|x| *x /= total);
            }
        }
        out[self.theta.clone()].copy_from_slice(&values);
        Ok(())
    }
    fn misses(&self) -> NoPrior {
        let why = format!("none of {TRIES} draws from its law is {}", self.domain);
        NoPrior::Undrawable { name: self.name.clone(), why }
    }
}
