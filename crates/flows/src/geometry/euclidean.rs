//! K = identity.
use steepest_core::{
    Covariant, Covector, Diffusive, Geometry, Metric, Mirror, Proximity, Riemannian, Selfdual, State, Tangent, Tick,
    Workspace,
};

/// The flat geometry of the coordinates. On a cloud it is the Wasserstein geometry of the particles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Euclidean;

impl<S: State> Geometry<S> for Euclidean {
    fn sharp(&self, _at: Tick, _x: &S, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        steepest_kernels::axpy(scale, &xi.0, &mut out.0);
    }
}
impl<S: State> Metric<S> for Euclidean {
    /// w sum_k (x_k - y_k)^2, w the weight of a coordinate.
    fn dist2(&self, x: &S, y: &S) -> f64 {
        x.weight() * x.coords().iter().zip(y.coords()).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    }
}
impl<S: State> Riemannian<S> for Euclidean {
    fn inner(&self, x: &S, u: &Tangent, v: &Tangent, _work: &mut Workspace) -> f64 {
        // A few numbers cost less than the tree of a long sum.
        let product = if u.0.len() <= 16 {
            u.0.iter().zip(&v.0).map(|(u, v)| u * v).sum()
        } else {
            steepest_kernels::dot(&u.0, &v.0)
        };
        x.weight() * product
    }
    fn transport(&self, _x: &S, _y: &S, _v: &mut Tangent, _work: &mut Workspace) {}
    fn flat(&self) -> bool {
        true
    }
    fn orthonormal(&self) -> bool {
        true
    }
}
impl<S: State> Proximity<S> for Euclidean {
    fn proximity(&self, y: &S, x: &S, scale: f64, out: &mut Covector, _work: &mut Workspace) -> f64 {
        let each = out.0.iter_mut().zip(y.coords().iter().zip(x.coords()));
        each.for_each(|(out, (y, x))| *out += scale * (y - x));
        0.5 * self.dist2(x, y)
    }
}
impl<S: State> Covariant<S> for Euclidean {
    fn tangents(&self, x: &S) -> usize {
        x.coords().len()
    }
    fn settle(&self, _x: &S, _v: &mut Tangent, _work: &mut Workspace) {}
    fn hessian(&self, _x: &S, _v: &Tangent, from: [&Covector; 2], out: &mut Tangent, _work: &mut Workspace) {
        out.0.copy_from_slice(&from[1].0);
    }
}
impl<S: State> Diffusive<S> for Euclidean {
    fn sqrt(&self, _at: Tick, _x: &S, _white: &mut Tangent, _work: &mut Workspace) {}
}
impl<S: State> Mirror<S> for Euclidean {
    fn lower(&self, x: &S, out: &mut Covector, _work: &mut Workspace) {
        out.0.copy_from_slice(x.coords());
    }
    fn raise(&self, y: &Covector, x: &mut S, _work: &mut Workspace) -> bool {
        x.coords_mut().copy_from_slice(&y.0);
        true
    }
    fn divergence(&self, x: &S, y: &S, _work: &mut Workspace) -> f64 {
        0.5 * self.dist2(x, y)
    }
}
impl<S: State> Selfdual<S> for Euclidean {}
