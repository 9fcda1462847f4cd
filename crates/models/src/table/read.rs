//! READING a CSV file: delimiter and header found out, quotes and byte-order mark respected, every cell typed.
use super::{Cells, Column, NO_LABEL, Table, TableError, nearest, parquet};
use std::collections::BTreeMap;
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
    /// `null` (in any case) have no value. Blank lines are skipped.
    ///
    /// # Errors
    /// Every [`TableError`] that concerns a file as a whole.
    pub fn read(path: &Path, options: TableOptions) -> Result<Table, TableError> {
        let file = path.display().to_string();
        let mut first = [0; 4];
        let begins = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut first));
        if begins.is_ok() && first == *parquet::MAGIC {
            return parquet::read(path, &file);
        }
        let bytes = std::fs::read(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => TableError::NotFound { file: file.clone(), nearest: beside(path) },
            std::io::ErrorKind::IsADirectory => {
                TableError::Unreadable { file: file.clone(), reason: "it is a folder".into() }
            }
            _ => TableError::Unreadable { file: file.clone(), reason: e.to_string() },
        })?;
        Table::parse(&file, &bytes, options)
    }

    /// Reads CSV text. `source` names it in messages.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn parse(source: &str, bytes: &[u8], options: TableOptions) -> Result<Table, TableError> {
        let file = source.to_string();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|e| TableError::Encoding {
            file: file.clone(),
            row: 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count() as u64,
        })?;
        let delimiter = options.delimiter.unwrap_or_else(|| delimiter_of(text));
        let form = Form { text, delimiter };

        let mut lines = Vec::new();
        let mut first: Vec<String> = Vec::new();
        let mut width = 0;
        form.each(|line, cells| {
            if lines.is_empty() {
                width = cells.len();
                first = cells.iter().map(str::to_string).collect();
            } else if cells.len() != width {
                return Err(TableError::Ragged { file: file.clone(), row: line, expected: width, found: cells.len() });
            }
            lines.push(line);
            Ok(())
        })?;
        if lines.is_empty() {
            return Err(TableError::Empty { file });
        }
        let header = options.header.unwrap_or_else(|| !first.iter().all(|c| is_missing(c) || form.number(c).is_some()));
        if header {
            lines.remove(0);
            if lines.is_empty() {
                return Err(TableError::HeaderOnly { file, columns: width });
            }
        }
        let name = |k: usize| match first[k].as_str() {
            given if header && !given.is_empty() => given.to_string(),
            _ => format!("V{}", k + 1),
        };
        let cells = form.columns(width, lines.len(), header)?;
        let columns = cells.into_iter().enumerate().map(|(k, cells)| Column { name: name(k), cells }).collect();
        Table { source: file, columns, lines }.unique()
    }
}

/// The text of a file and what separates its cells.
struct Form<'a> {
    text: &'a str,
    delimiter: u8,
}

impl Form<'_> {
    /// Calls `see` with the line and the trimmed cells of every row that is not blank.
    fn each(&self, mut see: impl FnMut(u64, &csv::StringRecord) -> Result<(), TableError>) -> Result<(), TableError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .trim(csv::Trim::All)
            .from_reader(self.text.as_bytes());
        let mut record = csv::StringRecord::new();
        // The reader's own count of lines leaves out blank ones, so lines are counted here, up to where a record starts.
        let (bytes, mut line, mut at) = (self.text.as_bytes(), 1, 0);
        while reader.read_record(&mut record).unwrap_or(false) {
            let mut start = record.position().map_or(at, |p| p.byte() as usize);
            while bytes.get(start).is_some_and(|b| b"\r\n".contains(b)) {
                start += 1;
            }
            line += bytes[at..start].iter().filter(|&&b| b == b'\n').count() as u64;
            at = start;
            if record.len() == 1 && record.get(0) == Some("") {
                continue;
            }
            see(line, &record)?;
        }
        Ok(())
    }

    /// Types and fills every column: one pass for the numbers, one more for the text of those that are not.
    fn columns(&self, width: usize, rows: usize, header: bool) -> Result<Vec<Cells>, TableError> {
        let mut numbers = vec![Vec::with_capacity(rows); width];
        let mut valued = vec![0_usize; width];
        let mut strays: Vec<Vec<usize>> = vec![Vec::new(); width];
        let mut skip = usize::from(header);
        self.each(|_, cells| {
            if skip > 0 {
                skip -= 1;
                return Ok(());
            }
            for (k, cell) in cells.iter().enumerate() {
                let number = if is_missing(cell) { None } else { Some(self.number(cell)) };
                if number == Some(None) {
                    strays[k].push(numbers[k].len());
                }
                valued[k] += usize::from(number.is_some());
                numbers[k].push(number.flatten().unwrap_or(f64::NAN));
            }
            Ok(())
        })?;

        let labelled: Vec<usize> = (0..width).filter(|&k| !strays[k].is_empty()).collect();
        let mut texts: BTreeMap<usize, Vec<String>> = labelled.iter().map(|&k| (k, Vec::with_capacity(rows))).collect();
        if !labelled.is_empty() {
            let mut skip = usize::from(header);
            self.each(|_, cells| {
                if skip > 0 {
                    skip -= 1;
                    return Ok(());
                }
                for (&k, text) in &mut texts {
                    text.push(cells.get(k).unwrap_or("").to_string());
                }
                Ok(())
            })?;
        }
        Ok(numbers
            .into_iter()
            .enumerate()
            .map(|(k, x)| match texts.remove(&k) {
                None => Cells::Numbers(x),
                Some(text) => {
                    let stray = (2 * strays[k].len() < valued[k]).then(|| (strays[k][0], text[strays[k][0]].clone()));
                    labels(&text, stray)
                }
            })
            .collect())
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

/// A column of labels, levels in alphabetical order.
pub(super) fn labels(text: &[String], stray: Option<(usize, String)>) -> Cells {
    let mut levels: Vec<&String> = text.iter().filter(|t| !is_missing(t)).collect();
    levels.sort_unstable();
    levels.dedup();
    let codes = text
        .iter()
        .map(|t| if is_missing(t) { NO_LABEL } else { levels.binary_search(&t).map_or(NO_LABEL, |k| k as u32) })
        .collect();
    Cells::Labels { levels: levels.into_iter().cloned().collect(), codes, stray }
}

fn is_missing(cell: &str) -> bool {
    cell.is_empty() || ["na", "n/a", "nan", "null"].iter().any(|m| cell.eq_ignore_ascii_case(m))
}

/// The most frequent of the usual delimiters outside quotes in the first row that is not blank.
fn delimiter_of(text: &str) -> u8 {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in first.bytes() {
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
