//! DENSE: methods that choose their own steps and know the path between the ends of each, and strides over them.
use steepest_core::{Covector, Differential, Fault, Flow, Geometry, Persist, State, Stride, Tangent, Tick, Workspace};

/// Steps of one stride after which it is given up.
const MOST: usize = 1_000_000;

/// A method with steps of its own, and a path in each.
///
/// Strides say only where the path is looked at: steps pass over their ends.
pub trait Dense<P, S: State> {
    /// The step that the path has come to, and scratch.
    type Steps: Persist;
    /// Before the first step.
    fn steps(&self, flow: &P, x: &S) -> Self::Steps;
    /// Sets out from x, in the direction of h; nothing where the path has begun. Gradients this took.
    fn begin(&self, flow: &P, at: Tick, h: f64, x: &S, steps: &mut Self::Steps) -> u64;
    /// One step that is accepted, with those before it that were not; `at.step` and the stride h are those it is for. Gradients
    /// this took.
    ///
    /// # Errors
    /// `Stalled` where no step is short enough.
    fn take(&self, flow: &P, at: Tick, h: f64, steps: &mut Self::Steps) -> Result<u64, Fault>;
    /// When the step begins and how long it is; NaN before the first.
    fn span(steps: &Self::Steps) -> [f64; 2];
    /// x <- the path at a share of the step.
    fn between(share: f64, steps: &Self::Steps, x: &mut S);
}

/// Steps until one reaches the end of the stride, and the path there; `seen` sees each step. Gradients count each replica.
///
/// # Errors
/// As [`Dense::take`]; and where a million steps do not reach the end.
pub fn stride<P, S: State, D: Dense<P, S>>(
    method: &D,
    flow: &P,
    (at, h): (Tick, f64),
    x: &mut S,
    steps: &mut D::Steps,
    mut seen: impl FnMut(&D::Steps),
) -> Result<Stride, Fault> {
    let goal = at.t + h;
    let mut evaluations = method.begin(flow, at, h, x, steps);
    for _ in 0..=MOST {
        let [from, length] = D::span(steps);
        let end = from + length;
        if (h >= 0.0 && end >= goal) || (h < 0.0 && end <= goal) {
            D::between((goal - from) / length, steps, x);
            let replicas = (1.0 / x.weight()).round().max(1.0) as u64;
            return Ok(Stride { h, accepted: 1.0, gradients: evaluations * replicas });
        }
        evaluations += method.take(flow, at, h, steps)?;
        seen(steps);
    }
    Err(Fault::Stalled { step: at.step + 1, residual: f64::NAN })
}

/// What the error of a step may be: `absolute + relative |x|` in each coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Share of a coordinate that an error may be.
    pub relative: f64,
    /// What an error may be of a coordinate near 0.
    pub absolute: f64,
}
impl Tolerance {
    /// What an error in coordinate x is measured by.
    pub(super) fn unit(&self, x: f64) -> f64 {
        self.absolute + self.relative * x.abs()
    }
    /// The largest of the errors of a step from `start` to `end` over what it may be; infinite where it is none.
    pub(super) fn share(&self, start: &[f64], end: &[f64], error: impl Fn(usize) -> f64) -> f64 {
        start.iter().zip(end).enumerate().fold(0.0_f64, |most, (j, (from, to))| {
            let share = (error(j) / self.unit(from.abs().max(to.abs()))).abs();
            if share.is_nan() { f64::INFINITY } else { most.max(share) }
        })
    }
    /// A first step, of the sign of h and no longer: one over which the velocity v changes a coordinate by a hundredth of what
    /// is allowed for, taken to the fifth root.
    pub(super) fn first(&self, h: f64, x: &[f64], v: &[f64]) -> f64 {
        let rate = x.iter().zip(v).map(|(x, v)| v.abs() / self.unit(*x)).fold(0.0_f64, f64::max);
        let scale = self.relative.max(1e-15).powf(0.8);
        (0.01 / (rate * scale).max(1e-300)).min(h.abs()).copysign(h)
    }
}

/// A step that was accepted, and those before it that were not.
pub(super) struct Step {
    /// Its length.
    pub(super) length: f64,
    /// What the next one should be.
    pub(super) next: f64,
    /// How many were taken back.
    pub(super) refused: u64,
}
/// Attempts steps from `from`, the first of length `step`, until the error of one is at most what it may be; `attempt` gives their
/// ratio. Errors are of this `order` in the step.
///
/// # Errors
/// `Stalled` where no step is short enough.
pub(super) fn accepted(
    at: Tick,
    from: f64,
    mut step: f64,
    order: f64,
    mut attempt: impl FnMut(f64) -> f64,
) -> Result<Step, Fault> {
    let mut refused = 0;
    loop {
        let error = attempt(step);
        // The root that makes it 1, kept from leaping.
        let factor = (0.9 * error.max(1e-10).powf(-1.0 / order)).clamp(0.2, 5.0);
        if error <= 1.0 {
            return Ok(Step { length: step, next: step * factor, refused });
        }
        refused += 1;
        step *= if error.is_finite() { factor.min(0.9) } else { 0.1 };
        if step.abs() <= 1e-15 * from.abs().max(1e-300) {
            return Err(Fault::Stalled { step: at.step + 1, residual: error });
        }
    }
}

/// v <- -K dF(x)
pub(super) fn velocity<S, F, G, N>(
    flow: &Flow<F, G, N>,
    at: Tick,
    x: &S,
    (xi, v): (&mut Covector, &mut Tangent),
    work: &mut Workspace,
) where
    S: State,
    F: Differential<S>,
    G: Geometry<S>,
{
    xi.0.fill(0.0);
    v.0.fill(0.0);
    flow.functional.differential(at, x, 1.0, xi, work);
    flow.geometry.sharp(at, x, -1.0, xi, v, work);
}
