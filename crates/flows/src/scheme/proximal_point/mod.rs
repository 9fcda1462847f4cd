//! PROXIMAL POINT: x <- argmin_y F(y) + D(y, x) / h for any F, by an inner minimiser, with an account of what it left undone.
mod account;
mod nearby;
use super::minimiser::{Direction, Ending, Heading, LineSearch, Minimiser, Stop, Track, Tracked};
pub use account::{Account, Moved};
use nearby::Nearby;
use steepest_core::{
    Archive, Covector, Fault, Flow, Functional, Persist, Proximity, Scheme, Silent, State, Stride, Tick,
};

/// The minimizing movement of a flow without noise, x_(k+1) ~ argmin_y F(y) + D(y, x_k) / h, in any geometry that knows D: half a
/// squared distance, or a Bregman divergence [DeGiorgi1993; Rockafellar1976; CensorZenios1992].
///
/// Order 1 for the flow, and stable for every h: V never rises. Limited-memory BFGS solves the inner problem, from x_k and with the
/// curvatures that it met in the movements before, until its gradient e has |e| <= `inner` |x_(k+1) - x_k| / h, lengths being those
/// of the geometry. The [`Account`] says what e allows. F and the distance are evaluated together, dF(x_k) is known, so that a
/// movement costs as many gradients as the minimiser takes trials.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::{functional::{PotentialEnergy, Quadratic}, geometry::Euclidean, noise::Still, state::Cloud};
/// use steepest_flows::scheme::ProximalPoint;
/// let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0, 1e6])), geometry: Euclidean, noise: Still };
/// let (scheme, mut x) = (ProximalPoint { inner: 1e-9, ..ProximalPoint::default() }, Cloud::from_fn(1, 2, |_, _| 1.0));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.step(&flow, Tick::start(0), 0.5, &mut x, &mut memory)?;
/// assert!((x.x[0] - 1.0 / 1.5).abs() < 1e-8); // 1 / (1 + h k)
/// assert!((x.x[1] - 1.0 / 500_001.0).abs() < 1e-8);
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProximalPoint {
    /// |e| at most, as a share of the slope |x_(k+1) - x_k| / h.
    pub inner: f64,
    /// Steps of which the inner minimiser remembers the curvature.
    pub memory: usize,
    /// Until when.
    pub stop: Stop,
}
impl Default for ProximalPoint {
    /// Inner problems to a millionth, with fifty steps remembered, until |grad F| <= 1e-8.
    fn default() -> Self {
        ProximalPoint { inner: 1e-6, memory: 50, stop: Stop::default() }
    }
}

/// Steps of the inner minimiser in one movement, at most.
const MOST: u64 = 2000;
/// Steps of it in a row that fall by rounding alone, and do not halve its gradient either, after which it has done what it can.
const IDLE: u32 = 20;

/// Share of the tolerance of the whole below which no inner gradient needs to be.
const FLOOR: f64 = 0.01;

/// What a [`ProximalPoint`] remembers.
#[derive(Clone, Debug)]
pub struct Movement<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    /// What the movements did.
    pub account: Account,
    heading: Heading<S>,
    centre: S,
    pull: Covector,
}

impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for ProximalPoint
where
    S: State,
    F: Functional<S>,
    G: Proximity<S>,
    N: Silent,
{
    type Memory = Movement<S>;
    fn order(&self) -> u32 {
        1
    }
    fn memory(&self, flow: &Flow<F, G, N>, x: &S) -> Movement<S> {
        Movement {
            track: Track::new(x),
            account: Account::default(),
            heading: self.solver().memory(flow, x),
            centre: x.clone(),
            pull: Covector::zeros(x.coords().len()),
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, h: f64, x: &mut S, m: &mut Movement<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        m.track.begin(flow, at, x, self.stop);
        let covered = if m.track.ending.is_some() { 0.0 } else { self.advance_to_minimum(flow, at, h, x, m) };
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl ProximalPoint {
    fn solver(&self) -> Minimiser {
        Minimiser {
            direction: Direction::LimitedMemory(self.memory),
            search: LineSearch::StrongWolfe,
            stop: Stop { gradient: 0.0, fall: 0.0 },
        }
    }
    /// One movement; the time it covered.
    fn advance_to_minimum<S, F, G, N>(
        &self,
        flow: &Flow<F, G, N>,
        at: Tick,
        h: f64,
        x: &mut S,
        m: &mut Movement<S>,
    ) -> f64
    where
        S: State,
        F: Functional<S>,
        G: Proximity<S>,
    {
        let Movement { track, account, heading, centre, pull } = m;
        let geometry = &flow.geometry;
        centre.coords_mut().copy_from_slice(x.coords());
        heading.set_out(track);
        let functional = Nearby { functional: &flow.functional, geometry, centre: &*centre, rate: 1.0 / h };
        let (problem, solver) = (Flow { functional, geometry, noise: () }, self.solver());
        let (mut proximity, mut least, mut idle) = (0.0, f64::INFINITY, 0);
        while heading.track.steps < MOST && idle < IDLE {
            let blind = heading.track.audit.blind;
            solver.descend(&problem, at, x, heading);
            pull.0.fill(0.0);
            proximity = geometry.proximity(x, centre, 1.0 / h, pull, &mut track.work);
            let left = heading.track.norm;
            let wanted = (self.inner * (2.0 * proximity).sqrt() / h).max(FLOOR * self.stop.gradient);
            if heading.track.ending.is_some() || left <= wanted {
                break;
            }
            // Where values are rounding slopes still lead on, until they are rounding too.
            idle = if heading.track.audit.blind == blind || left < 0.5 * least { 0 } else { idle + 1 };
            least = least.min(left);
        }
        track.evaluations += heading.track.evaluations;
        if heading.track.steps == 0 || heading.track.ending == Some(Ending::Unbounded) {
            x.coords_mut().copy_from_slice(centre.coords());
            track.ending = Some(heading.track.ending.unwrap_or(Ending::Stalled));
            return 0.0;
        }
        // Both ways, since a divergence is not symmetric.
        let pulled = proximity / h;
        let back = geometry.proximity(centre, x, 0.0, pull, &mut track.work) / h;
        let moved = Moved {
            h,
            value: [track.value[1], heading.track.value[1] - pulled],
            slope: track.norm,
            pulled: [pulled, back],
            left: heading.track.norm,
            cut: heading.track.steps >= MOST,
        };
        account.enter(moved, heading.track.steps);
        track
            .next_xi
            .0
            .iter_mut()
            .zip(heading.track.xi.0.iter().zip(&pull.0))
            .for_each(|(xi, (all, pull))| *xi = all - pull);
        track.told();
        std::mem::swap(x, &mut track.next);
        x.coords_mut().copy_from_slice(centre.coords());
        track.go(flow, at, x, moved.value[1], self.stop);
        if track.ending.is_none() && proximity == 0.0 {
            track.ending = Some(Ending::Rounding);
        }
        h
    }
}

impl<S> Tracked<S> for Movement<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
}
impl<S: State> Persist for Movement<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { track, account, heading, centre: _, pull: _ } = self;
        track.pass(archive)?;
        account.pass(archive)?;
        heading.pass(archive)
    }
}
