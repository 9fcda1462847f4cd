//! SUPPORT: whether the outcomes of laws are ones that they can have, row by row, before anything is run.
//!
//! The formula of a discrete law goes on between and beyond the whole numbers, that of a law of positive numbers below 0; a fit
//! to an outcome it cannot have looks like any other.
use super::data::Data;
use super::error::RowsError;
use super::plan::Plan;
use super::split::{Part, part_of, parts};
use crate::expression::{Demand, Graph, Guard, Id, Leaf, Node, Parsed, Support};
use std::collections::HashMap;

/// Rows evaluated at a time.
const PIECE: usize = 256;
/// What arithmetic may put between an outcome such as `share*n` and a whole number, relative.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// A node as a row has it.
#[derive(Clone, Copy)]
enum Known {
    Number(f64),
    /// Its place among the outputs.
    Column(usize),
}
/// What depends on columns alone, by its place among the outputs of one tape.
struct Nodes<'p> {
    graph: &'p Graph,
    parts: Vec<Part>,
    outputs: Vec<Id>,
    places: HashMap<Id, usize>,
}
impl Nodes<'_> {
    /// `None` for what depends on parameters.
    fn known(&mut self, id: Id) -> Option<Known> {
        if let Some(x) = self.graph.value(id) {
            return Some(Known::Number(x));
        }
        if matches!(self.parts[id.index()], Part::Parameter | Part::Row) {
            return None;
        }
        let outputs = &mut self.outputs;
        let place = *self.places.entry(id).or_insert_with(|| {
            outputs.push(id);
            outputs.len() - 1
        });
        Some(Known::Column(place))
    }
    fn guard(&mut self, guard: Guard) -> Option<(Guard, Known, Known)> {
        Some((guard, self.known(guard.a)?, self.known(guard.b)?))
    }
}

/// A demand that the columns decide.
struct Asked<'p> {
    demand: &'p Demand,
    outcome: Known,
    trials: Option<Known>,
    /// Those that the columns decide; a branch that hangs on parameters may be taken at any point.
    guards: Vec<(Guard, Known, Known)>,
}
impl Asked<'_> {
    /// What is wrong in a row, if anything: what it is, its value, and what is expected.
    fn offence(&self, of: impl Fn(Known) -> f64) -> Option<(String, f64, String)> {
        if !self.guards.iter().all(|(guard, a, b)| guard.open(of(*a), of(*b))) {
            return None;
        }
        let (y, trials) = (of(self.outcome), self.trials.map_or(f64::NAN, &of));
        let name = || format!("outcome '{}'", self.demand.outcome.1);
        if let Some((_, text)) = &self.demand.trials
            && !trials.is_nan()
            && !count(trials)
        {
            return Some((format!("number of trials '{text}'"), trials, "whole numbers from 0 on".to_owned()));
        }
        let (fits, expected) = match self.demand.support {
            Support::Binary => (count(y) && y < 1.5, "0 or 1"),
            Support::Counts | Support::Successes => (count(y), "whole numbers from 0 on"),
            Support::Positive => (y >= 0.0, "0 or more"),
            Support::Unit | Support::Simplex => ((0.0..=1.0).contains(&y), "numbers from 0 to 1"),
            // Not asked for: their density is 0 elsewhere.
            Support::From | Support::Between => (true, ""),
        };
        match self.demand.support {
            // Not known yet.
            _ if y.is_nan() => None,
            Support::Successes if !(trials.is_nan() || fits && y < trials + 0.5) => {
                Some((name(), y, format!("whole numbers from 0 to its trials, {trials} here")))
            }
            _ if fits => None,
            _ => Some((name(), y, expected.to_owned())),
        }
    }
}
/// Whether x is a whole number from 0 on, but for rounding.
fn count(x: f64) -> bool {
    (x - x.round()).abs() <= ROUNDING * x.abs().max(1.0) && x > -0.5
}

