//! EIGHT SCHOOLS: the smallest hierarchical model, in coordinates that are white given the standard deviation of the effects.
use crate::bent::Bent;
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{pointwise, simd};

/// y_j ~ N(theta_j, sigma_j^2), theta_j ~ N(mu, tau^2), mu ~ N(0, 5^2), tau ~ Cauchy+(0, 5)
/// [Rubin1981; GelmanEtAl2013, Sec. 5.4 and 5.5].
///
/// Given tau all else is Gaussian. With w_j = 1 / (sigma_j^2 + tau^2), A = 1/5^2 + sum_j w_j and m = sum_j w_j y_j / A,
///
/// ```text
/// mu = m + z_0 / sqrt(A),    theta_j = w_j (tau^2 y_j + sigma_j^2 mu) + z_j tau sigma_j sqrt(w_j),
/// V = |z|^2 / 2 + sum_j [w_j (y_j - m)^2 - log w_j] / 2 + m^2 / 50 + (log A) / 2 - log p(tau) - log |d tau / dx| + const
/// ```
///
/// so that the z are exactly white at every tau, and tau has a coordinate to itself: log(tau / 5), bent where tau vanishes.
/// Coordinates (z_0, that of tau, z_1 .. z_8). Every constant of the densities is in V; the half-Cauchy is not renormalised (its
/// density on tau > 0 is that of the Cauchy, of mass 1/2). Where tau passes 1e17, V is infinite.
///
/// ```
/// use steepest_core::{Batch, Workspace};
/// use steepest_models::{EightSchools, Model};
/// let mut quantities = [0.0; 10];
/// let origin = Batch { n: 1, d: 10, x: &[0.0; 10] };
/// EightSchools.report(origin, &mut quantities, &mut Workspace::default());
/// let [mu, tau, first, ..] = quantities;
/// assert!((first - (tau * tau * 28.0 + 15.0 * 15.0 * mu) / (tau * tau + 15.0 * 15.0)).abs() < 1e-12); // no coordinate moves it
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct EightSchools;

/// Effects of coaching.
const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
/// Their squared standard errors.
const SQUARES: [f64; 8] = [225.0, 100.0, 256.0, 121.0, 81.0, 121.0, 100.0, 324.0];
/// Scale of mu and of tau.
const PRIOR: f64 = 5.0;
/// The coordinate of tau is (w - CENTRE) / SPREAD, w as in [`Bent`]: near the mean and the standard deviation of w.
const CENTRE: f64 = -0.4;
const SPREAD: f64 = 0.7;
/// 17 log sqrt(2 pi) + sum of log sigma_j + log pi - log SPREAD: what the densities have beside their exponents.
const CONSTANT: f64 = 37.09255588442678;

/// tau and the law of mu given it.
struct Scale {
    bent: Bent,
    /// tau / 5 and tau^2
    ratio: f64,
    square: f64,
    /// w, A, m
    weights: [f64; 8],
    precision: f64,
    mean: f64,
}
impl Scale {
    #[inline(always)]
    fn at(x: f64) -> Scale {
        let bent = Bent::at(SPREAD.mul_add(x, CENTRE));
        let ratio = pointwise::exp(bent.log);
        let square = PRIOR * PRIOR * ratio * ratio;
        let weights = each(|j| 1.0 / (SQUARES[j] + square));
        let precision = 1.0 / (PRIOR * PRIOR) + total(weights);
        let mean = total(each(|j| weights[j] * EFFECTS[j])) / precision;
        Scale { bent, ratio, square, weights, precision, mean }
    }
    /// V without |z|^2 / 2, and its slope.
    #[inline(always)]
    fn energy(&self) -> (f64, f64) {
        let Scale { bent, ratio, square, weights, precision, mean } = self;
        let apart = each(|j| (EFFECTS[j] - mean) * (EFFECTS[j] - mean));
        let far = 1.0 + ratio * ratio;
        let spread = each(|j| SQUARES[j].recip().mul_add(*square, 1.0));
        let [a, b, c, d] = [0, 1, 2, 3].map(|j| spread[j] * spread[j + 4]);
        let determinant = PRIOR * PRIOR * precision * ((a * c) * (b * d));
        let squares = total(each(|j| weights[j] * apart[j])) + mean * mean / (PRIOR * PRIOR);
        let tail = far / bent.slope;
        let value = CONSTANT + 0.5 * (squares + pointwise::log(determinant * (tail * tail))) - bent.log;
        // m is where squares is least, so that it may be held.
        let pull = total(each(|j| weights[j] * (1.0 - weights[j] * (apart[j] + 1.0 / precision))));
        // 1 - 2 / far: the slope of log(1 + u^2) - log tau in log tau, so written that it survives u = infinity.
        let slope = bent.slope * (square * pull + 1.0 - 2.0 / far) + bent.bend;
        (value, SPREAD * slope)
    }
}
#[inline(always)]
fn each(f: impl Fn(usize) -> f64) -> [f64; 8] {
    let mut out = [0.0; 8];
    for (j, out) in out.iter_mut().enumerate() {
        *out = f(j);
    }
    out
}
#[inline(always)]
fn total(a: [f64; 8]) -> f64 {
    ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
}

