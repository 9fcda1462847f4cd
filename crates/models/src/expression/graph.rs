//! A directed acyclic graph of operations in which equal nodes are one node, simplified as it is built.
use std::collections::HashMap;
use steepest_kernels::tape::{Binary, Unary};

/// A node of the graph. What it reads has smaller numbers, so numerical order is an order of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(u32);
impl Id {
    /// The place in the list of nodes.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
    /// The node with a number, which is that of a node of this graph.
    pub(crate) fn of(number: u32) -> Self {
        Id(number)
    }
    /// Its number.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// A number, by its bits.
    Constant(u64),
    /// A coordinate.
    Variable(u32),
    Unary(Unary, Id),
    Binary(Binary, Id, Id),
    /// c where a >= b, otherwise 0; where `strict`, only where a > b.
    Where {
        strict: bool,
        a: Id,
        b: Id,
        c: Id,
    },
}

/// Largest |n| for which x^n is a chain of multiplications.
const LARGEST_CHAIN: f64 = 64.0;

/// The nodes so far. Every operation returns the simplest node that means the same.
///
/// Products with a constant are kept as constant * rest, differences with a constant as sums, quotients by one as products, so that equal terms meet.
/// Rounding may differ from the text by an ulp a term; 0 * x is taken as 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, Id>,
}

