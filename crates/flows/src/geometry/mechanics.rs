//! Phase space. Symplectic: D = 0, Q canonical. Friction: D = diag(0, gamma), Q = 0.
use crate::state::Phase;
use steepest_core::{Conservative, Covector, Geometry, Tangent, Tick, Workspace};

/// Q = [[0, -I], [I, 0]], so that -Q dH is Hamilton's equations [HairerLubichWanner2006, Sec. VI.2].
///
/// `Sum(Symplectic, Friction { gamma })` is the underdamped operator of the complete recipe [MaChenFox2015].
#[derive(Clone, Copy, Debug, Default)]
pub struct Symplectic;

/// D = diag(0, gamma): momenta lose energy at the rate gamma |p|^2.
#[derive(Clone, Copy, Debug)]
pub struct Friction {
    /// Rate of decay of momenta, 1 / time.
    pub gamma: f64,
}
impl Geometry<Phase> for Symplectic {
    fn sharp(&self, _at: Tick, x: &Phase, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        let (xi_q, xi_p) = xi.0.split_at(x.n * x.d);
        let (q, p) = out.0.split_at_mut(x.n * x.d);
        steepest_kernels::axpy(-scale, xi_p, q);
        steepest_kernels::axpy(scale, xi_q, p);
    }
}
impl Geometry<Phase> for Friction {
    fn sharp(&self, _at: Tick, x: &Phase, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        let m = x.n * x.d;
        steepest_kernels::axpy(scale * self.gamma, &xi.0[m..], &mut out.0[m..]);
    }
}
impl Conservative<Phase> for Symplectic {}
