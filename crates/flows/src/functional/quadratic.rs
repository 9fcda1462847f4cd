//! V(x) = (1/2) sum_j k_j x_j^2
use steepest_core::{Batch, Potential, Workspace};

/// The quadratic well: every linear theory has its exact answers here.
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_flows::functional::Quadratic;
/// let mut v = [0.0];
/// Quadratic::new(&[2.0, 4.0]).values(Batch { n: 1, d: 2, x: &[3.0, 1.0] }, 1.0, &mut v, &mut Workspace::default());
/// assert_eq!(v, [11.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Quadratic {
    /// k_j, one a component.
    pub stiffness: Box<[f64]>,
}
impl Quadratic {
    /// The well of stiffness k_j along component j.
    pub fn new(stiffness: &[f64]) -> Self {
        Quadratic { stiffness: stiffness.into() }
    }
}
impl Potential for Quadratic {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (j, k) in self.stiffness.iter().enumerate() {
            let a = 0.5 * scale * k;
            out.iter_mut().zip(x.column(j)).for_each(|(o, x)| *o += a * x * x);
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (j, (column, k)) in out.chunks_exact_mut(x.n.max(1)).zip(&self.stiffness).enumerate() {
            steepest_kernels::axpy(scale * k, x.column(j), column);
        }
    }
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.gradients(Batch { x: v, ..x }, scale, out, work);
    }
    fn curves_exactly(&self) -> bool {
        true
    }
}
