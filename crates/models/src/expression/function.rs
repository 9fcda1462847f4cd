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
    /// Of two arguments.
    Pair(fn(&mut Graph, Id, Id) -> Id),
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
const fn pair(name: &'static str, f: fn(&mut Graph, Id, Id) -> Id) -> Function {
    Function { name, meaning: Meaning::Pair(f) }
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
    pair("log_rising_factorial", log_rising_factorial),
    fold("log_sum_exp", log_sum_exp),
    fold("logsumexp", log_sum_exp),
    fold("max", |graph, a, b| graph.extremum(Binary::Max, a, b)),
    fold("min", |graph, a, b| graph.extremum(Binary::Min, a, b)),
    pair("pow", |graph, a, b| graph.pow(a, b)),
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

/// From here on five terms of Stirling's series are good to the last digit.
const FAR: f64 = 20.0;

/// log Gamma(x + n) - log Gamma(x).
///
/// Where x is large, both are so large that their difference keeps few of its digits. There it is
/// (x + n - 1/2) log(1 + n/x) + n (log x - 1) + r(x + n) - r(x), with r(z) what Stirling's formula leaves
/// [AbramowitzStegun1964, 6.1.41], and so are its slopes.
fn log_rising_factorial(graph: &mut Graph, x: Id, n: Id) -> Id {
    let end = graph.add(x, n);
    let (above, below) = (graph.unary(Unary::Lgamma, end), graph.unary(Unary::Lgamma, x));
    let near = graph.sub(above, below);
    let [limit, minus_half, minus_one] = [FAR, -0.5, -1.0].map(|number| graph.constant(number));
    // A number that the far form has, where the near one is taken.
    let from = graph.extremum(Binary::Max, x, limit);
    let to = graph.add(from, n);
    let share = graph.div(n, from);
    let (more, log) = (graph.unary(Unary::Log1p, share), graph.unary(Unary::Log, from));
    let (weight, slope) = (graph.add(to, minus_half), graph.add(log, minus_one));
    let (first, second) = (graph.mul(weight, more), graph.mul(n, slope));
    let (at_end, at_start) = (stirling(graph, to), stirling(graph, from));
    let (leading, left) = (graph.add(first, second), graph.sub(at_end, at_start));
    let far = graph.add(leading, left);
    let least = graph.extremum(Binary::Min, x, end);
    graph.choose(true, (limit, least), near, far)
}
/// log Gamma(z) - (z - 1/2) log z + z - log(2 pi)/2, as the first terms of its series.
fn stirling(graph: &mut Graph, z: Id) -> Id {
    let one = graph.constant(1.0);
    let per = graph.div(one, z);
    let square = graph.unary(Unary::Square, per);
    let mut sum = graph.constant(1.0 / 1188.0);
    for coefficient in [1680.0, 1260.0, 360.0, 12.0] {
        let (first, rest) = (graph.constant(1.0 / coefficient), graph.mul(square, sum));
        sum = graph.sub(first, rest);
    }
    graph.mul(per, sum)
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
            Meaning::Pair(_) => "two arguments",
            Meaning::Fold(_) => "two arguments or more",
        }
    }
    /// The node f(arguments); `None` where their number is wrong.
    pub(super) fn build(&self, graph: &mut Graph, arguments: &[Id]) -> Option<Id> {
        match (self.meaning, arguments) {
            (Meaning::Unary(f), &[a]) => Some(graph.unary(f, a)),
            (Meaning::Made(f), &[a]) => Some(f(graph, a)),
            (Meaning::Pair(f), &[a, b]) => Some(f(graph, a, b)),
            (Meaning::Fold(f), &[a, b, ref rest @ ..]) => {
                let first = f(graph, a, b);
                Some(rest.iter().fold(first, |so_far, next| f(graph, so_far, *next)))
            }
            _ => None,
        }
    }
}
