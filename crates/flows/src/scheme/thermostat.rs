//! Words of a thermostatted flow: the letters of mechanics, and D, in which the thermostat looks at the momentum.
use super::Splitting;
use std::borrow::Cow;

/// A: q' = p. B: p' = -dV(q). D: xi' = (|p|^2 - d / beta) / mu. O: p' = -xi p + noise. Each solved exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thermostat {
    /// Drift.
    A,
    /// Kick.
    B,
    /// The thermostat.
    D,
    /// Friction xi and noise.
    O,
}
use Thermostat::{A, B, D, O};

/// Second order in the law, one gradient a stride, also where the gradient is noisy [LeimkuhlerShang2016].
pub const BADODAB: Splitting<Thermostat> = Splitting {
    tableau: Cow::Borrowed(&[(B, 0.5), (A, 0.5), (D, 0.5), (O, 1.0), (D, 0.5), (A, 0.5), (B, 0.5)]),
    order: 2,
};
