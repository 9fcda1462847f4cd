//! EXPLAIN: what a flow.toml stands for, before it is run.
mod cost;
use crate::config::{
    Config, Curvatures, End, Functional, Geometry, Goals, Length, Noise, Positive, Scheme, State, Stiefel, Stiffness,
};
use crate::drive::{Descent, judged, learns_metric, promises, timed};
use crate::keys::{
    ADJUSTED, About, BOUNDED, CONSTRAINED, Circumstances, Kind, MECHANICS, NON_REVERSIBLE, RIEMANNIAN, SCORING,
    VARIATIONAL, noun,
};
use cost::cost;
use std::fmt::Write;
use std::path::Path;
use steepest_flows::geometry::mirror::MIRRORS;
use steepest_flows::scheme::Composition;
use steepest_models::Model;

impl Config {
    /// What the theory says of this run.
    pub fn about(&self) -> &'static About {
        match self.geometry {
            Geometry::Constrained { .. } => return &CONSTRAINED,
            Geometry::Diagonal { .. } => return &RIEMANNIAN,
            Geometry::NonReversible { .. } => return &NON_REVERSIBLE,
            _ => {}
        }
        let kind = match &self.scheme {
            Scheme::Lbfgs { .. } if self.boxed() => return &BOUNDED,
            Scheme::TrustRegion { curvatures: Curvatures::Information, .. } => return &SCORING,
            Scheme::Splitting { word, .. } if !word.contains('O') => return &MECHANICS,
            Scheme::RungeKutta { .. } if matches!(self.functional, Functional::Lagrangian { .. }) => {
                return &VARIATIONAL;
            }
            Scheme::RungeKutta { .. } => "runge-kutta",
            Scheme::Splitting { .. } => "splitting",
            Scheme::Mclmc { adjusted: true, .. } => return &ADJUSTED,
            other => other.name(),
        };
        scheme(kind).and_then(|kind| kind.about).unwrap_or(&MECHANICS)
    }
    /// Replicas that move at once.
    pub fn replicas(&self) -> u64 {
        match self.state {
            State::Chains { chains, .. } => chains,
            State::Particles { n, .. } => n,
            State::Point { .. } | State::Path { .. } => 1,
        }
    }
    /// Strides, or transitions, of each replica, warm-up included.
    pub fn strides(&self) -> u64 {
        match self.run.length {
            Length::Draws { draws, warmup, thin } => warmup.saturating_add(draws.saturating_mul(thin)),
            Length::Strides { steps, warmup, .. } => warmup.saturating_add(steps),
        }
    }
}
fn scheme(name: &str) -> Option<&'static Kind> {
    noun("scheme").and_then(|noun| noun.kind(name))
}

/// Row, equation, equilibrium, invariants, what the ledger will check, cost.
pub fn explain(config: &Config, model: &dyn Model) -> String {
    let about = config.about();
    let mut out = format!("{}\n\n", about.row);
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "  {name:<12} {text}");
    };
    line("equation", about.equation);
    line("functional", &functional(config));
    if let Some(simple) = config.functional.regulariser() {
        let doc = crate::keys::regulariser(&simple.kind).map_or("", |simple| simple.doc);
        let numbers: Vec<String> = simple.numbers.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        line("", &format!("plus R = {doc}{}{}", if numbers.is_empty() { "" } else { ", " }, numbers.join(", ")));
    }
    if let Some(bounds) = config.functional.bounds() {
        let each: Vec<String> = bounds.iter().map(|(name, [low, high])| format!("{name} in [{low}, {high}]")).collect();
        line("", &format!("where {}", each.join(", ")));
    }
    line("state", &state(config));
    line("geometry", &geometry(config));
    line(
        "noise",
        &match &config.noise {
            Noise::Thermal { beta, .. } => format!("thermal, beta = {beta}"),
            Noise::Still {} => "still".to_owned(),
        },
    );
    line("scheme", &scheme_line(config));
    line("leads to", about.equilibrium);
    line("order", about.order);
    for (i, invariant) in about.invariants.iter().enumerate() {
        line(if i == 0 { "invariants" } else { "" }, invariant);
    }
    out += "\nThe ledger will check\n";
    let draws = matches!(config.run.length, Length::Draws { .. });
    let timed = model.lagrangian().is_some_and(timed);
    let of_time = |check: &str| match check {
        "energy and work" => timed,
        "H drift" | "energy error" | "energy along the path" => !timed,
        _ => true,
    };
    let promised = |check: &str| promised(config, model, check) && of_time(check);
    let run = Circumstances {
        particles: matches!(config.state, State::Particles { .. }),
        rows: draws && model.observations().is_some_and(|observations| judged(observations.rows())),
        rounded_columns: model.rounding().is_some(),
        rounded_slopes: config.scheme.single_slopes(),
        extrapolated: config.scheme.extrapolates(),
        goals: config.run.until != Goals::default(),
        // A differential equation has no steps along a manifold: of these there is R^d with a metric alone.
        manifold: config.geometry.manifold() && !matches!(config.scheme, Scheme::GradientFlow { .. }),
    };
    for (check, says) in about.checks(run).filter(|(check, _)| promised(check)) {
        let _ = writeln!(out, "  - {check}: {says}");
    }
    let notes = [model.notes(), config.flat()].concat();
    if !notes.is_empty() {
        out += "\nThe model\n";
        notes.iter().for_each(|note| out += &format!("  - {note}\n"));
    }
    out + "\nCost\n" + &cost(config, model)
}

