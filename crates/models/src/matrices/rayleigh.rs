//! -tr(X^T A X) / 2: its minima over orthonormal X span the leading eigenvectors of A.
use super::{OnePoint, Shape, entries, potential};
use crate::Model;
use steepest_core::{Batch, Workspace};
use steepest_kernels::{Symmetric, dot};

/// F(X) = -tr(X^T A X) / 2 for a symmetric n by n matrix A and X of n by p, or plus that for the trailing eigenvectors.
///
/// On the Stiefel and Grassmann manifolds its least value is minus half the sum of the p largest eigenvalues (half the sum of
/// the p smallest) [AbsilMahonySepulchre2008, Sec. 2.1 and 4.8].
#[derive(Clone, Debug)]
pub struct Rayleigh {
    rows: usize,
    columns: usize,
    sign: f64,
    a: Symmetric,
}
impl Rayleigh {
    /// Of the matrix `a`, row by row, of which the symmetric part counts, and p columns; for the largest eigenvalues, or the
    /// smallest.
    ///
    /// # Panics
    /// If `a` does not have rows^2 numbers.
    pub fn new(rows: usize, columns: usize, a: &[f64], largest: bool) -> Self {
        Rayleigh { rows, columns, sign: if largest { -1.0 } else { 1.0 }, a: Symmetric::new(rows, a) }
    }
}
impl OnePoint for Rayleigh {
    fn at(&self, x: &[f64], xi: Option<&mut [f64]>, work: &mut Workspace) -> f64 {
        match xi {
            Some(xi) => {
                self.a.times(self.columns, self.sign, x, xi);
                0.5 * dot(x, xi)
            }
            None => {
                let mut ax = work.take(x.len());
                self.a.times(self.columns, self.sign, x, &mut ax);
                let value = 0.5 * dot(x, &ax);
                work.give(ax);
                value
            }
        }
    }
    const QUADRATIC: bool = true;
    fn second(&self, v: &[f64], hv: &mut [f64]) {
        self.a.times(self.columns, self.sign, v, hv);
    }
}
potential!(Rayleigh);
impl Model for Rayleigh {
    fn dim(&self) -> usize {
        self.rows * self.columns
    }
    fn names(&self) -> Vec<String> {
        entries("x", self.rows, self.columns)
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
    fn shape(&self) -> Shape {
        Shape::Matrix { rows: self.rows, columns: self.columns }
    }
    fn notes(&self) -> Vec<String> {
        let which = if self.sign < 0.0 { "largest" } else { "smallest" };
        vec![format!(
            "A has {} rows; sought are the eigenvectors of its {} {which} eigenvalues.",
            self.rows, self.columns
        )]
    }
}
