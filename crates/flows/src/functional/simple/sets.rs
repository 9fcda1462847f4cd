//! Regularisers that are zero on a convex set and infinite outside: their proximal step is the projection, of any length.
use super::Simple;
use steepest_core::Workspace;
use steepest_kernels::{dot, spectrum, threshold};

/// low_j <= x_j <= high_j, each one number for all coordinates or one for each; a bound may be infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Lower bounds.
    pub low: Vec<f64>,
    /// Upper bounds, not below the lower ones.
    pub high: Vec<f64>,
}
impl Interval {
    fn at(&self, j: usize) -> (f64, f64) {
        let of = |bounds: &[f64]| bounds.get(j).or(bounds.first()).copied().unwrap_or(f64::NAN);
        (of(&self.low), of(&self.high))
    }
}
impl Simple for Interval {
    fn value(&self, _x: &[f64], _work: &mut Workspace) -> f64 {
        0.0
    }
    fn proximal(&self, _h: f64, x: &mut [f64], _work: &mut Workspace) {
        x.iter_mut().enumerate().for_each(|(j, x)| *x = x.max(self.at(j).0).min(self.at(j).1));
    }
    /// xi, as far as there is room for a step down it.
    fn residual(&self, x: &[f64], xi: &[f64], out: &mut [f64], _work: &mut Workspace) {
        for (j, (out, (x, xi))) in out.iter_mut().zip(x.iter().zip(xi)).enumerate() {
            let (low, high) = self.at(j);
            let down = if *xi > x - low { x - low } else { *xi };
            *out = if down < x - high { x - high } else { down };
        }
    }
    fn violation(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        let beyond = |(j, x): (usize, &f64)| (self.at(j).0 - x).max(x - self.at(j).1).max(0.0).powi(2);
        x.iter().enumerate().map(beyond).sum::<f64>().sqrt()
    }
    fn gap(&self, x: &[f64], xi: &[f64], _work: &mut Workspace) -> f64 {
        let each = |(j, (x, xi)): (usize, (&f64, &f64))| {
            let (low, high) = self.at(j);
            let worst = if *xi > 0.0 { low } else { high };
            if *xi == 0.0 { 0.0 } else { xi * (x - worst) }
        };
        x.iter().zip(xi).enumerate().map(each).sum()
    }
    fn fits(&self, d: usize) -> bool {
        let long = |bounds: &[f64]| [1, d].contains(&bounds.len());
        d > 0 && long(&self.low) && long(&self.high) && (0..d).all(|j| self.at(j).0 <= self.at(j).1)
    }
}

/// x_j >= 0 and sum_j x_j = total [Condat2016].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simplex {
    /// The sum, positive.
    pub total: f64,
}
impl Simple for Simplex {
    fn value(&self, _x: &[f64], _work: &mut Workspace) -> f64 {
        0.0
    }
    fn proximal(&self, _h: f64, x: &mut [f64], work: &mut Workspace) {
        let mut sorted = work.take(x.len());
        let s = threshold(x, self.total, &mut sorted);
        x.iter_mut().for_each(|x| *x = (*x - s).max(0.0));
        work.give(sorted);
    }
    fn violation(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        let negative: f64 = x.iter().map(|x| x.min(0.0).powi(2)).sum();
        negative.sqrt().max((x.iter().sum::<f64>() - self.total).abs())
    }
    fn gap(&self, x: &[f64], xi: &[f64], _work: &mut Workspace) -> f64 {
        let least = xi.iter().copied().fold(f64::INFINITY, f64::min);
        x.iter().zip(xi).map(|(x, xi)| x * (xi - least)).sum::<f64>() + least * (x.iter().sum::<f64>() - self.total)
    }
}

/// |x|_2 <= radius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    /// The radius, positive.
    pub radius: f64,
}
impl Simple for Ball {
    fn value(&self, _x: &[f64], _work: &mut Workspace) -> f64 {
        0.0
    }
    fn proximal(&self, _h: f64, x: &mut [f64], _work: &mut Workspace) {
        let norm = dot(x, x).sqrt();
        if norm > self.radius {
            x.iter_mut().for_each(|x| *x *= self.radius / norm);
        }
    }
    fn violation(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        (dot(x, x).sqrt() - self.radius).max(0.0)
    }
    fn gap(&self, x: &[f64], xi: &[f64], _work: &mut Workspace) -> f64 {
        dot(x, xi) + self.radius * dot(xi, xi).sqrt()
    }
}

/// x is a matrix of m x m coordinates, row by row, which is symmetric and has no negative eigenvalue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Semidefinite;
fn order(d: usize) -> usize {
    (d as f64).sqrt().round() as usize
}
fn symmetric(x: &[f64], out: &mut [f64]) {
    let m = order(x.len());
    (0..m * m).for_each(|k| out[k] = 0.5 * (x[k] + x[(k % m) * m + k / m]));
}
impl Simple for Semidefinite {
    fn value(&self, _x: &[f64], _work: &mut Workspace) -> f64 {
        0.0
    }
    fn proximal(&self, _h: f64, x: &mut [f64], work: &mut Workspace) {
        let m = order(x.len());
        let mut a = work.take(x.len());
        symmetric(x, &mut a);
        x.fill(if a.iter().all(|a| a.is_finite()) { 0.0 } else { f64::NAN });
        if let Some(s) = spectrum(m, &a) {
            for (value, v) in s.values.iter().zip(s.vectors.chunks_exact(m)).filter(|(value, _)| **value > 0.0) {
                (0..m).for_each(|i| (0..m).for_each(|j| x[i * m + j] += value * v[i] * v[j]));
            }
        }
        work.give(a);
    }
    fn violation(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let mut to = work.take(x.len());
        to.copy_from_slice(x);
        self.proximal(1.0, &mut to, work);
        let square: f64 = to.iter().zip(x).map(|(t, x)| (t - x).powi(2)).sum();
        work.give(to);
        square.sqrt()
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let mut a = work.take(x.len());
        symmetric(xi, &mut a);
        let least = spectrum(order(x.len()), &a).and_then(|s| s.values.first().copied()).unwrap_or(f64::NAN);
        work.give(a);
        if least >= 0.0 { dot(x, xi) } else { f64::INFINITY }
    }
    fn fits(&self, d: usize) -> bool {
        d > 0 && order(d).pow(2) == d
    }
}
