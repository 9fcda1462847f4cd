//! PREDICT: the rows of a new table, as a CSV file.
use crate::csv::{cell, quoted, write};
use crate::failure::Failure;
use crate::place::free;
use crate::write_all;
use std::path::Path;
use steepest_record::{Folder, Identity};
use steepest_spec::{Predicted, same_model};

/// `steepest predict`
pub fn predict(dir: &Path, data: &Path, out: Option<&Path>, force: bool) -> Result<u8, Failure> {
    if let Some(path) = out {
        free(path, force)?;
    }
    let record = Folder::read(dir)?;
    let origin = dir.join("flow.toml").display().to_string();
    // A folder without a checkpoint does not say what it was begun with.
    if let Some(begun) = Identity::of_run(dir) {
        same_model(&begun, &record.flow, &origin)?;
    }
    let Predicted { columns, levels, notes } = steepest_spec::predict(&record, &origin, data)?;
    notes.iter().for_each(|note| eprintln!("note: {note}"));
    let rows = columns.first().map_or(0, |column| column.values.len());
    let mut text = columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(",") + "\n";
    for r in 0..rows {
        let cells = columns.iter().map(|column| match (column.name.as_str(), column.values[r]) {
            ("likeliest" | "drawn", level) => levels.get(level as usize).map_or(String::new(), |label| quoted(label)),
            (_, x) => cell(x),
        });
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    let told = || columns.iter().filter(|column| column.name != "elpd");
    let beyond = (0..rows).filter(|&r| told().any(|column| column.values[r].is_infinite())).count();
    if beyond > 0 {
        eprintln!("note: {beyond} of {rows} rows overflow: inf stands for more than a number can hold");
    }
    let Some(path) = out else {
        write_all(&text)?;
        return Ok(0);
    };
    write(path, &text)?;
    write_all(&format!("{rows} rows  {}\n", path.display()))?;
    Ok(0)
}
