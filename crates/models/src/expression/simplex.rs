//! SIMPLEX: what the numbers of a list share of the constant of their law.
use super::definition::Support;
use super::graph::{Graph, Node};
use super::names::Leaf;
use super::parser::{Law, Parsed};
use std::collections::HashMap;
use std::ops::Range;
use steepest_kernels::tape::Unary;

impl Law {
    /// -log Gamma(a_1 + ... + a_K) of `dirichlet(a)` on the numbers at these places, where a may be another list of as many: the density
    /// of each number has the rest of the constant. `None` for other laws, whose density of one number has all of it.
    pub(crate) fn shared(&self, numbers: &Range<usize>) -> Option<Parsed> {
        let definition = self.definition.filter(|definition| definition.support == Some(Support::Simplex))?;
        let a = *self.arguments.first().filter(|_| definition.law_name() == Some("dirichlet"))?;
        let Parsed { graph: source, leaves: read, .. } = &self.parsed;
        let leaf = |j: u32| read.get(j as usize).copied();
        let of_lists = |j: &u32| matches!(leaf(*j), Some(Leaf::Level { .. }));
        let each = source.variables_below(a).iter().any(of_lists);
        let (mut graph, mut leaves, mut places) = (Graph::default(), Vec::new(), HashMap::new());
        let mut sum = graph.constant(0.0);
        // Where no list is read they are all alike.
        for k in 0..if each { numbers.len() } else { 1 } {
            let own = graph.copy(source, &[a], |graph, id| {
                let Node::Variable(j) = source.node(id) else { return None };
                let named = match leaf(j)? {
                    Leaf::Level { first, .. } => Leaf::Element(first + k),
                    other => other,
                };
                let place = *places.entry(named).or_insert_with(|| {
                    leaves.push(named);
                    leaves.len() as u32 - 1
                });
                Some(graph.variable(place))
            });
            sum = own.first().map_or(sum, |own| graph.add(sum, *own));
        }
        let sum = if each { sum } else { graph.scale(numbers.len() as f64, sum) };
        let log = graph.unary(Unary::Lgamma, sum);
        let root = graph.neg(log);
        Some(Parsed { graph, root, names: Vec::new(), leaves, demands: Vec::new() })
    }
}
