//! GAUSSIAN: independent components, equal or badly scaled; the scales may be hidden from the axes by a reflection.
use super::columns::{HALF_LOG_TAU, add, add2, columns, copy, numbered};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

/// N(m 1, H diag(s^2) H), normalised; H is the identity or the reflection I - (2/d) 1 1^T.
///
/// With the reflection no axis shows the scales, so a diagonal metric cannot remove them. O(d) a point either way.
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// let target = steepest_models::DiagonalGaussian::new(1.0, &[2.0]);
/// let mut v = [0.0];
/// target.values(Batch { n: 1, d: 1, x: &[1.0] }, 1.0, &mut v, &mut Workspace::default());
/// assert!((v[0] - 0.5 * (std::f64::consts::TAU * 4.0).ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Debug)]
pub struct DiagonalGaussian {
    mean: f64,
    sd: Vec<f64>,
    reflected: bool,
    /// -log of the normalising constant.
    constant: f64,
}
impl DiagonalGaussian {
    /// Mean `mean` in every component, standard deviations `sd`, all positive.
    pub fn new(mean: f64, sd: &[f64]) -> Self {
        let constant = sd.iter().map(|s| s.ln() + HALF_LOG_TAU).sum();
        DiagonalGaussian { mean, sd: sd.into(), reflected: false, constant }
    }
    /// Mean 0, variances evenly spaced on a log scale from 1 up to `condition`, along the axes or reflected.
    pub fn ill_conditioned(d: usize, condition: f64, reflected: bool) -> Self {
        let share = |j: usize| if d > 1 { j as f64 / (d - 1) as f64 } else { 0.0 };
        let sd: Vec<f64> = (0..d).map(|j| condition.powf(0.5 * share(j))).collect();
        DiagonalGaussian { reflected, ..DiagonalGaussian::new(0.0, &sd) }
    }
    fn d(&self) -> usize {
        self.sd.len()
    }
    /// shift[i] <- (2/d) sum_j y_j, what the reflection takes from each component of y_i; zero without one.
    fn shift(&self, y: &[f64], shift: &mut [f64]) {
        if self.reflected {
            let share = 2.0 / self.d() as f64;
            y.chunks_exact(shift.len().max(1)).for_each(|column| add(column, shift, |y| share * y));
        }
    }
}
impl Potential for DiagonalGaussian {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut shift = work.take(x.n);
        self.shift(x.x, &mut shift);
        out.iter_mut().for_each(|o| *o += scale * self.constant);
        for (j, s) in self.sd.iter().enumerate() {
            let (a, m) = (0.5 * scale / (s * s), self.mean);
            add2(x.column(j), &shift, out, |x, shift| a * (x - m - shift) * (x - m - shift));
        }
        work.give(shift);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let m = self.mean;
        if !self.reflected {
            for (j, column) in columns(out, x.n).enumerate() {
                let a = scale / (self.sd[j] * self.sd[j]);
                add(x.column(j), column, |x| a * (x - m));
            }
            return;
        }
        let (mut shift, mut scaled, mut back) = (work.take(x.n), work.take(x.x.len()), work.take(x.n));
        self.shift(x.x, &mut shift);
        for (j, column) in columns(&mut scaled, x.n).enumerate() {
            let a = scale / (self.sd[j] * self.sd[j]);
            add2(x.column(j), &shift, column, |x, shift| a * (x - m - shift));
        }
        self.shift(&scaled, &mut back);
        for (column, scaled) in columns(out, x.n).zip(scaled.chunks_exact(x.n.max(1))) {
            add2(scaled, &back, column, |y, shift| y - shift);
        }
        work.give(back);
        work.give(scaled);
        work.give(shift);
    }
}
impl Model for DiagonalGaussian {
    fn dim(&self) -> usize {
        self.d()
    }
    fn names(&self) -> Vec<String> {
        numbered(self.d())
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().for_each(|z| *z += self.mean);
    }
    fn truth(&self) -> Option<Truth> {
        let d = self.d() as f64;
        let variances: Vec<f64> = self.sd.iter().map(|s| s * s).collect();
        let total: f64 = variances.iter().sum();
        let seen = |v: &f64| if self.reflected { v * (1.0 - 4.0 / d) + 4.0 * total / (d * d) } else { *v };
        let sd = variances.iter().map(|v| seen(v).sqrt()).collect();
        Some(Truth { log_z: Some(0.0), mean: vec![self.mean; self.d()], sd })
    }
}
