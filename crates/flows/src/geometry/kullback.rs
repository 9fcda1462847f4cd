//! The Kullback-Leibler geometry of couplings.

/// Distance between couplings measured by KL(pi | pi'), which is no operator on covectors but a Bregman divergence: a flow in
/// it moves by exact KL projections, and on the dual potentials these are Sinkhorn's [PeyreCuturi2019, Sec. 4.2].
#[derive(Clone, Copy, Debug, Default)]
pub struct Kullback;
