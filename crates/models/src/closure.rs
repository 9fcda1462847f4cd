//! CLOSURE: a Rust function of dual numbers as an energy, differentiated automatically in forward mode.
use crate::Model;
use num_dual::Dual64;
use std::cell::Cell;
use steepest_core::{Batch, Potential, Workspace};

/// V given by a closure over dual numbers: V(x + eps e_j) = V(x) + eps d_j V(x), so its gradient is exact.
///
/// A value costs one call of the closure, a gradient d calls; nothing allocates but what the closure does. For many
/// coordinates or many points an [`Expression`](crate::Expression) or a hand-written [`Potential`] is faster.
///
/// ```
/// use num_dual::{Dual64, DualNum};
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_models::{Closure, Model};
/// let banana = Closure::new(["x", "y"], |x: &[Dual64]| (x[1] - x[0] * x[0]).powi(2) * 100.0 + (-x[0] + 1.0).powi(2));
/// assert_eq!(banana.dim(), 2);
/// let (mut value, mut gradient) = ([0.0], [0.0; 2]);
/// let point = Batch { n: 1, d: 2, x: &[0.0, 1.0] };
/// banana.values_and_gradients(point, 1.0, &mut value, &mut gradient, &mut Workspace::default());
/// assert_eq!((value, gradient), ([101.0], [-2.0, 200.0]));
/// ```
#[derive(Clone, Debug)]
pub struct Closure<F> {
    names: Vec<String>,
    energy: F,
}

impl<F: Fn(&[Dual64]) -> Dual64 + Send + Sync> Closure<F> {
    /// The energy of the coordinates called `names`, as many as the closure reads.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>, energy: F) -> Self {
        Closure { names: names.into_iter().map(Into::into).collect(), energy }
    }
}
impl<F> Closure<F> {
    /// Calls `visit` with each point, as dual numbers without a direction, and its number.
    fn each(x: Batch<'_>, mut visit: impl FnMut(usize, &mut [Dual64])) {
        thread_local! {
            static POINT: Cell<Vec<Dual64>> = const { Cell::new(Vec::new()) };
        }
        // Taken out while in use, so that a closure may itself evaluate a `Closure`.
        let mut point = POINT.take();
        point.resize(x.d, Dual64::from_re(0.0));
        for i in 0..x.n {
            for (j, coordinate) in point.iter_mut().enumerate() {
                *coordinate = Dual64::from(x.x[j * x.n + i]);
            }
            visit(i, &mut point);
        }
        POINT.set(point);
    }
}

impl<F: Fn(&[Dual64]) -> Dual64 + Send + Sync> Potential for Closure<F> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        Self::each(x, |i, point| out[i] += scale * (self.energy)(point).re);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        Self::each(x, |i, point| {
            for j in 0..point.len() {
                point[j].eps = 1.0;
                out[j * x.n + i] += scale * (self.energy)(point).eps;
                point[j].eps = 0.0;
            }
        });
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        _work: &mut Workspace,
    ) {
        Self::each(x, |i, point| {
            for j in 0..point.len() {
                point[j].eps = 1.0;
                let dual = (self.energy)(point);
                point[j].eps = 0.0;
                gradients[j * x.n + i] += scale * dual.eps;
                if j == 0 {
                    values[i] += scale * dual.re;
                }
            }
        });
    }
}

impl<F: Fn(&[Dual64]) -> Dual64 + Send + Sync> Model for Closure<F> {
    fn dim(&self) -> usize {
        self.names.len()
    }
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
}
