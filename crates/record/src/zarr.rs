//! `draws.zarr`: draws as a Zarr v3 store which ArviZ and xarray open `[Zarr2024]`, written and read by hand.
//!
//! Two groups: `posterior`, one array a variable, and `sample_stats`. Every array has the axes `chain`, `draw` and, for a
//! vector, its own, each with its coordinate 0, 1, ...; one uncompressed little-endian chunk holds it.
use crate::{Column, Draws, npy::numbers, variables};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A file of the store: its path inside it, and its bytes.
pub(crate) type File = (String, Vec<u8>);

/// The files of the store.
///
/// # Errors
/// The numbers of values, names, chains and draws do not fit together.
pub(crate) fn files(draws: &Draws) -> Result<Vec<File>, String> {
    let each = draws.chains * draws.draws;
    if draws.values.len() != draws.names.len() * each {
        let (found, names) = (draws.values.len(), draws.names.len());
        return Err(format!(
            "{found} values for {names} quantities of {} chains x {} draws",
            draws.chains, draws.draws
        ));
    }
    if let Some(odd) = draws.statistics.iter().find(|s| s.values.len() != each) {
        return Err(format!("statistic `{}` has {} values for {each} draws", odd.name, odd.values.len()));
    }
    let names: Vec<String> = draws.statistics.iter().map(|s| s.name.clone()).collect();
    let statistics: Vec<f64> = draws.statistics.iter().flat_map(|s| s.values.iter().copied()).collect();
    let mut store = Store::default();
    store.group("posterior", draws.chains, draws.draws, &draws.names, &draws.values, |_| "float64");
    store.group("sample_stats", draws.chains, draws.draws, &names, &statistics, kind);
    Ok(store.finish())
}

/// The type ArviZ expects of a statistic.
fn kind(statistic: &str) -> &'static str {
    match statistic {
        "diverging" => "bool",
        "n_steps" | "tree_depth" => "int64",
        _ => "float64",
    }
}

/// What has been written: metadata by path, parents before children, and chunks.
#[derive(Default)]
struct Store {
    metadata: BTreeMap<String, Value>,
    chunks: Vec<File>,
}
impl Store {
    fn group(
        &mut self,
        group: &str,
        chains: usize,
        draws: usize,
        names: &[String],
        values: &[f64],
        kind: fn(&str) -> &'static str,
    ) {
        let attributes = json!({
            "creation_library": "steepest",
            "creation_library_version": env!("CARGO_PKG_VERSION"),
            "inference_library": "steepest",
            "sample_dims": ["chain", "draw"],
            "names": names,
        });
        self.metadata.insert(group.into(), json!({ "zarr_format": 3, "node_type": "group", "attributes": attributes }));
        self.coordinate(group, "chain", chains);
        self.coordinate(group, "draw", draws);
        let each = chains * draws;
        for variable in variables::group(names) {
            let (path, parts) = (format!("{group}/{}", variable.name), &variable.quantities);
            let (mut shape, mut axes) = (vec![chains, draws], vec!["chain", "draw"]);
            if let Some(axis) = &variable.axis {
                self.coordinate(group, axis, parts.len());
                shape.push(parts.len());
                axes.push(axis);
            }
            // Component fastest, as the shape says.
            let ordered = (0..each).flat_map(|t| parts.iter().map(move |k| values[k * each + t]));
            let data_type = kind(&variable.title);
            let bytes = match data_type {
                "bool" => ordered.map(|x| u8::from(x != 0.0)).collect(),
                "int64" => ordered.flat_map(|x| (x as i64).to_le_bytes()).collect(),
                _ => ordered.flat_map(f64::to_le_bytes).collect(),
            };
            let mut attributes = json!({ "quantities": parts });
            if variable.name != variable.title {
                attributes["long_name"] = variable.title.into();
            }
            self.array(&path, data_type, &shape, &axes, attributes, bytes);
        }
    }
    /// The coordinate 0, 1, ..., `length` - 1 of an axis.
    fn coordinate(&mut self, group: &str, axis: &str, length: usize) {
        let bytes = (0..length as i64).flat_map(i64::to_le_bytes).collect();
        self.array(&format!("{group}/{axis}"), "int64", &[length], &[axis], json!({}), bytes);
    }
    fn array(
        &mut self,
        path: &str,
        data_type: &str,
        shape: &[usize],
        axes: &[&str],
        attributes: Value,
        bytes: Vec<u8>,
    ) {
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
        if !bytes.is_empty() {
            self.chunks.push((format!("{path}/{}", chunk_key(shape.len())), bytes));
        }
    }
    /// Chunks first and the root, which has all the metadata once more, last.
    fn finish(self) -> Vec<File> {
        let text = |value: &Value| format!("{value:#}\n").into_bytes();
        let mut files = self.chunks;
        files.extend(self.metadata.iter().map(|(path, metadata)| (format!("{path}/zarr.json"), text(metadata))));
        let all: Map<String, Value> = self.metadata.into_iter().collect();
        let root = json!({
            "zarr_format": 3,
            "node_type": "group",
            "attributes": {},
            "consolidated_metadata": { "kind": "inline", "must_understand": false, "metadata": all },
        });
        files.push(("zarr.json".into(), text(&root)));
        files
    }
}

