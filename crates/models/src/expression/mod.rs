//! EXPRESSIONS: an energy written as a formula, with its exact gradient, run as vector code over blocks of points.
//!
//! text -> tokens -> graph with common subexpressions -> adjoints in the same graph -> [`Tape`].
mod call;
mod definition;
mod demand;
mod derivative;
mod error;
mod function;
mod graph;
mod lexer;
mod lower;
mod names;
mod normalised;
mod parser;
mod sampling;
mod simplex;
pub(crate) use definition::{Definition, Support};
pub(crate) use demand::{Demand, Guard};
pub use error::ExpressionError;
pub(crate) use graph::{Graph, Id, Node};
pub(crate) use names::{Free, Leaf, Named, Room, RowNames, Shape};
pub(crate) use normalised::is_density;
pub(crate) use parser::{Law, Parsed, Scope, parse, parse_law};
pub(crate) use sampling::{Recipe, Sampling, law_in, parse_sampling};

use crate::Model;
use crate::single::{Single, Slopes};
use std::collections::HashMap;
use std::sync::OnceLock;
use steepest_core::{Batch, Potential, Workspace, differences};
use steepest_kernels::tape::Tape;

/// A formula V(x) as an energy on R^d.
///
/// `+ - * / ^` (also `**`) with the usual precedence: `-x^2` is -(x^2), `2^3^2` is 2^9. Numbers such as `2.5e-3`; `pi`, `tau`;
/// families `x[1]`, `x[2]`; `sum(i, 1, 9, (x[i+1] - x[i]^2)^2)`; and the functions abs atan cos cosh digamma erf exp expm1 lgamma
/// log log1p log1pexp (softplus) logistic (sigmoid) logsumexp max min pow sin sinh sqrt tan tanh.
///
/// Names that are not constants are the coordinates, in order of first appearance; members of a family stand together in order
/// of their index. The gradient is the exact derivative by reverse accumulation [GriewankWalther2008, Ch. 3]; an evaluation
/// allocates nothing once its workspace is warm.
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_models::{Expression, Model};
/// let v = Expression::parse("(x^2 - 1)^2/4 + 0.5*k*y^2", &[("k".to_string(), 2.0)])?;
/// assert_eq!(v.names(), ["x", "y"]);
/// let (mut value, mut gradient) = ([0.0], [0.0; 2]);
/// let point = Batch { n: 1, d: 2, x: &[2.0, 3.0] };
/// v.values_and_gradients(point, 1.0, &mut value, &mut gradient, &mut Workspace::default());
/// assert_eq!((value, gradient), ([11.25], [6.0, 6.0]));
/// # Ok::<(), steepest_models::ExpressionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    constants: Vec<(String, f64)>,
    names: Vec<String>,
    value: Tape,
    gradient: Tape,
    both: Tape,
    /// V'' v, with v read after the coordinates; made when it is first asked for.
    curve: OnceLock<Option<Tape>>,
}

impl Expression {
    /// Reads an energy; `constants` are names with values, and every other name is a coordinate.
    ///
    /// # Errors
    /// An [`ExpressionError`] that points at the first thing wrong with the text.
    pub fn parse(source: &str, constants: &[(String, f64)]) -> Result<Expression, ExpressionError> {
        Self::build(source, constants, None).map_err(|error| error.within(source))
    }
    /// Reads an energy of the coordinates `parameters`, in that order; any other name is an error.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); an unknown name, with the nearest known one; and a parameter that is listed twice, or is a constant.
    ///
    /// ```
    /// let parameters = ["x", "alpha"].map(String::from);
    /// let error = steepest_models::Expression::parse_in("x^2 + alhpa", &[], &parameters).unwrap_err();
    /// assert_eq!((error.span, error.nearest.as_deref()), (6..11, Some("alpha")));
    /// ```
    pub fn parse_in(
        source: &str,
        constants: &[(String, f64)],
        parameters: &[String],
    ) -> Result<Expression, ExpressionError> {
        Self::build(source, constants, Some(parameters)).map_err(|error| error.within(source))
    }

