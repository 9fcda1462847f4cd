//! LINES: a reader that knows on which line, as an editor counts, each of its bytes stands, and which quotes are astray.
use std::collections::VecDeque;
use std::io::{Read, Result};

/// Bytes on their way to a parser, which asks for the line of places it has passed, in order.
pub(super) struct Lines<R> {
    from: R,
    read: u64,
    /// Places and bytes of line ends that were read and not yet passed.
    ends: VecDeque<(u64, u8)>,
    line: u64,
    quotes: Quotes,
}

impl<R> Lines<R> {
    pub(super) fn new(from: R, delimiter: u8) -> Lines<R> {
        let quotes = Quotes {
            delimiter,
            state: State::Start,
            line: 1,
            cell: 0,
            opened: 1,
            across: false,
            slips: VecDeque::new(),
            stray: None,
        };
        Lines { from, read: 0, ends: VecDeque::new(), line: 1, quotes }
    }

    /// The line of the first byte from `at` on that ends no line. `at` never goes back.
    pub(super) fn line_of(&mut self, mut at: u64) -> u64 {
        while let Some(&(end, byte)) = self.ends.front().filter(|(end, _)| *end <= at) {
            self.ends.pop_front();
            self.line += u64::from(byte == b'\n');
            at += u64::from(end == at);
        }
        self.line
    }

    /// The first quote that is astray and swallows the end of a line, where that shows in the bytes before `end`.
    pub(super) fn stray(&self, end: u64) -> Option<Stray> {
        self.quotes.stray.filter(|stray| stray.at <= end)
    }
    /// The next quote that is astray within its line, in the bytes before `end`; each is handed out once.
    pub(super) fn slip(&mut self, end: u64) -> Option<Stray> {
        self.quotes.slips.front().filter(|slip| slip.at < end)?;
        self.quotes.slips.pop_front()
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let count = self.from.read(out)?;
        let bytes = &out[..count];
        let ends = bytes.iter().enumerate().filter(|(_, byte)| b"\r\n".contains(byte));
        self.ends.extend(ends.map(|(k, byte)| (self.read + k as u64, *byte)));
        if count > 0 {
            self.quotes.pass(bytes, self.read);
        } else if !out.is_empty() {
            self.quotes.end(self.read);
        }
        self.read += count as u64;
        Ok(count)
    }
}

/// A cell in quotes that goes on after they close, or in which they never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stray {
    /// The place at which it shows.
    at: u64,
    /// The line on which the quote opens, and that on which it closes.
    pub(super) opened: u64,
    pub(super) closed: Option<u64>,
    /// How many cells stand before it in its row.
    pub(super) cell: usize,
}

/// Where in a cell a byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quote that closes, unless another follows.
    Closed,
    /// After blanks that follow a closing quote.
    Blank,
}

