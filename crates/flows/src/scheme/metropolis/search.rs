//! A first step that is about right: doubled or halved until the acceptance of one leapfrog crosses 0.8.
use super::trajectory::Answer;
use super::{Metric, Point};
use steepest_core::{Archive, Persist};

/// A search under way [HoffmanGelman2014, Alg. 4].
#[derive(Clone, Debug)]
pub struct Search {
    moving: Point,
    start_energy: f64,
    /// +1 doubling, -1 halving, 0 not yet known.
    direction: i32,
    tries: u32,
}
impl Search {
    const CROSSING: f64 = 0.8;
    pub(super) fn new(d: usize) -> Self {
        Search { moving: Point::zeros(d), start_energy: 0.0, direction: 0, tries: 0 }
    }
    pub(super) fn begin(&mut self, from: &Point, step: f64, metric: &Metric) {
        self.direction = 0;
        self.tries = 0;
        self.leave(from, step, metric);
    }
    fn leave(&mut self, from: &Point, step: f64, metric: &Metric) {
        self.moving.set(from);
        self.start_energy = from.value + self.moving.launch(metric);
        self.moving.depart(step);
    }
    pub(super) fn ask(&self) -> &[f64] {
        &self.moving.q
    }
    /// True when `step` will do.
    pub(super) fn give(&mut self, seen: Answer<'_>, step: &mut f64, metric: &Metric, from: &Point) -> bool {
        let energy = self.moving.arrive(*step, seen, metric);
        let good = (self.start_energy - energy).exp() > Self::CROSSING;
        let wanted = if good { 1 } else { -1 };
        self.tries += 1;
        if (self.direction != 0 && self.direction != wanted) || self.tries > 60 {
            return true;
        }
        self.direction = wanted;
        *step *= if good { 2.0 } else { 0.5 };
        self.leave(from, *step, metric);
        false
    }
}

impl Persist for Search {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { moving, start_energy, direction, tries } = self;
        moving.pass(archive)?;
        start_energy.pass(archive)?;
        direction.pass(archive)?;
        tries.pass(archive)
    }
}
