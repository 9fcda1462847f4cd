//! Mirror maps: geometries that are the Hessian of a convex function phi. A step is straight in dphi(x), and stays in the domain.
mod catalogue;
mod linear;
mod matrix;
mod penalty;
mod riemannian;
mod separable;
mod simplex;
pub use catalogue::{Entry, MIRRORS};
pub use linear::{PNorm, Quadratic};
pub use matrix::{LogDet, VonNeumann, order, unpack};
pub use penalty::Penalty;
pub use separable::{Boltzmann, Burg, FermiDirac, Scalar, Separable};
pub use simplex::{Entropy, Tsallis};

use crate::state::Cloud;
use steepest_core::{Covector, Geometry, Mirror, State, Tangent, Tick, Workspace};

/// A convex function phi of Legendre type on an open convex set of R^d (or of a flat piece of it, such as the simplex), with its
/// conjugate phi*: one point at a time, its d coordinates in a row.
///
/// Laws: grad phi* (grad phi(x)) = x; phi(x) + phi*(y) = <x, y> at y = grad phi(x); D >= 0; `inverse` undoes `hessian` on
/// tangents; <v, Hess phi(x) v> >= `convexity` |v|^2, in the norm that the map documents.
pub trait MirrorMap: Send + Sync {
    /// phi(x)
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64;
    /// out <- grad phi(x), one of those that differ by what vanishes on tangents.
    fn lower(&self, x: &[f64], out: &mut [f64], work: &mut Workspace);
    /// phi*(y) = sup <x, y> - phi(x); not finite where it is infinite.
    fn conjugate(&self, y: &[f64], work: &mut Workspace) -> f64;
    /// x <- grad phi*(y); `false`, and x is void, where it does not exist.
    fn raise(&self, y: &[f64], x: &mut [f64], work: &mut Workspace) -> bool;
    /// D(x, y) = phi(x) - phi(y) - <grad phi(y), x - y>, to relative accuracy where x is near y.
    fn divergence(&self, x: &[f64], y: &[f64], work: &mut Workspace) -> f64;
    /// out += scale Hess phi(x) v, v a tangent.
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], work: &mut Workspace);
    /// out += scale (Hess phi(x))^-1 xi, on tangents.
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], work: &mut Workspace);
    /// Distance of x from the closed domain, by its constraints. This and what follows is by default of a domain that is all of R^d.
    fn violation(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let _ = (x, work);
        0.0
    }
    /// Whether x is inside the domain, where phi has a gradient.
    fn inside(&self, x: &[f64], work: &mut Workspace) -> bool {
        let _ = work;
        x.iter().all(|x| x.is_finite())
    }
    /// A point well inside.
    fn centre(&self, x: &mut [f64]) {
        x.fill(0.0);
    }
    /// Whether there are points of so many coordinates.
    fn fits(&self, d: usize) -> bool {
        d > 0
    }
    /// Constant of strong convexity; 0 where there is none.
    fn convexity(&self) -> f64 {
        0.0
    }
    /// |x - P(x - xi)|, P the projection on the closed domain.
    fn residual(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let _ = (x, work);
        steepest_kernels::dot(xi, xi).sqrt()
    }
    /// max over u in the domain of <xi, x - u>; infinite where the domain is not bounded.
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let _ = (x, xi, work);
        f64::INFINITY
    }
    /// y <- such that grad phi* of it is argmin phi(x) - <y, x> + |t . x|_1, t_j >= 0; `false` where that is not in closed form.
    /// Absolute values are of eigenvalues for matrices.
    fn soften(&self, y: &mut [f64], t: &dyn Fn(usize) -> f64) -> bool {
        let _ = (y, t);
        false
    }
    /// out <- |x_j|, of eigenvalues for matrices.
    fn magnitudes(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        let _ = work;
        out.iter_mut().zip(x).for_each(|(o, x)| *o = x.abs());
    }
    /// |x - prox(x - xi)|, prox the Euclidean step of sum_j t_j |x_j| on the closed domain; for maps that `soften`.
    fn softened(&self, x: &[f64], xi: &[f64], t: &dyn Fn(usize) -> f64, work: &mut Workspace) -> f64 {
        let _ = (x, xi, t, work);
        f64::NAN
    }
}
/// x - prox(x - xi) of one number, prox of t |.| between two bounds: xi and what t adds to it, as far as there is room, so that xi is not
/// lost beside a large x.
fn softened(x: f64, xi: f64, t: f64, (low, high): (f64, f64)) -> f64 {
    let off = match x - xi {
        to if to > t => xi + t,
        to if to < -t => xi - t,
        to if to.is_nan() => to,
        _ => x,
    };
    let down = if off > x - low { x - low } else { off };
    if down < x - high { x - high } else { down }
}

