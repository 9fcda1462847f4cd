//! Positive numbers with sum one and the Fisher metric: a part of a sphere of radius two, by square roots.
use super::{CutLocus, Geodesics, Hessians, Manifold, Sphere, farthest, normals};
use steepest_core::Workspace;
use steepest_kernels::{axpy, dot};

/// x_j > 0, sum x_j = 1 with <u, v> = sum u_j v_j / x_j: dist(x, y) = 2 acos(sum sqrt(x_j y_j)) [AmariNagaoka2000, Sec. 2.5].
///
/// Steps are factors, so that no number becomes zero; geodesics do reach the boundary, and are reflected there.
#[derive(Clone, Copy, Debug)]
pub struct Simplex {
    /// Numbers of a point; the simplex has one dimension less.
    pub d: usize,
}
impl Simplex {
    fn sphere(&self) -> Sphere {
        Sphere { d: self.d }
    }
}
fn normalise(x: &mut [f64]) {
    let sum: f64 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= sum);
}
fn roots(x: &[f64], out: &mut [f64]) {
    out.iter_mut().zip(x).for_each(|(out, x)| *out = x.sqrt());
}
impl Manifold for Simplex {
    fn numbers(&self) -> usize {
        self.d
    }
    fn dim(&self) -> usize {
        self.d - 1
    }
    fn defect(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        if x.iter().all(|x| *x > 0.0) { (x.iter().sum::<f64>() - 1.0).abs() } else { f64::INFINITY }
    }
    fn project(&self, _x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        let mean = v.iter().sum::<f64>() / self.d as f64;
        v.iter_mut().for_each(|v| *v -= mean);
    }
    fn sharp(&self, x: &[f64], xi: &mut [f64], _work: &mut Workspace) {
        let mean = dot(x, xi);
        xi.iter_mut().zip(x).for_each(|(xi, x)| *xi = x * (*xi - mean));
    }
    fn flat(&self, x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        v.iter_mut().zip(x).for_each(|(v, x)| *v /= x);
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, _work: &mut Workspace) {
        x.iter_mut().zip(v).for_each(|(x, v)| *x *= (h * v / *x).exp());
        normalise(x);
    }
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (mut from, mut to) = (work.take(self.d), work.take(self.d));
        roots(x, &mut from);
        roots(y, &mut to);
        v.iter_mut().zip(&from).for_each(|(v, s)| *v /= s);
        self.sphere().transport(&from, &to, v, work);
        v.iter_mut().zip(&to).for_each(|(v, s)| *v *= s);
        work.give(from);
        work.give(to);
    }
    fn isometric(&self) -> bool {
        true
    }
    fn reach(&self, x: &[f64], v: &[f64]) -> f64 {
        farthest(x, v)
    }
    fn edge(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> Option<f64> {
        let (mut to, mut sorted) = (work.take(self.d), work.take(self.d));
        to.iter_mut().zip(x.iter().zip(xi)).for_each(|(to, (x, xi))| *to = x - xi);
        let level = steepest_kernels::threshold(&to, 1.0, &mut sorted);
        let square: f64 = to.iter().zip(x).map(|(to, x)| (x - (to - level).max(0.0)).powi(2)).sum();
        work.give(to);
        work.give(sorted);
        Some(square.sqrt())
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], _work: &mut Workspace) {
        normals(key, index, x);
        steepest_kernels::exp(x);
        normalise(x);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Simplex {
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let (mut s, mut w) = (work.take(self.d), work.take(self.d));
        roots(x, &mut s);
        w.iter_mut().zip(v.iter().zip(&s)).for_each(|(w, (v, s))| *w = v / (2.0 * s));
        self.sphere().exp(&mut s, &w, h, work);
        x.iter_mut().zip(&s).for_each(|(x, s)| *x = s * s);
        normalise(x);
        work.give(s);
        work.give(w);
    }
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let (mut from, mut to) = (work.take(self.d), work.take(self.d));
        roots(x, &mut from);
        roots(y, &mut to);
        let found = self.sphere().log(&from, &to, v, work);
        v.iter_mut().zip(&from).for_each(|(v, s)| *v *= 2.0 * s);
        work.give(from);
        work.give(to);
        found
    }
}
impl Hessians for Simplex {
    /// The connection of all positive numbers in this metric has -1 / (2 x_j), and what is along x drops out:
    /// P(x hv + v (xi - <x, xi>) / 2).
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], _work: &mut Workspace) {
        let mean = dot(x, xi);
        for (((hv, x), xi), v) in hv.iter_mut().zip(x).zip(xi).zip(v) {
            *hv = x * *hv + 0.5 * v * (xi - mean);
        }
        let along: f64 = hv.iter().sum();
        axpy(-along, x, hv);
    }
}
