//! SCHEME: how the flow of a config is advanced.
use super::Precision;
use super::squares::{Acceleration, Units};
use serde::{Deserialize, Serialize};

/// How the flow is advanced. `None` is auto.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the keys are documented once, in `keys`")]
pub enum Scheme {
    Nuts {
        step: Option<f64>,
        max_depth: u32,
        target_accept: Option<f64>,
        metric: Option<Metric>,
        #[serde(default)]
        pool: bool,
    },
    Hmc {
        step: Option<f64>,
        leapfrogs: u32,
        length: Option<f64>,
        jitter: f64,
        target_accept: f64,
        metric: Option<Metric>,
        #[serde(default)]
        pool: bool,
    },
    Mala {
        step: Option<f64>,
        target_accept: f64,
        metric: Option<Metric>,
    },
    Ghmc {
        step: Option<f64>,
        persistence: f64,
        target_accept: f64,
        metric: Option<Metric>,
    },
    Barker {
        step: Option<f64>,
        target_accept: f64,
        metric: Option<Metric>,
    },
    Mclmc {
        step: Option<f64>,
        length: Option<f64>,
        adjusted: bool,
        target_accept: f64,
        metric: Option<Metric>,
    },
    Chees {
        length: Option<f64>,
        jitter: f64,
        target_accept: f64,
        metric: Option<Metric>,
    },
    Meads {
        target_accept: f64,
        metric: Option<Metric>,
    },
    Tempering {
        rungs: u32,
        spread: f64,
        max_depth: u32,
        target_accept: f64,
        metric: Option<Metric>,
    },
    EulerMaruyama {
        step: f64,
        #[serde(default)]
        precision: Precision,
        #[serde(default)]
        extrapolate: bool,
    },
    LeimkuhlerMatthews {
        step: f64,
        #[serde(default)]
        precision: Precision,
        #[serde(default)]
        extrapolate: bool,
    },
    /// `word` is of A, B and O, in capitals, or names a composition, in small letters.
    Splitting {
        word: String,
        step: f64,
        friction: f64,
        #[serde(default)]
        compensated: bool,
        #[serde(default)]
        precision: Precision,
        #[serde(default)]
        extrapolate: bool,
    },
    /// `method` is one of `RUNGE_KUTTA`.
    RungeKutta {
        step: f64,
        method: String,
        rtol: Option<f64>,
        atol: Option<f64>,
    },
    /// `method` is one of `METHODS`.
    Variational {
        step: f64,
        method: String,
    },
    Newton {
        method: String,
        tolerance: f64,
    },
    NoseHoover {
        step: f64,
        friction: f64,
        inertia: f64,
        gradient_noise: f64,
    },
    GradientDescent {
        step: Option<f64>,
        tolerance: f64,
    },
    SteepestDescent {
        line_search: LineSearch,
        tolerance: f64,
    },
    NaturalGradient {
        line_search: LineSearch,
        tolerance: f64,
    },
    BarzilaiBorwein {
        tolerance: f64,
    },
    Polyak {
        minimum: f64,
        tolerance: f64,
    },
    MinimizingMovement {
        step: f64,
        inner: f64,
        memory: usize,
        tolerance: f64,
    },
    ConjugateGradient {
        formula: Conjugacy,
        line_search: LineSearch,
        tolerance: f64,
    },
    Lbfgs {
        memory: usize,
        line_search: LineSearch,
        tolerance: f64,
    },
    TrustRegion {
        curvatures: Curvatures,
        radius: Option<f64>,
        tolerance: f64,
    },
    LevenbergMarquardt {
        #[serde(default)]
        units: Units,
        #[serde(default)]
        acceleration: Acceleration,
        factor: f64,
        tolerance: f64,
    },
    Momentum {
        step: Option<f64>,
        friction: Option<f64>,
        form: Form,
        speed: Option<f64>,
        restart: Option<bool>,
        tolerance: f64,
    },
    Adam {
        step: f64,
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        halving: Option<f64>,
        tolerance: f64,
    },
    Adamw {
        step: f64,
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        weight_decay: f64,
        halving: Option<f64>,
        tolerance: f64,
    },
    Rmsprop {
        step: f64,
        beta2: f64,
        epsilon: f64,
        halving: Option<f64>,
        tolerance: f64,
    },
    Adagrad {
        step: f64,
        epsilon: f64,
        halving: Option<f64>,
        tolerance: f64,
    },
    Lion {
        step: f64,
        beta1: f64,
        beta2: f64,
        weight_decay: f64,
        halving: Option<f64>,
        tolerance: f64,
    },
    Muon {
        rows: usize,
        step: f64,
        beta1: f64,
        weight_decay: f64,
        halving: Option<f64>,
        tolerance: f64,
    },
    Soap {
        rows: usize,
        step: f64,
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        turn_every: u64,
        halving: Option<f64>,
        tolerance: f64,
    },
    ProximalGradient {
        step: Option<f64>,
        inertia: Inertia,
        restart: bool,
        tolerance: f64,
    },
    MirrorDescent {
        step: Option<f64>,
        inertia: Inertia,
        tolerance: f64,
    },
    GradientFlow {
        method: Stiffness,
        step: f64,
        rtol: f64,
        atol: f64,
        tolerance: f64,
    },
}
impl Scheme {
    /// Its name in flow.toml; for a splitting, the word.
    pub fn name(&self) -> &str {
        match self {
            Scheme::Nuts { .. } => "nuts",
            Scheme::Hmc { .. } => "hmc",
            Scheme::Mala { .. } => "mala",
            Scheme::Ghmc { .. } => "ghmc",
            Scheme::Barker { .. } => "barker",
            Scheme::Mclmc { .. } => "mclmc",
            Scheme::Chees { .. } => "chees",
            Scheme::Meads { .. } => "meads",
            Scheme::Tempering { .. } => "tempering",
            Scheme::EulerMaruyama { .. } => "euler-maruyama",
            Scheme::LeimkuhlerMatthews { .. } => "leimkuhler-matthews",
            Scheme::Splitting { word, .. } => word,
            Scheme::RungeKutta { .. } => "runge-kutta",
            Scheme::Variational { .. } => "variational",
            Scheme::Newton { .. } => "newton",
            Scheme::NoseHoover { .. } => "nose-hoover",
            Scheme::GradientDescent { .. } => "gradient-descent",
            Scheme::SteepestDescent { .. } => "steepest-descent",
            Scheme::NaturalGradient { .. } => "natural-gradient",
            Scheme::BarzilaiBorwein { .. } => "barzilai-borwein",
            Scheme::Polyak { .. } => "polyak",
            Scheme::MinimizingMovement { .. } => "minimizing-movement",
            Scheme::ConjugateGradient { .. } => "conjugate-gradient",
            Scheme::Lbfgs { .. } => "lbfgs",
            Scheme::TrustRegion { .. } => "trust-region",
            Scheme::LevenbergMarquardt { .. } => "levenberg-marquardt",
            Scheme::Momentum { .. } => "momentum",
            Scheme::Adam { .. } => "adam",
            Scheme::Adamw { .. } => "adamw",
            Scheme::Rmsprop { .. } => "rmsprop",
            Scheme::Adagrad { .. } => "adagrad",
            Scheme::Lion { .. } => "lion",
            Scheme::Muon { .. } => "muon",
            Scheme::Soap { .. } => "soap",
            Scheme::ProximalGradient { .. } => "proximal-gradient",
            Scheme::MirrorDescent { .. } => "mirror-descent",
            Scheme::GradientFlow { .. } => "gradient-flow",
        }
    }
}

