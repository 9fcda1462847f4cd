//! PLACE: where a point lives, and what the ledger says of that: R^d, or a manifold.
use super::{checks, turning};
use steepest_core::{Riemannian, Tangent, Workspace};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::geometry::manifold::check::check_gradient;
use steepest_flows::geometry::mirror::MirrorMap;
use steepest_flows::geometry::{Bregman, Each, Euclidean, Fisher, Manifold};
use steepest_flows::observer::Check;
use steepest_flows::state::Cloud;
use steepest_models::{Information, Model};

/// A geometry of one point.
pub(super) trait Place: Riemannian<Cloud> {
    /// How far a point is from the manifold, its gradient from a tangent, and how long that is as numbers.
    fn defects(&self, x: &Cloud, gradient: &Tangent, work: &mut Workspace) -> [f64; 3];
    /// The lines of the ledger, from a point that the run went through and the largest of its defects.
    fn lines(&self, model: &dyn Model, at: Vec<f64>, defects: [f64; 3], key: u64) -> Vec<steepest_record::Check>;
    /// |x - P(x - dV)|, P the projection on the domain with its edge, where that is bounded; `None` where there is no edge at which
    /// gradients vanish whatever V does.
    fn left(&self, _model: &dyn Model, _x: &Cloud) -> Option<f64> {
        None
    }
    /// Whether V turns up again beyond the end x of a descent that began at `from`; `true` where no straight line tells.
    fn turns(&self, _model: &dyn Model, _from: &[f64], _x: &Cloud) -> bool {
        true
    }
}
/// dV at a point.
fn slope(model: &dyn Model, x: &Cloud, work: &mut Workspace) -> Vec<f64> {
    let mut xi = vec![0.0; x.d];
    model.gradients(x.batch(), 1.0, &mut xi, work);
    xi
}
/// R^d with the metric of an information.
impl Place for Fisher<Information<'_>> {
    fn defects(&self, _x: &Cloud, _gradient: &Tangent, _work: &mut Workspace) -> [f64; 3] {
        [0.0; 3]
    }
    fn lines(&self, model: &dyn Model, at: Vec<f64>, defects: [f64; 3], key: u64) -> Vec<steepest_record::Check> {
        Euclidean.lines(model, at, defects, key)
    }
    fn turns(&self, model: &dyn Model, from: &[f64], x: &Cloud) -> bool {
        turning::turns(model, from, &x.x)
    }
}
/// The domain of a mirror map, which steps stay in.
impl Place for Bregman<Box<dyn MirrorMap>> {
    fn defects(&self, _x: &Cloud, _gradient: &Tangent, _work: &mut Workspace) -> [f64; 3] {
        [0.0; 3]
    }
    fn lines(&self, model: &dyn Model, at: Vec<f64>, defects: [f64; 3], key: u64) -> Vec<steepest_record::Check> {
        Euclidean.lines(model, at, defects, key)
    }
    fn left(&self, model: &dyn Model, x: &Cloud) -> Option<f64> {
        let mut work = Workspace::default();
        let xi = slope(model, x, &mut work);
        // Domains without bounds have no size that a coordinate could be small beside.
        let bounded = self.0.gap(&x.x, &xi, &mut work).is_finite();
        bounded.then(|| self.0.residual(&x.x, &xi, &mut work))
    }
}
impl Place for Euclidean {
    fn defects(&self, _x: &Cloud, _gradient: &Tangent, _work: &mut Workspace) -> [f64; 3] {
        [0.0; 3]
    }
    fn lines(&self, model: &dyn Model, at: Vec<f64>, _defects: [f64; 3], _key: u64) -> Vec<steepest_record::Check> {
        vec![checks::gradient(model, &Positions { n: 1, d: at.len(), chains: 1, x: at })]
    }
    fn turns(&self, model: &dyn Model, from: &[f64], x: &Cloud) -> bool {
        turning::turns(model, from, &x.x)
    }
}
/// Rounding of a point, and of a tangent relative to the longest: gradients near the end are small differences of large numbers.
const ROUNDING: [f64; 2] = [1e-11, 1e-11];
/// Slope below which a gradient is wrong: an error of it makes 1 of 2.
const SLOPE: f64 = 1.8;
/// Errors that are rounding at every length have no slope; a number that can be written down stands for it.
const MOST: f64 = 9.0;

impl<M: Manifold + Clone> Place for Each<M> {
    fn defects(&self, x: &Cloud, gradient: &Tangent, work: &mut Workspace) -> [f64; 3] {
        let size = gradient.0.iter().map(|v| v * v).sum::<f64>().sqrt();
        [self.defect(x, work), size * self.tangent_defect(x, gradient, work), size]
    }
    fn left(&self, model: &dyn Model, x: &Cloud) -> Option<f64> {
        let mut work = Workspace::default();
        let xi = slope(model, x, &mut work);
        self.0.edge(&x.x, &xi, &mut work)
    }
    fn lines(&self, model: &dyn Model, at: Vec<f64>, defects: [f64; 3], key: u64) -> Vec<steepest_record::Check> {
        let found = check_gradient(&self.0, model, &at, key).slope;
        let slope = if found > MOST { MOST } else { found };
        // A manifold of one point has no tangents.
        let tangents = if self.0.dim() > 0 { 1.0 } else { f64::NAN };
        checks::lines(&[
            Check::at_most(
                "on the manifold",
                defects[0],
                ROUNDING[0],
                (
                    "No point of the path left the manifold by more than rounding.",
                    "The path left the manifold: start on it (`steepest check` says how far a point is off).",
                ),
            ),
            Check::at_most(
                "tangent gradient",
                tangents * defects[1] / defects[2].max(f64::MIN_POSITIVE),
                ROUNDING[1],
                (
                    "Gradients are tangents.",
                    "A gradient is no tangent: the point is off the manifold, or V is not smooth there.",
                ),
            ),
            Check::at_least(
                "gradient along a curve",
                tangents * slope,
                SLOPE,
                (
                    "V falls along the manifold as its gradient says.",
                    "The gradient is not the gradient of V: its error is of first order in the length of a step.",
                ),
            ),
        ])
    }
}
