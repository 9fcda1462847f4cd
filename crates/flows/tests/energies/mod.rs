//! Energies of one point as closures.
use steepest_core::{Batch, Potential, Workspace};

/// V of one point, with its gradient added to what is given.
pub struct Of<F>(pub F);
impl<F: Fn(&[f64], &mut [f64]) -> f64 + Send + Sync> Potential for Of<F> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += scale * (self.0)(x.x, &mut vec![0.0; x.d]);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let mut slope = vec![0.0; x.d];
        (self.0)(x.x, &mut slope);
        out.iter_mut().zip(slope).for_each(|(o, s)| *o += scale * s);
    }
}
