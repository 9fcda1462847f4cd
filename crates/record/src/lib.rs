//! What a run leaves behind: draws, summary, ledger, arrays, in a folder that is written whole or not at all.
mod draws;
mod error;
mod folder;
mod ledger;
mod npy;
mod summary;
mod variables;
mod zarr;
pub use draws::{Array, Column, Draws};
pub use error::FolderError;
pub use folder::{Folder, save_state};
pub use summary::{Check, LogZ, Objective, Parameter, SCHEMA, Seconds, Summary, Verdict};

/// Everything one run folder holds.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The resolved `flow.toml`.
    pub flow: String,
    /// `summary.json`.
    pub summary: Summary,
    /// `draws.zarr`, for runs that draw.
    pub draws: Option<Draws>,
    /// `ledger.csv`: one column a quantity, one row an observation.
    pub ledger: Vec<Column>,
    /// `NAME.npy`: states and other arrays.
    pub arrays: Vec<Array>,
    /// Sentences for the reader, in order: the data, the model, the priors, what was adapted.
    pub notes: Vec<String>,
}
