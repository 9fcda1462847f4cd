//! SPACE: where mechanics moves, all of phase space or a surface in it.
use crate::{Config, Geometry, SpecError};
use steepest_core::{Flow, Functional, Lagrangian, Sum};
use steepest_flows::functional::{Hamiltonian, Legendre, MassWeighted};
use steepest_flows::geometry::constrained::Slopes;
use steepest_flows::geometry::{Constrained, Friction, Symplectic};
use steepest_flows::noise::Still;
use steepest_flows::state::Phase;
use steepest_models::{Expression, Model};

/// Mechanics of a Hamiltonian, in a space.
pub(super) type Mechanics<F, G> = Flow<F, G, Still>;
/// H = V + |p|^2 / 2 of a model, each coordinate with its mass.
pub(super) type Weighted<'a> = Hamiltonian<MassWeighted<&'a dyn Model>>;
/// A Hamiltonian, and how its coordinates are read.
pub(super) trait Motion: Functional<Phase> {
    /// (q, p) of n points become the user's.
    fn spread(&self, n: usize, q: &mut [f64], p: &mut [f64]);
}
impl Motion for Weighted<'_> {
    fn spread(&self, n: usize, q: &mut [f64], p: &mut [f64]) {
        self.0.spread(n, q, p);
    }
}
impl Motion for Legendre<&dyn Lagrangian> {
    fn spread(&self, _n: usize, _q: &mut [f64], _p: &mut [f64]) {}
}
/// All of phase space.
pub(super) type Flat = Sum<Symplectic, Friction>;
/// The surface where some expressions vanish.
pub(super) type Surface = Constrained<MassWeighted<Expression>>;

/// Where mechanics moves.
pub(super) trait Space: steepest_core::Geometry<Phase> + Sync {
    /// Brings points there.
    fn settle(&self, x: &mut Phase);
    /// How far off points are, and momenta from its tangents; none where nothing is off.
    fn defect(&self, x: &Phase) -> Option<[f64; 2]>;
}
impl Space for Flat {
    fn settle(&self, _x: &mut Phase) {}
    fn defect(&self, _x: &Phase) -> Option<[f64; 2]> {
        None
    }
}
impl Space for Surface {
    fn settle(&self, x: &mut Phase) {
        Constrained::settle(self, x);
    }
    /// |g| / |J| and |J p| / |J|: lengths of q and of p, in whatever units a constraint was written down.
    fn defect(&self, x: &Phase) -> Option<[f64; 2]> {
        let (mut slopes, mut most) = (Slopes::default(), [0.0_f64; 2]);
        self.look(x, &mut slopes);
        let (n, size) = (x.n, x.n * x.d);
        for k in 0..self.0.len() {
            for i in 0..n {
                let row = || slopes.jacobian[k * size..(k + 1) * size].iter().skip(i).step_by(n);
                let steep = row().map(|slope| slope * slope).sum::<f64>().sqrt();
                let along: f64 = row().zip(x.p().iter().skip(i).step_by(n)).map(|(slope, p)| slope * p).sum();
                for (most, off) in most.iter_mut().zip([slopes.g[k * n + i], along]) {
                    let off = off.abs() / steep;
                    *most = if off.is_nan() || most.is_nan() { f64::NAN } else { most.max(off) };
                }
            }
        }
        Some(most)
    }
}
/// No friction, no constraint.
pub(super) fn flat() -> Flat {
    Sum(Symplectic, Friction { gamma: 0.0 })
}
/// The surface a config names, and the points of `x` brought to it; none where it names none.
///
/// # Errors
/// Input: an expression that cannot be read, a start that is not on the surface, constraints that are not independent there.
pub(super) fn surface(
    config: &Config,
    model: &dyn Model,
    masses: Option<&[f64]>,
    x: &mut Phase,
) -> Result<Option<(Surface, Option<String>)>, SpecError> {
    let Geometry::Constrained { constraints } = &config.geometry else { return Ok(None) };
    let key = "geometry.constraints";
    let expressions = super::super::geometry::expressions(config, model, constraints, (key, "constraint"))?;
    if expressions.is_empty() || expressions.len() >= x.d {
        let message = format!("{} constraints on {} coordinates leave nothing to move", expressions.len(), x.d);
        return Err(config.problem(key, message).note("at least one, and fewer than there are coordinates").into());
    }
    let surface = Constrained(expressions.into_iter().map(|text| MassWeighted::new(text, masses)).collect());
    let (off, tilt) = surface.defect(x);
    let given = matches!(
        &config.state,
        crate::State::Point { start: Some(_), .. } | crate::State::Particles { start: Some(_), .. }
    );
    if given && (off > 1e-6 || off.is_nan()) {
        let message = format!("the start is not on the surface: a constraint is {off:.3e} there, not 0");
        return Err(config
            .problem("state.start", message)
            .note(format!("the constraints are {}", constraints.join(", ")))
            .notes(super::super::given::left_out(config, &model.names()))
            .into());
    }
    surface.settle(x);
    let (left, _) = surface.defect(x);
    if left > 1e-10 || x.z.iter().any(|z| !z.is_finite()) {
        let message = "from the start no way was found to the surface where the constraints vanish";
        let problem = config.problem(key, message);
        return Err(problem
            .note("their slopes must be independent on it; `start` in [state] may say where to begin")
            .into());
    }
    let note = (given && tilt > 1e-9)
        .then(|| format!("The momentum at the start was not along the surface: {tilt:.2e} of it was taken away."));
    Ok(Some((surface, note)))
}
