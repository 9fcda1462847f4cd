//! SQUARES: an energy that is a sum of squared residuals, written as formulas, for one point or for the rows of a table.
use crate::expression::{ExpressionError, Free, Graph, Id, Scope, doubled, ordered, parse, twice};
use crate::table::listed;
use crate::{Model, Table, TableError};
use std::fmt;
use steepest_core::{Batch, Potential, Squares, Workspace};
use steepest_kernels::tape::Tape;

/// V(x) = sum_k r_k(x)^2, or that over the rows of a table, with exact Jacobian and Hessian products.
///
/// Names that are neither constants nor columns are the coordinates, in order of first appearance. Residual k in row i is number
/// `k * rows + i`.
///
/// ```
/// use steepest_core::{Potential, Squares, Workspace};
/// use steepest_models::LeastSquares;
/// let texts = ["10*(y - x^2)", "1 - x"].map(String::from);
/// let v = LeastSquares::parse(&texts, &[], None, None)?;
/// let (mut r, mut jacobian) = ([0.0; 2], [0.0; 4]);
/// v.linearise(&[1.0, 2.0], &mut r, Some(&mut jacobian), &mut Workspace::default()); // y = 1, x = 2: by appearance
/// assert_eq!((r, jacobian), ([-30.0, -1.0], [10.0, 0.0, -40.0, -1.0]));
/// # Ok::<(), steepest_models::LeastSquaresError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LeastSquares {
    sources: Vec<String>,
    constants: Vec<(String, f64)>,
    names: Vec<String>,
    start: Option<Vec<f64>>,
    /// Columns that are read, one after another, of `rows` numbers each.
    data: Vec<f64>,
    rows: usize,
    /// What was taken for a coordinate and what for a column, where there is a table.
    read: Option<String>,
    /// Residuals of a row.
    value: Tape,
    /// The same, then their slopes in coordinate after coordinate.
    linear: Tape,
    /// The Hessian of a row's sum of squares times a vector; the vector is read after the columns.
    curve: Tape,
}

/// What is wrong with a sum of squares.
#[derive(Clone, Debug, PartialEq)]
pub enum LeastSquaresError {
    /// There is no residual.
    Empty,
    /// A text has something wrong with it.
    Text {
        /// Which residual, from 0.
        residual: usize,
        /// What.
        error: Box<ExpressionError>,
    },
    /// A column is not of numbers.
    Table(TableError),
    /// A cell has no value.
    Missing {
        /// The column.
        column: String,
        /// The line of the file.
        line: u64,
    },
    /// A name is a parameter and a column.
    Twice(String),
    /// A parameter is listed twice.
    Repeated(String),
    /// A name is a constant, and a parameter or a column.
    Constant(String),
}
impl fmt::Display for LeastSquaresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeastSquaresError::Empty => write!(f, "there is no residual; write at least one, such as \"1 - x\""),
            LeastSquaresError::Text { residual, error } => write!(f, "residual {}: {error}", residual + 1),
            LeastSquaresError::Table(error) => write!(f, "{error}"),
            LeastSquaresError::Missing { column, line } => {
                write!(f, "column '{column}' has no value in line {line}; leave the row out of the file")
            }
            LeastSquaresError::Twice(name) => write!(f, "'{name}' is a parameter and a column; rename one of them"),
            LeastSquaresError::Repeated(name) => write!(f, "the parameter '{name}' is listed twice; list each once"),
            LeastSquaresError::Constant(name) => {
                write!(f, "'{name}' is a constant, and a parameter or a column too; rename one of them")
            }
        }
    }
}
impl std::error::Error for LeastSquaresError {}

