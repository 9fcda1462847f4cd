//! SAMPLING: a law as text, to be drawn from: `normal(a + b*t, s)`, `mix(p, LAW, LAW)`, `min(LAW, limit)`.
use super::definition::{DEFINITIONS, Definition};
use super::error::ExpressionError;
use super::graph::Id;
use super::lexer::Token;
use super::names::Leaf;
use super::parser::{Found, Parsed, Parser, Scope};
use crate::law::{Dice, Draw, draw_of};
use std::ops::Range;

const FORM: &str = "a law such as normal(a + b*t, s), mix(p, LAW, LAW) or min(LAW, limit)";

/// How to draw; numbers are places among the arguments of all its laws.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    /// `draw` is none for a law of several numbers.
    Law { definition: &'static Definition, draw: Option<Draw>, arguments: Range<usize> },
    /// The first of the two with probability `share`.
    Mix { share: usize, of: Box<[Recipe; 2]> },
    /// What is above `limit` is seen at `limit`.
    Least { of: Box<Recipe>, limit: usize },
}
/// A law that was read.
#[derive(Clone, Debug)]
pub(crate) struct Sampling {
    /// Its root is the log density at the variate, where there is one.
    pub(crate) parsed: Parsed,
    /// Whether that density is known.
    pub(crate) known: bool,
    pub(crate) arguments: Vec<Id>,
    pub(crate) recipe: Recipe,
}

impl Recipe {
    /// A draw, given the arguments; NaN where one of them is not finite or out of range.
    pub(crate) fn draw(&self, argument: &impl Fn(usize) -> f64, dice: &mut Dice) -> f64 {
        match self {
            Recipe::Law { draw, arguments, .. } => {
                let mut x = [0.0; 3];
                x.iter_mut().zip(arguments.clone()).for_each(|(x, k)| *x = argument(k));
                match draw {
                    Some(draw) if x.iter().all(|x| x.is_finite()) => draw(x, dice),
                    _ => f64::NAN,
                }
            }
            Recipe::Mix { share, of } => {
                let share = argument(*share);
                if !(0.0..=1.0).contains(&share) {
                    return f64::NAN;
                }
                let second = dice.uniform() >= share;
                of[usize::from(second)].draw(argument, dice)
            }
            Recipe::Least { of, limit } => {
                let (y, limit) = (of.draw(argument, dice), argument(*limit));
                if y.is_nan() || limit.is_nan() { f64::NAN } else { y.min(limit) }
            }
        }
    }
    /// The name of a law that has no draw.
    fn undrawable(&self) -> Option<&'static str> {
        match self {
            Recipe::Law { draw: None, definition, .. } => definition.law_name(),
            Recipe::Law { .. } => None,
            Recipe::Mix { of, .. } => of.iter().find_map(Recipe::undrawable),
            Recipe::Least { of, .. } => of.undrawable(),
        }
    }
}

/// The density of the law `name` with so many arguments beside the variate.
pub(super) fn law_of(name: &str, span: Range<usize>, count: usize, whole: Range<usize>) -> Found<&'static Definition> {
    let Some(definition) = Definition::law(name) else {
        let laws = DEFINITIONS.iter().filter_map(Definition::law_name).chain(["flat"]);
        let error = ExpressionError::new(span, format!("there is no law `{name}`"), "a law such as normal(0, 1)");
        return Err(error.near(name, laws));
    };
    let expected = definition.arguments.len() - 1;
    if expected != count {
        let form = format!("{name}({})", definition.arguments[1..].join(", "));
        return Err(ExpressionError::new(whole, format!("`{name}` takes {expected}, found {count}"), form));
    }
    Ok(definition)
}

/// Reads a law; `variate` is what it is the law of, and must not be in it.
pub(crate) fn parse_sampling(source: &str, scope: &Scope<'_>, variate: Option<Leaf>) -> Found<Sampling> {
    let mut parser = Parser::new(source, scope)?;
    let mut arguments = Vec::new();
    let recipe = parser.recipe(&mut arguments)?;
    parser.ended()?;
    if let (Some(_), Some(name)) = (variate, recipe.undrawable()) {
        let message = format!("`{name}` is not the law of one number");
        return Err(ExpressionError::new(0..source.len(), message, FORM));
    }
    let (mut root, mut known) = (parser.graph.constant(0.0), false);
    if let Some(variate) = variate {
        if parser.leaves.contains(&variate) {
            let message = "this reads the response, which is what is to be drawn";
            return Err(ExpressionError::new(0..source.len(), message, "other columns, and rows further up"));
        }
        let y = parser.leaf(variate);
        let density = parser.density(&recipe, y, &arguments);
        if let Some(density) = density.map_err(|error| ExpressionError { span: 0..source.len(), ..error })? {
            (root, known) = (density, true);
        }
    }
    Ok(Sampling { parsed: parser.parsed(root), known, arguments, recipe })
}

