//! From tokens to a graph, by precedence climbing.
use super::error::ExpressionError;
use super::function::{FUNCTIONS, Function};
use super::graph::{Graph, Id};
use super::lexer::{Spanned, Token, tokens};
use std::collections::HashMap;
use std::ops::Range;

/// Parentheses, signs and powers inside one another; the parser recurses, so this guards the stack.
const DEEPEST: usize = 128;
/// Terms after sums are written out, so that `sum(i, 1, 1e9, x)` is an error and not a wait.
const MOST_TERMS: usize = 100_000;

/// What names may mean.
pub(super) struct Scope<'a> {
    /// Values by name; they go before the built-in ones.
    pub(super) constants: &'a [(String, f64)],
    /// The only free names there may be; without it any name is free.
    pub(super) parameters: Option<&'a [String]>,
}

/// The energy as a node of a graph whose variable j is the j-th free name, by first appearance in the text.
pub(super) struct Parsed {
    pub(super) graph: Graph,
    pub(super) root: Id,
    pub(super) names: Vec<String>,
}

type Found<T> = Result<T, ExpressionError>;

/// Reads the whole of `source`.
pub(super) fn parse(source: &str, scope: &Scope<'_>) -> Found<Parsed> {
    let tokens = tokens(source)?;
    let names = scope.parameters.map(<[String]>::to_vec).unwrap_or_default();
    let places = names.iter().cloned().zip(0..).collect();
    let graph = Graph::default();
    let mut parser =
        Parser { source, tokens, at: 0, scope, graph, names, places, indices: Vec::new(), depth: 0, terms: 0 };
    if *parser.peek() == Token::End {
        return Err(ExpressionError::new(0..source.len(), "the expression is empty", "an energy such as x^2/2"));
    }
    let root = parser.sum()?;
    match *parser.peek() {
        Token::End => {}
        Token::Sign(')') => return Err(parser.here("this `)` closes nothing", "an operator or the end")),
        Token::Sign(']') => return Err(parser.here("this `]` closes nothing", "an operator or the end")),
        Token::Sign(',') => return Err(parser.here("a comma outside a function call", "an operator or the end")),
        Token::Number(_) | Token::Name(_) | Token::Sign(_) => {
            let message = format!("no operator before `{}`", &source[parser.span()]);
            return Err(parser.here(message, "an operator such as *"));
        }
    }
    Ok(Parsed { graph: parser.graph, root, names: parser.names })
}

