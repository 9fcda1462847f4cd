//! TRACK: where a minimiser is, what it has cost, whether its steps kept their promises, and why it ended.
use steepest_core::{Archive, Covector, Flow, Functional, Persist, Riemannian, State, Tangent, Tick, Workspace};

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// |grad F| at most.
    pub gradient: f64,
    /// Fall of F in a stride at most, relative to |F|; 0 never stops.
    pub fall: f64,
}
impl Default for Stop {
    /// |grad F| <= 1e-8.
    fn default() -> Self {
        Stop { gradient: 1e-8, fall: 0.0 }
    }
}

/// Why a minimiser ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The gradient is below its tolerance.
    Critical,
    /// F fell by less than its tolerance.
    Slow,
    /// No step goes down by more than the rounding of F, or a hundred went down by no more and left the gradient as long as it was.
    Rounding,
    /// No step goes down, although the gradient says that one should.
    Stalled,
    /// F falls without bound.
    Unbounded,
    /// F or its gradient is not finite where it began.
    NotFinite,
    /// A step of fixed length led where F is not finite, and was not taken.
    Diverged,
    /// F is at the least value that it was said to have, to the tolerance.
    Met,
    /// A hundred strides changed F by no more than its rounding, and it could still fall by more: they are too short.
    Short,
}
impl Ending {
    const ALL: [Ending; 9] = {
        use Ending::{Critical, Diverged, Met, NotFinite, Rounding, Short, Slow, Stalled, Unbounded};
        [Critical, Slow, Rounding, Stalled, Unbounded, NotFinite, Diverged, Met, Short]
    };
    /// Writes or reads why something ended, if it has.
    pub(in crate::scheme) fn pass(ending: &mut Option<Ending>, archive: &mut Archive<'_>) -> Option<()> {
        let mut code = ending.map_or(0, |e| 1 + e as u8);
        code.pass(archive)?;
        *ending = Ending::ALL.get(usize::from(code).wrapping_sub(1)).copied();
        Some(())
    }
}

/// What the steps promised and did, at its worst.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Audit {
    /// Least (fall of F) / (a |slope|) of a step: at least the share a line search asks for.
    pub decrease: f64,
    /// Largest (slope at the end) / (slope at the start) of a step.
    pub curvature: f64,
    /// Largest rise of F.
    pub rise: f64,
    /// Largest (rise of F) / (1 + |F|) of a step, F where it began.
    pub climb: f64,
    /// Sum of (a / 2)(slope at the start + slope at the end): the fall of F by its gradient alone, up to third order.
    pub work: f64,
    /// Steps with nothing to count, as the difference of values is rounding.
    pub blind: u64,
    /// Least (fall of F) / (fall that a quadratic model promised) of a step.
    pub kept: f64,
    /// Largest (length of a step) / (radius of trust).
    pub reach: f64,
}
impl Default for Audit {
    fn default() -> Self {
        Audit {
            decrease: f64::INFINITY,
            curvature: f64::NEG_INFINITY,
            rise: 0.0,
            climb: 0.0,
            work: 0.0,
            blind: 0,
            kept: f64::INFINITY,
            reach: 0.0,
        }
    }
}

/// Steps without gain that end a descent.
const IDLE: u64 = 100;
/// Change of F, relative to |F|, that may be rounding.
const ROUNDING: f64 = 1e-14;
/// How long the gradient may be, relative to what it was before the steps without gain, for one of them to be a gain.
const SHORTER: f64 = 0.99;
/// Fall of F, relative to |F|, that is no rounding.
const VISIBLE: f64 = 1e-11;
/// Change of a slope along a stride, relative to it, that is no rounding.
const RESOLVED: f64 = 1e-10;
/// Steps in a row that end where their search goes no further, after which F falls without bound.
const RUNS: u64 = 10;