impl Graph {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }
    pub(crate) fn node(&self, id: Id) -> Node {
        self.nodes[id.index()]
    }
    /// Every node with its name, in order of evaluation.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = Id> + ExactSizeIterator + use<> {
        (0..self.nodes.len() as u32).map(Id)
    }
    fn insert(&mut self, node: Node) -> Id {
        let Graph { nodes, known } = self;
        *known.entry(node).or_insert_with(|| {
            nodes.push(node);
            Id(nodes.len() as u32 - 1)
        })
    }
    pub(crate) fn constant(&mut self, value: f64) -> Id {
        let value = if value == 0.0 { 0.0 } else { value }; // one zero
        self.insert(Node::Constant(value.to_bits()))
    }
    pub(crate) fn variable(&mut self, index: u32) -> Id {
        self.insert(Node::Variable(index))
    }
    /// The number a node is, if it is one.
    pub(crate) fn value(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }
    /// x = c * rest as (c, rest), c != 1; (1, x) otherwise.
    pub(crate) fn factor(&self, x: Id) -> (f64, Id) {
        match self.node(x) {
            Node::Unary(Unary::Neg, a) => (-1.0, a),
            Node::Binary(Binary::Mul, a, b) => self.value(a).map_or((1.0, x), |c| (c, b)),
            _ => (1.0, x),
        }
    }

    pub(crate) fn add(&mut self, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(x), Some(y)) => return self.constant(x + y),
            (Some(0.0), _) => return b,
            (_, Some(0.0)) => return a,
            _ => {}
        }
        let ((c, x), (k, y)) = (self.factor(a), self.factor(b));
        if x == y {
            return self.scale(c + k, x);
        }
        match (self.node(a), self.node(b)) {
            (_, Node::Unary(Unary::Neg, b)) => self.sub(a, b),
            (Node::Unary(Unary::Neg, a), _) => self.sub(b, a),
            _ => self.commutative(Binary::Add, a, b),
        }
    }
    /// a + (b + c) as (a + b) + c: terms that are products are then added one after the other, and no sum waits for another.
    pub(crate) fn add_each(&mut self, a: Id, b: Id) -> Id {
        match self.node(b) {
            Node::Binary(Binary::Add, x, y) => {
                let sum = self.add_each(a, x);
                self.add_each(sum, y)
            }
            _ => self.add(a, b),
        }
    }
    pub(crate) fn sub(&mut self, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (_, Some(y)) => {
                let negative = self.constant(-y);
                return self.add(a, negative);
            }
            (Some(0.0), _) => return self.neg(b),
            _ => {}
        }
        let ((c, x), (k, y)) = (self.factor(a), self.factor(b));
        if x == y {
            return self.scale(c - k, x);
        }
        match self.node(b) {
            Node::Unary(Unary::Neg, b) => self.add(a, b),
            // a - (-c) y = a + c y
            _ if k < 0.0 => {
                let positive = self.scale(-k, y);
                self.add(a, positive)
            }
            // -x - c y = (-c) y - x: no sign has to be turned by itself
            _ if k != 1.0 && matches!(self.node(a), Node::Unary(Unary::Neg, _)) => {
                let negative = self.scale(-k, y);
                self.sub(negative, x)
            }
            _ => self.insert(Node::Binary(Binary::Sub, a, b)),
        }
    }
    pub(crate) fn neg(&mut self, a: Id) -> Id {
        match self.node(a) {
            Node::Binary(Binary::Sub, x, y) => self.sub(y, x),
            _ => self.scale(-1.0, a),
        }
    }
    /// c * a
    pub(crate) fn scale(&mut self, c: f64, a: Id) -> Id {
        if let Some(x) = self.value(a) {
            return self.constant(if c == 0.0 || x == 0.0 { 0.0 } else { c * x });
        }
        let (k, rest) = self.factor(a);
        match c * k {
            0.0 => self.constant(0.0),
            1.0 => rest,
            -1.0 => self.insert(Node::Unary(Unary::Neg, rest)),
            product => {
                let product = self.constant(product);
                self.insert(Node::Binary(Binary::Mul, product, rest))
            }
        }
    }
    pub(crate) fn mul(&mut self, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(c), _) => return self.scale(c, b),
            (_, Some(c)) => return self.scale(c, a),
            _ => {}
        }
        let ((c, x), (k, y)) = (self.factor(a), self.factor(b));
        let product = if x == y {
            self.unary(Unary::Square, x)
        } else {
            match (self.node(x), self.node(y)) {
                // (1/x) y = y/x
                (Node::Binary(Binary::Div, one, x), _) if self.value(one) == Some(1.0) => self.div(y, x),
                (_, Node::Binary(Binary::Div, one, y)) if self.value(one) == Some(1.0) => self.div(x, y),
                _ => self.commutative(Binary::Mul, x, y),
            }
        };
        self.scale(c * k, product)
    }
    pub(crate) fn div(&mut self, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(x), Some(y)) => return self.constant(x / y),
            (Some(0.0), _) => return a,
            (_, Some(y)) if (1.0 / y).is_normal() => return self.scale(1.0 / y, a),
            _ => {}
        }
        let ((c, x), (k, y)) = (self.factor(a), self.factor(b));
        if x == y {
            return self.constant(c / k);
        }
        if let Some(c) = self.value(a) {
            let one = self.constant(1.0);
            let inverse = self.insert(Node::Binary(Binary::Div, one, y));
            return self.scale(c / k, inverse);
        }
        let quotient = self.insert(Node::Binary(Binary::Div, x, y));
        self.scale(c / k, quotient)
    }
    fn commutative(&mut self, f: Binary, a: Id, b: Id) -> Id {
        self.insert(Node::Binary(f, a.min(b), a.max(b)))
    }

    /// a^b: whole exponents up to 64 by multiplication, halves through a square root.
    pub(crate) fn pow(&mut self, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(x), Some(y)) => self.constant(x.powf(y)),
            (Some(1.0), _) => self.constant(1.0),
            (_, Some(y)) if y.abs() <= LARGEST_CHAIN && (2.0 * y).fract() == 0.0 => {
                let whole = self.chain(a, y.abs().trunc() as u32);
                let power = if y.fract() == 0.0 {
                    whole
                } else {
                    let root = self.unary(Unary::Sqrt, a);
                    self.mul(whole, root)
                };
                if y < 0.0 {
                    let one = self.constant(1.0);
                    self.div(one, power)
                } else {
                    power
                }
            }
            _ => self.insert(Node::Binary(Binary::Pow, a, b)),
        }
    }
    /// a^n by squaring.
    fn chain(&mut self, a: Id, n: u32) -> Id {
        match n {
            0 => self.constant(1.0),
            1 => a,
            _ => {
                let half = self.chain(a, n / 2);
                let even = self.unary(Unary::Square, half);
                if n.is_multiple_of(2) { even } else { self.mul(even, a) }
            }
        }
    }

    pub(crate) fn unary(&mut self, f: Unary, a: Id) -> Id {
        if f == Unary::Neg {
            return self.neg(a);
        }
        if let Some(x) = self.value(a) {
            return self.constant(f.apply(x));
        }
        let even = matches!(f, Unary::Square | Unary::Abs | Unary::Cos);
        let odd = matches!(f, Unary::Sin | Unary::Tan | Unary::Tanh | Unary::Atan | Unary::Erf | Unary::Sign);
        match (f, self.node(a)) {
            (_, Node::Unary(Unary::Neg, x)) if even => self.unary(f, x),
            (_, Node::Unary(Unary::Neg, x)) if odd => {
                let y = self.unary(f, x);
                self.neg(y)
            }
            (Unary::Square, Node::Unary(Unary::Sqrt | Unary::Abs, x)) => match self.node(a) {
                Node::Unary(Unary::Abs, _) => self.unary(Unary::Square, x),
                _ => self.insert(Node::Unary(f, a)), // sqrt(x)^2 is undefined for x < 0; x is not
            },
            (Unary::Square, Node::Binary(Binary::Mul, c, x)) if self.value(c).is_some() => {
                let c = self.value(c).unwrap_or(1.0);
                let square = self.unary(Unary::Square, x);
                self.scale(c * c, square)
            }
            _ => self.insert(Node::Unary(f, a)),
        }
    }
    /// min or max
    pub(crate) fn extremum(&mut self, f: Binary, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(x), Some(y)) => self.constant(f.apply(x, y)),
            _ if a == b => a,
            _ => self.commutative(f, a, b),
        }
    }
    /// c where a >= b (a > b where `strict`), otherwise 0.
    pub(crate) fn only_where(&mut self, strict: bool, (a, b): (Id, Id), c: Id) -> Id {
        if self.value(c) == Some(0.0) { c } else { self.insert(Node::Where { strict, a, b, c }) }
    }

    /// What a node reads.
    pub(crate) fn reads(&self, id: Id) -> impl Iterator<Item = Id> + use<> {
        let reads = match self.node(id) {
            Node::Constant(_) | Node::Variable(_) => [None; 3],
            Node::Unary(_, a) => [Some(a), None, None],
            Node::Binary(_, a, b) => [Some(a), Some(b), None],
            Node::Where { a, b, c, .. } => [Some(a), Some(b), Some(c)],
        };
        reads.into_iter().flatten()
    }
    /// The operation of a node of any graph, on other operands.
    pub(crate) fn rebuild(&mut self, node: Node, operand: impl Fn(Id) -> Id) -> Id {
        match node {
            Node::Constant(bits) => self.constant(f64::from_bits(bits)),
            Node::Variable(j) => self.variable(j),
            Node::Unary(f, a) => self.unary(f, operand(a)),
            Node::Binary(f, a, b) => {
                let (a, b) = (operand(a), operand(b));
                match f {
                    Binary::Add => self.add(a, b),
                    Binary::Sub => self.sub(a, b),
                    Binary::Mul => self.mul(a, b),
                    Binary::Div => self.div(a, b),
                    Binary::Pow => self.pow(a, b),
                    Binary::Min | Binary::Max => self.extremum(f, a, b),
                }
            }
            Node::Where { strict, a, b, c } => self.only_where(strict, (operand(a), operand(b)), operand(c)),
        }
    }
    /// The nodes `roots` of another graph in this one; where `outside` has an answer it stands for the node and all below it.
    pub(crate) fn copy(
        &mut self,
        source: &Graph,
        roots: &[Id],
        mut outside: impl FnMut(&mut Graph, Id) -> Option<Id>,
    ) -> Vec<Id> {
        let top = roots.iter().map(|id| id.index() + 1).max().unwrap_or(0);
        let (mut needed, mut copies) = (vec![false; top], vec![Id(0); top]);
        roots.iter().for_each(|id| needed[id.index()] = true);
        let mut inner = Vec::new();
        for id in source.ids().take(top).rev() {
            if needed[id.index()] {
                match outside(self, id) {
                    Some(copy) => copies[id.index()] = copy,
                    None => {
                        inner.push(id);
                        source.reads(id).for_each(|below| needed[below.index()] = true);
                    }
                }
            }
        }
        for id in inner.into_iter().rev() {
            copies[id.index()] = self.rebuild(source.node(id), |below| copies[below.index()]);
        }
        roots.iter().map(|id| copies[id.index()]).collect()
    }
    /// A sum as its terms, each with the constant in front.
    pub(crate) fn terms(&self, root: Id) -> Vec<(f64, Id)> {
        let (mut terms, mut open) = (Vec::new(), vec![(1.0, root)]);
        while let Some((c, id)) = open.pop() {
            match self.node(id) {
                Node::Binary(Binary::Add, a, b) => open.extend([(c, b), (c, a)]),
                Node::Binary(Binary::Sub, a, b) => open.extend([(-c, b), (c, a)]),
                _ => match self.factor(id) {
                    (1.0, _) => terms.push((c, id)),
                    (k, rest) => open.push((c * k, rest)),
                },
            }
        }
        terms
    }
}