impl LeastSquares {
    /// Reads the residuals; with a `table` each is a residual of every row, and its names may be columns.
    ///
    /// # Errors
    /// [`LeastSquaresError`]: the first thing wrong with a text, a column or the names.
    pub fn parse(
        residuals: &[String],
        constants: &[(String, f64)],
        parameters: Option<&[String]>,
        table: Option<&Table>,
    ) -> Result<LeastSquares, LeastSquaresError> {
        let wrong = |residual: usize| {
            move |error: ExpressionError| LeastSquaresError::Text {
                residual,
                error: Box::new(error.within(&residuals[residual])),
            }
        };
        let is_parameter = |name: &str| parameters.unwrap_or_default().iter().any(|known| known == name);
        let is_column = |name: &str| table.is_some_and(|table| table.names().any(|column| column == name));
        if let Some(name) = parameters.unwrap_or_default().iter().find(|name| is_column(name)) {
            return Err(LeastSquaresError::Twice(name.clone()));
        }
        if let Some(name) = parameters.and_then(twice) {
            return Err(LeastSquaresError::Repeated(name.clone()));
        }
        if let Some(name) = doubled(constants, |name| is_column(name) || is_parameter(name)) {
            return Err(LeastSquaresError::Constant(name.clone()));
        }
        // Read once for the names, and once more with every name at its place.
        let (mut found, mut columns) = (Vec::new(), Vec::<String>::new());
        for (k, text) in residuals.iter().enumerate() {
            for name in parse(text, &Scope { constants, free: Free::Any }).map_err(wrong(k))?.names {
                let list = if is_column(&name) { &mut columns } else { &mut found };
                if !list.contains(&name) {
                    list.push(name);
                }
            }
        }
        let names = parameters.map_or_else(|| ordered(&found), <[String]>::to_vec);
        let known: Vec<String> = names.iter().chain(&columns).cloned().collect();
        let (d, c) = (names.len(), columns.len());
        let mut graph = Graph::default();
        let mut roots: Vec<Id> = Vec::with_capacity(residuals.len());
        for (k, text) in residuals.iter().enumerate() {
            let parsed = parse(text, &Scope { constants, free: Free::Listed(&known) }).map_err(wrong(k))?;
            roots.extend(graph.copy(&parsed.graph, &[parsed.root], |_, _| None));
        }
        if roots.is_empty() {
            return Err(LeastSquaresError::Empty);
        }
        if d == 0 {
            let error =
                ExpressionError::new(0..residuals[0].len(), "there is no free name to vary", "a coordinate such as x");
            return Err(wrong(0)(error));
        }
        let mut data = Vec::new();
        if let Some(table) = table {
            for column in &columns {
                let numbers = table.numbers(column).map_err(LeastSquaresError::Table)?;
                if let Some(row) = numbers.iter().position(|x| !x.is_finite()) {
                    return Err(LeastSquaresError::Missing { column: column.clone(), line: table.line(row) });
                }
                data.extend_from_slice(numbers);
            }
        }
        let slopes: Vec<Vec<Id>> = roots.iter().map(|root| graph.gradient(*root, d)).collect();
        let mut linear = roots.clone();
        (0..d).for_each(|j| linear.extend(slopes.iter().map(|slope| slope[j])));
        // sum_k r_k^2 has the slopes 2 sum_k r_k dr_k; their sum along v is differentiated once more.
        let mut along = graph.constant(0.0);
        for (root, slope) in roots.iter().zip(&slopes) {
            for (j, slope) in slope.iter().enumerate() {
                let v = graph.variable((d + c + j) as u32);
                let (moved, twice) = (graph.mul(v, *slope), graph.scale(2.0, *root));
                let term = graph.mul(twice, moved);
                along = graph.add(along, term);
            }
        }
        let curve = graph.gradient(along, d);
        let rows = table.map_or(1, Table::rows);
        match (graph.tape(d + c, &roots), graph.tape(d + c, &linear), graph.tape(2 * d + c, &curve)) {
            (Some(value), Some(linear), Some(curve)) => Ok(LeastSquares {
                sources: residuals.to_vec(),
                constants: constants.to_vec(),
                names,
                start: None,
                data,
                rows,
                read: table.map(|table| reading(table, &columns, parameters.is_none().then_some(found.as_slice()))),
                value,
                linear,
                curve,
            }),
            _ => {
                Err(wrong(0)(ExpressionError::new(0..residuals[0].len(), "the residuals are too large", "fewer terms")))
            }
        }
    }
    /// The same, with a point to start at; extra numbers are left out.
    #[must_use]
    pub fn starting_at(self, start: Vec<f64>) -> Self {
        LeastSquares { start: Some(start), ..self }
    }

    /// Runs a tape over the rows, at one point, beside `more` numbers that are the same in every row.
    fn rows(
        &self,
        tape: &Tape,
        point: impl Iterator<Item = f64>,
        more: impl Iterator<Item = f64>,
        out: &mut [&mut [f64]],
        work: &mut Workspace,
    ) {
        let (n, d) = (self.rows, self.names.len());
        let mut inputs = work.take(2 * d * n + self.data.len());
        let columns = d * n..d * n + self.data.len();
        inputs.chunks_exact_mut(n).zip(point).for_each(|(input, x)| input.fill(x));
        inputs[columns.clone()].copy_from_slice(&self.data);
        inputs[columns.end..].chunks_exact_mut(n).zip(more).for_each(|(input, v)| input.fill(v));
        let mut scratch = work.dirty(tape.scratch(n));
        tape.accumulate(n, &inputs, 1.0, out, &mut scratch);
        work.give(scratch);
        work.give(inputs);
    }
    /// Calls `visit` with each point's number, residuals and, where asked, Jacobian.
    fn each(&self, x: Batch<'_>, with: bool, work: &mut Workspace, mut visit: impl FnMut(usize, &[f64], &[f64])) {
        let m = self.residuals();
        let (mut r, mut jacobian) = (work.take(m), work.take(if with { m * x.d } else { 0 }));
        for i in 0..x.n {
            r.fill(0.0);
            jacobian.fill(0.0);
            let point = x.x[i..].iter().step_by(x.n).copied();
            let tape = if with { &self.linear } else { &self.value };
            self.rows(tape, point, std::iter::empty(), &mut [&mut r, &mut jacobian], work);
            visit(i, &r, &jacobian);
        }
        work.give(jacobian);
        work.give(r);
    }
}

