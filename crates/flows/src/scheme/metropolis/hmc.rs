//! A fixed number of leapfrogs, then one accept or reject.
use super::trajectory::Answer;
use super::{DIVERGENCE, Draw, Metric, Point};

/// One HMC transition under way.
#[derive(Clone, Debug)]
pub struct Hmc {
    moving: Point,
    left: u32,
    leapfrogs: u32,
    start_energy: f64,
    kinetic: f64,
    first_error: f64,
}
impl Hmc {
    pub(super) fn new(d: usize, leapfrogs: u32) -> Self {
        Hmc {
            moving: Point::zeros(d),
            left: 0,
            leapfrogs: leapfrogs.max(1),
            start_energy: 0.0,
            kinetic: 0.0,
            first_error: 0.0,
        }
    }
    /// Leaves `from`, whose momentum is fresh.
    pub(super) fn begin(&mut self, from: &Point, step: f64, metric: &Metric, scratch: &mut [f64]) {
        let velocity = &mut scratch[..from.q.len()];
        self.kinetic = metric.kinetic(&from.p, velocity);
        self.start_energy = from.value + self.kinetic;
        self.moving.set(from);
        self.left = self.leapfrogs;
        self.moving.depart(step, metric, velocity);
    }
    pub(super) fn ask(&self) -> &[f64] {
        &self.moving.q
    }
    /// The next gradient; the draw when the trajectory has ended, `at` then being where the chain is.
    pub(super) fn give(
        &mut self,
        seen: Answer<'_>,
        uniform: f64,
        step: f64,
        metric: &Metric,
        at: &mut Point,
        scratch: &mut [f64],
    ) -> Option<Draw> {
        let velocity = &mut scratch[..at.q.len()];
        let energy = self.moving.arrive(step, seen, metric, velocity);
        if self.left == self.leapfrogs {
            self.first_error = energy - self.start_energy;
        }
        self.left -= 1;
        let diverging = energy - self.start_energy > DIVERGENCE;
        if self.left > 0 && !diverging {
            self.moving.depart(step, metric, velocity);
            return None;
        }
        let error = energy - self.start_energy;
        let acceptance = (-error).exp().min(1.0);
        let moved = uniform < acceptance;
        if moved {
            at.set(&self.moving);
        }
        Some(Draw {
            energy: if moved { energy } else { self.start_energy },
            start_energy: self.start_energy,
            kinetic: self.kinetic,
            first_error: self.first_error,
            acceptance,
            symmetric: 2.0 / (1.0 + error.abs().exp()),
            leapfrogs: u64::from(self.leapfrogs - self.left),
            depth: 0,
            diverging,
            moved,
            step,
        })
    }
}
