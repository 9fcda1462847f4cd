//! Manifolds as geometries of a point: the keys of each. That it goes with state `point` is what makes one of these.
use super::geometry::PLAIN;
use super::{Fallback, Key, Kind, Type};

const POINT: Kind = Kind { states: &["point"], ..PLAIN };
const COLUMNS: Key = Key {
    name: "columns",
    kind: Type::Count(1, 100_000),
    fallback: Fallback::Absent("columns = 2"),
    doc: "of the matrix that the coordinates are, row by row; left out: those of the energy, or 1",
};
const METRIC: Key = Key {
    name: "metric",
    kind: Type::Choice(&["embedded", "canonical"]),
    fallback: Fallback::Is("\"embedded\""),
    doc: "lengths as numbers, or as a quotient of the orthogonal matrices",
};
const POSITIVE: Key = Key {
    name: "metric",
    kind: Type::Choice(&["affine-invariant", "log-euclidean", "bures-wasserstein"]),
    fallback: Fallback::Is("\"affine-invariant\""),
    doc: "in which no unit matters; flat in logarithms; of optimal transport between Gaussians",
};
const MATRIX: Key = Key {
    name: "matrix",
    kind: Type::Numbers,
    fallback: Fallback::Required("matrix = [2.0, 0.5, 0.5, 1.0]"),
    doc: "M, d by d row by row, symmetric and positive definite; or d numbers, its diagonal",
};

pub(super) const WEIGHTED: Kind =
    Kind { name: "weighted", doc: "u^T M v with a constant metric M: gradients are M^-1 dV", keys: &[MATRIX], ..POINT };
pub(super) const SPHERE: Kind =
    Kind { name: "sphere", doc: "the unit sphere", reference: "AbsilMahonySepulchre2008, Sec. 3.6.1", ..POINT };
pub(super) const OBLIQUE: Kind = Kind {
    name: "oblique",
    doc: "matrices whose columns have length one",
    reference: "AbsilGallivan2006",
    keys: &[COLUMNS],
    ..POINT
};
pub(super) const STIEFEL: Kind = Kind {
    name: "stiefel",
    doc: "matrices with orthonormal columns",
    reference: "EdelmanAriasSmith1998",
    keys: &[COLUMNS, METRIC],
    ..POINT
};
pub(super) const GRASSMANN: Kind = Kind {
    name: "grassmann",
    doc: "spaces of some dimension, each by an orthonormal basis; for energies of the space alone",
    reference: "EdelmanAriasSmith1998",
    keys: &[COLUMNS],
    ..POINT
};
pub(super) const ROTATIONS: Kind = Kind {
    name: "rotations",
    aliases: &["so"],
    doc: "rotations, SO(n), n by n row by row",
    reference: "BoumalBook2023, Sec. 7.4",
    ..POINT
};
pub(super) const RIGID_MOTIONS: Kind = Kind {
    name: "rigid-motions",
    aliases: &["se"],
    doc: "rotations and shifts, SE(n): n by n numbers, then n",
    reference: "BoumalBook2023, Sec. 7.4",
    ..POINT
};
pub(super) const SPD: Kind = Kind {
    name: "spd",
    doc: "symmetric positive definite matrices, n by n row by row",
    reference: "Bhatia2007; ArsignyEtAl2007; BhatiaJainLim2019",
    keys: &[POSITIVE],
    ..POINT
};
pub(super) const FIXED_RANK: Kind = Kind {
    name: "fixed-rank",
    doc: "matrices of a fixed rank, as U S V^T; for functional completion",
    reference: "Vandereycken2013",
    ..POINT
};
pub(super) const LORENTZ: Kind = Kind {
    name: "lorentz",
    aliases: &["hyperboloid"],
    doc: "hyperbolic space as a sheet of a hyperboloid, the first coordinate along its axis",
    reference: "BoumalBook2023, Sec. 7.6",
    ..POINT
};
pub(super) const POINCARE: Kind = Kind {
    name: "poincare",
    aliases: &["hyperbolic"],
    doc: "hyperbolic space as the inside of a ball",
    reference: "Ungar2008",
    ..POINT
};
pub(super) const ORTHANT: Kind =
    Kind { name: "orthant", aliases: &["positive"], doc: "positive numbers, measured by their logarithms", ..POINT };
pub(super) const SIMPLEX: Kind = Kind {
    name: "simplex",
    doc: "positive numbers with sum one and the Fisher metric",
    reference: "AmariNagaoka2000, Sec. 2.5",
    ..POINT
};
pub(super) const GAUSSIAN_FISHER: Kind = Kind {
    name: "gaussian-fisher",
    doc: "normal distributions (mean, sd) with the Fisher metric",
    reference: "AtkinsonMitchell1981",
    ..POINT
};
pub(super) const GAUSSIAN_BURES: Kind = Kind {
    name: "gaussian-bures",
    doc: "Gaussians in optimal transport: n numbers of the mean, then n by n of the covariance",
    reference: "MalagoMontrucchioPistone2018",
    ..POINT
};
