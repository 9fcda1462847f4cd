//! QUADRATURE: log Z and moments of densities on a line, by the trapezoidal rule, which for analytic densities that vanish at
//! both ends converges faster than any power of the spacing [TrefethenWeideman2014].

/// What a density exp(-V) on a line integrates to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// log of the integral.
    pub log_z: f64,
    /// Mean of f.
    pub mean: f64,
    /// Mean of f^2.
    pub square: f64,
}
impl Line {
    /// Standard deviation of f.
    pub fn sd(&self) -> f64 {
        (self.square - self.mean * self.mean).max(0.0).sqrt()
    }
}
/// Spacings: enough for a density 10^-4 as wide as the interval.
const SPACINGS: usize = 1 << 15;

/// exp(-V) over [a, b], and the moments of f under it.
pub(super) fn line(a: f64, b: f64, v: impl Fn(f64) -> f64, f: impl Fn(f64) -> f64) -> Line {
    let dx = (b - a) / SPACINGS as f64;
    let nodes = || (0..=SPACINGS).map(|k| a + k as f64 * dx);
    let least = nodes().map(&v).fold(f64::INFINITY, f64::min);
    let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
    for x in nodes() {
        let (w, f) = ((least - v(x)).exp(), f(x));
        mass += w;
        first += w * f;
        second += w * f * f;
    }
    Line { log_z: (mass * dx).ln() - least, mean: first / mass, square: second / mass }
}
