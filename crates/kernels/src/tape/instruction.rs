//! The instructions of a tape: what one does to a lane.
use super::special;
use crate::pointwise;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// -a
    Neg,
    /// a * a
    Square,
    /// |a|
    Abs,
    /// -1, 0 or 1
    Sign,
    /// sqrt a
    Sqrt,
    /// e^a, within 1.1 + |a| / 8 ulp
    Exp,
    /// e^a - 1
    Expm1,
    /// log a
    Log,
    /// log(1 + a)
    Log1p,
    /// log(1 + e^a)
    Log1pExp,
    /// 1 / (1 + e^-a)
    Logistic,
    /// sin a
    Sin,
    /// cos a
    Cos,
    /// tan a
    Tan,
    /// tanh a
    Tanh,
    /// atan a
    Atan,
    /// 2 / sqrt(pi) int_0^a exp(-t^2) dt
    Erf,
    /// log |Gamma(a)|
    Lgamma,
    /// The (m + 1)-th derivative of log Gamma at a.
    Polygamma(u8),
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// a + b
    Add,
    /// a - b
    Sub,
    /// a * b
    Mul,
    /// a / b
    Div,
    /// a^b
    Pow,
    /// The smaller; NaN if one is.
    Min,
    /// The larger; NaN if one is.
    Max,
}

/// A function of three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ternary {
    /// a * b + c, rounded once
    MulAdd,
    /// a * b - c, rounded once
    MulSub,
    /// c - a * b, rounded once
    SubMul,
    /// c where a >= b, otherwise 0
    WhereNotLess,
    /// c where a > b, otherwise 0
    WhereGreater,
}

/// What an instruction computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// f(a)
    Unary(Unary),
    /// f(a, b)
    Binary(Binary),
    /// f(a, b, c)
    Ternary(Ternary),
}

/// One instruction: register `out` is written from the registers `from`, of which an operation reads as many as it has arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What is computed.
    pub operation: Operation,
    /// The register written.
    pub out: u32,
    /// The registers read; those past the arguments are ignored.
    pub from: [u32; 3],
}
impl Instruction {
    /// out = f(a)
    pub fn unary(f: Unary, out: u32, a: u32) -> Self {
        Instruction { operation: Operation::Unary(f), out, from: [a; 3] }
    }
    /// out = f(a, b)
    pub fn binary(f: Binary, out: u32, [a, b]: [u32; 2]) -> Self {
        Instruction { operation: Operation::Binary(f), out, from: [a, b, b] }
    }
    /// out = f(a, b, c)
    pub fn ternary(f: Ternary, out: u32, [a, b, c]: [u32; 3]) -> Self {
        Instruction { operation: Operation::Ternary(f), out, from: [a, b, c] }
    }
    /// The registers read.
    pub fn reads(&self) -> &[u32] {
        &self.from[..match self.operation {
            Operation::Unary(_) => 1,
            Operation::Binary(_) => 2,
            Operation::Ternary(_) => 3,
        }]
    }
}

/// The loop over lanes: out[i] = body of a[i], b[i], ... A macro, as a function passed to a loop is not always compiled into it,
/// and then misses the instruction set that the loop is compiled for.
macro_rules! each {
    ($out:ident, |$($x:ident),*| $body:expr) => {
        for i in 0..W {
            $(let $x = $x[i];)*
            $out[i] = $body;
        }
    };
}

impl Unary {
    /// Lane by lane: out = f(a).
    #[inline(always)]
    pub(super) fn lanes<const W: usize>(self, out: &mut [f64; W], a: &[f64; W]) {
        match self {
            Unary::Neg => each!(out, |a| -a),
            Unary::Square => each!(out, |a| a * a),
            Unary::Abs => each!(out, |a| a.abs()),
            Unary::Sign => each!(out, |a| if a == 0.0 || a.is_nan() { a } else { 1f64.copysign(a) }),
            Unary::Sqrt => each!(out, |a| a.sqrt()),
            Unary::Exp => {
                *out = *a;
                crate::exponential::exp_slice_of_rounded(out);
            }
            Unary::Expm1 => each!(out, |a| pointwise::expm1(a)),
            Unary::Log => each!(out, |a| pointwise::log(a)),
            Unary::Log1p => each!(out, |a| special::log1p(a)),
            Unary::Log1pExp => each!(out, |a| pointwise::log1p_exp(a)),
            Unary::Logistic => each!(out, |a| pointwise::logistic(a)),
            Unary::Sin => each!(out, |a| pointwise::sin(a)),
            Unary::Cos => each!(out, |a| pointwise::cos(a)),
            Unary::Tan => each!(out, |a| special::tan(a)),
            Unary::Tanh => each!(out, |a| pointwise::tanh(a)),
            Unary::Atan => each!(out, |a| special::atan(a)),
            Unary::Erf => each!(out, |a| special::erf(a)),
            Unary::Lgamma => special::lgamma_lanes(out, a),
            Unary::Polygamma(0) => special::digamma_lanes(out, a),
            Unary::Polygamma(m) => each!(out, |a| special::polygamma(m, a)),
        }
    }
    /// f(a), to the same bits as on a tape.
    pub fn apply(self, a: f64) -> f64 {
        let mut out = [0.0];
        self.lanes(&mut out, &[a]);
        out[0]
    }
}

impl Binary {
    /// Lane by lane: out = f(a, b).
    #[inline(always)]
    pub(super) fn lanes<const W: usize>(self, out: &mut [f64; W], a: &[f64; W], b: &[f64; W]) {
        match self {
            Binary::Add => each!(out, |a, b| a + b),
            Binary::Sub => each!(out, |a, b| a - b),
            Binary::Mul => each!(out, |a, b| a * b),
            Binary::Div => each!(out, |a, b| a / b),
            Binary::Pow => each!(out, |a, b| pointwise::pow(a, b)),
            Binary::Min => each!(out, |a, b| if a < b || a.is_nan() { a } else { b }),
            Binary::Max => each!(out, |a, b| if a > b || a.is_nan() { a } else { b }),
        }
    }
    /// f(a, b), to the same bits as on a tape.
    pub fn apply(self, a: f64, b: f64) -> f64 {
        let mut out = [0.0];
        self.lanes(&mut out, &[a], &[b]);
        out[0]
    }
}

impl Ternary {
    /// Lane by lane: out = f(a, b, c).
    #[inline(always)]
    pub(super) fn lanes<const W: usize>(self, out: &mut [f64; W], [a, b, c]: [&[f64; W]; 3]) {
        match self {
            Ternary::MulAdd => each!(out, |a, b, c| a.mul_add(b, c)),
            Ternary::MulSub => each!(out, |a, b, c| a.mul_add(b, -c)),
            Ternary::SubMul => each!(out, |a, b, c| (-a).mul_add(b, c)),
            Ternary::WhereNotLess => each!(out, |a, b, c| if a >= b { c } else { 0.0 }),
            Ternary::WhereGreater => each!(out, |a, b, c| if a > b { c } else { 0.0 }),
        }
    }
}
