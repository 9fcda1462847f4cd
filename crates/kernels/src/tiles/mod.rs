//! TILES: a design matrix laid out for one pass that serves all chains.
mod products;
use crate::lanes::Lanes;
use crate::product::gemm_symmetric;
pub use products::total;
use products::{predict_double, predict_single, pull_double, pull_single};

const ROWS: usize = 64;

/// What the entries of a [`Tiles`] are kept in. Products and sums are of `f64` with either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// `f64`: every entry as it is given.
    #[default]
    Double,
    /// `f32`: half the memory, and entries rounded to 24 bits.
    Single,
}

/// One column of a tile: 64 rows on a cache-line boundary.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Column<T>([T; ROWS]);

/// Vectors of eight rows in a column.
const VECTORS: usize = ROWS / 8;

/// What an entry may be kept in.
trait Entry: Copy {
    fn round(x: f64) -> Self;
    fn exact(self) -> f64;
    fn load<L: Lanes>(v: L, x: &[Self; 8]) -> L::F;
}
impl Entry for f64 {
    fn round(x: f64) -> f64 {
        x
    }
    fn exact(self) -> f64 {
        self
    }
    #[inline(always)]
    fn load<L: Lanes>(v: L, x: &[f64; 8]) -> L::F {
        v.load(x)
    }
}
impl Entry for f32 {
    fn round(x: f64) -> f32 {
        x as f32
    }
    fn exact(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn load<L: Lanes>(v: L, x: &[f32; 8]) -> L::F {
        v.load_single(x)
    }
}

impl<T> Column<T> {
    #[inline(always)]
    fn vectors(&self) -> &[[T; 8]] {
        self.0.as_chunks().0
    }
}

/// A matrix in tiles of 64 rows, column-major inside a tile, padded with zero rows.
#[derive(Clone, Debug)]
pub struct Tiles {
    rows: usize,
    columns: usize,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    Double(Vec<Column<f64>>),
    Single(Vec<Column<f32>>),
}

/// Evaluates an expression in which `$x` is the columns of one kind or of the other.
macro_rules! of_either {
    ($data:expr, $x:ident => $body:expr) => {
        match $data {
            Data::Double($x) => $body,
            Data::Single($x) => $body,
        }
    };
}

impl Tiles {
    /// Rows of a tile.
    pub const ROWS: usize = ROWS;

    /// The matrix with entries f(row, column), asked for row by row, kept in double precision.
    pub fn new(rows: usize, columns: usize, mut f: impl FnMut(usize, usize) -> f64) -> Tiles {
        let mut data = vec![Column([0.0; ROWS]); rows.div_ceil(ROWS) * columns];
        for r in 0..rows {
            for j in 0..columns {
                data[r / ROWS * columns + j].0[r % ROWS] = f(r, j);
            }
        }
        Tiles { rows, columns, data: Data::Double(data) }
    }

    /// A matrix of zeros, to be filled column by column.
    ///
    /// ```
    /// use steepest_kernels::{Precision, Tiles};
    /// let mut x = Tiles::zeros(2, 1, Precision::Single);
    /// x.fill(0, [0.1, 0.2]);
    /// let mut eta = [0.0; 64];
    /// x.predict(0, 1, &[1.0], &mut eta);
    /// assert_eq!(eta[..2], [f64::from(0.1_f32), f64::from(0.2_f32)]);
    /// ```
    pub fn zeros(rows: usize, columns: usize, precision: Precision) -> Tiles {
        let count = rows.div_ceil(ROWS) * columns;
        let data = match precision {
            Precision::Double => Data::Double(vec![Column([0.0; ROWS]); count]),
            Precision::Single => Data::Single(vec![Column([0.0; ROWS]); count]),
        };
        Tiles { rows, columns, data }
    }

    /// Sets column j to these numbers, rounded to the precision that entries are kept in.
    ///
    /// # Panics
    /// If there is no such column, or more numbers than rows.
    pub fn fill(&mut self, j: usize, values: impl IntoIterator<Item = f64>) {
        assert!(j < self.columns, "fill: a column of the matrix");
        let (rows, columns) = (self.rows, self.columns);
        of_either!(&mut self.data, x => fill_column(x, (rows, columns), j, values))
    }

    /// What the entries are kept in.
    pub fn precision(&self) -> Precision {
        match self.data {
            Data::Double(_) => Precision::Double,
            Data::Single(_) => Precision::Single,
        }
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
        let at = tile * self.columns..(tile + 1) * self.columns;
        assert_eq!(coefficients.len(), self.columns * n, "predict: a coefficient for each column and chain");
        assert_eq!(eta.len(), ROWS * n, "predict: 64 rows for each chain");
        match &self.data {
            Data::Double(x) => predict_double(&x[at], n, coefficients, eta),
            Data::Single(x) => predict_single(&x[at], n, coefficients, eta),
        }
    }

