//! TRIDIAGONAL: a quadratic on a ball, where its Hessian is tridiagonal and its slope along the first coordinate.
use super::secular::secular;

/// m(h) = c h_0 + h T h / 2 with c > 0, T of `diagonal` and what is `beside` it: one coordinate more at a time.
///
/// Its least point on |h| <= radius has (T + l) h = -c e_0 with l >= 0, T + l >= 0 and l (radius - |h|) = 0 [MoreSorensen1983, Lemma
/// 2.1]. A look costs some eliminations, of a few operations a coordinate each [GouldLucidiRomaToint1999, Sec. 5]: l by Newton's
/// method in 1 / |h|, which is almost a straight line in l, between what is known to be too little and too much.
#[derive(Clone, Debug, Default)]
pub(super) struct Tridiagonal {
    pub diagonal: Vec<f64>,
    /// Entry i is between coordinates i and i + 1; the last leads out of the space, to what is not in T yet.
    pub beside: Vec<f64>,
    /// c
    pub slope: f64,
    /// The least point of the last look.
    pub step: Vec<f64>,
    /// l of it.
    pub damping: f64,
    pivots: Vec<f64>,
    /// The eigenvectors of T, its values, the slope and the step in them.
    turned: Vec<f64>,
    theta: Vec<f64>,
    slopes: Vec<f64>,
    short: Vec<f64>,
}
/// Eliminations of a look before it asks for eigenvectors.
const ROUNDS: usize = 40;
/// How near |h| has to be to the radius, relative to it.
const AT_THE_EDGE: f64 = 1e-10;

/// A least point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// What the model falls by.
    pub promised: f64,
    /// |(H + l) p + g|
    pub left: f64,
    /// |p|
    pub length: f64,
    /// l: 0 inside.
    pub damping: f64,
}

