//! SINGLE: an energy whose slopes are of single precision where they move something.
use steepest_core::{Batch, Potential, Workspace};

/// Slopes in single precision: the place is rounded, what is made of it is added in double precision.
pub(crate) trait Slopes: Potential {
    /// As [`Potential::gradients`].
    fn gradients_single(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace);
    /// As [`Potential::drift`].
    fn drift_single(&self, scale: f64, n: usize, x: &mut [f64], work: &mut Workspace) -> bool;
    /// As [`Potential::leapfrogs`].
    fn leapfrogs_single(&self, units: &[[f64; 4]], rounds: u64, q: &mut [f64], p: &mut [f64]) -> bool {
        let _ = (units, rounds, q, p);
        false
    }
}

/// An energy moved by its slopes in single precision. Values, and slopes that come with them, are those of V.
pub(crate) struct Single<'a, V>(pub(crate) &'a V);

impl<V: Slopes> Potential for Single<'_, V> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.0.values(x, scale, out, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.0.gradients_single(x, scale, out, work);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        self.0.values_and_gradients(x, scale, values, gradients, work);
    }
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.0.curvatures(x, v, scale, out, work);
    }
    fn curves_exactly(&self) -> bool {
        self.0.curves_exactly()
    }
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, _n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        self.0.leapfrogs_single(units, rounds, q, p)
    }
    fn drift(&self, scale: f64, n: usize, x: &mut [f64], work: &mut Workspace) -> bool {
        self.0.drift_single(scale, n, x, work)
    }
}
