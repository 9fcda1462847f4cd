//! Means, standard deviations and quantiles of pooled draws.
use super::unit;

/// The mean of all draws, `sum x / n`, taken about the first draw so that equal draws have exactly that mean.
///
/// ```
/// # use steepest_flows::observer::diagnostics::mean;
/// assert_eq!(mean(&[&[1.0, 2.0], &[3.0, 6.0]]), 3.0);
/// ```
pub fn mean(chains: &[&[f64]]) -> f64 {
    let n: usize = chains.iter().map(|c| c.len()).sum();
    let origin = chains.iter().find_map(|c| c.first()).copied().unwrap_or(f64::NAN);
    origin + chains.iter().map(|c| c.iter().map(|x| x - origin).sum::<f64>()).sum::<f64>() / n as f64
}

/// The standard deviation of all draws, `sqrt(sum (x - mean)^2 / (n - 1))`.
///
/// ```
/// # use steepest_flows::observer::diagnostics::sd;
/// assert_eq!(sd(&[&[1.0, 2.0], &[3.0, 6.0]]), (14.0f64 / 3.0).sqrt());
/// ```
pub fn sd(chains: &[&[f64]]) -> f64 {
    let n: usize = chains.iter().map(|c| c.len()).sum();
    let centre = mean(chains);
    let of = |unit: f64| {
        let squares = |chain: &&[f64]| chain.iter().map(|x| ((x - centre) * unit).powi(2)).sum::<f64>();
        (chains.iter().map(squares).sum::<f64>() / (n as f64 - 1.0)).sqrt()
    };
    let plain = of(1.0);
    if (1e-140..1e140).contains(&plain) || plain.is_nan() {
        return plain;
    }
    // Squares came near the ends of the range of numbers; in another unit they do not.
    let unit = unit(chains);
    of(unit) / unit
}

/// The `p`-quantile of all draws: linear between order statistics, type 7 of `[HyndmanFan1996]`, as NumPy and R do.
///
/// `p` is clamped to `[0, 1]`. NaN without draws or with a NaN among them.
///
/// ```
/// # use steepest_flows::observer::diagnostics::quantile;
/// assert_eq!(quantile(&[&[4.0, 1.0], &[3.0, 2.0]], 0.25), 1.75);
/// ```
pub fn quantile(chains: &[&[f64]], p: f64) -> f64 {
    of_sorted(&sorted(chains), p)
}

/// All draws in increasing order; NaN of either sign at an end.
pub(super) fn sorted(chains: &[&[f64]]) -> Vec<f64> {
    let mut all = chains.concat();
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// The quantile of draws in increasing order. The two forms of the interpolation are NumPy's: draws that tie with the
/// quantile must fall on the same side of it.
pub(super) fn of_sorted(x: &[f64], p: f64) -> f64 {
    let (Some(first), Some(last)) = (x.first(), x.last()) else {
        return f64::NAN;
    };
    if first.is_nan() || last.is_nan() || p.is_nan() {
        return f64::NAN;
    }
    let place = (x.len() - 1) as f64 * p.clamp(0.0, 1.0);
    let (below, part) = (place.floor() as usize, place - place.floor());
    let (a, b) = (x[below], x[(below + 1).min(x.len() - 1)]);
    if part == 0.0 {
        a
    } else if part < 0.5 {
        a + (b - a) * part
    } else {
        b - (b - a) * (1.0 - part)
    }
}

/// The median: half the sum of the two middle draws where their number is even. (The 1/2-quantile may differ from it in
/// the last bit, which decides which of two draws is nearer to it.)
pub(super) fn median(chains: &[&[f64]]) -> f64 {
    let x = sorted(chains);
    if x.is_empty() { f64::NAN } else { (x[(x.len() - 1) / 2] + x[x.len() / 2]) / 2.0 }
}
