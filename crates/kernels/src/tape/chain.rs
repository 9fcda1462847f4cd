//! CHAIN: instructions as words on two accumulators.
//!
//! Most instructions read what the one before wrote. As words they find it in the processor's registers, where it stays for a
//! whole block of points; what is read once more soon waits in a second accumulator, what is an input plus a number is made
//! again where it is read, and only the rest goes to memory: a store costs as much as two multiplications. Constants are broadcast and never
//! loaded lane by lane. Every lane is still computed by the operations of the instructions, each rounded as it says: the bits do not change.
use super::instruction::{Binary, Instruction, Operation, Ternary, Unary};
use super::word::{Operand, Verb, Word};
use std::ops::Range;

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
    /// Words for outputs that no word makes, only for a target.
    rest: Range<usize>,
    /// Constants that instructions read through memory, by register.
    spread: Vec<u32>,
}

impl Chain {
    /// The chain of a checked program with so many inputs and registers; `outputs` are factors and the registers that must be in memory at its end, where there is no
    /// target.
    pub(super) fn new(
        constants: &[f64],
        [inputs, registers]: [usize; 2],
        code: &[Instruction],
        outputs: &[(f64, u32)],
    ) -> Chain {
        let mut maker = Maker {
            chain: Chain::default(),
            constants,
            fixed: constants.len() + inputs,
            held: None,
            held_once: false,
            origin: vec![Origin::Memory; registers],
            made: Vec::new(),
            uses: Vec::new(),
            start: 0,
        };
        for (instruction, once) in code.iter().zip(read_once(registers, code, outputs)) {
            if maker.shift(instruction) {
                continue;
            }
            if !maker.words(instruction) {
                maker.step(instruction);
            }
            maker.held_once = once;
        }
        outputs.iter().for_each(|&(_, r)| maker.output(r));
        maker.close();
        maker.targets(outputs);
        maker.settle();
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
    /// Some of the words.
    pub(super) fn words(&self, words: &Range<usize>) -> &[Word] {
        &self.words[words.clone()]
    }
    /// What is left for a target after all parts.
    pub(super) fn rest(&self) -> &Range<usize> {
        &self.rest
    }
}

/// Where the content of a register comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// It is there: an input, or written by a step.
    Memory,
    /// Of this word.
    Word(usize),
    /// This register plus a number, and nowhere yet.
    Shifted(u32, f64),
}

/// What a word made.
#[derive(Clone, Copy, Debug)]
struct Made {
    register: u32,
    /// The number of parts before its own.
    part: usize,
    /// Whether it has to be in memory.
    pinned: bool,
}

/// An operand that a word made.
#[derive(Clone, Copy, Debug)]
struct Use {
    of: usize,
    by: usize,
}

struct Maker<'a> {
    chain: Chain,
    constants: &'a [f64],
    /// The number of constants and inputs.
    fixed: usize,
    /// The register whose content the accumulator has, and whether it is read only once.
    held: Option<u32>,
    held_once: bool,
    origin: Vec<Origin>,
    /// By word.
    made: Vec<Made>,
    uses: Vec<Use>,
    /// Where the words of this part begin.
    start: usize,
}

