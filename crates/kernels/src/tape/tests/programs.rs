//! Programs drawn at random, against their instructions one number at a time, in double precision and in single.
use super::super::{Binary, Instruction, Operation, Tape, Ternary, Unary, WIDE};
use crate::{Level, with_level};

/// What an instruction means, one number at a time.
fn meaning(instruction: &Instruction, registers: &[f64]) -> f64 {
    let [a, b, c] = instruction.from.map(|r| registers[r as usize]);
    match instruction.operation {
        Operation::Unary(f) => f.apply(a),
        Operation::Binary(f) => f.apply(a, b),
        Operation::Ternary(Ternary::MulAdd) => a.mul_add(b, c),
        Operation::Ternary(Ternary::MulSub) => a.mul_add(b, -c),
        Operation::Ternary(Ternary::SubMul) => (-a).mul_add(b, c),
        Operation::Ternary(Ternary::WhereNotLess) => {
            if a >= b {
                c
            } else {
                0.0
            }
        }
        Operation::Ternary(Ternary::WhereGreater) => {
            if a > b {
                c
            } else {
                0.0
            }
        }
    }
}
/// The same in single precision. An exponential is that of a tape of nothing else, which is tested where it is.
fn meaning_single(instruction: &Instruction, registers: &[f32]) -> f32 {
    let [a, b, c] = instruction.from.map(|r| registers[r as usize]);
    match instruction.operation {
        Operation::Unary(Unary::Square) => a * a,
        Operation::Unary(Unary::Sqrt) => a.sqrt(),
        Operation::Unary(Unary::Exp) => {
            let tape = Tape::new(vec![], 1, vec![Instruction::unary(Unary::Exp, 1, 0)], vec![(1.0, 1)]).unwrap();
            let (mut out, mut scratch) = ([0.0], vec![0.0; tape.scratch(1)]);
            tape.accumulate_single(1, &[f64::from(a)], 1.0, &mut [&mut out], &mut scratch);
            out[0] as f32
        }
        Operation::Unary(f) => f.apply(f64::from(a)) as f32,
        Operation::Binary(Binary::Add) => a + b,
        Operation::Binary(Binary::Sub) => a - b,
        Operation::Binary(Binary::Mul) => a * b,
        Operation::Binary(Binary::Div) => a / b,
        Operation::Binary(f) => f.apply(f64::from(a), f64::from(b)) as f32,
        Operation::Ternary(Ternary::MulAdd) => a.mul_add(b, c),
        Operation::Ternary(Ternary::MulSub) => a.mul_add(b, -c),
        Operation::Ternary(Ternary::SubMul) => (-a).mul_add(b, c),
        Operation::Ternary(_) => {
            meaning(instruction, &registers.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()) as f32
        }
    }
}

/// A program of three constants and three inputs, with its number of registers.
struct Program {
    code: Vec<Instruction>,
    used: usize,
    outputs: Vec<(f64, u32)>,
}
const CONSTANTS: [f64; 3] = [0.75, -1.25, 3.0];

