//! Energies from data: regression formulas over a table, expressions, named targets with known truth.
mod model;
pub use model::{Model, Truth};
