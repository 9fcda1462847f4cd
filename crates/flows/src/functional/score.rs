//! A differential without a value: -s(x, t), from a network or a minibatch.
use crate::state::Cloud;
use steepest_core::{Batch, Covector, Differential, Tick, Workspace};

/// dF = -s for a score s given as `s(at, x, scale, out)`, which adds scale * s(x_i, t) to `out`, component-major.
///
/// It has no value, so a ledger that balances values refuses it when it is compiled.
#[derive(Clone, Debug)]
pub struct Score<N>(pub N);

impl<N: Fn(Tick, Batch<'_>, f64, &mut [f64])> Differential<Cloud> for Score<N> {
    fn differential(&self, at: Tick, x: &Cloud, scale: f64, out: &mut Covector, _work: &mut Workspace) {
        (self.0)(at, x.batch(), -scale, &mut out.0);
    }
}
