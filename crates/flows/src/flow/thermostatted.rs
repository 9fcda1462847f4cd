//! Nose-Hoover-Langevin dynamics with a noisy gradient: A, B, D, O solved exactly, and what a replay says of them.
use super::Bath;
use super::audit::{Audit, Auditable, look, virial};
use crate::functional::Noisy;
use crate::geometry::NoseHoover;
use crate::noise::normals;
use crate::scheme::{Splitting, Thermostat};
use crate::state::Thermostatted;
use steepest_core::{Archive, Flow, Persist, Potential, Split, Tick, Workspace};
use steepest_kernels::axpy;

/// The noisy force at q, kept while q does not move, and room for shocks.
#[derive(Clone, Debug)]
pub struct NoisyForce {
    gradient: Box<[f64]>,
    fresh: bool,
    white: Box<[f64]>,
    work: Workspace,
}
/// Shocks of O at places 0, 1, ... of a word, and the noise of the gradient.
const SHOCKS: u16 = 1;
const GRADIENT: u16 = 0x80;

/// What O keeps of a momentum over h with friction xi, and the variance of its shock over 2 gamma h / beta:
/// exp(-xi h) and (1 - exp(-2 xi h)) / (2 xi h), whatever the sign of xi.
fn bath(xi: f64, h: f64) -> (f64, f64) {
    let y = 2.0 * xi * h;
    let share = if y.abs() < 1e-8 { 1.0 - 0.5 * y } else { -(-y).exp_m1() / y };
    ((-0.5 * y).exp(), share)
}

impl<V: Potential, N: Bath> Split<Thermostatted> for Flow<Noisy<V>, NoseHoover, N> {
    type Part = Thermostat;
    type Memory = NoisyForce;
    fn memory(&self, x: &Thermostatted) -> NoisyForce {
        let zeros: Box<[f64]> = vec![0.0; x.n * x.d].into();
        NoisyForce { gradient: zeros.clone(), fresh: false, white: zeros, work: Workspace::default() }
    }
    /// A: q += h p. B: p -= h (dV(q) + sd z). D: xi += h (|p|^2 - d / beta) / mu. O: p <- exp(-xi h) p + shock.
    fn advance(
        &self,
        part: Thermostat,
        place: u16,
        at: Tick,
        h: f64,
        x: &mut Thermostatted,
        m: &mut NoisyForce,
    ) -> u64 {
        let (n, d, temperature) = (x.n, x.d, 1.0 / self.noise.beta());
        match part {
            Thermostat::A => {
                let (q, p, _) = x.split_mut();
                axpy(h, p, q);
                m.fresh = false;
                0
            }
            Thermostat::B => {
                let wanted = !m.fresh;
                if wanted {
                    m.gradient.fill(0.0);
                    if self.functional.sd > 0.0 {
                        normals(at, GRADIENT + place, self.noise.precision(), n, &mut m.white);
                        axpy(self.functional.sd, &m.white, &mut m.gradient);
                    }
                    self.functional.energy.gradients(x.q(), 1.0, &mut m.gradient, &mut m.work);
                    m.fresh = true;
                }
                axpy(-h, &m.gradient, x.split_mut().1);
                if wanted { n as u64 } else { 0 }
            }
            Thermostat::D => {
                let rate = h / self.geometry.inertia;
                let (_, p, xi) = x.split_mut();
                xi.iter_mut().for_each(|xi| *xi -= rate * d as f64 * temperature);
                for column in p.chunks_exact(n.max(1)) {
                    xi.iter_mut().zip(column).for_each(|(xi, p)| *xi += rate * p * p);
                }
                0
            }
            Thermostat::O => {
                normals(at, SHOCKS + place, self.noise.precision(), n, &mut m.white);
                let whole = 2.0 * self.geometry.friction * temperature * h;
                let (_, p, xi) = x.split_mut();
                for i in 0..n {
                    let (decay, share) = bath(xi[i], h);
                    let amplitude = (whole * share).sqrt();
                    for k in (0..d).map(|j| j * n + i) {
                        p[k] = decay * p[k] + amplitude * m.white[k];
                    }
                }
                0
            }
        }
    }
}

/// The replay says whether shocks have the variance of the bath, and what positions, momenta and thermostats look like. The work
/// of a path is not known where its force has noise that is not.
impl<V: Potential, N: Bath> Auditable<Thermostatted, Splitting<Thermostat>> for Flow<Noisy<V>, NoseHoover, N> {
    fn audit(&self, scheme: &Splitting<Thermostat>, at: Tick, h: f64, x: &Thermostatted, audit: &mut Audit) {
        let (n, d, beta) = (x.n, x.d, self.noise.beta());
        let (_, gradients) = look(&self.functional.energy, x.q());
        virial(x.q(), &gradients, beta, &mut audit.virial);
        for i in 0..n {
            audit.kinetic.push((0..d).map(|j| x.p()[j * n + i].powi(2)).sum::<f64>() * beta / d as f64);
        }
        // xi about the mean over the replicas, which costs one of n degrees of freedom.
        if n > 1 {
            let mean = x.xi().iter().sum::<f64>() / n as f64;
            let correction = self.geometry.inertia * beta * n as f64 / (n as f64 - 1.0);
            x.xi().iter().for_each(|xi| audit.thermostat.push(correction * (xi - mean).powi(2)));
        }
        let (mut y, mut memory) = (x.clone(), self.memory(x));
        for (place, &(part, fraction)) in scheme.tableau.iter().enumerate() {
            let before = (part == Thermostat::O).then(|| y.clone());
            self.advance(part, place as u16, at, fraction * h, &mut y, &mut memory);
            let Some(before) = before else { continue };
            for (k, (after, p)) in y.p().iter().zip(before.p()).enumerate() {
                let t = fraction * h;
                let (decay, share) = bath(before.xi()[k % n], t);
                let variance = 2.0 * self.geometry.friction * t * share;
                let blur = f64::EPSILON * (after.abs() + (decay * p).abs());
                audit.shock((after - decay * p).powi(2) * beta / variance, blur * blur * beta / variance);
            }
        }
    }
}
impl Persist for NoisyForce {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { gradient, fresh, white: _, work: _ } = self;
        gradient[..].pass(archive)?;
        fresh.pass(archive)
    }
}
