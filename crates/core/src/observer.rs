//! OBSERVER: sees each state; may stop the run; never alters it.
use crate::{State, Stride, Tick};
use std::ops::ControlFlow;

/// Something that watches a run: a ledger, a recorder, a stopping rule.
pub trait Observer<P, S: State> {
    /// Called at the start and after every group of strides; `last` says what happened since the previous call.
    fn observe(&mut self, flow: &P, at: Tick, x: &S, last: Stride) -> ControlFlow<()>;
}
