//! Overdamped Langevin, x' = -dV(x) + sqrt(2 / beta) dW, as drift and shocks: Euler-Maruyama and Leimkuhler-Matthews.
use super::Bath;
use crate::functional::PotentialEnergy;
use crate::geometry::Euclidean;
use crate::noise::normals;
use crate::scheme::splitting::Diffusion;
use crate::state::Cloud;
use steepest_core::{Flow, Potential, Split, Tick, Workspace};
use steepest_kernels::{axpy, drift_kick};

/// The gradient of the last drift and the normals of the last shock, which a scheme with memory in its noise uses again.
#[derive(Clone, Debug)]
pub struct Shocks {
    gradient: Box<[f64]>,
    white: Box<[f64]>,
    /// The tick (key, step, first, of) whose normals `white` holds.
    drawn: Option<(u64, u64, u64, u64)>,
    work: Workspace,
}

impl<V: Potential, N: Bath> Split<Cloud> for Flow<PotentialEnergy<V>, Euclidean, N> {
    type Part = Diffusion;
    type Memory = Shocks;
    fn memory(&self, x: &Cloud) -> Shocks {
        let zeros: Box<[f64]> = vec![0.0; x.n * x.d].into();
        Shocks { gradient: zeros.clone(), white: zeros, drawn: None, work: Workspace::default() }
    }
    /// Drift: x -= h dV(x). Shock: x += sqrt(2 h / beta) R_k, the next one with R_{k+1}.
    fn advance(&self, part: Diffusion, _place: u16, at: Tick, h: f64, x: &mut Cloud, shocks: &mut Shocks) -> u64 {
        let (drift, shock) = match part {
            Diffusion::Drift => (true, None),
            Diffusion::Shock => (false, Some(at.step)),
            Diffusion::NextShock => (false, Some(at.step + 1)),
            Diffusion::DriftShock => (true, Some(at.step)),
        };
        if drift {
            shocks.gradient.fill(0.0);
            self.functional.0.gradients(x.batch(), 1.0, &mut shocks.gradient, &mut shocks.work);
        }
        let amplitude = (2.0 * h / self.noise.beta()).sqrt();
        let shock = shock.filter(|_| amplitude > 0.0);
        if let Some(step) = shock {
            let wanted = Some((at.key, step, at.first, at.of));
            if shocks.drawn != wanted {
                normals(Tick { step, ..at }, 0, self.noise.precision(), x.n, &mut shocks.white);
                shocks.drawn = wanted;
            }
        }
        match (drift, shock) {
            (true, Some(_)) => drift_kick(-h, &shocks.gradient, amplitude, &shocks.white, &mut x.x),
            (true, None) => axpy(-h, &shocks.gradient, &mut x.x),
            (false, Some(_)) => axpy(amplitude, &shocks.white, &mut x.x),
            (false, None) => {}
        }
        if drift { x.n as u64 } else { 0 }
    }
}
