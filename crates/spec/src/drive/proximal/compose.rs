//! COMPOSE: the mirror map, the regulariser and the start that a config names.
use crate::drive::given;
use crate::drive::minimise::{limits, sides};
use crate::drive::start::positions;
use crate::{Config, Functional, Geometry, Regulariser, SpecError};
use std::collections::BTreeMap;
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::functional::simple::{
    Ball, Each, Group, Interval, L1, Nuclear, Semidefinite, Simple, Simplex, TotalVariation,
};
use steepest_flows::geometry::mirror::{
    Boltzmann, Burg, Entropy, FermiDirac, LogDet, MIRRORS, MirrorMap, PNorm, Penalty, Quadratic, Separable, Tsallis,
    VonNeumann,
};
use steepest_flows::state::Cloud;
use steepest_models::{Model, Plain};

/// The model in the quantities that it reports: domains and regularisers are stated on these.
///
/// # Errors
/// Input where one of them is no linear function of the coordinates.
pub(in crate::drive) fn plain<'a>(config: &Config, model: &'a dyn Model) -> Result<Plain<'a>, SpecError> {
    if config.penalised() {
        return Ok(Plain::as_is(model));
    }
    Plain::new(model).map_err(|name| {
        let scheme = config.scheme.name();
        let message =
            format!("`{name}` is moved on another scale than it is reported on, which scheme `{scheme}` cannot do");
        let problem = config.problem("functional.kind", message);
        let why = match config.functional {
            Functional::Regression { .. } => "families bernoulli and poisson, without groups, have coefficients alone",
            _ => "declare parameters `real`; a mirror map brings their domain",
        };
        problem.note(why).into()
    })
}

/// The mirror map and what is added to V in it.
///
/// # Errors
/// Input: numbers that the map cannot have, or that do not fit the model.
pub(in crate::drive) fn mirror(
    config: &Config,
    plain: &Plain<'_>,
    d: usize,
) -> Result<(Box<dyn MirrorMap>, Penalty), SpecError> {
    let _ = plain;
    let Geometry::Mirror { map: name, metric, p, q, lower, upper } = &config.geometry else {
        return Err(SpecError::input("mirror descent needs a mirror map"));
    };
    let map: Option<Box<dyn MirrorMap>> = match name.as_str() {
        "quadratic" => quadratic(metric.as_deref().unwrap_or(&[1.0]), d).map(|map| Box::new(map) as _),
        "entropy" => Some(Box::new(Entropy)),
        "boltzmann" => Some(Box::new(Separable(Boltzmann))),
        "burg" => Some(Box::new(Separable(Burg))),
        "fermi-dirac" => {
            let (low, high) = (lower.as_deref().unwrap_or(&[0.0]), upper.as_deref().unwrap_or(&[1.0]));
            FermiDirac::new(low, high).map(|box_| Box::new(Separable(box_)) as _)
        }
        "p-norm" => PNorm::new(p.unwrap_or(1.5)).map(|map| Box::new(map) as _),
        "von-neumann" => Some(Box::new(VonNeumann)),
        "log-det" => Some(Box::new(LogDet)),
        _ => Some(Box::new(Tsallis { q: q.unwrap_or(0.5) })),
    };
    let Some(map) = map else {
        let (key, message) = match name.as_str() {
            "quadratic" => {
                ("metric", "`metric` in [geometry] is not positive definite, or has too many or too few numbers".into())
            }
            "p-norm" => ("p", format!("`p` in [geometry] must be above 1 and at most 2, got {}", p.unwrap_or(1.5))),
            _ => (
                "lower",
                "`lower` and `upper` in [geometry] make no box: each lower bound must be below its upper one".into(),
            ),
        };
        let note = if key == "metric" {
            format!("one number, {d} for a diagonal, or {} for a matrix", d * (d + 1) / 2)
        } else {
            String::new()
        };
        let problem = config.problem(&format!("geometry.{key}"), message);
        return Err(if note.is_empty() { problem } else { problem.note(note) }.into());
    };
    if !map.fits(d) {
        let domain = MIRRORS.iter().find(|entry| entry.name == name).map_or("", |entry| entry.domain);
        let message = format!("map `{name}` has no points of {d} coordinates, which this energy has");
        return Err(config.problem("geometry.map", message).note(format!("its domain: {domain}")).into());
    }
    let penalty = match config.functional.regulariser() {
        None => Penalty::None,
        Some(simple) if simple.kind == "map" => Penalty::Map(simple.number("weight", 0.0)),
        Some(simple) => Penalty::L1(vec![simple.number("weight", 0.0)]),
    };
    if !penalty.fits(&map, d) {
        let problem = config.problem(
            "functional.regulariser",
            format!("regulariser `l1` has no step in closed form with map `{name}`"),
        );
        return Err(problem.note("on the simplex it is constant; a metric must be diagonal").into());
    }
    Ok((map, penalty))
}
fn quadratic(metric: &[f64], d: usize) -> Option<Quadratic> {
    if metric.len() == 1 || metric.len() == d {
        return Quadratic::diagonal(metric).ok();
    }
    if metric.len() != d * (d + 1) / 2 {
        return None;
    }
    let mut dense = vec![0.0; d * d];
    let places = (0..d).flat_map(|i| (i..d).map(move |j| (i, j)));
    for (a, (i, j)) in metric.iter().zip(places) {
        (dense[i * d + j], dense[j * d + i]) = (*a, *a);
    }
    Quadratic::dense(d, &dense).ok()
}

