//! START: where replicas begin.
use super::given::Starts;
use crate::config::{Given, Search};
use crate::{Config, SpecError, Start, State};
use steepest_core::{Batch, Workspace};
use steepest_flows::flow::pathfinder::{Pathfinder, descend};
use steepest_kernels::normals;
use steepest_models::Model;

pub(super) const STREAM: u16 = 0x200;
const JITTER: u16 = 0x201;
/// Tries of a random start whose energy is infinite; each is drawn closer to the middle.
pub(super) const TRIES: u64 = 100;
/// Steps of a short descent.
const DESCENT: usize = 50;

/// Where chains begin, and what that took.
pub(super) struct Started {
    /// Component-major.
    pub x: Vec<f64>,
    /// What there is to say about it.
    pub notes: Vec<String>,
    /// Gradients evaluated.
    pub gradients: u64,
}

/// n starting points, component-major, each with a finite energy and gradient.
///
/// # Errors
/// Input where the point the user gave has none; numerical where no random point had.
pub(super) fn positions(config: &Config, model: &dyn Model, n: usize) -> Result<Vec<f64>, SpecError> {
    if let State::Point { start_file: Some(path), .. } = &config.state {
        let point = super::matrices::start(config, path)?;
        if point.len() != model.dim() {
            let message =
                format!("the start has {} numbers, the functional has {} coordinates", point.len(), model.dim());
            return Err(config.problem("state.start_file", message).into());
        }
        return Starts::new(config, model, n, vec![&Given::Point(point)]).points();
    }
    match &config.state {
        State::Particles { start: Some(start), .. } | State::Point { start: Some(start), .. } => {
            Starts::new(config, model, n, vec![start]).points()
        }
        _ => random(config, model, n),
    }
}
/// The starts of n chains: given or looked for, then jittered; what values leave open is as at random starts of `about`, the same model
/// in other coordinates.
///
/// # Errors
/// As [`positions`].
pub(super) fn chains(
    config: &Config,
    (model, about): (&dyn Model, &dyn Model),
    n: usize,
) -> Result<Started, SpecError> {
    let State::Chains { start, jitter, .. } = &config.state else {
        return Err(SpecError::input("this scheme moves chains"));
    };
    let mut started = match start {
        Start::One(given) => plain(Starts::new(config, model, n, vec![given]).about(about).points()?),
        Start::Each(given) => plain(Starts::new(config, model, n, given.iter().collect()).about(about).points()?),
        Start::Search(Search::Normal) => plain(random(config, model, n)?),
        Start::Search(Search::Descent) => downhill(config, model, n)?,
        Start::Search(Search::Pathfinder) => pathfinder(config, model, n)?,
    };
    started.notes.extend(shake(config, model, n, *jitter, &mut started.x));
    Ok(started)
}
fn plain(x: Vec<f64>) -> Started {
    Started { x, notes: Vec::new(), gradients: 0 }
}
/// Point i of n.
fn point(x: &[f64], n: usize, i: usize) -> Vec<f64> {
    x.iter().skip(i).step_by(n).copied().collect()
}
fn downhill(config: &Config, model: &dyn Model, n: usize) -> Result<Started, SpecError> {
    let mut started = plain(random(config, model, n)?);
    for i in 0..n {
        if let Some((end, gradients)) = descend(model, super::beta(config), &point(&started.x, n, i), DESCENT) {
            end.iter().enumerate().for_each(|(j, q)| started.x[j * n + i] = *q);
            started.gradients += gradients;
        }
    }
    started
        .notes
        .push(format!("Start: at most {DESCENT} steps of quasi-Newton descent from a random point for each chain."));
    Ok(started)
}
fn pathfinder(config: &Config, model: &dyn Model, n: usize) -> Result<Started, SpecError> {
    let mut started = plain(random(config, model, n)?);
    let mut shapes = Vec::new();
    for i in 0..n {
        let from = point(&started.x, n, i);
        let Some(found) = Pathfinder::default().run(model, super::beta(config), (config.run.seed, i as u64), &from)
        else {
            continue;
        };
        started.gradients += found.gradients;
        if finite(model, Batch { n: 1, d: model.dim(), x: &found.point })[0].is_ok() {
            found.point.iter().enumerate().for_each(|(j, q)| started.x[j * n + i] = *q);
            // Weights without a shape say nothing good.
            shapes.push(if found.pareto_k.is_nan() { f64::INFINITY } else { found.pareto_k });
        }
    }
    let worst = shapes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let failed = match n - shapes.len() {
        0 => String::new(),
        failed => format!(" {failed} of {n} paths failed; those chains start at a random point."),
    };
    let close = if worst < 0.7 {
        "below 0.7: the Gaussians are close"
    } else {
        "above 0.7: good enough to start from, no more"
    };
    started.notes.push(format!("Start: Pathfinder, largest Pareto k {worst:.2} ({close}).{failed}"));
    Ok(started)
}
/// Adds normal noise, less of it where the energy there is not finite: a note says in how many chains.
fn shake(config: &Config, model: &dyn Model, n: usize, jitter: f64, x: &mut [f64]) -> Option<String> {
    let d = model.dim();
    let (mut noise, mut less) = (vec![0.0; d], 0);
    for i in (0..n).filter(|_| jitter > 0.0) {
        normals(config.run.seed, 0, JITTER, (i as u64) << 32, &mut noise);
        let from = point(x, n, i);
        let scales = (0..20).map(|k| jitter * 0.5f64.powi(k));
        let shaken = |scale: f64| from.iter().zip(&noise).map(|(q, z)| q + scale * z).collect::<Vec<_>>();
        let mut tried = scales.map(shaken).enumerate();
        let found = tried.find(|(_, to)| finite(model, Batch { n: 1, d, x: to })[0].is_ok());
        less += usize::from(found.as_ref().is_none_or(|(halvings, _)| *halvings > 0));
        if let Some((_, to)) = found {
            to.iter().enumerate().for_each(|(j, q)| x[j * n + i] = *q);
        }
    }
    (less > 0).then(|| {
        format!(
            "Jitter of {jitter} led {less} of {n} chains to where the energy is not finite: they start nearer to the point that was \
             given, so that starts are less spread than was asked for."
        )
    })
}
/// A sensible random point of replica i, closer to the middle at each attempt.
pub(super) fn draw(config: &Config, model: &dyn Model, (i, attempt): (usize, u64), point: &mut [f64]) {
    normals(config.run.seed, attempt, STREAM, (i as u64) << 32, point);
    model.start(point);
    let shrink = 0.9f64.powi(attempt as i32);
    point.iter_mut().for_each(|z| *z *= shrink);
}
/// Sensible random points.
pub(super) fn random(config: &Config, model: &dyn Model, n: usize) -> Result<Vec<f64>, SpecError> {
    let d = model.dim();
    let mut x = vec![0.0; n * d];
    let mut point = vec![0.0; d];
    let mut put = |x: &mut [f64], i: usize, attempt: u64| {
        draw(config, model, (i, attempt), &mut point);
        point.iter().enumerate().for_each(|(j, z)| x[j * n + i] = *z);
    };
    (0..n).for_each(|i| put(&mut x, i, 0));
    for attempt in 1..=TRIES {
        let verdicts = finite(model, Batch { n, d, x: &x });
        let Some((replica, what)) =
            verdicts.iter().enumerate().find_map(|(i, v)| v.as_ref().err().map(|what| (i, *what)))
        else {
            return Ok(x);
        };
        if attempt == TRIES {
            return Err(SpecError::Numerical {
                message: format!("{what} at {TRIES} random starting points of chain {}", replica + 1),
                advice: "give a point with a finite energy: `start = [...]` in [state]; `steepest check` shows the energy there"
                    .into(),
                record: None,
            });
        }
        verdicts.iter().enumerate().filter(|(_, v)| v.is_err()).for_each(|(i, _)| put(&mut x, i, attempt));
    }
    Ok(x)
}
/// At how many of some random points, as chains and particles start from, the energy is not a number; and how many there are.
pub(super) fn undefined(config: &Config, model: &dyn Model) -> (usize, usize) {
    let d = model.dim();
    let n = ((1 << 22) / d.max(1)).clamp(10, 1000);
    let (mut x, mut point, mut values) = (vec![0.0; n * d], vec![0.0; d], vec![0.0; n]);
    for i in 0..n {
        normals(config.run.seed, 0, STREAM, (i as u64) << 32, &mut point);
        model.start(&mut point);
        point.iter().enumerate().for_each(|(j, z)| x[j * n + i] = *z);
    }
    model.values(Batch { n, d, x: &x }, 1.0, &mut values, &mut Workspace::default());
    (values.iter().filter(|value| value.is_nan()).count(), n)
}
/// What is not finite at a point, if anything is.
pub(super) fn infinite(model: &dyn Model, x: &[f64]) -> Option<&'static str> {
    finite(model, Batch { n: 1, d: x.len(), x })[0].err()
}
/// Whether energy and gradient are finite, point by point.
pub(super) fn finite(model: &dyn Model, batch: Batch<'_>) -> Vec<Result<(), &'static str>> {
    let (mut values, mut gradients) = (vec![0.0; batch.n], vec![0.0; batch.n * batch.d]);
    model.values_and_gradients(batch, 1.0, &mut values, &mut gradients, &mut Workspace::default());
    let judge = |i: usize| match values[i] {
        v if v.is_nan() => Err("the energy is not a number"),
        v if v.is_infinite() => Err("the energy is infinite"),
        _ if (0..batch.d).any(|j| !gradients[j * batch.n + i].is_finite()) => Err("the gradient is not finite"),
        _ => Ok(()),
    };
    (0..batch.n).map(judge).collect()
}