impl<M: MirrorMap + ?Sized> MirrorMap for Box<M> {
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64 {
        (**self).value(x, work)
    }
    fn lower(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        (**self).lower(x, out, work);
    }
    fn conjugate(&self, y: &[f64], work: &mut Workspace) -> f64 {
        (**self).conjugate(y, work)
    }
    fn raise(&self, y: &[f64], x: &mut [f64], work: &mut Workspace) -> bool {
        (**self).raise(y, x, work)
    }
    fn divergence(&self, x: &[f64], y: &[f64], work: &mut Workspace) -> f64 {
        (**self).divergence(x, y, work)
    }
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], work: &mut Workspace) {
        (**self).hessian(x, scale, v, out, work);
    }
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], work: &mut Workspace) {
        (**self).inverse(x, scale, xi, out, work);
    }
    fn violation(&self, x: &[f64], work: &mut Workspace) -> f64 {
        (**self).violation(x, work)
    }
    fn inside(&self, x: &[f64], work: &mut Workspace) -> bool {
        (**self).inside(x, work)
    }
    fn centre(&self, x: &mut [f64]) {
        (**self).centre(x);
    }
    fn fits(&self, d: usize) -> bool {
        (**self).fits(d)
    }
    fn convexity(&self) -> f64 {
        (**self).convexity()
    }
    fn residual(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        (**self).residual(x, xi, work)
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        (**self).gap(x, xi, work)
    }
    fn soften(&self, y: &mut [f64], t: &dyn Fn(usize) -> f64) -> bool {
        (**self).soften(y, t)
    }
    fn magnitudes(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        (**self).magnitudes(x, out, work);
    }
    fn softened(&self, x: &[f64], xi: &[f64], t: &dyn Fn(usize) -> f64, work: &mut Workspace) -> f64 {
        (**self).softened(x, xi, t, work)
    }
}

/// K_x = (Hess phi(x))^-1 for each particle: mirror descent is the explicit scheme in this geometry, whose retraction is
/// straight in grad phi [NemirovskyYudin1983; BeckTeboulle2003].
///
/// ```
/// use steepest_core::{Covector, Geometry, Tangent, Tick, Workspace};
/// use steepest_flows::{geometry::{Bregman, mirror::Entropy}, state::Cloud};
/// let (x, mut v) = (Cloud { n: 1, d: 2, x: [0.25, 0.75].into() }, Tangent::zeros(2));
/// Bregman(Entropy).sharp(Tick::default(), &x, -1.0, &Covector(vec![1.0, 0.0]), &mut v, &mut Workspace::default());
/// assert_eq!(v.0, [-0.1875, 0.1875]); // the replicator equation: -x_i (xi_i - sum_j x_j xi_j)
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Bregman<M>(pub M);

/// Calls `each` with every point of `x` in turn, its coordinates in a row, and with its number.
fn points(x: &Cloud, work: &mut Workspace, mut each: impl FnMut(usize, &[f64], &mut Workspace)) {
    if x.n == 1 {
        return each(0, &x.x, work);
    }
    let mut point = work.take(x.d);
    for i in 0..x.n {
        gather(&x.x, x.n, i, &mut point);
        each(i, &point, work);
    }
    work.give(point);
}
fn gather(from: &[f64], n: usize, i: usize, out: &mut [f64]) {
    out.iter_mut().zip(from.iter().skip(i).step_by(n)).for_each(|(o, x)| *o = *x);
}
fn scatter(from: &[f64], n: usize, i: usize, out: &mut [f64]) {
    out.iter_mut().skip(i).step_by(n).zip(from).for_each(|(o, x)| *o = *x);
}

impl<M: MirrorMap> Geometry<Cloud> for Bregman<M> {
    fn sharp(&self, _at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        let (mut a, mut b) = (work.take(x.d), work.take(x.d));
        points(x, work, |i, point, work| {
            gather(&xi.0, x.n, i, &mut a);
            gather(&out.0, x.n, i, &mut b);
            self.0.inverse(point, scale, &a, &mut b, work);
            scatter(&b, x.n, i, &mut out.0);
        });
        [a, b].into_iter().for_each(|buffer| work.give(buffer));
    }
    /// grad phi* (grad phi(x) + h Hess phi(x) v); where that does not exist, the coordinates become NaN.
    fn retract(&self, x: &mut Cloud, v: &Tangent, h: f64, work: &mut Workspace) {
        let (mut a, mut y, mut to) = (work.take(x.d), work.take(x.d), work.take(x.n * x.d));
        points(x, work, |i, point, work| {
            gather(&v.0, x.n, i, &mut a);
            self.0.lower(point, &mut y, work);
            self.0.hessian(point, h, &a, &mut y, work);
            if !self.0.raise(&y, &mut a, work) {
                a.fill(f64::NAN);
            }
            scatter(&a, x.n, i, &mut to);
        });
        x.x.copy_from_slice(&to);
        [a, y, to].into_iter().for_each(|buffer| work.give(buffer));
    }
}
impl<M: MirrorMap> Mirror<Cloud> for Bregman<M> {
    fn lower(&self, x: &Cloud, out: &mut Covector, work: &mut Workspace) {
        let mut y = work.take(x.d);
        points(x, work, |i, point, work| {
            self.0.lower(point, &mut y, work);
            scatter(&y, x.n, i, &mut out.0);
        });
        work.give(y);
    }
    fn raise(&self, y: &Covector, x: &mut Cloud, work: &mut Workspace) -> bool {
        let (mut a, mut b) = (work.take(x.d), work.take(x.d));
        let mut exists = true;
        for i in 0..x.n {
            gather(&y.0, x.n, i, &mut a);
            exists &= self.0.raise(&a, &mut b, work);
            scatter(&b, x.n, i, &mut x.x);
        }
        [a, b].into_iter().for_each(|buffer| work.give(buffer));
        exists
    }
    fn divergence(&self, x: &Cloud, y: &Cloud, work: &mut Workspace) -> f64 {
        let (mut b, mut sum) = (work.take(x.d), 0.0);
        points(x, work, |i, point, work| {
            gather(&y.x, x.n, i, &mut b);
            sum += self.0.divergence(point, &b, work);
        });
        work.give(b);
        x.weight() * sum
    }
}
