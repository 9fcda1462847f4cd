//! KRYLOV: the quadratic model in the space that products of the Hessian with the gradient span, one direction at a time.
use super::tridiagonal::{Found, Tridiagonal};
use steepest_core::{Tangent, Workspace};

/// A basis q_0, q_1, ... of g, H g, ..., with T = q^T H q tridiagonal [GouldLucidiRomaToint1999]: minima over it are the iterates of
/// conjugate gradients inside the ball, and better than their cut-off path at its edge.
///
/// In exact arithmetic a product less what it has of the last two directions is across all of them. In floating point that is lost as
/// the first curvatures are found, by a recurrence that is known [Simon1984]: it is followed, and only where it says that a direction
/// may have more than [`ASTRAY`] of an older one are they all taken out. So T is that of an orthonormal basis to rounding, and most
/// products cost a few operations on vectors, however many there are. Products by differences are no symmetric map to rounding: with
/// those all directions are taken out each time.
#[derive(Clone, Debug, Default)]
pub(super) struct Krylov {
    basis: Vec<Tangent>,
    held: usize,
    /// Longest basis there is.
    most: usize,
    /// Whether products are those of a symmetric map to rounding.
    exact: bool,
    /// Whether the space is as large as it gets.
    pub closed: bool,
    /// The model in the basis.
    pub model: Tridiagonal,
    /// What is known of <q_j, q_k>, of the last direction and the one before, for each k.
    astray: [Vec<f64>; 2],
    /// What the last direction and the one before may have across the tangents.
    across: [f64; 2],
    /// The longest product so far.
    size: f64,
}
/// Longest basis that is kept.
const MOST: usize = 200;
/// Share of a product that is new to the space, below which it is rounding: beside a manifold's tangents too.
const CLOSED: f64 = 1e-12;
/// The same, below which the space may be closed but for what is left of older directions.
const ALMOST: f64 = 1e-4;
/// Share of an older direction in a new one, from which on it is taken out: its square is rounding, and lengths are right to it.
const ASTRAY: f64 = 1e-10;
/// What a direction may have across a manifold's tangents.
const ACROSS: f64 = 1e-13;

