//! LAGRANGIAN: what is integrated along a path to make its action.
use crate::{Batch, Workspace};

/// A function L(q, v, t) of position, velocity and time, evaluated a batch at a time with its first and second derivatives.
///
/// A point z = (q, v, t) has 2 d + 1 components: d positions, d velocities, the time. Everything accumulates. Law: point i of the
/// result depends on point i of the batch alone, to the bit; a derivative that vanishes identically is exactly 0, which is how
/// symmetries are found. Where L is undefined the values are not finite; implementations never panic on a point.
pub trait Lagrangian: Send + Sync {
    /// d, the number of positions.
    fn dim(&self) -> usize;
    /// `out[i] += scale * L(z_i)`
    fn values(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace);
    /// `out[k * n + i] += scale * d_k L(z_i)`, k = 0 .. 2 d + 1
    fn gradients(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace);
    /// The gradients, and `hessians[(k * 2 d + l) * n + i] += scale * d_k d_l L(z_i)`, k, l = 0 .. 2 d: not by the time.
    fn jets(&self, z: Batch<'_>, scale: f64, gradients: &mut [f64], hessians: &mut [f64], work: &mut Workspace);
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<L: Lagrangian + ?Sized> Lagrangian for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn values(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
                (**self).values(z, scale, out, work);
            }
            fn gradients(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
                (**self).gradients(z, scale, out, work);
            }
            fn jets(&self, z: Batch<'_>, scale: f64, gradients: &mut [f64], hessians: &mut [f64], work: &mut Workspace) {
                (**self).jets(z, scale, gradients, hessians, work);
            }
        }
    )*};
}
forward!(Box<L>, &L, std::sync::Arc<L>);
