//! SPEC: from a flow.toml to a composition of nouns to a run; the only home of names, strings and boxes.
mod catalogue;
mod check;
mod config;
mod drive;
mod error;
mod explain;
mod keys;
mod nearest;
mod problem;
mod schema;
mod template;
mod watch;
pub use catalogue::{Item, LISTS, list};
pub use check::{Checkup, check};
pub use config::{
    Config, Functional, Geometry, Length, Metric, Missing, Noise, Output, Precision, Run, Scheme, Setting, Standardize,
    State,
};
pub use drive::{build, execute};
pub use error::SpecError;
pub use explain::explain;
pub use keys::{About, Fallback, Key, Kind, NOUNS, Noun, Type};
pub use nearest::nearest;
pub use problem::{Place, Problem, Source};
pub use schema::schema;
pub use template::{template, templates};
pub use watch::{Unwatched, Watch};
