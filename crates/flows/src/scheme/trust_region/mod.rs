//! TRUST REGION: steps to the minimum of a quadratic model on a ball that grows where the model was right and shrinks where not.
mod bend;
mod krylov;
pub mod least_squares;
mod saddle;
mod secular;
mod split;
mod tridiagonal;
use super::minimiser::{Ending, Stop, Track, Tracked};
use krylov::Krylov;
pub use least_squares::{Acceleration, LevenbergMarquardt, Units};
use steepest_core::{
    Archive, Covariant, Covector, Curved, Fault, Flow, Persist, Riemannian, Scheme, Silent, Squares, State, Stride,
    Tangent, Tick, Workspace,
};
use tridiagonal::Found;

/// The Hessian of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// d^2 F, exact where F knows it, else by differences of dF.
    Hessian,
    /// 2 J^T J, of a sum of squares |r|^2 with the Jacobian J: no product costs an evaluation, and none is negative.
    GaussNewton,
    /// An information G, of a functional that has one beside it: asked for once a step, after which no product costs an evaluation.
    Information,
    /// The same, times a factor that is learned from the change of dF along each step [OrenLuenberger1974]: for scores alone, whose
    /// squares are d^2 F where the model of the rows is right, and off by the dispersion where it is not.
    Scores,
}

/// Trust-region Newton: x <- x + p, p the minimum of dF p + p H p / 2 over |p| <= radius in the space that Lanczos products
/// span, as far as they are worth it: conjugate gradients inside the ball [Steihaug1983], the best step of that space at
/// its edge, also where curvatures are negative [GouldLucidiRomaToint1999]. What is left of the model's slope is less than |dF|
/// min(|dF|, 1/10) then, or a tenth of the gradient at which to stop; at the edge, where a step is cut off anyway, 3/10 of |dF|.
///
/// On a manifold p is a tangent, H the covariant derivative of the gradient and x <- R_x(p) [AbsilBakerGallivan2007].
///
/// A point without a slope is the end only where F does not bend down there: with the Hessian for a model, the lowest curvature is
/// sought by products with a random direction, and followed.
///
/// A stride is a step that went down; the length h means nothing to it, and what it returns as covered is |p|. Products are
/// counted as the gradients that they cost.
///
/// ```
/// use steepest_core::{Flow, Scheme, Tick};
/// use steepest_flows::{functional::{PotentialEnergy, Quadratic}, geometry::Euclidean, noise::Still, state::Cloud};
/// use steepest_flows::scheme::{minimiser::Ending, trust_region::TrustRegion};
/// let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0, 100.0])), geometry: Euclidean, noise: Still };
/// let (scheme, mut x) = (TrustRegion::default(), Cloud::from_fn(1, 2, |_, j| 3.0 - j as f64));
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.advance(&flow, Tick::start(0), 1.0, 20, &mut x, &mut memory)?;
/// assert_eq!(memory.track.ending, Some(Ending::Critical));
/// assert!(x.x.iter().all(|x| x.abs() < 1e-8));
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrustRegion {
    /// Of what the model is made.
    pub second: Second,
    /// The radius to begin with; `None` takes it from the curvature along the first gradient.
    pub radius: Option<f64>,
    /// Until when.
    pub stop: Stop,
}
impl Default for TrustRegion {
    fn default() -> Self {
        TrustRegion { second: Second::Hessian, radius: None, stop: Stop::default() }
    }
}

/// Share of the promised fall that a step has to keep: less is no step.
pub const KEPT: f64 = 1e-4;
/// The same on a curved manifold: where a step leads so far that the model says nothing, points near an edge have no slope left
/// [AbsilBakerGallivan2007, Alg. 1].
pub const KEPT_ALONG: f64 = 0.1;
/// Share of the gradient that may be left of the model's slope at the edge of the ball: such a step is cut off anyway, and those that
/// make convergence fast are inside.
const AT_THE_EDGE: f64 = 0.3;
/// Share of the gradient at which to stop that may be left of the model's slope: what is less is not asked for.
const ENOUGH: f64 = 0.1;
/// By how much the factor of an information changes in a step at most.
const AT_ONCE: f64 = 2.0;
/// Trials of one step; each is at most half as long as the last.
const TRIALS: usize = 100;

