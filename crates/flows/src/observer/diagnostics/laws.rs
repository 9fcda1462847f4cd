//! Inverse distribution functions of the normal and the beta law, and tails of the gamma law and of Fisher's.
use libm::lgamma;

/// Phi^-1(p), to 16 digits: three rational approximations `[Wichura1988, PPND16]`. Infinite at 0 and 1, NaN outside.
pub(super) fn normal_quantile(p: f64) -> f64 {
    const CENTRE: ([f64; 8], [f64; 8]) = (
        [
            3.387_132_872_796_366_5,
            133.141_667_891_784_38,
            1_971.590_950_306_551_3,
            13_731.693_765_509_46,
            45_921.953_931_549_87,
            67_265.770_927_008_7,
            33_430.575_583_588_13,
            2_509.080_928_730_122_7,
        ],
        [
            1.0,
            42.313_330_701_600_91,
            687.187_007_492_057_9,
            5_394.196_021_424_751,
            21_213.794_301_586_597,
            39_307.895_800_092_71,
            28_729.085_735_721_943,
            5_226.495_278_852_545,
        ],
    );
    const FLANK: ([f64; 8], [f64; 8]) = (
        [
            1.423_437_110_749_683_5,
            4.630_337_846_156_546,
            5.769_497_221_460_691,
            3.647_848_324_763_204_5,
            1.270_458_252_452_368_4,
            0.241_780_725_177_450_6,
            0.022_723_844_989_269_184,
            7.745_450_142_783_414e-4,
        ],
        [
            1.0,
            2.053_191_626_637_759,
            1.676_384_830_183_803_8,
            0.689_767_334_985_1,
            0.148_103_976_427_480_08,
            0.015_198_666_563_616_457,
            5.475_938_084_995_345e-4,
            1.050_750_071_644_416_9e-9,
        ],
    );
    const TAIL: ([f64; 8], [f64; 8]) = (
        [
            6.657_904_643_501_103,
            5.463_784_911_164_114,
            1.784_826_539_917_291_3,
            0.296_560_571_828_504_87,
            0.026_532_189_526_576_124,
            0.001_242_660_947_388_078_4,
            2.711_555_568_743_487_6e-5,
            2.010_334_399_292_288_1e-7,
        ],
        [
            1.0,
            0.599_832_206_555_888,
            0.136_929_880_922_735_8,
            0.014_875_361_290_850_615,
            7.868_691_311_456_133e-4,
            1.846_318_317_510_054_8e-5,
            1.421_511_758_316_446e-7,
            2.044_263_103_389_939_8e-15,
        ],
    );
    let ratio = |(above, below): ([f64; 8], [f64; 8]), r: f64| {
        let polynomial = |c: [f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
        polynomial(above) / polynomial(below)
    };
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(CENTRE, 0.180_625 - q * q);
    }
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let z = match r {
        r if r <= 5.0 => ratio(FLANK, r - 1.6),
        r if r.is_infinite() => f64::INFINITY,
        r => ratio(TAIL, r - 5.0),
    };
    z.copysign(q)
}

/// The x in (0, 1) with I_x(a, b) = p, for a, b >= 1: bisection, as exact as the distribution function.
pub(super) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if !((0.0..=1.0).contains(&p) && a.is_finite() && b.is_finite()) {
        return f64::NAN;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if beta_distribution(middle, a, b) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// I_x(a, b), the regularised incomplete beta function, by its continued fraction `[DLMF2010, 8.17.22]`.
fn beta_distribution(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_distribution(1.0 - x, b, a);
    }
    let front = (a * x.ln() + b * (-x).ln_1p() + lgamma(a + b) - lgamma(a) - lgamma(b)).exp() / a;
    let term = |m: usize| {
        let half = (m / 2) as f64;
        match m {
            0 => 1.0,
            m if m.is_multiple_of(2) => half * (b - half) * x / ((a + m as f64 - 1.0) * (a + m as f64)),
            m => -(a + half) * (a + b + half) * x / ((a + m as f64 - 1.0) * (a + m as f64)),
        }
    };
    front * continued_fraction(term, |_| 1.0)
}

/// P(F > f) of Fisher's law, the ratio of two mean squares of so many degrees of freedom: `I_y(b / 2, a / 2)`, y = b / (b + a f)
/// `[DLMF2010, 8.17.1]`. NaN where one of them is no finite number.
pub(super) fn fisher_tail(f: f64, above: f64, below: f64) -> f64 {
    let known = f.is_finite() && above.is_finite() && below.is_finite() && above > 0.0 && below > 0.0;
    if known { beta_distribution(below / (below + above * f.max(0.0)), 0.5 * below, 0.5 * above) } else { f64::NAN }
}

