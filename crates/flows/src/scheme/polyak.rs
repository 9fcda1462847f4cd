//! POLYAK: steepest descent to where a line down the slope would reach the known minimum.
use super::minimiser::{Ending, Stop, Track, Tracked};
use steepest_core::{
    Archive, Fault, Flow, Functional, Geometry, Persist, Riemannian, Scheme, Silent, State, Stride, Tangent, Tick,
};

/// x <- R_x(-a grad F), a = (F(x) - min F) / |grad F|^2, for an F whose minimum is known [Polyak1969].
///
/// Neither a line search nor a constant of smoothness. For a convex F on R^d no step leads away from a minimum u,
/// |x+ - u|^2 <= |x - u|^2 - (F(x) - min F)^2 / |grad F(x)|^2, whether F is smooth or has edges; F itself may rise. The length h of a
/// stride means nothing to it; what it returns as covered is a.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::{functional::{PotentialEnergy, Quadratic}, geometry::Euclidean, noise::Still, state::Cloud};
/// use steepest_flows::scheme::Polyak;
/// let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[5.0, 5.0])), geometry: Euclidean, noise: Still };
/// let (scheme, mut x) = (Polyak::to(0.0), Cloud::from_fn(1, 2, |_, j| 3.0 - j as f64));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.advance(&flow, Tick::start(0), 1.0, 3, &mut x, &mut memory)?;
/// assert_eq!(x.x[..], [3.0 / 8.0, 2.0 / 8.0]); // half of the way, whatever the curvature
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Polyak {
    /// min F
    pub minimum: f64,
    /// Until when: a small gradient; an edge has none, and there it ends where F is at its minimum or steps are rounding.
    pub stop: Stop,
}
impl Polyak {
    /// Down to this minimum, until |grad F| is 1e-8.
    pub fn to(minimum: f64) -> Self {
        Polyak { minimum, stop: Stop::default() }
    }
}

/// Share of F(x_0) - min F that is nothing: its root is rounding.
const MET: f64 = 1e-30;

/// What a [`Polyak`] remembers.
#[derive(Clone, Debug)]
pub struct Pursuit<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    /// Sum of a, of a F(x) and of a (F(x) - min F).
    pub sums: [f64; 3],
    direction: Tangent,
    /// The sum of the steps.
    way: Tangent,
}
impl<S> Pursuit<S> {
    /// |x_0 - u|^2 as numbers, u the end: of steps along straight lines.
    pub fn apart(&self) -> f64 {
        self.way.0.iter().map(|v| v * v).sum()
    }
    /// sum a (2 (F(x) - F(u)) - (F(x) - min F)), u the end: at most |x_0 - u|^2 - |x - u|^2 for a convex F on R^d with a constant
    /// metric, also where the minimum is not the right one.
    pub fn promised(&self) -> f64 {
        let [lengths, values, gaps] = self.sums;
        2.0 * (values - lengths * self.track.value[1]) - gaps
    }
}

impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for Polyak
where
    S: State,
    F: Functional<S>,
    G: Riemannian<S> + Geometry<S>,
    N: Silent,
{
    type Memory = Pursuit<S>;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<F, G, N>, x: &S) -> Pursuit<S> {
        Pursuit {
            track: Track::new(x),
            sums: [0.0; 3],
            direction: Tangent::zeros(x.coords().len()),
            way: Tangent::zeros(x.coords().len()),
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, _h: f64, x: &mut S, m: &mut Pursuit<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        m.track.begin(flow, at, x, self.stop);
        let mut covered = 0.0;
        if m.track.ending.is_none() {
            let Pursuit { track, sums, direction, way } = m;
            let (value, gap) = (track.value[1], track.value[1] - self.minimum);
            let a = gap / (track.norm * track.norm);
            direction.0.iter_mut().zip(&track.gradient.0).for_each(|(d, g)| *d = -g);
            let size = x.coords().iter().map(|x| x * x).sum::<f64>().sqrt();
            if gap <= MET * (track.value[0] - self.minimum) {
                track.ending = Some(Ending::Met);
            } else if a * track.norm <= f64::EPSILON * size {
                track.ending = Some(Ending::Rounding);
            } else if track.follow(flow, at, x, (direction, a, f64::INFINITY), self.stop) {
                covered = a;
                steepest_kernels::axpy(a, &direction.0, &mut way.0);
                sums.iter_mut().zip([a, a * value, a * gap]).for_each(|(sum, part)| *sum += part);
            } else {
                track.ending = Some(Ending::Diverged);
            }
        }
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl<S> Tracked<S> for Pursuit<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
}
impl<S: State> Persist for Pursuit<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { track, sums, direction: _, way } = self;
        track.pass(archive)?;
        sums[..].pass(archive)?;
        way.0[..].pass(archive)
    }
}
