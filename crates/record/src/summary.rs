//! `summary.json`, schema 1: stable, versioned, what scripts read.
//!
//! JSON has no NaN and no infinity: a number that is not finite is written as `null`, and `null` is read as NaN.
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The layout this crate writes and reads.
pub const SCHEMA: u32 = 1;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this layout: [`SCHEMA`].
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
    #[serde(deserialize_with = "number")]
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

impl Default for Summary {
    fn default() -> Self {
        Summary {
            schema: SCHEMA,
            row: String::new(),
            seed: 0,
            steps: 0,
            seconds: Seconds::default(),
            gradients: 0,
            rate: 0.0,
            parameters: Vec::new(),
            log_z: None,
            objective: None,
            ledger: Vec::new(),
            extra: Map::new(),
        }
    }
}
impl Summary {
    /// The text of `summary.json`, with a final newline.
    ///
    /// ```
    /// let text = steepest_record::Summary { row: "nuts".into(), rate: f64::NAN, ..Default::default() }.to_json();
    /// assert!(text.starts_with("{\n  \"schema\": 1,\n  \"row\": \"nuts\",\n  \"seed\": 0,"));
    /// assert!(text.contains("\"rate\": null,"));
    /// ```
    pub fn to_json(&self) -> String {
        // Serialising to a string fails only for maps whose keys are not strings, and there is none.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
    /// Reads `summary.json`.
    ///
    /// # Errors
    /// What is wrong and where, in words: not JSON, a key missing or of a wrong type, another schema.
    ///
    /// ```
    /// use steepest_record::Summary;
    /// let summary = Summary { row: "nuts".into(), seed: u64::MAX, ..Default::default() };
    /// assert_eq!(Summary::from_json(&summary.to_json()), Ok(summary));
    /// assert_eq!(Summary::from_json("{\"schema\": 2}"), Err("schema 2, and this version reads schema 1".into()));
    /// ```
    pub fn from_json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let version: Version = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if version.schema != SCHEMA {
            return Err(format!("schema {}, and this version reads schema {SCHEMA}", version.schema));
        }
        serde_json::from_str(text).map_err(|e| e.to_string())
    }
}

/// A number, or `null` for one that is not finite.
fn number<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(source)?.unwrap_or(f64::NAN))
}

/// Wall seconds of each phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Reading data, building the model.
    #[serde(deserialize_with = "number")]
    pub setup: f64,
    /// Adapting.
    #[serde(deserialize_with = "number")]
    pub warmup: f64,
    /// The run proper.
    #[serde(deserialize_with = "number")]
    pub run: f64,
}

/// One reported quantity. What is not known for a row (R-hat of a minimum) is NaN, written as `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are ArviZ's")]
pub struct Parameter {
    pub name: String,
    #[serde(deserialize_with = "number")]
    pub mean: f64,
    #[serde(deserialize_with = "number")]
    pub sd: f64,
    #[serde(deserialize_with = "number")]
    pub q5: f64,
    #[serde(deserialize_with = "number")]
    pub q50: f64,
    #[serde(deserialize_with = "number")]
    pub q95: f64,
    #[serde(deserialize_with = "number")]
    pub rhat: f64,
    #[serde(deserialize_with = "number")]
    pub ess_bulk: f64,
    #[serde(deserialize_with = "number")]
    pub ess_tail: f64,
    #[serde(deserialize_with = "number")]
    pub mcse_mean: f64,
}

/// log Z and its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogZ {
    /// log Z.
    #[serde(deserialize_with = "number")]
    pub value: f64,
    /// Standard error.
    #[serde(deserialize_with = "number")]
    pub se: f64,
}

/// What was minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// At the start.
    #[serde(deserialize_with = "number")]
    pub initial: f64,
    /// At the end.
    #[serde(deserialize_with = "number")]
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
    #[serde(deserialize_with = "number")]
    pub value: f64,
    /// What it was held against.
    #[serde(deserialize_with = "number")]
    pub bound: f64,
    /// One sentence: what it means, and what to change where it does not hold.
    #[serde(default)]
    pub advice: String,
}
