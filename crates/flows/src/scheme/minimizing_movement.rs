//! x <- argmin_y F(y) + dist2(x, y) / (2 h): proximal point, JKO, KL-proximal.
use steepest_core::{Fault, Proximal, Scheme, State, Stride, Tick, Workspace};

/// The implicit step of a flow that can solve its proximal problem [JordanKinderlehrerOtto1998]. Order 1, any h.
#[derive(Clone, Copy, Debug)]
pub struct MinimizingMovement;

impl<S: State, P: Proximal<S>> Scheme<P, S> for MinimizingMovement {
    type Memory = Workspace;
    fn order(&self) -> u32 {
        1
    }
    fn memory(&self, _flow: &P, _x: &S) -> Workspace {
        Workspace::default()
    }
    fn step(&self, flow: &P, at: Tick, h: f64, x: &mut S, work: &mut Workspace) -> Result<Stride, Fault> {
        flow.proximal(at, h, x, work)?;
        Ok(Stride { h, accepted: 1.0, gradients: 0 })
    }
}
