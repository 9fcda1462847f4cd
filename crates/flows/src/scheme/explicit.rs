//! x <- R_x(-h K dF(x) + noise): gradient descent, Euler-Maruyama, explicit Wasserstein flow.
use steepest_core::{
    Archive, Covector, Differential, Fault, Flow, Geometry, Noise, Persist, Scheme, State, Stride, Tangent, Tick,
    Workspace,
};

/// The explicit Euler step of any flow, any noise. Order 1.
#[derive(Clone, Copy, Debug)]
pub struct Explicit;

/// Buffers of [`Explicit`].
#[derive(Clone, Debug)]
pub struct Buffers {
    xi: Covector,
    v: Tangent,
    work: Workspace,
}
impl<S, F, G, N> Scheme<Flow<F, G, N>, S> for Explicit
where
    S: State,
    F: Differential<S>,
    G: Geometry<S>,
    N: Noise<S, G>,
{
    type Memory = Buffers;
    fn order(&self) -> u32 {
        1
    }
    fn memory(&self, _flow: &Flow<F, G, N>, x: &S) -> Buffers {
        let len = x.coords().len();
        Buffers { xi: Covector::zeros(len), v: Tangent::zeros(len), work: Workspace::default() }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, h: f64, x: &mut S, m: &mut Buffers) -> Result<Stride, Fault> {
        m.xi.0.fill(0.0);
        m.v.0.fill(0.0);
        flow.functional.differential(at, x, 1.0, &mut m.xi, &mut m.work);
        flow.geometry.sharp(at, x, -h, &m.xi, &mut m.v, &mut m.work);
        flow.noise.kick(&flow.geometry, at, x, h, &mut m.v, &mut m.work);
        flow.geometry.retract(x, &m.v, 1.0, &mut m.work);
        Ok(Stride { h, accepted: 1.0, gradients: (1.0 / x.weight()).round().max(1.0) as u64 })
    }
}

/// Buffers hold nothing between strides.
impl Persist for Buffers {
    fn pass(&mut self, _archive: &mut Archive<'_>) -> Option<()> {
        let Self { xi: _, v: _, work: _ } = self;
        Some(())
    }
}
