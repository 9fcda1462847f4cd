//! TILES: a design matrix laid out for one pass that serves all chains.
use crate::lanes::{Lanes, with_lanes};

const ROWS: usize = 64;

/// One column of a tile: 64 rows on a cache-line boundary.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Column([f64; ROWS]);

/// Vectors of eight rows in a column.
const VECTORS: usize = ROWS / 8;

impl Column {
    #[inline(always)]
    fn vectors(&self) -> &[[f64; 8]] {
        self.0.as_chunks().0
    }
}

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

    /// eta[m * 64 + r] = sum_j X[r, j] coefficients[j * n + m] for every chain m < n: one tile of linear predictors.
    ///
    /// X is read once for up to eight chains. A sum runs over j in order with one rounding a term, so each chain has
    /// the same bits whatever n is. Rows past [`Tiles::rows`] get zero.
    ///
    /// # Panics
    /// If there is no such tile, or `coefficients` has not columns * n elements, or `eta` not 64 n.
    ///
    /// ```
    /// use steepest_kernels::Tiles;
    /// let x = Tiles::new(2, 2, |r, j| (10 * r + j) as f64);
    /// let mut eta = [0.0; 64];
    /// x.predict(0, 1, &[1.0, 2.0], &mut eta);
    /// assert_eq!(eta[..3], [2.0, 32.0, 0.0]);
    /// ```
    pub fn predict(&self, tile: usize, n: usize, coefficients: &[f64], eta: &mut [f64]) {
        let x = self.tile(tile);
        assert_eq!(coefficients.len(), self.columns * n, "predict: a coefficient for each column and chain");
        assert_eq!(eta.len(), ROWS * n, "predict: 64 rows for each chain");
        with_lanes!(predict_tile(x: &[Column], n: usize, coefficients: &[f64], eta: &mut [f64]))
    }

    /// gradient[j * n + m] += scale * sum_r X[r, j] residual[m * 64 + r] for every chain m < n: one tile's share.
    ///
    /// Rows r mod 8 are summed in order with one rounding a term, then the eight sums in a fixed tree, so each chain
    /// has the same bits whatever n is. Residuals past [`Tiles::rows`] meet zeros, and must be finite.
    ///
    /// # Panics
    /// If there is no such tile, or `gradient` has not columns * n elements, or `residual` not 64 n.
    ///
    /// ```
    /// use steepest_kernels::Tiles;
    /// let x = Tiles::new(2, 2, |r, j| (10 * r + j) as f64);
    /// let mut gradient = [1.0, 1.0];
    /// x.pull(0, 1, -1.0, &[0.5; 64], &mut gradient);
    /// assert_eq!(gradient, [-4.0, -5.0]);
    /// ```
    pub fn pull(&self, tile: usize, n: usize, scale: f64, residual: &[f64], gradient: &mut [f64]) {
        let x = self.tile(tile);
        assert_eq!(gradient.len(), self.columns * n, "pull: a component for each column and chain");
        assert_eq!(residual.len(), ROWS * n, "pull: 64 rows for each chain");
        with_lanes!(pull_tile(x: &[Column], n: usize, scale: f64, residual: &[f64], gradient: &mut [f64]))
    }
}

/// Chains in blocks of 8, 4, 2 and 1, each with as many rows at a time as the registers hold.
#[inline(always)]
fn predict_tile<L: Lanes>(v: L, x: &[Column], n: usize, coefficients: &[f64], eta: &mut [f64]) {
    let wide = L::REGISTERS >= 32;
    let mut m = 0;
    while m < n {
        m += match n - m {
            8.. if wide => predict_block::<L, 8, 2>(v, x, [n, m], coefficients, eta),
            4.. if wide => predict_block::<L, 4, 4>(v, x, [n, m], coefficients, eta),
            4.. => predict_block::<L, 4, 1>(v, x, [n, m], coefficients, eta),
            2.. if wide => predict_block::<L, 2, 8>(v, x, [n, m], coefficients, eta),
            2.. => predict_block::<L, 2, 2>(v, x, [n, m], coefficients, eta),
            _ if wide => predict_block::<L, 1, 8>(v, x, [n, m], coefficients, eta),
            _ => predict_block::<L, 1, 4>(v, x, [n, m], coefficients, eta),
        };
    }
}

