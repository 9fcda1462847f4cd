//! n phase-space points (q, p) of unit mass, all positions before all momenta.
use super::replicas;
use steepest_core::{Batch, Replicated, State};

/// n replicas of (q, p) in R^d x R^d, component-major: `z[j * n + i]` is q_j of replica i, `z[(d + j) * n + i]` is p_j.
///
/// ```
/// use steepest_flows::state::Phase;
/// let x = Phase::at_rest(2, 1, |i, _| i as f64);
/// assert_eq!((x.q().x, x.p()), ([0.0, 1.0].as_slice(), [0.0, 0.0].as_slice()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Replicas.
    pub n: usize,
    /// Dimension of q, and of p.
    pub d: usize,
    /// Positions, then momenta: 2 n d numbers.
    pub z: Box<[f64]>,
}
impl Phase {
    /// q_j of replica i is `f(i, j)`; momenta are zero.
    pub fn at_rest(n: usize, d: usize, mut f: impl FnMut(usize, usize) -> f64) -> Self {
        let z = (0..2 * n * d).map(|k| if k < n * d { f(k % n, k / n) } else { 0.0 }).collect();
        Phase { n, d, z }
    }
    /// The positions as a batch.
    pub fn q(&self) -> Batch<'_> {
        Batch { n: self.n, d: self.d, x: &self.z[..self.n * self.d] }
    }
    /// The momenta, which with unit mass are the velocities.
    pub fn p(&self) -> &[f64] {
        &self.z[self.n * self.d..]
    }
    /// Positions and momenta, to be changed.
    pub fn split_mut(&mut self) -> (&mut [f64], &mut [f64]) {
        self.z.split_at_mut(self.n * self.d)
    }
}
impl State for Phase {
    fn coords(&self) -> &[f64] {
        &self.z
    }
    fn coords_mut(&mut self) -> &mut [f64] {
        &mut self.z
    }
    fn weight(&self) -> f64 {
        1.0 / self.n as f64
    }
}
/// A block is 2 d ranges: one of every component of q and of p.
impl Replicated for Phase {
    fn replicas(&self) -> usize {
        self.n
    }
    fn block(&self, first: usize, count: usize) -> Self {
        let mut block = Phase { n: count, d: self.d, z: vec![0.0; 2 * count * self.d].into() };
        self.extract(first, &mut block);
        block
    }
    fn extract(&self, first: usize, block: &mut Self) {
        replicas::extract(&self.z, self.n, first, &mut block.z, block.n);
    }
    fn insert(&mut self, first: usize, block: &Self) {
        replicas::insert(&mut self.z, self.n, first, &block.z, block.n);
    }
}