/// Follows the quotes of a text.
struct Quotes {
    delimiter: u8,
    state: State,
    line: u64,
    /// Cells of the row that are passed.
    cell: usize,
    opened: u64,
    /// Whether a line ends inside the quotes of this cell.
    across: bool,
    /// Those that are astray within their line, and the first that is not, behind which nothing is sure.
    slips: VecDeque<Stray>,
    stray: Option<Stray>,
}
impl Quotes {
    /// The next bytes, the first of which is at place `from`.
    fn pass(&mut self, bytes: &[u8], from: u64) {
        if self.stray.is_some() {
            return;
        }
        let plain = matches!(self.state, State::Start | State::Plain) && !bytes.contains(&b'"');
        if let (true, Some(last)) = (plain, bytes.last()) {
            self.state = if self.ends_a_cell(*last) { State::Start } else { State::Plain };
            let row = bytes.iter().rposition(|byte| b"\r\n".contains(byte)).map(|end| end + 1);
            self.cell = if row.is_some() { 0 } else { self.cell };
            self.cell += bytes.iter().skip(row.unwrap_or(0)).filter(|byte| **byte == self.delimiter).count();
            self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            return;
        }
        for (k, &byte) in bytes.iter().enumerate() {
            let ends = self.ends_a_cell(byte);
            self.state = match self.state {
                State::Quoted if byte == b'"' => State::Closed,
                State::Quoted => {
                    self.across |= b"\r\n".contains(&byte);
                    State::Quoted
                }
                State::Closed if byte == b'"' => State::Quoted,
                State::Start if byte == b'"' => {
                    (self.opened, self.across) = (self.line, false);
                    State::Quoted
                }
                _ if ends => {
                    self.cell = if byte == self.delimiter { self.cell + 1 } else { 0 };
                    State::Start
                }
                State::Closed | State::Blank if b" \t".contains(&byte) => State::Blank,
                State::Closed | State::Blank => {
                    let closed = Some(self.line);
                    let stray = Stray { at: from + k as u64, opened: self.opened, closed, cell: self.cell };
                    if self.across {
                        self.stray = Some(stray);
                        return;
                    }
                    // What follows is as it stands, up to the end of the cell.
                    self.slips.push_back(stray);
                    State::Plain
                }
                State::Start | State::Plain => State::Plain,
            };
            self.line += u64::from(byte == b'\n');
        }
    }
    /// There are no more bytes: so many were read.
    fn end(&mut self, read: u64) {
        if self.state == State::Quoted && self.stray.is_none() {
            self.stray = Some(Stray { at: read, opened: self.opened, closed: None, cell: self.cell });
        }
    }
    fn ends_a_cell(&self, byte: u8) -> bool {
        byte == self.delimiter || byte == b'\n' || byte == b'\r'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of a quote that is astray across lines.
    type Across = Option<(u64, Option<u64>)>;
    /// Lines and cells of those that are within one.
    type Within = Vec<(u64, usize)>;

    fn stray(text: &str) -> (Across, Within) {
        let found = |size: usize| {
            let (mut lines, mut out) = (Lines::new(text.as_bytes(), b','), vec![0; size]);
            while lines.read(&mut out).unwrap() > 0 {}
            let across: Across = lines.stray(u64::MAX).map(|stray| (stray.opened, stray.closed));
            let slips = std::iter::from_fn(|| lines.slip(u64::MAX));
            let within: Within = slips.map(|slip| (slip.opened, slip.cell)).collect();
            (across, within)
        };
        // Pieces of any size say the same.
        assert!((1..text.len()).all(|size| found(size) == found(text.len())), "{text}");
        found(text.len())
    }

    #[test]
    fn stray_quotes_are_found() {
        assert_eq!(stray("1,\"a,3\n2,b,4\n2,\"a,2\n"), (Some((1, Some(3))), vec![]));
        assert_eq!(stray("1,\"a,3\r2,b,4\r2,\"a,2\r"), (Some((1, Some(1))), vec![]));
        assert_eq!(stray("a,b\n1,\"two\n"), (Some((2, None)), vec![]));
        assert_eq!(stray("a,b\n\"x\"y,1\n"), (None, vec![(2, 0)]));
        assert_eq!(stray("a,b\n\"x\" \"y\",1\n"), (None, vec![(2, 0)]));
        let escaped = "a,b\n1,2\n3,\"say \\\"hi\\\" now\"\n\"\\\"so\\\"\",\"\\\"so\\\" said\"\n5,\"6\"\n";
        assert_eq!(stray(escaped), (None, vec![(3, 1), (4, 0), (4, 1)]));
        assert_eq!(stray("a,b\n\"x\"y,1\n2,\"z\n"), (Some((3, None)), vec![(2, 0)]));
        for fine in
            ["a,\"b\"\n", "\"a\"\"b\",\"\"\r\n", "5\" pipe,6\" pipe\n", "\"x,\n\ny\" ,1\n", " \"a\" b,c\n", "\"\""]
        {
            assert_eq!(stray(fine), (None, vec![]), "{fine}");
        }
    }
}
