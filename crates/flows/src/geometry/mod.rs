//! Geometries: one operator each. The catalogue is the list, the table in the guide and what the laws are tested on.
mod catalogue;
pub mod euclidean;
pub mod fisher_rao;
pub mod kullback;
pub mod mechanics;
pub mod sphere;
pub mod stein;
pub mod wasserstein;
pub use catalogue::{CATALOGUE, Entry};
pub use euclidean::Euclidean;
pub use fisher_rao::FisherRao;
pub use kullback::Kullback;
pub use mechanics::{Friction, Symplectic};
pub use sphere::Sphere;
pub use stein::Stein;
pub use wasserstein::Wasserstein;
