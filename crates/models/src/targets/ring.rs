//! RING: mass on a circle, with a hole where linear methods look first.
use super::columns::{HALF_LOG_TAU, add_pair, add2, columns, copy, numbered};
use super::quadrature::line;
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

/// V = (|x| - R)^2 / (2 s^2) in the plane.
#[derive(Clone, Copy, Debug)]
pub struct Ring {
    radius: f64,
    width: f64,
}
impl Ring {
    /// A ring of radius R = `radius` and radial standard deviation s = `width`.
    pub fn new(radius: f64, width: f64) -> Self {
        Ring { radius, width }
    }
}
impl Potential for Ring {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (radius, a) = (self.radius, 0.5 * scale / (self.width * self.width));
        add2(x.column(0), x.column(1), out, |x, y| {
            let u = (x * x + y * y).sqrt() - radius;
            a * u * u
        });
    }
    /// At the centre, where V has a cone, the gradient is taken as zero.
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (radius, a) = (self.radius, scale / (self.width * self.width));
        let mut out = columns(out, x.n);
        let (Some(gx), Some(gy)) = (out.next(), out.next()) else { return };
        add_pair(x.column(0), x.column(1), gx, gy, |x, y| {
            let r = (x * x + y * y).sqrt().max(f64::MIN_POSITIVE);
            (a * (r - radius) * (x / r), a * (r - radius) * (y / r))
        });
    }
}
impl Model for Ring {
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
        z.iter_mut().for_each(|z| *z *= self.radius);
    }
    /// By quadrature over log r, where the density and the area r dr are analytic down to nothing. E x_1^2 = E r^2 / 2.
    fn truth(&self) -> Option<Truth> {
        let far = (self.radius + 39.0 * self.width).ln();
        let radial = |t: f64| 0.5 * ((t.exp() - self.radius) / self.width).powi(2) - 2.0 * t;
        let ring = line(far - 45.0, far, radial, f64::exp);
        let sd = (0.5 * ring.square).sqrt();
        Some(Truth { log_z: Some(ring.log_z + 2.0 * HALF_LOG_TAU), mean: vec![0.0; 2], sd: vec![sd; 2] })
    }
}
