//! Metropolised Hamiltonian dynamics: MALA, HMC and NUTS as explicit machines.
//!
//! A [`Chain`] never calls an energy. It says where it wants a gradient ([`Chain::ask`]) and is given one
//! ([`Chain::give`]); so all chains of a thread are served by one batched evaluation, each at its own pace. What a chain
//! adapts (metric, step) and what it records (tape) is its memory; the flow stays a value.
mod acceptance;
mod adaptation;
mod barker;
mod chain;
mod choices;
mod damping;
mod dual_averaging;
mod energy_tuning;
mod hmc;
mod isokinetic;
mod low_rank;
mod metric;
mod nuts;
mod pool;
mod search;
mod stretch;
mod tape;
mod trajectory;
mod window;
pub use acceptance::{CAREFUL, EASED, EDGE};
pub use adaptation::{Adapt, Adaptation};
pub use chain::Chain;
pub use damping::Damping;
pub use dual_averaging::DualAveraging;
pub use energy_tuning::EnergyTuning;
pub use metric::{Metric, MetricKind};
pub use pool::{Pool, van_der_corput};
pub use stretch::Stretch;
pub use tape::Tape;
pub use trajectory::{Draw, Point};

/// How a chain proposes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// One leapfrog, fresh momenta: with a step e it is the Metropolis-adjusted Langevin step h = e^2 / 2
    /// [RobertsTweedie1996].
    Mala,
    /// A trajectory of a given extent, then one accept or reject [Neal2011].
    Hmc {
        /// How far.
        path: Path,
        /// The extent is drawn anew for each transition, evenly from 1 - jitter to 1 + jitter times it.
        jitter: f64,
    },
    /// Trajectories as long for every chain, shorter and longer in turn by the van der Corput sequence; the length is that of the
    /// pool the chains are in [HoffmanRadulSountsov2021].
    Shared {
        /// Lengths lie evenly between 1 - jitter and 1 + jitter times the pool's.
        jitter: f64,
        /// The length in time; where `None`, warm-up finds it.
        length: Option<f64>,
    },
    /// One leapfrog a transition, from a momentum that is kept in part and turned round where the leapfrog is refused
    /// [Horowitz1991].
    Generalised {
        /// Share of the momentum that is kept.
        persistence: f64,
    },
    /// One leapfrog a transition, from a momentum of which the pool says how much is kept; whether it is accepted is decided by a
    /// number that moves slowly too, so that refusals, which turn the momentum round, come in runs [HoffmanSountsov2022; Neal2020].
    Persistent,
    /// A random step turned downhill coordinate by coordinate [LivingstoneZanella2022].
    Barker,
    /// Isokinetic dynamics, whose velocity has one length: Langevin steps with a bias that the step controls, or
    /// trajectories that are accepted or refused [RobnikEtAl2023].
    Isokinetic {
        /// Whether trajectories are accepted or refused.
        adjusted: bool,
        /// Time after which the direction is forgotten, and which a transition covers; where `None`, warm-up finds it.
        length: Option<f64>,
    },
    /// The no-U-turn sampler: doubling until the trajectory turns, multinomial sampling along it, generalised U-turn
    /// criterion [HoffmanGelman2014; Betancourt2017, A.4].
    Nuts {
        /// Doublings at most.
        max_depth: u32,
    },
}

/// The extent of a trajectory of HMC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Path {
    /// In leapfrogs.
    Leapfrogs(u32),
    /// In time: as many leapfrogs as the step asks for.
    Time(f64),
}
impl Kernel {
    /// HMC with a fixed number of leapfrogs.
    pub fn hmc(leapfrogs: u32) -> Self {
        Kernel::Hmc { path: Path::Leapfrogs(leapfrogs), jitter: 0.0 }
    }
    /// Whether each transition draws a whole new momentum of the law N(0, M).
    pub fn refreshes(&self) -> bool {
        matches!(self, Kernel::Mala | Kernel::Hmc { .. } | Kernel::Shared { .. } | Kernel::Nuts { .. })
    }
    /// Whether a transition is one leapfrog, which is accepted or refused.
    pub fn leaps_once(&self) -> bool {
        matches!(
            self,
            Kernel::Mala
                | Kernel::Hmc { path: Path::Leapfrogs(1), .. }
                | Kernel::Generalised { .. }
                | Kernel::Persistent
        )
    }
}

/// A trajectory whose energy is off by more than this has diverged.
pub const DIVERGENCE: f64 = 1000.0;
