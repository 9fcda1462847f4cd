//! LINEAR: a small dense matrix applied to one vector at a time, in vector code, with the same bits in any company.
use steepest_kernels::simd;

/// A matrix kept by column and by row, so that it and its transpose both act as sums of contiguous vectors.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    by_column: Vec<f64>,
    by_row: Vec<f64>,
    rows: usize,
    columns: usize,
}

impl Linear {
    pub(crate) fn new(rows: usize, columns: usize, f: impl Fn(usize, usize) -> f64) -> Linear {
        let by_column = (0..columns).flat_map(|j| (0..rows).map(move |i| (i, j))).map(|(i, j)| f(i, j)).collect();
        let by_row = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| f(i, j)).collect();
        Linear { by_column, by_row, rows, columns }
    }
    pub(crate) fn identity(p: usize) -> Linear {
        Linear::new(p, p, |i, j| f64::from(u8::from(i == j)))
    }
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }
    /// The entries, row by row.
    pub(crate) fn by_row(&self) -> &[f64] {
        &self.by_row
    }
    /// out += A x
    pub(crate) fn apply(&self, x: &[f64], out: &mut [f64]) {
        simd(|| combine(&self.by_column, self.rows, x, out));
    }
    /// out += A^T y
    pub(crate) fn apply_transposed(&self, y: &[f64], out: &mut [f64]) {
        simd(|| combine(&self.by_row, self.columns, y, out));
    }
}

/// out += sum_k x[k] vectors[k]
#[inline(always)]
fn combine(vectors: &[f64], length: usize, x: &[f64], out: &mut [f64]) {
    for (v, &a) in vectors.chunks_exact(length.max(1)).zip(x) {
        for (o, &v) in out.iter_mut().zip(v) {
            *o = v.mul_add(a, *o);
        }
    }
}
