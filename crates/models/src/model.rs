//! MODEL: a potential with a dimension, names, and the map from its coordinates to what the user reads.
use crate::{NoPrior, Observations};
use steepest_core::{Batch, Lagrangian, Potential, Workspace};

/// Something the product can sample or minimise: -log density on R^d, and how to read its points.
///
/// The sampler moves in unconstrained, well-scaled coordinates x; `report` turns them into the user's quantities
/// (coefficients on the columns as given, a positive sigma). The potential includes the Jacobian of that map.
pub trait Model: Potential {
    /// d, the number of unconstrained coordinates.
    fn dim(&self) -> usize;
    /// Names of the reported quantities, in order: `intercept`, `log(amount)`, `C(purpose)[car]`, `sigma`, `x[1]`.
    fn names(&self) -> Vec<String>;
    /// out[k * n + i] = quantity k at point i.
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace);
    /// Turns d standard normals into a sensible starting point, in place. Default: leaves them.
    fn start(&self, z: &mut [f64]) {
        let _ = z;
    }
    /// What is known exactly about the reported quantities.
    fn truth(&self) -> Option<Truth> {
        None
    }
    /// What it says of the rows of its table, where it has one.
    fn observations(&self) -> Option<&dyn Observations> {
        None
    }
    /// Its Lagrangian, where it is one: it is then a potential at rest alone.
    fn lagrangian(&self) -> Option<&dyn Lagrangian> {
        None
    }
    /// `out[k]` <- quantity k of a draw from the prior alone, a pure function of (key, draw).
    ///
    /// # Errors
    /// Where there is no prior from which to draw, and why.
    fn draw_prior(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        let _ = (key, draw, out);
        Err(NoPrior::Unstated)
    }
    /// Sentences about the model for the report: the data, the family, each prior.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Exact answers of a target. Moments that are not known are NaN.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// log of the integral of exp(-V).
    pub log_z: Option<f64>,
    /// Means of the reported quantities.
    pub mean: Vec<f64>,
    /// Standard deviations of the reported quantities.
    pub sd: Vec<f64>,
}
