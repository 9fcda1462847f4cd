//! AVX2 with FMA: two registers a vector.
use super::{Lanes, intrinsics, powers};
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
        fn load(x: &[f64; 8]) -> F { [_mm256_loadu_pd(x.as_ptr()), _mm256_loadu_pd(x.as_ptr().add(4))] }
        fn load_single(x: &[f32; 8]) -> F {
            [_mm256_cvtps_pd(_mm_loadu_ps(x.as_ptr())), _mm256_cvtps_pd(_mm_loadu_ps(x.as_ptr().add(4)))]
        }
        fn store(x: F, out: &mut [f64; 8]) {{
            _mm256_storeu_pd(out.as_mut_ptr(), x[0]);
            _mm256_storeu_pd(out.as_mut_ptr().add(4), x[1]);
        }}
        fn splat(x: f64) -> F { [_mm256_set1_pd(x); 2] }
        fn add(a: F, b: F) -> F { halves!(_mm256_add_pd, a, b) }
        fn sub(a: F, b: F) -> F { halves!(_mm256_sub_pd, a, b) }
        fn mul(a: F, b: F) -> F { halves!(_mm256_mul_pd, a, b) }
        fn div(a: F, b: F) -> F { halves!(_mm256_div_pd, a, b) }
        fn mul_add(a: F, b: F, c: F) -> F { halves!(_mm256_fmadd_pd, a, b, c) }
        fn sqrt(x: F) -> F { halves!(_mm256_sqrt_pd, x) }
        fn min(a: F, b: F) -> F { halves!(_mm256_min_pd, a, b) }
        fn max(a: F, b: F) -> F { halves!(_mm256_max_pd, a, b) }
        fn where_equal(a: F, b: F, yes: F, no: F) -> F {{
            let equal = halves!(_mm256_cmp_pd::<_CMP_EQ_OQ>, a, b);
            halves!(_mm256_blendv_pd, no, yes, equal)
        }}
        fn look_up(table: &[f64; 8], index: U) -> F {{
            // Halves of entries are numbered 2 i and 2 i + 1, by bits of which only three are looked at; the third bit of i chooses
            // between both halves of the table.
            let table = [_mm256_castpd_si256(_mm256_loadu_pd(table.as_ptr())), _mm256_castpd_si256(_mm256_loadu_pd(table.as_ptr().add(4)))];
            let mut found = [_mm256_setzero_pd(); 2];
            for i in 0..2 {
                let twice = _mm256_slli_epi64::<1>(index[i]);
                let places = _mm256_or_si256(_mm256_shuffle_epi32::<0xA0>(twice), _mm256_set1_epi64x(1 << 32));
                let low = _mm256_castsi256_pd(_mm256_permutevar8x32_epi32(table[0], places));
                let high = _mm256_castsi256_pd(_mm256_permutevar8x32_epi32(table[1], places));
                found[i] = _mm256_blendv_pd(low, high, _mm256_castsi256_pd(_mm256_slli_epi64::<61>(index[i])));
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

        fn splat_w(x: u32) -> U { [_mm256_set1_epi32(x as i32); 2] }
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
        fn splat_s(x: f32) -> S { [_mm256_set1_ps(x); 2] }
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
    fn scale(self, x: F, k: F, eighths: U) -> F {
        // SAFETY: the token exists only where the instructions do.
        unsafe {
            // Of normal results the exponent alone changes.
            let (sign, bound, whole) = (_mm256_set1_pd(-0.0), _mm256_set1_pd(1020.0), _mm256_set1_epi64x(-8));
            let far = _mm256_or_pd(
                _mm256_cmp_pd::<_CMP_NLE_UQ>(_mm256_andnot_pd(sign, k[0]), bound),
                _mm256_cmp_pd::<_CMP_NLE_UQ>(_mm256_andnot_pd(sign, k[1]), bound),
            );
            if _mm256_movemask_pd(far) != 0 {
                return powers(self, x, eighths);
            }
            let mut scaled = x;
            for i in 0..2 {
                let power = _mm256_slli_epi64::<49>(_mm256_and_si256(eighths[i], whole));
                scaled[i] = _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(x[i]), power));
            }
            scaled
        }
    }
}
