//! Points of a trajectory and the leapfrog between two gradients.
use super::Metric;
use steepest_core::{Archive, Persist};
use steepest_kernels as kernels;

/// A phase-space point with what is known there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Position.
    pub q: Vec<f64>,
    /// Momentum.
    pub p: Vec<f64>,
    /// dV(q).
    pub gradient: Vec<f64>,
    /// V(q).
    pub value: f64,
    /// M^-1 p, where a trajectory is under way.
    pub(super) velocity: Vec<f64>,
    /// M^-1 dV(q), likewise.
    pub(super) pull: Vec<f64>,
}
impl Point {
    /// A point of dimension d at rest at the origin.
    pub fn zeros(d: usize) -> Self {
        let zeros = || vec![0.0; d];
        Point { q: zeros(), p: zeros(), gradient: zeros(), value: 0.0, velocity: zeros(), pull: zeros() }
    }
    /// Copies without allocating.
    pub(super) fn set(&mut self, other: &Point) {
        self.q.copy_from_slice(&other.q);
        self.p.copy_from_slice(&other.p);
        self.gradient.copy_from_slice(&other.gradient);
        self.value = other.value;
        self.velocity.copy_from_slice(&other.velocity);
        self.pull.copy_from_slice(&other.pull);
    }
    /// Copies where it is, not how it moves.
    pub(super) fn settle(&mut self, other: &Point) {
        self.q.copy_from_slice(&other.q);
        self.gradient.copy_from_slice(&other.gradient);
        self.value = other.value;
    }
    /// What a metric makes of momentum and gradient, before the first leapfrog; returns the kinetic energy.
    pub(super) fn launch(&mut self, metric: &Metric) -> f64 {
        metric.velocity(&self.gradient, &mut self.pull);
        metric.kinetic(&self.p, &mut self.velocity)
    }
    /// p -= t dV(q). The velocity follows by linearity, so that a leapfrog asks the metric once, about the gradient.
    fn kick(&mut self, t: f64) {
        let forces = self.gradient.iter().zip(&self.pull);
        for ((p, v), (g, pull)) in self.p.iter_mut().zip(&mut self.velocity).zip(forces) {
            *p -= t * g;
            *v -= t * pull;
        }
    }
    /// The half of a leapfrog before the new gradient: p -= e/2 dV(q), q += e M^-1 p.
    pub(super) fn depart(&mut self, step: f64) {
        self.kick(0.5 * step);
        for (q, v) in self.q.iter_mut().zip(&self.velocity) {
            *q += step * v;
        }
    }
    /// The half after it: p -= e/2 dV(q). Returns the energy H there, infinite where V or dV is not finite.
    pub(super) fn arrive(&mut self, step: f64, seen: Answer<'_>, metric: &Metric) -> f64 {
        let Answer { value, gradient } = seen;
        self.gradient.copy_from_slice(gradient);
        self.value = value;
        metric.velocity(gradient, &mut self.pull);
        self.kick(0.5 * step);
        let energy = value + 0.5 * kernels::dot(&self.p, &self.velocity);
        if energy.is_finite() { energy } else { f64::INFINITY }
    }
}

/// What an energy says at the point that was asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    pub value: f64,
    pub gradient: &'a [f64],
}

/// What a transition did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Draw {
    /// H at the draw.
    pub energy: f64,
    /// H just after the momenta were refreshed.
    pub start_energy: f64,
    /// Kinetic energy just after the momenta were refreshed: chi-squared, d / 2 on average.
    pub kinetic: f64,
    /// H after the first leapfrog less H before: in equilibrium exp(-it) averages to one.
    pub first_error: f64,
    /// Mean acceptance probability along the trajectory.
    pub acceptance: f64,
    /// Mean of 2 / (1 + exp |dH|): the same, blind to the sign of the error.
    pub symmetric: f64,
    /// Gradients.
    pub leapfrogs: u64,
    /// Doublings.
    pub depth: u32,
    /// The energy error passed the bound.
    pub diverging: bool,
    /// It did where V itself is not finite: the trajectory left the domain of the energy, or met an overflow of it.
    pub outside: bool,
    /// The chain moved.
    pub moved: bool,
    /// The step it was made with.
    pub step: f64,
    /// Mean square of the energy error of a step, where steps are not adjusted one by one; else of the first.
    pub square_error: f64,
}

impl Persist for Point {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { q, p, gradient, value, velocity, pull } = self;
        [q, p, gradient, velocity, pull].into_iter().try_for_each(|part| part[..].pass(archive))?;
        value.pass(archive)
    }
}
