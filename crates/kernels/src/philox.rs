//! PHILOX: the counter-based generator Philox4x32-10 `[SalmonEtAl2011]`.

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// 128 random bits as a pure function of a counter and a key: ten rounds of Philox4x32 `[SalmonEtAl2011]`.
///
/// ```
/// use steepest_kernels::philox4x32;
/// assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
/// ```
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    rounds(counter.map(u64::from), key).map(|x| x as u32)
}

/// The ten rounds on words held in the low halves of `u64`s, whose high halves are ignored and returned as rubbish.
#[inline(always)]
fn rounds(mut x: [u64; 4], mut key: [u32; 2]) -> [u64; 4] {
    for _ in 0..10 {
        let p0 = (x[0] & 0xFFFF_FFFF) * u64::from(MULTIPLIERS[0]);
        let p1 = (x[2] & 0xFFFF_FFFF) * u64::from(MULTIPLIERS[1]);
        x = [(p1 >> 32) ^ x[1] ^ twice(key[0]), p1, (p0 >> 32) ^ x[3] ^ twice(key[1]), p0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    x
}

/// A word in both halves. Were the high half known to be zero, the compiler would drop the masks above, and with them
/// the one-cycle 32-bit vector multiply for the slow 64-bit one.
#[inline(always)]
fn twice(word: u32) -> u64 {
    u64::from(word) << 32 | u64::from(word)
}

/// Where a sequence of random numbers comes from: key, step and stream, laid out for the generator.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    key: [u32; 2],
    tail: [u32; 2],
}

impl Source {
    /// The counter is [block low, block high, step low, (step bits 32..48) << 16 | stream].
    pub(crate) fn new(key: u64, step: u64, stream: u16) -> Self {
        debug_assert!(step < 1 << 48, "a step has 48 bits");
        let high = ((step >> 32) as u32) << 16 | u32::from(stream);
        Source { key: [key as u32, (key >> 32) as u32], tail: [step as u32, high] }
    }

    /// words[w][l] = word w of block index * N + l in its low half; the high half is rubbish.
    ///
    /// N is a power of two, so that the blocks share their high counter word.
    #[inline(always)]
    pub(crate) fn blocks<const N: usize>(&self, index: u64, words: &mut Words<N>) {
        let base = index.wrapping_mul(N as u64);
        let fixed = [(base >> 32) as u32, self.tail[0], self.tail[1]].map(twice);
        for l in 0..N {
            let x = rounds([base + l as u64, fixed[0], fixed[1], fixed[2]], self.key);
            for w in 0..4 {
                words[w][l] = x[w];
            }
        }
    }
}

/// Four words of each of N blocks.
pub(crate) type Words<const N: usize> = [[u64; N]; 4];

/// A sequence of numbers made N at a time.
pub(crate) trait Grouped<const N: usize> {
    /// Room for what a group needs on the way, made once a call.
    type Scratch;

    /// The room.
    fn scratch(&self) -> Self::Scratch;

    /// Writes the numbers of one group. To be `#[inline(always)]`: a closure here would escape inlining.
    fn group(&self, index: u64, scratch: &mut Self::Scratch, out: &mut [f64; N]);

    /// Fills `out` with the numbers from index `start` on.
    #[inline(always)]
    fn fill(&self, start: u64, out: &mut [f64]) {
        let mut scratch = self.scratch();
        let n = N as u64;
        let skip = (start % n) as usize;
        let (head, body) = out.split_at_mut(if skip > 0 { out.len().min(N - skip) } else { 0 });
        let (groups, tail) = body.as_chunks_mut::<N>();
        let first = start / n + u64::from(skip > 0);
        for (i, chunk) in groups.iter_mut().enumerate() {
            self.group(first + i as u64, &mut scratch, chunk);
        }
        let last = first + groups.len() as u64;
        for (index, skip, part) in [(start / n, skip, head), (last, 0, tail)] {
            if !part.is_empty() {
                let mut buffer = [0.0; N];
                self.group(index, &mut scratch, &mut buffer);
                part.copy_from_slice(&buffer[skip..skip + part.len()]);
            }
        }
    }
}
