//! DEMANDS: what the laws in a text ask of their outcomes, and in which rows they are asked at all. Elsewhere a law is cut off
//! where it ends.
use super::definition::{Definition, Support};
use super::error::ExpressionError;
use super::graph::{Graph, Id, Node};
use super::names::{Free, Leaf, Room};
use super::parser::{Found, Parser};
use std::ops::Range;
use steepest_kernels::tape::{Binary, Unary};

/// The outcome of a law that is called by name.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// As it is called: `poisson_lpmf`.
    pub(crate) law: &'static str,
    pub(crate) support: Support,
    /// The outcome, and how it is written.
    pub(crate) outcome: (Id, String),
    /// The number of trials, where there is one.
    pub(crate) trials: Option<(Id, String)>,
    /// It counts where all of these are so.
    pub(crate) guards: Vec<Guard>,
}
/// A comparison, and whether it has to hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard {
    pub(crate) sign: char,
    pub(crate) a: Id,
    pub(crate) b: Id,
    pub(crate) holds: bool,
}
impl Guard {
    /// Whether it is as it has to be for these numbers.
    pub(crate) fn open(&self, a: f64, b: f64) -> bool {
        let compared = match self.sign {
            '<' => a < b,
            '>' => a > b,
            '≤' => a <= b,
            '≥' => a >= b,
            '=' => a == b,
            _ => a != b,
        };
        compared == self.holds
    }
}

impl Parser<'_, '_> {
    /// Notes what a call asks of its outcome.
    pub(super) fn demand(&mut self, definition: &'static Definition, arguments: &[Id], spans: &[Range<usize>]) {
        let Some(support) = definition.support.filter(|s| s.is_discrete() || s.ends().is_some()) else { return };
        let argument = |k: usize| Some((*arguments.get(k)?, self.source.get(spans.get(k)?.clone())?.to_owned()));
        let Some(outcome) = argument(0) else { return };
        let trials = if support == Support::Successes { argument(1) } else { None };
        let demand = Demand { law: definition.name, support, outcome, trials, guards: Vec::new() };
        self.demands.push(demand);
    }
    /// In a mixture an outcome that one of the laws cannot have is one of another. There only whole numbers are asked for, as the
    /// formulas of their laws go on between them.
    pub(super) fn asks_no_ends(&mut self, first: usize) {
        let mut place = 0;
        self.demands.retain(|demand| {
            place += 1;
            place <= first || demand.support.ends().is_none()
        });
    }
    /// These demands stand in the branch of a choice.
    pub(super) fn counts_where(&mut self, demands: Range<usize>, guard: Guard) {
        if let Some(demands) = self.demands.get_mut(demands) {
            demands.iter_mut().for_each(|demand| demand.guards.push(guard));
        }
    }
    /// These demands stand in a product with `factor`: `seen*poisson_lpmf(y | rate)` says nothing of a row that was not seen.
    pub(super) fn counts_where_not_zero(&mut self, demands: Range<usize>, factor: Id) {
        if !demands.is_empty() {
            let zero = self.graph.constant(0.0);
            self.counts_where(demands, Guard { sign: '≠', a: factor, b: zero, holds: true });
        }
    }
}

