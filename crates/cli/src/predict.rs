//! PREDICT: the rows of a new table, as a CSV file; what their responses may be, draw by draw, as an array.
use crate::csv::{cell, quoted, write};
use crate::failure::{Failure, say};
use crate::place::free;
use crate::write_all;
use std::path::Path;
use steepest_record::{Folder, Identity, write_array};
use steepest_spec::{Predicted, SpecError, predict_with_draws, same_model};

/// `steepest predict`
pub fn predict(dir: &Path, data: &Path, out: Option<&Path>, draws: Option<&Path>, force: bool) -> Result<u8, Failure> {
    if let Some(path) = draws {
        named(path, out)?;
    }
    out.into_iter().chain(draws).try_for_each(|path| free(path, force))?;
    let record = Folder::read(dir)?;
    let origin = dir.join("flow.toml").display().to_string();
    // A folder without a checkpoint does not say what it was begun with.
    if let Some(begun) = Identity::of_run(dir) {
        same_model(&begun, &record.flow, &origin)?;
    }
    let predicted = if draws.is_some() {
        predict_with_draws(&record, &origin, data)?
    } else {
        steepest_spec::predict(&record, &origin, data)?
    };
    let Predicted { columns, levels, notes, draws: array } = predicted;
    notes.iter().for_each(|note| say(&format!("note: {note}")));
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
        say(&format!("note: {beyond} of {rows} rows overflow: inf stands for more than a number can hold"));
    }
    // The array first: what cannot be written is said before anything is on standard output.
    let mut written = String::new();
    if let (Some(path), Some(array)) = (draws, &array) {
        write_array(path, array).map_err(|cause| SpecError::io("write", path, cause))?;
        let count = array.shape.first().copied().unwrap_or(0);
        written = format!("{count} draws of {rows} rows  {}\n", path.display());
    }
    let Some(path) = out else {
        write_all(&text)?;
        return Ok(0);
    };
    write(path, &text)?;
    write_all(&format!("{rows} rows  {}\n{written}", path.display()))?;
    Ok(0)
}

/// Refuses a name that is none of an array (elsewhere `--draws` is how many there are), or that of the CSV file.
fn named(path: &Path, out: Option<&Path>) -> Result<(), SpecError> {
    let shown = path.display();
    let array = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    if !array {
        return Err(SpecError::input(format!(
            "{shown}: expected a name that ends in .npy (an array of draws by rows)"
        )));
    }
    if out == Some(path) {
        return Err(SpecError::input(format!("{shown}: --out and --draws are one file; give each its own")));
    }
    Ok(())
}
