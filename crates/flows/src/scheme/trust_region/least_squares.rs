//! LEAST SQUARES: Levenberg-Marquardt, a trust region for sums of squares whose steps bend with the residuals.
use super::bend::{self, PROBE};
use super::split::Split;
use super::{KEPT, Linear, TRIALS, shrunk};
use crate::scheme::minimiser::{Ending, Stop, Track, Tracked};
use steepest_core::{Archive, Curved, Fault, Flow, Persist, Riemannian, Scheme, Silent, Squares, State, Stride, Tick};

/// Of V = |r|^2: x <- x + p + q, p the minimum of |r + J p|^2 over |D p| <= radius, which is (J^T J + l D^2) p = -J^T r with the l
/// that fits [Levenberg1944; Marquardt1963; More1978, Sec. 2-6]. Solved by singular values of J D^-1: for every radius at once, and
/// at any rank. D is as [`Units`] says.
///
/// q is the geodesic acceleration [TranstrumSethna2012]: residuals bend along p, and (J^T J + l D^2) q = -J^T r'' / 2, r'' their second
/// derivative along p, follows them; left out where it is not small beside p. It keeps to narrow valleys. [`Acceleration`] says
/// where r'' is from.
///
/// A stride is a step that went down. Residuals and Jacobians count as one evaluation each, that for q too; a step that is refused
/// costs no Jacobian. For the flat metric of the coordinates.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::{functional::PotentialEnergy, geometry::Euclidean, noise::Still, state::Cloud};
/// use steepest_flows::scheme::trust_region::LevenbergMarquardt;
/// # use steepest_core::{Batch, Potential, Squares, Workspace};
/// # struct Line;
/// # impl Squares for Line {
/// #     fn residuals(&self) -> usize { 3 }
/// #     fn linearise(&self, x: &[f64], r: &mut [f64], jacobian: Option<&mut [f64]>, _: &mut Workspace) {
/// #         (0..3).for_each(|k| r[k] = x[0] + x[1] * k as f64 - [1.0, 2.0, 4.0][k]);
/// #         if let Some(jacobian) = jacobian { jacobian.copy_from_slice(&[1.0, 1.0, 1.0, 0.0, 1.0, 2.0]); }
/// #     }
/// # }
/// # impl Potential for Line {
/// #     fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
/// #         let mut r = [0.0; 3]; self.linearise(x.x, &mut r, None, work);
/// #         out[0] += scale * r.iter().map(|r| r * r).sum::<f64>();
/// #     }
/// #     fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
/// #         let mut r = [0.0; 3]; self.linearise(x.x, &mut r, None, work);
/// #         out[0] += scale * 2.0 * (r[0] + r[1] + r[2]); out[1] += scale * 2.0 * (r[1] + 2.0 * r[2]);
/// #     }
/// #     fn squares(&self) -> Option<&dyn Squares> { Some(self) }
/// # }
/// // A straight line through (0, 1), (1, 2), (2, 4): the intercept is 5/6, the slope 3/2.
/// let flow = Flow { functional: PotentialEnergy(Line), geometry: Euclidean, noise: Still };
/// let (scheme, mut x) = (LevenbergMarquardt::default(), Cloud::from_fn(1, 2, |_, _| 0.0));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.advance(&flow, Tick::start(0), 1.0, 5, &mut x, &mut memory)?;
/// assert!((x.x[0] - 5.0 / 6.0).abs() < 1e-12 && (x.x[1] - 1.5).abs() < 1e-12);
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevenbergMarquardt {
    /// What lengths are measured in.
    pub units: Units,
    /// What tells how residuals bend along a step.
    pub acceleration: Acceleration,
    /// The radius to begin with, as a multiple of |D x|.
    pub factor: f64,
    /// Until when.
    pub stop: Stop,
}
impl Default for LevenbergMarquardt {
    fn default() -> Self {
        LevenbergMarquardt {
            units: Units::default(),
            acceleration: Acceleration::default(),
            factor: 100.0,
            stop: Stop::default(),
        }
    }
}
/// What tells a [`LevenbergMarquardt`] how residuals bend along a step p.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acceleration {
    /// The change of the Jacobian along the last step s, where that kept three quarters of its promise, and a look elsewhere:
    /// r'' = (<p, s> / <s, s>) (J - J_) p with J_ where s began. It costs no evaluation, and is exact for quadratic residuals where p
    /// goes on along s.
    #[default]
    Recalled,
    /// A look at the residuals a tenth of the way along each p: dearer by half, and from far starts it solves a little more.
    Probed,
}
/// D, the units of the coordinates in which steps of a [`LevenbergMarquardt`] have a length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    /// Those they have: D = 1.
    #[default]
    Coordinates,
    /// D_j is the longest that column j of the Jacobian has been, so that units of the coordinates do not matter
    /// [More1978, Sec. 6]. Coordinates to which the residuals were very sensitive once, far from the end, then stay stiff.
    Columns,
}