/// Programs in which every operation meets constants, inputs and results in every place, with registers used again.
fn programs(count: usize) -> impl Iterator<Item = Program> {
    let unary = [Unary::Neg, Unary::Square, Unary::Abs, Unary::Sqrt, Unary::Exp, Unary::Sin];
    let binary = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Max];
    let ternary = [Ternary::MulAdd, Ternary::MulSub, Ternary::SubMul, Ternary::WhereGreater];
    let mut seed = 1_u64;
    let mut draw = move |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below
    };
    (0..count).map(move |_| {
        let (fixed, mut used, mut code) = (6, 6, Vec::new());
        for _ in 0..25 {
            // Results are read soon, as in programs that people write.
            let mut operand = |last: Option<u32>| match (draw(3), last) {
                (0, Some(r)) => r,
                _ => draw(used) as u32,
            };
            let last = code.last().map(|i: &Instruction| i.out);
            let from = [operand(last), operand(last), operand(last)];
            let fresh = (fixed..used).map(|r| r as u32).find(|r| !from.contains(r) && draw(8) == 0);
            let out = fresh.unwrap_or(used as u32);
            used += usize::from(fresh.is_none());
            code.push(match draw(5) {
                4 => Instruction::binary(Binary::Add, out, [draw(3) as u32, 3 + draw(3) as u32]),
                0 => Instruction::unary(unary[draw(unary.len())], out, from[0]),
                1 => Instruction::binary(binary[draw(binary.len())], out, [from[0], from[1]]),
                _ => Instruction::ternary(ternary[draw(ternary.len())], out, from),
            });
        }
        let outputs = [1.0, -0.5, 1.0, 2.0].map(|factor| (factor, draw(used) as u32)).to_vec();
        Program { code, used, outputs }
    })
}
impl Program {
    /// The outputs at n points, column after column.
    fn exact(&self, n: usize, x: &[f64]) -> Vec<f64> {
        self.follow(n, |i| {
            let mut registers = vec![0.0; self.used];
            registers[..3].copy_from_slice(&CONSTANTS);
            (0..3).for_each(|j| registers[3 + j] = x[j * n + i]);
            for instruction in &self.code {
                registers[instruction.out as usize] = meaning(instruction, &registers);
            }
            registers
        })
    }
    /// The same in single precision.
    fn exact_single(&self, n: usize, x: &[f64]) -> Vec<f64> {
        self.follow(n, |i| {
            let mut registers = vec![0f32; self.used];
            registers.iter_mut().zip(CONSTANTS).for_each(|(r, c)| *r = c as f32);
            (0..3).for_each(|j| registers[3 + j] = x[j * n + i] as f32);
            for instruction in &self.code {
                registers[instruction.out as usize] = meaning_single(instruction, &registers);
            }
            registers.into_iter().map(f64::from).collect()
        })
    }
    fn follow(&self, n: usize, registers: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
        let at: Vec<Vec<f64>> = (0..n).map(registers).collect();
        let outputs = self.outputs.iter();
        outputs.flat_map(|&(factor, r)| at.iter().map(move |at| 0.0 + factor * at[r as usize])).collect()
    }
}

/// On the accumulators or through memory, at every level and in blocks of any width, onto one slice, onto several or onto the points,
/// the bits are those of the instructions, in either precision.
#[test]
fn chains_of_words_have_the_bits_of_their_instructions() {
    let mut seen = 0;
    for program in programs(300) {
        let Program { code, outputs, .. } = &program;
        let tape = Tape::new(CONSTANTS.to_vec(), 3, code.clone(), outputs.clone()).unwrap();
        for n in [3, 2 * WIDE + 5] {
            let x: Vec<f64> = (0..3 * n).map(|i| (i as f64 * 0.618).sin() * 1.5).collect();
            let both = [program.exact(n, &x), program.exact_single(n, &x)];
            for (level, (single, exact)) in
                Level::available().flat_map(|level| [false, true].into_iter().zip(&both).map(move |pair| (level, pair)))
            {
                let [mut out, mut parts] = [(); 2].map(|()| vec![0.0; 4 * n]);
                let (mut own, mut scratch) = (x.clone(), vec![f64::NAN; tape.scratch(n)]);
                let (head, tail) = parts.split_at_mut(n);
                with_level(level, || {
                    let onto = if single { Tape::accumulate_single } else { Tape::accumulate };
                    let onto_own = if single { Tape::accumulate_own_single } else { Tape::accumulate_own };
                    onto(&tape, n, &x, 1.0, &mut [&mut out], &mut scratch);
                    onto(&tape, n, &x, 1.0, &mut [head, tail], &mut scratch);
                    onto_own(&tape, n, 1.0, &mut own, &mut scratch);
                });
                let moved: Vec<f64> = x.iter().zip(exact).map(|(x, add)| x + add).collect();
                for (found, exact) in [(&out, exact), (&parts, exact), (&own, &moved)] {
                    for (k, (out, exact)) in found.iter().zip(exact).enumerate() {
                        let same = out.to_bits() == exact.to_bits() || out.is_nan() && exact.is_nan();
                        assert!(
                            same,
                            "{level:?}, single: {single}, n = {n}, number {k}: {out:e} and not {exact:e} of {code:?}"
                        );
                    }
                }
            }
            seen += both.iter().flatten().filter(|x| x.is_finite() && **x != 0.0).count();
        }
    }
    assert!(seen > 100_000, "only {seen} numbers that mean something");
}
