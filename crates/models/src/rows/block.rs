//! BLOCK: one expression over the rows of one sheet, compiled: its sum, and the slopes of its sum.
use super::asked::{self, Guard, Use};
use super::error::RowsError;
use super::factor::Factored;
use super::split::{Columns, Input, Inputs, Outside, Part, part_of, parts};
use crate::expression::{Graph, Id, Leaf, Node, Parsed};
use std::collections::HashMap;
use steepest_kernels::tape::{RowTape, Sheet, Source};

/// What an expression says of every row, summed.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) sheet: Sheet,
    /// The sums of the energy alone.
    pub(super) value: RowTape,
    /// All sums, and the slopes by level.
    pub(super) both: RowTape,
    /// The place of its first sum.
    pub(super) first_sum: usize,
    pub(super) value_sums: usize,
    pub(super) sums: usize,
}

/// Where an expression gets its columns from.
pub(super) struct Ground<'a> {
    pub(super) columns: Columns,
    /// Variables of the columns' graph, by leaf.
    pub(super) places: HashMap<Leaf, u32>,
    pub(super) codes: &'a dyn Fn(Leaf) -> Result<Vec<u32>, RowsError>,
}

/// An expression, and what its variables are where it is read row by row.
struct Reading {
    parsed: Parsed,
    parts: Vec<Part>,
    levels: HashMap<Leaf, Input>,
    inputs: Inputs,
    sheet: Sheet,
}
impl Reading {
    fn new(parsed: Parsed, ground: &Ground<'_>) -> Result<Self, RowsError> {
        let parts = parts(&parsed.graph, |j| part_of(&parsed.leaves[j as usize]));
        let (mut sheet, mut levels) = (Sheet::new(ground.columns.rows), HashMap::new());
        for leaf in &parsed.leaves {
            if let Leaf::Level { first, .. } = *leaf {
                let codes = sheet.codes(&(ground.codes)(*leaf)?);
                levels.insert(*leaf, Input::Level { first: first as u32, codes });
            }
        }
        Ok(Reading { parsed, parts, levels, inputs: Inputs::default(), sheet })
    }
    fn parameter(&self, id: Id, outside: &mut Outside) -> Id {
        let Parsed { graph, leaves, .. } = &self.parsed;
        let of = |leaf: &Leaf| if let Leaf::Element(element) = leaf { *element } else { 0 };
        let elements: Vec<Id> = leaves.iter().map(|leaf| outside.element(of(leaf))).collect();
        let replace = |_: &mut Graph, id: Id| match graph.node(id) {
            Node::Variable(j) => Some(elements[j as usize]),
            _ => None,
        };
        outside.graph.copy(graph, &[id], replace)[0]
    }
    fn column(&self, id: Id, ground: &mut Ground<'_>) -> Id {
        let Parsed { graph, leaves, .. } = &self.parsed;
        let Ground { columns, places, .. } = ground;
        let replace = |target: &mut Graph, id: Id| match graph.node(id) {
            Node::Variable(j) => places.get(&leaves[j as usize]).map(|place| target.variable(*place)),
            _ => None,
        };
        columns.graph.copy(graph, &[id], replace)[0]
    }
    /// The same, and a number in rows in which it does not count and is none.
    fn counted(&self, id: Id, uses: Option<&[Use]>, ground: &mut Ground<'_>) -> Id {
        let node = self.column(id, ground);
        let usage = uses.and_then(|uses| uses.get(id.index()));
        let Some(usage) = usage.filter(|usage| !usage.ways.iter().any(Vec::is_empty)) else { return node };
        let mut own = Use { ways: Vec::with_capacity(usage.ways.len()), divides: usage.divides };
        for way in &usage.ways {
            let mut guards = Vec::with_capacity(way.len());
            for Guard { strict, a, b } in way.iter().copied() {
                guards.push(Guard { strict, a: self.column(a, ground), b: self.column(b, ground) });
            }
            own.ways.push(guards);
        }
        asked::mended(&mut ground.columns, node, &own).unwrap_or(node)
    }
    /// Makes columns that are 0 somewhere nodes of their own where they divide in some rows alone; the root after that.
    fn part(&mut self, root: Id, ground: &mut Ground<'_>) -> Id {
        let Some(uses) = asked::uses(&self.parsed.graph, &self.parts, root) else { return root };
        let mut places = asked::shared(&self.parsed.graph, &self.parts, root, &uses);
        places.retain(|(_, column)| {
            let node = self.column(*column, ground);
            ground.columns.evaluated(node).is_ok_and(|values| values.iter().any(|x| *x == 0.0 || !x.is_finite()))
        });
        if places.is_empty() {
            return root;
        }
        let (graph, root) = asked::parted(&self.parsed.graph, root, &places);
        self.parts = parts(&graph, |j| part_of(&self.parsed.leaves[j as usize]));
        self.parsed.graph = graph;
        root
    }
    /// A node of the expression in a graph whose variables are `inputs`: what depends on parameters alone is one of them or, `apart`,
    /// each parameter itself.
    fn rows(&mut self, root: Id, apart: bool, outside: &mut Outside, ground: &mut Ground<'_>) -> (Graph, Id) {
        let root = self.part(root, ground);
        let (mut target, mut inputs) = (Graph::default(), Inputs::default());
        let source = &self.parsed.graph;
        let uses = asked::uses(source, &self.parts, root);
        let copied = target.copy(source, &[root], |target, id| {
            let input = match (self.parts[id.index()], source.node(id)) {
                (Part::Parameter, node) if apart && !matches!(node, Node::Variable(_)) => return None,
                (Part::Parameter, _) => Input::Value(self.parameter(id, outside)),
                (Part::Column, _) => Input::Column(self.counted(id, uses.as_deref(), ground)),
                (Part::Row, Node::Variable(j)) => self.levels[&self.parsed.leaves[j as usize]],
                _ => return None,
            };
            Some(target.variable(inputs.place(input)))
        })[0];
        self.inputs = inputs;
        (target, copied)
    }
    /// The terms that no row is needed for go to `outside`; the sum of the others, if there are any.
    fn set_apart(&mut self, outside: &mut Outside, ground: &mut Ground<'_>) -> Result<Option<Id>, RowsError> {
        let (rows, mut left) = (ground.columns.rows as f64, Vec::new());
        for (k, id) in self.parsed.graph.terms(self.parsed.root) {
            let node = match self.parts[id.index()] {
                Part::Constant => {
                    let value = self.parsed.graph.value(id).unwrap_or(f64::NAN);
                    outside.graph.constant(k * value * rows)
                }
                Part::Parameter => {
                    let node = self.parameter(id, outside);
                    outside.graph.scale(k * rows, node)
                }
                Part::Column => {
                    let node = self.column(id, ground);
                    let sum = steepest_kernels::sum(&ground.columns.values(node)?);
                    outside.graph.constant(k * sum)
                }
                Part::Row => {
                    left.push((k, id));
                    continue;
                }
            };
            outside.add(node);
        }
        if left.is_empty() {
            return Ok(None);
        }
        let graph = &mut self.parsed.graph;
        let mut root = graph.constant(0.0);
        for (k, id) in left {
            let term = graph.scale(k, id);
            root = graph.add(root, term);
        }
        self.parts = parts(graph, |j| part_of(&self.parsed.leaves[j as usize]));
        Ok(Some(root))
    }
}

