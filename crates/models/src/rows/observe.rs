//! OBSERVE: what a row model says of each row, as a function of the reported parameters.
use super::block::{self, Ground};
use super::data::Data;
use super::error::RowsError;
use super::lacking::Lacking;
use super::plan::Plan;
use super::program::{Program, Reader};
use super::scores::Adjoint;
use super::simulate::Simulate;
use super::split::Outside;
use super::support;
use super::{RowsOptions, elements};
use crate::expression::{Leaf, Parsed};
use crate::{Missing, ModelError, Observations, Table};
use std::ops::Range;
use steepest_core::{Batch, Workspace};
use steepest_kernels::tape::{RowTape, Sheet};

/// The rows in use, and expressions over them.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    plan: Plan,
    options: RowsOptions,
    places: Vec<usize>,
    response: Vec<f64>,
    nll: Option<Each>,
    /// What the likelihood lacks to be normalised.
    lacking: Lacking,
    mean: Option<Each>,
    simulate: Option<Simulate>,
}
/// An expression in every row, with its adjoint where that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Each {
    reader: Reader,
    sheet: Sheet,
    tape: RowTape,
    adjoint: Option<Adjoint>,
}
impl Each {
    /// # Errors
    /// What the columns have wrong, or too many terms.
    pub(super) fn new(plan: &Plan, data: &Data<'_>, parsed: Parsed, scored: bool) -> Result<Each, RowsError> {
        let elements = elements(std::iter::once(&parsed));
        let mut outside = Outside::of(elements.clone());
        let codes = |leaf: Leaf| plan.codes(data, leaf);
        let (columns, places) = plan.columns(data, &parsed.leaves)?;
        let mut ground = Ground { columns, places, codes: &codes };
        let again = scored.then(|| parsed.clone());
        let (mut filled, tape) = block::each(parsed, &mut outside, &mut ground)?;
        let adjoint = again.map(|parsed| Adjoint::new(parsed, elements, &mut ground, &mut filled)).transpose()?;
        Ok(Each { reader: Reader::new(&outside)?, sheet: filled.sheet, tape, adjoint })
    }
    /// out[r * n + i] <- sign * the expression
    pub(super) fn fill(&self, rows: Range<usize>, sign: f64, theta: Batch<'_>, out: &mut [f64]) {
        let n = theta.n;
        let (mut work, mut point) = (Workspace::default(), vec![0.0; theta.d]);
        let (mut scratch, mut column) = (vec![0.0; self.tape.scratch(rows.len())], vec![0.0; rows.len()]);
        for i in 0..n {
            point.iter_mut().enumerate().for_each(|(k, x)| *x = theta.x[k * n + i]);
            let given = self.reader.read(&point, &mut work);
            self.tape.each(&self.sheet, rows.clone(), (&given, &point), &mut column, &mut scratch);
            column.iter().enumerate().for_each(|(r, x)| out[r * n + i] = sign * x);
            work.give(given);
        }
    }
}