/// Share of its promise that the last step kept, from which on the change of the Jacobian along it is believed.
const BELIEVED: f64 = 0.75;

/// Column of a Jacobian, as a share of the longest, below which it is what underflow left.
const UNDERFLOW: f64 = 1e-30;

/// What [`LevenbergMarquardt`] remembers.
#[derive(Clone, Debug)]
pub struct Damped<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    /// Of the ball, for the next step; 0 before the first.
    pub radius: f64,
    /// D
    scale: Vec<f64>,
    linear: Linear,
    /// Whether `linear` is that of here.
    held: bool,
    /// That of where the last step began, and whether it is.
    before: Linear,
    recalls: bool,
    /// The last step.
    last: Vec<f64>,
    /// Share of what the model promised of the last trial that came.
    kept: f64,
    split: Split,
    step: Vec<f64>,
    trial: Vec<f64>,
}
impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for LevenbergMarquardt
where
    S: State,
    F: Curved<S>,
    G: Riemannian<S>,
    N: Silent,
{
    type Memory = Damped<S>;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<F, G, N>, x: &S) -> Damped<S> {
        let len = x.coords().len();
        Damped {
            track: Track::new(x),
            radius: 0.0,
            scale: vec![0.0; len],
            linear: Linear::default(),
            held: false,
            before: Linear::default(),
            recalls: false,
            last: vec![0.0; len],
            kept: 0.0,
            split: Split::default(),
            step: vec![0.0; len],
            trial: Vec::new(),
        }
    }
    /// # Errors
    /// Stalled where F is not known as a sum of squares.
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, _h: f64, x: &mut S, m: &mut Damped<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        m.track.begin(flow, at, x, self.stop);
        let Some(squares) = flow.functional.squares() else {
            return Err(Fault::Stalled { step: at.step, residual: m.track.norm });
        };
        let covered = if m.track.ending.is_some() { 0.0 } else { self.descend(flow, squares, at, x, m) };
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl LevenbergMarquardt {
    /// One step; its length.
    fn descend<S: State, F, G: Riemannian<S>, N>(
        &self,
        flow: &Flow<F, G, N>,
        squares: &dyn Squares,
        at: Tick,
        x: &mut S,
        m: &mut Damped<S>,
    ) -> f64
    where
        F: Curved<S>,
    {
        let count = squares.residuals();
        m.recalls = m.track.steps > 0;
        if !m.held {
            m.linear.look(squares, x.coords(), &mut m.track.work);
            // After a restart both are looked at again, for nothing.
            m.track.evaluations += u64::from(m.track.steps == 0);
            if m.recalls {
                m.before.look(squares, m.track.next.coords(), &mut m.track.work);
            }
        }
        // `next` is where the last step began.
        let ends = x.coords().iter().zip(m.track.next.coords());
        m.last.iter_mut().zip(ends).for_each(|(s, (x, before))| *s = x - before);
        match self.units {
            Units::Coordinates => m.scale.fill(1.0),
            Units::Columns => lengthen(&mut m.scale, &m.linear.jacobian, count),
        }
        if m.split.of(&m.linear, &m.scale).is_none() {
            m.track.ending = Some(Ending::Stalled);
            return 0.0;
        }
        let first = m.radius == 0.0;
        if first {
            let size = x.coords().iter().zip(&m.scale).map(|(x, d)| x * x * d * d).sum::<f64>().sqrt();
            m.radius = self.factor * if size > 0.0 { size } else { 1.0 };
        }
        for _ in 0..TRIALS {
            let (promised, length) = m.split.minimise(&m.scale, m.radius, &mut m.step);
            m.trial.resize(count, 0.0);
            // Where little is promised, differences of residuals are rounding.
            if promised > 1e-12 * m.track.value[1] {
                if m.recalls && m.kept >= BELIEVED && self.acceleration == Acceleration::Recalled {
                    bend::recalled(
                        [&m.linear.jacobian, &m.before.jacobian],
                        &m.scale,
                        [&m.last, &m.step],
                        &mut m.trial,
                    );
                } else {
                    m.look(squares, x, PROBE);
                    bend::probed(&m.linear, &m.step, &mut m.trial);
                }
                m.split.follow(&m.scale, &m.trial, length, &mut m.step);
            }
            m.look(squares, x, 1.0);
            let value = steepest_kernels::dot(&m.trial, &m.trial);
            let fell = m.track.value[1] - value;
            let blind = blind(promised, fell, value);
            let kept = if blind { 1.0 } else { fell / promised };
            m.kept = kept;
            let allowed = m.radius;
            let radius = if first { m.radius.min(length.max(f64::MIN_POSITIVE)) } else { m.radius };
            m.radius = if !value.is_finite() {
                0.1 * length
            } else if kept <= 0.25 {
                let slope = m.track.xi.0.iter().zip(&m.step).map(|(xi, p)| xi * p).sum();
                shrunk(slope, fell) * length.min(radius)
            } else if kept >= 0.75 {
                radius.max(2.0 * length)
            } else {
                radius
            };
            let went = (promised, value, length / allowed);
            if value.is_finite() && kept >= KEPT && self.take((flow, squares, at), x, m, went) {
                return length;
            }
            if blind || m.radius <= f64::EPSILON * length_of(x.coords(), &m.scale) {
                m.track.ending = Some(m.track.drowned(promised));
                return 0.0;
            }
        }
        m.track.ending = Some(Ending::Stalled);
        0.0
    }
    /// Goes to the trial, with its Jacobian; not where that is not finite, or where values are rounding and slopes no smaller.
    fn take<S: State, F: Curved<S>, G: Riemannian<S>, N>(
        &self,
        (flow, squares, at): (&Flow<F, G, N>, &dyn Squares, Tick),
        x: &mut S,
        m: &mut Damped<S>,
        (promised, value, share): (f64, f64, f64),
    ) -> bool {
        let Damped { track, linear, held, before, recalls, .. } = m;
        std::mem::swap(linear, before);
        linear.look(squares, track.next.coords(), &mut track.work);
        track.evaluations += 1;
        track.told();
        let columns = linear.jacobian.chunks_exact(linear.r.len().max(1));
        for (xi, column) in track.next_xi.0.iter_mut().zip(columns) {
            *xi = 2.0 * steepest_kernels::dot(column, &linear.r);
        }
        let norm = track.next_norm(flow, at);
        if !norm.is_finite() || blind(promised, track.value[1] - value, value) && norm >= track.norm {
            std::mem::swap(linear, before);
            (*held, *recalls) = (true, false);
            return false;
        }
        *held = true;
        track.audit_model(promised, value, share);
        track.go(flow, at, x, value, self.stop);
        true
    }
}
/// D, made longer where columns of the Jacobian are.
fn lengthen(scale: &mut [f64], jacobian: &[f64], count: usize) {
    for (scale, column) in scale.iter_mut().zip(jacobian.chunks_exact(count.max(1))) {
        *scale = scale.max(steepest_kernels::dot(column, column).sqrt());
    }
    // What has no slope but for underflow has no unit of its own.
    let most = scale.iter().fold(0.0f64, |a, b| a.max(*b));
    let floor = if most > 0.0 { UNDERFLOW * most } else { 1.0 };
    scale.iter_mut().for_each(|scale| *scale = scale.max(floor));
}
impl<S: State> Damped<S> {
    /// The residuals at a share of the step, which is where `next` is then.
    fn look(&mut self, squares: &dyn Squares, x: &S, share: f64) {
        let Damped { track, step, trial, .. } = self;
        track.next.coords_mut().iter_mut().zip(x.coords()).zip(&*step).for_each(|((next, x), p)| *next = x + share * p);
        squares.linearise(track.next.coords(), trial, None, &mut track.work);
        track.evaluations += 1;
    }
}
/// Whether what was promised and what came are rounding of the value.
pub(super) fn blind(promised: f64, fell: f64, value: f64) -> bool {
    value.is_finite() && promised <= 1e-12 * value.abs() && fell.abs() <= 1e-12 * value.abs()
}
/// |D x|
fn length_of(x: &[f64], scale: &[f64]) -> f64 {
    x.iter().zip(scale).map(|(x, d)| x * x * d * d).sum::<f64>().sqrt().max(f64::MIN_POSITIVE)
}

impl<S> Tracked<S> for Damped<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
}
/// What a step needs beside the radius and the units is made anew in each.
impl<S: State> Persist for Damped<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            track,
            radius,
            scale,
            kept,
            linear: _,
            held: _,
            before: _,
            recalls: _,
            last: _,
            split: _,
            step: _,
            trial: _,
        } = self;
        track.pass(archive)?;
        radius.pass(archive)?;
        kept.pass(archive)?;
        scale[..].pass(archive)
    }
}
