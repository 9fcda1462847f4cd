//! START: where the chains of a config begin.
use serde::{Deserialize, Serialize};

/// Where chains begin, before jitter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Start {
    /// Each at a point of its own that is looked for.
    Search(Search),
    /// All at one point.
    Point(Vec<f64>),
    /// Each at its point.
    Points(Vec<Vec<f64>>),
}
/// How a start is looked for, from the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// A sensible random point.
    Normal,
    /// From there, a short descent.
    Descent,
    /// From there, a draw of the best Gaussian on a path of descent.
    Pathfinder,
}
