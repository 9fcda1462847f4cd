//! The Pareto shape of importance weights: whether they have a variance, and so whether they can be used.

/// k of the generalised Pareto law fitted to the largest weights [VehtariEtAl2024; ZhangStephens2009].
///
/// The largest min(S / 5, 3 sqrt(S)) of S weights are used, and k is drawn a little towards 1/2. Below 0.7 weighted means are
/// sound; above 1 the weights have no mean. NaN of fewer than 25 weights or where one is NaN; infinite where none is positive.
///
/// ```
/// use steepest_flows::observer::diagnostics::pareto_k;
/// // u^(-k) for u evenly spread over (0, 1) has a tail of shape k.
/// let log_weights: Vec<f64> = (0..4000).map(|i| -0.5 * ((i as f64 + 0.5) / 4000.0).ln()).collect();
/// assert!((pareto_k(&log_weights) - 0.5).abs() < 0.03);
/// ```
pub fn pareto_k(log_weights: &[f64]) -> f64 {
    let count = log_weights.len();
    if count < 25 || log_weights.iter().any(|w| w.is_nan()) {
        return f64::NAN;
    }
    let mut sorted = log_weights.to_vec();
    sorted.sort_by(f64::total_cmp);
    let most = sorted[count - 1];
    if !most.is_finite() {
        return f64::INFINITY;
    }
    let tail = (count as f64 / 5.0).min(3.0 * (count as f64).sqrt()) as usize;
    let cut = (sorted[count - tail - 1] - most).exp();
    let over: Vec<f64> = sorted[count - tail..].iter().map(|w| (w - most).exp() - cut).filter(|x| *x > 0.0).collect();
    // Weights that are all alike have no tail.
    if over.len() < 5 { f64::NEG_INFINITY } else { shape(&over) }
}
/// The shape of a generalised Pareto sample, ascending, by the profile posterior of [ZhangStephens2009].
fn shape(x: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (Some(last), Some(quartile)) = (x.last(), x.get((n / 4.0 + 0.5) as usize - 1)) else { return f64::NAN };
    let grid = 30 + n.sqrt() as usize;
    let mean_log = |b: f64| x.iter().map(|x| (-b * x).ln_1p()).sum::<f64>() / n;
    let places: Vec<(f64, f64)> = (0..grid)
        .map(|j| {
            let b = (1.0 - (grid as f64 / (j as f64 + 0.5)).sqrt()) / (3.0 * quartile) + 1.0 / last;
            let k = mean_log(b);
            (b, n * ((-b / k).ln() - k - 1.0))
        })
        .collect();
    let most = places.iter().map(|(_, l)| *l).fold(f64::NEG_INFINITY, f64::max);
    let weight = |l: f64| (l - most).exp();
    let total: f64 = places.iter().map(|(_, l)| weight(*l)).sum();
    let b = places.iter().map(|(b, l)| b * weight(*l)).sum::<f64>() / total;
    (n * mean_log(b) + 5.0) / (n + 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of a generalised Pareto law of shape k, 2,000 of them: k is found to its own prior's pull and discreteness.
    #[test]
    fn shapes_are_found() {
        for k in [-0.3, 0.2, 0.7, 1.5] {
            let quantile = |u: f64| ((1.0 - u).powf(-k) - 1.0) / k;
            let x: Vec<f64> = (0..2000).map(|i| quantile((i as f64 + 0.5) / 2000.0)).collect();
            let expected = (2000.0 * k + 5.0) / 2010.0;
            assert!((shape(&x) - expected).abs() < 0.02, "k = {k}: {}", shape(&x));
        }
        assert!(pareto_k(&[0.0; 24]).is_nan());
        assert_eq!(pareto_k(&[0.0; 100]), f64::NEG_INFINITY);
    }
}
