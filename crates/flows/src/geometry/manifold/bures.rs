//! Symmetric positive definite matrices with the Bures-Wasserstein metric: optimal transport between centred Gaussians.
use super::log_euclidean::in_eigenbasis;
use super::matrix::{function, identity, symmetrise, times, transposed_times};
use super::{CutLocus, Geodesics, Hessians, Manifold, spd};
use steepest_core::Workspace;
use steepest_kernels::{axpy, cholesky, solve_lower_transposed};

/// dist^2(X, Y) = tr X + tr Y - 2 tr (X^(1/2) Y X^(1/2))^(1/2), the squared Wasserstein distance of N(0, X) and N(0, Y)
/// [BhatiaJainLim2019; MalagoMontrucchioPistone2018].
///
/// A tangent is v = L X + X L with L symmetric, <v, v> = tr L X L. The metric ends where X becomes singular: there is a point
/// exp_X(v) for every v, but the way there is the shortest as long as 1 + L is positive definite.
#[derive(Clone, Copy, Debug)]
pub struct BuresWasserstein {
    /// Rows, and columns.
    pub rows: usize,
}
impl BuresWasserstein {
    /// v <- L with L X + X L = v
    fn lyapunov(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        in_eigenbasis(self.rows, x, |a, b| 1.0 / (a + b), v, work);
    }
    /// l <- c (L X + X L)
    fn spread(&self, x: &[f64], c: f64, l: &mut [f64], work: &mut Workspace) {
        let (d, mut product) = (self.rows, work.take(l.len()));
        symmetrise(d, l);
        times([d, d, d], l, x, &mut product);
        for i in 0..d {
            for j in 0..d {
                l[i * d + j] = c * (product[i * d + j] + product[j * d + i]);
            }
        }
        work.give(product);
    }
}
impl Manifold for BuresWasserstein {
    fn numbers(&self) -> usize {
        self.rows * self.rows
    }
    fn dim(&self) -> usize {
        self.rows * (self.rows + 1) / 2
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        spd::defect(self.rows, x, work)
    }
    fn project(&self, _x: &[f64], v: &mut [f64], _work: &mut Workspace) {
        symmetrise(self.rows, v);
    }
    /// 2 (sym(xi) X + X sym(xi))
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        self.spread(x, 2.0, xi, work);
    }
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        self.lyapunov(x, v, work);
        v.iter_mut().for_each(|v| *v *= 0.5);
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        self.exp(x, v, h, work);
    }
    /// The same L: the displacement of each place of the Gaussian stays what it was.
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        self.lyapunov(x, v, work);
        self.spread(y, 1.0, v, work);
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        spd::random(self.rows, key, index, x, work);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for BuresWasserstein {
    /// (1 + h L) X (1 + h L)
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let (d, mut l, mut map, mut left) = (self.rows, work.take(v.len()), work.take(v.len()), work.take(v.len()));
        l.copy_from_slice(v);
        self.lyapunov(x, &mut l, work);
        identity(d, &mut map);
        axpy(h, &l, &mut map);
        times([d, d, d], &map, x, &mut left);
        times([d, d, d], &left, &map, x);
        symmetrise(d, x);
        [l, map, left].into_iter().for_each(|buffer| work.give(buffer));
    }
    /// L = T - 1 with T = C^-T (C^T y C)^(1/2) C^-1 the optimal map and X = C C^T; there is no cut locus.
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let d = self.rows;
        let (mut c, mut a, mut b) = (work.take(d * d), work.take(d * d), work.take(d * d));
        c.copy_from_slice(x);
        let factored = cholesky(d, &mut c).is_ok();
        transposed_times([d, d, d], &c, y, &mut a);
        times([d, d, d], &a, &c, &mut b);
        symmetrise(d, &mut b);
        let found = function(d, &b, |value| value.max(0.0).sqrt(), v, work);
        // C^-T M C^-1, a side at a time.
        solve_lower_transposed(d, &c, d, v);
        super::matrix::transpose(d, v, &mut a);
        solve_lower_transposed(d, &c, d, &mut a);
        v.copy_from_slice(&a);
        symmetrise(d, v);
        (0..d).for_each(|i| v[i * d + i] -= 1.0);
        self.spread(x, 1.0, v, work);
        [c, a, b].into_iter().for_each(|buffer| work.give(buffer));
        if factored && found.is_some() && v.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(CutLocus) }
    }
}
impl Hessians for BuresWasserstein {
    /// A X + X A^T with A = 2 (hv + xi L) and v = L X + X L: the Hessian of F(M M^T), which is flat, without its turns of M.
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        let d = self.rows;
        let (mut l, mut sym, mut a) = (work.take(d * d), work.take(d * d), work.take(d * d));
        l.copy_from_slice(v);
        self.lyapunov(x, &mut l, work);
        sym.copy_from_slice(xi);
        symmetrise(d, &mut sym);
        symmetrise(d, hv);
        times([d, d, d], &sym, &l, &mut a);
        axpy(1.0, hv, &mut a);
        times([d, d, d], &a, x, &mut l);
        for i in 0..d {
            for j in 0..d {
                hv[i * d + j] = 2.0 * (l[i * d + j] + l[j * d + i]);
            }
        }
        [l, sym, a].into_iter().for_each(|buffer| work.give(buffer));
    }
}
