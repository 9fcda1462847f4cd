//! Parallel tempering: ladders of chains from a Gaussian to the target, which trade places and so carry draws over barriers.
use super::replica::{Place, Replica};
use crate::functional::Hamiltonian;
use crate::geometry::{Friction, Symplectic};
use crate::noise::Thermal;
use crate::scheme::metropolis::{Adapt, Chain, Kernel};
use crate::scheme::{Ladder, in_order};
use crate::state::Phase;
use steepest_core::{Archive, Fault, Flow, Persist, Potential, Scheme, Stride, Sum, Tick};

/// Independent normal components: where a ladder starts, and what can be drawn exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Means.
    pub mean: Vec<f64>,
    /// Standard deviations.
    pub sd: Vec<f64>,
}
impl Reference {
    /// V_0 = -log density, normalised, and dV_0 into `gradient`.
    pub fn look(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.5 * std::f64::consts::TAU.ln() * x.len() as f64;
        for j in 0..x.len() {
            let z = (x[j] - self.mean[j]) / self.sd[j];
            value += 0.5 * z * z + self.sd[j].ln();
            gradient[j] = z / self.sd[j];
        }
        value
    }
}

/// Non-reversible parallel tempering along exp(-(1 - b) V_0 - b beta V), b from 0 to 1 [SyedEtAl2022].
///
/// Each replica of the state is the top of a ladder of its own. One stride is one round: rung 0 draws from the reference, every
/// other rung makes one transition, then neighbours swap, even pairs and odd pairs in turn. In warm-up the rungs, common to
/// all ladders, move to where swaps are refused alike, and each chain adapts its step and metric.
///
/// Law: the same bits for every number of threads, and for `advance(count)` as for `count` strides.
#[derive(Clone, Debug)]
pub struct Tempering {
    /// How the chains of a ladder propose.
    pub kernel: Kernel,
    /// Intervals of a ladder.
    pub rungs: usize,
    /// Warm-up.
    pub adapt: Option<Adapt>,
    /// V_0.
    pub reference: Reference,
    /// Threads that take ladders.
    pub threads: usize,
}
/// The ladders of a run.
#[derive(Debug)]
pub struct Ladders {
    /// The rungs, common to all.
    pub ladder: Ladder,
    /// One a replica of the state.
    pub replicas: Vec<Replica>,
    rounds: u64,
}
impl Ladders {
    /// Tops of the ladders.
    pub fn tops(&mut self) -> impl Iterator<Item = &mut Chain> {
        self.replicas.iter_mut().filter_map(|replica| replica.chains.last_mut())
    }
    /// Mean rejection of the swaps of neighbours, since the rungs last moved or warm-up ended; NaN where none was tried. Their sum
    /// Lambda is the length of the path for swaps, whatever the number of rungs: 2 Lambda intervals make most of their
    /// gradients [SyedEtAl2022, Sec. 5.2].
    pub fn rejections(&self) -> Vec<f64> {
        // In the order of the ladders, so that sums do not depend on threads.
        let sum = |k: usize, what: usize| self.replicas.iter().map(|replica| replica.refused[k][what]).sum::<f64>();
        (0..self.ladder.betas().len() - 1).map(|k| sum(k, 0) / sum(k, 1)).collect()
    }
    /// log Z of the target by stepping stones, of each ladder.
    pub fn log_z(&self) -> Vec<f64> {
        self.replicas.iter().map(Replica::log_z).collect()
    }
    /// How often a fresh draw of the reference has come up to the target, in all ladders.
    pub fn restarts(&self) -> u64 {
        self.replicas.iter().map(|replica| replica.restarts).sum()
    }
}

impl Tempering {
    /// Rounds of warm-up at whose end the rungs move: 1/16, 1/8, 1/4, 1/2 of it. The second half is the chains'.
    fn moves(&self, done: u64) -> bool {
        let warmup = self.adapt.map_or(0, |adapt| adapt.warmup);
        done > 0 && [16, 8, 4, 2].iter().any(|part| done == warmup / part)
    }
    fn rounds(
        &self,
        v: &dyn Potential,
        beta: f64,
        (at, h, count): (Tick, f64, u64),
        m: &mut Ladders,
    ) -> Result<(u64, f64), Fault> {
        let warmup = self.adapt.map_or(0, |adapt| adapt.warmup);
        let (mut gradients, mut accepted, mut done) = (0, 0.0, 0);
        while done < count {
            // All ladders go as far as the rungs stay; then they are looked at together.
            let mut piece = 1;
            while done + piece < count && !self.moves(m.rounds + piece) && m.rounds + piece != warmup {
                piece += 1;
            }
            let betas = m.ladder.betas().to_vec();
            let place = Place { v, beta, betas: &betas, reference: &self.reference, warm: m.rounds < warmup };
            let tick = Tick { step: at.step + done, ..at };
            let work = |replica: &mut Replica| replica.advance(&place, tick, h, piece);
            for result in in_order(self.threads, m.replicas.iter_mut(), work) {
                let (of, acceptance) = result?;
                gradients += of;
                accepted += acceptance;
            }
            done += piece;
            m.rounds += piece;
            if self.moves(m.rounds) {
                let rejections = m.rejections();
                m.ladder.adapt(&rejections);
                m.replicas.iter_mut().for_each(Replica::moved);
            } else if m.rounds == warmup {
                m.replicas.iter_mut().for_each(Replica::forget);
            }
        }
        Ok((gradients, accepted))
    }
}

impl<V: Potential> Scheme<Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>, Phase> for Tempering {
    type Memory = Ladders;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>, x: &Phase) -> Ladders {
        let ladder = Ladder::new(self.rungs);
        let start = |c: usize| (0..x.d).map(|j| x.z[j * x.n + c]).collect::<Vec<_>>();
        let replica = |c: usize| Replica::new(c, &start(c), (self.kernel, self.adapt), ladder.betas().len());
        Ladders { replicas: (0..x.n).map(replica).collect(), ladder, rounds: 0 }
    }
    fn step(
        &self,
        flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>,
        at: Tick,
        h: f64,
        x: &mut Phase,
        m: &mut Ladders,
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
        m: &mut Ladders,
    ) -> Result<Stride, Fault> {
        let (gradients, accepted) =
            self.rounds(&flow.functional.0 as &dyn Potential, flow.noise.beta, (at, h, count), m)?;
        let (n, d) = (x.n, x.d);
        for (c, chain) in m.tops().enumerate() {
            for j in 0..d {
                x.z[j * n + c] = chain.point().q[j];
                x.z[(d + j) * n + c] = chain.point().p[j];
            }
        }
        Ok(Stride { h: h * count as f64, accepted: accepted / (n as f64 * count as f64), gradients })
    }
}

/// As many ladders of as many rungs as there are; see [`Chain`].
impl Persist for Ladders {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { ladder, replicas, rounds } = self;
        ladder.pass(archive)?;
        replicas[..].pass(archive)?;
        rounds.pass(archive)
    }
}
