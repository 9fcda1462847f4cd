//! Every geometry by name, and on which states it acts.
use super::{
    AffineInvariant, BuresWasserstein, Diagonal, Each, Euclidean, FisherRao, FixedRank, Friction, Grassmann, Growing,
    LogEuclidean, Lorentz, Manifold, NormalFisher, Orthant, Poincare, Product, Rotations, Simplex, Sphere, Stein,
    Stiefel, StiefelMetric, Stirring, Symplectic, Wasserstein, Weighted, oblique,
};
use crate::state::{Cloud, Gaussian, Grid, Phase};
use steepest_core::Geometry;

/// How to build a geometry of states `S`, with default settings.
type Build<S> = fn() -> Box<dyn Geometry<S> + Send + Sync>;

/// How to build a manifold of the size that the tests use: small, and with nothing square that need not be.
pub type Surface = fn() -> Box<dyn Manifold>;

/// A geometry's name, where it comes from, and a column for each kind of state: `None` where it does not act.
pub struct Entry {
    /// Its name in a flow file.
    pub name: &'static str,
    /// One sentence.
    pub meaning: &'static str,
    /// Bibliography key and place; empty for what needs none.
    pub reference: &'static str,
    /// Whether Q = 0, so that the operator is symmetric.
    pub symmetric: bool,
    /// On clouds.
    pub cloud: Option<Build<Cloud>>,
    /// On phase clouds.
    pub phase: Option<Build<Phase>>,
    /// On densities on a grid.
    pub grid: Option<Build<Grid>>,
    /// On Gaussians.
    pub gaussian: Option<Build<Gaussian>>,
    /// A manifold on which each point of a cloud lies, by [`Each`].
    pub surface: Option<Surface>,
}
const NOWHERE: Entry = Entry {
    name: "",
    meaning: "",
    reference: "",
    symmetric: true,
    cloud: None,
    phase: None,
    grid: None,
    gaussian: None,
    surface: None,
};

