//! READING a CSV file: delimiter and header found out, quotes and byte-order mark respected, every cell typed.
use super::lines::Lines;
use super::{Cells, Column, NO_LABEL, Table, TableError, nearest, parquet};
use std::collections::HashMap;
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
    /// In a file delimited by semicolons a comma inside a number is its decimal mark.
    pub delimiter: Option<u8>,
}

impl Table {
    /// Reads a CSV file, or a Parquet file, which is known by its first bytes.
    ///
    /// A column whose cells are all numbers holds numbers; otherwise it holds labels. Empty cells, `NA`, `N/A`, `NaN` and
    /// `null` (in any case) have no value. Blank lines are skipped. The file goes by in pieces: in memory are the columns alone.
    ///
    /// # Errors
    /// Every [`TableError`] that concerns a file as a whole.
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

    /// Calls `see` with the line and the trimmed cells of every row that is not blank.
    fn each(&self, mut see: impl FnMut(u64, &[&str]) -> Result<(), TableError>) -> Result<(), TableError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(Lines::new(self.text()?));
        let mut record = csv::StringRecord::new();
        loop {
            let more = reader.read_record(&mut record);
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
                see(line, &cells)?;
            }
        }
    }

    /// Types and fills every column: one pass for the numbers, one more for the text of those that are not.
    fn table(&self, header: Option<bool>) -> Result<Table, TableError> {
        let file = || self.file.to_string();
        let (mut first, mut lines): (Vec<String>, Vec<u64>) = Default::default();
        let mut named = false;
        let mut columns: Vec<Numbers> = Vec::new();
        self.each(|line, cells| {
            if columns.is_empty() {
                columns.resize_with(cells.len(), Numbers::default);
                first = cells.iter().map(|cell| (*cell).to_string()).collect();
                named = header.unwrap_or_else(|| !cells.iter().all(|c| is_missing(c) || self.number(c).is_some()));
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
                column.push((!is_missing(cell)).then(|| self.number(cell)));
            }
            Ok(())
        })?;
        match (columns.len(), lines.is_empty()) {
            (0, _) => return Err(TableError::Empty { file: file() }),
            (columns, true) => return Err(TableError::HeaderOnly { file: file(), columns }),
            _ => {}
        }

        let labelled: Vec<usize> = (0..columns.len()).filter(|&k| columns[k].stray.is_some()).collect();
        let mut words: Vec<Words> = labelled.iter().map(|_| Words::default()).collect();
        if !labelled.is_empty() {
            let mut skip = named;
            self.each(|_, cells| {
                if !std::mem::take(&mut skip) {
                    // The text may have changed under our eyes.
                    words.iter_mut().zip(&labelled).for_each(|(w, &k)| w.push(cells.get(k).unwrap_or(&"")));
                }
                Ok(())
            })?;
        }
        let mut words = words.into_iter();
        let cells = columns.into_iter().map(|column| match column.stray {
            None => Cells::Numbers(column.x),
            Some(first) => {
                let mostly = 2 * column.strays < column.valued;
                words.next().unwrap_or_default().labels(column.x.len(), mostly.then_some(first))
            }
        });
        let name = |(k, cells): (usize, Cells)| match first[k].as_str() {
            given if named && !given.is_empty() => Column { name: given.to_string(), cells },
            _ => Column { name: format!("V{}", k + 1), cells },
        };
        Table { source: file(), columns: cells.enumerate().map(name).collect(), lines }.unique()
    }

    /// The number a cell holds, if it does.
    fn number(&self, cell: &str) -> Option<f64> {
        let plain = cell.parse().ok();
        if plain.is_none() && self.delimiter == b';' && cell.matches(',').count() == 1 && !cell.contains('.') {
            return cell.replace(',', ".").parse().ok();
        }
        plain
    }
}

/// A column so far, as numbers.
#[derive(Default)]
struct Numbers {
    x: Vec<f64>,
    /// Cells with a value, those that are no number, and the row of the first of them.
    valued: usize,
    strays: usize,
    stray: Option<usize>,
}
impl Numbers {
    /// A cell without a value, one that is no number, or a number.
    fn push(&mut self, cell: Option<Option<f64>>) {
        if cell == Some(None) {
            self.stray = self.stray.or(Some(self.x.len()));
            self.strays += 1;
        }
        self.valued += usize::from(cell.is_some());
        self.x.push(cell.flatten().unwrap_or(f64::NAN));
    }
}

/// A column so far, as labels: each word once, and the place of every cell's.
#[derive(Default)]
pub(super) struct Words {
    places: HashMap<String, u32>,
    codes: Vec<u32>,
}
impl Words {
    pub(super) fn push(&mut self, cell: &str) {
        if is_missing(cell) {
            return self.codes.push(NO_LABEL);
        }
        let place = self.places.get(cell).copied().unwrap_or_else(|| {
            let next = self.places.len() as u32;
            self.places.insert(cell.to_string(), next);
            next
        });
        self.codes.push(place);
    }

    /// So many cells, levels in alphabetical order; `stray` is the row of one that is no number among numbers.
    pub(super) fn labels(mut self, rows: usize, stray: Option<usize>) -> Cells {
        self.codes.resize(rows, NO_LABEL);
        let mut levels: Vec<(String, u32)> = self.places.into_iter().collect();
        levels.sort_unstable();
        let mut renumbered = vec![NO_LABEL; levels.len()];
        levels.iter().enumerate().for_each(|(new, (_, old))| renumbered[*old as usize] = new as u32);
        let codes: Vec<u32> =
            self.codes.iter().map(|&code| renumbered.get(code as usize).copied().unwrap_or(NO_LABEL)).collect();
        let levels: Vec<String> = levels.into_iter().map(|(word, _)| word).collect();
        let stray = stray.and_then(|row| Some((row, levels.get(codes[row] as usize)?.clone())));
        Cells::Labels { levels, codes, stray }
    }
}

/// What a file compressed by gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn is_missing(cell: &str) -> bool {
    // Most cells are numbers, and numbers are told by their first byte.
    matches!(cell.as_bytes().first(), None | Some(b'n' | b'N'))
        && (cell.is_empty() || ["na", "n/a", "nan", "null"].iter().any(|m| cell.eq_ignore_ascii_case(m)))
}

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
