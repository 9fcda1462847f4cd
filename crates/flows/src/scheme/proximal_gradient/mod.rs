//! PROXIMAL GRADIENT: steps x <- argmin h (E(x_k) + <dE(x_k), x - x_k> + R(x)) + D(x, x_k) in a mirror geometry. Without R this is
//! mirror descent, in the flat geometry the proximal gradient method, both with their accelerated forms.
mod progress;
use super::minimiser::{Ending, Stop};
pub use progress::{Account, Progress};
use steepest_core::{
    Composite, Fault, Flow, Functional, Mirror, Regulariser, Scheme, Silent, State, Stride, Tangent, Tick,
};

/// How steps make use of those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inertia {
    /// Not at all: F - min F <= D(x*, x_0) / (h k) for convex F, and a flow as h becomes small.
    None,
    /// A step from where the last one points to [BeckTeboulle2009]. The point there may lie outside the domain of phi, so that
    /// this is for geometries on all of R^d.
    Extrapolated,
    /// Points are averages of steps that stay inside [AuslenderTeboulle2006; HanzelyRichtarikXiao2021, Alg. 1].
    Averaged,
}

/// Proximal gradient descent of E + R in a mirror geometry, with steps whose length is given or found by backtracking.
///
/// A step of length h is accepted where E(x+) <= E(w) + <dE(w), x+ - w> + theta^2 D(z+, z) / h, w the point of its gradient, z
/// where it began and theta the share of it that is taken (1 without inertia): h is then at most 1 over the constant of
/// relative smoothness along the way [BauschkeBolteTeboulle2017; LuFreundNesterov2018]. After its end a stride does nothing.
///
/// ```
/// use steepest_core::{Composite, Flow, Scheme, Tick};
/// use steepest_flows::functional::{PotentialEnergy, Quadratic};
/// use steepest_flows::geometry::{Bregman, mirror::{Entropy, Penalty}};
/// use steepest_flows::{noise::Still, scheme::ProximalGradient, state::Cloud};
/// let energy = Composite { smooth: PotentialEnergy(Quadratic::new(&[1.0, 2.0])), simple: Penalty::None };
/// let flow = Flow { functional: energy, geometry: Bregman(Entropy), noise: Still };
/// let (scheme, mut x) = (ProximalGradient::default(), Cloud::from_fn(1, 2, |_, _| 0.5));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.advance(&flow, Tick::start(0), 1.0, 200, &mut x, &mut memory)?;
/// assert!((x.x[0] - 2.0 / 3.0).abs() < 1e-8); // where x_1 = 2 x_2 on x_1 + x_2 = 1
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProximalGradient {
    /// Use of the steps before.
    pub inertia: Inertia,
    /// Whether h is looked for; otherwise it is the length of the stride.
    pub adapt: bool,
    /// Forget the steps before where they lead uphill [ODonoghueCandes2015].
    pub restart: bool,
    /// `gradient` is the residual of the KKT conditions at most.
    pub stop: Stop,
}
impl Default for ProximalGradient {
    /// Without inertia, h looked for, until the residual is 1e-8.
    fn default() -> Self {
        ProximalGradient { inertia: Inertia::None, adapt: true, restart: true, stop: Stop::default() }
    }
}

/// h becomes longer by this after a step that was accepted at once.
const GROWTH: f64 = 1.5;
/// Halvings of one step at most.
const HALVINGS: u32 = 100;

/// A step that was tried.
struct Tried {
    /// E at the new point, and F.
    smooth: f64,
    value: f64,
    theta: f64,
    /// Of the promise: what E is above its bound, and the rounding of it.
    excess: f64,
    /// D(z+, z)
    divergence: f64,
    /// Whether the steps before led uphill.
    uphill: bool,
}

impl<S, E, R, G, N> Scheme<Flow<Composite<E, R>, G, N>, S> for ProximalGradient
where
    S: State,
    E: Functional<S>,
    R: Regulariser<S, G>,
    G: Mirror<S>,
    N: Silent,
{
    type Memory = Progress<S>;
    fn order(&self) -> u32 {
        1
    }
    fn memory(&self, _flow: &Flow<Composite<E, R>, G, N>, x: &S) -> Progress<S> {
        Progress::new(x)
    }
    fn step(
        &self,
        flow: &Flow<Composite<E, R>, G, N>,
        at: Tick,
        h: f64,
        x: &mut S,
        m: &mut Progress<S>,
    ) -> Result<Stride, Fault> {
        let before = m.evaluations;
        m.begin(flow, at, x, h, self.stop);
        if !self.adapt {
            m.h = h;
        }
        let covered = if m.ending.is_some() { 0.0 } else { self.descend(flow, at, x, m) };
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.evaluations - before })
    }
}

