//! STUDENT: how far a mean of few normal numbers lies from the truth, in the standard errors that they themselves state.
use std::f64::consts::{FRAC_PI_2, PI};

/// Degrees of freedom from which the law is taken for that of a thousand: within 1 % of the normal one down to a chance of 1e-9.
const MANY: usize = 1000;

/// The t with P(|T| > t) = `chance`, T of so many degrees of freedom; infinite where there are none.
pub(super) fn student(chance: f64, freedom: usize) -> f64 {
    let freedom = freedom.min(MANY);
    if freedom == 0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if 1.0 - inside(middle, freedom - 1) > chance { low = middle } else { high = middle }
    }
    (freedom as f64).sqrt() * low.tan()
}
/// The share of the integral of cos^m over the first quarter turn that lies below theta, by its recursion in m. With
/// t = sqrt(m + 1) tan(theta) it is P(|T| < t) for m + 1 degrees of freedom.
fn inside(theta: f64, m: usize) -> f64 {
    let (sin, cos) = theta.sin_cos();
    let (mut share, mut whole, mut power, mut k) =
        if m.is_multiple_of(2) { (2.0 * theta / PI, FRAC_PI_2, cos, 0) } else { (sin, 1.0, cos * cos, 1) };
    while k < m {
        k += 2;
        whole *= (k - 1) as f64 / k as f64;
        share += power * sin / (k as f64 * whole);
        power *= cos * cos;
    }
    share
}

#[cfg(test)]
mod tests {
    use super::student;

    /// From tables: 95 % of few, and what one comparison of many may be.
    #[test]
    fn quantiles_are_those_of_tables() {
        for (chance, freedom, exact) in [
            (0.05, 1, 12.706_204_736_174_7),
            (0.05, 2, 4.302_652_729_749_46),
            (0.05, 3, 3.182_446_305_283_71),
            (0.05, 7, 2.364_624_251_592_78),
            (0.05, 1000, 1.962_339_080_826_41),
        ] {
            let t = student(chance, freedom);
            assert!((t / exact - 1.0).abs() < 1e-10, "{freedom}: {t} {exact}");
        }
        // Normal: 4.5 standard errors.
        assert!((student(6.8e-6, 1_000_000) / 4.5 - 1.0).abs() < 0.01);
        assert_eq!(student(0.05, 0), f64::INFINITY);
    }
}
