//! Metrics from draws and gradients: scales for the coordinates, and the few directions they leave badly scaled, or all of them.
use super::Metric;
use super::window::Window;
use steepest_kernels as kernels;

/// Added to both covariances, so that what was not seen counts for little.
const REGULARISATION: f64 = 1e-5;
/// An eigenvalue between 1 / this and this is as good as 1.
const CUTOFF: f64 = 2.0;
/// Numbers of draws and of gradients a window keeps at most, the latest of them.
pub(super) const MOST: usize = 1 << 21;

/// M^-1 = S (1 + U (Lambda - 1) U^T) S from the pairs of a window [SeyboldtCarlsonCarpenter2026].
///
/// With S the diagonal that makes draws and gradients alike, A and B the covariances of S^-1 q and of S dV(q) in the space
/// that both span, U Lambda U^T is their geometric mean G, G B G = A: the covariance of a Gaussian, exactly, from any d + 1
/// draws of it. Eigenvalues near one are left out. `None` where a coordinate has not moved or nothing can be said.
pub(super) fn low_rank(window: &Window) -> Option<Metric> {
    let d = window.dimension();
    let scale: Vec<f64> = window.inverse_mass()?.iter().map(|m| m.sqrt()).collect();
    let [draws, gradients] = window.pairs(&scale);
    let n = draws.len() / d;
    let whole = 2 * n >= d;
    let span = 2 * n.min(d);
    // The space both span, one basis vector after another; where that is everything, the coordinates themselves.
    let basis = if whole { Vec::new() } else { kernels::orthonormal(d, span, &[&draws[..], &gradients[..]].concat()) };
    let m = if whole { d } else { span };
    let covariance = |pairs: &[f64]| {
        let inside = if whole { pairs.to_vec() } else { project(pairs, &basis, [n, d, m]) };
        let mut c = vec![0.0; m * m];
        kernels::gemm_transposed([m, n, m], 1.0 / n as f64, &inside, &inside, &mut c);
        (0..m).for_each(|i| c[i * m + i] += regularisation(n, d));
        c
    };
    let mean = geometric_mean(m, &covariance(&draws), &covariance(&gradients))?;
    let spectrum = kernels::spectrum(m, &mean)?;
    let stands_out = |value: f64| !(1.0 / CUTOFF..=CUTOFF).contains(&value);
    // Once the whole is multiplied out, leaving directions out saves nothing.
    let all = n >= 2 * d && Metric::multiplied_out(d, spectrum.values.iter().filter(|v| stands_out(**v)).count());
    let (mut values, mut vectors) = (Vec::new(), Vec::new());
    for (value, inside) in spectrum.values.iter().zip(spectrum.vectors.chunks_exact(m)) {
        if !(*value > 0.0 && value.is_finite()) {
            return None;
        }
        if all || stands_out(*value) {
            values.push(*value);
            if whole {
                vectors.extend_from_slice(inside);
            } else {
                let mut vector = vec![0.0; d];
                kernels::gemm([1, m, d], 1.0, inside, &basis, &mut vector);
                vectors.extend(vector);
            }
        }
    }
    Some(Metric::low_rank(scale, values, vectors))
}
/// The whole of S G S, S and G as in [`low_rank`].
///
/// The covariance of the draws alone would be that of how far they came: a chain that is slow along a direction has a small variance
/// there, by which the metric makes it slower still, until only steps along few directions are left.
pub(super) fn dense(window: &Window) -> Option<Metric> {
    let d = window.dimension();
    let scale: Vec<f64> = window.inverse_mass()?.iter().map(|m| m.sqrt()).collect();
    let [mut draws, mut gradients] = window.covariances(&scale);
    for covariance in [&mut draws, &mut gradients] {
        covariance.iter_mut().step_by(d + 1).for_each(|c| *c += regularisation(window.count, d));
    }
    let mut whole = geometric_mean(d, &draws, &gradients)?;
    whole.iter_mut().enumerate().for_each(|(k, c)| *c *= scale[k / d] * scale[k % d]);
    Metric::dense(whole, d)
}
/// Fewer pairs than coordinates leave directions that only draws, or only gradients, have seen: there the ratio of their
/// variances means nothing, and is held near one.
fn regularisation(n: usize, d: usize) -> f64 {
    let seen = n as f64 / (2.0 * d as f64);
    REGULARISATION.max(0.1 * (1.0 - seen))
}
/// Rows in the coordinates of a basis, row-major n by m.
fn project(rows: &[f64], basis: &[f64], [n, d, m]: [usize; 3]) -> Vec<f64> {
    let mut inside = Vec::with_capacity(n * m);
    for row in rows.chunks_exact(d) {
        inside.extend(basis.chunks_exact(d).map(|vector| kernels::dot(vector, row)));
    }
    inside
}
/// G, symmetric and positive, with G B G = A: with B = L L^T, G = L^-T (L^T A L)^1/2 L^-1.
fn geometric_mean(m: usize, a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let mut root = b.to_vec();
    kernels::cholesky(m, &mut root).ok()?;
    let (mut right, mut both) = (vec![0.0; m * m], vec![0.0; m * m]);
    kernels::gemm([m, m, m], 1.0, a, &root, &mut right);
    kernels::gemm_transposed([m, m, m], 1.0, &root, &right, &mut both);
    let mut mean = square_root(m, &both)?;
    kernels::solve_lower_transposed(m, &root, m, &mut mean);
    let mut mean: Vec<f64> = (0..m * m).map(|k| mean[k % m * m + k / m]).collect();
    kernels::solve_lower_transposed(m, &root, m, &mut mean);
    // Rounding leaves it a little askew.
    Some((0..m * m).map(|k| 0.5 * (mean[k] + mean[k % m * m + k / m])).collect())
}
/// A^1/2, A symmetric; eigenvalues that rounding made negative count as tiny.
fn square_root(m: usize, a: &[f64]) -> Option<Vec<f64>> {
    let spectrum = kernels::spectrum(m, a)?;
    let least = spectrum.values.last().copied().unwrap_or(0.0) * 1e-15;
    if least <= 0.0 {
        return None;
    }
    let rows = spectrum.vectors.chunks_exact(m).zip(&spectrum.values);
    let scaled = rows.map(|(vector, value)| (vector, value.max(least).sqrt()));
    let scaled: Vec<f64> = scaled.flat_map(|(vector, root)| vector.iter().map(move |v| v * root)).collect();
    let mut power = vec![0.0; m * m];
    kernels::gemm_transposed([m, m, m], 1.0, &scaled, &spectrum.vectors, &mut power);
    Some(power)
}

