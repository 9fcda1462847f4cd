//! Mirror maps that are sums of functions of one coordinate each: the positive orthant and the box.
use super::MirrorMap;
use steepest_core::Workspace;

/// A convex function f of one number, with coordinate j's own constants.
pub trait Scalar: Send + Sync {
    /// f(x)
    fn value(&self, j: usize, x: f64) -> f64;
    /// f'(x)
    fn slope(&self, j: usize, x: f64) -> f64;
    /// f''(x)
    fn curvature(&self, j: usize, x: f64) -> f64;
    /// The x with f'(x) = y; NaN where there is none.
    fn inverse(&self, j: usize, y: f64) -> f64;
    /// sup x y - f(x)
    fn conjugate(&self, j: usize, y: f64) -> f64;
    /// f(x) - f(y) - f'(y) (x - y)
    fn divergence(&self, j: usize, x: f64, y: f64) -> f64;
    /// Where f is finite.
    fn interval(&self, j: usize) -> (f64, f64);
    /// A point well inside.
    fn centre(&self, j: usize) -> f64;
    /// Least f'' there is.
    fn convexity(&self) -> f64 {
        0.0
    }
    /// Whether there are constants for d coordinates.
    fn fits(&self, d: usize) -> bool {
        d > 0
    }
}

/// phi(x) = sum_j f(x_j); strongly convex in the Euclidean norm where f is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Separable<F>(pub F);

impl<F: Scalar> Separable<F> {
    fn sum(&self, x: &[f64], of: impl Fn(usize, f64) -> f64) -> f64 {
        x.iter().enumerate().map(|(j, x)| of(j, *x)).sum()
    }
}
impl<F: Scalar> MirrorMap for Separable<F> {
    fn value(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        self.sum(x, |j, x| self.0.value(j, x))
    }
    fn lower(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x).enumerate().for_each(|(j, (o, x))| *o = self.0.slope(j, *x));
    }
    fn conjugate(&self, y: &[f64], _work: &mut Workspace) -> f64 {
        self.sum(y, |j, y| self.0.conjugate(j, y))
    }
    fn raise(&self, y: &[f64], x: &mut [f64], _work: &mut Workspace) -> bool {
        x.iter_mut().zip(y).enumerate().for_each(|(j, (x, y))| *x = self.0.inverse(j, *y));
        x.iter().all(|x| x.is_finite())
    }
    fn divergence(&self, x: &[f64], y: &[f64], _work: &mut Workspace) -> f64 {
        self.sum(x, |j, x| self.0.divergence(j, x, y[j]))
    }
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x).zip(v).enumerate().for_each(|(j, ((o, x), v))| *o += scale * self.0.curvature(j, *x) * v);
    }
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], _work: &mut Workspace) {
        let each = out.iter_mut().zip(x).zip(xi).enumerate();
        each.for_each(|(j, ((o, x), xi))| *o += scale * xi / self.0.curvature(j, *x));
    }
    fn violation(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        let beyond = |j: usize, x: f64| {
            let (low, high) = self.0.interval(j);
            (low - x).max(x - high).max(0.0).powi(2)
        };
        self.sum(x, beyond).sqrt()
    }
    fn inside(&self, x: &[f64], _work: &mut Workspace) -> bool {
        x.iter().enumerate().all(|(j, x)| {
            let (low, high) = self.0.interval(j);
            x.is_finite() && low < *x && *x < high
        })
    }
    fn centre(&self, x: &mut [f64]) {
        x.iter_mut().enumerate().for_each(|(j, x)| *x = self.0.centre(j));
    }
    fn fits(&self, d: usize) -> bool {
        self.0.fits(d)
    }
    fn convexity(&self) -> f64 {
        self.0.convexity()
    }
    fn residual(&self, x: &[f64], xi: &[f64], _work: &mut Workspace) -> f64 {
        self.sum(x, |j, x| super::softened(x, xi[j], 0.0, self.0.interval(j)).powi(2)).sqrt()
    }
    fn gap(&self, x: &[f64], xi: &[f64], _work: &mut Workspace) -> f64 {
        let each = |j: usize, x: f64| {
            let (low, high) = self.0.interval(j);
            let bounded = low.is_finite() && high.is_finite();
            if bounded { (xi[j] * (x - low)).max(xi[j] * (x - high)) } else { f64::INFINITY }
        };
        self.sum(x, each)
    }
    /// The slope moves by t towards that at zero, which it does not cross; all of it where the domain begins at zero.
    fn soften(&self, y: &mut [f64], t: &dyn Fn(usize) -> f64) -> bool {
        for (j, y) in y.iter_mut().enumerate() {
            let (low, high) = self.0.interval(j);
            let kink = match () {
                () if low >= 0.0 => f64::NEG_INFINITY,
                () if high <= 0.0 => f64::INFINITY,
                () => self.0.slope(j, 0.0),
            };
            *y = if *y > kink { (*y - t(j)).max(kink) } else { (*y + t(j)).min(kink) };
        }
        true
    }
    fn softened(&self, x: &[f64], xi: &[f64], t: &dyn Fn(usize) -> f64, _work: &mut Workspace) -> f64 {
        self.sum(x, |j, x| super::softened(x, xi[j], t(j), self.0.interval(j)).powi(2)).sqrt()
    }
}

