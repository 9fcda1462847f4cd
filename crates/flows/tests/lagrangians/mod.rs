//! Lagrangians by hand, as a function of a point and its derivatives.
#![allow(dead_code, reason = "each test file uses a part")]
use steepest_core::{Batch, Lagrangian, Workspace};

/// L, its slopes and its second derivatives at one point z = (q, v, t).
pub trait Pointwise: Send + Sync {
    /// d
    const D: usize;
    /// (L, slopes, second derivatives row by row)
    fn at(&self, z: &[f64]) -> (f64, Vec<f64>, Vec<f64>);
}
macro_rules! batched {
    ($($name:ident),*) => {$(
        impl Lagrangian for $name {
            fn dim(&self) -> usize {
                Self::D
            }
            fn values(&self, z: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
                (0..z.n).for_each(|i| out[i] += scale * self.at(&point(z, i)).0);
            }
            fn gradients(&self, z: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
                for i in 0..z.n {
                    self.at(&point(z, i)).1.iter().enumerate().for_each(|(k, x)| out[k * z.n + i] += scale * x);
                }
            }
            fn jets(&self, z: Batch<'_>, scale: f64, slopes: &mut [f64], second: &mut [f64], _: &mut Workspace) {
                for i in 0..z.n {
                    let (_, first, curved) = self.at(&point(z, i));
                    first.iter().enumerate().for_each(|(k, x)| slopes[k * z.n + i] += scale * x);
                    curved.iter().enumerate().for_each(|(k, x)| second[k * z.n + i] += scale * x);
                }
            }
        }
    )*};
}
batched!(Oscillator, Driven, Kepler, Relativistic, Degenerate);
fn point(z: Batch<'_>, i: usize) -> Vec<f64> {
    (0..z.d).map(|k| z.x[k * z.n + i]).collect()
}

/// L = (v^2 - q^2) / 2
pub struct Oscillator;
impl Pointwise for Oscillator {
    const D: usize = 1;
    fn at(&self, z: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (q, v) = (z[0], z[1]);
        ((v * v - q * q) / 2.0, vec![-q, v, 0.0], vec![-1.0, 0.0, 0.0, 1.0])
    }
}
/// L = (v^2 - q^2) / 2 + q cos(2 t)
pub struct Driven;
impl Pointwise for Driven {
    const D: usize = 1;
    fn at(&self, z: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (q, v, t) = (z[0], z[1], 2.0 * z[2]);
        ((v * v - q * q) / 2.0 + q * t.cos(), vec![t.cos() - q, v, -2.0 * q * t.sin()], vec![-1.0, 0.0, 0.0, 1.0])
    }
}
/// L = |v|^2 / 2 + 1 / |q| in the plane
pub struct Kepler;
impl Pointwise for Kepler {
    const D: usize = 2;
    fn at(&self, z: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (x, y, u, v) = (z[0], z[1], z[2], z[3]);
        let r = x.hypot(y);
        let (r3, r5) = (r.powi(3), r.powi(5));
        let (xx, xy, yy) = (3.0 * x * x / r5 - 1.0 / r3, 3.0 * x * y / r5, 3.0 * y * y / r5 - 1.0 / r3);
        let second = vec![xx, xy, 0.0, 0.0, xy, yy, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        ((u * u + v * v) / 2.0 + 1.0 / r, vec![-x / r3, -y / r3, u, v, 0.0], second)
    }
}
/// L = -sqrt(1 - |v|^2) - |q|^2 / 2 in the plane
pub struct Relativistic;
impl Pointwise for Relativistic {
    const D: usize = 2;
    fn at(&self, z: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (x, y, u, v) = (z[0], z[1], z[2], z[3]);
        let root = (1.0 - u * u - v * v).sqrt();
        let (uu, uv, vv) = ((1.0 - v * v) / root.powi(3), u * v / root.powi(3), (1.0 - u * u) / root.powi(3));
        let second = vec![-1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, uu, uv, 0.0, 0.0, uv, vv];
        (-root - (x * x + y * y) / 2.0, vec![-x, -y, u / root, v / root, 0.0], second)
    }
}
/// L = (u + v)^2 / 2 - x y: nothing resists u = -v
pub struct Degenerate;
impl Pointwise for Degenerate {
    const D: usize = 2;
    fn at(&self, z: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (x, y, s) = (z[0], z[1], z[2] + z[3]);
        let second = vec![0.0, -1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0];
        (s * s / 2.0 - x * y, vec![-y, -x, s, s, 0.0], second)
    }
}
