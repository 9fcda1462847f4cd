//! ROWS: a tape whose lanes are the rows of a sheet; results are summed over the rows, or added up by level.
//!
//! What is the same in every row is broadcast once a call, so a row costs its own arithmetic and nothing else. Lane l adds up the
//! rows l, l + W, l + 2W, ... in order, and the lanes are then added in a fixed tree: the bits depend on the rows alone.
use super::{LINE, NARROW, Tape, WIDE};
use std::ops::Range;

/// Columns of numbers and columns of codes, of one length.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    rows: usize,
    /// Numbers a column takes: the last row is repeated, so that a block may start at any row.
    stride: usize,
    columns: Vec<f64>,
    codes: Vec<u32>,
}
impl Sheet {
    /// An empty sheet of so many rows.
    pub fn new(rows: usize) -> Sheet {
        Sheet { rows, stride: rows + WIDE, ..Sheet::default() }
    }
    /// Its number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
    /// Adds a column of numbers; says its place. Missing rows are 0, those too many are left out.
    pub fn column(&mut self, x: &[f64]) -> u32 {
        let place = self.columns.len() / self.stride.max(1);
        fill(&mut self.columns, x, self.rows, self.stride);
        place as u32
    }
    /// The same for a column of codes.
    pub fn codes(&mut self, x: &[u32]) -> u32 {
        let place = self.codes.len() / self.stride.max(1);
        fill(&mut self.codes, x, self.rows, self.stride);
        place as u32
    }
    /// The largest of a column of codes.
    fn largest(&self, place: u32) -> Option<u32> {
        let start = place as usize * self.stride;
        self.codes.get(start..start + self.stride)?.iter().copied().max()
    }
}

fn fill<T: Copy + Default>(store: &mut Vec<T>, x: &[T], rows: usize, stride: usize) {
    let x = &x[..x.len().min(rows)];
    let end = store.len() + stride;
    store.extend_from_slice(x);
    store.resize(end, x.last().copied().unwrap_or_default());
}

/// Where an input of a tape is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A column of the sheet, by its place.
    Column(u32),
    /// The number `levels[first + code]`, the code being that of the row in the column of codes `codes`.
    Level {
        /// Place of the column of codes.
        codes: u32,
        /// Where the levels with these codes begin.
        first: u32,
    },
    /// A number that is the same in every row, by its place.
    Value(u32),
}

/// A tape over the rows of a sheet: its first outputs are summed over the rows, the others added up by level.
///
/// ```
/// use steepest_kernels::tape::{Binary, Instruction, RowTape, Sheet, Source, Tape};
/// // registers: 0 is a column, 1 a number a level, 2 a broadcast number; 3 = column * level, 4 = that + number
/// let code = vec![Instruction::binary(Binary::Mul, 3, [0, 1]), Instruction::binary(Binary::Add, 4, [3, 2])];
/// let tape = Tape::new(vec![], 3, code, vec![(1.0, 4), (1.0, 3)]).unwrap();
/// let mut sheet = Sheet::new(3);
/// let (x, g) = (sheet.column(&[1.0, 2.0, 3.0]), sheet.codes(&[0, 1, 0]));
/// let level = Source::Level { codes: g, first: 0 };
/// let rows = RowTape::new(tape, &sheet, vec![Source::Column(x), level, Source::Value(0)], vec![level]).unwrap();
/// let (mut sums, mut by_level, mut scratch) = ([0.0], [0.0; 2], vec![0.0; rows.scratch(3)]);
/// rows.sums(&sheet, 0..3, (&[0.5], &[10.0, 20.0]), &mut sums, &mut by_level, &mut scratch);
/// assert_eq!((sums, by_level), ([81.5], [40.0, 40.0]));
/// ```
#[derive(Clone, Debug)]
pub struct RowTape {
    tape: Tape,
    sources: Vec<Source>,
    /// Where the outputs that are not summed go.
    sinks: Vec<(u32, u32)>,
    /// Broadcast numbers and levels it reads or writes, at least.
    values: usize,
    levels: usize,
}

