//! Running moments of draws and gradients over a window of warm-up; the pairs themselves for the low-rank metric.
use super::MetricKind;
use super::low_rank::MOST;
use steepest_core::{Archive, Persist};

/// Means and variances of draws and gradients; their covariances, or the pairs, where the metric needs them.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Pairs seen.
    pub count: usize,
    mean: [Vec<f64>; 2],
    square: [Vec<f64>; 2],
    /// Sums of outer products of deviations, row-major lower triangles; empty unless dense.
    outer: [Vec<f64>; 2],
    /// Draws and gradients, one after another; empty unless low-rank.
    kept: [Vec<f64>; 2],
    keeps: bool,
}
impl Window {
    /// An empty window in dimension d, for what the metric needs.
    pub fn new(d: usize, metric: MetricKind) -> Self {
        let zeros = || [vec![0.0; d], vec![0.0; d]];
        let square = if metric == MetricKind::Dense { d * d } else { 0 };
        Window {
            count: 0,
            mean: zeros(),
            square: zeros(),
            outer: [vec![0.0; square], vec![0.0; square]],
            kept: [Vec::new(), Vec::new()],
            keeps: matches!(metric, MetricKind::LowRank | MetricKind::Auto),
        }
    }
    /// d.
    pub fn dimension(&self) -> usize {
        self.mean[0].len()
    }
    /// Forgets everything.
    pub fn reset(&mut self) {
        self.count = 0;
        self.mean.iter_mut().chain(&mut self.square).chain(&mut self.outer).for_each(|v| v.fill(0.0));
        self.kept.iter_mut().for_each(Vec::clear);
    }
    /// Adds a draw and the gradient there (Welford's update).
    pub fn push(&mut self, q: &[f64], gradient: &[f64]) {
        self.count += 1;
        if self.keeps {
            for (kept, x) in self.kept.iter_mut().zip([q, gradient]) {
                if kept.len() + q.len() > MOST.max(32 * q.len()) {
                    kept.drain(..kept.len() / 2 / q.len() * q.len());
                }
                kept.extend_from_slice(x);
            }
        }
        let (share, d) = (1.0 / self.count as f64, q.len());
        for (x, (mean, outer)) in [q, gradient].into_iter().zip(self.mean.iter().zip(&mut self.outer)) {
            for (i, row) in outer.chunks_exact_mut(d.max(1)).enumerate() {
                let a = (x[i] - mean[i]) * (1.0 - share);
                row[..=i].iter_mut().zip(x.iter().zip(mean)).for_each(|(o, (x, mean))| *o += a * (x - mean));
            }
        }
        for (x, (mean, square)) in [q, gradient].into_iter().zip(self.mean.iter_mut().zip(&mut self.square)) {
            for k in 0..d {
                let before = x[k] - mean[k];
                mean[k] += before * share;
                square[k] += before * (x[k] - mean[k]);
            }
        }
    }
    /// sqrt(var q / var dV): the diagonal that makes draws and gradients alike [SeyboldtCarlsonCarpenter2026]. `None` where a variance is
    /// not positive.
    pub fn inverse_mass(&self) -> Option<Vec<f64>> {
        let ratio = |(q, g): (&f64, &f64)| (q / g).sqrt();
        let mass: Vec<f64> = self.square[0].iter().zip(&self.square[1]).map(ratio).collect();
        (self.count > 2 && mass.iter().all(|m| m.is_finite() && *m > 0.0)).then_some(mass)
    }
    /// The kept draws over `scale` and gradients times it, both about their means.
    pub fn pairs(&self, scale: &[f64]) -> [Vec<f64>; 2] {
        let d = scale.len();
        let centred = |k: usize, factor: &dyn Fn(f64) -> f64| {
            let rows = self.kept[k].chunks_exact(d);
            let n = rows.len() as f64;
            let mut mean = vec![0.0; d];
            rows.clone().for_each(|row| mean.iter_mut().zip(row).for_each(|(m, x)| *m += x / n));
            rows.flat_map(|row| (0..d).map(|j| (row[j] - mean[j]) * factor(scale[j])).collect::<Vec<_>>()).collect()
        };
        [centred(0, &|s| 1.0 / s), centred(1, &|s| s)]
    }
    /// The covariances of the draws over `scale` and of the gradients times it, row-major. Zero unless dense.
    pub fn covariances(&self, scale: &[f64]) -> [Vec<f64>; 2] {
        let (d, n) = (scale.len(), self.count.max(1) as f64);
        let full = |outer: &[f64], factor: &dyn Fn(f64) -> f64| {
            let mut full = vec![0.0; d * d];
            for (i, row) in outer.chunks_exact(d.max(1)).enumerate() {
                for (j, sum) in row[..=i].iter().enumerate() {
                    let c = sum / n * factor(scale[i]) * factor(scale[j]);
                    full[i * d + j] = c;
                    full[j * d + i] = c;
                }
            }
            full
        };
        [full(&self.outer[0], &|s| 1.0 / s), full(&self.outer[1], &|s| s)]
    }
}

impl Persist for Window {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { count, mean, square, outer, kept, keeps: _ } = self;
        count.pass(archive)?;
        mean.iter_mut().chain(square).try_for_each(|vector| vector[..].pass(archive))?;
        outer.iter_mut().try_for_each(|matrix| matrix[..].pass(archive))?;
        kept.iter_mut().try_for_each(|pairs| pairs.pass(archive))
    }
}
