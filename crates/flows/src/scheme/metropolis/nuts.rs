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
use steepest_kernels as kernels;

/// One NUTS transition under way.
#[derive(Clone, Debug)]
pub struct Nuts {
    max_depth: u32,
    /// The ends of the trajectory so far.
    ends: [Point; 2],
    /// Sum of the momenta along it.
    rho: Vec<f64>,
    weight: f64,
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
    /// Room for a sum of momenta.
    sum: Vec<f64>,
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
    weight: f64,
    leaves: u64,
    /// The first leaf's, and that of the one before the latest.
    first: Motion,
    previous: Motion,
    slots: Vec<Slot>,
}
/// An even leaf that began an open subtree.
#[derive(Clone, Debug)]
struct Slot {
    latest: Motion,
    /// That of the leaf before it.
    before: Motion,
    /// Sum of momenta up to and with it.
    rho: Vec<f64>,
}

/// exp(700): the most that a point of a trajectory weighs against its start.
const LARGEST: f64 = 1e304;

/// A momentum p and its velocity M^-1 p.
#[derive(Clone, Debug, Default)]
struct Motion {
    p: Vec<f64>,
    v: Vec<f64>,
}
impl Motion {
    fn zeros(d: usize) -> Self {
        Motion { p: vec![0.0; d], v: vec![0.0; d] }
    }
    fn set(&mut self, [p, v]: [&[f64]; 2]) {
        self.p.copy_from_slice(p);
        self.v.copy_from_slice(v);
    }
    fn view(&self) -> [&[f64]; 2] {
        [&self.p, &self.v]
    }
}
impl Point {
    fn motion(&self) -> [&[f64]; 2] {
        [&self.p, &self.velocity]
    }
}
/// The generalised U-turn criterion with the trapezoidal correction [Betancourt2017, A.4.2]: whether the momentum summed
/// over a trajectory, `sum`, no longer points along both of its ends, as the metric measures it.
fn turning(left: [&[f64]; 2], right: [&[f64]; 2], sum: &[f64]) -> bool {
    // A short vector costs less than asking which instructions there are.
    if sum.len() <= 16 {
        return turned(left, right, sum);
    }
    kernels::simd(
        #[inline(always)]
        || turned(left, right, sum),
    )
}
/// Both products in one pass; element k goes to lane k mod 8, so that the bits are the same with any instructions.
#[inline(always)]
fn turned(left: [&[f64]; 2], right: [&[f64]; 2], sum: &[f64]) -> bool {
    let mut along = [[0.0; 8]; 2];
    let (l, l_tail) = left[0].as_chunks::<8>();
    let (r, r_tail) = right[0].as_chunks::<8>();
    let (lv, lv_tail) = left[1].as_chunks::<8>();
    let (rv, rv_tail) = right[1].as_chunks::<8>();
    let (s, s_tail) = sum.as_chunks::<8>();
    for ((s, (l, r)), (lv, rv)) in s.iter().zip(l.iter().zip(r)).zip(lv.iter().zip(rv)) {
        for k in 0..8 {
            let inner = s[k] - 0.5 * (l[k] + r[k]);
            along[0][k] += lv[k] * inner;
            along[1][k] += rv[k] * inner;
        }
    }
    for (k, ((s, (l, r)), (lv, rv))) in
        s_tail.iter().zip(l_tail.iter().zip(r_tail)).zip(lv_tail.iter().zip(rv_tail)).enumerate()
    {
        let inner = s - 0.5 * (l + r);
        along[0][k] += lv * inner;
        along[1][k] += rv * inner;
    }
    along.iter().any(|a| ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7])) <= 0.0)
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
            weight: 1.0,
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
                weight: 0.0,
                leaves: 0,
                first: Motion::zeros(d),
                previous: Motion::zeros(d),
                slots: vec![
                    Slot { latest: Motion::zeros(d), before: Motion::zeros(d), rho: vec![0.0; d] };
                    max_depth as usize
                ],
            },
            acceptance: 0.0,
            symmetric: 0.0,
            leapfrogs: 0,
            moved: false,
            sum: vec![0.0; d],
        }
    }
    /// Leaves `from`, whose momentum is fresh; `uniform` chooses the first direction.
    pub(super) fn begin(&mut self, from: &Point, uniform: f64, step: f64, metric: &Metric) {
        self.sample.settle(from);
        let [early, late] = &mut self.ends;
        early.set(from);
        self.kinetic = early.launch(metric);
        late.set(early);
        self.start_energy = from.value + self.kinetic;
        self.sample_energy = self.start_energy;
        self.rho.copy_from_slice(&from.p);
        (self.weight, self.depth, self.leapfrogs, self.moved) = (1.0, 0, 0, false);
        (self.acceptance, self.symmetric) = (0.0, 0.0);
        self.sprout(uniform, step);
    }
    /// Starts the next doubling.
    fn sprout(&mut self, uniform: f64, step: f64) {
        let tree = &mut self.subtree;
        tree.side = usize::from(uniform < 0.5);
        tree.moving.set(&self.ends[tree.side]);
        tree.rho.fill(0.0);
        tree.weight = 0.0;
        tree.leaves = 0;
        tree.moving.depart(tree.signed(step));
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
    ) -> Option<Draw> {
        let tree = &mut self.subtree;
        let energy = tree.moving.arrive(tree.signed(step), seen, metric);
        let error = energy - self.start_energy;
        let ratio = (-error.abs()).exp();
        // Beyond exp(700) nothing else weighs anything, and 2^10 of them are still finite.
        let weight = if error > 0.0 { ratio } else { (1.0 / ratio).min(LARGEST) };
        self.acceptance += if error > 0.0 { ratio } else { 1.0 };
        self.symmetric += 2.0 * ratio / (1.0 + ratio);
        self.leapfrogs += 1;
        if self.leapfrogs == 1 {
            self.first_error = error;
        }
        let diverging = error > DIVERGENCE;
        if diverging || tree.leaf(energy, weight, uniform, &mut self.sum) {
            // What the subtree proposed is dropped with it.
            return Some(Draw { outside: !seen.value.is_finite(), ..self.finish(diverging, step, at) });
        }
        if tree.leaves < 1 << self.depth {
            tree.moving.depart(tree.signed(step));
            return None;
        }
        // The subtree is whole and has not turned: join it.
        if uniform() * self.weight < tree.weight {
            std::mem::swap(&mut self.sample, &mut tree.proposal);
            self.sample_energy = tree.proposal_energy;
            self.moved = true;
        }
        let (near, far) = (self.ends[tree.side].motion(), self.ends[1 - tree.side].motion());
        let sum = &mut self.sum;
        add(&self.rho, &tree.first.p, sum);
        let mut turned = turning(far, tree.first.view(), sum);
        add(&tree.rho, near[0], sum);
        turned |= turning(near, tree.moving.motion(), sum);
        add(&self.rho, &tree.rho, sum);
        turned |= turning(far, tree.moving.motion(), sum);
        std::mem::swap(&mut self.rho, sum);
        std::mem::swap(&mut self.ends[tree.side], &mut tree.moving);
        self.weight = (self.weight + tree.weight).min(1024.0 * LARGEST);
        self.depth += 1;
        if turned || self.depth == self.max_depth {
            return Some(self.finish(false, step, at));
        }
        self.sprout(uniform(), step);
        None
    }
    fn finish(&mut self, diverging: bool, step: f64, at: &mut Point) -> Draw {
        at.settle(&self.sample);
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
            outside: false,
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
    fn leaf(&mut self, energy: f64, weight: f64, uniform: &mut dyn FnMut() -> f64, sum: &mut [f64]) -> bool {
        self.weight = (self.weight + weight).min(1024.0 * LARGEST);
        if self.leaves == 0 || uniform() * self.weight < weight {
            self.proposal.settle(&self.moving);
            self.proposal_energy = energy;
        }
        self.rho.iter_mut().zip(&self.moving.p).for_each(|(a, p)| *a += p);
        let (k, d) = (self.leaves, self.rho.len());
        self.leaves += 1;
        let latest = self.moving.motion();
        if k == 0 {
            self.first.set(latest);
        }
        let last = (k >> 1).count_ones() as usize;
        if k % 2 == 0 {
            if let Some(slot) = self.slots.get_mut(last) {
                slot.latest.set(latest);
                // An odd leaf is looked back at once.
                std::mem::swap(&mut slot.before, &mut self.previous);
                slot.rho.copy_from_slice(&self.rho);
            }
            return false;
        }
        self.previous.set(latest);
        let closed = k.trailing_ones() as usize;
        // Backwards in time the ends trade places; the criterion is symmetric in them.
        (last + 1 - closed..=last).any(|i| {
            let begin = &self.slots[i];
            for j in 0..d {
                sum[j] = self.rho[j] - begin.rho[j] + begin.latest.p[j];
            }
            if turning(begin.latest.view(), latest, sum) {
                return true;
            }
            if i == last {
                return false; // two leaves: no seam between halves of one
            }
            let middle = &self.slots[i + 1];
            for j in 0..d {
                sum[j] = middle.rho[j] - begin.rho[j] + begin.latest.p[j];
            }
            if turning(begin.latest.view(), middle.latest.view(), sum) {
                return true;
            }
            for j in 0..d {
                sum[j] = self.rho[j] - middle.rho[j] + middle.latest.p[j] + middle.before.p[j];
            }
            turning(middle.before.view(), latest, sum)
        })
    }
}
