//! EIGHT SCHOOLS: the smallest hierarchical model, in its non-centred form.
use super::columns::{HALF_LOG_TAU, add, add2, columns};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

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

/// tau[i] <- exp(x_2)
fn scales(x: Batch<'_>, tau: &mut [f64]) {
    tau.copy_from_slice(x.column(1));
    steepest_kernels::exp(tau);
}
impl Potential for EightSchools {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut tau = work.take(x.n);
        scales(x, &mut tau);
        let noise: f64 = SCHOOLS.iter().map(|(_, s)| s.ln()).sum();
        let constant = 17.0 * HALF_LOG_TAU + noise + 2.0 * PRIOR.ln() + std::f64::consts::PI.ln();
        add(x.column(0), out, |mu| scale * (constant + 0.5 * (mu / PRIOR) * (mu / PRIOR)));
        add2(
            x.column(1),
            &tau,
            out,
            #[inline(always)]
            |log_tau, tau| {
                let u = tau / PRIOR;
                scale * (steepest_kernels::pointwise::log(1.0 + u * u) - log_tau)
            },
        );
        let mut theta = work.take(x.n);
        for (j, (y, s)) in SCHOOLS.into_iter().enumerate() {
            theta.copy_from_slice(x.column(0));
            add2(&tau, x.column(2 + j), &mut theta, |tau, z| tau * z);
            let a = 0.5 * scale / (s * s);
            add2(&theta, x.column(2 + j), out, |theta, z| a * (theta - y) * (theta - y) + 0.5 * scale * z * z);
        }
        work.give(theta);
        work.give(tau);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let (mut tau, mut residual) = (work.take(x.n), work.take(x.n));
        scales(x, &mut tau);
        let mut out = columns(out, x.n);
        if let (Some(by_mu), Some(by_log_tau)) = (out.next(), out.next()) {
            add(x.column(0), by_mu, |mu| scale * mu / (PRIOR * PRIOR));
            // d/dlog tau of log(1 + u^2) - log tau, u = tau / 5, written so that it survives u = infinity.
            add(&tau, by_log_tau, |tau| scale * (1.0 - 2.0 / (1.0 + (tau / PRIOR) * (tau / PRIOR))));
            for ((column, (y, s)), z) in out.zip(SCHOOLS).zip((2..).map(|j| x.column(j))) {
                residual.fill(0.0);
                add2(&tau, z, &mut residual, |tau, z| tau * z);
                let a = scale / (s * s);
                residual.iter_mut().zip(x.column(0)).for_each(|(r, mu)| *r = a * (*r + mu - y));
                add(&residual, by_mu, |r| r);
                add2(&residual, &tau, column, |r, tau| r * tau);
                add(z, column, |z| scale * z);
                for ((o, r), (tau, z)) in by_log_tau.iter_mut().zip(&residual).zip(tau.iter().zip(z)) {
                    *o += r * (tau * z);
                }
            }
        }
        work.give(residual);
        work.give(tau);
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
        scales(x, &mut tau);
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
