//! FLOW: the equation, a value with no behaviour of its own; and what is known in closed form about a composition.
use crate::{Fault, State, Tick, Workspace};

/// A row of the table: x' = -K_x dF(x) + noise.
#[derive(Clone, Debug)]
pub struct Flow<F, G, N> {
    /// F, what should decrease.
    pub functional: F,
    /// K = D + Q, how distance is measured.
    pub geometry: G,
    /// The shocks.
    pub noise: N,
}

/// A flow that is a sum of exactly solvable parts: A, B, O; transport, reaction; source, target.
pub trait Split<S: State> {
    /// The name of a part.
    type Part: Copy + 'static;
    /// What the parts remember between calls (a force, say), owned by the caller.
    type Memory;
    /// Memory for states shaped like `x`.
    fn memory(&self, x: &S) -> Self::Memory;
    /// x <- the flow of one part for a time h. `occurrence` is the place of the part in the stride, which keeps the shocks of
    /// two random parts of one stride independent. Returns the gradients evaluated, counting each replica.
    fn advance(&self, part: Self::Part, occurrence: u16, at: Tick, h: f64, x: &mut S, memory: &mut Self::Memory)
    -> u64;
    /// `count` strides of length h, each the parts of `tableau` for their fractions of h. Law: the same bits as `advance` of
    /// one part after the other, which a flow may fuse.
    fn strides(
        &self,
        tableau: &[(Self::Part, f64)],
        mut at: Tick,
        h: f64,
        count: u64,
        x: &mut S,
        memory: &mut Self::Memory,
    ) -> u64 {
        let mut gradients = 0;
        for _ in 0..count {
            for (place, &(part, fraction)) in tableau.iter().enumerate() {
                gradients += self.advance(part, place as u16, at, fraction * h, x, memory);
            }
            at.t += h;
            at.step += 1;
        }
        gradients
    }
}

/// A flow that can solve argmin_y F(y) + dist2(x, y) / (2 eta), in place.
pub trait Proximal<S: State> {
    /// x <- prox_{eta F}(x)
    fn proximal(&self, at: Tick, eta: f64, x: &mut S, work: &mut Workspace) -> Result<(), Fault>;
}
