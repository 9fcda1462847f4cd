//! PLAN: the texts of a row model read against a table: names, parameters, likelihood, priors.
use super::block::Ground;
use super::data::{Data, Levels, levels};
use super::declare::{Count, declaration};
use super::domain::Domain;
use super::error::RowsError;
use super::program::Place;
use super::split::Columns;
use super::{Likelihood, RowsOptions, mass, reach};
use crate::expression::{
    ExpressionError, Free, Leaf, Named, Parsed, Room, RowNames, Sampling, Scope, Shape, is_density, law_in, parse,
    parse_law, parse_sampling,
};
use crate::{Table, TableError};
use std::collections::{HashMap, HashSet};

/// The names of a model, and what they stand for.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) names: RowNames,
    pub(super) places: Vec<Place>,
    /// Of the parameters with one number a level.
    pub(super) levels: Vec<Option<Levels>>,
}

fn text(key: &str, source: &str, error: ExpressionError) -> RowsError {
    RowsError::Text { key: key.to_string(), error: Box::new(error.within(source)) }
}

impl Plan {
    /// Reads the declarations; `known` are the levels of a model that was made before.
    ///
    /// # Errors
    /// A declaration that cannot be read, a name that is taken, a column that does not exist.
    pub(super) fn new(table: &Table, options: &RowsOptions, known: Option<&Plan>) -> Result<Plan, RowsError> {
        let columns: Vec<String> = table.names().map(str::to_string).collect();
        let names = RowNames { columns, parameters: Vec::new(), room: Room::Rows };
        let mut plan = Plan { names, places: Vec::new(), levels: Vec::new() };
        for (p, (name, form)) in options.parameters.iter().enumerate() {
            plan.declare(table, name, form, known.and_then(|known| known.levels[p].clone()))?;
        }
        Ok(plan)
    }
    fn declare(&mut self, table: &Table, name: &str, form: &str, known: Option<Levels>) -> Result<(), RowsError> {
        let key = format!("parameters.{name}");
        let declared = declaration(form).map_err(|error| text(&key, form, error))?;
        if self.names.parameters.iter().any(|known| known.name == name) {
            let error = ExpressionError::new(0..form.len(), format!("`{name}` is declared twice"), "one declaration");
            return Err(text(&key, form, error));
        }
        if self.names.columns.iter().any(|column| column == name) {
            return Err(RowsError::Shadow { name: name.to_string(), file: table.source().to_string() });
        }
        let (shape, levels) = match declared.count {
            Count::One => (Shape::Scalar, None),
            Count::Of(k) => (Shape::Vector(k), None),
            Count::Levels(column, span) => {
                let levels = match known {
                    Some(levels) => levels,
                    None => levels(table, &column).map_err(|error| of_column(&key, form, span, error))?,
                };
                let place = self.names.columns.iter().position(|c| *c == column).unwrap_or(0);
                (Shape::Levels { column: place, count: levels.labels.len() }, Some(levels))
            }
        };
        let (first, x) = self.places.last().map_or((0, 0), |last| (last.theta.end, last.x.end));
        let count = match shape {
            Shape::Scalar => 1,
            Shape::Vector(count) | Shape::Levels { count, .. } => count,
        };
        let domain = declared.domain;
        self.places.push(Place { domain, x: x..x + domain.coordinates(count), theta: first..first + count });
        self.names.parameters.push(Named { name: name.to_string(), first, shape });
        self.levels.push(levels);
        Ok(())
    }
    /// Names of the reported numbers.
    pub(super) fn reported(&self) -> Vec<String> {
        let mut out = Vec::new();
        for ((parameter, place), levels) in self.names.parameters.iter().zip(&self.places).zip(&self.levels) {
            let name = &parameter.name;
            match (parameter.shape, levels) {
                (Shape::Scalar, _) => out.push(name.clone()),
                (_, Some(levels)) => out.extend(levels.labels.iter().map(|label| format!("{name}[{label}]"))),
                (_, None) => out.extend((1..=place.theta.len()).map(|k| format!("{name}[{k}]"))),
            }
        }
        out
    }

