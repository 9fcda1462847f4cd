//! Mirror maps of positive semidefinite matrices. A point is the part of a symmetric matrix on and above its diagonal, row by row:
//! x_11, x_12, ..., x_1m, x_22, ...; a differential is by these numbers, so that off the diagonal it counts both places.
use super::MirrorMap;
use super::linear::bregman;
use super::separable::{itakura_saito, ln, relative, xlogx};
use steepest_core::Workspace;
use steepest_kernels::{Spectrum, spectrum, threshold};

/// phi(X) = tr X log X on trace one, minus the entropy of von Neumann: density matrices. D is the quantum relative entropy.
/// 1-strongly convex in the nuclear norm [TsudaRatschWarmuth2005].
#[derive(Clone, Copy, Debug, Default)]
pub struct VonNeumann;

/// phi(X) = -log det X, the entropy of Burg of the eigenvalues: D is the loss of Stein, the same in every basis.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogDet;

/// m where d = m (m + 1) / 2.
pub fn order(d: usize) -> Option<usize> {
    let m = ((8.0 * d as f64 + 1.0).sqrt() as usize).saturating_sub(1) / 2;
    (m > 0 && m * (m + 1) / 2 == d).then_some(m)
}
/// The symmetric matrix of a point, row-major; `share` of what is off the diagonal: 1 for points, 1/2 for differentials.
pub fn unpack(x: &[f64], share: f64, out: &mut [f64]) {
    let m = order(x.len()).unwrap_or(0);
    let mut entries = x.iter();
    for i in 0..m {
        for (j, x) in (i..m).zip(entries.by_ref()) {
            let x = if i == j { *x } else { share * x };
            (out[i * m + j], out[j * m + i]) = (x, x);
        }
    }
}
/// out += scale times the point of a matrix; `share` as in [`unpack`].
fn pack(matrix: &[f64], m: usize, share: f64, scale: f64, out: &mut [f64]) {
    let places = (0..m).flat_map(|i| (i..m).map(move |j| (i, j)));
    for (o, (i, j)) in out.iter_mut().zip(places) {
        *o += scale * if i == j { matrix[i * m + i] } else { (matrix[i * m + j] + matrix[j * m + i]) / (2.0 * share) };
    }
}
/// The spectrum of a point or, with 1/2, of a differential. Where it is not finite, everything is NaN.
fn eigen(x: &[f64], share: f64, work: &mut Workspace) -> Spectrum {
    let m = order(x.len()).unwrap_or(0);
    let mut matrix = work.take(m * m);
    unpack(x, share, &mut matrix);
    let found = spectrum(m, &matrix);
    work.give(matrix);
    found.unwrap_or_else(|| Spectrum { values: vec![f64::NAN; m], vectors: vec![0.0; m * m] })
}
/// out <- the point (1) or differential (1/2) with these eigenvectors and f of the eigenvalues.
fn compose(s: &Spectrum, of: impl Fn(f64) -> f64, share: f64, out: &mut [f64]) {
    let m = s.values.len();
    let places = (0..m).flat_map(|i| (i..m).map(move |j| (i, j)));
    out.fill(0.0);
    for (value, v) in s.values.iter().zip(s.vectors.chunks_exact(m.max(1))) {
        let value = of(*value);
        for (o, (i, j)) in out.iter_mut().zip(places.clone()) {
            let twice = if i == j { 1.0 } else { 1.0 / share };
            *o += twice * value * v[i] * v[j];
        }
    }
}
/// out += scale times the matrix with entries weight(k, l) (V^T A V)_kl in the basis V, A = `a` with `from`, packed with `to`;
/// `centred` says by what the diagonal of the basis is moved.
struct Turned<'a> {
    s: &'a Spectrum,
    from: f64,
    to: f64,
}
impl Turned<'_> {
    fn add(
        &self,
        a: &[f64],
        weight: impl Fn(usize, usize) -> f64,
        diagonal: impl Fn(&mut [f64]),
        scale: f64,
        out: &mut [f64],
        work: &mut Workspace,
    ) {
        let m = self.s.values.len();
        let [mut matrix, mut half, mut inner] = [work.take(m * m), work.take(m * m), work.take(m * m)];
        unpack(a, self.from, &mut matrix);
        // vectors holds V^T row by row.
        let vt = &self.s.vectors;
        steepest_kernels::gemm([m, m, m], 1.0, vt, &matrix, &mut half);
        for k in 0..m {
            for l in 0..m {
                let product: f64 = (0..m).map(|j| half[k * m + j] * vt[l * m + j]).sum();
                inner[k * m + l] = weight(k, l) * product;
            }
        }
        diagonal(&mut inner);
        half.fill(0.0);
        steepest_kernels::gemm([m, m, m], 1.0, &inner, vt, &mut half);
        matrix.fill(0.0);
        steepest_kernels::gemm_transposed([m, m, m], 1.0, vt, &half, &mut matrix);
        pack(&matrix, m, self.to, scale, out);
        [matrix, half, inner].into_iter().for_each(|buffer| work.give(buffer));
    }
}
/// x - xi as a matrix, projected by its eigenvalues: the distance from x, in the Frobenius norm.
fn residual(x: &[f64], xi: &[f64], project: impl Fn(&mut [f64], &mut Workspace), work: &mut Workspace) -> f64 {
    let m = order(x.len()).unwrap_or(0);
    let (mut to, mut gradient) = (work.take(m * m), work.take(m * m));
    unpack(x, 1.0, &mut to);
    unpack(xi, 0.5, &mut gradient);
    let mut here = work.take(m * m);
    here.copy_from_slice(&to);
    steepest_kernels::axpy(-1.0, &gradient, &mut to);
    let square = match spectrum(m, &to) {
        Some(mut s) => {
            project(&mut s.values, work);
            for (value, v) in s.values.iter().zip(s.vectors.chunks_exact(m)) {
                for i in 0..m {
                    (0..m).for_each(|j| here[i * m + j] -= value * v[i] * v[j]);
                }
            }
            steepest_kernels::dot(&here, &here)
        }
        None => f64::NAN,
    };
    [to, gradient, here].into_iter().for_each(|buffer| work.give(buffer));
    square.sqrt()
}
fn trace(x: &[f64]) -> f64 {
    let m = order(x.len()).unwrap_or(0);
    // Row i begins after rows of m, m - 1, ... numbers.
    (0..m).map(|i| x[i * m - i * i.saturating_sub(1) / 2]).sum()
}
fn identity(x: &mut [f64], scale: f64) {
    let m = order(x.len()).unwrap_or(0);
    x.fill(0.0);
    (0..m).for_each(|i| x[i * m - i * i.saturating_sub(1) / 2] = scale);
}
/// The sum of f(lambda_k of x, mu_l of y) over the squared overlap of their eigenvectors, or the definition where that is finer.
fn overlap(x: &[f64], y: &[f64], of: impl Fn(f64, f64) -> f64, work: &mut Workspace) -> f64 {
    let (a, b) = (eigen(x, 1.0, work), eigen(y, 1.0, work));
    let m = a.values.len().max(1);
    let mut sum = 0.0;
    for (lambda, u) in a.values.iter().zip(a.vectors.chunks_exact(m)) {
        for (mu, v) in b.values.iter().zip(b.vectors.chunks_exact(m)) {
            sum += steepest_kernels::dot(u, v).powi(2) * of(*lambda, *mu);
        }
    }
    sum
}
fn inside(x: &[f64], work: &mut Workspace) -> bool {
    eigen(x, 1.0, work).values.first().is_some_and(|least| *least > 0.0)
}

