//! D(x) = diag(D_1(x), ..., D_d(x)): each particle measures distance in units that depend on where it is.
use super::Separable;
use crate::state::Cloud;
use steepest_core::{Batch, Covector, Diffusive, Geometry, Potential, Tangent, Tick, Workspace};

/// A diagonal diffusivity D_j(x) > 0 and the slopes d_j D_j(x) of which its Ito drift is made.
pub trait Diffusivity {
    /// `out[j n + i]` <- D_j at point i; not finite, or not positive, where it has none.
    fn values(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace);
    /// `out[j n + i]` <- d D_j / d x_j at point i.
    fn slopes(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace);
}

/// D_j(x) = 1 + rate x_j^2: strides grow with the distance from zero, so that heavy tails are left exponentially fast.
///
/// With rate = 1 / nu on the Student t of nu degrees of freedom the drift is linear: x relaxes as exp(-(1 - 1 / nu) t).
#[derive(Clone, Copy, Debug)]
pub struct Growing {
    /// In units of 1 / x^2; not negative.
    pub rate: f64,
}
impl Diffusivity for Growing {
    fn values(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(o, x)| *o = 1.0 + self.rate * x * x);
    }
    fn slopes(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(o, x)| *o = 2.0 * self.rate * x);
    }
}

/// D_j(x) = V_j(x) for scalar fields V_j with gradients: one field for all coordinates, or one for each.
///
/// One field costs one gradient; d fields cost d gradients of d coordinates each.
#[derive(Clone, Debug)]
pub struct Fields<V>(pub Vec<V>);
impl<V: Potential> Fields<V> {
    fn of(&self, j: usize) -> Option<&V> {
        self.0.get(if self.0.len() == 1 { 0 } else { j })
    }
}
impl<V: Potential> Diffusivity for Fields<V> {
    fn values(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        out.fill(0.0);
        let columns = if self.0.len() == 1 { 1 } else { x.d };
        for (j, column) in out.chunks_exact_mut(x.n.max(1)).take(columns).enumerate() {
            self.of(j).into_iter().for_each(|field| field.values(x, 1.0, column, work));
        }
        if columns < x.d {
            (1..x.d).for_each(|j| out.copy_within(..x.n, j * x.n));
        }
    }
    fn slopes(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        out.fill(0.0);
        if let [field] = self.0.as_slice() {
            return field.gradients(x, 1.0, out, work);
        }
        let mut gradient = work.take(x.n * x.d);
        for (j, column) in out.chunks_exact_mut(x.n.max(1)).enumerate() {
            gradient.fill(0.0);
            self.of(j).into_iter().for_each(|field| field.gradients(x, 1.0, &mut gradient, work));
            column.copy_from_slice(&gradient[j * x.n..(j + 1) * x.n]);
        }
        work.give(gradient);
    }
}
impl<D: Diffusivity + ?Sized> Diffusivity for Box<D> {
    fn values(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        (**self).values(x, out, work);
    }
    fn slopes(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        (**self).slopes(x, out, work);
    }
}

/// K = diag(D(x)): with [`crate::noise::Thermal`] it is Langevin dynamics in a position-dependent metric,
/// dX = -D dV dt + div D / beta dt + sqrt(2 D / beta) dW, which leaves exp(-beta V) invariant [MaChenFox2015].
///
/// ```
/// use steepest_core::{Diffusive, Tangent, Tick, Workspace};
/// use steepest_flows::{geometry::{Diagonal, Growing}, state::Cloud};
/// let (x, mut drift) = (Cloud::from_fn(1, 1, |_, _| 3.0), Tangent::zeros(1));
/// Diagonal(Growing { rate: 0.5 }).ito_drift(Tick::default(), &x, 1.0, &mut drift, &mut Workspace::default());
/// assert_eq!(drift.0, [3.0]); // d/dx (1 + x^2 / 2)
/// ```
#[derive(Clone, Debug)]
pub struct Diagonal<D>(pub D);

impl<D: Diffusivity> Geometry<Cloud> for Diagonal<D> {
    fn sharp(&self, _at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        let mut values = work.take(x.n * x.d);
        self.0.values(x.batch(), &mut values, work);
        out.0.iter_mut().zip(&values).zip(&xi.0).for_each(|((o, d), xi)| *o += scale * d * xi);
        work.give(values);
    }
}
impl<D: Diffusivity> Diffusive<Cloud> for Diagonal<D> {
    fn sqrt(&self, _at: Tick, x: &Cloud, white: &mut Tangent, work: &mut Workspace) {
        let mut values = work.take(x.n * x.d);
        self.0.values(x.batch(), &mut values, work);
        white.0.iter_mut().zip(&values).for_each(|(white, d)| *white *= d.sqrt());
        work.give(values);
    }
    fn ito_drift(&self, _at: Tick, x: &Cloud, scale: f64, out: &mut Tangent, work: &mut Workspace) {
        let mut slopes = work.take(x.n * x.d);
        self.0.slopes(x.batch(), &mut slopes, work);
        steepest_kernels::axpy(scale, &slopes, &mut out.0);
        work.give(slopes);
    }
}
impl<D: Diffusivity> Separable for Diagonal<D> {}
