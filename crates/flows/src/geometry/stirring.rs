//! A constant antisymmetric Q: a current that goes round the level sets of the energy and leaves the law alone.
use crate::state::Cloud;
use steepest_core::{Conservative, Covector, Geometry, Tangent, Tick, Workspace};

/// (Q xi)_j = sum_k Q_jk xi_k with Q_kj = -Q_jk, the same for every particle.
///
/// `Sum(Euclidean, Stirring)` is non-reversible Langevin dynamics, x' = -(1 + Q) dV + noise. exp(-beta V) stays invariant, and
/// no asymptotic variance becomes larger [HwangEtAl2005; DuncanEtAl2016]. On V = |x|^2 / 2 with Q = s J the autocovariance is
/// exp(-t) cos(s t), and the asymptotic variance of a coordinate 2 / (1 + s^2) in place of 2.
#[derive(Clone, Debug)]
pub struct Stirring {
    /// (j, k, Q_jk) for j < k, zeros left out.
    entries: Box<[(usize, usize, f64)]>,
}
impl Stirring {
    /// Q = s J: coordinates 1 and 2 turn about one another, 3 and 4, and so on; the last of an odd number is left alone.
    pub fn pairs(strength: f64, d: usize) -> Self {
        Stirring { entries: (0..d / 2).map(|j| (2 * j, 2 * j + 1, strength)).collect() }
    }
    /// Q from what is above its diagonal, row by row: Q_12, Q_13, ..., Q_1d, Q_23, ... `None` unless there are d (d - 1) / 2.
    ///
    /// ```
    /// use steepest_flows::geometry::Stirring;
    /// assert!(Stirring::upper(&[1.0, 0.0, -2.0], 3).is_some() && Stirring::upper(&[1.0, 2.0], 3).is_none());
    /// ```
    pub fn upper(upper: &[f64], d: usize) -> Option<Self> {
        let places = (0..d).flat_map(|j| (j + 1..d).map(move |k| (j, k)));
        let entries = places.zip(upper).map(|((j, k), q)| (j, k, *q)).filter(|(.., q)| *q != 0.0).collect();
        (upper.len() == d * d.saturating_sub(1) / 2).then_some(Stirring { entries })
    }
}
impl Geometry<Cloud> for Stirring {
    fn sharp(&self, _at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, _work: &mut Workspace) {
        let n = x.n;
        for &(j, k, q) in &self.entries {
            steepest_kernels::axpy(scale * q, &xi.0[k * n..(k + 1) * n], &mut out.0[j * n..(j + 1) * n]);
            steepest_kernels::axpy(-scale * q, &xi.0[j * n..(j + 1) * n], &mut out.0[k * n..(k + 1) * n]);
        }
    }
}
impl Conservative<Cloud> for Stirring {}
