//! Monte Carlo standard errors, and the energy diagnostic of Hamiltonian chains.
use super::{borrow, ess_mean, ess_quantile, laws::beta_quantile, map, mean, quantile::sorted, sd, unit, usable};

/// Standard error of the mean: `sd / sqrt(ess_mean)`, in the unit of the draws.
pub fn mcse_mean(chains: &[&[f64]]) -> f64 {
    if usable(chains, 1) { sd(chains) / ess_mean(chains).sqrt() } else { f64::NAN }
}

/// Standard error of the standard deviation, by the delta method from the variance of `(x - mean)^2`
/// `[KenneyKeeping1951, p. 141]`, in the unit of the draws.
pub fn mcse_sd(chains: &[&[f64]]) -> f64 {
    if !usable(chains, 1) {
        return f64::NAN;
    }
    let (centre, unit) = (mean(chains), unit(chains));
    let squares = map(chains, |x| ((x - centre) * unit).powi(2));
    let fourths = map(&borrow(&squares), |s| s * s);
    let (second, fourth) = (mean(&borrow(&squares)), mean(&borrow(&fourths)));
    let of_variance = (fourth - second * second) / ess_mean(&borrow(&squares));
    (of_variance / second / 4.0).sqrt() / unit
}

/// Standard error of the `p`-quantile: half the distance between the order statistics at the 16 % and 84 % quantiles of
/// the beta law of the probability below it `[Vehtari2021, Sec. 4.4]`, in the unit of the draws.
pub fn mcse_quantile(chains: &[&[f64]], p: f64) -> f64 {
    if !usable(chains, 1) {
        return f64::NAN;
    }
    let (all, ess) = (sorted(chains), ess_quantile(chains, p));
    let last = (all.len() - 1) as f64;
    // phi(-1) and phi(1) to the digits ArviZ and posterior use.
    let place = |level: f64| beta_quantile(level, ess * p + 1.0, ess * (1.0 - p) + 1.0) * (last + 1.0) - 1.0;
    let low = place(0.1586553).floor().max(0.0);
    let high = place(0.8413447).ceil().clamp(0.0, last);
    (all[high as usize] - all[low as usize]) / 2.0
}

/// E-BFMI of one chain: `mean (E_t - E_{t-1})^2 / var E` `[Betancourt2016]`. Under 0.3 the momenta refresh the energy too
/// slowly for the tails. NaN for fewer than two draws or constant energy.
///
/// ```
/// # use steepest_flows::observer::diagnostics::ebfmi;
/// assert_eq!(ebfmi(&[0.0, 1.0, 3.0]), (1.0 + 4.0) / 2.0 / (7.0 / 3.0));
/// ```
pub fn ebfmi(energy: &[f64]) -> f64 {
    let jumps: Vec<f64> = energy.windows(2).map(|e| (e[1] - e[0]).powi(2)).collect();
    let variance = sd(&[energy]).powi(2);
    if variance > 0.0 { mean(&[&jumps]) / variance } else { f64::NAN }
}
