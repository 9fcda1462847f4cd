//! Reading a store that this crate wrote, in pieces.
use super::{PIECE, chunk_key};
use crate::{Column, Draws, FolderError};
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// An open store.
pub(crate) struct Store {
    pub chains: usize,
    pub draws: usize,
    /// The quantities, and then the statistics.
    names: [Vec<String>; 2],
    arrays: Vec<Array>,
    /// Where column k is: the array, and which of its parts.
    columns: Vec<Option<(usize, usize)>>,
    /// The piece read last: of which array, chain, row; its numbers, part fastest.
    piece: ((usize, usize, usize), Vec<f64>),
}
struct Array {
    path: PathBuf,
    kind: Kind,
    parts: usize,
}
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Flag,
    Whole,
    Number,
}

impl Store {
    /// Opens the store at `place`.
    ///
    /// # Errors
    /// A file is missing, cut short or not as this crate writes it; the message names it.
    pub(crate) fn open(place: &Path) -> Result<Store, FolderError> {
        let root = place.join("zarr.json");
        let broken = |why: &str| FolderError::broken(&root, format!("{why}: not written by steepest"));
        let bytes = fs::read(&root).map_err(FolderError::io("read", &root))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|e| FolderError::broken(&root, e.to_string()))?;
        let metadata = &value["consolidated_metadata"]["metadata"];
        let metadata = metadata.as_object().ok_or_else(|| broken("no consolidated metadata"))?;
        let axis = |name: &str| metadata.get(&format!("posterior/{name}")).and_then(|m| m["shape"][0].as_u64());
        let (Some(chains), Some(draws)) = (axis("chain"), axis("draw")) else {
            return Err(broken("no axes `chain` and `draw`"));
        };
        let (chains, draws) = (chains as usize, draws as usize);
        let mut store = Store {
            chains,
            draws,
            names: [Vec::new(), Vec::new()],
            arrays: Vec::new(),
            columns: Vec::new(),
            piece: ((usize::MAX, 0, 0), Vec::new()),
        };
        for (k, group) in ["posterior", "sample_stats"].into_iter().enumerate() {
            let names = metadata.get(group).and_then(|g| g["attributes"].get("names"));
            let names = names.and_then(|names| serde_json::from_value::<Vec<String>>(names.clone()).ok());
            let names = names.ok_or_else(|| broken(&format!("`{group}` has no `names`")))?;
            let length = names.len().checked_mul(chains).and_then(|n| n.checked_mul(draws));
            if length.is_none_or(|n| n >= isize::MAX as usize / 8) {
                return Err(broken(&format!("`{group}` has an absurd size")));
            }
            store.group(place, group, metadata, names.len())?;
            store.names[k] = names;
        }
        Ok(store)
    }
    fn group(
        &mut self,
        place: &Path,
        group: &str,
        metadata: &Map<String, Value>,
        names: usize,
    ) -> Result<(), FolderError> {
        let first = self.columns.len();
        self.columns.resize(first + names, None);
        let inside = |path: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'));
        for (path, array) in metadata.iter().filter(|(path, _)| inside(path)) {
            let Ok(parts) = serde_json::from_value::<Vec<usize>>(array["attributes"]["quantities"].clone()) else {
                continue;
            };
            if parts.iter().any(|&k| k >= names) || parts.is_empty() {
                let why = format!("`{group}` has more quantities than names: not written by steepest");
                return Err(FolderError::broken(&place.join("zarr.json"), why));
            }
            if self.chains * self.draws == 0 {
                continue;
            }
            let axes = array["shape"].as_array().map_or(0, Vec::len);
            let path = place.join(path).join(chunk_key(axes));
            let kind = match array["data_type"].as_str() {
                Some("bool") => Kind::Flag,
                Some("int64") => Kind::Whole,
                _ => Kind::Number,
            };
            let found = fs::metadata(&path).map_err(FolderError::io("read", &path))?.len();
            let expected = (self.chains * self.draws * parts.len() * kind.size()) as u64;
            if found != expected {
                let why = format!("{found} bytes where {expected} are expected: the file is cut short");
                return Err(FolderError::broken(&path, why));
            }
            parts.iter().enumerate().for_each(|(i, k)| self.columns[first + k] = Some((self.arrays.len(), i)));
            self.arrays.push(Array { path, kind, parts: parts.len() });
        }
        Ok(())
    }
    /// How many columns there are.
    pub(crate) fn columns(&self) -> usize {
        self.columns.len()
    }
    /// Rows `from ..` of one column and chain.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn read(
        &mut self,
        column: usize,
        chain: usize,
        from: usize,
        out: &mut [f64],
    ) -> Result<(), FolderError> {
        let Some((array, part)) = self.columns.get(column).copied().flatten() else {
            out.fill(f64::NAN);
            return Ok(());
        };
        let (parts, wanted) = (self.arrays[array].parts, (array, chain, from));
        if self.piece.0 != wanted || self.piece.1.len() < out.len() * parts {
            let (start, count) = ((chain * self.draws + from) * parts, out.len() * parts);
            let array = &self.arrays[array];
            array.numbers(start, count, &mut self.piece.1).map_err(FolderError::io("read", &array.path))?;
            self.piece.0 = wanted;
        }
        out.iter_mut().zip(self.piece.1.iter().skip(part).step_by(parts)).for_each(|(out, x)| *out = *x);
        Ok(())
    }
    /// Every so many-th draw, such that no more than about `most` numbers are held.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(crate) fn draws(mut self, most: usize) -> Result<Draws, FolderError> {
        let stride = (self.columns() * self.chains * self.draws).div_ceil(most).max(1);
        let kept = self.draws.div_ceil(stride);
        let mut columns = vec![vec![0.0; self.chains * kept]; self.columns()];
        let piece = PIECE.next_multiple_of(stride);
        let mut rows = vec![0.0; piece];
        for chain in 0..self.chains {
            for from in (0..self.draws).step_by(piece) {
                let count = piece.min(self.draws - from);
                for (k, column) in columns.iter_mut().enumerate() {
                    self.read(k, chain, from, &mut rows[..count])?;
                    let to = &mut column[chain * kept + from / stride..];
                    to.iter_mut().zip(rows[..count].iter().step_by(stride)).for_each(|(to, x)| *to = *x);
                }
            }
        }
        let [names, titles] = self.names;
        let mut columns = columns.into_iter();
        let mut values = Vec::with_capacity(names.len() * self.chains * kept);
        names.iter().zip(&mut columns).for_each(|(_, column)| values.extend(column));
        let statistics = titles.into_iter().zip(columns).map(|(name, values)| Column { name, values }).collect();
        Ok(Draws { chains: self.chains, draws: kept, names, values, statistics })
    }
}
impl Kind {
    fn size(self) -> usize {
        if self == Kind::Flag { 1 } else { 8 }
    }
}
impl Array {
    /// `count` numbers from place `start` on.
    fn numbers(&self, start: usize, count: usize, out: &mut Vec<f64>) -> std::io::Result<()> {
        let mut bytes = vec![0; count * self.kind.size()];
        // Opened when it is read: a store may have more arrays than a process may have open files.
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start((start * self.kind.size()) as u64))?;
        file.read_exact(&mut bytes)?;
        out.clear();
        match self.kind {
            Kind::Flag => out.extend(bytes.iter().map(|&b| f64::from(b))),
            Kind::Whole => out.extend(bytes.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b) as f64)),
            Kind::Number => out.extend(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b))),
        }
        Ok(())
    }
}