/// (1 + u) log(1 + u) - u for u >= -1, to relative accuracy.
pub(super) fn excess(u: f64) -> f64 {
    if u.abs() < 1e-3 {
        u * u * (0.5 - u * (1.0 / 6.0 - u * (1.0 / 12.0 - u * (0.05 - u / 30.0))))
    } else if u <= -1.0 {
        1.0
    } else {
        (1.0 + u) * u.ln_1p() - u
    }
}
/// x log(x / y) - x + y, the divergence of x log x.
pub(super) fn relative(x: f64, y: f64) -> f64 {
    let y = y.max(f64::MIN_POSITIVE);
    if x > 1e3 * y { x * (x / y).ln() - x + y } else { y * excess((x - y) / y) }
}
/// log x, for numbers that rounding has made zero.
pub(super) fn ln(x: f64) -> f64 {
    x.max(f64::MIN_POSITIVE).ln()
}
/// x log x, continuous at zero.
pub(super) fn xlogx(x: f64) -> f64 {
    x * ln(x)
}

/// f(x) = x log x - x on x > 0, the entropy of Boltzmann: steps multiply, and D is the Kullback-Leibler divergence of masses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Boltzmann;
impl Scalar for Boltzmann {
    fn value(&self, _j: usize, x: f64) -> f64 {
        xlogx(x) - x
    }
    fn slope(&self, _j: usize, x: f64) -> f64 {
        ln(x)
    }
    fn curvature(&self, _j: usize, x: f64) -> f64 {
        1.0 / x
    }
    fn inverse(&self, _j: usize, y: f64) -> f64 {
        y.exp()
    }
    fn conjugate(&self, _j: usize, y: f64) -> f64 {
        y.exp()
    }
    fn divergence(&self, _j: usize, x: f64, y: f64) -> f64 {
        relative(x, y)
    }
    fn interval(&self, _j: usize) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn centre(&self, _j: usize) -> f64 {
        1.0
    }
}

