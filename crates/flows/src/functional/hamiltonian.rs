//! H(q, p) = V(q) + |p|^2 / 2, averaged over the replicas; unit mass.
use crate::state::Phase;
use steepest_core::{Covector, Differential, Functional, Potential, Tick, Workspace};

/// The energy of mechanics with potential V and unit mass.
#[derive(Clone, Debug)]
pub struct Hamiltonian<V>(pub V);

impl<V: Potential> Differential<Phase> for Hamiltonian<V> {
    fn differential(&self, _at: Tick, x: &Phase, scale: f64, out: &mut Covector, work: &mut Workspace) {
        let (dq, dp) = out.0.split_at_mut(x.n * x.d);
        self.0.gradients(x.q(), scale, dq, work);
        steepest_kernels::axpy(scale, x.p(), dp);
    }
}
impl<V: Potential> Functional<Phase> for Hamiltonian<V> {
    fn value(&self, _at: Tick, x: &Phase, work: &mut Workspace) -> f64 {
        let mut values = work.take(x.n);
        self.0.values(x.q(), 1.0, &mut values, work);
        let total = steepest_kernels::sum(&values) + 0.5 * steepest_kernels::dot(x.p(), x.p());
        work.give(values);
        total / x.n as f64
    }
}
