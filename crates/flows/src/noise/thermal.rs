//! No noise, and the noise in balance with the geometry.
use super::{Precision, normals};
use steepest_core::{Balanced, Diffusive, Noise, Silent, State, Tangent, Tick, Workspace};

/// No noise: zero temperature.
#[derive(Clone, Copy, Debug, Default)]
pub struct Still;

/// sqrt(2 D / beta) dW + div(D + Q) / beta dt: leaves exp(-beta F) invariant [MaChenFox2015].
#[derive(Clone, Copy, Debug)]
pub struct Thermal {
    /// Inverse temperature.
    pub beta: f64,
    /// Of the normals.
    pub precision: Precision,
}
impl Thermal {
    /// A bath at inverse temperature `beta`, double precision.
    pub fn new(beta: f64) -> Self {
        Thermal { beta, precision: Precision::Double }
    }
}
impl<S: State, G> Noise<S, G> for Still {
    fn kick(&self, _g: &G, _at: Tick, _x: &S, _h: f64, _out: &mut Tangent, _work: &mut Workspace) {}
}
impl<S: State, G: Diffusive<S>> Noise<S, G> for Thermal {
    fn kick(&self, geometry: &G, at: Tick, x: &S, h: f64, out: &mut Tangent, work: &mut Workspace) {
        let mut white = Tangent(work.take(out.0.len()));
        // A coordinate of weight 1/n belongs to one of n replicas.
        let replicas = (1.0 / x.weight()).round().max(1.0) as usize;
        normals(at, 0, self.precision, replicas, &mut white.0);
        geometry.sqrt(at, x, &mut white, work);
        geometry.ito_drift(at, x, h / self.beta, out, work);
        steepest_kernels::axpy((2.0 * h / self.beta).sqrt(), &white.0, &mut out.0);
        work.give(white.0);
    }
}
impl Silent for Still {}
impl Balanced for Still {
    fn beta(&self) -> f64 {
        f64::INFINITY
    }
}
impl Balanced for Thermal {
    fn beta(&self) -> f64 {
        self.beta
    }
}
