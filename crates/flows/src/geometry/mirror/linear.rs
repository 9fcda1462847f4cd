//! Mirror maps of all of R^d: quadratic forms, and squares of p-norms.
use super::MirrorMap;
use steepest_core::Workspace;
use steepest_kernels::{NotPositive, cholesky, solve};

/// phi(x) = <x, A x> / 2, A symmetric and positive definite: descent preconditioned by A^-1.
/// Strongly convex with the least eigenvalue of A in the Euclidean norm.
#[derive(Clone, Debug)]
pub struct Quadratic {
    d: usize,
    /// A, row-major; its diagonal alone where it has no more.
    metric: Vec<f64>,
    /// The Cholesky factor, where A is not diagonal.
    factor: Vec<f64>,
}
impl Quadratic {
    /// A = diag(`diagonal`); one number stands for all coordinates, whatever their number.
    ///
    /// # Errors
    /// A number that is not finite and positive.
    pub fn diagonal(diagonal: &[f64]) -> Result<Quadratic, NotPositive> {
        match diagonal.iter().position(|a| !(a.is_finite() && *a > 0.0)) {
            Some(order) => Err(NotPositive { order }),
            None => Ok(Quadratic { d: diagonal.len(), metric: diagonal.to_vec(), factor: Vec::new() }),
        }
    }
    /// A from its rows, of which those parts on and below the diagonal are read.
    ///
    /// # Errors
    /// A is not positive definite.
    ///
    /// # Panics
    /// If `metric` does not have d^2 elements.
    pub fn dense(d: usize, metric: &[f64]) -> Result<Quadratic, NotPositive> {
        let mut metric = metric.to_vec();
        for i in 0..d {
            (0..i).for_each(|j| metric[j * d + i] = metric[i * d + j]);
        }
        let mut factor = metric.clone();
        cholesky(d, &mut factor)?;
        Ok(Quadratic { d, metric, factor })
    }
    fn is_diagonal(&self) -> bool {
        self.factor.is_empty()
    }
    fn entry(&self, j: usize) -> f64 {
        self.metric[if self.d == 1 { 0 } else { j }]
    }
}
impl MirrorMap for Quadratic {
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let mut y = work.take(x.len());
        self.hessian(x, 0.5, x, &mut y, work);
        let value = steepest_kernels::dot(x, &y);
        work.give(y);
        value
    }
    fn lower(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        out.fill(0.0);
        self.hessian(x, 1.0, x, out, work);
    }
    fn conjugate(&self, y: &[f64], work: &mut Workspace) -> f64 {
        let mut x = work.take(y.len());
        self.inverse(y, 0.5, y, &mut x, work);
        let value = steepest_kernels::dot(&x, y);
        work.give(x);
        value
    }
    fn raise(&self, y: &[f64], x: &mut [f64], work: &mut Workspace) -> bool {
        x.fill(0.0);
        self.inverse(y, 1.0, y, x, work);
        x.iter().all(|x| x.is_finite())
    }
    fn divergence(&self, x: &[f64], y: &[f64], work: &mut Workspace) -> f64 {
        let mut v = work.take(x.len());
        v.iter_mut().zip(x.iter().zip(y)).for_each(|(v, (x, y))| *v = x - y);
        let value = self.value(&v, work);
        work.give(v);
        value
    }
    fn hessian(&self, _x: &[f64], scale: f64, v: &[f64], out: &mut [f64], _work: &mut Workspace) {
        if self.is_diagonal() {
            return out.iter_mut().zip(v).enumerate().for_each(|(j, (o, v))| *o += scale * self.entry(j) * v);
        }
        let rows = self.metric.chunks_exact(self.d);
        out.iter_mut().zip(rows).for_each(|(o, row)| *o += scale * steepest_kernels::dot(row, v));
    }
    fn inverse(&self, _x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], work: &mut Workspace) {
        if self.is_diagonal() {
            return out.iter_mut().zip(xi).enumerate().for_each(|(j, (o, xi))| *o += scale * xi / self.entry(j));
        }
        let mut v = work.take(xi.len());
        v.copy_from_slice(xi);
        solve(self.d, &self.factor, 1, &mut v);
        steepest_kernels::axpy(scale, &v, out);
        work.give(v);
    }
    fn fits(&self, d: usize) -> bool {
        d > 0 && (d == self.d || self.is_diagonal() && self.d == 1)
    }
    /// The least eigenvalue of A.
    fn convexity(&self) -> f64 {
        if self.is_diagonal() {
            return self.metric.iter().copied().fold(f64::INFINITY, f64::min);
        }
        steepest_kernels::spectrum(self.d, &self.metric).map_or(0.0, |spectrum| spectrum.values[0])
    }
    /// In closed form where A is diagonal.
    fn soften(&self, y: &mut [f64], t: &dyn Fn(usize) -> f64) -> bool {
        self.is_diagonal() && soft(y, t)
    }
    fn softened(&self, x: &[f64], xi: &[f64], t: &dyn Fn(usize) -> f64, _work: &mut Workspace) -> f64 {
        unbounded(x, xi, t)
    }
}
/// Every y_j moves by t_j towards zero, which it does not cross.
pub(super) fn soft(y: &mut [f64], t: &dyn Fn(usize) -> f64) -> bool {
    y.iter_mut().enumerate().for_each(|(j, y)| *y = y.signum() * (y.abs() - t(j)).max(0.0));
    true
}

