//! The unit sphere in R^d, round metric, particle by particle: K = I - x x^T.
use crate::state::Cloud;
use steepest_core::{Covector, Geometry, State, Tangent, Tick, Workspace};

/// Each particle on the unit sphere; covectors are projected on the tangent space, steps are normalised
/// [AbsilMahonySepulchre2008, Sec. 3.6.1 and Ex. 4.1.1].
#[derive(Clone, Copy, Debug, Default)]
pub struct Sphere;

impl Geometry<Cloud> for Sphere {
    fn sharp(&self, _at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        let n = x.n.max(1);
        let mut radial = work.take(x.n);
        for (xs, xis) in x.x.chunks_exact(n).zip(xi.0.chunks_exact(n)) {
            for i in 0..n {
                radial[i] += xs[i] * xis[i];
            }
        }
        for ((os, xs), xis) in out.0.chunks_exact_mut(n).zip(x.x.chunks_exact(n)).zip(xi.0.chunks_exact(n)) {
            for i in 0..n {
                os[i] += scale * (xis[i] - radial[i] * xs[i]);
            }
        }
        work.give(radial);
    }
    /// (x + h v) / |x + h v|
    fn retract(&self, x: &mut Cloud, v: &Tangent, h: f64, work: &mut Workspace) {
        x.translate(v, h);
        let n = x.n.max(1);
        let mut norm = work.take(x.n);
        for xs in x.x.chunks_exact(n) {
            norm.iter_mut().zip(xs).for_each(|(s, x)| *s += x * x);
        }
        norm.iter_mut().for_each(|s| *s = s.sqrt());
        for xs in x.x.chunks_exact_mut(n) {
            xs.iter_mut().zip(&norm).for_each(|(x, s)| *x /= s);
        }
        work.give(norm);
    }
}
