//! TAPE: a straight-line program over blocks of points, the form in which expressions are evaluated.
//!
//! A register holds one number for each of the points of a block (64, or 8 where the batch is small; twice as many in single
//! precision), so an instruction is decoded once a block and its loop over lanes is vector code. Registers are numbered: constants first, then inputs, then
//! results. Every lane is computed by the same operations in the same order, so a point's result does not depend on its
//! neighbours, on the width of the block or on the instruction set.
mod chain;
mod instruction;
mod lane;
mod rows;
mod special;
#[cfg(test)]
mod tests;
mod word;
use chain::{Chain, Part};
pub use instruction::{Binary, Instruction, Operation, Ternary, Unary};
use lane::{Lane, load, store};
pub use rows::{RowTape, Sheet, Source};
use word::Target;

/// Points a block in a large batch.
const WIDE: usize = 64;
/// Points a block in a small one.
const NARROW: usize = 8;
/// The largest batch that goes in narrow blocks.
const SMALL: usize = 2 * NARROW;

/// Numbers in a cache line: registers start on one, as vectors across two cost double.
const LINE: usize = 8;

/// A checked straight-line program with constants, inputs and outputs.
///
/// ```
/// use steepest_kernels::tape::{Binary, Instruction, Tape, Unary};
/// // registers: 0 is the constant 3, 1 is the input x; the output is 3 x^2
/// let code = vec![Instruction::unary(Unary::Square, 2, 1), Instruction::binary(Binary::Mul, 3, [0, 2])];
/// let tape = Tape::new(vec![3.0], 1, code, vec![(1.0, 3)]).unwrap();
/// let (mut out, mut scratch) = ([1.0, 1.0], vec![0.0; tape.scratch(2)]);
/// tape.accumulate(2, &[1.0, 2.0], 1.0, &mut [&mut out], &mut scratch);
/// assert_eq!(out, [4.0, 13.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Tape {
    constants: Vec<f64>,
    inputs: usize,
    registers: usize,
    chain: Chain,
    outputs: Vec<(f64, u32)>,
}

/// Where inputs are read and outputs added.
enum Columns<'a, 'b> {
    Apart {
        x: &'a [f64],
        out: &'a mut [&'b mut [f64]],
    },
    /// A block is read before it is added to.
    Own(&'a mut [f64]),
}

impl Tape {
    /// A program whose outputs are factors times registers; `None` unless every instruction reads registers that hold something and writes to one that is neither a
    /// constant, nor an input, nor one it reads; and every output holds something.
    pub fn new(constants: Vec<f64>, inputs: usize, code: Vec<Instruction>, outputs: Vec<(f64, u32)>) -> Option<Tape> {
        let fixed = constants.len() + inputs;
        let mut written = vec![true; fixed];
        for instruction in &code {
            let out = instruction.out;
            let read = instruction.reads().iter().all(|&r| written.get(r as usize) == Some(&true) && r != out);
            // A register number is at most one more than those in use, so the program cannot ask for absurd memory.
            if !read || (out as usize) < fixed || out as usize > written.len() {
                return None;
            }
            if out as usize == written.len() {
                written.push(true);
            }
        }
        let held = outputs.iter().all(|&(_, r)| (r as usize) < written.len());
        held.then(|| {
            let chain = Chain::new(&constants, [inputs, written.len()], &code, &outputs);
            Tape { constants, inputs, registers: written.len(), chain, outputs }
        })
    }
    /// Numbers that `accumulate` needs as scratch for n points.
    pub fn scratch(&self, n: usize) -> usize {
        self.registers * if n <= SMALL { NARROW } else { WIDE } + LINE - 1
    }
    /// Adds scale times the outputs at n points to `out`: column after column of length n, through the slices in order.
    ///
    /// `x[j * n + i]` is input j of point i; `scratch` has at least `scratch(n)` numbers, whose content does not matter.
    /// Columns that do not fit into `out` are left out.
    ///
    /// # Panics
    /// If `scratch` is too short.
    pub fn accumulate(&self, n: usize, x: &[f64], scale: f64, out: &mut [&mut [f64]], scratch: &mut [f64]) {
        self.each(n, Columns::Apart { x, out }, scale, scratch);
    }
    /// Adds scale times the outputs at n points to the points themselves, to the bits of [`accumulate`](Self::accumulate) onto a copy.
    ///
    /// # Panics
    /// If `scratch` is too short.
    pub fn accumulate_own(&self, n: usize, scale: f64, x: &mut [f64], scratch: &mut [f64]) {
        self.each(n, Columns::Own(x), scale, scratch);
    }
    /// [`accumulate`](Self::accumulate) with everything up to the outputs in single precision, the functions beyond arithmetic, roots and e^a
    /// apart: those are of double precision, rounded. Scales and sums are in double.
    ///
    /// # Panics
    /// If `scratch` is too short.
    ///
    /// ```
    /// use steepest_kernels::tape::{Instruction, Tape, Unary};
    /// let tape = Tape::new(vec![], 1, vec![Instruction::unary(Unary::Exp, 1, 0)], vec![(1.0, 1)]).unwrap();
    /// let (mut out, mut scratch) = ([0.0], vec![0.0; tape.scratch(1)]);
    /// tape.accumulate_single(1, &[1.0], 1.0, &mut [&mut out], &mut scratch);
    /// assert_eq!((out[0] * 1e6).round(), 2718282.0);
    /// assert_eq!(f64::from(out[0] as f32), out[0]);
    /// ```
    pub fn accumulate_single(&self, n: usize, x: &[f64], scale: f64, out: &mut [&mut [f64]], scratch: &mut [f64]) {
        self.each_single(n, Columns::Apart { x, out }, scale, scratch);
    }
    /// [`accumulate_own`](Self::accumulate_own) to the bits of [`accumulate_single`](Self::accumulate_single) onto a copy.
    ///
    /// # Panics
    /// If `scratch` is too short.
    pub fn accumulate_own_single(&self, n: usize, scale: f64, x: &mut [f64], scratch: &mut [f64]) {
        self.each_single(n, Columns::Own(x), scale, scratch);
    }
    fn each(&self, n: usize, columns: Columns<'_, '_>, scale: f64, scratch: &mut [f64]) {
        if n == 0 {
            return;
        }
        let lanes = aligned(scratch);
        if n <= SMALL {
            crate::simd(
                #[inline(always)]
                || self.blocks::<f64, NARROW>(n, columns, scale, lanes),
            );
        } else {
            crate::simd(
                #[inline(always)]
                || self.blocks::<f64, WIDE>(n, columns, scale, lanes),
            );
        }
    }
    fn each_single(&self, n: usize, columns: Columns<'_, '_>, scale: f64, scratch: &mut [f64]) {
        if n == 0 {
            return;
        }
        // SAFETY: two `f32` lie where an `f64` is, and any bits are one.
        let (_, lanes, _) = unsafe { aligned(scratch).align_to_mut::<f32>() };
        if n <= SMALL {
            crate::simd(
                #[inline(always)]
                || self.blocks::<f32, { 2 * NARROW }>(n, columns, scale, lanes),
            );
        } else {
            crate::simd(
                #[inline(always)]
                || self.blocks::<f32, { 2 * WIDE }>(n, columns, scale, lanes),
            );
        }
    }