impl Krylov {
    /// Begins at a gradient, of length `size`, in a space of so many dimensions.
    pub fn begin(
        &mut self,
        (gradient, size): (&Tangent, f64),
        dimensions: usize,
        exact: bool,
        settle: impl FnOnce(&mut Tangent),
    ) {
        (self.held, self.closed, self.most, self.exact) = (0, false, dimensions.min(MOST), exact);
        self.size = 0.0;
        self.model.begin(size);
        let [last, before] = &mut self.astray;
        before.clear();
        last.clear();
        last.push(1.0);
        self.keep(gradient, 1.0 / size);
        settle(&mut self.basis[0]);
        self.across = [f64::EPSILON, 0.0];
    }
    fn keep(&mut self, v: &Tangent, scale: f64) {
        match self.basis.get_mut(self.held) {
            Some(q) => q.0.iter_mut().zip(&v.0).for_each(|(q, v)| *q = scale * v),
            None => self.basis.push(Tangent(v.0.iter().map(|v| scale * v).collect())),
        }
        self.held += 1;
    }
    /// One direction more; `multiply` writes H v, `inner` is the product that H is symmetric in, `settle` makes
    /// a tangent of one that has rounding across. False where H v is not finite.
    pub fn grow(
        &mut self,
        (product, work): (&mut Tangent, &mut Workspace),
        multiply: impl FnOnce(&Tangent, &mut Tangent, &mut Workspace),
        inner: impl Fn(&Tangent, &Tangent, &mut Workspace) -> f64,
        settle: impl FnOnce(&mut Tangent, &mut Workspace),
    ) -> bool {
        let last = self.held - 1;
        multiply(&self.basis[last], product, work);
        let along = inner(product, &self.basis[last], work);
        let before = if last > 0 { self.model.beside[last - 1] } else { 0.0 };
        if last > 0 {
            steepest_kernels::axpy(-before, &self.basis[last - 1].0, &mut product.0);
        }
        steepest_kernels::axpy(-along, &self.basis[last].0, &mut product.0);
        let mut rest = inner(product, product, work).sqrt();
        if !(along.is_finite() && rest.is_finite()) {
            self.closed = true;
            return false;
        }
        let whole = (along * along + before * before + rest * rest).sqrt();
        self.size = self.size.max(whole);
        self.model.diagonal.push(along);
        self.model.beside.push(rest);
        if self.drift() > ASTRAY || !self.exact || rest <= ALMOST * whole {
            self.take_out(product, &inner, work);
            rest = inner(product, product, work).sqrt();
            self.model.beside[last] = rest;
        }
        self.closed = rest <= CLOSED * whole || self.held >= self.most;
        if !self.closed {
            self.keep(product, 1.0 / rest);
            // Products are tangents to rounding; what the last two directions have across is handed on.
            let [behind, older] = self.across;
            let handed = f64::EPSILON * self.size + along.abs() * behind + before * older;
            self.across = [handed / rest, behind];
            if self.across[0] > ACROSS {
                settle(&mut self.basis[last + 1], work);
                self.across[0] = f64::EPSILON;
            }
        }
        true
    }
    /// What the next direction may have of an older one: H is symmetric, so three products of the last two directions with older ones
    /// give those of the next [Simon1984], but for rounding.
    fn drift(&mut self) -> f64 {
        let (a, b) = (&self.model.diagonal, &self.model.beside);
        let j = a.len() - 1;
        let [last, before] = &mut self.astray;
        let noise = 4.0 * f64::EPSILON * self.size;
        let mut most = 0.0f64;
        for k in 0..j {
            let mut sum = b[k] * last[k + 1] + (a[k] - a[j]) * last[k] - b[j - 1] * before[k];
            if k > 0 {
                sum += b[k - 1] * last[k - 1];
            }
            before[k] = (sum + noise.copysign(sum)) / b[j];
            most = most.max(before[k].abs());
        }
        before.truncate(j);
        before.extend([noise / b[j], 1.0]);
        self.astray.swap(0, 1);
        if most.is_nan() { f64::INFINITY } else { most }
    }
    /// Takes all directions out of a product, twice, as once is not orthogonal to rounding.
    fn take_out(
        &mut self,
        product: &mut Tangent,
        inner: &impl Fn(&Tangent, &Tangent, &mut Workspace) -> f64,
        work: &mut Workspace,
    ) {
        for _ in 0..2 {
            for (k, q) in self.basis[..self.held].iter().enumerate().rev() {
                let share = inner(product, q, work);
                if k + 1 == self.held {
                    self.model.diagonal[k] += share;
                }
                steepest_kernels::axpy(-share, &q.0, &mut product.0);
            }
        }
        self.astray[0][..self.held].fill(f64::EPSILON);
    }
    /// <g, H g> / <g, g>
    pub fn first(&self) -> f64 {
        self.model.diagonal[0]
    }
    /// The minimum over the space on a ball. `None` where T has no eigenvalues to be found.
    pub fn minimise(&mut self, radius: f64) -> Option<Found> {
        self.model.minimise(radius)
    }
    /// The lowest curvature of the space, and what is left of its direction beyond it, which becomes p. `None` where T has none to be
    /// found.
    pub fn lowest(&mut self) -> Option<[f64; 2]> {
        self.model.lowest()
    }
    /// The longest product so far.
    pub fn size(&self) -> f64 {
        self.size
    }
    /// Products so far.
    pub fn products(&self) -> usize {
        self.model.diagonal.len()
    }
    /// p, of the last minimum.
    pub fn write(&self, p: &mut Tangent) {
        p.0.fill(0.0);
        self.basis.iter().zip(&self.model.step).for_each(|(q, share)| steepest_kernels::axpy(*share, &q.0, &mut p.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::dot;

    /// The space of diag(h) at a gradient of ones, grown as far as it goes or to `most`.
    fn grown(h: &[f64], most: usize, exact: bool) -> Krylov {
        let (d, work) = (h.len(), &mut Workspace::default());
        let (mut krylov, mut product) = (Krylov::default(), Tangent::zeros(d));
        let gradient = Tangent((0..d).map(|k| 1.0 + 0.5 * (k % 3) as f64).collect());
        let size = dot(&gradient.0, &gradient.0).sqrt();
        krylov.begin((&gradient, size), most, exact, |_| ());
        while !krylov.closed {
            let multiply =
                |v: &Tangent, out: &mut Tangent, _: &mut Workspace| (0..d).for_each(|k| out.0[k] = h[k] * v.0[k]);
            assert!(krylov.grow((&mut product, work), multiply, |u, v, _| dot(&u.0, &v.0), |_, _| ()));
        }
        krylov
    }
    /// The largest <q_j, q_k> off the diagonal.
    fn off(krylov: &Krylov) -> f64 {
        let q = |k: usize| &krylov.basis[k].0;
        (0..krylov.held).flat_map(|j| (0..j).map(move |k| dot(q(j), q(k)).abs())).fold(0.0, f64::max)
    }

    /// Curvatures over eight decades: a recurrence alone loses its orthogonality after some twenty products, and finds the largest
    /// again and again. What is followed keeps it below 1e-8, and the minimum is that of all eigenvectors.
    #[test]
    fn directions_stay_orthogonal() {
        let h: Vec<f64> = (0..120).map(|k| 10f64.powf(-8.0 * f64::from(k) / 119.0)).collect();
        let mut krylov = grown(&h, 90, true);
        assert!(
            krylov.model.diagonal.len() == 90 && off(&krylov) < 1e-8,
            "{} {:e}",
            krylov.model.diagonal.len(),
            off(&krylov)
        );
        let whole = grown(&h, 90, false);
        assert!(off(&whole) < 1e-13, "{:e}", off(&whole));
        let (a, b) = (&krylov.model, &whole.model);
        assert!((0..60).all(|k| (a.diagonal[k] - b.diagonal[k]).abs() < 1e-9), "{:?} {:?}", a.diagonal, b.diagonal);
        // p = -h^-1 g, as far as conjugate gradients have come.
        let found = krylov.minimise(1e12).expect("finite");
        let mut p = Tangent::zeros(120);
        krylov.write(&mut p);
        let left = |k: usize| h[k] * p.0[k] + 1.0 + 0.5 * (k % 3) as f64;
        let left = (0..120).map(|k| left(k).powi(2)).sum::<f64>().sqrt();
        assert!((left - found.left).abs() <= 1e-6 * left + 1e-9, "{left} {found:?}");
    }
    /// Of directions that are not orthogonal, but follow one another by three terms, the products are those foretold.
    #[test]
    fn drift_is_foretold() {
        let h: Vec<f64> = (0..12).map(|k| 1.0 + 0.7 * f64::from(k)).collect();
        let (mut basis, mut krylov) = (vec![vec![12f64.sqrt().recip(); 12]], Krylov::default());
        for j in 0..6 {
            let q: &Vec<f64> = &basis[j];
            let product: Vec<f64> = q.iter().zip(&h).map(|(q, h)| q * h).collect();
            // Not what it has of q, so that the next keeps some of it.
            let along = dot(&product, q) + 0.3;
            let mut next: Vec<f64> = product.iter().zip(q).map(|(p, q)| p - along * q).collect();
            if j > 0 {
                steepest_kernels::axpy(-krylov.model.beside[j - 1], &basis[j - 1], &mut next);
            }
            let rest = dot(&next, &next).sqrt();
            next.iter_mut().for_each(|next| *next /= rest);
            krylov.model.diagonal.push(along);
            krylov.model.beside.push(rest);
            let known = |j: usize| (0..=j).map(|k| dot(&basis[j], &basis[k])).collect::<Vec<_>>();
            krylov.astray = [known(j), if j > 0 { known(j - 1) } else { Vec::new() }];
            krylov.drift();
            let exact: Vec<f64> = basis.iter().map(|q| dot(&next, q)).collect();
            assert!((0..j).all(|k| (krylov.astray[0][k] - exact[k]).abs() < 1e-13), "{:?} {exact:?}", krylov.astray[0]);
            assert!(krylov.astray[0].len() == j + 2 && exact.iter().any(|e| e.abs() > 0.01), "{exact:?}");
            basis.push(next);
        }
    }
    /// A coordinate that is across all tangents: products have none of it, and directions hand on what they have, ever more of it.
    #[test]
    fn directions_stay_tangents() {
        let h: Vec<f64> = (0..60).map(|k| 10f64.powf(-4.0 * f64::from(k) / 59.0)).collect();
        let (mut krylov, mut product, work) = (Krylov::default(), Tangent::zeros(61), &mut Workspace::default());
        let mut gradient = Tangent(vec![1.0; 61]);
        gradient.0[60] = 0.0;
        krylov.begin((&gradient, 60f64.sqrt()), 60, true, |_| ());
        let (mut settled, mut most) = (0, 0.0f64);
        for _ in 0..40 {
            let multiply = |v: &Tangent, out: &mut Tangent, _: &mut Workspace| {
                (0..60).for_each(|k| out.0[k] = h[k] * v.0[k]);
                out.0[60] = 1e-16;
            };
            let settle = |q: &mut Tangent, _: &mut Workspace| {
                settled += 1;
                q.0[60] = 0.0;
            };
            assert!(krylov.grow((&mut product, work), multiply, |u, v, _| dot(&u.0, &v.0), settle));
            most = krylov.basis[..krylov.held].iter().fold(most, |most, q| most.max(q.0[60].abs()));
        }
        assert!((1e-16..=ACROSS).contains(&most) && (1..=20).contains(&settled), "{most:e}, settled {settled} times");
    }
    /// Four different curvatures make a space of four dimensions, in which the step is the exact one, here -g / h.
    #[test]
    fn a_space_is_as_large_as_its_curvatures_are_many() {
        let h: Vec<f64> = (0..40).map(|k| [0.5, 1.0, 3.0, 20.0][k % 4]).collect();
        let mut krylov = grown(&h, 40, true);
        assert_eq!(krylov.model.diagonal.len(), 4);
        let found = krylov.minimise(1e9).expect("finite");
        let mut p = Tangent::zeros(40);
        krylov.write(&mut p);
        let exact = |k: usize| -(1.0 + 0.5 * (k % 3) as f64) / h[k];
        assert!((0..40).all(|k| (p.0[k] - exact(k)).abs() < 1e-11 * exact(k).abs() + 1e-11), "{p:?}");
        let fall = 0.5 * (0..40).map(|k| exact(k) * exact(k) * h[k]).sum::<f64>();
        assert!((found.promised - fall).abs() < 1e-11 * fall && found.left < 1e-9, "{found:?} {fall}");
    }
}
