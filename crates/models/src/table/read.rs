//! READING a CSV file: delimiter and header found out, quotes and byte-order mark respected, every cell typed.
use super::cell::Cell;
use super::lines::{Lines, Stray};
use super::numbers::Numbers;
use super::words::Words;
use super::{Cells, Column, Heading, Table, TableError, nearest, parquet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// What is not left to detection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Whether the first row names the columns. Left out: it does unless every cell of it is a number or missing;
    /// columns without a name are `V1`, `V2`, ...
    pub header: Option<bool>,
    /// The byte between cells. Left out: whichever of comma, semicolon and tab is most frequent in the first row.
    /// In a file delimited by semicolons a comma inside a number is its decimal mark; a column has one such mark.
    pub delimiter: Option<u8>,
}

impl Table {
    /// Reads a CSV file, or a Parquet file, which is known by its first bytes.
    ///
    /// A column whose cells are all numbers holds numbers; otherwise it holds labels. Empty cells, `NA`, `N/A`, `NaN`, `null`,
    /// `#N/A` and `<NA>` (in any case) have no value; among numbers neither have `None` and `.`. Blank lines are skipped. The file
    /// goes by in pieces: in memory are the columns alone, and, of whole numbers that say more than their value does (`01`, those
    /// beyond 2^53), eight bytes a row.
    ///
    /// # Errors
    /// Every [`TableError`] that concerns a file as a whole. What is wrong with one column alone is an error where it is used.
    pub fn read(path: &Path, options: TableOptions) -> Result<Table, TableError> {
        let file = path.display().to_string();
        let fault = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound => TableError::NotFound { file: file.clone(), nearest: beside(path) },
            io::ErrorKind::IsADirectory => {
                TableError::Unreadable { file: file.clone(), reason: "it is a folder".into() }
            }
            _ => TableError::Unreadable { file: file.clone(), reason: e.to_string() },
        };
        if std::fs::metadata(path).map_err(fault)?.is_file() {
            let mut first = [0; 4];
            let begins = File::open(path).and_then(|mut file| file.read_exact(&mut first));
            if begins.is_ok() && first == *parquet::MAGIC {
                return parquet::read(path, &file);
            }
            if begins.is_ok() && first[..2] == GZIP {
                let reason = "it is compressed by gzip; unpack it first, with gunzip".into();
                return Err(TableError::Unreadable { file, reason });
            }
            let open = || Ok(Box::new(File::open(path).map_err(fault)?) as Box<dyn Read + '_>);
            return Form::new(&file, &open, options)?.table(options.header);
        }
        // What can be read but once, such as a pipe.
        let bytes = std::fs::read(path).map_err(fault)?;
        if bytes.starts_with(parquet::MAGIC) {
            let reason = "Parquet does not come through a pipe; give the file itself".into();
            return Err(TableError::Unreadable { file, reason });
        }
        Table::parse(&file, &bytes, options)
    }

    /// Reads CSV text. `source` names it in messages.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn parse(source: &str, bytes: &[u8], options: TableOptions) -> Result<Table, TableError> {
        let open = || Ok(Box::new(bytes) as Box<dyn Read + '_>);
        Form::new(source, &open, options)?.table(options.header)
    }
}

/// A text that can be read from its start as often as is needed.
type Open<'a> = dyn Fn() -> Result<Box<dyn Read + 'a>, TableError> + 'a;

/// A text and what separates its cells.
struct Form<'a> {
    file: &'a str,
    open: &'a Open<'a>,
    delimiter: u8,
}

impl<'a> Form<'a> {
    fn new(file: &'a str, open: &'a Open<'a>, options: TableOptions) -> Result<Form<'a>, TableError> {
        let mut form = Form { file, open, delimiter: b',' };
        form.delimiter = match options.delimiter {
            Some(delimiter) => delimiter,
            None => {
                let (mut text, mut first) = (BufReader::new(form.text()?), Vec::new());
                while first.trim_ascii().is_empty() {
                    first.clear();
                    if text.read_until(b'\n', &mut first).map_err(|e| form.unreadable(&e))? == 0 {
                        break;
                    }
                }
                delimiter_of(&first)
            }
        };
        Ok(form)
    }

    /// The text without a byte-order mark.
    fn text(&self) -> Result<impl Read + use<'a>, TableError> {
        let (mut text, mut mark) = ((self.open)()?, Vec::new());
        text.by_ref().take(3).read_to_end(&mut mark).map_err(|e| self.unreadable(&e))?;
        if mark == b"\xef\xbb\xbf" {
            mark.clear();
        }
        Ok(io::Cursor::new(mark).chain(text))
    }
    fn unreadable(&self, error: &io::Error) -> TableError {
        TableError::Unreadable { file: self.file.to_string(), reason: error.to_string() }
    }

