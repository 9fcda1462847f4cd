//! From tokens to a graph, by precedence climbing.
use super::definition::Definition;
use super::demand::Demand;
use super::error::ExpressionError;
use super::graph::{Graph, Id};
use super::lexer::{Spanned, Token, tokens};
use super::names::{Free, Leaf};
use super::sampling::law_of;
use std::collections::HashMap;
use std::ops::Range;

/// Parentheses, signs and powers inside one another; the parser recurses, so this guards the stack.
const DEEPEST: usize = 128;
/// Terms after sums are written out, so that `sum(i, 1, 1e9, x)` is an error and not a wait.
pub(super) const MOST_TERMS: usize = 100_000;
/// The largest index.
pub(super) const LARGEST_INDEX: f64 = 999_999_999.0;

/// What names may mean.
pub(crate) struct Scope<'a> {
    /// Values by name; they go before the built-in ones.
    pub(crate) constants: &'a [(String, f64)],
    /// What other names may be.
    pub(crate) free: Free<'a>,
}

/// The energy as a node of a graph whose variable j is the j-th free name, or the j-th leaf, by first appearance in the text.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) graph: Graph,
    pub(crate) root: Id,
    pub(crate) names: Vec<String>,
    pub(crate) leaves: Vec<Leaf>,
    /// What laws by name ask of their outcomes.
    pub(crate) demands: Vec<Demand>,
}

pub(super) type Found<T> = Result<T, ExpressionError>;

/// Reads the whole of `source`.
pub(crate) fn parse(source: &str, scope: &Scope<'_>) -> Found<Parsed> {
    let mut parser = Parser::new(source, scope)?;
    if *parser.peek() == Token::End {
        return Err(ExpressionError::new(0..source.len(), "the expression is empty", "an energy such as x^2/2"));
    }
    let root = parser.sum()?;
    parser.ended()?;
    Ok(parser.parsed(root))
}
/// A law of one number, as it stands in a prior.
#[derive(Debug)]
pub(crate) struct Law {
    /// Its log density.
    pub(crate) parsed: Parsed,
    /// None if it is flat.
    pub(crate) definition: Option<&'static Definition>,
    /// The numbers among its arguments.
    pub(crate) given: Vec<Option<f64>>,
    /// All of them.
    pub(super) arguments: Vec<Id>,
}

/// Reads `name` or `name(arguments)`, the law of `variate`. Unless it is to be `cut_off`, its formula may go on beyond its ends.
pub(crate) fn parse_law(source: &str, scope: &Scope<'_>, variate: Leaf, cut_off: bool) -> Found<Law> {
    let mut parser = Parser::new(source, scope)?;
    let Token::Name(name) = *parser.peek() else {
        return Err(parser.here("a prior begins with the name of a law", "a form such as normal(0, 1)"));
    };
    let span = parser.span();
    parser.advance();
    let y = parser.leaf(variate);
    let open = parser.span();
    let (own, spans) = if parser.take('(') { parser.arguments(open)? } else { Default::default() };
    parser.ended()?;
    if name == "flat" && own.is_empty() {
        let root = parser.graph.constant(0.0);
        return Ok(Law { parsed: parser.parsed(root), definition: None, given: Vec::new(), arguments: Vec::new() });
    }
    for (id, span) in own.iter().zip(&spans) {
        if let Some(name) = parser.own_name(*id, variate) {
            let message = format!("`{name}` is read in its own prior");
            return Err(ExpressionError::new(span.clone(), message, "other parameters, and constants"));
        }
    }
    let definition = law_of(name, span, own.len(), 0..source.len())?;
    parser.possible(definition, 1, &own, &spans)?;
    let given = own.iter().map(|id| parser.graph.value(*id)).collect();
    let arguments = [&[y], &own[..]].concat();
    let found = if cut_off { parser.cut_off(definition, &arguments) } else { parser.defined(definition, &arguments) };
    let root = found.map_err(|error| ExpressionError { span: 0..source.len(), ..error })?;
    Ok(Law { parsed: parser.parsed(root), definition: Some(definition), given, arguments: own })
}

pub(super) struct Parser<'s, 'a> {
    pub(super) source: &'s str,
    pub(super) tokens: Vec<Spanned<'s>>,
    pub(super) at: usize,
    pub(super) scope: &'a Scope<'a>,
    pub(super) graph: Graph,
    pub(super) names: Vec<String>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) demands: Vec<Demand>,
    pub(super) places: HashMap<String, u32>,
    /// The indices of the sums we are in, or the arguments of the definition, and what they are now.
    pub(super) locals: Vec<(&'s str, Id)>,
    pub(super) depth: usize,
    pub(super) terms: usize,
    /// Mixtures that we are in.
    pub(super) mixtures: usize,
    /// Laws so far that have a density of 0 somewhere.
    pub(super) ends: usize,
    /// Whether this is the text of a definition.
    pub(super) within_law: bool,
}

