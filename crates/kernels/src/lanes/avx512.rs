//! AVX-512: one register a vector.
use super::{Eighths, Lanes, intrinsics};
use std::arch::x86_64::*;

/// The token of AVX-512 F, DQ, VL and BW.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The processor has AVX-512 F, DQ, VL and BW.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Avx512(())
    }
}

/// No instruction, but a register that it is said to write: such words keep their order.
#[inline]
#[target_feature(enable = "avx512f")]
fn pin(mut x: __m512d) -> __m512d {
    // SAFETY: there is nothing in it.
    unsafe { std::arch::asm!("/* {0} */", inout(zmm_reg) x, options(nomem, nostack, preserves_flags)) }
    x
}

impl Lanes for Avx512 {
    type F = __m512d;
    type U = __m512i;
    type S = __m512;
    type W = __m512i;
    const REGISTERS: usize = 32;
    const SATURATES: bool = true;

    intrinsics! {
        fn pin(x: __m512d) -> __m512d { pin(x) }
        fn pin_u(x: __m512i) -> __m512i { _mm512_castpd_si512(pin(_mm512_castsi512_pd(x))) }
        fn pin_s(x: __m512) -> __m512 { _mm512_castpd_ps(pin(_mm512_castps_pd(x))) }
        fn load(x: &[f64; 8]) -> __m512d { _mm512_loadu_pd(x.as_ptr()) }
        fn load_single(x: &[f32; 8]) -> __m512d { _mm512_cvtps_pd(_mm256_loadu_ps(x.as_ptr())) }
        fn store(x: __m512d, out: &mut [f64; 8]) { _mm512_storeu_pd(out.as_mut_ptr(), x) }
        fn splat(x: f64) -> __m512d { _mm512_set1_pd(x) }
        fn add(a: __m512d, b: __m512d) -> __m512d { _mm512_add_pd(a, b) }
        fn sub(a: __m512d, b: __m512d) -> __m512d { _mm512_sub_pd(a, b) }
        fn mul(a: __m512d, b: __m512d) -> __m512d { _mm512_mul_pd(a, b) }
        fn div(a: __m512d, b: __m512d) -> __m512d { _mm512_div_pd(a, b) }
        fn mul_add(a: __m512d, b: __m512d, c: __m512d) -> __m512d { _mm512_fmadd_pd(a, b, c) }
        fn mul_sub(a: __m512d, b: __m512d, c: __m512d) -> __m512d { _mm512_fmsub_pd(a, b, c) }
        fn sqrt(x: __m512d) -> __m512d { _mm512_sqrt_pd(x) }
        fn min(a: __m512d, b: __m512d) -> __m512d { _mm512_min_pd(a, b) }
        fn max(a: __m512d, b: __m512d) -> __m512d { _mm512_max_pd(a, b) }
        // The lesser magnitude, under the sign of x.
        fn hold(x: __m512d, a: f64) -> __m512d { _mm512_range_pd::<0b0010>(x, _mm512_set1_pd(a)) }
        fn where_equal(a: __m512d, b: __m512d, yes: __m512d, no: __m512d) -> __m512d {
            _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b), no, yes)
        }
        fn look_up(table: &Eighths, index: __m512i) -> __m512d {
            _mm512_permutexvar_pd(index, _mm512_loadu_pd(table.whole.as_ptr()))
        }
        fn scale(x: __m512d, shifted: __m512d, round: f64) -> __m512d {
            _mm512_scalef_pd(x, _mm512_sub_pd(shifted, _mm512_set1_pd(round)))
        }
        // One instruction, to three binary places and to even.
        fn rest_of_eighths(y: __m512d, _shifted: __m512d, _round: f64) -> __m512d { _mm512_reduce_pd::<0x38>(y) }
        fn bits(x: __m512d) -> __m512i { _mm512_castpd_si512(x) }
        fn of_bits(x: __m512i) -> __m512d { _mm512_castsi512_pd(x) }
        fn swap(bits: __m512i, mask: u64, a: __m512d, b: __m512d) -> (__m512d, __m512d) {{
            let k = _mm512_test_epi64_mask(bits, _mm512_set1_epi64(mask as i64));
            (_mm512_mask_blend_pd(k, a, b), _mm512_mask_blend_pd(k, b, a))
        }}

        fn splat_u(x: u64) -> __m512i { _mm512_set1_epi64(x as i64) }
        fn ramp(x: u64, step: u64) -> __m512i {{
            let lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
            _mm512_add_epi64(_mm512_set1_epi64(x as i64), _mm512_mullo_epi64(lane, _mm512_set1_epi64(step as i64)))
        }}
        fn add_u(a: __m512i, b: __m512i) -> __m512i { _mm512_add_epi64(a, b) }
        fn mul_low(a: __m512i, b: __m512i) -> __m512i { _mm512_mul_epu32(a, b) }
        fn xor(a: __m512i, b: __m512i) -> __m512i { _mm512_xor_si512(a, b) }
        fn and(a: __m512i, b: __m512i) -> __m512i { _mm512_and_si512(a, b) }
        fn or(a: __m512i, b: __m512i) -> __m512i { _mm512_or_si512(a, b) }
        fn shl<const N: u32>(x: __m512i) -> __m512i { _mm512_slli_epi64::<N>(x) }
        fn shr<const N: u32>(x: __m512i) -> __m512i { _mm512_srli_epi64::<N>(x) }
        fn interleave(a: __m512i, b: __m512i) -> __m512i { _mm512_mask_shuffle_epi32::<0xA0>(a, 0xAAAA, b) }

        fn splat_w(x: u32) -> __m512i { _mm512_set1_epi32(x as i32) }
        fn add_w(a: __m512i, b: __m512i) -> __m512i { _mm512_add_epi32(a, b) }
        fn xor_w(a: __m512i, b: __m512i) -> __m512i { _mm512_xor_si512(a, b) }
        fn and_w(a: __m512i, b: __m512i) -> __m512i { _mm512_and_si512(a, b) }
        fn or_w(a: __m512i, b: __m512i) -> __m512i { _mm512_or_si512(a, b) }
        fn shl_w<const N: u32>(x: __m512i) -> __m512i { _mm512_slli_epi32::<N>(x) }
        fn shr_w<const N: u32>(x: __m512i) -> __m512i { _mm512_srli_epi32::<N>(x) }
        fn convert(x: __m512i) -> __m512 { _mm512_cvtepi32_ps(x) }
        fn load_s(x: &[f32; 16]) -> __m512 { _mm512_loadu_ps(x.as_ptr()) }
        fn store_s(x: __m512, out: &mut [f32; 16]) { _mm512_storeu_ps(out.as_mut_ptr(), x) }
        fn splat_s(x: f32) -> __m512 { _mm512_set1_ps(x) }
        fn add_s(a: __m512, b: __m512) -> __m512 { _mm512_add_ps(a, b) }
        fn sub_s(a: __m512, b: __m512) -> __m512 { _mm512_sub_ps(a, b) }
        fn mul_s(a: __m512, b: __m512) -> __m512 { _mm512_mul_ps(a, b) }
        fn div_s(a: __m512, b: __m512) -> __m512 { _mm512_div_ps(a, b) }
        fn mul_add_s(a: __m512, b: __m512, c: __m512) -> __m512 { _mm512_fmadd_ps(a, b, c) }
        fn mul_sub_s(a: __m512, b: __m512, c: __m512) -> __m512 { _mm512_fmsub_ps(a, b, c) }
        fn sqrt_s(x: __m512) -> __m512 { _mm512_sqrt_ps(x) }
        fn min_s(a: __m512, b: __m512) -> __m512 { _mm512_min_ps(a, b) }
        fn max_s(a: __m512, b: __m512) -> __m512 { _mm512_max_ps(a, b) }
        fn scale_s(x: __m512, k: __m512) -> __m512 { _mm512_scalef_ps(x, k) }
        fn bits_s(x: __m512) -> __m512i { _mm512_castps_si512(x) }
        fn of_bits_s(x: __m512i) -> __m512 { _mm512_castsi512_ps(x) }
        fn swap_s(bits: __m512i, mask: u32, a: __m512, b: __m512) -> (__m512, __m512) {{
            let k = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(mask as i32));
            (_mm512_mask_blend_ps(k, a, b), _mm512_mask_blend_ps(k, b, a))
        }}
        fn widen(x: __m512) -> [__m512d; 2] {
            [_mm512_cvtps_pd(_mm512_castps512_ps256(x)), _mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(x))]
        }
        fn narrow(x: [__m512d; 2]) -> __m512 {
            _mm512_insertf32x8::<1>(_mm512_castps256_ps512(_mm512_cvtpd_ps(x[0])), _mm512_cvtpd_ps(x[1]))
        }
    }

    #[inline(always)]
    #[allow(clippy::pointers_in_nomem_asm_block)] // it reads and writes nothing
    fn afresh<const K: usize>(self, x: &[f64; K]) -> &[f64; K] {
        let mut at: *const [f64; K] = x;
        // SAFETY: there is nothing in it, so that the pointer is that of a reference.
        unsafe {
            std::arch::asm!("/* {0} */", inout(reg) at, options(nomem, nostack, preserves_flags));
            &*at
        }
    }
    /// It need not be asked: [`Lanes::scale`] takes any.
    #[inline(always)]
    fn near<const N: usize>(self, _shifted: [__m512d; N], _round: f64) -> bool {
        true
    }
    #[inline(always)]
    fn reciprocal(self, x: __m512d) -> __m512d {
        // SAFETY: the token exists only where the instructions do.
        unsafe {
            let one = _mm512_set1_pd(1.0);
            // An estimate of 14 bits, doubled twice, is within a unit in the last place, and then one more step rounds as a
            // division does unless all bits of the fraction are set [Markstein1990].
            let mut y = _mm512_rcp14_pd(x);
            for _ in 0..3 {
                y = _mm512_fmadd_pd(y, _mm512_fnmadd_pd(x, y, one), y);
            }
            // Those, and all but positive numbers of [2^-900, 2^900), whose reciprocal or residual might underflow, are divided.
            let bits = _mm512_castpd_si512(x);
            let (least, span) = (_mm512_set1_epi64(123 << 52), _mm512_set1_epi64(1800 << 52));
            let far = _mm512_cmpge_epu64_mask(_mm512_sub_epi64(bits, least), span);
            let fraction = _mm512_set1_epi64((1 << 52) - 1);
            let full = _mm512_testn_epi64_mask(_mm512_add_epi64(bits, _mm512_set1_epi64(1)), fraction);
            if far | full == 0 { y } else { _mm512_div_pd(one, x) }
        }
    }
}
