//! GOALS: what a run of chains stops at, before its length.
use serde::{Deserialize, Serialize};

/// What is enough; nothing where all are `None`. All that are said must be met, apart from `seconds`, which ends a run alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Goals {
    /// The least bulk and tail effective size of any quantity, over all chains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ess: Option<f64>,
    /// The greatest R-hat of any quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhat: Option<f64>,
    /// Wall seconds of warm-up and draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}
