//! Overdamped Langevin, x' = -dV(x) + sqrt(2 / beta) dW, as drift and shocks: Euler-Maruyama and Leimkuhler-Matthews.
use super::Bath;
use crate::functional::PotentialEnergy;
use crate::geometry::Euclidean;
use crate::noise::{normals, relay, shock};
use crate::scheme::splitting::Diffusion;
use crate::state::Cloud;
use steepest_core::{Archive, Flow, Persist, Potential, Split, Tick, Workspace};
use steepest_kernels::axpy;

/// Room for the next positions, and the normals of the last shock, which a scheme with memory in its noise uses again.
#[derive(Clone, Debug)]
pub struct Shocks {
    moved: Box<[f64]>,
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
        Shocks { moved: zeros.clone(), white: zeros, drawn: None, work: Workspace::default() }
    }
    /// Drift: x -= h dV(x). Shock: x += sqrt(2 h / beta) R_k, the next one with R_{k+1}.
    fn advance(&self, part: Diffusion, _place: u16, at: Tick, h: f64, x: &mut Cloud, shocks: &mut Shocks) -> u64 {
        let step = match part {
            Diffusion::Drift => {
                if self.functional.0.drift(-h, x.n, &mut x.x, &mut shocks.work) {
                    return x.n as u64;
                }
                // The gradient is accumulated onto a copy of x, which then is x: no pass is spent on adding it.
                shocks.moved.copy_from_slice(&x.x);
                self.functional.0.gradients(x.batch(), -h, &mut shocks.moved, &mut shocks.work);
                std::mem::swap(&mut x.x, &mut shocks.moved);
                return x.n as u64;
            }
            Diffusion::Shock => at.step,
            Diffusion::NextShock => at.step + 1,
        };
        let amplitude = (2.0 * h / self.noise.beta()).sqrt();
        if amplitude > 0.0 {
            let wanted = Some((at.key, step, at.first, at.of));
            let (at, precision) = (Tick { step, ..at }, self.noise.precision());
            if shocks.drawn == wanted {
                axpy(amplitude, &shocks.white, &mut x.x);
            } else if part == Diffusion::NextShock {
                // The next stride wants the same normals.
                normals(at, 0, precision, x.n, &mut shocks.white);
                shocks.drawn = wanted;
                axpy(amplitude, &shocks.white, &mut x.x);
            } else {
                shock((1.0, amplitude), at, 0, precision, x.n, &mut x.x);
            }
        }
        0
    }
    /// A shock whose normals are at hand and an equal one of the next stride are one pass.
    fn strides(
        &self,
        tableau: &[(Diffusion, f64)],
        mut at: Tick,
        h: f64,
        count: u64,
        x: &mut Cloud,
        shocks: &mut Shocks,
    ) -> u64 {
        let mut gradients = 0;
        for _ in 0..count {
            let mut place = 0;
            while let Some(&(part, fraction)) = tableau.get(place) {
                let amplitude = (2.0 * fraction * h / self.noise.beta()).sqrt();
                let at_hand = shocks.drawn == Some((at.key, at.step, at.first, at.of)) && amplitude > 0.0;
                if at_hand
                    && part == Diffusion::Shock
                    && tableau.get(place + 1) == Some(&(Diffusion::NextShock, fraction))
                {
                    let next = Tick { step: at.step + 1, ..at };
                    relay(amplitude, next, 0, self.noise.precision(), x.n, (&mut x.x, &mut shocks.white));
                    shocks.drawn = Some((at.key, next.step, at.first, at.of));
                    place += 2;
                } else {
                    gradients += self.advance(part, place as u16, at, fraction * h, x, shocks);
                    place += 1;
                }
            }
            at.t += h;
            at.step += 1;
        }
        gradients
    }
}

/// Nothing passes: normals that are not at hand are drawn again, the same ones.
impl Persist for Shocks {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { moved: _, white: _, drawn, work: _ } = self;
        if archive.reads() {
            *drawn = None;
        }
        Some(())
    }
}