    /// Calls `see` with the line and the trimmed cells of every row that is not blank, and the quotes in it that are astray.
    fn each(&self, mut see: impl FnMut(u64, &[&str], &[Stray]) -> Result<(), TableError>) -> Result<(), TableError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(Lines::new(self.text()?, self.delimiter));
        let (mut record, mut slips) = (csv::StringRecord::new(), Vec::new());
        loop {
            let more = reader.read_record(&mut record);
            let end = reader.position().byte();
            if let Some(stray) = reader.get_ref().stray(end) {
                return Err(self.astray(stray));
            }
            slips.clear();
            while let Some(slip) = reader.get_mut().slip(end) {
                slips.push(slip);
            }
            let starts = match &more {
                Ok(_) => record.position(),
                Err(error) => error.position(),
            };
            let line = starts.map(csv::Position::byte).map_or(0, |byte| reader.get_mut().line_of(byte));
            match more {
                Ok(false) => return Ok(()),
                Ok(true) => {}
                Err(error) => {
                    return Err(match error.into_kind() {
                        csv::ErrorKind::Io(error) => self.unreadable(&error),
                        _ => TableError::Encoding { file: self.file.to_string(), row: line },
                    });
                }
            }
            // A row of its own: cells borrow from the record.
            let cells: Vec<&str> = record.iter().map(str::trim).collect();
            if cells != [""] {
                see(line, &cells, &slips)?;
            }
        }
    }

    /// The error that a quote is astray in a file that cannot be read because of it.
    fn astray(&self, stray: Stray) -> TableError {
        let (file, row, closed) = (self.file.to_string(), stray.opened, stray.closed);
        TableError::Quote { file, row, column: None, closed }
    }

    /// What a cell says.
    fn cell(&self, cell: &str) -> Cell {
        Cell::read(cell, self.delimiter == b';')
    }

    /// Types and fills every column: one pass for the numbers, one more for the text of those that need it.
    fn table(&self, header: Option<bool>) -> Result<Table, TableError> {
        let file = || self.file.to_string();
        let (mut first, mut lines): (Vec<String>, Vec<u64>) = Default::default();
        let mut named = false;
        let mut columns: Vec<Numbers> = Vec::new();
        self.each(|line, cells, slips| {
            // A slip in one cell that leaves the row whole is a matter of its column, if that has a name.
            if let Some(slip) = slips.first().filter(|_| cells.len() != columns.len()) {
                return Err(self.astray(*slip));
            }
            for slip in slips {
                if let Some(column) = columns.get_mut(slip.cell) {
                    column.slip = column.slip.or(Some(slip.opened));
                }
            }
            if columns.is_empty() {
                columns.resize_with(cells.len(), Numbers::default);
                first = cells.iter().map(|cell| (*cell).to_string()).collect();
                named = header.unwrap_or_else(|| cells.iter().any(|cell| self.cell(cell) == Cell::Word));
                if named {
                    return Ok(());
                }
            } else if cells.len() != columns.len() {
                return Err(TableError::Ragged {
                    file: file(),
                    row: line,
                    expected: columns.len(),
                    found: cells.len(),
                });
            }
            lines.push(line);
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.push(cell, self.cell(cell));
            }
            Ok(())
        })?;
        match (columns.len(), lines.is_empty()) {
            (0, _) => return Err(TableError::Empty { file: file() }),
            (columns, true) => return Err(TableError::HeaderOnly { file: file(), columns }),
            _ => {}
        }

        let mut words: Vec<Option<Words>> =
            columns.iter().map(|column| column.are_labels().then(Words::default)).collect();
        if words.iter().any(Option::is_some) {
            let mut skip = named;
            self.each(|_, cells, _| {
                if !std::mem::take(&mut skip) {
                    for (k, words) in words.iter_mut().enumerate() {
                        // The text may have changed under our eyes.
                        words.iter_mut().for_each(|words| words.push(cells.get(k).unwrap_or(&"")));
                    }
                }
                Ok(())
            })?;
        }
        let heading = match (header, named) {
            (Some(_), _) => Heading::Said,
            (None, true) => Heading::Names,
            (None, false) => Heading::Data,
        };
        let name = |k: usize| match first.get(k).map_or("", String::as_str) {
            given if named && !given.is_empty() => given.to_string(),
            _ => format!("V{}", k + 1),
        };
        let columns = columns.into_iter().zip(words).enumerate();
        let columns = columns.map(|(k, (column, words))| self.column(name(k), column, words, &lines)).collect();
        Table { source: file(), columns, lines, heading }.unique()
    }

    /// A column of these cells, and the words of those that need them.
    fn column(&self, name: String, column: Numbers, words: Option<Words>, lines: &[u64]) -> Column {
        let (file, line) = (self.file.to_string(), |row: usize| lines.get(row).copied().unwrap_or(0));
        let fault = match (column.slip, &column.written.point, &column.written.comma) {
            (Some(row), _, _) => Some(TableError::Quote { file, row, column: Some(name.clone()), closed: Some(row) }),
            (None, Some((with_point, point)), Some((with_comma, comma))) if !column.are_labels() => {
                Some(TableError::TwoMarks {
                    file,
                    column: name.clone(),
                    rows: [line(*with_point), line(*with_comma)],
                    cells: Box::new([point.clone(), comma.clone()]),
                })
            }
            _ => None,
        };
        let fault = fault.map(Box::new);
        if column.are_labels() {
            let stray = column.stray();
            return Column { fault, ..Column::new(name, words.unwrap_or_default().labels(column.x.len(), stray)) };
        }
        let written = column.written.with(column.digits);
        Column { fault, written, ..Column::new(name, Cells::Numbers(column.x)) }
    }
}

/// What a file compressed by gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The most frequent of the usual delimiters outside quotes in this line.
fn delimiter_of(line: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for &byte in line {
        quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!quoted && byte == *delimiter);
        }
    }
    let most = counts.iter().map(|c| c.1).max().unwrap_or(0);
    counts.iter().find(|c| c.1 == most).map_or(b',', |c| c.0)
}

/// The file in the same folder whose name is closest.
fn beside(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> =
        std::fs::read_dir(folder).ok()?.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
    nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))
}
