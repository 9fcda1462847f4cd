//! `E[rho] = int V d rho`, on any measure.
use steepest_core::{Covector, Differential, Functional, Measure, Potential, Tick, Workspace};

/// The mean of a potential V: the energy of descent and of Langevin dynamics.
#[derive(Clone, Debug)]
pub struct PotentialEnergy<V>(pub V);

impl<S: Measure, V: Potential> Differential<S> for PotentialEnergy<V> {
    fn differential(&self, _at: Tick, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace) {
        x.expect_variation(&self.0, scale, out, work);
    }
}
impl<S: Measure, V: Potential> Functional<S> for PotentialEnergy<V> {
    fn value(&self, _at: Tick, x: &S, work: &mut Workspace) -> f64 {
        x.expect(&self.0, work)
    }
    fn value_and_differential(&self, _at: Tick, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        x.expect_both(&self.0, scale, out, work)
    }
}
