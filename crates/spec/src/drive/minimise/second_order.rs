//! SECOND ORDER: minimisers that know curvatures; what an energy must be for them, and what the end is to second order.
use super::place::Place;
use super::{Job, checks};
use crate::{Config, Geometry, SpecError};
use steepest_core::{Batch, Covariant, Curved, Flow, Persist, Scheme, Workspace};
use steepest_flows::flow::least_curvature::{Ends, ends};
use steepest_flows::geometry::{Hessians, Manifold};
use steepest_flows::noise::Still;
use steepest_flows::observer::{Check, Verdict};
use steepest_flows::scheme::minimiser::Tracked;
use steepest_flows::scheme::trust_region::{Second, TrustRegion};
use steepest_flows::state::Cloud;
use steepest_models::Model;
use steepest_record::Record;

/// Products that the ends of the spectrum are sought with: of so many coordinates they are exact.
const PRODUCTS: usize = 100;
/// Coordinates of a direction that are named, and the least that they may be beside the largest.
const NAMED: (usize, f64) = (4, 0.1);

/// # Errors
/// Input where the energy is not known as a sum of squares.
pub(super) fn needs_squares(config: &Config, model: &dyn Model, key: &str, what: &str) -> Result<(), SpecError> {
    if model.squares().is_some() {
        return Ok(());
    }
    let problem = config.problem(key, format!("{what} needs a sum of squares, and this energy is not known as one"));
    let problem = problem.note("functional `least-squares` is one, and so are the targets whose names begin with mgh-");
    Err(problem.note("for any other energy take scheme `trust-region` or `lbfgs`").into())
}

/// # Errors
/// Input where what the model of `scheme` is made of is not known.
pub(super) fn models(config: &Config, model: &dyn Model, scheme: TrustRegion) -> Result<(), SpecError> {
    match scheme.second {
        Second::Hessian | Second::Information | Second::Scores => Ok(()),
        Second::GaussNewton => needs_squares(config, model, "scheme.curvatures", "`curvatures = \"gauss-newton\"`"),
    }
}
/// # Errors
/// Input where the Hessians of the manifold are not known.
pub(super) fn bends<'a>(config: &Config, manifold: &'a dyn Manifold) -> Result<&'a dyn Hessians, SpecError> {
    manifold.hessians().ok_or_else(|| {
        let name = config.geometry.name();
        let metric = if matches!(config.geometry, Geometry::Spd { .. }) { " with this metric" } else { "" };
        let problem = config
            .problem("geometry.kind", format!("the second derivatives of geometry `{name}`{metric} are not known"));
        let problem = problem.note("scheme `trust-region` needs them; `lbfgs` and the other line searches do not");
        match config.geometry {
            Geometry::Poincare {} => {
                problem.note("geometry `lorentz` is the same space, and those of it are known").into()
            }
            _ => problem.into(),
        }
    })
}

impl<F: Curved<Cloud>, G: Place + Covariant<Cloud> + Clone> Job<'_, F, G> {
    /// A run, and the curvatures at its end: those of V, whatever the steps were made of.
    pub(super) fn second_order<M>(
        self,
        scheme: &M,
        start: Vec<f64>,
        lines: impl FnOnce(&M::Memory) -> Vec<Check>,
    ) -> Result<Record, SpecError>
    where
        M: Scheme<Flow<F, G, Still>, Cloud>,
        M::Memory: Tracked<Cloud> + Persist,
    {
        let (model, geometry, seed) = (self.model, self.geometry.clone(), self.config.run.seed);
        let mut record = self.run(scheme, start, lines)?;
        let end = record.arrays.iter().find(|array| array.name == "state").map_or(&[][..], |array| &array.values);
        let found = ends(&model, &geometry, end, PRODUCTS, seed);
        let line = lowest(model, end, &found);
        record.summary.extra.insert("curvatures".into(), serde_json::json!(found.curvatures));
        record.summary.ledger.push(line);
        Ok(record)
    }
}
/// What the least curvature says of the end: below zero by more than rounding it is a saddle, above by more it is none.
fn lowest(model: &dyn Model, end: &[f64], found: &Ends) -> steepest_record::Check {
    let [least, most] = found.curvatures;
    let size = most.abs().max(least.abs()).max(f64::MIN_POSITIVE);
    let (value, flat) = (least / size, found.rounding / size);
    let mut check = Check::at_least(
        "least curvature",
        value,
        -flat,
        (
            if end.len() <= PRODUCTS {
                "The end is no saddle: no curvature there is negative."
            } else {
                "The end is no saddle, as far as 100 products of V'' see."
            },
            "V bends down at the end: a saddle, or the run was cut short. Go on, or start from a point beside it.",
        ),
    );
    let level = check.verdict == Verdict::Holds && value <= flat;
    if level {
        check.verdict = Verdict::Inconclusive;
        check.advice = if model.curves_exactly() {
            "V does not bend in some direction at the end, to rounding: to second order that is a minimum of many points, as where only a \
             combination of parameters is known, or none."
        } else {
            "V hardly bends in some direction at the end: whether up or down, differences of its gradient do not tell."
        };
    }
    let mut line = checks::line(&check);
    if level || check.verdict == Verdict::Violated {
        let way = along(model, end, &found.direction.0);
        line.advice += &way.map_or(String::new(), |way| format!(" It is along {way}."));
    }
    line
}
/// A direction in the names of the parameters, where these are the coordinates: `0.71 a - 0.71 b`.
fn along(model: &dyn Model, end: &[f64], direction: &[f64]) -> Option<String> {
    let (names, mut reported) = (model.names(), vec![0.0; end.len()]);
    if names.len() != end.len() {
        return None;
    }
    model.report(Batch { n: 1, d: end.len(), x: end }, &mut reported, &mut Workspace::default());
    let mut order: Vec<usize> = (0..end.len()).collect();
    order.sort_by(|a, b| direction[*b].abs().total_cmp(&direction[*a].abs()));
    let largest = direction[*order.first()?];
    order.retain(|k| direction[*k].abs() >= NAMED.1 * largest.abs());
    if reported != end || largest == 0.0 || order.len() > NAMED.0 {
        return None;
    }
    // Which way along it does not matter: the first goes up.
    let part = |(place, k): (usize, &usize)| {
        let share = direction[*k] * largest.signum();
        let sign = match (place, share < 0.0) {
            (0, _) => "",
            (_, true) => " - ",
            (_, false) => " + ",
        };
        format!("{sign}{:.2} {}", share.abs(), names[*k])
    };
    Some(order.iter().enumerate().map(part).collect())
}
