//! Products: a point of one manifold and a point of another; and powers: several points of one.
use super::each::{gather, scatter};
use super::{CutLocus, Geodesics, Hessians, Manifold, Sphere};
use steepest_core::Workspace;

/// The numbers of the first, then those of the second; squared lengths add. SE(n) is `Product(Rotations, Weighted)`.
#[derive(Clone, Debug)]
pub struct Product<A, B>(pub A, pub B);

impl<A: Manifold, B: Manifold> Manifold for Product<A, B> {
    fn numbers(&self) -> usize {
        self.0.numbers() + self.1.numbers()
    }
    fn dim(&self) -> usize {
        self.0.dim() + self.1.dim()
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let (a, b) = x.split_at(self.0.numbers());
        self.0.defect(a, work).max(self.1.defect(b, work))
    }
    fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let ((x, y), (v, w)) = (x.split_at(self.0.numbers()), v.split_at_mut(self.0.numbers()));
        self.0.project(x, v, work);
        self.1.project(y, w, work);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        let ((x, y), (v, w)) = (x.split_at(self.0.numbers()), xi.split_at_mut(self.0.numbers()));
        self.0.sharp(x, v, work);
        self.1.sharp(y, w, work);
    }
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let ((x, y), (v, w)) = (x.split_at(self.0.numbers()), v.split_at_mut(self.0.numbers()));
        self.0.flat(x, v, work);
        self.1.flat(y, w, work);
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let ((x, y), (v, w)) = (x.split_at_mut(self.0.numbers()), v.split_at(self.0.numbers()));
        self.0.retract(x, v, h, work);
        self.1.retract(y, w, h, work);
    }
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        let m = self.0.numbers();
        let ((x, x2), (y, y2), (v, v2)) = (x.split_at(m), y.split_at(m), v.split_at_mut(m));
        self.0.transport(x, y, v, work);
        self.1.transport(x2, y2, v2, work);
    }
    fn isometric(&self) -> bool {
        self.0.isometric() && self.1.isometric()
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        let (a, b) = x.split_at_mut(self.0.numbers());
        self.0.random(key, 2 * index, a, work);
        self.1.random(key, 2 * index + 1, b, work);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        (self.0.geodesics().is_some() && self.1.geodesics().is_some()).then_some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        (self.0.hessians().is_some() && self.1.hessians().is_some()).then_some(self)
    }
}
impl<A: Manifold, B: Manifold> Hessians for Product<A, B> {
    fn prepare(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        let ((x, x2), (xi, xi2)) = (x.split_at(self.0.numbers()), xi.split_at_mut(self.0.numbers()));
        if let (Some(a), Some(b)) = (self.0.hessians(), self.1.hessians()) {
            a.prepare(x, xi, work);
            b.prepare(x2, xi2, work);
        }
    }
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        let m = self.0.numbers();
        let ((x, x2), (xi, xi2), (v, v2)) = (x.split_at(m), xi.split_at(m), v.split_at(m));
        let (hv, hv2) = hv.split_at_mut(m);
        if let (Some(a), Some(b)) = (self.0.hessians(), self.1.hessians()) {
            a.hessian(x, xi, v, hv, work);
            b.hessian(x2, xi2, v2, hv2, work);
        }
    }
}
impl<A: Manifold, B: Manifold> Geodesics for Product<A, B> {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let ((x, y), (v, w)) = (x.split_at_mut(self.0.numbers()), v.split_at(self.0.numbers()));
        if let (Some(a), Some(b)) = (self.0.geodesics(), self.1.geodesics()) {
            a.exp(x, v, h, work);
            b.exp(y, w, h, work);
        }
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let m = self.0.numbers();
        let ((x, x2), (y, y2), (v, v2)) = (x.split_at(m), y.split_at(m), v.split_at_mut(m));
        let (Some(a), Some(b)) = (self.0.geodesics(), self.1.geodesics()) else { return Err(CutLocus) };
        a.log(x, y, v, work).and(b.log(x2, y2, v2, work))
    }
}