impl Potential for LeastSquares {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.each(x, false, work, |i, r, _| out[i] += scale * steepest_kernels::dot(r, r));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.each(x, true, work, |i, r, jacobian| pull(r, jacobian, scale, out.iter_mut().skip(i).step_by(x.n)));
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        self.each(x, true, work, |i, r, jacobian| {
            values[i] += scale * steepest_kernels::dot(r, r);
            pull(r, jacobian, scale, gradients.iter_mut().skip(i).step_by(x.n));
        });
    }
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut products = work.take(x.d * self.rows);
        for i in 0..x.n {
            products.fill(0.0);
            let [point, v] = [x.x, v].map(|all| all[i..].iter().step_by(x.n).copied());
            self.rows(&self.curve, point, v, &mut [&mut products], work);
            for (j, product) in products.chunks_exact(self.rows).enumerate() {
                out[j * x.n + i] += scale * steepest_kernels::sum(product);
            }
        }
        work.give(products);
    }
    fn curves_exactly(&self) -> bool {
        true
    }
    fn squares(&self) -> Option<&dyn Squares> {
        Some(self)
    }
}
/// Which names were taken for columns and, where none are declared, for coordinates: a column whose name is mistyped is one of
/// those, and every line of a ledger would hold for it.
fn reading(table: &Table, columns: &[String], free: Option<&[String]>) -> String {
    let unread: Vec<&str> = table.names().filter(|name| !columns.iter().any(|read| read == name)).collect();
    let (read, file) = (listed(columns, 20, columns.len()), table.source());
    let mut text = match columns {
        [] => format!("no column of {file} is read"),
        _ => format!("columns of {file} that are read: {read}"),
    };
    if !unread.is_empty() {
        text += &format!("; not read: {}", listed(&unread, 20, unread.len()));
    }
    for remark in columns.iter().flat_map(|column| table.remarks(column)) {
        text += &format!("; {remark}");
    }
    if let Some(free) = free {
        let free = ordered(free);
        text += &format!("; taken for coordinates, as no column has the name: {}", listed(&free, 20, free.len()));
        for name in free.iter().filter(|name| name.chars().count() > 2) {
            if let Some(column) = ExpressionError::new(0..0, "", "").near(name, unread.iter().copied()).nearest {
                text += &format!("; is `{name}` the column `{column}`?");
            }
        }
    }
    text
}
/// `out_j += scale 2 sum_k r_k d_j r_k`
fn pull<'a>(r: &[f64], jacobian: &[f64], scale: f64, out: impl Iterator<Item = &'a mut f64>) {
    for (column, out) in jacobian.chunks_exact(r.len()).zip(out) {
        *out += scale * 2.0 * steepest_kernels::dot(r, column);
    }
}

impl Squares for LeastSquares {
    fn residuals(&self) -> usize {
        self.sources.len() * self.rows
    }
    fn linearise(&self, x: &[f64], r: &mut [f64], jacobian: Option<&mut [f64]>, work: &mut Workspace) {
        let (point, none) = (x.iter().copied(), std::iter::empty());
        r.fill(0.0);
        match jacobian {
            Some(jacobian) => {
                jacobian.fill(0.0);
                self.rows(&self.linear, point, none, &mut [r, jacobian], work);
            }
            None => self.rows(&self.value, point, none, &mut [r], work),
        }
    }
}

impl Model for LeastSquares {
    fn dim(&self) -> usize {
        self.names.len()
    }
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
    fn start(&self, z: &mut [f64]) {
        if let Some(start) = &self.start {
            z.iter_mut().zip(start).for_each(|(z, x)| *z = *x);
        }
    }
    fn notes(&self) -> Vec<String> {
        let shown = self.sources.iter().take(20).map(|text| format!("({text})^2")).collect::<Vec<_>>().join(" + ");
        let more = if self.sources.len() > 20 { " + ..." } else { "" };
        let over = if self.data.is_empty() { String::new() } else { format!(", over {} rows", self.rows) };
        let mut notes = vec![format!("V = {shown}{more}{over}")];
        notes.extend(self.read.clone());
        notes.extend(self.constants.iter().map(|(name, value)| format!("{name} = {value}")));
        notes
    }
}
