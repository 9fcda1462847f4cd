//! Warm-up: the step by dual averaging, the metric from overlapping windows of draws and gradients.
use super::acceptance::{CAREFUL, Trial};
use super::energy_tuning::{EnergyTuning, memory_of};
use super::low_rank::{dense, low_rank};
use super::window::Window;
use super::{Draw, DualAveraging, Kernel, Metric, MetricKind, Point};
use steepest_core::{Archive, Persist};

/// How to adapt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adapt {
    /// Transitions of warm-up.
    pub warmup: u64,
    /// Target acceptance. Where `None`, [`CAREFUL`] in the first 30 % of warm-up, then [`super::EASED`], until a trajectory diverges or it
    /// turns out that depths are mixed which were not; 0.9 and 0.95 where trajectories go on diverging.
    pub target: Option<f64>,
    /// Which metric.
    pub metric: MetricKind,
}

/// The state of one chain's warm-up.
///
/// Two windows overlap: the metric comes from the foreground; the background was opened later, and takes its place at the
/// next switch. The first 30 % of warm-up switches every 10 draws, then after 80 draws growing by half; the last 15 % adapts
/// the step alone [SeyboldtCarlsonCarpenter2026]. A low-rank or dense metric waits for d/2 draws, which with as many gradients span all
/// directions: from fewer it would leave trajectories long until the first part is over.
#[derive(Clone, Debug)]
pub struct Adaptation {
    plan: Adapt,
    pace: Pace,
    /// The length that isokinetic dynamics found, in time.
    length: Option<f64>,
    /// Draws it is found from.
    path: Vec<f64>,
    foreground: Window,
    background: Window,
    /// Draws in the background at which it takes over, after the first part.
    size: usize,
    done: u64,
    metric_changed: bool,
    /// Draws that the metric was made of.
    learned: usize,
    /// Draws in the foreground when a low-rank metric was last made of it.
    renewed: usize,
    /// Leapfrogs since the last switch; NaN where their number says nothing about the metric.
    effort: f64,
    /// Whether the choice fell on the low-rank metric.
    low_rank: bool,
    /// What finds the acceptance, where it is not given.
    trial: Option<Trial>,
    /// The acceptance the step is adapted to.
    aim: f64,
}
/// The first part of warm-up ends here, and the last begins.
const EARLY: f64 = 0.3;
const LATE: f64 = 0.85;
/// How the step is found.
#[derive(Clone, Debug)]
enum Pace {
    /// From the acceptance.
    Dual(DualAveraging),
    /// From the energy error of dynamics that refuse nothing.
    Energy(EnergyTuning),
}
/// Trajectories of more leapfrogs than this, on average, ask for a better metric.
const LONG: f64 = 10.0;
/// The condition that a diagonal metric may leave before it is given up.
const TOLERATED: f64 = 4.0;
impl Adaptation {
    pub(super) fn new(plan: Adapt, d: usize, kernel: Kernel) -> Self {
        // Trajectories of NUTS end by themselves, so that their length says whether the metric fits.
        let free = matches!(kernel, Kernel::Nuts { .. });
        let biased = matches!(kernel, Kernel::Isokinetic { adjusted: false, .. });
        let finds_length = matches!(kernel, Kernel::Isokinetic { length: None, .. });
        let window = Window::new(d, plan.metric);
        Adaptation {
            plan,
            pace: if biased {
                Pace::Energy(EnergyTuning::new(1.0, d))
            } else {
                Pace::Dual(DualAveraging::new(1.0, plan.target.unwrap_or(CAREFUL)))
            },
            length: finds_length.then_some(1.0),
            path: Vec::new(),
            foreground: window.clone(),
            background: window,
            size: 80,
            done: 0,
            metric_changed: false,
            learned: 0,
            renewed: 0,
            effort: if free { 0.0 } else { f64::NAN },
            low_rank: plan.metric == MetricKind::LowRank,
            trial: plan.target.is_none().then(Trial::new),
            aim: plan.target.unwrap_or(CAREFUL),
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
    /// Aims at another acceptance where it is time to, and the choice is its own. The first average after a new start is one iterate,
    /// so there is none in the last part: a single divergence there would leave the step up to 4.3 times too short.
    fn choose(&mut self, draw: &Draw, progress: f64) {
        let Some(trial) = &mut self.trial else { return };
        let kept = match &self.pace {
            Pace::Dual(dual) => dual.averaged(),
            Pace::Energy(tuning) => tuning.step(),
        };
        let aim = trial.aim(progress, EARLY, draw, kept);
        if aim != self.aim {
            self.aim = aim;
            match &mut self.pace {
                Pace::Dual(dual) if progress > LATE => dual.aim_at(aim),
                Pace::Dual(dual) => *dual = DualAveraging::about(dual.averaged(), aim),
                Pace::Energy(_) => {}
            }
        }
    }
    pub(super) fn step_found(&mut self, step: f64) {
        self.pace = match &self.pace {
            Pace::Dual(_) => Pace::Dual(DualAveraging::new(step, self.aim)),
            Pace::Energy(tuning) => Pace::Energy(tuning.again(step)),
        };
    }
    /// Draws that the metric was made of.
    pub(super) fn learned(&self) -> usize {
        self.learned
    }
    /// The length of isokinetic dynamics so far, where it is to be found.
    pub(super) fn length(&self) -> Option<f64> {
        self.length
    }
    /// Takes one transition of warm-up. True where a new step should be searched.
    pub(super) fn update(&mut self, draw: &Draw, at: &Point, metric: &mut Metric, step: &mut f64) -> bool {
        self.done += 1;
        let progress = self.done as f64 / self.plan.warmup as f64;
        let (early, late) = (progress < EARLY, progress > LATE);
        let finished = self.finished();
        self.choose(draw, progress);
        *step = match &mut self.pace {
            Pace::Dual(dual) => {
                dual.update(if early { draw.acceptance } else { draw.symmetric });
                if finished { dual.averaged() } else { dual.current() }
            }
            Pace::Energy(tuning) => {
                tuning.update(if draw.diverging { f64::NAN } else { draw.square_error });
                tuning.step()
            }
        };
        self.follow(progress, draw, at, *step);
        // A chain that is stuck, or still falling, says nothing about the target's shape.
        let usable = draw.moved && !(early && draw.diverging);
        if late || self.plan.metric == MetricKind::Unit || !usable {
            return false;
        }
        self.foreground.push(&at.q, &at.gradient);
        self.background.push(&at.q, &at.gradient);
        self.effort += draw.leapfrogs as f64;
        let spans = self.low_rank || self.plan.metric == MetricKind::Dense;
        let span = if spans && self.metric_changed { at.q.len() / 2 + 1 } else { 0 };
        let switch = self.background.count >= span.max(if early { 10 } else { self.size });
        let mut found = None;
        // With the foreground long enough, the diagonal follows every draw; what costs more waits until it has grown.
        let due = match self.plan.metric {
            MetricKind::Dense => switch,
            _ if self.low_rank => {
                switch || (self.foreground.count >= 10 && 2 * self.foreground.count >= 3 * self.renewed)
            }
            _ => switch || self.foreground.count >= 10,
        };
        let mut chosen = false;
        if switch && self.plan.metric == MetricKind::Auto && !self.low_rank {
            // Short trajectories under the diagonal say that it fits; a NaN says nothing.
            if self.effort / self.background.count as f64 > LONG || (self.effort.is_nan() && !early) {
                found = low_rank(&self.foreground).filter(|found| found.condition() > TOLERATED);
                chosen = found.is_some();
                self.low_rank = chosen;
            }
        }
        if due && let Some(found) = found.or_else(|| self.renewal()) {
            *metric = found;
            self.learned = self.foreground.count;
        }
        if switch {
            std::mem::swap(&mut self.foreground, &mut self.background);
            self.background.reset();
            self.effort *= 0.0;
            self.renewed = self.foreground.count;
            if !early {
                self.size = self.size * 3 / 2;
            }
        }
        let first = switch && !self.metric_changed;
        self.metric_changed |= switch;
        first || chosen
    }
    /// L = 0.4 step tau with tau the gradients' worth of steps per effective draw [RobnikEtAl2023, Sec. 4], from the draws of the
    /// last part of warm-up whose metric changes; until then 1, the radius of a white target.
    fn follow(&mut self, progress: f64, draw: &Draw, at: &Point, step: f64) {
        let Some(length) = self.length else { return };
        if (0.5..=LATE).contains(&progress) && self.path.len() < 2000 * at.q.len() {
            self.path.extend_from_slice(&at.q);
        } else if progress > LATE && self.path.len() >= 50 * at.q.len() {
            let steps = (draw.leapfrogs / 2) as f64 * memory_of(&self.path, at.q.len());
            self.length = Some((0.4 * step * steps).clamp(0.3 * length, 3.0 * length));
            self.path = Vec::new();
        }
    }
    fn renewal(&mut self) -> Option<Metric> {
        match self.plan.metric {
            MetricKind::Dense => dense(&self.foreground),
            _ if self.low_rank => {
                self.renewed = self.foreground.count;
                low_rank(&self.foreground)
            }
            _ => self.foreground.inverse_mass().map(|inverse_mass| Metric::Diagonal { inverse_mass }),
        }
    }
}

/// The plan, and with it how the step is found, is the composition's, and does not pass.
impl Persist for Adaptation {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            plan: _,
            pace,
            length,
            path,
            foreground,
            background,
            size,
            done,
            metric_changed,
            learned,
            renewed,
            effort,
            low_rank,
            trial,
            aim,
        } = self;
        match pace {
            Pace::Dual(dual) => dual.pass(archive)?,
            Pace::Energy(tuning) => tuning.pass(archive)?,
        }
        length.pass(archive)?;
        path.pass(archive)?;
        foreground.pass(archive)?;
        background.pass(archive)?;
        size.pass(archive)?;
        done.pass(archive)?;
        metric_changed.pass(archive)?;
        learned.pass(archive)?;
        renewed.pass(archive)?;
        effort.pass(archive)?;
        low_rank.pass(archive)?;
        if let Some(trial) = trial {
            trial.pass(archive)?;
        }
        aim.pass(archive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Warm-ups of 500 transitions with an acceptance of 1 / (1 + step^2): 0.7 at a step of 0.655, 0.8 at 0.5. A divergence in the
    /// last part, be it the last transition of all, leaves the step between the two; one just before it leaves time to find 0.5.
    #[test]
    fn a_late_divergence_does_not_spoil_the_step() {
        let step = |diverges: u64| {
            let plan = Adapt { warmup: 500, target: None, metric: MetricKind::Unit };
            let mut adaptation = Adaptation::new(plan, 1, Kernel::Nuts { max_depth: 10 });
            let (at, mut metric, mut step) = (Point::zeros(1), Metric::Unit, 1.0);
            adaptation.step_found(step);
            for k in 1..=500 {
                let diverging = k == diverges;
                let acceptance = if diverging { 0.0 } else { 1.0 / (1.0 + step * step) };
                let draw = Draw { acceptance, symmetric: acceptance, diverging, moved: true, ..Draw::default() };
                adaptation.update(&draw, &at, &mut metric, &mut step);
            }
            step
        };
        for (diverges, low, high) in
            [(0, 0.64, 0.67), (500, 0.63, 0.67), (495, 0.6, 0.65), (450, 0.53, 0.6), (425, 0.49, 0.51)]
        {
            let found = step(diverges);
            assert!(low < found && found < high, "a divergence in transition {diverges}: {found}");
        }
    }
}