/// Compiles the sum of `parsed` over the rows; its energy and slopes go to `outside`. `None` where no row is needed.
///
/// # Errors
/// What the columns have wrong; too many terms.
pub(super) fn sum(parsed: Parsed, outside: &mut Outside, ground: &mut Ground<'_>) -> Result<Option<Block>, RowsError> {
    let mut reading = Reading::new(parsed, ground)?;
    let Some(root) = reading.set_apart(outside, ground)? else { return Ok(None) };
    let (mut graph, root) = reading.rows(root, false, outside, ground);
    let slopes = graph.gradient(root, reading.inputs.list.len());
    let first_sum = outside.sums;
    let mut factored = Factored::new(&graph, &reading.inputs, outside, &mut ground.columns);
    let energy = factored.sum(root)?;
    let value_sums = factored.sums.len();
    let (mut by_value, mut by_level, mut sinks) = (Vec::new(), Vec::new(), Vec::new());
    for (input, slope) in reading.inputs.list.iter().zip(slopes) {
        match *input {
            Input::Value(node) => by_value.push((node, factored.sum(slope)?)),
            Input::Level { first, codes } => {
                by_level.push(factored.each(slope));
                sinks.push(Source::Level { codes, first });
            }
            Input::Column(_) => {}
        }
    }
    let sums: Vec<Id> = factored.sums.iter().map(|(node, _)| *node).collect();
    let (mut sheet, mut placed) = (reading.sheet, HashMap::new());
    let value = factored.tape(&mut sheet, &mut placed, &sums[..value_sums], Vec::new())?;
    let all: Vec<Id> = sums.iter().copied().chain(by_level).collect();
    let both = factored.tape(&mut sheet, &mut placed, &all, sinks)?;
    outside.energy.push(energy);
    outside.slopes.extend(by_value);
    Ok(Some(Block { sheet, value, both, first_sum, value_sums, sums: sums.len() }))
}

