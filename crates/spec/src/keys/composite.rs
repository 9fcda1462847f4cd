//! E + R: the keys of schemes that step with a regulariser, and every regulariser.
use super::about::{MIRROR, PROXIMAL};
use super::{Fallback, Key, Kind, Type};

/// A regulariser: its name, one sentence, its numbers with what they may be, and the geometry it goes with.
#[derive(Debug)]
pub struct Simple {
    /// The name.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Names, what each may be, and whether it can be left out.
    pub numbers: &'static [(&'static str, Type, bool)],
    /// `mirror`, `euclidean`, or both.
    pub geometries: &'static [&'static str],
    /// Whether R bounds the gap between V + R and its minimum.
    pub bounded: bool,
}

const WEIGHT: (&str, Type, bool) = ("weight", Type::NotNegative, false);
const BOUND: Type = Type::Number;
const WHOLE: Type = Type::Count(1, 1_000_000);
const FLAT: &[&str] = &["euclidean"];
const ANY: Simple = Simple { name: "", doc: "", numbers: &[], geometries: FLAT, bounded: false };
const BOTH: &[&str] = &["euclidean", "mirror"];

/// Every regulariser.
pub const REGULARISERS: &[Simple] = &[
    Simple {
        name: "l1",
        doc: "weight sum |x_j|: few coordinates stay",
        numbers: &[WEIGHT],
        geometries: BOTH,
        bounded: false,
    },
    Simple {
        name: "group",
        doc: "weight sum |x_g|, over groups of `size` coordinates that follow one another: all of a group or none",
        numbers: &[WEIGHT, ("size", WHOLE, false)],
        ..ANY
    },
    Simple {
        name: "nuclear",
        doc: "weight times the sum of the singular values of the coordinates as a matrix of `rows` rows: low rank",
        numbers: &[WEIGHT, ("rows", WHOLE, false)],
        ..ANY
    },
    Simple { name: "total-variation", doc: "weight sum |x_(j+1) - x_j|: few jumps", numbers: &[WEIGHT], ..ANY },
    Simple {
        name: "box",
        doc: "low <= x_j <= high; one of them may be left out",
        numbers: &[("low", BOUND, true), ("high", BOUND, true)],
        ..ANY
    },
    Simple {
        name: "simplex",
        doc: "x_j >= 0 and sum x_j = total (1 when left out)",
        numbers: &[("total", Type::Positive, true)],
        bounded: true,
        ..ANY
    },
    Simple { name: "ball", doc: "|x| <= radius", numbers: &[("radius", Type::Positive, false)], bounded: true, ..ANY },
    Simple {
        name: "semidefinite",
        doc: "a symmetric matrix without negative eigenvalues, of all m x m coordinates",
        ..ANY
    },
    Simple {
        name: "map",
        doc: "weight phi(x), phi the mirror map",
        numbers: &[WEIGHT],
        geometries: &["mirror"],
        bounded: false,
    },
];

/// The regulariser called `name`.
pub fn regulariser(name: &str) -> Option<&'static Simple> {
    REGULARISERS.iter().find(|simple| simple.name == name)
}

pub(super) const REGULARISER: Key = Key {
    name: "regulariser",
    kind: Type::Regulariser,
    fallback: Fallback::Absent("regulariser = { kind = \"l1\", weight = 0.1 }"),
    doc: "R, convex, which is added to the energy; for schemes proximal-gradient and mirror-descent, and a box for lbfgs too (`steepest list regularisers`)",
};
pub(super) const BOUNDS: Key = Key {
    name: "bounds",
    kind: Type::Bounds,
    fallback: Fallback::Absent("bounds = { x = [0.0, 1.0], y = [0.0, inf] }"),
    doc: "the least and the greatest that a reported parameter may be, inf where it may be anything; for schemes lbfgs and proximal-gradient",
};
const STEP: Key = Key {
    name: "step",
    kind: Type::AutoOrPositive,
    fallback: Fallback::Is("\"auto\""),
    doc: "h, length of a step; auto: as long as V is smooth relative to the geometry, found by backtracking",
};
const TOLERANCE: Key = Key {
    name: "tolerance",
    kind: Type::NotNegative,
    fallback: Fallback::Is("1e-8"),
    doc: "stop when |x - P(x - dV)| is below it, P the projection on the domain: the KKT conditions",
};

pub(super) const MIRROR_DESCENT: Kind = Kind {
    name: "mirror-descent",
    aliases: &["mirror", "bregman"],
    doc: "steps that are straight in the gradient of a mirror map, and so stay in its domain",
    reference: "NemirovskyYudin1983; BauschkeBolteTeboulle2017",
    keys: &[
        STEP,
        Key {
            name: "inertia",
            kind: Type::Choice(&["none", "averaged"]),
            fallback: Fallback::Is("\"none\""),
            doc: "averaged: points are averages of steps that go further, fast as 1 / k^2",
        },
        TOLERANCE,
    ],
    states: &["point"],
    noises: &["still"],
    about: Some(&MIRROR),
};
pub(super) const PROXIMAL_GRADIENT: Kind = Kind {
    name: "proximal-gradient",
    aliases: &["fista", "forward-backward"],
    doc: "a step down the energy, then the proximal step of the regulariser, with inertia that is dropped where it leads uphill",
    reference: "BeckTeboulle2009; ODonoghueCandes2015",
    keys: &[
        STEP,
        Key {
            name: "inertia",
            kind: Type::Choice(&["extrapolated", "averaged", "none"]),
            fallback: Fallback::Is("\"extrapolated\""),
            doc: "extrapolated: FISTA; averaged: never leaves where R is finite; none: the plain method",
        },
        Key {
            name: "restart",
            kind: Type::Flag,
            fallback: Fallback::Is("true"),
            doc: "drop the inertia where it leads uphill",
        },
        TOLERANCE,
    ],
    states: &["point"],
    noises: &["still"],
    about: Some(&PROXIMAL),
};
