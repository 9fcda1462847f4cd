//! The step and the length of unadjusted isokinetic dynamics, from the error of the energy and the memory of the draws.
use steepest_core::{Archive, Persist};

/// The step at which the energy error of a step has the wanted variance per dimension, from `Var[E]` ~ step^6
/// [RobnikEtAl2023, Sec. 4].
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyTuning {
    d: f64,
    /// Weighted means of Var[E] / (d wanted) / step^6 and of the weights.
    ratio: f64,
    weight: f64,
    /// A step that led to infinity is not tried again soon: this grows back slowly.
    cap: f64,
    step: f64,
}
impl EnergyTuning {
    /// Wanted variance of the energy error of a step, per dimension.
    pub const VARIANCE: f64 = 5e-4;
    /// Transitions that count at a time.
    const MEMORY: f64 = 150.0;
    /// Starts from a step that is about right.
    pub fn new(step: f64, d: usize) -> Self {
        EnergyTuning { d: d as f64, ratio: 0.0, weight: 0.0, cap: f64::INFINITY, step }
    }
    /// Takes the mean squared energy error of the steps of one transition; what is not finite was a fall off the edge.
    ///
    /// ```
    /// use steepest_flows::scheme::metropolis::EnergyTuning;
    /// let mut tuning = EnergyTuning::new(1.0, 10);
    /// // An error of 0.3 step^3 has the wanted variance where 0.09 step^6 = 10 x 5e-4.
    /// let found = (0.005f64 / 0.09).powf(1.0 / 6.0);
    /// let some = |tuning: &mut EnergyTuning, n| (0..n).for_each(|_| tuning.update((0.3 * tuning.step().powi(3)).powi(2)));
    /// some(&mut tuning, 400);
    /// assert!((tuning.step() - found).abs() < 1e-3);
    /// // A fall off the edge takes a fifth of the step, which comes back by a hundredth at a time.
    /// tuning.update(f64::NAN);
    /// assert!((tuning.step() / found - 0.8).abs() < 1e-2);
    /// some(&mut tuning, 10);
    /// assert!((tuning.step() / found - 0.8 * 1.01f64.powi(10)).abs() < 1e-2);
    /// some(&mut tuning, 50);
    /// assert!((tuning.step() / found - 1.0).abs() < 1e-2);
    /// ```
    pub fn update(&mut self, square_error: f64) {
        if !square_error.is_finite() {
            self.cap = 0.8 * self.step.min(self.cap);
            self.step = self.step.min(self.cap);
            return;
        }
        self.cap *= 1.01;
        let xi = square_error / (self.d * Self::VARIANCE) + 1e-8;
        // What is far from the wanted variance says less: the law of the sixth power holds nearby.
        let trust = (-0.5 * (xi.ln() / (6.0 * 1.5)).powi(2)).exp();
        let kept = (Self::MEMORY - 1.0) / (Self::MEMORY + 1.0);
        self.ratio = kept * self.ratio + trust * xi / self.step.powi(6);
        self.weight = kept * self.weight + trust;
        self.step = (self.ratio / self.weight).powf(-1.0 / 6.0).min(self.cap);
    }
    /// The same from another step, as after a change of the metric.
    pub(super) fn again(&self, step: f64) -> Self {
        EnergyTuning { ratio: 0.0, weight: 0.0, cap: f64::INFINITY, step, d: self.d }
    }
    /// The step.
    pub fn step(&self) -> f64 {
        self.step
    }
}

impl Persist for EnergyTuning {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { d, ratio, weight, cap, step } = self;
        [d, ratio, weight, cap, step].into_iter().try_for_each(|number| number.pass(archive))
    }
}

/// Draws per effective draw, the harmonic mean over coordinates: `positions[t * d + j]`, sums of autocorrelations cut where
/// they first fall below 0.05.
pub(super) fn memory_of(positions: &[f64], d: usize) -> f64 {
    let n = positions.len() / d;
    let coordinate = |j: usize| {
        let mean = positions.iter().skip(j).step_by(d).sum::<f64>() / n as f64;
        let x: Vec<f64> = positions.iter().skip(j).step_by(d).map(|x| x - mean).collect();
        let covariance = |lag: usize| (lag..n).map(|t| x[t] * x[t - lag]).sum::<f64>() / n as f64;
        let variance = covariance(0);
        let sum: f64 =
            (1..n / 4).map(|lag| covariance(lag) / variance).take_while(|rho| *rho > 0.05).map(|rho| 2.0 * rho).sum();
        1.0 + sum
    };
    let times: Vec<f64> = (0..d).map(coordinate).filter(|time| time.is_finite()).collect();
    times.iter().sum::<f64>() / times.len().max(1) as f64
}
