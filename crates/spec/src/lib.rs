//! SPEC: from a flow.toml to a composition of nouns to a run; the only home of names, strings and boxes.
mod calibrate;
mod catalogue;
mod check;
mod compare;
mod config;
mod drive;
mod error;
mod explain;
mod identity;
mod keys;
mod nearest;
mod predict;
mod problem;
mod schema;
mod template;
mod watch;
pub use calibrate::{Experiment, Fit, calibrate};
pub use catalogue::{Item, LISTS, list};
pub use check::{Checkup, Curve, Law, check};
pub use compare::{Predicts, predictions};
pub use config::{
    Centering, Config, Conjugacy, End, Form, Functional, Geometry, Given, Goals, Inertia, Information, Length,
    LineSearch, Metric, Missing, Noise, Output, Positive, Precision, Quantity, Regulariser, Run, Scheme, Search,
    Setting, Standardize, Start, State, Stiefel, Times,
};
pub use drive::{build, execute, execute_keeping};
pub use error::SpecError;
pub use explain::explain;
pub use identity::{bytes_read, goes_on, identity, no_shorter, read_again, same_model, sweeps_on, through_a_pipe};
pub use keys::{About, Circumstances, Fallback, Key, Kind, NOUNS, Noun, REGULARISERS, Simple, Type};
pub use nearest::nearest;
pub use predict::{Predicted, predict, predict_with_draws};
pub use problem::{Place, Problem, Source};
pub use schema::schema;
pub use steepest_models::Model;
pub use template::{template, templates};
pub use watch::{Callback, Point, Unwatched, Watch};