#[cfg(test)]
mod tests {
    use super::super::MetricKind;
    use super::*;

    /// Draws of N(0, C) and the gradients C^-1 q give C back, to the regularisation, from a few more than d pairs: the law of
    /// the recipe. C has scales 1e-3 to 1e3 and one strong correlation.
    #[test]
    fn the_covariance_of_a_gaussian_is_found_exactly() {
        let d = 6;
        let scales = [1e-3, 1e-2, 1.0, 1.0, 30.0, 1e3];
        let mut window = Window::new(d, MetricKind::LowRank);
        let mut whole_window = Window::new(d, MetricKind::Dense);
        let mut z = vec![0.0; d];
        let rho: f64 = 0.999;
        for k in 0..40 {
            kernels::normals(3, k, 0, 0, &mut z);
            let mut q: Vec<f64> = z.clone();
            q[3] = rho * z[2] + (1.0 - rho * rho).sqrt() * z[3];
            let mut g = q.clone();
            g[2] = (q[2] - rho * q[3]) / (1.0 - rho * rho);
            g[3] = (q[3] - rho * q[2]) / (1.0 - rho * rho);
            (0..d).for_each(|j| (q[j], g[j]) = (q[j] * scales[j], g[j] / scales[j]));
            window.push(&q, &g);
            // Draws that have come half of the way.
            q.iter_mut().chain(&mut g).for_each(|x| *x *= 0.5);
            whole_window.push(&q, &g);
        }
        let metric = low_rank(&window).unwrap();
        let Metric::LowRank { values, .. } = &metric else { panic!("{metric:?}") };
        assert_eq!(values.len(), 2, "one pair of correlated coordinates: {values:?}");
        let whole = dense(&whole_window).unwrap();
        for j in 0..d {
            let (mut p, mut v) = (vec![0.0; d], vec![0.0; d]);
            p[j] = 1.0;
            metric.velocity(&p, &mut v);
            let mut of_whole = vec![0.0; d];
            whole.velocity(&p, &mut of_whole);
            for i in 0..d {
                let correlation = match (i, j) {
                    _ if i == j => 1.0,
                    (2, 3) | (3, 2) => rho,
                    _ => 0.0,
                };
                let found = v[i] / (scales[i] * scales[j]);
                // Eigenvalues within a factor 2 of one are cut, so what is uncorrelated is found to the diagonal's accuracy.
                let bound = if (2..4).contains(&i) && (2..4).contains(&j) { 0.02 } else { 0.7 };
                assert!((found - correlation).abs() < bound, "M^-1[{i}, {j}] = {found}");
                let found = of_whole[i] / (scales[i] * scales[j]);
                assert!((found - correlation).abs() < 0.02, "whole: M^-1[{i}, {j}] = {found}");
            }
        }
    }

    /// p of law N(0, M) and velocity M^-1 p: E[v v^T] = M^-1, whose trace against M^-1 is seen here through E[p . M^-1 p] = d,
    /// coordinate by coordinate of the eigenvectors to 4.5 standard errors of 20,000 draws (5 % of a variance).
    #[test]
    fn momenta_have_the_law_of_the_metric() {
        let d = 3;
        let u = [0.6, 0.8, 0.0];
        let metric = Metric::low_rank(vec![1.0, 2.0, 0.5], vec![9.0], u.to_vec());
        let (n, mut square, mut along) = (20_000, 0.0, 0.0);
        let (mut p, mut v) = (vec![0.0; d], vec![0.0; d]);
        for k in 0..n {
            kernels::normals(5, k, 0, 0, &mut p);
            metric.refresh(&mut p);
            square += 2.0 * metric.kinetic(&p, &mut v) / n as f64;
            // S p has covariance 1 + (1/9 - 1) u u^T.
            along += (0.6 * p[0] + 0.8 * 2.0 * p[1]).powi(2) * 9.0 / n as f64;
        }
        assert!((square - d as f64).abs() < 4.5 * (2.0 * d as f64 / n as f64).sqrt(), "{square}");
        assert!((along - 1.0).abs() < 4.5 * (2.0 / n as f64).sqrt(), "{along}");
    }
}
