//! n particles in R^d; equally, n replicas of one point. Both readings share the 1/n pairing.
use super::replicas;
use steepest_core::{Batch, Covector, Measure, Potential, Replicated, State, Tangent, Transport, Workspace};

/// n points of dimension d, component-major; as a measure, (1/n) sum_i delta(x_i).
///
/// ```
/// use steepest_core::{Measure, State, Workspace};
/// use steepest_flows::{functional::Quadratic, state::Cloud};
/// let x = Cloud::from_fn(2, 1, |i, _| i as f64); // the points 0 and 1
/// assert_eq!(x.weight(), 0.5);
/// assert_eq!(x.expect(&Quadratic::new(&[4.0]), &mut Workspace::default()), 1.0); // (0 + 2) / 2
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// Particles.
    pub n: usize,
    /// Dimension.
    pub d: usize,
    /// Component j of particle i at `x[j * n + i]`.
    pub x: Box<[f64]>,
}
impl Cloud {
    /// Component j of particle i is `f(i, j)`.
    pub fn from_fn(n: usize, d: usize, mut f: impl FnMut(usize, usize) -> f64) -> Self {
        Cloud { n, d, x: (0..n * d).map(|k| f(k % n, k / n)).collect() }
    }
    /// The points as a batch.
    pub fn batch(&self) -> Batch<'_> {
        Batch { n: self.n, d: self.d, x: &self.x }
    }
}
impl State for Cloud {
    fn coords(&self) -> &[f64] {
        &self.x
    }
    fn coords_mut(&mut self) -> &mut [f64] {
        &mut self.x
    }
    fn weight(&self) -> f64 {
        1.0 / self.n as f64
    }
    fn pair(&self, xi: &Covector, v: &Tangent) -> f64 {
        // A few numbers cost less than the tree of a long sum.
        let product = if xi.0.len() <= 16 {
            xi.0.iter().zip(&v.0).map(|(xi, v)| xi * v).sum()
        } else {
            steepest_kernels::dot(&xi.0, &v.0)
        };
        self.weight() * product
    }
}
impl Replicated for Cloud {
    fn replicas(&self) -> usize {
        self.n
    }
    fn block(&self, first: usize, count: usize) -> Self {
        let mut block = Cloud { n: count, d: self.d, x: vec![0.0; count * self.d].into() };
        self.extract(first, &mut block);
        block
    }
    fn extract(&self, first: usize, block: &mut Self) {
        replicas::extract(&self.x, self.n, first, &mut block.x, block.n);
    }
    fn insert(&mut self, first: usize, block: &Self) {
        replicas::insert(&mut self.x, self.n, first, &block.x, block.n);
    }
}
impl Measure for Cloud {
    fn expect(&self, v: &dyn Potential, work: &mut Workspace) -> f64 {
        let mut values = work.take(self.n);
        v.values(self.batch(), self.weight(), &mut values, work);
        let mean = steepest_kernels::sum(&values);
        work.give(values);
        mean
    }
    /// Component j of particle i: d_j V(x_i); the 1/n is in the pairing.
    fn expect_variation(&self, v: &dyn Potential, scale: f64, out: &mut Covector, work: &mut Workspace) {
        v.gradients(self.batch(), scale, &mut out.0, work);
    }
    fn expect_both(&self, v: &dyn Potential, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        let mut values = work.take(self.n);
        // Both are scaled alike, and the value should not be.
        v.values_and_gradients(self.batch(), scale, &mut values, &mut out.0, work);
        let mean = steepest_kernels::sum(&values) * (self.weight() / scale);
        work.give(values);
        mean
    }
}
/// Particles carry the measure: each moves along its own gradient.
impl Transport for Cloud {
    fn transport(&self, scale: f64, xi: &Covector, out: &mut Tangent) {
        steepest_kernels::axpy(scale, &xi.0, &mut out.0);
    }
}
