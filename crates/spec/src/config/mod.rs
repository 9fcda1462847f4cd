//! CONFIG: flow.toml as a value: one field a noun, everything left out filled in.
mod action;
mod composite;
mod curved;
mod fits;
mod geometry;
mod goals;
mod manifold;
pub(crate) mod memory;
mod names;
mod pair;
mod read;
mod regression;
mod regulariser;
mod scheme;
mod squares;
pub(crate) mod start;
mod tree;
mod unadjusted;
mod value;
mod word;
mod write;
use crate::{Place, Problem, SpecError};
pub use geometry::{Geometry, Information};
pub use goals::Goals;
pub use manifold::{End, Positive, Stiefel};
pub use regression::{Centering, Missing, Standardize};
pub use regulariser::{Bounds, Regulariser};
pub use scheme::{Conjugacy, Curvatures, Form, Inertia, LineSearch, Metric, Scheme, Stiffness};
use serde::{Deserialize, Serialize};
pub use squares::{Acceleration, Units};
pub use start::{Given, Quantity, Search, Start};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
pub use tree::Setting;
pub(crate) use write::section;

/// A checked flow.toml. Law: `Config::parse(&c.resolved(), ..)` is `c`.
///
/// ```
/// use steepest_spec::{Config, Length};
/// let text = "[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2\"\n";
/// let config = Config::parse(text, "flow.toml", &[])?;
/// assert_eq!(config.scheme.name(), "nuts");
/// assert_eq!(config.run.length, Length::Draws { draws: 1000, warmup: 1000, thin: 1 });
/// assert_eq!(Config::parse(&config.resolved(), "flow.toml", &[])?, config);
/// # Ok::<(), steepest_spec::SpecError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    /// F, what should decrease.
    pub functional: Functional,
    /// x, what moves.
    pub state: State,
    /// K, how distance is measured.
    pub geometry: Geometry,
    /// The shocks.
    pub noise: Noise,
    /// How the flow is advanced.
    pub scheme: Scheme,
    /// How far.
    pub run: Run,
    /// What is written.
    pub output: Output,
    /// Whether it goes beside a run of strides twice as long, along the same Brownian paths.
    #[serde(skip)]
    pub(crate) halved: bool,
    #[serde(skip)]
    origin: Origin,
}

/// Where the values of a [`Config`] stand, for messages found out later.
#[derive(Clone, Debug, Default)]
struct Origin {
    places: BTreeMap<String, Place>,
}

/// F, what should decrease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub enum Functional {
    /// Minus the log posterior of a regression. `None` is auto for `family`, `centering` and `header`, `data` is absolute.
    Regression {
        data: PathBuf,
        formula: String,
        family: Option<String>,
        levels: Option<Vec<String>>,
        weights: Option<String>,
        centering: Option<Centering>,
        standardize: Standardize,
        missing: Missing,
        precision: Precision,
        header: Option<bool>,
        priors: BTreeMap<String, String>,
        regulariser: Option<Regulariser>,
        bounds: Option<Bounds>,
    },
    /// An energy written as a formula.
    Expression {
        energy: String,
        constants: BTreeMap<String, f64>,
        parameters: Option<Vec<String>>,
        regulariser: Option<Regulariser>,
        bounds: Option<Bounds>,
    },
    /// A Lagrangian written as a formula.
    Lagrangian {
        #[serde(rename = "L")]
        text: String,
        constants: BTreeMap<String, f64>,
        coordinates: Option<Vec<String>>,
    },
    /// A model stated for one row of a table; one of `nll` and `ll` is there.
    Rows {
        data: PathBuf,
        nll: Option<String>,
        ll: Option<String>,
        parameters: BTreeMap<String, String>,
        priors: BTreeMap<String, String>,
        prior: Option<String>,
        constants: BTreeMap<String, f64>,
        missing: Missing,
        header: Option<bool>,
        within: Option<String>,
        response: Option<String>,
        mean: Option<String>,
        simulate: Option<String>,
        regulariser: Option<Regulariser>,
        bounds: Option<Bounds>,
    },
    /// A named target.
    Target {
        name: String,
        settings: BTreeMap<String, f64>,
        regulariser: Option<Regulariser>,
        bounds: Option<Bounds>,
    },
    /// The sum of squared residuals, each of one point or, with `data`, of each row of a table.
    LeastSquares {
        residuals: Vec<String>,
        data: Option<PathBuf>,
        constants: BTreeMap<String, f64>,
        parameters: Option<Vec<String>>,
        header: Option<bool>,
        bounds: Option<Bounds>,
    },
    Rayleigh {
        data: PathBuf,
        columns: usize,
        which: End,
    },
    FrechetMean {
        data: PathBuf,
    },
    Procrustes {
        data: PathBuf,
    },
    /// `rows` and `columns` left out are those of the data.
    Completion {
        data: PathBuf,
        rank: usize,
        rows: Option<usize>,
        columns: Option<usize>,
    },
}

/// x, what moves. `start: None` draws a sensible point for each from the seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub enum State {
    Chains {
        chains: u64,
        start: Start,
        jitter: f64,
    },
    Particles {
        n: u64,
        start: Option<Given>,
        mass: Option<Vec<f64>>,
    },
    /// `start_file` is absolute.
    Point {
        start: Option<Given>,
        start_file: Option<PathBuf>,
        momentum: Option<Vec<f64>>,
        velocity: Option<Vec<f64>>,
        mass: Option<Vec<f64>>,
    },
    /// Between two points; `guess` is what the first guess goes through.
    Path {
        from: Vec<f64>,
        to: Vec<f64>,
        time: f64,
        begin: f64,
        pieces: usize,
        grading: f64,
        guess: Option<Vec<Vec<f64>>>,
    },
}

