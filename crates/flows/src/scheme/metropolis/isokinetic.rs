//! Isokinetic dynamics: the velocity keeps its length and turns downhill; the energy it would have gained is kept account of.
//!
//! In the coordinates in which the metric is the identity, x' = u, u' = -(1 - u u^T) dV / (d - 1), |u| = 1. Time is scaled by
//! sqrt(d), so that steps and lengths compare with those of HMC, whose momenta have that length.
use super::trajectory::Answer;
use super::{DIVERGENCE, Draw, Metric, Point};
use steepest_core::Tick;
use steepest_kernels::{dot, normals};

/// Randomness of the directions.
const DIRECTIONS: u16 = 0x103;
/// The first kick of the minimal-norm splitting: a share of the step, as is the third; two half drifts between them
/// [OmelyanMryglodFolk2003].
const KICK: f64 = 0.1931833275037836;

/// Noise beside which a direction is below rounding. That of a step of many lengths is beyond all numbers.
const FORGOTTEN: f64 = 1e20;

/// A few steps of isokinetic Langevin dynamics, or of its Metropolised form, under way [RobnikEtAl2023].
#[derive(Clone, Debug)]
pub struct Isokinetic {
    moving: Point,
    /// dV in the coordinates in which the metric is the identity.
    slope: Vec<f64>,
    noise: Vec<f64>,
    adjusted: bool,
    /// After which length the direction is forgotten, in units of time.
    pub(super) length: f64,
    steps: u64,
    done: u64,
    /// Whether the drift under way is the second of its step.
    second: bool,
    /// Energy gained by the kicks: of this step, of all.
    gained: f64,
    value: f64,
    error: f64,
    first_error: f64,
    square_error: f64,
    /// Shadow work, the sum of the errors of the energy of all steps but those that diverged, in units of 1 / beta.
    pub(super) worked: f64,
}

