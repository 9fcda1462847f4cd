//! DOMAIN: where a parameter lives, and the map from unconstrained coordinates to it, with its Jacobian.
use std::fmt;
use steepest_kernels::pointwise::{exp, log, log1p_exp, logistic};

/// The set a parameter is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Domain {
    /// theta = x
    Real,
    /// theta = e^x
    Positive,
    /// low + (high - low) logistic(x); low + e^x or high - e^x where one bound is infinite.
    Bounded { low: f64, high: f64 },
    /// theta_1 = x_1, theta_j = theta_{j-1} + e^{x_j}
    Ordered,
    /// theta = softmax(y), y the point of sum y = 0 with coordinates x in Helmert's orthonormal basis
    /// [AitchisonShen1980; EgozcueEtAl2003].
    Simplex,
}

impl Domain {
    /// Coordinates of a parameter of so many numbers.
    pub(super) fn coordinates(self, numbers: usize) -> usize {
        numbers - usize::from(self == Domain::Simplex)
    }
    /// The ends of what a number of a parameter here may be.
    pub(super) fn ends(self) -> (f64, f64) {
        match self {
            Domain::Real | Domain::Ordered => (f64::NEG_INFINITY, f64::INFINITY),
            Domain::Positive => (0.0, f64::INFINITY),
            Domain::Bounded { low, high } => (low, high),
            Domain::Simplex => (0.0, 1.0),
        }
    }
    /// Whether a number may be one of a parameter here, by itself.
    pub(super) fn holds(self, theta: f64) -> bool {
        match self {
            Domain::Real | Domain::Ordered => theta.is_finite(),
            Domain::Positive => theta > 0.0 && theta.is_finite(),
            Domain::Bounded { low, high } => low < theta && theta < high,
            Domain::Simplex => theta > 0.0 && theta < 1.0,
        }
    }
    /// Sets theta; returns -log |d theta / d x| (of a simplex: of all but its last number).
    pub(super) fn constrain(self, x: &[f64], theta: &mut [f64]) -> f64 {
        let mut energy = 0.0;
        match self {
            Domain::Real => theta.copy_from_slice(x),
            Domain::Bounded { low, high } if low.is_finite() && high.is_finite() => {
                for (theta, &x) in theta.iter_mut().zip(x) {
                    *theta = (high - low).mul_add(logistic(x), low);
                    energy += log1p_exp(x) + log1p_exp(-x);
                }
                energy -= x.len() as f64 * log(high - low);
            }
            Domain::Positive | Domain::Bounded { .. } => {
                let (sign, origin) = self.half_line();
                for (theta, &x) in theta.iter_mut().zip(x) {
                    *theta = sign.mul_add(exp(x), origin);
                    energy -= x;
                }
            }
            Domain::Ordered => {
                let mut last = 0.0;
                for (j, (theta, &x)) in theta.iter_mut().zip(x).enumerate() {
                    last = if j == 0 { x } else { last + exp(x) };
                    *theta = last;
                    energy -= if j == 0 { 0.0 } else { x };
                }
            }
            Domain::Simplex => {
                let mut above = 0.0;
                for (j, x) in x.iter().enumerate().rev() {
                    let w = x / helmert(j + 1);
                    theta[j + 1] = above - (j + 1) as f64 * w;
                    above += w;
                }
                theta[0] = above;
                let total = steepest_kernels::log_sum_exp(theta);
                for theta in theta.iter_mut() {
                    energy -= *theta - total;
                    *theta = exp(*theta - total);
                }
                energy -= 0.5 * log(theta.len() as f64);
            }
        }
        energy
    }
    /// Sets x to the coordinates of theta; not finite where theta is not in the set, but for shares that do not sum to 1.
    pub(super) fn locate(self, theta: &[f64], x: &mut [f64]) {
        match self {
            Domain::Real => x.copy_from_slice(theta),
            Domain::Bounded { low, high } if low.is_finite() && high.is_finite() => {
                x.iter_mut().zip(theta).for_each(|(x, &theta)| *x = log((theta - low) / (high - theta)));
            }
            Domain::Positive | Domain::Bounded { .. } => {
                let (sign, origin) = self.half_line();
                x.iter_mut().zip(theta).for_each(|(x, &theta)| *x = log(sign * (theta - origin)));
            }
            Domain::Ordered => {
                let mut last = 0.0;
                for (j, (x, &theta)) in x.iter_mut().zip(theta).enumerate() {
                    *x = if j == 0 { theta } else { log(theta - last) };
                    last = theta;
                }
            }
            Domain::Simplex => {
                let mut above = log(theta[0]);
                for (j, x) in x.iter_mut().enumerate() {
                    let next = log(theta[j + 1]);
                    *x = (above - (j + 1) as f64 * next) / helmert(j + 1);
                    above += next;
                }
            }
        }
    }
    /// `slope`, dV/dtheta, becomes in its first places dV/dx, `weight` times the energy of `constrain` added.
    pub(super) fn pull(self, weight: f64, x: &[f64], theta: &[f64], slope: &mut [f64]) {
        match self {
            Domain::Real => {}
            Domain::Bounded { low, high } if low.is_finite() && high.is_finite() => {
                for (slope, &x) in slope.iter_mut().zip(x) {
                    let (up, down) = (logistic(x), logistic(-x));
                    *slope = *slope * (high - low) * up * down + weight * (up - down);
                }
            }
            Domain::Positive | Domain::Bounded { .. } => {
                let origin = self.half_line().1;
                for (slope, theta) in slope.iter_mut().zip(theta) {
                    *slope = *slope * (theta - origin) - weight;
                }
            }
            Domain::Ordered => {
                let mut above = 0.0;
                for (j, (slope, &x)) in slope.iter_mut().zip(x).enumerate().rev() {
                    above += *slope;
                    *slope = if j == 0 { above } else { above * exp(x) - weight };
                }
            }
            Domain::Simplex => {
                let mean: f64 = slope.iter().zip(theta).map(|(s, t)| s * t).sum();
                let size = weight * theta.len() as f64;
                let by_logit = |slope: f64, theta: f64| theta * (slope - mean + size) - weight;
                let mut before = by_logit(slope[0], theta[0]);
                for j in 1..theta.len() {
                    let next = by_logit(slope[j], theta[j]);
                    slope[j - 1] = (before - j as f64 * next) / helmert(j);
                    before += next;
                }
            }
        }
    }
    /// The sign of e^x and where it starts, for domains with one bound.
    fn half_line(self) -> (f64, f64) {
        match self {
            Domain::Bounded { low, high } if low.is_infinite() => (-1.0, high),
            Domain::Bounded { low, .. } => (1.0, low),
            _ => (1.0, 0.0),
        }
    }
}
/// The length of (1, ..., 1, -j), j ones.
fn helmert(j: usize) -> f64 {
    (j as f64 * (j + 1) as f64).sqrt()
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Domain::Real => f.write_str("real"),
            Domain::Positive => f.write_str("positive"),
            Domain::Bounded { low, high } => write!(f, "between {low} and {high}"),
            Domain::Ordered => f.write_str("ordered"),
            Domain::Simplex => f.write_str("a simplex"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAINS: [(Domain, usize); 7] = [
        (Domain::Real, 2),
        (Domain::Positive, 2),
        (Domain::Bounded { low: -1.0, high: 3.0 }, 2),
        (Domain::Bounded { low: 2.0, high: f64::INFINITY }, 2),
        (Domain::Bounded { low: f64::NEG_INFINITY, high: 2.0 }, 2),
        (Domain::Ordered, 4),
        (Domain::Simplex, 4),
    ];
    const X: [f64; 4] = [0.3, -0.7, 0.9, 0.2];

    fn map(domain: Domain, numbers: usize, x: &[f64]) -> (Vec<f64>, f64) {
        let mut theta = vec![0.0; numbers];
        let energy = domain.constrain(x, &mut theta);
        (theta, energy)
    }
    /// d theta_i / d x_j by central differences, the first rows.
    fn jacobian(domain: Domain, numbers: usize, x: &[f64]) -> Vec<f64> {
        let (d, h) = (x.len(), 1e-5);
        let mut out = vec![0.0; d * d];
        for j in 0..d {
            let mut moved = x.to_vec();
            moved[j] += h;
            let up = map(domain, numbers, &moved).0;
            moved[j] -= 2.0 * h;
            let down = map(domain, numbers, &moved).0;
            (0..d).for_each(|i| out[i * d + j] = (up[i] - down[i]) / (2.0 * h));
        }
        out
    }
    fn determinant(mut a: Vec<f64>, d: usize) -> f64 {
        let mut product = 1.0;
        for k in 0..d {
            product *= a[k * d + k];
            for i in k + 1..d {
                let factor = a[i * d + k] / a[k * d + k];
                (k..d).for_each(|j| a[i * d + j] -= factor * a[k * d + j]);
            }
        }
        product
    }

    /// Differences are good to 1e-9 here, so an error of one in a million in any Jacobian dies.
    #[test]
    fn the_energy_is_minus_the_log_of_the_jacobian() {
        for (domain, numbers) in DOMAINS {
            let x = &X[..domain.coordinates(numbers)];
            let expected = -determinant(jacobian(domain, numbers, x), x.len()).abs().ln();
            let found = map(domain, numbers, x).1;
            assert!((found - expected).abs() < 1e-8, "{domain:?}: {found} and not {expected}");
        }
    }
    /// The Jacobian as often as it counts.
    #[test]
    fn slopes_are_pulled_back() {
        for ((domain, numbers), weight) in DOMAINS.into_iter().flat_map(|case| [1.0, 0.0, 0.3].map(|w| (case, w))) {
            let x = &X[..domain.coordinates(numbers)];
            let energy = |x: &[f64]| {
                let (theta, jacobian) = map(domain, numbers, x);
                weight * jacobian + theta.iter().enumerate().map(|(i, t)| t.sin() * (i + 1) as f64).sum::<f64>()
            };
            let theta = map(domain, numbers, x).0;
            let mut slope: Vec<f64> = theta.iter().enumerate().map(|(i, t)| t.cos() * (i + 1) as f64).collect();
            domain.pull(weight, x, &theta, &mut slope);
            for j in 0..x.len() {
                let mut moved = x.to_vec();
                moved[j] += 1e-5;
                let up = energy(&moved);
                moved[j] -= 2e-5;
                let expected = (up - energy(&moved)) / 2e-5;
                assert!((slope[j] - expected).abs() < 1e-8, "{domain:?}, {j}: {} and not {expected}", slope[j]);
            }
        }
    }
    /// To ten roundings; outside there are no coordinates.
    #[test]
    fn numbers_have_coordinates() {
        for (domain, numbers) in DOMAINS {
            let x = &X[..domain.coordinates(numbers)];
            let mut back = vec![f64::NAN; x.len()];
            domain.locate(&map(domain, numbers, x).0, &mut back);
            assert!(x.iter().zip(&back).all(|(x, back)| (x - back).abs() < 2e-15), "{domain:?}: {back:?}");
            if domain != Domain::Real {
                let above = matches!(domain, Domain::Bounded { low: f64::NEG_INFINITY, .. });
                let outside = if above { [3.5; 4] } else { [3.5, 1.0, -2.0, -2.0] };
                domain.locate(&outside[4 - numbers..], &mut back);
                assert!(back.iter().any(|x| !x.is_finite()), "{domain:?}: {back:?}");
            }
        }
    }
    #[test]
    fn numbers_stay_in_their_domain() {
        for x in [-40.0, -3.0, 0.0, 3.0, 40.0] {
            let (simplex, _) = map(Domain::Simplex, 3, &[x, -x]);
            assert!((simplex.iter().sum::<f64>() - 1.0).abs() < 1e-14 && simplex.iter().all(|t| *t >= 0.0));
            let (bounded, _) = map(Domain::Bounded { low: -1.0, high: 3.0 }, 1, &[x]);
            assert!((-1.0..=3.0).contains(&bounded[0]));
        }
        assert!(map(Domain::Simplex, 4, &[0.0; 3]).0.iter().all(|t| (t - 0.25).abs() < 1e-15));
    }
}
