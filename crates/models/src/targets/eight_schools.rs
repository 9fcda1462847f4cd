//! EIGHT SCHOOLS: the smallest hierarchical model, in its non-centred form.
use super::columns::{add2, columns};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{pointwise, simd};

/// y_j ~ N(theta_j, sigma_j^2), theta_j = mu + tau z_j, z_j ~ N(0, 1), mu ~ N(0, 5^2), tau ~ Cauchy+(0, 5)
/// [Rubin1981; GelmanEtAl2013, Sec. 5.5].
///
/// Coordinates (mu, log tau, z_1 .. z_8), the Jacobian included. Every constant of the densities is in V; the half-Cauchy is not
/// renormalised (its density on tau > 0 is that of the Cauchy, of mass 1/2).
#[derive(Clone, Copy, Debug, Default)]
pub struct EightSchools;

/// Effects of coaching and their standard errors.
const SCHOOLS: [(f64, f64); 8] =
    [(28.0, 15.0), (8.0, 10.0), (-3.0, 16.0), (7.0, 11.0), (-1.0, 9.0), (1.0, 11.0), (18.0, 10.0), (12.0, 18.0)];
/// Scale of mu and of tau.
const PRIOR: f64 = 5.0;

/// 17 log sqrt(2 pi) + sum of log sigma_j + 2 log 5 + log pi: what the densities have beside their exponents.
const CONSTANT: f64 = 39.954756765356244;

/// Values and gradients of a block of points, in one pass: point i of the batch depends on itself alone, whatever block it is in.
struct Block<'a> {
    x: Batch<'a>,
    scale: f64,
}
impl Block<'_> {
    #[inline(always)]
    fn load<const L: usize>(&self, j: usize, from: usize) -> [f64; L] {
        let column = self.x.column(j).get(from..).and_then(|column| column.first_chunk());
        *column.unwrap_or(&[0.0; L])
    }
    /// For L points from `from` on, while there are so many; returns where it ended. An empty slice is not written to.
    #[inline(always)]
    fn evaluate<const L: usize>(&self, mut from: usize, values: &mut [f64], gradients: &mut [f64]) -> usize {
        while from + L <= self.x.n {
            self.block::<L>(from, values, gradients);
            from += L;
        }
        from
    }
    #[inline(always)]
    fn block<const L: usize>(&self, from: usize, values: &mut [f64], gradients: &mut [f64]) {
        let (n, scale) = (self.x.n, self.scale);
        let (mu, log_tau) = (self.load::<L>(0, from), self.load::<L>(1, from));
        let (mut tau, mut value): ([f64; L], [f64; L]) = ([0.0; L], [0.0; L]);
        let (mut by_mu, mut by_log_tau): ([f64; L], [f64; L]) = ([0.0; L], [0.0; L]);
        for l in 0..L {
            tau[l] = pointwise::exp(log_tau[l]);
            let (u, m) = (tau[l] / PRIOR, mu[l] / PRIOR);
            value[l] = CONSTANT + 0.5 * m * m + pointwise::log(1.0 + u * u) - log_tau[l];
            by_mu[l] = m / PRIOR;
            // d/dlog tau of log(1 + u^2) - log tau, written so that it survives u = infinity.
            by_log_tau[l] = 1.0 - 2.0 / (1.0 + u * u);
        }
        for (j, (y, s)) in SCHOOLS.into_iter().enumerate() {
            let (z, a) = (self.load::<L>(2 + j, from), 1.0 / (s * s));
            let mut by_z = [0.0; L];
            for l in 0..L {
                let off = mu[l] + tau[l] * z[l] - y;
                let pull = a * off;
                value[l] += 0.5 * (pull * off + z[l] * z[l]);
                by_mu[l] += pull;
                by_log_tau[l] += pull * (tau[l] * z[l]);
                by_z[l] = pull * tau[l] + z[l];
            }
            if !gradients.is_empty() {
                add_lanes(scale, &by_z, &mut gradients[(2 + j) * n + from..]);
            }
        }
        if !gradients.is_empty() {
            add_lanes(scale, &by_mu, &mut gradients[from..]);
            add_lanes(scale, &by_log_tau, &mut gradients[n + from..]);
        }
        if !values.is_empty() {
            add_lanes(scale, &value, &mut values[from..]);
        }
    }
}
#[inline(always)]
fn add_lanes<const L: usize>(scale: f64, lanes: &[f64; L], out: &mut [f64]) {
    if let Some(out) = out.first_chunk_mut::<L>() {
        for l in 0..L {
            out[l] += scale * lanes[l];
        }
    }
}

impl EightSchools {
    fn evaluate(&self, x: Batch<'_>, scale: f64, values: &mut [f64], gradients: &mut [f64]) {
        let block = Block { x, scale };
        simd(
            #[inline(always)]
            || {
                let from = block.evaluate::<8>(0, values, gradients);
                let from = block.evaluate::<4>(from, values, gradients);
                block.evaluate::<1>(from, values, gradients);
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
        let effects = (1..=SCHOOLS.len()).map(|j| format!("theta[{j}]"));
        ["mu".to_string(), "tau".to_string()].into_iter().chain(effects).collect()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        let mut tau = work.take(x.n);
        tau.copy_from_slice(x.column(1));
        steepest_kernels::exp(&mut tau);
        for (j, column) in columns(out, x.n).enumerate() {
            match j {
                0 => column.copy_from_slice(x.column(0)),
                1 => column.copy_from_slice(&tau),
                _ => {
                    column.copy_from_slice(x.column(0));
                    add2(&tau, x.column(j), column, |tau, z| tau * z);
                }
            }
        }
        work.give(tau);
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
            "mu ~ normal(0, 5), tau ~ half-Cauchy(0, 5), theta = mu + tau z with z ~ normal(0, 1).".into(),
        ]
    }
}
