//! Metropolised Hamiltonian dynamics: MALA, HMC and NUTS as explicit machines.
//!
//! A [`Chain`] never calls an energy. It says where it wants a gradient ([`Chain::ask`]) and is given one
//! ([`Chain::give`]); so all chains of a thread are served by one batched evaluation, each at its own pace. What a chain
//! adapts (metric, step) and what it records (tape) is its memory; the flow stays a value.
mod adaptation;
mod chain;
mod dual_averaging;
mod hmc;
mod metric;
mod nuts;
mod search;
mod tape;
mod trajectory;
mod window;
pub use adaptation::{Adapt, Adaptation};
pub use chain::Chain;
pub use dual_averaging::DualAveraging;
pub use metric::{Metric, MetricKind};
pub use tape::Tape;
pub use trajectory::{Draw, Point};

/// How a chain proposes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// One leapfrog, fresh momenta: with a step e it is the Metropolis-adjusted Langevin step h = e^2 / 2
    /// [RobertsTweedie1996].
    Mala,
    /// A fixed number of leapfrogs [Neal2011].
    Hmc {
        /// Leapfrogs a transition.
        leapfrogs: u32,
    },
    /// The no-U-turn sampler: doubling until the trajectory turns, multinomial sampling along it, generalised U-turn
    /// criterion [HoffmanGelman2014; Betancourt2017, A.4].
    Nuts {
        /// Doublings at most.
        max_depth: u32,
    },
}

/// A trajectory whose energy is off by more than this has diverged.
pub const DIVERGENCE: f64 = 1000.0;