impl Observed {
    /// Of the rows of a model, or of others of which it is `known` what the likelihood of the model lacks; scores are of the first.
    ///
    /// # Errors
    /// What the texts or the columns have wrong.
    pub(super) fn new(
        plan: &Plan,
        options: &RowsOptions,
        data: &Data<'_>,
        known: Option<&Lacking>,
    ) -> Result<Observed, RowsError> {
        let nll = Each::new(plan, data, plan.likelihood(options)?, known.is_none())?;
        let lacking = match known {
            Some(lacking) => lacking.elsewhere(plan, options, data, &nll)?,
            None => Lacking::of(plan, options, data, &nll)?,
        };
        Observed {
            plan: plan.clone(),
            options: options.clone(),
            places: Vec::new(),
            response: Vec::new(),
            nll: Some(nll),
            lacking,
            mean: None,
            simulate: None,
        }
        .with(data)
    }
    /// `out[r * d + j]` <- d log p(y_r) / dx_j at a point of the program; false where scores were not asked for.
    pub(super) fn scores(&self, program: &Program, rows: Range<usize>, x: &[f64], out: &mut [f64]) -> bool {
        let found = self.nll.as_ref().and_then(|nll| Some((&nll.sheet, nll.adjoint.as_ref()?)));
        if let Some((sheet, adjoint)) = found {
            adjoint.scores(sheet, program, rows, x, out);
        }
        found.is_some()
    }
    fn with(mut self, data: &Data<'_>) -> Result<Observed, RowsError> {
        if let Some(mean) = &self.options.mean {
            self.mean = Some(Each::new(&self.plan, data, self.plan.expression("mean", mean, &self.options)?, false)?);
        }
        self.places = data.rows.clone();
        self.simulate = Simulate::new(&self.plan, &self.options, data)?;
        self.response = match &self.options.response {
            Some(name) if self.nll.is_some() => data.column(name, 0)?,
            _ => vec![f64::NAN; data.rows.len()],
        };
        Ok(self)
    }
    fn anew(&self, table: &Table) -> Result<Observed, RowsError> {
        let plan = Plan::new(table, &self.options, Some(&self.plan))?;
        let with = |open: Option<&str>| {
            let data = Data::new(table, &plan.names.columns, &plan.read(&self.options)?, &self.options, open)?;
            // What is not known yet is no offence; what is known has to be possible here too.
            support::outcomes(&plan, &plan.likelihood(&self.options)?, self.options.likelihood.key(), &data)
                .map_err(RowsError::or_blank)?;
            Observed::new(&plan, &self.options, &data, Some(&self.lacking))
        };
        let impossible = |found: &Result<Observed, RowsError>| matches!(found, Err(RowsError::Outcome { .. }));
        // Where rows with gaps are left out, one whose response is not known yet has none.
        let predicts = self.options.mean.is_some() || self.options.simulate.is_some();
        let drops = predicts && self.options.missing == Missing::Drop;
        let whole = with(self.options.response.as_deref().filter(|_| drops));
        if whole.is_ok() || impossible(&whole) || !predicts {
            return whole;
        }
        // Some of the responses may not be known yet.
        if let Some(response) = &self.options.response {
            let partly = with(Some(response.as_str()));
            if impossible(&partly) || (partly.is_ok() && table.numbers(response).is_ok()) {
                return partly;
            }
        }
        // Without a response there is still what is expected of it.
        let mut leaves = plan.simulate(&self.options)?.map_or_else(Vec::new, |law| law.parsed.leaves);
        if let Some(mean) = &self.options.mean {
            leaves.extend(plan.expression("mean", mean, &self.options)?.leaves);
        }
        if let Some(response) = &self.options.response {
            let place = plan.names.columns.iter().position(|column| column == response);
            leaves.retain(|leaf| !matches!(leaf, Leaf::Column { column, lag: 0 } if Some(*column) == place));
        }
        let data = Data::new(table, &plan.names.columns, &leaves, &self.options, None)?;
        let options = self.options.clone();
        Observed {
            plan,
            options,
            places: Vec::new(),
            response: Vec::new(),
            nll: None,
            lacking: self.lacking.clone(),
            mean: None,
            simulate: None,
        }
        .with(&data)
    }
}

impl Observations for Observed {
    fn rows(&self) -> usize {
        self.response.len()
    }
    fn place(&self, r: usize) -> usize {
        self.places[r]
    }
    fn response(&self) -> &[f64] {
        &self.response
    }
    /// Normalised over y as far as it is known how.
    fn log_likelihood(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        match &self.nll {
            Some(nll) => {
                nll.fill(rows.clone(), -1.0, theta, out);
                self.lacking.add(rows.start, theta.n, out);
            }
            None => out.fill(f64::NAN),
        }
    }
    fn normalised(&self) -> bool {
        self.lacking != Lacking::Unknown
    }
    fn discrete(&self) -> Option<bool> {
        if let Lacking::Whole { discrete } = self.lacking { Some(discrete) } else { None }
    }
    /// NaN without a `mean` in the model.
    fn mean(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        match &self.mean {
            Some(mean) => mean.fill(rows, 1.0, theta, out),
            None => out.fill(f64::NAN),
        }
    }
    /// NaN where neither `simulate` nor the likelihood says a law by name. Rows further up are themselves replicates.
    fn replicate(&self, rows: Range<usize>, key: u64, first: u64, theta: Batch<'_>, out: &mut [f64]) {
        match &self.simulate {
            Some(simulate) => simulate.replicate(rows, (key, first), theta, out),
            None => out.fill(f64::NAN),
        }
    }
    fn drawable(&self) -> bool {
        self.simulate.is_some()
    }
    fn sequential(&self) -> bool {
        self.simulate.as_ref().is_some_and(Simulate::sequential)
    }
    fn one_step(&self, rows: Range<usize>, key: u64, first: u64, theta: Batch<'_>, out: &mut [f64]) {
        match &self.simulate {
            Some(simulate) => simulate.one_step(rows, (key, first), theta, out),
            None => out.fill(f64::NAN),
        }
    }
    fn on(&self, table: &Table) -> Result<Box<dyn Observations>, ModelError> {
        match self.anew(table) {
            Ok(observed) => Ok(Box::new(observed)),
            Err(RowsError::Table(error)) => Err(ModelError::Table(error)),
            Err(error) => Err(ModelError::Rows(Box::new(error))),
        }
    }
}
