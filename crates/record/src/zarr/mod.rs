//! `draws.zarr`: draws as a Zarr v3 store which ArviZ and xarray open `[Zarr2024]`, written and read by hand.
//!
//! Two groups: `posterior`, one array a variable, and `sample_stats`; where asked for, `log_likelihood`. Every array has the axes `chain`, `draw` and, for a
//! vector, its own; coordinates count chains and draws from 0, and components from 1 as their names do. One uncompressed
//! little-endian chunk holds an array. Both ways go by pieces: a store may be larger than memory.
mod read;
mod write;
use crate::{Draws, FolderError};
pub(crate) use read::Store;
use std::ops::Range;
pub(crate) use write::{Part, write};

/// Rows of a piece.
const PIECE: usize = 1 << 12;

/// Columns of numbers: first the quantities, then the statistics.
pub(crate) trait Table {
    /// Rows `from ..` of one column of some chains, chain after chain.
    fn read(&self, column: usize, chains: Range<usize>, from: usize, out: &mut [f64]) -> Result<(), FolderError>;
}
impl Table for Draws {
    fn read(&self, column: usize, chains: Range<usize>, from: usize, out: &mut [f64]) -> Result<(), FolderError> {
        let rows = out.len() / chains.len().max(1);
        for (chain, out) in chains.zip(out.chunks_exact_mut(rows.max(1))) {
            let series = match column.checked_sub(self.names.len()) {
                None => self.chain(column, chain),
                Some(k) => &self.statistics[k].values[chain * self.draws..(chain + 1) * self.draws],
            };
            out.copy_from_slice(&series[from..from + rows]);
        }
        Ok(())
    }
}
impl Table for crate::Spool {
    fn read(&self, column: usize, chains: Range<usize>, from: usize, out: &mut [f64]) -> Result<(), FolderError> {
        crate::Spool::read(self, column, chains, from, out)
    }
}

/// The type ArviZ expects of a statistic.
fn kind(statistic: &str) -> &'static str {
    match statistic {
        "diverging" => "bool",
        "n_steps" | "tree_depth" => "int64",
        _ => "float64",
    }
}

/// The key of the only chunk of an array: `c/0/0`.
fn chunk_key(axes: usize) -> String {
    "c".to_string() + &"/0".repeat(axes)
}
