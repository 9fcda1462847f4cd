//! `K_rho xi = rho (xi - <xi>_rho)`, on any measure that can be reweighted.
use steepest_core::{Covector, Geometry, React, Tangent, Tick, Workspace};

/// The Fisher-Rao (Hellinger) geometry: mass grows where xi is above its mean, and is kept in all [GallouetMonsaingeon2017].
#[derive(Clone, Copy, Debug, Default)]
pub struct FisherRao;

impl<S: React> Geometry<S> for FisherRao {
    fn sharp(&self, _at: Tick, x: &S, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        x.react(scale, xi, out);
    }
}
