//! The action of a path: the integral of a Lagrangian over it, discretised piece by piece.
use super::galerkin::Galerkin;
use crate::state::Path;
use steepest_core::{Batch, Covector, Differential, Functional, Lagrangian, SecondVariation, Tick, Workspace};

/// S = int L(q, q', t) dt, as the sum of the discrete Lagrangians of the pieces of a [`Path`]. Its critical points satisfy the
/// discrete Euler-Lagrange equations [MarsdenWest2001, Sec. 1.1]: its differential at a node between two pieces is the momentum
/// that comes in less the one that goes out.
///
/// A path whose nodes are not those of the rule has the action NaN.
#[derive(Clone, Debug)]
pub struct Action<L> {
    /// What is integrated.
    pub lagrangian: L,
    /// How.
    pub rule: Galerkin,
}
impl<L: Lagrangian> Action<L> {
    /// Whether a path is made for this rule and this Lagrangian.
    pub fn fits(&self, path: &Path) -> bool {
        path.within == self.rule.nodes() && path.d == self.lagrangian.dim()
    }
    /// The nodes of the pieces: `(a * d + j) * pieces + e`.
    pub fn pieces(&self, path: &Path, out: &mut [f64]) {
        let (n, d, degree) = (path.pieces, path.d, self.rule.degree());
        for e in 0..n {
            for a in 0..=degree {
                path.node(e * degree + a).iter().enumerate().for_each(|(j, x)| out[(a * d + j) * n + e] = *x);
            }
        }
    }
    /// The momenta at the ends of the pieces, of which there are one more: `out[k * d + j]`. At a node between two, where they agree on
    /// a stationary path, that of the piece behind; `misfit` has what they differ by, and 0 at the ends.
    pub fn momenta(&self, path: &Path, work: &mut Workspace) -> (Vec<f64>, Vec<f64>) {
        let (n, d, m) = (path.pieces, path.d, self.rule.degree() + 1);
        let slopes = self.slopes(path, work);
        let (mut p, mut misfit) = (vec![0.0; (n + 1) * d], vec![0.0; (n + 1) * d]);
        for j in 0..d {
            p[j] = -slopes[j * n];
            for e in 0..n {
                p[(e + 1) * d + j] = slopes[((m - 1) * d + j) * n + e];
                if e + 1 < n {
                    misfit[(e + 1) * d + j] = p[(e + 1) * d + j] + slopes[j * n + e + 1];
                }
            }
        }
        work.give(slopes);
        (p, misfit)
    }
    /// The slopes of the discrete Lagrangian of every piece, lent.
    fn slopes(&self, path: &Path, work: &mut Workspace) -> Vec<f64> {
        let (n, m) = (path.pieces, (self.rule.degree() + 1) * path.d);
        let (mut x, mut slopes) = (work.take(m * n), work.take(m * n));
        self.pieces(path, &mut x);
        self.rule.gradients(&self.lagrangian, Batch { n, d: m, x: &x }, &|e, c| clock(path, e, c), &mut slopes, work);
        work.give(x);
        slopes
    }
    /// Slopes and second derivatives of the discrete Lagrangian of every piece, lent; as [`Galerkin::jets`] has them.
    pub fn jets(&self, path: &Path, work: &mut Workspace) -> (Vec<f64>, Vec<f64>) {
        let (n, m) = (path.pieces, (self.rule.degree() + 1) * path.d);
        let (mut x, mut slopes, mut second) = (work.take(m * n), work.take(m * n), work.take(m * m * n));
        self.pieces(path, &mut x);
        let of = (slopes.as_mut_slice(), second.as_mut_slice());
        self.rule.jets(&self.lagrangian, Batch { n, d: m, x: &x }, &|e, c| clock(path, e, c), of, work);
        work.give(x);
        (slopes, second)
    }
    /// Adds the slopes of the pieces to the coordinates between the ends.
    fn gather(&self, path: &Path, scale: f64, slopes: &[f64], out: &mut [f64]) {
        let (n, d, degree) = (path.pieces, path.d, self.rule.degree());
        for e in 0..n {
            for a in 0..=degree {
                let Some(first) = between(path, e * degree + a) else { continue };
                (0..d).for_each(|j| out[first + j] += scale * slopes[(a * d + j) * n + e]);
            }
        }
    }
}
/// Time and its rate in a piece.
pub fn clock(path: &Path, e: usize, c: f64) -> (f64, f64) {
    let (t, slope) = path.clock((e as f64 + c) / path.pieces as f64);
    (t, slope / path.pieces as f64)
}
/// Where the coordinates of node k begin; `None` for an end.
fn between(path: &Path, k: usize) -> Option<usize> {
    (k > 0 && k + 1 < path.nodes()).then(|| (k - 1) * path.d)
}
impl<L: Lagrangian> Differential<Path> for Action<L> {
    fn differential(&self, _at: Tick, x: &Path, scale: f64, out: &mut Covector, work: &mut Workspace) {
        if !self.fits(x) {
            out.0.fill(f64::NAN);
            return;
        }
        let slopes = self.slopes(x, work);
        self.gather(x, scale, &slopes, &mut out.0);
        work.give(slopes);
    }
}
impl<L: Lagrangian> Functional<Path> for Action<L> {
    fn value(&self, _at: Tick, path: &Path, work: &mut Workspace) -> f64 {
        if !self.fits(path) {
            return f64::NAN;
        }
        let (n, m) = (path.pieces, (self.rule.degree() + 1) * path.d);
        let (mut x, mut values) = (work.take(m * n), work.take(n));
        self.pieces(path, &mut x);
        self.rule.values(&self.lagrangian, Batch { n, d: m, x: &x }, &|e, c| clock(path, e, c), &mut values, work);
        let total = steepest_kernels::sum(&values);
        work.give(values);
        work.give(x);
        total
    }
}
impl<L: Lagrangian> SecondVariation<Path> for Action<L> {
    /// The nodes of a piece see one another.
    fn bandwidth(&self, x: &Path) -> usize {
        ((self.rule.degree() + 1) * x.d - 1).min(x.x.len().saturating_sub(1))
    }
    fn variations(&self, _at: Tick, x: &Path, out: &mut Covector, second: &mut [f64], work: &mut Workspace) {
        if !self.fits(x) {
            out.0.fill(f64::NAN);
            return;
        }
        let (n, d, degree, w) = (x.pieces, x.d, self.rule.degree(), self.bandwidth(x));
        let m = (degree + 1) * d;
        let (slopes, curved) = self.jets(x, work);
        self.gather(x, 1.0, &slopes, &mut out.0);
        for e in 0..n {
            for row in 0..m {
                let Some(i) = between(x, e * degree + row / d).map(|first| first + row % d) else { continue };
                for column in 0..m {
                    let Some(j) = between(x, e * degree + column / d).map(|first| first + column % d) else { continue };
                    second[i * (2 * w + 1) + w + j - i] += curved[(row * m + column) * n + e];
                }
            }
        }
        work.give(curved);
        work.give(slopes);
    }
}