/// Every geometry.
///
/// ```
/// use steepest_flows::geometry::CATALOGUE;
/// let on_phases: Vec<_> = CATALOGUE.iter().filter(|e| e.phase.is_some()).map(|e| e.name).collect();
/// assert_eq!(on_phases, ["euclidean", "symplectic", "friction"]);
/// ```
pub const CATALOGUE: &[Entry] = &[
    Entry {
        name: "euclidean",
        meaning: "K = I: plain gradients.",
        cloud: Some(|| Box::new(Euclidean)),
        phase: Some(|| Box::new(Euclidean)),
        grid: Some(|| Box::new(Euclidean)),
        gaussian: Some(|| Box::new(Euclidean)),
        ..NOWHERE
    },
    Entry {
        name: "diagonal",
        meaning: "K = diag(D(x)): units that depend on the place; by default D_j = 1 + x_j^2.",
        reference: "GirolamiCalderhead2011",
        cloud: Some(|| Box::new(Diagonal(Growing { rate: 1.0 }))),
        ..NOWHERE
    },
    Entry {
        name: "stirring",
        meaning: "A constant antisymmetric Q, which turns coordinates 1 and 2 about one another, 3 and 4, ...",
        reference: "HwangEtAl2005",
        symmetric: false,
        cloud: Some(|| Box::new(Stirring::pairs(1.0, 3))),
        ..NOWHERE
    },
    Entry {
        name: "weighted",
        meaning: "u^T M v with a constant M: gradients are M^-1 dF.",
        surface: Some(|| Box::new(Weighted::new(2, &[2.0, 0.5, 0.5, 1.0]).unwrap_or_else(|_| Weighted::plain(2)))),
        ..NOWHERE
    },
    Entry {
        name: "sphere",
        meaning: "The unit sphere with its round metric.",
        reference: "AbsilMahonySepulchre2008, Sec. 3.6.1",
        cloud: Some(|| Box::new(Each(Sphere { d: 3 }))),
        surface: Some(|| Box::new(Sphere { d: 3 })),
        ..NOWHERE
    },
    Entry {
        name: "oblique",
        meaning: "Matrices whose columns have length one.",
        reference: "AbsilGallivan2006",
        surface: Some(|| Box::new(oblique(3, 2))),
        ..NOWHERE
    },
    Entry {
        name: "stiefel",
        meaning: "Matrices with orthonormal columns, measured as numbers.",
        reference: "EdelmanAriasSmith1998, Sec. 2.4",
        surface: Some(|| Box::new(Stiefel { rows: 5, columns: 2, metric: StiefelMetric::Embedded })),
        ..NOWHERE
    },
    Entry {
        name: "stiefel-canonical",
        meaning: "Matrices with orthonormal columns, measured as a quotient of the orthogonal ones.",
        reference: "EdelmanAriasSmith1998, Sec. 2.3",
        surface: Some(|| Box::new(Stiefel { rows: 5, columns: 2, metric: StiefelMetric::Canonical })),
        ..NOWHERE
    },
    Entry {
        name: "grassmann",
        meaning: "Spaces of some dimension, each by an orthonormal basis.",
        reference: "EdelmanAriasSmith1998, Sec. 2.5",
        surface: Some(|| Box::new(Grassmann { rows: 5, columns: 2 })),
        ..NOWHERE
    },
    Entry {
        name: "rotations",
        meaning: "Rotations, SO(n), with their bi-invariant metric.",
        reference: "BoumalBook2023, Sec. 7.4",
        surface: Some(|| Box::new(Rotations { rows: 4 })),
        ..NOWHERE
    },
    Entry {
        name: "rigid-motions",
        meaning: "Rotations and shifts, SE(n): the product of both.",
        reference: "BoumalBook2023, Sec. 7.4",
        surface: Some(|| Box::new(Product(Rotations { rows: 3 }, Weighted::plain(3)))),
        ..NOWHERE
    },
    Entry {
        name: "spd",
        meaning: "Symmetric positive definite matrices with the affine-invariant metric.",
        reference: "Bhatia2007, Ch. 6",
        surface: Some(|| Box::new(AffineInvariant { rows: 3 })),
        ..NOWHERE
    },
    Entry {
        name: "log-euclidean",
        meaning: "Symmetric positive definite matrices, measured by their logarithms.",
        reference: "ArsignyEtAl2007",
        surface: Some(|| Box::new(LogEuclidean { rows: 3 })),
        ..NOWHERE
    },
    Entry {
        name: "bures-wasserstein",
        meaning: "Symmetric positive definite matrices as covariances in optimal transport.",
        reference: "BhatiaJainLim2019",
        surface: Some(|| Box::new(BuresWasserstein { rows: 3 })),
        ..NOWHERE
    },
    Entry {
        name: "gaussian-bures",
        meaning: "Gaussians, mean and covariance, in optimal transport.",
        reference: "MalagoMontrucchioPistone2018",
        surface: Some(|| Box::new(Product(Weighted::plain(2), BuresWasserstein { rows: 2 }))),
        ..NOWHERE
    },
    Entry {
        name: "gaussian-fisher",
        meaning: "Normal distributions of one dimension with the Fisher metric.",
        reference: "AtkinsonMitchell1981",
        surface: Some(|| Box::new(NormalFisher)),
        ..NOWHERE
    },
    Entry {
        name: "fixed-rank",
        meaning: "Matrices of a fixed rank, as U S V^T.",
        reference: "Vandereycken2013",
        surface: Some(|| Box::new(FixedRank { rows: 5, columns: 4, rank: 2 })),
        ..NOWHERE
    },
    Entry {
        name: "lorentz",
        meaning: "Hyperbolic space as a sheet of a hyperboloid.",
        reference: "BoumalBook2023, Sec. 7.6",
        surface: Some(|| Box::new(Lorentz { d: 3 })),
        ..NOWHERE
    },
    Entry {
        name: "poincare",
        meaning: "Hyperbolic space as the inside of a ball.",
        reference: "Ungar2008",
        surface: Some(|| Box::new(Poincare { d: 3 })),
        ..NOWHERE
    },
    Entry {
        name: "orthant",
        meaning: "Positive numbers, measured by their logarithms.",
        surface: Some(|| Box::new(Orthant { d: 3 })),
        ..NOWHERE
    },
    Entry {
        name: "simplex",
        meaning: "Positive numbers with sum one and the Fisher metric.",
        reference: "AmariNagaoka2000, Sec. 2.5",
        surface: Some(|| Box::new(Simplex { d: 4 })),
        ..NOWHERE
    },
    Entry {
        name: "wasserstein",
        meaning: "K xi = -div(rho grad xi): mass moves.",
        reference: "Otto2001",
        cloud: Some(|| Box::new(Wasserstein)),
        grid: Some(|| Box::new(Wasserstein)),
        gaussian: Some(|| Box::new(Wasserstein)),
        ..NOWHERE
    },
    Entry {
        name: "fisher-rao",
        meaning: "K xi = rho (xi - <xi>): mass is reweighted where it is.",
        reference: "GallouetMonsaingeon2017",
        grid: Some(|| Box::new(FisherRao)),
        ..NOWHERE
    },
    Entry {
        name: "stein",
        meaning: "Gradients smoothed over particles by a Gaussian kernel of width 1.",
        reference: "LiuWang2016",
        cloud: Some(|| Box::new(Stein { width: 1.0 })),
        ..NOWHERE
    },
    Entry {
        name: "symplectic",
        meaning: "q' = dH/dp, p' = -dH/dq: mechanics, nothing dissipates.",
        reference: "HairerLubichWanner2006, Sec. VI.2",
        symmetric: false,
        phase: Some(|| Box::new(Symplectic)),
        ..NOWHERE
    },
    Entry {
        name: "friction",
        meaning: "Momenta decay at rate gamma = 1.",
        reference: "MaChenFox2015",
        phase: Some(|| Box::new(Friction { gamma: 1.0 })),
        ..NOWHERE
    },
];
