//! GEOMETRY: how distance is measured, as an operator from covectors to tangents.
use crate::{Covector, State, Tangent, Tick, Workspace};

/// The operator K_x = D_x + Q_x.
///
/// D symmetric >= 0: gradient flow. Q antisymmetric: mechanics. Both: the complete recipe / GENERIC.
/// Law: linear in xi and <xi, K_x xi> >= 0.
pub trait Geometry<S: State> {
    /// out += scale * K_x xi
    fn sharp(&self, at: Tick, x: &S, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace);
    /// x <- R_x(h v). Law: R_x(0) = x and dR_x(0) = id.
    fn retract(&self, x: &mut S, v: &Tangent, h: f64, work: &mut Workspace) {
        let _ = work;
        x.translate(v, h);
    }
}

/// A geometry with Q = 0 whose distance is known: what a minimizing movement needs.
pub trait Metric<S: State>: Geometry<S> {
    /// dist(x, y)^2
    fn dist2(&self, x: &S, y: &S) -> f64;
}

/// A geometry whose D has a root and whose Ito drift is known: what noise needs.
pub trait Diffusive<S: State>: Geometry<S> {
    /// white <- sqrt(D_x) white
    fn sqrt(&self, at: Tick, x: &S, white: &mut Tangent, work: &mut Workspace);
    /// out += scale * div(D + Q)(x)
    fn ito_drift(&self, _at: Tick, _x: &S, _scale: f64, _out: &mut Tangent, _work: &mut Workspace) {}
}

/// A geometry with Q = 0 and an inner product of tangents that can be carried along: what a scheme needs that remembers
/// where it came from (conjugate gradients, quasi-Newton).
///
/// Laws: <xi, K_x zeta> = <K_x xi, K_x zeta>_x; transport is linear, and the identity from x to x.
pub trait Riemannian<S: State>: Geometry<S> {
    /// <u, v>_x
    fn inner(&self, x: &S, u: &Tangent, v: &Tangent, work: &mut Workspace) -> f64;
    /// v, a tangent at x, becomes one at y, a point near x.
    fn transport(&self, x: &S, y: &S, v: &mut Tangent, work: &mut Workspace);
    /// Whether transport does nothing, anywhere.
    fn flat(&self) -> bool {
        false
    }
    /// Whether it is flat, and <u, v> is everywhere the same multiple of sum_k u_k v_k.
    fn orthonormal(&self) -> bool {
        false
    }
}

/// A geometry that knows how far apart two points are, and which way that grows: what a minimizing movement with an inner
/// solver needs.
///
/// D(y, x) is dist(x, y)^2 / 2, or the Bregman divergence of a mirror map. Laws: D(x, x) = 0, and D(R_x(h v), x) = h^2 |v|_x^2 / 2
/// up to third order in h.
pub trait Proximity<S: State>: Riemannian<S> {
    /// D(y, x), and out += scale * (differential of D(., x) at y). NaN where there is no one shortest way from x to y.
    fn proximity(&self, y: &S, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64;
}

/// A geometry that knows how a gradient changes along a tangent: what a scheme of second order needs.
///
/// Laws: the result is the covariant derivative of K dF along v, so <hessian(u), v> = <hessian(v), u>, and along a geodesic x(t)
/// of velocity v it is F'' = <hessian(v), v>.
pub trait Covariant<S: State>: Riemannian<S> {
    /// Dimension of the space of tangents at x.
    fn tangents(&self, x: &S) -> usize;
    /// v, a tangent but for rounding that is large beside it, becomes one.
    fn settle(&self, x: &S, v: &mut Tangent, work: &mut Workspace);
    /// xi, dF(x), becomes what all Hessians at x need of it: asked for once, before the first.
    fn prepare(&self, _x: &S, _xi: &mut Covector, _work: &mut Workspace) {}
    /// out <- the Hessian of F along v, from dF(x) as `prepare` left it and d^2 F(x) v as numbers.
    fn hessian(&self, x: &S, v: &Tangent, from: [&Covector; 2], out: &mut Tangent, work: &mut Workspace);
    /// The longest multiple of v that a step should be: beyond it R_x is no longer near the straightest line, and a quadratic model
    /// says nothing.
    fn reach(&self, _x: &S, _v: &Tangent, _work: &mut Workspace) -> f64 {
        f64::INFINITY
    }
}

/// A geometry with D = 0 and div Q = 0: mechanics that keeps volume, which drops out of the dissipation and of the invariant law.
///
/// `Sum(d, q)` of a [`Diffusive`] one and this one is diffusive again: the complete recipe [MaChenFox2015].
/// Law: <xi, K xi> = 0 for every xi.
pub trait Conservative<S: State>: Geometry<S> {}

impl<S: State, G: Geometry<S> + ?Sized> Geometry<S> for &G {
    fn sharp(&self, at: Tick, x: &S, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        (**self).sharp(at, x, scale, xi, out, work);
    }
    fn retract(&self, x: &mut S, v: &Tangent, h: f64, work: &mut Workspace) {
        (**self).retract(x, v, h, work);
    }
}
impl<S: State, G: Riemannian<S> + ?Sized> Riemannian<S> for &G {
    fn inner(&self, x: &S, u: &Tangent, v: &Tangent, work: &mut Workspace) -> f64 {
        (**self).inner(x, u, v, work)
    }
    fn transport(&self, x: &S, y: &S, v: &mut Tangent, work: &mut Workspace) {
        (**self).transport(x, y, v, work);
    }
    fn flat(&self) -> bool {
        (**self).flat()
    }
}
impl<S: State, G: Geometry<S> + ?Sized> Geometry<S> for Box<G> {
    fn sharp(&self, at: Tick, x: &S, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        (**self).sharp(at, x, scale, xi, out, work);
    }
    fn retract(&self, x: &mut S, v: &Tangent, h: f64, work: &mut Workspace) {
        (**self).retract(x, v, h, work);
    }
}
