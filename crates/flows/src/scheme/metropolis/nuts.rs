//! The no-U-turn sampler as a machine: iterative doubling, multinomial sampling, generalised U-turns.
//!
//! A subtree of 2^j leaves is walked leaf by leaf. Leaf k (from 0) closes as many subtrees as k has trailing one bits;
//! each began at an even leaf, whose momentum and running momentum sum were kept in the slot given by its set bits. So a
//! tree of depth j needs j slots and no recursion [Phan2019].
//!
//! Where two halves join, the criterion is also asked across the seam: from the far end of each half to the first point of
//! the other. Without it a trajectory that spans a whole period looks as if it had not turned, and is doubled for nothing.
use super::trajectory::Answer;
use super::{DIVERGENCE, Draw, Metric, Point};

/// One NUTS transition under way.
#[derive(Clone, Debug)]
pub struct Nuts {
    max_depth: u32,
    /// The ends of the trajectory so far.
    ends: [Point; 2],
    /// Sum of the momenta along it.
    rho: Vec<f64>,
    log_weight: f64,
    depth: u32,
    start_energy: f64,
    kinetic: f64,
    first_error: f64,
    sample: Point,
    sample_energy: f64,
    subtree: Subtree,
    acceptance: f64,
    symmetric: f64,
    leapfrogs: u64,
    moved: bool,
}
/// The half of the trajectory that is being added.
#[derive(Clone, Debug)]
struct Subtree {
    /// 1: towards later times, from `ends[1]`; 0: towards earlier ones.
    side: usize,
    moving: Point,
    proposal: Point,
    proposal_energy: f64,
    rho: Vec<f64>,
    log_weight: f64,
    leaves: u64,
    /// Momentum of the first leaf, and of the one before the latest.
    first: Vec<f64>,
    previous: Vec<f64>,
    slots: Vec<Slot>,
}
/// An even leaf that began an open subtree.
#[derive(Clone, Debug)]
struct Slot {
    /// Its momentum.
    p: Vec<f64>,
    /// The momentum of the leaf before it.
    before: Vec<f64>,
    /// Sum of momenta up to and with it.
    rho: Vec<f64>,
}

/// log(e^a + e^b)
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

fn add(a: &[f64], b: &[f64], sum: &mut [f64]) {
    for k in 0..sum.len() {
        sum[k] = a[k] + b[k];
    }
}

