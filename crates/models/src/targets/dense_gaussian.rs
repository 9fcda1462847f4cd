//! DENSE GAUSSIAN: any mean and precision matrix, factored by Cholesky for its normalising constant and its variances.
use super::columns::{HALF_LOG_TAU, add, add2, copy, numbered};
use crate::{Model, Truth};
use std::fmt;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::simd;

/// N(m, P^-1), normalised: V(x) = (x - m)^T P (x - m) / 2 + (d/2) log 2 pi - (1/2) log det P. O(d^2) a point.
///
/// ```
/// let target = steepest_models::DenseGaussian::new(&[0.0, 1.0], &[2.0, 1.0, 1.0, 2.0]).unwrap();
/// let sd = steepest_models::Model::truth(&target).unwrap().sd;
/// assert!((sd[0] - (2.0f64 / 3.0).sqrt()).abs() < 1e-15);
/// ```
#[derive(Clone, Debug)]
pub struct DenseGaussian {
    mean: Vec<f64>,
    /// P, row-major.
    precision: Vec<f64>,
    sd: Vec<f64>,
    constant: f64,
}

/// A matrix that is not the precision of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPositive {
    /// It is not d times d.
    Shape,
    /// It is not symmetric.
    Asymmetric,
    /// This leading minor, counted from 1, is not positive.
    Minor(usize),
}
impl fmt::Display for NotPositive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotPositive::Shape => write!(f, "the precision matrix is not d x d"),
            NotPositive::Asymmetric => write!(f, "the precision matrix is not symmetric"),
            NotPositive::Minor(k) => write!(f, "the precision matrix is not positive definite (leading minor {k})"),
        }
    }
}
impl std::error::Error for NotPositive {}

impl DenseGaussian {
    /// Mean of length d, precision d x d row by row.
    ///
    /// # Errors
    /// [`NotPositive`] where the precision is not symmetric positive definite.
    pub fn new(mean: &[f64], precision: &[f64]) -> Result<Self, NotPositive> {
        let d = mean.len();
        if precision.len() != d * d {
            return Err(NotPositive::Shape);
        }
        let asymmetric = |i: usize, j: usize| {
            let (a, b) = (precision[i * d + j], precision[j * d + i]);
            (a - b).abs() > 1e-12 * (precision[i * d + i] * precision[j * d + j]).abs().sqrt()
        };
        if (0..d).any(|i| (0..i).any(|j| asymmetric(i, j))) {
            return Err(NotPositive::Asymmetric);
        }
        let l = cholesky(precision, d)?;
        let constant = d as f64 * HALF_LOG_TAU - (0..d).map(|i| l[i * d + i].ln()).sum::<f64>();
        Ok(DenseGaussian { mean: mean.into(), precision: precision.into(), sd: inverse_diagonal(&l, d), constant })
    }
    /// Mean 0 and a precision drawn from the Wishart law with d degrees of freedom and scale I: strong correlations and a
    /// condition number that grows like d^2 [HoffmanGelman2014, Sec. 4.1]. The draw is a function of `key`.
    ///
    /// # Errors
    /// [`NotPositive`] where rounding makes the draw singular.
    pub fn wishart(d: usize, key: u64) -> Result<Self, NotPositive> {
        let mut a = vec![0.0; d * d];
        steepest_kernels::normals(key, 0, 0, 0, &mut a);
        let entry = |i: usize, j: usize| steepest_kernels::dot(&a[i * d..(i + 1) * d], &a[j * d..(j + 1) * d]);
        let precision: Vec<f64> = (0..d * d).map(|k| entry(k / d, k % d)).collect();
        Self::new(&vec![0.0; d], &precision)
    }
}
/// The lower factor L of P = L L^T, row-major.
fn cholesky(p: &[f64], d: usize) -> Result<Vec<f64>, NotPositive> {
    let mut l = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let s: f64 = (0..j).map(|k| l[i * d + k] * l[j * d + k]).sum();
            let rest = p[i * d + j] - s;
            if i != j {
                l[i * d + j] = rest / l[j * d + j];
            } else if rest > 0.0 && rest.is_finite() {
                l[i * d + i] = rest.sqrt();
            } else {
                return Err(NotPositive::Minor(i + 1));
            }
        }
    }
    Ok(l)
}
/// Square roots of the diagonal of (L L^T)^-1: the norms of the columns of L^-1.
fn inverse_diagonal(l: &[f64], d: usize) -> Vec<f64> {
    let norm = |column: usize| {
        let mut y = vec![0.0; d]; // solves L y = e_column
        for i in column..d {
            let s: f64 = (column..i).map(|k| l[i * d + k] * y[k]).sum();
            y[i] = (if i == column { 1.0 } else { 0.0 } - s) / l[i * d + i];
        }
        y.iter().map(|y| y * y).sum::<f64>().sqrt()
    };
    (0..d).map(norm).collect()
}

/// Points a block.
const BLOCK: usize = 64;

/// product <- row j of P (x - m) at the points from `first` on.
#[inline(always)]
fn product(row: &[f64], mean: &[f64], x: Batch<'_>, first: usize, product: &mut [f64]) {
    product.fill(0.0);
    for (k, (p, m)) in row.iter().zip(mean).enumerate() {
        let column = &x.column(k)[first..first + product.len()];
        product.iter_mut().zip(column).for_each(|(o, x)| *o = p.mul_add(x - m, *o));
    }
}
impl DenseGaussian {
    /// Calls `visit` with a component, the first point of a block, and that component of P (x - m) over the block.
    fn each(&self, x: Batch<'_>, mut visit: impl FnMut(usize, usize, &[f64])) {
        let d = self.mean.len();
        for first in (0..x.n).step_by(BLOCK) {
            let mut row = [0.0; BLOCK];
            let row = &mut row[..BLOCK.min(x.n - first)];
            for (j, p) in self.precision.chunks_exact(d).enumerate() {
                simd(
                    #[inline(always)]
                    || product(p, &self.mean, x, first, row),
                );
                visit(j, first, row);
            }
        }
    }
    /// out[i] += (scale / 2) (x_j - m_j) row[i] for a block
    fn add_value(&self, j: usize, x: &[f64], scale: f64, row: &[f64], out: &mut [f64]) {
        let (half, m) = (0.5 * scale, self.mean[j]);
        add2(x, row, out, |x, row| half * (x - m) * row);
    }
}
impl Potential for DenseGaussian {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().for_each(|o| *o += scale * self.constant);
        self.each(x, |j, first, row| {
            let block = first..first + row.len();
            self.add_value(j, &x.column(j)[block.clone()], scale, row, &mut out[block]);
        });
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        self.each(x, |j, first, row| {
            let start = j * x.n + first;
            add(row, &mut out[start..start + row.len()], |row| scale * row);
        });
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        _work: &mut Workspace,
    ) {
        values.iter_mut().for_each(|o| *o += scale * self.constant);
        self.each(x, |j, first, row| {
            let (block, start) = (first..first + row.len(), j * x.n + first);
            self.add_value(j, &x.column(j)[block.clone()], scale, row, &mut values[block]);
            add(row, &mut gradients[start..start + row.len()], |row| scale * row);
        });
    }
}
impl Model for DenseGaussian {
    fn dim(&self) -> usize {
        self.mean.len()
    }
    fn names(&self) -> Vec<String> {
        numbered(self.mean.len())
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().zip(&self.mean).for_each(|(z, m)| *z += m);
    }
    fn truth(&self) -> Option<Truth> {
        Some(Truth { log_z: Some(0.0), mean: self.mean.clone(), sd: self.sd.clone() })
    }
}
