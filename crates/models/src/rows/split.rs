//! SPLIT: the parts of a row expression by what they depend on, each to be computed as seldom as it can be.
//!
//! Columns alone: once, when the model is made. Parameters alone: once an evaluation, in one graph for the whole model. The rest:
//! in every row (`factor`).
use super::error::RowsError;
use crate::expression::{Graph, Id, Leaf, Node};
use std::collections::{HashMap, HashSet};
use steepest_kernels::tape::Binary;

/// What a node depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Constant,
    Column,
    Parameter,
    Row,
}
impl Part {
    fn with(self, other: Part) -> Part {
        match (self, other) {
            (Part::Constant, part) | (part, Part::Constant) => part,
            (a, b) if a == b => a,
            _ => Part::Row,
        }
    }
}
/// The part of every node, given that of the variables.
pub(super) fn parts(graph: &Graph, of: impl Fn(u32) -> Part) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let part = match graph.node(id) {
            Node::Constant(_) => Part::Constant,
            Node::Variable(j) => of(j),
            _ => graph.reads(id).fold(Part::Constant, |part, below| part.with(parts[below.index()])),
        };
        parts.push(part);
    }
    parts
}

/// The nodes that may be -inf in a row: those that are read as terms of log(e^a + e^b) alone, where such a term adds nothing.
pub(super) fn impossible(graph: &Graph) -> Vec<bool> {
    // Whether `id` is the gap min(a, b) - max(a, b), of which e^a + e^b is made.
    let gap = |id: Id, below: Id| match graph.node(id) {
        Node::Binary(Binary::Sub, low, high) if low == below => match (graph.node(low), graph.node(high)) {
            (Node::Binary(Binary::Min, a, b), Node::Binary(Binary::Max, c, d)) => (a, b) == (c, d),
            _ => false,
        },
        _ => false,
    };
    let mut inner = vec![true; graph.len()];
    graph.ids().for_each(|id| graph.reads(id).for_each(|below| inner[below.index()] &= gap(id, below)));
    let (mut may, mut read) = (vec![true; graph.len()], vec![false; graph.len()]);
    // What reads a node has a larger number.
    for id in graph.ids().rev() {
        for below in graph.reads(id) {
            let open = may[id.index()] && read[id.index()];
            may[below.index()] &= match graph.node(id) {
                Node::Binary(Binary::Max, ..) => true,
                Node::Binary(Binary::Min, ..) => inner[id.index()] && read[id.index()],
                Node::Binary(Binary::Add, ..) => open,
                Node::Binary(Binary::Sub, a, b) => open && a == below && b != below,
                Node::Where { c, .. } => c != below,
                _ => false,
            };
            read[below.index()] = true;
        }
    }
    may.iter().zip(read).map(|(may, read)| *may && read).collect()
}

/// What a variable of a graph over the rows stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Input {
    /// A node of the graph of the columns.
    Column(Id),
    /// One of the reported numbers, by level: the first of them, and the place of the column of codes.
    Level { first: u32, codes: u32 },
    /// A node of the graph of the parameters.
    Value(Id),
}
/// Variables by what they stand for.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) list: Vec<Input>,
    known: HashMap<Input, u32>,
}
impl Inputs {
    pub(super) fn place(&mut self, input: Input) -> u32 {
        let list = &mut self.list;
        *self.known.entry(input).or_insert_with(|| {
            list.push(input);
            list.len() as u32 - 1
        })
    }
    pub(super) fn part(&self, j: u32) -> Part {
        match self.list[j as usize] {
            Input::Column(_) => Part::Column,
            Input::Level { .. } => Part::Row,
            Input::Value(_) => Part::Parameter,
        }
    }
}

