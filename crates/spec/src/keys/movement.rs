//! Minimizing movements: the keys of the implicit scheme of a flow without noise.
use super::about::MOVEMENT;
use super::scheme_keys::TOLERANCE;
use super::{Fallback, Key, Kind, Type};

pub(super) const MINIMIZING_MOVEMENT: Kind = Kind {
    name: "minimizing-movement",
    aliases: &["proximal-point", "implicit-euler"],
    doc: "x <- argmin V(y) + D(y, x) / h, D half a squared distance or a divergence, by an inner minimiser: stable for every h",
    reference: "DeGiorgi1993; Rockafellar1976",
    keys: &[
        Key {
            name: "step",
            kind: Type::Positive,
            fallback: Fallback::Is("0.1"),
            doc: "h, time of a movement: short ones follow the flow, long ones go straight to the minimum",
        },
        Key {
            name: "inner",
            kind: Type::Fraction,
            fallback: Fallback::Is("1e-6"),
            doc: "what the inner minimiser may leave of its gradient, as a share of |x_(k+1) - x_k| / h",
        },
        Key {
            name: "memory",
            kind: Type::Count(1, 1000),
            fallback: Fallback::Is("50"),
            doc: "steps of which the inner minimiser (L-BFGS) remembers the curvature, from one movement to the next too",
        },
        TOLERANCE,
    ],
    states: &["point"],
    noises: &["still"],
    about: Some(&MOVEMENT),
};
