//! CHAIN: instructions as words on one accumulator.
//!
//! Most instructions read what the one before wrote. As words they find it in the processor's registers, where it stays for a
//! whole block of points, and only what is read later goes to memory; constants are broadcast and never loaded lane by lane.
//! Every lane is still computed by the operations of the instructions, each rounded as it says: the bits do not change.
use super::instruction::{Binary, Instruction, Operation, Ternary, Unary};
use crate::exponential::exp;
use crate::lanes::{Lanes, with_lanes};
use std::ops::Range;

/// What a word does to the accumulator a, with operands p and q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// p
    Load,
    /// a + p
    Add,
    /// a - p
    Sub,
    /// p - a
    SubFrom,
    /// a p
    Mul,
    /// a / p
    Div,
    /// p / a
    DivInto,
    /// a p + q
    MulAdd,
    /// a p - q
    MulSub,
    /// q - a p
    SubMul,
    /// p q + a
    AddProduct,
    /// a - p q
    SubProduct,
    /// p q - a
    SubFromProduct,
    /// a^2
    Square,
    /// a^2 + p
    SquareAdd,
    /// a^2 - p
    SquareSub,
    /// p - a^2
    SubSquare,
    /// -a
    Neg,
    /// |a|
    Abs,
    /// sqrt a
    Sqrt,
    /// e^a
    Exp,
}

/// One word: a verb, its operands, and where the accumulator is kept afterwards, if something reads it from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    verb: Verb,
    p: u32,
    q: u32,
    keep: Option<u32>,
}

/// A stretch of a program.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Words, by their places.
    Words(Range<usize>),
    /// One instruction through memory.
    Step(Instruction),
}

/// A program as words, with the instructions that have none between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    words: Vec<Word>,
    parts: Vec<Part>,
    /// Constants that instructions read through memory, by register.
    spread: Vec<u32>,
}

impl Chain {
    /// The chain of a checked program; `read` are the registers that must be in memory at its end.
    pub(super) fn new(
        constants: usize,
        registers: usize,
        code: &[Instruction],
        read: impl Iterator<Item = u32>,
    ) -> Chain {
        let mut maker =
            Maker { chain: Chain::default(), constants, held: None, writer: vec![None; registers], start: 0 };
        for instruction in code {
            if !maker.words(instruction) {
                maker.step(instruction);
            }
        }
        maker.close();
        read.for_each(|r| maker.read(r));
        maker.chain.spread.sort_unstable();
        maker.chain.spread.dedup();
        maker.chain
    }
    /// Its parts in order.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }
    /// Registers of constants that must be filled before it runs.
    pub(super) fn spread(&self) -> &[u32] {
        &self.spread
    }
    /// Runs some of the words over registers of `width` numbers each, 8 or a multiple of 64.
    #[inline]
    pub(super) fn run(&self, words: &Range<usize>, constants: &[f64], width: usize, registers: &mut [f64]) {
        let words = &self.words[words.clone()];
        with_lanes!(run(words: &[Word], constants: &[f64], width: usize, registers: &mut [f64]));
    }
}

struct Maker {
    chain: Chain,
    constants: usize,
    /// The register whose content the accumulator has.
    held: Option<u32>,
    /// For each register the word that wrote it, if its content may not be in memory yet.
    writer: Vec<Option<usize>>,
    /// Where the words of this part begin.
    start: usize,
}

