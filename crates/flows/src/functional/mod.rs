//! Functionals, each written against a capability of the state, never against more of it than it needs.
pub mod bridge;
pub mod entropy;
pub mod hamiltonian;
pub mod mass_weighted;
pub mod noisy;
pub mod potential_energy;
pub mod quadratic;
pub mod score;
pub mod simple;
pub use bridge::Bridge;
pub use entropy::Entropy;
pub use hamiltonian::Hamiltonian;
pub use mass_weighted::MassWeighted;
pub use noisy::Noisy;
pub use potential_energy::PotentialEnergy;
pub use quadratic::Quadratic;
pub use score::Score;
