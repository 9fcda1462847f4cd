//! CATALOGUE: every target by name, with what can be set about it.
use super::more_garbow_hillstrom::entry as mgh;
use super::{
    Banana, DenseGaussian, DiagonalGaussian, DoubleWell, EightSchools, Funnel, HenonHeiles, Kepler, ManyWell,
    MarkovGaussian, Mixture, MuellerBrown, NotPositive, OuterPlanets, QuarticWells, Ring, TargetError,
};
use crate::Model;
use crate::table::nearest;
use std::fmt;

/// Which values a setting can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// A number.
    Real,
    /// A number above zero, at most this.
    Positive(f64),
    /// A number strictly between these.
    Between(f64, f64),
    /// A whole number between these, both included.
    Whole(u32, u32),
}
impl Domain {
    fn has(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Domain::Real => true,
                Domain::Positive(most) => value > 0.0 && value <= most,
                Domain::Between(a, b) => value > a && value < b,
                Domain::Whole(a, b) => value.fract() == 0.0 && value >= a as f64 && value <= b as f64,
            }
    }
}
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Domain::Real => write!(f, "a number"),
            Domain::Positive(most) => write!(f, "positive, at most {most}"),
            Domain::Between(a, b) => write!(f, "between {a} and {b}"),
            Domain::Whole(a, b) => write!(f, "a whole number from {a} to {b}"),
        }
    }
}

/// Something about a target that can be set, `--set name=value`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value where nothing is said.
    pub default: f64,
    /// What it is.
    pub meaning: &'static str,
    /// Which values it can have.
    pub domain: Domain,
}

/// From the value of each setting, in order.
type Make = fn(&[f64]) -> Result<Box<dyn Model>, NotPositive>;

/// A named target.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// One sentence or formula.
    pub meaning: &'static str,
    /// Bibliography keys; empty for what needs none.
    pub reference: &'static str,
    /// What can be set.
    pub settings: &'static [Setting],
    pub(super) make: Make,
}
impl Entry {
    /// The target with these settings and the defaults for the rest; of a setting given twice the last counts.
    ///
    /// # Errors
    /// [`TargetError`] for a setting it does not have or a value that setting cannot have.
    pub fn build(&self, settings: &[(String, f64)]) -> Result<Box<dyn Model>, TargetError> {
        let mut values: Vec<f64> = self.settings.iter().map(|s| s.default).collect();
        for (name, value) in settings {
            let Some(k) = self.settings.iter().position(|s| s.name == *name) else {
                let known: Vec<_> = self.settings.iter().map(|s| s.name).collect();
                let nearest = nearest(name, known.iter().copied());
                return Err(TargetError::UnknownSetting { target: self.name, name: name.clone(), nearest, known });
            };
            if !self.settings[k].domain.has(*value) {
                return Err(TargetError::BadValue { target: self.name, setting: self.settings[k], value: *value });
            }
            values[k] = *value;
        }
        (self.make)(&values).map_err(|reason| TargetError::Singular { target: self.name, reason })
    }
}

/// The target called `name`, hyphens and underscores alike, with these settings.
///
/// ```
/// use steepest_models::target;
/// let funnel = target("funnel", &[("d".to_string(), 5.0)]).unwrap();
/// assert_eq!((funnel.dim(), funnel.truth().unwrap().log_z), (5, Some(0.0)));
/// let error = target("funel", &[]).err().unwrap();
/// assert_eq!(error.to_string(), "there is no target called 'funel'; did you mean 'funnel'?");
/// ```
///
/// # Errors
/// [`TargetError`], naming the nearest known name where there is one.
pub fn target(name: &str, settings: &[(String, f64)]) -> Result<Box<dyn Model>, TargetError> {
    let wanted = name.to_lowercase().replace('_', "-");
    match CATALOGUE.iter().find(|e| e.name == wanted) {
        Some(entry) => entry.build(settings),
        None => {
            let nearest = nearest(&wanted, CATALOGUE.iter().map(|e| e.name));
            Err(TargetError::UnknownTarget { name: name.into(), nearest })
        }
    }
}
const fn setting(name: &'static str, default: f64, domain: Domain, meaning: &'static str) -> Setting {
    Setting { name, default, meaning, domain }
}
const fn dimension(default: f64, least: u32, most: u32) -> Setting {
    setting("d", default, Domain::Whole(least, most), "dimension")
}
const MOST: u32 = 1_000_000;
const LENGTH: Domain = Domain::Positive(1e6);

