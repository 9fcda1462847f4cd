//! The Hessian of a mirror map as a metric: inner products, transport that is constant in grad phi, and the divergence.
use super::{Bregman, MirrorMap, gather, points, scatter};
use crate::state::Cloud;
use steepest_core::{Covector, Mirror, Proximity, Riemannian, State, Tangent, Workspace};

/// <u, v>_x = <u, Hess phi(x) v>; tangents are carried as differentials, by Hess phi(y)^-1 Hess phi(x), which is the velocity of the
/// curves that `retract` goes along.
impl<M: MirrorMap> Riemannian<Cloud> for Bregman<M> {
    fn inner(&self, x: &Cloud, u: &Tangent, v: &Tangent, work: &mut Workspace) -> f64 {
        let (mut a, mut b, mut lowered) = (work.take(x.d), work.take(x.d), work.take(x.d));
        let mut sum = 0.0;
        points(x, work, |i, point, work| {
            gather(&u.0, x.n, i, &mut a);
            gather(&v.0, x.n, i, &mut b);
            lowered.fill(0.0);
            self.0.hessian(point, 1.0, &b, &mut lowered, work);
            sum += steepest_kernels::dot(&a, &lowered);
        });
        [a, b, lowered].into_iter().for_each(|buffer| work.give(buffer));
        x.weight() * sum
    }
    fn transport(&self, x: &Cloud, y: &Cloud, v: &mut Tangent, work: &mut Workspace) {
        let (mut a, mut lowered, mut to) = (work.take(x.d), work.take(x.d), work.take(x.d));
        points(x, work, |i, point, work| {
            gather(&v.0, x.n, i, &mut a);
            gather(&y.x, x.n, i, &mut to);
            lowered.fill(0.0);
            self.0.hessian(point, 1.0, &a, &mut lowered, work);
            a.fill(0.0);
            self.0.inverse(&to, 1.0, &lowered, &mut a, work);
            scatter(&a, x.n, i, &mut v.0);
        });
        [a, lowered, to].into_iter().for_each(|buffer| work.give(buffer));
    }
}
impl<M: MirrorMap> Proximity<Cloud> for Bregman<M> {
    /// D(y, x), with the differential grad phi(y) - grad phi(x).
    fn proximity(&self, y: &Cloud, x: &Cloud, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        let (mut from, mut here, mut there) = (work.take(x.d), work.take(x.d), work.take(x.d));
        points(y, work, |i, point, work| {
            gather(&x.x, x.n, i, &mut from);
            self.0.lower(point, &mut here, work);
            self.0.lower(&from, &mut there, work);
            let each = out.0.iter_mut().skip(i).step_by(x.n).zip(here.iter().zip(&there));
            each.for_each(|(out, (here, there))| *out += scale * (here - there));
        });
        [from, here, there].into_iter().for_each(|buffer| work.give(buffer));
        self.divergence(y, x, work)
    }
}
