//! FISHER: the information that a row has of its predictor and of the family's own parameters, expected over its response.
use crate::gamma::trigamma;
use crate::regression::Family;

/// Numbers that a row has information of: its predictor, and at most two parameters of the family.
pub(super) const MOST: usize = 3;

/// E[s s^T], s the slopes of log p(y) in (eta, log own_1, log own_2) [McCullaghNelder1989; LangeLittleTaylor1989]. `None` for
/// families whose own parameters are not scales.
pub(super) fn expected(family: Family, eta: f64, trials: f64, own: &[f64]) -> Option<[[f64; MOST]; MOST]> {
    let small = (-eta.abs()).exp();
    // m (1 - m) of m = 1 / (1 + exp(-eta))
    let varies = small / ((1.0 + small) * (1.0 + small));
    let diagonal = |a: f64, b: f64| [[a, 0.0, 0.0], [0.0, b, 0.0], [0.0; 3]];
    Some(match family {
        Family::Bernoulli => diagonal(varies, 0.0),
        Family::Binomial => diagonal(trials * varies, 0.0),
        Family::Poisson => diagonal(eta.exp(), 0.0),
        Family::NegativeBinomial => {
            let a = own[0];
            diagonal(a / (1.0 + a * (-eta).exp()), a * a * of_shape(eta.exp(), a))
        }
        // The mean and the shape are orthogonal.
        Family::Gamma => diagonal(own[0], own[0] * (own[0] * trigamma(own[0]) - 1.0)),
        Family::Beta => {
            let phi = own[0];
            let high = 1.0 / (1.0 + small);
            let (m, rest) = if eta > 0.0 { (high, small * high) } else { (small * high, high) };
            let (a, b) = (trigamma(phi * m), trigamma(phi * rest));
            let (whole, along) = (phi * phi, phi * phi * varies);
            let cross = along * (m * a - rest * b);
            let own = whole * (m * m * a + rest * rest * b - trigamma(phi));
            [[along * varies * (a + b), cross, 0.0], [cross, own, 0.0], [0.0; 3]]
        }
        Family::Student => {
            let (sigma, nu) = (own[0], own[1]);
            let cross = -2.0 * nu / ((nu + 1.0) * (nu + 3.0));
            let gap = 0.25 * (trigamma(0.5 * nu) - trigamma(0.5 * (nu + 1.0)));
            let tail = nu * (nu * gap - 0.5 * (nu + 5.0) / ((nu + 1.0) * (nu + 3.0)));
            let place = (nu + 1.0) / ((nu + 3.0) * sigma * sigma);
            [[place, 0.0, 0.0], [0.0, 2.0 * nu / (nu + 3.0), cross], [0.0, cross, tail]]
        }
        Family::ZeroInflatedPoisson => {
            let (mean, zi) = (eta.exp(), own[0]);
            let (none, rest) = ((-mean).exp(), 1.0 - zi);
            let zero = zi + rest * none;
            // Slopes at y = 0; above it that in eta is y - mean, and that in log zi is -odds.
            let (at, own, odds) = (-rest * none * mean / zero, zi * (1.0 - none) / zero, zi / rest);
            let cross = zero * at * own - odds * rest * mean * none;
            let squares = zero * at * at + rest * (mean - mean * mean * none);
            [[squares, cross, 0.0], [cross, zero * own * own + (1.0 - zero) * odds * odds, 0.0], [0.0; 3]]
        }
        Family::Gaussian | Family::Ordinal | Family::Categorical => return None,
    })
}

/// Nodes on each side of the middle, and how far apart they are.
const NODES: i32 = 56;
const APART: f64 = 0.08;