impl Parser<'_, '_> {
    /// Refuses numbers that a law cannot have as arguments. The first is its argument `first`, counted from the outcome.
    pub(super) fn possible(
        &self,
        definition: &'static Definition,
        first: usize,
        arguments: &[Id],
        spans: &[Range<usize>],
    ) -> Found<()> {
        let name = if first == 0 { definition.name } else { definition.law_name().unwrap_or(definition.name) };
        let numbers: Vec<Option<f64>> = arguments.iter().map(|id| self.graph.value(*id)).collect();
        for (k, (number, span)) in numbers.iter().zip(spans).enumerate() {
            let Some(x) = *number else { continue };
            if let Some(expected) = definition.expects(first + k, x) {
                let message = format!("`{}` of `{name}` is {x}", definition.arguments[first + k]);
                return Err(ExpressionError::new(span.clone(), message, expected));
            }
        }
        if let (Some(Support::Between), [.., Some(low), Some(high)], [.., from, to]) =
            (definition.support, numbers.as_slice(), spans)
            && low >= high
        {
            let message = format!("`{name}` has nothing between {low} and {high}");
            return Err(ExpressionError::new(from.start..to.end, message, "the lower end, then the upper one"));
        }
        Ok(())
    }
    /// A law by name with its arguments put in. It is cut off where it ends, but for outcomes that every row is held against.
    pub(super) fn law(&mut self, definition: &'static Definition, arguments: &[Id]) -> Found<Id> {
        let asked = arguments.first().is_some_and(|y| self.is_asked(*y));
        if asked && definition.support.is_some_and(|support| support.ends().is_some()) {
            return self.defined(definition, arguments);
        }
        self.cut_off(definition, arguments)
    }
    /// Whether an outcome is of columns alone, and not one of several laws.
    fn is_asked(&self, y: Id) -> bool {
        matches!(self.scope.free, Free::Rows(rows) if rows.room == Room::Rows) && self.mixtures == 0 && self.is_known(y)
    }
    /// Whether a node depends on no coordinate and on no parameter, so that it has no slope to lose.
    pub(super) fn is_known(&self, id: Id) -> bool {
        let of_column = |j: &u32| matches!(self.leaves.get(*j as usize), Some(Leaf::Column { .. }));
        self.graph.variables_below(id).iter().all(of_column)
    }
    /// A definition with its arguments put in, and the density 0 beyond its ends.
    ///
    /// The formula is read at an outcome inside where the real one is outside, so that its slopes are numbers. An outcome that is
    /// no number stays none.
    pub(super) fn cut_off(&mut self, definition: &'static Definition, arguments: &[Id]) -> Found<Id> {
        if matches!(definition.support, Some(Support::From | Support::Between)) {
            self.ends += 1;
        }
        let (Some((low, high)), Some(&y)) = (definition.support.and_then(Support::ends), arguments.first()) else {
            return self.defined(definition, arguments);
        };
        self.ends += 1;
        let graph = &mut self.graph;
        let [least, most, none, one, never] = [low, high, 0.0, 1.0, f64::NEG_INFINITY].map(|x| graph.constant(x));
        let middle = graph.constant(if high.is_finite() { 0.5 } else { 1.0 });
        // The larger of y and 0, or of y and a number inside.
        let other = graph.choose(true, (least, y), middle, none);
        let mut inside = graph.extremum(Binary::Max, y, other);
        let mut cut = graph.choose(true, (least, y), never, none);
        if high.is_finite() {
            // The smaller of that and 1, or of that and a number inside.
            let other = graph.choose(true, (y, most), middle, one);
            inside = graph.extremum(Binary::Min, inside, other);
            cut = graph.choose(true, (y, most), never, cut);
        }
        let mut arguments = arguments.to_vec();
        arguments[0] = inside;
        let density = self.defined(definition, &arguments)?;
        Ok(self.graph.add(density, cut))
    }
}

impl Graph {
    /// A product with `factor`, and 0 where that is 0: also where the rest of the product is infinite, as beyond the end of a law.
    pub(super) fn unless_zero(&mut self, factor: Id, product: Id) -> Id {
        if self.value(factor).is_some() {
            return product;
        }
        let none = self.constant(0.0);
        let above = self.only_where(true, (factor, none), product);
        let below = self.only_where(true, (none, factor), product);
        // 0, or no number where the factor is none.
        let size = self.unary(Unary::Abs, factor);
        let number = self.extremum(Binary::Min, size, none);
        let sum = self.add(above, below);
        self.add(sum, number)
    }
    /// The variables that a node depends on.
    pub(super) fn variables_below(&self, id: Id) -> Vec<u32> {
        let mut needed = vec![false; id.index() + 1];
        needed[id.index()] = true;
        let mut found = Vec::new();
        // Operands have smaller numbers.
        for id in self.ids().take(id.index() + 1).rev() {
            if !needed[id.index()] {
                continue;
            }
            self.reads(id).for_each(|below| needed[below.index()] = true);
            if let Node::Variable(j) = self.node(id) {
                found.push(j);
            }
        }
        found
    }
}
