//! PRIOR: the densities a regression may put on a coefficient or on a scale, written as `normal(0, 2.5)`.
use crate::gamma::ln_gamma;
use crate::table::{did_you_mean, nearest};
use std::fmt;
use std::str::FromStr;

/// A prior density on one number.
///
/// ```
/// use steepest_models::Prior;
/// let prior: Prior = "student_t(3, 0, 2.5)".parse()?;
/// assert_eq!(prior.to_string(), "student_t(3, 0, 2.5)");
/// assert!(("normal(0, 1)".parse::<Prior>()?.ln_density(0.0) + 0.9189385332046727).abs() < 1e-15);
/// # Ok::<(), steepest_models::PriorError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the arguments, in the usual order and with the usual names")]
pub enum Prior {
    /// Density 1 everywhere: improper.
    Flat,
    /// N(mean, sd^2).
    Normal { mean: f64, sd: f64 },
    /// Student's t with nu degrees of freedom.
    StudentT { nu: f64, mean: f64, scale: f64 },
    /// Student's t with one degree of freedom.
    Cauchy { mean: f64, scale: f64 },
    /// Constant on (low, high), zero outside.
    Uniform { low: f64, high: f64 },
    /// rate exp(-rate x) on x > 0: for scales.
    Exponential { rate: f64 },
    /// x^(shape - 1) exp(-rate x), up to a constant, on x > 0: for scales.
    Gamma { shape: f64, rate: f64 },
    /// |N(0, sd^2)|: for scales.
    HalfNormal { sd: f64 },
    /// |Cauchy(0, scale)|: for scales.
    HalfCauchy { scale: f64 },
    /// |Student's t|: for scales.
    HalfStudentT { nu: f64, scale: f64 },
    /// det(R)^(shape - 1), up to a constant, over correlation matrices R [LewandowskiKurowickaJoe2009]; 1 is uniform. As a
    /// density on one number it is that of the correlation of a pair.
    Lkj { shape: f64 },
}

/// Names, arguments in order, for parsing, printing and messages.
const FORMS: [(&str, &[&str]); 11] = [
    ("flat", &[]),
    ("normal", &["mean", "sd"]),
    ("student_t", &["nu", "mean", "scale"]),
    ("cauchy", &["mean", "scale"]),
    ("uniform", &["low", "high"]),
    ("exponential", &["rate"]),
    ("gamma", &["shape", "rate"]),
    ("half_normal", &["sd"]),
    ("half_cauchy", &["scale"]),
    ("half_student_t", &["nu", "scale"]),
    ("lkj", &["shape"]),
];

/// What others call some of them.
const ELSEWHERE: [(&str, &str); 6] = [
    ("gaussian", "normal"),
    ("gauss", "normal"),
    ("t", "student_t"),
    ("half_t", "half_student_t"),
    ("halft", "half_student_t"),
    ("expon", "exponential"),
];

impl Prior {
    /// log of the normalised density at x (0 for a flat prior); -inf outside its support.
    pub fn ln_density(&self, x: f64) -> f64 {
        if self.is_for_scales() && x < 0.0 {
            return f64::NEG_INFINITY;
        }
        if let Prior::Uniform { low, high } = *self
            && !(low..=high).contains(&x)
        {
            return f64::NEG_INFINITY;
        }
        if matches!(self, Prior::Lkj { .. }) && !(-1.0..=1.0).contains(&x) {
            return f64::NEG_INFINITY;
        }
        self.ln_constant() + self.ln_kernel(x)
    }