/// Where a minimiser is. `S` is the state it moves.
#[derive(Clone, Debug)]
pub struct Track<S> {
    /// F at the start and here.
    pub value: [f64; 2],
    /// |grad F| here.
    pub norm: f64,
    /// Steps taken.
    pub steps: u64,
    /// Values and gradients evaluated, each as one.
    pub evaluations: u64,
    /// Why it ended, if it has.
    pub ending: Option<Ending>,
    /// What the steps promised.
    pub audit: Audit,
    /// Steps since the last that gained anything, and |grad F| there.
    idle: (u64, f64),
    /// Steps in a row that ended where their search goes no further, F falling there as it did where they began.
    runs: u64,
    /// The largest curvature that strides of a given length have met; 0 where they never changed a slope.
    bent: f64,
    pub(in crate::scheme) begun: bool,
    pub(in crate::scheme) xi: Covector,
    pub(in crate::scheme) gradient: Tangent,
    pub(in crate::scheme) next: S,
    pub(in crate::scheme) next_xi: Covector,
    pub(in crate::scheme) next_gradient: Tangent,
    /// Whether `next_gradient` is that of `next`.
    raised: bool,
    pub(in crate::scheme) work: Workspace,
}

impl<S: State> Track<S> {
    /// A track that has not begun.
    pub fn new(x: &S) -> Self {
        let len = x.coords().len();
        Track {
            value: [f64::NAN; 2],
            norm: f64::NAN,
            steps: 0,
            evaluations: 0,
            ending: None,
            audit: Audit::default(),
            idle: (0, f64::INFINITY),
            runs: 0,
            bent: 0.0,
            begun: false,
            xi: Covector::zeros(len),
            gradient: Tangent::zeros(len),
            next: x.clone(),
            next_xi: Covector::zeros(len),
            next_gradient: Tangent::zeros(len),
            raised: false,
            work: Workspace::default(),
        }
    }
    /// grad F here.
    pub fn gradient(&self) -> &Tangent {
        &self.gradient
    }
    /// Evaluates at the start, once: the first stride does it where nobody did.
    pub fn begin<F, G, N>(&mut self, flow: &Flow<F, G, N>, at: Tick, x: &S, stop: Stop)
    where
        F: Functional<S>,
        G: Riemannian<S>,
    {
        if self.begun {
            return;
        }
        self.begun = true;
        self.next.coords_mut().copy_from_slice(x.coords());
        let value = self.look(flow, at);
        self.value = [value; 2];
        self.raise(flow, at);
        std::mem::swap(&mut self.xi, &mut self.next_xi);
        std::mem::swap(&mut self.gradient, &mut self.next_gradient);
        self.norm = self.length(&flow.geometry, x);
        if !(value.is_finite() && self.norm.is_finite()) {
            self.ending = Some(Ending::NotFinite);
        } else if self.norm <= stop.gradient {
            self.ending = Some(Ending::Critical);
        }
    }
    /// F and dF at `next`.
    pub(in crate::scheme) fn look<F: Functional<S>, G, N>(&mut self, flow: &Flow<F, G, N>, at: Tick) -> f64 {
        self.evaluations += 1;
        self.raised = false;
        self.next_xi.0.fill(0.0);
        flow.functional.value_and_differential(at, &self.next, 1.0, &mut self.next_xi, &mut self.work)
    }
    /// K dF at `next`, from the differential that was looked at last.
    fn raise<F, G: Riemannian<S>, N>(&mut self, flow: &Flow<F, G, N>, at: Tick) {
        if !self.raised {
            self.raised = true;
            self.next_gradient.0.fill(0.0);
            flow.geometry.sharp(at, &self.next, 1.0, &self.next_xi, &mut self.next_gradient, &mut self.work);
        }
    }
    /// |grad F| at `x`. On a curved manifold the pairing would not do: what of dF is across it can be so large that its product
    /// with the rounding of the gradient is more than the square of the gradient.
    fn length<G: Riemannian<S>>(&mut self, geometry: &G, x: &S) -> f64 {
        if geometry.flat() {
            return x.pair(&self.xi, &self.gradient).sqrt();
        }
        geometry.inner(x, &self.gradient, &self.gradient, &mut self.work).sqrt()
    }
    /// |grad F| at `next`, from the differential that was looked at last.
    pub(in crate::scheme) fn next_norm<F, G: Riemannian<S>, N>(&mut self, flow: &Flow<F, G, N>, at: Tick) -> f64 {
        self.raise(flow, at);
        flow.geometry.inner(&self.next, &self.next_gradient, &self.next_gradient, &mut self.work).sqrt()
    }
    /// The slope of F along the tangent `v` at `x`.
    pub(in crate::scheme) fn slope<G: Riemannian<S>>(&mut self, geometry: &G, x: &S, v: &Tangent) -> f64 {
        if geometry.flat() {
            return x.pair(&self.xi, v);
        }
        geometry.inner(x, &self.gradient, v, &mut self.work)
    }
    /// The same at `next`.
    pub(in crate::scheme) fn next_slope<F, G: Riemannian<S>, N>(
        &mut self,
        flow: &Flow<F, G, N>,
        at: Tick,
        v: &Tangent,
    ) -> f64 {
        if flow.geometry.flat() {
            return self.next.pair(&self.next_xi, v);
        }
        self.raise(flow, at);
        flow.geometry.inner(&self.next, &self.next_gradient, v, &mut self.work)
    }
    /// Goes to `next`: then `next` is where it was, and so for the differential and the gradient.
    pub(in crate::scheme) fn go<F, G, N>(&mut self, flow: &Flow<F, G, N>, at: Tick, x: &mut S, value: f64, stop: Stop)
    where
        F: Functional<S>,
        G: Riemannian<S>,
    {
        self.raise(flow, at);
        std::mem::swap(x, &mut self.next);
        std::mem::swap(&mut self.xi, &mut self.next_xi);
        std::mem::swap(&mut self.gradient, &mut self.next_gradient);
        let fell = self.value[1] - value;
        self.audit.rise = self.audit.rise.max(-fell);
        self.audit.climb = self.audit.climb.max(-fell / (1.0 + self.value[1].abs()));
        self.value[1] = value;
        self.norm = self.length(&flow.geometry, x);
        self.steps += 1;
        // With inertia F may rise for long.
        let gained = fell.abs() > ROUNDING * value.abs() || self.norm < SHORTER * self.idle.1;
        self.idle = if gained { (0, self.norm) } else { (self.idle.0 + 1, self.idle.1) };
        self.ending = match () {
            () if self.norm <= stop.gradient => Some(Ending::Critical),
            () if value == f64::NEG_INFINITY || value < -1e300 => Some(Ending::Unbounded),
            () if stop.fall > 0.0 && fell.abs() <= stop.fall * value.abs() => Some(Ending::Slow),
            () if self.idle.0 >= IDLE => Some(Ending::Rounding),
            () => None,
        };
    }
    /// Goes to R_x(h v) and enters the work of dF along the way; `v` is brought there. Where F is above `most`, or not finite,
    /// it stays: `false`.
    pub(in crate::scheme) fn follow<F, G, N>(
        &mut self,
        flow: &Flow<F, G, N>,
        at: Tick,
        x: &mut S,
        (v, h, most): (&mut Tangent, f64, f64),
        stop: Stop,
    ) -> bool
    where
        F: Functional<S>,
        G: Riemannian<S>,
    {
        self.next.coords_mut().copy_from_slice(x.coords());
        flow.geometry.retract(&mut self.next, v, h, &mut self.work);
        let value = self.look(flow, at);
        if !(value.is_finite() && value <= most && self.next_xi.0.iter().all(|xi| xi.is_finite())) {
            return false;
        }
        let (slope, square) = (x.pair(&self.xi, v), flow.geometry.inner(x, v, v, &mut self.work));
        flow.geometry.transport(x, &self.next, v, &mut self.work);
        let after = self.next.pair(&self.next_xi, v);
        self.audit.work += 0.5 * h * (slope + after);
        if after - slope > RESOLVED * (slope.abs() + after.abs()) {
            self.bent = self.bent.max((after - slope) / (h * square));
        }
        self.go(flow, at, x, value, stop);
        // What F falls by down its gradient, at least, if it bends nowhere more than it did.
        if self.ending == Some(Ending::Rounding) && 0.5 * self.norm * self.norm / self.bent > VISIBLE * value.abs() {
            self.ending = Some(Ending::Short);
        }
        true
    }
    /// Counts a step that `ran`: it ended where its search goes no further, F falling there as it did where it began.
    pub(in crate::scheme) fn ran(&mut self, ran: bool) {
        self.runs = if ran { self.runs + 1 } else { 0 };
        if self.runs >= RUNS && self.ending.is_none() {
            self.ending = Some(Ending::Unbounded);
        }
    }
    /// Takes `norm` for the distance from a critical point, where that is less than |grad F|.
    pub(in crate::scheme) fn measured(&mut self, norm: f64, stop: Stop) {
        self.norm = norm;
        if norm <= stop.gradient {
            self.ending = Some(Ending::Critical);
        }
    }
    /// Enters the share of its first slope that a step left into the audit.
    pub(in crate::scheme) fn turned(&mut self, share: f64) {
        self.audit.curvature = self.audit.curvature.max(share);
    }
    /// Enters a step of length `a` along slopes into the audit; whether there is something to count, as values differ by more than
    /// their rounding.
    pub(in crate::scheme) fn audit(&mut self, a: f64, slopes: [f64; 2], reference: f64, value: f64) -> bool {
        self.audit.work += 0.5 * a * (slopes[0] + slopes[1]);
        let seen = (reference - value).abs() > 1e-13 * value.abs();
        if seen {
            self.audit.decrease = self.audit.decrease.min((reference - value) / (-a * slopes[0]));
        } else {
            self.audit.blind += 1;
        }
        seen
    }
    /// Enters a step of a quadratic model into the audit: what it promised, and its length as a share of the radius.
    pub(in crate::scheme) fn audit_model(&mut self, promised: f64, value: f64, share: f64) {
        self.audit.reach = self.audit.reach.max(share);
        if promised <= 1e-12 * value.abs() {
            self.audit.blind += 1;
        } else {
            self.audit.kept = self.audit.kept.min((self.value[1] - value) / promised);
        }
    }
    /// A new track, which begins where `from` is, with its value and its differential.
    pub(in crate::scheme) fn set_out(&mut self, from: &Track<S>) {
        (self.value, self.norm) = ([from.value[1]; 2], from.norm);
        (self.steps, self.evaluations, self.ending) = (0, 0, None);
        (self.audit, self.begun, self.raised) = (Audit::default(), true, false);
        (self.idle, self.runs, self.bent) = ((0, f64::INFINITY), 0, 0.0);
        self.xi.0.copy_from_slice(&from.xi.0);
        self.gradient.0.copy_from_slice(&from.gradient.0);
    }
    /// Takes F at `next` as it is, with its differential in `next_xi`: somebody has evaluated them.
    pub(in crate::scheme) fn told(&mut self) {
        self.raised = false;
    }
    /// Whether the fall of F that is left, as a quadratic of `slope` sees it, drowns in rounding.
    pub(in crate::scheme) fn drowned(&self, slope: f64) -> Ending {
        if slope.abs() <= 1e-11 * self.value[1].abs() { Ending::Rounding } else { Ending::Stalled }
    }
}

