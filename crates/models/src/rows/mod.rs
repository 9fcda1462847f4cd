//! ROWS: a posterior stated as an expression for one row of a table, with declared parameters and their priors.
mod ancestral;
mod asked;
mod block;
mod data;
mod declare;
mod domain;
mod error;
mod factor;
mod lacking;
mod mass;
mod observe;
mod plan;
mod program;
mod reach;
mod respond;
mod scores;
mod script;
mod simulate;
mod split;
mod support;
mod vanish;
pub use error::RowsError;

use crate::expression::{Leaf, Parsed, doubled};
use crate::{ExpressionError, Missing, Model, NoPrior, Observations, Table};
use ancestral::Ancestral;
use block::Ground;
use data::Data;
use observe::Observed;
use plan::Plan;
use program::{Program, transpose};
use split::Outside;
use std::ops::Range;
use steepest_core::{Batch, Potential, Workspace};

/// What one row adds.
#[derive(Clone, Debug, PartialEq)]
pub enum Likelihood {
    /// Minus its log likelihood.
    Nll(String),
    /// Its log likelihood.
    Ll(String),
}
impl Likelihood {
    /// The key it stands under.
    fn key(&self) -> &'static str {
        match self {
            Likelihood::Nll(_) => "nll",
            Likelihood::Ll(_) => "ll",
        }
    }
}

/// A row model in words.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsOptions {
    /// Of one row. Names are parameters, columns (`y[-1]`: one row up) and constants.
    pub likelihood: Likelihood,
    /// Name and domain: `real`, `positive`, `bounded(0, 1)`, `ordered(3)`, `simplex(3)`, `real(5)`, `real[county]`.
    pub parameters: Vec<(String, String)>,
    /// Name and law: `normal(mu, tau)`, whose arguments are expressions of parameters. Others are flat.
    pub priors: Vec<(String, String)>,
    /// Minus the log of a joint prior density, beside the laws.
    pub prior: Option<String>,
    /// Names with values.
    pub constants: Vec<(String, f64)>,
    /// What to do with rows without a value in a column that is used.
    pub missing: Missing,
    /// A column whose values sort the rows into groups: `y[-1]` is the row before of the same group. Left out: the row above.
    pub within: Option<String>,
    /// The column that the likelihood is the law of; for predictions.
    pub response: Option<String>,
    /// Its mean in a row, for predictions.
    pub mean: Option<String>,
    /// Its law in a row, from which replicates are drawn: `normal(a*exp(-b*t), s)`, `mix(p, LAW, LAW)`, or `min(LAW, limit)`
    /// where what is above a limit is seen at it. Not needed where the likelihood is one named density of the response.
    pub simulate: Option<String>,
}
impl Default for RowsOptions {
    fn default() -> Self {
        RowsOptions {
            likelihood: Likelihood::Nll(String::new()),
            parameters: Vec::new(),
            priors: Vec::new(),
            prior: None,
            constants: Vec::new(),
            missing: Missing::Error,
            within: None,
            response: None,
            mean: None,
            simulate: None,
        }
    }
}

/// V(x) = sum over rows of nll(row, theta(x)) - log prior(theta(x)) - log |d theta / d x|, the last as often as
/// [`Model::weigh_jacobian`] says.
///
/// theta are the declared parameters, each in its domain; x are unconstrained. Factors and terms of the likelihood that depend on
/// parameters alone are computed once an evaluation, those of columns alone once; the rest runs with 64 rows at a time as lanes.
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_models::{Likelihood, Model, Rows, RowsOptions, Table};
/// let table = Table::from_columns([("y", vec![1.0, 3.0])])?;
/// let options = RowsOptions {
///     likelihood: Likelihood::Nll("0.5*((y - mu)/s)^2 + log(s)".into()),
///     parameters: vec![("mu".into(), "real".into()), ("s".into(), "positive".into())],
///     ..RowsOptions::default()
/// };
/// let model = Rows::new(&table, &options)?;
/// assert_eq!(model.names(), ["mu", "s"]);
/// let mut value = [0.0];
/// // mu = 2, s = e^0 = 1: half of 1 + 1; the Jacobian of s = e^x is e^0
/// model.values(Batch { n: 1, d: 2, x: &[2.0, 0.0] }, 1.0, &mut value, &mut Workspace::default());
/// assert_eq!(value, [1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rows {
    program: Program,
    plan: Plan,
    observed: Observed,
    prior: Ancestral,
    notes: Vec<String>,
    /// Priors that may have no integral at powers above 1.
    scaled: Vec<String>,
}

