//! The ledger of noisy flows, by replay: since randomness is a pure function of the place in the run, the very stride a run
//! is about to take can be taken on the side, and held against the law the flow claims.
//!
//! Nothing is measured in the hot loop, and nothing is believed: noise and work are read off the positions before and after.
use super::Bath;
use super::path_work::{averaged_work, cloud_work, fresh_work};
use crate::functional::{Hamiltonian, PotentialEnergy};
use crate::geometry::{Euclidean, Friction, Symplectic};
use crate::noise::normals;
use crate::observer::Moments;
use crate::scheme::{Diffusion, EULER_MARUYAMA, Kinetic, LEIMKUHLER_MATTHEWS, Splitting};
use crate::state::{Cloud, Phase};
use steepest_core::{Archive, Balanced, Batch, Flow, Persist, Potential, Scheme, Split, State, Sum, Tick, Workspace};

/// What replayed strides say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audit {
    /// Squared shocks over the variance the flow claims: mean 1, variance 2. A noise amplitude wrong by a share e moves the
    /// mean by 2 e, so n of them see e > 2 sqrt(2 / n) at four standard errors.
    pub bath: Moments,
    /// Shadow work w of a replica over a stride, in units of 1 / beta: the log of the ratio of forward and backward path
    /// probabilities [SivakChoderaCrooks2013].
    pub work: Moments,
    /// exp(-w): mean 1 in equilibrium, the integral fluctuation theorem.
    pub fluctuation: Moments,
    /// x . beta dV(x) / d, one a replica, about the mean of the cloud: mean 1, the configurational temperature.
    pub virial: Moments,
    /// beta |p|^2 / d, one a replica: mean 1, the kinetic temperature.
    pub kinetic: Moments,
    /// Of a metric that depends on the place: how far shocks are from centred.
    pub drift: Drift,
    /// <dV, K dV> / <dV, D dV> of a replica, where Q is not 0: 1, whatever Q.
    pub current: Moments,
    /// beta mu (xi - xi_mean)^2 of a thermostat, one a replica: mean 1.
    pub thermostat: Moments,
    /// w^2 / 2 a degree of freedom, at most 1, one a replica: in equilibrium what `work` is on average, to second order, but seen
    /// from each. A scheme that is reversible in a law of its own does no work on average, however wrong that law is.
    pub size: Moments,
    /// Shocks that are not in `bath`, since rounding of the positions they are read off is not small beside them.
    pub blurred: f64,
    /// Works that are not in `fluctuation`, nor in `size` where they are no larger, since rounding of the energies is not small.
    pub hidden: f64,
}

/// Rounding of a shock, squared and over its variance, that does not show in the mean of `bath`: it is a bound, several times what
/// rounding is as a rule.
const BLUR: f64 = 1e-3;
/// Rounding of a work that does not show in the mean of exp(-w).
const HAZE: f64 = 0.1;

impl Audit {
    /// A squared shock over its variance, and the square of what rounding can have made of it.
    pub(super) fn shock(&mut self, square: f64, blur: f64) {
        if blur <= BLUR { self.bath.push(square) } else { self.blurred += 1.0 }
    }
    /// The work of a stride of d degrees of freedom, and what rounding can have made of it. One that is beyond all numbers, or none
    /// at all, counts among the largest.
    pub(super) fn stride(&mut self, work: f64, haze: f64, d: usize) {
        if work.is_finite() {
            if haze <= HAZE {
                self.fluctuation.push((-work).exp());
            } else {
                self.hidden += 1.0;
            }
        }
        self.size(work, haze, d);
    }
    /// The same where what is beside the positions has a law of its own, so that exp(-w) averages to one for short strides alone.
    pub(super) fn size(&mut self, work: f64, haze: f64, d: usize) {
        if !work.is_finite() {
            self.size.push(1.0);
            return;
        }
        self.work.push(work);
        if haze <= HAZE * work.abs().max(1.0) {
            self.size.push((0.5 * work * work / d as f64).min(1.0));
        }
    }
}

/// Shocks against the Ito drift g = h div D / beta, found by differences of D: their slope on it, weighted by their variance v.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drift {
    /// Sum of r g / v, r what a stride moved beyond -h K dV: its mean is that of `weight`.
    pub moved: f64,
    /// Sum of g^2 / v: the slope has the standard error 1 / sqrt(weight).
    pub weight: f64,
}
impl Persist for Drift {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { moved, weight } = self;
        moved.pass(archive)?;
        weight.pass(archive)
    }
}