/// The shocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub enum Noise {
    Thermal { beta: f64, precision: Precision },
    Still {},
}

/// Precision of the normals, of what a table is kept in, or of slopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field's names")]
pub enum Precision {
    #[default]
    Double,
    Single,
}

/// How far, from which seed, on how many threads (0: one a core).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub struct Run {
    pub seed: u64,
    pub threads: usize,
    #[serde(default)]
    pub until: Goals,
    #[serde(flatten)]
    pub length: Length,
}

/// How far, in the units of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub enum Length {
    /// Of chains.
    Draws { draws: u64, warmup: u64, thin: u64 },
    /// Of particles and points; a point has no warm-up.
    Strides {
        steps: u64,
        #[serde(default, skip_serializing_if = "is_zero")]
        warmup: u64,
        #[serde(default = "one")]
        every: u64,
    },
}
fn one() -> u64 {
    1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(x: &u64) -> bool {
    *x == 0
}

/// What is written, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub struct Output {
    pub dir: Option<PathBuf>,
    pub report: bool,
    pub checkpoint: f64,
    pub plots: bool,
    #[serde(default)]
    pub log_likelihood: bool,
    pub section: Option<String>,
    pub times: Option<Times>,
}

/// When a motion is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Times {
    /// At 0 and each time so much later.
    Spaced(f64),
    /// At these.
    At(Vec<f64>),
}

impl PartialEq for Config {
    /// Equal in all that matters to a run, wherever it was written.
    fn eq(&self, other: &Self) -> bool {
        self.functional == other.functional
            && self.state == other.state
            && self.geometry == other.geometry
            && self.noise == other.noise
            && self.scheme == other.scheme
            && self.run == other.run
            && self.output == other.output
    }
}

impl Config {
    /// Reads and checks a flow.toml, with `settings` put in over it.
    ///
    /// # Errors
    /// Input where there is no such file (exit code 4) or something in it cannot be run, I/O where it cannot be read.
    pub fn load(path: &Path, settings: &[Setting]) -> Result<Config, SpecError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => Problem::new(format!("there is no file {name}"))
                .note("`steepest new regression > flow.toml` writes one to start from")
                .of_a_file()
                .into(),
            std::io::ErrorKind::InvalidData => SpecError::input(format!("{name} is not a text file (UTF-8)")),
            _ => SpecError::io("read", path, cause),
        })?;
        Config::parse(&text, &name, settings)
    }
    /// Checks the text of a flow.toml; `name` is its path, for messages and for what is relative to it.
    ///
    /// # Errors
    /// Input, with a place.
    pub fn parse(text: &str, name: &str, settings: &[Setting]) -> Result<Config, SpecError> {
        Ok(read::read(text, name, settings)?)
    }
    /// The text of a flow.toml with everything said: what was left out, and what each key means.
    pub fn resolved(&self) -> String {
        write::write(self)
    }
    /// A problem with the value of `key`, such as `functional.formula`, found later.
    pub fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        let problem = Problem::new(message);
        match self.place(key) {
            Some(place) => problem.at(place),
            None => problem,
        }
    }
    /// A problem with a few bytes of the text that is the value of `key`.
    pub fn problem_within(&self, key: &str, inside: Range<usize>, message: impl Into<String>) -> Problem {
        let mut problem = self.problem(key, message);
        let value = match (&self.functional, key) {
            (Functional::Regression { formula, .. }, "functional.formula") => formula,
            (Functional::Expression { energy, .. }, "functional.energy") => energy,
            (Functional::Lagrangian { text, .. }, "functional.L") => text,
            (Functional::LeastSquares { residuals, .. }, key) => {
                let which = key.strip_prefix("functional.residuals.").and_then(|k| k.parse::<usize>().ok());
                let Some(text) = which.and_then(|k| residuals.get(k)) else { return problem };
                text
            }
            (Functional::Rows { nll, ll, parameters, priors, prior, mean, simulate, .. }, key) => {
                let text = match key.strip_prefix("functional.") {
                    Some("nll") => nll.as_ref(),
                    Some("ll") => ll.as_ref(),
                    Some("prior") => prior.as_ref(),
                    Some("mean") => mean.as_ref(),
                    Some("simulate") => simulate.as_ref(),
                    Some(key) => match key.split_once('.') {
                        Some(("parameters", name)) => parameters.get(name),
                        Some(("priors", name)) => priors.get(name),
                        _ => None,
                    },
                    None => None,
                };
                let Some(text) = text else { return problem };
                text
            }
            _ => return problem,
        };
        if let Some(place) = &mut problem.place
            // A text with escapes does not stand in the file as it is; then the whole of it is shown.
            && let Some(offset) = place.text().find(value.as_str())
        {
            let start = place.span.start + offset;
            place.span = start + inside.start..start + inside.end;
        }
        problem
    }
    /// The place of the value of `key`, or of the nearest table around it.
    fn place(&self, key: &str) -> Option<&Place> {
        let mut key = key;
        loop {
            if let Some(place) = self.origin.places.get(key) {
                return Some(place);
            }
            key = key.rsplit_once('.')?.0;
        }
    }
}