impl RowTape {
    /// `None` unless there is a source for every input, each in the sheet, and a level for each of the last outputs.
    pub fn new(tape: Tape, sheet: &Sheet, sources: Vec<Source>, sinks: Vec<Source>) -> Option<RowTape> {
        let columns = sheet.columns.len() / sheet.stride.max(1);
        let (mut values, mut levels, mut targets) = (0, 0, Vec::with_capacity(sinks.len()));
        for (k, source) in sources.iter().chain(&sinks).enumerate() {
            match *source {
                Source::Column(place) if (place as usize) < columns && k < sources.len() => {}
                Source::Value(place) if k < sources.len() => values = values.max(place as usize + 1),
                Source::Level { codes, first } => {
                    levels = levels.max(first as usize + sheet.largest(codes)? as usize + 1);
                    if k >= sources.len() {
                        targets.push((codes, first));
                    }
                }
                _ => return None,
            }
        }
        let fits = tape.inputs == sources.len() && targets.len() <= tape.outputs.len();
        fits.then_some(RowTape { tape, sources, sinks: targets, values, levels })
    }
    /// The tape.
    pub fn tape(&self) -> &Tape {
        &self.tape
    }
    /// Numbers needed as scratch for so many rows.
    pub fn scratch(&self, rows: usize) -> usize {
        (self.tape.registers + self.tape.outputs.len()) * if rows <= 2 * NARROW { NARROW } else { WIDE } + LINE - 1
    }

    /// `sums[k]` += sum over the rows of output k; `by_level[first + code]` += the outputs with a sink.
    ///
    /// `given` is the broadcast numbers and the levels. `scratch` has at least `scratch(rows.len())` numbers, of any content.
    ///
    /// # Panics
    /// If rows, numbers or levels are fewer than the tape reads or writes.
    pub fn sums(
        &self,
        sheet: &Sheet,
        rows: Range<usize>,
        given: (&[f64], &[f64]),
        sums: &mut [f64],
        by_level: &mut [f64],
        scratch: &mut [f64],
    ) {
        self.check(sheet, &rows, given);
        assert!(self.sinks.is_empty() || by_level.len() >= self.levels, "sums: as many slopes as levels");
        if rows.len() <= 2 * NARROW {
            crate::simd(
                #[inline(always)]
                || self.add_up::<NARROW>(sheet, rows, given, sums, by_level, scratch),
            );
        } else {
            crate::simd(
                #[inline(always)]
                || self.add_up::<WIDE>(sheet, rows, given, sums, by_level, scratch),
            );
        }
    }
    /// `out[k * m + r]` <- output k at row r of the m in `rows`, r counting from their start.
    ///
    /// ```
    /// use steepest_kernels::tape::{Binary, Instruction, RowTape, Sheet, Source, Tape};
    /// // x and 2 x^2, of the last two of three rows
    /// let code = vec![Instruction::binary(Binary::Mul, 1, [0, 0])];
    /// let tape = Tape::new(vec![], 1, code, vec![(1.0, 0), (2.0, 1)]).unwrap();
    /// let mut sheet = Sheet::new(3);
    /// let x = Source::Column(sheet.column(&[1.0, 2.0, 3.0]));
    /// let rows = RowTape::new(tape, &sheet, vec![x], vec![]).unwrap();
    /// let (mut out, mut scratch) = ([0.0; 4], vec![0.0; rows.scratch(2)]);
    /// rows.each(&sheet, 1..3, (&[], &[]), &mut out, &mut scratch);
    /// assert_eq!(out, [2.0, 3.0, 8.0, 18.0]);
    /// ```
    ///
    /// # Panics
    /// As [`sums`](Self::sums).
    pub fn each(
        &self,
        sheet: &Sheet,
        rows: Range<usize>,
        given: (&[f64], &[f64]),
        out: &mut [f64],
        scratch: &mut [f64],
    ) {
        self.check(sheet, &rows, given);
        crate::simd(
            #[inline(always)]
            || {
                let (registers, _) = self.registers::<NARROW>(given.0, scratch);
                for start in rows.clone().step_by(NARROW) {
                    self.block(sheet, start, given.1, registers);
                    let here = start - rows.start..rows.end.min(start + NARROW) - rows.start;
                    for (&(factor, output), out) in self.tape.outputs.iter().zip(out.chunks_exact_mut(rows.len())) {
                        for (out, x) in out[here.clone()].iter_mut().zip(&registers[output as usize]) {
                            *out = factor * x;
                        }
                    }
                }
            },
        );
    }