/// f(x) = -log x on x > 0, the entropy of Burg: D is that of Itakura and Saito, the same at every scale.
#[derive(Clone, Copy, Debug, Default)]
pub struct Burg;
impl Scalar for Burg {
    fn value(&self, _j: usize, x: f64) -> f64 {
        -ln(x)
    }
    fn slope(&self, _j: usize, x: f64) -> f64 {
        -1.0 / x
    }
    fn curvature(&self, _j: usize, x: f64) -> f64 {
        1.0 / (x * x)
    }
    fn inverse(&self, _j: usize, y: f64) -> f64 {
        if y < 0.0 { -1.0 / y } else { f64::NAN }
    }
    fn conjugate(&self, _j: usize, y: f64) -> f64 {
        if y < 0.0 { -1.0 - (-y).ln() } else { f64::INFINITY }
    }
    fn divergence(&self, _j: usize, x: f64, y: f64) -> f64 {
        itakura_saito((x - y) / y)
    }
    fn interval(&self, _j: usize) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn centre(&self, _j: usize) -> f64 {
        1.0
    }
}
/// u - log(1 + u), to relative accuracy.
pub(super) fn itakura_saito(u: f64) -> f64 {
    if u.abs() < 1e-3 { u * u * (0.5 - u * (1.0 / 3.0 - u * (0.25 - u * (0.2 - u / 6.0)))) } else { u - u.ln_1p() }
}

/// f(x) = (x - a) log(x - a) + (b - x) log(b - x) on a < x < b, the entropy of Fermi and Dirac; 4 / (b - a)-strongly convex.
#[derive(Clone, Debug)]
pub struct FermiDirac {
    low: Vec<f64>,
    high: Vec<f64>,
}
impl FermiDirac {
    /// The box between `low` and `high`, each one number for all coordinates or one for each; `None` where it has no inside.
    pub fn new(low: &[f64], high: &[f64]) -> Option<FermiDirac> {
        let finite = low.iter().chain(high).all(|x| x.is_finite());
        let d = low.len().max(high.len());
        let map = FermiDirac { low: low.to_vec(), high: high.to_vec() };
        let fit = !low.is_empty() && !high.is_empty() && [1, d].contains(&low.len()) && [1, d].contains(&high.len());
        (fit && finite && (0..d).all(|j| map.interval(j).0 < map.interval(j).1)).then_some(map)
    }
}
impl Scalar for FermiDirac {
    fn value(&self, j: usize, x: f64) -> f64 {
        let (low, high) = self.interval(j);
        xlogx(x - low) + xlogx(high - x)
    }
    fn slope(&self, j: usize, x: f64) -> f64 {
        let (low, high) = self.interval(j);
        ln(x - low) - ln(high - x)
    }
    fn curvature(&self, j: usize, x: f64) -> f64 {
        let (low, high) = self.interval(j);
        (high - low) / ((x - low) * (high - x))
    }
    fn inverse(&self, j: usize, y: f64) -> f64 {
        let (low, high) = self.interval(j);
        let t = (-y.abs()).exp();
        // From the nearer bound.
        let reach = (high - low) * t / (1.0 + t);
        if y > 0.0 { high - reach } else { low + reach }
    }
    fn conjugate(&self, j: usize, y: f64) -> f64 {
        let (low, high) = self.interval(j);
        let width = high - low;
        // sup of (low + s) y - s log s - (width - s) log(width - s)
        low * y + width * (y.max(0.0) + (-y.abs()).exp().ln_1p()) - width * width.ln()
    }
    fn divergence(&self, j: usize, x: f64, y: f64) -> f64 {
        let (low, high) = self.interval(j);
        relative(x - low, y - low) + relative(high - x, high - y)
    }
    fn interval(&self, j: usize) -> (f64, f64) {
        let of = |bounds: &[f64]| bounds.get(j).or(bounds.first()).copied().unwrap_or(f64::NAN);
        (of(&self.low), of(&self.high))
    }
    fn centre(&self, j: usize) -> f64 {
        let (low, high) = self.interval(j);
        low + 0.5 * (high - low)
    }
    fn convexity(&self) -> f64 {
        let widest = (0..self.low.len().max(self.high.len())).map(|j| self.interval(j).1 - self.interval(j).0);
        4.0 / widest.fold(0.0, f64::max)
    }
    fn fits(&self, d: usize) -> bool {
        d > 0 && [1, d].contains(&self.low.len()) && [1, d].contains(&self.high.len())
    }
}
