//! FUNNEL: a scale that is itself random, the geometry of every hierarchical model.
use super::columns::{HALF_LOG_TAU, add, add2, columns, copy, numbered};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

/// x_1 ~ N(0, s^2), x_j ~ N(0, e^{x_1}) for j > 1; normalised [Neal2003, Sec. 8].
#[derive(Clone, Copy, Debug)]
pub struct Funnel {
    d: usize,
    scale: f64,
}
impl Funnel {
    /// `d` components; x_1 has standard deviation `scale` (3 in the original).
    pub fn new(d: usize, scale: f64) -> Self {
        Funnel { d, scale }
    }
    /// precision[i] <- e^{-x_1}
    fn precision(x: Batch<'_>, precision: &mut [f64]) {
        precision.iter_mut().zip(x.column(0)).for_each(|(p, x)| *p = -x);
        steepest_kernels::exp(precision);
    }
}
impl Potential for Funnel {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let (s, others) = (self.scale, (self.d - 1) as f64);
        let constant = self.d as f64 * HALF_LOG_TAU + s.ln();
        add(x.column(0), out, |x| scale * (constant + 0.5 * (x / s) * (x / s) + 0.5 * others * x));
        let mut precision = work.take(x.n);
        Self::precision(x, &mut precision);
        for j in 1..self.d {
            add2(&precision, x.column(j), out, |p, x| 0.5 * scale * p * x * x);
        }
        work.give(precision);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let (s, others) = (self.scale, (self.d - 1) as f64);
        let mut precision = work.take(x.n);
        Self::precision(x, &mut precision);
        let mut out = columns(out, x.n);
        let Some(first) = out.next() else { return work.give(precision) };
        add(x.column(0), first, |x| scale * (x / (s * s) + 0.5 * others));
        for (j, column) in out.enumerate() {
            add2(&precision, x.column(j + 1), first, |p, x| -0.5 * scale * p * x * x);
            add2(&precision, x.column(j + 1), column, |p, x| scale * p * x);
        }
        work.give(precision);
    }
}
impl Model for Funnel {
    fn dim(&self) -> usize {
        self.d
    }
    fn names(&self) -> Vec<String> {
        numbered(self.d)
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    /// Var x_j = E e^{x_1} = e^{s^2 / 2}.
    fn truth(&self) -> Option<Truth> {
        let mut sd = vec![(0.25 * self.scale * self.scale).exp(); self.d];
        sd[0] = self.scale;
        Some(Truth { log_z: Some(0.0), mean: vec![0.0; self.d], sd })
    }
}
