//! Fokker-Planck of a quadratic well on Gaussians: a JKO step is one scalar quadratic equation a component.
use crate::functional::{Entropy, PotentialEnergy, Quadratic};
use crate::geometry::Wasserstein;
use crate::noise::Still;
use crate::state::Gaussian;
use steepest_core::{Fault, Flow, Proximal, Sum, Tick, Workspace};

impl Proximal<Gaussian> for Flow<Sum<PotentialEnergy<Quadratic>, Entropy>, Wasserstein, Still> {
    /// m <- m / (1 + eta k); s <- (s + sqrt(s^2 + 4 eta T (1 + eta k))) / (2 (1 + eta k))
    /// [JordanKinderlehrerOtto1998].
    fn proximal(&self, _at: Tick, eta: f64, x: &mut Gaussian, _work: &mut Workspace) -> Result<(), Fault> {
        let d = x.d();
        let Sum(PotentialEnergy(well), Entropy { temperature }) = &self.functional;
        let (m, s) = x.ms.split_at_mut(d);
        for ((m, s), k) in m.iter_mut().zip(s).zip(&well.stiffness) {
            let a = 1.0 + eta * k;
            *m /= a;
            *s = (*s + (*s * *s + 4.0 * eta * temperature * a).sqrt()) / (2.0 * a);
        }
        Ok(())
    }
}
