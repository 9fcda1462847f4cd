//! Effective sample size: how many independent draws would estimate a quantity as well.
use super::{borrow, map, mean, quantile, range, rank::normalise, sd, split, unit, usable};
use realfft::RealFftPlanner;

/// ESS of the bulk: of the rank-normalised draws `[Vehtari2021, Sec. 4.3]`. Wanted: 100 a chain or more.
pub fn ess_bulk(chains: &[&[f64]]) -> f64 {
    if usable(chains, 1) { effective(&borrow(&normalise(&split(chains)))) } else { f64::NAN }
}

/// ESS of the tails: the smaller of those of the 5 % and the 95 % quantile `[Vehtari2021, Sec. 4.3]`
/// (in ArviZ `ess(method="tail", prob=(0.05, 0.95))`).
pub fn ess_tail(chains: &[&[f64]]) -> f64 {
    let (low, high) = (ess_quantile(chains, 0.05), ess_quantile(chains, 0.95));
    if high < low { high } else { low }
}

/// ESS of the mean: of the draws as they are.
pub fn ess_mean(chains: &[&[f64]]) -> f64 {
    if usable(chains, 1) { effective(&split(chains)) } else { f64::NAN }
}

/// ESS of the standard deviation: of `(x - mean)^2`.
pub fn ess_sd(chains: &[&[f64]]) -> f64 {
    let (centre, unit) = (mean(chains), unit(chains));
    ess_of(chains, |x| ((x - centre) * unit).powi(2))
}

/// ESS of the `p`-quantile q: of the indicator of `x <= q`.
pub fn ess_quantile(chains: &[&[f64]], p: f64) -> f64 {
    let q = quantile(chains, p);
    ess_of(chains, |x| f64::from(x <= q))
}

/// ESS of the probability between the `low`- and the `high`-quantile.
pub fn ess_local(chains: &[&[f64]], low: f64, high: f64) -> f64 {
    let (a, b) = (quantile(chains, low), quantile(chains, high));
    ess_of(chains, |x| f64::from(a <= x && x <= b))
}

/// ESS of the mean of f.
fn ess_of(chains: &[&[f64]], f: impl Fn(f64) -> f64) -> f64 {
    if usable(chains, 1) { effective(&split(&borrow(&map(chains, f)))) } else { f64::NAN }
}

/// ESS of the mean by the autocorrelations within chains alone, so that chains which disagree do not pass for slow ones. Of halves of
/// usable chains.
pub(super) fn ess_within(halves: &[&[f64]]) -> f64 {
    estimated(halves, false)
}

/// As [`estimated`], of all chains together.
fn effective(chains: &[&[f64]]) -> f64 {
    estimated(chains, true)
}

/// n / tau, `tau = 1 + 2 sum_t rho_t`, with the autocorrelations of all chains together
/// `rho_t = 1 - (W - mean_c acov_c(t)) / var+` `[Vehtari2021, Eq. 10]`, summed over Geyer's initial monotone sequence
/// `[Geyer1992]`: sums of neighbouring pairs, as long as they are positive, none above the one before. Unless it is of all
/// chains `together`, var+ is W.
fn estimated(chains: &[&[f64]], together: bool) -> f64 {
    let (n, total) = (chains[0].len(), (chains.len() * chains[0].len()) as f64);
    let (low, high) = range(chains);
    if !(high - low).is_finite() {
        return f64::NAN;
    }
    if high == low {
        return total; // ArviZ's convention for draws that are all equal; it takes any within 1e-15 for such
    }
    let unit = unit(chains);
    let covariance = mean_autocovariance(chains, unit);
    let within = covariance[0] * n as f64 / (n as f64 - 1.0);
    let means: Vec<f64> = chains.iter().map(|c| mean(&[c]) * unit).collect();
    let apart = if means.len() > 1 { sd(&[&means]).powi(2) } else { 0.0 };
    let variance = if together { covariance[0] + apart } else { within };
    let rho = |lag: usize| 1.0 - (within - covariance[lag]) / variance;

    let (mut lag, mut even, mut odd) = (0, 1.0, rho(1));
    let (mut sum, mut ceiling) = (0.0, f64::INFINITY);
    while lag + 4 < n && even + odd > 0.0 {
        ceiling = (even + odd).min(ceiling);
        sum += ceiling;
        lag += 2;
        (even, odd) = (rho(lag), rho(lag + 1));
    }
    // The first pair left out still gives its even half, which tames antithetic chains.
    let last = if even > 0.0 || even + odd >= 0.0 { even } else { 0.0 };
    let tau = 2.0 * sum + last - 1.0;
    // Antithetic chains may beat independent draws, but by no more than a factor log10(n).
    if tau.is_nan() || rho(1).is_nan() { f64::NAN } else { total / tau.max(1.0 / total.log10()) }
}

/// The autocovariance of one chain at lags `0 .. n`: `acov(t) = (1/n) sum_i (x_i - mean)(x_{i+t} - mean)`.
///
/// By FFT, O(n log n); correct to rounding relative to `acov(0)`.
///
/// ```
/// # use steepest_flows::observer::diagnostics::autocovariance;
/// let found = autocovariance(&[1.0, -1.0, 1.0, -1.0]);
/// assert!(found.iter().zip([1.0, -0.75, 0.5, -0.25]).all(|(a, b)| (a - b).abs() < 1e-15));
/// ```
pub fn autocovariance(chain: &[f64]) -> Vec<f64> {
    mean_autocovariance(&[chain], 1.0)
}