impl MirrorMap for VonNeumann {
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64 {
        eigen(x, 1.0, work).values.iter().map(|l| xlogx(*l)).sum()
    }
    fn lower(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        compose(&eigen(x, 1.0, work), ln, 0.5, out);
    }
    /// log tr exp(Y)
    fn conjugate(&self, y: &[f64], work: &mut Workspace) -> f64 {
        steepest_kernels::log_sum_exp(&eigen(y, 0.5, work).values)
    }
    fn raise(&self, y: &[f64], x: &mut [f64], work: &mut Workspace) -> bool {
        let s = eigen(y, 0.5, work);
        let most = s.values.last().copied().unwrap_or(f64::NAN);
        let sum: f64 = s.values.iter().map(|l| (l - most).exp()).sum();
        compose(&s, |l| (l - most).exp() / sum, 1.0, x);
        sum.is_finite()
    }
    fn divergence(&self, x: &[f64], y: &[f64], work: &mut Workspace) -> f64 {
        overlap(x, y, relative, work)
    }
    /// The derivative of the logarithm: divided differences in the basis of X.
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], work: &mut Workspace) {
        let s = eigen(x, 1.0, work);
        let weight = |k: usize, l: usize| 1.0 / logarithmic_mean(s.values[k], s.values[l]);
        Turned { s: &s, from: 1.0, to: 0.5 }.add(v, weight, |_| {}, scale, out, work);
    }
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], work: &mut Workspace) {
        let s = eigen(x, 1.0, work);
        let m = s.values.len();
        let weight = |k: usize, l: usize| logarithmic_mean(s.values[k], s.values[l]);
        // Less the multiple of X that keeps the trace.
        let keep = |inner: &mut [f64]| {
            let (moved, all): (f64, f64) = ((0..m).map(|k| inner[k * m + k]).sum(), s.values.iter().sum());
            (0..m).for_each(|k| inner[k * m + k] -= s.values[k] * moved / all);
        };
        Turned { s: &s, from: 0.5, to: 1.0 }.add(xi, weight, keep, scale, out, work);
    }
    fn violation(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let least = eigen(x, 1.0, work).values.first().copied().unwrap_or(f64::NAN);
        (-least).max(0.0).max((trace(x) - 1.0).abs())
    }
    fn inside(&self, x: &[f64], work: &mut Workspace) -> bool {
        (trace(x) - 1.0).abs() < 1e-9 && inside(x, work)
    }
    fn centre(&self, x: &mut [f64]) {
        let m = order(x.len()).unwrap_or(1);
        identity(x, 1.0 / m as f64);
    }
    fn fits(&self, d: usize) -> bool {
        order(d).is_some_and(|m| m > 1)
    }
    fn convexity(&self) -> f64 {
        1.0
    }
    fn residual(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let onto = |values: &mut [f64], work: &mut Workspace| {
            let mut sorted = work.take(values.len());
            let s = threshold(values, 1.0, &mut sorted);
            values.iter_mut().for_each(|l| *l = (*l - s).max(0.0));
            work.give(sorted);
        };
        residual(x, xi, onto, work)
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let least = eigen(xi, 0.5, work).values.first().copied().unwrap_or(f64::NAN);
        (steepest_kernels::dot(x, xi) - least).max(0.0)
    }
}
/// (a - b) / (log a - log b)
fn logarithmic_mean(a: f64, b: f64) -> f64 {
    let (a, b) = (a.max(f64::MIN_POSITIVE), b.max(f64::MIN_POSITIVE));
    let u = (a - b) / b;
    if u.abs() < 1e-6 { b * (1.0 + 0.5 * u - u * u / 12.0) } else { (a - b) / u.ln_1p() }
}

