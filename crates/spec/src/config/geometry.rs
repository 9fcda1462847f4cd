//! GEOMETRY: the keys of each kind, as a value.
use super::manifold::{Positive, Stiefel};
use serde::{Deserialize, Serialize};

/// K, how distance is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub enum Geometry {
    Euclidean {},
    /// One of `growth` and `diffusivity` is there.
    Diagonal {
        growth: Option<f64>,
        diffusivity: Option<Vec<String>>,
    },
    Constrained {
        constraints: Vec<String>,
    },
    /// `matrix` is what is above the diagonal of Q, row by row.
    NonReversible {
        strength: f64,
        matrix: Option<Vec<f64>>,
    },
    /// `information: None` is auto.
    Fisher {
        information: Option<Information>,
        damping: f64,
    },
    /// `map` is one of `MIRRORS`; the others are of one map each.
    Mirror {
        map: String,
        metric: Option<Vec<f64>>,
        p: Option<f64>,
        q: Option<f64>,
        lower: Option<Vec<f64>>,
        upper: Option<Vec<f64>>,
    },
    Weighted {
        matrix: Vec<f64>,
    },
    Sphere {},
    Oblique {
        columns: Option<usize>,
    },
    Stiefel {
        columns: Option<usize>,
        metric: Stiefel,
    },
    Grassmann {
        columns: Option<usize>,
    },
    Rotations {},
    RigidMotions {},
    Spd {
        metric: Positive,
    },
    FixedRank {},
    Lorentz {},
    Poincare {},
    Orthant {},
    Simplex {},
    GaussianFisher {},
    GaussianBures {},
}

/// Which information a geometry is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Information {
    /// Expected over responses.
    Exact,
    /// Of the rows as they are.
    Empirical,
}
