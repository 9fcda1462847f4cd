//! The books of F: dF/dt = -<dF, K dF>, which Q cannot touch.
use std::ops::ControlFlow;
use steepest_core::{
    Archive, Covector, Flow, Functional, Geometry, Observer, Persist, State, Stride, Tangent, Tick, Workspace,
};

/// Records F and its dissipation along a run.
///
/// Only a flow whose functional has a value can be audited:
/// ```compile_fail,E0277
/// use steepest_core::*;
/// use steepest_flows::{functional::Score, geometry::Euclidean, noise::Still, observer::Ledger, scheme, state::Cloud};
/// let score = Score(|_: Tick, _: Batch<'_>, _: f64, _: &mut [f64]| ());
/// let flow = Flow { functional: score, geometry: Euclidean, noise: Still };
/// let mut x = Cloud::from_fn(1, 1, |_, _| 0.0);
/// let mut memory = scheme::Explicit.memory(&flow, &x);
/// run(&flow, &scheme::Explicit, &mut x, &mut memory, Tick::start(0), Plan::new(0.1, 1), &mut [&mut Ledger::default()]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Times of the observations.
    pub t: Vec<f64>,
    /// F there.
    pub value: Vec<f64>,
    /// <dF, K dF> there.
    pub dissipation: Vec<f64>,
    xi: Covector,
    v: Tangent,
    work: Workspace,
}
impl Ledger {
    /// F(end) - F(start) + int dissipation dt (trapezoid): zero for the exact flow without noise, and otherwise of the order
    /// of the scheme.
    pub fn residual(&self) -> f64 {
        let steps = self.t.windows(2).zip(self.dissipation.windows(2));
        let spent: f64 = steps.map(|(t, d)| 0.5 * (t[1] - t[0]) * (d[0] + d[1])).sum();
        self.value.last().unwrap_or(&0.0) - self.value.first().unwrap_or(&0.0) + spent
    }
    /// The largest |F - F(start)|: the energy drift of a conservative flow.
    pub fn drift(&self) -> f64 {
        let start = self.value.first().copied().unwrap_or(0.0);
        self.value.iter().map(|v| (v - start).abs()).fold(0.0, f64::max)
    }
    /// dF at the last observation.
    pub fn differential(&self) -> &Covector {
        &self.xi
    }
    /// The largest rise of F between two observations: zero where every one went down.
    pub fn rise(&self) -> f64 {
        self.value.windows(2).map(|f| f[1] - f[0]).fold(0.0, f64::max)
    }
}
impl<S: State, F: Functional<S>, G: Geometry<S>, N> Observer<Flow<F, G, N>, S> for Ledger {
    fn observe(&mut self, flow: &Flow<F, G, N>, at: Tick, x: &S, _last: Stride) -> ControlFlow<()> {
        let len = x.coords().len();
        for buffer in [&mut self.xi.0, &mut self.v.0] {
            buffer.clear();
            buffer.resize(len, 0.0);
        }
        flow.functional.differential(at, x, 1.0, &mut self.xi, &mut self.work);
        flow.geometry.sharp(at, x, 1.0, &self.xi, &mut self.v, &mut self.work);
        self.t.push(at.t);
        self.value.push(flow.functional.value(at, x, &mut self.work));
        self.dissipation.push(x.pair(&self.xi, &self.v));
        ControlFlow::Continue(())
    }
}

impl Persist for Ledger {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { t, value, dissipation, xi: _, v: _, work: _ } = self;
        [t, value, dissipation].into_iter().try_for_each(|column| column.pass(archive))
    }
}
