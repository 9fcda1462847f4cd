//! Functionals add (energy + entropy); operators add (symplectic + friction, transport + reaction).
use crate::{Conservative, Covector, Differential, Diffusive, Functional, Geometry, State, Tangent, Tick, Workspace};

/// `Sum(a, b)`: the pointwise sum of two functionals, or of two operators (the retraction is the first one's).
#[derive(Clone, Debug)]
pub struct Sum<A, B>(pub A, pub B);

impl<S: State, A: Differential<S>, B: Differential<S>> Differential<S> for Sum<A, B> {
    fn differential(&self, at: Tick, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace) {
        self.0.differential(at, x, scale, out, work);
        self.1.differential(at, x, scale, out, work);
    }
}
impl<S: State, A: Functional<S>, B: Functional<S>> Functional<S> for Sum<A, B> {
    fn value(&self, at: Tick, x: &S, work: &mut Workspace) -> f64 {
        self.0.value(at, x, work) + self.1.value(at, x, work)
    }
}
impl<S: State, A: Geometry<S>, B: Geometry<S>> Geometry<S> for Sum<A, B> {
    fn sharp(&self, at: Tick, x: &S, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        self.0.sharp(at, x, scale, xi, out, work);
        self.1.sharp(at, x, scale, xi, out, work);
    }
    fn retract(&self, x: &mut S, v: &Tangent, h: f64, work: &mut Workspace) {
        self.0.retract(x, v, h, work);
    }
}
/// Noise comes from D alone, and Q has neither a root nor a divergence.
impl<S: State, A: Diffusive<S>, B: Conservative<S>> Diffusive<S> for Sum<A, B> {
    fn sqrt(&self, at: Tick, x: &S, white: &mut Tangent, work: &mut Workspace) {
        self.0.sqrt(at, x, white, work);
    }
    fn ito_drift(&self, at: Tick, x: &S, scale: f64, out: &mut Tangent, work: &mut Workspace) {
        self.0.ito_drift(at, x, scale, out, work);
    }
}
