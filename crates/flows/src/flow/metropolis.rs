//! Metropolised chains of a Langevin or an underdamped flow: every replica is a chain, threads take groups of chains.
use crate::functional::{Hamiltonian, PotentialEnergy};
use crate::geometry::{Euclidean, Friction, Symplectic};
use crate::noise::Thermal;
use crate::scheme::in_order;
use crate::scheme::metropolis::{Adapt, Chain, Kernel};
use crate::state::{Cloud, Phase};
use steepest_core::{Archive, Batch, Fault, Flow, Persist, Potential, Scheme, Stride, Sum, Tick, Workspace};

/// MALA, HMC or NUTS: one stride is one transition of every chain, and leaves exp(-beta F) invariant.
///
/// The stride h is the first step: adaptation, where asked for, starts its search there. Law: the same bits for every number
/// of threads, and for `advance(count)` as for `count` strides.
#[derive(Clone, Copy, Debug)]
pub struct Metropolis {
    /// How to propose.
    pub kernel: Kernel,
    /// Warm-up, which a chain does in its first transitions.
    pub adapt: Option<Adapt>,
    /// Threads that take groups of chains.
    pub threads: usize,
}
/// The chains and the buffers they are served from.
#[derive(Debug, Default)]
pub struct Chains {
    /// One a replica.
    pub chains: Vec<Chain>,
    servers: Vec<Server>,
}
/// Gathers the questions of a group of chains into one batch.
#[derive(Debug, Default)]
#[repr(align(128))] // two threads that write to one cache line wait for each other
pub(super) struct Server {
    x: Vec<f64>,
    values: Vec<f64>,
    gradients: Vec<f64>,
    answer: Vec<f64>,
    wanting: Vec<usize>,
    done: Vec<u64>,
    work: Workspace,
}
/// Chains a batch at most: enough to fill the vectors, few enough to stay in cache.
pub(super) const GROUP: usize = 64;

impl Server {
    /// `count` transitions of every chain, each at its own pace. Returns (gradients, sum of acceptances).
    pub(super) fn advance(
        &mut self,
        v: &dyn Potential,
        beta: f64,
        at: Tick,
        count: u64,
        chains: &mut [Chain],
    ) -> Result<(u64, f64), Fault> {
        let d = chains.first().map_or(0, |chain| chain.point().q.len());
        let tick = |done: u64| Tick { step: at.step + done, ..at };
        let (mut gradients, mut accepted) = (0, 0.0);
        self.done.clear();
        self.done.resize(chains.len(), 0);
        self.answer.resize(d, 0.0);
        chains.iter_mut().for_each(|chain| chain.begin(at));
        loop {
            self.wanting.clear();
            self.wanting.extend((0..chains.len()).filter(|&c| self.done[c] < count));
            let n = self.wanting.len();
            if n == 0 {
                return Ok((gradients, accepted));
            }
            self.x.resize(n * d, 0.0);
            for (i, &c) in self.wanting.iter().enumerate() {
                for (j, q) in chains[c].ask().iter().enumerate() {
                    self.x[j * n + i] = *q;
                }
            }
            self.values.clear();
            self.values.resize(n, 0.0);
            self.gradients.clear();
            self.gradients.resize(n * d, 0.0);
            let batch = Batch { n, d, x: &self.x };
            v.values_and_gradients(batch, beta, &mut self.values, &mut self.gradients, &mut self.work);
            gradients += n as u64;
            for (i, &c) in self.wanting.iter().enumerate() {
                let chain = &mut chains[c];
                for (j, g) in self.answer.iter_mut().enumerate() {
                    *g = self.gradients[j * n + i];
                }
                let ended = chain.give(tick(self.done[c]), self.values[i], &self.answer);
                if chain.transitions == 0 && !chain.started() {
                    return Err(Fault::InfiniteStart { replica: chain.id() });
                }
                if ended {
                    self.done[c] += 1;
                    accepted += chain.tape.draws.last().map_or(0.0, |draw| draw.acceptance);
                    if self.done[c] < count {
                        chain.begin(tick(self.done[c]));
                    }
                }
            }
        }
    }
}
impl Metropolis {
    pub(super) fn chains(&self, n: usize, d: usize, x: &[f64]) -> Chains {
        let position = |c: usize| (0..d).map(|j| x[j * n + c]).collect::<Vec<_>>();
        let chain = |c: usize| Chain::new(c as u64, &position(c), self.kernel, self.adapt);
        Chains { chains: (0..n).map(chain).collect(), servers: Vec::new() }
    }
    /// Advances the chains at the columns of x; `moved` is called with every chain when all are done.
    pub(super) fn run(
        &self,
        (v, beta): (&dyn Potential, f64),
        (at, h, count): (Tick, f64, u64),
        x: &[f64],
        m: &mut Chains,
        mut moved: impl FnMut(usize, &Chain),
    ) -> Result<Stride, Fault> {
        let n = m.chains.len();
        let mut q = Vec::with_capacity(x.len() / n.max(1));
        for (c, chain) in m.chains.iter_mut().enumerate() {
            q.clear();
            q.extend(x.iter().skip(c).step_by(n).take(chain.point().q.len()));
            chain.place(&q, h);
        }
        let size = n.div_ceil(self.threads.max(1)).clamp(1, GROUP);
        m.servers.resize_with(n.div_ceil(size), Server::default);
        let groups = m.chains.chunks_mut(size).zip(&mut m.servers);
        let done = in_order(self.threads, groups, |(chains, server)| server.advance(v, beta, at, count, chains));
        let mut total = Stride { h: h * count as f64, ..Stride::default() };
        for group in done {
            let (gradients, accepted) = group?;
            total.gradients += gradients;
            total.accepted += accepted / (n as f64 * count as f64);
        }
        m.chains.iter().enumerate().for_each(|(c, chain)| moved(c, chain));
        Ok(total)
    }
}

