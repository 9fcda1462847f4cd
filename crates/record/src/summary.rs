//! `summary.json`, schema 1: stable, versioned, what scripts read.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this layout: 1.
    pub schema: u32,
    /// The row of the table that was run, such as `langevin` or `hmc`.
    pub row: String,
    /// The seed.
    pub seed: u64,
    /// Strides, or draws a chain.
    pub steps: u64,
    /// Wall time.
    pub seconds: Seconds,
    /// Gradients evaluated.
    pub gradients: u64,
    /// Gradients a second during the run.
    pub rate: f64,
    /// One a reported quantity.
    pub parameters: Vec<Parameter>,
    /// Where annealed or known.
    pub log_z: Option<LogZ>,
    /// Where something was minimised.
    pub objective: Option<Objective>,
    /// The verdicts.
    pub ledger: Vec<Check>,
    /// Numbers that only this row has.
    pub extra: Map<String, Value>,
}

/// Wall seconds of each phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Reading data, building the model.
    pub setup: f64,
    /// Adapting.
    pub warmup: f64,
    /// The run proper.
    pub run: f64,
}

/// One reported quantity. What is not known for a row (R-hat of a minimum) is NaN, written as `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are ArviZ's")]
pub struct Parameter {
    pub name: String,
    pub mean: f64,
    pub sd: f64,
    pub q5: f64,
    pub q50: f64,
    pub q95: f64,
    pub rhat: f64,
    pub ess_bulk: f64,
    pub ess_tail: f64,
    pub mcse_mean: f64,
}

/// log Z and its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogZ {
    /// log Z.
    pub value: f64,
    /// Standard error.
    pub se: f64,
}

/// What was minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// At the start.
    pub initial: f64,
    /// At the end.
    pub r#final: f64,
}

/// What a check of the ledger says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The number is within its bound.
    Holds,
    /// It is not.
    Violated,
    /// Too little was seen to tell.
    #[default]
    Inconclusive,
}

/// One line of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What is checked, in the field's words.
    pub check: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The number.
    pub value: f64,
    /// What it was held against.
    pub bound: f64,
    /// One sentence: what it means, and what to change where it does not hold.
    #[serde(default)]
    pub advice: String,
}
