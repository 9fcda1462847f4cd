//! MANIFOLD: the words that choose among metrics, and which geometries are manifolds.
use super::Geometry;
use crate::keys::{Kind, noun};
use serde::{Deserialize, Serialize};

/// Metric of the Stiefel manifold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field's names")]
pub enum Stiefel {
    Embedded,
    Canonical,
}
/// Metric of positive definite matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field's names")]
pub enum Positive {
    AffineInvariant,
    LogEuclidean,
    BuresWasserstein,
}
/// End of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field's names")]
pub enum End {
    Largest,
    Smallest,
}

/// Whether a geometry is a manifold on which a point lives.
pub(crate) fn is_manifold(kind: &Kind) -> bool {
    kind.states == ["point"]
}
/// The geometry that an energy is at home in.
pub(super) fn home(functional: &str) -> &'static str {
    match functional {
        "rayleigh" => "grassmann",
        "procrustes" => "rotations",
        "completion" => "fixed-rank",
        _ => "euclidean",
    }
}
impl Geometry {
    /// Its name in flow.toml.
    pub fn name(&self) -> &'static str {
        match self {
            Geometry::Euclidean {} => "euclidean",
            Geometry::Constrained { .. } => "constrained",
            Geometry::Diagonal { .. } => "diagonal",
            Geometry::Fisher { .. } => "fisher",
            Geometry::Mirror { .. } => "mirror",
            Geometry::NonReversible { .. } => "non-reversible",
            Geometry::Weighted { .. } => "weighted",
            Geometry::Sphere {} => "sphere",
            Geometry::Oblique { .. } => "oblique",
            Geometry::Stiefel { .. } => "stiefel",
            Geometry::Grassmann { .. } => "grassmann",
            Geometry::Rotations {} => "rotations",
            Geometry::RigidMotions {} => "rigid-motions",
            Geometry::Spd { .. } => "spd",
            Geometry::FixedRank {} => "fixed-rank",
            Geometry::Lorentz {} => "lorentz",
            Geometry::Poincare {} => "poincare",
            Geometry::Orthant {} => "orthant",
            Geometry::Simplex {} => "simplex",
            Geometry::GaussianFisher {} => "gaussian-fisher",
            Geometry::GaussianBures {} => "gaussian-bures",
        }
    }
    /// What it is, for messages.
    pub(crate) fn kind(&self) -> Option<&'static Kind> {
        noun("geometry").and_then(|noun| noun.kind(self.name()))
    }
    /// Whether it is a manifold on which a point lives.
    pub fn manifold(&self) -> bool {
        self.kind().is_some_and(is_manifold)
    }
}