/// The columns that tapes read, by what they are in the graph of the ground's columns.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) sheet: Sheet,
    placed: HashMap<Id, u32>,
}
/// Compiles `parsed` in every row.
///
/// # Errors
/// As [`sum`].
pub(super) fn each(
    parsed: Parsed,
    outside: &mut Outside,
    ground: &mut Ground<'_>,
) -> Result<(Filled, RowTape), RowsError> {
    let root = parsed.root;
    let mut reading = Reading::new(parsed, ground)?;
    let (graph, root) = reading.rows(root, false, outside, ground);
    let mut factored = Factored::new(&graph, &reading.inputs, outside, &mut ground.columns);
    let output = factored.each(root);
    let (mut sheet, mut placed) = (reading.sheet, HashMap::new());
    let tape = factored.tape(&mut sheet, &mut placed, &[output], Vec::new())?;
    Ok((Filled { sheet, placed }, tape))
}

/// A parameter in every row.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Always this of the reported numbers.
    Element(usize),
    /// The number `first + code` of a row.
    Level { first: usize, codes: Vec<u32> },
}
/// Compiles the slopes of `parsed` in every row, one for each of its parameters, over the sheet that [`each`] made of it on the same
/// ground.
///
/// # Errors
/// As [`sum`].
pub(super) fn slopes(
    parsed: Parsed,
    outside: &mut Outside,
    ground: &mut Ground<'_>,
    filled: &mut Filled,
) -> Result<(RowTape, Vec<Wanted>), RowsError> {
    let (root, leaves) = (parsed.root, parsed.leaves.clone());
    let mut reading = Reading::new(parsed, ground)?;
    let (mut graph, root) = reading.rows(root, true, outside, ground);
    let by_input = graph.gradient(root, reading.inputs.list.len());
    let element = |node: Id| match outside.graph.node(node) {
        Node::Variable(j) => outside.elements.get(j as usize).copied(),
        _ => None,
    };
    let elements: Vec<Option<usize>> = reading
        .inputs
        .list
        .iter()
        .map(|input| if let Input::Value(node) = *input { element(node) } else { None })
        .collect();
    let mut factored = Factored::new(&graph, &reading.inputs, outside, &mut ground.columns);
    let (mut outputs, mut wanted) = (Vec::new(), Vec::new());
    for ((input, element), slope) in reading.inputs.list.iter().zip(elements).zip(by_input) {
        let leaf = || leaves.iter().find(|leaf| reading.levels.get(leaf) == Some(input));
        wanted.push(match (*input, element) {
            (Input::Value(_), Some(element)) => Wanted::Element(element),
            (Input::Level { first, .. }, _) => {
                let Some(leaf) = leaf() else { continue };
                Wanted::Level { first: first as usize, codes: (ground.codes)(*leaf)? }
            }
            _ => continue,
        });
        outputs.push(factored.each(slope));
    }
    // Its codes are where those of the first reading are.
    let tape = factored.tape(&mut filled.sheet, &mut filled.placed, &outputs, Vec::new())?;
    Ok((tape, wanted))
}