impl ProximalGradient {
    /// One step; its length, 0 where there was none.
    fn descend<S, E, R, G, N>(
        &self,
        flow: &Flow<Composite<E, R>, G, N>,
        at: Tick,
        x: &mut S,
        m: &mut Progress<S>,
    ) -> f64
    where
        S: State,
        E: Functional<S>,
        R: Regulariser<S, G>,
        G: Mirror<S>,
    {
        for halvings in 0..HALVINGS {
            let Some(tried) = self.attempt(flow, at, x, m) else {
                // The dual has no such point, or E is not finite there: a step without inertia, or a shorter one.
                if m.weight.is_finite() {
                    m.forget(x);
                    continue;
                }
                if !self.adapt {
                    m.ending = Some(Ending::Diverged);
                    return 0.0;
                }
                m.h *= 0.5;
                continue;
            };
            if self.adapt && tried.excess > 0.0 {
                m.h *= 0.5;
                continue;
            }
            let noise = 1e-14 * (m.value[1].abs() + m.smooth.abs());
            if self.restart && tried.theta < 1.0 && tried.value > m.value[1] + noise {
                m.forget(x);
                continue;
            }
            let h = m.h;
            m.accept(flow, x, &tried, (self.inertia, self.stop));
            if self.restart && tried.uphill && self.inertia != Inertia::None {
                m.forget(x);
            }
            if self.adapt && halvings == 0 {
                m.h *= GROWTH;
            }
            return h;
        }
        m.ending = Some(Ending::Stalled);
        0.0
    }
    /// Tries a step of length `m.h`: the new point is `m.next`, the new end of the step `m.end`.
    fn attempt<S, E, R, G, N>(
        &self,
        flow: &Flow<Composite<E, R>, G, N>,
        at: Tick,
        x: &S,
        m: &mut Progress<S>,
    ) -> Option<Tried>
    where
        S: State,
        E: Functional<S>,
        R: Regulariser<S, G>,
        G: Mirror<S>,
    {
        let (energy, geometry) = (&flow.functional, &flow.geometry);
        let theta = if self.inertia == Inertia::None { 1.0 } else { m.share(m.h) };
        // w, where the gradient is taken.
        match self.inertia {
            Inertia::Averaged if theta < 1.0 => blend(x, &m.z, theta, &mut m.w),
            Inertia::Extrapolated if theta < 1.0 => blend(x, &m.z, -theta * (1.0 / m.theta - 1.0), &mut m.w),
            _ => m.w.coords_mut().copy_from_slice(x.coords()),
        }
        let here = if theta < 1.0 {
            m.evaluations += 1;
            m.w_xi.0.fill(0.0);
            energy.smooth.value_and_differential(at, &m.w, 1.0, &mut m.w_xi, &mut m.work)
        } else {
            m.w_xi.0.copy_from_slice(&m.xi.0);
            m.smooth
        };
        // Where the step begins, and how far it goes: averages go further, and take a share of it.
        let averaged = theta < 1.0 && self.inertia == Inertia::Averaged;
        let (base, reach) = if averaged { (&m.z, m.h / theta) } else { (&m.w, m.h) };
        geometry.lower(base, &mut m.dual, &mut m.work);
        m.moved.0.copy_from_slice(&m.dual.0);
        m.moved.0.iter_mut().zip(&m.w_xi.0).for_each(|(y, xi)| *y -= reach * xi);
        if !here.is_finite() || !energy.simple.proximal(geometry, &m.moved, reach, &mut m.end, &mut m.work) {
            return None;
        }
        let divergence = geometry.divergence(&m.end, base, &mut m.work);
        if averaged {
            blend(x, &m.end, theta, &mut m.next);
        } else {
            m.next.coords_mut().copy_from_slice(m.end.coords());
        }
        m.evaluations += 1;
        m.next_xi.0.fill(0.0);
        let smooth = energy.smooth.value_and_differential(at, &m.next, 1.0, &mut m.next_xi, &mut m.work);
        let value = smooth + energy.simple.value(geometry, &m.next, &mut m.work);
        if !(value.is_finite() && divergence.is_finite() && m.next_xi.0.iter().all(|xi| xi.is_finite())) {
            return None;
        }
        let share = if averaged { theta * theta } else { 1.0 };
        let most = share * divergence / m.h;
        difference(&m.next, &m.w, &mut m.v);
        let slope = m.next.pair(&m.w_xi, &m.v);
        let (rise, noise) = (smooth - here - slope, 1e-13 * (smooth.abs() + here.abs() + slope.abs()));
        // Where values are rounding the slopes at both ends tell the same, up to the third order.
        let rise = if rise.abs() > 10.0 * noise { rise } else { 0.5 * (m.next.pair(&m.next_xi, &m.v) - slope) };
        let uphill = theta < 1.0 && {
            geometry.lower(&m.end, &mut m.moved, &mut m.work);
            m.moved.0.iter_mut().zip(&m.dual.0).for_each(|(after, before)| *after = before - *after);
            difference(&m.next, x, &mut m.v);
            m.next.pair(&m.moved, &m.v) > 0.0
        };
        let excess = if rise <= most * (1.0 + 1e-9) { 0.0 } else { (rise - most) / rise.abs() };
        Some(Tried { smooth, value, theta, excess, divergence, uphill })
    }
}

/// out <- (1 - share) a + share b
fn blend<S: State>(a: &S, b: &S, share: f64, out: &mut S) {
    let each = out.coords_mut().iter_mut().zip(a.coords().iter().zip(b.coords()));
    each.for_each(|(o, (a, b))| *o = a + share * (b - a));
}
/// out <- a - b
fn difference<S: State>(a: &S, b: &S, out: &mut Tangent) {
    out.0.iter_mut().zip(a.coords().iter().zip(b.coords())).for_each(|(o, (a, b))| *o = a - b);
}
