//! SPOOL: draws as they come, in blocks; blocks go to a file, and out of memory where there are many.
use crate::{FolderError, durable};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use steepest_core::{Archive, Persist};

/// Numbers of a block, about: 8 MiB.
const BLOCK: usize = 1 << 20;
/// Numbers of full blocks that stay in memory: 64 MiB.
const HELD: usize = 1 << 23;

/// A table of `columns` quantities of every chain, which grows by whole rows.
///
/// A block is laid out column, chain, row; so a column of one block is one piece of the file, and a block that is not full
/// yet has its rows where they will stay.
#[derive(Debug)]
pub struct Spool {
    shape: Shape,
    rows: usize,
    /// The block that is being filled.
    open: Vec<f64>,
    full: Vec<Block>,
    /// Full blocks that the file has.
    written: usize,
    path: Option<PathBuf>,
    file: Option<File>,
}
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shape {
    columns: usize,
    chains: usize,
    /// Rows of a block.
    height: usize,
}
#[derive(Debug)]
struct Block {
    /// Left out where the file has them and memory should not.
    values: Option<Vec<f64>>,
    sum: u64,
}
/// What a checkpoint says of the draws that go with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    shape: Shape,
    pub rows: usize,
    /// Of the full blocks, and of the rows of the open one.
    sums: Vec<u64>,
}

