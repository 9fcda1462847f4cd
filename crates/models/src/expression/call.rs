//! Calls: functions, definitions, sums and choices.
use super::definition::{DEFINITIONS, Definition, Support};
use super::demand::Guard;
use super::error::ExpressionError;
use super::function::{FUNCTIONS, Function};
use super::graph::{Graph, Id};
use super::lexer::{Token, tokens};
use super::names::Free;
use super::parser::{Found, MOST_TERMS, Parser, Scope};
use std::collections::HashMap;
use std::ops::Range;

/// Up to here one more is another number.
const LARGEST_BOUND: f64 = 4503599627370496.0;

impl<'s> Parser<'s, '_> {
    /// name(argument, ...), the opening parenthesis read.
    pub(super) fn call(&mut self, name: &'s str, span: Range<usize>, open: Range<usize>) -> Found<Id> {
        match name {
            "sum" => return self.repeated(open),
            "where" => return self.choice(open),
            _ => {}
        }
        let (function, definition) = (Function::find(name), Definition::find(name));
        if function.is_none() && definition.is_none() {
            return Err(self.no_function(name, span, open));
        }
        let mixture = usize::from(["log_mix", "log_sum_exp", "logsumexp"].contains(&name));
        let first = self.demands.len();
        self.mixtures += mixture;
        let (arguments, spans) = self.arguments(open)?;
        self.mixtures -= mixture;
        if mixture > 0 {
            self.asks_no_ends(first);
        }
        let call = span.start..self.end();
        let count = format!("`{name}` got {} {}", arguments.len(), plural("argument", arguments.len()));
        match (function, definition) {
            (Some(function), _) => function
                .build(&mut self.graph, &arguments)
                .ok_or_else(|| ExpressionError::new(call, count, function.arity())),
            (None, Some(definition)) if definition.arguments.len() == arguments.len() => {
                self.possible(definition, 0, &arguments, &spans)?;
                self.one_term(definition, &arguments, &spans)?;
                self.demand(definition, &arguments, &spans);
                self.law(definition, &arguments).map_err(|error| ExpressionError { span: call, ..error })
            }
            (None, definition) => {
                Err(ExpressionError::new(call, count, definition.map_or_else(String::new, Definition::form)))
            }
        }
    }
    fn no_function(&self, name: &str, span: Range<usize>, open: Range<usize>) -> ExpressionError {
        let free = match self.scope.free {
            Free::Rows(rows) => {
                rows.columns.iter().any(|c| c == name) || rows.parameters.iter().any(|p| p.name == name)
            }
            _ => self.places.contains_key(name),
        };
        if free || ["pi", "tau"].contains(&name) || self.scope.constants.iter().any(|(known, _)| known == name) {
            let message = format!("`{name}` is not a function");
            return ExpressionError::new(open, message, format!("an operator, as in {name}*(...)"));
        }
        if let Some(instead) = instead_of_distribution(name) {
            return ExpressionError::new(span, format!("there is no function `{name}`"), instead);
        }
        let known = FUNCTIONS.iter().map(|f| f.name).chain(DEFINITIONS.iter().map(|d| d.name));
        let error = ExpressionError::new(span, format!("unknown function `{name}`"), "the name of a function");
        match ELSEWHERE.iter().find(|(other, _)| *other == name) {
            Some((_, here)) => ExpressionError { nearest: Some((*here).to_string()), ..error },
            None => error.near(name, known.chain(["sum", "where"])),
        }
    }
    /// Refuses parameters in the law of a list, where it is called for one of its numbers: what of its constant they share is not there.
    fn one_term(&self, definition: &Definition, arguments: &[Id], spans: &[Range<usize>]) -> Found<()> {
        match (definition.support, arguments, spans) {
            (Some(Support::Simplex), [_, a, ..], [_, span, ..]) if !self.is_known(*a) => {
                let message = format!("`{}` is one term of a law, without the constant of all", definition.name);
                Err(ExpressionError::new(
                    span.clone(),
                    message,
                    "an `a` without parameters here; under priors, s = \"dirichlet(a)\" has the constant",
                ))
            }
            _ => Ok(()),
        }
    }
    /// argument {(, or |) argument} and the closing parenthesis; and where each stands.
    pub(super) fn arguments(&mut self, open: Range<usize>) -> Found<(Vec<Id>, Vec<Range<usize>>)> {
        let (mut arguments, mut spans) = (Vec::new(), Vec::new());
        if *self.peek() != Token::Sign(')') {
            while spans.is_empty() || self.take(',') || (spans.len() == 1 && self.take('|')) {
                let from = self.span().start;
                arguments.push(self.sum()?);
                spans.push(from..self.end());
            }
        }
        self.close(')', open, "`,`, `)` or an operator")?;
        Ok((arguments, spans))
    }
    /// A definition with its arguments put in.
    pub(super) fn defined(&mut self, definition: &'static Definition, arguments: &[Id]) -> Found<Id> {
        let locals = definition.arguments.iter().copied().zip(arguments.iter().copied()).collect();
        let given: Vec<Option<f64>> = arguments.iter().map(|id| self.graph.value(*id)).collect();
        let text = definition.text(&given);
        let mut inner = Parser {
            source: text,
            tokens: tokens(text)?,
            at: 0,
            scope: &Scope { constants: &[], free: Free::Listed(&[]) },
            graph: std::mem::take(&mut self.graph),
            names: Vec::new(),
            leaves: Vec::new(),
            demands: Vec::new(),
            places: HashMap::new(),
            locals,
            depth: self.depth,
            terms: self.terms,
            mixtures: 0,
            ends: 0,
            within_law: true,
        };
        let found = inner.sum();
        (self.graph, self.terms) = (inner.graph, inner.terms);
        found
    }
    /// where(a < b, then, otherwise), the opening parenthesis read.
    fn choice(&mut self, open: Range<usize>) -> Found<Id> {
        const FORM: &str = "where(a < b, then, otherwise)";
        let a = self.sum()?;
        let Token::Sign(sign @ ('<' | '>' | '≤' | '≥' | '=' | '≠')) = *self.peek() else {
            return Err(self.here("`where` begins with a comparison", FORM));
        };
        self.advance();
        let b = self.sum()?;
        let mut branches = [a; 2];
        for (holds, branch) in [true, false].into_iter().zip(&mut branches) {
            if !self.take(',') {
                return Err(self.here("`where` has three parts", FORM));
            }
            let first = self.demands.len();
            *branch = self.sum()?;
            self.counts_where(first..self.demands.len(), Guard { sign, a, b, holds });
        }
        self.close(')', open, "`)` or an operator")?;
        let [then, otherwise] = branches;
        Ok(match sign {
            '<' => self.graph.choose(true, (b, a), then, otherwise),
            '>' => self.graph.choose(true, (a, b), then, otherwise),
            '≤' => self.graph.choose(false, (b, a), then, otherwise),
            '≥' => self.graph.choose(false, (a, b), then, otherwise),
            _ => {
                let [same, other] = if sign == '=' { [then, otherwise] } else { [otherwise, then] };
                let at_least = self.graph.choose(false, (b, a), same, other);
                self.graph.choose(false, (a, b), at_least, other)
            }
        })
    }
    /// sum(index, first, last, term), the opening parenthesis read: the term is read again for every index.
    fn repeated(&mut self, open: Range<usize>) -> Found<Id> {
        const FORM: &str = "sum(index, first, last, term)";
        let Token::Name(index) = *self.peek() else {
            return Err(self.here("a sum begins with the name of its index", FORM));
        };
        self.advance();
        let mut bounds = [0.0; 2];
        for bound in &mut bounds {
            if !self.take(',') {
                return Err(self.here("a sum has four parts", FORM));
            }
            let from = self.span().start;
            let node = self.sum()?;
            *bound = self.whole(node, from..self.end(), "a bound of a sum", LARGEST_BOUND)?;
        }
        let comma = self.span();
        if !self.take(',') {
            return Err(self.here("a sum has four parts", FORM));
        }
        let [first, last] = bounds;
        if first > last {
            let message = format!("this sum from {first} to {last} is empty");
            return Err(ExpressionError::new(
                open.start..comma.start,
                message,
                "a last index that is not below the first",
            ));
        }
        if last - first >= MOST_TERMS as f64 {
            let message = format!("more than {MOST_TERMS} terms");
            return Err(ExpressionError::new(open.start..comma.start, message, "a smaller sum"));
        }
        let body = self.at;
        let mut total = self.graph.constant(0.0);
        let mut i = first;
        while i <= last {
            self.at = body;
            let index_now = self.graph.constant(i);
            self.locals.push((index, index_now));
            let term = self.sum();
            self.locals.pop();
            total = self.graph.add(total, term?);
            i += 1.0;
        }
        self.close(')', open, "`)` or an operator")?;
        Ok(total)
    }
}

