//! How distance is measured: the keys of each geometry.
use super::{Fallback, Key, Kind, Type, manifolds};

pub(super) const PLAIN: Kind = Kind {
    name: "euclidean",
    aliases: &[],
    doc: "straight lines: K = 1",
    reference: "",
    keys: &[],
    states: &[],
    noises: &[],
    about: None,
};

pub(super) const GEOMETRIES: &[Kind] = &[
    PLAIN,
    Kind {
        name: "diagonal",
        aliases: &["riemannian"],
        doc: "units that depend on the place: K = diag(D(x)), with its Ito drift; for scheme euler-maruyama",
        reference: "GirolamiCalderhead2011; MaChenFox2015",
        keys: &[
            Key {
                name: "growth",
                kind: Type::Positive,
                fallback: Fallback::Absent("growth = 0.1"),
                doc: "a in D_j = 1 + a x_j^2, which leaves heavy tails exponentially fast; 1 / nu for a Student t",
            },
            Key {
                name: "diffusivity",
                kind: Type::Texts,
                fallback: Fallback::Absent("diffusivity = [\"1 / (1 + x^2)\"]"),
                doc: "D > 0 as an expression: one for all coordinates, or one for each; named as in the energy, or x[1], x[2], ...",
            },
        ],
        ..PLAIN
    },
    Kind {
        name: "non-reversible",
        aliases: &["stirring"],
        doc: "K = 1 + Q with a constant antisymmetric Q: a current that leaves the law alone and forgets faster; for scheme euler-maruyama",
        reference: "HwangEtAl2005; DuncanEtAl2016",
        keys: &[
            Key {
                name: "strength",
                kind: Type::Number,
                fallback: Fallback::Is("1.0"),
                doc: "s in Q = s J, which turns coordinates 1 and 2 about one another, 3 and 4, ...; the bias of a stride grows as h s^2",
            },
            Key {
                name: "matrix",
                kind: Type::Numbers,
                fallback: Fallback::Absent("matrix = [1.0, 0.0, -2.0]"),
                doc: "Q itself, times `strength`: what is above its diagonal, row by row, d (d - 1) / 2 numbers",
            },
        ],
        ..PLAIN
    },
    manifolds::WEIGHTED,
    manifolds::SPHERE,
    manifolds::OBLIQUE,
    manifolds::STIEFEL,
    manifolds::GRASSMANN,
    manifolds::ROTATIONS,
    manifolds::RIGID_MOTIONS,
    manifolds::SPD,
    manifolds::FIXED_RANK,
    manifolds::LORENTZ,
    manifolds::POINCARE,
    manifolds::ORTHANT,
    manifolds::SIMPLEX,
    manifolds::GAUSSIAN_FISHER,
    manifolds::GAUSSIAN_BURES,
];
