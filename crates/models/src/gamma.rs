//! GAMMA: log Gamma and its derivatives, without branches, for loops over rows as for constants.
use steepest_kernels::pointwise::log;

/// From here on Stirling's series is good to the last digit.
const FAR: f64 = 8.0;

/// log Gamma(x) for x > 0, to 1e-14 (relative where it is above 1).
#[inline(always)]
pub(crate) fn ln_gamma(x: f64) -> f64 {
    ln_gamma_slope(x).0
}

/// (log Gamma(x), digamma(x)) for x > 0, each to 1e-14 (relative where it is above 1): below 8, eight steps up by the recurrence;
/// then Stirling's series [AbramowitzStegun1964, 6.1.41 and 6.3.18].
#[inline(always)]
pub(crate) fn ln_gamma_slope(x: f64) -> (f64, f64) {
    // The product x (x + 1) ... (x + 7) and its derivative.
    let (mut product, mut slope) = (x, 1.0_f64);
    for k in 1..8 {
        let next = x + f64::from(k);
        slope = slope.mul_add(next, product);
        product *= next;
    }
    let far = x >= FAR;
    let (product, slope) = if far { (1.0, 0.0) } else { (product, slope) };
    let y = if far { x } else { x + FAR };
    let (ln_y, per) = (log(y), 1.0 / y);
    let z = per * per;
    let tail = 1.0 / 12.0
        - z * (1.0 / 360.0
            - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0 - z * (691.0 / 360_360.0 - z / 156.0)))));
    let value = (y - 0.5) * ln_y - y + 0.918_938_533_204_672_8 + tail * per - log(product);
    let series = 1.0 / 12.0
        - z * (1.0 / 120.0
            - z * (1.0 / 252.0 - z * (1.0 / 240.0 - z * (1.0 / 132.0 - z * (691.0 / 32_760.0 - z / 12.0)))));
    (value, ln_y - 0.5 * per - z * series - slope / product)
}

/// Derivative of digamma for x > 0, to 1e-13: ten steps up by the recurrence, then Stirling's series
/// [AbramowitzStegun1964, 6.4.12].
pub(crate) fn trigamma(x: f64) -> f64 {
    let steps: f64 = (0..10).map(|k| (x + f64::from(k)).powi(-2)).sum();
    let per = 1.0 / (x + 10.0);
    let z = per * per;
    let series = 1.0 / 6.0
        - z * (1.0 / 30.0
            - z * (1.0 / 42.0 - z * (1.0 / 30.0 - z * (5.0 / 66.0 - z * (691.0 / 2730.0 - z * (7.0 / 6.0))))));
    steps + per * (1.0 + per * (0.5 + per * series))
}

#[cfg(test)]
mod tests {
    /// Known values: log Gamma(1/2) = log(pi)/2, digamma(1) = -gamma, digamma(1/2) = -gamma - 2 log 2, and Gamma(171) = 170!; the
    /// others are of 40 digits. Where x^8 is no number there is still log Gamma(x) = x (log x - 1) to the last digit.
    #[test]
    fn values() {
        let euler = 0.577_215_664_901_532_9;
        let within = |bound: f64| move |a: f64, b: f64| assert!((a - b).abs() < bound * b.abs().max(1.0), "{a} {b}");
        let near = within(1e-14);
        near(super::ln_gamma(0.5), 0.5 * std::f64::consts::PI.ln());
        near(super::ln_gamma_slope(0.5).1, -euler - 2.0 * std::f64::consts::LN_2);
        near(super::ln_gamma_slope(1.0).1, -euler);
        near(super::ln_gamma(171.0), 706.573_062_245_787_4);
        near(super::ln_gamma(0.01), 4.599_479_878_042_022);
        near(super::ln_gamma_slope(0.01).1, -100.560_885_457_868_66);
        near(super::ln_gamma(1e6), 12_815_504.569_147_61);
        near(super::ln_gamma_slope(1e6).1, 13.815_510_057_964_19);
        for x in [1e40_f64, 1e200] {
            near(super::ln_gamma(x), x * (x.ln() - 1.0));
            near(super::ln_gamma_slope(x).1, x.ln());
        }
        // On both sides of where the recurrence ends, Gamma(x + 1) = x Gamma(x).
        for x in [7.25_f64, 7.999_999, 8.0, 8.5] {
            near(super::ln_gamma(x + 1.0), x.ln() + super::ln_gamma(x));
            near(super::ln_gamma_slope(x + 1.0).1, 1.0 / x + super::ln_gamma_slope(x).1);
        }
        // psi'(1) = pi^2 / 6, psi'(1/2) = pi^2 / 2, and one step of the recurrence.
        let near = within(1e-13);
        let square = std::f64::consts::PI.powi(2);
        near(super::trigamma(1.0), square / 6.0);
        near(super::trigamma(0.5), square / 2.0);
        near(super::trigamma(1e-3) - super::trigamma(1.001), 1e6);
        near(super::trigamma(1e4), 1.000_050_001_666_666_7e-4);
    }
}