impl Maker {
    /// Register r is read from memory.
    fn read(&mut self, r: u32) {
        if let Some(word) = self.writer[r as usize] {
            self.chain.words[word].keep = Some(r);
        } else if (r as usize) < self.constants {
            self.chain.spread.push(r);
        }
    }
    fn operand(&mut self, r: u32) {
        if r as usize >= self.constants {
            self.read(r);
        }
    }
    fn is_constant(&self, r: u32) -> bool {
        (r as usize) < self.constants
    }
    fn word(&mut self, verb: Verb, p: u32, q: u32) {
        self.operand(p);
        self.operand(q);
        self.chain.words.push(Word { verb, p, q, keep: None });
    }
    /// Register r is in the accumulator.
    fn begin(&mut self, r: u32) {
        if self.held != Some(r) {
            self.word(Verb::Load, r, r);
        }
    }
    /// One operand.
    fn alone(&mut self, verb: Verb, a: u32) {
        self.begin(a);
        // Its operands are not looked at, so nothing has to keep them.
        self.chain.words.push(Word { verb, p: 0, q: 0, keep: None });
    }
    /// f(a, b), which is g(b, a).
    fn either(&mut self, f: Verb, g: Verb, a: u32, b: u32) {
        let turned = self.held != Some(a) && (self.held == Some(b) || self.is_constant(a));
        let (verb, first, second) = if turned { (g, b, a) } else { (f, a, b) };
        self.begin(first);
        self.word(verb, second, second);
    }
    /// A product and an addend: by which of them the accumulator has, a factor, the addend or the factor that is squared.
    fn fused(&mut self, [factor, addend, squared]: [Verb; 3], a: u32, b: u32, c: u32) {
        if self.held == Some(c) && self.held != Some(a) && self.held != Some(b) {
            self.word(addend, a, b);
        } else if a == b {
            self.begin(a);
            self.word(squared, c, c);
        } else {
            let turned = self.held != Some(a) && (self.held == Some(b) || self.is_constant(a));
            let (first, second) = if turned { (b, a) } else { (a, b) };
            self.begin(first);
            self.word(factor, second, c);
        }
    }
    /// Adds the words of an instruction, unless it has none.
    fn words(&mut self, instruction: &Instruction) -> bool {
        let [a, b, c] = instruction.from;
        match instruction.operation {
            Operation::Unary(Unary::Neg) => self.alone(Verb::Neg, a),
            Operation::Unary(Unary::Square) => self.alone(Verb::Square, a),
            Operation::Unary(Unary::Abs) => self.alone(Verb::Abs, a),
            Operation::Unary(Unary::Sqrt) => self.alone(Verb::Sqrt, a),
            Operation::Unary(Unary::Exp) => self.alone(Verb::Exp, a),
            Operation::Binary(Binary::Add) => self.either(Verb::Add, Verb::Add, a, b),
            Operation::Binary(Binary::Sub) => self.either(Verb::Sub, Verb::SubFrom, a, b),
            Operation::Binary(Binary::Mul) => self.either(Verb::Mul, Verb::Mul, a, b),
            Operation::Binary(Binary::Div) => self.either(Verb::Div, Verb::DivInto, a, b),
            Operation::Ternary(Ternary::MulAdd) => {
                self.fused([Verb::MulAdd, Verb::AddProduct, Verb::SquareAdd], a, b, c);
            }
            Operation::Ternary(Ternary::MulSub) => {
                self.fused([Verb::MulSub, Verb::SubFromProduct, Verb::SquareSub], a, b, c);
            }
            Operation::Ternary(Ternary::SubMul) => {
                self.fused([Verb::SubMul, Verb::SubProduct, Verb::SubSquare], a, b, c);
            }
            _ => return false,
        }
        self.held = Some(instruction.out);
        self.writer[instruction.out as usize] = Some(self.chain.words.len() - 1);
        true
    }
    fn step(&mut self, instruction: &Instruction) {
        instruction.reads().iter().for_each(|&r| self.read(r));
        self.close();
        self.chain.parts.push(Part::Step(*instruction));
        self.held = None;
        self.writer[instruction.out as usize] = None;
    }
    fn close(&mut self) {
        let end = self.chain.words.len();
        if self.start < end {
            self.chain.parts.push(Part::Words(self.start..end));
        }
        self.start = end;
    }
}

/// Eight vectors at a time where there are registers for them; the blocks of a small batch are one vector.
#[inline(always)]
fn run<L: Lanes>(v: L, words: &[Word], constants: &[f64], width: usize, registers: &mut [f64]) {
    if width == 8 {
        return vectors::<L, 1>(v, words, constants, width, 0, registers);
    }
    if L::REGISTERS >= 32 {
        for from in (0..width).step_by(64) {
            vectors::<L, 8>(v, words, constants, width, from, registers);
        }
    } else {
        for from in (0..width).step_by(32) {
            vectors::<L, 4>(v, words, constants, width, from, registers);
        }
    }
}

