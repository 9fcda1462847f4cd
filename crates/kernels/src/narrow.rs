//! NARROW: a symmetric matrix times a few columns, whose sums stay in registers: a blocked product packs more than it sums there.
use crate::{gemm, simd};

/// Numbers of a matrix that stays in a core's second cache.
const CACHED: usize = 1 << 16;
/// Numbers of a row that lie side by side, in whole cache lines.
const WIDE: usize = 16;

/// Part of a row.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Strip([f64; WIDE]);

/// A symmetric matrix, laid out for products with a few columns.
///
/// ```
/// let mut c = [1.0, 0.0];
/// steepest_kernels::Symmetric::new(2, &[1.0, 3.0, 3.0, 5.0]).times(1, 2.0, &[1.0, -1.0], &mut c);
/// assert_eq!(c, [-3.0, -4.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Symmetric {
    m: usize,
    /// Row by row.
    a: Box<[f64]>,
    /// Columns 0 to 15 of all rows, then the next sixteen, filled up with zeros; none of a large matrix.
    strips: Box<[Strip]>,
}
impl Symmetric {
    /// Of the m by m numbers of A, of which it has the symmetric part, (A + A^T) / 2.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn new(m: usize, a: &[f64]) -> Symmetric {
        assert_eq!(a.len(), m * m, "Symmetric: a square matrix");
        let a: Box<[f64]> = (0..m * m).map(|k| 0.5 * (a[k] + a[(k % m) * m + k / m])).collect();
        let count = if a.len() > CACHED { 0 } else { m.div_ceil(WIDE) };
        let strip = |k: usize| {
            let row = &a[k % m * m..][..m][k / m * WIDE..];
            Strip(std::array::from_fn(|l| row.get(l).copied().unwrap_or(0.0)))
        };
        let strips = (0..count * m).map(strip).collect();
        Symmetric { m, a, strips }
    }
    /// C += alpha A B, B and C of m by n, row-major.
    ///
    /// Each entry is a sum over the rows of A in their order, where n <= 8 and A is small; else as [`gemm`] sums.
    ///
    /// # Panics
    /// If a slice does not have the length of its shape.
    pub fn times(&self, n: usize, alpha: f64, b: &[f64], c: &mut [f64]) {
        let m = self.m;
        assert!(b.len() == m * n && c.len() == m * n, "Symmetric: slices and shape differ");
        match n {
            1..=8 if !self.strips.is_empty() => {}
            _ => return gemm([m, m, n], alpha, &self.a, b, c),
        }
        match n {
            1 => self.columns::<1>(alpha, b, c),
            2 => self.columns::<2>(alpha, b, c),
            3 => self.columns::<3>(alpha, b, c),
            4 => self.columns::<4>(alpha, b, c),
            5 => self.columns::<5>(alpha, b, c),
            6 => self.columns::<6>(alpha, b, c),
            7 => self.columns::<7>(alpha, b, c),
            _ => self.columns::<8>(alpha, b, c),
        }
    }
    fn columns<const P: usize>(&self, alpha: f64, b: &[f64], c: &mut [f64]) {
        let b = b.as_chunks::<P>().0;
        simd(
            #[inline(always)]
            || {
                let rows = c.as_chunks_mut::<P>().0.chunks_mut(WIDE);
                for (strip, c) in self.strips.chunks_exact(self.m).zip(rows) {
                    let (mut done, count) = (0, c.len());
                    if count == WIDE {
                        done = part::<P, WIDE>(strip, done, alpha, b, c);
                    }
                    while done + 4 <= count {
                        done = part::<P, 4>(strip, done, alpha, b, c);
                    }
                    while done < count {
                        done = part::<P, 1>(strip, done, alpha, b, c);
                    }
                }
            },
        );
    }
}
/// Rows `first`.. of a strip of C, W of them: as A is symmetric they are its columns, and lie side by side. What comes next.
#[inline(always)]
fn part<const P: usize, const W: usize>(
    strip: &[Strip],
    first: usize,
    alpha: f64,
    b: &[[f64; P]],
    c: &mut [[f64; P]],
) -> usize {
    let mut sums = [[0.0f64; W]; P];
    for (Strip(row), b) in strip.iter().zip(b) {
        let Some(row) = row.get(first..).and_then(|row| row.first_chunk::<W>()) else { break };
        for (sums, b) in sums.iter_mut().zip(b) {
            for (sum, a) in sums.iter_mut().zip(row) {
                *sum = a.mul_add(*b, *sum);
            }
        }
    }
    for (i, c) in c[first..first + W].iter_mut().enumerate() {
        c.iter_mut().zip(&sums).for_each(|(c, sums)| *c = alpha.mul_add(sums[i], *c));
    }
    first + W
}

#[cfg(test)]
mod tests {
    use crate::{Symmetric, gemm, normals};

    /// As the blocked product, for every number of columns and rows that end anywhere in a strip.
    #[test]
    fn it_is_the_product() {
        for (m, n) in [(1, 1), (5, 2), (16, 3), (23, 4), (100, 5), (37, 6), (64, 7), (21, 8), (30, 9), (257, 2)] {
            let (mut z, mut b) = (vec![0.0; m * m], vec![0.0; m * n]);
            normals(1, 0, 0, 0, &mut z);
            normals(2, 0, 0, 0, &mut b);
            let a: Vec<f64> = (0..m * m).map(|k| z[k] + z[(k % m) * m + k / m]).collect();
            let (mut c, mut exact) = (vec![0.5; m * n], vec![0.5; m * n]);
            Symmetric::new(m, &a).times(n, -0.7, &b, &mut c);
            gemm([m, m, n], -0.7, &a, &b, &mut exact);
            assert!(c.iter().zip(&exact).all(|(c, e)| (c - e).abs() < 1e-12 * m as f64), "{m} {n}");
        }
    }
}
