//! AVX2 with FMA: two registers a vector.
use super::{BEYOND, Eighths, Lanes, from_least, intrinsics, powers, powers_s};
use std::arch::x86_64::*;

/// The token of AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The processor has AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Avx2(())
    }
}

/// No instruction, but a number that the compiler does not know from then on: left to itself it broadcasts every constant anew in each
/// round of a loop, and stores it where registers are too few.
#[inline]
#[target_feature(enable = "avx2")]
fn unknown(mut x: __m256d) -> __m256d {
    // SAFETY: there is nothing in it.
    unsafe { std::arch::asm!("/* {0} */", inout(ymm_reg) x, options(pure, nomem, nostack, preserves_flags)) }
    x
}

/// No instruction, but a register that it is said to write: such words keep their order.
#[inline]
#[target_feature(enable = "avx2")]
fn pin(mut x: __m256d) -> __m256d {
    // SAFETY: there is nothing in it.
    unsafe { std::arch::asm!("/* {0} */", inout(ymm_reg) x, options(nomem, nostack, preserves_flags)) }
    x
}

type F = [__m256d; 2];
type U = [__m256i; 2];
type S = [__m256; 2];

/// One intrinsic on each half.
macro_rules! halves {
    ($f:path, $($arg:ident),*) => { [$f($($arg[0]),*), $f($($arg[1]),*)] };
}

impl Lanes for Avx2 {
    type F = F;
    type U = U;
    type S = S;
    type W = U;
    const REGISTERS: usize = 8;

