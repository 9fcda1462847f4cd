//! PROMISES: which optimiser a scheme names, and what the ledger may hold it to.
use super::identity;
use crate::config::{self, Conjugacy, Curvatures};
use crate::{Config, Scheme};
use steepest_flows::observer::{Check, Verdict};
use steepest_flows::scheme::BoundedQuasiNewton;
use steepest_flows::scheme::adaptive::{Adaptive, Rule};
use steepest_flows::scheme::minimiser::{Direction, Ending, LineSearch, Minimiser, Stop, Track, line_search};
use steepest_flows::scheme::momentum::{Energy, Form, Friction, Momentum};
use steepest_flows::scheme::polyak::Polyak;
use steepest_flows::scheme::proximal_point::ProximalPoint;
use steepest_flows::scheme::trust_region::{
    Acceleration, KEPT, KEPT_ALONG, LevenbergMarquardt, Second, TrustRegion, Units,
};
use steepest_flows::state::Cloud;

/// Strides that tell whether a length of them circles, where nobody says when they halve.
const PATIENCE: u64 = 100;
/// |x - P(x - dV)| near an edge, over the tolerance of a gradient that is small there whatever V does.
const EDGE: f64 = 1e3;

/// An optimiser that moves one point, with the length of its strides where it has one; `None` is auto.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Descent {
    Line(Minimiser),
    Momentum(Momentum, Option<f64>),
    Adaptive(Adaptive, f64),
    Trust(TrustRegion),
    Squares(LevenbergMarquardt),
    Bounded(BoundedQuasiNewton),
    Polyak(Polyak),
    Movement(ProximalPoint, f64),
}