/// The information of a negative binomial in its shape a, -E[d^2 log p / da^2]: with psi'(x) = int t exp(-x t) / (1 - exp(-t)) dt it
/// is int t exp(-a t) (1 - E[exp(-t y)]) / (1 - exp(-t)) dt - mean / (a (a + mean)), by double exponential quadrature
/// [TakahasiMori1974].
fn of_shape(mean: f64, a: f64) -> f64 {
    let each = |k: i32| {
        let x = APART * f64::from(k);
        let (t, slope) = ((x - (-x).exp()).exp() / a, 1.0 + (-x).exp());
        let u = -(-t).exp_m1();
        let fewer = -(-a * (mean * u / a).ln_1p()).exp_m1();
        if u > 0.0 { t * slope * t * (-a * t).exp() * fewer / u } else { 0.0 }
    };
    APART * (-NODES..=NODES).map(each).sum::<f64>() - mean / (a * (a + mean))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Given;

    /// Sums over the response, or integrals, of what central differences of log p say: another way to every entry.
    #[test]
    fn it_is_the_mean_of_squared_scores() {
        let count = |most: u32| (0..=most).map(|y| (f64::from(y), 1.0)).collect::<Vec<_>>();
        // y = exp(x), logistic(x) and sinh(x), by the trapezoidal rule.
        let line = |f: fn(f64) -> (f64, f64)| {
            let at = move |k: i32| f(f64::from(k) * 0.01);
            (-3500..=3500).map(at).map(|(y, w)| (y, 0.01 * w)).filter(|(y, w)| y.is_finite() && *w > 0.0)
        };
        let positive: Vec<_> = line(|x| (x.exp(), x.exp())).collect();
        let unit: Vec<_> = line(|x| {
            let y = 1.0 / (1.0 + (-x).exp());
            (y, y * (1.0 - y))
        })
        .filter(|(y, _)| *y < 1.0)
        .collect();
        let real: Vec<_> = line(|x| (x.sinh(), x.cosh())).collect();
        let cases = [
            (Family::Bernoulli, 0.7, vec![], count(1)),
            (Family::Binomial, -0.4, vec![], count(9)),
            (Family::Poisson, 1.3, vec![], count(60)),
            (Family::NegativeBinomial, 1.5, vec![0.7], count(4000)),
            (Family::NegativeBinomial, -0.5, vec![12.0], count(200)),
            (Family::Gamma, 0.6, vec![2.3], positive.clone()),
            (Family::Gamma, -1.0, vec![0.8], positive),
            (Family::Beta, 0.9, vec![3.0], unit.clone()),
            (Family::Beta, -0.4, vec![11.0], unit),
            (Family::Student, 0.5, vec![1.7, 4.0], real.clone()),
            (Family::Student, -0.2, vec![0.6, 11.0], real),
            (Family::ZeroInflatedPoisson, 0.8, vec![0.3], count(60)),
        ];
        for (family, eta, own, points) in cases {
            let ln = |y: f64, eta: f64, own: &[f64]| family.ln_density(y, Given { eta, trials: 9.0, own });
            let moved = |k: usize, by: f64| {
                let mut own = own.clone();
                own[k] *= by.exp();
                own
            };
            let slope = |f: &dyn Fn(f64) -> f64| {
                let half = |h: f64| (f(h) - f(-h)) / (2.0 * h);
                (4.0 * half(5e-4) - half(1e-3)) / 3.0
            };
            let (mut total, mut found) = (0.0, [[0.0; MOST]; MOST]);
            for (y, w) in points {
                let p = w * ln(y, eta, &own).exp();
                if p < 1e-18 {
                    continue;
                }
                let mut s = [slope(&|h| ln(y, eta + h, &own)), 0.0, 0.0];
                (0..own.len()).for_each(|k| s[1 + k] = slope(&|h| ln(y, eta, &moved(k, h))));
                total += p;
                (0..9).for_each(|k| found[k / 3][k % 3] += p * s[k / 3] * s[k % 3]);
            }
            assert!((total - 1.0).abs() < 1e-7, "{family:?}: {total}");
            let exact = expected(family, eta, 9.0, &own).expect("known");
            let size = exact.as_flattened().iter().fold(0.0f64, |most, e| most.max(e.abs()));
            for (k, (found, exact)) in found.as_flattened().iter().zip(exact.as_flattened()).enumerate() {
                assert!((found - exact).abs() < 2e-7 * size, "{family:?} {own:?}: {found} {exact} in {k}");
            }
        }
    }

    /// The integral against the sum over counts, sum_k P(y > k) / (a + k)^2 - mean / (a (a + mean)), for means and shapes far apart.
    #[test]
    fn of_a_shape_the_integral_is_the_sum() {
        for (mean, a) in [(0.01, 0.5), (3.0, 0.2), (50.0, 4.0), (1000.0, 1.5), (20.0, 300.0)] {
            let mut p = (-a * f64::ln_1p(mean / a)).exp();
            let (mut above, mut sum) = (1.0 - p, 0.0);
            for k in 0..200_000 {
                let k = f64::from(k);
                sum += above.max(0.0) / (a + k).powi(2);
                p *= (k + a) / (k + 1.0) * mean / (a + mean);
                above -= p;
            }
            let exact = sum - mean / (a * (a + mean));
            let found = of_shape(mean, a);
            assert!((found - exact).abs() < 1e-9 * sum, "{mean} {a}: {found} {exact}");
        }
    }
}
