//! DISPATCH: run code compiled for the best instruction set of this processor, chosen once per thread.
use std::cell::Cell;

/// An instruction set the kernels are compiled for. All give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// What the target guarantees (SSE2 on x86-64, NEON on AArch64).
    Portable = 1,
    /// AVX2 and FMA.
    Avx2 = 2,
    /// AVX-512 F, DQ, VL and BW.
    Avx512 = 3,
}

impl Level {
    /// The best level of this processor.
    #[cfg(target_arch = "x86_64")]
    pub fn best() -> Self {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw");
        match (avx2, avx512) {
            (true, true) => Level::Avx512,
            (true, false) => Level::Avx2,
            _ => Level::Portable,
        }
    }

    /// The best level of this processor.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn best() -> Self {
        Level::Portable
    }

    /// The levels this processor can run, from the plainest up.
    pub fn available() -> impl Iterator<Item = Self> {
        let best = Self::best();
        [Level::Portable, Level::Avx2, Level::Avx512].into_iter().filter(move |&l| l <= best)
    }
}

thread_local! {
    // One byte a thread: a plain load on the hot path, and a test may force a level without disturbing its neighbours.
    static LEVEL: Cell<Option<Level>> = const { Cell::new(None) };
}

/// The level the kernels use on this thread.
#[inline]
pub fn level() -> Level {
    match LEVEL.get() {
        Some(level) => level,
        None => detect(),
    }
}

#[cold]
fn detect() -> Level {
    let level = Level::best();
    LEVEL.set(Some(level));
    level
}

/// Runs `f` with the kernels of this thread held at `level`, or at the best one below it that the processor has.
///
/// For tests and benchmarks: results never depend on the level.
#[doc(hidden)]
pub fn with_level<R>(level: Level, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Level>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LEVEL.set(self.0);
        }
    }
    let _restore = Restore(LEVEL.replace(Some(level.min(Level::best()))));
    f()
}

/// A place on a cache line in the frame of the function this is compiled into, which makes the whole frame begin on one.
///
/// What does not fit into registers is put aside there. Without it a frame begins at any multiple of sixteen, where the caller's left off:
/// then vectors lie across two lines by chance, and the same program takes up to twice the time from one run to the next.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(clippy::pointers_in_nomem_asm_block)] // it reads and writes nothing
pub(crate) fn aligned_frame() {
    #[repr(align(64))]
    struct Line(std::mem::MaybeUninit<u8>);
    let place = Line(std::mem::MaybeUninit::uninit());
    // SAFETY: there is nothing in it; the address alone is looked at.
    unsafe { std::arch::asm!("/* {0} */", in(reg) &raw const place.0, options(nomem, nostack, preserves_flags)) }
}

/// Runs `f` compiled with the best features of this processor, so that the plain loops in it become vector code.
///
/// The body of the closure is compiled once for each [`Level`], provided it is inlined here. Small bodies always are; a
/// body with two elementary functions or more must say so, `simd(#[inline(always)] || ...)`, or it falls back, without
/// a word, to plain code that is twenty times slower. The same holds for closures inside: prefer `for` loops.
///
/// Write `a.mul_add(b, c)` where one rounding is meant: the compiler never fuses by itself, so the result has the same
/// bits at every level.
///
/// ```
/// use steepest_kernels::{pointwise, simd};
/// let (x, mut y) = ([0.0, 1.0, 2.0], [0.0; 3]);
/// simd(#[inline(always)] || {
///     for (x, y) in x.iter().zip(&mut y) {
///         *y = pointwise::log(pointwise::exp(*x));
///     }
/// });
/// assert!(x.iter().zip(&y).all(|(x, y)| (x - y).abs() < 1e-15));
/// ```
#[inline]
pub fn simd<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
    fn avx512<R>(f: impl FnOnce() -> R) -> R {
        aligned_frame();
        f()
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2<R>(f: impl FnOnce() -> R) -> R {
        aligned_frame();
        f()
    }
    match level() {
        // SAFETY: `level` is at most what `Level::best` found on this processor.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512(f) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2(f) },
        _ => f(),
    }
}

/// Calls an `#[inline(always)]` function compiled for the level in force.
///
/// Unlike [`simd`], inlining into the three copies does not hang on the compiler's cost model, which large bodies fail.
macro_rules! dispatch {
    ($kernel:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
        fn avx512($($arg: $type),*) $(-> $out)? {
            $crate::dispatch::aligned_frame();
            $kernel($($arg),*)
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn avx2($($arg: $type),*) $(-> $out)? {
            $crate::dispatch::aligned_frame();
            $kernel($($arg),*)
        }
        match $crate::dispatch::level() {
            // SAFETY: `level` is at most what `Level::best` found on this processor.
            #[cfg(target_arch = "x86_64")]
            $crate::dispatch::Level::Avx512 => unsafe { avx512($($arg),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            $crate::dispatch::Level::Avx2 => unsafe { avx2($($arg),*) },
            _ => $kernel($($arg),*),
        }
    }};
}
pub(crate) use dispatch;