/// The law of `variate` that a log likelihood, or minus that, says by name: `normal(m, s)` for `-normal_lpdf(y | m, s)`.
pub(crate) fn law_in(source: &str, scope: &Scope<'_>, variate: Leaf, minus: bool) -> Option<String> {
    let mut parser = Parser::new(source, scope).ok()?;
    if minus && !parser.take('-') {
        return None;
    }
    let wrapped = parser.take('(');
    let law = parser.said(variate)?;
    if wrapped && !parser.take(')') {
        return None;
    }
    parser.ended().ok()?;
    parse_sampling(&law, scope, Some(variate)).is_ok().then_some(law)
}

impl Parser<'_, '_> {
    fn recipe(&mut self, arguments: &mut Vec<Id>) -> Found<Recipe> {
        let Token::Name(name) = *self.peek() else {
            return Err(self.here("a law begins with its name", FORM));
        };
        let span = self.span();
        self.advance();
        let open = self.span();
        if !["mix", "min"].contains(&name) {
            let (own, spans) = if self.take('(') { self.arguments(open)? } else { Default::default() };
            let definition = law_of(name, span.clone(), own.len(), span.start..self.end())?;
            self.possible(definition, 1, &own, &spans)?;
            let first = arguments.len();
            arguments.extend(own);
            return Ok(Recipe::Law { definition, draw: draw_of(name), arguments: first..arguments.len() });
        }
        self.depth += 1;
        if self.depth > 16 {
            return Err(self.here("laws inside laws more than 16 deep", FORM));
        }
        let form = if name == "mix" { "mix(p, LAW, LAW)" } else { "min(LAW, limit)" };
        self.sign('(', form)?;
        let recipe = if name == "mix" {
            let share = self.argument(arguments)?;
            self.sign(',', form)?;
            let first = self.recipe(arguments)?;
            self.sign(',', form)?;
            Recipe::Mix { share, of: Box::new([first, self.recipe(arguments)?]) }
        } else {
            let of = Box::new(self.recipe(arguments)?);
            self.sign(',', form)?;
            Recipe::Least { of, limit: self.argument(arguments)? }
        };
        self.depth -= 1;
        self.close(')', open, "`)` or an operator")?;
        Ok(recipe)
    }
    fn sign(&mut self, sign: char, form: &str) -> Found<()> {
        if self.take(sign) { Ok(()) } else { Err(self.here(format!("expected `{sign}`"), form)) }
    }
    fn argument(&mut self, arguments: &mut Vec<Id>) -> Found<usize> {
        let node = self.sum()?;
        arguments.push(node);
        Ok(arguments.len() - 1)
    }
    /// log p(y), where it is known: of `min`, for laws whose tail has a name.
    fn density(&mut self, recipe: &Recipe, y: Id, arguments: &[Id]) -> Found<Option<Id>> {
        let with = |y: Id, own: &Range<usize>| -> Vec<Id> { [&[y], &arguments[own.clone()]].concat() };
        Ok(match recipe {
            Recipe::Law { definition, arguments: own, .. } => Some(self.cut_off(definition, &with(y, own))?),
            Recipe::Mix { share, of } => {
                let (a, b) = (self.density(&of[0], y, arguments)?, self.density(&of[1], y, arguments)?);
                match (Definition::find("log_mix"), a, b) {
                    (Some(mix), Some(a), Some(b)) => Some(self.defined(mix, &[arguments[*share], a, b])?),
                    _ => None,
                }
            }
            Recipe::Least { of, limit } => {
                let Recipe::Law { definition, arguments: own, .. } = &**of else { return Ok(None) };
                let tail = definition.law_name().and_then(|name| Definition::find(&format!("{name}_lccdf")));
                let Some(tail) = tail else { return Ok(None) };
                let limit = arguments[*limit];
                let (inside, beyond) = (with(y, own), with(limit, own));
                let (inside, beyond) = (self.cut_off(definition, &inside)?, self.defined(tail, &beyond)?);
                Some(self.graph.choose(false, (y, limit), beyond, inside))
            }
        })
    }
    /// The law that the density here says, in words.
    fn said(&mut self, variate: Leaf) -> Option<String> {
        let Token::Name(name) = *self.peek() else { return None };
        self.advance();
        if !self.take('(') {
            return None;
        }
        let cut = |parser: &mut Self| {
            let from = parser.span().start;
            parser.sum().ok().map(|node| (node, parser.source[from..parser.end()].to_string()))
        };
        let law = if name == "log_mix" {
            let (_, share) = cut(self)?;
            let first = if self.take(',') { self.said(variate)? } else { return None };
            let second = if self.take(',') { self.said(variate)? } else { return None };
            format!("mix({share}, {first}, {second})")
        } else {
            let law = Definition::find(name)?.law_name()?;
            let (of, _) = cut(self)?;
            if of != self.leaf(variate) {
                return None;
            }
            let mut own = Vec::new();
            while self.take(',') || (own.is_empty() && self.take('|')) {
                own.push(cut(self)?.1);
            }
            format!("{law}({})", own.join(", "))
        };
        self.take(')').then_some(law)
    }
}
