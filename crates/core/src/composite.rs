//! COMPOSITE: F = E + R, E smooth and known by its differential, R convex and known by its proximal step alone.
use crate::{Covector, Geometry, State, Workspace};

/// E + R, as a functional of a flow.
#[derive(Clone, Debug)]
pub struct Composite<E, R> {
    /// E
    pub smooth: E,
    /// R
    pub simple: R,
}

/// A geometry whose metric is the Hessian of a convex function phi, the mirror map: K_x = (Hess phi(x))^-1.
///
/// Laws: `raise` undoes `lower`; D(x, y) >= 0, and
/// D(z, x) = D(z, y) + D(y, x) + <dphi(y) - dphi(x), z - y> [ChenTeboulle1993, Lem. 3.1].
pub trait Mirror<S: State>: Geometry<S> {
    /// out <- dphi(x), up to what vanishes on every tangent.
    fn lower(&self, x: &S, out: &mut Covector, work: &mut Workspace);
    /// x <- the point where phi - <y, .> is least; `false`, and x is void, where there is none.
    fn raise(&self, y: &Covector, x: &mut S, work: &mut Workspace) -> bool;
    /// D(x, y) = phi(x) - phi(y) - <dphi(y), x - y>, the Bregman divergence.
    fn divergence(&self, x: &S, y: &S, work: &mut Workspace) -> f64;
}

/// A mirror geometry with phi = |x|^2 / 2: points and their differentials have the same coordinates.
pub trait Selfdual<S: State>: Mirror<S> {}

/// R: convex, and simple enough that a step with it is known in closed form in the geometry `G`.
pub trait Regulariser<S: State, G> {
    /// R(x), the part of it that is finite; how far x is from where R is finite is in `optimality`.
    fn value(&self, geometry: &G, x: &S, work: &mut Workspace) -> f64;
    /// x <- argmin h R(x) + phi(x) - <y, x>; `false`, and x is void, where there is none.
    fn proximal(&self, geometry: &G, y: &Covector, h: f64, x: &mut S, work: &mut Workspace) -> bool;
    /// How near x is to a minimum of E + R, `xi` being dE(x).
    fn optimality(&self, geometry: &G, x: &S, xi: &Covector, work: &mut Workspace) -> Optimality;
}

/// How near a point is to a minimum of E + R over a convex set C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimality {
    /// |x - prox(x - dE(x))|, prox the Euclidean step of length 1 of R on C: zero where the KKT conditions hold, and there alone.
    pub residual: f64,
    /// max over u of <dE(x), x - u> + R(x) - R(u): at least F(x) - min F for convex E. Infinite where C is not bounded.
    pub gap: f64,
    /// Distance of x from C, by its constraints.
    pub violation: f64,
}
