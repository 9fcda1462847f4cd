//! Energies of matrices and of points of a manifold: the keys of each.
use super::{Fallback, Key, Kind, Type};

const DATA: Key = Key {
    name: "data",
    kind: Type::Path,
    fallback: Fallback::Required("data = \"A.npy\""),
    doc: "the matrix: .npy, or CSV without names; relative to this file",
};
const PLAIN: Kind = Kind {
    name: "rayleigh",
    aliases: &["eigenspace"],
    doc: "-tr(X^T A X) / 2 for a symmetric matrix A: leading eigenvectors, on grassmann, stiefel or sphere",
    reference: "AbsilMahonySepulchre2008, Sec. 4.8",
    keys: &[
        DATA,
        Key {
            name: "columns",
            kind: Type::Count(1, 100_000),
            fallback: Fallback::Is("1"),
            doc: "p, how many eigenvectors",
        },
        Key {
            name: "which",
            kind: Type::Choice(&["largest", "smallest"]),
            fallback: Fallback::Is("\"largest\""),
            doc: "the end of the spectrum",
        },
    ],
    states: &[],
    noises: &[],
    about: None,
};
pub(super) const RAYLEIGH: Kind = PLAIN;
pub(super) const FRECHET_MEAN: Kind = Kind {
    name: "frechet-mean",
    aliases: &["karcher-mean"],
    doc: "half the mean squared distance to given points, in the geometry of the flow: their mean",
    reference: "Karcher1977",
    keys: &[Key {
        fallback: Fallback::Required("data = \"points.npy\""),
        doc: "the points: .npy with the first axis over them, or CSV without names with a point a line, matrices row by row",
        ..DATA
    }],
    ..PLAIN
};
pub(super) const PROCRUSTES: Kind = Kind {
    name: "procrustes",
    aliases: &["wahba"],
    doc: "sum w |b - R a|^2 / 2 over pairs of points: the turn R that brings a to b, on rotations",
    reference: "Wahba1965",
    keys: &[Key {
        fallback: Fallback::Required("data = \"pairs.csv\""),
        doc: "a pair a line: the numbers of a, those of b, and a weight if there is one more; CSV without names, or .npy",
        ..DATA
    }],
    ..PLAIN
};
pub(super) const COMPLETION: Kind = Kind {
    name: "completion",
    aliases: &[],
    doc: "sum ((U S V^T)_ij - y_ij)^2 / 2 over known entries: a matrix of low rank, on fixed-rank",
    reference: "Vandereycken2013",
    keys: &[
        Key {
            fallback: Fallback::Required("data = \"entries.csv\""),
            doc: "an entry a line: row and column, counted from 1, and value; CSV without names, or .npy",
            ..DATA
        },
        Key { name: "rank", kind: Type::Count(1, 10_000), fallback: Fallback::Required("rank = 5"), doc: "k" },
        Key {
            name: "rows",
            kind: Type::Count(1, 10_000_000),
            fallback: Fallback::Absent("rows = 100"),
            doc: "m; left out: the largest row there is",
        },
        Key {
            name: "columns",
            kind: Type::Count(1, 10_000_000),
            fallback: Fallback::Absent("columns = 100"),
            doc: "n; left out: the largest column there is",
        },
    ],
    ..PLAIN
};