/// A flow and a scheme whose strides can be replayed.
pub trait Auditable<S: State, C> {
    /// Adds to `audit` what the stride from `x` at `at` says; `x` is left alone. `at.first` and `at.of` place a block.
    fn audit(&self, scheme: &C, at: Tick, h: f64, x: &S, audit: &mut Audit);
    /// Strides in which a path from exp(-beta V) comes to the law of the scheme, but for what it forgets slowly; `None` where no
    /// work of paths says how far that law is from exp(-beta V).
    fn forgets(&self, _scheme: &C, _h: f64) -> Option<u64> {
        None
    }
    /// Shadow work of paths of so many strides of h that leave the positions `q` at `at`, with fresh momenta
    /// where there are any, in units of 1 / beta; `None` where there is no such work, or paths break down.
    fn path_work(&self, _scheme: &C, _at: Tick, _strides: (f64, u64), _q: Batch<'_>) -> Option<Vec<f64>> {
        None
    }
}

/// values, gradients of V at a batch.
pub(super) fn look(v: &dyn Potential, batch: Batch<'_>) -> (Vec<f64>, Vec<f64>) {
    let (mut values, mut gradients) = (vec![0.0; batch.n], vec![0.0; batch.n * batch.d]);
    v.values_and_gradients(batch, 1.0, &mut values, &mut gradients, &mut Workspace::default());
    (values, gradients)
}
/// The virial of each replica about the mean of the cloud, which costs one of n degrees of freedom.
pub(super) fn virial(x: Batch<'_>, gradient: &[f64], beta: f64, into: &mut Moments) {
    if x.n < 2 {
        return;
    }
    let mean: Vec<f64> = (0..x.d).map(|j| x.column(j).iter().sum::<f64>() / x.n as f64).collect();
    let correction = x.n as f64 / (x.n as f64 - 1.0);
    for i in 0..x.n {
        let sum: f64 = (0..x.d).map(|j| (x.column(j)[i] - mean[j]) * gradient[j * x.n + i]).sum();
        into.push(beta * sum / x.d as f64 * correction);
    }
}

