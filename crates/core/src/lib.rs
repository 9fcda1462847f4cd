//! The nouns of variational flows, x' = -K_x dF(x) + noise, their laws, and the only loop.
//!
//! A flow is a value made of a functional, a geometry and a noise; a scheme advances a state along it; observers watch.
//! This crate has the traits, no dependency, no strings, no random numbers and no threads.
mod composite;
mod flow;
mod functional;
mod geometry;
mod lagrangian;
mod noise;
mod observer;
mod persist;
mod run;
mod scheme;
mod space;
mod state;
mod sum;
mod workspace;
pub use composite::{Composite, Mirror, Optimality, Regulariser, Selfdual};
pub use flow::{Flow, Proximal, Split};
pub use functional::{
    Bounded, Curved, Differential, Functional, Information, Potential, SecondVariation, Squares, differences,
};
pub use geometry::{Conservative, Covariant, Diffusive, Geometry, Metric, Proximity, Riemannian};
pub use lagrangian::Lagrangian;
pub use noise::{Balanced, Noise, Silent};
pub use observer::Observer;
pub use persist::{Archive, Persist, restore, save};
pub use run::{Plan, run};
pub use scheme::{Fault, Scheme, Stride};
pub use space::{Batch, Covector, Tangent, Tick};
pub use state::{Entropic, Measure, React, Replicated, State, Transport};
pub use sum::Sum;
pub use workspace::Workspace;
