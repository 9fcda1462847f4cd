//! MODEL: a potential with a dimension, names, and the map from its coordinates to what the user reads.
use crate::{NoPrior, Observations, Shape};
use std::ops::Range;
use steepest_core::{Batch, Lagrangian, Potential, Workspace};

/// Something the product can sample or minimise: -log density on R^d, and how to read its points.
///
/// The sampler moves in unconstrained, well-scaled coordinates x; `report` turns them into the user's quantities
/// (coefficients on the columns as given, a positive sigma). The potential includes the Jacobian of that map; see
/// [`Model::weigh_jacobian`] for what is not the law of a posterior itself.
pub trait Model: Potential {
    /// d, the number of unconstrained coordinates.
    fn dim(&self) -> usize;
    /// Names of the reported quantities, in order: `intercept`, `log(amount)`, `C(purpose)[car]`, `sigma`, `x[1]`.
    fn names(&self) -> Vec<String>;
    /// out[k * n + i] = quantity k at point i.
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace);
    /// The point at which [`Model::report`] says `quantities`, or as near to them as there is one: the shares of a simplex may be asked to
    /// sum to 2. Not finite where one of them is outside its domain. `None` where no such map is known.
    ///
    /// Law: `report` of it gives the quantities of any point back, but for rounding. Default: the quantities, where they are coordinates.
    fn coordinates(&self, quantities: &[f64]) -> Option<Vec<f64>> {
        let d = self.dim();
        if quantities.len() != d || self.names().len() != d {
            return None;
        }
        let mut said = vec![0.0; d];
        self.report(Batch { n: 1, d, x: quantities }, &mut said, &mut Workspace::default());
        (said == quantities).then_some(said)
    }
    /// Counts the Jacobian of [`Model::report`] `weight` times: V = U - weight log |d theta / dx|, U minus the log density of the
    /// reported quantities theta. As a model is made, the weight is 1.
    ///
    /// Law: with weight 1 / beta, exp(-beta V) is the density exp(-beta U) of theta, whatever the coordinates are; with weight 0, for
    /// which beta is infinite, the least V is the least U. `false`, with nothing done, where that density has no integral, or U no
    /// least value. Default: there is no other weight than 1.
    fn weigh_jacobian(&mut self, weight: f64) -> bool {
        weight == 1.0
    }
    /// Turns d standard normals into a sensible starting point, in place. Default: leaves them.
    fn start(&self, z: &mut [f64]) {
        let _ = z;
    }
    /// Where a motion begins that is worth looking at: d standard normals become positions q and momenta p, all zeros the
    /// motion this energy is known for. False where there is none.
    fn motion(&self, z: &[f64], q: &mut [f64], p: &mut [f64]) -> bool {
        let _ = (z, q, p);
        false
    }
    /// The mass that each coordinate moves with, where the energy says so; 1 otherwise.
    fn masses(&self) -> Option<Vec<f64>> {
        None
    }
    /// What its coordinates are, where they are more than a list.
    fn shape(&self) -> Shape {
        Shape::Matrix { rows: self.dim(), columns: 1 }
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
    /// Where there is no prior from which to draw all of them, and why; those that have none are NaN then.
    fn draw_prior(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        let _ = (key, draw, out);
        Err(NoPrior::Unstated)
    }
    /// How far it moves the mode, in posterior standard deviations, that data are kept in single precision; a bound that holds
    /// for every linear function of the coordinates. `None` where they are not.
    fn rounding(&self) -> Option<f64> {
        None
    }
    /// V, moved by slopes of single precision: its `gradients`, `drift` and `leapfrogs` are by them, for places rounded to it and with sums
    /// in double precision; values, and slopes that come with values, are those of V. `None` where there is no such form.
    fn in_single(&self) -> Option<Box<dyn Potential + '_>> {
        None
    }
    /// By how much the quantity that a penalty is on changes with each coordinate; 0 where there is none, as for an intercept.
    fn scales(&self) -> Vec<f64> {
        vec![1.0; self.dim()]
    }
    /// V(x) + V*(p) at least, for convex V and p = `share` dV(x), where that is known: as V*(p) = <p, x> - V(x) for a share of 1, it
    /// bounds how far V is from any minimum that has p as its slope.
    fn dual(&self, x: &[f64], share: f64) -> Option<f64> {
        let _ = (x, share);
        None
    }
    /// out <- the Fisher information of what was observed plus the curvature of minus the log prior, where that is positive: d by
    /// d, in the coordinates x. `false` where it is not known in closed form.
    fn information(&self, x: &[f64], out: &mut [f64]) -> bool {
        let _ = (x, out);
        false
    }
    /// out <- the scores of rows, s_r = d log p(y_r | theta(x)) / dx: `out[r * d + j]` in coordinate j, r counting from the
    /// start of `rows`, which are those of [`Model::observations`]. `false`, with nothing done, where they are not known.
    ///
    /// Law: they are the slopes of [`Observations::log_likelihood`], and their sum over all rows is minus the gradient of V,
    /// but for what priors and Jacobians add to that.
    fn scores(&self, rows: Range<usize>, x: &[f64], out: &mut [f64]) -> bool {
        let _ = (rows, x, out);
        false
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
