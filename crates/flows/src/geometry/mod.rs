//! Geometries: one operator each. The catalogue is the list, the table in the guide and what the laws are tested on.
mod catalogue;
pub mod constrained;
pub mod diagonal;
pub mod euclidean;
pub mod fisher;
pub mod fisher_rao;
pub mod kullback;
pub mod manifold;
pub mod mechanics;
pub mod mirror;
pub mod nose_hoover;
pub mod stein;
pub mod stirring;
pub mod wasserstein;
pub use catalogue::{CATALOGUE, Entry, Surface};
pub use constrained::Constrained;
pub use diagonal::{Diagonal, Diffusivity, Fields, Growing};
pub use euclidean::Euclidean;
pub use fisher::Fisher;
pub use fisher_rao::FisherRao;
pub use kullback::Kullback;
pub use manifold::{
    AffineInvariant, BuresWasserstein, CutLocus, Each, FixedRank, Geodesics, Grassmann, Hessians, LogEuclidean,
    Lorentz, Manifold, NormalFisher, Orthant, Poincare, Power, Product, Rotations, Simplex, Sphere, Stiefel,
    StiefelMetric, Weighted, oblique,
};
pub use mechanics::{Friction, Symplectic};
pub use mirror::Bregman;
pub use nose_hoover::NoseHoover;
pub use stein::Stein;
pub use stirring::Stirring;
pub use wasserstein::Wasserstein;

use crate::state::Cloud;
use steepest_core::{Conservative, Diffusive, Sum};

/// A geometry of clouds whose D is diagonal, and in which no particle sees another: what replays and blocks need.
///
/// Law: `sqrt` multiplies each coordinate of each particle by a number of its own.
pub trait Separable: Diffusive<Cloud> {}
impl Separable for Euclidean {}
impl<A: Separable, B: Conservative<Cloud>> Separable for Sum<A, B> {}
