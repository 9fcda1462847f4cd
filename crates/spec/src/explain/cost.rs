//! COST: gradients, time and memory of a run, from a few gradients taken here.
use super::counted;
use crate::config::{Config, Scheme, Stiffness};
use std::fmt::Write;
use std::time::Instant;
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::flow::RungeKutta;
use steepest_flows::scheme::Composition;
use steepest_kernels as kernels;
use steepest_models::Model;

/// The lines on cost.
pub(super) fn cost(config: &Config, model: &dyn Model) -> String {
    let (d, quantities) = (model.dim(), model.names().len());
    let replicas = config.replicas();
    let single = if config.scheme.single_slopes() { model.in_single() } else { None };
    let seconds = gradient_seconds((model, single.as_deref()), replicas.min(1024) as usize);
    // A trajectory of NUTS takes about eight gradients once its metric fits.
    let each = match config.scheme {
        Scheme::Nuts { .. } => 8.0,
        // In time, some ten leapfrogs a unit.
        Scheme::Hmc { length: Some(length), .. } => (10.0 * length).max(1.0),
        Scheme::Hmc { leapfrogs, .. } => f64::from(leapfrogs),
        Scheme::Mclmc { .. } => 8.0,
        Scheme::Chees { length, .. } => length.map_or(4.0, |length| (2.0 * length).max(1.0)),
        Scheme::Splitting { ref word, .. } => Composition::named(word).map_or(1.0, |named| named.kicks() as f64),
        Scheme::RungeKutta { ref method, .. } if RungeKutta::named(method).is_some_and(RungeKutta::implicit) => 20.0,
        Scheme::RungeKutta { .. } => 4.0,
        Scheme::Tempering { rungs, .. } => 8.0 * f64::from(rungs),
        // If each look takes a step of its own.
        Scheme::GradientFlow { method: Stiffness::Rosenbrock, .. } => (2 * d + 11) as f64,
        Scheme::GradientFlow { .. } => 11.0,
        Scheme::MinimizingMovement { .. } => 4.0,
        _ if trials(&config.scheme) => 2.0,
        _ => 1.0,
    };
    let each = if config.scheme.extrapolates() { 3.0 * each } else { each };
    let gradients = config.strides() as f64 * replicas as f64 * each;
    let about = if matches!(
        config.scheme,
        Scheme::Nuts { .. }
            | Scheme::Mclmc { .. }
            | Scheme::Chees { .. }
            | Scheme::Tempering { .. }
            | Scheme::Hmc { length: Some(_), .. }
            | Scheme::GradientFlow { .. }
            | Scheme::MinimizingMovement { .. }
    ) || trials(&config.scheme)
    {
        "about "
    } else {
        ""
    };
    let counted_out =
        matches!(config.scheme, Scheme::Splitting { .. } | Scheme::GradientFlow { .. }) || trials(&config.scheme);
    let most = if matches!(config.noise, crate::Noise::Still {}) && !counted_out { "at most " } else { "" };
    let mut out = String::new();
    let _ = writeln!(out, "  - {}, {}", counted(d, "coordinate"), counted(quantities, "reported quantity"));
    let _ = writeln!(out, "  - {}", config.about().cost);
    let if_all = if trials(&config.scheme) {
        " if every step is made: most end sooner, and a step that is hard to find, as where V falls without bound, takes up to a hundred"
    } else {
        ""
    };
    let _ = writeln!(out, "  - {about}{most}{} gradients in all{if_all}", rounded(gradients));
    let _ = writeln!(
        out,
        "  - a gradient takes {} in batches on one thread here: {} in all",
        duration(seconds),
        duration(seconds * gradients)
    );
    let _ = writeln!(out, "  - about {} of memory", size(config.bytes(d, quantities)));
    let disk = config.disk(quantities);
    if disk > 64e6 {
        let _ = writeln!(out, "  - about {} of disk, where draws beyond 64 MiB are kept while it goes on", size(disk));
    }
    out
}

/// Whether a step takes as many gradients as its trials need.
fn trials(scheme: &Scheme) -> bool {
    matches!(
        scheme,
        Scheme::SteepestDescent { .. }
            | Scheme::NaturalGradient { .. }
            | Scheme::BarzilaiBorwein { .. }
            | Scheme::ConjugateGradient { .. }
            | Scheme::Lbfgs { .. }
            | Scheme::TrustRegion { .. }
            | Scheme::LevenbergMarquardt { .. }
    )
}

/// Seconds a gradient takes for one of `n` replicas served together: the best of a few tries.
fn gradient_seconds((model, single): (&dyn Model, Option<&dyn Potential>), n: usize) -> f64 {
    let (n, d) = (n.max(1), model.dim());
    let mut x = vec![0.0; n * d];
    kernels::normals(1, 0, 0, 0, &mut x);
    x.iter_mut().for_each(|x| *x *= 0.1);
    let (mut values, mut gradients) = (vec![0.0; n], vec![0.0; n * d]);
    let mut work = Workspace::default();
    let mut best = f64::INFINITY;
    let start = Instant::now();
    for _ in 0..20 {
        let now = Instant::now();
        let batch = Batch { n, d, x: &x };
        match single {
            Some(single) => single.gradients(batch, 1.0, &mut gradients, &mut work),
            None => model.values_and_gradients(batch, 1.0, &mut values, &mut gradients, &mut work),
        }
        best = best.min(now.elapsed().as_secs_f64());
        if start.elapsed().as_secs_f64() > 0.2 {
            break;
        }
    }
    best / n as f64
}

fn rounded(x: f64) -> String {
    match x {
        x if x < 1e4 => format!("{x:.0}"),
        x if x < 1e6 => format!("{:.0} thousand", x / 1e3),
        x if x < 1e9 => format!("{:.1} million", x / 1e6),
        x => format!("{x:.1e}"),
    }
}
/// Bytes for people.
fn size(bytes: f64) -> String {
    match bytes / 1e6 {
        megabytes if megabytes < 1e4 => format!("{:.0} MB", megabytes.max(1.0)),
        megabytes => format!("{:.0} GB", megabytes / 1e3),
    }
}
/// A time for people.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.1} us", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
