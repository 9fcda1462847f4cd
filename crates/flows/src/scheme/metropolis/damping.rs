//! How fast chains that keep their momentum should forget it: as fast as the slowest direction moves.
use super::{Chain, Metric};
use steepest_core::{Archive, Persist};
use steepest_kernels as kernels;

/// gamma = 1 / sqrt(lambda), lambda the largest variance of a direction in units of the metric, which is estimated from pairs of
/// chains by `|S|_F^2 / tr S` of the covariance S of their positions, without ever forming it [HoffmanSountsov2022, Sec. 3].
///
/// With x_i the position of chain i less the mean, `|S|_F^2` is the mean of (x_i . x_j)^2 over i != j. On a white target, and of
/// many chains, lambda = 1; in general it lies between the mean and the largest of the variances.
#[derive(Clone, Debug)]
pub struct Damping {
    variance: f64,
    count: f64,
}
/// Chains whose pairs are looked at in one transition.
const PAIRED: usize = 128;
/// Transitions the average remembers, at most.
const MEMORY: f64 = 30.0;

impl Damping {
    /// From a white target.
    pub(super) fn new() -> Self {
        Damping { variance: 1.0, count: 0.0 }
    }
    /// gamma, 1 / time.
    pub fn rate(&self) -> f64 {
        self.variance.sqrt().recip()
    }
    /// Takes where the chains are, in `metric`.
    pub(super) fn update(&mut self, chains: &[Chain], metric: &Metric) {
        let (n, d) = (chains.len(), chains.first().map_or(0, |chain| chain.point().q.len()));
        let stride = n.div_ceil(PAIRED).max(1);
        let some: Vec<&[f64]> = chains.iter().step_by(stride).map(|chain| chain.point().q.as_slice()).collect();
        let (m, scales) = (some.len(), metric.scales(d));
        if m < 4 {
            return;
        }
        let mut mean = vec![0.0; d];
        some.iter().for_each(|q| mean.iter_mut().zip(*q).for_each(|(mean, q)| *mean += q / m as f64));
        let whitened = |q: &&[f64]| -> Vec<f64> {
            q.iter().zip(&mean).zip(&scales).map(|((q, mean), scale)| (q - mean) / scale).collect()
        };
        let some: Vec<Vec<f64>> = some.iter().map(whitened).collect();
        let trace = some.iter().map(|x| kernels::dot(x, x)).sum::<f64>() / m as f64;
        let pairs = |i: usize| some[..i].iter().map(|x| kernels::dot(x, &some[i]).powi(2)).sum::<f64>();
        let square = (1..m).map(pairs).sum::<f64>() * 2.0 / (m * (m - 1)) as f64;
        let found = square / trace;
        if found.is_finite() && found > 0.0 {
            self.count = (self.count + 1.0).min(MEMORY);
            self.variance += (found - self.variance) / self.count;
        }
    }
}
impl Persist for Damping {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { variance, count } = self;
        variance.pass(archive)?;
        count.pass(archive)
    }
}
