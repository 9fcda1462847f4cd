//! n phase-space points, each with the friction of a thermostat of its own.
use super::{Phase, replicas};
use steepest_core::{Batch, Replicated, State};

/// n replicas of (q, p, xi) in R^d x R^d x R, component-major: positions, momenta, and last the n frictions xi.
///
/// ```
/// use steepest_flows::state::{Phase, Thermostatted};
/// let x = Thermostatted::new(&Phase::at_rest(2, 1, |i, _| i as f64), 3.0);
/// assert_eq!((x.q().x, x.p(), x.xi()), ([0.0, 1.0].as_slice(), [0.0, 0.0].as_slice(), [3.0, 3.0].as_slice()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Thermostatted {
    /// Replicas.
    pub n: usize,
    /// Dimension of q, and of p.
    pub d: usize,
    /// Positions, momenta, frictions: n (2 d + 1) numbers.
    pub z: Box<[f64]>,
}
impl Thermostatted {
    /// The points of `phase`, with frictions `xi`.
    pub fn new(phase: &Phase, xi: f64) -> Self {
        let z = phase.z.iter().copied().chain(std::iter::repeat_n(xi, phase.n)).collect();
        Thermostatted { n: phase.n, d: phase.d, z }
    }
    /// The positions as a batch.
    pub fn q(&self) -> Batch<'_> {
        Batch { n: self.n, d: self.d, x: &self.z[..self.n * self.d] }
    }
    /// The momenta.
    pub fn p(&self) -> &[f64] {
        &self.z[self.n * self.d..2 * self.n * self.d]
    }
    /// The frictions, 1 / time.
    pub fn xi(&self) -> &[f64] {
        &self.z[2 * self.n * self.d..]
    }
    /// Positions, momenta and frictions, to be changed.
    pub fn split_mut(&mut self) -> (&mut [f64], &mut [f64], &mut [f64]) {
        let m = self.n * self.d;
        let (q, rest) = self.z.split_at_mut(m);
        let (p, xi) = rest.split_at_mut(m);
        (q, p, xi)
    }
}
impl State for Thermostatted {
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
impl Replicated for Thermostatted {
    fn replicas(&self) -> usize {
        self.n
    }
    fn block(&self, first: usize, count: usize) -> Self {
        let mut block = Thermostatted { n: count, d: self.d, z: vec![0.0; (2 * self.d + 1) * count].into() };
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
