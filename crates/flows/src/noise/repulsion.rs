//! The Ito drift of a thermal bath, without its shocks.
use steepest_core::{Diffusive, Noise, State, Tangent, Tick, Workspace};

/// div(D + Q) / beta dt: with the Stein geometry it makes SVGD [LiuWang2016].
#[derive(Clone, Copy, Debug)]
pub struct Repulsion {
    /// Inverse temperature.
    pub beta: f64,
}
impl<S: State, G: Diffusive<S>> Noise<S, G> for Repulsion {
    fn kick(&self, geometry: &G, at: Tick, x: &S, h: f64, out: &mut Tangent, work: &mut Workspace) {
        geometry.ito_drift(at, x, h / self.beta, out, work);
    }
}
