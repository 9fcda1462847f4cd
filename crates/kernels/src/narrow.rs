//! NARROW: a symmetric matrix times a few columns, whose sums stay in registers: a blocked product packs more than it sums there.
use crate::{gemm, simd};

/// Numbers of a matrix that stays in a core's second cache.
const CACHED: usize = 1 << 16;

/// C += alpha A B, with A symmetric of m by m and B of m by n, all row-major; `shape` is [m, n].
///
/// Each entry is a sum over the rows of A in their order, where n <= 8 and A is small; else as [`gemm`] sums.
///
/// # Panics
/// If a slice does not have the length of its shape.
///
/// ```
/// let mut c = [1.0, 0.0];
/// steepest_kernels::symmetric_times([2, 1], 2.0, &[1.0, 3.0, 3.0, 5.0], &[1.0, -1.0], &mut c);
/// assert_eq!(c, [-3.0, -4.0]);
/// ```
pub fn symmetric_times(shape: [usize; 2], alpha: f64, a: &[f64], b: &[f64], c: &mut [f64]) {
    let [m, n] = shape;
    assert!(a.len() == m * m && b.len() == m * n && c.len() == m * n, "symmetric_times: slices and shape differ");
    if a.len() > CACHED {
        return gemm([m, m, n], alpha, a, b, c);
    }
    match n {
        1 => columns::<1>(m, alpha, a, b, c),
        2 => columns::<2>(m, alpha, a, b, c),
        3 => columns::<3>(m, alpha, a, b, c),
        4 => columns::<4>(m, alpha, a, b, c),
        5 => columns::<5>(m, alpha, a, b, c),
        6 => columns::<6>(m, alpha, a, b, c),
        7 => columns::<7>(m, alpha, a, b, c),
        8 => columns::<8>(m, alpha, a, b, c),
        _ => gemm([m, m, n], alpha, a, b, c),
    }
}
fn columns<const P: usize>(m: usize, alpha: f64, a: &[f64], b: &[f64], c: &mut [f64]) {
    let b = b.as_chunks::<P>().0;
    simd(
        #[inline(always)]
        || {
            let mut first = 0;
            while first + 16 <= m {
                strip::<P, 16>(m, first, alpha, a, b, c);
                first += 16;
            }
            while first + 4 <= m {
                strip::<P, 4>(m, first, alpha, a, b, c);
                first += 4;
            }
            while first < m {
                strip::<P, 1>(m, first, alpha, a, b, c);
                first += 1;
            }
        },
    );
}
/// Rows `first`.. of C: as A is symmetric they are its columns, and lie side by side.
#[inline(always)]
fn strip<const P: usize, const W: usize>(m: usize, first: usize, alpha: f64, a: &[f64], b: &[[f64; P]], c: &mut [f64]) {
    let mut sums = [[0.0f64; W]; P];
    for (row, b) in a.chunks_exact(m).zip(b) {
        let Some(Ok(row)) = row.get(first..first + W).map(<[f64; W]>::try_from) else { return };
        for (sums, b) in sums.iter_mut().zip(b) {
            for (sum, a) in sums.iter_mut().zip(&row) {
                *sum = a.mul_add(*b, *sum);
            }
        }
    }
    for (i, c) in c[first * P..(first + W) * P].as_chunks_mut::<P>().0.iter_mut().enumerate() {
        c.iter_mut().zip(&sums).for_each(|(c, sums)| *c = alpha.mul_add(sums[i], *c));
    }
}

#[cfg(test)]
mod tests {
    use crate::{gemm, normals, symmetric_times};

    /// As the blocked product, for every number of columns and rows that end anywhere in a strip.
    #[test]
    fn it_is_the_product() {
        for (m, n) in [(1, 1), (5, 2), (16, 3), (23, 4), (100, 5), (37, 6), (64, 7), (21, 8), (30, 9)] {
            let (mut z, mut b) = (vec![0.0; m * m], vec![0.0; m * n]);
            normals(1, 0, 0, 0, &mut z);
            normals(2, 0, 0, 0, &mut b);
            let a: Vec<f64> = (0..m * m).map(|k| z[k] + z[(k % m) * m + k / m]).collect();
            let (mut c, mut exact) = (vec![0.5; m * n], vec![0.5; m * n]);
            symmetric_times([m, n], -0.7, &a, &b, &mut c);
            gemm([m, m, n], -0.7, &a, &b, &mut exact);
            assert!(c.iter().zip(&exact).all(|(c, e)| (c - e).abs() < 1e-12 * m as f64), "{m} {n}");
        }
    }
}
