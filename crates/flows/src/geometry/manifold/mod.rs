//! MANIFOLD: surfaces in a space of numbers, what each of them can do, and the geometry of clouds that live on one.
//!
//! A [`Manifold`] knows one point, as plain numbers; a matrix lies row by row. [`Each`] makes of it a geometry of clouds, in
//! which points, tangents and covectors are types of their own.
mod bures;
pub mod check;
mod each;
mod fixed_rank;
mod grassmann;
mod hyperbolic;
mod log_euclidean;
mod matrix;
mod narrow;
mod normal;
mod positive;
mod product;
mod rotations;
mod simplex;
mod spd;
mod sphere;
mod stiefel;
mod weighted;
pub use bures::BuresWasserstein;
pub use each::Each;
pub use fixed_rank::FixedRank;
pub use grassmann::Grassmann;
pub use hyperbolic::{Lorentz, Poincare};
pub use log_euclidean::LogEuclidean;
pub use normal::NormalFisher;
pub use positive::Orthant;
pub use product::{Power, Product, oblique};
pub use rotations::Rotations;
pub use simplex::Simplex;
pub use spd::AffineInvariant;
pub use sphere::Sphere;
use steepest_core::Workspace;
use steepest_kernels::{axpy, dot};
pub use stiefel::{Stiefel, StiefelMetric};
pub use weighted::Weighted;

/// A surface with a metric, point by point: x is a point, v a tangent, xi a covector, each `numbers()` long.
///
/// Laws: `project` is idempotent and its image are the tangents; `sharp` takes every covector to a tangent, and
/// <xi, sharp zeta> = <sharp xi, sharp zeta>_x; `flat` undoes it on tangents; `retract` stays on the surface and has the
/// velocity v at h = 0; `transport` is linear, and the identity from x to x.
pub trait Manifold: Send + Sync {
    /// Numbers of a point.
    fn numbers(&self) -> usize;
    /// Dimension of the surface: how many of them are free.
    fn dim(&self) -> usize;
    /// How far x is from being a point, relative to its size; infinite where that has no meaning.
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64;
    /// v <- the tangent at x that is nearest to v, as numbers.
    fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace);
    /// xi <- the gradient that the differential xi, as numbers, has in the metric.
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace);
    /// v <- a covector that pairs with tangents as v does in the metric.
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace);
    /// <u, v>_x
    fn inner(&self, x: &[f64], u: &[f64], v: &[f64], work: &mut Workspace) -> f64 {
        let mut xi = work.take(v.len());
        xi.copy_from_slice(v);
        self.flat(x, &mut xi, work);
        let product = dot(&xi, u);
        work.give(xi);
        product
    }
    /// x <- R_x(h v). Not finite where there is no such point.
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace);
    /// v, a tangent at x, becomes one at y. By default its projection.
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        let _ = x;
        self.project(y, v, work);
    }
    /// Whether transport keeps inner products.
    fn isometric(&self) -> bool {
        false
    }
    /// The longest multiple of v that a step from x should be, where the retraction is good for no more.
    fn reach(&self, _x: &[f64], _v: &[f64]) -> f64 {
        f64::INFINITY
    }
    /// |x - P(x - xi)|, P the projection as numbers on the surface with its edge: zero where the KKT conditions hold. `None` where no
    /// edge makes gradients vanish whatever xi is, and where there is no scale to be near it by, as for positive numbers.
    fn edge(&self, _x: &[f64], _xi: &[f64], _work: &mut Workspace) -> Option<f64> {
        None
    }
    /// x <- a random point: a pure function of (key, index).
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace);
    /// Its straightest lines, where they are known.
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        None
    }
    /// Its Hessians, where they are known.
    fn hessians(&self) -> Option<&dyn Hessians> {
        None
    }
}

/// Between these points there is no one shortest way, or none was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutLocus;

/// A manifold whose straightest lines are known in closed form, or by an iteration that says where it fails.
///
/// Laws: log_x(exp_x(v)) = v for short v; dist(x, y) = |log_x y|_x = dist(y, x).
pub trait Geodesics: Manifold {
    /// x <- exp_x(h v)
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace);
    /// v <- log_x(y), the velocity of the shortest way that is at y after a time of one.
    ///
    /// # Errors
    /// Where y is in the cut locus of x, to rounding.
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus>;
    /// dist(x, y)
    ///
    /// # Errors
    /// As for `log`, where the distance is found by it.
    fn dist(&self, x: &[f64], y: &[f64], work: &mut Workspace) -> Result<f64, CutLocus> {
        let mut v = work.take(x.len());
        let found = self.log(x, y, &mut v, work);
        let square = self.inner(x, &v, &v, work);
        work.give(v);
        found.map(|()| square.max(0.0).sqrt())
    }
}

/// A manifold whose Hessian is known from second derivatives as numbers.
pub trait Hessians: Manifold {
    /// xi, the differential at x, becomes what all Hessians there need of it, in the first of its numbers: asked for once, before
    /// the first of them.
    fn prepare(&self, _x: &[f64], _xi: &mut [f64], _work: &mut Workspace) {}
    /// `hv`, which holds the derivative of the differential along the tangent v, as numbers, becomes the covariant derivative of
    /// the gradient along v [AbsilMahonyTrumpf2013]; xi is the differential as `prepare` left it.
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace);
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<M: Manifold + ?Sized> Manifold for $pointer {
            fn numbers(&self) -> usize {
                (**self).numbers()
            }
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
                (**self).defect(x, work)
            }
            fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
                (**self).project(x, v, work);
            }
            fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
                (**self).sharp(x, xi, work);
            }
            fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
                (**self).flat(x, v, work);
            }
            fn inner(&self, x: &[f64], u: &[f64], v: &[f64], work: &mut Workspace) -> f64 {
                (**self).inner(x, u, v, work)
            }
            fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
                (**self).retract(x, v, h, work);
            }
            fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
                (**self).transport(x, y, v, work);
            }
            fn isometric(&self) -> bool {
                (**self).isometric()
            }
            fn reach(&self, x: &[f64], v: &[f64]) -> f64 {
                (**self).reach(x, v)
            }
            fn edge(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> Option<f64> {
                (**self).edge(x, xi, work)
            }
            fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
                (**self).random(key, index, x, work);
            }
            fn geodesics(&self) -> Option<&dyn Geodesics> {
                (**self).geodesics()
            }
            fn hessians(&self) -> Option<&dyn Hessians> {
                (**self).hessians()
            }
        }
    )*};
}
forward!(Box<M>, &M, std::sync::Arc<M>);
impl<M: Hessians + ?Sized> Hessians for &M {
    fn prepare(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        (**self).prepare(x, xi, work);
    }
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        (**self).hessian(x, xi, v, hv, work);
    }
}

/// |v| as numbers
fn norm(v: &[f64]) -> f64 {
    dot(v, v).sqrt()
}

/// Standard normals of a random point.
fn normals(key: u64, index: u64, out: &mut [f64]) {
    const STREAM: u16 = 0x300;
    steepest_kernels::normals(key, index, STREAM, 0, out);
}

/// The longest multiple h of v where steps are by factors exp(h v_j / x_j): until one of them is exp(3) or exp(-3).
fn farthest(x: &[f64], v: &[f64]) -> f64 {
    /// Newton's steps to an edge have -2.
    const MOST: f64 = 3.0;
    let most = x.iter().zip(v).fold(0.0f64, |most, (x, v)| most.max((v / x).abs()));
    MOST / most
}

/// x <- x + h v
fn step(x: &mut [f64], v: &[f64], h: f64) {
    axpy(h, v, x);
}