    /// The part of the log density that does not depend on x.
    pub(crate) fn ln_constant(&self) -> f64 {
        use std::f64::consts::{LN_2, PI};
        let t =
            |nu: f64, scale: f64| ln_gamma(0.5 * (nu + 1.0)) - ln_gamma(0.5 * nu) - 0.5 * (nu * PI).ln() - scale.ln();
        match *self {
            Prior::Flat => 0.0,
            Prior::Normal { sd, .. } => -0.5 * (2.0 * PI).ln() - sd.ln(),
            Prior::HalfNormal { sd } => LN_2 - 0.5 * (2.0 * PI).ln() - sd.ln(),
            Prior::StudentT { nu, scale, .. } => t(nu, scale),
            Prior::HalfStudentT { nu, scale } => LN_2 + t(nu, scale),
            Prior::Cauchy { scale, .. } => -(PI * scale).ln(),
            Prior::HalfCauchy { scale } => LN_2 - (PI * scale).ln(),
            Prior::Uniform { low, high } => -(high - low).ln(),
            Prior::Exponential { rate } => rate.ln(),
            Prior::Gamma { shape, rate } => shape * rate.ln() - ln_gamma(shape),
            Prior::Lkj { shape } => ln_gamma(2.0 * shape) - 2.0 * ln_gamma(shape) - (2.0 * shape - 1.0) * LN_2,
        }
    }

    /// The part of the log density that depends on x, inside the support.
    pub(crate) fn ln_kernel(&self, x: f64) -> f64 {
        match self.shape() {
            Shape::Constant => 0.0,
            Shape::Exponential(rate) => -rate * x,
            Shape::Gamma(shape, rate) => (shape - 1.0) * x.ln() - rate * x,
            Shape::Normal(mean, sd) => -0.5 * ((x - mean) / sd).powi(2),
            Shape::Student(nu, mean, scale) => -0.5 * (nu + 1.0) * (((x - mean) / scale).powi(2) / nu).ln_1p(),
            Shape::Correlation(shape) => (shape - 1.0) * (-x * x).ln_1p(),
        }
    }

    /// d/dx of the log density, inside the support.
    pub(crate) fn slope(&self, x: f64) -> f64 {
        match self.shape() {
            Shape::Constant => 0.0,
            Shape::Exponential(rate) => -rate,
            Shape::Gamma(shape, rate) => (shape - 1.0) / x - rate,
            Shape::Normal(mean, sd) => -(x - mean) / (sd * sd),
            Shape::Student(nu, mean, scale) => -(nu + 1.0) * (x - mean) / (nu * scale * scale + (x - mean).powi(2)),
            Shape::Correlation(shape) => -2.0 * (shape - 1.0) * x / (1.0 - x * x),
        }
    }

    /// A curvature w > 0 such that a parabola of curvature w touches -log density at x and stays above it.
    pub(crate) fn weight(&self, x: f64) -> f64 {
        match self.shape() {
            Shape::Constant | Shape::Exponential(_) | Shape::Gamma(..) | Shape::Correlation(_) => 0.0,
            Shape::Normal(_, sd) => 1.0 / (sd * sd),
            Shape::Student(nu, mean, scale) => (nu + 1.0) / (nu * scale * scale + (x - mean).powi(2)),
        }
    }

    fn shape(&self) -> Shape {
        match *self {
            Prior::Flat | Prior::Uniform { .. } => Shape::Constant,
            Prior::Exponential { rate } => Shape::Exponential(rate),
            Prior::Gamma { shape, rate } => Shape::Gamma(shape, rate),
            Prior::Normal { mean, sd } => Shape::Normal(mean, sd),
            Prior::HalfNormal { sd } => Shape::Normal(0.0, sd),
            Prior::StudentT { nu, mean, scale } => Shape::Student(nu, mean, scale),
            Prior::Cauchy { mean, scale } => Shape::Student(1.0, mean, scale),
            Prior::HalfStudentT { nu, scale } => Shape::Student(nu, 0.0, scale),
            Prior::HalfCauchy { scale } => Shape::Student(1.0, 0.0, scale),
            Prior::Lkj { shape } => Shape::Correlation(shape),
        }
    }

    /// Whether the prior integrates to one.
    pub fn is_proper(&self) -> bool {
        *self != Prior::Flat
    }

    /// Whether its support is the positive half-line.
    pub(crate) fn is_for_scales(&self) -> bool {
        matches!(
            self,
            Prior::Exponential { .. }
                | Prior::Gamma { .. }
                | Prior::HalfNormal { .. }
                | Prior::HalfCauchy { .. }
                | Prior::HalfStudentT { .. }
        )
    }

