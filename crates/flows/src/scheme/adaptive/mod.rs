//! ADAPTIVE: strides whose length in each coordinate, or along each singular direction, is learned from the gradients so far.
//!
//! Each rule is descent in a metric that the gradients write: diag(sqrt v) (AdaGrad, RMSProp, Adam), the largest coordinate
//! (Lion), the largest singular value (Muon), or a product of two bases (SOAP). All act on the coordinates of the
//! gradient, so that they depend on the chart.
mod bases;
mod rule;
mod window;
use super::minimiser::{Ending, Stop, Track, Tracked};
use bases::Bases;
pub use rule::Rule;
use steepest_core::{
    Archive, Fault, Flow, Functional, Persist, Riemannian, Scheme, Silent, State, Stride, Tangent, Tick,
};
use window::Window;

/// Strides x <- x - h_k (u_k + lambda x), u_k from the [`Rule`], h_k = h 2^(-k / halving - l), l how often `patience` ended.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::{functional::{PotentialEnergy, Quadratic}, geometry::Euclidean, noise::Still, state::Cloud};
/// use steepest_flows::scheme::adaptive::{Adaptive, Rule};
/// let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0, 100.0])), geometry: Euclidean, noise: Still };
/// let (scheme, mut x) = (Adaptive::new(Rule::ADAM), Cloud::from_fn(1, 2, |_, _| 1.0));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.step(&flow, Tick::start(0), 0.01, &mut x, &mut memory)?;
/// // The first stride is h long in each coordinate, whatever the gradient.
/// assert!(x.x.iter().all(|x| (x - 0.99).abs() < 1e-9));
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptive {
    /// How the direction follows from the gradients.
    pub rule: Rule,
    /// lambda, decay of the coordinates that is not part of F [LoshchilovHutter2019].
    pub decay: f64,
    /// Strides after which h has halved; infinite: never.
    pub halving: f64,
    /// Strides that h is judged by: it halves where the mean of F over so many is below that over as many before by no more than it is
    /// above the least of them, so that they circle more than they fall. 0: never.
    pub patience: u64,
    /// Until when.
    pub stop: Stop,
}
impl Adaptive {
    /// The rule without decay, strides of constant length.
    pub fn new(rule: Rule) -> Self {
        Adaptive { rule, decay: 0.0, halving: f64::INFINITY, patience: 0, stop: Stop::default() }
    }
}

/// What [`Adaptive`] remembers.
#[derive(Clone, Debug)]
pub struct Moments<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    /// The largest |u| over what the rule bounds it by.
    pub reach: f64,
    /// Mean of the gradients.
    first: Vec<f64>,
    /// Mean, or sum, of their squares.
    second: Vec<f64>,
    bases: Option<Bases>,
    update: Tangent,
    k: u64,
    window: Window,
}

impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for Adaptive
where
    S: State,
    F: Functional<S>,
    G: Riemannian<S>,
    N: Silent,
{
    type Memory = Moments<S>;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<F, G, N>, x: &S) -> Moments<S> {
        let len = x.coords().len();
        let (first, second) = self.rule.moments();
        let held = |wanted: bool| vec![0.0; if wanted { len } else { 0 }];
        let bases = self.rule.rows().map(|rows| Bases::new(rows.clamp(1, len.max(1)), len));
        Moments {
            track: Track::new(x),
            reach: 0.0,
            first: held(first),
            second: held(second),
            bases,
            update: Tangent::zeros(len),
            k: 0,
            window: Window::default(),
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, h: f64, x: &mut S, m: &mut Moments<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        m.track.begin(flow, at, x, self.stop);
        let mut covered = 0.0;
        if m.track.ending.is_none() {
            let h = h * (-(m.k as f64) / self.halving - m.window.halvings as f64).exp2();
            m.k += 1;
            if !self.rule.update(m) {
                m.track.steps += 1;
                return Ok(Stride { h: 0.0, accepted: 1.0, gradients: m.track.evaluations - before });
            }
            m.reach = m.reach.max(self.rule.reach(m));
            let update = &mut m.update.0;
            update.iter_mut().zip(x.coords()).for_each(|(u, x)| *u = -*u - self.decay * x);
            if m.track.follow(flow, at, x, (&mut m.update, h, f64::INFINITY), self.stop) {
                covered = h;
                m.window.enter(m.track.value[1], self.patience);
            } else {
                m.track.ending = Some(Ending::Diverged);
            }
        }
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl<S> Tracked<S> for Moments<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
}
impl<S: State> Persist for Moments<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { track, reach, first, second, bases, update: _, k, window } = self;
        track.pass(archive)?;
        reach.pass(archive)?;
        first[..].pass(archive)?;
        second[..].pass(archive)?;
        if let Some(bases) = bases {
            bases.pass(archive)?;
        }
        k.pass(archive)?;
        window.pass(archive)
    }
}