    fn check(&self, sheet: &Sheet, rows: &Range<usize>, (values, levels): (&[f64], &[f64])) {
        assert!(rows.end <= sheet.rows, "rows {rows:?} of {}", sheet.rows);
        assert!(values.len() >= self.values && levels.len() >= self.levels, "fewer numbers than the tape reads");
    }
    /// Registers with all that is the same in every row, and zeroed sums.
    #[inline(always)]
    fn registers<'a, const W: usize>(
        &self,
        values: &[f64],
        scratch: &'a mut [f64],
    ) -> (&'a mut [[f64; W]], &'a mut [[f64; W]]) {
        let aligned = scratch.as_ptr().align_offset(8 * LINE).min(LINE - 1);
        let (registers, rest) = scratch[aligned..].as_chunks_mut::<W>().0.split_at_mut(self.tape.registers);
        let sums = &mut rest[..self.tape.outputs.len() - self.sinks.len()];
        sums.fill([0.0; W]);
        self.tape.spread(registers);
        for (register, source) in registers[self.tape.constants.len()..].iter_mut().zip(&self.sources) {
            if let Source::Value(place) = *source {
                *register = [values[place as usize]; W];
            }
        }
        (registers, sums)
    }
    /// One block of rows through the tape.
    #[inline(always)]
    fn block<const W: usize>(&self, sheet: &Sheet, start: usize, levels: &[f64], registers: &mut [[f64; W]]) {
        let inputs = &mut registers[self.tape.constants.len()..];
        for (register, source) in inputs.iter_mut().zip(&self.sources) {
            match *source {
                Source::Column(place) => {
                    let at = place as usize * sheet.stride + start;
                    register.copy_from_slice(&sheet.columns[at..at + W]);
                }
                Source::Level { codes, first } => {
                    let at = codes as usize * sheet.stride + start;
                    let levels = &levels[first as usize..];
                    for (x, code) in register.iter_mut().zip(&sheet.codes[at..at + W]) {
                        *x = levels[*code as usize];
                    }
                }
                Source::Value(_) => {}
            }
        }
        self.tape.follow(registers, None);
    }
    #[inline(always)]
    fn add_up<const W: usize>(
        &self,
        sheet: &Sheet,
        rows: Range<usize>,
        (values, levels): (&[f64], &[f64]),
        sums: &mut [f64],
        by_level: &mut [f64],
        scratch: &mut [f64],
    ) {
        let (registers, totals) = self.registers::<W>(values, scratch);
        let (summed, sunk) = self.tape.outputs.split_at(totals.len());
        for start in rows.clone().step_by(W) {
            let count = W.min(rows.end - start);
            self.block(sheet, start, levels, registers);
            for (total, &(_, output)) in totals.iter_mut().zip(summed) {
                let lanes = &registers[output as usize];
                if count == W {
                    for l in 0..W {
                        total[l] += lanes[l];
                    }
                } else {
                    total.iter_mut().zip(lanes).take(count).for_each(|(total, x)| *total += x);
                }
            }
            for (&(factor, output), &(codes, first)) in sunk.iter().zip(&self.sinks) {
                let at = codes as usize * sheet.stride + start;
                let slopes = &mut by_level[first as usize..];
                for (code, x) in sheet.codes[at..at + count].iter().zip(&registers[output as usize]) {
                    slopes[*code as usize] += factor * x;
                }
            }
        }
        for ((sum, total), (factor, _)) in sums.iter_mut().zip(totals).zip(summed) {
            *sum += factor * tree(*total);
        }
    }
}

/// The sum of the lanes, by halves.
#[inline(always)]
fn tree<const W: usize>(mut lanes: [f64; W]) -> f64 {
    let mut half = W / 2;
    while half > 0 {
        for l in 0..half {
            lanes[l] += lanes[l + half];
        }
        half /= 2;
    }
    lanes[0]
}