    intrinsics! {
        fn pin(x: F) -> F { [pin(x[0]), pin(x[1])] }
        fn pin_s(x: S) -> S { [_mm256_castpd_ps(pin(_mm256_castps_pd(x[0]))), _mm256_castpd_ps(pin(_mm256_castps_pd(x[1])))] }
        fn load(x: &[f64; 8]) -> F { [_mm256_loadu_pd(x.as_ptr()), _mm256_loadu_pd(x.as_ptr().add(4))] }
        fn load_single(x: &[f32; 8]) -> F {
            [_mm256_cvtps_pd(_mm_loadu_ps(x.as_ptr())), _mm256_cvtps_pd(_mm_loadu_ps(x.as_ptr().add(4)))]
        }
        fn store(x: F, out: &mut [f64; 8]) {{
            _mm256_storeu_pd(out.as_mut_ptr(), x[0]);
            _mm256_storeu_pd(out.as_mut_ptr().add(4), x[1]);
        }}
        fn splat(x: f64) -> F { [unknown(_mm256_set1_pd(x)); 2] }
        fn add(a: F, b: F) -> F { halves!(_mm256_add_pd, a, b) }
        fn sub(a: F, b: F) -> F { halves!(_mm256_sub_pd, a, b) }
        fn mul(a: F, b: F) -> F { halves!(_mm256_mul_pd, a, b) }
        fn div(a: F, b: F) -> F { halves!(_mm256_div_pd, a, b) }
        fn mul_add(a: F, b: F, c: F) -> F { halves!(_mm256_fmadd_pd, a, b, c) }
        fn mul_sub(a: F, b: F, c: F) -> F { halves!(_mm256_fmsub_pd, a, b, c) }
        fn sqrt(x: F) -> F { halves!(_mm256_sqrt_pd, x) }
        fn min(a: F, b: F) -> F { halves!(_mm256_min_pd, a, b) }
        fn max(a: F, b: F) -> F { halves!(_mm256_max_pd, a, b) }
        fn where_equal(a: F, b: F, yes: F, no: F) -> F {{
            let equal = halves!(_mm256_cmp_pd::<_CMP_EQ_OQ>, a, b);
            halves!(_mm256_blendv_pd, no, yes, equal)
        }}
        fn look_up(table: &Eighths, index: U) -> F {{
            // Of an index the low three bits are looked at, in each half of a lane.
            let (low, high) = (_mm256_loadu_si256(table.low.as_ptr().cast()), _mm256_loadu_si256(table.high.as_ptr().cast()));
            let mut found = [_mm256_setzero_pd(); 2];
            for i in 0..2 {
                let low = _mm256_permutevar8x32_epi32(low, index[i]);
                let high = _mm256_permutevar8x32_epi32(high, _mm256_shuffle_epi32::<0xA0>(index[i]));
                found[i] = _mm256_castsi256_pd(_mm256_blend_epi32::<0xAA>(low, high));
            }
            found
        }}
        fn bits(x: F) -> U { halves!(_mm256_castpd_si256, x) }
        fn of_bits(x: U) -> F { halves!(_mm256_castsi256_pd, x) }
        fn swap(bits: U, mask: u64, a: F, b: F) -> (F, F) {{
            // The blend looks at the sign bit alone.
            let up = _mm_cvtsi32_si128(mask.leading_zeros() as i32);
            let k = [_mm256_sll_epi64(bits[0], up), _mm256_sll_epi64(bits[1], up)];
            let k = halves!(_mm256_castsi256_pd, k);
            (halves!(_mm256_blendv_pd, a, b, k), halves!(_mm256_blendv_pd, b, a, k))
        }}

        fn splat_u(x: u64) -> U { [_mm256_set1_epi64x(x as i64); 2] }
        fn ramp(x: u64, step: u64) -> U {{
            let x: [i64; 8] = std::array::from_fn(|l| x.wrapping_add(step.wrapping_mul(l as u64)) as i64);
            [_mm256_loadu_si256(x.as_ptr().cast()), _mm256_loadu_si256(x.as_ptr().add(4).cast())]
        }}
        fn add_u(a: U, b: U) -> U { halves!(_mm256_add_epi64, a, b) }
        fn mul_low(a: U, b: U) -> U { halves!(_mm256_mul_epu32, a, b) }
        fn xor(a: U, b: U) -> U { halves!(_mm256_xor_si256, a, b) }
        fn and(a: U, b: U) -> U { halves!(_mm256_and_si256, a, b) }
        fn or(a: U, b: U) -> U { halves!(_mm256_or_si256, a, b) }
        fn shl<const N: u32>(x: U) -> U {{
            let n = _mm_cvtsi32_si128(N as i32);
            [_mm256_sll_epi64(x[0], n), _mm256_sll_epi64(x[1], n)]
        }}
        fn shr<const N: u32>(x: U) -> U {{
            let n = _mm_cvtsi32_si128(N as i32);
            [_mm256_srl_epi64(x[0], n), _mm256_srl_epi64(x[1], n)]
        }}
        fn interleave(a: U, b: U) -> U {
            [
                _mm256_blend_epi32::<0xAA>(a[0], _mm256_slli_epi64::<32>(b[0])),
                _mm256_blend_epi32::<0xAA>(a[1], _mm256_slli_epi64::<32>(b[1])),
            ]
        }

        fn splat_w(x: u32) -> U { [_mm256_castpd_si256(unknown(_mm256_castsi256_pd(_mm256_set1_epi32(x as i32)))); 2] }
        fn add_w(a: U, b: U) -> U { halves!(_mm256_add_epi32, a, b) }
        fn xor_w(a: U, b: U) -> U { halves!(_mm256_xor_si256, a, b) }
        fn and_w(a: U, b: U) -> U { halves!(_mm256_and_si256, a, b) }
        fn or_w(a: U, b: U) -> U { halves!(_mm256_or_si256, a, b) }
        fn shl_w<const N: u32>(x: U) -> U {{
            let n = _mm_cvtsi32_si128(N as i32);
            [_mm256_sll_epi32(x[0], n), _mm256_sll_epi32(x[1], n)]
        }}
        fn shr_w<const N: u32>(x: U) -> U {{
            let n = _mm_cvtsi32_si128(N as i32);
            [_mm256_srl_epi32(x[0], n), _mm256_srl_epi32(x[1], n)]
        }}
        fn convert(x: U) -> S { halves!(_mm256_cvtepi32_ps, x) }
        fn load_s(x: &[f32; 16]) -> S { [_mm256_loadu_ps(x.as_ptr()), _mm256_loadu_ps(x.as_ptr().add(8))] }
        fn store_s(x: S, out: &mut [f32; 16]) {{
            _mm256_storeu_ps(out.as_mut_ptr(), x[0]);
            _mm256_storeu_ps(out.as_mut_ptr().add(8), x[1]);
        }}
        fn splat_s(x: f32) -> S { [_mm256_castpd_ps(unknown(_mm256_castps_pd(_mm256_set1_ps(x)))); 2] }
        fn add_s(a: S, b: S) -> S { halves!(_mm256_add_ps, a, b) }
        fn sub_s(a: S, b: S) -> S { halves!(_mm256_sub_ps, a, b) }
        fn mul_s(a: S, b: S) -> S { halves!(_mm256_mul_ps, a, b) }
        fn div_s(a: S, b: S) -> S { halves!(_mm256_div_ps, a, b) }
        fn mul_add_s(a: S, b: S, c: S) -> S { halves!(_mm256_fmadd_ps, a, b, c) }
        fn mul_sub_s(a: S, b: S, c: S) -> S { halves!(_mm256_fmsub_ps, a, b, c) }
        fn sqrt_s(x: S) -> S { halves!(_mm256_sqrt_ps, x) }
        fn min_s(a: S, b: S) -> S { halves!(_mm256_min_ps, a, b) }
        fn max_s(a: S, b: S) -> S { halves!(_mm256_max_ps, a, b) }
        fn bits_s(x: S) -> U { halves!(_mm256_castps_si256, x) }
        fn of_bits_s(x: U) -> S { halves!(_mm256_castsi256_ps, x) }
        fn swap_s(bits: U, mask: u32, a: S, b: S) -> (S, S) {{
            let up = _mm_cvtsi32_si128(mask.leading_zeros() as i32);
            let k = [_mm256_sll_epi32(bits[0], up), _mm256_sll_epi32(bits[1], up)];
            let k = halves!(_mm256_castsi256_ps, k);
            (halves!(_mm256_blendv_ps, a, b, k), halves!(_mm256_blendv_ps, b, a, k))
        }}
        // Without closures, which would be compiled for any processor.
        fn widen(x: S) -> [F; 2] {{
            let mut wide = [[_mm256_setzero_pd(); 2]; 2];
            for i in 0..2 {
                let (low, high) = (_mm256_castps256_ps128(x[i]), _mm256_extractf128_ps::<1>(x[i]));
                wide[i] = [_mm256_cvtps_pd(low), _mm256_cvtps_pd(high)];
            }
            wide
        }}
        fn narrow(x: [F; 2]) -> S {{
            let mut single = [_mm256_setzero_ps(); 2];
            for i in 0..2 {
                single[i] = _mm256_set_m128(_mm256_cvtpd_ps(x[i][1]), _mm256_cvtpd_ps(x[i][0]));
            }
            single
        }}
    }