/// Q(a, x) = P(gamma variable of shape a > x), by the series below the mean and the continued fraction above
/// `[DLMF2010, 8.11.4, 8.9.2]`.
pub(super) fn gamma_tail(a: f64, x: f64) -> f64 {
    if a.is_nan() || x.is_nan() || a <= 0.0 {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - lgamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        return (1.0 - front * sum).max(0.0);
    }
    let term = |m: usize| {
        if m == 0 { 1.0 } else { m as f64 * (a - m as f64) }
    };
    front * continued_fraction(term, |m| x + 1.0 - a + 2.0 * m as f64)
}

/// `a_0 / (b_0 + a_1 / (b_1 + ...))` by the modified Lentz recurrence `[PressTeukolskyVetterlingFlannery2007, Sec. 5.2]`.
fn continued_fraction(a: impl Fn(usize) -> f64, b: impl Fn(usize) -> f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |x: f64| if x.abs() < TINY { TINY } else { x };
    let (mut value, mut c, mut d) = (TINY, TINY, 0.0);
    for m in 0..100_000 {
        d = 1.0 / guard(b(m) + a(m) * d);
        c = guard(b(m) + a(m) / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal() {
        for (p, z) in [
            (0.975, 1.959_963_984_540_054),
            (0.6, 0.253_347_103_135_799_7),
            (1e-6, -4.753_424_308_822_899),
            (1e-20, -9.262_340_089_798_408),
        ] {
            assert!((normal_quantile(p) / z - 1.0).abs() < 4e-16, "{p}: {} {z}", normal_quantile(p));
        }
        assert_eq!(
            (normal_quantile(0.5), normal_quantile(0.0), normal_quantile(1.0)),
            (0.0, f64::NEG_INFINITY, f64::INFINITY)
        );
        assert!(normal_quantile(-0.1).is_nan());
    }

    /// I_x(2, 1) = x^2, I_x(1, b) = 1 - (1 - x)^b; Beta(a, a) has median 1/2 for every a.
    #[test]
    fn beta() {
        assert!((beta_quantile(0.3, 2.0, 1.0) - 0.3f64.sqrt()).abs() < 1e-15);
        assert!((beta_quantile(0.3, 1.0, 400.0) - (1.0 - 0.7f64.powf(1.0 / 400.0))).abs() < 1e-15);
        assert!((beta_quantile(0.5, 3000.5, 3000.5) - 0.5).abs() < 1e-13);
    }

    /// With two degrees of freedom above, P(F > f) = (1 + 2 f / b)^(-b / 2); of one and one, F is the square of a Cauchy variable.
    #[test]
    fn fisher() {
        for (f, b) in [(0.3f64, 4.0f64), (1.0, 7.5), (3.5, 100.0), (12.0, 4000.0)] {
            let exact = (1.0 + 2.0 * f / b).powf(-0.5 * b);
            assert!((fisher_tail(f, 2.0, b) / exact - 1.0).abs() < 1e-9, "{f} {b}: {}", fisher_tail(f, 2.0, b));
        }
        assert!((fisher_tail(3.0, 1.0, 1.0) - 1.0 / 3.0).abs() < 1e-12);
        // From tables: the 95 % quantile of 7 and 60.
        assert!((fisher_tail(2.166_541_156, 7.0, 60.0) - 0.05).abs() < 1e-6);
        assert_eq!(fisher_tail(0.0, 7.0, 60.0), 1.0);
        assert!(fisher_tail(f64::INFINITY, 7.0, 60.0).is_nan() && fisher_tail(1.0, 7.0, f64::NAN).is_nan());
    }

    /// Q(1, x) = exp(-x); Q(2, x) = (1 + x) exp(-x); Q(1/2, x) = erfc(sqrt x).
    #[test]
    fn gamma() {
        for x in [0.1f64, 1.0, 3.0, 30.0] {
            for (found, exact) in [
                (gamma_tail(1.0, x), (-x).exp()),
                (gamma_tail(2.0, x), (1.0 + x) * (-x).exp()),
                (gamma_tail(0.5, x), libm::erfc(x.sqrt())),
            ] {
                assert!((found / exact - 1.0).abs() < 1e-13, "{x}: {found} {exact}");
            }
        }
    }
}
