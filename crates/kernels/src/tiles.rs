//! TILES: a design matrix laid out for one pass that serves all chains.
use crate::dispatch::dispatch;

const ROWS: usize = 64;

/// One column of a tile: 64 rows on a cache-line boundary.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Column([f64; ROWS]);

/// A matrix in tiles of 64 rows, column-major inside a tile, padded with zero rows.
#[derive(Clone, Debug)]
pub struct Tiles {
    rows: usize,
    columns: usize,
    data: Vec<Column>,
}

impl Tiles {
    /// Rows of a tile.
    pub const ROWS: usize = ROWS;

    /// The matrix with entries f(row, column), asked for row by row.
    pub fn new(rows: usize, columns: usize, mut f: impl FnMut(usize, usize) -> f64) -> Tiles {
        let mut data = vec![Column([0.0; ROWS]); rows.div_ceil(ROWS) * columns];
        for r in 0..rows {
            for j in 0..columns {
                data[r / ROWS * columns + j].0[r % ROWS] = f(r, j);
            }
        }
        Tiles { rows, columns, data }
    }

    /// Number of rows, without the padding.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of tiles, rows / 64 rounded up.
    pub fn tiles(&self) -> usize {
        self.rows.div_ceil(ROWS)
    }

    fn tile(&self, tile: usize) -> &[Column] {
        &self.data[tile * self.columns..(tile + 1) * self.columns]
    }

    /// eta[m * 64 + r] = sum_j X[r, j] coefficients[j * n + m] for every chain m < n.
    pub fn predict(&self, tile: usize, n: usize, coefficients: &[f64], eta: &mut [f64]) {
        assert!(coefficients.len() == self.columns * n && eta.len() == ROWS * n, "predict: shapes");
        let x = self.tile(tile);
        dispatch!(predict_tile(x: &[Column], n: usize, coefficients: &[f64], eta: &mut [f64]))
    }

    /// gradient[j * n + m] += scale * sum_r X[r, j] residual[m * 64 + r] for every chain m < n.
    pub fn pull(&self, tile: usize, n: usize, scale: f64, residual: &[f64], gradient: &mut [f64]) {
        assert!(gradient.len() == self.columns * n && residual.len() == ROWS * n, "pull: shapes");
        let x = self.tile(tile);
        dispatch!(pull_tile(x: &[Column], n: usize, scale: f64, residual: &[f64], gradient: &mut [f64]))
    }
}

#[inline(always)]
fn predict_tile(x: &[Column], n: usize, coefficients: &[f64], eta: &mut [f64]) {
    for m in 0..n {
        let mut acc = [0.0; ROWS];
        for (j, x) in x.iter().enumerate() {
            let c = coefficients[j * n + m];
            for r in 0..ROWS {
                acc[r] = x.0[r].mul_add(c, acc[r]);
            }
        }
        eta[m * ROWS..(m + 1) * ROWS].copy_from_slice(&acc);
    }
}

#[inline(always)]
fn pull_tile(x: &[Column], n: usize, scale: f64, residual: &[f64], gradient: &mut [f64]) {
    for (j, x) in x.iter().enumerate() {
        for m in 0..n {
            let y = &residual[m * ROWS..(m + 1) * ROWS];
            let mut t = [0.0; 8];
            for k in 0..8 {
                for l in 0..8 {
                    t[l] = x.0[8 * k + l].mul_add(y[8 * k + l], t[l]);
                }
            }
            let total = ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]));
            gradient[j * n + m] = scale.mul_add(total, gradient[j * n + m]);
        }
    }
}
