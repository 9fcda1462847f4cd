//! States, functionals, geometries, noises, schemes and observers: one folder a noun, one file an idea.
//!
//! `flow` holds what is known in closed form about a composition; everything else is written against
//! [`steepest_core`] and, for functionals and geometries, against what a state can do.
pub mod flow;
pub mod functional;
pub mod geometry;
pub mod noise;
pub mod observer;
pub mod scheme;
pub mod state;
