//! Keys that several schemes have.
use super::{Fallback, Key, Type};

pub(super) const LEAP: Key = Key {
    name: "step",
    kind: Type::AutoOrPositive,
    fallback: Fallback::Is("\"auto\""),
    doc: "length of a leapfrog; auto: adapted in warm-up, with the metric",
};
pub(super) const TARGET_ACCEPT: Key = Key {
    name: "target_accept",
    kind: Type::Fraction,
    fallback: Fallback::Is("0.8"),
    doc: "mean acceptance the step is adapted to; 0.95 for hard posteriors",
};
pub(super) const AUTO_ACCEPT: Key = Key {
    kind: Type::AutoOrFraction,
    fallback: Fallback::Is("\"auto\""),
    doc: "mean acceptance the step is adapted to; auto: 0.7, cheap, 0.8 where a trajectory of warm-up diverges or 0.7 mixes depths, up to 0.95 where they go on diverging",
    ..TARGET_ACCEPT
};
pub(super) const METRIC: Key = Key {
    name: "metric",
    kind: Type::Choice(&["auto", "diagonal", "low-rank", "dense", "unit"]),
    fallback: Fallback::Is("\"auto\""),
    doc: "shape of the mass matrix that warm-up adapts; auto: diagonal, or low-rank where that leaves long trajectories; a fixed `step` has \"unit\"",
};
pub(super) const MAX_DEPTH: Key = Key {
    name: "max_depth",
    kind: Type::Count(1, 20),
    fallback: Fallback::Is("10"),
    doc: "doublings of a trajectory at most",
};
pub(super) const POOL: Key = Key {
    name: "pool",
    kind: Type::Flag,
    fallback: Fallback::Is("false"),
    doc: "one warm-up for all chains: a common step and metric, from the draws and gradients of all; 100 transitions then do",
};
pub(super) const STRIDE: Key =
    Key { name: "step", kind: Type::Positive, fallback: Fallback::Is("0.05"), doc: "h, length of a stride" };
pub(super) const LINE_SEARCH: Key = Key {
    name: "line_search",
    kind: Type::Choice(&["strong-wolfe", "hager-zhang", "armijo", "nonmonotone"]),
    fallback: Fallback::Is("\"strong-wolfe\""),
    doc: "how the length of a step is found; armijo needs no slope there, nonmonotone lets V rise for a while",
};
pub(super) const TOLERANCE: Key = Key {
    name: "tolerance",
    kind: Type::NotNegative,
    fallback: Fallback::Is("1e-8"),
    doc: "stop when |dV| is below it",
};
pub(super) const SLOPES: Key = Key {
    name: "precision",
    kind: Type::Choice(&["double", "single"]),
    fallback: Fallback::Is("\"double\""),
    doc: "of the slopes that move a cloud, for an `expression` or mueller-brown; single: half the time for arithmetic, roots and exponentials, none above 3.4e38; places, sums and energies stay in double, and the ledger says what it does",
};
pub(super) const EXTRAPOLATE: Key = Key {
    name: "extrapolate",
    kind: Type::Flag,
    fallback: Fallback::Is("false"),
    doc: "run once more with strides half as long along the same Brownian paths: what h leaves of bias, and figures without its leading order; three times the gradients, and five to seven times the time where shocks are most of it",
};