/// The sum of the shocks of a stride over one whole shock, squared.
fn share(scheme: &Splitting<Diffusion>) -> f64 {
    // A shock over a fraction f of the stride is sqrt(f) of the whole one; independent shocks add their squares.
    scheme.tableau.iter().filter(|(part, _)| *part != Diffusion::Drift).map(|(_, fraction)| fraction).sum()
}
/// A replayed stride of a cloud.
pub(super) struct Replay {
    /// V and dV before it, and after.
    ends: [(Vec<f64>, Vec<f64>); 2],
    /// y - x + h dV(x), and what rounding can have made of it.
    shock: Vec<(f64, f64)>,
    /// x - y + h dV(y).
    reverse: Vec<f64>,
}
/// Replays a stride of `scheme` along `flow`, and holds it against the Langevin law of (V, beta) with shocks of the given share; `None`
/// where it breaks down, which the run itself will report.
fn replay<P, C: Scheme<P, Cloud>>(
    (v, beta): (&dyn Potential, f64),
    share: f64,
    (flow, scheme): (&P, &C),
    (at, h): (Tick, f64),
    x: &Cloud,
    audit: &mut Audit,
) -> Option<Replay> {
    let (values, gradients) = look(v, x.batch());
    virial(x.batch(), &gradients, beta, &mut audit.virial);
    let mut y = x.clone();
    let mut memory = scheme.memory(flow, &y);
    scheme.step(flow, at, h, &mut y, &mut memory).ok()?;
    let (after, back) = look(v, y.batch());
    let shock = |k: usize| {
        let blur = f64::EPSILON * (x.x[k].abs() + y.x[k].abs() + h * gradients[k].abs().max(back[k].abs()));
        (y.x[k] - x.x[k] + h * gradients[k], blur)
    };
    let shock: Vec<(f64, f64)> = (0..x.x.len()).map(shock).collect();
    for i in 0..x.n {
        for (shock, blur) in (0..x.d).map(|j| shock[j * x.n + i]) {
            audit.shock(shock * shock * beta / (2.0 * h * share), blur * blur * beta / (2.0 * h * share));
        }
    }
    let reverse = (0..x.x.len()).map(|k| x.x[k] - y.x[k] + h * back[k]).collect();
    Some(Replay { ends: [(values, gradients), (after, back)], shock, reverse })
}
/// Replays a stride of `scheme`, whose positions are Markov, along `flow`, and holds it against the Langevin law of (V, beta), with
/// shocks of the given share (1 for Euler-Maruyama).
pub fn audit_cloud<P, C: Scheme<P, Cloud>>(
    claim: (&dyn Potential, f64),
    share: f64,
    through: (&P, &C),
    (at, h): (Tick, f64),
    x: &Cloud,
    audit: &mut Audit,
) {
    let Some(Replay { ends: [(values, _), (after, _)], shock, reverse }) =
        replay(claim, share, through, (at, h), x, audit)
    else {
        return;
    };
    let (n, beta) = (x.n, claim.1);
    for i in 0..n {
        let (mut heat, mut haze) = (0.0, 0.0);
        for k in (0..x.d).map(|j| j * n + i) {
            let (forward, blur) = shock[k];
            heat += forward * forward - reverse[k] * reverse[k];
            haze += blur * (forward.abs() + reverse[k].abs());
        }
        let w = beta * (after[i] - values[i]) - beta * heat / (4.0 * h * share);
        let haze = beta * (f64::EPSILON * (after[i].abs() + values[i].abs()) + haze / (2.0 * h * share));
        audit.stride(w, haze, x.d);
    }
}
/// The same for Leimkuhler-Matthews, whose positions are not Markov, but are with the last shock beside them: a stride is one of BAOAB at
/// infinite friction with stride e = sqrt(2 h), from the momentum R_k / sqrt(beta) - e dV(x) / 2.
fn audit_averaged<P, C: Scheme<P, Cloud>>(
    claim: (&dyn Potential, f64),
    white: &[f64],
    through: (&P, &C),
    (at, h): (Tick, f64),
    x: &Cloud,
    audit: &mut Audit,
) {
    let share = share(&LEIMKUHLER_MATTHEWS);
    let Some(Replay { ends: [(values, slopes), (after, back)], shock, .. }) =
        replay(claim, share, through, (at, h), x, audit)
    else {
        return;
    };
    let (n, beta, half) = (x.n, claim.1, (0.5 * h).sqrt());
    for i in 0..n {
        let (mut w, mut haze) = (after[i] - values[i], f64::EPSILON * (after[i].abs() + values[i].abs()));
        for k in (0..x.d).map(|j| j * n + i) {
            let kept = white[k] / beta.sqrt();
            let (before, kicked) = (kept - half * slopes[k], kept - 2.0 * half * slopes[k]);
            let fresh = shock[k].0 / half - kept;
            let end = fresh - half * back[k];
            w += 0.5 * (end * end - fresh * fresh + kicked * kicked - before * before);
            haze += back[k].abs() * shock[k].1 + f64::EPSILON * half * (fresh * back[k]).abs();
        }
        audit.size(beta * w, beta * haze, x.d);
    }
}
/// Strides in which stiff modes of overdamped dynamics are forgotten: one that takes longer has a divergence below 1e-4.
const STIFF: u64 = 32;

impl<V, N> Auditable<Cloud, Splitting<Diffusion>> for Flow<PotentialEnergy<V>, Euclidean, N>
where
    V: Potential,
    N: Bath,
    Self: Split<Cloud, Part = Diffusion>,
{
    fn audit(&self, scheme: &Splitting<Diffusion>, at: Tick, h: f64, x: &Cloud, audit: &mut Audit) {
        let claim = (&self.functional.0 as &dyn Potential, self.noise.beta());
        if *scheme != LEIMKUHLER_MATTHEWS {
            if scheme.tableau.iter().all(|(part, _)| *part != Diffusion::NextShock) {
                return audit_cloud(claim, share(scheme), (self, scheme), (at, h), x, audit);
            }
            replay(claim, share(scheme), (self, scheme), (at, h), x, audit);
            return;
        }
        let mut white = vec![0.0; x.x.len()];
        normals(at, 0, self.noise.precision(), x.n, &mut white);
        audit_averaged(claim, &white, (self, scheme), (at, h), x, audit);
    }
    fn forgets(&self, scheme: &Splitting<Diffusion>, _h: f64) -> Option<u64> {
        Some(STIFF).filter(|_| *scheme == EULER_MARUYAMA || *scheme == LEIMKUHLER_MATTHEWS)
    }
    fn path_work(
        &self,
        scheme: &Splitting<Diffusion>,
        at: Tick,
        (h, strides): (f64, u64),
        q: Batch<'_>,
    ) -> Option<Vec<f64>> {
        self.forgets(scheme, h)?;
        let energy = (&self.functional.0 as &dyn Potential, self.noise.beta());
        if *scheme == LEIMKUHLER_MATTHEWS {
            return Some(averaged_work(energy, (at, h, strides), q));
        }
        cloud_work(energy, (self, scheme), (at, h, strides), Cloud { n: q.n, d: q.d, x: q.x.into() }).ok()
    }
}

