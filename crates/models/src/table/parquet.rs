//! PARQUET files as tables: numbers, text, truth values; what has no value is missing.
use super::read::Words;
use super::{Cells, Column, Table, TableError};
use parquet::basic::ConvertedType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::fs::File;
use std::path::Path;

/// What the first and the last four bytes of such a file are.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// Cells of a column as they come.
enum Raw {
    Numbers(Vec<f64>),
    Texts(Words),
}

/// Reads a Parquet file: every column holds numbers, or labels where it holds text or truth values (`false`, `true`).
///
/// # Errors
/// [`TableError::Unreadable`] with what is wrong with the file, or the column that is neither; and those of a table.
pub(super) fn read(path: &Path, file: &str) -> Result<Table, TableError> {
    // The library panics on some files that were cut or changed on the way.
    let damaged = |_| Err(TableError::Unreadable { file: file.to_string(), reason: "the file is damaged".into() });
    std::panic::catch_unwind(|| whole(path, file)).unwrap_or_else(damaged)
}
fn whole(path: &Path, file: &str) -> Result<Table, TableError> {
    let unreadable = |reason: String| TableError::Unreadable { file: file.to_string(), reason };
    let opened = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let reader = SerializedFileReader::new(opened).map_err(|error| unreadable(plain(&error.to_string())))?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let rows = usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0);
    if rows == 0 {
        return Err(TableError::HeaderOnly { file: file.to_string(), columns: schema.num_columns() });
    }
    let mut columns: Vec<(String, Raw)> = Vec::new();
    for field in schema.root_schema().get_fields() {
        let name = field.name().to_string();
        if !field.is_primitive() {
            return Err(unreadable(format!("column '{name}' is nested; a table has numbers, text or truth values")));
        }
        // Text has a type of its own; bytes without one are text too where they can be.
        let text =
            matches!(field.get_physical_type(), parquet::basic::Type::BYTE_ARRAY | parquet::basic::Type::BOOLEAN)
                && field.get_basic_info().converted_type() != ConvertedType::DECIMAL;
        let raw = if text { Raw::Texts(Words::default()) } else { Raw::Numbers(Vec::with_capacity(rows)) };
        columns.push((name, raw));
    }
    let iterator = reader.get_row_iter(None).map_err(|error| unreadable(plain(&error.to_string())))?;
    for (row, cells) in iterator.enumerate() {
        let cells = cells.map_err(|error| unreadable(format!("row {}: {}", row + 1, plain(&error.to_string()))))?;
        for ((_, cell), (name, raw)) in cells.get_column_iter().zip(&mut columns) {
            let strange = || unreadable(format!("column '{name}' is neither numbers, text nor truth values ({cell})"));
            match raw {
                Raw::Numbers(x) => x.push(number(cell).ok_or_else(strange)?),
                Raw::Texts(x) => x.push(&text(cell).ok_or_else(strange)?),
            }
        }
    }
    let columns = columns.into_iter().map(|(name, raw)| {
        let cells = match raw {
            Raw::Numbers(x) => Cells::Numbers(x),
            Raw::Texts(x) => x.labels(rows, None),
        };
        Column { name, cells }
    });
    Table { source: file.to_string(), columns: columns.collect(), lines: (1..=rows as u64).collect() }.unique()
}

/// A number, NaN where there is no value; none where it is something else.
fn number(cell: &Field) -> Option<f64> {
    Some(match *cell {
        Field::Null => f64::NAN,
        Field::Byte(x) => f64::from(x),
        Field::Short(x) => f64::from(x),
        Field::Int(x) | Field::Date(x) => f64::from(x),
        Field::Long(x) => x as f64,
        Field::UByte(x) => f64::from(x),
        Field::UShort(x) => f64::from(x),
        Field::UInt(x) => f64::from(x),
        Field::ULong(x) => x as f64,
        Field::Float16(x) => f64::from(x),
        Field::Float(x) => f64::from(x),
        Field::Double(x) => x,
        Field::TimestampMillis(x) | Field::TimestampMicros(x) => x as f64,
        _ => return None,
    })
}
/// A label, empty where there is no value; none where it is something else.
fn text(cell: &Field) -> Option<String> {
    match cell {
        Field::Null => Some(String::new()),
        Field::Bool(x) => Some(x.to_string()),
        Field::Str(x) => Some(x.trim().to_string()),
        Field::Bytes(x) => x.as_utf8().ok().map(|x| x.trim().to_string()),
        _ => None,
    }
}
/// A message without the name of the library before it.
fn plain(message: &str) -> String {
    if let Some((_, library)) = message.split_once("Disabled feature at compile time: ") {
        let codec = if library.starts_with("flate2") { "gzip" } else { library };
        return format!("it is compressed by {codec}, which is not read here; snappy, zstd and none are");
    }
    message.trim_start_matches("Parquet error: ").trim_start_matches("External: ").to_string()
}
