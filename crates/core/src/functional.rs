//! FUNCTIONAL: what should decrease.
use crate::{Batch, Covector, State, Tangent, Tick, Workspace};

/// First half of a functional: all that descent, Langevin, a score network or a minibatch has.
pub trait Differential<S: State> {
    /// out += scale * dF(x)
    fn differential(&self, at: Tick, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace);
}

/// Second half: has a value, so the ledger may balance its books.
pub trait Functional<S: State>: Differential<S> {
    /// F(x)
    fn value(&self, at: Tick, x: &S, work: &mut Workspace) -> f64;
    /// F(x), and out += scale * dF(x); worth overriding where they share work.
    fn value_and_differential(&self, at: Tick, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        self.differential(at, x, scale, out, work);
        self.value(at, x, work)
    }
}

/// A functional on a box: infinite where a coordinate is beyond its bounds, smooth up to them.
pub trait Bounded<S: State>: Functional<S> {
    /// The least and the greatest that coordinate k of x may be, in this order; infinite where it may be anything.
    fn bounds(&self, x: &S, k: usize) -> [f64; 2];
}

/// A functional with a second variation that couples coordinates close to one another alone: that of a path.
pub trait SecondVariation<S: State>: Functional<S> {
    /// w: d_i d_j F = 0 for |i - j| > w.
    fn bandwidth(&self, x: &S) -> usize;
    /// out += dF(x), and `second[i * (2 w + 1) + w + j - i] += d_i d_j F(x)`.
    fn variations(&self, at: Tick, x: &S, out: &mut Covector, second: &mut [f64], work: &mut Workspace);
}

/// A functional whose second variation is known along a direction and, where it is a sum of squares, its residuals.
pub trait Curved<S: State>: Functional<S> {
    /// `out += scale * d^2 F(x) v`
    fn curvature(&self, x: &S, v: &Tangent, scale: f64, out: &mut Covector, work: &mut Workspace);
    /// Gradients that a product costs: 1 where it is exact, 2 by differences.
    fn price(&self) -> u64;
    /// The residuals r with F = |r|^2, where F is known as such a sum.
    fn squares(&self) -> Option<&dyn Squares>;
    /// What stands for d^2 F at one point, where something does.
    fn information(&self) -> Option<&dyn Information> {
        None
    }
}

/// The information that data have of coordinates, one point at a time.
pub trait Information: Send + Sync {
    /// out <- G(x), d by d row by row, symmetric without negative eigenvalues. Law: in other coordinates it is J^T G J.
    fn information(&self, x: &[f64], out: &mut [f64], work: &mut Workspace);
}
impl<I: Information + ?Sized> Information for Box<I> {
    fn information(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        (**self).information(x, out, work);
    }
}

/// A function V on R^d, evaluated a batch at a time. Two methods; object-safe: one virtual call a batch, never one a point.
///
/// Law: point i of the result depends on point i of the batch alone, to the bit, so that any cut into batches agrees.
/// Where V is infinite or undefined the value is `f64::INFINITY` or NaN; implementations never panic on a point.
pub trait Potential: Send + Sync {
    /// `out[i] += scale * V(x_i)`
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace);
    /// `out[j * n + i] += scale * d_j V(x_i)`
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace);
    /// Both at once; worth overriding where they share work. The gradients may differ from those of `gradients` by rounding.
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        self.values(x, scale, values, work);
        self.gradients(x, scale, gradients, work);
    }
    /// `out[j * n + i] += scale * (V''(x_i) v_i)_j`, v laid out as the points.
    ///
    /// Where nothing better is written: central differences of the gradient, to about 1e-10 of |V''| |v|, at two gradients.
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], work: &mut Workspace) {
        differences(self, x, v, scale, out, work);
    }
    /// Whether `curvatures` are those of V to rounding, and not by differences.
    fn curves_exactly(&self) -> bool {
        false
    }
    /// The residuals r with V = |r|^2, where V is known as such a sum.
    fn squares(&self) -> Option<&dyn Squares> {
        None
    }
    /// `rounds` times over the `units` [a, b, c, e], each q <- (q + a p) + b p, then p <- (p - c dV(q)) - e dV(q), in place for
    /// n points, component-major. False, with nothing done, where that is no faster than passes over the batch.
    ///
    /// Law: the bits of those passes, each addition rounded once (`mul_add`) and each point for itself.
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        let _ = (units, rounds, n, q, p);
        false
    }
    /// x <- x + scale dV(x), in place for n points, component-major. False, with nothing done, where that is no faster than the
    /// gradients added to a copy.
    ///
    /// Law: the bits of those gradients.
    fn drift(&self, scale: f64, n: usize, x: &mut [f64], work: &mut Workspace) -> bool {
        let _ = (scale, n, x, work);
        false
    }
}

/// [`Potential::curvatures`] by central differences of the gradient, in a step of 6e-6 (1 + |x|).
pub fn differences(
    potential: &(impl Potential + ?Sized),
    x: Batch<'_>,
    v: &[f64],
    scale: f64,
    out: &mut [f64],
    work: &mut Workspace,
) {
    let (n, mut moved, mut slopes) = (x.n, work.take(x.x.len()), work.take(x.x.len()));
    let mut lengths = work.take(n);
    let length = |all: &[f64], i: usize| all[i..].iter().step_by(n.max(1)).map(|v| v * v).sum::<f64>().sqrt();
    for (i, e) in lengths.iter_mut().enumerate() {
        let along = length(v, i);
        *e = if along > 0.0 { f64::EPSILON.cbrt() * (1.0 + length(x.x, i)) / along } else { 1.0 };
    }
    for sign in [1.0, -1.0] {
        slopes.fill(0.0);
        for (k, moved) in moved.iter_mut().enumerate() {
            *moved = x.x[k] + sign * lengths[k % n] * v[k];
        }
        potential.gradients(Batch { x: &moved, ..x }, 1.0, &mut slopes, work);
        for (k, out) in out.iter_mut().enumerate() {
            *out += scale * sign * slopes[k] / (2.0 * lengths[k % n]);
        }
    }
    [lengths, slopes, moved].into_iter().for_each(|buffer| work.give(buffer));
}

/// The residuals r(x) of a sum of squares V(x) = |r(x)|^2.
pub trait Squares: Send + Sync {
    /// m, how many.
    fn residuals(&self) -> usize;
    /// `r[k] <- r_k(x)` and, where asked, `jacobian[j * m + k] <- d_j r_k(x)`, at one point of d coordinates.
    fn linearise(&self, x: &[f64], r: &mut [f64], jacobian: Option<&mut [f64]>, work: &mut Workspace);
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<V: Potential + ?Sized> Potential for $pointer {
            fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
                (**self).values(x, scale, out, work);
            }
            fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
                (**self).gradients(x, scale, out, work);
            }
            fn values_and_gradients(&self, x: Batch<'_>, scale: f64, values: &mut [f64], gradients: &mut [f64], work: &mut Workspace) {
                (**self).values_and_gradients(x, scale, values, gradients, work);
            }
            fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], work: &mut Workspace) {
                (**self).curvatures(x, v, scale, out, work);
            }
            fn curves_exactly(&self) -> bool {
                (**self).curves_exactly()
            }
            fn squares(&self) -> Option<&dyn Squares> {
                (**self).squares()
            }
            fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
                (**self).leapfrogs(units, rounds, n, q, p)
            }
            fn drift(&self, scale: f64, n: usize, x: &mut [f64], work: &mut Workspace) -> bool {
                (**self).drift(scale, n, x, work)
            }
        }
    )*};
}
forward!(Box<V>, &V, std::sync::Arc<V>);