impl<'s, 'a> Parser<'s, 'a> {
    pub(super) fn new(source: &'s str, scope: &'a Scope<'a>) -> Found<Self> {
        let names = if let Free::Listed(names) = scope.free { names.to_vec() } else { Vec::new() };
        let places = names.iter().cloned().zip(0..).collect();
        let (tokens, graph) = (tokens(source)?, Graph::default());
        let (leaves, demands, locals) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Parser {
            source,
            tokens,
            at: 0,
            scope,
            graph,
            names,
            leaves,
            demands,
            places,
            locals,
            depth: 0,
            terms: 0,
            mixtures: 0,
            ends: 0,
            within_law: false,
        })
    }
    pub(super) fn parsed(self, root: Id) -> Parsed {
        Parsed { graph: self.graph, root, names: self.names, leaves: self.leaves, demands: self.demands }
    }
}

impl<'s> Parser<'s, '_> {
    /// Nothing may follow.
    pub(super) fn ended(&self) -> Found<()> {
        match *self.peek() {
            Token::End => Ok(()),
            Token::Sign(')') => Err(self.here("this `)` closes nothing", "an operator or the end")),
            Token::Sign(']') => Err(self.here("this `]` closes nothing", "an operator or the end")),
            Token::Sign(',') => Err(self.here("a comma outside a function call", "an operator or the end")),
            Token::Sign('<' | '>' | '≤' | '≥' | '=' | '≠') => {
                Err(self.here("a comparison has its place in `where`", "a form such as where(a < b, then, otherwise)"))
            }
            Token::Number(_) | Token::Name(_) | Token::Sign(_) => {
                let message = format!("no operator before `{}`", &self.source[self.span()]);
                Err(self.here(message, "an operator such as *"))
            }
        }
    }
    /// Whether the token after the present one is `]`.
    pub(super) fn closes_next(&self) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|(token, _)| *token == Token::Sign(']'))
    }
    pub(super) fn peek(&self) -> &Token<'s> {
        &self.tokens[self.at].0
    }
    pub(super) fn span(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }
    /// The end of the token before the present one.
    pub(super) fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].1.end)
    }
    /// Steps over a token; the last one, `End`, stays.
    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }
    pub(super) fn take(&mut self, sign: char) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        if found {
            self.advance();
        }
        found
    }
    pub(super) fn here(&self, message: impl Into<String>, expected: &str) -> ExpressionError {
        ExpressionError::new(self.span(), message, expected)
    }
    /// Requires `close`, the partner of the bracket at `open`.
    pub(super) fn close(&mut self, close: char, open: Range<usize>, what: &str) -> Found<()> {
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
    pub(super) fn sum(&mut self) -> Found<Id> {
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
        let (start, first, ends) = (self.span().start, self.demands.len(), self.ends);
        let mut left = self.factor()?;
        loop {
            let divide = match *self.peek() {
                Token::Sign('*') => false,
                Token::Sign('/') => true,
                _ => {
                    self.finite(left, start)?;
                    return Ok(left);
                }
            };
            self.advance();
            let (from, second, later) = (self.span().start, self.demands.len(), self.ends);
            let right = self.factor()?;
            if !divide {
                self.counts_where_not_zero(first..second, right);
                self.counts_where_not_zero(second..self.demands.len(), left);
            }
            if divide && self.graph.value(right) == Some(0.0) {
                return Err(ExpressionError::new(from..self.end(), "division by zero", "a divisor other than 0"));
            }
            let factors = [left, right];
            left = if divide {
                self.graph.div(left, right)
            } else {
                // `seen*exponential_lpdf(t - shift | rate)` says nothing of a row that was not seen, whatever the shift.
                let mut product = self.graph.mul(left, right);
                if later > ends && self.is_known(right) {
                    product = self.graph.unless_zero(right, product);
                }
                if self.ends > later && self.is_known(left) {
                    product = self.graph.unless_zero(left, product);
                }
                product
            };
            if self.graph.value(left) != Some(0.0) {
                factors.into_iter().try_for_each(|factor| self.finite(factor, start))?;
            }
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
        // In a law `(a - 1)*log(y)` is 0 where a is 1 and y is 0: there a product is looked at as a whole.
        if !self.within_law {
            self.finite(node, start)?;
        }
        Ok(node)
    }
    /// A folded constant must be a number.
    pub(super) fn finite(&self, node: Id, start: usize) -> Found<()> {
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

    /// A constant node that is a whole number, in size at most `most`.
    pub(super) fn whole(&self, node: Id, span: Range<usize>, what: &str, most: f64) -> Found<f64> {
        match self.graph.value(node) {
            Some(value) if value.fract() != 0.0 => {
                Err(ExpressionError::new(span, format!("{what} must be whole, but this is {value}"), "a whole number"))
            }
            Some(value) if value.abs() > most => {
                let message = format!("{what} is {value:e}, which is too large");
                Err(ExpressionError::new(span, message, format!("at most {most}")))
            }
            Some(value) => Ok(value),
            None => {
                let message = format!("{what} must be known, but this depends on a parameter");
                Err(ExpressionError::new(span, message, "numbers, constants and indices of sums"))
            }
        }
    }
}
