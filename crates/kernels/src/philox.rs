//! PHILOX: the counter-based generator Philox4x32 `[SalmonEtAl2011]`, of ten rounds or of seven.
use crate::lanes::Lanes;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
/// Rounds with the margin that its authors leave.
pub(crate) const TEN: usize = 10;
/// The fewest rounds that pass all of BigCrush `[SalmonEtAl2011]`.
pub(crate) const SEVEN: usize = 7;

/// 128 random bits as a pure function of a counter and a key: ten rounds of Philox4x32 `[SalmonEtAl2011]`.
///
/// ```
/// use steepest_kernels::philox4x32;
/// assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
/// ```
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox4x32_rounds::<TEN>(counter, key)
}

/// The same with another number of rounds; seven are the fewest that pass all of BigCrush `[SalmonEtAl2011]`.
///
/// ```
/// use steepest_kernels::philox4x32_rounds;
/// assert_eq!(philox4x32_rounds::<7>([0; 4], [0; 2]), [0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48]);
/// ```
pub fn philox4x32_rounds<const ROUNDS: usize>(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let (mut x, mut key) = (counter, key);
    for _ in 0..ROUNDS {
        let p = [0, 1].map(|i| u64::from(x[2 * i]) * u64::from(MULTIPLIERS[i]));
        let high = p.map(|p| (p >> 32) as u32);
        x = [high[1] ^ x[1] ^ key[0], p[1] as u32, high[0] ^ x[3] ^ key[1], p[0] as u32];
        key = next(key);
    }
    x
}

#[inline(always)]
fn next(key: [u32; 2]) -> [u32; 2] {
    [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])]
}

/// Where a sequence of random numbers comes from: key, step and stream, laid out for the generator.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    key: [u32; 2],
    tail: [u32; 2],
}

/// Four words of eight blocks, each word in the low half of a lane; the high halves are rubbish.
pub(crate) type Words<L> = [<L as Lanes>::U; 4];

impl Source {
    /// The counter is [block low, block high, step low, (step bits 32..48) << 16 | stream].
    pub(crate) fn new(key: u64, step: u64, stream: u16) -> Self {
        debug_assert!(step < 1 << 48, "a step has 48 bits");
        let high = ((step >> 32) as u32) << 16 | u32::from(stream);
        Source { key: [key as u32, (key >> 32) as u32], tail: [step as u32, high] }
    }

    /// The same over lanes.
    #[inline(always)]
    pub(crate) fn over<L: Lanes, const R: usize>(self, v: L) -> Spread<L, R> {
        let (mut key, mut keys) = (self.key, [[v.splat_u(0); 2]; R]);
        for k in &mut keys {
            *k = [v.splat_u(twice(key[0])), v.splat_u(twice(key[1]))];
            key = next(key);
        }
        let [a, b] = self.tail;
        Spread { keys, tail: [v.splat_u(twice(a)), v.splat_u(twice(b))] }
    }
}

/// A [`Source`] in registers, with the key of each of R rounds.
pub(crate) struct Spread<L: Lanes, const R: usize> {
    keys: [[L::U; 2]; R],
    tail: [L::U; 2],
}
impl<L: Lanes, const R: usize> Spread<L, R> {
    /// Two vectors of blocks to be made: base + stride l and base + offset + stride l for lanes l, which must share their high word.
    #[inline(always)]
    pub(crate) fn blocks(&self, v: L, base: u64, offset: u64, stride: u64) -> Blocks<'_, L, R> {
        let (high, low, [c, d]) = (v.splat_u(twice((base >> 32) as u32)), v.ramp(base, stride), self.tail);
        Blocks { words: [[low, high, c, d], [v.add_u(low, v.splat_u(offset)), high, c, d]], keys: &self.keys }
    }
}

/// Two vectors of blocks on their way through the rounds.
pub(crate) struct Blocks<'a, L: Lanes, const R: usize> {
    words: [Words<L>; 2],
    keys: &'a [[L::U; 2]; R],
}

