//! MIXED MODELS: fixed effects and group effects, `y ~ x + (1 + x | g)`, as an energy with the user's names.
//!
//! Standard deviations and correlations of the group effects are parameters; the effects of each level are moved in coordinates
//! that stay nearly white (`transport`), chosen from a rough fit (`pilot`). A gaussian likelihood goes through sums of products
//! (`gaussian`), so that an evaluation costs one pass over the levels; the others are one pass over the rows (`rows`, `kernel`).
mod ancestral;
mod assign;
mod categorical;
mod checks;
mod correlation;
mod data;
mod fisher;
mod gaussian;
mod geometry;
mod kernel;
mod naming;
mod observations;
mod own;
mod pilot;
mod placing;
mod posterior;
mod prepare;
mod recentre;
mod rows;
mod scores;
mod separation;
mod slopes;
mod term;
mod transport;
use crate::NoPrior;
use crate::formula::Formula;
use crate::model::Model;
use crate::observations::Observations;
use crate::regression::{Family, ModelError, Regression, RegressionOptions};
use crate::table::Table;
use posterior::Posterior;
pub(crate) use slopes::Slopes;
use std::ops::Range;
use steepest_core::{Batch, Potential, Workspace};

/// The posterior of a generalised linear mixed model [BatesEtAl2015]:
///
/// ```text
/// g(E[y_r]) = x_r . beta + sum over terms t of z_tr . u_t[level of r],    u_t[l] ~ N(0, Sigma_t),
/// Sigma_t = diag(sd_t) R_t diag(sd_t),    sd of a column z ~ half_student_t(3, 2.5 s / sd(z)),    R ~ lkj(1)
/// ```
///
/// A categorical response of K levels has K - 1 predictors, each with coefficients and effects of its own. A gaussian response
/// `y | se(s)` has no sigma: y_r ~ N(eta_r, s_r^2). Here s is the standard deviation of a continuous response, else 1, and sd(z) that of
/// a column, 1 for an intercept. By default the priors of an intercept beside other effects, and of its correlations with them, are on
/// that at the columns' means. V is minus the log of likelihood, priors and Jacobian (this as often as [`Model::weigh_jacobian`] says),
/// every constant included. Reports the coefficients, the family's own parameters, `sd(1|g)`, `cor(1,x|g)`, and the effects
/// `1|g[level]`.
///
/// ```
/// use steepest_models::{MixedModel, Model, RegressionOptions, Table};
/// let text = b"g,x,y\na,0,1.1\na,1,2.9\nb,2,5.2\nb,3,6.8\nc,4,9.1\nc,5,9.7\n";
/// let table = Table::parse("line.csv", text, Default::default())?;
/// let fit = MixedModel::new(&table, &RegressionOptions { formula: "y ~ x + (1 | g)".into(), ..Default::default() })?;
/// assert_eq!(fit.names(), ["intercept", "x", "sigma", "sd(1|g)", "1|g[a]", "1|g[b]", "1|g[c]"]);
/// # Ok::<(), steepest_models::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MixedModel {
    posterior: Posterior,
    family: Family,
    names: Vec<String>,
    notes: Vec<String>,
    rows: observations::Rows,
}

impl MixedModel {
    /// The model `options` describe, on `table`.
    ///
    /// # Errors
    /// Every [`ModelError`].
    pub fn new(table: &Table, options: &RegressionOptions) -> Result<MixedModel, ModelError> {
        MixedModel::on(table, options, None)
    }

    /// The same with another response in the rows in use; priors that follow the data follow those of the table.
    fn on(table: &Table, options: &RegressionOptions, response: Option<&[f64]>) -> Result<MixedModel, ModelError> {
        let formula = options.formula.parse::<Formula>()?.weighted(options.weights.as_deref());
        prepare::prepare(table, options, formula, response)
    }

    /// The family, given or found out.
    pub fn family(&self) -> Family {
        self.family
    }

    /// log of likelihood and priors at the reported quantities, every constant included; -inf outside a support.
    pub fn ln_density(&self, quantities: &[f64]) -> f64 {
        let prior = self.posterior.ln_prior(quantities);
        if prior == f64::NEG_INFINITY {
            return prior;
        }
        let mut rows = vec![0.0; self.rows.rows()];
        let theta = Batch { n: 1, d: quantities.len(), x: quantities };
        self.rows.log_likelihood(0..rows.len(), theta, &mut rows);
        prior + rows.iter().sum::<f64>()
    }
}

/// The model of a formula: a [`Regression`] where it has fixed effects alone and a plain family, else a [`MixedModel`].
///
/// # Errors
/// Every [`ModelError`].
pub fn regress(table: &Table, options: &RegressionOptions) -> Result<Box<dyn Model>, ModelError> {
    regress_on(table, options, None)
}

/// The same with another response in the rows in use, one number each as [`Observations::response`] has them. Priors that
/// follow the data follow those of the table, so that the prior does not move with the response.
///
/// # Errors
/// Every [`ModelError`].
pub fn regress_on(
    table: &Table,
    options: &RegressionOptions,
    response: Option<&[f64]>,
) -> Result<Box<dyn Model>, ModelError> {
    match Regression::on(table, options, response) {
        Err(ModelError::FixedOnly { .. }) if !options.standardised => {
            Ok(Box::new(MixedModel::on(table, options, response)?))
        }
        fit => Ok(Box::new(fit?)),
    }
}

impl Potential for MixedModel {
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

impl Model for MixedModel {
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
        (quantities.len() == self.names.len()).then(|| self.posterior.locate(quantities))
    }
    /// Not where the density to the power 1 / weight has no integral as standard deviations of group effects vanish or grow, nor, for
    /// weight 0, where it grows without bound as they vanish: then the notes say so.
    fn weigh_jacobian(&mut self, weight: f64) -> bool {
        let done = self.posterior.weigh(weight);
        if !done && weight == 0.0 {
            self.notes.push(
                "The density of the parameters has no maximum, as it grows without bound where standard deviations of group effects and \
                 the effects vanish together: the point is the mode in the coordinates that are moved."
                    .into(),
            );
        }
        done
    }
    /// Twice as wide as the rough fit, so that chains which agree have come together.
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().for_each(|z| *z *= 2.0);
    }
    fn observations(&self) -> Option<&dyn Observations> {
        Some(&self.rows)
    }
    fn draw_prior(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        self.posterior.draw(key, draw, out).map_err(|k| NoPrior::Improper { name: self.names[k].clone() })
    }
    /// Without group effects, of families whose own parameters are scales.
    fn information(&self, x: &[f64], out: &mut [f64]) -> bool {
        self.posterior.information(x, out).is_some()
    }
    fn scores(&self, rows: Range<usize>, x: &[f64], out: &mut [f64]) -> bool {
        self.posterior.scores(&self.rows, rows, x, out);
        true
    }
    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
