//! The only loop.
use crate::{Fault, Observer, Scheme, State, Stride, Tick};

/// How far to go and how often to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Length of a stride.
    pub h: f64,
    /// Strides in all.
    pub steps: u64,
    /// Strides between observations; what a scheme may do in one go.
    pub every: u64,
}
impl Plan {
    /// `steps` strides of length `h`, observed after each.
    pub fn new(h: f64, steps: u64) -> Self {
        Plan { h, steps, every: 1 }
    }
    /// The same, observed after every `every` strides (0 is read as 1).
    pub fn every(self, every: u64) -> Self {
        Plan { every: every.max(1), ..self }
    }
}

/// Runs `plan.steps` strides from `at` and returns where it got to; call it again with that tick to go on, bit for bit as if
/// it had never stopped.
///
/// # Errors
/// The first [`Fault`] of the scheme. `x` is left as it was when the fault was noticed.
pub fn run<P, S: State, C: Scheme<P, S>>(
    flow: &P,
    scheme: &C,
    x: &mut S,
    memory: &mut C::Memory,
    mut at: Tick,
    plan: Plan,
    observers: &mut [&mut dyn Observer<P, S>],
) -> Result<Tick, Fault> {
    let end = at.step + plan.steps;
    let mut last = Stride { accepted: 1.0, ..Stride::default() };
    loop {
        let stop = observers.iter_mut().fold(false, |stop, o| o.observe(flow, at, x, last).is_break() | stop);
        if stop || at.step >= end {
            return Ok(at);
        }
        let count = plan.every.max(1).min(end - at.step);
        last = scheme.advance(flow, at, plan.h, count, x, memory)?;
        at.t += last.h;
        at.step += count;
    }
}
