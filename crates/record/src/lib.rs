//! What a run leaves behind: draws, summary, ledger, arrays, in a folder that can be gone on with until it is whole.
mod checkpoint;
mod draws;
mod durable;
mod error;
mod folder;
mod ledger;
mod lock;
mod npy;
mod replaced;
mod spool;
mod summary;
mod variables;
mod zarr;
pub use checkpoint::{Checkpoint, Identity};
pub use draws::{Array, Column, Draws};
pub use error::FolderError;
pub use folder::{Folder, save_state};
pub use npy::{read_array, write_array};
pub use spool::Spool;
pub use summary::{Check, LogZ, Objective, Parameter, SCHEMA, Seconds, Summary, Verdict};

/// Everything one run folder holds.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The resolved `flow.toml`.
    pub flow: String,
    /// `summary.json`.
    pub summary: Summary,
    /// `draws.zarr`, for runs that draw; a part of it, evenly thinned, where it is too large for memory.
    pub draws: Option<Draws>,
    /// The log likelihood of each row at each draw, as the group `log_likelihood` of `draws.zarr`; it is not read back.
    pub log_likelihood: Option<Draws>,
    /// `ledger.csv`: one column a quantity, one row an observation.
    pub ledger: Vec<Column>,
    /// `NAME.npy`: states and other arrays.
    pub arrays: Vec<Array>,
    /// Sentences for the reader, in order: the data, the model, the priors, what was adapted.
    pub notes: Vec<String>,
}

/// A checksum of bytes: any one that is changed changes it. No secret, no defence.
pub fn checksum(bytes: &[u8]) -> u64 {
    durable::checksum_of_bytes(bytes)
}

/// [`checksum`] of all that a reader gives, in pieces.
///
/// # Errors
/// Those of the reader.
pub fn checksum_of(from: impl std::io::Read) -> std::io::Result<u64> {
    durable::checksum_of_reader(from)
}