impl Descent {
    /// What a scheme names; `None` for schemes of other drives.
    pub(crate) fn of(scheme: &Scheme) -> Option<Descent> {
        let line = |direction, search, gradient: f64| {
            let search = match search {
                config::LineSearch::Armijo => LineSearch::Armijo,
                config::LineSearch::Nonmonotone => LineSearch::Nonmonotone,
                config::LineSearch::StrongWolfe => LineSearch::StrongWolfe,
                config::LineSearch::HagerZhang => LineSearch::HagerZhang,
            };
            Descent::Line(Minimiser { direction, search, stop: Stop { gradient, ..Stop::default() } })
        };
        let adaptive = |rule, step, decay, halving: Option<f64>, gradient: f64| {
            // With decay a small gradient is not the end.
            let gradient = if decay > 0.0 { 0.0 } else { gradient };
            let stop = Stop { gradient, ..Stop::default() };
            let patience = if halving.is_none() { PATIENCE } else { 0 };
            let halving = halving.filter(|halving| *halving > 0.0).unwrap_or(f64::INFINITY);
            Descent::Adaptive(Adaptive { rule, decay, halving, patience, stop }, step)
        };
        Some(match *scheme {
            Scheme::SteepestDescent { line_search, tolerance } => line(Direction::Steepest, line_search, tolerance),
            Scheme::NaturalGradient { line_search, tolerance } => line(Direction::Natural, line_search, tolerance),
            Scheme::BarzilaiBorwein { tolerance } => {
                line(Direction::BarzilaiBorwein, config::LineSearch::Nonmonotone, tolerance)
            }
            Scheme::Polyak { minimum, tolerance } => {
                Descent::Polyak(Polyak { minimum, stop: Stop { gradient: tolerance, ..Stop::default() } })
            }
            Scheme::MinimizingMovement { step, inner, memory, tolerance } => {
                let stop = Stop { gradient: tolerance, ..Stop::default() };
                Descent::Movement(ProximalPoint { inner, memory, stop }, step)
            }
            Scheme::ConjugateGradient { formula: Conjugacy::HagerZhang, line_search, tolerance } => {
                line(Direction::HagerZhang, line_search, tolerance)
            }
            Scheme::ConjugateGradient { formula: Conjugacy::PolakRibiere, line_search, tolerance } => {
                line(Direction::PolakRibiere, line_search, tolerance)
            }
            Scheme::Lbfgs { memory, line_search, tolerance } => {
                line(Direction::LimitedMemory(memory), line_search, tolerance)
            }
            Scheme::TrustRegion { curvatures, radius, tolerance } => Descent::Trust(TrustRegion {
                second: match curvatures {
                    Curvatures::Hessian => Second::Hessian,
                    Curvatures::GaussNewton => Second::GaussNewton,
                    Curvatures::Information => Second::Information,
                },
                radius,
                stop: Stop { gradient: tolerance, ..Stop::default() },
            }),
            Scheme::LevenbergMarquardt { units, acceleration, factor, tolerance } => {
                Descent::Squares(LevenbergMarquardt {
                    units: match units {
                        config::Units::Coordinates => Units::Coordinates,
                        config::Units::Columns => Units::Columns,
                    },
                    acceleration: match acceleration {
                        config::Acceleration::Recalled => Acceleration::Recalled,
                        config::Acceleration::Probed => Acceleration::Probed,
                    },
                    factor,
                    stop: Stop { gradient: tolerance, ..Stop::default() },
                })
            }
            Scheme::Momentum { step, friction, form, speed, restart, tolerance } => {
                let form = match form {
                    config::Form::Nesterov => Form::Nesterov,
                    config::Form::HeavyBall => Form::HeavyBall,
                    config::Form::Leapfrog => Form::Leapfrog,
                };
                let scheme = Momentum {
                    form,
                    friction: friction.map_or(Friction::Fading(3.0), Friction::Constant),
                    speed: speed.unwrap_or(f64::INFINITY),
                    restart: restart.unwrap_or(friction.is_none()),
                    adapt: step.is_none(),
                    stop: Stop { gradient: tolerance, ..Stop::default() },
                };
                Descent::Momentum(scheme, step)
            }
            Scheme::Adam { step, beta1, beta2, epsilon, halving, tolerance } => {
                adaptive(Rule::Adam { betas: [beta1, beta2], epsilon }, step, 0.0, halving, tolerance)
            }
            Scheme::Adamw { step, beta1, beta2, epsilon, weight_decay, halving, tolerance } => {
                adaptive(Rule::Adam { betas: [beta1, beta2], epsilon }, step, weight_decay, halving, tolerance)
            }
            Scheme::Rmsprop { step, beta2, epsilon, halving, tolerance } => {
                adaptive(Rule::RmsProp { beta: beta2, epsilon }, step, 0.0, halving, tolerance)
            }
            Scheme::Adagrad { step, epsilon, halving, tolerance } => {
                adaptive(Rule::AdaGrad { epsilon }, step, 0.0, halving, tolerance)
            }
            Scheme::Lion { step, beta1, beta2, weight_decay, halving, tolerance } => {
                adaptive(Rule::Lion { betas: [beta1, beta2] }, step, weight_decay, halving, tolerance)
            }
            Scheme::Muon { rows, step, beta1, weight_decay, halving, tolerance } => {
                adaptive(Rule::Muon { rows, beta: beta1 }, step, weight_decay, halving, tolerance)
            }
            Scheme::Soap { rows, step, beta1, beta2, epsilon, turn_every, halving, tolerance } => {
                let rule = Rule::Soap { rows, betas: [beta1, beta2], epsilon, every: turn_every };
                adaptive(rule, step, 0.0, halving, tolerance)
            }
            _ => return None,
        })
    }
    /// The same, in a box where the config has one.
    pub(crate) fn within(self, config: &Config) -> Descent {
        match self {
            Descent::Line(Minimiser { direction: Direction::LimitedMemory(memory), search, stop })
                if config.boxed() =>
            {
                Descent::Bounded(BoundedQuasiNewton { memory, search, stop })
            }
            other => other,
        }
    }
    pub(super) fn stop(&self) -> Stop {
        match self {
            Descent::Bounded(scheme) => scheme.stop,
            Descent::Line(scheme) => scheme.stop,
            Descent::Momentum(scheme, _) => scheme.stop,
            Descent::Adaptive(scheme, _) => scheme.stop,
            Descent::Trust(scheme) => scheme.stop,
            Descent::Squares(scheme) => scheme.stop,
            Descent::Polyak(scheme) => scheme.stop,
            Descent::Movement(scheme, _) => scheme.stop,
        }
    }
    /// Whether the scheme promises what a check of its row holds it to, on a manifold or not.
    pub(crate) fn promises(&self, check: &str, manifold: bool) -> bool {
        match (self, check) {
            // The first steps may go round a good part of a manifold, so that two slopes say little of a fall; there the gradient
            // is asked along a curve instead.
            // Steps of a model may be as long.
            // Movements have an identity of their own.
            (
                Descent::Trust(_) | Descent::Squares(_) | Descent::Polyak(_) | Descent::Movement(..),
                "identity residual",
            ) => false,
            // Distances are those of straight lines.
            (Descent::Polyak(_), "Fejer's inequality") => !manifold,
            (_, "identity residual") => !manifold,
            // A box has the KKT conditions there.
            (Descent::Bounded(_), "gradient at the end") => false,
            (Descent::Line(Minimiser { search, .. }) | Descent::Bounded(BoundedQuasiNewton { search, .. }), check)
                if ["curvature condition", "V never rises"].contains(&check) =>
            {
                if check == "V never rises" {
                    search.monotone()
                } else {
                    search.curved()
                }
            }
            // Nesterov's form is no splitting of the flow, so H has no balance to the order of the stride.
            (Descent::Momentum(scheme, _), "energy balance") => scheme.form != Form::Nesterov,
            (Descent::Momentum(scheme, _), "gradient at the end") => scheme.friction != Friction::Constant(0.0),
            (Descent::Adaptive(scheme, _), "gradient at the end") => scheme.decay == 0.0,
            // To a time, not to rest.
            (Descent::Movement(scheme, _), "gradient at the end") => scheme.stop.gradient > 0.0,
            _ => true,
        }
    }
    /// The lines of the ledger: of all, of a line search, of inertia, of learned strides.
    pub(super) fn lines(
        &self,
        track: &Track<Cloud>,
        (energy, reach): (Option<Energy>, f64),
        manifold: bool,
    ) -> Vec<Check> {
        let audit = &track.audit;
        let some = |value: f64| if value.is_finite() { value } else { f64::NAN };
        // Of no step nothing can be said.
        let stepped = |value: f64| if track.steps > 0 { value } else { f64::NAN };
        let mut found = Vec::new();
        let curvature = match self {
            Descent::Line(scheme) => Some(scheme.curvature()),
            Descent::Bounded(_) => Some(BoundedQuasiNewton::CURVATURE),
            _ => None,
        };
        if let Some(curvature) = curvature {
            found.push(Check::at_least(
                "sufficient decrease",
                some(audit.decrease),
                line_search::DECREASE,
                (
                    "Each step fell by its share of what the slope promised.",
                    "A step fell by less than its share of what the slope promised: compare the gradient with `steepest check`.",
                ),
            ));
            // Steps to the edge of a box are not in it: they may end where V still falls steeply.
            let all_at_edges = matches!(self, Descent::Bounded(_)) && track.steps > 0 && !audit.curvature.is_finite();
            if !all_at_edges {
                found.push(Check::at_most(
                    "curvature condition",
                    some(audit.curvature),
                    curvature,
                    (
                        "Each step went on until no more than this share of the slope was left.",
                        "A step ended where V still falls steeply: a line search was cut short, as where V is infinite or rounded.",
                    ),
                ));
            }
        }
        if let Descent::Trust(_) | Descent::Squares(_) = self {
            found.push(Check::at_least(
                "model decrease",
                some(audit.kept),
                if manifold { KEPT_ALONG } else { KEPT },
                (
                    "Each step fell by its share of what the quadratic model promised.",
                    "A step fell by less than its share of what the quadratic model promised: report this.",
                ),
            ));
            found.push(Check::at_most(
                "radius of trust",
                stepped(audit.reach),
                1.0 + 1e-6,
                (
                    "No step was longer than the model was trusted for.",
                    "A step was longer than the model was trusted for: report this.",
                ),
            ));
        }
        if let Descent::Line(_)
        | Descent::Trust(_)
        | Descent::Squares(_)
        | Descent::Bounded(_)
        | Descent::Movement(..) = self
        {
            found.push(Check::at_most(
                "V never rises",
                stepped(audit.climb),
                1e-12,
                ("Every step went down.", "V rose in a step by more than rounding, relative to 1 + |V| there."),
            ));
        }
        let fell = track.value[0] - track.value[1];
        // What it is can be told of the path alone.
        found.push(Check::at_most(identity::NAME, f64::NAN, identity::BOUND, ("", "")));
        if let (Some(energy), Descent::Momentum(scheme, _)) = (energy, self) {
            found.push(Check::at_most(
                "energy balance",
                some(((energy.kinetic + energy.dissipated - fell) / energy.peak).abs()),
                if scheme.form == Form::Leapfrog { 0.1 } else { 0.5 },
                (
                    "V + K lost what friction took, up to the order of the scheme.",
                    "V + K did not lose what friction took: the stride is too long for it; halve `step`.",
                ),
            ));
        }
        if let Descent::Adaptive(..) = self {
            found.push(Check::at_most(
                "length of a stride",
                stepped(reach),
                1.0 + 1e-9,
                (
                    "No stride was longer than its rule allows.",
                    "A stride was longer than its rule allows: report this.",
                ),
            ));
        }
        let advice = match self {
            _ if track.ending == Some(Ending::Unbounded) => {
                "V falls without bound: it has no minimum where this went. Look at its sign, or bound the coordinates."
            }
            Descent::Adaptive(scheme, _) if scheme.patience == 0 && track.ending == Some(Ending::Short) => {
                "Strides have shrunk to where V changes by its rounding alone, and it could still fall: take a larger `halving`, or \
                 `\"auto\"`, or a larger `step`."
            }
            _ if track.ending == Some(Ending::Short) => {
                "Strides are so short that V changes by its rounding alone, and it could still fall: take a larger `step`."
            }
            Descent::Adaptive(scheme, _) if scheme.patience > 0 => {
                "The end is not yet a critical point: allow more steps, or start with another `step`."
            }
            Descent::Adaptive(scheme, _) if scheme.halving.is_infinite() => {
                "The end is not yet a critical point: let strides shrink (`halving = \"auto\"` in [scheme]), or allow more steps."
            }
            Descent::Adaptive(..) => {
                "The end is not yet a critical point: strides may shrink too early (a larger `halving` or `step`), or allow more steps."
            }
            _ => "The end is not yet a critical point: allow more steps, or scale the coordinates.",
        };
        let tolerance = self.stop().gradient;
        let end =
            Check::at_most("gradient at the end", track.norm, tolerance, ("The end is a critical point.", advice));
        let mut end = self.end(end, track.ending);
        let edge = matches!(track.ending, Some(Ending::Met | Ending::Rounding));
        if let (Descent::Polyak(_), true, true) = (self, edge, track.norm > tolerance) {
            end.verdict = Verdict::Inconclusive;
            end.advice = "V is at `minimum` to its rounding and still has a slope: an edge, too small a tolerance, or the minimum is lower.";
        }
        found.push(end);
        found.retain(|check| self.promises(check.name, manifold));
        found
    }
    /// A check of the end, which says nothing where what V could still fall by is less than its rounding.
    pub(super) fn end(&self, mut check: Check, ending: Option<Ending>) -> Check {
        if ending == Some(Ending::Rounding) && check.verdict == Verdict::Violated {
            check.verdict = Verdict::Inconclusive;
            check.advice = "What V could still fall by is less than its rounding: ask for a larger tolerance.";
        }
        check
    }
}
/// The end lies near an edge, where a small gradient of the geometry says nothing: `left` is |x - P(x - dV)| there.
pub(super) fn at_the_edge(check: &mut Check, left: f64) {
    if check.name == "gradient at the end" && check.verdict == Verdict::Holds && left > EDGE * check.bound {
        (check.value, check.verdict) = (left, Verdict::Violated);
        check.advice = "Near the edge of the domain gradients of the geometry are small whatever V does, and |x - P(x - dV)| is not: start \
                        further inside, or ask for a smaller `tolerance`.";
    }
}
