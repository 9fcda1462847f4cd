//! BANANA: a Gaussian bent along a parabola.
use super::columns::{HALF_LOG_TAU, add_pair, add2, columns, copy, numbered};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

/// x_1 ~ N(m, s^2), x_2 ~ N(b (x_1^2 - c), t^2); normalised up to `log_z`. [HaarioSaksmanTamminen1999; Rosenbrock1960]
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// let mut v = [0.0; 2];
/// let points = Batch { n: 2, d: 2, x: &[1.0, 0.0, 1.0, 0.0] }; // (1, 1) and (0, 0)
/// steepest_models::Banana::rosenbrock().values(points, 1.0, &mut v, &mut Workspace::default());
/// assert!(v[0].abs() < 1e-14 && (v[1] - 1.0).abs() < 1e-14);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Banana {
    mean: f64,
    scale: f64,
    bend: f64,
    centre: f64,
    width: f64,
    log_z: f64,
}
impl Banana {
    /// x_1 ~ N(0, scale^2), x_2 ~ N(bend (x_1^2 - scale^2), 1), of log Z = 0.
    pub fn new(scale: f64, bend: f64) -> Self {
        Banana { mean: 0.0, scale, bend, centre: scale * scale, width: 1.0, log_z: 0.0 }
    }
    /// V = (1 - x_1)^2 + 100 (x_2 - x_1^2)^2, least at (1, 1), of log Z = log(pi / 10).
    pub fn rosenbrock() -> Self {
        let (scale, width) = (0.5f64.sqrt(), 0.005f64.sqrt());
        let log_z = (std::f64::consts::PI / 10.0).ln();
        Banana { mean: 1.0, scale, bend: 1.0, centre: 0.0, width, log_z }
    }
}
impl Potential for Banana {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let Banana { mean, scale: s, bend, centre, width: t, log_z } = *self;
        let constant = 2.0 * HALF_LOG_TAU + s.ln() + t.ln() - log_z;
        let (a, b) = (0.5 / (s * s), 0.5 / (t * t));
        add2(x.column(0), x.column(1), out, |x, y| {
            let (u, w) = (x - mean, y - bend * (x * x - centre));
            scale * (a * u * u + b * w * w + constant)
        });
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let Banana { mean, scale: s, bend, centre, width: t, .. } = *self;
        let (a, b) = (scale / (s * s), scale / (t * t));
        let mut out = columns(out, x.n);
        let (Some(gx), Some(gy)) = (out.next(), out.next()) else { return };
        add_pair(x.column(0), x.column(1), gx, gy, |x, y| {
            let w = b * (y - bend * (x * x - centre));
            (a * (x - mean) - 2.0 * bend * x * w, w)
        });
    }
}
impl Model for Banana {
    fn dim(&self) -> usize {
        2
    }
    fn names(&self) -> Vec<String> {
        numbered(2)
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    fn start(&self, z: &mut [f64]) {
        z[0] = self.mean + self.scale * z[0];
        z[1] = self.bend * (z[0] * z[0] - self.centre) + self.width * z[1];
    }
    fn truth(&self) -> Option<Truth> {
        let (m, v) = (self.mean, self.scale * self.scale);
        let mean = vec![m, self.bend * (m * m + v - self.centre)];
        // Var x^2 = 4 m^2 v + 2 v^2 for x ~ N(m, v).
        let second = self.width * self.width + self.bend * self.bend * (4.0 * m * m * v + 2.0 * v * v);
        Some(Truth { log_z: Some(self.log_z), mean, sd: vec![self.scale, second.sqrt()] })
    }
}
