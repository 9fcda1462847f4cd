//! Every mirror map by name: what the laws are tested on, and what flow files choose from.
use super::{
    Boltzmann, Burg, Entropy, FermiDirac, LogDet, MirrorMap, PNorm, Quadratic, Separable, Tsallis, VonNeumann,
};

/// A mirror map's name, where it comes from, and one of it.
pub struct Entry {
    /// Its name in a flow file.
    pub name: &'static str,
    /// One sentence.
    pub meaning: &'static str,
    /// Its domain, in words.
    pub domain: &'static str,
    /// Bibliography key and place.
    pub reference: &'static str,
    /// With default settings, for three coordinates or any number.
    pub build: fn() -> Option<Box<dyn MirrorMap>>,
}

/// Every mirror map.
///
/// ```
/// use steepest_flows::geometry::mirror::MIRRORS;
/// assert!(MIRRORS.iter().all(|entry| (entry.build)().is_some_and(|map| map.fits(3))));
/// ```
pub const MIRRORS: &[Entry] = &[
    Entry {
        name: "quadratic",
        meaning: "phi = <x, A x> / 2: descent preconditioned by A^-1",
        domain: "all of R^d",
        reference: "BeckTeboulle2003",
        build: || Some(Box::new(Quadratic::dense(3, &[2.0, 0.0, 0.0, 0.5, 1.0, 0.0, -0.3, 0.2, 0.5]).ok()?)),
    },
    Entry {
        name: "entropy",
        meaning: "phi = sum x log x: steps multiply; the flow is the replicator equation",
        domain: "the simplex: x > 0, sum x = 1",
        reference: "BeckTeboulle2003, Sec. 5",
        build: || Some(Box::new(Entropy)),
    },
    Entry {
        name: "boltzmann",
        meaning: "phi = sum x log x - x: steps multiply",
        domain: "x > 0",
        reference: "KivinenWarmuth1997",
        build: || Some(Box::new(Separable(Boltzmann))),
    },
    Entry {
        name: "burg",
        meaning: "phi = -sum log x: steps are the same at every scale",
        domain: "x > 0",
        reference: "BauschkeBolteTeboulle2017, Sec. 5",
        build: || Some(Box::new(Separable(Burg))),
    },
    Entry {
        name: "fermi-dirac",
        meaning: "phi = sum (x - a) log(x - a) + (b - x) log(b - x): steps are those of a log odds",
        domain: "the box a < x < b",
        reference: "BauschkeBolteTeboulle2017, Sec. 2",
        build: || Some(Box::new(Separable(FermiDirac::new(&[-1.0], &[2.0])?))),
    },
    Entry {
        name: "p-norm",
        meaning: "phi = |x|_p^2 / 2, 1 < p <= 2: towards 1 it hardly sees how many coordinates do not matter",
        domain: "all of R^d",
        reference: "Shalev-Shwartz2012, Sec. 2",
        build: || Some(Box::new(PNorm::new(1.5)?)),
    },
    Entry {
        name: "von-neumann",
        meaning: "phi = tr X log X: the entropy of a density matrix",
        domain: "symmetric X > 0 of trace one, as x_11, x_12, ..., x_22, ...",
        reference: "TsudaRatschWarmuth2005",
        build: || Some(Box::new(VonNeumann)),
    },
    Entry {
        name: "log-det",
        meaning: "phi = -log det X: the same in every basis",
        domain: "symmetric X > 0, as x_11, x_12, ..., x_22, ...",
        reference: "KulisSustikDhillon2009",
        build: || Some(Box::new(LogDet)),
    },
    Entry {
        name: "tsallis",
        meaning: "phi = (1 - sum x^q) / (1 - q), 0 < q < 1: rare coordinates come back sooner than with entropy",
        domain: "the simplex: x > 0, sum x = 1",
        reference: "ZimmertSeldin2021",
        build: || Some(Box::new(Tsallis { q: 0.5 })),
    },
];