/// Chains m..m + C of n, 8 R rows at a time; returns C.
#[inline(always)]
fn predict_block<L: Lanes, const C: usize, const R: usize>(
    v: L,
    x: &[Column],
    [n, m]: [usize; 2],
    coefficients: &[f64],
    eta: &mut [f64],
) -> usize {
    let (eta, _) = eta.as_chunks_mut::<8>();
    for r in (0..VECTORS).step_by(R) {
        let mut sum = [[v.splat(0.0); R]; C];
        for (x, row) in x.iter().zip(coefficients.chunks_exact(n)) {
            let (x, b) = (x.vectors(), &row[m..m + C]);
            let mut rows = [v.splat(0.0); R];
            for k in 0..R {
                rows[k] = v.load(&x[r + k]);
            }
            for c in 0..C {
                let b = v.splat(b[c]);
                for k in 0..R {
                    sum[c][k] = v.mul_add(rows[k], b, sum[c][k]);
                }
            }
        }
        for c in 0..C {
            for k in 0..R {
                v.store(sum[c][k], &mut eta[(m + c) * VECTORS + r + k]);
            }
        }
    }
    C
}

/// Chains in blocks of 8, 4, 2 and 1, each with as many columns as make eight sums.
#[inline(always)]
fn pull_tile<L: Lanes>(v: L, x: &[Column], n: usize, scale: f64, residual: &[f64], gradient: &mut [f64]) {
    let mut m = 0;
    while m < n {
        let c = match n - m {
            8.. => pull_chains::<L, 8, 1>(v, x, [n, m], scale, residual, gradient),
            4.. => pull_chains::<L, 4, 2>(v, x, [n, m], scale, residual, gradient),
            2.. => pull_chains::<L, 2, 4>(v, x, [n, m], scale, residual, gradient),
            _ => pull_chains::<L, 1, 8>(v, x, [n, m], scale, residual, gradient),
        };
        m += c;
    }
}

/// Chains m..m + C of n, J columns at a time while there are so many, then fewer; returns C.
#[inline(always)]
fn pull_chains<L: Lanes, const C: usize, const J: usize>(
    v: L,
    x: &[Column],
    [n, m]: [usize; 2],
    scale: f64,
    residual: &[f64],
    gradient: &mut [f64],
) -> usize {
    let y = residual[m * ROWS..(m + C) * ROWS].as_chunks().0;
    let mut j = 0;
    while j < x.len() {
        let left = x.len() - j;
        let g = &mut gradient[j * n + m..];
        let x = &x[j..];
        j += match left {
            _ if left >= J => pull_block::<L, C, J>(v, x, n, scale, y, g),
            4.. => pull_block::<L, C, 4>(v, x, n, scale, y, g),
            2.. => pull_block::<L, C, 2>(v, x, n, scale, y, g),
            _ => pull_block::<L, C, 1>(v, x, n, scale, y, g),
        };
    }
    C
}

/// The first J columns of `x` against C residuals, J C <= 8, into `gradient[j * n + c]`; returns J.
#[inline(always)]
fn pull_block<L: Lanes, const C: usize, const J: usize>(
    v: L,
    x: &[Column],
    n: usize,
    scale: f64,
    y: &[[f64; 8]],
    gradient: &mut [f64],
) -> usize {
    let mut sum = [v.splat(0.0); 8];
    for k in 0..VECTORS {
        for j in 0..J {
            let x = v.load(&x[j].vectors()[k]);
            for c in 0..C {
                sum[j * C + c] = v.mul_add(x, v.load(&y[c * VECTORS + k]), sum[j * C + c]);
            }
        }
    }
    let mut total = [0.0; 8];
    v.store(v.totals(sum), &mut total);
    for j in 0..J {
        for c in 0..C {
            let g = &mut gradient[j * n + c];
            *g = scale.mul_add(total[j * C + c], *g);
        }
    }
    J
}