/// How the length of a step downhill is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineSearch {
    /// Backtracking until V fell by enough.
    Armijo,
    /// The same against the highest of the last ten values.
    Nonmonotone,
    /// Enough decrease, and a slope of small size.
    StrongWolfe,
    /// Conditions that still mean something where values differ by rounding.
    HagerZhang,
}

/// How a gradient flow is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stiffness {
    /// Implicitly: steps as the path asks, however stiff.
    Rosenbrock,
    /// Explicitly: no step is longer than what is fast.
    DormandPrince,
}

/// What the quadratic model of a trust region bends by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Curvatures {
    /// The Hessian of V.
    Hessian,
    /// 2 J^T J, of a sum of squares.
    GaussNewton,
    /// That of the geometry `fisher`.
    Information,
}

/// Where descent with inertia takes its gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Ahead, where the momentum leads.
    Nesterov,
    /// Here.
    HeavyBall,
    /// Here and there, half a kick each.
    Leapfrog,
}

/// How steps of a proximal gradient make use of those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inertia {
    /// Not at all.
    None,
    /// From where the last one points to.
    Extrapolated,
    /// Points are averages of steps.
    Averaged,
}

/// How a direction is made conjugate to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conjugacy {
    /// Of Hager and Zhang: always downhill.
    HagerZhang,
    /// Of Polak and Ribiere, never negative.
    PolakRibiere,
}

/// Shape of the mass matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field's names")]
pub enum Metric {
    Diagonal,
    LowRank,
    Dense,
    Unit,
}
