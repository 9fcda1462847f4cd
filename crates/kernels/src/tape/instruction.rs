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
    /// e^a
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

/// One instruction: a register is written from registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// out = f(a)
    Unary(Unary, u32, u32),
    /// out = f(a, b)
    Binary(Binary, u32, u32, u32),
    /// out = f(a, b, c)
    Ternary(Ternary, u32, u32, u32, u32),
}

impl Unary {
    /// Lane by lane: out = f(a).
    #[inline(always)]
    pub(super) fn lanes<const W: usize>(self, out: &mut [f64; W], a: &[f64; W]) {
        #[inline(always)]
        fn each<const W: usize>(out: &mut [f64; W], a: &[f64; W], f: impl Fn(f64) -> f64) {
            for i in 0..W {
                out[i] = f(a[i]);
            }
        }
        match self {
            Unary::Neg => each(out, a, |a| -a),
            Unary::Square => each(out, a, |a| a * a),
            Unary::Abs => each(out, a, f64::abs),
            Unary::Sign => each(out, a, |a| if a == 0.0 || a.is_nan() { a } else { 1f64.copysign(a) }),
            Unary::Sqrt => each(out, a, f64::sqrt),
            Unary::Exp => each(out, a, |a| pointwise::exp(a)),
            Unary::Expm1 => each(out, a, |a| pointwise::expm1(a)),
            Unary::Log => each(out, a, |a| pointwise::log(a)),
            Unary::Log1p => each(out, a, |a| special::log1p(a)),
            Unary::Log1pExp => each(out, a, |a| pointwise::log1p_exp(a)),
            Unary::Logistic => each(out, a, |a| pointwise::logistic(a)),
            Unary::Sin => each(out, a, |a| pointwise::sin(a)),
            Unary::Cos => each(out, a, |a| pointwise::cos(a)),
            Unary::Tan => each(out, a, |a| special::tan(a)),
            Unary::Tanh => each(out, a, |a| pointwise::tanh(a)),
            Unary::Atan => each(out, a, |a| special::atan(a)),
            Unary::Erf => each(out, a, |a| special::erf(a)),
            Unary::Lgamma => each(out, a, special::lgamma),
            Unary::Polygamma(m) => each(out, a, |a| special::polygamma(m, a)),
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
        #[inline(always)]
        fn each<const W: usize>(out: &mut [f64; W], a: &[f64; W], b: &[f64; W], f: impl Fn(f64, f64) -> f64) {
            for i in 0..W {
                out[i] = f(a[i], b[i]);
            }
        }
        match self {
            Binary::Add => each(out, a, b, |a, b| a + b),
            Binary::Sub => each(out, a, b, |a, b| a - b),
            Binary::Mul => each(out, a, b, |a, b| a * b),
            Binary::Div => each(out, a, b, |a, b| a / b),
            Binary::Pow => each(out, a, b, |a, b| pointwise::pow(a, b)),
            Binary::Min => each(out, a, b, |a, b| if a < b || a.is_nan() { a } else { b }),
            Binary::Max => each(out, a, b, |a, b| if a > b || a.is_nan() { a } else { b }),
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
    pub(super) fn lanes<const W: usize>(self, out: &mut [f64; W], a: &[f64; W], b: &[f64; W], c: &[f64; W]) {
        #[inline(always)]
        fn each<const W: usize>(
            out: &mut [f64; W],
            (a, b, c): (&[f64; W], &[f64; W], &[f64; W]),
            f: impl Fn(f64, f64, f64) -> f64,
        ) {
            for i in 0..W {
                out[i] = f(a[i], b[i], c[i]);
            }
        }
        let from = (a, b, c);
        match self {
            Ternary::MulAdd => each(out, from, |a, b, c| a.mul_add(b, c)),
            Ternary::MulSub => each(out, from, |a, b, c| a.mul_add(b, -c)),
            Ternary::SubMul => each(out, from, |a, b, c| (-a).mul_add(b, c)),
            Ternary::WhereNotLess => each(out, from, |a, b, c| if a >= b { c } else { 0.0 }),
            Ternary::WhereGreater => each(out, from, |a, b, c| if a > b { c } else { 0.0 }),
        }
    }
}
