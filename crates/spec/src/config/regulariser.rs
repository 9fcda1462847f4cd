//! REGULARISER: R of a config, convex and met by its proximal step.
use super::{Config, Functional, Scheme};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// R, by name and numbers; see `REGULARISERS`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regulariser {
    /// The name.
    pub kind: String,
    /// Its numbers.
    #[serde(flatten)]
    pub numbers: BTreeMap<String, f64>,
}
impl Regulariser {
    /// The number called `name`, or the one it has when left out.
    pub fn number(&self, name: &str, otherwise: f64) -> f64 {
        self.numbers.get(name).copied().unwrap_or(otherwise)
    }
}
/// The least and the greatest that parameters may be, by their names.
pub type Bounds = BTreeMap<String, [f64; 2]>;

impl Config {
    /// Whether the scheme moves in a box, of bounds that are stated one by one or for all.
    pub(crate) fn boxed(&self) -> bool {
        let all = self.functional.regulariser().is_some_and(|simple| simple.kind == "box");
        matches!(self.scheme, Scheme::Lbfgs { .. }) && (all || self.functional.bounds().is_some())
    }
    /// Whether coefficients of a regression have their absolute values penalised, which needs coordinates for it.
    pub(crate) fn penalised(&self) -> bool {
        matches!(self.scheme, Scheme::ProximalGradient { .. })
            && matches!(self.functional, Functional::Regression { .. })
            && self.functional.regulariser().is_some_and(|simple| simple.kind == "l1")
    }
}
impl Functional {
    /// The bounds of parameters, where there are some.
    pub fn bounds(&self) -> Option<&Bounds> {
        match self {
            Functional::Regression { bounds, .. }
            | Functional::Expression { bounds, .. }
            | Functional::Rows { bounds, .. }
            | Functional::LeastSquares { bounds, .. }
            | Functional::Target { bounds, .. } => bounds.as_ref(),
            Functional::Lagrangian { .. }
            | Functional::Rayleigh { .. }
            | Functional::FrechetMean { .. }
            | Functional::Procrustes { .. }
            | Functional::Completion { .. } => None,
        }
    }
    /// What is added to the energy, where there is something.
    pub fn regulariser(&self) -> Option<&Regulariser> {
        match self {
            Functional::Regression { regulariser, .. }
            | Functional::Expression { regulariser, .. }
            | Functional::Rows { regulariser, .. }
            | Functional::Target { regulariser, .. } => regulariser.as_ref(),
            Functional::Lagrangian { .. }
            | Functional::LeastSquares { .. }
            | Functional::Rayleigh { .. }
            | Functional::FrechetMean { .. }
            | Functional::Procrustes { .. }
            | Functional::Completion { .. } => None,
        }
    }
}
