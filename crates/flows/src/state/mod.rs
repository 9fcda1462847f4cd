//! States: the spaces flows live on, and what each of them can do.
pub mod cloud;
pub mod gaussian;
pub mod grid;
pub mod path;
pub mod phase;
pub mod potentials;
mod replicas;
pub mod thermostatted;
pub use cloud::Cloud;
pub use gaussian::Gaussian;
pub use grid::Grid;
pub use path::Path;
pub use phase::Phase;
pub use potentials::Potentials;
pub use thermostatted::Thermostatted;