impl EightSchools {
    /// An empty slice is not written to.
    fn evaluate(&self, x: Batch<'_>, scale: f64, values: &mut [f64], gradients: &mut [f64]) {
        let n = x.n;
        simd(
            #[inline(always)]
            || {
                for (i, at) in x.column(1).iter().enumerate() {
                    let (value, slope) = Scale::at(*at).energy();
                    if let Some(out) = values.get_mut(i) {
                        *out += scale * value;
                    }
                    if let Some(out) = gradients.get_mut(n + i) {
                        *out += scale * slope;
                    }
                }
                for j in (0..10).filter(|j| *j != 1) {
                    let column = x.column(j);
                    for (out, z) in values.iter_mut().zip(column) {
                        *out += scale * (0.5 * z * z);
                    }
                    if let Some(out) = gradients.get_mut(j * n..(j + 1) * n) {
                        for (out, z) in out.iter_mut().zip(column) {
                            *out += scale * z;
                        }
                    }
                }
            },
        );
    }
}
impl Potential for EightSchools {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.evaluate(x, scale, out, &mut []);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.evaluate(x, scale, &mut [], out);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        _work: &mut Workspace,
    ) {
        self.evaluate(x, scale, values, gradients);
    }
}
impl Model for EightSchools {
    fn dim(&self) -> usize {
        10
    }
    fn names(&self) -> Vec<String> {
        let effects = (1..=EFFECTS.len()).map(|j| format!("theta[{j}]"));
        ["mu".to_string(), "tau".to_string()].into_iter().chain(effects).collect()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        let n = x.n;
        for (i, at) in x.column(1).iter().enumerate() {
            let Scale { ratio, square, weights, precision, mean, .. } = Scale::at(*at);
            let (mu, tau) = (mean + x.column(0)[i] / precision.sqrt(), PRIOR * ratio);
            (out[i], out[n + i]) = (mu, tau);
            for (j, w) in weights.into_iter().enumerate() {
                let middle = w * (square * EFFECTS[j] + SQUARES[j] * mu);
                out[(2 + j) * n + i] = middle + tau * (SQUARES[j] * w).sqrt() * x.column(2 + j)[i];
            }
        }
    }
    fn coordinates(&self, quantities: &[f64]) -> Option<Vec<f64>> {
        let &[mu, tau, ref effects @ ..] = quantities else { return None };
        let x = (Bent::locate((tau / PRIOR).ln()) - CENTRE) / SPREAD;
        let Scale { square, weights, precision, mean, .. } = Scale::at(x);
        let effect = |j: usize| {
            let w = weights[j];
            let middle = w * (square * EFFECTS[j] + SQUARES[j] * mu);
            (effects[j] - middle) / (tau * (SQUARES[j] * w).sqrt())
        };
        let effects = (effects.len() == EFFECTS.len()).then_some(0..EFFECTS.len())?;
        Some([(mu - mean) * precision.sqrt(), x].into_iter().chain(effects.map(effect)).collect())
    }
    /// Given tau all else is Gaussian, so these come from quadrature over log tau alone.
    fn truth(&self) -> Option<Truth> {
        let mean = [
            4.3968206759911475,
            3.597706091604394,
            6.211884472705164,
            4.940178473420127,
            3.927004285352367,
            4.757098314275244,
            3.615476845620915,
            4.042612538176884,
            6.296724410543033,
            4.8542533592814925,
        ];
        let sd = [
            3.31770448828284,
            3.2199583471350848,
            5.593126478864856,
            4.67426867491131,
            5.262615382158777,
            4.780297564021883,
            4.657452780030378,
            4.826865818879653,
            5.077848972586914,
            5.290801351304512,
        ];
        Some(Truth { log_z: Some(-32.004494701713014), mean: mean.into(), sd: sd.into() })
    }
    fn notes(&self) -> Vec<String> {
        vec![
            "Effects of coaching in eight schools, y = 28, 8, -3, 7, -1, 1, 18, 12, with standard errors 15, 10, 16, 11, 9, 11, 10, 18."
                .into(),
            "mu ~ normal(0, 5), tau ~ half-Cauchy(0, 5), theta ~ normal(mu, tau).".into(),
            "Chains move in coordinates in which mu and theta are white given tau, which is exact.".into(),
        ]
    }
}
