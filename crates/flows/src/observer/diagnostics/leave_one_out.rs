//! Leave-one-out cross-validation from the draws of one posterior.
use super::{mean, smooth_weights};
use steepest_kernels::log_sum_exp;

/// How well one observation is predicted by the others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LeftOut {
    /// log p(y_i | the other observations).
    pub elpd: f64,
    /// log p(y_i | all observations) - elpd: its share of the effective number of parameters.
    pub parameters: f64,
    /// Shape of the tail of the weights: how far leaving it out moves the posterior. See
    /// [`reliable_shape`](super::reliable_shape).
    pub shape: f64,
}

/// The expected log predictive density of one observation, left out `[VehtariGelmanGabry2017, Eq. 10]`.
///
/// `log_likelihood[s] = log p(y_i | theta_s)` over all draws; `relative` is ESS / draws. `weights`, as long, becomes the
/// logarithms of the normalised weights that turn draws of the posterior into draws of the one without the observation.
///
/// ```
/// # use steepest_flows::observer::diagnostics::leave_one_out;
/// let mut weights = [0.0; 100];
/// let left_out = leave_one_out(&[-1.5; 100], 1.0, &mut weights);
/// assert!((left_out.elpd + 1.5).abs() < 1e-12 && left_out.parameters.abs() < 1e-12);
/// ```
pub fn leave_one_out(log_likelihood: &[f64], relative: f64, weights: &mut [f64]) -> LeftOut {
    leave_one_out_at(1.0, log_likelihood, relative, weights)
}

/// The same from draws of exp(-beta V), V = -log(prior) - sum_i log p_i: without observation i that law loses p_i^beta, and what is
/// predicted is still p_i.
///
/// ```
/// # use steepest_flows::observer::diagnostics::leave_one_out_at;
/// // As many draws of p = 1 as of p = 1/2: of weights 1 and 4 at beta = 2. Fewer than 25 are not smoothed.
/// let (p, mut weights) = ([0.0, -std::f64::consts::LN_2].repeat(10), [0.0; 20]);
/// let left_out = leave_one_out_at(2.0, &p, 1.0, &mut weights);
/// assert!((left_out.elpd.exp() - (1.0 + 4.0 * 0.5) / 5.0).abs() < 1e-12);
/// ```
pub fn leave_one_out_at(beta: f64, log_likelihood: &[f64], relative: f64, weights: &mut [f64]) -> LeftOut {
    weights.iter_mut().zip(log_likelihood).for_each(|(w, l)| *w = -beta * l);
    let shape = smooth_weights(weights, relative);
    let joint: Vec<f64> = weights.iter().zip(log_likelihood).map(|(w, l)| w + l).collect();
    let elpd = log_sum_exp(&joint);
    let whole = log_sum_exp(log_likelihood) - (log_likelihood.len() as f64).ln();
    LeftOut { elpd, parameters: whole - elpd, shape }
}

/// The sum of `x` and its standard error, `sqrt(n var x)`, var with divisor n - 1: an elpd, or a difference of two; NaN of one number.
///
/// ```
/// # use steepest_flows::observer::diagnostics::total;
/// assert_eq!(total(&[-1.0, -3.0]), (-4.0, 2.0));
/// ```
pub fn total(x: &[f64]) -> (f64, f64) {
    let (n, centre) = (x.len() as f64, mean(&[x]));
    let variance = x.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / (n - 1.0);
    (n * centre, (n * variance).sqrt())
}
