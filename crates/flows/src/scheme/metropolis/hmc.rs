//! A few leapfrogs, then one accept or reject.
use super::trajectory::Answer;
use super::{DIVERGENCE, Draw, Metric, Path, Point};

/// One HMC transition under way.
#[derive(Clone, Debug)]
pub struct Hmc {
    moving: Point,
    left: u32,
    leapfrogs: u32,
    pub(super) path: Path,
    jitter: f64,
    /// Whether a refused momentum is turned round.
    flips: bool,
    start_energy: f64,
    kinetic: f64,
    first_error: f64,
}
impl Hmc {
    pub(super) fn new(d: usize, path: Path, jitter: f64, flips: bool) -> Self {
        Hmc {
            moving: Point::zeros(d),
            left: 0,
            leapfrogs: 1,
            path,
            jitter,
            flips,
            start_energy: 0.0,
            kinetic: 0.0,
            first_error: 0.0,
        }
    }
    /// Leaves `from`, whose momentum is fresh; `uniform` is asked for where the extent is jittered.
    pub(super) fn begin(&mut self, from: &Point, uniform: &mut dyn FnMut() -> f64, step: f64, metric: &Metric) {
        let extent = match self.path {
            Path::Leapfrogs(count) => f64::from(count),
            Path::Time(length) => length / step,
        };
        let share = if self.jitter > 0.0 { 1.0 + self.jitter * (2.0 * uniform() - 1.0) } else { 1.0 };
        self.leapfrogs = (extent * share).round().clamp(1.0, 1e5) as u32;
        self.moving.set(from);
        self.kinetic = self.moving.launch(metric);
        self.start_energy = from.value + self.kinetic;
        self.left = self.leapfrogs;
        self.moving.depart(step);
    }
    pub(super) fn ask(&self) -> &[f64] {
        &self.moving.q
    }
    pub(super) fn end(&self) -> &Point {
        &self.moving
    }
    /// The next gradient; the draw when the trajectory has ended, `at` then being where the chain is. `uniform` is asked for only
    /// there.
    pub(super) fn give(
        &mut self,
        seen: Answer<'_>,
        uniform: impl FnOnce() -> f64,
        step: f64,
        metric: &Metric,
        at: &mut Point,
    ) -> Option<Draw> {
        let energy = self.moving.arrive(step, seen, metric);
        if self.left == self.leapfrogs {
            self.first_error = energy - self.start_energy;
        }
        self.left -= 1;
        let diverging = energy - self.start_energy > DIVERGENCE;
        if self.left > 0 && !diverging {
            self.moving.depart(step);
            return None;
        }
        let error = energy - self.start_energy;
        let acceptance = (-error).exp().min(1.0);
        let moved = uniform() < acceptance;
        if moved {
            at.set(&self.moving);
        } else if self.flips {
            at.p.iter_mut().for_each(|p| *p = -*p);
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
            outside: !seen.value.is_finite(),
            moved,
            step,
            square_error: self.first_error * self.first_error,
        })
    }
}