/// R in the flat geometry.
///
/// # Errors
/// Input: numbers that do not fit the model.
pub(super) fn regulariser(config: &Config, model: &dyn Model) -> Result<Each<Box<dyn Simple>>, SpecError> {
    let d = model.dim();
    if let (Some(_), Some([low, high])) = (config.functional.bounds(), limits(config, model)?) {
        return Ok(Each(Box::new(Interval { low, high })));
    }
    let none = Regulariser { kind: "l1".into(), numbers: BTreeMap::new() };
    let stated = config.functional.regulariser().unwrap_or(&none);
    let number = |name: &str, otherwise: f64| stated.number(name, otherwise);
    let (weight, whole) = (number("weight", 0.0), |name: &str| number(name, 1.0) as usize);
    let simple: Box<dyn Simple> = match stated.kind.as_str() {
        "group" => Box::new(Group { weight, size: whole("size") }),
        "nuclear" => Box::new(Nuclear { weight, rows: whole("rows") }),
        "total-variation" => Box::new(TotalVariation { weight }),
        "box" => {
            let [low, high] = sides(config, stated)?;
            Box::new(Interval { low: vec![low], high: vec![high] })
        }
        "simplex" => Box::new(Simplex { total: number("total", 1.0) }),
        "ball" => Box::new(Ball { radius: number("radius", 1.0) }),
        "semidefinite" => Box::new(Semidefinite),
        _ => Box::new(L1(model.scales().iter().map(|scale| weight * scale).collect())),
    };
    if !simple.fits(d) {
        let kind = &stated.kind;
        let message = format!("regulariser `{kind}` does not fit {d} coordinates, which this energy has");
        let doc = crate::keys::regulariser(kind).map_or("", |simple| simple.doc);
        return Err(config.problem("functional.regulariser", message).note(format!("{kind}: {doc}")).into());
    }
    Ok(Each(simple))
}

/// The start the user gave, inside the domain, or its centre.
///
/// # Errors
/// Input where the start lies outside, or the energy is not finite there.
pub(in crate::drive) fn inside(
    config: &Config,
    model: &dyn Model,
    plain: &Plain<'_>,
    map: &dyn MirrorMap,
) -> Result<Cloud, SpecError> {
    let d = model.dim();
    let work = &mut Workspace::default();
    let mut x = vec![0.0; d];
    map.centre(&mut x);
    if let Some(start) = given::start(config, plain)? {
        x.copy_from_slice(&start);
        if !map.inside(&x, work) {
            let Geometry::Mirror { map: name, .. } = &config.geometry else { return Err(SpecError::input("no map")) };
            let domain = MIRRORS.iter().find(|entry| entry.name == name).map_or("", |entry| entry.domain);
            let problem =
                config.problem("state.start", format!("the start {start:?} is not inside the domain of map `{name}`"));
            return Err(problem
                .note(format!("its domain: {domain}"))
                .notes(given::left_out(config, &plain.names()))
                .note("leave `start` out to begin at its centre")
                .into());
        }
    }
    finite(config, plain, &x)?;
    Ok(Cloud { n: 1, d, x: x.into() })
}
/// The start the user gave, or zero.
///
/// # Errors
/// Input where the energy is not finite there.
pub(super) fn start(
    config: &Config,
    model: &dyn Model,
    plain: &Plain<'_>,
    simple: &Each<Box<dyn Simple>>,
) -> Result<Cloud, SpecError> {
    let d = model.dim();
    let mut x = match given::start(config, plain)? {
        Some(start) => start,
        None if config.penalised() => vec![0.0; d],
        None => plain.reported(&positions(config, model, 1)?),
    };
    // Where R is finite.
    simple.0.proximal(0.0, &mut x, &mut Workspace::default());
    finite(config, plain, &x)?;
    Ok(Cloud { n: 1, d, x: x.into() })
}
fn finite(config: &Config, plain: &Plain<'_>, x: &[f64]) -> Result<(), SpecError> {
    let (mut value, mut slope) = ([0.0], vec![0.0; x.len()]);
    plain.values_and_gradients(Batch { n: 1, d: x.len(), x }, 1.0, &mut value, &mut slope, &mut Workspace::default());
    if value[0].is_finite() && slope.iter().all(|g| g.is_finite()) {
        return Ok(());
    }
    let problem = config.problem("state.start", format!("the energy or its gradient is not finite at the start {x:?}"));
    Err(problem.note("give a point with a finite energy: `start = [...]` in [state]").into())
}
