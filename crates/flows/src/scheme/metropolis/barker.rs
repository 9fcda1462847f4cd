//! The Barker proposal: a random step whose coordinates are turned downhill with the odds of the gradient.
use super::trajectory::Answer;
use super::{DIVERGENCE, Draw, Metric, Point};
use steepest_kernels::{dot, pointwise};

/// One Barker transition under way [LivingstoneZanella2022, Alg. 1].
#[derive(Clone, Debug)]
pub struct Barker {
    moving: Point,
    /// The step in the coordinates in which the metric is the identity.
    white: Vec<f64>,
    /// The gradient there.
    slope: Vec<f64>,
    /// log of the odds with which the signs were drawn.
    forward: f64,
    kinetic: f64,
}
/// -log(1 + e^x)
fn log_odds(x: f64) -> f64 {
    -pointwise::log1p_exp(x)
}

impl Barker {
    pub(super) fn new(d: usize) -> Self {
        Barker { moving: Point::zeros(d), white: vec![0.0; d], slope: vec![0.0; d], forward: 0.0, kinetic: 0.0 }
    }
    /// Leaves `from`, whose momentum is white noise: with M^-1 = A A^T, y = x + A w, w_j = +-step z_j, and the sign is plus
    /// with the odds 1 / (1 + exp(step z_j (A^T dV)_j)).
    pub(super) fn begin(&mut self, from: &Point, uniform: &mut dyn FnMut() -> f64, step: f64, metric: &Metric) {
        self.kinetic = 0.5 * dot(&from.p, &from.p);
        self.slope.copy_from_slice(&from.gradient);
        metric.root_transposed(&mut self.slope);
        self.forward = 0.0;
        for ((w, z), slope) in self.white.iter_mut().zip(&from.p).zip(&self.slope) {
            let plus = step * z;
            *w = if uniform().ln() < log_odds(plus * slope) { plus } else { -plus };
            self.forward += log_odds(*w * slope);
        }
        self.moving.p.copy_from_slice(&self.white);
        metric.root(&mut self.moving.p);
        for ((q, from), w) in self.moving.q.iter_mut().zip(&from.q).zip(&self.moving.p) {
            *q = from + w;
        }
    }
    pub(super) fn ask(&self) -> &[f64] {
        &self.moving.q
    }
    /// The gradient at the proposal, and whether to go there.
    pub(super) fn give(
        &mut self,
        seen: Answer<'_>,
        uniform: f64,
        step: f64,
        metric: &Metric,
        at: &mut Point,
    ) -> Option<Draw> {
        self.moving.value = seen.value;
        self.moving.gradient.copy_from_slice(seen.gradient);
        self.slope.copy_from_slice(seen.gradient);
        metric.root_transposed(&mut self.slope);
        let backward: f64 = self.white.iter().zip(&self.slope).map(|(w, slope)| log_odds(-w * slope)).sum();
        let error = seen.value - at.value + self.forward - backward;
        let error = if error.is_finite() { error } else { f64::INFINITY };
        let acceptance = (-error).exp().min(1.0);
        let moved = uniform < acceptance;
        let start_energy = at.value;
        if moved {
            at.set(&self.moving);
        }
        Some(Draw {
            energy: at.value,
            start_energy,
            kinetic: self.kinetic,
            first_error: error,
            acceptance,
            symmetric: 2.0 / (1.0 + error.abs().exp()),
            leapfrogs: 1,
            depth: 0,
            diverging: error > DIVERGENCE,
            outside: !seen.value.is_finite(),
            moved,
            step,
            square_error: error * error,
        })
    }
}
