//! How long trajectories should be: the length after which the distance from the middle has changed the most.
use super::pool::mean;
use super::{Chain, Metric};
use steepest_core::{Archive, Batch, Persist};
use steepest_kernels as kernels;

/// Ascent on `ChEES(T) = E (|q' - m'|^2 - |q - m|^2)^2 / 4` in log T by Adam without momentum [HoffmanRadulSountsov2021, Sec. 4].
///
/// q is where a trajectory starts, q' where it ends whether or not it is accepted, m and m' their means over the chains. Distances
/// are in units of the standard deviations over the chains, so that the length does not depend on the user's scales. With t the
/// length of this transition, `dChEES / d log T = t E (|q' - m'|^2 - |q - m|^2) (q' - m') . v'`, each chain weighed by its
/// acceptance, and all over the variance of the squared distances.
#[derive(Clone, Debug)]
pub struct Stretch {
    log_length: f64,
    log_averaged: f64,
    square: f64,
    count: f64,
    /// How far log T goes in one transition.
    rate: f64,
}
/// Of the running mean of squared gradients.
const MEMORY: f64 = 0.95;
/// Of the average over iterates: it forgets those of long ago.
const FORGETS: f64 = 0.6;

impl Stretch {
    /// From a length of one, the radius of a white target.
    pub(super) fn new(warmup: u64) -> Self {
        let rate = (6.0 / warmup.max(1) as f64).clamp(0.01, 0.1);
        Stretch { log_length: 0.0, log_averaged: 0.0, square: 0.0, count: 0.0, rate }
    }
    /// The length to explore with.
    pub fn current(&self) -> f64 {
        self.log_length.exp()
    }
    /// The length to keep.
    pub fn averaged(&self) -> f64 {
        self.log_averaged.exp()
    }
    /// Takes one transition of every chain, which came from `before` and moved in `metric`.
    pub(super) fn update(&mut self, before: Batch<'_>, chains: &[Chain], metric: &Metric) {
        let (n, d) = (chains.len(), before.d);
        let weight = |c: usize| match chains[c].tape.draws.last() {
            Some(draw) if !draw.diverging && draw.acceptance.is_finite() => draw.acceptance,
            _ => 0.0,
        };
        let total = mean(n, weight);
        if n < 2 || total <= 0.0 {
            return;
        }
        let ends: Vec<_> = chains.iter().filter_map(Chain::proposal).collect();
        if ends.len() < n {
            return;
        }
        let share = |c: usize, x: f64| if weight(c) > 0.0 { weight(c) * x / total } else { 0.0 };
        let mut velocities = vec![0.0; n * d];
        for (end, velocity) in ends.iter().zip(velocities.chunks_exact_mut(d)) {
            metric.velocity(&end.p, velocity);
        }
        // |q - m|^2, |q' - m'|^2 and (q' - m') . v', one coordinate after another.
        let (mut from, mut to, mut outward) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        for j in 0..d {
            let column = before.column(j);
            let middle = kernels::sum(column) / n as f64;
            let variance = mean(n, |c| (column[c] - middle).powi(2));
            if !(variance > 0.0 && variance.is_finite()) {
                continue;
            }
            let reached = mean(n, |c| share(c, ends[c].q[j]));
            for c in 0..n {
                let away = ends[c].q[j] - reached;
                from[c] += (column[c] - middle).powi(2) / variance;
                to[c] += away * away / variance;
                outward[c] += away * velocities[c * d + j] / variance;
            }
        }
        let time = chains.iter().filter_map(|chain| chain.tape.draws.last());
        let time = time.map(|draw| draw.leapfrogs as f64 * draw.step).fold(0.0, f64::max);
        let slope = time * mean(n, |c| share(c, (to[c] - from[c]) * outward[c]));
        // In equilibrium a constant; on the way there it is what makes slopes of early transitions enormous.
        let spread = |of: &[f64]| {
            let middle = kernels::sum(of) / n as f64;
            mean(n, |c| share(c, (of[c] - middle).powi(2)))
        };
        self.ascend(slope / (spread(&from) + spread(&to)));
    }
    fn ascend(&mut self, slope: f64) {
        if !slope.is_finite() {
            return;
        }
        self.count += 1.0;
        self.square += (1.0 - MEMORY) * (slope * slope - self.square);
        let size = (self.square / (1.0 - MEMORY.powf(self.count))).sqrt();
        if size > 0.0 {
            self.log_length = (self.log_length + self.rate * slope / size).clamp(-10.0, 10.0);
        }
        self.log_averaged += self.count.powf(-FORGETS) * (self.log_length - self.log_averaged);
    }
}
impl Persist for Stretch {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { log_length, log_averaged, square, count, rate: _ } = self;
        [log_length, log_averaged, square, count].into_iter().try_for_each(|number| number.pass(archive))
    }
}
