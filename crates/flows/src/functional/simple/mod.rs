//! R: convex functions that are simple, as argmin h R(u) + |u - x|^2 / 2 is known exactly: what a proximal gradient adds to an energy.
mod sets;
mod sparse;
mod variation;
pub use sets::{Ball, Interval, Semidefinite, Simplex};
pub use sparse::{Group, L1, Nuclear};
pub use variation::TotalVariation;

use crate::state::Cloud;
use steepest_core::{Covector, Optimality, Regulariser, Selfdual, State, Workspace};

/// A convex R on R^d, one point at a time, its d coordinates in a row.
///
/// Laws, with p(x) = argmin h R(u) + |u - x|^2 / 2 [ParikhBoyd2014]: |p(x) - p(y)|^2 <= <p(x) - p(y), x - y> (firmly
/// non-expansive); (x - p(x)) / h is a subgradient of R at p(x).
pub trait Simple: Send + Sync {
    /// R(x), as if x were where R is finite.
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64;
    /// x <- argmin h R(u) + |u - x|^2 / 2
    fn proximal(&self, h: f64, x: &mut [f64], work: &mut Workspace);
    /// out <- x - p(x - xi), p of length 1: zero where x is least of R and of an energy of slope xi. To be overridden where x may be so
    /// large that x - xi has nothing of xi.
    fn residual(&self, x: &[f64], xi: &[f64], out: &mut [f64], work: &mut Workspace) {
        out.iter_mut().zip(x.iter().zip(xi)).for_each(|(out, (x, xi))| *out = x - xi);
        self.proximal(1.0, out, work);
        out.iter_mut().zip(x).for_each(|(out, x)| *out = x - *out);
    }
    /// Distance of x from where R is finite.
    fn violation(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let _ = (x, work);
        0.0
    }
    /// max over u of <xi, x - u> + R(x) - R(u): R(x) + R*(-xi) + <xi, x>; may be infinite.
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64;
    /// Whether there are points of so many coordinates.
    fn fits(&self, d: usize) -> bool {
        d > 0
    }
}
impl<P: Simple + ?Sized> Simple for Box<P> {
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64 {
        (**self).value(x, work)
    }
    fn proximal(&self, h: f64, x: &mut [f64], work: &mut Workspace) {
        (**self).proximal(h, x, work);
    }
    fn residual(&self, x: &[f64], xi: &[f64], out: &mut [f64], work: &mut Workspace) {
        (**self).residual(x, xi, out, work);
    }
    fn violation(&self, x: &[f64], work: &mut Workspace) -> f64 {
        (**self).violation(x, work)
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        (**self).gap(x, xi, work)
    }
    fn fits(&self, d: usize) -> bool {
        (**self).fits(d)
    }
}

/// R of every particle of a cloud, in a geometry with phi = |x|^2 / 2.
#[derive(Clone, Debug)]
pub struct Each<P>(pub P);
impl<P: Simple> Each<P> {
    /// Calls `each` with every point in turn, in a buffer whose content is put back where `write` says so.
    fn points(x: &mut Cloud, work: &mut Workspace, mut each: impl FnMut(usize, &mut [f64], &mut Workspace)) {
        if x.n == 1 {
            return each(0, &mut x.x, work);
        }
        let mut point = work.take(x.d);
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            each(i, &mut point, work);
            x.x.iter_mut().skip(i).step_by(x.n).zip(&point).for_each(|(x, p)| *x = *p);
        }
        work.give(point);
    }
}
fn gather(from: &[f64], n: usize, i: usize, out: &mut [f64]) {
    out.iter_mut().zip(from.iter().skip(i).step_by(n)).for_each(|(o, x)| *o = *x);
}

impl<P: Simple, G: Selfdual<Cloud>> Regulariser<Cloud, G> for Each<P> {
    fn value(&self, _geometry: &G, x: &Cloud, work: &mut Workspace) -> f64 {
        let (mut point, mut sum) = (work.take(x.d), 0.0);
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            sum += self.0.value(&point, work);
        }
        work.give(point);
        x.weight() * sum
    }
    fn proximal(&self, _geometry: &G, y: &Covector, h: f64, x: &mut Cloud, work: &mut Workspace) -> bool {
        x.x.copy_from_slice(&y.0);
        Self::points(x, work, |_, point, work| self.0.proximal(h, point, work));
        x.x.iter().all(|x| x.is_finite())
    }
    fn optimality(&self, _geometry: &G, x: &Cloud, xi: &Covector, work: &mut Workspace) -> Optimality {
        let [mut point, mut slope, mut off] = [work.take(x.d), work.take(x.d), work.take(x.d)];
        let mut found = Optimality { residual: 0.0, gap: 0.0, violation: 0.0 };
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            gather(&xi.0, x.n, i, &mut slope);
            self.0.residual(&point, &slope, &mut off, work);
            found.residual += off.iter().map(|off| off * off).sum::<f64>();
            found.gap += self.0.gap(&point, &slope, work);
            found.violation = found.violation.max(self.0.violation(&point, work));
        }
        [point, slope, off].into_iter().for_each(|buffer| work.give(buffer));
        found.residual = (x.weight() * found.residual).sqrt();
        found.gap *= x.weight();
        found
    }
}