impl Extent {
    /// Columns and chains.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.shape.columns, self.shape.chains)
    }
    pub(crate) fn fits(&self, columns: usize, chains: usize) -> bool {
        self.shape.columns == columns && self.shape.chains == chains && self.shape.height > 0
    }
    /// Whether the rows that `fill(column, chain, from, rows)` gives are those that were there.
    ///
    /// # Errors
    /// What `fill` says.
    pub(crate) fn is_of(
        &self,
        mut fill: impl FnMut(usize, usize, usize, &mut [f64]) -> Result<(), FolderError>,
    ) -> Result<bool, FolderError> {
        let Shape { columns, chains, height } = self.shape;
        if height == 0 || self.sums.len() != self.rows / height + 1 {
            return Ok(false);
        }
        let mut block = vec![0.0; self.shape.numbers()];
        for (k, sum) in self.sums.iter().enumerate() {
            let count = height.min(self.rows - k * height);
            for chain in (0..chains).filter(|_| count > 0) {
                for column in 0..columns {
                    let start = (column * chains + chain) * height;
                    fill(column, chain, k * height, &mut block[start..start + count])?;
                }
            }
            if self.shape.sum(&block, count) != *sum {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
impl Shape {
    fn numbers(&self) -> usize {
        self.columns * self.chains * self.height
    }
    /// A checksum of the first `rows` rows of a block: of every bit and its place.
    fn sum(&self, block: &[f64], rows: usize) -> u64 {
        let series = block.chunks_exact(self.height.max(1));
        durable::checksum(series.flat_map(|series| series[..rows].iter().map(|x| x.to_bits())))
    }
}
impl Spool {
    /// An empty table; `path` is where its file will be.
    pub(crate) fn new(columns: usize, chains: usize, path: Option<PathBuf>) -> Self {
        let height = if columns == 0 { BLOCK } else { (BLOCK / (columns * chains.max(1))).clamp(1, 1 << 14) };
        let shape = Shape { columns, chains, height };
        Spool { shape, rows: 0, open: vec![0.0; shape.numbers()], full: Vec::new(), written: 0, path, file: None }
    }
    /// Rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }
    /// Rows that may come before the next call of [`grow`](Spool::grow).
    pub fn room(&self) -> usize {
        self.shape.height - self.rows % self.shape.height
    }
    /// Where the next rows of a column go, [`room`](Spool::room) numbers.
    pub fn next(&mut self, column: usize, chain: usize) -> &mut [f64] {
        let (h, at) = (self.shape.height, self.rows % self.shape.height);
        let start = (column * self.shape.chains + chain) * h;
        &mut self.open[start + at..start + h]
    }
    /// Takes the `count` rows that were put where [`next`](Spool::next) says.
    ///
    /// # Errors
    /// The disk refused a block that memory should not hold.
    pub fn grow(&mut self, count: usize) -> Result<(), FolderError> {
        self.rows += count.min(self.room());
        if count > 0 && self.rows.is_multiple_of(self.shape.height) {
            let block = std::mem::replace(&mut self.open, vec![0.0; self.shape.numbers()]);
            self.full.push(Block { sum: self.shape.sum(&block, self.shape.height), values: Some(block) });
            if self.full.len() * self.shape.numbers() > HELD && self.path.is_some() {
                self.write()?;
                self.full.iter_mut().for_each(|block| block.values = None);
            }
        }
        Ok(())
    }
    /// Whether some rows are in the file alone.
    pub fn spilled(&self) -> bool {
        self.full.iter().any(|block| block.values.is_none())
    }
    /// Writes the full blocks that the file does not have.
    fn write(&mut self) -> Result<(), FolderError> {
        let Some(path) = &self.path else { return Ok(()) };
        let refused = || FolderError::io("write", path);
        if self.file.is_none() {
            let file = File::options().read(true).write(true).create(true).truncate(false).open(path);
            self.file = Some(file.map_err(refused())?);
        }
        let Some(file) = &self.file else { return Ok(()) };
        for (k, block) in self.full.iter().enumerate().skip(self.written) {
            let Some(values) = &block.values else { continue };
            put(file, k * self.shape.numbers(), values).map_err(refused())?;
            self.written = k + 1;
        }
        Ok(())
    }
    /// Waits until the file has every row; what a checkpoint has to say of them.
    pub(crate) fn flush(&mut self) -> Result<Extent, FolderError> {
        if self.rows == 0 {
            return Ok(self.extent());
        }
        self.write()?;
        if let (Some(path), Some(file)) = (&self.path, &self.file) {
            let refused = || FolderError::io("write", path);
            let start = self.full.len() * self.shape.numbers();
            let filled = self.rows % self.shape.height;
            let rows = || {
                // The rest of the block is a hole in the file until its rows come.
                file.set_len((start + self.shape.numbers()) as u64 * 8)?;
                let series = self.open.chunks_exact(self.shape.height).enumerate();
                series
                    .filter(|_| filled > 0)
                    .try_for_each(|(k, series)| put(file, start + k * self.shape.height, &series[..filled]))?;
                file.sync_data()
            };
            rows().map_err(refused())?;
        }
        Ok(self.extent())
    }
    pub(crate) fn extent(&self) -> Extent {
        let mut sums: Vec<u64> = self.full.iter().map(|block| block.sum).collect();
        sums.push(self.shape.sum(&self.open, self.rows % self.shape.height));
        Extent { shape: self.shape, rows: self.rows, sums }
    }
    /// Adds `count` rows that `fill(column, chain, rows)` gives, in pieces.
    ///
    /// # Errors
    /// What `fill` says, or as for [`grow`](Spool::grow).
    pub(crate) fn extend(
        &mut self,
        count: usize,
        mut fill: impl FnMut(usize, usize, usize, &mut [f64]) -> Result<(), FolderError>,
    ) -> Result<(), FolderError> {
        let end = self.rows + count;
        while self.rows < end {
            let (piece, from) = (self.room().min(end - self.rows), self.rows);
            for chain in 0..self.shape.chains {
                for column in 0..self.shape.columns {
                    fill(column, chain, from, &mut self.next(column, chain)[..piece])?;
                }
            }
            self.grow(piece)?;
        }
        Ok(())
    }
    /// Reads rows `from ..` of one column of some chains, chain after chain.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, column: usize, chains: Range<usize>, from: usize, out: &mut [f64]) -> Result<(), FolderError> {
        let (h, first, m) = (self.shape.height, column * self.shape.chains + chains.start, chains.len().max(1));
        let rows = out.len() / m;
        let (mut slab, mut done) = (Vec::new(), 0);
        while done < rows {
            let (block, at) = ((from + done) / h, (from + done) % h);
            let piece = (h - at).min(rows - done);
            let held = match self.full.get(block) {
                Some(block) => block.values.as_deref(),
                None => Some(self.open.as_slice()),
            };
            // The first row that is wanted to the last one: a series of each chain, next to one another.
            let (start, length) = (first * h + at, (m - 1) * h + piece);
            let series = match (held, &self.file) {
                (Some(values), _) => &values[start..start + length],
                (None, Some(file)) => {
                    let path = self.path.as_deref().unwrap_or(Path::new(""));
                    slab.resize(length, 0.0);
                    get(file, block * self.shape.numbers() + start, &mut slab)
                        .map_err(FolderError::io("read", path))?;
                    slab.as_slice()
                }
                (None, None) => {
                    slab.clear();
                    slab.resize(length, f64::NAN); // a block leaves memory only after it was written
                    slab.as_slice()
                }
            };
            for (to, from) in out.chunks_exact_mut(rows).zip(series.chunks(h)) {
                to[done..done + piece].copy_from_slice(&from[..piece]);
            }
            done += piece;
        }
        Ok(())
    }
    /// One column: its rows, chain after chain.
    ///
    /// # Errors
    /// As for [`read`](Spool::read).
    pub fn column(&self, column: usize) -> Result<Vec<f64>, FolderError> {
        let mut out = vec![0.0; self.shape.chains * self.rows];
        self.read(column, 0..self.shape.chains, 0, &mut out)?;
        Ok(out)
    }
    /// The table that was there when `extent` was taken, from its file.
    ///
    /// # Errors
    /// The file is missing, cut short or changed.
    pub(crate) fn open(path: &Path, extent: &Extent) -> Result<Self, FolderError> {
        let Extent { shape, rows, sums } = extent;
        let mut spool = Spool::new(shape.columns, shape.chains, Some(path.into()));
        let damaged = |why: &str| FolderError::broken(path, why);
        if spool.shape != *shape || sums.len() != rows / shape.height.max(1) + 1 {
            return Err(damaged("its layout is not the one this version writes"));
        }
        if *rows == 0 {
            return Ok(spool);
        }
        let file = File::options().read(true).write(true).open(path).map_err(FolderError::io("read", path))?;
        for (k, sum) in sums.iter().enumerate() {
            let rows = if k + 1 == sums.len() { rows % shape.height } else { shape.height };
            get(&file, k * shape.numbers(), &mut spool.open).map_err(|_| damaged("the file is cut short"))?;
            if shape.sum(&spool.open, rows) != *sum {
                return Err(damaged("the draws in it are not those that were written"));
            }
            if k + 1 < sums.len() {
                let held = ((sums.len() - 1) * shape.numbers() <= HELD).then(|| spool.open.clone());
                spool.full.push(Block { values: held, sum: *sum });
            }
        }
        (spool.rows, spool.written, spool.file) = (*rows, spool.full.len(), Some(file));
        Ok(spool)
    }
}

/// Writes numbers at a place counted in numbers.
fn put(mut file: &File, at: usize, values: &[f64]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(at as u64 * 8))?;
    let mut bytes = Vec::with_capacity(1 << 16);
    for part in values.chunks(1 << 13) {
        bytes.clear();
        part.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
        file.write_all(&bytes)?;
    }
    Ok(())
}
fn get(mut file: &File, at: usize, values: &mut [f64]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(at as u64 * 8))?;
    let mut bytes = vec![0; values.len().min(1 << 13) * 8];
    for part in values.chunks_mut(1 << 13) {
        let bytes = &mut bytes[..part.len() * 8];
        file.read_exact(bytes)?;
        part.iter_mut().zip(bytes.as_chunks::<8>().0).for_each(|(x, b)| *x = f64::from_le_bytes(*b));
    }
    Ok(())
}

impl Persist for Extent {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { shape: Shape { columns, chains, height }, rows, sums } = self;
        [columns, chains, height, rows].into_iter().try_for_each(|count| count.pass(archive))?;
        sums.pass(archive)
    }
}
