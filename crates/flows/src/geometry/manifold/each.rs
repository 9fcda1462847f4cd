//! Each point of a cloud on a manifold of its own kind: the geometry of n points, component-major.
use super::{CutLocus, Geodesics, Hessians, Manifold};
use crate::state::Cloud;
use steepest_core::{Covariant, Covector, Geometry, Metric, Proximity, Riemannian, State, Tangent, Tick, Workspace};
use steepest_kernels::axpy;

/// The geometry of clouds whose points each lie on the manifold: one point that is a matrix, or many points on a sphere.
///
/// ```
/// use steepest_core::{Tangent, Workspace};
/// use steepest_flows::{geometry::{Each, Sphere}, state::Cloud};
/// let sphere = Each(Sphere { d: 2 });
/// let (x, y) = (Cloud::from_fn(1, 2, |_, j| [1.0, 0.0][j]), Cloud::from_fn(1, 2, |_, j| [0.0, 1.0][j]));
/// let (mut v, mut work) = (Tangent::zeros(2), Workspace::default());
/// sphere.log(&x, &y, &mut v, &mut work).unwrap();
/// assert!((v.0[1] - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
/// ```
#[derive(Clone, Debug)]
pub struct Each<M>(pub M);

/// Point i of n, which lies in one piece where it is alone.
pub(super) fn pick<'a>(all: &'a [f64], n: usize, i: usize, into: &'a mut [f64]) -> &'a [f64] {
    if n == 1 {
        return all;
    }
    gather(all, n, i, into);
    into
}
pub(super) fn gather(all: &[f64], n: usize, i: usize, into: &mut [f64]) {
    if n == 1 {
        return into.copy_from_slice(all);
    }
    into.iter_mut().zip(all.iter().skip(i).step_by(n)).for_each(|(to, from)| *to = *from);
}
pub(super) fn scatter(one: &[f64], n: usize, i: usize, all: &mut [f64]) {
    all.iter_mut().skip(i).step_by(n).zip(one).for_each(|(to, from)| *to = *from);
}

