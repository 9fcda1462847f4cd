//! NOISE: what is added to the drift over a stride, seen through the geometry.
use crate::{State, Tangent, Tick, Workspace};

/// A source of shocks for states `S` moving in a geometry `G`.
pub trait Noise<S: State, G> {
    /// out += increment over h
    fn kick(&self, geometry: &G, at: Tick, x: &S, h: f64, out: &mut Tangent, work: &mut Workspace);
}

/// A noise in fluctuation-dissipation balance with its geometry: exp(-beta F) is invariant.
pub trait Balanced {
    /// Inverse temperature; infinite without noise.
    fn beta(&self) -> f64;
}

/// A noise that never adds anything: what a scheme needs that only descends.
pub trait Silent {}
