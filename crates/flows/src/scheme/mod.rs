//! Schemes, written against `core` alone, never against a named state, functional or geometry.
pub mod adaptive;
pub mod blocks;
pub mod bounded;
pub mod composition;
pub mod curvature;
pub mod explicit;
pub mod ladder;
pub mod metropolis;
pub mod minimiser;
pub mod minimizing_movement;
pub mod momentum;
pub mod newton;
pub mod polyak;
pub mod proximal_gradient;
pub mod proximal_point;
pub mod splitting;
pub mod thermostat;
pub mod trust_region;
pub use adaptive::Adaptive;
pub use blocks::Blocks;
pub use bounded::BoundedQuasiNewton;
pub use composition::{COMPOSITIONS, Composition, KAHAN_LI6, KAHAN_LI8, SUZUKI4, YOSHIDA4, YOSHIDA6};
pub use curvature::Curvature;
pub use explicit::Explicit;
pub use ladder::Ladder;
pub use minimiser::Minimiser;
pub use minimizing_movement::MinimizingMovement;
pub use momentum::Momentum;
pub use newton::Newton;
pub use polyak::Polyak;
pub use proximal_gradient::ProximalGradient;
pub use proximal_point::ProximalPoint;
pub use splitting::{
    ABOBA, BAOAB, Diffusion, EULER_MARUYAMA, Kinetic, LEIMKUHLER_MATTHEWS, Marginal, OBABO, SINKHORN, Splitting, VERLET,
};
pub use thermostat::{BADODAB, Thermostat};
pub use trust_region::{LevenbergMarquardt, TrustRegion};
