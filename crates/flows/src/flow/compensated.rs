//! Mechanics with compensated sums: what rounding takes from each drift and kick is kept, and given to the next.
use super::underdamped::Force;
use crate::functional::Hamiltonian;
use crate::geometry::{Friction, Symplectic};
use crate::noise::Still;
use crate::scheme::splitting::{Kinetic, Splitting};
use crate::state::Phase;
use steepest_core::{Archive, Fault, Flow, Persist, Potential, Scheme, Split, State, Stride, Sum, Tick};

/// A splitting without a bath whose coordinates carry about twice as many digits from stride to stride
/// [HairerLubichWanner2006, Sec. VIII.5]. Forces are taken at the rounded coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Compensated(pub Splitting<Kinetic>);

/// The force, and what is still to be added to q and p.
#[derive(Clone, Debug)]
pub struct Carried {
    force: Force,
    carry: Box<[f64]>,
}
impl Persist for Carried {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { force, carry } = self;
        force.pass(archive)?;
        carry[..].pass(archive)
    }
}
/// x + carry <- x + carry + scale * v, where x is what a double holds of it [Kahan1965].
fn add(scale: f64, v: &[f64], x: &mut [f64], carry: &mut [f64]) {
    for ((x, carry), v) in x.iter_mut().zip(carry).zip(v) {
        let add = scale.mul_add(*v, *carry);
        let sum = *x + add;
        *carry = add - (sum - *x);
        *x = sum;
    }
}
type Mechanics<V> = Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, Still>;

impl<V: Potential> Scheme<Mechanics<V>, Phase> for Compensated {
    type Memory = Carried;
    fn order(&self) -> u32 {
        self.0.order
    }
    fn memory(&self, flow: &Mechanics<V>, x: &Phase) -> Carried {
        Carried { force: flow.memory(x), carry: vec![0.0; x.z.len()].into() }
    }
    fn step(&self, flow: &Mechanics<V>, at: Tick, h: f64, x: &mut Phase, m: &mut Carried) -> Result<Stride, Fault> {
        let mut gradients = 0;
        for (place, &(part, fraction)) in self.0.tableau.iter().enumerate() {
            let (carry_q, carry_p) = m.carry.split_at_mut(x.n * x.d);
            match part {
                Kinetic::A => {
                    let (q, p) = x.split_mut();
                    add(fraction * h, p, q, carry_q);
                    m.force.fresh = false;
                }
                Kinetic::B => {
                    gradients += super::underdamped::refresh(&flow.functional.0, x, &mut m.force);
                    add(-fraction * h, &m.force.gradient, x.split_mut().1, carry_p);
                }
                Kinetic::O => gradients += flow.advance(part, place as u16, at, fraction * h, x, &mut m.force),
            }
        }
        if !x.admissible() {
            return Err(Fault::Inadmissible { step: at.step + 1, replica: None });
        }
        Ok(Stride { h, accepted: 1.0, gradients })
    }
}
