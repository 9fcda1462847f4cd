//! From a graph to a tape: products fused into sums, dead nodes dropped, an order in which results are read at once, registers given
//! out and taken back.
use super::graph::{Graph, Id, Node};
use steepest_kernels::tape::{Binary, Instruction, Tape, Ternary, Unary};

impl Graph {
    /// The tape with d inputs that computes `outputs`. `None` only where the program would not fit 32-bit register numbers.
    ///
    /// A node is rounded the same whatever else the tape computes, so V alone and V with its gradient agree to the bit.
    pub(crate) fn tape(&self, d: usize, outputs: &[Id]) -> Option<Tape> {
        // A constant in front is left to the sum over outputs.
        let outputs: Vec<(f64, Id)> = outputs.iter().map(|id| self.factor(*id)).collect();
        let (code, last) = self.code(&outputs);
        let mut register: Vec<Option<u32>> = vec![None; self.len()];
        let mut constants = Vec::new();
        for id in self.ids().filter(|id| last[id.index()].is_some()) {
            if let Some(value) = self.value(id) {
                register[id.index()] = u32::try_from(constants.len()).ok();
                constants.push(value);
            }
        }
        let first_input = u32::try_from(constants.len()).ok()?;
        let fixed = first_input.checked_add(u32::try_from(d).ok()?)?;
        for id in self.ids() {
            if let Node::Variable(j) = self.node(id) {
                register[id.index()] = first_input.checked_add(j);
            }
        }
        let (mut next, mut free) = (fixed, Vec::new());
        let mut program = Vec::with_capacity(code.len());
        for instruction in code {
            // The result takes a register before the operands give theirs back: it never overwrites what it is read from.
            let out = match free.pop() {
                Some(register) => register,
                None => {
                    next = next.checked_add(1)?;
                    next - 1
                }
            };
            let mut from = instruction.from;
            for (k, &node) in instruction.reads().iter().enumerate() {
                let read = register[node as usize]?;
                from[k] = read;
                let repeated = instruction.from[..k].contains(&node);
                if last[node as usize] == Some(instruction.out) && read >= fixed && !repeated {
                    free.push(read);
                }
            }
            register[instruction.out as usize] = Some(out);
            program.push(Instruction { out, from, ..instruction });
        }
        let place = |(factor, id): &(f64, Id)| Some((*factor, register[id.index()]?));
        let outputs = outputs.iter().map(place).collect::<Option<Vec<_>>>()?;
        Tape::new(constants, d, program, outputs)
    }

    /// The instructions in order, with nodes for registers; and for every node the last that reads it, `None` where none does.
    /// An output counts as its own last reader, so nothing frees it.
    fn code(&self, outputs: &[(f64, Id)]) -> (Vec<Instruction>, Vec<Option<u32>>) {
        let code = self.scheduled(outputs);
        let mut last = vec![None; self.len()];
        for (_, id) in outputs {
            last[id.index()] = Some(id.number());
        }
        for instruction in code.iter().rev() {
            for &node in instruction.reads() {
                last[node as usize].get_or_insert(instruction.out);
            }
        }
        (code, last)
    }

    /// What the outputs need, each instruction as late as it can be: the one after it mostly reads it, from the tape's accumulator.
    ///
    /// Of the operands that are not there yet, what others read too comes first, since it goes to memory in any case; then the
    /// deepest, as a long sum would otherwise hold all its terms before it adds the first two.
    fn scheduled(&self, outputs: &[(f64, Id)]) -> Vec<Instruction> {
        let (mut readers, mut depth) = (vec![0_u32; self.len()], vec![0_u32; self.len()]);
        for instruction in self.ids().filter_map(|id| self.fused(id)) {
            let reads = instruction.reads();
            reads.iter().for_each(|&node| readers[node as usize] += 1);
            depth[instruction.out as usize] = 1 + reads.iter().map(|&node| depth[node as usize]).max().unwrap_or(0);
        }
        let (mut code, mut done) = (Vec::new(), vec![false; self.len()]);
        let mut open: Vec<_> = outputs.iter().rev().filter_map(|(_, id)| self.fused(*id)).map(|i| (i, false)).collect();
        while let Some((instruction, ready)) = open.pop() {
            if done[instruction.out as usize] {
                continue;
            }
            if ready {
                done[instruction.out as usize] = true;
                code.push(instruction);
                continue;
            }
            open.push((instruction, true));
            let mut missing: Vec<u32> =
                instruction.reads().iter().copied().filter(|&node| !done[node as usize]).collect();
            // What is pushed last is done first.
            missing.sort_by_key(|&node| (readers[node as usize] > 1, depth[node as usize]));
            open.extend(missing.into_iter().filter_map(|node| self.fused(Id::of(node))).map(|i| (i, false)));
        }
        code
    }

    /// The node as an instruction, unless it is a constant or a variable: a sum or difference with a product in it is one
    /// fused operation.
    fn fused(&self, id: Id) -> Option<Instruction> {
        let out = id.number();
        let product = |id: Id| match self.node(id) {
            Node::Binary(Binary::Mul, x, y) => Some((x, y)),
            Node::Unary(Unary::Square, x) => Some((x, x)),
            _ => None,
        };
        let ternary = |f, (x, y): (Id, Id), z: Id| Instruction::ternary(f, out, [x, y, z].map(Id::number));
        Some(match self.node(id) {
            Node::Constant(_) | Node::Variable(_) => return None,
            Node::Unary(f, a) => Instruction::unary(f, out, a.number()),
            Node::Where { strict: false, a, b, c } => ternary(Ternary::WhereNotLess, (a, b), c),
            Node::Where { strict: true, a, b, c } => ternary(Ternary::WhereGreater, (a, b), c),
            Node::Binary(f, a, b) => match (f, product(a), product(b)) {
                (Binary::Add, _, Some(pair)) => ternary(Ternary::MulAdd, pair, a),
                (Binary::Add, Some(pair), None) => ternary(Ternary::MulAdd, pair, b),
                (Binary::Sub, _, Some(pair)) => ternary(Ternary::SubMul, pair, a),
                (Binary::Sub, Some(pair), None) => ternary(Ternary::MulSub, pair, b),
                _ => Instruction::binary(f, out, [a.number(), b.number()]),
            },
        })
    }
}
