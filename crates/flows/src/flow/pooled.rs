//! Many chains with one warm-up: what adapts is common to all, and comes from all at once.
use super::metropolis::{Chains, Metropolis};
use crate::functional::Hamiltonian;
use crate::geometry::{Friction, Symplectic};
use crate::noise::Thermal;
use crate::scheme::metropolis::{Adapt, Kernel, Pool};
use crate::state::Phase;
use steepest_core::{Archive, Batch, Fault, Flow, Persist, Potential, Scheme, Stride, Sum, Tick, Workspace};

/// Chains of one step, one metric and one length of trajectories, found in a warm-up that all take together
/// [HoffmanRadulSountsov2021].
///
/// In warm-up the chains wait for one another after each transition. Afterwards nothing is common but what was found: groups of
/// chains take all their draws in one go. Law: the same bits for every number of threads, and for `advance(count)` as for
/// `count` strides.
#[derive(Clone, Copy, Debug)]
pub struct Pooled {
    /// How to propose.
    pub kernel: Kernel,
    /// Warm-up.
    pub adapt: Adapt,
    /// Threads that take groups of chains.
    pub threads: usize,
}
/// The chains and what they share.
#[derive(Debug)]
pub struct PooledChains {
    /// The chains.
    pub chains: Chains,
    /// What they share.
    pub pool: Pool,
}
impl PooledChains {
    /// Gives every chain what was found.
    fn spread(&mut self, metric_changed: bool) {
        let (metric, length, persistence) = (self.pool.metric(), self.pool.length(), self.pool.persistence());
        for chain in &mut self.chains.chains {
            chain.adopt(Some(metric).filter(|_| metric_changed), length);
            if let Some(persistence) = persistence {
                chain.keep(persistence);
            }
        }
    }
}

impl Pooled {
    /// The same chains, which adapt nothing by themselves.
    fn alone(&self) -> Metropolis {
        Metropolis { kernel: self.kernel, adapt: None, threads: self.threads }
    }
}

impl<V: Potential> Scheme<Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>, Phase> for Pooled {
    type Memory = PooledChains;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>, x: &Phase) -> PooledChains {
        let chains = self.alone().chains(x.n, x.d, &x.z[..x.n * x.d]);
        PooledChains { chains, pool: Pool::new(self.adapt, x.d, x.n, self.kernel) }
    }
    fn step(
        &self,
        flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>,
        at: Tick,
        h: f64,
        x: &mut Phase,
        m: &mut PooledChains,
    ) -> Result<Stride, Fault> {
        self.advance(flow, at, h, 1, x, m)
    }
    /// The stride h is not asked: the pool knows the step.
    fn advance(
        &self,
        flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Thermal>,
        at: Tick,
        h: f64,
        count: u64,
        x: &mut Phase,
        m: &mut PooledChains,
    ) -> Result<Stride, Fault> {
        let (n, d) = (x.n, x.d);
        let energy = (&flow.functional.0 as &dyn Potential, flow.noise.beta);
        let mut total = Stride { h: h * count as f64, ..Stride::default() };
        if m.pool.fresh() && m.pool.left() > 0 && count > 0 {
            let mut gradients = vec![0.0; n * d];
            let batch = Batch { n, d, x: &x.z[..n * d] };
            energy.0.gradients(batch, energy.1, &mut gradients, &mut Workspace::default());
            total.gradients += n as u64;
            m.pool.begin(&gradients, n);
            m.spread(true);
        }
        let scheme = self.alone();
        let mut done = 0;
        while done < count {
            let warm = m.pool.left() > 0;
            let piece = if warm { 1 } else { count - done };
            let tick = Tick { step: at.step + done, ..at };
            let before = x.z[..n * d].to_vec();
            let stride = scheme.run(energy, (tick, m.pool.step(), piece), &before, &mut m.chains, |c, chain| {
                for j in 0..d {
                    x.z[j * n + c] = chain.point().q[j];
                    x.z[(d + j) * n + c] = chain.point().p[j];
                }
            })?;
            if warm {
                let changed = m.pool.update(Batch { n, d, x: &before }, &m.chains.chains);
                m.spread(changed);
            }
            total.gradients += stride.gradients;
            total.accepted += stride.accepted * piece as f64 / count as f64;
            done += piece;
        }
        Ok(total)
    }
}

/// As many chains as there are.
impl Persist for PooledChains {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { chains, pool } = self;
        chains.pass(archive)?;
        pool.pass(archive)?;
        if archive.reads() {
            self.spread(false);
        }
        Some(())
    }
}
