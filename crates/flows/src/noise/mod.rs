//! Noises: none, thermal, and the repulsion a bath leaves when its shocks are taken away.
pub mod repulsion;
pub mod stream;
pub mod thermal;
pub use repulsion::Repulsion;
pub use stream::{Precision, glide, normals, relay, shock};
pub use thermal::{Still, Thermal};
