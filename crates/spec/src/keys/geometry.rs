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

/// Numbers of a mirror map, with the map they belong to.
pub(crate) const OF_MAPS: &[(&str, &str)] =
    &[("metric", "quadratic"), ("p", "p-norm"), ("q", "tsallis"), ("lower", "fermi-dirac"), ("upper", "fermi-dirac")];

pub(super) const GEOMETRIES: &[Kind] = &[
    PLAIN,
    Kind {
        name: "fisher",
        aliases: &["information"],
        doc: "the Fisher information of the data: K = G^-1, the same in all coordinates; for schemes natural-gradient, gradient-flow and, as the model of V, trust-region",
        reference: "Amari1998",
        keys: &[
            Key {
                name: "information",
                kind: Type::Choice(&["auto", "exact", "empirical"]),
                fallback: Fallback::Is("\"auto\""),
                doc: "exact: expected over responses, with the curvature of the prior (regressions without groups, but for ordinal and categorical responses); empirical: of the scores of the rows; auto: exact where there is one",
            },
            Key {
                name: "damping",
                kind: Type::NotNegative,
                fallback: Fallback::Is("0.0"),
                doc: "share of the mean of its diagonal that is added to G: shorter steps where G is small",
            },
        ],
        ..PLAIN
    },
    Kind {
        name: "mirror",
        aliases: &["bregman"],
        doc: "the Hessian of a convex function: K = (Hess phi)^-1, on its domain; for scheme mirror-descent",
        reference: "NemirovskyYudin1983; BeckTeboulle2003",
        keys: &[
            Key {
                name: "map",
                kind: Type::Choice(&[
                    "quadratic",
                    "entropy",
                    "boltzmann",
                    "burg",
                    "fermi-dirac",
                    "p-norm",
                    "von-neumann",
                    "log-det",
                    "tsallis",
                ]),
                fallback: Fallback::Required("map = \"entropy\""),
                doc: "phi, which brings its domain: entropy and tsallis the simplex, boltzmann and burg x > 0, fermi-dirac a box, von-neumann and log-det positive matrices (`steepest list maps`)",
            },
            Key {
                name: "metric",
                kind: Type::Numbers,
                fallback: Fallback::Absent("metric = [1.0, 4.0]"),
                doc: "A of map quadratic, phi = <x, A x> / 2: its diagonal, or what is on and above it, row by row; left out: 1",
            },
            Key {
                name: "p",
                kind: Type::Number,
                fallback: Fallback::Absent("p = 1.5"),
                doc: "of map p-norm, above 1 and at most 2",
            },
            Key {
                name: "q",
                kind: Type::Fraction,
                fallback: Fallback::Absent("q = 0.5"),
                doc: "of map tsallis; towards 1 it is entropy",
            },
            Key {
                name: "lower",
                kind: Type::Numbers,
                fallback: Fallback::Absent("lower = [0.0]"),
                doc: "lower bounds of map fermi-dirac: one for all coordinates, or one for each",
            },
            Key {
                name: "upper",
                kind: Type::Numbers,
                fallback: Fallback::Absent("upper = [1.0]"),
                doc: "upper bounds of map fermi-dirac",
            },
        ],
        ..PLAIN
    },
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
        name: "constrained",
        aliases: &["surface"],
        doc: "the surface where the constraints vanish: pendulums, rods, rigid bodies; for mechanics by a word of A and B or a composition, which becomes RATTLE",
        reference: "Andersen1983; HairerLubichWanner2006, Sec. VII.1",
        keys: &[Key {
            name: "constraints",
            kind: Type::Texts,
            fallback: Fallback::Required("constraints = [\"x^2 + y^2 - 1\"]"),
            doc: "expressions of the coordinates that are 0 on the surface; named as in the energy, or x[1], x[2], ...",
        }],
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