impl Tridiagonal {
    /// Begins anew, with no coordinates.
    pub fn begin(&mut self, slope: f64) {
        (self.slope, self.damping) = (slope, 0.0);
        self.diagonal.clear();
        self.beside.clear();
    }
    /// The least point on a ball. `None` where T has no eigenvalues to be found.
    ///
    /// Between two calls of [`Tridiagonal::begin`] coordinates are added and the radius shrinks: so l only grows, and the last one is
    /// where to begin.
    pub fn minimise(&mut self, radius: f64) -> Option<Found> {
        self.step.resize(self.diagonal.len(), 0.0);
        if self.eliminate(0.0).is_none() && self.solve() <= radius {
            self.damping = 0.0;
            return Some(self.found());
        }
        if self.at_the_edge(radius) { Some(self.found()) } else { self.by_eigenvectors(radius) }
    }
    fn found(&self) -> Found {
        let length2 = self.step.iter().map(|h| h * h).sum::<f64>();
        let last = self.step.len() - 1;
        Found {
            promised: 0.5 * (self.damping * length2 - self.slope * self.step[0]),
            left: (self.beside[last] * self.step[last]).abs(),
            length: length2.sqrt(),
            damping: self.damping,
        }
    }
    /// Pivots of T + l = L D L^T. Where one is not positive, by how much l is too little at least: -<u, (T + l) u> / <u, u> for the u
    /// that L^T takes to the unit vector there.
    fn eliminate(&mut self, l: f64) -> Option<f64> {
        let Tridiagonal { diagonal, beside, pivots, .. } = self;
        pivots.resize(diagonal.len(), 0.0);
        for i in 0..diagonal.len() {
            let before = if i > 0 { beside[i - 1] * (beside[i - 1] / pivots[i - 1]) } else { 0.0 };
            let stiff = diagonal[i] + l;
            pivots[i] = stiff - before;
            if pivots[i].is_nan() || pivots[i] <= f64::EPSILON * stiff.abs().max(before) {
                let (mut u, mut size) = (1.0, 1.0);
                for k in (0..i).rev() {
                    u *= -beside[k] / pivots[k];
                    size += u * u;
                }
                return Some(-pivots[i] / size);
            }
        }
        None
    }
    /// h, by the pivots; its length.
    fn solve(&mut self) -> f64 {
        let Tridiagonal { beside, pivots, step, slope, .. } = self;
        let k = pivots.len();
        step[0] = -*slope;
        for i in 1..k {
            step[i] = -(beside[i - 1] / pivots[i - 1]) * step[i - 1];
        }
        let (mut above, mut length2) = (0.0, 0.0);
        for i in (0..k).rev() {
            above = (step[i] - beside[i] * above) / pivots[i];
            step[i] = above;
            length2 += above * above;
        }
        length2.sqrt()
    }
    /// <h, (T + l)^-1 h>, by the pivots.
    fn bend(&self) -> f64 {
        let (mut above, mut sum) = (0.0, 0.0);
        for (i, (h, pivot)) in self.step.iter().zip(&self.pivots).enumerate() {
            above = h - if i > 0 { self.beside[i - 1] / self.pivots[i - 1] * above } else { 0.0 };
            sum += above * above / pivot;
        }
        sum
    }
    /// Whether an l with |h| = radius was found.
    fn at_the_edge(&mut self, radius: f64) -> bool {
        let Tridiagonal { diagonal, beside, slope, damping, .. } = self;
        let reach = |i: usize| if i > 0 { beside[i - 1].abs() } else { 0.0 } + if i + 1 < diagonal.len() { beside[i].abs() } else { 0.0 };
        let lowest = (0..diagonal.len()).map(|i| diagonal[i] - reach(i)).fold(f64::INFINITY, f64::min);
        let (mut low, mut high) = (0.0, *slope / radius + (-lowest).max(0.0));
        let mut l = damping.min(high);
        for _ in 0..ROUNDS {
            let next = if let Some(lacking) = self.eliminate(l) {
                low = (l + lacking).max(low);
                f64::NAN
            } else {
                let length = self.solve();
                if (length - radius).abs() <= AT_THE_EDGE * radius {
                    self.damping = l;
                    return true;
                }
                if length > radius {
                    low = low.max(l)
                } else {
                    high = high.min(l)
                }
                l + (length - radius) / radius * length * length / self.bend()
            };
            // Where l is not known to be enough for T + l > 0, the next is near what it lacks.
            l = if next > low && next < high { next } else { low + 0.05 * (high - low) };
            if !(low < high && l.is_finite()) {
                return false;
            }
        }
        false
    }
    /// The lowest eigenvalue of T, and what is left of its eigenvector in the rest of the space; the step is that vector. `None` where T
    /// has none to be found.
    pub fn lowest(&mut self) -> Option<[f64; 2]> {
        let k = self.diagonal.len();
        self.step.resize(k, 0.0);
        self.turn()?;
        let lowest = (0..k).min_by(|a, b| self.theta[*a].total_cmp(&self.theta[*b]))?;
        self.step.copy_from_slice(&self.turned[k * k..][lowest * k..][..k]);
        Some([self.theta[lowest], (self.beside[k - 1] * self.step[k - 1]).abs()])
    }
    /// The eigenvalues of T, into memory, and its eigenvectors behind it, one after another.
    fn turn(&mut self) -> Option<()> {
        let k = self.diagonal.len();
        let Tridiagonal { diagonal, beside, turned, theta, .. } = self;
        theta.resize(k, 0.0);
        turned.resize(2 * k * k, 0.0);
        let (full, vectors) = turned.split_at_mut(k * k);
        full.fill(0.0);
        for i in 0..k {
            full[i * k + i] = diagonal[i];
            if i + 1 < k {
                full[i * k + i + 1] = beside[i];
                full[(i + 1) * k + i] = beside[i];
            }
        }
        steepest_kernels::spectrum_into(k, full, theta, vectors)
    }
    /// The same by eigenvectors of T, for slopes that have next to nothing along the lowest of them.
    fn by_eigenvectors(&mut self, radius: f64) -> Option<Found> {
        let k = self.diagonal.len();
        self.turn()?;
        let Tridiagonal { turned, theta, slopes, short, step, slope, damping, .. } = self;
        slopes.resize(k, 0.0);
        short.resize(k, 0.0);
        let vectors = &turned[k * k..];
        // Vector i is one after another: its first number is the share of the slope.
        slopes.iter_mut().enumerate().for_each(|(i, out)| *out = *slope * vectors[i * k]);
        *damping = secular(theta, slopes, radius, short);
        for (j, step) in step.iter_mut().enumerate() {
            *step = short.iter().enumerate().map(|(i, h)| h * vectors[i * k + j]).sum();
        }
        // Where T + l is all but singular, the fall is known in its eigenvectors alone.
        let fall = |((h, theta), c): ((&f64, &f64), &f64)| -h * (c + 0.5 * theta * h);
        let promised = short.iter().zip(&*theta).zip(&*slopes).map(fall).sum();
        Some(Found { promised, ..self.found() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::{normals, spectrum};

    fn model(diagonal: &[f64], beside: &[f64], slope: f64) -> Tridiagonal {
        Tridiagonal { diagonal: diagonal.into(), beside: beside.into(), slope, ..Tridiagonal::default() }
    }
    /// (T h)_i
    fn times(m: &Tridiagonal, i: usize) -> f64 {
        let before = if i > 0 { m.beside[i - 1] * m.step[i - 1] } else { 0.0 };
        let after = if i + 1 < m.step.len() { m.beside[i] * m.step[i + 1] } else { 0.0 };
        before + m.diagonal[i] * m.step[i] + after
    }
    /// The conditions that only least points meet [MoreSorensen1983, Lemma 2.4], and what is said of the point.
    fn is_least(m: &mut Tridiagonal, radius: f64, off: f64) {
        let found = m.minimise(radius).expect("finite");
        let k = m.step.len();
        let (l, length) = (m.damping, m.step.iter().map(|h| h * h).sum::<f64>().sqrt());
        let mut whole = vec![0.0; k * k];
        for i in 0..k {
            whole[i * k + i] = m.diagonal[i];
            if i + 1 < k {
                (whole[i * k + i + 1], whole[(i + 1) * k + i]) = (m.beside[i], m.beside[i]);
            }
        }
        let theta = spectrum(k, &whole).expect("finite").values;
        let least = theta.iter().fold(f64::INFINITY, |a, b| a.min(*b));
        let size = theta.iter().fold(l, |a, b| a.max(b.abs()));
        assert!(l >= 0.0 && least + l >= -1e-12 * size, "{l} {theta:?}");
        assert!(
            length <= radius * (1.0 + 1e-9) && (l == 0.0 || length >= radius * (1.0 - 1e-9)),
            "{length} {radius} {l}"
        );
        for i in 0..k {
            let left = times(m, i) + l * m.step[i] + if i == 0 { m.slope } else { 0.0 };
            assert!(left.abs() <= off * (m.slope + size * length), "{i}: {left} of {:?} + {l}", m.diagonal);
        }
        let value = m.slope * m.step[0] + 0.5 * (0..k).map(|i| m.step[i] * times(m, i)).sum::<f64>();
        assert!((found.promised + value).abs() <= 1e-9 * found.promised, "{} {value}", found.promised);
        assert!((found.length - length).abs() <= 1e-9 * length && found.promised > 0.0, "{found:?}");
        assert!(
            (found.left - (m.beside[k - 1] * m.step[k - 1]).abs()).abs() <= 1e-9 * found.left + 1e-300,
            "{found:?}"
        );
    }

    /// Global minima on balls of all radii, of definite and indefinite T of 1 to 30 coordinates, one coordinate after the other as the
    /// space grows, and then in smaller balls.
    #[test]
    fn least_points_meet_their_conditions() {
        for (key, shift) in [(1, 4.0), (2, 0.0), (3, -1.0), (4, 1.9)] {
            let mut z = [0.0; 60];
            normals(key, 0, 0, 0, &mut z);
            for radius in [1e-3, 0.3, 3.0, 100.0] {
                let mut m = model(&[], &[], 0.7);
                for k in 0..30 {
                    m.diagonal.push(z[k] + shift);
                    m.beside.push(z[30 + k].abs() + 0.05);
                    is_least(&mut m, radius, 1e-9);
                }
                for shrink in [0.5, 0.1, 1e-3] {
                    is_least(&mut m, radius * shrink, 1e-9);
                }
            }
        }
    }
    /// Solved by hand: inside, (2 1; 1 2) h = (-3, 0) has h = (-2, 1), and falls by 3; at the edge, curvature 1 and slope 2 in a ball of 1 / 2
    /// need l = 3, and fall by 7 / 8; against a curvature of -1, l = 5, and the fall is 9 / 8.
    #[test]
    fn known_points() {
        let mut m = model(&[2.0, 2.0], &[1.0, 0.25], 3.0);
        let found = m.minimise(10.0).expect("finite");
        assert!((m.step[0] + 2.0).abs() + (m.step[1] - 1.0).abs() < 1e-15 && m.damping == 0.0, "{:?}", m.step);
        assert!((found.promised - 3.0).abs() < 1e-14 && (found.left - 0.25).abs() < 1e-15, "{found:?}");
        for (curvature, l, fall) in [(1.0, 3.0, 0.875), (-1.0, 5.0, 1.125)] {
            let mut m = model(&[curvature], &[0.0], 2.0);
            let found = m.minimise(0.5).expect("finite");
            assert!((m.damping - l).abs() < 1e-8 && (m.step[0] + 0.5).abs() < 1e-9, "{m:?}");
            assert!((found.promised - fall).abs() < 1e-9 && (found.length - 0.5).abs() < 1e-9, "{found:?}");
        }
    }
    /// Almost nothing of the slope along the lowest curvature, -2: l is 2 but for rounding, and eigenvectors have to tell the rest.
    #[test]
    fn slopes_that_miss_the_lowest_curvature() {
        for coupling in [1e-3, 1e-6, 1e-9, 1e-12] {
            let mut m = model(&[1.0, -2.0], &[coupling, 0.0], 1.0);
            is_least(&mut m, 5.0, 1e-9);
            assert!((m.damping - 2.0).abs() < 1e-3 && m.step[1].abs() > 4.9, "{coupling}: {:?} {}", m.step, m.damping);
        }
    }
}
