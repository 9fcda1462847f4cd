//! MOMENTUM: descent with inertia. One knob, the friction, leads from mechanics (0) to the gradient flow (infinity).
use super::minimiser::{Ending, Stop, Track, Tracked};
use steepest_core::{
    Archive, Fault, Flow, Functional, Geometry, Persist, Riemannian, Scheme, Silent, State, Stride, Tangent, Tick,
};
use steepest_kernels::axpy;

/// How a stride of x' = dK(p), p' = -grad F - gamma p is cut into parts; one gradient each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Friction, kick, drift: x <- x - h^2 grad F + a (x - x_last), a = exp(-gamma h) [Polyak1964].
    HeavyBall,
    /// The gradient is taken ahead, where the momentum leads [Nesterov1983]; the point moved is that one.
    #[default]
    Nesterov,
    /// Half of friction and kick on both sides of the drift: of order 2, and its own mirror image at gamma = 0
    /// [FrancaSulamRobinsonVidal2020].
    Leapfrog,
}

/// What becomes of a momentum in a stride: the share a of it is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Friction {
    /// The rate gamma: a = exp(-gamma h).
    Constant(f64),
    /// gamma = r / t: a = (k - 1) / (k + r - 1) in stride k; r = 3 is Nesterov's [SuBoydCandes2016, Eq. 2].
    Fading(f64),
}
impl Friction {
    fn kept(self, h: f64, k: u64) -> f64 {
        match self {
            Friction::Constant(gamma) => (-gamma * h).exp(),
            Friction::Fading(r) => (k as f64 - 1.0) / (k as f64 + r - 1.0),
        }
    }
}

/// Strides of length h of the damped dynamics x' = dK(p), p' = -grad F - gamma p, without noise.
///
/// K(p) = c^2 (sqrt(1 + |p|^2 / c^2) - 1), so that nothing moves faster than c; |p|^2 / 2 at c = infinity. Without friction
/// H = F + K is kept; with so much that a = 0 a heavy ball is gradient descent by h^2.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::{functional::{PotentialEnergy, Quadratic}, geometry::Euclidean, noise::Still, state::Cloud};
/// use steepest_flows::scheme::momentum::{Form, Friction, Momentum};
/// let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0])), geometry: Euclidean, noise: Still };
/// let mut x = Cloud::from_fn(1, 1, |_, _| 1.0);
/// // a = 1/2 and h^2 = 1/4: 1, 3/4, 3/4 - 3/16 - 1/8.
/// let scheme = Momentum { friction: Friction::Constant(2.0 * 2f64.ln()), form: Form::HeavyBall, ..Momentum::default() };
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.advance(&flow, Tick::start(0), 0.5, 2, &mut x, &mut memory)?;
/// assert!((x.x[0] - 0.4375).abs() < 1e-15);
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Momentum {
    /// Where the gradient is taken.
    pub form: Form,
    /// How fast momenta are forgotten.
    pub friction: Friction,
    /// c, the greatest speed.
    pub speed: f64,
    /// Whether a momentum that leads uphill is dropped [ODonoghueCandes2015, Sec. 3.2].
    pub restart: bool,
    /// Whether strides become shorter where the curvature met asks for it: h^2 |change of the gradient| <= |step|.
    pub adapt: bool,
    /// Until when.
    pub stop: Stop,
}
impl Default for Momentum {
    /// Nesterov's, with fading friction, restarts, and the stride as it is given.
    fn default() -> Self {
        Momentum {
            form: Form::Nesterov,
            friction: Friction::Fading(3.0),
            speed: f64::INFINITY,
            restart: false,
            adapt: false,
            stop: Stop::default(),
        }
    }
}

/// What [`Momentum`] remembers.
#[derive(Clone, Debug)]
pub struct Inertia<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    /// The balance of H.
    pub energy: Energy,
    /// Times a momentum was dropped.
    pub restarts: u64,
    /// The longest stride that curvature allows.
    pub longest: f64,
    p: Tangent,
    velocity: Tangent,
    /// Strides since the momentum was last dropped.
    k: u64,
}

/// H = F + K along the way: what friction took is what H lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Energy {
    /// K now.
    pub kinetic: f64,
    /// The largest K.
    pub peak: f64,
    /// What friction and restarts took.
    pub dissipated: f64,
}