impl<M: Manifold> Geometry<Cloud> for Each<M> {
    fn sharp(&self, _at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        let mut v = work.take(x.d);
        if x.n == 1 {
            v.copy_from_slice(&xi.0);
            self.0.sharp(&x.x, &mut v, work);
            axpy(scale, &v, &mut out.0);
            return work.give(v);
        }
        let mut point = work.take(x.d);
        for i in 0..x.n {
            gather(&xi.0, x.n, i, &mut v);
            self.0.sharp(pick(&x.x, x.n, i, &mut point), &mut v, work);
            out.0.iter_mut().skip(i).step_by(x.n).zip(&v).for_each(|(out, v)| *out += scale * v);
        }
        work.give(point);
        work.give(v);
    }
    fn retract(&self, x: &mut Cloud, v: &Tangent, h: f64, work: &mut Workspace) {
        if x.n == 1 {
            return self.0.retract(&mut x.x, &v.0, h, work);
        }
        self.move_each(x, v, |x, v, work| self.0.retract(x, v, h, work), work);
    }
}
impl<M: Manifold> Each<M> {
    fn move_each(
        &self,
        x: &mut Cloud,
        v: &Tangent,
        by: impl Fn(&mut [f64], &[f64], &mut Workspace),
        work: &mut Workspace,
    ) {
        let (mut point, mut velocity) = (work.take(x.d), work.take(x.d));
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            gather(&v.0, x.n, i, &mut velocity);
            by(&mut point, &velocity, work);
            scatter(&point, x.n, i, &mut x.x);
        }
        work.give(point);
        work.give(velocity);
    }
    /// A vector at each point of x is altered.
    fn alter_each(
        &self,
        x: &Cloud,
        v: &mut [f64],
        by: impl Fn(&[f64], &mut [f64], &mut Workspace),
        work: &mut Workspace,
    ) {
        if x.n == 1 {
            return by(&x.x, v, work);
        }
        let (mut point, mut one) = (work.take(x.d), work.take(x.d));
        for i in 0..x.n {
            gather(v, x.n, i, &mut one);
            by(pick(&x.x, x.n, i, &mut point), &mut one, work);
            scatter(&one, x.n, i, v);
        }
        work.give(point);
        work.give(one);
    }
    /// The largest defect of a point.
    pub fn defect(&self, x: &Cloud, work: &mut Workspace) -> f64 {
        let mut point = work.take(x.d);
        let mut most = 0.0f64;
        for i in 0..x.n {
            let defect = self.0.defect(pick(&x.x, x.n, i, &mut point), work);
            most = if defect.is_nan() { f64::INFINITY } else { most.max(defect) };
        }
        work.give(point);
        most
    }
    /// How far v is from being a tangent, relative to its size.
    pub fn tangent_defect(&self, x: &Cloud, v: &Tangent, work: &mut Workspace) -> f64 {
        let (mut point, mut velocity, mut nearest) = (work.take(x.d), work.take(x.d), work.take(x.d));
        let (mut off, mut size) = (0.0, 0.0);
        for i in 0..x.n {
            gather(&v.0, x.n, i, &mut velocity);
            nearest.copy_from_slice(&velocity);
            self.0.project(pick(&x.x, x.n, i, &mut point), &mut nearest, work);
            size += velocity.iter().map(|v| v * v).sum::<f64>();
            off += velocity.iter().zip(&nearest).map(|(v, w)| (v - w).powi(2)).sum::<f64>();
        }
        [point, velocity, nearest].into_iter().for_each(|buffer| work.give(buffer));
        if size > 0.0 { (off / size).sqrt() } else { 0.0 }
    }
    /// Random points, a pure function of (key, number of the point).
    pub fn random(&self, n: usize, key: u64, work: &mut Workspace) -> Cloud {
        let d = self.0.numbers();
        let mut x = Cloud::from_fn(n, d, |_, _| 0.0);
        let mut point = work.take(d);
        for i in 0..n {
            self.0.random(key, i as u64, &mut point, work);
            scatter(&point, n, i, &mut x.x);
        }
        work.give(point);
        x
    }
}
impl<M: Manifold> Riemannian<Cloud> for Each<M> {
    fn inner(&self, x: &Cloud, u: &Tangent, v: &Tangent, work: &mut Workspace) -> f64 {
        if x.n == 1 {
            return self.0.inner(&x.x, &u.0, &v.0, work);
        }
        let (mut point, mut a, mut b) = (work.take(x.d), work.take(x.d), work.take(x.d));
        let mut sum = 0.0;
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            gather(&u.0, x.n, i, &mut a);
            gather(&v.0, x.n, i, &mut b);
            sum += self.0.inner(&point, &a, &b, work);
        }
        [point, a, b].into_iter().for_each(|buffer| work.give(buffer));
        sum / x.n as f64
    }
    fn transport(&self, x: &Cloud, y: &Cloud, v: &mut Tangent, work: &mut Workspace) {
        if x.n == 1 {
            return self.0.transport(&x.x, &y.x, &mut v.0, work);
        }
        let (mut from, mut to, mut velocity) = (work.take(x.d), work.take(x.d), work.take(x.d));
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut from);
            gather(&y.x, x.n, i, &mut to);
            gather(&v.0, x.n, i, &mut velocity);
            self.0.transport(&from, &to, &mut velocity, work);
            scatter(&velocity, x.n, i, &mut v.0);
        }
        [from, to, velocity].into_iter().for_each(|buffer| work.give(buffer));
    }
}
impl<M: Hessians> Covariant<Cloud> for Each<M> {
    fn tangents(&self, x: &Cloud) -> usize {
        x.n * self.0.dim()
    }
    fn settle(&self, x: &Cloud, v: &mut Tangent, work: &mut Workspace) {
        self.alter_each(x, &mut v.0, |x, v, work| self.0.project(x, v, work), work);
    }
    fn prepare(&self, x: &Cloud, xi: &mut Covector, work: &mut Workspace) {
        self.alter_each(x, &mut xi.0, |x, xi, work| self.0.prepare(x, xi, work), work);
    }
    fn hessian(&self, x: &Cloud, v: &Tangent, from: [&Covector; 2], out: &mut Tangent, work: &mut Workspace) {
        let [xi, second] = from;
        if x.n == 1 {
            out.0.copy_from_slice(&second.0);
            return self.0.hessian(&x.x, &xi.0, &v.0, &mut out.0, work);
        }
        let [mut point, mut slope, mut along, mut bent] = [(); 4].map(|()| work.take(x.d));
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            gather(&xi.0, x.n, i, &mut slope);
            gather(&v.0, x.n, i, &mut along);
            gather(&second.0, x.n, i, &mut bent);
            self.0.hessian(&point, &slope, &along, &mut bent, work);
            scatter(&bent, x.n, i, &mut out.0);
        }
        [point, slope, along, bent].into_iter().for_each(|buffer| work.give(buffer));
    }
    fn reach(&self, x: &Cloud, v: &Tangent, work: &mut Workspace) -> f64 {
        if x.n == 1 {
            return self.0.reach(&x.x, &v.0);
        }
        let (mut point, mut along) = (work.take(x.d), work.take(x.d));
        let mut least = f64::INFINITY;
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            gather(&v.0, x.n, i, &mut along);
            least = least.min(self.0.reach(&point, &along));
        }
        work.give(point);
        work.give(along);
        least
    }
}
impl<M: Geodesics> Each<M> {
    /// x <- exp_x(h v)
    pub fn exp(&self, x: &mut Cloud, v: &Tangent, h: f64, work: &mut Workspace) {
        self.move_each(x, v, |x, v, work| self.0.exp(x, v, h, work), work);
    }
    /// v <- log_x(y)
    ///
    /// # Errors
    /// Where a point of y is in the cut locus of its point of x.
    pub fn log(&self, x: &Cloud, y: &Cloud, v: &mut Tangent, work: &mut Workspace) -> Result<(), CutLocus> {
        let (mut from, mut to, mut velocity) = (work.take(x.d), work.take(x.d), work.take(x.d));
        let mut found = Ok(());
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut from);
            gather(&y.x, x.n, i, &mut to);
            found = found.and(self.0.log(&from, &to, &mut velocity, work));
            scatter(&velocity, x.n, i, &mut v.0);
        }
        [from, to, velocity].into_iter().for_each(|buffer| work.give(buffer));
        found
    }
}
impl<M: Manifold> Proximity<Cloud> for Each<M> {
    /// The mean of the squared distances over 2, whose gradient at y is -log_y(x). NaN where no geodesics are known, too.
    fn proximity(&self, y: &Cloud, x: &Cloud, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        let Some(geodesics) = self.0.geodesics() else { return f64::NAN };
        let (mut from, mut to, mut log) = (work.take(x.d), work.take(x.d), work.take(x.d));
        let mut sum = 0.0;
        for i in 0..x.n {
            let point = pick(&y.x, x.n, i, &mut from);
            if geodesics.log(point, pick(&x.x, x.n, i, &mut to), &mut log, work).is_err() {
                sum = f64::NAN;
                break;
            }
            sum += self.0.inner(point, &log, &log, work);
            self.0.flat(point, &mut log, work);
            out.0.iter_mut().skip(i).step_by(x.n).zip(&log).for_each(|(out, xi)| *out -= scale * xi);
        }
        [from, to, log].into_iter().for_each(|buffer| work.give(buffer));
        0.5 * x.weight() * sum
    }
}
impl<M: Geodesics> Metric<Cloud> for Each<M> {
    /// The mean of the squared distances; NaN where there is no one shortest way.
    fn dist2(&self, x: &Cloud, y: &Cloud) -> f64 {
        let (work, mut from, mut to) = (&mut Workspace::default(), vec![0.0; x.d], vec![0.0; x.d]);
        let mut square = |i: usize| {
            gather(&x.x, x.n, i, &mut from);
            gather(&y.x, x.n, i, &mut to);
            self.0.dist(&from, &to, work).map_or(f64::NAN, |dist| dist * dist)
        };
        (0..x.n).map(&mut square).sum::<f64>() / x.n as f64
    }
}
