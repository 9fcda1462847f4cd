//! What a chain records between two looks at it.
use super::Draw;

/// The draws of one chain since the tape was last cleared, and what each transition did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// `positions[t * d + j]`.
    pub positions: Vec<f64>,
    /// V at each draw.
    pub values: Vec<f64>,
    /// The transitions.
    pub draws: Vec<Draw>,
}
impl Tape {
    /// Forgets, keeping the memory.
    pub fn clear(&mut self) {
        self.positions.clear();
        self.values.clear();
        self.draws.clear();
    }
    pub(super) fn push(&mut self, q: &[f64], value: f64, draw: Draw) {
        self.positions.extend_from_slice(q);
        self.values.push(value);
        self.draws.push(draw);
    }
}
