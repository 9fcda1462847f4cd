//! Block execution: replicas that do not interact advance block by block, all strides between two observations while the
//! block is in L1; threads take blocks.
use super::in_order;
use steepest_core::{Archive, Fault, Persist, Replicated, Scheme, Stride, Tick};

/// `inner`, one block of replicas after another. Law: the same bits for every block size and every number of threads.
///
/// The flow must not couple replicas (no Stein geometry): each block sees itself alone.
#[derive(Clone, Debug)]
pub struct Blocks<C> {
    /// What advances a block.
    pub inner: C,
    /// Replicas a block; rounded up to whole vectors of normals.
    pub block: usize,
    /// Threads that take blocks.
    pub threads: usize,
}
impl<C> Blocks<C> {
    /// Blocks that fit a 32 KiB L1 cache, where a replica has `numbers` in all the arrays that a stride passes over: 2 d of
    /// a cloud (positions, and the next ones), 3 d of a phase (positions, momenta, forces).
    pub fn sized(inner: C, numbers: usize, threads: usize) -> Self {
        let whole = 4096 / numbers.max(1) / Tick::ALIGNMENT;
        Blocks { inner, block: whole.clamp(1, 16) * Tick::ALIGNMENT, threads }
    }
}

/// Each block's state and what `inner` remembers about it.
#[derive(Debug)]
pub struct Slots<S, M> {
    slots: Vec<Slot<S, M>>,
}
#[derive(Debug)]
struct Slot<S, M> {
    first: usize,
    block: S,
    memory: M,
}

impl<P, S, C> Scheme<P, S> for Blocks<C>
where
    P: Sync,
    S: Replicated + Send + Sync,
    C: Scheme<P, S, Memory: Send> + Sync,
{
    type Memory = Slots<S, C::Memory>;
    fn order(&self) -> u32 {
        self.inner.order()
    }
    fn memory(&self, flow: &P, x: &S) -> Self::Memory {
        let (n, size) = (x.replicas(), self.block.max(1).next_multiple_of(Tick::ALIGNMENT));
        let slots = (0..n)
            .step_by(size)
            .map(|first| {
                let block = x.block(first, size.min(n - first));
                let memory = self.inner.memory(flow, &block);
                Slot { first, block, memory }
            })
            .collect();
        Slots { slots }
    }
    fn step(&self, flow: &P, at: Tick, h: f64, x: &mut S, memory: &mut Self::Memory) -> Result<Stride, Fault> {
        self.advance(flow, at, h, 1, x, memory)
    }
    fn advance(
        &self,
        flow: &P,
        at: Tick,
        h: f64,
        count: u64,
        x: &mut S,
        memory: &mut Self::Memory,
    ) -> Result<Stride, Fault> {
        let (n, whole) = (x.replicas(), &*x);
        // The strides of the blocks come in the order of the blocks, in which they are summed.
        let done = in_order(self.threads, memory.slots.iter_mut(), |slot| {
            let at = Tick { first: slot.first as u64, of: n as u64, ..at };
            (slot.block.replicas(), self.one(flow, at, h, count, whole, slot))
        });
        let mut total = Stride::default();
        for (replicas, stride) in done {
            let stride = stride?;
            total.gradients += stride.gradients;
            total.accepted += stride.accepted * replicas as f64 / n as f64;
            total.h = stride.h;
        }
        for slot in &memory.slots {
            x.insert(slot.first, &slot.block);
        }
        Ok(total)
    }
}
impl<C> Blocks<C> {
    fn one<P, S: Replicated>(
        &self,
        flow: &P,
        at: Tick,
        h: f64,
        count: u64,
        whole: &S,
        slot: &mut Slot<S, C::Memory>,
    ) -> Result<Stride, Fault>
    where
        C: Scheme<P, S>,
    {
        whole.extract(slot.first, &mut slot.block);
        let advanced = self.inner.advance(flow, at, h, count, &mut slot.block, &mut slot.memory);
        // What is not finite stays so: one look at the end of the group finds it, and whose it is.
        match slot.block.coords().iter().position(|x| !x.is_finite()) {
            None => advanced,
            Some(k) => {
                let replica = at.first + (k % slot.block.replicas()) as u64;
                Err(Fault::Inadmissible { step: at.step + count, replica: Some(replica) })
            }
        }
    }
}

/// Blocks are copies of the whole, and do not pass; what is remembered about each does.
impl<S, M: Persist> Persist for Slots<S, M> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { slots } = self;
        slots.iter_mut().try_for_each(|Slot { first: _, block: _, memory }| memory.pass(archive))
    }
}
