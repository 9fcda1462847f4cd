//! Pareto-smoothed importance sampling: the largest weights replaced by quantiles of the law their tail follows.
use super::quantile::mean;
use steepest_kernels::{log, log_sum_exp};

/// Weights of the prior that pulls a shape towards 1/2, in observations.
const PRIOR: f64 = 10.0;
/// Independent draws, at least, whose tail is held against the bound with its error. Of 30 normal ones k plus its error is above in 18
/// sets of 100, of 64 in 9, of 100 in one, and k alone in 2.5, in one and in none.
const ENOUGH: usize = 200;

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
    let tail = tail_length(n, relative);
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

/// How many of n draws, or weights, a tail is: `3 sqrt(n / r)`, a fifth of them where `n r <= 225`.
fn tail_length(n: usize, relative: f64) -> usize {
    (if n as f64 * relative > 225.0 { 3.0 * (n as f64 / relative).sqrt() } else { n as f64 / 5.0 }) as usize
}

/// The shape k of the heavier tail of draws, those below and those above `[VehtariEtAl2024]`, of relative efficiency r (ESS of the
/// tails over n): the mean exists where k < 1, the variance where k < 1/2.
///
/// Infinite where a draw is. NaN where neither tail has a shape: fewer than 25 draws, or tails of equal ones.
///
/// ```
/// # use steepest_flows::observer::diagnostics::tail_shape;
/// // Quantiles of the Cauchy law, whose tails have shape 1.
/// let x: Vec<f64> = (0..4000).map(|i| (std::f64::consts::PI * ((i as f64 + 0.5) / 4000.0 - 0.5)).tan()).collect();
/// assert!((tail_shape(&[&x], 1.0) - 1.0).abs() < 0.05);
/// assert!(tail_shape(&[&x[1000..3000]], 1.0) < 0.1 && tail_shape(&[&[0.3; 100]], 1.0).is_nan());
/// ```
pub fn tail_shape(chains: &[&[f64]], relative: f64) -> f64 {
    let mut x: Vec<f64> = chains.iter().copied().flatten().copied().collect();
    if x.iter().any(|x| !x.is_finite()) {
        return if x.iter().any(|x| x.is_nan()) { f64::NAN } else { f64::INFINITY };
    }
    let tail = tail_length(x.len(), relative).min(x.len() / 2);
    if tail < 5 {
        return f64::NAN;
    }
    let first = x.len() - tail;
    let mut upper = || {
        let (_, &mut cutoff, above) = x.select_nth_unstable_by(first - 1, f64::total_cmp);
        above.sort_unstable_by(f64::total_cmp);
        // In units of the tail, so that no power of one leaves the range of numbers.
        let unit = above[tail - 1] - cutoff;
        let excess: Vec<f64> = above.iter().map(|x| (x - cutoff) / unit).collect();
        x.iter_mut().for_each(|x| *x = -*x);
        fit(&excess).map_or(f64::NAN, |(shape, _)| shape)
    };
    let (high, low) = (upper(), upper());
    high.max(low)
}
/// The heaviest [`tail_shape`] that means of so many draws of efficiency r bear: 0.7, above which no length helps
/// `[VehtariEtAl2024]`; or, where draws are so many that a shape of 1/2, the last one with a variance, would lie four standard errors
/// below, that.
///
/// ```
/// # use steepest_flows::observer::diagnostics::heaviest_shape;
/// assert_eq!(heaviest_shape(4000, 1.0), 0.7);
/// assert!((heaviest_shape(1_000_000, 1.0) - (0.5 + 6.0 / 3000f64.sqrt())).abs() < 1e-12);
/// ```
pub fn heaviest_shape(draws: usize, relative: f64) -> f64 {
    // A shape k is known from m draws to (1 + k) / sqrt m.
    let known = tail_length(draws, relative) as f64 * relative;
    (0.5 + 4.0 * 1.5 / known.sqrt()).min(0.7)
}

