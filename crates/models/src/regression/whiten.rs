//! WHITENING: Newton's method to the posterior mode, whose curvature then makes the sampling coordinates nearly isotropic.
//!
//! The result is only a choice of coordinates: had the search stopped anywhere else the law would be the same.
use super::coordinates::bounded;
use super::likelihood::Likelihood;
use super::linear::Linear;
use super::posterior::Posterior;
use crate::prior::Prior;
use steepest_core::{Batch, Workspace};

/// Most Newton steps.
const STEPS: usize = 100;

/// Finds the mode of so many rows from `start` (a w) and sets centre and spread of the coordinates there.
///
/// Returns the standard deviation of each w in the Gaussian approximation, if the search reached the mode.
pub(super) fn whiten(posterior: &mut Posterior, rows: usize, start: Vec<f64>) -> Option<Vec<f64>> {
    let p = posterior.coordinates.len();
    // With as many coefficients as rows the joint mode runs off to sigma = 0; any fixed sigma will do for coordinates.
    let moves = rows > p + 1;
    let mut work = Workspace::default();
    let mut w = start;
    let (mut factor, mut curvature) = (vec![0.0; p * p], 1.0);
    let mut gradient = vec![0.0; w.len()];
    let mut settled = false;
    for _ in 0..STEPS {
        let energy = energy_at(posterior, &w, Some(&mut gradient), &mut work);
        (factor, curvature) = hessian(posterior, &w);
        let mut step: Vec<f64> = gradient[..p].to_vec();
        steepest_kernels::solve(p, &factor, 1, &mut step);
        if w.len() > p {
            step.push(if moves { gradient[p] / curvature } else { 0.0 });
        }
        let decrement: f64 = step.iter().zip(&gradient).map(|(s, g)| s * g).sum();
        settled = decrement < 1e-6;
        if decrement.is_nan() || decrement < 1e-12 {
            break;
        }
        let mut length = 1.0;
        let further = loop {
            let next: Vec<f64> = w.iter().zip(&step).map(|(w, s)| w - length * s).collect();
            let descent = energy - energy_at(posterior, &next, None, &mut work);
            if descent >= 1e-4 * length * decrement {
                break Some(next);
            }
            length *= 0.5;
            if length < 1e-10 {
                break None;
            }
        };
        match further {
            Some(next) => w = next,
            None => break,
        }
    }
    // H = L L^T, so the covariance is L^-T L^-1 and the spread L^-T, upper triangular.
    let mut inverse: Vec<f64> = (0..p * p).map(|k| f64::from(u8::from(k / p == k % p))).collect();
    steepest_kernels::solve_lower_transposed(p, &factor, p, &mut inverse);
    let log_det = -(0..p).map(|j| factor[j * p + j].ln()).sum::<f64>();
    let deviation = |j: usize| inverse[j * p..(j + 1) * p].iter().map(|a| a * a).sum::<f64>().sqrt();
    let deviations = settled.then(|| (0..p).map(deviation).collect());
    let lift = if moves { fitted(posterior, &w, &inverse) } else { 0.0 };
    posterior.coordinates.spread(
        w[..p].to_vec(),
        Linear::new(p, p, |i, j| if j >= i { inverse[i * p + j] } else { 0.0 }),
        log_det,
    );
    if let Some(s) = &mut posterior.scale {
        s.spread(w[p] + lift * s.ln_slope(w[p]) / curvature, curvature.sqrt().recip());
    }
    deviations
}

/// Where to start: no effect of any column, the intercept at `middle` (the mean response on the link's scale), sigma given;
/// between its bounds where there are any.
pub(super) fn start(posterior: &Posterior, middle: f64, sigma: f64) -> Vec<f64> {
    let between = |prior: Prior, value: f64| match prior {
        Prior::Uniform { low, high } => {
            let share = ((value - low) / (high - low)).clamp(0.01, 0.99);
            (bounded(low, high, (share / (1.0 - share)).ln()).value, (share / (1.0 - share)).ln())
        }
        _ => (value, value),
    };
    let c = &posterior.coordinates;
    let (beta, mut w): (Vec<f64>, Vec<f64>) = c.priors.iter().map(|placed| between(placed.prior, 0.0)).unzip();
    if c.intercept {
        let offset: f64 = (1..c.len()).map(|j| c.shift[j] * c.scale[j] * beta[j]).sum();
        w[0] = match c.priors[0].prior {
            prior @ Prior::Uniform { .. } => between(prior, middle - offset).1,
            _ => middle,
        };
    }
    if let Some(s) = &posterior.scale {
        w.push(match s.prior {
            prior @ Prior::Uniform { .. } => between(prior, sigma).1,
            _ => sigma.ln(),
        });
    }
    w
}

/// The number of coefficients that the data determine, tr(X^T X / sigma^2 H^-1): by so much the slope in log sigma changes when
/// the coefficients are integrated out, as dividing a sum of squares by n - p instead of n does.
fn fitted(posterior: &Posterior, w: &[f64], inverse: &[f64]) -> f64 {
    let (p, Some(s)) = (posterior.coordinates.len(), &posterior.scale) else { return 0.0 };
    let ln_sigma = s.ln_sigma(w[p]);
    let curvature = posterior.likelihood.curvature(&w[..p], ln_sigma);
    let mut product = vec![0.0; p * p];
    steepest_kernels::gemm([p, p, p], 1.0, &curvature, inverse, &mut product);
    product.iter().zip(inverse).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, p as f64)
}

/// The energy in coordinates that are still z = w.
fn energy_at(posterior: &Posterior, w: &[f64], mut gradient: Option<&mut [f64]>, work: &mut Workspace) -> f64 {
    let mut value = [0.0];
    if let Some(g) = &mut gradient {
        g.fill(0.0);
    }
    posterior.evaluate(Batch { n: 1, d: w.len(), x: w }, 1.0, Some(&mut value), gradient, work);
    value[0]
}

/// The Cholesky factor of the curvature of the coefficients, and the curvature of sigma's w.
fn hessian(posterior: &Posterior, w: &[f64]) -> (Vec<f64>, f64) {
    let p = posterior.coordinates.len();
    let (mut at, mut gamma) = (vec![0.0; p], vec![0.0; p]);
    posterior.coordinates.forward(&w[..p], &mut at, &mut gamma);
    let mut ln_sigma = 0.0;
    let mut curvature = 1.0;
    if let (Some(s), Likelihood::Gaussian(g)) = (&posterior.scale, &posterior.likelihood) {
        ln_sigma = s.ln_sigma(w[p]);
        let squares = g.squares(&gamma, &mut vec![0.0; g.rank()]);
        curvature = s.curvature(w[p], (2.0 * squares * (-2.0 * ln_sigma).exp()).max(1.0));
    }
    let mut h = posterior.likelihood.curvature(&gamma, ln_sigma);
    posterior.coordinates.hessian(&at, &gamma, &mut h);
    let largest = (0..p).map(|j| h[j * p + j]).fold(f64::MIN_POSITIVE, f64::max);
    let mut ridge = 0.0;
    loop {
        let mut factor = h.clone();
        (0..p).for_each(|j| factor[j * p + j] += ridge);
        if steepest_kernels::cholesky(p, &mut factor).is_ok() {
            return (factor, curvature);
        }
        ridge = if ridge == 0.0 { 1e-14 * largest } else { 10.0 * ridge };
        if !(ridge.is_finite() && ridge < 1e3 * largest) {
            return (Linear::identity(p).by_row().to_vec(), curvature);
        }
    }
}
