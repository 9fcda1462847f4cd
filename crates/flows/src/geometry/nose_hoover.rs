//! The Nose-Hoover-Langevin operator: a friction that is a coordinate, and learns how much noise there is.
use crate::state::Thermostatted;
use steepest_core::{Covector, Diffusive, Geometry, Tangent, Tick, Workspace};

/// K on (q, p, xi): the symplectic Q, D = diag(0, gamma, 0), and Q_{p xi} = p / mu = -Q_{xi p} [MaChenFox2015; DingEtAl2014].
///
/// With F = V + |p|^2 / 2 + mu (xi - gamma)^2 / 2 and thermal noise, p' = -dV - xi p + sqrt(2 gamma / beta) W' and
/// xi' = (|p|^2 - d / beta) / mu, in which d / (beta mu) is the Ito drift. exp(-beta F) is invariant: xi ~ N(gamma, 1 / (beta mu)).
#[derive(Clone, Copy, Debug)]
pub struct NoseHoover {
    /// gamma, the friction that the bath is in balance with; 1 / time.
    pub friction: f64,
    /// mu of the thermostat of a replica; time^2 energy.
    pub inertia: f64,
}
impl Geometry<Thermostatted> for NoseHoover {
    fn sharp(&self, _at: Tick, x: &Thermostatted, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        let (n, m) = (x.n, x.n * x.d);
        let (xi_q, xi_p, xi_xi) = (&xi.0[..m], &xi.0[m..2 * m], &xi.0[2 * m..]);
        for k in 0..m {
            let coupling = x.p()[k] / self.inertia;
            out.0[k] -= scale * xi_p[k];
            out.0[m + k] += scale * (xi_q[k] + self.friction * xi_p[k] + coupling * xi_xi[k % n]);
            out.0[2 * m + k % n] -= scale * coupling * xi_p[k];
        }
    }
}
impl Diffusive<Thermostatted> for NoseHoover {
    fn sqrt(&self, _at: Tick, x: &Thermostatted, white: &mut Tangent, _work: &mut Workspace) {
        let m = x.n * x.d;
        white.0[..m].fill(0.0);
        white.0[m..2 * m].iter_mut().for_each(|w| *w *= self.friction.sqrt());
        white.0[2 * m..].fill(0.0);
    }
    fn ito_drift(&self, _at: Tick, x: &Thermostatted, scale: f64, out: &mut Tangent, _work: &mut Workspace) {
        let drift = scale * x.d as f64 / self.inertia;
        out.0[2 * x.n * x.d..].iter_mut().for_each(|o| *o -= drift);
    }
}
