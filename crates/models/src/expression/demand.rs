//! DEMANDS: what the laws in a text ask of their outcomes, and in which rows they are asked at all.
use super::definition::{Definition, Support};
use super::graph::Id;
use super::parser::Parser;
use std::ops::Range;

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
        let Some(support) = definition.support else { return };
        let argument = |k: usize| Some((*arguments.get(k)?, self.source.get(spans.get(k)?.clone())?.to_owned()));
        let Some(outcome) = argument(0) else { return };
        let trials = if support == Support::Successes { argument(1) } else { None };
        let demand = Demand { law: definition.name, support, outcome, trials, guards: Vec::new() };
        self.demands.push(demand);
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