    #[inline(always)]
    fn blocks<T: Lane, const W: usize>(&self, n: usize, mut columns: Columns<'_, '_>, scale: f64, lanes: &mut [T]) {
        let registers = &mut lanes.as_chunks_mut::<W>().0[..self.registers];
        self.spread(registers);
        let first = self.constants.len();
        let mut start = 0;
        while start < n {
            let count = W.min(n - start);
            let inputs = &mut registers[first..first + self.inputs];
            let x = match &columns {
                Columns::Apart { x, .. } => x,
                Columns::Own(x) => &**x,
            };
            for (register, at) in inputs.iter_mut().zip((start..).step_by(n)) {
                load(register, &x[at..at + count]);
            }
            // A whole block goes from the words that make the outputs to one slice.
            let whole = match &mut columns {
                Columns::Apart { out: [out], .. } if count == W => Some(&mut **out),
                Columns::Own(x) if count == W => Some(&mut **x),
                _ => None,
            };
            if let Some(out) = whole {
                self.follow(registers, Some(Target { out, n, start, scale }));
                start += count;
                continue;
            }
            self.follow(registers, None);
            let mut outputs = self.outputs.iter();
            let mut add = |slice: &mut [f64]| {
                let mut at = start;
                while at + count <= slice.len() {
                    let Some(&(factor, register)) = outputs.next() else { break };
                    store(&mut slice[at..at + count], scale * factor, &registers[register as usize]);
                    at += n;
                }
            };
            match &mut columns {
                Columns::Apart { out, .. } => out.iter_mut().for_each(|slice| add(slice)),
                Columns::Own(x) => add(x),
            }
            start += count;
        }
    }
    /// Fills the registers of constants that are read from memory.
    #[inline(always)]
    fn spread<T: Lane, const W: usize>(&self, registers: &mut [[T; W]]) {
        for &r in self.chain.spread() {
            registers[r as usize] = [T::of(self.constants[r as usize]); W];
        }
    }
    /// One block through the program; its outputs to the target, or to their registers.
    #[inline(always)]
    fn follow<T: Lane, const W: usize>(&self, registers: &mut [[T; W]], mut target: Option<Target<'_>>) {
        for part in self.chain.parts() {
            match part {
                Part::Words(words) => T::run(self.chain.words(words), registers, target.as_mut().map(Target::again)),
                Part::Step(instruction) => T::step(instruction, registers),
            }
        }
        if target.is_some() && !self.chain.rest().is_empty() {
            T::run(self.chain.words(self.chain.rest()), registers, target);
        }
    }
}

/// From the first number on that starts a cache line.
fn aligned(scratch: &mut [f64]) -> &mut [f64] {
    let first = scratch.as_ptr().align_offset(8 * LINE).min(LINE - 1);
    &mut scratch[first..]
}
