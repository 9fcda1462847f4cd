//! BASES: the coordinates as a p by q matrix G: its orthogonal factor, and the eigenbases of the means of G G^T and G^T G.
use steepest_core::{Archive, Persist};
use steepest_kernels::{dot, gemm, gemm_transposed, orthonormal, spectrum};

/// One side of a matrix: a mean of products and its eigenvectors.
#[derive(Clone, Debug, Default, PartialEq)]
struct Side {
    n: usize,
    /// Symmetric, n by n.
    mean: Vec<f64>,
    /// Eigenvector k is row k, the largest eigenvalue first.
    vectors: Vec<f64>,
}
impl Side {
    fn new(n: usize) -> Self {
        let mut vectors = vec![0.0; n * n];
        (0..n).for_each(|k| vectors[k * n + k] = 1.0);
        Side { n, mean: vec![0.0; n * n], vectors }
    }
    fn learn(&mut self, product: &[f64], beta: f64) {
        self.mean.iter_mut().zip(product).for_each(|(mean, g)| *mean = beta * *mean + (1.0 - beta) * g);
    }
    /// The eigenvectors themselves.
    fn solve(&mut self) {
        if let Some(found) = spectrum(self.n, &self.mean) {
            let n = self.n;
            for k in 0..n {
                self.vectors[k * n..][..n].copy_from_slice(&found.vectors[(n - 1 - k) * n..][..n]);
            }
        }
    }
    /// One power step and a factorisation; the order in which the old vectors went in.
    fn refine(&mut self) -> Vec<usize> {
        let n = self.n;
        let mut image = vec![0.0; n * n];
        gemm([n, n, n], 1.0, &self.vectors, &self.mean, &mut image);
        let quotient: Vec<f64> = (0..n).map(|k| dot(&self.vectors[k * n..][..n], &image[k * n..][..n])).collect();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| quotient[*b].total_cmp(&quotient[*a]));
        let sorted: Vec<f64> = order.iter().flat_map(|k| image[k * n..][..n].iter().copied()).collect();
        if sorted.iter().all(|v| v.is_finite()) {
            self.vectors = orthonormal(n, n, &sorted);
        }
        order
    }
}

/// Both sides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bases {
    /// p and q.
    pub shape: [usize; 2],
    left: Side,
    right: Side,
}
impl Bases {
    /// Of `len` coordinates in `rows` rows; with a remainder, of one row.
    pub fn new(rows: usize, len: usize) -> Self {
        let rows = if len.is_multiple_of(rows) { rows } else { 1 };
        let shape = [rows, len / rows];
        Bases { shape, left: Side::new(shape[0]), right: Side::new(shape[1]) }
    }
    /// The bases of the first gradient.
    pub fn found(&mut self, g: &[f64]) {
        self.learn(g, 0.0);
        self.left.solve();
        self.right.solve();
    }
    pub fn learn(&mut self, g: &[f64], beta: f64) {
        let [p, q] = self.shape;
        let mut right = vec![0.0; q * q];
        gemm_transposed([q, p, q], 1.0, g, g, &mut right);
        self.right.learn(&right, beta);
        let (mut left, across) = (vec![0.0; p * p], transposed(self.shape, g));
        gemm([p, q, p], 1.0, g, &across, &mut left);
        self.left.learn(&left, beta);
    }
    /// Q_L^T G Q_R
    pub fn turn(&self, g: &[f64]) -> Vec<f64> {
        let [p, q] = self.shape;
        let (mut half, mut all) = (vec![0.0; p * q], vec![0.0; p * q]);
        gemm([p, p, q], 1.0, &self.left.vectors, g, &mut half);
        gemm([p, q, q], 1.0, &half, &transposed([q, q], &self.right.vectors), &mut all);
        all
    }
    /// Q_L G Q_R^T
    pub fn turn_back(&self, g: &[f64]) -> Vec<f64> {
        let [p, q] = self.shape;
        let (mut half, mut all) = (vec![0.0; p * q], vec![0.0; p * q]);
        gemm_transposed([p, p, q], 1.0, &self.left.vectors, g, &mut half);
        gemm([p, q, q], 1.0, &half, &self.right.vectors, &mut all);
        all
    }
    /// Turns the bases on; `squares` are sorted as the vectors are.
    pub fn refine(&mut self, squares: &mut [f64]) {
        let q = self.shape[1];
        let (rows, columns) = (self.left.refine(), self.right.refine());
        let old = squares.to_vec();
        for (i, row) in rows.iter().enumerate() {
            for (j, column) in columns.iter().enumerate() {
                squares[i * q + j] = old[row * q + column];
            }
        }
    }
}
impl Persist for Bases {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { shape: _, left, right } = self;
        for side in [left, right] {
            let Side { n: _, mean, vectors } = side;
            mean[..].pass(archive)?;
            vectors[..].pass(archive)?;
        }
        Some(())
    }
}

