//! REGRESSION: the posterior of a generalised linear model over a table, as an energy with the user's names.
//!
//! The sampler moves in coordinates whitened at the mode, an exact linear change of the standardised coefficients
//! (`coordinates`); data and priors stay on the user's scale. Gaussian likelihoods go through a QR factorisation, so that an
//! evaluation costs p^2; the others are one pass over tiles of the design for all chains of a batch (`likelihood`).
mod assign;
mod coordinates;
mod error;
mod family;
mod geometry;
mod likelihood;
mod linear;
mod observations;
mod posterior;
mod prepare;
mod remainder;
mod rounding;
mod scale;
mod scores;
mod shared;
mod whiten;
use crate::ancestral::NoPrior;
use crate::formula::{Formula, Missing, moments};
use crate::law::Dice;
use crate::model::Model;
use crate::observations::Observations;
use crate::prior::Prior;
use crate::table::{Table, nearest};
pub(crate) use assign::{Asked, assign, named};
pub(crate) use coordinates::{Coordinates, Placed};
pub use error::ModelError;
pub use family::Family;
pub(crate) use family::{known, middle, respond};
use likelihood::{Gaussian, Likelihood, Link, Rows};
pub(crate) use linear::Linear;
use posterior::Posterior;
pub(crate) use prepare::{Columns, distinct, enough_rows, sigma_ends};
pub(crate) use remainder::remainders;
pub(crate) use scale::Scale;
pub(crate) use shared::shared;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::Precision;

/// What a regression is made of beside the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegressionOptions {
    /// `default ~ duration + log(amount)`; see [`Formula`].
    pub formula: String,
    /// Left out: bernoulli for a response of 0 and 1 or of two labels, otherwise gaussian.
    pub family: Option<Family>,
    /// The levels of a response of categories, in order; none: as they are sorted. Of an ordinal the lowest comes first, and words
    /// need it; of a categorical the first is what others are compared with; of a bernoulli the second counts as 1.
    pub levels: Vec<String>,
    /// Priors by name: of a coefficient, a term (all levels of `C(purpose)`), `intercept`, `sigma`, or `coefficients` for all
    /// coefficients and the intercept; the more particular name has the last word. They are on the user's own scale; a prior
    /// given for the intercept is on its value where all predictors are zero.
    pub priors: Vec<(String, Prior)>,
    /// The scale the model is stated on.
    pub standardize: Standardize,
    /// What becomes of rows with missing values.
    pub missing: Missing,
    /// A column that says for how many observations each row counts.
    pub weights: Option<String>,
    /// The coordinates in which group effects are moved.
    pub centering: Centering,
    /// The same for the effects of single groupings (`county`, `s(age)`), which go before `centering`.
    pub centerings: Vec<(String, Centering)>,
    /// What the design is kept in.
    pub precision: Precision,
    /// Coordinates are coefficients on centred and scaled columns, instead of whitened ones; without group effects, and in the
    /// families gaussian, bernoulli and poisson.
    pub standardised: bool,
}

/// The coordinates in which group effects are moved; the law is the same in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Centering {
    /// Each level by what its rows say of it: between the other two.
    #[default]
    Auto,
    /// On the scale of the data: fast where levels have many rows.
    Centered,
    /// In units of the standard deviations: fast where levels have few.
    Noncentered,
}
impl FromStr for Centering {
    type Err = ModelError;
    fn from_str(text: &str) -> Result<Self, ModelError> {
        let all =
            [("auto", Centering::Auto), ("centered", Centering::Centered), ("noncentered", Centering::Noncentered)];
        choice("centering", &all, text)
    }
}

/// The scale on which coefficients, and priors on them, are stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standardize {
    /// The columns as they are.
    #[default]
    None,
    /// Columns divided by their standard deviation (divisor n - 1, as everywhere), not centred.
    Sd,
}
impl FromStr for Standardize {
    type Err = ModelError;
    fn from_str(text: &str) -> Result<Self, ModelError> {
        choice("standardisation", &[("none", Standardize::None), ("sd", Standardize::Sd)], text)
    }
}
impl FromStr for Missing {
    type Err = ModelError;
    fn from_str(text: &str) -> Result<Self, ModelError> {
        choice("treatment of missing values", &[("error", Missing::Error), ("drop", Missing::Drop)], text)
    }
}
fn choice<T: Copy>(option: &'static str, all: &[(&'static str, T)], name: &str) -> Result<T, ModelError> {
    let names = || all.iter().map(|c| c.0);
    let (nearest, name) = (nearest(name, names()), name.to_string());
    let found = all.iter().find(|c| c.0 == name);
    found.map(|c| c.1).ok_or_else(|| ModelError::UnknownChoice { option, name, nearest, choices: names().collect() })
}

