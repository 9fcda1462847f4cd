//! What a chain records between two looks at it.
use super::{Draw, Point};

/// The draws of one chain since the tape was last cleared, and what each transition did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// `positions[t * d + j]`.
    pub positions: Vec<f64>,
    /// dV there, as the chain was given it; infinite where the chain was moved to by others, and has not been told.
    pub gradients: Vec<f64>,
    /// V at each draw.
    pub values: Vec<f64>,
    /// The transitions.
    pub draws: Vec<Draw>,
}
impl Tape {
    /// Forgets, keeping the memory.
    pub fn clear(&mut self) {
        self.positions.clear();
        self.gradients.clear();
        self.values.clear();
        self.draws.clear();
    }
    pub(super) fn push(&mut self, at: &Point, draw: Draw) {
        self.positions.extend_from_slice(&at.q);
        self.gradients.extend_from_slice(&at.gradient);
        self.values.push(at.value);
        self.draws.push(draw);
    }
}
