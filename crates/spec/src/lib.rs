//! SPEC: from a flow.toml to a composition of nouns to a run; the only home of names, strings and boxes.
mod config;
mod error;
mod keys;
mod nearest;
mod problem;
mod watch;
pub use config::{
    Config, Family, Functional, Geometry, Length, Metric, Missing, Noise, Output, Precision, Run, Scheme, Setting,
    Standardize, State,
};
pub use error::SpecError;
pub use keys::{About, Fallback, Key, Kind, NOUNS, Noun, Type};
pub use nearest::nearest;
pub use problem::{Place, Problem, Source};
pub use watch::{Unwatched, Watch};
