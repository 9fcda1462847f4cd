//! A chain that goes on elsewhere as another moves now.
use super::{Chain, Machine, Phase};
use crate::scheme::metropolis::Tape;
use crate::scheme::metropolis::isokinetic::Isokinetic;

impl Chain {
    /// Chain number `id` at `q`, which moves as this one does now, by its step, length and metric, and adapts nothing.
    pub fn fork(&self, id: u64, q: &[f64]) -> Chain {
        let mut chain = Chain {
            id,
            adaptation: None,
            adapted: false,
            phase: Phase::New,
            tape: Tape::default(),
            transitions: 0,
            ..self.clone()
        };
        chain.at.q.copy_from_slice(q);
        if let Machine::Isokinetic(isokinetic) = &mut chain.kernel {
            isokinetic.worked = 0.0;
        }
        chain
    }
    /// Shadow work of all steps of unadjusted isokinetic dynamics, in units of 1 / beta. `None` of any other chain.
    pub fn worked(&self) -> Option<f64> {
        self.unadjusted().map(|isokinetic| isokinetic.worked)
    }
    /// Transitions in which unadjusted isokinetic dynamics has turned round and forgotten its direction, and gradients of each. `None` of
    /// any other chain, and of one that has no step.
    pub fn forgets(&self) -> Option<(u64, u64)> {
        let steps = self.unadjusted().filter(|_| self.step > 0.0)?.steps_of(self.step) as f64;
        // A harmonic oscillation of the metric's own length comes round in about four units of time, as a direction is forgotten.
        let time = 4.0 * self.unadjusted()?.length.max(1.0);
        Some(((time / (steps * self.step)).ceil().clamp(1.0, 1000.0) as u64, 2 * steps as u64))
    }
    fn unadjusted(&self) -> Option<&Isokinetic> {
        match &self.kernel {
            Machine::Isokinetic(isokinetic) if !isokinetic.forgets() => Some(isokinetic),
            _ => None,
        }
    }
}