/// The mean over chains of the autocovariances of `unit` times the draws: the inverse transform of the mean power spectrum.
fn mean_autocovariance(chains: &[&[f64]], unit: f64) -> Vec<f64> {
    let n = chains.first().map_or(0, |c| c.len());
    if n == 0 {
        return Vec::new();
    }
    let padded = (2 * n).next_power_of_two();
    let mut planner = RealFftPlanner::new();
    let (forward, inverse) = (planner.plan_fft_forward(padded), planner.plan_fft_inverse(padded));
    let (mut x, mut spectrum, mut power) =
        (forward.make_input_vec(), forward.make_output_vec(), inverse.make_input_vec());
    let (mut scratch, mut back) = (forward.make_scratch_vec(), inverse.make_scratch_vec());
    for chain in chains {
        let centre = mean(&[chain]);
        x.fill(0.0);
        x.iter_mut().zip(*chain).for_each(|(x, draw)| *x = (draw - centre) * unit);
        // Both transforms fail only on buffers of a wrong length, and these are the plan's own.
        let _ = forward.process_with_scratch(&mut x, &mut spectrum, &mut scratch);
        power.iter_mut().zip(&spectrum).for_each(|(p, s)| p.re += s.norm_sqr());
    }
    let _ = inverse.process_with_scratch(&mut power, &mut x, &mut back);
    let scale = 1.0 / (padded as f64 * n as f64 * chains.len() as f64);
    x.truncate(n);
    x.iter_mut().for_each(|x| *x *= scale);
    x
}

#[cfg(test)]
mod tests {
    use super::super::{mcse_mean, mcse_sd};
    use super::*;

    /// AR(1) has tau = (1 + a) / (1 - a): 3 at a = 1/2, 1/3 at a = -1/2. Over 4 x 20,000 draws the estimate is within a
    /// few per cent; the wrong lag sum (one pair more or less, a factor two) is off by more than 15 %.
    #[test]
    fn autoregression() {
        for (a, tau) in [(0.5f64, 3.0), (-0.5, 1.0 / 3.0)] {
            let mut seed = 12345u64;
            let chain = |seed: &mut u64| {
                let (mut x, mut out) = (0.0, Vec::new());
                for _ in 0..20_000 {
                    // The sum of 12 uniforms from a linear congruence: second moments are all that counts.
                    let shock: f64 = (0..12)
                        .map(|_| {
                            *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                            (*seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5
                        })
                        .sum();
                    x = a * x + shock;
                    out.push(x);
                }
                out
            };
            let chains: Vec<_> = (0..4).map(|_| chain(&mut seed)).collect();
            let found = 80_000.0 / ess_mean(&borrow(&chains));
            assert!((found / tau - 1.0).abs() < 0.07, "a {a}: tau {found}, exactly {tau}");
        }
    }

    /// Chains that lie apart have few effective draws together, and as many as before within each.
    #[test]
    fn chains_apart_are_no_slow_chains() {
        let chain = |c: i64| (0..200_i64).map(move |t| ((7 * t * t + 13 * c * t + 5 * c) % 31) as f64 / 31.0);
        let halves = |apart: f64| -> Vec<Vec<f64>> {
            (0..8).map(|c| chain(c).map(|x| x + if c < 4 { 0.0 } else { apart }).collect()).collect()
        };
        let (near, far) = (halves(0.0), halves(5.0));
        let within = [ess_within(&borrow(&near)), ess_within(&borrow(&far))];
        assert!((within[0] / within[1] - 1.0).abs() < 1e-9 && within[0] > 300.0, "{within:?}");
        assert!(effective(&borrow(&far)) < 20.0, "{}", effective(&borrow(&far)));
        assert!((effective(&borrow(&near)) / within[0] - 1.0).abs() < 0.2);
        assert!(ess_within(&borrow(&[vec![0.1; 9], vec![0.3; 9]])).is_nan(), "nothing moves in either");
    }

    /// The unit of the draws is the user's: sizes are the same, and errors in proportion, to the bit for powers of two, though
    /// squares of some are outside the range of numbers, and to rounding for 1e-18, the scale of a slope per nanosecond.
    #[test]
    fn units_do_not_matter() {
        let chain = |c: i64| (0..200_i64).map(move |t| ((7 * t * t + 13 * c * t + 5 * c) % 31) as f64 / 31.0);
        let scaled = |scale: f64| -> Vec<Vec<f64>> { (0..4).map(|c| chain(c).map(|x| x * scale).collect()).collect() };
        let found = |scale: f64| {
            let chains = scaled(scale);
            let x = borrow(&chains);
            let errors = [mcse_mean(&x), mcse_sd(&x), sd(&x)].map(|error| error / scale);
            ([ess_mean(&x), ess_sd(&x), ess_bulk(&x)], errors)
        };
        let exact = found(1.0);
        assert!(exact.0.iter().all(|ess| *ess > 50.0 && *ess < 2400.0) && exact.1[1] > 1e-4, "{exact:?}");
        for power in [-900, -60, -3, 40, 700] {
            assert_eq!(found(2.0f64.powi(power)), exact, "2^{power}");
        }
        let (sizes, errors) = found(1e-18);
        let close = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() < 1e-9);
        assert!(close(sizes, exact.0) && close(errors, exact.1), "{sizes:?} {errors:?}, not {exact:?}");
    }

    #[test]
    fn edges() {
        assert_eq!(ess_mean(&[&[3.0; 11]]), 10.0);
        assert!(ess_bulk(&[&[1.0, 2.0, 3.0]]).is_nan());
        assert!(ess_tail(&[&[1.0, f64::NAN, 2.0, 3.0]]).is_nan());
        // Two halves of two draws: no lag can be used, so the ceiling n log10(n) holds.
        assert!((ess_mean(&[&[0.0, 1.0, 1.0, 0.0]]) - 4.0 * 4f64.log10()).abs() < 1e-14);
        assert!(autocovariance(&[]).is_empty());
    }
}
