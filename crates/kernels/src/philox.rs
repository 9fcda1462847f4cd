//! PHILOX: the counter-based generator Philox4x32-10 `[SalmonEtAl2011]`.
use crate::lanes::Lanes;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// 128 random bits as a pure function of a counter and a key: ten rounds of Philox4x32 `[SalmonEtAl2011]`.
///
/// ```
/// use steepest_kernels::philox4x32;
/// assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
/// ```
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
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

    /// Two vectors of blocks: base + stride l and base + offset + stride l for lanes l, which must share their high word.
    ///
    /// Two chains of multiplications in one go, as each alone waits for its own latency.
    #[inline(always)]
    pub(crate) fn blocks<L: Lanes>(&self, v: L, base: u64, offset: u64, stride: u64) -> [Words<L>; 2] {
        let m = MULTIPLIERS.map(|m| v.splat_u(twice(m)));
        let high = v.splat_u(twice((base >> 32) as u32));
        let tail = self.tail.map(|t| v.splat_u(twice(t)));
        let low = v.ramp(base, stride);
        let mut x = [low, v.add_u(low, v.splat_u(offset))].map(|low| [low, high, tail[0], tail[1]]);
        let mut key = self.key;
        for _ in 0..ROUNDS {
            let k = key.map(|k| v.splat_u(twice(k)));
            for x in &mut x {
                let p0 = v.mul_low(x[0], m[0]);
                let p1 = v.mul_low(x[2], m[1]);
                let left = v.xor(v.xor(v.shr::<32>(p1), x[1]), k[0]);
                let right = v.xor(v.xor(v.shr::<32>(p0), x[3]), k[1]);
                *x = [left, p1, right, p0];
            }
            key = next(key);
        }
        x
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
pub(crate) trait Sink<L: Lanes>: Copy {
    /// Eight numbers meet the elements of their places.
    fn eight(self, v: L, z: L::F, slot: &mut [f64; 8]);
    /// One number does, with the same bits.
    fn one(self, z: f64, slot: &mut f64);
}

/// slot <- z.
#[derive(Clone, Copy)]
pub(crate) struct Store;
impl<L: Lanes> Sink<L> for Store {
    #[inline(always)]
    fn eight(self, v: L, z: L::F, slot: &mut [f64; 8]) {
        v.store(z, slot);
    }
    #[inline(always)]
    fn one(self, z: f64, slot: &mut f64) {
        *slot = z;
    }
}

/// slot <- c slot + a z.
#[derive(Clone, Copy)]
pub(crate) struct Blend {
    pub(crate) c: f64,
    pub(crate) a: f64,
}
impl<L: Lanes> Sink<L> for Blend {
    #[inline(always)]
    fn eight(self, v: L, z: L::F, slot: &mut [f64; 8]) {
        let kept = v.mul(v.splat(self.c), v.load(slot));
        v.store(v.mul_add(v.splat(self.a), z, kept), slot);
    }
    #[inline(always)]
    fn one(self, z: f64, slot: &mut f64) {
        *slot = self.a.mul_add(z, self.c * *slot);
    }
}

/// A sequence of numbers made N at a time from two vectors of blocks.
///
/// The methods are to be `#[inline(always)]`: a closure in their place would escape inlining.
pub(crate) trait Batched<L: Lanes, const N: usize> {
    /// The bits of a batch.
    fn draw(&self, index: u64) -> [Words<L>; 2];

    /// The numbers made of them.
    fn shape(&self, words: [Words<L>; 2], sink: impl Sink<L>, out: &mut [f64; N]);

    /// Gives `sink` the numbers from index `start` on, one for each element of `out`.
    #[inline(always)]
    fn fill(&self, start: u64, sink: impl Sink<L>, out: &mut [f64]) {
        let skip = (start % N as u64) as usize;
        let mut index = start / N as u64;
        let mut words = self.draw(index);
        let mut rest = out;
        if skip > 0 {
            let (head, body) = rest.split_at_mut(rest.len().min(N - skip));
            let mut buffer = [0.0; N];
            self.shape(words, Store, &mut buffer);
            head.iter_mut().zip(&buffer[skip..]).for_each(|(slot, z)| sink.one(*z, slot));
            rest = body;
            index += 1;
            words = self.draw(index);
        }
        let (batches, tail) = rest.as_chunks_mut::<N>();
        for out in batches {
            index += 1;
            if L::REGISTERS >= 32 {
                // The next bits before these numbers: two independent chains for the processor to overlap.
                let next = self.draw(index);
                self.shape(words, sink, out);
                words = next;
            } else {
                self.shape(words, sink, out);
                words = self.draw(index);
            }
        }
        if !tail.is_empty() {
            let mut buffer = [0.0; N];
            self.shape(words, Store, &mut buffer);
            tail.iter_mut().zip(&buffer).for_each(|(slot, z)| sink.one(*z, slot));
        }
    }
}