struct Parser<'s, 'a> {
    source: &'s str,
    tokens: Vec<Spanned<'s>>,
    at: usize,
    scope: &'a Scope<'a>,
    graph: Graph,
    names: Vec<String>,
    places: HashMap<String, u32>,
    /// The indices of the sums we are in, with their values now.
    indices: Vec<(&'s str, f64)>,
    depth: usize,
    terms: usize,
}

impl<'s> Parser<'s, '_> {
    fn peek(&self) -> &Token<'s> {
        &self.tokens[self.at].0
    }
    fn span(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }
    /// The end of the token before the present one.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].1.end)
    }
    /// Steps over a token; the last one, `End`, stays.
    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }
    fn take(&mut self, sign: char) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        if found {
            self.advance();
        }
        found
    }
    fn here(&self, message: impl Into<String>, expected: &str) -> ExpressionError {
        ExpressionError::new(self.span(), message, expected)
    }
    /// Requires `close`, the partner of the bracket at `open`.
    fn close(&mut self, close: char, open: Range<usize>, what: &str) -> Found<()> {
        if self.take(close) {
            return Ok(());
        }
        match *self.peek() {
            Token::End => {
                let message = format!("this `{}` is never closed", &self.source[open.clone()]);
                Err(ExpressionError::new(open, message, format!("a `{close}` after it")))
            }
            Token::Sign(_) => Err(self.here(format!("unexpected `{}`", &self.source[self.span()]), what)),
            _ => Err(self.here(format!("no operator before `{}`", &self.source[self.span()]), what)),
        }
    }

    /// term {(+ | -) term}
    fn sum(&mut self) -> Found<Id> {
        let start = self.span().start;
        let mut left = self.product()?;
        loop {
            let minus = match *self.peek() {
                Token::Sign('+') => false,
                Token::Sign('-') => true,
                _ => return Ok(left),
            };
            self.advance();
            let right = self.product()?;
            left = if minus { self.graph.sub(left, right) } else { self.graph.add(left, right) };
            self.finite(left, start)?;
        }
    }
    /// factor {(* | /) factor}
    fn product(&mut self) -> Found<Id> {
        let start = self.span().start;
        let mut left = self.factor()?;
        loop {
            let divide = match *self.peek() {
                Token::Sign('*') => false,
                Token::Sign('/') => true,
                _ => return Ok(left),
            };
            self.advance();
            let from = self.span().start;
            let right = self.factor()?;
            if divide && self.graph.value(right) == Some(0.0) {
                return Err(ExpressionError::new(from..self.end(), "division by zero", "a divisor other than 0"));
            }
            left = if divide { self.graph.div(left, right) } else { self.graph.mul(left, right) };
            self.finite(left, start)?;
        }
    }
    /// (- | +) factor, or atom [^ factor]: so -x^2 = -(x^2), 2^-x is allowed, and powers group to the right.
    fn factor(&mut self) -> Found<Id> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.here(format!("nested more than {DEEPEST} deep"), "a flatter expression"));
        }
        let start = self.span().start;
        let node = if self.take('-') {
            let operand = self.factor()?;
            self.graph.neg(operand)
        } else if self.take('+') {
            self.factor()?
        } else {
            let base = self.atom()?;
            if self.take('^') {
                let exponent = self.factor()?;
                self.graph.pow(base, exponent)
            } else {
                base
            }
        };
        self.depth -= 1;
        self.finite(node, start)?;
        Ok(node)
    }
    /// A folded constant must be a number.
    fn finite(&self, node: Id, start: usize) -> Found<()> {
        match self.graph.value(node) {
            Some(value) if !value.is_finite() => {
                let what = if value.is_nan() { "not a number" } else { "infinite" };
                Err(ExpressionError::new(start..self.end(), format!("this is {what}"), "a finite value"))
            }
            _ => Ok(()),
        }
    }

    fn atom(&mut self) -> Found<Id> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return Err(self.here(format!("more than {MOST_TERMS} terms"), "a smaller expression"));
        }
        let span = self.span();
        match *self.peek() {
            Token::Number(value) => {
                self.advance();
                Ok(self.graph.constant(value))
            }
            Token::Name(name) => {
                self.advance();
                let open = self.span();
                if self.take('(') { self.call(name, span, open) } else { self.reference(name, span) }
            }
            Token::Sign('(') => {
                self.advance();
                let inner = self.sum()?;
                self.close(')', span, "`)` or an operator")?;
                Ok(inner)
            }
            Token::End => Err(self.here("the expression ends too early", "a number, a name or `(`")),
            Token::Sign(_) => {
                let message = format!("unexpected `{}`", &self.source[span]);
                Err(self.here(message, "a number, a name or `(`"))
            }
        }
    }

    /// A name that is not called: an index, a constant, a parameter, `pi` or `tau`; with `[n]` one of a family.
    fn reference(&mut self, name: &'s str, span: Range<usize>) -> Found<Id> {
        let open = self.span();
        if self.take('[') {
            let from = self.span().start;
            let index = self.sum()?;
            let index = self.whole(index, from..self.end(), "an index")?;
            self.close(']', open, "`]` or an operator")?;
            if index < 1.0 {
                return Err(ExpressionError::new(from..self.end() - 1, format!("the index is {index}"), "1 or more"));
            }
            return self.named(&format!("{name}[{index}]"), span.start..self.end());
        }
        if let Some((_, value)) = self.indices.iter().rev().find(|(index, _)| *index == name) {
            return Ok(self.graph.constant(*value));
        }
        self.named(name, span)
    }
    fn named(&mut self, name: &str, span: Range<usize>) -> Found<Id> {
        if let Some((_, value)) = self.scope.constants.iter().find(|(known, _)| known == name) {
            return Ok(self.graph.constant(*value));
        }
        if let Some(&place) = self.places.get(name) {
            return Ok(self.graph.variable(place));
        }
        match name {
            "pi" => return Ok(self.graph.constant(std::f64::consts::PI)),
            "tau" => return Ok(self.graph.constant(std::f64::consts::TAU)),
            "e" => {
                let message = "`e` alone is ambiguous";
                return Err(ExpressionError::new(
                    span,
                    message,
                    "exp(...), or a constant or parameter declared as `e`",
                ));
            }
            _ if Function::find(name).is_some() || name == "sum" => {
                let message = format!("`{name}` is a function");
                return Err(ExpressionError::new(span.clone(), message, format!("`(` after `{name}`")));
            }
            _ => {}
        }
        if self.scope.parameters.is_some() {
            let constants = self.scope.constants.iter().map(|(known, _)| known.as_str());
            let known = self.names.iter().map(String::as_str).chain(constants).chain(["pi", "tau"]);
            let error = ExpressionError::new(span, format!("unknown name `{name}`"), "a parameter or a constant");
            return Err(error.near(name, known));
        }
        let place = self.names.len() as u32;
        self.names.push(name.to_string());
        self.places.insert(name.to_string(), place);
        Ok(self.graph.variable(place))
    }
    /// A constant node that is a whole number of ordinary size.
    fn whole(&self, node: Id, span: Range<usize>, what: &str) -> Found<f64> {
        match self.graph.value(node) {
            Some(value) if value.fract() == 0.0 && value.abs() < 1e9 => Ok(value),
            Some(value) => {
                Err(ExpressionError::new(span, format!("{what} must be whole, but this is {value}"), "a whole number"))
            }
            None => {
                let message = format!("{what} must be known, but this depends on a parameter");
                Err(ExpressionError::new(span, message, "numbers, constants and indices of sums"))
            }
        }
    }

    /// name(argument, ...), the opening parenthesis read.
    fn call(&mut self, name: &'s str, span: Range<usize>, open: Range<usize>) -> Found<Id> {
        if name == "sum" {
            return self.repeated(open);
        }
        let Some(function) = Function::find(name) else {
            let known = self.scope.constants.iter().any(|(known, _)| known == name) || self.places.contains_key(name);
            if known || name == "pi" || name == "tau" {
                let message = format!("`{name}` is not a function");
                return Err(ExpressionError::new(open, message, format!("an operator, as in {name}*(...)")));
            }
            let error = ExpressionError::new(span, format!("unknown function `{name}`"), "the name of a function");
            return Err(error.near(name, FUNCTIONS.iter().map(|f| f.name).chain(["sum"])));
        };
        let mut arguments = Vec::new();
        if *self.peek() != Token::Sign(')') {
            arguments.push(self.sum()?);
            while self.take(',') {
                arguments.push(self.sum()?);
            }
        }
        self.close(')', open, "`,`, `)` or an operator")?;
        let call = span.start..self.end();
        match function.build(&mut self.graph, &arguments) {
            Some(node) => Ok(node),
            None => {
                let message = format!("`{name}` got {} {}", arguments.len(), plural("argument", arguments.len()));
                Err(ExpressionError::new(call, message, function.arity()))
            }
        }
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
            *bound = self.whole(node, from..self.end(), "a bound of a sum")?;
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
        let body = self.at;
        let mut total = self.graph.constant(0.0);
        let mut i = first;
        while i <= last {
            self.at = body;
            self.indices.push((index, i));
            let term = self.sum()?;
            self.indices.pop();
            total = self.graph.add(total, term);
            i += 1.0;
        }
        self.close(')', open, "`)` or an operator")?;
        Ok(total)
    }
}

fn plural(word: &str, count: usize) -> String {
    if count == 1 { word.to_string() } else { format!("{word}s") }
}
