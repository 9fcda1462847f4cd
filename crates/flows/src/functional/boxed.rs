//! F on a box.
use super::simple::{Interval, Simple};
use crate::state::Cloud;
use steepest_core::{Bounded, Covector, Differential, Functional, Tick, Workspace};

/// F of points whose coordinates have bounds; within them it is F, and nobody asks for it elsewhere.
///
/// ```
/// use steepest_core::Bounded;
/// use steepest_flows::{functional::{Boxed, PotentialEnergy, Quadratic}, state::Cloud};
/// let energy = PotentialEnergy(Quadratic::new(&[1.0, 4.0]));
/// let boxed = Boxed::new(energy, &[0.0, 1.0], &[f64::INFINITY]).ok_or("no box")?;
/// assert_eq!(boxed.bounds(&Cloud::from_fn(1, 2, |_, _| 1.0), 1), [1.0, f64::INFINITY]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Boxed<F> {
    /// F
    pub energy: F,
    within: Interval,
}
impl<F> Boxed<F> {
    /// F within `low` and `high`: one number for all coordinates of a point or one for each, infinite where there is no bound.
    /// `None` where a lower bound is not below or at the upper one, or they are not as many.
    pub fn new(energy: F, low: &[f64], high: &[f64]) -> Option<Self> {
        let within = Interval { low: low.to_vec(), high: high.to_vec() };
        let real = low.iter().all(|low| *low < f64::INFINITY) && high.iter().all(|high| *high > f64::NEG_INFINITY);
        (real && within.fits(low.len().max(high.len()))).then_some(Boxed { energy, within })
    }
}
impl<F: Functional<Cloud>> Bounded<Cloud> for Boxed<F> {
    fn bounds(&self, x: &Cloud, k: usize) -> [f64; 2] {
        let of = |all: &[f64]| all.get(k / x.n.max(1)).or(all.first()).copied().unwrap_or(f64::NAN);
        [of(&self.within.low), of(&self.within.high)]
    }
}
impl<F: Differential<Cloud>> Differential<Cloud> for Boxed<F> {
    fn differential(&self, at: Tick, x: &Cloud, scale: f64, out: &mut Covector, work: &mut Workspace) {
        self.energy.differential(at, x, scale, out, work);
    }
}
impl<F: Functional<Cloud>> Functional<Cloud> for Boxed<F> {
    fn value(&self, at: Tick, x: &Cloud, work: &mut Workspace) -> f64 {
        self.energy.value(at, x, work)
    }
    fn value_and_differential(&self, at: Tick, x: &Cloud, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        self.energy.value_and_differential(at, x, scale, out, work)
    }
}
