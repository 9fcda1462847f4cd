//! Underdamped Langevin and its noiseless mechanics: the letters A, B, O, each solved exactly over the whole batch.
use super::Bath;
use crate::functional::Hamiltonian;
use crate::geometry::{Friction, Symplectic};
use crate::noise::{glide, shock};
use crate::scheme::splitting::Kinetic;
use crate::state::Phase;
use steepest_core::{Archive, Flow, Persist, Potential, Split, Sum, Tick, Workspace};
use steepest_kernels::{axpy, axpy_twice};

/// The force at q, kept while q does not move: the last B of a stride and the first B of the next share it.
///
/// It belongs to one trajectory: whoever changes q by hand takes a new memory.
#[derive(Clone, Debug)]
pub struct Force {
    /// dV(q), component-major.
    pub gradient: Box<[f64]>,
    /// Whether `gradient` is the one at the present q.
    pub fresh: bool,
    work: Workspace,
}
/// Streams 1, 2, ... are the O parts at places 0, 1, ... of a stride; stream 0 is the noise of one-part schemes.
const FIRST_STREAM: u16 = 1;

impl<V: Potential, N: Bath> Split<Phase> for Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N> {
    type Part = Kinetic;
    type Memory = Force;
    fn memory(&self, x: &Phase) -> Force {
        force(x)
    }
    /// A: q += h p. B: p -= h dV(q). O: p <- c p + sqrt((1 - c^2) / beta) R, c = exp(-gamma h).
    fn advance(&self, part: Kinetic, place: u16, at: Tick, h: f64, x: &mut Phase, force: &mut Force) -> u64 {
        match part {
            Kinetic::A => {
                let (q, p) = x.split_mut();
                axpy(h, p, q);
                force.fresh = false;
                0
            }
            Kinetic::B => {
                let gradients = refresh(&self.functional.0, x, force);
                axpy(-h, &force.gradient, x.split_mut().1);
                gradients
            }
            Kinetic::O => {
                let (decay, amplitude) = bath(self.geometry.1, self.noise.beta(), h);
                let n = x.n;
                let (_, p) = x.split_mut();
                if amplitude > 0.0 {
                    shock((decay, amplitude), at, FIRST_STREAM + place, self.noise.precision(), n, p);
                } else if decay != 1.0 {
                    p.iter_mut().for_each(|p| *p *= decay);
                }
                0
            }
        }
    }
    /// Drifts on both sides of a bath are one pass with it, and so are two kicks by one force.
    fn strides(
        &self,
        tableau: &[(Kinetic, f64)],
        at: Tick,
        h: f64,
        count: u64,
        x: &mut Phase,
        force: &mut Force,
    ) -> u64 {
        let (mut gradients, mut k, parts) = (0, 0, tableau.len() as u64);
        // What comes before the first whole round of drifts and kicks, the rounds, and what is left of the last stride.
        let mut rounds = rounds(tableau, count);
        let cold = self.noise.beta() == f64::INFINITY || self.geometry.1.gamma == 0.0;
        while k < count * parts {
            let (done, place) = (k / parts, (k % parts) as usize);
            if let Some((_, units, strides)) = rounds.take_if(|(lead, ..)| *lead as u64 == k) {
                let units: Vec<[f64; 4]> = units.iter().map(|unit| unit.map(|fraction| fraction * h)).collect();
                let (n, (q, p)) = (x.n, x.split_mut());
                if self.functional.0.leapfrogs(&units, strides, n, q, p) {
                    force.fresh = false;
                    gradients += strides * units.len() as u64 * n as u64;
                    k += strides * parts;
                    continue;
                }
            }
            let at = Tick { t: at.t + done as f64 * h, step: at.step + done, ..at };
            let next = tableau.get(if k + 1 < count * parts { (place + 1) % tableau.len() } else { place + 1 });
            k += match (tableau[place..].get(..3), tableau[place], next) {
                (Some(&[(Kinetic::A, drift), (Kinetic::O, share), (Kinetic::A, again)]), ..)
                    if drift == again && !cold =>
                {
                    let (decay, amplitude) = bath(self.geometry.1, self.noise.beta(), share * h);
                    let (n, stream) = (x.n, FIRST_STREAM + place as u16 + 1);
                    glide((drift * h, decay, amplitude), at, stream, self.noise.precision(), n, x.split_mut());
                    force.fresh = false;
                    3
                }
                (_, (Kinetic::B, first), Some(&(Kinetic::B, second))) => {
                    let (n, (q, p)) = (x.n, x.split_mut());
                    let kicks = [0.0, 0.0, first * h, second * h];
                    // A force that no third kick waits for is not written down: a drift comes first, shocks set aside.
                    let ahead = tableau.iter().cycle().skip(place + 2).take(parts.min(count * parts - k - 2) as usize);
                    let last = ahead.map(|(part, _)| *part).find(|part| *part != Kinetic::O) == Some(Kinetic::A);
                    if last && !force.fresh && self.functional.0.leapfrogs(&[kicks], 1, n, q, p) {
                        gradients += n as u64;
                    } else {
                        gradients += refresh(&self.functional.0, x, force);
                        axpy_twice(-(first * h), -(second * h), &force.gradient, x.split_mut().1);
                    }
                    2
                }
                (_, (part, fraction), _) => {
                    gradients += self.advance(part, place as u16, at, fraction * h, x, force);
                    1
                }
            };
        }
        gradients
    }
}
/// A force not yet known, for states shaped like `x`.
pub(super) fn force(x: &Phase) -> Force {
    Force { gradient: vec![0.0; x.n * x.d].into(), fresh: false, work: Workspace::default() }
}
/// For a tableau of drifts and kicks, taken `count` times: the parts before the first round, a round as [drift, drift, kick,
/// kick] in fractions of h, and how many of them there are. A round is a stride that begins with the drifts after the last
/// kick of the one before. None where there is no such round.
fn rounds(tableau: &[(Kinetic, f64)], count: u64) -> Option<(usize, Vec<[f64; 4]>, u64)> {
    let last = tableau.iter().rposition(|(part, _)| *part == Kinetic::B)? + 1;
    let lead = if last == tableau.len() { tableau.iter().position(|(part, _)| *part == Kinetic::A)? } else { last };
    if count < 2 || tableau.iter().any(|(part, _)| *part == Kinetic::O) {
        return None;
    }
    let mut units: Vec<[f64; 4]> = Vec::new();
    let mut before = Kinetic::B;
    for &(part, fraction) in tableau[lead..].iter().chain(&tableau[..lead]) {
        if part == Kinetic::A && before == Kinetic::B {
            units.push([0.0; 4]);
        }
        let free = if part == Kinetic::A { 0..2 } else { 2..4 };
        *units.last_mut()?[free].iter_mut().find(|fraction| **fraction == 0.0)? = fraction;
        before = part;
    }
    Some((lead, units, count - 1))
}
/// The force at q, if it is not known; the gradients evaluated.
pub(super) fn refresh(v: &impl Potential, x: &Phase, force: &mut Force) -> u64 {
    if force.fresh {
        return 0;
    }
    force.gradient.fill(0.0);
    v.gradients(x.q(), 1.0, &mut force.gradient, &mut force.work);
    force.fresh = true;
    x.n as u64
}
/// What a bath keeps of a momentum over a time h, and the size of its shock.
fn bath(friction: Friction, beta: f64, h: f64) -> (f64, f64) {
    let exponent = friction.gamma * h;
    // 1 - c^2 without cancellation at weak friction.
    ((-exponent).exp(), (-(-2.0 * exponent).exp_m1() / beta).sqrt())
}

impl Persist for Force {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { gradient, fresh, work: _ } = self;
        gradient[..].pass(archive)?;
        fresh.pass(archive)
    }
}
