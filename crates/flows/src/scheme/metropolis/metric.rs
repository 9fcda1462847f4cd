//! The inverse mass matrix of a chain.
use steepest_core::{Archive, Persist};
use steepest_kernels as kernels;

/// Which metric is adapted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricKind {
    /// The identity, never adapted.
    Unit,
    /// A scale for each coordinate.
    #[default]
    Diagonal,
    /// A full covariance: d^2 a leapfrog, d^3 an update.
    Dense,
    /// Scales, and the few directions they leave badly scaled: d k a leapfrog.
    LowRank,
    /// Diagonal while trajectories are short or no direction stands out, low-rank from then on.
    Auto,
}

/// M^-1, an estimate of the covariance of the target; kinetic energy p . M^-1 p / 2.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// M = 1.
    Unit,
    /// M^-1 = diag(inverse_mass).
    Diagonal {
        /// One a coordinate, positive.
        inverse_mass: Vec<f64>,
    },
    /// M^-1 = L L^T.
    Dense {
        /// M^-1, row-major.
        covariance: Vec<f64>,
        /// L, lower, row-major.
        root: Vec<f64>,
    },
    /// M^-1 = S (1 + U (Lambda - 1) U^T) S.
    LowRank {
        /// The diagonal of S, positive.
        scale: Vec<f64>,
        /// The diagonal of Lambda, k positive numbers.
        values: Vec<f64>,
        /// The columns of U, orthonormal, one after another.
        vectors: Vec<f64>,
        /// M^-1 itself, row-major, where a product with it costs less than with its parts; else empty.
        whole: Vec<f64>,
    },
}
/// Bytes of a core's second cache that a matrix may fill.
const CACHE: usize = 1 << 18;