    /// Minus the log likelihood of a row.
    pub(super) fn likelihood(&self, options: &RowsOptions) -> Result<Parsed, RowsError> {
        let (Likelihood::Nll(source) | Likelihood::Ll(source)) = &options.likelihood;
        let mut parsed = self.expression(options.likelihood.key(), source, options)?;
        if let Likelihood::Ll(_) = options.likelihood {
            parsed.root = parsed.graph.neg(parsed.root);
        }
        Ok(parsed)
    }
    /// An expression over the rows.
    pub(super) fn expression(&self, key: &str, source: &str, options: &RowsOptions) -> Result<Parsed, RowsError> {
        let scope = Scope { constants: &options.constants, free: Free::Rows(&self.names) };
        parse(source, &scope).map_err(|error| text(key, source, error))
    }
    /// The law of the response, where one is stated.
    pub(super) fn simulate(&self, options: &RowsOptions) -> Result<Option<Sampling>, RowsError> {
        let Some(source) = &options.simulate else { return Ok(None) };
        let Some(response) = &options.response else {
            let error =
                ExpressionError::new(0..source.len(), "this is the law of nothing", "response = \"y\" beside it");
            return Err(text("simulate", source, error));
        };
        let variate = self.response(response);
        let scope = Scope { constants: &options.constants, free: Free::Rows(&self.names) };
        parse_sampling(source, &scope, variate).map(Some).map_err(|error| text("simulate", source, error))
    }
    /// The column of this name, in the row itself.
    pub(super) fn response(&self, name: &str) -> Option<Leaf> {
        self.names.columns.iter().position(|column| column == name).map(|column| Leaf::Column { column, lag: 0 })
    }
    /// The law that the likelihood says by name.
    pub(super) fn said(&self, options: &RowsOptions) -> Option<String> {
        let variate = self.response(options.response.as_ref()?)?;
        let scope = Scope { constants: &options.constants, free: Free::Rows(&self.names) };
        let (source, minus) = match &options.likelihood {
            Likelihood::Nll(source) => (source, true),
            Likelihood::Ll(source) => (source, false),
        };
        law_in(source, &scope, variate, minus)
    }
    /// Whether the likelihood shows that it is a density.
    pub(super) fn is_density(&self, options: &RowsOptions) -> bool {
        let scope = Scope { constants: &options.constants, free: Free::Rows(&self.names) };
        let (Likelihood::Nll(source) | Likelihood::Ll(source)) = &options.likelihood;
        is_density(source, &scope, matches!(options.likelihood, Likelihood::Nll(_)))
    }
    /// The prior of the parameter at place `p`, to be drawn from.
    pub(super) fn prior(&self, p: usize, law: &str, options: &RowsOptions) -> Option<Sampling> {
        let room = if self.names.parameters[p].shape == Shape::Scalar { Room::Parameters } else { Room::Elements(p) };
        let names = RowNames { room, ..self.names.clone() };
        let scope = Scope { constants: &options.constants, free: Free::Rows(&names) };
        parse_sampling(law, &scope, None).ok()
    }
    /// What is read in a row: by the likelihood, the mean and the law of the response.
    pub(super) fn read(&self, options: &RowsOptions) -> Result<Vec<Leaf>, RowsError> {
        let mut leaves = self.likelihood(options)?.leaves;
        if let Some(mean) = &options.mean {
            leaves.extend(self.expression("mean", mean, options)?.leaves);
        }
        leaves.extend(self.simulate(options)?.into_iter().flat_map(|law| law.parsed.leaves));
        Ok(leaves)
    }
    /// Minus the log of each prior density: its parsed law, and how many elements it is the law of.
    pub(super) fn priors(&self, options: &RowsOptions) -> Result<Vec<(Parsed, usize)>, RowsError> {
        let mut out = Vec::new();
        for (name, law) in &options.priors {
            let known = || self.names.parameters.iter().map(|p| p.name.as_str());
            let Some(p) = known().position(|known| known == name) else {
                let nearest = crate::table::nearest(name, known());
                return Err(RowsError::NoParameter { name: name.clone(), nearest });
            };
            let Named { first, shape, .. } = self.names.parameters[p];
            let (room, variate) = match shape {
                Shape::Scalar => (Room::Parameters, Leaf::Element(first)),
                _ => (Room::Elements(p), Leaf::Level { first, column: 0 }),
            };
            let names = RowNames { room, ..self.names.clone() };
            let scope = Scope { constants: &options.constants, free: Free::Rows(&names) };
            let (parameter, domain) = (&self.names.parameters[p], self.places[p].domain);
            let found = parse_law(law, &scope, variate, domain == Domain::Ordered)
                .and_then(|found| reach::fits((parameter, domain), &self.names.columns, law, &found).map(|()| found));
            let found = found.map_err(|error| text(&format!("priors.{name}"), law, error))?;
            let numbers = &self.places[p].theta;
            out.extend(found.shared(numbers).map(|shared| (shared, 1)));
            let mut parsed = found.parsed;
            parsed.root = parsed.graph.neg(parsed.root);
            out.push((parsed, numbers.len()));
        }
        if let Some(prior) = &options.prior {
            let names = RowNames { room: Room::Parameters, ..self.names.clone() };
            let scope = Scope { constants: &options.constants, free: Free::Rows(&names) };
            out.push((parse(prior, &scope).map_err(|error| text("prior", prior, error))?, 1));
        }
        Ok(out)
    }
    /// Refuses parameters that nothing holds.
    pub(super) fn all_used<'p>(
        &self,
        parsed: impl Iterator<Item = &'p Parsed>,
        options: &RowsOptions,
    ) -> Result<(), RowsError> {
        let mut used: Vec<bool> =
            self.names.parameters.iter().map(|p| options.priors.iter().any(|(name, _)| *name == p.name)).collect();
        for leaf in parsed.flat_map(|parsed| &parsed.leaves) {
            let (Leaf::Element(element) | Leaf::Level { first: element, .. }) = leaf else { continue };
            if let Some(p) = self.places.iter().position(|place| place.theta.contains(element)) {
                used[p] = true;
            }
        }
        match used.iter().position(|used| !used) {
            Some(p) => Err(RowsError::Unused { name: self.names.parameters[p].name.clone() }),
            None => Ok(()),
        }
    }
    /// The codes of a level in the rows of `data`.
    pub(super) fn codes(&self, data: &Data<'_>, leaf: Leaf) -> Result<Vec<u32>, RowsError> {
        let Leaf::Level { first, column } = leaf else { return Ok(Vec::new()) };
        let Some(p) = self.names.parameters.iter().position(|p| p.first == first) else { return Ok(Vec::new()) };
        match &self.levels[p] {
            Some(levels) => data.codes(levels),
            None => {
                let (parameter, count) = (&self.names.parameters[p].name, self.places[p].theta.len());
                data.index(&self.names.columns[column], parameter, count)
            }
        }
    }
    /// The columns that `leaves` name, in the rows of `data`.
    pub(super) fn columns(&self, data: &Data<'_>, leaves: &[Leaf]) -> Result<(Columns, HashMap<Leaf, u32>), RowsError> {
        let (mut names, mut x, mut places) = (Vec::new(), Vec::new(), HashMap::new());
        for leaf in leaves {
            let Leaf::Column { column, lag } = *leaf else { continue };
            if places.contains_key(leaf) {
                continue;
            }
            places.insert(*leaf, names.len() as u32);
            let name = &self.names.columns[column];
            x.extend(data.column(name, lag)?);
            names.push(if lag == 0 { name.clone() } else { format!("{name}[-{lag}]") });
        }
        let lines = data.rows.iter().map(|&r| data.table.line(r)).collect();
        let (graph, rows, file) = (Default::default(), data.rows.len(), data.table.source().to_string());
        Ok((Columns { graph, names, x, rows, lines, file, shut: HashSet::new() }, places))
    }
    /// One sentence a parameter.
    pub(super) fn notes(&self, options: &RowsOptions) -> Vec<String> {
        let mut out = Vec::new();
        for (p, (parameter, (place, levels))) in
            self.names.parameters.iter().zip(self.places.iter().zip(&self.levels)).enumerate()
        {
            let name = &parameter.name;
            let kind = match (parameter.shape, levels) {
                (Shape::Scalar, _) => place.domain.to_string(),
                (_, Some(Levels { column, by_digits, .. })) => {
                    let told = if *by_digits { ", told apart as they are written" } else { "" };
                    format!("{}, one for each of {} levels of {column}{told}", place.domain, place.theta.len())
                }
                (_, None) => format!("{}, {} numbers", place.domain, place.theta.len()),
            };
            let law = options.priors.iter().find(|(of, _)| of == name).map(|(_, law)| law.trim());
            let proper = matches!(place.domain, Domain::Simplex)
                || matches!(place.domain, Domain::Bounded { low, high } if low.is_finite() && high.is_finite());
            let prior = match law {
                Some(law) if law != "flat" => {
                    let domain = match mass::left(self, options, p) {
                        Some(0.0) => "",
                        Some(_) => ", cut off to this domain",
                        None => ", cut off to this domain, by how much is not known: log Z lacks that",
                    };
                    format!("prior {law}{domain}")
                }
                _ if options.prior.is_some() => "prior as in `prior`".to_string(),
                _ if proper => "uniform prior".to_string(),
                _ => "flat prior: the rows alone decide".to_string(),
            };
            out.push(format!("{name}: {kind}; {prior}"));
        }
        out
    }
}

/// A declaration that names a column which is not there, as an error of that text.
fn of_column(key: &str, form: &str, span: std::ops::Range<usize>, error: TableError) -> RowsError {
    let TableError::UnknownColumn { column, nearest, columns, .. } = error else { return error.into() };
    let expected = format!("one of {}", crate::table::listed(&columns, 12, columns.len()));
    let mut problem = ExpressionError::new(span, format!("there is no column `{column}`"), expected);
    problem.nearest = nearest;
    text(key, form, problem)
}

/// The ground of a prior: `count` elements of a parameter, no columns.
pub(super) fn elements(count: usize, codes: &dyn Fn(Leaf) -> Result<Vec<u32>, RowsError>) -> Ground<'_> {
    let columns = Columns {
        graph: Default::default(),
        names: Vec::new(),
        x: Vec::new(),
        rows: count,
        lines: Vec::new(),
        file: String::new(),
        shut: HashSet::new(),
    };
    Ground { columns, places: HashMap::new(), codes }
}
