//! HENON-HEILES: a star in a galaxy with a threefold symmetry; order and chaos at one energy.
use super::columns::{add_pair, add2, columns, copy};
use super::leapfrogs::plane;
use crate::Model;
use steepest_core::{Batch, Potential, Workspace};

/// V = (x^2 + y^2) / 2 + x^2 y - y^3 / 3: an energy to move in, bounded below energy 1/6 [HenonHeiles1964].
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// let mut v = [0.0];
/// let saddle = Batch { n: 1, d: 2, x: &[0.0, 1.0] };
/// steepest_models::HenonHeiles.values(saddle, 1.0, &mut v, &mut Workspace::default());
/// assert!((v[0] - 1.0 / 6.0).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HenonHeiles;

/// The energy of the motion: (0, 0.1) with momentum (0.5, 0).
const ENERGY: f64 = 0.125 + 0.005 - 0.001 / 3.0;

#[inline(always)]
fn slopes(x: f64, y: f64) -> (f64, f64) {
    ((2.0 * x).mul_add(y, x), x.mul_add(x, (-y).mul_add(y, y)))
}
impl Potential for HenonHeiles {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        add2(x.column(0), x.column(1), out, |x, y| scale * (0.5 * (x * x + y * y) + y * (x * x - y * y / 3.0)));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let mut out = columns(out, x.n);
        let (Some(gx), Some(gy)) = (out.next(), out.next()) else { return };
        add_pair(x.column(0), x.column(1), gx, gy, |x, y| {
            let (gx, gy) = slopes(x, y);
            (scale * gx, scale * gy)
        });
    }
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, _n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        plane(units, rounds, (q, p), slopes);
        true
    }
}
impl Model for HenonHeiles {
    fn dim(&self) -> usize {
        2
    }
    fn names(&self) -> Vec<String> {
        vec!["x".into(), "y".into()]
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    /// Inside the triangle of energy 1/6.
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().for_each(|z| *z = 0.3 * z.tanh());
    }
    /// Through the line x = 0 at y = 0.1 + 0.2 tanh z_1, all of one energy.
    fn motion(&self, z: &[f64], q: &mut [f64], p: &mut [f64]) -> bool {
        let y = 0.1 + 0.2 * z[0].tanh();
        q.copy_from_slice(&[0.0, y]);
        p.copy_from_slice(&[(2.0 * (ENERGY - y * y * (0.5 - y / 3.0))).sqrt(), 0.0]);
        true
    }
}
