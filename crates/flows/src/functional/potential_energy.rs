//! `E[rho] = int V d rho`, on any measure.
use crate::state::Cloud;
use steepest_core::{
    Covector, Curved, Differential, Functional, Measure, Potential, Squares, Tangent, Tick, Workspace,
};

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
/// Of points that do not see one another, each by its own Hessian; the residuals are those of one point.
impl<V: Potential> Curved<Cloud> for PotentialEnergy<V> {
    fn curvature(&self, x: &Cloud, v: &Tangent, scale: f64, out: &mut Covector, work: &mut Workspace) {
        self.0.curvatures(x.batch(), &v.0, scale, &mut out.0, work);
    }
    fn price(&self) -> u64 {
        if self.0.curves_exactly() { 1 } else { 2 }
    }
    fn squares(&self) -> Option<&dyn Squares> {
        self.0.squares()
    }
}