/// Work that goes in between the lines of other work, where that leaves the processor waiting.
pub(crate) trait Aside<L: Lanes> {
    /// Step k of it, after step k - 1.
    fn step(&mut self, v: L, k: usize);
    /// The half of step k that is of one vector.
    fn half(&mut self, v: L, k: usize, which: usize);
}
impl<L: Lanes> Aside<L> for () {
    #[inline(always)]
    fn step(&mut self, _v: L, _k: usize) {}
    #[inline(always)]
    fn half(&mut self, _v: L, _k: usize, _which: usize) {}
}
/// Halves of steps, one vector after the other: both would not stay in sixteen registers.
pub(crate) struct Half<'a, A>(pub(crate) &'a mut A, pub(crate) usize);
impl<L: Lanes, A: Aside<L>> Aside<L> for Half<'_, A> {
    #[inline(always)]
    fn step(&mut self, v: L, k: usize) {
        self.0.half(v, k, self.1);
    }
    #[inline(always)]
    fn half(&mut self, v: L, k: usize, which: usize) {
        self.0.half(v, k, which);
    }
}
/// A round of both vectors.
impl<L: Lanes, const R: usize> Aside<L> for Blocks<'_, L, R> {
    #[inline(always)]
    fn step(&mut self, v: L, k: usize) {
        let [a, b] = &mut self.words;
        round(v, self.keys[k], [a, b]);
    }
    #[inline(always)]
    fn half(&mut self, v: L, k: usize, which: usize) {
        round(v, self.keys[k], [&mut self.words[which]]);
    }
}
impl<L: Lanes, const R: usize> Blocks<'_, L, R> {
    /// The words, after the rounds from the k-th on.
    #[inline(always)]
    pub(crate) fn words(mut self, v: L, k: usize) -> [Words<L>; 2] {
        let [a, b] = &mut self.words;
        if L::REGISTERS >= 32 {
            // Two chains of multiplications in one go, as each alone waits for its own latency.
            for key in &self.keys[k..] {
                round(v, *key, [a, b]);
            }
        } else {
            // A vector here is two registers: both chains of one vector, and its words stay in them.
            for key in &self.keys[k..] {
                round(v, *key, [a]);
            }
            for key in &self.keys[k..] {
                round(v, *key, [b]);
            }
        }
        self.words
    }
}

/// A round of N vectors of blocks in step.
#[inline(always)]
fn round<L: Lanes, const N: usize>(v: L, key: [L::U; 2], x: [&mut Words<L>; N]) {
    let m = [v.splat_u(twice(MULTIPLIERS[0])), v.splat_u(twice(MULTIPLIERS[1]))];
    for x in x {
        let p0 = v.mul_low(x[0], m[0]);
        let p1 = v.mul_low(x[2], m[1]);
        let left = v.xor(v.xor(v.shr::<32>(p1), x[1]), key[0]);
        let right = v.xor(v.xor(v.shr::<32>(p0), x[3]), key[1]);
        *x = [v.pin_u(left), p1, v.pin_u(right), p0];
    }
}

/// A word in both halves of a lane.
///
/// Were the high half known to be zero, the compiler would turn the 32-bit products into slow 64-bit ones.
#[inline(always)]
fn twice(word: u32) -> u64 {
    u64::from(word) << 32 | u64::from(word)
}

/// What becomes of the numbers while they are still in registers.
pub(crate) trait Sink<L: Lanes> {
    /// How many it takes.
    fn len(&self) -> usize;
    /// Numbers k to k + 8 meet the elements of their places; k + 8 is at most `len`.
    fn eight(&mut self, v: L, z: L::F, k: usize);
    /// Number k does, with the same bits.
    fn one(&mut self, z: f64, k: usize);
}

/// Eight elements from the k-th on.
#[inline(always)]
fn eight(x: &mut [f64], k: usize) -> Option<&mut [f64; 8]> {
    x.get_mut(k..k + 8).and_then(|x| x.try_into().ok())
}

/// x <- z.
pub(crate) struct Store<'a>(pub(crate) &'a mut [f64]);
impl<L: Lanes> Sink<L> for Store<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn eight(&mut self, v: L, z: L::F, k: usize) {
        if let Some(x) = eight(self.0, k) {
            v.store(z, x);
        }
    }
    #[inline(always)]
    fn one(&mut self, z: f64, k: usize) {
        self.0[k] = z;
    }
}

/// y <- c y + a z.
pub(crate) struct Blend<'a> {
    pub(crate) c: f64,
    pub(crate) a: f64,
    pub(crate) y: &'a mut [f64],
}
impl<L: Lanes> Sink<L> for Blend<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.y.len()
    }
    #[inline(always)]
    fn eight(&mut self, v: L, z: L::F, k: usize) {
        if let Some(y) = eight(self.y, k) {
            let kept = v.mul(v.splat(self.c), v.load(y));
            v.store(v.mul_add(v.splat(self.a), z, kept), y);
        }
    }
    #[inline(always)]
    fn one(&mut self, z: f64, k: usize) {
        self.y[k] = self.a.mul_add(z, self.c * self.y[k]);
    }
}