/// Holds the outcomes in `likelihood` that depend on columns alone against what their laws can have.
///
/// # Errors
/// [`RowsError::Outcome`] at the first row where one is another; columns that are not numbers.
pub(super) fn outcomes(plan: &Plan, likelihood: &Parsed, key: &'static str, data: &Data<'_>) -> Result<(), RowsError> {
    let Parsed { graph, leaves, demands, .. } = likelihood;
    if demands.is_empty() {
        return Ok(());
    }
    let parts = parts(graph, |j| part_of(&leaves[j as usize]));
    let mut nodes = Nodes { graph, parts, outputs: Vec::new(), places: HashMap::new() };
    let mut asked = Vec::new();
    for demand in demands {
        let Some(outcome) = nodes.known(demand.outcome.0) else { continue };
        let trials = demand.trials.as_ref().and_then(|(id, _)| nodes.known(*id));
        let mut now = Asked { demand, outcome, trials, guards: Vec::new() };
        let fixed = matches!((outcome, trials), (Known::Number(_), None | Some(Known::Number(_))));
        // A number of the text that fits does so in every row.
        if fixed && now.offence(|known| if let Known::Number(x) = known { x } else { f64::NAN }).is_none() {
            continue;
        }
        now.guards = demand.guards.iter().filter_map(|guard| nodes.guard(*guard)).collect();
        asked.push(now);
    }
    if asked.is_empty() {
        return Ok(());
    }
    let (width, rows) = (nodes.outputs.len(), data.rows.len());
    // Without an output there is nothing to evaluate: a number of the text is wrong in every row.
    let tape = (width > 0).then(|| graph.tape(leaves.len(), &nodes.outputs).ok_or(RowsError::TooLarge)).transpose()?;
    let columns = columns(plan, likelihood, &nodes.outputs, data)?;
    let (mut inputs, mut outputs) = (vec![0.0; PIECE * leaves.len()], vec![0.0; PIECE * width]);
    let mut scratch = vec![0.0; tape.as_ref().map_or(0, |tape| tape.scratch(PIECE))];
    for start in (0..rows).step_by(PIECE) {
        let m = PIECE.min(rows - start);
        for (input, column) in inputs.chunks_exact_mut(m).zip(&columns) {
            column.iter().for_each(|column| input.copy_from_slice(&column[start..start + m]));
        }
        outputs.fill(0.0);
        if let Some(tape) = &tape {
            let (inputs, out) = (&inputs[..m * leaves.len()], &mut outputs[..m * width]);
            tape.accumulate(m, inputs, 1.0, &mut [out], &mut scratch);
        }
        for r in 0..m {
            let of = |known: Known| match known {
                Known::Number(x) => x,
                Known::Column(place) => outputs[place * m + r],
            };
            let found = asked.iter().find_map(|asked| Some((asked.demand.law, asked.offence(of)?)));
            if let Some((law, (what, value, expected))) = found {
                return Err(RowsError::Outcome {
                    key,
                    file: data.table.source().to_string(),
                    row: data.table.line(data.rows[start + r]),
                    what,
                    value,
                    law,
                    expected: expected.into(),
                });
            }
        }
    }
    Ok(())
}

/// The columns that `outputs` read, by leaf.
fn columns(plan: &Plan, parsed: &Parsed, outputs: &[Id], data: &Data<'_>) -> Result<Vec<Option<Vec<f64>>>, RowsError> {
    let Parsed { graph, leaves, .. } = parsed;
    let mut needed = vec![false; graph.len()];
    outputs.iter().for_each(|id| needed[id.index()] = true);
    let mut columns = vec![None; leaves.len()];
    // Operands have smaller numbers.
    for id in graph.ids().rev() {
        if !needed[id.index()] {
            continue;
        }
        graph.reads(id).for_each(|below| needed[below.index()] = true);
        if let Node::Variable(j) = graph.node(id)
            && let Leaf::Column { column, lag } = leaves[j as usize]
        {
            columns[j as usize] = Some(data.column(&plan.names.columns[column], lag)?);
        }
    }
    Ok(columns)
}
