//! Regularisers that make coordinates zero.
use super::Simple;
use steepest_core::Workspace;
use steepest_kernels::{Spectrum, dot, spectrum};

/// R(x) = sum_j w_j |x_j|, w of length 1 or d, not negative; zero leaves a coordinate alone.
///
/// ```
/// use steepest_flows::functional::simple::{L1, Simple};
/// let mut x = [3.0, -0.5];
/// L1(vec![1.0]).proximal(2.0, &mut x, &mut Default::default());
/// assert_eq!(x, [1.0, 0.0]); // soft thresholds at h w = 2
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct L1(pub Vec<f64>);
impl L1 {
    fn weight(&self, j: usize) -> f64 {
        self.0.get(j).or(self.0.first()).copied().unwrap_or(0.0)
    }
}
/// x moved by t towards zero, which it does not cross.
pub(super) fn soft(x: f64, t: f64) -> f64 {
    if x > t {
        x - t
    } else if x < -t {
        x + t
    } else {
        0.0
    }
}
impl Simple for L1 {
    fn value(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        x.iter().enumerate().map(|(j, x)| self.weight(j) * x.abs()).sum()
    }
    fn proximal(&self, h: f64, x: &mut [f64], _work: &mut Workspace) {
        x.iter_mut().enumerate().for_each(|(j, x)| *x = soft(*x, h * self.weight(j)));
    }
    fn residual(&self, x: &[f64], xi: &[f64], out: &mut [f64], _work: &mut Workspace) {
        for (j, (out, (x, xi))) in out.iter_mut().zip(x.iter().zip(xi)).enumerate() {
            let (to, t) = (x - xi, self.weight(j));
            *out = match to {
                to if to > t => xi + t,
                to if to < -t => xi - t,
                // All of x; of what is not a number nothing is known.
                to if to.is_nan() => to,
                _ => *x,
            };
        }
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let inside = xi.iter().enumerate().all(|(j, xi)| xi.abs() <= self.weight(j));
        let along: f64 = x.iter().zip(xi).map(|(x, xi)| x * xi).sum();
        if inside { along + self.value(x, work) } else { f64::INFINITY }
    }
    fn fits(&self, d: usize) -> bool {
        d > 0 && [1, d].contains(&self.0.len())
    }
}

/// R(x) = weight sum over groups of |x_g|_2, groups being `size` coordinates that follow one another: all of a group or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// Of each group.
    pub weight: f64,
    /// Coordinates of a group; it divides their number.
    pub size: usize,
}
impl Simple for Group {
    fn value(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        self.weight * x.chunks(self.size.max(1)).map(|g| dot(g, g).sqrt()).sum::<f64>()
    }
    fn proximal(&self, h: f64, x: &mut [f64], _work: &mut Workspace) {
        for group in x.chunks_mut(self.size.max(1)) {
            let norm = dot(group, group).sqrt();
            let share = if norm > h * self.weight { 1.0 - h * self.weight / norm } else { 0.0 };
            group.iter_mut().for_each(|x| *x *= share);
        }
    }
    fn residual(&self, x: &[f64], xi: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.iter().zip(xi)).for_each(|(out, (x, xi))| *out = x - xi);
        let groups = x.chunks(self.size.max(1)).zip(xi.chunks(self.size.max(1)));
        for (out, (x, xi)) in out.chunks_mut(self.size.max(1)).zip(groups) {
            let norm = dot(out, out).sqrt();
            for (out, (x, xi)) in out.iter_mut().zip(x.iter().zip(xi)) {
                // Where the norm is no number, neither is this.
                *out = if norm <= self.weight { *x } else { xi + self.weight * *out / norm };
            }
        }
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let inside = xi.chunks(self.size.max(1)).all(|g| dot(g, g).sqrt() <= self.weight);
        if inside { dot(x, xi) + self.value(x, work) } else { f64::INFINITY }
    }
    fn fits(&self, d: usize) -> bool {
        d > 0 && self.size > 0 && d.is_multiple_of(self.size)
    }
}

/// R(X) = weight times the sum of the singular values of X, the coordinates as a matrix of `rows` rows, one after another: low rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nuclear {
    /// Of each singular value.
    pub weight: f64,
    /// Rows of the matrix; they divide the number of coordinates.
    pub rows: usize,
}
impl Nuclear {
    /// Singular values with their vectors [u; v] / sqrt 2, as the positive part of the spectrum of [0, X; X^T, 0].
    fn decompose(&self, x: &[f64], work: &mut Workspace) -> Option<Spectrum> {
        let (p, q) = (self.rows, x.len() / self.rows);
        let m = p + q;
        let mut both = work.take(m * m);
        for (i, row) in x.chunks_exact(q).enumerate() {
            for (j, x) in row.iter().enumerate() {
                (both[(p + j) * m + i], both[i * m + p + j]) = (*x, *x);
            }
        }
        let found = spectrum(m, &both);
        work.give(both);
        found
    }
    fn largest(&self, x: &[f64], work: &mut Workspace) -> f64 {
        self.decompose(x, work).and_then(|s| s.values.last().copied()).unwrap_or(f64::NAN)
    }
}
impl Simple for Nuclear {
    fn value(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let sum = |s: Spectrum| s.values.iter().filter(|value| **value > 0.0).sum::<f64>();
        self.weight * self.decompose(x, work).map_or(f64::NAN, sum)
    }
    fn proximal(&self, h: f64, x: &mut [f64], work: &mut Workspace) {
        let Some(s) = self.decompose(x, work) else { return x.fill(f64::NAN) };
        let (p, q, t) = (self.rows, x.len() / self.rows, h * self.weight);
        x.fill(0.0);
        for (value, w) in s.values.iter().zip(s.vectors.chunks_exact(p + q)).filter(|(value, _)| **value > t) {
            for i in 0..p {
                (0..q).for_each(|j| x[i * q + j] += 2.0 * (value - t) * w[i] * w[p + j]);
            }
        }
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let inside = self.largest(xi, work) <= self.weight;
        if inside { dot(x, xi) + self.value(x, work) } else { f64::INFINITY }
    }
    fn fits(&self, d: usize) -> bool {
        d > 0 && self.rows > 0 && d.is_multiple_of(self.rows)
    }
}