    /// Whether it may be put on a number of any sign.
    pub(crate) fn is_for_coefficients(&self) -> bool {
        !self.is_for_scales() && !matches!(self, Prior::Lkj { .. })
    }

    /// The prior as one on a scale: `normal(0, s)` means its half. None if it cannot be one.
    pub(crate) fn on_scale(self) -> Option<Prior> {
        match self {
            Prior::Normal { mean: 0.0, sd } => Some(Prior::HalfNormal { sd }),
            Prior::Cauchy { mean: 0.0, scale } => Some(Prior::HalfCauchy { scale }),
            Prior::StudentT { nu, mean: 0.0, scale } => Some(Prior::HalfStudentT { nu, scale }),
            Prior::Normal { .. } | Prior::Cauchy { .. } | Prior::StudentT { .. } => None,
            Prior::Uniform { low, .. } if low < 0.0 => None,
            Prior::Lkj { .. } => None,
            other => Some(other),
        }
    }

    /// The prior as one on a number between 0 and 1. None if it reaches beyond.
    pub(crate) fn on_share(self) -> Option<Prior> {
        match self {
            Prior::Uniform { low, high } if low >= 0.0 && high <= 1.0 => Some(self),
            _ => None,
        }
    }

    /// Name and arguments.
    fn form(&self) -> (&'static str, Vec<f64>) {
        match *self {
            Prior::Flat => ("flat", vec![]),
            Prior::Normal { mean, sd } => ("normal", vec![mean, sd]),
            Prior::StudentT { nu, mean, scale } => ("student_t", vec![nu, mean, scale]),
            Prior::Cauchy { mean, scale } => ("cauchy", vec![mean, scale]),
            Prior::Uniform { low, high } => ("uniform", vec![low, high]),
            Prior::Exponential { rate } => ("exponential", vec![rate]),
            Prior::Gamma { shape, rate } => ("gamma", vec![shape, rate]),
            Prior::HalfNormal { sd } => ("half_normal", vec![sd]),
            Prior::HalfCauchy { scale } => ("half_cauchy", vec![scale]),
            Prior::HalfStudentT { nu, scale } => ("half_student_t", vec![nu, scale]),
            Prior::Lkj { shape } => ("lkj", vec![shape]),
        }
    }

    /// `NAME = PRIOR`, as in `duration = normal(0, 1)`.
    ///
    /// # Errors
    /// [`PriorError::NoName`], or why the prior could not be read.
    pub fn assignment(text: &str) -> Result<(String, Prior), PriorError> {
        match text.rsplit_once('=') {
            Some((name, prior)) if !name.trim().is_empty() => Ok((name.trim().to_string(), prior.parse()?)),
            _ => Err(PriorError::NoName { text: text.to_string() }),
        }
    }
}

/// The curves behind the priors.
enum Shape {
    Constant,
    Exponential(f64),
    Gamma(f64, f64),
    Normal(f64, f64),
    Student(f64, f64, f64),
    Correlation(f64),
}