    fn build(
        source: &str,
        constants: &[(String, f64)],
        parameters: Option<&[String]>,
    ) -> Result<Expression, ExpressionError> {
        if let Some((name, value)) = constants.iter().find(|(_, value)| !value.is_finite()) {
            return Err(ExpressionError::new(0..0, format!("the constant `{name}` is {value}"), "a finite number"));
        }
        if let Some(name) = parameters.and_then(twice) {
            return Err(ExpressionError::new(0..0, format!("the parameter `{name}` is listed twice"), "each once"));
        }
        if let Some(name) = doubled(constants, |name| parameters.unwrap_or_default().iter().any(|known| known == name))
        {
            let message = format!("`{name}` is a constant and a parameter");
            return Err(ExpressionError::new(0..0, message, "a name for each"));
        }
        let free = parameters.map_or(Free::Any, Free::Listed);
        let mut parsed = parser::parse(source, &Scope { constants, free })?;
        if parameters.is_none() {
            // The order of the coordinates is settled by reading once; the graph is then built on it.
            let names = ordered(&parsed.names);
            if names != parsed.names {
                parsed = parser::parse(source, &Scope { constants, free: Free::Listed(&names) })?;
            }
        }
        let (d, root) = (parsed.names.len(), parsed.root);
        if d == 0 {
            return Err(ExpressionError::new(
                0..source.len(),
                "there is no free name to vary",
                "a coordinate such as x",
            ));
        }
        let gradient = parsed.graph.gradient(root, d);
        let both: Vec<_> = std::iter::once(root).chain(gradient.iter().copied()).collect();
        let graph = &parsed.graph;
        match (graph.tape(d, &[root]), graph.tape(d, &gradient), graph.tape(d, &both)) {
            (Some(value), Some(gradient), Some(both)) => Ok(Expression {
                source: source.to_string(),
                constants: constants.to_vec(),
                names: parsed.names,
                value,
                gradient,
                both,
                curve: OnceLock::new(),
            }),
            _ => Err(ExpressionError::new(0..source.len(), "the expression is too large", "fewer terms")),
        }
    }
    /// V'' v from the text once more: it is seldom asked for, and costs as much to make as the rest.
    fn curve(&self) -> Option<&Tape> {
        let make = || {
            let (d, free) = (self.names.len(), Free::Listed(&self.names));
            let Parsed { mut graph, root, .. } =
                parse(&self.source, &Scope { constants: &self.constants, free }).ok()?;
            let mut along = graph.constant(0.0);
            for (j, slope) in graph.gradient(root, d).into_iter().enumerate() {
                let v = graph.variable((d + j) as u32);
                let term = graph.mul(slope, v);
                along = graph.add(along, term);
            }
            let products = graph.gradient(along, d);
            graph.tape(2 * d, &products)
        };
        self.curve.get_or_init(make).as_ref()
    }
    /// The text as given.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// The first constant with the name of something else: it would stand for that without a word.
pub(crate) fn doubled(constants: &[(String, f64)], taken: impl Fn(&str) -> bool) -> Option<&String> {
    constants.iter().map(|(name, _)| name).find(|name| taken(name))
}
/// The first of the names that is there twice.
pub(crate) fn twice(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(k, name)| names[..*k].contains(name)).map(|(_, name)| name)
}
/// Names by first appearance, except that members of a family `x[i]` stand where its first stands, by index.
pub(crate) fn ordered(names: &[String]) -> Vec<String> {
    let split = |name: &'_ String| -> (String, u64) {
        let (family, index) = name.split_once('[').map_or((name.as_str(), ""), |parts| parts);
        (family.to_string(), index.trim_end_matches(']').parse().unwrap_or(0))
    };
    let mut first = HashMap::new();
    let mut keyed = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        let (family, index) = split(name);
        keyed.push((*first.entry(family).or_insert(place), index, name));
    }
    keyed.sort_by_key(|&(place, index, _)| (place, index));
    keyed.into_iter().map(|(_, _, name)| name.clone()).collect()
}

fn run(tape: &Tape, x: Batch<'_>, scale: f64, out: &mut [&mut [f64]], work: &mut Workspace) {
    let mut scratch = work.dirty(tape.scratch(x.n));
    tape.accumulate(x.n, x.x, scale, out, &mut scratch);
    work.give(scratch);
}

impl Potential for Expression {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        run(&self.value, x, scale, &mut [out], work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        run(&self.gradient, x, scale, &mut [out], work);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        run(&self.both, x, scale, &mut [values, gradients], work);
    }
    /// Exact, by differentiating the graph twice.
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], work: &mut Workspace) {
        let Some(tape) = self.curve() else { return differences(self, x, v, scale, out, work) };
        let mut inputs = work.take(2 * x.x.len());
        inputs[..x.x.len()].copy_from_slice(x.x);
        inputs[x.x.len()..].copy_from_slice(v);
        run(tape, Batch { x: &inputs, ..x }, scale, &mut [out], work);
        work.give(inputs);
    }
    fn curves_exactly(&self) -> bool {
        self.curve().is_some()
    }
    fn drift(&self, scale: f64, n: usize, x: &mut [f64], work: &mut Workspace) -> bool {
        let mut scratch = work.dirty(self.gradient.scratch(n));
        self.gradient.accumulate_own(n, scale, x, &mut scratch);
        work.give(scratch);
        true
    }
}

impl Slopes for Expression {
    fn gradients_single(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut scratch = work.dirty(self.gradient.scratch(x.n));
        self.gradient.accumulate_single(x.n, x.x, scale, &mut [out], &mut scratch);
        work.give(scratch);
    }
    fn drift_single(&self, scale: f64, n: usize, x: &mut [f64], work: &mut Workspace) -> bool {
        let mut scratch = work.dirty(self.gradient.scratch(n));
        self.gradient.accumulate_own_single(n, scale, x, &mut scratch);
        work.give(scratch);
        true
    }
}

impl Model for Expression {
    fn dim(&self) -> usize {
        self.names.len()
    }
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
    fn in_single(&self) -> Option<Box<dyn Potential + '_>> {
        Some(Box::new(Single(self)))
    }
    fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("V({}) = {}", self.names.join(", "), self.source)];
        notes.extend(self.constants.iter().map(|(name, value)| format!("{name} = {value}")));
        notes
    }
}
