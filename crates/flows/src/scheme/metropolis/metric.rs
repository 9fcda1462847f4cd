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
}
impl Metric {
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
        }
    }
    /// p . M^-1 p / 2; `velocity` is scratch and ends as M^-1 p.
    pub fn kinetic(&self, p: &[f64], velocity: &mut [f64]) -> f64 {
        self.velocity(p, velocity);
        0.5 * kernels::dot(p, velocity)
    }
    /// White noise z becomes a momentum of law N(0, M), in place: p = L^-T z.
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
        }
    }
    /// The generalised U-turn criterion with the trapezoidal correction [Betancourt2017, A.4.2]: whether the momentum
    /// summed over a trajectory, `rho`, no longer points along both of its ends. `scratch` holds two vectors or more.
    pub(super) fn turning(&self, left: &[f64], right: &[f64], rho: &[f64], scratch: &mut [f64]) -> bool {
        let (sum, rest) = scratch.split_at_mut(rho.len());
        let velocity = &mut rest[..rho.len()];
        for k in 0..rho.len() {
            sum[k] = rho[k] - 0.5 * (left[k] + right[k]);
        }
        self.velocity(sum, velocity);
        kernels::dot(left, velocity) <= 0.0 || kernels::dot(right, velocity) <= 0.0
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
        };
        kind.pass(archive)?;
        if archive.reads() {
            *self = match kind {
                0 => Metric::Unit,
                1 => Metric::Diagonal { inverse_mass: Vec::new() },
                2 => Metric::Dense { covariance: Vec::new(), root: Vec::new() },
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
        }
    }
}
