//! The rotation that brings points nearest to others: the problems of Procrustes and of Wahba.
use super::{OnePoint, Shape, entries, potential};
use crate::Model;
use steepest_core::{Batch, Workspace};
use steepest_kernels::{axpy, dot, gemm};

/// F(R) = sum_i w_i |b_i - R a_i|^2 / 2 over n by n matrices R [Wahba1965].
///
/// It is kept as sums of products, so that an evaluation costs n^3 whatever the number of points.
#[derive(Clone, Debug)]
pub struct Procrustes {
    n: usize,
    pairs: usize,
    /// sum w a a^T, sum w b a^T, sum w |b|^2
    aa: Box<[f64]>,
    ba: Box<[f64]>,
    bb: f64,
}
impl Procrustes {
    /// Of points in R^n, each given by the n numbers of a, the n of b, and a weight where there are 2 n + 1 numbers a pair.
    ///
    /// # Panics
    /// If `table` is not made of whole rows.
    pub fn new(n: usize, weighted: bool, table: &[f64]) -> Self {
        let width = 2 * n + usize::from(weighted);
        assert!(n > 0 && table.len().is_multiple_of(width), "Procrustes: whole rows");
        let (mut aa, mut ba, mut bb) = (vec![0.0; n * n], vec![0.0; n * n], 0.0);
        for row in table.chunks_exact(width) {
            let (a, b, w) = (&row[..n], &row[n..2 * n], if weighted { row[2 * n] } else { 1.0 });
            for i in 0..n {
                axpy(w * a[i], a, &mut aa[i * n..(i + 1) * n]);
                axpy(w * b[i], a, &mut ba[i * n..(i + 1) * n]);
            }
            bb += w * dot(b, b);
        }
        Procrustes { n, pairs: table.len() / width, aa: aa.into(), ba: ba.into(), bb }
    }
}
impl OnePoint for Procrustes {
    /// tr(R (aa) R^T) / 2 - tr(R^T (ba)) + bb / 2
    fn at(&self, x: &[f64], xi: Option<&mut [f64]>, work: &mut Workspace) -> f64 {
        let mut turned = work.take(x.len());
        gemm([self.n, self.n, self.n], 1.0, x, &self.aa, &mut turned);
        let value = 0.5 * dot(x, &turned) - dot(x, &self.ba) + 0.5 * self.bb;
        if let Some(xi) = xi {
            xi.copy_from_slice(&turned);
            axpy(-1.0, &self.ba, xi);
        }
        work.give(turned);
        value
    }
    const QUADRATIC: bool = true;
    fn second(&self, v: &[f64], hv: &mut [f64]) {
        gemm([self.n, self.n, self.n], 1.0, v, &self.aa, hv);
    }
}
potential!(Procrustes);
impl Model for Procrustes {
    fn dim(&self) -> usize {
        self.n * self.n
    }
    fn names(&self) -> Vec<String> {
        entries("r", self.n, self.n)
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
    fn shape(&self) -> Shape {
        Shape::Matrix { rows: self.n, columns: self.n }
    }
    fn notes(&self) -> Vec<String> {
        vec![format!("{} pairs of points in {} dimensions.", self.pairs, self.n)]
    }
}
