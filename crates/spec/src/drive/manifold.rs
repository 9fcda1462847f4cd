//! MANIFOLD: the one a config names, of the size of the model's coordinates, and where a point on it begins.
use super::{given, matrices, start};
use crate::config::{self, Positive};
use crate::{Config, Geometry, SpecError, State};
use steepest_core::{Batch, Workspace};
use steepest_flows::geometry::{
    AffineInvariant, BuresWasserstein, FixedRank, Grassmann, LogEuclidean, Lorentz, Manifold, NormalFisher, Orthant,
    Poincare, Product, Rotations, Simplex, Sphere, Stiefel, StiefelMetric, Weighted, oblique,
};
use steepest_models::{Model, Shape};

/// Rows and columns of the matrix that `d` coordinates are: as the geometry says, or the energy; square where it must be.
pub(crate) fn matrix(config: &Config, shape: Shape, d: usize) -> (usize, usize) {
    let own = match shape {
        Shape::Matrix { columns, .. } => columns.max(1),
        Shape::Factors { .. } => 1,
    };
    let columns = match config.geometry {
        Geometry::Oblique { columns } | Geometry::Stiefel { columns, .. } | Geometry::Grassmann { columns } => {
            columns.unwrap_or(own)
        }
        Geometry::Rotations {} | Geometry::Spd { .. } => d.isqrt(),
        _ => own,
    };
    (d / columns.max(1), columns)
}

/// The manifold of `config` for `d` coordinates; `None` in a geometry of another kind.
///
/// # Errors
/// Input: coordinates that make no such point, such as five for a square matrix; a metric that is not positive definite.
pub(crate) fn manifold(config: &Config, shape: Shape, d: usize) -> Result<Option<Box<dyn Manifold>>, SpecError> {
    let name = config.geometry.name();
    let misfit = |wanted: &str| -> SpecError {
        let message = format!("geometry `{name}` does not go with {d} coordinates");
        config.problem("geometry.kind", message).note(format!("it needs {wanted}")).into()
    };
    let (rows, columns) = matrix(config, shape, d);
    let tall = rows * columns == d && columns <= rows;
    let at_least = |least: usize| if d >= least { Ok(d) } else { Err(misfit(&format!("{least} of them or more"))) };
    Ok(Some(match &config.geometry {
        Geometry::Euclidean {}
        | Geometry::Constrained { .. }
        | Geometry::Diagonal { .. }
        | Geometry::Fisher { .. }
        | Geometry::Mirror { .. }
        | Geometry::NonReversible { .. } => return Ok(None),
        Geometry::Weighted { matrix } => Box::new(weighted(config, matrix, d)?),
        Geometry::Sphere {} => Box::new(Sphere { d: at_least(2)? }),
        Geometry::Oblique { .. } if rows * columns == d && rows > 1 => Box::new(oblique(rows, columns)),
        Geometry::Oblique { .. } => return Err(misfit("two rows or more: give `columns` in [geometry]")),
        Geometry::Stiefel { metric, .. } if tall => {
            let metric = match metric {
                config::Stiefel::Embedded => StiefelMetric::Embedded,
                config::Stiefel::Canonical => StiefelMetric::Canonical,
            };
            Box::new(Stiefel { rows, columns, metric })
        }
        Geometry::Grassmann { .. } if tall => Box::new(Grassmann { rows, columns }),
        Geometry::Stiefel { .. } | Geometry::Grassmann { .. } => {
            return Err(misfit(&format!("whole rows of {columns} columns, and no fewer rows than columns")));
        }
        Geometry::Rotations {} if d > 1 && rows * rows == d => Box::new(Rotations { rows }),
        Geometry::Spd { metric } if d > 0 && rows * rows == d => match metric {
            Positive::AffineInvariant => Box::new(AffineInvariant { rows }),
            Positive::LogEuclidean => Box::new(LogEuclidean { rows }),
            Positive::BuresWasserstein => Box::new(BuresWasserstein { rows }),
        },
        Geometry::Rotations {} | Geometry::Spd { .. } => return Err(misfit("n times n of them: 4, 9, 16, ...")),
        Geometry::RigidMotions {} | Geometry::GaussianBures {} => {
            let n = (0..=d).find(|n| n * (n + 1) >= d).unwrap_or(0);
            if n == 0 || n * (n + 1) != d {
                return Err(misfit("n times n + 1 of them: 6, 12, 20, ..."));
            }
            match config.geometry {
                Geometry::RigidMotions {} if n > 1 => Box::new(Product(Rotations { rows: n }, Weighted::plain(n))),
                Geometry::RigidMotions {} => return Err(misfit("two dimensions or more: 6, 12, 20, ...")),
                _ => Box::new(Product(Weighted::plain(n), BuresWasserstein { rows: n })),
            }
        }
        Geometry::FixedRank {} => match shape {
            Shape::Factors { rows, columns, rank } => Box::new(FixedRank { rows, columns, rank }),
            Shape::Matrix { .. } => return Err(misfit("an energy of factors U, S and V: functional completion")),
        },
        Geometry::Lorentz {} => Box::new(Lorentz { d: at_least(2)? - 1 }),
        Geometry::Poincare {} => Box::new(Poincare { d: at_least(1)? }),
        Geometry::Orthant {} => Box::new(Orthant { d: at_least(1)? }),
        Geometry::Simplex {} => Box::new(Simplex { d: at_least(2)? }),
        Geometry::GaussianFisher {} if d == 2 => Box::new(NormalFisher),
        Geometry::GaussianFisher {} => return Err(misfit("two of them: mean and standard deviation")),
    }))
}
/// R^d with the metric of the config: its diagonal, or all of it.
///
/// # Errors
/// Input: too many or too few numbers, a matrix that is not symmetric, or not positive definite.
fn weighted(config: &Config, matrix: &[f64], d: usize) -> Result<Weighted, SpecError> {
    let wrong = |message: String| config.problem("geometry.matrix", format!("`matrix` in [geometry] {message}"));
    if matrix.len() == d {
        return Weighted::diagonal(matrix).map_err(|error| {
            let weight = matrix[error.order - 1];
            let problem = wrong(format!("is a diagonal with {weight} at place {}", error.order));
            problem.note("every weight must be greater than 0").into()
        });
    }
    if matrix.len() != d * d {
        let problem = wrong(format!("has {} numbers for {d} coordinates", matrix.len()));
        return Err(problem.note(format!("it needs {d} times {d}, row by row, or {d}, its diagonal")).into());
    }
    let apart = |k: usize| (matrix[k] - matrix[(k % d) * d + k / d]).abs() > 1e-12 * matrix[k].abs();
    if let Some(k) = (0..d * d).find(|k| apart(*k)) {
        let (i, j) = (k / d, k % d);
        let problem = wrong(format!(
            "is not symmetric: {} in row {}, column {}, and {} across",
            matrix[k],
            i + 1,
            j + 1,
            matrix[j * d + i]
        ));
        return Err(problem.into());
    }
    Weighted::new(d, matrix).map_err(|error| {
        let problem = wrong(format!(
            "is singular or has a negative eigenvalue: its leading block of order {} shows it",
            error.order
        ));
        problem.note("a metric is symmetric and positive definite").into()
    })
}
/// Random points that are tried before none is found with a finite energy.
const TRIES: u64 = 100;

