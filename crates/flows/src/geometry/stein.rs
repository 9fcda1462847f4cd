//! Stein: D_ij = k(x_i, x_j) / n, a Gaussian kernel that couples the particles.
use crate::state::Cloud;
use steepest_core::{Covector, Diffusive, Geometry, Tangent, Tick, Workspace};

/// The kernel k(x, y) = exp(-|x - y|^2 / (2 width^2)) in each component [LiuWang2016].
///
/// With [`crate::noise::Repulsion`] it is SVGD; with [`crate::noise::Thermal`] it is SVGD's noisy sibling, for which n
/// independent copies of the target are exactly invariant [GallegoInsua2018]. O(n^2 d) a step; O(n^3) with noise.
#[derive(Clone, Copy, Debug)]
pub struct Stein {
    /// Width of the kernel, in units of x.
    pub width: f64,
}
impl Stein {
    /// row[j] <- k(x_i, x_j) for j < row.len()
    fn row(&self, x: &Cloud, i: usize, row: &mut [f64]) {
        row.fill(0.0);
        for xs in x.x.chunks_exact(x.n) {
            row.iter_mut().zip(xs).for_each(|(r, x)| *r += (xs[i] - x) * (xs[i] - x));
        }
        let c = -0.5 / (self.width * self.width);
        row.iter_mut().for_each(|r| *r *= c);
        steepest_kernels::exp(row);
    }
}
impl Geometry<Cloud> for Stein {
    fn sharp(&self, _at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        let n = x.n;
        let mut row = work.take(n);
        for i in 0..n {
            self.row(x, i, &mut row);
            for (os, xis) in out.0.chunks_exact_mut(n).zip(xi.0.chunks_exact(n)) {
                os[i] += scale / n as f64 * steepest_kernels::dot(&row, xis);
            }
        }
        work.give(row);
    }
}
/// Added to the diagonal of k, so that its factor exists when particles meet.
const JITTER: f64 = 1e-10;

impl Diffusive<Cloud> for Stein {
    /// Lower Cholesky factor of D, applied to each component.
    fn sqrt(&self, _at: Tick, x: &Cloud, white: &mut Tangent, work: &mut Workspace) {
        let n = x.n;
        let (mut l, mut row) = (work.take(n * n), work.take(n));
        for i in 0..n {
            self.row(x, i, &mut row[..=i]);
            for j in 0..=i {
                let s: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
                let jitter = if i == j { JITTER } else { 0.0 };
                let a = row[j] / n as f64 + jitter - s;
                l[i * n + j] = if i == j { a.max(JITTER).sqrt() } else { a / l[j * n + j] };
            }
        }
        for column in white.0.chunks_exact_mut(n.max(1)) {
            for i in (0..n).rev() {
                column[i] = (0..=i).map(|k| l[i * n + k] * column[k]).sum();
            }
        }
        work.give(row);
        work.give(l);
    }
    /// sum_j d/dx_j k(x_i, x_j) / n: the repulsion between particles.
    fn ito_drift(&self, _at: Tick, x: &Cloud, scale: f64, out: &mut Tangent, work: &mut Workspace) {
        let n = x.n;
        let c = scale / (n as f64 * self.width * self.width);
        let mut row = work.take(n);
        for i in 0..n {
            self.row(x, i, &mut row);
            for (os, xs) in out.0.chunks_exact_mut(n).zip(x.x.chunks_exact(n)) {
                os[i] += c * row.iter().zip(xs).map(|(k, x)| k * (xs[i] - x)).sum::<f64>();
            }
        }
        work.give(row);
    }
}
