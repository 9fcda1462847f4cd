//! T int rho log rho, on any measure with a density.
use steepest_core::{Covector, Differential, Entropic, Functional, Tick, Workspace};

/// The (negative) entropy times a temperature. With [`super::PotentialEnergy`] it makes the free energy.
#[derive(Clone, Copy, Debug)]
pub struct Entropy {
    /// T = 1 / beta.
    pub temperature: f64,
}
impl<S: Entropic> Differential<S> for Entropy {
    fn differential(&self, _at: Tick, x: &S, scale: f64, out: &mut Covector, _work: &mut Workspace) {
        x.entropy_variation(scale * self.temperature, out);
    }
}
impl<S: Entropic> Functional<S> for Entropy {
    fn value(&self, _at: Tick, x: &S, _work: &mut Workspace) -> f64 {
        self.temperature * x.entropy()
    }
}