/// The key of the only chunk of an array: `c/0/0`.
fn chunk_key(axes: usize) -> String {
    "c".to_string() + &"/0".repeat(axes)
}

/// Reads a store that `files` made; `open` gives the bytes of a file.
///
/// # Errors
/// What `open` says, or the path of what is not as expected, and why.
pub(crate) fn read<E>(
    open: impl Fn(&str) -> Result<Vec<u8>, E>,
    complain: impl Fn(&str, String) -> E,
) -> Result<Draws, E> {
    let reader = Reader { open, complain };
    let root: Value = reader.json("zarr.json")?;
    let metadata = &root["consolidated_metadata"]["metadata"];
    let Some(metadata) = metadata.as_object() else {
        return Err((reader.complain)("zarr.json", "no consolidated metadata: not written by steepest".into()));
    };
    let axis = |name: &str| metadata.get(&format!("posterior/{name}")).and_then(|m| m["shape"][0].as_u64());
    let (Some(chains), Some(draws)) = (axis("chain"), axis("draw")) else {
        return Err((reader.complain)("zarr.json", "no axes `chain` and `draw`: not written by steepest".into()));
    };
    let (chains, draws) = (chains as usize, draws as usize);
    let (names, values) = reader.group(metadata, "posterior", chains * draws)?;
    let (titles, statistics) = reader.group(metadata, "sample_stats", chains * draws)?;
    let column = |(k, name): (usize, String)| {
        let each = chains * draws;
        Column { name, values: statistics[k * each..(k + 1) * each].to_vec() }
    };
    Ok(Draws { chains, draws, names, values, statistics: titles.into_iter().enumerate().map(column).collect() })
}

struct Reader<O, C> {
    open: O,
    complain: C,
}
impl<E, O: Fn(&str) -> Result<Vec<u8>, E>, C: Fn(&str, String) -> E> Reader<O, C> {
    fn json(&self, path: &str) -> Result<Value, E> {
        serde_json::from_slice(&(self.open)(path)?).map_err(|e| (self.complain)(path, e.to_string()))
    }
    /// The names of a group's quantities, and their values one after the other.
    fn group(&self, metadata: &Map<String, Value>, group: &str, each: usize) -> Result<(Vec<String>, Vec<f64>), E> {
        let broken = |what: &str| (self.complain)("zarr.json", format!("`{group}` {what}: not written by steepest"));
        let names = metadata
            .get(group)
            .and_then(|g| serde_json::from_value::<Vec<String>>(g["attributes"]["names"].clone()).ok());
        let names = names.ok_or_else(|| broken("has no `names`"))?;
        let length = names.len().checked_mul(each).filter(|n| *n < isize::MAX as usize / 8);
        let mut values = vec![f64::NAN; length.ok_or_else(|| broken("has an absurd size"))?];
        let inside = |path: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'));
        for (path, array) in metadata.iter().filter(|(path, _)| inside(path)) {
            let Ok(parts) = serde_json::from_value::<Vec<usize>>(array["attributes"]["quantities"].clone()) else {
                continue;
            };
            if parts.iter().any(|&k| k >= names.len()) || parts.is_empty() {
                return Err(broken("has more quantities than names"));
            }
            if each == 0 {
                continue;
            }
            let path = format!("{path}/{}", chunk_key(array["shape"].as_array().map_or(0, Vec::len)));
            let bytes = (self.open)(&path)?;
            let kind = array["data_type"].as_str().unwrap_or_default();
            let size = if kind == "bool" { 1 } else { 8 };
            if bytes.len() != each * parts.len() * size {
                let expected = each * parts.len() * size;
                return Err((self.complain)(
                    &path,
                    format!("{} bytes where {expected} are expected: the file is cut short", bytes.len()),
                ));
            }
            let found = match kind {
                "bool" => bytes.iter().map(|&b| f64::from(b)).collect(),
                "int64" => bytes.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect(),
                _ => numbers(&bytes),
            };
            for (i, x) in found.into_iter().enumerate() {
                values[parts[i % parts.len()] * each + i / parts.len()] = x;
            }
        }
        Ok((names, values))
    }
}