impl MirrorMap for LogDet {
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64 {
        -eigen(x, 1.0, work).values.iter().map(|l| ln(*l)).sum::<f64>()
    }
    fn lower(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        compose(&eigen(x, 1.0, work), |l| -1.0 / l, 0.5, out);
    }
    /// -m - log det(-Y)
    fn conjugate(&self, y: &[f64], work: &mut Workspace) -> f64 {
        let values = eigen(y, 0.5, work).values;
        let each = |l: &f64| if *l < 0.0 { -1.0 - (-l).ln() } else { f64::INFINITY };
        values.iter().map(each).sum()
    }
    fn raise(&self, y: &[f64], x: &mut [f64], work: &mut Workspace) -> bool {
        let s = eigen(y, 0.5, work);
        compose(&s, |l| -1.0 / l, 1.0, x);
        s.values.last().is_some_and(|most| *most < 0.0)
    }
    /// tr X Y^-1 - log det X Y^-1 - m, by the eigenvalues of L^-1 X L^-T, Y = L L^T.
    fn divergence(&self, x: &[f64], y: &[f64], work: &mut Workspace) -> f64 {
        let m = order(x.len()).unwrap_or(0);
        let [mut left, mut middle, mut turned] = [work.take(m * m), work.take(m * m), work.take(m * m)];
        unpack(y, 1.0, &mut left);
        // X - Y rather than X: what is small is known to more digits.
        unpack(x, 1.0, &mut middle);
        steepest_kernels::axpy(-1.0, &left, &mut middle);
        let value = if steepest_kernels::cholesky(m, &mut left).is_ok() {
            steepest_kernels::solve_lower(m, &left, m, &mut middle);
            (0..m * m).for_each(|k| turned[k] = middle[(k % m) * m + k / m]);
            steepest_kernels::solve_lower(m, &left, m, &mut turned);
            (0..m).for_each(|i| (0..i).for_each(|j| turned[i * m + j] = 0.5 * (turned[i * m + j] + turned[j * m + i])));
            let values = spectrum(m, &turned).map_or(vec![f64::NAN], |s| s.values);
            values.iter().map(|u| itakura_saito(u.max(f64::MIN_POSITIVE - 1.0))).sum()
        } else {
            bregman(self, x, y, work)
        };
        [left, middle, turned].into_iter().for_each(|buffer| work.give(buffer));
        value
    }
    /// X^-1 V X^-1
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], work: &mut Workspace) {
        let s = eigen(x, 1.0, work);
        let weight = |k: usize, l: usize| 1.0 / (s.values[k] * s.values[l]);
        Turned { s: &s, from: 1.0, to: 0.5 }.add(v, weight, |_| {}, scale, out, work);
    }
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], work: &mut Workspace) {
        let s = eigen(x, 1.0, work);
        let weight = |k: usize, l: usize| s.values[k] * s.values[l];
        Turned { s: &s, from: 0.5, to: 1.0 }.add(xi, weight, |_| {}, scale, out, work);
    }
    fn violation(&self, x: &[f64], work: &mut Workspace) -> f64 {
        eigen(x, 1.0, work).values.iter().map(|l| l.min(0.0).powi(2)).sum::<f64>().sqrt()
    }
    fn inside(&self, x: &[f64], work: &mut Workspace) -> bool {
        inside(x, work)
    }
    fn centre(&self, x: &mut [f64]) {
        identity(x, 1.0);
    }
    fn fits(&self, d: usize) -> bool {
        order(d).is_some()
    }
    fn residual(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        residual(x, xi, |values, _| values.iter_mut().for_each(|l| *l = l.max(0.0)), work)
    }
    /// |eigenvalues|_1 is the trace, weighed by t_1.
    fn soften(&self, y: &mut [f64], t: &dyn Fn(usize) -> f64) -> bool {
        let m = order(y.len()).unwrap_or(0);
        (0..m).for_each(|i| y[i * m - i * i.saturating_sub(1) / 2] -= t(0));
        true
    }
    /// Eigenvalues are positive here: their sum is the trace, which the first number gets.
    fn magnitudes(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.fill(0.0);
        out[0] = trace(x);
    }
    fn softened(&self, x: &[f64], xi: &[f64], t: &dyn Fn(usize) -> f64, work: &mut Workspace) -> f64 {
        residual(x, xi, |values, _| values.iter_mut().for_each(|l| *l = (*l - t(0)).max(0.0)), work)
    }
}
