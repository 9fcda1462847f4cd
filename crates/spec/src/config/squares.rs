//! How a sum of squares is minimised.
use serde::{Deserialize, Serialize};

/// What lengths of a Levenberg-Marquardt step are measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Units {
    /// The coordinates as they are.
    #[default]
    Coordinates,
    /// The longest that the columns of the Jacobian have been.
    Columns,
}

/// What tells how residuals bend along a Levenberg-Marquardt step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceleration {
    /// The change of the Jacobian along the last step, where that was a good one; else a look ahead.
    #[default]
    Recalled,
    /// A look ahead.
    Probed,
}
