//! MINIMISER: descent with a direction and a line search. The geometry decides what a gradient, a straight line and a
//! remembered step are, so that each of these is an optimiser of R^d and of every manifold.
pub mod line_search;
pub mod pairs;
pub mod track;
pub use line_search::LineSearch;
pub(in crate::scheme) use line_search::{Along, Terms, ran_off, search};
pub use pairs::Pairs;
use steepest_core::{
    Archive, Fault, Flow, Functional, Persist, Riemannian, Scheme, Silent, State, Stride, Tangent, Tick,
};
use steepest_kernels::axpy;
pub use track::{Audit, Ending, Stop, Track, Tracked};

/// Which way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// -grad F
    Steepest,
    /// -grad F, whose length is right as it is: natural gradients, in a geometry that knows the curvature of F.
    Natural,
    /// -a grad F, a = <s, s> / <s, y> of the last step, or <s, y> / <y, y> where that is below half of it
    /// [BarzilaiBorwein1988].
    BarzilaiBorwein,
    /// Conjugate gradients, of Polak and Ribiere and never negative [NocedalWright2006, Eq. 5.45].
    PolakRibiere,
    /// Conjugate gradients that always go down [HagerZhang2005, Eq. 1.3-1.6].
    HagerZhang,
    /// Limited-memory BFGS, of so many steps [LiuNocedal1989].
    LimitedMemory(usize),
}

/// Steps x <- R_x(a d) of a flow without noise, d a direction and a from a line search.
///
/// The length h of a stride means nothing to it: what it returns as covered is a. After its end a stride does nothing.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::{functional::{PotentialEnergy, Quadratic}, geometry::Euclidean, noise::Still, state::Cloud};
/// use steepest_flows::scheme::minimiser::{Ending, Minimiser};
/// let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0, 100.0])), geometry: Euclidean, noise: Still };
/// let (scheme, mut x) = (Minimiser::limited_memory(), Cloud::from_fn(1, 2, |_, j| 3.0 - j as f64));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.advance(&flow, Tick::start(0), 1.0, 100, &mut x, &mut memory)?;
/// assert_eq!(memory.track.ending, Some(Ending::Critical));
/// assert!(x.x.iter().all(|x| x.abs() < 1e-8) && memory.track.steps < 15);
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minimiser {
    /// Which way.
    pub direction: Direction,
    /// How far.
    pub search: LineSearch,
    /// Until when.
    pub stop: Stop,
}
impl Minimiser {
    /// Limited-memory BFGS of ten steps with a strong Wolfe search, until |grad F| <= 1e-8.
    pub fn limited_memory() -> Self {
        let direction = Direction::LimitedMemory(10);
        Minimiser { direction, search: LineSearch::StrongWolfe, stop: Stop::default() }
    }
    /// The share of a slope that may be left: quasi-Newton steps of length 1 are good as they are, the others are not.
    pub fn curvature(&self) -> f64 {
        match self.direction {
            Direction::LimitedMemory(_) | Direction::BarzilaiBorwein | Direction::Natural => 0.9,
            Direction::Steepest | Direction::PolakRibiere | Direction::HagerZhang => 0.1,
        }
    }
}

/// What a [`Minimiser`] remembers.
#[derive(Clone, Debug)]
pub struct Heading<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    pairs: Pairs,
    direction: Tangent,
    carried: Tangent,
    /// The last values, for a search that may rise.
    recent: [f64; 10],
    last: Last,
    /// Steps since it was last forgotten what came before.
    turns: u64,
}
/// The last step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Last {
    /// The length that the next step of the same kind should try, or the one it had.
    length: f64,
    slope: f64,
    /// |d|^2, brought to where it ended; of conjugate gradients alone.
    square: f64,
    /// |grad F|^2 where it began.
    norm2: f64,
}

impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for Minimiser
where
    S: State,
    F: Functional<S>,
    G: Riemannian<S>,
    N: Silent,
{
    type Memory = Heading<S>;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<F, G, N>, x: &S) -> Heading<S> {
        let len = x.coords().len();
        let held = if let Direction::LimitedMemory(held) = self.direction { held.max(1) } else { 1 };
        Heading {
            track: Track::new(x),
            pairs: Pairs::new(held, len),
            direction: Tangent::zeros(len),
            carried: Tangent::zeros(len),
            recent: [f64::NEG_INFINITY; 10],
            last: Last::default(),
            turns: 0,
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, _h: f64, x: &mut S, m: &mut Heading<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        m.track.begin(flow, at, x, self.stop);
        let covered = if m.track.ending.is_some() { 0.0 } else { self.descend(flow, at, x, m) };
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl Minimiser {
    fn conjugate(&self) -> bool {
        matches!(self.direction, Direction::PolakRibiere | Direction::HagerZhang)
    }
    /// One step; its length.
    pub(in crate::scheme) fn descend<S: State, F: Functional<S>, G: Riemannian<S>, N>(
        &self,
        flow: &Flow<F, G, N>,
        at: Tick,
        x: &mut S,
        m: &mut Heading<S>,
    ) -> f64 {
        let norm2 = m.track.norm * m.track.norm;
        let mut slope = self.aim(flow, x, m);
        // Of a direction that is not finite no slope is.
        if !(slope < 0.0 && slope.is_finite()) {
            slope = plainly(m, norm2);
        }
        loop {
            let plain = m.turns == 0 && m.pairs.held() == 0;
            let first = self.first_length(&flow.geometry, x, m, slope);
            let start = Along { alpha: 0.0, value: m.track.value[1], slope };
            let reference = match self.search {
                LineSearch::Nonmonotone => m.recent.iter().fold(start.value, |a, b| a.max(*b)),
                _ => start.value,
            };
            let Heading { track, direction, carried, .. } = m;
            // The last point asked for, which may be asked for again.
            let mut last = (f64::NAN, (f64::NAN, f64::NAN));
            let mut phi = |a: f64| {
                if a == last.0 {
                    return last.1;
                }
                track.next.coords_mut().copy_from_slice(x.coords());
                flow.geometry.retract(&mut track.next, direction, a, &mut track.work);
                let value = track.look(flow, at);
                let slope = if flow.geometry.flat() {
                    track.next_slope(flow, at, direction)
                } else {
                    carried.0.copy_from_slice(&direction.0);
                    flow.geometry.transport(x, &track.next, carried, &mut track.work);
                    track.next_slope(flow, at, carried)
                };
                last = (a, (value, slope));
                last.1
            };
            let terms = Terms { curvature: self.curvature(), reference, most: f64::INFINITY };
            let first = if self.conjugate() { straighten(&mut phi, first, slope, terms.curvature) } else { first };
            match search(self.search, &mut phi, start, first, terms) {
                Some(p) => {
                    // Where values are rounding a search may end anywhere.
                    if m.track.audit(p.alpha, [slope, p.slope], reference, p.value) {
                        m.track.turned(p.slope / slope);
                    }
                    self.arrive(flow, at, x, m, (p, slope));
                    m.track.ran(ran_off(start, p, first));
                    return p.alpha;
                }
                None if plain => {
                    m.track.ending = Some(m.track.drowned(slope));
                    return 0.0;
                }
                // What was remembered led nowhere.
                None => slope = plainly(m, norm2),
            }
        }
    }
    /// The direction, into memory; its slope.
    fn aim<S: State, F, G: Riemannian<S>, N>(&self, flow: &Flow<F, G, N>, x: &S, m: &mut Heading<S>) -> f64 {
        let Heading { track, pairs, direction, carried, turns, .. } = m;
        let (geometry, gradient) = (&flow.geometry, &track.gradient);
        match self.direction {
            Direction::LimitedMemory(_) => {
                pairs.descend(geometry, x, gradient, direction, &mut track.work);
            }
            Direction::PolakRibiere | Direction::HagerZhang if *turns > 0 => {
                // The slot holds y; `carried` the last direction, brought here.
                let work = &mut track.work;
                let (_, y) = pairs.slot();
                let gy = geometry.inner(x, gradient, y, work);
                let beta = if self.direction == Direction::PolakRibiere {
                    (gy / m.last.norm2).max(0.0)
                } else {
                    let dy = geometry.inner(x, carried, y, work);
                    let yy = geometry.inner(x, y, y, work);
                    let gd = geometry.inner(x, gradient, carried, work);
                    // The floor is set by the slope that the last direction had where it began.
                    let least = 0.4 * m.last.slope / m.last.square;
                    ((gy - 2.0 * yy * gd / dy) / dy).max(least)
                };
                direction.0.iter_mut().zip(&gradient.0).for_each(|(d, g)| *d = -g);
                axpy(beta, &carried.0, &mut direction.0);
            }
            _ => direction.0.iter_mut().zip(&gradient.0).for_each(|(d, g)| *d = -g),
        }
        track.slope(&flow.geometry, x, direction)
    }
    /// The length that a search asks for first.
    fn first_length<S: State, G: Riemannian<S>>(&self, geometry: &G, x: &S, m: &mut Heading<S>, slope: f64) -> f64 {
        match self.direction {
            Direction::LimitedMemory(_) if m.pairs.held() > 0 => 1.0,
            Direction::Natural => 1.0,
            Direction::BarzilaiBorwein if m.turns > 0 => m.last.length,
            // As much work as the last step did.
            Direction::Steepest if m.turns > 0 => m.last.length * (m.last.slope / slope).clamp(1e-3, 1e3),
            // Where the slope vanishes if F curves along this direction as it did along the last.
            Direction::PolakRibiere | Direction::HagerZhang if m.turns > 0 => {
                let square = geometry.inner(x, &m.direction, &m.direction, &mut m.track.work);
                m.last.length * (slope / m.last.slope * m.last.square / square).clamp(1e-3, 1e3)
            }
            _ => modest(x.coords(), &m.direction.0),
        }
    }
    /// Goes to the point that the search ended at, and learns from the step.
    fn arrive<S: State, F: Functional<S>, G: Riemannian<S>, N>(
        &self,
        flow: &Flow<F, G, N>,
        at: Tick,
        x: &mut S,
        m: &mut Heading<S>,
        (p, slope): (Along, f64),
    ) {
        let geometry = &flow.geometry;
        m.recent[(m.track.steps % 10) as usize] = m.track.value[1];
        m.last = Last { length: p.alpha, slope, square: f64::NAN, norm2: m.track.norm * m.track.norm };
        m.track.go(flow, at, x, p.value, self.stop);
        m.turns += 1;
        if matches!(self.direction, Direction::Steepest | Direction::Natural) {
            return;
        }
        let Heading { track, pairs, direction, carried, .. } = m;
        let (old, work) = (&track.next, &mut track.work);
        // On a curved manifold the search has brought the direction here: the last point it asked for is where it ended.
        if geometry.flat() {
            carried.0.copy_from_slice(&direction.0);
        }
        pairs.transport(geometry, old, x, work);
        let (s, y) = pairs.slot();
        y.0.copy_from_slice(&track.next_gradient.0);
        geometry.transport(old, x, y, work);
        y.0.iter_mut().zip(&track.gradient.0).for_each(|(y, g)| *y = g - *y);
        s.0.iter_mut().zip(&carried.0).for_each(|(s, d)| *s = p.alpha * d);
        match self.direction {
            Direction::LimitedMemory(_) => {
                pairs.keep(geometry, x, &track.gradient, work);
            }
            Direction::BarzilaiBorwein => {
                let sy = geometry.inner(x, s, y, work);
                let (ss, yy) = (geometry.inner(x, s, s, work), geometry.inner(x, y, y, work));
                let length = if sy * sy < 0.5 * ss * yy { sy / yy } else { ss / sy };
                // Where V curves down neither quotient is a length; that of the norms still grows with the valley.
                m.last.length = if sy > 0.0 && length.is_finite() {
                    length.clamp(1e-12, 1e12)
                } else {
                    (ss / yy).sqrt().clamp(1e-12, 1e12)
                };
            }
            _ => m.last.square = geometry.inner(x, carried, carried, work),
        }
    }
}
/// The length of a first step, before anything is known of curvatures: a hundredth of the coordinates, or what a quadratic of unit
/// curvature would ask for; 1 at most.
pub(in crate::scheme) fn modest(x: &[f64], way: &[f64]) -> f64 {
    let largest = |all: &[f64]| all.iter().fold(0.0f64, |a, b| a.max(b.abs()));
    let (place, way) = (largest(x), largest(way));
    let share = if place > 0.0 { 0.01 * place / way } else { 1.0 / way };
    share.clamp(f64::MIN_POSITIVE, 1.0)
}
/// Where the slope would vanish if it were linear between 0 and `first`: a step shorter than that loses conjugacy, and with it
/// all that makes these directions better than the steepest [HagerZhang2005, Sec. 4, QuadStep]. `first` where little slope is left.
fn straighten(phi: &mut impl FnMut(f64) -> (f64, f64), first: f64, slope: f64, left: f64) -> f64 {
    let (value, there) = phi(first);
    if there.abs() <= left * slope.abs() {
        return first;
    }
    let least = first * slope / (slope - there);
    if value.is_finite() && least.is_finite() && least > 0.0 { least.clamp(0.01 * first, 100.0 * first) } else { first }
}
/// Points straight down and forgets what was remembered; the slope.
fn plainly<S>(m: &mut Heading<S>, norm2: f64) -> f64 {
    m.pairs.clear();
    m.turns = 0;
    m.direction.0.iter_mut().zip(&m.track.gradient.0).for_each(|(d, g)| *d = -g);
    -norm2
}

impl<S: State> Heading<S> {
    /// Begins to descend another functional, which has the value and the differential that `from` has where it is. What is known
    /// of curvatures is kept.
    pub(in crate::scheme) fn set_out(&mut self, from: &Track<S>) {
        self.track.set_out(from);
        (self.last, self.turns) = (Last::default(), 0);
    }
}
impl<S> Tracked<S> for Heading<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
}
impl<S: State> Persist for Heading<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { track, pairs, direction, carried, recent, last: Last { length, slope, square, norm2 }, turns } =
            self;
        track.pass(archive)?;
        pairs.pass(archive)?;
        direction.0[..].pass(archive)?;
        carried.0[..].pass(archive)?;
        recent[..].pass(archive)?;
        [length, slope, square, norm2].into_iter().try_for_each(|number| number.pass(archive))?;
        turns.pass(archive)
    }
}
