//! PARQUET files as tables: numbers, text, truth values; what has no value is missing.
use super::digits::{Digits, LARGE};
use super::numbers::Written;
use super::words::Words;
use super::{Cells, Column, Heading, Table, TableError};
use parquet::basic::{Compression, ConvertedType, Type as Physical};
use parquet::data_type::Decimal;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;
use std::fs::File;
use std::path::Path;

/// What the first and the last four bytes of such a file are.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// A column as its cells come.
struct Taken {
    name: String,
    raw: Raw,
    /// Whether its cells are read, and why it cannot be used, where it cannot.
    read: bool,
    fault: Option<String>,
}

/// Cells of a column.
enum Raw {
    Numbers(Numbers),
    Texts(Words),
}

/// Numbers, and the digits of whole numbers beyond 2^53, the first of which is `large`.
#[derive(Default)]
struct Numbers {
    x: Vec<f64>,
    digits: Digits,
    large: Option<(usize, String)>,
}
impl Numbers {
    /// A number, and what it is exactly where it is such a whole number.
    fn push(&mut self, (x, whole): (f64, Option<i128>)) {
        if let Some(whole) = whole {
            let row = self.x.len();
            if self.large.is_none() {
                self.large = Some((row, whole.to_string()));
            }
            self.digits.keep(row, whole, x);
        }
        self.x.push(x);
    }
    fn column(self, name: String) -> Column {
        let written = Written { large: self.large, ..Written::default() }.with(self.digits);
        Column { written, ..Column::new(name, Cells::Numbers(self.x)) }
    }
}

/// Reads a Parquet file: every column holds numbers, or labels where it holds text or truth values (`false`, `true`).
///
/// # Errors
/// [`TableError::Unreadable`] with what is wrong with the file; those of a table. A column that is neither numbers nor labels, or
/// compressed in a way that is not read, is an error where it is used.
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
    let fields = schema.root_schema().get_fields();
    let mut columns: Vec<Taken> = fields.iter().map(|field| taken(field)).collect();
    for leaf in 0..schema.num_columns() {
        let mut chunks = reader.metadata().row_groups().iter().filter_map(|group| group.columns().get(leaf));
        let codec = chunks.find_map(|chunk| unread(chunk.compression()));
        if let (Some(codec), Some(column)) = (codec, columns.get_mut(schema.get_column_root_idx(leaf))) {
            column.refuse(format!("is compressed by {codec}, which is not read here; snappy, zstd and none are"));
        }
    }
    if let Some(fault) = all_the_same(&columns) {
        return Err(unreadable(fault));
    }
    // The library stops at what it does not know, so that is not asked for.
    let projection = columns.iter().any(|column| !column.read).then(|| {
        let read = fields.iter().zip(&columns).filter(|(_, column)| column.read).map(|(field, _)| field.clone());
        Type::group_type_builder(schema.name()).with_fields(read.collect()).build()
    });
    let projection = projection.transpose().map_err(|error| unreadable(plain(&error.to_string())))?;
    if columns.iter().any(|column| column.read) {
        let iterator = reader.get_row_iter(projection).map_err(|error| unreadable(plain(&error.to_string())))?;
        let mut seen = 0;
        for (row, cells) in iterator.enumerate() {
            seen = row + 1;
            let cells = cells.map_err(|error| unreadable(format!("row {}: {}", row + 1, plain(&error.to_string()))))?;
            let asked = columns.iter_mut().filter(|column| column.read);
            cells.get_column_iter().zip(asked).for_each(|((_, cell), column)| column.push(cell));
        }
        if seen != rows {
            return Err(unreadable("the file is damaged".into()));
        }
    }
    let columns = columns.into_iter().map(|column| column.finish(file, rows)).collect();
    let lines = (1..=rows as u64).collect();
    Table { source: file.to_string(), columns, lines, heading: Heading::Said }.unique()
}

