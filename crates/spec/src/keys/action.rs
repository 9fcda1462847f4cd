//! Lagrangians: what is integrated, from where to where, and how the Euler-Lagrange equations are solved.
use super::about::{STATIONARY, VARIATIONAL as MECHANICAL};
use super::scheme_keys::STRIDE;
use super::{Fallback, Key, Kind, Type};

pub(super) const LAGRANGIAN: Kind = Kind {
    name: "lagrangian",
    aliases: &[],
    doc: "the action of a Lagrangian written as a formula of coordinates, velocities (xdot) and the time t",
    reference: "MarsdenWest2001",
    keys: &[
        Key {
            name: "L",
            kind: Type::Text,
            fallback: Fallback::Required("L = \"0.5*m*(xdot^2 + ydot^2) - m*g*y\""),
            doc: "the Lagrangian: `xdot` is the velocity of `x`, `xdot[1]` that of `x[1]`, `t` the time; other names are coordinates or constants",
        },
        Key {
            name: "constants",
            kind: Type::NumberTable,
            fallback: Fallback::Is("{}"),
            doc: "values of named constants of the Lagrangian",
        },
        Key {
            name: "coordinates",
            kind: Type::Texts,
            fallback: Fallback::Absent("coordinates = [\"x\", \"y\"]"),
            doc: "the coordinates in order; left out: in order of appearance",
        },
    ],
    states: &[],
    noises: &[],
    about: None,
};

pub(super) const VELOCITY: Key = Key {
    name: "velocity",
    kind: Type::Numbers,
    fallback: Fallback::Absent("velocity = [0.0, 1.0]"),
    doc: "the velocity to start with, for mechanics, instead of `momentum`; left out: 0",
};

pub(super) const PATH: Kind = Kind {
    name: "path",
    aliases: &[],
    doc: "a path between two points in a given time, of which the action is made stationary",
    reference: "",
    keys: &[
        Key {
            name: "from",
            kind: Type::Numbers,
            fallback: Fallback::Required("from = [0.0, 0.0]"),
            doc: "where the path begins",
        },
        Key { name: "to", kind: Type::Numbers, fallback: Fallback::Required("to = [1.0, 1.0]"), doc: "where it ends" },
        Key {
            name: "time",
            kind: Type::Positive,
            fallback: Fallback::Required("time = 1.0"),
            doc: "the time from the start to the end, which is given, not found",
        },
        Key {
            name: "begin",
            kind: Type::Number,
            fallback: Fallback::Is("0.0"),
            doc: "the time at the start, for a Lagrangian with t",
        },
        Key {
            name: "pieces",
            kind: Type::Count(2, 10_000_000),
            fallback: Fallback::Is("200"),
            doc: "pieces the path is cut into, a polynomial each; an even number can be held against half as many",
        },
        Key {
            name: "grading",
            kind: Type::Positive,
            fallback: Fallback::Is("1.0"),
            doc: "time grows along the path as s^grading, 1 or more, and pieces are even in s: 3 for a path that leaves like t^(1/3)",
        },
        Key {
            name: "guess",
            kind: Type::Points,
            fallback: Fallback::Absent("guess = [[0.2, 0.8], [0.5, 1.0]]"),
            doc: "points that the first guess goes through, evenly in s; left out: straight from start to end",
        },
    ],
    states: &[],
    noises: &[],
    about: None,
};

const METHOD: Key = Key {
    name: "method",
    kind: Type::Choice(&["midpoint", "galerkin4", "galerkin6"]),
    fallback: Fallback::Is("\"galerkin4\""),
    doc: "discrete Lagrangian: polynomials of degree 1, 2 or 3 a stride or piece and as many Gauss points, of order 2, 4, 6",
};
pub(super) const VARIATIONAL: Kind = Kind {
    name: "variational",
    aliases: &["discrete-euler-lagrange"],
    doc: "mechanics of any Lagrangian by its discrete Euler-Lagrange equations: symplectic, and keeps the momenta of symmetries",
    reference: "MarsdenWest2001",
    keys: &[STRIDE, METHOD],
    states: &["point", "particles"],
    noises: &["still"],
    about: Some(&MECHANICAL),
};
pub(super) const NEWTON: Kind = Kind {
    name: "newton",
    aliases: &[],
    doc: "stationary action between two points: damped Newton steps on the discrete Euler-Lagrange equations",
    reference: "Deuflhard2004",
    keys: &[
        METHOD,
        Key {
            name: "tolerance",
            kind: Type::Positive,
            fallback: Fallback::Is("1e-10"),
            doc: "stop when a step changes the path by less than this share of its size",
        },
    ],
    states: &["path"],
    noises: &["still"],
    about: Some(&STATIONARY),
};
