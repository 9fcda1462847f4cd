//! K = identity.
use steepest_core::{Covector, Diffusive, Geometry, Metric, State, Tangent, Tick, Workspace};

/// The flat geometry of the coordinates. On a cloud it is the Wasserstein geometry of the particles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Euclidean;

impl<S: State> Geometry<S> for Euclidean {
    fn sharp(&self, _at: Tick, _x: &S, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        steepest_kernels::axpy(scale, &xi.0, &mut out.0);
    }
}
impl<S: State> Metric<S> for Euclidean {
    /// w sum_k (x_k - y_k)^2, w the weight of a coordinate.
    fn dist2(&self, x: &S, y: &S) -> f64 {
        x.weight() * x.coords().iter().zip(y.coords()).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    }
}
impl<S: State> Diffusive<S> for Euclidean {
    fn sqrt(&self, _at: Tick, _x: &S, _white: &mut Tangent, _work: &mut Workspace) {}
}
