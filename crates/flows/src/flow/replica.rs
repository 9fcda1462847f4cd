//! One ladder of parallel tempering: its chains, their swaps, and what they say about log Z.
use super::tempering::Reference;
use crate::scheme::metropolis::{Adapt, Chain, Kernel};
use steepest_core::{Archive, Batch, Fault, Persist, Potential, Tick, Workspace};
use steepest_kernels::{normals, uniforms};

/// Randomness of swaps and of the reference.
const SWAPS: u16 = 0x110;
const FRESH: u16 = 0x111;

/// What a ladder stands on.
pub(super) struct Place<'a> {
    pub v: &'a dyn Potential,
    pub beta: f64,
    pub betas: &'a [f64],
    pub reference: &'a Reference,
    /// Whether what is seen does not count yet.
    pub warm: bool,
}

/// log of a mean of exponentials, one at a time.
#[derive(Clone, Copy, Debug)]
struct LogMean {
    most: f64,
    sum: f64,
    count: f64,
}
impl LogMean {
    const NOTHING: LogMean = LogMean { most: f64::NEG_INFINITY, sum: 0.0, count: 0.0 };
    fn push(&mut self, log: f64) {
        self.count += 1.0;
        if log == f64::NEG_INFINITY {
            return;
        }
        if log > self.most {
            self.sum *= (self.most - log).exp();
            self.most = log;
        }
        self.sum += (log - self.most).exp();
    }
    fn value(&self) -> f64 {
        self.most + (self.sum / self.count).ln()
    }
}

/// One ladder.
#[derive(Debug)]
pub struct Replica {
    id: u64,
    /// Rungs 1, 2, ...; the last is at the target.
    pub chains: Vec<Chain>,
    /// U = beta V - V_0 where each rung is, rung 0 first.
    gap: Vec<f64>,
    /// The draw of the reference.
    fresh: Vec<f64>,
    /// Whether what stands on a rung has been at the reference since it was last at the target.
    rising: Vec<bool>,
    /// How often a draw of the reference has come up to the target, warm-up left out.
    pub restarts: u64,
    /// Of each interval: the sum of the rejection probabilities of swaps, and their number.
    pub(super) refused: Vec<[f64; 2]>,
    /// Means of exp(-(b' - b) U / 2) from below and of its inverse from above, for each interval.
    stones: Vec<[LogMean; 2]>,
    x: Vec<f64>,
    values: Vec<f64>,
    gradients: Vec<f64>,
    answer: [Vec<f64>; 2],
    wanting: Vec<usize>,
    work: Workspace,
}