/// phi(x) = |x|_p^2 / 2 for 1 < p <= 2: (p - 1)-strongly convex in that norm, and towards p = 1 blind to the number of
/// coordinates that do not matter [Shalev-Shwartz2012, Lem. 2.17].
#[derive(Clone, Copy, Debug)]
pub struct PNorm {
    p: f64,
}
impl PNorm {
    /// `None` unless 1 < p <= 2.
    pub fn new(p: f64) -> Option<PNorm> {
        (p > 1.0 && p <= 2.0).then_some(PNorm { p })
    }
    fn dual(&self) -> f64 {
        self.p / (self.p - 1.0)
    }
}
/// |x|_p, and the largest |x_j|.
fn norm(x: &[f64], p: f64) -> (f64, f64) {
    let most = x.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    if !(most > 0.0 && most.is_finite()) {
        return (most, most);
    }
    (most * x.iter().map(|x| (x.abs() / most).powf(p)).sum::<f64>().powf(1.0 / p), most)
}
/// out <- grad |x|_p^2 / 2 = sign(x_j) N (|x_j| / N)^(p - 1)
fn gradient(x: &[f64], p: f64, out: &mut [f64]) {
    let (norm, _) = norm(x, p);
    let each = |x: &f64| if *x == 0.0 { 0.0 } else { x.signum() * norm * (x.abs() / norm).powf(p - 1.0) };
    out.iter_mut().zip(x).for_each(|(o, x)| *o = each(x));
}
/// out += scale (Hess |x|_p^2 / 2) v. Where p < 2 and x_j is zero that is infinite: the largest number there is.
fn curved(x: &[f64], p: f64, scale: f64, v: &[f64], out: &mut [f64]) {
    let (norm, _) = norm(x, p);
    if norm == 0.0 {
        return out.iter_mut().zip(v).for_each(|(o, v)| *o += if p == 2.0 { scale * v } else { 0.0 });
    }
    let power = |x: f64| x.signum() * (x.abs() / norm).powf(p - 1.0);
    let along: f64 = x.iter().zip(v).map(|(x, v)| if *x == 0.0 { 0.0 } else { power(*x) * v }).sum();
    for ((o, x), v) in out.iter_mut().zip(x).zip(v) {
        let share = (x.abs() / norm).max(f64::MIN_POSITIVE).powf(p - 2.0);
        let turned = if *x == 0.0 { 0.0 } else { (2.0 - p) * along * power(*x) };
        *o += scale * ((p - 1.0) * share * v + turned);
    }
}
impl MirrorMap for PNorm {
    fn value(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        0.5 * norm(x, self.p).0.powi(2)
    }
    fn lower(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        gradient(x, self.p, out);
    }
    fn conjugate(&self, y: &[f64], _work: &mut Workspace) -> f64 {
        0.5 * norm(y, self.dual()).0.powi(2)
    }
    fn raise(&self, y: &[f64], x: &mut [f64], _work: &mut Workspace) -> bool {
        gradient(y, self.dual(), x);
        x.iter().all(|x| x.is_finite())
    }
    fn divergence(&self, x: &[f64], y: &[f64], work: &mut Workspace) -> f64 {
        bregman(self, x, y, work)
    }
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], _work: &mut Workspace) {
        curved(x, self.p, scale, v, out);
    }
    /// The Hessian of phi* at grad phi(x).
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], work: &mut Workspace) {
        let mut y = work.take(x.len());
        gradient(x, self.p, &mut y);
        curved(&y, self.dual(), scale, xi, out);
        work.give(y);
    }
    fn convexity(&self) -> f64 {
        self.p - 1.0
    }
    fn soften(&self, y: &mut [f64], t: &dyn Fn(usize) -> f64) -> bool {
        soft(y, t)
    }
    fn softened(&self, x: &[f64], xi: &[f64], t: &dyn Fn(usize) -> f64, _work: &mut Workspace) -> f64 {
        unbounded(x, xi, t)
    }
}
fn unbounded(x: &[f64], xi: &[f64], t: &dyn Fn(usize) -> f64) -> f64 {
    const EVERYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
    let each = |(j, (x, xi)): (usize, (&f64, &f64))| super::softened(*x, *xi, t(j), EVERYWHERE).powi(2);
    x.iter().zip(xi).enumerate().map(each).sum::<f64>().sqrt()
}

/// The divergence by its definition, or, where that is rounding, by <grad phi(x) - grad phi(y), x - y> / 2, which is the same up
/// to the third order in x - y.
pub(super) fn bregman(map: &impl MirrorMap, x: &[f64], y: &[f64], work: &mut Workspace) -> f64 {
    let (mut at_x, mut at_y) = (work.take(x.len()), work.take(x.len()));
    map.lower(x, &mut at_x, work);
    map.lower(y, &mut at_y, work);
    let along = |slope: &[f64]| slope.iter().zip(x.iter().zip(y)).map(|(s, (x, y))| s * (x - y)).sum::<f64>();
    let slope = along(&at_y);
    at_x.iter_mut().zip(&at_y).for_each(|(a, b)| *a -= b);
    let symmetric = 0.5 * along(&at_x);
    [at_x, at_y].into_iter().for_each(|buffer| work.give(buffer));
    let (high, low) = (map.value(x, work), map.value(y, work));
    // The definition loses 1e-16 of its parts, the other one its share of the step.
    let parts = high.abs() + low.abs() + slope.abs();
    if symmetric < 1e-9 * parts { symmetric } else { high - low - slope }
}
