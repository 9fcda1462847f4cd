//! Schroedinger potentials (f, g) of an entropic bridge between n weights and m weights.
use steepest_core::State;

/// The dual variables of entropic transport: f on the n sources, then g on the m targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Potentials {
    /// Sources.
    pub n: usize,
    /// f, then g: n + m numbers.
    pub fg: Box<[f64]>,
}
impl Potentials {
    /// f = 0 on `n` sources, g = 0 on `m` targets.
    pub fn zeros(n: usize, m: usize) -> Self {
        Potentials { n, fg: vec![0.0; n + m].into() }
    }
}
impl State for Potentials {
    fn coords(&self) -> &[f64] {
        &self.fg
    }
    fn coords_mut(&mut self) -> &mut [f64] {
        &mut self.fg
    }
}
