//! Pareto-smoothed importance sampling: the largest weights replaced by quantiles of the law their tail follows.
use super::quantile::mean;
use steepest_kernels::{log, log_sum_exp};

/// Weights of the prior that pulls a shape towards 1/2, in observations.
const PRIOR: f64 = 10.0;

/// The shape below which `draws` weighted draws give estimates to be relied on, `min(1 - 1 / log10 S, 0.7)`
/// `[VehtariEtAl2024, Eq. 13]`.
///
/// ```
/// # use steepest_flows::observer::diagnostics::reliable_shape;
/// assert_eq!(reliable_shape(4000), 0.7);
/// assert_eq!(reliable_shape(100), 0.5);
/// ```
pub fn reliable_shape(draws: usize) -> f64 {
    (1.0 - 1.0 / (draws as f64).log10()).min(0.7)
}

/// Smooths and normalises logarithms of importance weights, in place, and returns the shape k of their tail
/// `[VehtariEtAl2024, Algorithm 1]`.
///
/// The `3 sqrt(n / r)` largest of n weights (a fifth of them where `n r <= 225`) become quantiles of the generalised Pareto
/// law fitted to them, none larger than the largest; r is the relative efficiency of the draws, ESS / n. The variance is
/// finite where k < 1/2; see [`reliable_shape`]. NaN where the tail has no shape: equal weights, or fewer than 25 of them,
/// which are then only normalised.
///
/// ```
/// # use steepest_flows::observer::diagnostics::smooth_weights;
/// // Weights u^-1/2 of evenly spread u have a tail of shape 1/2.
/// let mut w: Vec<f64> = (0..1000).map(|i| -0.5 * ((i as f64 + 0.5) / 1000.0f64).ln()).collect();
/// let k = smooth_weights(&mut w, 1.0);
/// assert!((k - 0.5).abs() < 0.05);
/// assert!((w.iter().map(|w| w.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
/// ```
pub fn smooth_weights(log_weights: &mut [f64], relative: f64) -> f64 {
    let n = log_weights.len();
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    log_weights.iter_mut().for_each(|w| *w -= largest);
    let tail = if n as f64 * relative > 225.0 { 3.0 * (n as f64 / relative).sqrt() } else { n as f64 / 5.0 } as usize;
    let shape = if tail < 5 || tail >= n { f64::NAN } else { smooth_tail(log_weights, tail) };
    let total = log_sum_exp(log_weights);
    log_weights.iter_mut().for_each(|w| *w -= total);
    shape
}

/// The shape k of the tail of importance weights, from their logarithms: that of [`smooth_weights`] for independent draws.
/// Below 0.7 weighted means are sound. Minus infinity where the weights are all alike, which have no tail.
///
/// ```
/// # use steepest_flows::observer::diagnostics::pareto_k;
/// // u^(-k) for u evenly spread over (0, 1) has a tail of shape k.
/// let log_weights: Vec<f64> = (0..4000).map(|i| -0.5 * ((i as f64 + 0.5) / 4000.0).ln()).collect();
/// assert!((pareto_k(&log_weights) - 0.5).abs() < 0.03);
/// ```
pub fn pareto_k(log_weights: &[f64]) -> f64 {
    let alike = log_weights.iter().all(|w| w.is_finite() && *w == log_weights[0]);
    if alike && log_weights.len() >= 25 {
        return f64::NEG_INFINITY;
    }
    smooth_weights(&mut log_weights.to_vec(), 1.0)
}

/// Replaces the `tail` largest of weights whose largest is 1.
fn smooth_tail(log_weights: &mut [f64], tail: usize) -> f64 {
    let first = log_weights.len() - tail;
    let mut order: Vec<usize> = (0..log_weights.len()).collect();
    let by_weight = |a: &usize, b: &usize| log_weights[*a].total_cmp(&log_weights[*b]);
    // The largest below the tail is its cutoff.
    let (_, &mut cutoff, order) = order.select_nth_unstable_by(first - 1, by_weight);
    order.sort_unstable_by(by_weight);
    let cutoff = log_weights[cutoff].exp();
    let excess: Vec<f64> = order.iter().map(|&i| log_weights[i].exp() - cutoff).collect();
    let Some((shape, scale)) = fit(&excess) else { return f64::NAN };
    for (j, &i) in order.iter().enumerate() {
        let log_rest = (-(j as f64 + 0.5) / tail as f64).ln_1p();
        let quantile = if shape == 0.0 { -log_rest } else { (-shape * log_rest).exp_m1() / shape };
        log_weights[i] = (cutoff + scale * quantile).ln().min(0.0);
    }
    shape
}

/// Shape and scale of the generalised Pareto law of `excess` (increasing, positive): the posterior mean of Zhang and Stephens
/// `[ZhangStephens2009]`, the shape drawn towards 1/2. `None` where the first quartile is the least.
fn fit(excess: &[f64]) -> Option<(f64, f64)> {
    let n = excess.len() as f64;
    let (quartile, last) = (excess[(n / 4.0 - 0.5) as usize], excess[excess.len() - 1]);
    if quartile <= excess[0] || !last.is_finite() {
        return None;
    }
    let points = 30 + n.sqrt() as usize;
    let mut buffer = vec![0.0; excess.len()];
    let mut mean_log = |b: f64| {
        buffer.iter_mut().zip(excess).for_each(|(l, x)| *l = 1.0 - b * x);
        log(&mut buffer);
        mean(&[&buffer])
    };
    let place = |j: usize| (1.0 - (points as f64 / (j as f64 + 0.5)).sqrt()) / (3.0 * quartile) + 1.0 / last;
    let b: Vec<f64> = (0..points).map(place).collect();
    let likelihood = |&b: &f64| {
        let k = mean_log(b);
        n * ((-b / k).ln() - k - 1.0)
    };
    let likelihoods: Vec<f64> = b.iter().map(likelihood).collect();
    let total = log_sum_exp(&likelihoods);
    let weights = likelihoods.iter().map(|l| (l - total).exp());
    // Weights at the level of rounding are noise.
    let (mut sum, mut moment) = (0.0, 0.0);
    for (w, b) in weights.zip(&b).filter(|(w, _)| *w >= 10.0 * f64::EPSILON) {
        sum += w;
        moment += w * b;
    }
    let b = moment / sum;
    let k = mean_log(b);
    let shape = (n * k + 0.5 * PRIOR) / (n + PRIOR);
    (shape.is_finite() && -k / b > 0.0).then_some((shape, -k / b))
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
            let (shape, _) = fit(&x).unwrap();
            assert!((shape - expected).abs() < 0.02, "k = {k}: {shape}");
        }
        assert!(pareto_k(&[0.0; 24]).is_nan());
        assert_eq!(pareto_k(&[0.0; 100]), f64::NEG_INFINITY);
    }
}
