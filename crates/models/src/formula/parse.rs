//! PARSING a formula by recursive descent: terms outside the brackets of functions, arithmetic inside.
use super::curve::{MOST_DEGREE, MOST_KNOTS, is_smooth};
use super::elsewhere::unknown;
use super::token::{Span, Token, tokens};
use super::{About, Bar, Curve, Expression, Factor, Formula, FormulaError, Function, Item, term_name};
use std::str::FromStr;

/// How deep brackets may nest.
const DEEPEST: usize = 64;
/// Terms that a product may expand to.
const MOST_TERMS: usize = 10_000;

impl FromStr for Formula {
    type Err = FormulaError;
    fn from_str(text: &str) -> Result<Formula, FormulaError> {
        Parser { text, tokens: tokens(text)?, at: 0, depth: 0 }.formula()
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
}

/// What one operand of `+` and `-` means.
struct Sum {
    items: Vec<Item>,
    intercept: Option<bool>,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }
    fn span(&self) -> Span {
        self.tokens[self.at].1
    }
    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }
    fn sign(&mut self, sign: char) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        if found {
            self.next();
        }
        found
    }
    fn wrong<T>(&self, at: Span, problem: impl Into<String>) -> Result<T, FormulaError> {
        Err(FormulaError::new(self.text, at, problem))
    }
    /// The complaint about the token at hand.
    fn expected<T>(&self, what: &str) -> Result<T, FormulaError> {
        let found = match self.peek() {
            Token::End => "the formula ends here".to_string(),
            Token::Sign(c) => format!("found '{c}'"),
            Token::Number(x) => format!("found {x}"),
            Token::Name(name) => format!("found '{name}'"),
        };
        self.wrong(self.span(), format!("expected {what}; {found}"))
    }
    fn close(&mut self, open: Span) -> Result<(), FormulaError> {
        if self.sign(')') {
            return Ok(());
        }
        if *self.peek() == Token::End { self.wrong(open, "this bracket is not closed") } else { self.expected("')'") }
    }
    fn deeper(&mut self) -> Result<(), FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST { self.wrong(self.span(), "the brackets nest too deeply") } else { Ok(()) }
    }

    fn formula(mut self) -> Result<Formula, FormulaError> {
        if !self.tokens.iter().any(|t| t.0 == Token::Sign('~')) {
            let end = Span { start: 0, end: self.text.chars().count() };
            return self.wrong(end, "a formula reads RESPONSE ~ TERMS, as in y ~ x + z; there is no '~'");
        }
        let start = self.span();
        let response = match self.atom()?.as_slice() {
            [Item::Add(factors)] if !matches!(factors[..], [Factor::Curve(..)]) && factors.len() == 1 => {
                factors[0].clone()
            }
            _ => return self.wrong(start, "the response must be one column or one function of columns"),
        };
        let about = if self.sign('|') { Some(self.about()?) } else { None };
        if *self.peek() != Token::Sign('~') {
            return self.expected("'~' after the response");
        }
        self.next();
        let Sum { items, intercept } = self.sum()?;
        if *self.peek() == Token::Sign('|') {
            return self.wrong(self.span(), "a group effect stands in brackets, as in (1 | g) or (x | g)");
        }
        if *self.peek() != Token::End {
            return self.expected("'+', '-', '*', ':' or the end");
        }
        if let Some(Item::Add(term)) = items.iter().find(|i| matches!(i, Item::Add(t) if t.contains(&response))) {
            return self.wrong(start, format!("the response is also a term ({})", term_name(term)));
        }
        let (text, intercept) = (self.text.to_string(), intercept.unwrap_or(true));
        Ok(Formula { text, response, about, items, intercept, weights: None })
    }

    /// The rest of `successes |`.
    fn about(&mut self) -> Result<(About, Expression, Span), FormulaError> {
        let at = self.span();
        let name = self.next();
        let known = About::ALL.into_iter().find(|about| name == Token::Name(about.name().into()));
        let Some(about) = known.filter(|_| self.sign('(')) else {
            let problem = "after '|' a response has its number of trials, as in successes | trials(n) ~ x, or its standard \
                           errors where they are known, as in estimate | se(s) ~ x";
            return self.wrong(at, problem);
        };
        let e = self.expression()?;
        self.close(Span { start: at.end, end: at.end + 1 })?;
        Ok((about, e, at))
    }

    /// The rest of `(terms |`: every grouping that `/` and `:` make.
    fn bar(&mut self, open: Span, Sum { items, intercept }: Sum) -> Result<Vec<Item>, FormulaError> {
        let correlated = !self.sign('|');
        let mut groupings: Vec<Vec<(String, Span)>> = vec![vec![]];
        loop {
            let at = self.span();
            let Token::Name(name) = self.peek().clone() else { return self.expected("the column of a grouping") };
            self.next();
            groupings.last_mut().into_iter().for_each(|last| last.push((name.clone(), at)));
            if self.sign('/') {
                groupings.extend(groupings.last().cloned());
            } else if !self.sign(':') {
                break;
            }
        }
        self.close(open)?;
        if items.iter().any(|item| !matches!(item, Item::Add(_))) {
            return self.wrong(open, "before '|' only sums of terms may stand");
        }
        let (terms, intercept) = (super::expand::terms(&items, &[]), intercept.unwrap_or(true));
        if terms.iter().any(|term| is_smooth(term)) {
            return self.wrong(open, "a smooth s( ) cannot differ by group; write poly( ), or s( ) outside");
        }
        if terms.is_empty() && !intercept {
            return self.wrong(open, "there is no effect before '|'; write (1 | g), or (0 + x | g)");
        }
        let bar = |by| Item::Group(Bar { intercept, terms: terms.clone(), correlated, by });
        Ok(groupings.into_iter().map(bar).collect())
    }

    /// sum = ['-'] product { ('+' | '-') product }
    fn sum(&mut self) -> Result<Sum, FormulaError> {
        let mut sum = Sum { items: Vec::new(), intercept: None };
        let mut plus = !self.sign('-');
        loop {
            match *self.peek() {
                Token::Number(x) if x == 0.0 || x == 1.0 => {
                    sum.intercept = Some((x == 1.0) == plus);
                    self.next();
                }
                Token::Number(_) => {
                    return self.wrong(self.span(), "only 0 and 1 may stand alone: no intercept, an intercept");
                }
                _ => {
                    let start = self.span();
                    for item in self.product()? {
                        match item {
                            _ if plus => sum.items.push(item),
                            Item::Add(term) => sum.items.push(Item::Remove(term)),
                            Item::Group(_) => return self.wrong(start, "a group effect cannot be taken away"),
                            Item::Offset(..) => return self.wrong(start, "an offset cannot be taken away"),
                            _ => return self.wrong(start, "'.' cannot be taken away"),
                        }
                    }
                }
            }
            if self.sign('+') {
                plus = true;
            } else if self.sign('-') {
                plus = false;
            } else {
                return Ok(sum);
            }
        }
    }

    /// product = interaction { '*' interaction }: a*b is a + b + a:b.
    fn product(&mut self) -> Result<Vec<Item>, FormulaError> {
        let start = self.span();
        let mut items = self.interaction()?;
        while self.sign('*') {
            let right = self.interaction()?;
            let crossed = self.crossed(start, &items, &right)?;
            items.extend(right);
            items.extend(crossed);
        }
        Ok(items)
    }

    /// interaction = atom { ':' atom }
    fn interaction(&mut self) -> Result<Vec<Item>, FormulaError> {
        let start = self.span();
        let mut items = self.atom()?;
        while self.sign(':') {
            let right = self.atom()?;
            items = self.crossed(start, &items, &right)?;
        }
        match self.peek() {
            Token::Sign('^') => self.wrong(self.span(), "a power must stand inside I( ), as in I(x^2)"),
            Token::Sign('/') => self.wrong(self.span(), "a quotient must stand inside I( ), as in I(x / z)"),
            _ => Ok(items),
        }
    }

    /// Every product of a term on the left and a term on the right.
    fn crossed(&self, start: Span, left: &[Item], right: &[Item]) -> Result<Vec<Item>, FormulaError> {
        if left.len().saturating_mul(right.len()) > MOST_TERMS {
            return self.wrong(start, "this expands to more than 10,000 terms");
        }
        let mut out = Vec::with_capacity(left.len() * right.len());
        for a in left {
            for b in right {
                let (Item::Add(a), Item::Add(b)) = (a, b) else {
                    let rest = [a, b].contains(&&Item::Rest);
                    let problem = match rest {
                        true => "'.' cannot take part in an interaction; name the columns",
                        false => "group effects and offsets cannot take part in an interaction",
                    };
                    return self.wrong(start, problem);
                };
                if is_smooth(a) || is_smooth(b) {
                    return self.wrong(start, "a smooth s( ) cannot take part in an interaction; poly( ) can");
                }
                let mut term = a.clone();
                term.extend(b.iter().filter(|f| !a.contains(f)).cloned());
                out.push(Item::Add(term));
            }
        }
        Ok(out)
    }

    /// atom = '.' | '(' sum ')' | '(' sum '|' grouping ')' | name | function '(' expression ')'
    fn atom(&mut self) -> Result<Vec<Item>, FormulaError> {
        let at = self.span();
        match self.peek().clone() {
            Token::Sign('.') => {
                self.next();
                Ok(vec![Item::Rest])
            }
            Token::Sign('(') => {
                self.next();
                self.deeper()?;
                let sum = self.sum()?;
                self.depth -= 1;
                if self.sign('|') {
                    return self.bar(at, sum);
                }
                let Sum { items, intercept } = sum;
                if intercept.is_some() || items.iter().any(|i| matches!(i, Item::Remove(_))) {
                    return self.wrong(at, "inside brackets only sums of terms may stand");
                }
                self.close(at)?;
                Ok(items)
            }
            Token::Name(name) => {
                self.next();
                if name == "offset" && self.sign('(') {
                    let offset = self.expression()?;
                    self.close(Span { start: at.end, end: at.end + 1 })?;
                    return Ok(vec![Item::Offset(offset, at)]);
                }
                let factor = if self.sign('(') { self.call(&name, at)? } else { Factor::Column(name, at) };
                Ok(vec![Item::Add(vec![factor])])
            }
            _ => self.expected("a column or a function of columns"),
        }
    }

    /// The rest of `name(`.
    fn call(&mut self, name: &str, at: Span) -> Result<Factor, FormulaError> {
        let open = Span { start: at.end, end: at.end + 1 };
        let factor = match name {
            "C" => match (self.span(), self.next()) {
                (at, Token::Name(column)) => Factor::Category(column, at),
                (at, _) => return self.wrong(at, "C( ) takes the name of a column"),
            },
            "I" => Factor::Identity(self.expression()?),
            "poly" => {
                let x = self.expression()?;
                if !self.sign(',') {
                    return self.expected("',' and a degree, as in poly(x, 3)");
                }
                self.named("degree");
                Factor::Curve(Curve::Poly(self.count("the degree", 1, MOST_DEGREE)?), x, at)
            }
            "s" => {
                let x = self.expression()?;
                let mut knots = None;
                if self.sign(',') {
                    self.named("k");
                    knots = Some(self.count("the number of knots", 3, MOST_KNOTS)?);
                }
                Factor::Curve(Curve::Smooth(knots), x, at)
            }
            _ => Factor::Call(self.function(name, at)?, self.expression()?),
        };
        self.close(open)?;
        Ok(factor)
    }

    /// `name =`, which may be left out.
    fn named(&mut self, name: &str) {
        let equals = self.tokens.get(self.at + 1).is_some_and(|t| t.0 == Token::Sign('='));
        if equals && *self.peek() == Token::Name(name.into()) {
            self.at += 2;
        }
    }
    /// A whole number between bounds.
    fn count(&mut self, what: &str, least: usize, most: usize) -> Result<usize, FormulaError> {
        match *self.peek() {
            Token::Number(x) if x.fract() == 0.0 && x >= least as f64 && x <= most as f64 => {
                self.next();
                Ok(x as usize)
            }
            _ => self.expected(&format!("{what}, a whole number from {least} to {most}")),
        }
    }

    fn function(&self, name: &str, at: Span) -> Result<Function, FormulaError> {
        match Function::ALL.iter().find(|f| f.0 == name) {
            Some(f) => Ok(f.1),
            None => self.wrong(at, unknown(name)),
        }
    }

    /// expression = product { ('+' | '-') product }, and so on down to numbers, columns, functions and brackets.
    fn expression(&mut self) -> Result<Expression, FormulaError> {
        let mut left = self.quotient()?;
        while let Token::Sign(op @ ('+' | '-')) = *self.peek() {
            self.next();
            left = Expression::Binary(op, left.into(), self.quotient()?.into());
        }
        Ok(left)
    }
    fn quotient(&mut self) -> Result<Expression, FormulaError> {
        let mut left = self.signed()?;
        while let Token::Sign(op @ ('*' | '/')) = *self.peek() {
            self.next();
            left = Expression::Binary(op, left.into(), self.signed()?.into());
        }
        Ok(left)
    }
    /// -x^2 is -(x^2); 2^-x is 2^(-x); x^y^z is x^(y^z).
    fn signed(&mut self) -> Result<Expression, FormulaError> {
        self.deeper()?;
        let out = if self.sign('-') {
            Expression::Negative(self.signed()?.into())
        } else {
            let base = self.operand()?;
            if self.sign('^') { Expression::Binary('^', base.into(), self.signed()?.into()) } else { base }
        };
        self.depth -= 1;
        Ok(out)
    }
    fn operand(&mut self) -> Result<Expression, FormulaError> {
        let at = self.span();
        match self.peek().clone() {
            Token::Number(x) => {
                self.next();
                Ok(Expression::Number(x))
            }
            Token::Sign('(') => {
                self.next();
                let inner = self.expression()?;
                self.close(at)?;
                Ok(inner)
            }
            Token::Name(name) => {
                self.next();
                if !self.sign('(') {
                    return Ok(Expression::Column(name, at));
                }
                let function = self.function(&name, at)?;
                let inner = self.expression()?;
                self.close(Span { start: at.end, end: at.end + 1 })?;
                Ok(Expression::Call(function, inner.into()))
            }
            _ => self.expected("a number, a column or a function"),
        }
    }
}
