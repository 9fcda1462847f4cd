//! How the table of a regression is read, and its effects moved.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The coordinates in which group effects are moved: a word for all, or one for each of some groupings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Centering {
    /// `"centered"`
    All(String),
    /// `{ county = "centered" }`; the rest are auto.
    Each(BTreeMap<String, String>),
}

/// The scale that coefficients and priors are stated on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standardize {
    /// Divided by their standard deviation.
    Sd,
    /// The user's own.
    None,
}

/// What to do with rows that miss a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Refuse.
    Error,
    /// Leave them out and say how many.
    Drop,
}
