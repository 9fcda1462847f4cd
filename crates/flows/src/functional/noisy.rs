//! A Hamiltonian whose force is known up to noise, as that of a sum over some of the data is.

/// H(q, p) = V(q) + |p|^2 / 2 with a gradient that comes as dV(q) + sd z, a fresh standard normal z for each evaluation,
/// replica and coordinate.
#[derive(Clone, Copy, Debug)]
pub struct Noisy<V> {
    /// V
    pub energy: V,
    /// Standard deviation of each coordinate of the gradient.
    pub sd: f64,
}
