//! WORD: what a chain does to its accumulators, eight vectors of a block at a time, in double precision or single.
use crate::lanes::{Lanes, Number, with_lanes};

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
/// Runs words over registers of 128 numbers of single precision each.
#[inline]
pub(super) fn wide_single(words: &[Word], registers: &mut [[f32; 128]], target: Option<Target<'_>>) {
    with_lanes!(on_wide(words: &[Word], registers: &mut [[f32; 128]], target: Option<Target<'_>>));
}
/// Runs words over registers of 16 numbers of single precision each.
#[inline]
pub(super) fn narrow_single(words: &[Word], registers: &mut [[f32; 16]], target: Option<Target<'_>>) {
    with_lanes!(on_narrow(words: &[Word], registers: &mut [[f32; 16]], target: Option<Target<'_>>));
}

/// Eight vectors at a time where there are registers for them.
#[inline(always)]
fn on_wide<L: Lanes, T: Number<L, K>, const K: usize, const W: usize>(
    v: L,
    words: &[Word],
    registers: &mut [[T; W]],
    mut target: Option<Target<'_>>,
) {
    if L::REGISTERS >= 32 {
        vectors::<L, T, K, W, 8>(v, words, registers, 0, &mut target);
    } else {
        // One copy of the code: two would not fit the cache of instructions.
        for from in [0, 4] {
            vectors::<L, T, K, W, 4>(v, words, registers, from, &mut target);
        }
    }
}
#[inline(always)]
fn on_narrow<L: Lanes, T: Number<L, K>, const K: usize>(
    v: L,
    words: &[Word],
    registers: &mut [[T; K]],
    mut target: Option<Target<'_>>,
) {
    vectors::<L, T, K, K, 1>(v, words, registers, 0, &mut target);
}

/// N vectors of every register, from vector `from` on.
#[inline(always)]
fn vectors<L: Lanes, T: Number<L, K>, const K: usize, const W: usize, const N: usize>(
    v: L,
    words: &[Word],
    registers: &mut [[T; W]],
    from: usize,
    target: &mut Option<Target<'_>>,
) {
    let (mut a, mut b) = ([T::splat(v, 0.0); N], [T::splat(v, 0.0); N]);
    /// `then` for vector i of an operand, wherever it is.
    macro_rules! of {
        ($operand:expr, |$x:ident, $i:ident| $then:expr) => {
            match $operand {
                Operand::Same(x) => {
                    let $x = T::splat(v, x);
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
                    let Some(lanes) = place::<T, K, W, N>(registers, from, r) else { return };
                    for $i in 0..N {
                        let $x = T::load(v, &lanes[$i]);
                        $then
                    }
                }
                Operand::Shifted(r, x) => {
                    let Some(lanes) = place::<T, K, W, N>(registers, from, r) else { return };
                    let shift = T::splat(v, x);
                    for $i in 0..N {
                        let $x = T::add(v, T::load(v, &lanes[$i]), shift);
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
                    let $q = T::splat(v, x);
                    with!($word, |$a, $p| $body)
                }
                Operand::Lanes(r) => {
                    let Some(others) = place::<T, K, W, N>(registers, from, r) else { return };
                    of!($word.p, |$p, i| {
                        let ($a, $q) = (a[i], T::load(v, &others[i]));
                        a[i] = $body;
                    })
                }
                Operand::Second => of!($word.p, |$p, i| {
                    let ($a, $q) = (a[i], b[i]);
                    a[i] = $body;
                }),
                Operand::Shifted(r, x) => {
                    let Some(others) = place::<T, K, W, N>(registers, from, r) else { return };
                    let shift = T::splat(v, x);
                    of!($word.p, |$p, i| {
                        let ($a, $q) = (a[i], T::add(v, T::load(v, &others[i]), shift));
                        a[i] = $body;
                    })
                }
            }
        };
    }
    for word in words {
        match word.verb {
            Verb::Load => with!(word, |_a, p| p),
            Verb::Product => with!(word, |_a, p, q| T::mul(v, p, q)),
            Verb::SquareOf => with!(word, |_a, p| T::mul(v, p, p)),
            Verb::SquareOfTimes => with!(word, |_a, p, q| T::mul(v, T::mul(v, p, p), q)),
            Verb::Add => with!(word, |a, p| T::add(v, a, p)),
            Verb::Sub => with!(word, |a, p| T::sub(v, a, p)),
            Verb::SubFrom => with!(word, |a, p| T::sub(v, p, a)),
            Verb::Mul => with!(word, |a, p| T::mul(v, a, p)),
            Verb::Div => with!(word, |a, p| T::div(v, a, p)),
            Verb::DivInto => with!(word, |a, p| T::div(v, p, a)),
            Verb::MulAdd => with!(word, |a, p, q| T::mul_add(v, a, p, q)),
            Verb::MulSub => with!(word, |a, p, q| T::mul_add(v, a, p, T::neg(v, q))),
            Verb::SubMul => with!(word, |a, p, q| T::mul_add(v, T::neg(v, a), p, q)),
            Verb::AddProduct => with!(word, |a, p, q| T::mul_add(v, p, q, a)),
            Verb::SubProduct => with!(word, |a, p, q| T::mul_add(v, T::neg(v, p), q, a)),
            Verb::SubFromProduct => with!(word, |a, p, q| T::mul_add(v, p, q, T::neg(v, a))),
            Verb::AddSquareOf => with!(word, |a, p| T::mul_add(v, p, p, a)),
            Verb::SubSquareOf => with!(word, |a, p| T::mul_add(v, T::neg(v, p), p, a)),
            Verb::Square => with!(word, |a| T::mul(v, a, a)),
            Verb::SquareAdd => with!(word, |a, p| T::mul_add(v, a, a, p)),
            Verb::SquareSub => with!(word, |a, p| T::mul_add(v, a, a, T::neg(v, p))),
            Verb::SubSquare => with!(word, |a, p| T::mul_add(v, T::neg(v, a), a, p)),
            Verb::Neg => with!(word, |a| T::neg(v, a)),
            Verb::Abs => with!(word, |a| T::abs(v, a)),
            Verb::Sqrt => with!(word, |a| T::sqrt(v, a)),
            Verb::Exp => {
                // Written out: a loop over steps would not be unrolled, and the accumulator would go to memory.
                match N {
                    8 => {
                        exp_of::<L, T, K, N, 4>(v, &mut a, 0);
                        exp_of::<L, T, K, N, 4>(v, &mut a, 4);
                    }
                    4 => exp_of::<L, T, K, N, 4>(v, &mut a, 0),
                    _ => exp_of::<L, T, K, N, 1>(v, &mut a, 0),
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
            let at = column as usize * target.n + target.start + K * from;
            let out = target.out.get_mut(at..).and_then(|out| out.as_chunks_mut::<K>().0.first_chunk_mut::<N>());
            if let Some(out) = out {
                let scale = v.splat(target.scale * factor);
                for i in 0..N {
                    T::add_to(v, scale, a[i], &mut out[i]);
                }
            }
            if !word.read {
                continue;
            }
        }
        if let Some(r) = word.keep {
            let Some(out) = registers.get_mut(r as usize) else { return };
            let Some(out) = out.as_chunks_mut::<K>().0.get_mut(from..).and_then(|out| out.first_chunk_mut::<N>())
            else {
                return;
            };
            for i in 0..N {
                T::store(v, a[i], &mut out[i]);
            }
        }
    }
}

/// e^x of M vectors from `first` on, in step.
#[inline(always)]
fn exp_of<L: Lanes, T: Number<L, K>, const K: usize, const N: usize, const M: usize>(
    v: L,
    a: &mut [T::Vector; N],
    first: usize,
) {
    let mut x = [a[0]; M];
    x.copy_from_slice(&a[first..first + M]);
    a[first..first + M].copy_from_slice(&T::exp(v, x));
}

/// N vectors of a register.
#[inline(always)]
fn place<T, const K: usize, const W: usize, const N: usize>(
    registers: &[[T; W]],
    from: usize,
    r: u32,
) -> Option<&[[T; K]; N]> {
    registers.get(r as usize)?.as_chunks::<K>().0.get(from..)?.first_chunk::<N>()
}