/// `count` points of one manifold, component-major as a batch: number j of point k at `j * count + k`.
#[derive(Clone, Debug)]
pub struct Power<M> {
    /// The manifold of each.
    pub base: M,
    /// How many.
    pub count: usize,
}
/// Matrices whose columns have length one [AbsilGallivan2006].
pub fn oblique(rows: usize, columns: usize) -> Power<Sphere> {
    Power { base: Sphere { d: rows }, count: columns }
}
impl<M: Manifold> Power<M> {
    /// v_k <- f(x_k, v_k) for every point.
    fn each(
        &self,
        x: &[f64],
        v: &mut [f64],
        work: &mut Workspace,
        mut f: impl FnMut(&[f64], &mut [f64], &mut Workspace),
    ) {
        let d = self.base.numbers();
        let (mut a, mut b) = (work.take(d), work.take(d));
        for k in 0..self.count {
            gather(x, self.count, k, &mut a);
            gather(v, self.count, k, &mut b);
            f(&a, &mut b, work);
            scatter(&b, self.count, k, v);
        }
        work.give(a);
        work.give(b);
    }
    /// The same with a second point.
    fn each_between(
        &self,
        (x, y): (&[f64], &[f64]),
        v: &mut [f64],
        work: &mut Workspace,
        mut f: impl FnMut(&[f64], &[f64], &mut [f64], &mut Workspace),
    ) {
        let mut to = work.take(self.base.numbers());
        let mut k = 0;
        self.each(x, v, work, |x, v, work| {
            gather(y, self.count, k, &mut to);
            k += 1;
            f(x, &to, v, work);
        });
        work.give(to);
    }
}
impl<M: Manifold> Manifold for Power<M> {
    fn numbers(&self) -> usize {
        self.base.numbers() * self.count
    }
    fn dim(&self) -> usize {
        self.base.dim() * self.count
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let mut one = work.take(self.base.numbers());
        let mut most = 0.0f64;
        for k in 0..self.count {
            gather(x, self.count, k, &mut one);
            most = most.max(self.base.defect(&one, work));
        }
        work.give(one);
        most
    }
    fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        self.each(x, v, work, |x, v, work| self.base.project(x, v, work));
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        self.each(x, xi, work, |x, xi, work| self.base.sharp(x, xi, work));
    }
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        self.each(x, v, work, |x, v, work| self.base.flat(x, v, work));
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.each(v, x, work, |v, x, work| self.base.retract(x, v, h, work));
    }
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        self.each_between((x, y), v, work, |x, y, v, work| self.base.transport(x, y, v, work));
    }
    fn isometric(&self) -> bool {
        self.base.isometric()
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        let mut one = work.take(self.base.numbers());
        for k in 0..self.count {
            self.base.random(key, index * self.count as u64 + k as u64, &mut one, work);
            scatter(&one, self.count, k, x);
        }
        work.give(one);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        self.base.geodesics().map(|_| self as &dyn Geodesics)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        self.base.hessians().map(|_| self as &dyn Hessians)
    }
}
impl<M: Manifold> Hessians for Power<M> {
    fn prepare(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        let Some(base) = self.base.hessians() else { return };
        self.each(x, xi, work, |x, xi, work| base.prepare(x, xi, work));
    }
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        let Some(base) = self.base.hessians() else { return };
        let d = self.base.numbers();
        let (mut slope, mut along, mut k) = (work.take(d), work.take(d), 0);
        self.each(x, hv, work, |x, hv, work| {
            gather(xi, self.count, k, &mut slope);
            gather(v, self.count, k, &mut along);
            k += 1;
            base.hessian(x, &slope, &along, hv, work);
        });
        work.give(slope);
        work.give(along);
    }
}
impl<M: Manifold> Geodesics for Power<M> {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let Some(base) = self.base.geodesics() else { return };
        self.each(v, x, work, |v, x, work| base.exp(x, v, h, work));
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let base = self.base.geodesics().ok_or(CutLocus)?;
        let mut found = Ok(());
        self.each_between((x, y), v, work, |x, y, v, work| found = found.and(base.log(x, y, v, work)));
        found
    }
}