/// The column that will be made of this field.
fn taken(field: &Type) -> Taken {
    let name = field.name().to_string();
    if !field.is_primitive() {
        let fault = Some("is nested; a table has numbers, text or truth values".to_string());
        return Taken { name, raw: Raw::Texts(Words::default()), read: false, fault };
    }
    // Text has a type of its own; bytes without one are text too where they can be.
    let (physical, converted) = (field.get_physical_type(), field.get_basic_info().converted_type());
    let text = matches!(physical, Physical::BYTE_ARRAY | Physical::BOOLEAN) && converted != ConvertedType::DECIMAL;
    let raw = if text { Raw::Texts(Words::default()) } else { Raw::Numbers(Numbers::default()) };
    let mut column = Taken { name, raw, read: true, fault: None };
    // The library has no values for these.
    if converted == ConvertedType::INTERVAL {
        column.refuse("holds intervals of time; a table has numbers, text or truth values".into());
    }
    column
}
impl Taken {
    fn refuse(&mut self, why: String) {
        self.read = false;
        if self.fault.is_none() {
            self.fault = Some(why);
        }
    }
    fn push(&mut self, cell: &Field) {
        let known = match &mut self.raw {
            Raw::Numbers(numbers) => number(cell).map(|x| numbers.push(x)),
            Raw::Texts(words) => text(cell).map(|word| words.push(&word)),
        };
        if known.is_none() && self.fault.is_none() {
            self.fault = Some(format!("is neither numbers, text nor truth values ({cell})"));
        }
    }
    fn finish(self, file: &str, rows: usize) -> Column {
        if let Some(why) = self.fault {
            let fault = TableError::Unread { file: file.to_string(), column: self.name.clone(), why };
            let nothing = Cells::Numbers(vec![f64::NAN; rows]);
            return Column { fault: Some(Box::new(fault)), ..Column::new(self.name, nothing) };
        }
        match self.raw {
            Raw::Numbers(numbers) => numbers.column(self.name),
            Raw::Texts(words) => Column::new(self.name, words.labels(rows, None)),
        }
    }
}
/// Why no column can be used, where it is the same for all.
fn all_the_same(columns: &[Taken]) -> Option<String> {
    let first = columns.first()?;
    let fault = first.fault.as_deref()?;
    let all = columns.iter().all(|column| column.fault.as_deref() == Some(fault));
    let which = if columns.len() == 1 { format!("column '{}'", first.name) } else { "every column".to_string() };
    all.then(|| format!("{which} {fault}"))
}

/// A number, NaN where there is no value, and what it is exactly where it is a whole number beyond 2^53; none where it is something
/// else.
fn number(cell: &Field) -> Option<(f64, Option<i128>)> {
    let x = match *cell {
        Field::Null => f64::NAN,
        Field::Byte(x) => f64::from(x),
        Field::Short(x) => f64::from(x),
        Field::Int(x) | Field::Date(x) => f64::from(x),
        Field::Long(x) => return Some(long(x.into())),
        Field::UByte(x) => f64::from(x),
        Field::UShort(x) => f64::from(x),
        Field::UInt(x) => f64::from(x),
        Field::ULong(x) => return Some(long(x.into())),
        Field::Float16(x) => f64::from(x),
        Field::Float(x) => f64::from(x),
        Field::Double(x) => x,
        Field::TimestampMillis(x) | Field::TimestampMicros(x) => x as f64,
        Field::Decimal(ref x) => return decimal(x),
        _ => return None,
    };
    Some((x, None))
}
fn long(x: i128) -> (f64, Option<i128>) {
    (x as f64, Some(x).filter(|x| x.unsigned_abs() >= u128::from(LARGE)))
}
/// A decimal of no more digits than 128 bits hold, rounded once.
fn decimal(x: &Decimal) -> Option<(f64, Option<i128>)> {
    let bytes = x.data();
    let first = *bytes.first()?;
    if bytes.len() > 16 {
        return None;
    }
    let mut filled = [if first >= 128 { 0xff } else { 0 }; 16];
    filled[16 - bytes.len()..].copy_from_slice(bytes);
    let digits = i128::from_be_bytes(filled);
    if x.scale() == 0 {
        return Some(long(digits));
    }
    Some((format!("{digits}e{}", -i64::from(x.scale())).parse().ok()?, None))
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
/// The name of a codec that is not read here.
fn unread(codec: Compression) -> Option<&'static str> {
    match codec {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) => None,
        Compression::GZIP(_) => Some("gzip"),
        Compression::LZO => Some("lzo"),
        Compression::BROTLI(_) => Some("brotli"),
        Compression::LZ4 | Compression::LZ4_RAW => Some("lz4"),
    }
}
/// A message without the name of the library before it.
fn plain(message: &str) -> String {
    message.trim_start_matches("Parquet error: ").trim_start_matches("External: ").to_string()
}