/// Memory of a scheme that keeps a [`Track`].
pub trait Tracked<S> {
    /// Where it is and how it went.
    fn track(&mut self) -> &mut Track<S>;
    /// Puts right what [`Track::begin`] said of the start x, where that is not yet all.
    fn begun(&mut self, x: &S, stop: Stop) {
        let _ = (x, stop);
    }
}

impl<S: State> Persist for Track<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { value, norm, steps, evaluations, ending, audit, .. } = self;
        value[..].pass(archive)?;
        norm.pass(archive)?;
        steps.pass(archive)?;
        evaluations.pass(archive)?;
        Ending::pass(ending, archive)?;
        let Audit { decrease, curvature, rise, climb, work, blind, kept, reach } = audit;
        [decrease, curvature, rise, climb, work, kept, reach]
            .into_iter()
            .try_for_each(|number| number.pass(archive))?;
        blind.pass(archive)?;
        let Self { idle, runs, bent, begun, xi, gradient, next, .. } = self;
        idle.0.pass(archive)?;
        idle.1.pass(archive)?;
        runs.pass(archive)?;
        bent.pass(archive)?;
        begun.pass(archive)?;
        xi.0[..].pass(archive)?;
        gradient.0[..].pass(archive)?;
        next.coords_mut().pass(archive)
    }
}