impl Maker<'_> {
    fn operand(&mut self, r: u32) -> Operand {
        if let Some(x) = self.constants.get(r as usize) {
            return Operand::Same(*x);
        }
        match self.origin[r as usize] {
            Origin::Shifted(input, x) => return Operand::Shifted(input, x),
            Origin::Word(of) => self.uses.push(Use { of, by: self.chain.words.len() }),
            Origin::Memory => {}
        }
        Operand::Lanes(r)
    }
    fn is_constant(&self, r: u32) -> bool {
        (r as usize) < self.constants.len()
    }
    fn push(&mut self, verb: Verb, p: Operand, q: Operand) {
        self.chain.words.push(Word::new(verb, p, q));
        self.made.push(Made { register: 0, part: self.chain.parts.len(), pinned: false });
    }
    fn word(&mut self, verb: Verb, p: u32, q: u32) {
        let first = self.operand(p);
        let second = if p == q { first } else { self.operand(q) };
        self.push(verb, first, second);
    }
    /// The accumulator has what register r is to hold.
    fn holds(&mut self, r: u32) {
        let last = self.chain.words.len() - 1;
        self.made[last].register = r;
        self.origin[r as usize] = Origin::Word(last);
        self.held = Some(r);
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
        self.push(verb, Operand::Same(0.0), Operand::Same(0.0));
    }
    /// f(a, b), which is g(b, a).
    fn either(&mut self, f: Verb, g: Verb, a: u32, b: u32) {
        let turned = self.held != Some(a) && (self.held == Some(b) || self.is_constant(a));
        let (verb, first, second) = if turned { (g, b, a) } else { (f, a, b) };
        self.begin(first);
        self.word(verb, second, second);
    }
    /// a^2
    fn square(&mut self, a: u32) {
        if self.held == Some(a) {
            self.alone(Verb::Square, a);
        } else {
            self.word(Verb::SquareOf, a, a);
        }
    }
    /// a b
    fn product(&mut self, a: u32, b: u32) {
        let other = if self.held == Some(a) { b } else { a };
        if self.held == Some(a) || self.held == Some(b) {
            // The number before a square is of the same word.
            if let (true, Some(x), Some(word)) =
                (self.held_once, self.constants.get(other as usize), self.chain.words.last_mut())
                && word.verb == Verb::SquareOf
            {
                (word.verb, word.q) = (Verb::SquareOfTimes, Operand::Same(*x));
                return;
            }
            self.either(Verb::Mul, Verb::Mul, a, b);
        } else if self.is_constant(a) {
            self.word(Verb::Product, b, a);
        } else {
            self.word(Verb::Product, a, b);
        }
    }
    /// A product and an addend: by which of them the accumulator has, a factor, the addend or the factor that is squared.
    fn fused(&mut self, [factor, addend, squared]: [Verb; 3], a: u32, b: u32, c: u32) {
        if self.held == Some(c) && self.held != Some(a) && self.held != Some(b) {
            match addend {
                Verb::AddProduct if a == b => self.word(Verb::AddSquareOf, a, a),
                Verb::SubProduct if a == b => self.word(Verb::SubSquareOf, a, a),
                _ => self.word(addend, a, b),
            }
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
    /// An input plus a constant has no word of its own.
    fn shift(&mut self, instruction: &Instruction) -> bool {
        let [a, b, _] = instruction.from;
        let (Operation::Binary(Binary::Add), Some(&x)) = (instruction.operation, self.constants.get(a.min(b) as usize))
        else {
            return false;
        };
        let input = a.max(b);
        if self.is_constant(input) || input as usize >= self.fixed {
            return false;
        }
        self.origin[instruction.out as usize] = Origin::Shifted(input, x);
        if self.held == Some(instruction.out) {
            self.held = None;
        }
        true
    }
    /// Adds the words of an instruction, unless it has none.
    fn words(&mut self, instruction: &Instruction) -> bool {
        let [a, b, c] = instruction.from;
        match instruction.operation {
            Operation::Unary(Unary::Neg) => self.alone(Verb::Neg, a),
            Operation::Unary(Unary::Square) => self.square(a),
            Operation::Unary(Unary::Abs) => self.alone(Verb::Abs, a),
            Operation::Unary(Unary::Sqrt) => self.alone(Verb::Sqrt, a),
            Operation::Unary(Unary::Exp) => self.alone(Verb::Exp, a),
            Operation::Binary(Binary::Add) => self.either(Verb::Add, Verb::Add, a, b),
            Operation::Binary(Binary::Sub) => self.either(Verb::Sub, Verb::SubFrom, a, b),
            Operation::Binary(Binary::Mul) => self.product(a, b),
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
        self.holds(instruction.out);
        true
    }
    /// Register r is read from memory.
    fn read(&mut self, r: u32) {
        if self.is_constant(r) {
            self.chain.spread.push(r);
        } else if let Some(word) = self.source(r) {
            self.made[word].pinned = true;
        }
    }
    /// The word that makes the content of a register, if one does.
    fn source(&mut self, r: u32) -> Option<usize> {
        if let Origin::Shifted(..) = self.origin[r as usize] {
            self.word(Verb::Load, r, r);
            self.holds(r);
        }
        match self.origin[r as usize] {
            Origin::Word(word) => Some(word),
            _ => None,
        }
    }
    fn step(&mut self, instruction: &Instruction) {
        instruction.reads().iter().for_each(|&r| self.read(r));
        self.close();
        self.chain.parts.push(Part::Step(*instruction));
        self.held = None;
        self.origin[instruction.out as usize] = Origin::Memory;
    }
    fn close(&mut self) {
        let end = self.chain.words.len();
        if self.start < end {
            self.chain.parts.push(Part::Words(self.start..end));
        }
        self.start = end;
    }
    /// Register r is in memory at the end, where there is no target.
    fn output(&mut self, r: u32) {
        if self.is_constant(r) {
            self.chain.spread.push(r);
        } else if let Some(word) = self.source(r) {
            self.chain.words[word].keep = Some(r);
        }
    }
    /// Outputs go to a target from the words that make them, once; others are loaded for it.
    fn targets(&mut self, outputs: &[(f64, u32)]) {
        for (column, &(factor, r)) in (0..).zip(outputs) {
            let target = Some((column, factor));
            match self.source(r).map(|word| &mut self.chain.words[word].out) {
                Some(out @ None) => *out = target,
                _ => {
                    self.word(Verb::Load, r, r);
                    if let Some(word) = self.chain.words.last_mut() {
                        word.out = target;
                    }
                }
            }
        }
        self.chain.rest = self.start..self.chain.words.len();
    }
    /// Where words find what others made: the second accumulator has one number after the other, as many as it can; the rest is in memory.
    fn settle(&mut self) {
        let Maker { chain, made, uses, .. } = self;
        let mut last = vec![None; made.len()];
        for &Use { of, by } in uses.iter() {
            last[of] = Some(by);
            made[of].pinned |= made[by].part != made[of].part;
        }
        // Those that end first leave most room for others.
        let mut open: Vec<(usize, usize)> = (0..made.len())
            .filter_map(|word| Some((last[word]?, word)))
            .filter(|&(_, word)| !made[word].pinned)
            .collect();
        open.sort_unstable();
        let mut free = 0;
        for (end, word) in open {
            if word >= free {
                chain.words[word].second = true;
                free = end;
            } else {
                made[word].pinned = true;
            }
        }
        for (word, made) in made.iter().enumerate().filter(|(_, made)| made.pinned) {
            (chain.words[word].keep, chain.words[word].read) = (Some(made.register), true);
        }
        for &Use { of, by } in uses.iter() {
            if !chain.words[of].second {
                continue;
            }
            let (there, word) = (Operand::Lanes(made[of].register), &mut chain.words[by]);
            for operand in [&mut word.p, &mut word.q] {
                if *operand == there {
                    *operand = Operand::Second;
                }
            }
        }
        for word in &mut chain.words {
            word.plain = !word.second && word.keep.is_none() && word.out.is_none();
        }
    }
}

/// Of each instruction, whether its result is read once, outputs included.
fn read_once(registers: usize, code: &[Instruction], outputs: &[(f64, u32)]) -> Vec<bool> {
    let (mut writer, mut reads) = (vec![None; registers], vec![0; code.len()]);
    let count = |writer: Option<usize>, reads: &mut Vec<usize>| {
        if let Some(k) = writer {
            reads[k] += 1;
        }
    };
    for (k, instruction) in code.iter().enumerate() {
        instruction.reads().iter().for_each(|r| count(writer[*r as usize], &mut reads));
        writer[instruction.out as usize] = Some(k);
    }
    outputs.iter().for_each(|(_, r)| count(writer[*r as usize], &mut reads));
    reads.into_iter().map(|reads| reads == 1).collect()
}