/// The posterior of a regression: V = -log [p(y | beta, sigma) p(beta) p(sigma) |d(beta, sigma)/dx|], every constant included,
/// so that the integral of exp(-V) is the marginal likelihood; the Jacobian as often as [`Model::weigh_jacobian`] says.
///
/// Dimension: coefficients, then (gaussian family) sigma. Reports the user's coefficients under the names of the formula.
///
/// ```
/// use steepest_models::{Model, Regression, RegressionOptions, Table};
/// let table = Table::parse("line.csv", b"x,y\n0,1.1\n1,2.9\n2,5.2\n3,6.8\n4,9.1\n", Default::default())?;
/// let fit = Regression::new(&table, &RegressionOptions { formula: "y ~ x".into(), ..Default::default() })?;
/// assert_eq!(fit.names(), ["intercept", "x", "sigma"]);
/// # Ok::<(), steepest_models::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Regression {
    posterior: Posterior,
    family: Family,
    names: Vec<String>,
    notes: Vec<String>,
    rows: observations::Rows,
    rounding: Option<f64>,
}

impl Regression {
    /// The regression `options` describe, on `table`.
    ///
    /// # Errors
    /// Every [`ModelError`].
    pub fn new(table: &Table, options: &RegressionOptions) -> Result<Regression, ModelError> {
        Regression::on(table, options, None)
    }

    /// The same with another response in the rows in use; priors that follow the data follow those of the table.
    pub(crate) fn on(
        table: &Table,
        options: &RegressionOptions,
        response: Option<&[f64]>,
    ) -> Result<Regression, ModelError> {
        let mut formula = options.formula.parse::<Formula>()?.weighted(options.weights.as_deref());
        formula.refuse_levels(table, options)?;
        if options.family.is_some_and(Family::sorts) || !options.levels.is_empty() {
            formula = formula.with_categories();
        }
        let mut design = formula.design(table, options.missing)?;
        formula.order_response(&mut design, &options.levels)?;
        let (family, y, about) = family::respond(options, &design, table)?;
        if formula.is_mixed() || !family.is_plain() {
            if options.precision == Precision::Single {
                return Err(ModelError::DoubleOnly { formula: options.formula.clone(), family: family.name() });
            }
            return Err(ModelError::FixedOnly { formula: options.formula.clone(), family: family.name() });
        }
        if let Some((name, _)) = options.centerings.first() {
            return Err(ModelError::UnknownGroup { name: name.clone(), nearest: None, names: Vec::new() });
        }
        let columns = Columns::new(&design, options.standardize == Standardize::Sd)?;
        let (mean, sd) = moments(&y);
        let mean = family.inner(mean, y.len() as f64);
        let asked = Asked { family, mean, sd, priors: &options.priors, others: &[], predictors: &[] };
        let priors = assign::assign(&design, &columns, &asked)?;
        let few =
            prepare::enough_rows(design.rows.len(), &design.names, family == Family::Gaussian, &priors.coefficients)?;
        sigma_ends(design.rows.len(), &design.names, priors.own.first(), &priors.coefficients)?;
        let y = response.map_or(y, <[f64]>::to_vec);
        let here = moments(&y);
        let [mean, sd] = family::middle(family, [here.0, here.1], [mean, sd]);
        let factor = columns.factor(&design, &y)?;
        let rows = design.rows.len();
        let p = design.columns.len();
        let single = options.precision == Precision::Single && family != Family::Gaussian;
        let sample = single.then(|| rounding::Sample::of(&design, &columns));
        let tiles = Arc::new(columns.tiles(rows, std::mem::take(&mut design.columns), options.precision));
        let likelihood = match family {
            Family::Gaussian => Likelihood::Gaussian(Gaussian::new(rows, p, &factor)),
            Family::Bernoulli => Likelihood::Rows(Rows::new(Link::Logistic, Arc::clone(&tiles), &y)),
            _ => Likelihood::Rows(Rows::new(Link::Exponential, Arc::clone(&tiles), &y)),
        };
        let (scale, shift) = (columns.scale.clone(), columns.shift.clone());
        let coordinates = Coordinates::new(design.intercept, scale, shift, priors.coefficients);
        let mut posterior = Posterior { likelihood, coordinates, scale: priors.own.first().copied().map(Scale::new) };
        let start = whiten::start(&posterior, family.link(mean), sd);
        let deviations = whiten::whiten(&mut posterior, rows, start).unwrap_or(vec![0.0; p]);
        let unbounded = |j: &usize| deviations[*j] > 1e3 && posterior.coordinates.priors[*j].prior == Prior::Flat;
        let loose: Vec<String> = (0..p).filter(unbounded).map(|j| design.names[j].clone()).collect();
        if family != Family::Gaussian && !loose.is_empty() {
            return Err(ModelError::Unbounded { coefficients: loose, family: family.name() });
        }

        let mut notes =
            vec![format!("{} on {}: {rows} rows, {p} coefficients.", formula.text().trim(), table.source())];
        if rows < table.rows() {
            let dropped = table.rows() - rows;
            notes.push(format!("{dropped} of {} rows have missing values and were left out.", table.rows()));
        }
        notes.extend(about);
        notes.extend(design.notes.iter().cloned());
        notes.extend(design.references.iter().map(|(c, level)| format!("{c} is compared with its level '{level}'.")));
        if options.standardize == Standardize::Sd {
            notes.push(
                "Columns are divided by their standard deviation; coefficients and priors are on that scale.".into(),
            );
        }
        notes.extend(few);
        notes.extend(priors.notes);
        notes.extend(shared(&design, &options.priors));
        let rounding = match (&sample, &posterior.likelihood) {
            (Some(sample), Likelihood::Rows(rows)) => Some(sample.shift(&posterior, rows)),
            _ => None,
        };
        notes.extend((options.precision == Precision::Single).then(|| match rounding {
            Some(shift) => format!(
                "The design is kept in single precision, sums are in double: the mode moves by {shift:.1e} posterior standard deviations at most."
            ),
            None => "The design is kept in single precision for predictions; the likelihood was made before it was rounded.".into(),
        }));
        let mut names = design.names;
        names.extend((family == Family::Gaussian).then(|| "sigma".to_string()));
        prepare::distinct(&names, &formula)?;
        let (learned, coordinates) = (design.learned, posterior.coordinates.clone());
        let stated = observations::Stated { formula, learned, family, columns, coordinates };
        let rows = observations::Rows::new(stated, tiles, y);
        let mut regression = Regression { posterior, family, names, notes, rows, rounding };
        if options.standardised {
            regression.standardise();
        }
        Ok(regression)
    }