impl Isokinetic {
    pub(super) fn new(d: usize, adjusted: bool, length: f64) -> Self {
        Isokinetic {
            moving: Point::zeros(d),
            slope: vec![0.0; d],
            noise: vec![0.0; d],
            adjusted,
            length,
            steps: 1,
            done: 0,
            second: false,
            gained: 0.0,
            value: 0.0,
            error: 0.0,
            first_error: 0.0,
            square_error: 0.0,
            worked: 0.0,
        }
    }
    /// Leaves `from`, whose momentum is white noise where the direction is to be fresh, else the direction so far.
    pub(super) fn begin(&mut self, from: &Point, step: f64, metric: &Metric) {
        self.moving.set(from);
        let size = dot(&from.p, &from.p).sqrt();
        self.moving.p.iter_mut().for_each(|u| *u /= size);
        self.steps = self.steps_of(step);
        (self.done, self.second) = (0, false);
        (self.error, self.square_error) = (0.0, 0.0);
        self.look(metric);
        self.depart(step, metric);
    }
    /// Steps of a transition.
    pub(super) fn steps_of(&self, step: f64) -> u64 {
        (self.length / step).round().clamp(1.0, 1000.0) as u64
    }
    /// Whether each transition draws its direction anew.
    pub(super) fn forgets(&self) -> bool {
        self.adjusted
    }
    pub(super) fn ask(&self) -> &[f64] {
        &self.moving.q
    }
    fn look(&mut self, metric: &Metric) {
        self.slope.copy_from_slice(&self.moving.gradient);
        metric.root_transposed(&mut self.slope);
    }
    /// The first kick and drift of a step.
    fn depart(&mut self, step: f64, metric: &Metric) {
        self.value = self.moving.value;
        self.gained = 0.0;
        self.kick(KICK * step);
        self.drift(0.5 * step, metric);
        self.second = false;
    }
    /// u <- (u + e (sinh a + e.u (cosh a - 1))) / (cosh a + e.u sinh a), e = -dV / |dV|, a = t |dV| / (d - 1).
    fn kick(&mut self, time: f64) {
        let d = self.slope.len() as f64;
        let size = dot(&self.slope, &self.slope).sqrt();
        if size == 0.0 {
            return;
        }
        let u = &mut self.moving.p;
        let along = -dot(u, &self.slope) / size;
        let angle = time * d.sqrt() * size / (d - 1.0);
        let fading = (-angle).exp();
        // Both sides over e^a / 2, so that nothing overflows.
        let (kept, turned) = (2.0 * fading, (1.0 - fading) * (1.0 + fading + along * (1.0 - fading)));
        u.iter_mut().zip(&self.slope).for_each(|(u, g)| *u = kept * *u - turned * g / size);
        let length = dot(u, u).sqrt();
        u.iter_mut().for_each(|u| *u /= length);
        let growth = 0.5 * (1.0 + along + (1.0 - along) * fading * fading);
        self.gained += (d - 1.0) * (angle + growth.ln());
    }
    fn drift(&mut self, time: f64, metric: &Metric) {
        let speed = time * (self.slope.len() as f64).sqrt();
        self.noise.iter_mut().zip(&self.moving.p).for_each(|(way, u)| *way = speed * u);
        metric.root(&mut self.noise);
        self.moving.q.iter_mut().zip(&self.noise).for_each(|(q, way)| *q += way);
    }
    /// u <- (u + nu z) / |u + nu z|, nu^2 = (exp(2 step / length) - 1) / d; z / |z| where nothing of u is left.
    fn forget(&mut self, at: Tick, id: u64, step: f64) {
        let d = self.noise.len();
        let nu = ((2.0 * step / self.length).exp_m1() / d as f64).sqrt();
        normals(at.key, at.step, DIRECTIONS, (id << 32) + self.done * d as u64, &mut self.noise);
        let u = &mut self.moving.p;
        if nu < FORGOTTEN {
            u.iter_mut().zip(&self.noise).for_each(|(u, z)| *u += nu * z);
        } else {
            u.copy_from_slice(&self.noise);
        }
        let length = dot(u, u).sqrt();
        u.iter_mut().for_each(|u| *u /= length);
    }
    /// The next gradient; the draw when the last step has ended, `at` then being where the chain is. `uniform` is asked for only
    /// there.
    pub(super) fn give(
        &mut self,
        (tick, id): (Tick, u64),
        seen: Answer<'_>,
        uniform: impl FnOnce() -> f64,
        step: f64,
        metric: &Metric,
        at: &mut Point,
    ) -> Option<Draw> {
        self.moving.value = seen.value;
        self.moving.gradient.copy_from_slice(seen.gradient);
        self.look(metric);
        if !self.second {
            self.kick((1.0 - 2.0 * KICK) * step);
            self.drift(0.5 * step, metric);
            self.second = true;
            return None;
        }
        self.kick(KICK * step);
        self.done += 1;
        let error = seen.value - self.value + self.gained;
        let diverging = error.is_nan() || error.abs() > DIVERGENCE;
        if self.done == 1 {
            self.first_error = if error.is_finite() { error } else { f64::INFINITY };
        }
        self.error += error;
        self.square_error += error * error;
        if diverging {
            at.p.iter_mut().for_each(|u| *u = -*u);
            return Some(Draw { outside: !seen.value.is_finite(), ..self.draw(at.value, 0.0, true, false, step) });
        }
        self.worked += error;
        if !self.adjusted {
            self.forget(tick, id, step);
            at.set(&self.moving);
        }
        if self.done < self.steps {
            self.depart(step, metric);
            return None;
        }
        let acceptance = if self.adjusted { (-self.error).exp().min(1.0) } else { 1.0 };
        let moved = uniform() < acceptance;
        if moved && self.adjusted {
            at.set(&self.moving);
        }
        Some(self.draw(at.value, acceptance, false, moved, step))
    }
    fn draw(&self, energy: f64, acceptance: f64, diverging: bool, moved: bool, step: f64) -> Draw {
        let d = self.slope.len() as f64;
        Draw {
            energy,
            start_energy: energy,
            kinetic: 0.5 * d,
            first_error: self.first_error,
            acceptance,
            symmetric: if diverging { 0.0 } else { 2.0 / (1.0 + self.error.abs().exp()) },
            leapfrogs: 2 * self.done,
            depth: 0,
            diverging,
            outside: false,
            moved,
            step,
            square_error: self.square_error / self.done as f64,
        }
    }
}
