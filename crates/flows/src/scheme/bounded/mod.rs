//! BOUNDED: limited-memory BFGS within a box, L-BFGS-B.
mod compact;
mod quadratic;
use super::minimiser::{Along, LineSearch, Stop, Terms, Track, Tracked, modest, ran_off, search};
use compact::Compact;
use quadratic::Quadratic;
use steepest_core::{
    Archive, Bounded, Fault, Flow, Persist, Riemannian, Scheme, Selfdual, Silent, State, Stride, Tangent, Tick,
};
use steepest_kernels::dot;

/// Steps towards the minimum of a quadratic model over the face of the box that its Cauchy point lies on, with a line search
/// that stays in the box [ByrdLuNocedalZhu1995; MoralesNocedal2011]. The model bends as the last steps tell.
///
/// A start outside the box is taken to its nearest point. `Track::norm` is |x - P(x - dF)|, P the projection on the box: it
/// vanishes where the KKT conditions hold, and there alone. Where no bound is met the steps are those of
/// [`Minimiser`](super::Minimiser) with [`Direction::LimitedMemory`](super::minimiser::Direction), up to rounding. The length h
/// of a stride means nothing to it; after its end a stride does nothing.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::functional::{Boxed, PotentialEnergy, Quadratic};
/// use steepest_flows::{geometry::Euclidean, noise::Still, scheme::BoundedQuasiNewton, state::Cloud};
/// // The minimum of x^2 / 2 + 50 y^2 over x >= 1, y <= 2 is (1, 0); the multiplier of x >= 1 is the slope there, 1.
/// let inf = f64::INFINITY;
/// let functional = Boxed::new(PotentialEnergy(Quadratic::new(&[1.0, 100.0])), &[1.0, -inf], &[inf, 2.0]).ok_or("no box")?;
/// let flow = Flow { functional, geometry: Euclidean, noise: Still };
/// let (scheme, mut x) = (BoundedQuasiNewton::default(), Cloud::from_fn(1, 2, |_, j| 3.0 - j as f64));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.advance(&flow, Tick::start(0), 1.0, 20, &mut x, &mut memory).map_err(|_| "a fault")?;
/// assert!(x.x[0] == 1.0 && x.x[1].abs() < 1e-9 && memory.track.norm <= 1e-8);
/// assert_eq!((memory.kkt.active, memory.kkt.multiplier), (1, 1.0));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundedQuasiNewton {
    /// Steps of which the curvature is remembered, one at least.
    pub memory: usize,
    /// How far.
    pub search: LineSearch,
    /// Until when; `gradient` is of |x - P(x - dF)|.
    pub stop: Stop,
}
impl Default for BoundedQuasiNewton {
    /// Ten steps, with a strong Wolfe search, until |x - P(x - dF)| <= 1e-8.
    fn default() -> Self {
        BoundedQuasiNewton { memory: 10, search: LineSearch::StrongWolfe, stop: Stop::default() }
    }
}
impl BoundedQuasiNewton {
    /// Share of a slope that may be left where a step did not end at the edge of the box.
    pub const CURVATURE: f64 = 0.9;
}

