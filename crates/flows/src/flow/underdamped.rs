//! Underdamped Langevin and its noiseless mechanics: the letters A, B, O, each solved exactly over the whole batch.
use super::Bath;
use crate::functional::Hamiltonian;
use crate::geometry::{Friction, Symplectic};
use crate::noise::shock;
use crate::scheme::splitting::Kinetic;
use crate::state::Phase;
use steepest_core::{Archive, Flow, Persist, Potential, Split, Sum, Tick, Workspace};
use steepest_kernels::axpy;

/// The force at q, kept while q does not move: the last B of a stride and the first B of the next share it.
///
/// It belongs to one trajectory: whoever changes q by hand takes a new memory.
#[derive(Clone, Debug)]
pub struct Force {
    /// dV(q), component-major.
    pub gradient: Box<[f64]>,
    /// Whether `gradient` is the one at the present q.
    pub fresh: bool,
    work: Workspace,
}
/// Streams 1, 2, ... are the O parts at places 0, 1, ... of a stride; stream 0 is the noise of one-part schemes.
const FIRST_STREAM: u16 = 1;

impl<V: Potential, N: Bath> Split<Phase> for Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N> {
    type Part = Kinetic;
    type Memory = Force;
    fn memory(&self, x: &Phase) -> Force {
        let zeros: Box<[f64]> = vec![0.0; x.n * x.d].into();
        Force { gradient: zeros, fresh: false, work: Workspace::default() }
    }
    /// A: q += h p. B: p -= h dV(q). O: p <- c p + sqrt((1 - c^2) / beta) R, c = exp(-gamma h).
    fn advance(&self, part: Kinetic, place: u16, at: Tick, h: f64, x: &mut Phase, force: &mut Force) -> u64 {
        match part {
            Kinetic::A => {
                let (q, p) = x.split_mut();
                axpy(h, p, q);
                force.fresh = false;
                0
            }
            Kinetic::B => {
                let stale = !force.fresh;
                if stale {
                    force.gradient.fill(0.0);
                    self.functional.0.gradients(x.q(), 1.0, &mut force.gradient, &mut force.work);
                    force.fresh = true;
                }
                axpy(-h, &force.gradient, x.split_mut().1);
                if stale { x.n as u64 } else { 0 }
            }
            Kinetic::O => {
                let exponent = self.geometry.1.gamma * h;
                // 1 - c^2 without cancellation at weak friction.
                let amplitude = (-(-2.0 * exponent).exp_m1() / self.noise.beta()).sqrt();
                let decay = (-exponent).exp();
                let n = x.n;
                let (_, p) = x.split_mut();
                if amplitude > 0.0 {
                    shock((decay, amplitude), at, FIRST_STREAM + place, self.noise.precision(), n, p);
                } else if decay != 1.0 {
                    p.iter_mut().for_each(|p| *p *= decay);
                }
                0
            }
        }
    }
}

impl Persist for Force {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { gradient, fresh, work: _ } = self;
        gradient[..].pass(archive)?;
        fresh.pass(archive)
    }
}
