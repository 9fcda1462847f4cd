//! LAGRANGIANS: as texts and as closures, and what makes a model of one.
mod check;
mod closure;
mod text;
pub use check::lagrangian_check;
pub use closure::LagrangianClosure;
pub use text::LagrangianText;

use crate::Model;
use steepest_core::{Batch, Lagrangian, Potential, Workspace};

/// A Lagrangian with names. As a potential it is the energy at rest, V(q) = -L(q, 0, 0).
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_models::{LagrangianText, Mechanical, Model};
/// let pendulum = Mechanical::of(LagrangianText::parse("0.5*xdot^2 - k*(1 - cos(x))", &[("k".into(), 2.0)])?);
/// assert_eq!(pendulum.names(), ["x"]);
/// let mut gradient = [0.0];
/// pendulum.gradients(Batch { n: 1, d: 1, x: &[0.5] }, 1.0, &mut gradient, &mut Workspace::default());
/// assert!((gradient[0] - 2.0 * 0.5f64.sin()).abs() < 1e-15);
/// # Ok::<(), steepest_models::ExpressionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mechanical<L> {
    lagrangian: L,
    names: Vec<String>,
    notes: Vec<String>,
}
impl Mechanical<LagrangianText> {
    /// With the names of the text.
    pub fn of(text: LagrangianText) -> Self {
        let (names, notes) = (text.names().to_vec(), text.notes());
        Mechanical { lagrangian: text, names, notes }
    }
}
impl<L: Lagrangian> Mechanical<L> {
    /// With other names, as many as there are coordinates; what is missing is `q[1]`, `q[2]`, ...
    pub fn named<N: Into<String>>(lagrangian: L, names: impl IntoIterator<Item = N>) -> Self {
        let mut names: Vec<String> = names.into_iter().map(Into::into).take(lagrangian.dim()).collect();
        (names.len()..lagrangian.dim()).for_each(|j| names.push(format!("q[{}]", j + 1)));
        Mechanical { lagrangian, names, notes: Vec::new() }
    }
    /// (q, 0, 0) for each point q.
    fn at_rest(x: Batch<'_>, work: &mut Workspace) -> Vec<f64> {
        let mut z = work.take((2 * x.d + 1) * x.n);
        z[..x.x.len()].copy_from_slice(x.x);
        z
    }
}
impl<L: Lagrangian> Potential for Mechanical<L> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let z = Self::at_rest(x, work);
        self.lagrangian.values(Batch { n: x.n, d: 2 * x.d + 1, x: &z }, -scale, out, work);
        work.give(z);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let (z, mut all) = (Self::at_rest(x, work), work.take((2 * x.d + 1) * x.n));
        self.lagrangian.gradients(Batch { n: x.n, d: 2 * x.d + 1, x: &z }, -scale, &mut all, work);
        out.iter_mut().zip(&all).for_each(|(out, g)| *out += g);
        work.give(all);
        work.give(z);
    }
}
impl<L: Lagrangian> Model for Mechanical<L> {
    fn dim(&self) -> usize {
        self.names.len()
    }
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
    fn lagrangian(&self) -> Option<&dyn Lagrangian> {
        Some(&self.lagrangian)
    }
    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