/// A Langevin cloud: the Metropolis-adjusted step h is a leapfrog of length sqrt(2 h) with fresh momenta.
impl<V: Potential> Scheme<Flow<PotentialEnergy<V>, Euclidean, Thermal>, Cloud> for Metropolis {
    type Memory = Chains;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<PotentialEnergy<V>, Euclidean, Thermal>, x: &Cloud) -> Chains {
        self.chains(x.n, x.d, &x.x)
    }
    fn step(
        &self,
        flow: &Flow<PotentialEnergy<V>, Euclidean, Thermal>,
        at: Tick,
        h: f64,
        x: &mut Cloud,
        m: &mut Chains,
    ) -> Result<Stride, Fault> {
        self.advance(flow, at, h, 1, x, m)
    }
    fn advance(
        &self,
        flow: &Flow<PotentialEnergy<V>, Euclidean, Thermal>,
        at: Tick,
        h: f64,
        count: u64,
        x: &mut Cloud,
        m: &mut Chains,
    ) -> Result<Stride, Fault> {
        let n = x.n;
        let from = x.x.clone();
        let energy = (&flow.functional.0 as &dyn Potential, flow.noise.beta);
        let stride = self.run(energy, (at, (2.0 * h).sqrt(), count), &from, m, |c, chain| {
            chain.point().q.iter().enumerate().for_each(|(j, q)| x.x[j * n + c] = *q);
        })?;
        Ok(Stride { h: h * count as f64, ..stride })
    }
}

/// Phase space: q and p of each chain; p is what the transition ended with, and is refreshed by the next.
impl<V: Potential> Scheme<Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>, Phase> for Metropolis {
    type Memory = Chains;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>, x: &Phase) -> Chains {
        self.chains(x.n, x.d, &x.z[..x.n * x.d])
    }
    fn step(
        &self,
        flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>,
        at: Tick,
        h: f64,
        x: &mut Phase,
        m: &mut Chains,
    ) -> Result<Stride, Fault> {
        self.advance(flow, at, h, 1, x, m)
    }
    fn advance(
        &self,
        flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>,
        at: Tick,
        h: f64,
        count: u64,
        x: &mut Phase,
        m: &mut Chains,
    ) -> Result<Stride, Fault> {
        let (n, d) = (x.n, x.d);
        let from = x.z[..n * d].to_vec();
        let energy = (&flow.functional.0 as &dyn Potential, flow.noise.beta);
        self.run(energy, (at, h, count), &from, m, |c, chain| {
            for j in 0..d {
                x.z[j * n + c] = chain.point().q[j];
                x.z[(d + j) * n + c] = chain.point().p[j];
            }
        })
    }
}

/// As many chains as there are; see [`Chain`].
impl Persist for Chains {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { chains, servers: _ } = self;
        chains[..].pass(archive)
    }
}
