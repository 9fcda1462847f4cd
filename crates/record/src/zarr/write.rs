//! Writing the store, one variable after the other.
use super::{PIECE, Table, chunk_key, kind};
use crate::{Draws, FolderError, variables};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::PathBuf;

/// A file that is being written.
pub(crate) struct Part {
    file: BufWriter<File>,
    /// Its path in messages.
    shown: PathBuf,
}
impl Part {
    pub(crate) fn new(file: File, shown: PathBuf) -> Part {
        Part { file: BufWriter::with_capacity(1 << 16, file), shown }
    }
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.file.write_all(bytes).map_err(FolderError::io("write", &self.shown))
    }
    pub(crate) fn finish(mut self) -> Result<(), FolderError> {
        self.file.flush().map_err(FolderError::io("write", &self.shown))
    }
}

/// Writes `draws` rows of every chain of a table with quantities `names` and then `statistics`, and a `log_likelihood` of as many
/// beside them; `create` makes a file of the store.
///
/// # Errors
/// What `create` says, the disk refused, or the table cannot be read.
pub(crate) fn write(
    table: &dyn Table,
    (chains, draws): (usize, usize),
    (names, statistics): (&[String], &[String]),
    log_likelihood: Option<&Draws>,
    create: &mut dyn FnMut(&str) -> Result<Part, FolderError>,
) -> Result<(), FolderError> {
    let mut store = Store { table, chains, draws, create, metadata: BTreeMap::new() };
    store.group("posterior", names, 0, |_| "float64")?;
    store.group("sample_stats", statistics, names.len(), kind)?;
    if let Some(beside) = log_likelihood.filter(|beside| (beside.chains, beside.draws) == (chains, draws)) {
        store.table = beside;
        store.group("log_likelihood", &beside.names, 0, |_| "float64")?;
    }
    store.finish()
}

struct Store<'a> {
    table: &'a dyn Table,
    chains: usize,
    draws: usize,
    create: &'a mut dyn FnMut(&str) -> Result<Part, FolderError>,
    /// By path, parents before children.
    metadata: BTreeMap<String, Value>,
}
impl Store<'_> {
    /// The columns from `first` on, called `names`.
    fn group(
        &mut self,
        group: &str,
        names: &[String],
        first: usize,
        kind: fn(&str) -> &'static str,
    ) -> Result<(), FolderError> {
        let attributes = json!({
            "creation_library": "steepest",
            "creation_library_version": env!("CARGO_PKG_VERSION"),
            "inference_library": "steepest",
            "sample_dims": ["chain", "draw"],
            "names": names,
        });
        self.metadata.insert(group.into(), json!({ "zarr_format": 3, "node_type": "group", "attributes": attributes }));
        self.coordinate(group, "chain", 0..self.chains)?;
        self.coordinate(group, "draw", 0..self.draws)?;
        for variable in variables::group(names) {
            let (path, parts) = (format!("{group}/{}", variable.name), &variable.quantities);
            let (mut shape, mut axes) = (vec![self.chains, self.draws], vec!["chain", "draw"]);
            if let Some(axis) = &variable.axis {
                // As the components are called: `theta[1]` is the first.
                self.coordinate(group, axis, 1..parts.len() + 1)?;
                shape.push(parts.len());
                axes.push(axis);
            }
            let data_type = kind(&variable.title);
            let mut attributes = json!({ "quantities": parts });
            if variable.name != variable.title {
                attributes["long_name"] = variable.title.into();
            }
            self.array(&path, data_type, &shape, &axes, attributes);
            if self.chains * self.draws > 0 {
                let mut file = (self.create)(&format!("{path}/{}", chunk_key(shape.len())))?;
                let columns: Vec<usize> = parts.iter().map(|k| first + k).collect();
                self.numbers(&columns, data_type, &mut file)?;
                file.finish()?;
            }
        }
        Ok(())
    }
    /// Chain after chain, row after row, component fastest.
    fn numbers(&self, columns: &[usize], data_type: &str, file: &mut Part) -> Result<(), FolderError> {
        let most = (PIECE * 16 / columns.len()).clamp(1, PIECE);
        let piece = most.min(self.draws).max(1);
        // Chains that fit a piece come many at a time.
        let together = most / piece;
        let size = piece * together;
        let (mut values, mut bytes) = (vec![0.0; size * columns.len()], Vec::new());
        for first in (0..self.chains).step_by(together) {
            let chains = first..self.chains.min(first + together);
            for from in (0..self.draws).step_by(piece) {
                let count = piece.min(self.draws - from) * chains.len();
                for (column, out) in columns.iter().zip(values.chunks_exact_mut(size)) {
                    self.table.read(*column, chains.clone(), from, &mut out[..count])?;
                }
                let ordered = (0..count).flat_map(|t| values.iter().skip(t).step_by(size));
                bytes.clear();
                match data_type {
                    "bool" => bytes.extend(ordered.map(|x| u8::from(*x != 0.0))),
                    "int64" => ordered.for_each(|x| bytes.extend_from_slice(&(*x as i64).to_le_bytes())),
                    _ => ordered.for_each(|x| bytes.extend_from_slice(&x.to_le_bytes())),
                }
                file.add(&bytes)?;
            }
        }
        Ok(())
    }
    /// The coordinate of an axis: the labels of its places, one after another.
    fn coordinate(&mut self, group: &str, axis: &str, labels: Range<usize>) -> Result<(), FolderError> {
        let path = format!("{group}/{axis}");
        self.array(&path, "int64", &[labels.len()], &[axis], json!({}));
        if labels.is_empty() {
            return Ok(());
        }
        let mut file = (self.create)(&format!("{path}/{}", chunk_key(1)))?;
        labels.into_iter().try_for_each(|label| file.add(&(label as i64).to_le_bytes()))?;
        file.finish()
    }
    fn array(&mut self, path: &str, data_type: &str, shape: &[usize], axes: &[&str], attributes: Value) {
        let chunk: Vec<usize> = shape.iter().map(|&s| s.max(1)).collect();
        let fill = match data_type {
            "bool" => json!(false),
            "int64" => json!(0),
            _ => json!("NaN"),
        };
        let metadata = json!({
            "zarr_format": 3,
            "node_type": "array",
            "shape": shape,
            "data_type": data_type,
            "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": chunk } },
            "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
            "fill_value": fill,
            "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
            "attributes": attributes,
            "dimension_names": axes,
            "storage_transformers": [],
        });
        self.metadata.insert(path.into(), metadata);
    }
    /// The metadata, and last the root, which has all of it once more.
    fn finish(self) -> Result<(), FolderError> {
        let Store { create, metadata, .. } = self;
        let mut put = |path: &str, value: &Value| {
            let mut file = create(path)?;
            file.add(format!("{value:#}\n").as_bytes())?;
            file.finish()
        };
        metadata.iter().try_for_each(|(path, metadata)| put(&format!("{path}/zarr.json"), metadata))?;
        let all: Map<String, Value> = metadata.into_iter().collect();
        let root = json!({
            "zarr_format": 3,
            "node_type": "group",
            "attributes": {},
            "consolidated_metadata": { "kind": "inline", "must_understand": false, "metadata": all },
        });
        put("zarr.json", &root)
    }
}
