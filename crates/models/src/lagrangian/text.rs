//! A formula as a Lagrangian: `xdot` is the velocity of `x`, `t` the time.
use crate::expression::{ExpressionError, Free, Scope, doubled, ordered, parse, twice};
use steepest_core::{Batch, Lagrangian, Workspace};
use steepest_kernels::tape::Tape;

/// The time.
const TIME: &str = "t";
/// What a velocity ends in.
const DOT: &str = "dot";

/// L(q, v, t) as a formula, in the language of [`Expression`](crate::Expression), with exact first and second derivatives: the
/// gradient's graph is differentiated again [GriewankWalther2008, Ch. 3].
///
/// `xdot` is the velocity of `x`, `xdot[2]` that of `x[2]`, `t` the time; every other name that is no constant is a coordinate.
///
/// ```
/// use steepest_core::{Batch, Lagrangian, Workspace};
/// use steepest_models::LagrangianText;
/// let l = LagrangianText::parse("0.5*m*(xdot^2 + ydot^2) - x*y", &[("m".into(), 3.0)])?;
/// assert_eq!(l.names(), ["x", "y"]);
/// let (mut gradient, mut hessian) = ([0.0; 5], [0.0; 16]);
/// let z = Batch { n: 1, d: 5, x: &[1.0, 2.0, 0.5, 0.25, 0.0] };
/// l.jets(z, 1.0, &mut gradient, &mut hessian, &mut Workspace::default());
/// assert_eq!(gradient, [-2.0, -1.0, 1.5, 0.75, 0.0]);
/// assert_eq!(hessian[..4], [0.0, -1.0, 0.0, 0.0]);
/// assert_eq!(hessian[12..], [0.0, 0.0, 0.0, 3.0]);
/// # Ok::<(), steepest_models::ExpressionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LagrangianText {
    source: String,
    constants: Vec<(String, f64)>,
    names: Vec<String>,
    value: Tape,
    gradient: Tape,
    jet: Tape,
}
impl LagrangianText {
    /// Reads a Lagrangian; `constants` are names with values. Coordinates stand in order of first appearance, with or without dot.
    ///
    /// # Errors
    /// An [`ExpressionError`] that points at the first thing wrong with the text.
    pub fn parse(source: &str, constants: &[(String, f64)]) -> Result<Self, ExpressionError> {
        Self::build(source, constants, None).map_err(|error| error.within(source))
    }
    /// Reads a Lagrangian of `coordinates`, in that order; any other name is an error.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); and an unknown name, with the nearest known one.
    pub fn parse_in(
        source: &str,
        constants: &[(String, f64)],
        coordinates: &[String],
    ) -> Result<Self, ExpressionError> {
        Self::build(source, constants, Some(coordinates)).map_err(|error| error.within(source))
    }
    fn build(source: &str, constants: &[(String, f64)], declared: Option<&[String]>) -> Result<Self, ExpressionError> {
        let nowhere = |message: String, expected: &str| Err(ExpressionError::new(0..0, message, expected));
        if let Some((name, value)) = constants.iter().find(|(_, value)| !value.is_finite()) {
            return nowhere(format!("the constant `{name}` is {value}"), "a finite number");
        }
        let names = match declared {
            Some(declared) => declared.to_vec(),
            None => {
                let found = parse(source, &Scope { constants, free: Free::Any })?.names;
                let bases = found.iter().filter(|name| *name != TIME).map(|name| rested(name).unwrap_or(name.clone()));
                let mut names = Vec::new();
                bases.for_each(|base| {
                    if !names.contains(&base) {
                        names.push(base)
                    }
                });
                ordered(&names)
            }
        };
        if let Some(name) = names.iter().find(|name| *name == TIME || rested(name).is_some()) {
            let what = if name == TIME { "the time" } else { "a velocity" };
            return nowhere(format!("`{name}` is {what}, not a coordinate"), "another name for the coordinate");
        }
        if let Some(name) = twice(&names) {
            return nowhere(format!("the coordinate `{name}` is listed twice"), "each once");
        }
        let d = names.len();
        if d == 0 {
            let message = "there is no coordinate that could move";
            return Err(ExpressionError::new(0..source.len(), message, "a velocity such as xdot"));
        }
        let velocities = names.iter().map(|name| velocity(name));
        let all: Vec<String> = names.iter().cloned().chain(velocities).chain([TIME.to_string()]).collect();
        if let Some(name) = doubled(constants, |name| all.iter().any(|known| known == name)) {
            let message = format!("`{name}` is a constant, and a coordinate, a velocity or the time too");
            return nowhere(message, "a name for each");
        }
        let mut parsed = parse(source, &Scope { constants, free: Free::Listed(&all) })?;
        let (graph, root) = (&mut parsed.graph, parsed.root);
        let first = graph.gradient(root, 2 * d + 1);
        let second = graph.hessian(&first[..2 * d]);
        let jet: Vec<_> = first.iter().chain(&second).copied().collect();
        let tape = |outputs: &[_]| graph.tape(2 * d + 1, outputs);
        match (tape(&[root]), tape(&first), tape(&jet)) {
            (Some(value), Some(gradient), Some(jet)) => {
                let (source, constants) = (source.to_string(), constants.to_vec());
                Ok(LagrangianText { source, constants, names, value, gradient, jet })
            }
            _ => Err(ExpressionError::new(0..source.len(), "the expression is too large", "fewer terms")),
        }
    }
    /// The coordinates.
    pub fn names(&self) -> &[String] {
        &self.names
    }
    /// The text as given.
    pub fn source(&self) -> &str {
        &self.source
    }
    /// What it says, for the report.
    pub fn notes(&self) -> Vec<String> {
        let velocities: Vec<String> = self.names.iter().map(|name| velocity(name)).collect();
        let mut notes = vec![format!("L({}; {}) = {}", self.names.join(", "), velocities.join(", "), self.source)];
        notes.extend(self.constants.iter().map(|(name, value)| format!("{name} = {value}")));
        notes
    }
}
/// `xdot` for `x`, `xdot[2]` for `x[2]`.
fn velocity(name: &str) -> String {
    match name.split_once('[') {
        Some((family, index)) => format!("{family}{DOT}[{index}"),
        None => format!("{name}{DOT}"),
    }
}
/// `x` for `xdot`; `None` for what is no velocity.
fn rested(name: &str) -> Option<String> {
    let (family, index) = name.find('[').map_or((name, ""), |at| name.split_at(at));
    let base = family.strip_suffix(DOT).filter(|base| !base.is_empty())?;
    Some(format!("{base}{index}"))
}

fn run(tape: &Tape, z: Batch<'_>, scale: f64, out: &mut [&mut [f64]], work: &mut Workspace) {
    let mut scratch = work.take(tape.scratch(z.n));
    tape.accumulate(z.n, z.x, scale, out, &mut scratch);
    work.give(scratch);
}
impl Lagrangian for LagrangianText {
    fn dim(&self) -> usize {
        self.names.len()
    }
    fn values(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        run(&self.value, z, scale, &mut [out], work);
    }
    fn gradients(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        run(&self.gradient, z, scale, &mut [out], work);
    }
    fn jets(&self, z: Batch<'_>, scale: f64, gradients: &mut [f64], hessians: &mut [f64], work: &mut Workspace) {
        run(&self.jet, z, scale, &mut [gradients, hessians], work);
    }
}
