//! WORD: what a chain does to its accumulators, eight vectors of a block at a time.
use crate::exponential::exp_of_rounded;
use crate::lanes::{Lanes, with_lanes};

/// What a word does to the first accumulator a, with operands p and q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// p
    Load,
    /// p q
    Product,
    /// p^2
    SquareOf,
    /// p^2 q
    SquareOfTimes,
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
    /// a + p^2
    AddSquareOf,
    /// a - p^2
    SubSquareOf,
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

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    /// A number, the same in every lane.
    Same(f64),
    /// The second accumulator.
    Second,
    /// A register.
    Lanes(u32),
    /// A register plus a number: an addition costs less than a store and a load.
    Shifted(u32, f64),
}

/// One word: a verb, its operands, and what becomes of the first accumulator afterwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) verb: Verb,
    pub(super) p: Operand,
    pub(super) q: Operand,
    /// It is copied to the second one.
    pub(super) second: bool,
    /// It is kept in a register, if something reads it from there.
    pub(super) keep: Option<u32>,
    /// It is an output: the column, and the factor. Then `keep` is for those who take outputs from registers.
    pub(super) out: Option<(u32, f64)>,
    /// It is an output, and read from its register as well.
    pub(super) read: bool,
    /// None of these.
    pub(super) plain: bool,
}
impl Word {
    pub(super) fn new(verb: Verb, p: Operand, q: Operand) -> Word {
        Word { verb, p, q, second: false, keep: None, out: None, read: false, plain: true }
    }
}

/// Where outputs are added, scale times: column c at lane l is `out[c * n + start + l]`.
pub(super) struct Target<'a> {
    pub(super) out: &'a mut [f64],
    pub(super) n: usize,
    pub(super) start: usize,
    pub(super) scale: f64,
}
impl Target<'_> {
    /// The same once more.
    pub(super) fn again(&mut self) -> Target<'_> {
        Target { out: self.out, ..*self }
    }
}