impl Nuts {
    pub(super) fn new(d: usize, max_depth: u32) -> Self {
        let max_depth = max_depth.clamp(1, 30);
        Nuts {
            max_depth,
            ends: [Point::zeros(d), Point::zeros(d)],
            rho: vec![0.0; d],
            log_weight: 0.0,
            depth: 0,
            start_energy: 0.0,
            kinetic: 0.0,
            first_error: 0.0,
            sample: Point::zeros(d),
            sample_energy: 0.0,
            subtree: Subtree {
                side: 1,
                moving: Point::zeros(d),
                proposal: Point::zeros(d),
                proposal_energy: 0.0,
                rho: vec![0.0; d],
                log_weight: f64::NEG_INFINITY,
                leaves: 0,
                first: vec![0.0; d],
                previous: vec![0.0; d],
                slots: vec![Slot { p: vec![0.0; d], before: vec![0.0; d], rho: vec![0.0; d] }; max_depth as usize],
            },
            acceptance: 0.0,
            symmetric: 0.0,
            leapfrogs: 0,
            moved: false,
        }
    }
    /// Leaves `from`, whose momentum is fresh; `uniform` chooses the first direction.
    pub(super) fn begin(&mut self, from: &Point, uniform: f64, step: f64, metric: &Metric, scratch: &mut [f64]) {
        self.kinetic = metric.kinetic(&from.p, &mut scratch[..from.q.len()]);
        self.start_energy = from.value + self.kinetic;
        self.ends.iter_mut().for_each(|end| end.set(from));
        self.sample.set(from);
        self.sample_energy = self.start_energy;
        self.rho.copy_from_slice(&from.p);
        (self.log_weight, self.depth, self.leapfrogs, self.moved) = (0.0, 0, 0, false);
        (self.acceptance, self.symmetric) = (0.0, 0.0);
        self.sprout(uniform, step, metric, scratch);
    }
    /// Starts the next doubling.
    fn sprout(&mut self, uniform: f64, step: f64, metric: &Metric, scratch: &mut [f64]) {
        let tree = &mut self.subtree;
        tree.side = usize::from(uniform < 0.5);
        tree.moving.set(&self.ends[tree.side]);
        tree.rho.fill(0.0);
        tree.log_weight = f64::NEG_INFINITY;
        tree.leaves = 0;
        tree.moving.depart(tree.signed(step), metric, &mut scratch[..self.rho.len()]);
    }
    pub(super) fn ask(&self) -> &[f64] {
        &self.subtree.moving.q
    }
    /// The next gradient, and a source of uniforms in (0, 1); the draw when the trajectory has ended, `at` then being where
    /// the chain is.
    pub(super) fn give(
        &mut self,
        seen: Answer<'_>,
        uniform: &mut dyn FnMut() -> f64,
        step: f64,
        metric: &Metric,
        at: &mut Point,
        scratch: &mut [f64],
    ) -> Option<Draw> {
        let tree = &mut self.subtree;
        let d = at.q.len();
        let energy = tree.moving.arrive(tree.signed(step), seen, metric, &mut scratch[..d]);
        let error = energy - self.start_energy;
        self.acceptance += (-error).exp().min(1.0);
        self.symmetric += 2.0 / (1.0 + error.abs().exp());
        self.leapfrogs += 1;
        if self.leapfrogs == 1 {
            self.first_error = error;
        }
        let diverging = error > DIVERGENCE;
        if diverging || tree.leaf(energy, error, uniform, metric, scratch) {
            return Some(self.finish(diverging, step, at)); // what the subtree proposed is dropped with it
        }
        if tree.leaves < 1 << self.depth {
            tree.moving.depart(tree.signed(step), metric, &mut scratch[..d]);
            return None;
        }
        // The subtree is whole and has not turned: join it.
        if uniform() < (tree.log_weight - self.log_weight).exp() {
            self.sample.set(&tree.proposal);
            self.sample_energy = tree.proposal_energy;
            self.moved = true;
        }
        let (near, far) = (&self.ends[tree.side].p, &self.ends[1 - tree.side].p);
        let (sum, rest) = scratch.split_at_mut(d);
        add(&self.rho, &tree.first, sum);
        let mut turned = metric.turning(far, &tree.first, sum, rest);
        add(&tree.rho, near, sum);
        turned |= metric.turning(near, &tree.moving.p, sum, rest);
        add(&self.rho, &tree.rho, sum);
        self.rho.copy_from_slice(sum);
        self.ends[tree.side].set(&tree.moving);
        turned |= metric.turning(&self.ends[0].p, &self.ends[1].p, &self.rho, rest);
        self.log_weight = log_add(self.log_weight, tree.log_weight);
        self.depth += 1;
        if turned || self.depth == self.max_depth {
            return Some(self.finish(false, step, at));
        }
        self.sprout(uniform(), step, metric, scratch);
        None
    }
    fn finish(&mut self, diverging: bool, step: f64, at: &mut Point) -> Draw {
        at.set(&self.sample);
        let leaves = self.leapfrogs as f64;
        Draw {
            energy: self.sample_energy,
            start_energy: self.start_energy,
            kinetic: self.kinetic,
            first_error: self.first_error,
            acceptance: self.acceptance / leaves,
            symmetric: self.symmetric / leaves,
            leapfrogs: self.leapfrogs,
            depth: self.depth,
            diverging,
            moved: self.moved,
            step,
            square_error: self.first_error * self.first_error,
        }
    }
}
impl Subtree {
    fn signed(&self, step: f64) -> f64 {
        if self.side == 1 { step } else { -step }
    }
    /// Takes the point just reached; true where one of the subtrees it closes has turned.
    fn leaf(
        &mut self,
        energy: f64,
        error: f64,
        uniform: &mut dyn FnMut() -> f64,
        metric: &Metric,
        scratch: &mut [f64],
    ) -> bool {
        self.log_weight = log_add(self.log_weight, -error);
        if self.leaves == 0 || uniform() < (-error - self.log_weight).exp() {
            self.proposal.set(&self.moving);
            self.proposal_energy = energy;
        }
        self.rho.iter_mut().zip(&self.moving.p).for_each(|(a, p)| *a += p);
        let (k, d) = (self.leaves, self.rho.len());
        self.leaves += 1;
        let latest = &self.moving.p;
        if k == 0 {
            self.first.copy_from_slice(latest);
        }
        let last = (k >> 1).count_ones() as usize;
        if k % 2 == 0 {
            if let Some(slot) = self.slots.get_mut(last) {
                slot.p.copy_from_slice(latest);
                slot.before.copy_from_slice(&self.previous);
                slot.rho.copy_from_slice(&self.rho);
            }
            return false;
        }
        self.previous.copy_from_slice(latest);
        let closed = k.trailing_ones() as usize;
        let (sum, rest) = scratch.split_at_mut(d);
        // Backwards in time the ends trade places; the criterion is symmetric in them.
        (last + 1 - closed..=last).any(|i| {
            let begin = &self.slots[i];
            for j in 0..d {
                sum[j] = self.rho[j] - begin.rho[j] + begin.p[j];
            }
            if metric.turning(&begin.p, latest, sum, rest) {
                return true;
            }
            if i == last {
                return false; // two leaves: no seam between halves of one
            }
            let middle = &self.slots[i + 1];
            for j in 0..d {
                sum[j] = middle.rho[j] - begin.rho[j] + begin.p[j];
            }
            if metric.turning(&begin.p, &middle.p, sum, rest) {
                return true;
            }
            for j in 0..d {
                sum[j] = self.rho[j] - middle.rho[j] + middle.p[j] + middle.before[j];
            }
            metric.turning(&middle.before, latest, sum, rest)
        })
    }
}