impl Graph {
    /// `then` where a >= b (a > b where `strict`), else `otherwise`.
    pub(super) fn choose(&mut self, strict: bool, (a, b): (Id, Id), then: Id, otherwise: Id) -> Id {
        if let (Some(x), Some(y)) = (self.value(a), self.value(b)) {
            return if x > y || (!strict && x == y) { then } else { otherwise };
        }
        let (then, otherwise) = (self.only_where(strict, (a, b), then), self.only_where(!strict, (b, a), otherwise));
        self.add(then, otherwise)
    }
}

/// What functions are called elsewhere, and how they are written here.
const ELSEWHERE: [(&str, &str); 9] = [
    ("arctan", "atan"),
    ("expit", "logistic"),
    ("fabs", "abs"),
    ("gammaln", "lgamma"),
    ("inv_logit", "logistic"),
    ("ln", "log"),
    ("log10", "log(x)/log(10)"),
    ("log2", "log(x)/log(2)"),
    ("square", "x^2"),
];

/// What to write for a distribution function, which few laws have: `normal_lcdf`, `poisson_cdf`, `weibull_lcdf`.
fn instead_of_distribution(name: &str) -> Option<String> {
    let (law, kind) = name.rsplit_once('_')?;
    let density = Definition::law(law).filter(|_| ["cdf", "lcdf", "ccdf", "lccdf"].contains(&kind))?;
    let (logarithm, above) = (kind.starts_with('l'), kind.ends_with("ccdf"));
    if law == "normal" {
        let sign = if above { '-' } else { '+' };
        let share = format!("0.5*(1 {sign} erf((y - mu)/(s*sqrt(2))))");
        return Some(if logarithm { format!("log({share})") } else { share });
    }
    let Some(tail) = Definition::find(&format!("{law}_lccdf")).map(Definition::form) else {
        let density = density.form();
        return Some(format!(
            "the density {density}; of few laws there is log P(Y > y), as in logistic_lccdf(y, mu, s)"
        ));
    };
    Some(match (logarithm, above) {
        (true, _) => format!("log1p(-exp({tail}))"),
        (false, true) => format!("exp({tail})"),
        (false, false) => format!("-expm1({tail})"),
    })
}

fn plural(word: &str, count: usize) -> String {
    if count == 1 { word.to_string() } else { format!("{word}s") }
}
