//! A Rust function of hyper-dual numbers as a Lagrangian, differentiated twice automatically.
use num_dual::HyperDual64;
use std::cell::Cell;
use steepest_core::{Batch, Lagrangian, Workspace};

/// L given by a closure of positions, velocities and the time, as hyper-dual numbers, whose derivatives are exact.
///
/// A value costs one call of the closure, a gradient 2 d + 1, second derivatives d (2 d + 1) more.
///
/// ```
/// use num_dual::{DualNum, HyperDual64};
/// use steepest_core::{Batch, Lagrangian, Workspace};
/// use steepest_models::LagrangianClosure;
/// let l = LagrangianClosure::new(1, |q: &[HyperDual64], v: &[HyperDual64], _t| v[0] * v[0] * q[0] * 0.5 + q[0].cos());
/// let (mut gradient, mut hessian) = ([0.0; 3], [0.0; 4]);
/// let z = Batch { n: 1, d: 3, x: &[2.0, 3.0, 0.0] };
/// l.jets(z, 1.0, &mut gradient, &mut hessian, &mut Workspace::default());
/// assert_eq!(gradient, [4.5 - 2f64.sin(), 6.0, 0.0]);
/// assert_eq!(hessian, [-2f64.cos(), 3.0, 3.0, 2.0]);
/// ```
#[derive(Clone, Debug)]
pub struct LagrangianClosure<F> {
    d: usize,
    function: F,
}
impl<F: Fn(&[HyperDual64], &[HyperDual64], HyperDual64) -> HyperDual64 + Send + Sync> LagrangianClosure<F> {
    /// Of d positions.
    pub fn new(d: usize, function: F) -> Self {
        LagrangianClosure { d, function }
    }
    /// Calls `visit` with each point, as numbers without a direction, and its number.
    fn each(&self, z: Batch<'_>, mut visit: impl FnMut(usize, &mut [HyperDual64])) {
        thread_local! {
            static POINT: Cell<Vec<HyperDual64>> = const { Cell::new(Vec::new()) };
        }
        // Taken out while in use, so that a closure may itself evaluate a closure.
        let mut point = POINT.take();
        point.resize(2 * self.d + 1, HyperDual64::from_re(0.0));
        for i in 0..z.n {
            point.iter_mut().enumerate().for_each(|(k, x)| *x = HyperDual64::from_re(z.x[k * z.n + i]));
            visit(i, &mut point);
        }
        POINT.set(point);
    }
    fn call(&self, point: &[HyperDual64]) -> HyperDual64 {
        (self.function)(&point[..self.d], &point[self.d..2 * self.d], point[2 * self.d])
    }
}
impl<F: Fn(&[HyperDual64], &[HyperDual64], HyperDual64) -> HyperDual64 + Send + Sync> Lagrangian
    for LagrangianClosure<F>
{
    fn dim(&self) -> usize {
        self.d
    }
    fn values(&self, z: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.each(z, |i, point| out[i] += scale * self.call(point).re);
    }
    fn gradients(&self, z: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.each(z, |i, point| {
            for k in 0..point.len() {
                point[k].eps1 = 1.0;
                out[k * z.n + i] += scale * self.call(point).eps1;
                point[k].eps1 = 0.0;
            }
        });
    }
    fn jets(&self, z: Batch<'_>, scale: f64, gradients: &mut [f64], hessians: &mut [f64], _work: &mut Workspace) {
        let (n, m) = (z.n, 2 * self.d);
        self.each(z, |i, point| {
            for k in 0..=m {
                point[k].eps1 = 1.0;
                // The last is the time, which has no second derivatives here: one call, for its slope.
                for l in k..m.max(k + 1) {
                    point[l].eps2 = 1.0;
                    let found = self.call(point);
                    point[l].eps2 = 0.0;
                    if l == k {
                        gradients[k * n + i] += scale * found.eps1;
                    }
                    if l < m {
                        hessians[(k * m + l) * n + i] += scale * found.eps1eps2;
                    }
                    if l < m && l != k {
                        hessians[(l * m + k) * n + i] += scale * found.eps1eps2;
                    }
                }
                point[k].eps1 = 0.0;
            }
        });
    }
}
