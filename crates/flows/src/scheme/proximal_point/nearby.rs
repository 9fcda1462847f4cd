//! NEARBY: F(y) + D(y, centre) / h, what a minimizing movement minimises.
use steepest_core::{Covector, Differential, Functional, Proximity, State, Tick, Workspace};

/// F(y) + rate D(y, centre).
pub(super) struct Nearby<'a, F, G, S> {
    pub(super) functional: &'a F,
    pub(super) geometry: &'a G,
    pub(super) centre: &'a S,
    /// 1 / h
    pub(super) rate: f64,
}

impl<F: Functional<S>, G: Proximity<S>, S: State> Differential<S> for Nearby<'_, F, G, S> {
    fn differential(&self, at: Tick, y: &S, scale: f64, out: &mut Covector, work: &mut Workspace) {
        self.value_and_differential(at, y, scale, out, work);
    }
}
impl<F: Functional<S>, G: Proximity<S>, S: State> Functional<S> for Nearby<'_, F, G, S> {
    fn value(&self, at: Tick, y: &S, work: &mut Workspace) -> f64 {
        let mut unused = Covector(work.take(y.coords().len()));
        let near = self.geometry.proximity(y, self.centre, 0.0, &mut unused, work);
        work.give(unused.0);
        self.functional.value(at, y, work) + self.rate * near
    }
    fn value_and_differential(&self, at: Tick, y: &S, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        let value = self.functional.value_and_differential(at, y, scale, out, work);
        value + self.rate * self.geometry.proximity(y, self.centre, scale * self.rate, out, work)
    }
}
