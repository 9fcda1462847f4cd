//! From a graph to a tape: products fused into sums, dead nodes dropped, registers given out and taken back.
use super::graph::{Graph, Id, Node};
use steepest_kernels::tape::{Binary, Instruction, Tape, Ternary, Unary};

impl Graph {
    /// The tape with d inputs that computes `outputs`. `None` only where the program would not fit 32-bit register numbers.
    ///
    /// A node is rounded the same whatever else the tape computes, so V alone and V with its gradient agree to the bit.
    pub(super) fn tape(&self, d: usize, outputs: &[Id]) -> Option<Tape> {
        let last = self.last_uses(outputs);
        let mut register: Vec<Option<u32>> = vec![None; self.len()];
        let mut constants = Vec::new();
        let live = |id: &Id| last[id.index()].is_some();
        for id in self.ids().filter(live) {
            if let Some(value) = self.value(id) {
                register[id.index()] = u32::try_from(constants.len()).ok();
                constants.push(value);
            }
        }
        let first_input = u32::try_from(constants.len()).ok()?;
        let mut next = first_input.checked_add(u32::try_from(d).ok()?)?;
        let mut free: Vec<u32> = Vec::new();
        let mut code = Vec::new();
        for id in self.ids().filter(live) {
            let node = self.fused(id);
            let out = match node {
                Node::Constant(_) => continue,
                Node::Variable(j) => {
                    register[id.index()] = first_input.checked_add(j);
                    continue;
                }
                // The result takes a register before the operands give theirs back: it never overwrites what it is read from.
                _ => match free.pop() {
                    Some(register) => register,
                    None => {
                        next = next.checked_add(1)?;
                        next - 1
                    }
                },
            };
            register[id.index()] = Some(out);
            let at = |operand: Id| register[operand.index()];
            code.push(match node {
                Node::Unary(f, a) => Instruction::Unary(f, out, at(a)?),
                Node::Binary(f, a, b) => Instruction::Binary(f, out, at(a)?, at(b)?),
                Node::Ternary(f, a, b, c) => Instruction::Ternary(f, out, at(a)?, at(b)?, at(c)?),
                Node::Constant(_) | Node::Variable(_) => continue,
            });
            let mut operands = reads(node);
            operands.sort_unstable();
            let mut previous = None;
            for operand in operands.into_iter().flatten() {
                let done = last[operand.index()] == Some(id) && previous != Some(operand);
                previous = Some(operand);
                if done && let Some(r) = register[operand.index()] && r >= first_input + d as u32 {
                    free.push(r);
                }
            }
        }
        let outputs = outputs.iter().map(|id| register[id.index()]).collect::<Option<Vec<u32>>>()?;
        Tape::new(constants, d, code, outputs)
    }

    /// For every node the last one that reads it; `None` for a node that no output needs. An output counts as its own last
    /// reader, so nothing frees it.
    fn last_uses(&self, outputs: &[Id]) -> Vec<Option<Id>> {
        let mut last = vec![None; self.len()];
        for output in outputs {
            last[output.index()] = Some(*output);
        }
        for id in self.ids().rev() {
            if last[id.index()].is_some() {
                for operand in reads(self.fused(id)).into_iter().flatten() {
                    let slot = &mut last[operand.index()];
                    if slot.is_none() {
                        *slot = Some(id);
                    }
                }
            }
        }
        last
    }

    /// The node as executed: a sum or difference with a product in it is one fused operation.
    fn fused(&self, id: Id) -> Node {
        let node = self.node(id);
        let product = |id: Id| match self.node(id) {
            Node::Binary(Binary::Mul, x, y) => Some((x, y)),
            Node::Unary(Unary::Square, x) => Some((x, x)),
            _ => None,
        };
        match node {
            Node::Binary(Binary::Add, a, b) => match (product(a), product(b)) {
                (_, Some((x, y))) => Node::Ternary(Ternary::MulAdd, x, y, a),
                (Some((x, y)), None) => Node::Ternary(Ternary::MulAdd, x, y, b),
                _ => node,
            },
            Node::Binary(Binary::Sub, a, b) => match (product(a), product(b)) {
                (_, Some((x, y))) => Node::Ternary(Ternary::SubMul, x, y, a),
                (Some((x, y)), None) => Node::Ternary(Ternary::MulSub, x, y, b),
                _ => node,
            },
            _ => node,
        }
    }
}

/// What a node reads.
fn reads(node: Node) -> [Option<Id>; 3] {
    match node {
        Node::Constant(_) | Node::Variable(_) => [None; 3],
        Node::Unary(_, a) => [Some(a), None, None],
        Node::Binary(_, a, b) => [Some(a), Some(b), None],
        Node::Ternary(_, a, b, c) => [Some(a), Some(b), Some(c)],
    }
}