impl FromStr for Prior {
    type Err = PriorError;
    fn from_str(text: &str) -> Result<Prior, PriorError> {
        let text = text.trim();
        let malformed = || PriorError::Malformed { text: text.to_string() };
        let (name, rest) = match text.find('(') {
            None => (text, ""),
            Some(at) => (text[..at].trim(), text[at + 1..].strip_suffix(')').ok_or_else(malformed)?),
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(malformed());
        }
        let Some((name, arguments)) = FORMS.iter().find(|f| f.0 == name) else {
            let meant = ELSEWHERE.iter().find(|other| other.0 == name).map(|other| other.1.to_string());
            let nearest = meant.or_else(|| nearest(name, FORMS.iter().map(|f| f.0)));
            return Err(PriorError::Unknown { name: name.to_string(), nearest });
        };
        let cells: Vec<&str> = if rest.trim().is_empty() { vec![] } else { rest.split(',').map(str::trim).collect() };
        let prior = format!("{name}({})", arguments.join(", "));
        if cells.len() != arguments.len() {
            return Err(PriorError::Arguments { prior, expected: arguments.len(), found: cells.len() });
        }
        let mut x = [0.0; 3];
        for ((value, cell), argument) in x.iter_mut().zip(&cells).zip(*arguments) {
            *value = cell.parse().ok().filter(|v: &f64| v.is_finite()).ok_or_else(|| PriorError::NotNumeric {
                prior: prior.clone(),
                argument: argument.to_string(),
                cell: cell.to_string(),
            })?;
            if ["sd", "nu", "scale", "rate", "shape"].contains(argument) && *value <= 0.0 {
                let (argument, value) = (argument.to_string(), *value);
                return Err(PriorError::NotPositive { prior, argument, value });
            }
        }
        let [a, b, c] = x;
        Ok(match *name {
            "normal" => Prior::Normal { mean: a, sd: b },
            "student_t" => Prior::StudentT { nu: a, mean: b, scale: c },
            "cauchy" => Prior::Cauchy { mean: a, scale: b },
            "uniform" if a >= b => return Err(PriorError::Interval { low: a, high: b }),
            "uniform" => Prior::Uniform { low: a, high: b },
            "exponential" => Prior::Exponential { rate: a },
            "gamma" => Prior::Gamma { shape: a, rate: b },
            "half_normal" => Prior::HalfNormal { sd: a },
            "half_cauchy" => Prior::HalfCauchy { scale: a },
            "half_student_t" => Prior::HalfStudentT { nu: a, scale: b },
            "lkj" => Prior::Lkj { shape: a },
            _ => Prior::Flat,
        })
    }
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, x) = self.form();
        if x.is_empty() {
            return f.write_str(name);
        }
        let x: Vec<String> = x.into_iter().map(short).collect();
        write!(f, "{name}({})", x.join(", "))
    }
}

/// A number to four significant digits at most, in plain decimals where they are short.
pub(crate) fn short(x: f64) -> String {
    let rounded: f64 = format!("{x:.3e}").parse().unwrap_or(x);
    if rounded == 0.0 || (1e-4..1e7).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}

/// Why a prior could not be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named in the sentences")]
pub enum PriorError {
    /// Not `name(arguments)`.
    Malformed { text: String },
    /// No `NAME =` before it.
    NoName { text: String },
    /// No such prior.
    Unknown { name: String, nearest: Option<String> },
    /// Too few or too many arguments.
    Arguments { prior: String, expected: usize, found: usize },
    /// An argument that is not a finite number.
    NotNumeric { prior: String, argument: String, cell: String },
    /// A scale that is not positive.
    NotPositive { prior: String, argument: String, value: f64 },
    /// Bounds in the wrong order.
    Interval { low: f64, high: f64 },
}

impl fmt::Display for PriorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { text } => write!(f, "'{text}' is not a prior; write one as normal(0, 2.5)"),
            Self::NoName { text } => {
                write!(
                    f,
                    "'{text}' does not say what the prior is on; write NAME = PRIOR, as in duration = normal(0, 1)"
                )
            }
            Self::Unknown { name, nearest: Some(n) } => {
                write!(f, "there is no prior '{name}'{}", did_you_mean(&Some(n.clone())))
            }
            Self::Unknown { name, nearest: None } => {
                let names: Vec<&str> = FORMS.iter().map(|f| f.0).collect();
                write!(f, "there is no prior '{name}'; the priors are {}", names.join(", "))
            }
            Self::Arguments { prior, expected, found } => {
                write!(f, "{prior} takes {expected} argument{}, found {found}", if *expected == 1 { "" } else { "s" })
            }
            Self::NotNumeric { prior, argument, cell } => {
                write!(f, "{prior}: expected a number for {argument}, found '{cell}'")
            }
            Self::NotPositive { prior, argument, value } => {
                write!(f, "{prior}: {argument} must be positive, found {value}")
            }
            Self::Interval { low, high } => {
                write!(f, "uniform(low, high): low must be below high, found {low} and {high}")
            }
        }
    }
}
impl std::error::Error for PriorError {}
