//! Warm-up: the step by dual averaging, the metric from overlapping windows of draws and gradients.
use super::window::Window;
use super::{Draw, DualAveraging, Metric, MetricKind, Point};
use steepest_core::{Archive, Persist};

/// How to adapt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adapt {
    /// Transitions of warm-up.
    pub warmup: u64,
    /// Target acceptance.
    pub target: f64,
    /// Which metric.
    pub metric: MetricKind,
}

/// The state of one chain's warm-up.
///
/// Two windows overlap: the metric comes from the foreground; the background was opened later, and takes its place at the
/// next switch. The first 30 % of warm-up switches every 10 draws, then after 80 draws growing by half; the last 15 % adapts
/// the step alone [SeyboldtCarlsonCarpenter2026].
#[derive(Clone, Debug)]
pub struct Adaptation {
    plan: Adapt,
    dual: DualAveraging,
    foreground: Window,
    background: Window,
    /// Draws in the background at which it takes over.
    size: usize,
    done: u64,
    metric_changed: bool,
}
impl Adaptation {
    pub(super) fn new(plan: Adapt, d: usize) -> Self {
        let window = Window::new(d, plan.metric == MetricKind::Dense);
        Adaptation {
            plan,
            dual: DualAveraging::new(1.0, plan.target),
            foreground: window.clone(),
            background: window,
            size: 10,
            done: 0,
            metric_changed: false,
        }
    }
    /// Whether warm-up is over.
    pub fn finished(&self) -> bool {
        self.done >= self.plan.warmup
    }
    /// The metric to start with: one over the size of the first gradient.
    pub(super) fn first_metric(&self, start: &Point) -> Metric {
        if self.plan.metric == MetricKind::Unit {
            return Metric::Unit;
        }
        let inverse_mass = start.gradient.iter().map(|g| 1.0 / g.abs().clamp(1e-10, 1e10)).collect();
        Metric::Diagonal { inverse_mass }
    }
    pub(super) fn step_found(&mut self, step: f64) {
        self.dual = DualAveraging::new(step, self.plan.target);
    }
    /// Takes one transition of warm-up. True where a new step should be searched.
    pub(super) fn update(&mut self, draw: &Draw, at: &Point, metric: &mut Metric, step: &mut f64) -> bool {
        self.done += 1;
        let progress = self.done as f64 / self.plan.warmup as f64;
        let (early, late) = (progress < 0.3, progress > 0.85);
        self.dual.update(if early { draw.acceptance } else { draw.symmetric });
        *step = if self.finished() { self.dual.averaged() } else { self.dual.current() };
        // A chain that is stuck, or still falling, says nothing about the target's shape.
        let usable = draw.moved && !(early && draw.diverging);
        if late || self.plan.metric == MetricKind::Unit || !usable {
            return false;
        }
        self.foreground.push(&at.q, &at.gradient);
        self.background.push(&at.q, &at.gradient);
        if !early && self.size == 10 {
            self.size = 80;
        }
        let switch = self.background.count >= self.size;
        // With the foreground long enough, the diagonal follows every draw; a dense metric costs d^3 and waits.
        let dense = self.plan.metric == MetricKind::Dense;
        if switch || (!dense && self.foreground.count >= 10) {
            self.renew(metric);
        }
        if switch {
            std::mem::swap(&mut self.foreground, &mut self.background);
            self.background.reset();
            if !early {
                self.size = self.size * 3 / 2;
            }
        }
        let first = switch && !self.metric_changed;
        self.metric_changed |= switch;
        first
    }
    fn renew(&self, metric: &mut Metric) {
        let found = match self.plan.metric {
            MetricKind::Dense => Metric::dense(self.foreground.covariance(), self.foreground.dimension()),
            _ => self.foreground.inverse_mass().map(|inverse_mass| Metric::Diagonal { inverse_mass }),
        };
        if let Some(found) = found {
            *metric = found;
        }
    }
}

/// The plan is the composition's, and does not pass.
impl Persist for Adaptation {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { plan: _, dual, foreground, background, size, done, metric_changed } = self;
        dual.pass(archive)?;
        foreground.pass(archive)?;
        background.pass(archive)?;
        size.pass(archive)?;
        done.pass(archive)?;
        metric_changed.pass(archive)
    }
}
