//! SPECTRAL: eigenpairs of symmetric matrices, singular values, and orthonormal bases of a few vectors, through `faer`, on one thread.
//!
//! For what is done once in a while, such as adapting a metric. The last bits may depend on the processor, as `faer` chooses
//! its kernels by it; never on the number of threads.
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::householder;
use faer::linalg::qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch, recommended_block_size};
use faer::linalg::svd::{ComputeSvdVectors, svd as faer_svd, svd_scratch};
use faer::{Conj, Mat, MatMut, MatRef, Par};

/// Eigenvalues, ascending, and eigenvectors of a symmetric matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Ascending.
    pub values: Vec<f64>,
    /// Eigenvector k, of length one, is `vectors[k * d..(k + 1) * d]`.
    pub vectors: Vec<f64>,
}

/// The spectrum of the symmetric row-major d by d matrix A, of which the lower triangle is read. `None` where A is not finite.
///
/// # Panics
/// If `a` does not have d^2 elements.
///
/// ```
/// let spectrum = steepest_kernels::spectrum(2, &[2.0, 1.0, 1.0, 2.0]).unwrap();
/// assert!((spectrum.values[0] - 1.0).abs() < 1e-14 && (spectrum.values[1] - 3.0).abs() < 1e-14);
/// assert!((spectrum.vectors[2].abs() - 0.5f64.sqrt()).abs() < 1e-14);
/// ```
pub fn spectrum(d: usize, a: &[f64]) -> Option<Spectrum> {
    let (mut values, mut vectors) = (vec![0.0; d], vec![0.0; d * d]);
    spectrum_into(d, a, &mut values, &mut vectors)?;
    Some(Spectrum { values, vectors })
}
/// The same into memory of the caller: d eigenvalues, and eigenvector k at `vectors[k * d..(k + 1) * d]`.
///
/// # Panics
/// If a slice does not have the length of its shape.
pub fn spectrum_into(d: usize, a: &[f64], values: &mut [f64], vectors: &mut [f64]) -> Option<()> {
    if !a.iter().all(|a| a.is_finite()) {
        return None;
    }
    let scratch = self_adjoint_evd_scratch::<f64>(d, ComputeEigenvectors::Yes, Par::Seq, Default::default());
    let mut buffer = MemBuffer::new(scratch);
    // Column-major, so that an eigenvector lies in one piece.
    self_adjoint_evd(
        MatRef::from_row_major_slice(a, d, d),
        DiagMut::from_slice_mut(values),
        Some(MatMut::from_column_major_slice_mut(vectors, d, d)),
        Par::Seq,
        MemStack::new(&mut buffer),
        Default::default(),
    )
    .ok()
}

/// The singular values, descending, of the row-major m by n matrix A = U diag(s) V^T, with U of m by k and V of n by k both
/// row-major and k = min(m, n). `None` where A is not finite.
///
/// # Panics
/// If a slice does not have the length of its shape.
///
/// ```
/// let (mut u, mut s, mut v) = ([0.0; 2], [0.0; 1], [0.0; 1]);
/// steepest_kernels::svd([2, 1], &[3.0, 4.0], &mut u, &mut s, &mut v).unwrap();
/// assert!((s[0] - 5.0).abs() < 1e-14 && (u[0] * s[0] * v[0] - 3.0).abs() < 1e-14);
/// ```
pub fn svd(shape: [usize; 2], a: &[f64], u: &mut [f64], s: &mut [f64], v: &mut [f64]) -> Option<()> {
    let [m, n] = shape;
    let k = m.min(n);
    if !a.iter().all(|a| a.is_finite()) {
        return None;
    }
    let thin = ComputeSvdVectors::Thin;
    let mut buffer = MemBuffer::new(svd_scratch::<f64>(m, n, thin, thin, Par::Seq, Default::default()));
    faer_svd(
        MatRef::from_row_major_slice(a, m, n),
        DiagMut::from_slice_mut(s),
        Some(MatMut::from_row_major_slice_mut(u, m, k)),
        Some(MatMut::from_row_major_slice_mut(v, n, k)),
        Par::Seq,
        MemStack::new(&mut buffer),
        Default::default(),
    )
    .ok()
}

