//! MATRICES: the energies of matrices that a config names, and the numbers of a file.
use super::manifold::manifold;
use crate::{Config, End, Functional, Geometry, Problem, SpecError};
use std::path::Path;
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::flow::FrechetMean;
use steepest_flows::geometry::Manifold;
use steepest_models::{Completion, CompletionError, Model, Procrustes, Rayleigh, Shape};

/// Numbers with a shape: that of a `.npy`, or lines and columns.
struct Numbers {
    shape: Vec<usize>,
    values: Vec<f64>,
}
impl Numbers {
    fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }
    /// Numbers in a row, whatever their axes.
    fn width(&self) -> usize {
        self.values.len() / self.rows().max(1)
    }
}
/// The numbers of the file that `key` names, none of them infinite.
///
/// # Errors
/// Input, at the key: no such file, not a number at a line and column, a line of another length.
fn read(config: &Config, key: &str, path: &Path) -> Result<Numbers, SpecError> {
    let here = std::env::current_dir().ok();
    let shown = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).display();
    let wrong = |what: String| SpecError::from(config.problem(key, format!("{shown}: {what}")));
    if let Err(cause) = std::fs::File::open(path) {
        return Err(config.problem(key, format!("{shown}: {cause}")).of_a_file().into());
    }
    let numbers = if path.extension().is_some_and(|end| end == "npy") {
        let array = steepest_record::read_array(path).map_err(wrong)?;
        Numbers { shape: array.shape, values: array.values }
    } else {
        let text = std::fs::read_to_string(path).map_err(|cause| wrong(cause.to_string()))?;
        lines(&text).map_err(wrong)?
    };
    match numbers.values.iter().position(|x| !x.is_finite()) {
        Some(k) => {
            let (row, column) = (k / numbers.width() + 1, k % numbers.width() + 1);
            Err(wrong(format!("row {row}, column {column} is {}", numbers.values[k])))
        }
        None if numbers.values.is_empty() => Err(wrong("there are no numbers in it".into())),
        None => Ok(numbers),
    }
}
fn lines(text: &str) -> Result<Numbers, String> {
    let (mut values, mut rows, mut width) = (Vec::new(), 0, None);
    for (k, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let before = values.len();
        for (j, word) in line.split(',').map(str::trim).enumerate() {
            let number = word.parse::<f64>();
            values.push(number.map_err(|_| format!("line {}, column {}: `{word}` is not a number", k + 1, j + 1))?);
        }
        let found = values.len() - before;
        match width {
            Some(width) if width != found => {
                return Err(format!("line {} has {found} numbers, the lines before it {width}", k + 1));
            }
            _ => width = Some(found),
        }
        rows += 1;
    }
    Ok(Numbers { shape: vec![rows, width.unwrap_or(0)], values })
}
/// The numbers of `start_file`.
///
/// # Errors
/// As for data.
pub(super) fn start(config: &Config, path: &Path) -> Result<Vec<f64>, SpecError> {
    Ok(read(config, "state.start_file", path)?.values)
}
fn whole(x: f64) -> usize {
    if x.fract() == 0.0 && (1.0..1e9).contains(&x) { x as usize } else { 0 }
}
/// The model of an energy of matrices; `None` for other functionals.
///
/// # Errors
/// Input: what the file has wrong, or does not have.
pub(super) fn build(config: &Config) -> Result<Option<Box<dyn Model>>, SpecError> {
    let wrong = |message: String| SpecError::from(config.problem("functional.data", message));
    Ok(Some(match &config.functional {
        Functional::Rayleigh { data, columns, which } => {
            let a = read(config, "functional.data", data)?;
            let n = a.rows();
            if a.shape != [n, n] {
                return Err(wrong(format!("A must be a square matrix, and this one has the shape {:?}", a.shape)));
            }
            if *columns > 1 && matches!(config.geometry, Geometry::Sphere {}) {
                let message =
                    format!("functional `rayleigh` with `columns = {columns}` does not go with geometry `sphere`");
                let problem = config.problem("geometry.kind", message);
                let why = "a point of the sphere is one vector; geometries `grassmann` and `stiefel` have several at right angles";
                return Err(problem.note(why).into());
            }
            if *columns > n {
                let message = format!("`columns = {columns}` in [functional] is more than the {n} rows of A");
                return Err(config.problem("functional.columns", message).into());
            }
            let size = a.values.iter().fold(0.0f64, |most, a| most.max(a.abs()));
            let off = (0..n * n).find(|k| (a.values[*k] - a.values[(k % n) * n + k / n]).abs() > 1e-6 * size);
            if let Some(k) = off {
                let (i, j) = (k / n, k % n);
                let pair = [a.values[k], a.values[j * n + i]];
                let message = format!(
                    "A must be symmetric: A[{},{}] = {} and A[{},{}] = {}",
                    i + 1,
                    j + 1,
                    pair[0],
                    j + 1,
                    i + 1,
                    pair[1]
                );
                return Err(wrong(message));
            }
            Box::new(Rayleigh::new(n, *columns, &a.values, *which == End::Largest))
        }
        Functional::Procrustes { data } => {
            let pairs = read(config, "functional.data", data)?;
            let (n, weighted) = (pairs.width() / 2, pairs.width() % 2 == 1);
            if n == 0 {
                return Err(wrong("a pair has at least two numbers, a and b".into()));
            }
            Box::new(Procrustes::new(n, weighted, &pairs.values))
        }
        Functional::Completion { data, rank, rows, columns } => {
            let table = read(config, "functional.data", data)?;
            if table.width() != 3 {
                let message = format!("an entry has three numbers, row, column and value; here are {}", table.width());
                return Err(wrong(message));
            }
            let entries: Vec<[f64; 3]> = table.values.as_chunks::<3>().0.to_vec();
            let largest = |k: usize| entries.iter().map(|entry| whole(entry[k])).max().unwrap_or(0);
            let (m, n) = (rows.unwrap_or_else(|| largest(0)), columns.unwrap_or_else(|| largest(1)));
            match Completion::new(m, n, *rank, &entries) {
                Ok(model) => Box::new(model),
                Err(CompletionError::Place(k)) => {
                    let [i, j, _] = entries[k];
                    let message =
                        format!("row {i}, column {j} of entry {} is no place in a matrix of {m} by {n}", k + 1);
                    return Err(SpecError::from(
                        config.problem("functional.data", message).note("rows and columns are whole numbers from 1"),
                    ));
                }
                Err(CompletionError::Rank) => {
                    let message =
                        format!("`rank = {rank}` in [functional] is more than a matrix of {m} by {n} can have");
                    return Err(config.problem("functional.rank", message).into());
                }
            }
        }
        Functional::FrechetMean { data } => Box::new(mean(config, read(config, "functional.data", data)?)?),
        _ => return Ok(None),
    }))
}
fn mean(config: &Config, points: Numbers) -> Result<Mean, SpecError> {
    let width = points.width();
    let shape = match points.shape[..] {
        [_, rows, columns] => Shape::Matrix { rows, columns },
        _ => Shape::Matrix { rows: width, columns: 1 },
    };
    let manifold = manifold(config, shape, width)?.ok_or_else(|| {
        SpecError::from(
            config.problem("geometry.kind", "a mean is one of points on a manifold").note("`steepest list geometries`"),
        )
    })?;
    let work = &mut Workspace::default();
    for (i, point) in points.values.chunks_exact(width).enumerate() {
        if let Some(problem) = off(config, "functional.data", &*manifold, point, work) {
            return Err(problem.note(format!("this is point {}", i + 1)).into());
        }
    }
    let names = match super::manifold::matrix(config, shape, width) {
        (rows, columns) if columns > 1 => steepest_models::entries("x", rows, columns),
        _ => steepest_models::entries("x", width, 1),
    };
    Ok(Mean { energy: FrechetMean::new(manifold, points.values), shape, width, names })
}
/// A defect above this is no rounding.
const DEFECT: f64 = 1e-6;
/// What is wrong with a point that should be on the manifold.
pub(super) fn off(
    config: &Config,
    key: &str,
    manifold: &dyn Manifold,
    point: &[f64],
    work: &mut Workspace,
) -> Option<Problem> {
    let defect = manifold.defect(point, work);
    if defect <= DEFECT {
        return None;
    }
    let name = config.geometry.name();
    let doc = config.geometry.kind().map_or("", |kind| kind.doc);
    let by = if defect.is_finite() { format!(", by {defect:.1e}") } else { String::new() };
    Some(config.problem(key, format!("the point is not on `{name}`{by}")).note(format!("{name}: {doc}")))
}

/// Half the mean squared distance, as a model.
struct Mean {
    energy: FrechetMean<Box<dyn Manifold>>,
    shape: Shape,
    width: usize,
    names: Vec<String>,
}
impl Potential for Mean {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.energy.values(x, scale, out, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.energy.gradients(x, scale, out, work);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        self.energy.values_and_gradients(x, scale, values, gradients, work);
    }
}
impl Model for Mean {
    fn dim(&self) -> usize {
        self.width
    }
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
    fn shape(&self) -> Shape {
        self.shape
    }
    fn notes(&self) -> Vec<String> {
        vec![format!("The mean of {} points.", self.energy.count())]
    }
}
