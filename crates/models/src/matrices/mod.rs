//! Energies of matrices: what lives on spheres, Stiefel manifolds, rotations and matrices of a fixed rank.
mod completion;
mod procrustes;
mod rayleigh;
pub use completion::{Completion, CompletionError};
pub use procrustes::Procrustes;
pub use rayleigh::Rayleigh;

/// What the coordinates of a model are, where they are more than a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A matrix, row by row; a list has one column.
    Matrix {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// Factors U (rows by rank), S (rank by rank) and V (columns by rank) of a matrix U S V^T.
    Factors {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Rank.
        rank: usize,
    },
}

/// `x[1,1]`, `x[1,2]`, ... row by row; `x[1]`, ... of a single column.
pub fn entries(name: &str, rows: usize, columns: usize) -> Vec<String> {
    let entry = |k: usize| match columns {
        1 => format!("{name}[{}]", k + 1),
        _ => format!("{name}[{},{}]", k / columns + 1, k % columns + 1),
    };
    (0..rows * columns).map(entry).collect()
}

/// Calls `f` with each point of a batch in one piece, and adds what it wrote beside, times `scale`, into the batch's gradient.
fn each(
    x: steepest_core::Batch<'_>,
    scale: f64,
    mut gradients: Option<&mut [f64]>,
    work: &mut steepest_core::Workspace,
    mut f: impl FnMut(usize, &[f64], Option<&mut [f64]>, &mut steepest_core::Workspace),
) {
    // One point lies in one piece as it is.
    let (mut point, mut xi) = (work.take(if x.n > 1 { x.d } else { 0 }), work.take(x.d));
    for i in 0..x.n {
        if x.n > 1 {
            point.iter_mut().zip(x.x.iter().skip(i).step_by(x.n)).for_each(|(to, from)| *to = *from);
        }
        let at = if x.n > 1 { &point } else { x.x };
        match gradients.as_deref_mut() {
            Some(out) => {
                xi.fill(0.0);
                f(i, at, Some(&mut xi), work);
                if x.n == 1 {
                    steepest_kernels::axpy(scale, &xi, out);
                } else {
                    out.iter_mut().skip(i).step_by(x.n).zip(&xi).for_each(|(out, xi)| *out += scale * xi);
                }
            }
            None => f(i, at, None, work),
        }
    }
    work.give(point);
    work.give(xi);
}

/// A matrix energy by its value and gradient at one point, from which [`steepest_core::Potential`] follows.
trait OnePoint: Send + Sync {
    /// F(x); where asked for, the gradient is written into `xi`, which holds zeros.
    fn at(&self, x: &[f64], xi: Option<&mut [f64]>, work: &mut steepest_core::Workspace) -> f64;
    /// Whether F is a quadratic, so that F'' is the same at every point.
    const QUADRATIC: bool = false;
    /// F'' v of a quadratic is added to `hv`.
    fn second(&self, v: &[f64], hv: &mut [f64]) {
        let _ = (v, hv);
    }
}
macro_rules! potential {
    ($energy:ty) => {
        impl steepest_core::Potential for $energy {
            fn values(
                &self,
                x: steepest_core::Batch<'_>,
                scale: f64,
                out: &mut [f64],
                work: &mut steepest_core::Workspace,
            ) {
                $crate::matrices::each(x, 1.0, None, work, |i, x, xi, work| out[i] += scale * self.at(x, xi, work));
            }
            fn gradients(
                &self,
                x: steepest_core::Batch<'_>,
                scale: f64,
                out: &mut [f64],
                work: &mut steepest_core::Workspace,
            ) {
                $crate::matrices::each(x, scale, Some(out), work, |_, x, xi, work| {
                    self.at(x, xi, work);
                });
            }
            fn values_and_gradients(
                &self,
                x: steepest_core::Batch<'_>,
                scale: f64,
                values: &mut [f64],
                gradients: &mut [f64],
                work: &mut steepest_core::Workspace,
            ) {
                $crate::matrices::each(x, scale, Some(gradients), work, |i, x, xi, work| {
                    values[i] += scale * self.at(x, xi, work);
                });
            }
            fn curvatures(
                &self,
                x: steepest_core::Batch<'_>,
                v: &[f64],
                scale: f64,
                out: &mut [f64],
                work: &mut steepest_core::Workspace,
            ) {
                if !<Self as $crate::matrices::OnePoint>::QUADRATIC {
                    return steepest_core::differences(self, x, v, scale, out, work);
                }
                if x.n == 1 && scale == 1.0 {
                    return self.second(v, out);
                }
                $crate::matrices::each(steepest_core::Batch { x: v, ..x }, scale, Some(out), work, |_, v, hv, _| {
                    if let Some(hv) = hv {
                        self.second(v, hv);
                    }
                });
            }
            fn curves_exactly(&self) -> bool {
                <Self as $crate::matrices::OnePoint>::QUADRATIC
            }
        }
    };
}
use potential;