/// x <- (1 + U f U^T) x for orthonormal columns: one after another, since each leaves the others' shares alone.
fn stretch(vectors: &[f64], factors: impl Iterator<Item = f64>, x: &mut [f64]) {
    for (vector, factor) in vectors.chunks_exact(x.len()).zip(factors) {
        let share = factor * kernels::dot(vector, x);
        x.iter_mut().zip(vector).for_each(|(x, u)| *x += share * u);
    }
}
impl Metric {
    /// Standard deviations of d coordinates, as far as the metric knows them.
    pub(super) fn scales(&self, d: usize) -> Vec<f64> {
        match self {
            Metric::Unit => vec![1.0; d],
            Metric::Diagonal { inverse_mass } => inverse_mass.iter().map(|m| m.sqrt()).collect(),
            Metric::Dense { covariance, .. } => covariance.iter().step_by(d + 1).map(|c| c.sqrt()).collect(),
            Metric::LowRank { scale, .. } => scale.clone(),
        }
    }
    /// velocity <- M^-1 p
    pub fn velocity(&self, p: &[f64], velocity: &mut [f64]) {
        match self {
            Metric::Unit => velocity.copy_from_slice(p),
            Metric::Diagonal { inverse_mass } => {
                for ((v, p), m) in velocity.iter_mut().zip(p).zip(inverse_mass) {
                    *v = m * p;
                }
            }
            Metric::Dense { covariance, .. } => {
                for (v, row) in velocity.iter_mut().zip(covariance.chunks_exact(p.len())) {
                    *v = kernels::dot(row, p);
                }
            }
            Metric::LowRank { whole, .. } if !whole.is_empty() => kernels::symmetric(whole, p, velocity),
            Metric::LowRank { scale, values, vectors, .. } => {
                velocity.iter_mut().zip(p).zip(scale).for_each(|((v, p), s)| *v = s * p);
                kernels::stretch(vectors, values, velocity);
                velocity.iter_mut().zip(scale).for_each(|(v, s)| *v *= s);
            }
        }
    }
    /// p . M^-1 p / 2; `velocity` is scratch and ends as M^-1 p.
    pub fn kinetic(&self, p: &[f64], velocity: &mut [f64]) -> f64 {
        self.velocity(p, velocity);
        0.5 * kernels::dot(p, velocity)
    }
    /// White noise z becomes a momentum of law N(0, M), in place: p = L^-T z, M^-1 = L L^T.
    pub fn refresh(&self, z: &mut [f64]) {
        match self {
            Metric::Unit => {}
            Metric::Diagonal { inverse_mass } => z.iter_mut().zip(inverse_mass).for_each(|(z, m)| *z /= m.sqrt()),
            Metric::Dense { root, .. } => {
                let d = z.len();
                for i in (0..d).rev() {
                    let above: f64 = (i + 1..d).map(|k| root[k * d + i] * z[k]).sum();
                    z[i] = (z[i] - above) / root[i * d + i];
                }
            }
            Metric::LowRank { scale, values, vectors, .. } => {
                stretch(vectors, values.iter().map(|value| 1.0 / value.sqrt() - 1.0), z);
                z.iter_mut().zip(scale).for_each(|(z, s)| *z /= s);
            }
        }
    }
    /// z <- A z for a root of M^-1 = A A^T: white noise becomes a step that the metric finds as long in every direction.
    pub fn root(&self, z: &mut [f64]) {
        match self {
            Metric::Unit => {}
            Metric::Diagonal { inverse_mass } => z.iter_mut().zip(inverse_mass).for_each(|(z, m)| *z *= m.sqrt()),
            Metric::Dense { root, .. } => {
                let d = z.len();
                for i in (0..d).rev() {
                    z[i] = kernels::dot(&root[i * d..=i * d + i], &z[..=i]);
                }
            }
            Metric::LowRank { scale, values, vectors, .. } => {
                stretch(vectors, values.iter().map(|value| value.sqrt() - 1.0), z);
                z.iter_mut().zip(scale).for_each(|(z, s)| *z *= s);
            }
        }
    }
    /// xi <- A^T xi: a gradient in the coordinates in which the metric is the identity.
    pub fn root_transposed(&self, xi: &mut [f64]) {
        match self {
            Metric::Dense { root, .. } => {
                let d = xi.len();
                for i in 0..d {
                    xi[i] = (i..d).map(|k| root[k * d + i] * xi[k]).sum();
                }
            }
            Metric::LowRank { scale, values, vectors, .. } => {
                xi.iter_mut().zip(scale).for_each(|(xi, s)| *xi *= s);
                stretch(vectors, values.iter().map(|value| value.sqrt() - 1.0), xi);
            }
            _ => self.root(xi),
        }
    }
    /// What the scales of the coordinates alone would leave: the largest over the least variance, of a low-rank metric.
    ///
    /// ```
    /// use steepest_flows::scheme::metropolis::Metric;
    /// let one = Metric::low_rank(vec![1.0, 1.0], vec![0.01], vec![0.6, 0.8]);
    /// assert_eq!((one.condition(), Metric::Unit.condition()), (100.0, 1.0));
    /// ```
    pub fn condition(&self) -> f64 {
        let Metric::LowRank { values, scale, .. } = self else { return 1.0 };
        // Directions that do not stand out have variance one.
        let rest = if values.len() < scale.len() { Some(&1.0) } else { None };
        let all = || values.iter().chain(rest);
        all().fold(0.0, |a: f64, b| a.max(*b)) / all().fold(f64::INFINITY, |a: f64, b| a.min(*b))
    }
    /// Whether k directions in d dimensions are multiplied out.
    pub(super) fn multiplied_out(d: usize, k: usize) -> bool {
        3 * k > d && 8 * d * d <= CACHE
    }
    /// S (1 + U (Lambda - 1) U^T) S of d scales, k values and k orthonormal columns of U, one after another.
    ///
    /// One product with the parts reads k columns twice, one with the whole d columns once; beyond k = d / 3 the whole is multiplied
    /// out, as long as it stays in the cache of a core.
    pub fn low_rank(scale: Vec<f64>, values: Vec<f64>, vectors: Vec<f64>) -> Self {
        let (d, k) = (scale.len(), values.len());
        let mut whole = Vec::new();
        if Metric::multiplied_out(d, k) {
            whole.resize(d * d, 0.0);
            for (i, (row, s)) in whole.chunks_exact_mut(d).zip(&scale).enumerate() {
                row[i] = 1.0;
                for (vector, value) in vectors.chunks_exact(d).zip(&values) {
                    kernels::axpy((value - 1.0) * vector[i], vector, row);
                }
                row.iter_mut().zip(&scale).for_each(|(m, other)| *m *= s * other);
            }
        }
        Metric::LowRank { scale, values, vectors, whole }
    }
    /// The dense metric of a covariance, or `None` where it is not positive definite.
    pub fn dense(covariance: Vec<f64>, d: usize) -> Option<Self> {
        let mut root = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..=i {
                let known = kernels::dot(&root[i * d..i * d + j], &root[j * d..j * d + j]);
                let rest = covariance[i * d + j] - known;
                root[i * d + j] = if i == j { rest.sqrt() } else { rest / root[j * d + j] };
            }
            let pivot = root[i * d + i];
            if !(pivot.is_finite() && pivot > 0.0) {
                return None;
            }
        }
        Some(Metric::Dense { covariance, root })
    }
}

