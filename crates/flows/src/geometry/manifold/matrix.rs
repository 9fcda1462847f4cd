//! Small matrices, row by row, with memory of the caller: what the surfaces of matrices are made of.
use super::narrow;
use steepest_core::Workspace;
use steepest_kernels::{cholesky, gemm, gemm_by_transposed, gemm_transposed, spectrum_into};

/// out <- A B, of [m, k, n].
pub(super) fn times(shape: [usize; 3], a: &[f64], b: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    gemm(shape, 1.0, a, b, out);
}
/// out <- A^T B for A of k by m, of [m, k, n].
pub(super) fn transposed_times(shape: [usize; 3], a: &[f64], b: &[f64], out: &mut [f64]) {
    let [m, k, n] = shape;
    assert!(a.len() == k * m && b.len() == k * n && out.len() == m * n, "transposed_times: slices and shape differ");
    if m == n && narrow::gram(m, a, b, out) {
        return;
    }
    out.fill(0.0);
    gemm_transposed(shape, 1.0, a, b, out);
}
/// v <- v + c X W for X of n by p and W of p by p.
pub(super) fn add_times([n, p]: [usize; 2], c: f64, x: &[f64], w: &[f64], v: &mut [f64]) {
    assert!(x.len() == n * p && w.len() == p * p && v.len() == n * p, "add_times: slices and shape differ");
    if !narrow::add_times(p, c, x, w, v) {
        gemm([n, p, p], c, x, w, v);
    }
}
/// v <- v + c Y W, Y of n by p and W of p by p, and along <- X^T v of what it is then.
pub(super) fn add_times_across(
    [n, p]: [usize; 2],
    x: &[f64],
    (c, y): (f64, &[f64]),
    w: &[f64],
    v: &mut [f64],
    along: &mut [f64],
) {
    let numbers = [x.len(), y.len(), v.len()];
    assert!(numbers == [n * p; 3] && [w.len(), along.len()] == [p * p; 2], "add_times_across: slices and shape differ");
    if !narrow::add_times_across(p, x, (c, y), w, v, along) {
        add_times([n, p], c, y, w, v);
        transposed_times([p, n, p], x, v, along);
    }
}
/// out <- A B^T for B of n by k, of [m, k, n].
pub(super) fn times_transposed(shape: [usize; 3], a: &[f64], b: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    gemm_by_transposed(shape, 1.0, a, b, out);
}
/// A <- (A + A^T) / 2
pub(super) fn symmetrise(d: usize, a: &mut [f64]) {
    for i in 0..d {
        for j in 0..i {
            let mean = 0.5 * (a[i * d + j] + a[j * d + i]);
            (a[i * d + j], a[j * d + i]) = (mean, mean);
        }
    }
}
/// A <- (A - A^T) / 2
pub(super) fn skew(d: usize, a: &mut [f64]) {
    for i in 0..d {
        a[i * d + i] = 0.0;
        for j in 0..i {
            let half = 0.5 * (a[i * d + j] - a[j * d + i]);
            (a[i * d + j], a[j * d + i]) = (half, -half);
        }
    }
}
/// out <- A^T
pub(super) fn transpose(d: usize, a: &[f64], out: &mut [f64]) {
    for i in 0..d {
        for j in 0..d {
            out[j * d + i] = a[i * d + j];
        }
    }
}
pub(super) fn identity(d: usize, out: &mut [f64]) {
    out.fill(0.0);
    (0..d).for_each(|i| out[i * d + i] = 1.0);
}
/// |X^T X - 1| for X of n by p.
pub(super) fn off_orthonormal(n: usize, p: usize, x: &[f64], work: &mut Workspace) -> f64 {
    let mut gram = work.take(p * p);
    transposed_times([p, n, p], x, x, &mut gram);
    (0..p).for_each(|i| gram[i * p + i] -= 1.0);
    let off = super::norm(&gram);
    work.give(gram);
    off
}
/// X <- the orthonormal columns of its QR factorisation with a positive diagonal, by Cholesky factors of X^T X, twice where
/// once would leave an error [YamamotoEtAl2015]. Not finite where its columns depend on one another.
pub(super) fn orthonormalise(n: usize, p: usize, x: &mut [f64], work: &mut Workspace) {
    let mut gram = work.take(p * p);
    for _ in 0..3 {
        transposed_times([p, n, p], x, x, &mut gram);
        // The error is rounding times the square of the condition of X.
        let spread = narrow::factor_out(p, &mut gram, x).unwrap_or_else(|| {
            if cholesky(p, &mut gram).is_err() {
                return f64::NAN;
            }
            steepest_kernels::solve_right(p, &gram, n, x);
            (0..p).map(|i| gram[i * p + i]).fold(1.0, |spread, r| spread.max(r.max(1.0 / r)))
        });
        if spread.is_nan() {
            x.fill(f64::NAN);
        }
        if spread < 2.0 || spread.is_nan() {
            break;
        }
    }
    work.give(gram);
}
/// out <- f(A) for symmetric A of d by d, f of the eigenvalues; `None` where A is not finite.
pub(super) fn function(
    d: usize,
    a: &[f64],
    f: impl Fn(f64) -> f64,
    out: &mut [f64],
    work: &mut Workspace,
) -> Option<()> {
    let (mut values, mut vectors, mut scaled) = (work.take(d), work.take(d * d), work.take(d * d));
    let found = spectrum_into(d, a, &mut values, &mut vectors);
    scaled.copy_from_slice(&vectors);
    scaled.chunks_exact_mut(d).zip(&values).for_each(|(row, value)| {
        let f = f(*value);
        row.iter_mut().for_each(|v| *v *= f);
    });
    transposed_times([d, d, d], &vectors, &scaled, out);
    symmetrise(d, out);
    [values, vectors, scaled].into_iter().for_each(|buffer| work.give(buffer));
    found
}
/// Terms of a series whose argument is at most 1/2: the next is below 2e-18.
const TERMS: usize = 15;
/// out <- exp(A), by scaling and squaring of the Taylor series, for A of moderate size [MolerVanLoan2003, Methods 1 and 3].
pub(super) fn exponential(d: usize, a: &[f64], out: &mut [f64], work: &mut Workspace) {
    let size = a.chunks_exact(d).map(|row| row.iter().map(|a| a.abs()).sum::<f64>()).fold(0.0, f64::max);
    if !size.is_finite() || size > 1e6 {
        out.fill(f64::NAN);
        return;
    }
    let squarings = if size > 0.5 { (2.0 * size).log2().ceil() as i32 } else { 0 };
    let (mut scaled, mut term) = (work.take(d * d), work.take(d * d));
    scaled.iter_mut().zip(a).for_each(|(s, a)| *s = a * 0.5f64.powi(squarings));
    identity(d, out);
    for k in (1..=TERMS).rev() {
        times([d, d, d], &scaled, out, &mut term);
        identity(d, out);
        steepest_kernels::axpy(1.0 / k as f64, &term, out);
    }
    for _ in 0..squarings {
        times([d, d, d], out, out, &mut term);
        out.copy_from_slice(&term);
    }
    work.give(scaled);
    work.give(term);
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::normals;

    /// exp of a rotation's generator is the rotation, of A and -A inverse of one another, of a diagonal its exponentials.
    #[test]
    fn exponentials_are_known() {
        let work = &mut Workspace::default();
        for angle in [1e-9, 0.3, 3.0, 40.0] {
            let mut out = [0.0; 4];
            exponential(2, &[0.0, -angle, angle, 0.0], &mut out, work);
            let exact = [angle.cos(), -angle.sin(), angle.sin(), angle.cos()];
            assert!(out.iter().zip(exact).all(|(a, b)| (a - b).abs() < 2e-14 * (1.0 + angle)), "{angle}: {out:?}");
        }
        let (mut a, mut b, mut out, mut back) = ([0.0; 25], [0.0; 25], [0.0; 25], [0.0; 25]);
        normals(1, 0, 0, 0, &mut a);
        b.iter_mut().zip(&a).for_each(|(b, a)| *b = -a);
        exponential(5, &a, &mut out, work);
        exponential(5, &b, &mut back, work);
        times([5, 5, 5], &out, &back, &mut a);
        assert!((0..25).all(|i| (a[i] - f64::from(u8::from(i / 5 == i % 5))).abs() < 1e-12));
    }
    /// One pass is two, for every number of columns that has registers of its own and one that has none, and rows that end anywhere.
    #[test]
    fn fused_products_are_the_products() {
        for (n, p) in (1..=9).flat_map(|p| [(p, p), (p + 1, p), (13, p), (40, p)]) {
            let drawn = |key: u64, len: usize| {
                let mut z = vec![0.0; len];
                normals(key, 0, 0, 0, &mut z);
                z
            };
            let (x, y, v, w) = (drawn(1, n * p), drawn(2, n * p), drawn(3, n * p), drawn(4, p * p));
            let exact =
                |i: usize, j: usize| v[i * p + j] - 0.7 * (0..p).map(|k| y[i * p + k] * w[k * p + j]).sum::<f64>();
            let (mut found, mut along) = (v.clone(), vec![f64::NAN; p * p]);
            add_times_across([n, p], &x, (-0.7, &y), &w, &mut found, &mut along);
            for j in 0..p {
                assert!((0..n).all(|i| (found[i * p + j] - exact(i, j)).abs() < 1e-13 * n as f64), "{n} by {p}");
                for k in 0..p {
                    let sum: f64 = (0..n).map(|i| x[i * p + k] * exact(i, j)).sum();
                    assert!((along[k * p + j] - sum).abs() < 1e-12 * n as f64, "{n} by {p}: {k} {j}");
                }
            }
        }
    }
    /// Whatever the condition of its columns, they come out orthonormal, and span what they did.
    #[test]
    fn columns_become_orthonormal() {
        let work = &mut Workspace::default();
        for tilt in [1.0, 1e-3, 1e-6] {
            let mut x = [0.0; 60];
            normals(2, 0, 0, 0, &mut x);
            x.chunks_exact_mut(3).for_each(|row| row[2] = row[1] + tilt * row[2]);
            let before = x;
            orthonormalise(20, 3, &mut x, work);
            assert!(off_orthonormal(20, 3, &x, work) < 1e-14, "{tilt}");
            let mut r = [0.0; 9];
            transposed_times([3, 20, 3], &x, &before, &mut r);
            assert!(r[3].abs() + r[6].abs() + r[7].abs() < 1e-9 && r[0] > 0.0 && r[8] > 0.0, "{tilt}: {r:?}");
        }
        let mut x = [1.0; 6];
        orthonormalise(3, 2, &mut x, work);
        assert!(x[0].is_nan() || off_orthonormal(3, 2, &x, work) < 1.0);
    }
}