impl Rows {
    /// Compiles a row model.
    ///
    /// # Errors
    /// A [`RowsError`] that names the key and the place in its text, or the file, row and column.
    pub fn new(table: &Table, options: &RowsOptions) -> Result<Rows, RowsError> {
        if let Some((name, value)) = options.constants.iter().find(|(_, value)| !value.is_finite()) {
            let error = ExpressionError::new(0..0, format!("the constant `{name}` is {value}"), "a finite number");
            return Err(RowsError::Text { key: format!("constants.{name}"), error: Box::new(error) });
        }
        let column = |name: &str| table.names().any(|column| column == name);
        let parameter = |name: &str| options.parameters.iter().any(|(known, _)| known == name);
        if let Some(name) = doubled(&options.constants, |name| column(name) || parameter(name)) {
            let what = if parameter(name) { "parameter".to_string() } else { format!("column of {}", table.source()) };
            let error = ExpressionError::new(0..0, format!("`{name}` is a constant and a {what}"), "a name for each");
            return Err(RowsError::Text { key: format!("constants.{name}"), error: Box::new(error) });
        }
        let plan = Plan::new(table, options, None)?;
        let checked = options.simulate.is_some();
        let options =
            &RowsOptions { simulate: options.simulate.clone().or_else(|| plan.said(options)), ..options.clone() };
        let likelihood = plan.likelihood(options)?;
        let mean = options.mean.as_ref().map(|mean| plan.expression("mean", mean, options)).transpose()?;
        let priors = plan.priors(options)?;
        let parsed = || std::iter::once(&likelihood).chain(mean.as_ref()).chain(priors.iter().map(|(p, _)| p));
        plan.all_used(parsed(), options)?;
        let data = Data::new(table, &plan.names.columns, &plan.read(options)?, options, None)?;
        support::outcomes(&plan, &likelihood, options.likelihood.key(), &data)?;

        let mut outside = Outside::of(elements(parsed()));
        let codes = |leaf: Leaf| plan.codes(&data, leaf);
        let (columns, places) = plan.columns(&data, &likelihood.leaves)?;
        let mut ground = Ground { columns, places, codes: &codes };
        let mut blocks = Vec::from_iter(block::sum(likelihood, &mut outside, &mut ground)?);
        for (prior, count) in priors {
            let codes = |_: Leaf| Ok((0..count as u32).collect());
            blocks.extend(block::sum(prior, &mut outside, &mut plan::elements(count, &codes))?);
        }
        let left: f64 = (0..plan.places.len()).filter_map(|p| mass::left(&plan, options, p)).sum();
        let node = outside.graph.constant(left);
        outside.add(node);
        let program = Program::new(plan.places.clone(), blocks, outside)?;
        let observed = Observed::new(&plan, options, &data, None)?;
        let mut notes = notes(&plan, options, &data);
        if checked {
            notes.push(simulate::agrees(&plan, options, &data)?);
        }
        let prior = Ancestral::new(&plan, options);
        let scaled = vanish::scaled(&plan, options);
        Ok(Rows { program, plan, observed, prior, notes, scaled })
    }
}

/// The reported numbers that expressions name one by one.
fn elements<'p>(parsed: impl Iterator<Item = &'p Parsed>) -> Vec<usize> {
    let element = |leaf: &Leaf| if let Leaf::Element(element) = leaf { Some(*element) } else { None };
    let mut out: Vec<usize> = parsed.flat_map(|parsed| &parsed.leaves).filter_map(element).collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn notes(plan: &Plan, options: &RowsOptions, data: &Data<'_>) -> Vec<String> {
    let (sign, text) = match &options.likelihood {
        Likelihood::Nll(text) => ("minus log likelihood", text),
        Likelihood::Ll(text) => ("log likelihood", text),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rows = format!("{} rows of {}", data.rows.len(), data.table.source());
    if data.without_lag > 0 {
        rows += &match &options.within {
            None => format!("; the first {} are left out, as their lags do not exist", data.without_lag),
            Some(by) => format!("; {} are left out, as their lags do not exist within {by}", data.without_lag),
        };
    }
    if data.with_gaps > 0 {
        rows += &format!("; {} with a missing value are left out", data.with_gaps);
    }
    let mut notes = vec![format!("{sign} of a row: {text}"), rows];
    notes.extend(data.remarks.iter().cloned());
    notes.extend(plan.notes(options));
    notes.extend(options.prior.iter().map(|prior| format!("minus log prior: {prior}")));
    notes.extend(options.simulate.iter().map(|law| format!("a response is drawn from {law}")));
    notes.extend(options.constants.iter().map(|(name, value)| format!("{name} = {value}")));
    notes
}

impl Potential for Rows {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.program.evaluate(x, scale, Some(out), None, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.program.evaluate(x, scale, None, Some(out), work);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        self.program.evaluate(x, scale, Some(values), Some(gradients), work);
    }
}

impl Model for Rows {
    fn dim(&self) -> usize {
        self.program.coordinates()
    }
    fn names(&self) -> Vec<String> {
        self.plan.reported()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        let numbers = self.program.numbers();
        let mut theta = work.take(x.n * numbers);
        let energy = self.program.constrain(x, &mut theta, work);
        transpose(&theta, numbers, out);
        work.give(energy);
        work.give(theta);
    }
    fn coordinates(&self, quantities: &[f64]) -> Option<Vec<f64>> {
        self.program.locate(quantities)
    }
    fn weigh_jacobian(&mut self, weight: f64) -> bool {
        self.program.jacobian = weight;
        true
    }
    fn observations(&self) -> Option<&dyn Observations> {
        Some(&self.observed)
    }
    fn draw_prior(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        self.prior.draw(key, draw, out)
    }
    fn scores(&self, rows: Range<usize>, x: &[f64], out: &mut [f64]) -> bool {
        self.observed.scores(&self.program, rows, x, out)
    }
    fn notes(&self) -> Vec<String> {
        let beta = if self.program.jacobian > 0.0 { self.program.jacobian.recip() } else { 0.0 };
        self.notes.iter().cloned().chain(vanish::note(&self.scaled, beta)).collect()
    }
}
