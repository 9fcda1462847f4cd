//! KRYLOV: the quadratic model in the space that products of the Hessian with the gradient span, one direction at a time.
use super::secular::secular;
use steepest_core::{Tangent, Workspace};

/// An orthonormal basis q_0, q_1, ... of g, H g, ..., with T = q^T H q tridiagonal [GouldLucidiRomaToint1999]: minima over it are
/// the iterates of conjugate gradients inside the ball, and better than their cut-off path at its edge.
#[derive(Clone, Debug, Default)]
pub(super) struct Krylov {
    basis: Vec<Tangent>,
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    held: usize,
    /// Longest basis there is.
    most: usize,
    /// Whether the space is as large as it gets.
    pub closed: bool,
    size: f64,
    /// The eigenvectors of T, its values, the gradient and the step in them.
    turned: Vec<f64>,
    theta: Vec<f64>,
    slope: Vec<f64>,
    short: Vec<f64>,
    /// The step in the basis.
    pub step: Vec<f64>,
}
/// Longest basis that is kept.
const MOST: usize = 200;
/// Share of a product that is new to the space, below which it is rounding: beside a manifold's tangents too.
const CLOSED: f64 = 1e-12;

/// A minimum over the space so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// What the model falls by.
    pub promised: f64,
    /// |(H + l) p + g|
    pub left: f64,
    /// |p|
    pub length: f64,
}

impl Krylov {
    /// Begins at a gradient, of length `size`, in a space of so many dimensions.
    pub fn begin(&mut self, gradient: &Tangent, size: f64, dimensions: usize, settle: impl FnOnce(&mut Tangent)) {
        (self.held, self.closed, self.size, self.most) = (0, false, size, dimensions.min(MOST));
        self.diagonal.clear();
        self.beside.clear();
        self.keep(gradient, 1.0 / size, settle);
    }
    fn keep(&mut self, v: &Tangent, scale: f64, settle: impl FnOnce(&mut Tangent)) {
        if self.basis.len() == self.held {
            self.basis.push(Tangent::zeros(v.0.len()));
        }
        self.basis[self.held].0.iter_mut().zip(&v.0).for_each(|(q, v)| *q = scale * v);
        settle(&mut self.basis[self.held]);
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
        product.0.fill(0.0);
        multiply(&self.basis[last], product, work);
        if product.0.iter().any(|v| !v.is_finite()) {
            self.closed = true;
            return false;
        }
        let whole = inner(product, product, work).sqrt();
        // Twice, as once is not orthogonal to rounding.
        let mut along = 0.0;
        for round in 0..2 {
            for (k, q) in self.basis[..self.held].iter().enumerate().rev() {
                let share = inner(product, q, work);
                if k == last {
                    along += share;
                }
                if round == 0 || share != 0.0 {
                    steepest_kernels::axpy(-share, &q.0, &mut product.0);
                }
            }
        }
        self.diagonal.push(along);
        let rest = inner(product, product, work).sqrt();
        self.beside.push(rest);
        self.closed = rest <= CLOSED * whole || self.held >= self.most;
        if !self.closed {
            self.keep(product, 1.0 / rest, |q| settle(q, work));
        }
        true
    }
    /// Directions with a known product.
    pub fn rank(&self) -> usize {
        self.diagonal.len()
    }
    /// <g, H g> / <g, g>
    pub fn first(&self) -> f64 {
        self.diagonal[0]
    }
    /// The minimum over the space on a ball. `None` where T has no eigenvalues to be found.
    pub fn minimise(&mut self, radius: f64) -> Option<Found> {
        self.inside(radius).or_else(|| self.minimise_at_the_edge(radius))
    }
    /// T h = -|g| e_1 by elimination, where T is positive definite and h is inside: no more than that is needed near the end.
    fn inside(&mut self, radius: f64) -> Option<Found> {
        let k = self.rank();
        let Krylov { diagonal, beside, theta, step, .. } = self;
        theta.resize(k, 0.0);
        step.resize(k, 0.0);
        for i in 0..k {
            let (share, before) = if i > 0 { (beside[i - 1] / theta[i - 1], step[i - 1]) } else { (0.0, 0.0) };
            theta[i] = diagonal[i] - if i > 0 { share * beside[i - 1] } else { 0.0 };
            if theta[i].is_nan() || theta[i] <= f64::EPSILON * diagonal[i].abs() {
                return None;
            }
            step[i] = if i > 0 { -share * before } else { -self.size };
        }
        for i in (0..k).rev() {
            let next = if i + 1 < k { beside[i] * step[i + 1] } else { 0.0 };
            step[i] = (step[i] - next) / theta[i];
        }
        let length = step.iter().map(|h| h * h).sum::<f64>().sqrt();
        let (promised, left) = (-0.5 * self.size * step[0], (beside[k - 1] * step[k - 1]).abs());
        (length <= radius).then_some(Found { promised, left, length })
    }
    fn minimise_at_the_edge(&mut self, radius: f64) -> Option<Found> {
        let k = self.rank();
        let Krylov { diagonal, beside, turned, theta, slope, short, step, .. } = self;
        for buffer in [&mut *theta, slope, short, step] {
            buffer.resize(k, 0.0);
        }
        turned.resize(2 * k * k, 0.0);
        let (full, vectors) = turned.split_at_mut(k * k);
        full.fill(0.0);
        for i in 0..k {
            full[i * k + i] = diagonal[i];
            if i + 1 < k {
                full[i * k + i + 1] = beside[i];
                full[(i + 1) * k + i] = beside[i];
            }
        }
        steepest_kernels::spectrum_into(k, full, theta, vectors)?;
        // Vector i is one after another: its first number is the share of the gradient.
        slope.iter_mut().enumerate().for_each(|(i, slope)| *slope = self.size * vectors[i * k]);
        secular(theta, slope, radius, short);
        let fall = |((h, theta), c): ((&f64, &f64), &f64)| -h * (c + 0.5 * theta * h);
        let promised = short.iter().zip(&*theta).zip(&*slope).map(fall).sum();
        for (j, step) in step.iter_mut().enumerate() {
            *step = short.iter().enumerate().map(|(i, h)| h * vectors[i * k + j]).sum();
        }
        let left = (self.beside[k - 1] * self.step[k - 1]).abs();
        Some(Found { promised, left, length: self.short.iter().map(|h| h * h).sum::<f64>().sqrt() })
    }
    /// p, of the last minimum.
    pub fn write(&self, p: &mut Tangent) {
        p.0.fill(0.0);
        self.basis.iter().zip(&self.step).for_each(|(q, share)| steepest_kernels::axpy(*share, &q.0, &mut p.0));
    }
}