impl Momentum {
    /// K of a momentum with the square p2.
    fn kinetic(&self, p2: f64) -> f64 {
        // c^2 (sqrt(1 + u) - 1) without cancellation, u = |p|^2 / c^2.
        p2 / (1.0 + (1.0 + p2 / (self.speed * self.speed)).sqrt())
    }
    /// p <- factor p; what K lost.
    fn rub<S: State, G: Riemannian<S>>(&self, geometry: &G, x: &S, m: &mut Inertia<S>, factor: f64) {
        let p2 = geometry.inner(x, &m.p, &m.p, &mut m.track.work);
        m.energy.dissipated += self.kinetic(p2) - self.kinetic(factor * factor * p2);
        m.p.0.iter_mut().for_each(|p| *p *= factor);
    }
    /// The momentum is gone.
    fn drop<S: State, G: Riemannian<S>>(&self, geometry: &G, x: &S, m: &mut Inertia<S>) {
        self.rub(geometry, x, m, 0.0);
        (m.k, m.restarts) = (0, m.restarts + 1);
    }
    /// The velocity, which is the momentum where that is slow.
    fn aim<S: State, G: Riemannian<S>>(&self, geometry: &G, x: &S, m: &mut Inertia<S>) {
        let Inertia { track, velocity, .. } = m;
        let p2 = geometry.inner(x, velocity, velocity, &mut track.work);
        let slower = 1.0 / (1.0 + p2 / (self.speed * self.speed)).sqrt();
        if slower != 1.0 {
            velocity.0.iter_mut().for_each(|v| *v *= slower);
        }
    }
    /// The part of a stride before the drift: momentum, then velocity.
    fn push<S: State, G: Riemannian<S>>(&self, geometry: &G, x: &S, m: &mut Inertia<S>, h: f64) {
        m.k += 1;
        match self.form {
            Form::HeavyBall => {
                self.rub(geometry, x, m, self.friction.kept(h, m.k));
                axpy(-h, &m.track.gradient.0, &mut m.p.0);
                m.velocity.0.copy_from_slice(&m.p.0);
            }
            Form::Leapfrog => {
                self.rub(geometry, x, m, self.friction.kept(h, m.k).sqrt());
                axpy(-0.5 * h, &m.track.gradient.0, &mut m.p.0);
                m.velocity.0.copy_from_slice(&m.p.0);
            }
            Form::Nesterov => {
                axpy(-h, &m.track.gradient.0, &mut m.p.0);
                if self.restart && m.k > 1 && x.pair(&m.track.xi, &m.p) > 0.0 {
                    self.drop(geometry, x, m);
                    axpy(-h, &m.track.gradient.0, &mut m.p.0);
                    m.k = 1;
                }
                self.rub(geometry, x, m, self.friction.kept(h, m.k));
                m.velocity.0.copy_from_slice(&m.p.0);
                axpy(-h, &m.track.gradient.0, &mut m.velocity.0);
            }
        }
        self.aim(geometry, x, m);
    }
    /// The part after it.
    fn settle<S: State, G: Riemannian<S>>(&self, geometry: &G, x: &S, m: &mut Inertia<S>, h: f64) {
        geometry.transport(&m.track.next, x, &mut m.p, &mut m.track.work);
        if self.form == Form::Leapfrog {
            axpy(-0.5 * h, &m.track.gradient.0, &mut m.p.0);
            self.rub(geometry, x, m, self.friction.kept(h, m.k).sqrt());
        }
        if self.restart && self.form != Form::Nesterov && x.pair(&m.track.xi, &m.p) > 0.0 {
            self.drop(geometry, x, m);
        }
        let p2 = geometry.inner(x, &m.p, &m.p, &mut m.track.work);
        m.energy.kinetic = self.kinetic(p2);
        m.energy.peak = m.energy.peak.max(m.energy.kinetic);
    }
    /// h such that h^2 times the curvature along the last step is 1.
    fn heed<S: State, G: Riemannian<S>>(&self, geometry: &G, x: &S, m: &mut Inertia<S>, h: f64) {
        // `next` is where it was; the velocity was brought along, so that the old gradient must be too.
        let Inertia { track, velocity, longest, .. } = m;
        let Track { gradient, next, next_gradient, work, .. } = track;
        geometry.transport(next, x, next_gradient, work);
        next_gradient.0.iter_mut().zip(&gradient.0).for_each(|(old, new)| *old = new - *old);
        let change = geometry.inner(x, next_gradient, next_gradient, work).sqrt();
        let step = h * geometry.inner(x, velocity, velocity, work).sqrt();
        // Below that the difference is rounding.
        let seen = change > 1e-10 * track.norm && step > 0.0;
        if seen && h * h * change > step {
            *longest = longest.min((step / change).sqrt());
        }
    }
}

impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for Momentum
where
    S: State,
    F: Functional<S>,
    G: Riemannian<S> + Geometry<S>,
    N: Silent,
{
    type Memory = Inertia<S>;
    fn order(&self) -> u32 {
        if self.form == Form::Leapfrog { 2 } else { 1 }
    }
    fn memory(&self, _flow: &Flow<F, G, N>, x: &S) -> Inertia<S> {
        let len = x.coords().len();
        Inertia {
            track: Track::new(x),
            energy: Energy::default(),
            restarts: 0,
            longest: f64::INFINITY,
            p: Tangent::zeros(len),
            velocity: Tangent::zeros(len),
            k: 0,
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, h: f64, x: &mut S, m: &mut Inertia<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        m.track.begin(flow, at, x, self.stop);
        let mut covered = 0.0;
        if m.track.ending.is_none() {
            let (given, h) = (h, if self.adapt { h.min(m.longest) } else { h });
            self.push(&flow.geometry, x, m, h);
            // The flow cannot rise by more than K: a stride that does is far too long.
            let p2 = flow.geometry.inner(x, &m.velocity, &m.velocity, &mut m.track.work);
            let most = if self.adapt { m.track.value[1] + 0.5 * p2 } else { f64::INFINITY };
            if m.track.follow(flow, at, x, (&mut m.velocity, h, most), self.stop) {
                covered = h;
                self.settle(&flow.geometry, x, m, h);
                if self.adapt {
                    self.heed(&flow.geometry, x, m, h);
                }
            } else if self.adapt && h > 1e-12 * given {
                self.drop(&flow.geometry, x, m);
                m.longest = 0.5 * h;
            } else {
                m.track.ending = Some(Ending::Diverged);
            }
        }
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl<S> Tracked<S> for Inertia<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
}
impl<S: State> Persist for Inertia<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { track, energy, restarts, longest, p, velocity: _, k } = self;
        let Energy { kinetic, peak, dissipated } = energy;
        track.pass(archive)?;
        [kinetic, peak, dissipated, longest].into_iter().try_for_each(|number| number.pass(archive))?;
        restarts.pass(archive)?;
        p.0[..].pass(archive)?;
        k.pass(archive)
    }
}