impl Replica {
    pub(super) fn new(c: usize, start: &[f64], (kernel, adapt): (Kernel, Option<Adapt>), rungs: usize) -> Self {
        let chain = |k: usize| Chain::new((c * rungs + k) as u64, start, kernel, adapt);
        let d = start.len();
        Replica {
            id: c as u64,
            chains: (1..rungs).map(chain).collect(),
            gap: vec![f64::NAN; rungs],
            fresh: vec![0.0; d],
            rising: vec![false; rungs],
            restarts: 0,
            refused: vec![[0.0; 2]; rungs - 1],
            stones: vec![[LogMean::NOTHING; 2]; rungs - 1],
            x: Vec::new(),
            values: Vec::new(),
            gradients: Vec::new(),
            answer: [vec![0.0; d], vec![0.0; d]],
            wanting: Vec::new(),
            work: Workspace::default(),
        }
    }
    /// The rungs have moved: energies are to be seen anew.
    pub(super) fn moved(&mut self) {
        self.chains.iter_mut().for_each(Chain::look_again);
        self.forget();
    }
    /// Swaps so far no longer count.
    pub(super) fn forget(&mut self) {
        self.refused.fill([0.0; 2]);
    }
    /// `count` rounds. Returns gradients and the sum of the acceptances at the target.
    pub(super) fn advance(&mut self, place: &Place<'_>, at: Tick, h: f64, count: u64) -> Result<(u64, f64), Fault> {
        let (mut gradients, mut accepted) = (0, 0.0);
        for round in 0..count {
            let tick = Tick { step: at.step + round, ..at };
            gradients += self.transitions(place, tick, h)?;
            accepted += self.chains.last().and_then(|top| top.tape.draws.last()).map_or(0.0, |draw| draw.acceptance);
            self.refresh(place, tick);
            gradients += 1;
            if !place.warm {
                self.weigh(place);
            }
            self.swap(place, tick);
            let top = self.chains.len();
            // Only the target's draws are kept.
            self.chains.iter_mut().take(top - 1).for_each(|chain| chain.tape.clear());
        }
        Ok((gradients, accepted))
    }
    /// One transition of every chain, served together.
    fn transitions(&mut self, place: &Place<'_>, at: Tick, h: f64) -> Result<u64, Fault> {
        let (d, mut gradients) = (self.fresh.len(), 0);
        self.wanting.clear();
        self.wanting.extend(0..self.chains.len());
        for chain in &mut self.chains {
            chain.settle_at(h);
            chain.begin(at);
        }
        while !self.wanting.is_empty() {
            let n = self.wanting.len();
            self.x.resize(n * d, 0.0);
            for (i, &c) in self.wanting.iter().enumerate() {
                self.chains[c].ask().iter().enumerate().for_each(|(j, q)| self.x[j * n + i] = *q);
            }
            self.values.clear();
            self.values.resize(n, 0.0);
            self.gradients.clear();
            self.gradients.resize(n * d, 0.0);
            let batch = Batch { n, d, x: &self.x };
            place.v.values_and_gradients(batch, place.beta, &mut self.values, &mut self.gradients, &mut self.work);
            gradients += n as u64;
            let (chains, gap, answer) = (&mut self.chains, &mut self.gap, &mut self.answer);
            let (x, values, slopes) = (&self.x, &self.values, &self.gradients);
            let mut i = 0;
            let mut fault = None;
            self.wanting.retain(|&c| {
                let (b, [point, slope]) = (place.betas[c + 1], &mut *answer);
                (0..d).for_each(|j| point[j] = x[j * n + i]);
                let reference = place.reference.look(point, slope);
                (0..d).for_each(|j| slope[j] = (1.0 - b) * slope[j] + b * slopes[j * n + i]);
                let value = (1.0 - b) * reference + b * values[i];
                i += 1;
                let chain = &mut chains[c];
                let ended = chain.give(at, value, slope);
                if chain.transitions == 0 && !chain.started() {
                    fault = Some(Fault::InfiniteStart { replica: self.id });
                }
                if ended {
                    let here = place.reference.look(&chain.point().q, point);
                    gap[c + 1] = (chain.point().value - here) / b;
                }
                !ended
            });
            if let Some(fault) = fault {
                return Err(fault);
            }
        }
        Ok(gradients)
    }
    /// Rung 0: an independent draw of the reference.
    fn refresh(&mut self, place: &Place<'_>, at: Tick) {
        normals(at.key, at.step, FRESH, self.id << 32, &mut self.fresh);
        let Reference { mean, sd } = place.reference;
        self.fresh.iter_mut().zip(mean.iter().zip(sd)).for_each(|(x, (m, s))| *x = m + s * *x);
        let mut value = [0.0];
        let batch = Batch { n: 1, d: self.fresh.len(), x: &self.fresh };
        place.v.values(batch, place.beta, &mut value, &mut self.work);
        let gap = value[0] - place.reference.look(&self.fresh, &mut self.answer[0]);
        self.gap[0] = if gap.is_nan() { f64::INFINITY } else { gap };
        self.rising[0] = true;
    }
    /// What each rung says about the ratio of its normalisation to its neighbours'.
    fn weigh(&mut self, place: &Place<'_>) {
        for (k, [up, down]) in self.stones.iter_mut().enumerate() {
            let half = 0.5 * (place.betas[k + 1] - place.betas[k]);
            up.push(-half * self.gap[k]);
            down.push(half * self.gap[k + 1]);
        }
    }
    /// log Z: the sum over intervals of log(E_b exp(-h U) / E_b' exp(h U)), h = (b' - b) / 2: stones halfway, each of which has a
    /// variance from both sides [MengWong1996, Eq. 3.5], as a whole interval's may not have from above.
    pub(super) fn log_z(&self) -> f64 {
        self.stones.iter().map(|[up, down]| up.value() - down.value()).sum()
    }
    /// Even pairs in even rounds, odd ones in odd rounds: deterministic, so that draws drift instead of diffusing.
    fn swap(&mut self, place: &Place<'_>, at: Tick) {
        let mut uniform = [0.0];
        for k in ((at.step % 2) as usize..place.betas.len() - 1).step_by(2) {
            let work = (place.betas[k + 1] - place.betas[k]) * (self.gap[k + 1] - self.gap[k]);
            let acceptance = if work.is_nan() { 0.0 } else { work.exp().min(1.0) };
            self.refused[k][0] += 1.0 - acceptance;
            self.refused[k][1] += 1.0;
            uniforms(at.key, at.step, SWAPS, (self.id << 32) + k as u64, &mut uniform);
            if uniform[0] >= acceptance {
                continue;
            }
            self.gap.swap(k, k + 1);
            self.rising.swap(k, k + 1);
            let (below, above) = self.chains.split_at_mut(k);
            let Some(upper) = above.first_mut() else { continue };
            let [point, slope] = &mut self.answer;
            match below.last_mut() {
                None => point.copy_from_slice(&self.fresh), // the reference is drawn anew anyway
                Some(lower) => {
                    point.copy_from_slice(&lower.point().q);
                    lower.move_to(&upper.point().q, f64::NAN);
                }
            }
            // At the target b = 1, and beta V = U + V_0.
            upper.move_to(point, self.gap[k + 1] + place.reference.look(point, slope));
        }
        let top = self.rising.len() - 1;
        if self.rising[top] {
            self.rising[top] = false;
            self.restarts += u64::from(!place.warm);
        }
    }
}

impl Persist for LogMean {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { most, sum, count } = self;
        [most, sum, count].into_iter().try_for_each(|number| number.pass(archive))
    }
}
/// Between two rounds: the draw of the reference and the buffers are made anew in each.
impl Persist for Replica {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            id: _,
            chains,
            gap,
            fresh: _,
            rising,
            restarts,
            refused,
            stones,
            x: _,
            values: _,
            gradients: _,
            answer: _,
            wanting: _,
            work: _,
        } = self;
        chains[..].pass(archive)?;
        gap[..].pass(archive)?;
        rising[..].pass(archive)?;
        restarts.pass(archive)?;
        refused.iter_mut().try_for_each(|sums| sums[..].pass(archive))?;
        stones.iter_mut().try_for_each(|stone| stone[..].pass(archive))
    }
}
