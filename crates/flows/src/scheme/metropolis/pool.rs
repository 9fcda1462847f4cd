//! Warm-up that many chains share: one step, one metric, one length of trajectories, from all of them at once.
use super::low_rank::{dense, low_rank};
use super::window::Window;
use super::{Adapt, CAREFUL, Chain, Damping, DualAveraging, Kernel, Metric, MetricKind, Stretch};
use steepest_core::{Archive, Batch, Persist};
use steepest_kernels as kernels;

/// What the chains of a pool have in common. They meet in warm-up alone: afterwards each goes its own way with what was found, so
/// draws of different chains are independent given it.
///
/// Windows overlap as those of a single chain do ([`super::Adaptation`]), but are counted in transitions: with a thousand chains
/// two or three transitions say all there is to know about the scales. Every sum over chains is taken in their order.
#[derive(Clone, Debug)]
pub struct Pool {
    plan: Adapt,
    dual: DualAveraging,
    metric: Metric,
    /// The length of trajectories, where it is to be found.
    stretch: Option<Stretch>,
    /// How fast momenta are forgotten, where they are kept in part.
    damping: Option<Damping>,
    foreground: Window,
    background: Window,
    /// Transitions since the background was opened, and at which it takes over.
    open: u64,
    size: u64,
    done: u64,
    switches: u64,
    /// Leapfrogs of a transition since the last switch, summed.
    effort: f64,
    low_rank: bool,
    /// Draws that the metric was made of.
    learned: usize,
    /// Whether acceptances are averaged harmonically.
    harmonic: bool,
}
/// An acceptance below this counts as this in a harmonic mean: one chain that is stuck should not hold up a thousand.
const LEAST: f64 = 0.01;
/// A trajectory has no more leapfrogs than this, however long it should be.
const MOST_LEAPFROGS: f64 = 1000.0;
/// As for a single chain.
const LONG: f64 = 10.0;
const TOLERATED: f64 = 4.0;

