//! CSV: fields of a table, and files that are there whole or not at all.
use std::path::Path;
use steepest_spec::SpecError;

/// A name as a field.
pub fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_string() }
}

/// Whole numbers without a point; a number that is not known is an empty field.
pub fn cell(x: f64) -> String {
    match x {
        x if x.is_nan() => String::new(),
        x if x.fract() == 0.0 && x.abs() < 1e15 => format!("{x:.0}"),
        x => format!("{x:?}"),
    }
}

/// Writes a file beside its place and moves it there.
pub fn write(path: &Path, text: &str) -> Result<(), SpecError> {
    let draft = path.with_extension(format!("{}.partial", std::process::id()));
    std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, path)).map_err(|cause| {
        let _ = std::fs::remove_file(&draft);
        SpecError::io("write", path, cause)
    })
}