/// What a [`BoundedQuasiNewton`] remembers.
#[derive(Clone, Debug)]
pub struct Confined<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    /// What the bounds have to say of where it is.
    pub kkt: Kkt,
    low: Vec<f64>,
    high: Vec<f64>,
    compact: Compact,
    quadratic: Quadratic,
    direction: Tangent,
    /// The last values, for a search that may rise.
    recent: [f64; 10],
}
/// The conditions of Karush, Kuhn and Tucker at a point of a box, beside the residual |x - P(x - dF)|.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kkt {
    /// Coordinates at a bound.
    pub active: u64,
    /// Least multiplier of an active bound, d_j F at a lower one and -d_j F at an upper one; infinite where none is active, and not of
    /// bounds that leave one value.
    pub multiplier: f64,
    /// How far a coordinate is beyond its bound, at most.
    pub violation: f64,
}
impl<S: State> Confined<S> {
    /// How far the box lets the step go, as a multiple of the way to its target: 1 or more.
    fn room(&self, x: &S) -> f64 {
        let bounds = self.low.iter().zip(&self.high);
        let each = x.coords().iter().zip(&self.direction.0).zip(bounds);
        let room = each.map(|((x, d), (low, high))| match d {
            d if *d > 0.0 => (high - x) / d,
            d if *d < 0.0 => (low - x) / d,
            _ => f64::INFINITY,
        });
        room.fold(f64::INFINITY, f64::min).max(1.0)
    }
    /// |x - P(x - dF)| of the point the track is at, which is its measure of how near a minimum is: -dF as far as there is room
    /// for it, and never the difference of two large numbers.
    fn measure(&mut self, x: &S, stop: Stop) {
        let bounds = self.low.iter().zip(&self.high);
        let at = x.coords().iter().zip(&self.track.xi.0).zip(bounds);
        let scratch = &mut self.direction.0;
        scratch.iter_mut().zip(at).for_each(|(out, ((x, xi), (low, high)))| *out = within(-xi, [low - x, high - x]));
        let norm = (x.weight() * dot(scratch, scratch)).sqrt();
        let mut kkt = Kkt { active: 0, multiplier: f64::INFINITY, violation: 0.0 };
        let bounds = self.low.iter().zip(&self.high);
        for ((x, xi), (low, high)) in x.coords().iter().zip(&self.track.xi.0).zip(bounds) {
            kkt.active += u64::from(x == low || x == high);
            kkt.violation = kkt.violation.max(low - x).max(x - high);
            if low < high {
                let multiplier = if x == low {
                    *xi
                } else if x == high {
                    -xi
                } else {
                    f64::INFINITY
                };
                kkt.multiplier = kkt.multiplier.min(multiplier);
            }
        }
        self.kkt = kkt;
        self.track.measured(norm, stop);
    }
}

impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for BoundedQuasiNewton
where
    S: State,
    F: Bounded<S>,
    G: Riemannian<S> + Selfdual<S>,
    N: Silent,
{
    type Memory = Confined<S>;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, flow: &Flow<F, G, N>, x: &S) -> Confined<S> {
        let (len, memory) = (x.coords().len(), self.memory.max(1));
        let bounds = |side: usize| (0..len).map(|k| flow.functional.bounds(x, k)[side]).collect();
        Confined {
            track: Track::new(x),
            kkt: Kkt { active: 0, multiplier: f64::INFINITY, violation: f64::INFINITY },
            low: bounds(0),
            high: bounds(1),
            compact: Compact::new(memory, len),
            quadratic: Quadratic::new(memory, len),
            direction: Tangent::zeros(len),
            recent: [f64::NEG_INFINITY; 10],
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, _h: f64, x: &mut S, m: &mut Confined<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        if !m.track.begun {
            let bounds = m.low.iter().zip(&m.high);
            x.coords_mut().iter_mut().zip(bounds).for_each(|(x, (low, high))| *x = x.clamp(*low, *high));
        }
        m.track.begin(flow, at, x, self.stop);
        if m.track.steps == 0 {
            m.measure(x, self.stop);
        }
        let covered = if m.track.ending.is_some() { 0.0 } else { self.descend(flow, at, x, m) };
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl BoundedQuasiNewton {
    /// One step; its length, as a share of the way to the target.
    fn descend<S: State, F: Bounded<S>, G: Riemannian<S>, N>(
        &self,
        flow: &Flow<F, G, N>,
        at: Tick,
        x: &mut S,
        m: &mut Confined<S>,
    ) -> f64 {
        loop {
            if !m.compact.prepare() {
                m.compact.clear();
            }
            let plain = m.compact.held() == 0;
            let slope = aim(x, m);
            let downhill = slope < 0.0 && slope.is_finite();
            let terms = Terms {
                curvature: Self::CURVATURE,
                reference: match self.search {
                    LineSearch::Nonmonotone => m.recent.iter().fold(m.track.value[1], |a, b| a.max(*b)),
                    _ => m.track.value[1],
                },
                most: m.room(x),
            };
            let first = if plain { modest(x.coords(), &m.direction.0) } else { 1.0 };
            let start = Along { alpha: 0.0, value: m.track.value[1], slope };
            let Confined { track, low, high, quadratic, direction, .. } = m;
            let mut phi = |a: f64| {
                let next = track.next.coords_mut();
                if a == 1.0 {
                    next.copy_from_slice(&quadratic.to);
                } else {
                    let bounds = low.iter().zip(&*high);
                    let place = next.iter_mut().zip(x.coords()).zip(&direction.0).zip(bounds);
                    place.for_each(|(((next, x), d), (low, high))| *next = along(*x, *d, a, *low, *high));
                }
                let value = track.look(flow, at);
                (value, track.next_slope(flow, at, direction))
            };
            let found = if downhill { search(self.search, &mut phi, start, first, terms) } else { None };
            match found {
                Some(p) => {
                    let seen = m.track.audit(p.alpha, [slope, p.slope], terms.reference, p.value);
                    if seen && !terms.cut(p) {
                        m.track.turned(p.slope / slope);
                    }
                    self.arrive(flow, at, x, m, p.value);
                    m.track.ran(ran_off(start, p, first));
                    return p.alpha;
                }
                None if plain => {
                    m.track.ending = Some(m.track.drowned(slope));
                    return 0.0;
                }
                // What was remembered led nowhere.
                None => m.compact.clear(),
            }
        }
    }
    /// Goes to the point that the search ended at, and learns from the step.
    fn arrive<S: State, F: Bounded<S>, G: Riemannian<S>, N>(
        &self,
        flow: &Flow<F, G, N>,
        at: Tick,
        x: &mut S,
        m: &mut Confined<S>,
        value: f64,
    ) {
        m.recent[(m.track.steps % 10) as usize] = m.track.value[1];
        m.track.go(flow, at, x, value, self.stop);
        m.measure(x, self.stop);
        let Confined { track, compact, .. } = m;
        let (s, y) = compact.slot();
        s.iter_mut().zip(x.coords()).zip(track.next.coords()).for_each(|((s, x), old)| *s = x - old);
        y.iter_mut().zip(&track.xi.0).zip(&track.next_xi.0).for_each(|((y, xi), old)| *y = xi - old);
        compact.keep();
    }
}
/// The target of a step and the way to it, into memory; the slope.
fn aim<S: State>(x: &S, m: &mut Confined<S>) -> f64 {
    let Confined { track, low, high, compact, quadratic, direction, .. } = m;
    quadratic.minimise(compact, x.coords(), &track.xi.0, [&*low, &*high]);
    direction.0.iter_mut().zip(quadratic.to.iter().zip(x.coords())).for_each(|(d, (to, x))| *d = to - x);
    if compact.held() == 0 && direction.0.iter().all(|d| *d == 0.0) {
        // A target so near, beside a large x, that it is not told from it: as far as there is room, straight down.
        let at = x.coords().iter().zip(&track.xi.0).zip(low.iter().zip(&*high));
        let each = direction.0.iter_mut().zip(at);
        each.for_each(|(d, ((x, xi), (low, high)))| *d = within(-xi, [low - x, high - x]));
    }
    x.pair(&track.xi, direction)
}
/// The nearest number of an interval; of what is not a number that itself.
fn within(x: f64, [low, high]: [f64; 2]) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}
/// x + a d, or the bound where that is beyond it or short of it by rounding alone.
fn along(x: f64, d: f64, a: f64, low: f64, high: f64) -> f64 {
    let to = x + a * d;
    let (bound, short) = if d > 0.0 { (high, high - to) } else { (low, to - low) };
    if d != 0.0 && short <= 4.0 * f64::EPSILON * (x.abs() + (a * d).abs()) { bound } else { to }
}

impl<S: State> Tracked<S> for Confined<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
    fn begun(&mut self, x: &S, stop: Stop) {
        self.measure(x, stop);
    }
}
/// What a step needs beside the pairs is made anew in each.
impl<S: State> Persist for Confined<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            track,
            kkt: Kkt { active, multiplier, violation },
            low: _,
            high: _,
            compact,
            quadratic: _,
            direction: _,
            recent,
        } = self;
        track.pass(archive)?;
        active.pass(archive)?;
        [multiplier, violation].into_iter().try_for_each(|number| number.pass(archive))?;
        compact.pass(archive)?;
        recent[..].pass(archive)
    }
}