    #[inline(always)]
    fn scale(self, x: F, shifted: F, round: f64) -> F {
        // Of normal results the exponent alone changes: 512 is well within those.
        if !self.near([shifted], round) {
            return powers(self, x, shifted);
        }
        let power = self.shl::<49>(self.and(self.bits(shifted), self.splat_u(!7)));
        self.of_bits(self.add_u(self.bits(x), power))
    }
    #[inline(always)]
    fn near<const N: usize>(self, shifted: [F; N], round: f64) -> bool {
        // SAFETY: the token exists only where the instructions do.
        unsafe {
            let (least, mut any) = (self.splat_u(from_least(round)), _mm256_setzero_si256());
            for shifted in shifted {
                let [a, b] = self.add_u(self.bits(shifted), least);
                any = _mm256_or_si256(any, _mm256_or_si256(a, b));
            }
            _mm256_testz_si256(any, _mm256_set1_epi64x(!(BEYOND as i64 - 1))) == 1
        }
    }
    #[inline(always)]
    fn scale_s(self, x: S, k: S) -> S {
        // SAFETY: the token exists only where the instructions do.
        unsafe {
            // Of normal results the exponent alone changes: those of k in [-125, 127]. The bits of 1.5 * 2^23 + k end in k.
            let whole = self.bits_s(self.add_s(k, self.splat_s(12582912.0)));
            let from_least = self.add_w(whole, self.splat_w(125u32.wrapping_sub(0x4B40_0000)));
            let most = _mm256_max_epu32(from_least[0], from_least[1]);
            let beyond = _mm256_or_si256(most, _mm256_add_epi32(most, _mm256_set1_epi32(3)));
            if _mm256_testz_si256(beyond, _mm256_set1_epi32(!0xFF)) == 0 {
                return powers_s(self, x, k);
            }
            self.of_bits_s(self.add_w(self.bits_s(x), self.shl_w::<23>(whole)))
        }
    }
}