impl Pool {
    /// Of `chains` in dimension d that move by `kernel`.
    pub fn new(plan: Adapt, d: usize, chains: usize, kernel: Kernel) -> Self {
        let window = Window::new(d, plan.metric);
        let (stretch, harmonic) = match kernel {
            Kernel::Shared { length, .. } => (length.is_none().then(|| Stretch::new(plan.warmup)), true),
            Kernel::Persistent => (None, true),
            _ => (None, false),
        };
        let damping = (kernel == Kernel::Persistent).then(Damping::new);
        Pool {
            plan,
            dual: DualAveraging::new(0.1, plan.target.unwrap_or(CAREFUL)),
            metric: Metric::Unit,
            stretch,
            damping,
            foreground: window.clone(),
            background: window,
            open: 0,
            size: 10u64.div_ceil(chains.max(1) as u64).max(2),
            done: 0,
            switches: 0,
            effort: 0.0,
            low_rank: plan.metric == MetricKind::LowRank,
            learned: 0,
            harmonic,
        }
    }
    /// Transitions of warm-up that are left.
    pub fn left(&self) -> u64 {
        self.plan.warmup.saturating_sub(self.done)
    }
    /// Whether nothing has been seen yet.
    pub fn fresh(&self) -> bool {
        self.done == 0
    }
    /// The metric the chains move in.
    pub fn metric(&self) -> &Metric {
        &self.metric
    }
    /// Draws of all chains that it was made of.
    pub fn learned(&self) -> usize {
        self.learned
    }
    /// The step they move with: in warm-up that of the search, afterwards its average.
    pub fn step(&self) -> f64 {
        if self.left() > 0 { self.dual.current() } else { self.dual.averaged() }
    }
    /// The length of their trajectories, where it is found here.
    pub fn length(&self) -> Option<f64> {
        let stretch = self.stretch.as_ref()?;
        let length = if self.left() > 0 { stretch.current() } else { stretch.averaged() };
        Some(length.min(MOST_LEAPFROGS * self.step()))
    }
    /// The share of a momentum that a chain keeps from one leapfrog to the next, where that is found here: exp(-gamma e), but all is
    /// forgotten by and by in the first transitions, when gamma is not known yet.
    pub fn persistence(&self) -> Option<f64> {
        let damping = self.damping.as_ref()?;
        let slowest = 1.0 / (self.done + 1) as f64;
        Some((-(damping.rate() * self.step()).max(slowest)).exp())
    }
    /// The metric to start with: one over the mean size of the first gradients, `gradients[j n + i]`.
    pub fn begin(&mut self, gradients: &[f64], n: usize) {
        if self.plan.metric == MetricKind::Unit {
            return;
        }
        let size = |column: &[f64]| {
            let finite = || column.iter().map(|g| g.abs()).filter(|g| g.is_finite());
            finite().sum::<f64>() / finite().count().max(1) as f64
        };
        let inverse_mass = gradients.chunks_exact(n.max(1)).map(|column| 1.0 / size(column).clamp(1e-10, 1e10));
        self.metric = Metric::Diagonal { inverse_mass: inverse_mass.collect() };
    }
    /// Takes one transition of every chain, which came from `before`. True where the metric has changed.
    pub fn update(&mut self, before: Batch<'_>, chains: &[Chain]) -> bool {
        let draws = || chains.iter().filter_map(|chain| chain.tape.draws.last());
        self.done += 1;
        let progress = self.done as f64 / self.plan.warmup as f64;
        let (early, late) = (progress < 0.3, progress > 0.85);
        let n = chains.len() as f64;
        let acceptance = if self.harmonic {
            n / draws().map(|draw| 1.0 / draw.acceptance.max(LEAST)).sum::<f64>()
        } else {
            draws().map(|draw| if early { draw.acceptance } else { draw.symmetric }).sum::<f64>() / n
        };
        self.dual.update(acceptance);
        if let Some(stretch) = &mut self.stretch {
            stretch.update(before, chains, &self.metric);
        }
        if let Some(damping) = &mut self.damping {
            damping.update(chains, &self.metric);
        }
        if late || self.plan.metric == MetricKind::Unit {
            return false;
        }
        for (chain, draw) in chains.iter().zip(draws()) {
            if draw.moved && !(early && draw.diverging) {
                self.foreground.push(&chain.point().q, &chain.point().gradient);
                self.background.push(&chain.point().q, &chain.point().gradient);
            }
        }
        self.effort += draws().map(|draw| draw.leapfrogs as f64).sum::<f64>() / n;
        self.open += 1;
        let switch = self.open >= self.size;
        let mut changed = false;
        if switch && self.plan.metric == MetricKind::Auto && !self.low_rank && self.effort / self.open as f64 > LONG {
            let found = low_rank(&self.foreground).filter(|found| found.condition() > TOLERATED);
            self.low_rank = found.is_some();
        }
        // What costs more than a pass over the draws waits for a switch.
        let costly = self.low_rank || self.plan.metric == MetricKind::Dense;
        if (switch || !costly)
            && self.foreground.count >= 10
            && let Some(found) = self.renewal()
        {
            self.metric = found;
            self.learned = self.foreground.count;
            changed = true;
        }
        if switch {
            std::mem::swap(&mut self.foreground, &mut self.background);
            self.background.reset();
            (self.open, self.effort) = (0, 0.0);
            self.size = (self.size * 3).div_ceil(2);
            self.switches += 1;
            if self.switches == 1 {
                self.dual = DualAveraging::new(self.dual.current(), self.plan.target.unwrap_or(CAREFUL));
            }
        }
        changed
    }
    fn renewal(&self) -> Option<Metric> {
        match self.plan.metric {
            MetricKind::Dense => dense(&self.foreground),
            _ if self.low_rank => low_rank(&self.foreground),
            _ => self.foreground.inverse_mass().map(|inverse_mass| Metric::Diagonal { inverse_mass }),
        }
    }
}

/// The plan, and with it what is found, is the composition's, and does not pass.
impl Persist for Pool {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            plan: _,
            dual,
            metric,
            stretch,
            damping,
            foreground,
            background,
            open,
            size,
            done,
            switches,
            effort,
            low_rank,
            learned,
            harmonic: _,
        } = self;
        dual.pass(archive)?;
        metric.pass(archive)?;
        if let Some(stretch) = stretch {
            stretch.pass(archive)?;
        }
        if let Some(damping) = damping {
            damping.pass(archive)?;
        }
        foreground.pass(archive)?;
        background.pass(archive)?;
        [open, size, done, switches].into_iter().try_for_each(|count| count.pass(archive))?;
        effort.pass(archive)?;
        low_rank.pass(archive)?;
        learned.pass(archive)
    }
}

/// A number of the van der Corput sequence in base 2, which is Halton's first: k and all before it fill (0, 1) evenly.
///
/// ```
/// use steepest_flows::scheme::metropolis::van_der_corput;
/// assert_eq!([1, 2, 3, 4].map(van_der_corput), [0.5, 0.25, 0.75, 0.125]);
/// ```
pub fn van_der_corput(k: u64) -> f64 {
    (k.reverse_bits() >> 11) as f64 / (1u64 << 53) as f64
}
/// A mean of `f` over chains.
pub(super) fn mean(n: usize, f: impl Fn(usize) -> f64) -> f64 {
    let values: Vec<f64> = (0..n).map(f).collect();
    kernels::sum(&values) / n as f64
}
