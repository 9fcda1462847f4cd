//! SECOND ORDER: minimisers that know curvatures; what an energy must be for them, and what the end is to second order.
use super::place::Place;
use super::{Job, checks};
use crate::{Config, Geometry, SpecError};
use steepest_core::{Covariant, Curved, Flow, Persist, Scheme};
use steepest_flows::flow::least_curvature::least_curvature;
use steepest_flows::geometry::{Hessians, Manifold};
use steepest_flows::noise::Still;
use steepest_flows::observer::Check;
use steepest_flows::scheme::minimiser::Tracked;
use steepest_flows::scheme::trust_region::{Second, TrustRegion};
use steepest_flows::state::Cloud;
use steepest_models::Model;
use steepest_record::Record;

/// Products that the ends of the spectrum are sought with: of so many coordinates they are exact.
const PRODUCTS: usize = 100;
/// Least curvature, over the greatest, that is no more than the error of differences.
const FLAT: f64 = -1e-6;

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
        problem.note("scheme `trust-region` needs them; `lbfgs` and the other line searches do not").into()
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
        let [least, most] = least_curvature(&model, &geometry, end, PRODUCTS, seed);
        record.summary.extra.insert("curvatures".into(), serde_json::json!([least, most]));
        let size = most.abs().max(least.abs()).max(f64::MIN_POSITIVE);
        record.summary.ledger.push(checks::line(&Check::at_least(
            "least curvature",
            least / size,
            FLAT,
            (
                if end.len() <= PRODUCTS {
                    "The end is no saddle: no curvature there is negative."
                } else {
                    "The end is no saddle, as far as 100 products of V'' see."
                },
                "V bends down at the end: a saddle, or the run was cut short. Go on, or start from a point beside it.",
            ),
        )));
        Ok(record)
    }
}
