//! Dual averaging of the log step towards a target acceptance.
use steepest_core::{Archive, Persist};

/// Nesterov's dual averaging as NUTS uses it [HoffmanGelman2014, 3.2; Nesterov2009].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualAveraging {
    target: f64,
    /// log of the step the iterates shrink towards.
    mu: f64,
    count: f64,
    error: f64,
    log_step: f64,
    log_averaged: f64,
}
impl DualAveraging {
    const GAMMA: f64 = 0.05;
    const T0: f64 = 10.0;
    const KAPPA: f64 = 0.75;
    /// Starts from a step that is about right; iterates are drawn towards ten times it, since a short step costs more.
    pub fn new(step: f64, target: f64) -> Self {
        DualAveraging {
            target,
            mu: (10.0 * step).ln(),
            count: 0.0,
            error: 0.0,
            log_step: step.ln(),
            log_averaged: step.ln(),
        }
    }
    /// Starts anew from a step that was right for another target: iterates are drawn towards it, so that few of them do no harm.
    pub fn about(step: f64, target: f64) -> Self {
        DualAveraging { mu: step.ln(), ..DualAveraging::new(step, target) }
    }
    /// Goes on towards another target, with what is remembered.
    pub(super) fn aim_at(&mut self, target: f64) {
        self.target = target;
    }
    /// Takes the acceptance statistic of one transition.
    ///
    /// ```
    /// use steepest_flows::scheme::metropolis::DualAveraging;
    /// let mut step = DualAveraging::new(1.0, 0.8);
    /// // An acceptance of 1 / (1 + step^2) is 0.8 at step = 1/2.
    /// (0..4000).for_each(|_| step.update(1.0 / (1.0 + step.current().powi(2))));
    /// assert!((step.averaged() - 0.5).abs() < 0.01);
    /// ```
    pub fn update(&mut self, acceptance: f64) {
        self.count += 1.0;
        let eta = 1.0 / (self.count + Self::T0);
        let acceptance = if acceptance.is_finite() { acceptance } else { 0.0 };
        self.error += eta * (self.target - acceptance - self.error);
        self.log_step = self.mu - self.count.sqrt() / Self::GAMMA * self.error;
        let weight = self.count.powf(-Self::KAPPA);
        self.log_averaged += weight * (self.log_step - self.log_averaged);
    }
    /// The step to explore with.
    pub fn current(&self) -> f64 {
        self.log_step.exp()
    }
    /// The step to keep.
    pub fn averaged(&self) -> f64 {
        self.log_averaged.exp()
    }
}

impl Persist for DualAveraging {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { target, mu, count, error, log_step, log_averaged } = self;
        [target, mu, count, error, log_step, log_averaged].into_iter().try_for_each(|number| number.pass(archive))
    }
}
