//! PAIRS: the last steps and the changes of the gradient along them, and the inverse Hessian they stand for.
use steepest_core::{Archive, Persist, Riemannian, State, Tangent, Workspace};
use steepest_kernels::axpy;

/// Steps s and changes y of the gradient, at the point of the last step; a ring, so that nothing is moved.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    s: Vec<Tangent>,
    y: Vec<Tangent>,
    /// 1 / <s, y>
    rho: Vec<f64>,
    share: Vec<f64>,
    /// Where the next pair goes.
    next: usize,
    held: usize,
    /// <s, y> / <y, y> of the last pair: the scale of the inverse Hessian to start from.
    scale: f64,
}
impl Pairs {
    /// Room for `memory` pairs of `len` numbers.
    pub fn new(memory: usize, len: usize) -> Self {
        let tangents = || vec![Tangent::zeros(len); memory];
        Pairs { s: tangents(), y: tangents(), rho: vec![0.0; memory], share: vec![0.0; memory], ..Pairs::default() }
    }
    /// Pairs held.
    pub fn held(&self) -> usize {
        self.held
    }
    /// Forgets all.
    pub fn clear(&mut self) {
        (self.next, self.held) = (0, 0);
    }
    /// The slots of a new pair, s and y, to be filled before [`Pairs::keep`].
    pub fn slot(&mut self) -> (&mut Tangent, &mut Tangent) {
        (&mut self.s[self.next], &mut self.y[self.next])
    }
    /// Keeps the pair in the slot, unless its curvature <s, y> is not positive beyond rounding.
    pub fn keep<S: State, G: Riemannian<S>>(&mut self, geometry: &G, x: &S, work: &mut Workspace) -> bool {
        let (s, y) = (&self.s[self.next], &self.y[self.next]);
        let (sy, yy) = (geometry.inner(x, s, y, work), geometry.inner(x, y, y, work));
        let ss = geometry.inner(x, s, s, work);
        if !(sy > 1e-16 * (ss * yy).sqrt() && sy.is_finite() && yy > 0.0) {
            return false;
        }
        (self.rho[self.next], self.scale) = (1.0 / sy, sy / yy);
        self.next = (self.next + 1) % self.s.len();
        self.held = (self.held + 1).min(self.s.len());
        true
    }
    /// Index of the pair that came k before the newest.
    fn ago(&self, k: usize) -> usize {
        (self.next + self.s.len() - 1 - k) % self.s.len()
    }
    /// Carries all pairs from x to y.
    pub fn transport<S: State, G: Riemannian<S>>(&mut self, geometry: &G, x: &S, y: &S, work: &mut Workspace) {
        for k in 0..self.held {
            let at = self.ago(k);
            geometry.transport(x, y, &mut self.s[at], work);
            geometry.transport(x, y, &mut self.y[at], work);
        }
    }
    /// v <- H v, the two loops [NocedalWright2006, Alg. 7.4].
    pub fn apply<S: State, G: Riemannian<S>>(&mut self, geometry: &G, x: &S, v: &mut Tangent, work: &mut Workspace) {
        for k in 0..self.held {
            let at = self.ago(k);
            self.share[at] = self.rho[at] * geometry.inner(x, &self.s[at], v, work);
            axpy(-self.share[at], &self.y[at].0, &mut v.0);
        }
        if self.held > 0 {
            v.0.iter_mut().for_each(|v| *v *= self.scale);
        }
        for k in (0..self.held).rev() {
            let at = self.ago(k);
            let back = self.rho[at] * geometry.inner(x, &self.y[at], v, work);
            axpy(self.share[at] - back, &self.s[at].0, &mut v.0);
        }
    }
}
impl Persist for Pairs {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { s, y, rho, share: _, next, held, scale } = self;
        s.iter_mut().chain(y).try_for_each(|v| v.0[..].pass(archive))?;
        rho[..].pass(archive)?;
        next.pass(archive)?;
        held.pass(archive)?;
        scale.pass(archive)?;
        (*next < s.len().max(1) && *held <= s.len()).then_some(())
    }
}