/// N vectors of every register, from lane `from` on.
#[inline(always)]
fn vectors<L: Lanes, const N: usize>(
    v: L,
    words: &[Word],
    constants: &[f64],
    width: usize,
    from: usize,
    registers: &mut [f64],
) {
    let mut a = [v.splat(0.0); N];
    let minus = |v: L, x: L::F| v.of_bits(v.xor(v.bits(x), v.splat_u(1 << 63)));
    /// a <- body of a, p and q, for operands that are the same in every lane and for those that are not.
    macro_rules! with {
        ($word:ident, |$a:ident| $body:expr) => {
            for i in 0..N {
                let $a = a[i];
                a[i] = $body;
            }
        };
        ($word:ident, |$a:ident, $p:ident| $body:expr) => {
            match constants.get($word.p as usize) {
                Some(same) => {
                    let $p = v.splat(*same);
                    with!($word, |$a| $body)
                }
                None => {
                    let Some(lanes) = place::<N>(registers, width, from, $word.p) else { return };
                    for i in 0..N {
                        let ($a, $p) = (a[i], v.load(&lanes[i]));
                        a[i] = $body;
                    }
                }
            }
        };
        ($word:ident, |$a:ident, $p:ident, $q:ident| $body:expr) => {
            match constants.get($word.q as usize) {
                Some(same) => {
                    let $q = v.splat(*same);
                    with!($word, |$a, $p| $body)
                }
                None => {
                    let Some(others) = place::<N>(registers, width, from, $word.q) else { return };
                    match constants.get($word.p as usize) {
                        Some(same) => {
                            let $p = v.splat(*same);
                            for i in 0..N {
                                let ($a, $q) = (a[i], v.load(&others[i]));
                                a[i] = $body;
                            }
                        }
                        None => {
                            let Some(lanes) = place::<N>(registers, width, from, $word.p) else { return };
                            for i in 0..N {
                                let ($a, $p, $q) = (a[i], v.load(&lanes[i]), v.load(&others[i]));
                                a[i] = $body;
                            }
                        }
                    }
                }
            }
        };
    }
    for word in words {
        match word.verb {
            Verb::Load => with!(word, |_a, p| p),
            Verb::Add => with!(word, |a, p| v.add(a, p)),
            Verb::Sub => with!(word, |a, p| v.sub(a, p)),
            Verb::SubFrom => with!(word, |a, p| v.sub(p, a)),
            Verb::Mul => with!(word, |a, p| v.mul(a, p)),
            Verb::Div => with!(word, |a, p| v.div(a, p)),
            Verb::DivInto => with!(word, |a, p| v.div(p, a)),
            Verb::MulAdd => with!(word, |a, p, q| v.mul_add(a, p, q)),
            Verb::MulSub => with!(word, |a, p, q| v.mul_add(a, p, minus(v, q))),
            Verb::SubMul => with!(word, |a, p, q| v.mul_add(minus(v, a), p, q)),
            Verb::AddProduct => with!(word, |a, p, q| v.mul_add(p, q, a)),
            Verb::SubProduct => with!(word, |a, p, q| v.mul_add(minus(v, p), q, a)),
            Verb::SubFromProduct => with!(word, |a, p, q| v.mul_add(p, q, minus(v, a))),
            Verb::Square => with!(word, |a| v.mul(a, a)),
            Verb::SquareAdd => with!(word, |a, p| v.mul_add(a, a, p)),
            Verb::SquareSub => with!(word, |a, p| v.mul_add(a, a, minus(v, p))),
            Verb::SubSquare => with!(word, |a, p| v.mul_add(minus(v, a), a, p)),
            Verb::Neg => with!(word, |a| minus(v, a)),
            Verb::Abs => with!(word, |a| v.of_bits(v.and(v.bits(a), v.splat_u(!(1 << 63))))),
            Verb::Sqrt => with!(word, |a| v.sqrt(a)),
            Verb::Exp => {
                let (pairs, rest) = a.as_chunks_mut::<2>();
                pairs.iter_mut().for_each(|pair| *pair = exp(v, *pair));
                if let [last] = rest {
                    [*last] = exp(v, [*last]);
                }
            }
        }
        if let Some(r) = word.keep {
            let Some(out) = registers.get_mut(r as usize * width + from..) else { return };
            let Some(out) = out.as_chunks_mut::<8>().0.first_chunk_mut::<N>() else { return };
            for i in 0..N {
                v.store(a[i], &mut out[i]);
            }
        }
    }
}

/// N vectors of a register.
#[inline(always)]
fn place<const N: usize>(registers: &[f64], width: usize, from: usize, r: u32) -> Option<&[[f64; 8]; N]> {
    registers.get(r as usize * width + from..)?.as_chunks::<8>().0.first_chunk::<N>()
}
