//! LINES: a reader that knows on which line, as an editor counts, each of its bytes stands.
use std::collections::VecDeque;
use std::io::{Read, Result};

/// Bytes on their way to a parser, which asks for the line of places it has passed, in order.
pub(super) struct Lines<R> {
    from: R,
    read: u64,
    /// Places and bytes of line ends that were read and not yet passed.
    ends: VecDeque<(u64, u8)>,
    line: u64,
}

impl<R> Lines<R> {
    pub(super) fn new(from: R) -> Lines<R> {
        Lines { from, read: 0, ends: VecDeque::new(), line: 1 }
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
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let count = self.from.read(out)?;
        let ends = out[..count].iter().enumerate().filter(|(_, byte)| b"\r\n".contains(byte));
        self.ends.extend(ends.map(|(k, byte)| (self.read + k as u64, *byte)));
        self.read += count as u64;
        Ok(count)
    }
}