/// What a [`TrustRegion`] remembers.
#[derive(Clone, Debug)]
pub struct Region<S> {
    /// Where it is and how it went.
    pub track: Track<S>,
    /// Of the ball, for the next step; 0 before the first.
    pub radius: f64,
    krylov: Krylov,
    step: Tangent,
    product: Tangent,
    raw: Covector,
    /// What the geometry needs of dF for its Hessians.
    prepared: Covector,
    linear: Linear,
    /// G
    information: Vec<f64>,
    /// What it is multiplied by.
    factor: f64,
}
/// What products of the model are made of in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Products {
    /// Each is asked for.
    Asked,
    Jacobian,
    Information,
}
/// The residuals at a point and their Jacobian, `jacobian[j * m + k]` that of residual k in coordinate j.
#[derive(Clone, Debug, Default)]
struct Linear {
    r: Vec<f64>,
    jacobian: Vec<f64>,
    /// J v
    image: Vec<f64>,
}
impl Linear {
    fn look(&mut self, squares: &dyn Squares, x: &[f64], work: &mut Workspace) {
        self.r.resize(squares.residuals(), 0.0);
        self.jacobian.resize(squares.residuals() * x.len(), 0.0);
        squares.linearise(x, &mut self.r, Some(&mut self.jacobian), work);
    }
    /// out += scale * 2 J^T J v
    fn curvature(&mut self, v: &[f64], scale: f64, out: &mut [f64]) {
        let Linear { r, jacobian, image, .. } = self;
        image.resize(r.len(), 0.0);
        image.fill(0.0);
        let columns = || jacobian.chunks_exact(r.len());
        columns().zip(v).for_each(|(column, v)| steepest_kernels::axpy(*v, column, image));
        columns().zip(out).for_each(|(column, out)| *out += 2.0 * scale * steepest_kernels::dot(column, image));
    }
}

impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for TrustRegion
where
    S: State,
    F: Curved<S>,
    G: Covariant<S>,
    N: Silent,
{
    type Memory = Region<S>;
    fn order(&self) -> u32 {
        0
    }
    fn memory(&self, _flow: &Flow<F, G, N>, x: &S) -> Region<S> {
        let len = x.coords().len();
        Region {
            track: Track::new(x),
            radius: 0.0,
            krylov: Krylov::default(),
            step: Tangent::zeros(len),
            product: Tangent::zeros(len),
            raw: Covector::zeros(len),
            prepared: Covector::zeros(len),
            linear: Linear::default(),
            information: Vec::new(),
            factor: 1.0,
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, _h: f64, x: &mut S, m: &mut Region<S>) -> Result<Stride, Fault> {
        let before = m.track.evaluations;
        if !m.track.begun {
            m.track.begin(flow, at, x, self.stop);
            m.begun(x, self.stop);
        }
        let covered = match m.track.ending {
            None if m.track.norm <= self.stop.gradient => self.leave(flow, at, x, m),
            None => self.descend(flow, at, x, m),
            Some(_) => 0.0,
        };
        let critical = covered > 0.0 && m.track.ending == Some(Ending::Critical);
        if critical && self.way_down(flow, at, x, m).is_some() {
            m.track.ending = None;
        }
        Ok(Stride { h: covered, accepted: 1.0, gradients: m.track.evaluations - before })
    }
}

impl TrustRegion {
    /// Takes down what products of this step are made of.
    fn hold<S: State, F: Curved<S>>(&self, functional: &F, x: &S, m: &mut Region<S>) -> Products {
        let (x, work) = (x.coords(), &mut m.track.work);
        match (self.second, functional.squares(), functional.information()) {
            (Second::GaussNewton, Some(squares), _) => {
                m.linear.look(squares, x, work);
                Products::Jacobian
            }
            (Second::Information | Second::Scores, _, Some(information)) => {
                m.information.resize(x.len() * x.len(), 0.0);
                information.information(x, &mut m.information, work);
                m.information.iter_mut().for_each(|g| *g *= m.factor);
                Products::Information
            }
            _ => Products::Asked,
        }
    }
    /// One step; its length.
    fn descend<S, F, G, N>(&self, flow: &Flow<F, G, N>, at: Tick, x: &mut S, m: &mut Region<S>) -> f64
    where
        S: State,
        F: Curved<S>,
        G: Covariant<S>,
    {
        let products = self.hold(&flow.functional, x, m);
        let norm = m.track.norm;
        let Region { track: Track { xi, gradient, work, .. }, krylov, prepared, .. } = m;
        if products == Products::Asked {
            prepared.0.copy_from_slice(&xi.0);
            flow.geometry.prepare(x, prepared, work);
        }
        let exact = products != Products::Asked || flow.functional.price() == 1;
        krylov.begin((gradient, norm), flow.geometry.tangents(x), exact, |q| flow.geometry.settle(x, q, work));
        if !grow(flow, at, x, m, products) {
            m.track.ending = Some(Ending::Stalled);
            return 0.0;
        }
        if m.radius == 0.0 {
            m.radius = self.radius.unwrap_or_else(|| first_radius(x.coords(), norm, m.krylov.first()));
        }
        // Near the end what is left of the model's slope falls as the gradient does, down to what products resolve.
        let inside = (norm * norm.clamp(1e-8, 0.1)).max(ENOUGH * self.stop.gradient);
        let wanted = [inside, inside.max(AT_THE_EDGE * norm)];
        let least = if flow.geometry.flat() { KEPT } else { KEPT_ALONG };
        for _ in 0..TRIALS {
            let Some(found) = settle(flow, at, x, m, wanted, products) else {
                m.track.ending = Some(Ending::Stalled);
                return 0.0;
            };
            m.krylov.write(&mut m.step);
            let Region { track, step, .. } = m;
            let reach = flow.geometry.reach(x, step, &mut track.work);
            if reach < 1.0 {
                m.radius = (0.9 * reach).min(0.5) * found.length;
                continue;
            }
            track.next.coords_mut().copy_from_slice(x.coords());
            flow.geometry.retract(&mut track.next, step, 1.0, &mut track.work);
            let value = track.look(flow, at);
            let fell = track.value[1] - value;
            let blind = least_squares::blind(found.promised, fell, value);
            // Where values are rounding, slopes still tell.
            let kept = match blind {
                true => f64::from(u8::from(track.next_norm(flow, at) < track.norm)),
                false => fell / found.promised,
            };
            let finite = value.is_finite() && track.next_xi.0.iter().all(|xi| xi.is_finite());
            let radius = m.radius;
            m.radius = if !finite {
                0.1 * found.length
            } else if kept < 0.25 {
                shrunk(track.slope(&flow.geometry, x, step), fell) * found.length
            } else if kept > 0.75 {
                radius.max(3.0 * found.length)
            } else {
                radius
            };
            if finite && kept >= least {
                if self.second == Second::Scores {
                    m.learn(flow, at, x, found.promised);
                }
                m.track.audit_model(found.promised, value, found.length / radius);
                m.track.go(flow, at, x, value, self.stop);
                return found.length;
            }
            let size = x.coords().iter().map(|x| x * x).sum::<f64>().sqrt();
            if blind || m.radius <= f64::EPSILON * size.max(f64::MIN_POSITIVE) {
                m.track.ending = Some(m.track.drowned(found.promised));
                return 0.0;
            }
        }
        m.track.ending = Some(Ending::Stalled);
        0.0
    }
}

impl<S: State> Region<S> {
    /// Learns from the step to `next` by what G is to be multiplied: by how much F bent along it, as a multiple of what the model did.
    fn learn<F, G: Riemannian<S>, N>(&mut self, flow: &Flow<F, G, N>, at: Tick, x: &S, promised: f64) {
        let Region { track, step, factor, .. } = self;
        let slope = track.slope(&flow.geometry, x, step);
        flow.geometry.transport(x, &track.next, step, &mut track.work);
        let bent = track.next_slope(flow, at, step) - slope;
        let share = bent / (2.0 * (-slope - promised));
        if share > 0.0 && share.is_finite() {
            *factor *= share.clamp(1.0 / AT_ONCE, AT_ONCE);
        }
    }
}
/// The share of its length at which a parabola through the slope and the fall is least, between a tenth and a half.
fn shrunk(slope: f64, fell: f64) -> f64 {
    let best = 0.5 * slope / (slope + fell);
    if best.is_finite() { best.clamp(0.1, 0.5) } else { 0.25 }
}
/// As far as the model along the gradient falls, and a good part of the coordinates at most.
fn first_radius(x: &[f64], norm: f64, first: f64) -> f64 {
    let size = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let fall = if first > 0.0 { norm / first } else { 0.0 };
    (10.0 * fall).max(size.max(1.0)).max(f64::MIN_POSITIVE)
}
/// One product more; false where it is not finite.
fn grow<S, F, G, N>(flow: &Flow<F, G, N>, at: Tick, x: &S, m: &mut Region<S>, products: Products) -> bool
where
    S: State,
    F: Curved<S>,
    G: Covariant<S>,
{
    let Region { track: Track { work, evaluations, .. }, krylov, product, raw, prepared, linear, information, .. } = m;
    if products == Products::Asked {
        *evaluations += flow.functional.price();
    }
    let multiply = |v: &Tangent, out: &mut Tangent, work: &mut Workspace| {
        raw.0.fill(0.0);
        match products {
            Products::Asked => {
                flow.functional.curvature(x, v, 1.0, raw, work);
                flow.geometry.hessian(x, v, [prepared, raw], out, work);
                return;
            }
            Products::Jacobian => linear.curvature(&v.0, 1.0, &mut raw.0),
            Products::Information => steepest_kernels::symmetric(information, &v.0, &mut raw.0),
        }
        out.0.fill(0.0);
        flow.geometry.sharp(at, x, 1.0, raw, out, work);
    };
    let inner = |u: &Tangent, v: &Tangent, work: &mut Workspace| flow.geometry.inner(x, u, v, work);
    krylov.grow((product, work), multiply, inner, |q, work| flow.geometry.settle(x, q, work))
}
/// The minimum on the ball, over a space that is grown until what is left of the slope is no more than wanted, inside or at the
/// edge.
fn settle<S, F, G, N>(
    flow: &Flow<F, G, N>,
    at: Tick,
    x: &S,
    m: &mut Region<S>,
    wanted: [f64; 2],
    products: Products,
) -> Option<Found>
where
    S: State,
    F: Curved<S>,
    G: Covariant<S>,
{
    loop {
        let found = m.krylov.minimise(m.radius)?;
        if m.krylov.closed || found.left <= wanted[usize::from(found.damping > 0.0)] {
            return Some(found);
        }
        if !grow(flow, at, x, m, products) {
            return Some(found);
        }
    }
}

impl<S> Tracked<S> for Region<S> {
    fn track(&mut self) -> &mut Track<S> {
        &mut self.track
    }
    /// Whether a point without a slope is the end its curvatures tell, in the first stride.
    fn begun(&mut self, _x: &S, _stop: Stop) {
        if self.track.ending == Some(Ending::Critical) {
            self.track.ending = None;
        }
    }
}
/// What a step needs beside the radius is made anew in each.
impl<S: State> Persist for Region<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            track,
            radius,
            krylov: _,
            step: _,
            product: _,
            raw: _,
            prepared: _,
            linear: _,
            information: _,
            factor,
        } = self;
        track.pass(archive)?;
        radius.pass(archive)?;
        factor.pass(archive)
    }
}