/// Runs words over registers of 64 numbers each.
#[inline]
pub(super) fn wide(words: &[Word], registers: &mut [[f64; 64]], target: Option<Target<'_>>) {
    with_lanes!(on_wide(words: &[Word], registers: &mut [[f64; 64]], target: Option<Target<'_>>));
}
/// Runs words over registers of 8 numbers each.
#[inline]
pub(super) fn narrow(words: &[Word], registers: &mut [[f64; 8]], target: Option<Target<'_>>) {
    with_lanes!(on_narrow(words: &[Word], registers: &mut [[f64; 8]], target: Option<Target<'_>>));
}

/// Eight vectors at a time where there are registers for them.
#[inline(always)]
fn on_wide<L: Lanes>(v: L, words: &[Word], registers: &mut [[f64; 64]], mut target: Option<Target<'_>>) {
    if L::REGISTERS >= 32 {
        vectors::<L, 64, 8>(v, words, registers, 0, &mut target);
    } else {
        vectors::<L, 64, 4>(v, words, registers, 0, &mut target);
        vectors::<L, 64, 4>(v, words, registers, 4, &mut target);
    }
}
#[inline(always)]
fn on_narrow<L: Lanes>(v: L, words: &[Word], registers: &mut [[f64; 8]], mut target: Option<Target<'_>>) {
    vectors::<L, 8, 1>(v, words, registers, 0, &mut target);
}

/// N vectors of every register, from vector `from` on.
#[inline(always)]
fn vectors<L: Lanes, const W: usize, const N: usize>(
    v: L,
    words: &[Word],
    registers: &mut [[f64; W]],
    from: usize,
    target: &mut Option<Target<'_>>,
) {
    let (mut a, mut b) = ([v.splat(0.0); N], [v.splat(0.0); N]);
    let minus = |v: L, x: L::F| v.of_bits(v.xor(v.bits(x), v.splat_u(1 << 63)));
    /// `then` for vector i of an operand, wherever it is.
    macro_rules! of {
        ($operand:expr, |$x:ident, $i:ident| $then:expr) => {
            match $operand {
                Operand::Same(x) => {
                    let $x = v.splat(x);
                    for $i in 0..N {
                        $then
                    }
                }
                Operand::Second => {
                    for $i in 0..N {
                        let $x = b[$i];
                        $then
                    }
                }
                Operand::Lanes(r) => {
                    let Some(lanes) = place::<W, N>(registers, from, r) else { return };
                    for $i in 0..N {
                        let $x = v.load(&lanes[$i]);
                        $then
                    }
                }
                Operand::Shifted(r, x) => {
                    let Some(lanes) = place::<W, N>(registers, from, r) else { return };
                    let shift = v.splat(x);
                    for $i in 0..N {
                        let $x = v.add(v.load(&lanes[$i]), shift);
                        $then
                    }
                }
            }
        };
    }
    /// a <- body of a, p and q.
    macro_rules! with {
        ($word:ident, |$a:ident| $body:expr) => {
            for i in 0..N {
                let $a = a[i];
                a[i] = $body;
            }
        };
        ($word:ident, |$a:ident, $p:ident| $body:expr) => {
            of!($word.p, |$p, i| {
                let $a = a[i];
                a[i] = $body;
            })
        };
        ($word:ident, |$a:ident, $p:ident, $q:ident| $body:expr) => {
            match $word.q {
                Operand::Same(x) => {
                    let $q = v.splat(x);
                    with!($word, |$a, $p| $body)
                }
                Operand::Lanes(r) => {
                    let Some(others) = place::<W, N>(registers, from, r) else { return };
                    of!($word.p, |$p, i| {
                        let ($a, $q) = (a[i], v.load(&others[i]));
                        a[i] = $body;
                    })
                }
                Operand::Second => of!($word.p, |$p, i| {
                    let ($a, $q) = (a[i], b[i]);
                    a[i] = $body;
                }),
                Operand::Shifted(r, x) => {
                    let Some(others) = place::<W, N>(registers, from, r) else { return };
                    let shift = v.splat(x);
                    of!($word.p, |$p, i| {
                        let ($a, $q) = (a[i], v.add(v.load(&others[i]), shift));
                        a[i] = $body;
                    })
                }
            }
        };
    }
    for word in words {
        match word.verb {
            Verb::Load => with!(word, |_a, p| p),
            Verb::Product => with!(word, |_a, p, q| v.mul(p, q)),
            Verb::SquareOf => with!(word, |_a, p| v.mul(p, p)),
            Verb::SquareOfTimes => with!(word, |_a, p, q| v.mul(v.mul(p, p), q)),
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
            Verb::AddSquareOf => with!(word, |a, p| v.mul_add(p, p, a)),
            Verb::SubSquareOf => with!(word, |a, p| v.mul_add(minus(v, p), p, a)),
            Verb::Square => with!(word, |a| v.mul(a, a)),
            Verb::SquareAdd => with!(word, |a, p| v.mul_add(a, a, p)),
            Verb::SquareSub => with!(word, |a, p| v.mul_add(a, a, minus(v, p))),
            Verb::SubSquare => with!(word, |a, p| v.mul_add(minus(v, a), a, p)),
            Verb::Neg => with!(word, |a| minus(v, a)),
            Verb::Abs => with!(word, |a| v.of_bits(v.and(v.bits(a), v.splat_u(!(1 << 63))))),
            Verb::Sqrt => with!(word, |a| v.sqrt(a)),
            Verb::Exp => {
                // Written out: a loop over steps would not be unrolled, and the accumulator would go to memory.
                match N {
                    8 => {
                        exp_of::<L, N, 4>(v, &mut a, 0);
                        exp_of::<L, N, 4>(v, &mut a, 4);
                    }
                    4 => exp_of::<L, N, 4>(v, &mut a, 0),
                    _ => exp_of::<L, N, 1>(v, &mut a, 0),
                }
            }
        }
        if word.plain {
            continue;
        }
        if word.second {
            b = a;
        }
        if let (Some((column, factor)), Some(target)) = (word.out, &mut *target) {
            let at = column as usize * target.n + target.start + 8 * from;
            let out = target.out.get_mut(at..).and_then(|out| out.as_chunks_mut::<8>().0.first_chunk_mut::<N>());
            if let Some(out) = out {
                let scale = v.splat(target.scale * factor);
                for i in 0..N {
                    v.store(v.mul_add(scale, a[i], v.load(&out[i])), &mut out[i]);
                }
            }
            if !word.read {
                continue;
            }
        }
        if let Some(r) = word.keep {
            let Some(out) = registers.get_mut(r as usize) else { return };
            let Some(out) = out.as_chunks_mut::<8>().0.get_mut(from..).and_then(|out| out.first_chunk_mut::<N>())
            else {
                return;
            };
            for i in 0..N {
                v.store(a[i], &mut out[i]);
            }
        }
    }
}

/// e^x of K vectors from `first` on, in step.
#[inline(always)]
fn exp_of<L: Lanes, const N: usize, const K: usize>(v: L, a: &mut [L::F; N], first: usize) {
    let mut x = [a[0]; K];
    x.copy_from_slice(&a[first..first + K]);
    a[first..first + K].copy_from_slice(&exp_of_rounded(v, x));
}

/// N vectors of a register.
#[inline(always)]
fn place<const W: usize, const N: usize>(registers: &[[f64; W]], from: usize, r: u32) -> Option<&[[f64; 8]; N]> {
    registers.get(r as usize)?.as_chunks::<8>().0.get(from..)?.first_chunk::<N>()
}
