//! Every geometry by name, and on which states it acts.
use super::{Diagonal, Euclidean, FisherRao, Friction, Growing, Sphere, Stein, Stirring, Symplectic, Wasserstein};
use crate::state::{Cloud, Gaussian, Grid, Phase};
use steepest_core::Geometry;

/// How to build a geometry of states `S`, with default settings.
type Build<S> = fn() -> Box<dyn Geometry<S> + Send + Sync>;

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
        name: "sphere",
        meaning: "The unit sphere with its round metric, particle by particle.",
        reference: "AbsilMahonySepulchre2008, Sec. 3.6.1",
        cloud: Some(|| Box::new(Sphere)),
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