    /// Lane l of sums[j * n + m] += sum over rows r = l mod 8 of X[r, j] residual[m * 64 + r] for every chain m < n: one tile's share
    /// of the products that [`total`] adds up.
    ///
    /// A lane runs over its rows in order with one rounding a term, so each chain has the same bits whatever n is.
    /// Residuals past [`Tiles::rows`] meet zeros, and must be finite.
    ///
    /// # Panics
    /// If there is no such tile, or `sums` has not columns * n elements, or `residual` not 64 n.
    ///
    /// ```
    /// use steepest_kernels::{Tiles, total};
    /// let x = Tiles::new(2, 2, |r, j| (10 * r + j) as f64);
    /// let (mut sums, mut gradient) = ([[0.0; 8]; 2], [1.0, 1.0]);
    /// x.pull(0, 1, &[0.5; 64], &mut sums);
    /// total(&sums, &mut gradient);
    /// assert_eq!(gradient, [6.0, 7.0]);
    /// ```
    pub fn pull(&self, tile: usize, n: usize, residual: &[f64], sums: &mut [[f64; 8]]) {
        let at = tile * self.columns..(tile + 1) * self.columns;
        assert_eq!(sums.len(), self.columns * n, "pull: sums for each column and chain");
        assert_eq!(residual.len(), ROWS * n, "pull: 64 rows for each chain");
        match &self.data {
            Data::Double(x) => pull_double(&x[at], n, residual, sums),
            Data::Single(x) => pull_single(&x[at], n, residual, sums),
        }
    }

    /// `out[j * columns + k] += sum_r weights[r] X[r, j] X[r, k]` over the rows of the tiles from `first` on, 64 weights each.
    ///
    /// Through `faer`: the bits may depend on the processor. Weights past [`Tiles::rows`] meet zeros, and must be finite.
    ///
    /// # Panics
    /// If there are no such tiles, or `weights` are no whole tiles, or `out` has not columns^2 elements.
    ///
    /// ```
    /// use steepest_kernels::Tiles;
    /// let x = Tiles::new(2, 2, |r, j| (10 * r + j) as f64);
    /// let mut gram = [0.0; 4];
    /// x.gram(0, &[2.0; 64], &mut gram);
    /// assert_eq!(gram, [200.0, 220.0, 220.0, 244.0]);
    /// ```
    pub fn gram(&self, first: usize, weights: &[f64], out: &mut [f64]) {
        let p = self.columns;
        assert!(weights.len().is_multiple_of(ROWS), "gram: 64 weights a tile");
        assert_eq!(out.len(), p * p, "gram: a square of columns");
        let tiles = weights.len() / ROWS;
        let (mut plain, mut weighted) = (vec![0.0; p * weights.len()], vec![0.0; p * weights.len()]);
        let at = first * p..(first + tiles) * p;
        of_either!(&self.data, x => widen(&x[at], p, weights, &mut plain, &mut weighted));
        gemm_symmetric(p, weights.len(), &weighted, &plain, out);
    }
}

/// Writes column j of a matrix of this shape.
fn fill_column<T: Entry>(
    x: &mut [Column<T>],
    (rows, columns): (usize, usize),
    j: usize,
    values: impl IntoIterator<Item = f64>,
) {
    for (r, value) in values.into_iter().enumerate() {
        assert!(r < rows, "fill: no more numbers than rows");
        x[r / ROWS * columns + j].0[r % ROWS] = T::round(value);
    }
}

/// Tiles of p columns as a matrix of p rows, and the same with each of its columns weighted.
fn widen<T: Entry>(x: &[Column<T>], p: usize, weights: &[f64], plain: &mut [f64], weighted: &mut [f64]) {
    let wide = weights.len();
    for (k, (tile, weights)) in x.chunks_exact(p.max(1)).zip(weights.chunks_exact(ROWS)).enumerate() {
        for (j, column) in tile.iter().enumerate() {
            let at = j * wide + k * ROWS..j * wide + (k + 1) * ROWS;
            let to = plain[at.clone()].iter_mut().zip(&mut weighted[at]);
            for ((x, w), (plain, weighted)) in column.0.iter().zip(weights).zip(to) {
                *plain = x.exact();
                *weighted = w * x.exact();
            }
        }
    }
}
