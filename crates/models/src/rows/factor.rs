//! FACTOR: what is computed in every row, less the factors that depend on parameters alone, which wait outside the sum over rows.
use super::error::RowsError;
use super::split::{Columns, Input, Inputs, Outside, Part, impossible, parts};
use crate::expression::{Graph, Id, Node};
use std::collections::HashMap;
use steepest_kernels::tape::{Binary, RowTape, Sheet, Source, Unary};

/// scale * rest, the scale depending on parameters alone; what is left out is 1.
#[derive(Clone, Copy, Debug, Default)]
struct Term {
    scale: Option<Id>,
    rest: Option<Id>,
}

/// A graph over the rows, built from another with the factors of its nodes kept apart.
pub(super) struct Factored<'a> {
    source: &'a Graph,
    inputs: &'a Inputs,
    parts: Vec<Part>,
    /// Nodes of the source that may be -inf.
    shut: Vec<bool>,
    terms: HashMap<Id, Term>,
    pub(super) graph: Graph,
    pub(super) read: Inputs,
    outside: &'a mut Outside,
    columns: &'a mut Columns,
    /// Rows to sum, with the variable of each sum.
    pub(super) sums: Vec<(Id, Id)>,
}
impl<'a> Factored<'a> {
    pub(super) fn new(
        source: &'a Graph,
        inputs: &'a Inputs,
        outside: &'a mut Outside,
        columns: &'a mut Columns,
    ) -> Self {
        let (parts, shut) = (parts(source, |j| inputs.part(j)), impossible(source));
        let (terms, graph, read) = (HashMap::new(), Graph::default(), Inputs::default());
        Factored { source, inputs, parts, shut, terms, graph, read, outside, columns, sums: Vec::new() }
    }
    fn variable(&mut self, input: Input) -> Id {
        let place = self.read.place(input);
        self.graph.variable(place)
    }
    fn parameter(&mut self, id: Id) -> Id {
        let (source, inputs) = (self.source, self.inputs);
        let outside = |_: &mut Graph, id: Id| match source.node(id) {
            Node::Variable(j) => match inputs.list[j as usize] {
                Input::Value(node) => Some(node),
                _ => None,
            },
            _ => None,
        };
        self.outside.graph.copy(source, &[id], outside)[0]
    }
    fn column(&mut self, id: Id) -> Id {
        let (source, inputs) = (self.source, self.inputs);
        let outside = |_: &mut Graph, id: Id| match source.node(id) {
            Node::Variable(j) => match inputs.list[j as usize] {
                Input::Column(node) => Some(node),
                _ => None,
            },
            _ => None,
        };
        self.columns.graph.copy(source, &[id], outside)[0]
    }
    /// A node as scale * rest. What a node of part `Row` reads has been seen before it.
    fn term(&mut self, id: Id) -> Term {
        match self.parts[id.index()] {
            Part::Constant => {
                let value = self.source.value(id).unwrap_or(f64::NAN);
                Term { scale: None, rest: Some(self.graph.constant(value)) }
            }
            Part::Parameter => Term { scale: Some(self.parameter(id)), rest: None },
            Part::Column => {
                let node = self.column(id);
                if self.shut[id.index()] {
                    self.columns.shut.insert(node);
                }
                Term { scale: None, rest: Some(self.variable(Input::Column(node))) }
            }
            Part::Row => self.terms.get(&id).copied().unwrap_or_default(),
        }
    }
    fn whole(&mut self, term: Term) -> Id {
        let scale = term.scale.map(|node| self.variable(Input::Value(node)));
        match (scale, term.rest) {
            (Some(scale), Some(rest)) => self.graph.mul(scale, rest),
            (Some(node), None) | (None, Some(node)) => node,
            (None, None) => self.graph.constant(1.0),
        }
    }
    /// Builds everything that `roots` need.
    fn build(&mut self, roots: &[Id]) {
        let mut needed = vec![false; self.source.len()];
        roots.iter().for_each(|id| needed[id.index()] = true);
        let mut rows = Vec::new();
        for id in self.source.ids().rev() {
            if needed[id.index()] && self.parts[id.index()] == Part::Row {
                rows.push(id);
                self.source.reads(id).for_each(|below| needed[below.index()] = true);
            }
        }
        for id in rows.into_iter().rev() {
            if !self.terms.contains_key(&id) {
                let term = self.row(id);
                self.terms.insert(id, term);
            }
        }
    }
    fn row(&mut self, id: Id) -> Term {
        let plain = |rest| Term { scale: None, rest: Some(rest) };
        match self.source.node(id) {
            Node::Constant(_) => self.term(id),
            Node::Variable(j) => plain(self.variable(self.inputs.list[j as usize])),
            Node::Unary(Unary::Neg, a) => {
                let a = self.term(a);
                let rest = a.rest.unwrap_or_else(|| self.graph.constant(1.0));
                Term { scale: a.scale, rest: Some(self.graph.neg(rest)) }
            }
            Node::Unary(Unary::Square, a) => {
                let a = self.term(a);
                let scale = a.scale.map(|s| self.outside.graph.unary(Unary::Square, s));
                Term { scale, rest: a.rest.map(|r| self.graph.unary(Unary::Square, r)) }
            }
            Node::Unary(f, a) => {
                let a = self.term(a);
                let a = self.whole(a);
                plain(self.graph.unary(f, a))
            }
            Node::Binary(Binary::Mul, a, b) => {
                let (a, b) = (self.term(a), self.term(b));
                let both = |x: Option<Id>, y: Option<Id>, graph: &mut Graph| match (x, y) {
                    (Some(x), Some(y)) => Some(graph.mul(x, y)),
                    (x, y) => x.or(y),
                };
                let scale = both(a.scale, b.scale, &mut self.outside.graph);
                Term { scale, rest: both(a.rest, b.rest, &mut self.graph) }
            }
            Node::Binary(Binary::Div, a, b) => self.quotient(a, b),
            Node::Binary(f, a, b) => {
                let (a, b) = (self.term(a), self.term(b));
                if matches!(f, Binary::Add | Binary::Sub) && a.scale == b.scale && a.scale.is_some() {
                    let one = self.graph.constant(1.0);
                    let (x, y) = (a.rest.unwrap_or(one), b.rest.unwrap_or(one));
                    let rest = if f == Binary::Add { self.graph.add(x, y) } else { self.graph.sub(x, y) };
                    return Term { scale: a.scale, rest: Some(rest) };
                }
                let (a, b) = (self.whole(a), self.whole(b));
                plain(match f {
                    Binary::Add => self.graph.add(a, b),
                    Binary::Sub => self.graph.sub(a, b),
                    Binary::Pow => self.graph.pow(a, b),
                    _ => self.graph.extremum(f, a, b),
                })
            }
            Node::Where { strict, a, b, c } => {
                let (a, b, c) = (self.term(a), self.term(b), self.term(c));
                let pair = (self.whole(a), self.whole(b));
                let rest = c.rest.unwrap_or_else(|| self.graph.constant(1.0));
                Term { scale: c.scale, rest: Some(self.graph.only_where(strict, pair, rest)) }
            }
        }
    }
    /// a / b: divisions by what does not change from row to row, or with the parameters, are multiplications.
    fn quotient(&mut self, a: Id, b: Id) -> Term {
        let divisor = self.parts[b.index()];
        let (a, b_term) = (self.term(a), self.term(b));
        let one = self.outside.graph.constant(1.0);
        let scale = match (a.scale, b_term.scale) {
            (scale, None) => scale,
            (scale, Some(below)) => Some(self.outside.graph.div(scale.unwrap_or(one), below)),
        };
        let rest = if divisor == Part::Column {
            let below = self.column(b);
            let one = self.columns.graph.constant(1.0);
            let inverse = self.columns.graph.div(one, below);
            let inverse = self.variable(Input::Column(inverse));
            Some(a.rest.map_or(inverse, |rest| self.graph.mul(rest, inverse)))
        } else {
            match (a.rest, b_term.rest) {
                (rest, None) => rest,
                (rest, Some(below)) => {
                    let one = self.graph.constant(1.0);
                    Some(self.graph.div(rest.unwrap_or(one), below))
                }
            }
        };
        Term { scale, rest }
    }