/// An orthonormal basis of a space that holds the n given vectors of length d, n < d: n vectors, one after another.
///
/// Vector k is `vectors[k * d..(k + 1) * d]`. Where they depend on one another the basis is filled up.
///
/// # Panics
/// If `vectors` does not have n d elements, or n > d.
pub fn orthonormal(d: usize, n: usize, vectors: &[f64]) -> Vec<f64> {
    assert!(n <= d && vectors.len() == n * d, "orthonormal: slice and shape differ");
    let mut reflectors = Mat::from_fn(d, n, |i, k| vectors[k * d + i]);
    let size = recommended_block_size::<f64>(d, n);
    let mut factor = Mat::<f64>::zeros(size, n);
    let scratch = qr_in_place_scratch::<f64>(d, n, size, Par::Seq, Default::default());
    let mut buffer = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut buffer);
    qr_in_place(reflectors.as_mut(), factor.as_mut(), Par::Seq, stack, Default::default());
    let mut basis = vec![0.0; n * d];
    (0..n).for_each(|k| basis[k * d + k] = 1.0);
    let scratch = householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(d, size, n);
    let mut buffer = MemBuffer::new(scratch);
    householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
        reflectors.as_ref(),
        factor.as_ref(),
        Conj::No,
        MatMut::from_column_major_slice_mut(&mut basis, d, n),
        Par::Seq,
        MemStack::new(&mut buffer),
    );
    basis
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dot, normals};

    /// A v = lambda v to rounding, vectors orthonormal: matrices on both sides of every block size.
    #[test]
    fn eigenpairs_are_eigenpairs() {
        for d in [1, 2, 3, 17, 60, 150] {
            let mut a = vec![0.0; d * d];
            normals(d as u64, 0, 0, 0, &mut a);
            for i in 0..d {
                for j in 0..i {
                    a[j * d + i] = a[i * d + j];
                }
            }
            let Spectrum { values, vectors } = spectrum(d, &a).unwrap();
            assert!(values.is_sorted());
            for (k, v) in vectors.chunks_exact(d).enumerate() {
                for i in 0..d {
                    let left = dot(&a[i * d..(i + 1) * d], v);
                    assert!((left - values[k] * v[i]).abs() < 1e-12 * (1.0 + d as f64), "d = {d}, pair {k}");
                }
                for (l, w) in vectors.chunks_exact(d).enumerate() {
                    assert!((dot(v, w) - f64::from(u8::from(k == l))).abs() < 1e-12);
                }
            }
        }
        assert_eq!(spectrum(1, &[f64::NAN]), None);
    }

    /// U and V have orthonormal columns, and U diag(s) V^T is the matrix, for wide and tall ones and one of low rank.
    #[test]
    fn singular_values_put_the_matrix_together() {
        for (m, n, rank) in [(1, 1, 1), (5, 3, 3), (3, 5, 3), (40, 12, 12), (30, 30, 7)] {
            let (mut left, mut right, mut a) = (vec![0.0; m * rank], vec![0.0; rank * n], vec![0.0; m * n]);
            normals(m as u64, 2, 0, 0, &mut left);
            normals(n as u64, 3, 0, 0, &mut right);
            crate::gemm([m, rank, n], 1.0, &left, &right, &mut a);
            let k = m.min(n);
            let (mut u, mut s, mut v) = (vec![0.0; m * k], vec![0.0; k], vec![0.0; n * k]);
            svd([m, n], &a, &mut u, &mut s, &mut v).unwrap();
            assert!(s.windows(2).all(|w| w[0] >= w[1]) && s[rank.min(k) - 1] > 1e-3);
            assert!(s[rank.min(k)..].iter().all(|s| *s < 1e-12 * a.len() as f64));
            for (rows, basis) in [(m, &u), (n, &v)] {
                let mut gram = vec![0.0; k * k];
                crate::gemm_transposed([k, rows, k], 1.0, basis, basis, &mut gram);
                assert!((0..k * k).all(|i| (gram[i] - f64::from(u8::from(i / k == i % k))).abs() < 1e-13));
            }
            u.chunks_exact_mut(k).for_each(|row| row.iter_mut().zip(&s).for_each(|(u, s)| *u *= s));
            crate::gemm_by_transposed([m, k, n], -1.0, &u, &v, &mut a);
            assert!(a.iter().all(|a| a.abs() < 1e-13 * (1.0 + s[0])), "{m} {n}");
        }
        assert_eq!(svd([1, 1], &[f64::INFINITY], &mut [0.0], &mut [0.0], &mut [0.0]), None);
    }

    /// Orthonormal, and every given vector is the sum of its projections, even where one depends on the others.
    #[test]
    fn bases_hold_what_they_are_made_of() {
        for (d, n) in [(3, 1), (5, 5), (40, 12), (300, 70)] {
            let mut vectors = vec![0.0; n * d];
            normals(n as u64, 1, 0, 0, &mut vectors);
            if n > 2 {
                let (first, rest) = vectors.split_at_mut(d);
                rest[..d].copy_from_slice(first);
            }
            let basis = orthonormal(d, n, &vectors);
            for (k, v) in basis.chunks_exact(d).enumerate() {
                for (l, w) in basis.chunks_exact(d).enumerate() {
                    assert!((dot(v, w) - f64::from(u8::from(k == l))).abs() < 1e-13);
                }
            }
            for x in vectors.chunks_exact(d) {
                let kept: f64 = basis.chunks_exact(d).map(|v| dot(v, x).powi(2)).sum();
                assert!((kept / dot(x, x) - 1.0).abs() < 1e-12, "{d} {n}");
            }
        }
    }
}