/// Every named target.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        name: "gaussian",
        meaning: "Independent normal components.",
        reference: "",
        settings: &[
            dimension(10.0, 1, MOST),
            setting("mean", 0.0, Domain::Real, "mean of each component"),
            setting("sd", 1.0, LENGTH, "standard deviation of each component"),
        ],
        make: |s| Ok(Box::new(DiagonalGaussian::new(s[1], &vec![s[2]; s[0] as usize]))),
    },
    Entry {
        name: "correlated-gaussian",
        meaning: "Normal with covariance s_i s_j rho^|i - j|, s from 1 / `spread` to `spread`.",
        reference: "",
        settings: &[
            dimension(10.0, 1, MOST),
            setting("rho", 0.9, Domain::Between(-1.0, 1.0), "correlation of neighbours"),
            setting("spread", 1.0, LENGTH, "largest standard deviation, and one over the least"),
        ],
        make: |s| Ok(Box::new(MarkovGaussian::new(s[0] as usize, s[1], s[2]))),
    },
    Entry {
        name: "wishart-gaussian",
        meaning: "Normal with a precision matrix drawn from a Wishart law.",
        reference: "HoffmanGelman2014, Sec. 4.1",
        settings: &[
            dimension(50.0, 1, 1000),
            setting("key", 1.0, Domain::Whole(0, u32::MAX), "which draw of the precision"),
        ],
        make: |s| Ok(Box::new(DenseGaussian::wishart(s[0] as usize, s[1] as u64)?)),
    },
    Entry {
        name: "ill-conditioned-gaussian",
        meaning: "Normal with variances from 1 to `condition`, evenly spaced on a log scale.",
        reference: "",
        settings: &[
            dimension(50.0, 1, MOST),
            setting("condition", 1e4, Domain::Positive(1e12), "largest variance over smallest"),
            setting("reflected", 0.0, Domain::Whole(0, 1), "1 hides the scales from the axes"),
        ],
        make: |s| Ok(Box::new(DiagonalGaussian::ill_conditioned(s[0] as usize, s[1], s[2] == 1.0))),
    },
    Entry {
        name: "funnel",
        meaning: "x[1] ~ N(0, scale^2), x[j] ~ N(0, exp(x[1])).",
        reference: "Neal2003, Sec. 8",
        settings: &[
            dimension(10.0, 2, MOST),
            setting("scale", 3.0, Domain::Positive(10.0), "standard deviation of x[1]"),
        ],
        make: |s| Ok(Box::new(Funnel::new(s[0] as usize, s[1]))),
    },
    Entry {
        name: "banana",
        meaning: "x[1] ~ N(0, scale^2), x[2] ~ N(bend (x[1]^2 - scale^2), 1).",
        reference: "HaarioSaksmanTamminen1999",
        settings: &[
            setting("scale", 10.0, LENGTH, "standard deviation of x[1]"),
            setting("bend", 0.03, Domain::Real, "curvature"),
        ],
        make: |s| Ok(Box::new(Banana::new(s[0], s[1]))),
    },
    Entry {
        name: "rosenbrock",
        meaning: "V = (1 - x[1])^2 + 100 (x[2] - x[1]^2)^2.",
        reference: "Rosenbrock1960",
        settings: &[],
        make: |_| Ok(Box::new(Banana::rosenbrock())),
    },
    Entry {
        name: "double-well",
        meaning: "V = barrier (x^2 - 1)^2 on a line.",
        reference: "",
        settings: &[setting("barrier", 0.25, LENGTH, "height of the barrier")],
        make: |s| Ok(Box::new(DoubleWell::new(s[0], 0, 1.0))),
    },
    Entry {
        name: "double-well-2d",
        meaning: "V = barrier (x[1]^2 - 1)^2 + stiffness x[2]^2 / 2.",
        reference: "",
        settings: &[
            setting("barrier", 1.0, LENGTH, "height of the barrier"),
            setting("stiffness", 1.0, LENGTH, "of the second component"),
        ],
        make: |s| Ok(Box::new(DoubleWell::new(s[0], 1, s[1]))),
    },
    Entry {
        name: "mueller-brown",
        meaning: "The three-well surface of Mueller and Brown.",
        reference: "MullerBrown1979",
        settings: &[setting("scale", 1.0, Domain::Positive(10.0), "factor on V")],
        make: |s| Ok(Box::new(MuellerBrown::new(s[0]))),
    },
    Entry {
        name: "ring",
        meaning: "V = (|x| - radius)^2 / (2 width^2) in the plane.",
        reference: "",
        settings: &[
            setting("radius", 4.0, LENGTH, "of the ring"),
            setting("width", 0.5, LENGTH, "radial standard deviation"),
        ],
        make: |s| Ok(Box::new(Ring::new(s[0], s[1]))),
    },
    Entry {
        name: "gaussian-mixture",
        meaning: "Forty normal modes of equal weight in [-40, 40]^2.",
        reference: "MidgleyEtAl2023, Sec. 4.1",
        settings: &[setting("sd", 1.0, LENGTH, "standard deviation of a mode")],
        make: |s| Ok(Box::new(Mixture::new(s[0]))),
    },
    Entry {
        name: "many-well",
        meaning: "V = sum over pairs of x^4 - 6 x^2 - x/2 + y^2/2.",
        reference: "NoeOlssonKohlerWu2019",
        settings: &[setting("pairs", 16.0, Domain::Whole(1, MOST / 2), "pairs of a double well and a normal")],
        make: |s| Ok(Box::new(ManyWell::new(s[0] as usize))),
    },
    Entry {
        name: "quartic-wells",
        meaning: "V = sum of (x[j]^2 - separation)^2 over the first `wells` components, x[j]^2 / 2 over the others.",
        reference: "WuKohlerNoe2020",
        settings: &[
            dimension(5.0, 1, MOST),
            setting("wells", 5.0, Domain::Whole(1, MOST), "components with two wells, at most d"),
            setting("separation", 4.0, Domain::Positive(1e4), "square of the distance of a well from 0"),
        ],
        make: |s| Ok(Box::new(QuarticWells::new(s[0] as usize, s[1] as usize, s[2]))),
    },
    Entry {
        name: "eight-schools",
        meaning: "The hierarchical model of eight schools, in coordinates that are white given tau.",
        reference: "Rubin1981; GelmanEtAl2013, Sec. 5.5",
        settings: &[],
        make: |_| Ok(Box::new(EightSchools)),
    },
    Entry {
        name: "kepler",
        meaning: "V = -mu / |x| in the plane, to move in (`steepest run` with scheme verlet).",
        reference: "HairerLubichWanner2006, Sec. I.2",
        settings: &[
            setting("mu", 1.0, LENGTH, "strength of the sun"),
            setting("eccentricity", 0.6, Domain::Between(0.0, 1.0), "of the ellipse, and the largest of an ensemble"),
        ],
        make: |s| Ok(Box::new(Kepler::new(s[0], s[1]))),
    },
    Entry {
        name: "henon-heiles",
        meaning: "V = (x^2 + y^2)/2 + x^2 y - y^3/3, to move in below energy 1/6.",
        reference: "HenonHeiles1964",
        settings: &[],
        make: |_| Ok(Box::new(HenonHeiles)),
    },
    Entry {
        name: "outer-planets",
        meaning: "The sun and the planets from Jupiter out, to move in: au, days, solar masses.",
        reference: "HairerLubichWanner2006, Sec. I.2.4",
        settings: &[],
        make: |_| Ok(Box::new(OuterPlanets)),
    },
    mgh::<0>(),
    mgh::<1>(),
    mgh::<2>(),
    mgh::<3>(),
    mgh::<4>(),
    mgh::<5>(),
    mgh::<6>(),
    mgh::<7>(),
    mgh::<8>(),
    mgh::<9>(),
    mgh::<10>(),
    mgh::<11>(),
    mgh::<12>(),
    mgh::<13>(),
    mgh::<14>(),
    mgh::<15>(),
    mgh::<16>(),
    mgh::<17>(),
    mgh::<18>(),
    mgh::<19>(),
    mgh::<20>(),
    mgh::<21>(),
    mgh::<22>(),
    mgh::<23>(),
    mgh::<24>(),
    mgh::<25>(),
    mgh::<26>(),
    mgh::<27>(),
    mgh::<28>(),
    mgh::<29>(),
    mgh::<30>(),
    mgh::<31>(),
    mgh::<32>(),
    mgh::<33>(),
    mgh::<34>(),
];