impl Persist for Metric {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let mut kind: u8 = match self {
            Metric::Unit => 0,
            Metric::Diagonal { .. } => 1,
            Metric::Dense { .. } => 2,
            Metric::LowRank { .. } => 3,
        };
        kind.pass(archive)?;
        if archive.reads() {
            *self = match kind {
                0 => Metric::Unit,
                1 => Metric::Diagonal { inverse_mass: Vec::new() },
                2 => Metric::Dense { covariance: Vec::new(), root: Vec::new() },
                3 => Metric::low_rank(Vec::new(), Vec::new(), Vec::new()),
                _ => return None,
            };
        }
        match self {
            Metric::Unit => Some(()),
            Metric::Diagonal { inverse_mass } => inverse_mass.pass(archive),
            Metric::Dense { covariance, root } => {
                covariance.pass(archive)?;
                root.pass(archive)
            }
            Metric::LowRank { scale, values, vectors, whole } => {
                scale.pass(archive)?;
                values.pass(archive)?;
                vectors.pass(archive)?;
                whole.pass(archive)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A A^T = M^-1, column by column, for every kind of metric; and p . A z = A^T p . z.
    #[test]
    fn roots_are_roots() {
        let u = [0.6, 0.0, 0.8];
        let dense = Metric::dense(vec![4.0, 1.0, 0.5, 1.0, 2.0, -0.3, 0.5, -0.3, 1.0], 3).unwrap();
        let diagonal = Metric::Diagonal { inverse_mass: vec![0.1, 1.0, 7.0] };
        let low_rank = Metric::low_rank(vec![0.5, 2.0, 1.0], vec![50.0, 0.1], [u, [0.0, 1.0, 0.0]].concat());
        let Metric::LowRank { scale, values, vectors, whole } = low_rank.clone() else { panic!("{low_rank:?}") };
        assert_eq!(whole.len(), 9, "two directions of three: multiplied out");
        let parts = Metric::LowRank { scale, values, vectors, whole: Vec::new() };
        for metric in [Metric::Unit, diagonal, dense, low_rank, parts] {
            for j in 0..3 {
                let mut e = [0.0; 3];
                e[j] = 1.0;
                let mut velocity = [0.0; 3];
                metric.velocity(&e, &mut velocity);
                metric.root_transposed(&mut e);
                metric.root(&mut e);
                assert!(e.iter().zip(&velocity).all(|(a, b)| (a - b).abs() < 1e-12), "{metric:?}: {e:?} {velocity:?}");
            }
        }
    }
}