/// q += h p, p <- c p + a z, q += h p.
pub(crate) struct Glide<'a> {
    pub(crate) h: f64,
    pub(crate) bath: Blend<'a>,
    pub(crate) q: &'a mut [f64],
}
impl<L: Lanes> Sink<L> for Glide<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.q.len()
    }
    #[inline(always)]
    fn eight(&mut self, v: L, z: L::F, k: usize) {
        if let (Some(p), Some(q)) = (eight(self.bath.y, k), eight(self.q, k)) {
            let (h, before) = (v.splat(self.h), v.load(p));
            let half = v.mul_add(h, before, v.load(q));
            let after = v.mul_add(v.splat(self.bath.a), z, v.mul(v.splat(self.bath.c), before));
            v.store(after, p);
            v.store(v.mul_add(h, after, half), q);
        }
    }
    #[inline(always)]
    fn one(&mut self, z: f64, k: usize) {
        self.q[k] = self.h.mul_add(self.bath.y[k], self.q[k]);
        Sink::<L>::one(&mut self.bath, z, k);
        self.q[k] = self.h.mul_add(self.bath.y[k], self.q[k]);
    }
}

/// y <- (y + a white) + a z, white <- z.
pub(crate) struct Relay<'a> {
    pub(crate) a: f64,
    pub(crate) white: &'a mut [f64],
    pub(crate) y: &'a mut [f64],
}
impl<L: Lanes> Sink<L> for Relay<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.y.len()
    }
    #[inline(always)]
    fn eight(&mut self, v: L, z: L::F, k: usize) {
        if let (Some(white), Some(y)) = (eight(self.white, k), eight(self.y, k)) {
            let a = v.splat(self.a);
            let half = v.mul_add(a, v.load(white), v.load(y));
            v.store(v.mul_add(a, z, half), y);
            v.store(z, white);
        }
    }
    #[inline(always)]
    fn one(&mut self, z: f64, k: usize) {
        self.y[k] = self.a.mul_add(z, self.a.mul_add(self.white[k], self.y[k]));
        self.white[k] = z;
    }
}

/// A sequence of numbers made N at a time from two vectors of blocks of R rounds.
///
/// The methods are to be `#[inline(always)]`: a closure in their place would escape inlining.
pub(crate) trait Batched<L: Lanes, const N: usize, const R: usize> {
    /// How many steps of other work `shape` has room for, R at most.
    const ASIDE: usize;

    /// The bits of a batch, to be made.
    fn draw(&self, index: u64) -> Blocks<'_, L, R>;

    /// The numbers made of them, for places `first` to `first` + N, with the first ASIDE steps of other work in between.
    fn shape(&self, words: [Words<L>; 2], aside: &mut impl Aside<L>, sink: &mut impl Sink<L>, first: usize);

    /// Gives `sink` the numbers from index `start` on.
    #[inline(always)]
    fn fill(&self, v: L, start: u64, sink: &mut impl Sink<L>) {
        let (len, skip) = (sink.len(), (start % N as u64) as usize);
        let mut index = start / N as u64;
        let mut words = self.draw(index).words(v, 0);
        let mut done = 0;
        if skip > 0 {
            let mut buffer = [0.0; N];
            self.shape(words, &mut (), &mut Store(&mut buffer), 0);
            buffer[skip..].iter().take(len).enumerate().for_each(|(k, z)| sink.one(*z, k));
            done = len.min(N - skip);
            index += 1;
            words = self.draw(index).words(v, 0);
        }
        while done + N <= len {
            index += 1;
            let mut next = self.draw(index);
            // The next bits between the lines of these numbers: two independent chains for the processor to overlap.
            self.shape(words, &mut next, sink, done);
            words = next.words(v, Self::ASIDE);
            done += N;
        }
        if done < len {
            let mut buffer = [0.0; N];
            self.shape(words, &mut (), &mut Store(&mut buffer), 0);
            buffer.iter().take(len - done).enumerate().for_each(|(k, z)| sink.one(*z, done + k));
        }
    }
}
