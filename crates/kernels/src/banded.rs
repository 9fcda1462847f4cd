//! BANDED: LU factors with row exchanges of matrices whose entries are near the diagonal, and of small full ones.

/// The factors of a square matrix A with A_ij = 0 for |i - j| > w: n (3 w + 1) numbers, about 4 n w^2 operations to find and
/// 6 n w to solve with [GolubVanLoan2013, Sec. 4.3].
///
/// ```
/// // -u'' = 1 at five places between zeros: u = x (1 - x) / 2 in units of 1/36.
/// let mut band = [0.0; 15];
/// band.chunks_exact_mut(3).for_each(|row| row.copy_from_slice(&[-1.0, 2.0, -1.0]));
/// let mut factors = steepest_kernels::Banded::new(5, 1);
/// assert!(factors.factor(&band));
/// let mut u = [1.0; 5];
/// factors.solve(&mut u);
/// assert!(u.iter().zip([2.5, 4.0, 4.5, 4.0, 2.5]).all(|(u, exact)| (u - exact).abs() < 1e-14));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Banded {
    n: usize,
    w: usize,
    a: Vec<f64>,
    pivots: Vec<usize>,
}
impl Banded {
    /// Room for the factors of an n by n matrix of bandwidth w.
    pub fn new(n: usize, w: usize) -> Self {
        Banded { n, w, a: vec![0.0; n * (3 * w + 1)], pivots: vec![0; n] }
    }
    /// Factors the matrix with `band[i * (2 w + 1) + w + j - i]` = A_ij; false where it is singular or not finite.
    ///
    /// # Panics
    /// If `band` does not have n (2 w + 1) elements.
    pub fn factor(&mut self, band: &[f64]) -> bool {
        let (n, w) = (self.n, self.w);
        assert_eq!(band.len(), n * (2 * w + 1), "a band of {n} rows");
        for (row, given) in self.a.chunks_exact_mut(3 * w + 1).zip(band.chunks_exact(2 * w + 1)) {
            row[..=2 * w].copy_from_slice(given);
            row[2 * w + 1..].fill(0.0);
        }
        // What stands beyond the corners is no entry.
        for i in 0..w.min(n) {
            self.a[i * (3 * w + 1)..][..w - i].fill(0.0);
        }
        let shape = Shape { n, lower: w, upper: 2 * w, stride: 3 * w, offset: w };
        shape.factor(&mut self.a, &mut self.pivots)
    }
    /// b <- A^-1 b, of the matrix factored last.
    ///
    /// # Panics
    /// If `b` does not have n elements.
    pub fn solve(&self, b: &mut [f64]) {
        let w = self.w;
        Shape { n: self.n, lower: w, upper: 2 * w, stride: 3 * w, offset: w }.solve(&self.a, &self.pivots, 1, b);
    }
}

/// b <- A^-1 b for a full n by n matrix, row-major, and m right-hand sides, b row-major n by m. A is replaced by its factors;
/// false, and b without meaning, where A is singular or not finite. `pivots` is scratch for n numbers.
///
/// ```
/// let (mut a, mut b) = ([0.0, 2.0, 1.0, 1.0], [2.0, 3.0]);
/// assert!(steepest_kernels::solve_general(2, &mut a, &mut [0; 2], 1, &mut b));
/// assert_eq!(b, [2.0, 1.0]);
/// ```
///
/// # Panics
/// If a slice does not have the length of its shape.
pub fn solve_general(n: usize, a: &mut [f64], pivots: &mut [usize], m: usize, b: &mut [f64]) -> bool {
    let shape = Shape { n, lower: n, upper: n, stride: n, offset: 0 };
    let regular = shape.factor(a, pivots);
    shape.solve(a, pivots, m, b);
    regular
}

/// Entry (i, j) stands at i * stride + j + offset; those below the diagonal reach `lower` rows down, those above, after
/// exchanges, `upper` columns to the right.
#[derive(Clone, Copy)]
struct Shape {
    n: usize,
    lower: usize,
    upper: usize,
    stride: usize,
    offset: usize,
}
impl Shape {
    fn at(&self, i: usize, j: usize) -> usize {
        i * self.stride + j + self.offset
    }
    fn factor(&self, a: &mut [f64], pivots: &mut [usize]) -> bool {
        let mut regular = true;
        for k in 0..self.n {
            let below = (k + self.lower + 1).min(self.n);
            let right = (k + self.upper + 1).min(self.n);
            let size = |i: usize| a[self.at(i, k)].abs();
            let pivot = (k + 1..below).fold(k, |best, i| if size(i) > size(best) { i } else { best });
            pivots[k] = pivot;
            if pivot != k {
                (k..right).for_each(|j| a.swap(self.at(k, j), self.at(pivot, j)));
            }
            let diagonal = a[self.at(k, k)];
            if diagonal == 0.0 || !diagonal.is_finite() {
                regular = false;
                continue;
            }
            for i in k + 1..below {
                let factor = a[self.at(i, k)] / diagonal;
                a[self.at(i, k)] = factor;
                if factor != 0.0 {
                    (k + 1..right).for_each(|j| a[self.at(i, j)] -= factor * a[self.at(k, j)]);
                }
            }
        }
        regular
    }
    fn solve(&self, a: &[f64], pivots: &[usize], m: usize, b: &mut [f64]) {
        for k in 0..self.n {
            for c in 0..m {
                b.swap(k * m + c, pivots[k] * m + c);
                for i in k + 1..(k + self.lower + 1).min(self.n) {
                    b[i * m + c] -= a[self.at(i, k)] * b[k * m + c];
                }
            }
        }
        for k in (0..self.n).rev() {
            for c in 0..m {
                let known: f64 =
                    (k + 1..(k + self.upper + 1).min(self.n)).map(|j| a[self.at(k, j)] * b[j * m + c]).sum();
                b[k * m + c] = (b[k * m + c] - known) / a[self.at(k, k)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix that needs exchanges, against the product with a known solution.
    #[test]
    fn a_band_that_needs_exchanges_is_solved() {
        let (n, w) = (40, 3);
        let mut band = vec![0.0; n * (2 * w + 1)];
        let entry = |i: usize, j: usize| (1.0 + (i * 7 + j * 13) as f64).sin() * if i == j { 1e-3 } else { 1.0 };
        let near = |i: usize| i.saturating_sub(w)..(i + w + 1).min(n);
        let exact: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
        let mut b = vec![0.0; n];
        for i in 0..n {
            band[i * (2 * w + 1)..(i + 1) * (2 * w + 1)].fill(f64::NAN);
            for j in near(i) {
                band[i * (2 * w + 1) + w + j - i] = entry(i, j);
                b[i] += entry(i, j) * exact[j];
            }
        }
        for i in n - w..n {
            (n..=i + w).for_each(|j| band[i * (2 * w + 1) + w + j - i] = 0.0);
        }
        let mut full: Vec<f64> =
            (0..n * n).map(|k| if near(k / n).contains(&(k % n)) { entry(k / n, k % n) } else { 0.0 }).collect();
        let mut other = b.clone();
        let mut factors = Banded::new(n, w);
        assert!(factors.factor(&band));
        factors.solve(&mut b);
        assert!(solve_general(n, &mut full, &mut vec![0; n], 1, &mut other));
        for (x, exact) in b.iter().zip(&exact).chain(other.iter().zip(&exact)) {
            assert!((x - exact).abs() < 1e-10, "{x} and not {exact}");
        }
        assert!(!Banded::new(2, 1).factor(&[0.0; 6]));
    }
}
