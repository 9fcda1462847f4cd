//! SCHEME: one stride of a flow, and many in a row.
use crate::{State, Tick};

/// Advances a state along a flow `P`. Never owns the flow, the state or the clock.
///
/// What a scheme must remember (scratch, a force, adapted step sizes, statistics of its chains) is its `Memory`, which the
/// caller owns: it can be kept between runs, written to a checkpoint, and looked at.
pub trait Scheme<P, S: State> {
    /// What the scheme remembers between strides.
    type Memory;
    /// Order of accuracy in h (for noisy flows, of the stationary law). 0: exact or not meaningful.
    fn order(&self) -> u32;
    /// Memory for states shaped like `x`.
    fn memory(&self, flow: &P, x: &S) -> Self::Memory;
    /// One stride of length h.
    fn step(&self, flow: &P, at: Tick, h: f64, x: &mut S, memory: &mut Self::Memory) -> Result<Stride, Fault>;
    /// `count` strides with nobody watching. Law: the same bits as `count` calls of `step`.
    fn advance(
        &self,
        flow: &P,
        mut at: Tick,
        h: f64,
        count: u64,
        x: &mut S,
        memory: &mut Self::Memory,
    ) -> Result<Stride, Fault> {
        let mut total = Stride::default();
        for _ in 0..count {
            let last = self.step(flow, at, h, x, memory)?;
            at.t += last.h;
            at.step += 1;
            total.h += last.h;
            total.accepted += last.accepted / count as f64;
            total.gradients += last.gradients;
            if !x.admissible() {
                return Err(Fault::Inadmissible { step: at.step, replica: None });
            }
        }
        Ok(total)
    }
}

/// What one or several strides did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stride {
    /// Time covered.
    pub h: f64,
    /// Mean fraction of replicas that accepted.
    pub accepted: f64,
    /// Gradients evaluated, counting each replica.
    pub gradients: u64,
}

/// Why a step failed: data for a decision, not prose.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The state left its space (NaN, infinity, a negative density) in the stride that ended at `step`.
    Inadmissible {
        /// Strides done, the bad one included.
        step: u64,
        /// The first replica that left, where known.
        replica: Option<u64>,
    },
    /// The energy or its gradient is not finite where a chain should start.
    InfiniteStart {
        /// Which chain.
        replica: u64,
    },
    /// An inner solver stopped short.
    Stalled {
        /// Strides done.
        step: u64,
        /// What is left to solve.
        residual: f64,
    },
}