/// The heavier tail of draws, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// Its shape k, the [`tail_shape`].
    pub shape: f64,
    /// The standard error of that.
    pub error: f64,
    /// The [`heaviest_shape`] that means bear.
    pub bound: f64,
}
impl Tail {
    /// That of draws of relative efficiency r. Of m effective draws in the tail the error of k is `(1 + k) / sqrt m`; the prior, which
    /// weighs as much as ten draws, has none.
    ///
    /// ```
    /// # use steepest_flows::observer::diagnostics::Tail;
    /// // Quantiles of a Pareto law of shape 1/3.
    /// let x: Vec<f64> = (0..4000).map(|i| ((i as f64 + 0.5) / 4000.0).powf(-1.0 / 3.0)).collect();
    /// let tail = Tail::of(&[&x], 1.0);
    /// assert!((tail.shape - 1.0 / 3.0).abs() < 0.05 && (tail.error - 0.09).abs() < 0.01 && tail.over() < -0.2);
    /// assert!(Tail::of(&[&x], 0.02).error > 2.0 * tail.error);
    /// ```
    pub fn of(chains: &[&[f64]], relative: f64) -> Self {
        let draws = chains.iter().map(|chain| chain.len()).sum::<usize>();
        let (shape, bound) = (tail_shape(chains, relative), heaviest_shape(draws, relative));
        let tail = tail_length(draws, relative).min(draws / 2) as f64;
        let error = (1.0 + shape).max(0.0) / (tail * relative).sqrt() * tail / (tail + PRIOR);
        Tail { shape, error: if shape.is_nan() { f64::NAN } else { error }, bound }
    }
    /// That of independent draws. Of fewer than 200 the error is not counted: it would reach from a normal tail to the bound.
    ///
    /// ```
    /// # use steepest_flows::observer::diagnostics::Tail;
    /// let x: Vec<f64> = (0..400).map(|i| ((i as f64 + 0.5) / 400.0).powf(-1.0 / 3.0)).collect();
    /// assert_eq!(Tail::independent(&x), Tail::of(&[&x], 1.0));
    /// assert_eq!(Tail::independent(&x[..100]), Tail { error: 0.0, ..Tail::of(&[&x[..100]], 1.0) });
    /// ```
    pub fn independent(draws: &[f64]) -> Self {
        let tail = Tail::of(&[draws], 1.0);
        if draws.len() < ENOUGH { Tail { error: 0.0, ..tail } } else { tail }
    }
    /// How far above the bound the shape may be, by one standard error; NaN where there is no shape.
    pub fn over(&self) -> f64 {
        self.shape + self.error - self.bound
    }
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
    use steepest_kernels::{normals, uniforms};

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

