//! K_rho xi = -div(rho grad xi), on any measure that can be moved.
use crate::state::{Cloud, Gaussian};
use steepest_core::{Covector, Diffusive, Geometry, Metric, Tangent, Tick, Transport, Workspace};

/// The geometry of optimal transport: the flow of the free energy in it is the Fokker-Planck equation
/// [JordanKinderlehrerOtto1998; Otto2001].
#[derive(Clone, Copy, Debug, Default)]
pub struct Wasserstein;

impl<S: Transport> Geometry<S> for Wasserstein {
    fn sharp(&self, _at: Tick, x: &S, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        x.transport(scale, xi, out);
    }
    fn retract(&self, x: &mut S, v: &Tangent, h: f64, _work: &mut Workspace) {
        x.displace(v, h);
    }
}
impl Metric<Gaussian> for Wasserstein {
    /// |m - m'|^2 + |s - s'|^2, the Bures formula for diagonal covariances.
    fn dist2(&self, x: &Gaussian, y: &Gaussian) -> f64 {
        x.ms.iter().zip(&y.ms).map(|(a, b)| (a - b).powi(2)).sum()
    }
}
/// Independent noise on each particle.
impl Diffusive<Cloud> for Wasserstein {
    fn sqrt(&self, _at: Tick, _x: &Cloud, _white: &mut Tangent, _work: &mut Workspace) {}
}
