//! The functions of the language.
use super::graph::{Graph, Id};
use steepest_kernels::tape::{Binary, Unary};

/// A function by name, with the number of arguments it takes.
pub(super) struct Function {
    pub(super) name: &'static str,
    meaning: Meaning,
}
#[derive(Clone, Copy)]
enum Meaning {
    Unary(Unary),
    Power,
    /// Of two arguments or more, taken in pairs.
    Fold(fn(&mut Graph, Id, Id) -> Id),
    /// Of one argument, made of others.
    Made(fn(&mut Graph, Id) -> Id),
}

const fn unary(name: &'static str, f: Unary) -> Function {
    Function { name, meaning: Meaning::Unary(f) }
}
const fn made(name: &'static str, f: fn(&mut Graph, Id) -> Id) -> Function {
    Function { name, meaning: Meaning::Made(f) }
}
const fn fold(name: &'static str, f: fn(&mut Graph, Id, Id) -> Id) -> Function {
    Function { name, meaning: Meaning::Fold(f) }
}

/// All of them, but for `sum` and `where`, which are grammar.
pub(super) const FUNCTIONS: &[Function] = &[
    unary("abs", Unary::Abs),
    unary("atan", Unary::Atan),
    unary("cos", Unary::Cos),
    made("cosh", |graph, a| {
        let minus = graph.neg(a);
        let (up, down) = (graph.unary(Unary::Exp, a), graph.unary(Unary::Exp, minus));
        let sum = graph.add(up, down);
        graph.scale(0.5, sum)
    }),
    unary("digamma", Unary::Polygamma(0)),
    unary("erf", Unary::Erf),
    unary("exp", Unary::Exp),
    unary("expm1", Unary::Expm1),
    unary("lgamma", Unary::Lgamma),
    unary("log", Unary::Log),
    unary("log1p", Unary::Log1p),
    unary("log1pexp", Unary::Log1pExp),
    unary("logistic", Unary::Logistic),
    fold("log_sum_exp", log_sum_exp),
    fold("logsumexp", log_sum_exp),
    fold("max", |graph, a, b| graph.extremum(Binary::Max, a, b)),
    fold("min", |graph, a, b| graph.extremum(Binary::Min, a, b)),
    Function { name: "pow", meaning: Meaning::Power },
    unary("sigmoid", Unary::Logistic),
    unary("sin", Unary::Sin),
    // ((e^a - 1) - (e^-a - 1))/2: the two have opposite signs, so nothing cancels
    made("sinh", |graph, a| {
        let minus = graph.neg(a);
        let (up, down) = (graph.unary(Unary::Expm1, a), graph.unary(Unary::Expm1, minus));
        let difference = graph.sub(up, down);
        graph.scale(0.5, difference)
    }),
    unary("softplus", Unary::Log1pExp),
    unary("sqrt", Unary::Sqrt),
    unary("tan", Unary::Tan),
    unary("tanh", Unary::Tanh),
];

/// log(e^a + e^b) = high + log(1 + e^(low - high)), with the larger and the smaller of a and b.
///
/// Either may be -inf, an event of probability 0: it adds nothing, and the slope in it is 0. Where both are there is no gap.
fn log_sum_exp(graph: &mut Graph, a: Id, b: Id) -> Id {
    let (high, low) = (graph.extremum(Binary::Max, a, b), graph.extremum(Binary::Min, a, b));
    let (gap, none, never) = (graph.sub(low, high), graph.constant(0.0), graph.constant(f64::NEG_INFINITY));
    let gap = graph.choose(true, (high, never), gap, none);
    let more = graph.unary(Unary::Log1pExp, gap);
    graph.add(high, more)
}

impl Function {
    /// The function called `name`.
    pub(super) fn find(name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|f| f.name == name)
    }
    /// How many arguments it takes, in words.
    pub(super) fn arity(&self) -> &'static str {
        match self.meaning {
            Meaning::Unary(_) | Meaning::Made(_) => "one argument",
            Meaning::Power => "two arguments",
            Meaning::Fold(_) => "two arguments or more",
        }
    }
    /// The node f(arguments); `None` where their number is wrong.
    pub(super) fn build(&self, graph: &mut Graph, arguments: &[Id]) -> Option<Id> {
        match (self.meaning, arguments) {
            (Meaning::Unary(f), &[a]) => Some(graph.unary(f, a)),
            (Meaning::Made(f), &[a]) => Some(f(graph, a)),
            (Meaning::Power, &[a, b]) => Some(graph.pow(a, b)),
            (Meaning::Fold(f), &[a, b, ref rest @ ..]) => {
                let first = f(graph, a, b);
                Some(rest.iter().fold(first, |so_far, next| f(graph, so_far, *next)))
            }
            _ => None,
        }
    }
}
