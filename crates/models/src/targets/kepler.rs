//! KEPLER: a body round a fixed sun, the motion every integrator is tried on.
use super::columns::{add_pair, add2, columns, copy};
use crate::Model;
use steepest_core::{Batch, Potential, Workspace};

/// V = -mu / |x| in the plane: an energy to move in, as exp(-V) has no integral.
///
/// Its motion begins at the perihelion of an ellipse with half axis 1, whose period is 2 pi / sqrt(mu).
///
/// ```
/// use steepest_models::{Kepler, Model};
/// let (mut q, mut p) = ([0.0; 2], [0.0; 2]);
/// assert!(Kepler::new(1.0, 0.6).motion(&[0.0; 2], &mut q, &mut p));
/// assert_eq!((q, p), ([0.4, 0.0], [0.0, 2.0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Kepler {
    mu: f64,
    eccentricity: f64,
}
impl Kepler {
    /// A sun of strength `mu`, and ellipses of this eccentricity, below 1, or rounder ones.
    pub fn new(mu: f64, eccentricity: f64) -> Self {
        Kepler { mu, eccentricity }
    }
}
/// mu x / r^3
#[inline(always)]
fn pull(mu: f64, x: f64, y: f64) -> (f64, f64) {
    let square = y.mul_add(y, x * x);
    let w = 1.0 / (square * square.sqrt());
    (mu * x * w, mu * y * w)
}
impl Potential for Kepler {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let strength = -scale * self.mu;
        add2(x.column(0), x.column(1), out, |x, y| strength / y.mul_add(y, x * x).sqrt());
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let mu = scale * self.mu;
        let mut out = columns(out, x.n);
        let (Some(gx), Some(gy)) = (out.next(), out.next()) else { return };
        add_pair(x.column(0), x.column(1), gx, gy, |x, y| pull(mu, x, y));
    }
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, _n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        steepest_kernels::orbits(self.mu, units, rounds, q, p);
        true
    }
}
impl Model for Kepler {
    fn dim(&self) -> usize {
        2
    }
    fn names(&self) -> Vec<String> {
        vec!["x".into(), "y".into()]
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    /// On a ring, so that no start is in the sun.
    fn start(&self, z: &mut [f64]) {
        let r = z[0].hypot(z[1]).max(f64::MIN_POSITIVE);
        z.iter_mut().for_each(|z| *z /= r);
    }
    /// At the perihelion, with eccentricity e exp(-|z_1|).
    fn motion(&self, z: &[f64], q: &mut [f64], p: &mut [f64]) -> bool {
        let e = self.eccentricity * (-z[0].abs()).exp();
        q.copy_from_slice(&[1.0 - e, 0.0]);
        p.copy_from_slice(&[0.0, (self.mu * (1.0 + e) / (1.0 - e)).sqrt()]);
        true
    }
}