    /// 50 sets of 4,000 draws of each law: none of normal, logistic, exponential and Student-4 draws (a shape of 1/4) is too heavy,
    /// every set of Cauchy draws (a shape of 1) is. A shape of 2/3, which has a mean and no variance, is above the bound of 400,000.
    #[test]
    fn heavy_tails_are_told_from_light_ones() {
        let student = |u: f64| {
            let root = (4.0 * u * (1.0 - u)).sqrt();
            (u - 0.5).signum() * (4.0 * (root.acos() / 3.0).cos() / root - 4.0).max(0.0).sqrt()
        };
        type Law<'a> = (&'a str, &'a dyn Fn(f64) -> f64, bool);
        let laws: [Law<'_>; 4] = [
            ("logistic", &|u| (u / (1.0 - u)).ln(), false),
            ("exponential", &|u| -u.ln(), false),
            ("Student-4", &student, false),
            ("Cauchy", &|u| (std::f64::consts::PI * (u - 0.5)).tan(), true),
        ];
        let mut u = vec![0.0; 4000];
        for key in 0..50 {
            normals(key, 0, 0, 0, &mut u);
            assert!(tail_shape(&[&u], 1.0) < 0.3, "normal {key}");
            uniforms(key, 1, 0, 0, &mut u);
            for (name, quantile, heavy) in laws {
                let x: Vec<f64> = u.iter().map(|u| quantile(*u)).collect();
                let shape = tail_shape(&x.chunks(1000).collect::<Vec<_>>(), 1.0);
                assert_eq!(shape > heaviest_shape(4000, 1.0), heavy, "{name} {key}: {shape}");
            }
        }
        let many: Vec<f64> = (0..400_000).map(|i| ((i as f64 + 0.5) / 400_000.0f64).powf(-2.0 / 3.0)).collect();
        let (shape, bound) = (tail_shape(&[&many], 1.0), heaviest_shape(400_000, 1.0));
        assert!((shape - 2.0 / 3.0).abs() < 0.02 && bound < 0.64 && shape > bound, "{shape}, bound {bound}");
        // In no unit is it another.
        for scale in [1e-300, 1e250] {
            let x: Vec<f64> = u.iter().map(|u| (1.0 / u - 1.0).sqrt() * scale).collect();
            let plain: Vec<f64> = x.iter().map(|x| x / scale).collect();
            assert!((tail_shape(&[&x], 1.0) - tail_shape(&[&plain], 1.0)).abs() < 1e-6);
        }
        assert_eq!(tail_shape(&[&[1.0, f64::INFINITY, 2.0]], 1.0), f64::INFINITY);
        assert!(Tail::of(&[&[0.3; 100]], 1.0).over().is_nan());
    }

    /// Of 200 sets of few normal draws, few have a tail that may be too heavy; counting its error, 36 of 30 draws would and 18 of 64.
    #[test]
    fn few_independent_draws_are_not_suspected() {
        for draws in [30, 64, 100, 200] {
            let mut x = vec![0.0; draws];
            let (mut normal, mut cauchy) = (0, 0);
            for key in 0..200 {
                normals(key, 3, 0, 0, &mut x);
                normal += usize::from(Tail::independent(&x).over() > 0.0);
                uniforms(key, 3, 0, 0, &mut x);
                x.iter_mut().for_each(|u| *u = (std::f64::consts::PI * (*u - 0.5)).tan());
                cauchy += usize::from(Tail::independent(&x).over() > 0.0);
            }
            println!("of {draws} draws, {normal} of normal laws and {cauchy} of Cauchy's in 200 sets");
            assert!(normal < 15 && cauchy > 60, "{draws} draws: {normal} normal, {cauchy} Cauchy");
        }
    }

    /// What few draws say of a tail is uncertain: of 100 draws of a Cauchy law one set in five has a shape below the bound, and one in
    /// sixty by more than its error. Normal draws pass, and 4,000 of a Cauchy law never do.
    #[test]
    fn a_shape_is_known_to_its_error_alone() {
        let mut u = vec![0.0; 4000];
        let (mut below, mut certified) = (0, 0);
        for key in 0..50 {
            uniforms(key, 2, 0, 0, &mut u);
            let cauchy: Vec<f64> = u.iter().map(|u| (std::f64::consts::PI * (u - 0.5)).tan()).collect();
            let few = Tail::of(&[&cauchy[..100]], 1.0);
            below += usize::from(few.shape <= few.bound);
            certified += usize::from(few.over() <= 0.0);
            assert!(Tail::of(&[&cauchy], 1.0).over() > 0.0, "{key}");
            normals(key, 2, 0, 0, &mut u);
            for normal in [&u[..], &u[..300]] {
                assert!(Tail::of(&[normal], 1.0).over() < 0.0, "{key}: {:?}", Tail::of(&[normal], 1.0));
            }
        }
        println!("{below} of 50 shapes below their bound, {certified} by more than their error");
        assert!(certified < 4 && certified < below, "{below} {certified}");
    }
}