/// Replays a stride of `scheme`, part by part, along `flow`, and holds it against the law of `claim`.
pub fn audit_phase<V: Potential, N: Balanced, P: Split<Phase, Part = Kinetic>>(
    claim: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N>,
    (flow, scheme): (&P, &Splitting<Kinetic>),
    (at, h): (Tick, f64),
    x: &Phase,
    audit: &mut Audit,
) {
    let (n, d, beta) = (x.n, x.d, claim.noise.beta());
    let kinetic = |x: &Phase, i: usize| (0..d).map(|j| 0.5 * x.p()[j * n + i].powi(2)).sum::<f64>();
    let (values, gradients) = look(&claim.functional.0, x.q());
    virial(x.q(), &gradients, beta, &mut audit.virial);
    let mut y = x.clone();
    let mut memory = flow.memory(&y);
    let mut heat = vec![0.0; n];
    for (place, &(part, fraction)) in scheme.tableau.iter().enumerate() {
        let before = (part == Kinetic::O).then(|| y.clone());
        flow.advance(part, place as u16, at, fraction * h, &mut y, &mut memory);
        let Some(before) = before else { continue };
        let decay = (-claim.geometry.1.gamma * fraction * h).exp();
        let variance = (1.0 - decay * decay) / beta;
        for (after, before) in y.p().iter().zip(before.p()) {
            let blur = f64::EPSILON * (after.abs() + before.abs());
            audit.shock((after - decay * before).powi(2) / variance, blur * blur / variance);
        }
        for (i, heat) in heat.iter_mut().enumerate() {
            *heat += kinetic(&y, i) - kinetic(&before, i);
        }
    }
    let (after, _) = look(&claim.functional.0, y.q());
    for i in 0..n {
        let (cold, warm) = (kinetic(x, i), kinetic(&y, i));
        audit.kinetic.push(2.0 * beta * cold / d as f64);
        let w = beta * (after[i] + warm - values[i] - cold - heat[i]);
        let sizes = after[i].abs() + values[i].abs() + 2.0 * (warm + cold) + heat[i].abs();
        audit.stride(w, beta * f64::EPSILON * sizes, d);
    }
}
impl<V, N> Auditable<Phase, Splitting<Kinetic>> for Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N>
where
    V: Potential,
    N: Balanced,
    Self: Split<Phase, Part = Kinetic>,
{
    fn audit(&self, scheme: &Splitting<Kinetic>, at: Tick, h: f64, x: &Phase, audit: &mut Audit) {
        audit_phase(self, (self, scheme), (at, h), x, audit);
    }
    /// Words that are their own mirror image: read backwards, others are other schemes, and what they do is not small beside their bias.
    fn forgets(&self, scheme: &Splitting<Kinetic>, h: f64) -> Option<u64> {
        let bath = self.geometry.1.gamma > 0.0 && scheme.tableau.iter().any(|(part, _)| *part == Kinetic::O);
        let strides = (4.0 / (self.geometry.1.gamma * h)).max(STIFF as f64);
        Some(strides as u64).filter(|_| bath && scheme.reversible())
    }
    fn path_work(
        &self,
        scheme: &Splitting<Kinetic>,
        at: Tick,
        (h, strides): (f64, u64),
        q: Batch<'_>,
    ) -> Option<Vec<f64>> {
        self.forgets(scheme, h)?;
        Some(fresh_work(self, scheme, (at, h, strides), q))
    }
}

impl Persist for Audit {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { bath, work, fluctuation, virial, kinetic, drift, current, thermostat, size, blurred, hidden } = self;
        drift.pass(archive)?;
        blurred.pass(archive)?;
        hidden.pass(archive)?;
        [bath, work, fluctuation, virial, kinetic, current, thermostat, size]
            .into_iter()
            .try_for_each(|moments| moments.pass(archive))
    }
}
