//! GEOMETRY: the one a config names, of a model's coordinates, good at the points where the run begins.
use crate::config;
use crate::{Config, Functional, Geometry, SpecError};
use steepest_core::{Batch, Sum, Workspace};
use steepest_flows::geometry::{Diagonal, Diffusivity, Euclidean, Fields, Fisher, Growing, Stirring};
use steepest_models::{Expression, Information, Model};

/// The Fisher geometry of `config`; `None` where it names another.
///
/// # Errors
/// Input where the model has no such information.
pub(super) fn fisher<'a>(config: &Config, model: &'a dyn Model) -> Result<Option<Fisher<Information<'a>>>, SpecError> {
    let Geometry::Fisher { information, damping } = config.geometry else { return Ok(None) };
    let (found, what) = match information {
        None => (Information::of(model), "no information: it is no model of the rows of a table"),
        Some(config::Information::Exact) => (
            Information::exact(model),
            "no exact information: regressions without groups have it, but for the families ordinal and categorical",
        ),
        Some(config::Information::Empirical) => (Information::empirical(model), "no rows, and so no scores"),
    };
    let Some(found) = found else {
        let key = if information.is_some() { "geometry.information" } else { "geometry.kind" };
        let problem = config.problem(key, format!("this energy has {what}"));
        return Err(problem.note("functionals `regression` and `rows` have the scores of their rows").into());
    };
    Ok(Some(Fisher { information: found, damping }))
}

/// A geometry of explicit Langevin strides.
pub(super) enum Curved {
    Flat,
    Varying(Diagonal<Box<dyn Diffusivity + Send + Sync>>),
    Stirred(Sum<Euclidean, Stirring>),
}

/// The geometry of `config`, for points `x` to start from.
///
/// # Errors
/// Input: an expression that cannot be read, a number of them or of entries of Q that does not fit the model, a diffusivity
/// that is not positive where a replica starts.
pub(super) fn curved(config: &Config, model: &dyn Model, x: Batch<'_>) -> Result<Curved, SpecError> {
    let d = model.dim();
    Ok(match &config.geometry {
        Geometry::Euclidean {} | Geometry::Constrained { .. } | Geometry::Mirror { .. } | Geometry::Fisher { .. } => {
            Curved::Flat
        }
        Geometry::NonReversible { strength, matrix } => {
            let scaled: Option<Vec<f64>> = matrix.as_ref().map(|upper| upper.iter().map(|q| strength * q).collect());
            let stirring = match &scaled {
                Some(upper) => Stirring::upper(upper, d).ok_or_else(|| {
                    let (wanted, got) = (d * d.saturating_sub(1) / 2, upper.len());
                    let message = format!(
                        "`matrix` in [geometry] has {got} numbers; above the diagonal of a Q of {d} coordinates are {wanted}"
                    );
                    config.problem("geometry.matrix", message).note("row by row: Q_12, Q_13, ..., Q_1d, Q_23, ...")
                })?,
                None if d < 2 => {
                    let message = "geometry `non-reversible` needs two coordinates that turn about one another";
                    return Err(config.problem("geometry.kind", message).note("this energy has one").into());
                }
                None => Stirring::pairs(*strength, d),
            };
            Curved::Stirred(Sum(Euclidean, stirring))
        }
        Geometry::Diagonal { growth: Some(rate), .. } => Curved::Varying(Diagonal(Box::new(Growing { rate: *rate }))),
        Geometry::Diagonal { diffusivity, .. } => {
            let texts = diffusivity.as_deref().unwrap_or_default();
            let fields = fields(config, model, texts)?;
            let mut values = vec![0.0; x.n * x.d];
            fields.values(x, &mut values, &mut Workspace::default());
            if let Some(k) = values.iter().position(|value| !(value.is_finite() && *value > 0.0)) {
                let (text, i) = (&texts[if texts.len() == 1 { 0 } else { k / x.n }], k % x.n + 1);
                let message = format!("the diffusivity {text} is {} where replica {i} starts", values[k]);
                let problem = config.problem("geometry.diffusivity", message);
                return Err(problem.note("D must be finite and greater than 0 everywhere").into());
            }
            Curved::Varying(Diagonal(Box::new(fields)))
        }
        _ => return Err(SpecError::input("points of a manifold move by line searches")),
    })
}
/// The texts as fields over the coordinates, which have the names of the energy, or x[1], x[2], ...
fn fields(config: &Config, model: &dyn Model, texts: &[String]) -> Result<Fields<Expression>, SpecError> {
    let d = model.dim();
    if texts.len() != 1 && texts.len() != d {
        let message = format!("`diffusivity` in [geometry] has {} expressions for {d} coordinates", texts.len());
        return Err(config.problem("geometry.diffusivity", message).note("one for all, or one for each").into());
    }
    expressions(config, model, texts, ("geometry.diffusivity", "diffusivity")).map(Fields)
}
/// Texts over the coordinates, which have the names of the energy, or x[1], x[2], ...
pub(super) fn expressions(
    config: &Config,
    model: &dyn Model,
    texts: &[String],
    (key, what): (&str, &str),
) -> Result<Vec<Expression>, SpecError> {
    let names: Vec<String> = match config.functional {
        Functional::Expression { .. } => model.names(),
        _ => (1..=model.dim()).map(|j| format!("x[{j}]")).collect(),
    };
    let read = |text: &String| {
        Expression::parse_in(text, &[], &names).map_err(|error| {
            let problem = config.problem(key, format!("in the {what} {text}: {error}"));
            SpecError::from(problem.note(format!("the coordinates are {}", names.join(", "))))
        })
    };
    texts.iter().map(read).collect()
}