/// Difference of energies, relative to their size, that may be rounding.
const SAME: f64 = 1e-8;

/// Where a point on the manifold begins: where the user said, or at a random point with a finite energy.
///
/// # Errors
/// Input where that is no point of the manifold, its energy is not finite, or that is no energy of such points; numerical where no random
/// one was finite.
pub(crate) fn begin(config: &Config, model: &dyn Model, manifold: &dyn Manifold) -> Result<Vec<f64>, SpecError> {
    let x = first(config, model, manifold)?;
    if let Geometry::Grassmann { .. } = config.geometry {
        of_spaces(config, model, &x)?;
    }
    Ok(x)
}
/// # Errors
/// Input where V is another at another basis X Q of the space that X is one of: of such a V a gradient that vanishes along spaces says
/// nothing.
fn of_spaces(config: &Config, model: &dyn Model, x: &[f64]) -> Result<(), SpecError> {
    let (_, columns) = matrix(config, model.shape(), x.len());
    // Q is the reflection that turns (1, 2, ...) round: it mixes all columns, and turns a single one round.
    let across: Vec<f64> = (1..=columns).map(|k| k as f64).collect();
    let square: f64 = across.iter().map(|k| k * k).sum();
    let mut turned = x.to_vec();
    for row in turned.chunks_exact_mut(columns.max(1)) {
        let along = 2.0 * row.iter().zip(&across).map(|(x, k)| x * k).sum::<f64>() / square;
        row.iter_mut().zip(&across).for_each(|(x, k)| *x -= along * k);
    }
    let (mut slope, work) = (vec![0.0; x.len()], &mut Workspace::default());
    let (mut here, mut there) = ([0.0], [0.0]);
    model.values_and_gradients(Batch { n: 1, d: x.len(), x }, 1.0, &mut here, &mut slope, work);
    model.values(Batch { n: 1, d: x.len(), x: &turned }, 1.0, &mut there, work);
    let size = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let scale = here[0].abs() + there[0].abs() + size(&slope) * size(x);
    if (here[0] - there[0]).abs() <= SAME * scale {
        return Ok(());
    }
    let message = format!(
        "this energy is not one of spaces: V is {:.6e} at the start X and {:.6e} at another basis X Q of the same space",
        here[0], there[0]
    );
    let problem = config.problem("geometry.kind", message);
    Err(problem.note("the points of `grassmann` are spaces; those of `stiefel` are bases").into())
}
fn first(config: &Config, model: &dyn Model, manifold: &dyn Manifold) -> Result<Vec<f64>, SpecError> {
    let work = &mut Workspace::default();
    let (given, key) = match &config.state {
        State::Point { start: Some(_), .. } => (given::start(config, model)?, "state.start"),
        State::Point { start_file: Some(path), .. } => (Some(matrices::start(config, path)?), "state.start_file"),
        _ => (None, ""),
    };
    if let Some(x) = given {
        if x.len() != model.dim() {
            let message = format!("the start has {} numbers, the functional has {} coordinates", x.len(), model.dim());
            return Err(config.problem(key, message).into());
        }
        return match (matrices::off(config, key, manifold, &x, work), start::infinite(model, &x)) {
            (Some(problem), _) => Err(problem.notes(given::left_out(config, &model.names())).into()),
            (None, Some(what)) => Err(config.problem(key, format!("{what} at the start")).into()),
            (None, None) => Ok(x),
        };
    }
    let mut x = vec![0.0; model.dim()];
    for index in 0..TRIES {
        manifold.random(config.run.seed, index, &mut x, work);
        if start::infinite(model, &x).is_none() {
            return Ok(x);
        }
    }
    let message = format!(
        "the energy or its gradient is not finite at any of {TRIES} random points of `{}`",
        config.geometry.name()
    );
    let advice = "give a point where it is: `start = [...]` or `start_file` in [state]".into();
    Err(SpecError::Numerical { message, advice, record: None })
}