    /// A node of the source in every row, as one node.
    pub(super) fn each(&mut self, root: Id) -> Id {
        self.build(&[root]);
        let term = self.term(root);
        self.whole(term)
    }
    /// The sum over the rows of a node of the source, as a node of the graph of the parameters.
    ///
    /// # Errors
    /// A column that is not finite.
    pub(super) fn sum(&mut self, root: Id) -> Result<Id, RowsError> {
        let terms = self.source.terms(root);
        let roots: Vec<Id> = terms.iter().map(|(_, id)| *id).collect();
        self.build(&roots);
        let rows = self.columns.rows as f64;
        let mut total = self.outside.graph.constant(0.0);
        for (c, id) in terms {
            let node = match self.parts[id.index()] {
                Part::Constant => self.outside.graph.constant(self.source.value(id).unwrap_or(f64::NAN) * rows * c),
                Part::Parameter => {
                    let node = self.parameter(id);
                    self.outside.graph.scale(rows * c, node)
                }
                Part::Column => {
                    let node = self.column(id);
                    let sum = steepest_kernels::sum(&self.columns.values(node)?);
                    self.outside.graph.constant(sum * c)
                }
                Part::Row => {
                    let term = self.term(id);
                    let rest = term.rest.unwrap_or_else(|| self.graph.constant(1.0));
                    let (k, rest) = self.graph.factor(rest);
                    let sum = match self.sums.iter().find(|(known, _)| *known == rest) {
                        Some((_, sum)) => *sum,
                        None => {
                            let sum = self.outside.sum();
                            self.sums.push((rest, sum));
                            sum
                        }
                    };
                    let sum = self.outside.graph.scale(c * k, sum);
                    term.scale.map_or(sum, |scale| self.outside.graph.mul(scale, sum))
                }
            };
            total = self.outside.graph.add(total, node);
        }
        Ok(total)
    }
    /// The tape of so many outputs, with its columns put into the sheet.
    ///
    /// # Errors
    /// A column that is not finite; too many terms.
    pub(super) fn tape(
        &mut self,
        sheet: &mut Sheet,
        placed: &mut HashMap<Id, u32>,
        outputs: &[Id],
        sinks: Vec<Source>,
    ) -> Result<RowTape, RowsError> {
        let mut sources = Vec::with_capacity(self.read.list.len());
        for input in &self.read.list {
            sources.push(match *input {
                Input::Column(node) => {
                    let place = match placed.get(&node) {
                        Some(place) => *place,
                        None => sheet.column(&self.columns.values(node)?),
                    };
                    placed.insert(node, place);
                    Source::Column(place)
                }
                Input::Level { first, codes } => Source::Level { codes, first },
                Input::Value(node) => Source::Value(self.outside.place(node)),
            });
        }
        let tape = self.graph.tape(sources.len(), outputs).ok_or(RowsError::TooLarge)?;
        RowTape::new(tape, sheet, sources, sinks).ok_or(RowsError::TooLarge)
    }
}
