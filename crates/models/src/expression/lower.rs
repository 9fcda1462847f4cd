//! From a graph to a tape: products fused into sums, dead nodes dropped, registers given out and taken back.
use super::graph::{Graph, Id, Node};
use steepest_kernels::tape::{Binary, Instruction, Tape, Ternary, Unary};

/// A node as the tape executes it.
#[derive(Clone, Copy)]
struct Step {
    from: [Id; 3],
    reads: usize,
    write: fn(Operation, u32, [u32; 3]) -> Instruction,
    operation: Operation,
}