/// What depends on parameters alone. Variables: the reported numbers that are named one by one, then sums over rows.
#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) graph: Graph,
    /// The reported number that variable j is.
    pub(super) elements: Vec<usize>,
    pub(super) sums: usize,
    /// Nodes that rows read, by their place among the broadcast numbers.
    pub(super) broadcast: Vec<Id>,
    places: HashMap<Id, u32>,
    /// Terms of the energy.
    pub(super) energy: Vec<Id>,
    /// Nodes, and the derivatives of the energy by them.
    pub(super) slopes: Vec<(Id, Id)>,
}
impl Outside {
    pub(super) fn of(elements: Vec<usize>) -> Self {
        Outside { elements, ..Outside::default() }
    }
    /// The variable of a reported number.
    pub(super) fn element(&mut self, element: usize) -> Id {
        let place = self.elements.iter().position(|e| *e == element).unwrap_or(0);
        self.graph.variable(place as u32)
    }
    /// A new sum over rows.
    pub(super) fn sum(&mut self) -> Id {
        self.sums += 1;
        self.graph.variable((self.elements.len() + self.sums - 1) as u32)
    }
    pub(super) fn place(&mut self, id: Id) -> u32 {
        let list = &mut self.broadcast;
        *self.places.entry(id).or_insert_with(|| {
            list.push(id);
            list.len() as u32 - 1
        })
    }
    /// A term of the energy that no row is in.
    pub(super) fn add(&mut self, node: Id) {
        let one = self.graph.constant(1.0);
        self.energy.push(node);
        self.slopes.push((node, one));
    }
}

/// The columns of one expression. Variables: the columns as they stand in the table.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) graph: Graph,
    /// The names of the variables, for messages.
    pub(super) names: Vec<String>,
    /// Their values, one column after another.
    pub(super) x: Vec<f64>,
    pub(super) rows: usize,
    /// The line of each row, and the file, for messages.
    pub(super) lines: Vec<u64>,
    pub(super) file: String,
    /// Nodes that may be -inf.
    pub(super) shut: HashSet<Id>,
}
impl Columns {
    /// A node in every row.
    ///
    /// # Errors
    /// A value that is not finite, but for rows in which a column itself is not known yet, and for -inf where that may be.
    pub(super) fn values(&self, id: Id) -> Result<Vec<f64>, RowsError> {
        let out = self.evaluated(id)?;
        let shut = self.shut.contains(&id);
        let right = |x: &f64| x.is_finite() || (shut && *x == f64::NEG_INFINITY);
        match out.iter().enumerate().position(|(r, x)| !right(x) && !self.is_open(r)) {
            None => Ok(out),
            Some(r) => {
                let (file, columns) = (self.file.clone(), self.read(id));
                Err(RowsError::NotFinite { file, row: self.lines[r], columns, value: out[r] })
            }
        }
    }
    /// A node in every row, whatever it is there.
    ///
    /// # Errors
    /// Too many terms.
    pub(super) fn evaluated(&self, id: Id) -> Result<Vec<f64>, RowsError> {
        let mut out = vec![0.0; self.rows];
        let tape = self.graph.tape(self.names.len(), &[id]).ok_or(RowsError::TooLarge)?;
        tape.accumulate(self.rows, &self.x, 1.0, &mut [&mut out], &mut vec![0.0; tape.scratch(self.rows)]);
        Ok(out)
    }
    /// Whether a column is not known yet in a row.
    pub(super) fn is_open(&self, r: usize) -> bool {
        self.x.iter().skip(r).step_by(self.rows.max(1)).any(|x| x.is_nan())
    }
    /// The names of the columns that a node reads.
    fn read(&self, id: Id) -> Vec<String> {
        let (mut used, mut open) = (Vec::new(), vec![id]);
        while let Some(id) = open.pop() {
            if let Node::Variable(j) = self.graph.node(id) {
                used.push(self.names[j as usize].clone());
            }
            open.extend(self.graph.reads(id));
        }
        used.sort_unstable();
        used.dedup();
        used
    }
    /// A column that is these numbers, in the place of a node.
    pub(super) fn instead(&mut self, id: Id, values: &[f64]) -> Id {
        let (name, place) = (self.read(id).join(", "), self.names.len() as u32);
        self.names.push(name);
        self.x.extend_from_slice(values);
        self.graph.variable(place)
    }
}

/// The leaf's part in an expression as it was written.
pub(super) fn part_of(leaf: &Leaf) -> Part {
    match leaf {
        Leaf::Element(_) => Part::Parameter,
        Leaf::Level { .. } => Part::Row,
        Leaf::Column { .. } => Part::Column,
    }
}
