//! F beside an information of its coordinates, which a trust region may take for the curvature of F.
use crate::state::Cloud;
use steepest_core::{
    Covector, Curved, Differential, Functional, Information, Squares, State, Tangent, Tick, Workspace,
};

/// F with an information G of the data behind it: steps to the minimum of dF p + p G p / 2 are Fisher scoring where G is expected over
/// responses [McCullaghNelder1989] and those of Gauss and Newton where it is of squares; see
/// [`Second::Information`](crate::scheme::trust_region::Second).
///
/// F is as it was, and so are its own curvatures.
///
/// ```
/// use steepest_core::{Flow, Information, Scheme, Tick, Workspace};
/// use steepest_flows::functional::{Informed, PotentialEnergy, Quadratic};
/// use steepest_flows::scheme::trust_region::{Second, TrustRegion};
/// use steepest_flows::{geometry::Euclidean, noise::Still, state::Cloud};
/// struct Double; // of V = x^2 / 2, whose curvature is 1: a step goes half of the way
/// impl Information for Double {
///     fn information(&self, _x: &[f64], out: &mut [f64], _work: &mut Workspace) {
///         out[0] = 2.0;
///     }
/// }
/// let functional = Informed { functional: PotentialEnergy(Quadratic::new(&[1.0])), information: Double };
/// let flow = Flow { functional, geometry: Euclidean, noise: Still };
/// let scheme = TrustRegion { second: Second::Information, ..TrustRegion::default() };
/// let mut x = Cloud::from_fn(1, 1, |_, _| 3.0);
/// let mut memory = scheme.memory(&flow, &x);
/// scheme.step(&flow, Tick::start(0), 1.0, &mut x, &mut memory)?;
/// assert_eq!(x.x[..], [1.5]);
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Informed<F, I> {
    /// F
    pub functional: F,
    /// G
    pub information: I,
}

impl<S: State, F: Differential<S>, I> Differential<S> for Informed<F, I> {
    fn differential(&self, at: Tick, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace) {
        self.functional.differential(at, x, scale, out, work);
    }
}
impl<S: State, F: Functional<S>, I> Functional<S> for Informed<F, I> {
    fn value(&self, at: Tick, x: &S, work: &mut Workspace) -> f64 {
        self.functional.value(at, x, work)
    }
    fn value_and_differential(&self, at: Tick, x: &S, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        self.functional.value_and_differential(at, x, scale, out, work)
    }
}
impl<F: Curved<Cloud>, I: Information> Curved<Cloud> for Informed<F, I> {
    fn curvature(&self, x: &Cloud, v: &Tangent, scale: f64, out: &mut Covector, work: &mut Workspace) {
        self.functional.curvature(x, v, scale, out, work);
    }
    fn price(&self) -> u64 {
        self.functional.price()
    }
    fn squares(&self) -> Option<&dyn Squares> {
        self.functional.squares()
    }
    fn information(&self) -> Option<&dyn Information> {
        Some(&self.information)
    }
}