    /// The family, given or found out.
    pub fn family(&self) -> Family {
        self.family
    }

    /// log p(y | beta, sigma) p(beta) p(sigma) at the reported quantities, every constant included; -inf outside a support.
    pub fn ln_density(&self, quantities: &[f64]) -> f64 {
        let Posterior { likelihood, coordinates, scale } = &self.posterior;
        let p = coordinates.len();
        let (beta, mut gamma) = (&quantities[..p], vec![0.0; p]);
        coordinates.standardise(beta, &mut gamma);
        let placed = coordinates.priors.iter().zip(beta).zip(&gamma);
        let prior: f64 = placed.map(|((c, &b), &g)| c.prior.ln_density(if c.centred { g } else { b })).sum();
        let sigma = quantities.get(p).copied().unwrap_or(1.0);
        let on_sigma = scale.map_or(0.0, |s| s.prior.ln_density(sigma));
        if !(sigma > 0.0 && prior + on_sigma > f64::NEG_INFINITY) {
            return f64::NEG_INFINITY;
        }
        let mut energy = [0.0];
        match likelihood {
            Likelihood::Gaussian(g) => energy[0] = g.evaluate(&gamma, sigma.ln(), &mut vec![0.0; g.rank()], None).0,
            Likelihood::Rows(rows) => rows.evaluate(1, &gamma, &mut energy, None, &mut Workspace::default()),
        }
        prior + on_sigma - energy[0]
    }
}

impl Potential for Regression {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.posterior.evaluate(x, scale, Some(out), None, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.posterior.evaluate(x, scale, None, Some(out), work);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        self.posterior.evaluate(x, scale, Some(values), Some(gradients), work);
    }
}

impl Model for Regression {
    fn dim(&self) -> usize {
        self.posterior.dim()
    }
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        self.posterior.report(x, out, work);
    }
    fn coordinates(&self, quantities: &[f64]) -> Option<Vec<f64>> {
        let Posterior { coordinates, scale, .. } = &self.posterior;
        let (beta, sigma) = quantities.split_at_checked(coordinates.len())?;
        let mut x = coordinates.whiten(&coordinates.locate(beta));
        x.extend(scale.iter().zip(sigma).map(|(scale, sigma)| scale.locate(*sigma)));
        (quantities.len() == self.names.len()).then_some(x)
    }
    fn weigh_jacobian(&mut self, weight: f64) -> bool {
        self.posterior.coordinates.weigh(weight);
        self.posterior.scale.iter_mut().for_each(|scale| scale.weigh(weight));
        true
    }
    /// Twice as wide as the Gaussian approximation at the mode, so that chains which agree have come together.
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().for_each(|z| *z *= 2.0);
    }
    fn observations(&self) -> Option<&dyn Observations> {
        Some(&self.rows)
    }
    fn draw_prior(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        let Posterior { coordinates, scale, .. } = &self.posterior;
        let p = coordinates.len();
        let improper = |k: usize| NoPrior::Improper { name: self.names[k].clone() };
        let mut drawn = coordinates.draw(key, draw, &mut out[..p]);
        if let Some(scale) = scale {
            out[p] = scale.prior.draw(&mut Dice::new(key, draw, p as u64)).unwrap_or(f64::NAN);
            drawn = drawn.and(if out[p].is_nan() { Err(p) } else { Ok(()) });
        }
        drawn.map_err(improper)
    }
    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
    fn rounding(&self) -> Option<f64> {
        self.rounding
    }
    fn scales(&self) -> Vec<f64> {
        Regression::scales(self)
    }
    fn dual(&self, x: &[f64], share: f64) -> Option<f64> {
        Regression::dual(self, x, share)
    }
    fn information(&self, x: &[f64], out: &mut [f64]) -> bool {
        Regression::information(self, x, out);
        true
    }
    fn scores(&self, rows: Range<usize>, x: &[f64], out: &mut [f64]) -> bool {
        Regression::scores(self, rows, x, out);
        true
    }
}