fn transposed([p, q]: [usize; 2], a: &[f64]) -> Vec<f64> {
    (0..p * q).map(|k| a[(k % p) * q + k / p]).collect()
}

/// The p by q matrix G becomes sqrt(max(1, p / q)) U S V^T for G = U s V^T, S near 1 where s is not very small.
///
/// Five steps X <- a X + (b A + c A^2) X, A = X X^T, from G / |G|: their slope at 0 is the largest for which they stay near 1.
pub(super) fn orthogonalise(shape: [usize; 2], g: &mut [f64]) {
    let [p, q] = shape;
    let (tall, n) = (p.max(q), p.min(q));
    // X stands, so that A = X^T X is the smaller product.
    let mut x = if p >= q { g.to_vec() } else { transposed(shape, g) };
    let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt() + 1e-7;
    x.iter_mut().for_each(|x| *x /= norm);
    let (a, b, c) = (3.4445, -4.7750, 2.0315);
    let mut next = vec![0.0; tall * n];
    for _ in 0..5 {
        let (mut gram, mut poly) = (vec![0.0; n * n], vec![0.0; n * n]);
        gemm_transposed([n, tall, n], 1.0, &x, &x, &mut gram);
        gemm([n, n, n], c, &gram, &gram, &mut poly);
        poly.iter_mut().zip(&gram).for_each(|(poly, gram)| *poly += b * gram);
        next.iter_mut().zip(&x).for_each(|(next, x)| *next = a * x);
        gemm([tall, n, n], 1.0, &x, &poly, &mut next);
        std::mem::swap(&mut x, &mut next);
    }
    let scale = (p as f64 / q as f64).max(1.0).sqrt();
    let back = if p >= q { x } else { transposed([q, p], &x) };
    g.iter_mut().zip(&back).for_each(|(g, x)| *g = scale * x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::normals;

    /// Singular values go through the quintic five times, vectors stay: against the scalar map on a diagonal matrix turned by
    /// two rotations, both shapes.
    #[test]
    fn orthogonalised_singular_values_follow_the_quintic() {
        let s = [3.0, 1.0, 0.2];
        let norm = s.iter().map(|s| s * s).sum::<f64>().sqrt() + 1e-7;
        let map = |s: f64| (0..5).fold(s / norm, |x, _| 3.4445 * x - 4.775 * x.powi(3) + 2.0315 * x.powi(5));
        let mut raw = vec![0.0; 3 * 3 + 5 * 5];
        normals(7, 0, 0, 0, &mut raw);
        let (u, v) = (orthonormal(3, 3, &raw[..9]), orthonormal(5, 5, &raw[9..]));
        let build = |f: &dyn Fn(f64) -> f64| -> Vec<f64> {
            let entry = |i: usize, j: usize| (0..3).map(|k| u[k * 3 + i] * f(s[k]) * v[k * 5 + j]).sum::<f64>();
            (0..15).map(|at| entry(at / 5, at % 5)).collect()
        };
        let (mut wide, exact) = (build(&|s| s), build(&map));
        let mut high = transposed([3, 5], &wide);
        orthogonalise([3, 5], &mut wide);
        orthogonalise([5, 3], &mut high);
        let high = transposed([5, 3], &high);
        let factor = (5.0f64 / 3.0).sqrt();
        for ((w, h), e) in wide.iter().zip(&high).zip(&exact) {
            assert!((w - e).abs() < 1e-13 && (h - factor * e).abs() < 1e-13, "{w} {h} {e}");
        }
    }

    /// Turning there and back is nothing; after many power steps the bases diagonalise the means.
    #[test]
    fn power_steps_find_the_eigenbases() {
        let mut g = vec![0.0; 12];
        normals(3, 0, 0, 0, &mut g);
        let mut bases = Bases::new(3, 12);
        bases.learn(&g, 0.0);
        for _ in 0..400 {
            bases.refine(&mut [0.0; 12]);
        }
        let back = bases.turn_back(&bases.turn(&g));
        assert!(back.iter().zip(&g).all(|(a, b)| (a - b).abs() < 1e-13));
        // In its own bases a matrix is diagonal.
        let turned = bases.turn(&g);
        let off = (0..12).filter(|k| k / 4 != k % 4).map(|k| turned[k].abs()).fold(0.0, f64::max);
        assert!(off < 1e-10, "{off}");
        assert_eq!(Bases::new(5, 12).shape, [1, 12]);
    }
}