/// Whether a scheme promises what a check of its row holds it to.
fn promised(config: &Config, model: &dyn Model, check: &str) -> bool {
    if check == "metric" {
        return learns_metric(config);
    }
    if let (Scheme::Splitting { word, friction, .. }, "KL bias per dimension") = (&config.scheme, check) {
        return *friction > 0.0 && word.bytes().eq(word.bytes().rev());
    }
    let manifold = config.geometry.manifold();
    promises(config, model, check)
        && Descent::of(&config.scheme).is_none_or(|descent| descent.within(config).promises(check, manifold))
}

fn functional(config: &Config) -> String {
    match &config.functional {
        Functional::Regression { data, formula, .. } => {
            format!("minus the log posterior of {formula}, data {}", shown(data))
        }
        Functional::Expression { energy, .. } => format!("V = {energy}"),
        Functional::Lagrangian { text, .. } => format!("the action of L = {text}"),
        Functional::Rows { data, nll, ll, .. } => {
            let file = shown(data);
            let text = match (nll, ll) {
                (Some(nll), _) => nll.clone(),
                (None, Some(ll)) => format!("-({})", ll.trim()),
                (None, None) => String::new(),
            };
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("minus the log posterior of the rows of {file}, each adding {text}")
        }
        Functional::Target { name, .. } => format!("the target {name}"),
        Functional::LeastSquares { residuals, data, .. } => {
            let over = data.as_deref().map_or(String::new(), |data| format!(", over the rows of {}", shown(data)));
            format!("the sum of the squares of {}{over}", residuals.join(", "))
        }
        Functional::Rayleigh { data, columns, which } => {
            let (sign, which) = if *which == End::Largest { ("-", "largest") } else { ("", "smallest") };
            format!("{sign}tr(X^T A X) / 2, the {columns} {which} eigenvectors of A = {}", shown(data))
        }
        Functional::FrechetMean { data } => {
            format!("sum dist^2(x, y_i) / (2 m), the mean of the points of {}", shown(data))
        }
        Functional::Procrustes { data } => format!("sum w |b - R a|^2 / 2 over the pairs of {}", shown(data)),
        Functional::Completion { data, rank, .. } => {
            format!("sum ((U S V^T)_ij - y_ij)^2 / 2 over the entries of {}, rank {rank}", shown(data))
        }
    }
}
/// The name of a file.
fn shown(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
fn state(config: &Config) -> String {
    match &config.state {
        State::Chains { chains: 1, .. } => "1 chain".into(),
        State::Chains { chains, .. } => format!("{chains} chains"),
        State::Particles { n, .. } => format!("{n} particles"),
        State::Point { .. } => "one point".into(),
        State::Path { time, pieces, .. } => {
            format!("a path between two points in a time of {time}, in {pieces} pieces")
        }
    }
}
fn geometry(config: &Config) -> String {
    let name = config.geometry.name();
    let detail = match &config.geometry {
        Geometry::Diagonal { diffusivity: Some(fields), .. } => format!(", D = {}", fields.join(", ")),
        Geometry::Diagonal { growth, .. } => format!(", D = 1 + {} x^2", growth.unwrap_or_default()),
        Geometry::NonReversible { strength, matrix: None } => format!(", Q = {strength} J"),
        Geometry::NonReversible { strength, .. } => format!(", Q = {strength} times the matrix"),
        Geometry::Constrained { constraints } => format!(", 0 = {}", constraints.join(" = ")),
        Geometry::Mirror { map, .. } => {
            let entry = MIRRORS.iter().find(|entry| entry.name == map);
            entry.map_or(String::new(), |entry| format!(", {map} on {}: {}", entry.domain, entry.meaning))
        }
        Geometry::Fisher { damping, .. } if *damping > 0.0 => format!(", damping {damping}"),
        Geometry::Stiefel { metric: Stiefel::Canonical, .. } => ", canonical metric".into(),
        Geometry::Stiefel { .. } => ", embedded metric".into(),
        Geometry::Spd { metric: Positive::AffineInvariant } => ", affine-invariant metric".into(),
        Geometry::Spd { metric: Positive::LogEuclidean } => ", log-Euclidean metric".into(),
        Geometry::Spd { metric: Positive::BuresWasserstein } => ", Bures-Wasserstein metric".into(),
        _ => String::new(),
    };
    format!("{name}{detail}: {}", config.geometry.kind().map_or("", |kind| kind.doc))
}
fn scheme_line(config: &Config) -> String {
    let step = |step: &Option<f64>| step.map_or("step auto".to_owned(), |h| format!("step {h}"));
    let kind = |name: &str| scheme(name).map_or("", |kind| kind.doc);
    let pooled = |pool: bool| if pool { ", one warm-up for all chains" } else { "" };
    match &config.scheme {
        Scheme::Nuts { step: h, max_depth, pool, .. } => {
            format!("nuts, {}, depth at most {max_depth}{}: {}", step(h), pooled(*pool), kind("nuts"))
        }
        Scheme::Hmc { step: h, length: Some(length), pool, .. } => {
            format!("hmc, {}, trajectories of length {length}{}: {}", step(h), pooled(*pool), kind("hmc"))
        }
        Scheme::Hmc { step: h, leapfrogs, pool, .. } => {
            format!("hmc, {}, {leapfrogs} leapfrogs{}: {}", step(h), pooled(*pool), kind("hmc"))
        }
        Scheme::Mala { step: h, .. } | Scheme::Barker { step: h, .. } | Scheme::Mclmc { step: h, .. } => {
            format!("{}, {}: {}", config.scheme.name(), step(h), kind(config.scheme.name()))
        }
        Scheme::Chees { length: Some(length), .. } => {
            format!("chees, trajectories of length {length}: {}", kind("chees"))
        }
        Scheme::Chees { .. } => format!("chees, length auto: {}", kind("chees")),
        Scheme::Meads { .. } => format!("meads: {}", kind("meads")),
        Scheme::Tempering { rungs, .. } => format!("tempering, {rungs} intervals: {}", kind("tempering")),
        Scheme::Ghmc { step: h, persistence, .. } => {
            format!("ghmc, {}, persistence {persistence}: {}", step(h), kind("ghmc"))
        }
        Scheme::EulerMaruyama { step: h, .. } | Scheme::LeimkuhlerMatthews { step: h, .. } => {
            format!("{}, h = {h}: {}", config.scheme.name(), kind(config.scheme.name()))
        }
        Scheme::Splitting { word, step: h, compensated, .. } if !word.contains('O') => {
            let what = if Composition::named(word).is_some() { "composition" } else { "word" };
            let sums = if *compensated { ", compensated sums" } else { "" };
            format!("the {what} {word}, h = {h}{sums}")
        }
        Scheme::RungeKutta { step: h, method, rtol, atol } if method == "dormand-prince" => {
            let (rtol, atol) = (rtol.unwrap_or(1e-9), atol.unwrap_or(1e-12));
            format!("{method}, errors below {atol:e} + {rtol:e} |x|, looked at each {h}: {}", kind("runge-kutta"))
        }
        Scheme::RungeKutta { step: h, method, .. } => format!("{method}, h = {h}: {}", kind("runge-kutta")),
        Scheme::Variational { step: h, method } => format!("{method}, h = {h}: {}", kind("variational")),
        Scheme::Newton { method, tolerance } => {
            format!("newton on {method}, until the correction is below {tolerance:e} of the path")
        }
        Scheme::Splitting { word, step: h, friction, .. } => format!("the word {word}, h = {h}, gamma = {friction}"),
        Scheme::NoseHoover { step: h, friction, inertia, .. } => {
            format!("nose-hoover, h = {h}, gamma = {friction}, inertia {inertia}: {}", kind("nose-hoover"))
        }
        Scheme::GradientDescent { step: h, tolerance } => {
            format!("gradient-descent, {}, until |dV| < {tolerance:e}", step(h))
        }
        Scheme::GradientFlow { method, step: h, rtol, atol, tolerance } => {
            let method = match method {
                Stiffness::Rosenbrock => "rosenbrock",
                Stiffness::DormandPrince => "dormand-prince",
            };
            let to = if *tolerance > 0.0 { format!(", until |dV| < {tolerance:e}") } else { String::new() };
            format!("gradient-flow by {method}, errors below {atol:e} + {rtol:e} |x|, looked at each {h}{to}")
        }
        Scheme::MinimizingMovement { step: h, inner, tolerance, .. } => {
            let doc = kind("minimizing-movement");
            format!("minimizing-movement, h = {h}, inner problems to {inner:e}, until |dV| < {tolerance:e}: {doc}")
        }
        Scheme::Polyak { minimum, tolerance } => {
            format!("polyak, min V = {minimum}, until |dV| < {tolerance:e}: {}", kind("polyak"))
        }
        Scheme::SteepestDescent { tolerance, .. }
        | Scheme::NaturalGradient { tolerance, .. }
        | Scheme::BarzilaiBorwein { tolerance }
        | Scheme::ConjugateGradient { tolerance, .. }
        | Scheme::LevenbergMarquardt { tolerance, .. }
        | Scheme::TrustRegion { tolerance, .. }
        | Scheme::Lbfgs { tolerance, .. } => {
            let name = config.scheme.name();
            format!("{name}, until |dV| < {tolerance:e}: {}", kind(name))
        }
        Scheme::Momentum { step: h, friction, tolerance, .. } => {
            let friction = friction.map_or("3 / t".to_owned(), |gamma| gamma.to_string());
            format!("momentum, {}, gamma = {friction}, until |dV| < {tolerance:e}: {}", step(h), kind("momentum"))
        }
        Scheme::ProximalGradient { step: h, tolerance, .. } | Scheme::MirrorDescent { step: h, tolerance, .. } => {
            let name = config.scheme.name();
            format!("{name}, {}, until the KKT residual is below {tolerance:e}: {}", step(h), kind(name))
        }
        Scheme::Adam { step: h, tolerance, .. }
        | Scheme::Adamw { step: h, tolerance, .. }
        | Scheme::Rmsprop { step: h, tolerance, .. }
        | Scheme::Adagrad { step: h, tolerance, .. }
        | Scheme::Lion { step: h, tolerance, .. }
        | Scheme::Muon { step: h, tolerance, .. }
        | Scheme::Soap { step: h, tolerance, .. } => {
            let name = config.scheme.name();
            format!("{name}, h = {h}, until |dV| < {tolerance:e}: {}", kind(name))
        }
    }
}

/// `1 coordinate`, `3 coordinates`, `3 quantities`.
pub(crate) fn counted(n: usize, what: &str) -> String {
    match what.strip_suffix('y') {
        _ if n == 1 => format!("1 {what}"),
        Some(stem) => format!("{n} {stem}ies"),
        None => format!("{n} {what}s"),
    }
}
