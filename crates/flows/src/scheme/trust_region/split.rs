//! SPLIT: straightened residuals in singular vectors of their Jacobian, in which every damping is a division.
use super::Linear;
use super::secular::secular;

/// 2 |q| / |p| at most [TranstrumSethna2012, Eq. 15].
const BENT: f64 = 0.75;

/// D^-1 J^T = U diag(s) V^T, and the gradient and the step in the columns of U.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    scaled: Vec<f64>,
    u: Vec<f64>,
    s: Vec<f64>,
    v: Vec<f64>,
    theta: Vec<f64>,
    slope: Vec<f64>,
    short: Vec<f64>,
    /// l of the step in `short`.
    damping: f64,
    /// J^T r'' in the columns of U.
    pull: Vec<f64>,
}
impl Split {
    /// `None` where J is not finite.
    pub fn of(&mut self, linear: &Linear, scale: &[f64]) -> Option<()> {
        let Split { scaled, u, s, v, theta, slope, short, damping: _, pull } = self;
        let (d, m) = (scale.len(), linear.r.len());
        let k = d.min(m);
        for (buffer, len) in
            [(&mut *scaled, d * m), (u, d * k), (v, m * k), (s, k), (theta, k), (slope, k), (short, k), (pull, k)]
        {
            buffer.resize(len, 0.0);
        }
        let rows = linear.jacobian.chunks_exact(m).zip(scale);
        for (out, (column, scale)) in scaled.chunks_exact_mut(m).zip(rows) {
            out.iter_mut().zip(column).for_each(|(out, j)| *out = j / scale);
        }
        steepest_kernels::svd([d, m], scaled, u, s, v)?;
        // V^T r, row by row of V; what has no singular value has no slope.
        slope.fill(0.0);
        for (row, r) in v.chunks_exact(k).zip(&linear.r) {
            steepest_kernels::axpy(*r, row, slope);
        }
        let floor = s.first().map_or(0.0, |s| s * f64::EPSILON * d.max(m) as f64);
        for ((theta, slope), s) in theta.iter_mut().zip(slope).zip(s) {
            (*theta, *slope) = if *s > floor { (*s * *s, *s * *slope) } else { (0.0, 0.0) };
        }
        Some(())
    }
    /// p <- the minimum over |D p| <= radius; what |r|^2 falls by in the model, and |D p|.
    pub fn minimise(&mut self, scale: &[f64], radius: f64, p: &mut [f64]) -> (f64, f64) {
        let Split { u, theta, slope, short, damping, .. } = self;
        *damping = secular(theta, slope, radius, short);
        for ((p, row), scale) in p.iter_mut().zip(u.chunks_exact(short.len())).zip(scale) {
            *p = steepest_kernels::dot(row, short) / scale;
        }
        let fall = short.iter().zip(theta).zip(slope).map(|((h, theta), c)| -h * (2.0 * *c + *theta * h)).sum();
        (fall, short.iter().map(|h| h * h).sum::<f64>().sqrt())
    }
    /// p <- p + q for residuals whose second derivative along p is `bend`, where q is small beside p.
    pub fn follow(&mut self, scale: &[f64], bend: &[f64], length: f64, p: &mut [f64]) {
        let Split { u, s, v, theta, pull, damping, .. } = self;
        pull.fill(0.0);
        for (row, bend) in v.chunks_exact(pull.len()).zip(bend) {
            steepest_kernels::axpy(*bend, row, pull);
        }
        for ((pull, s), theta) in pull.iter_mut().zip(s).zip(theta) {
            *pull = if *theta > 0.0 { -0.5 * *s * *pull / (*theta + *damping) } else { 0.0 };
        }
        let size = steepest_kernels::dot(pull, pull).sqrt();
        if 2.0 * size <= BENT * length {
            for ((p, row), scale) in p.iter_mut().zip(u.chunks_exact(pull.len())).zip(scale) {
                *p += steepest_kernels::dot(row, pull) / scale;
            }
        }
    }
}
