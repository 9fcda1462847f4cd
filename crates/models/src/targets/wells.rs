//! WELLS: many double wells at once; the number of modes is two to the number of wells.
use super::columns::{HALF_LOG_TAU, add, columns, copy, numbered};
use super::quadrature::line;
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};

/// V = sum over pairs (x, y) of x^4 - 6 x^2 - x/2 + y^2/2, x at odd places and y at even ones [NoeOlssonKohlerWu2019].
///
/// Of each well, 84.4307 % lies at x > 0. log Z of 16 pairs is 164.69567531.
#[derive(Clone, Copy, Debug)]
pub struct ManyWell {
    pairs: usize,
}
impl ManyWell {
    /// `pairs` pairs, dimension 2 `pairs`.
    pub fn new(pairs: usize) -> Self {
        ManyWell { pairs }
    }
}
impl Potential for ManyWell {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for j in 0..self.dim() {
            match j % 2 {
                0 => add(x.column(j), out, |x| scale * (x * (x * (x * x - 6.0) - 0.5))),
                _ => add(x.column(j), out, |y| scale * (0.5 * y * y)),
            }
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (j, column) in columns(out, x.n).enumerate() {
            match j % 2 {
                0 => add(x.column(j), column, |x| scale * (x * (4.0 * x * x - 12.0) - 0.5)),
                _ => add(x.column(j), column, |y| scale * y),
            }
        }
    }
}
impl Model for ManyWell {
    fn dim(&self) -> usize {
        2 * self.pairs
    }
    fn names(&self) -> Vec<String> {
        numbered(self.dim())
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().step_by(2).for_each(|z| *z *= 2.0);
    }
    fn truth(&self) -> Option<Truth> {
        let well = line(-6.5, 6.5, |x| x * (x * (x * x - 6.0) - 0.5), |x| x);
        let log_z = self.pairs as f64 * (well.log_z + HALF_LOG_TAU);
        let (mean, sd) = ([well.mean, 0.0].repeat(self.pairs), [well.sd(), 1.0].repeat(self.pairs));
        Some(Truth { log_z: Some(log_z), mean, sd })
    }
}

/// V = sum_{j <= m} (x_j^2 - c)^2 + (1/2) sum_{j > m} x_j^2 [WuKohlerNoe2020].
///
/// log Z of five wells with c = 4 is -0.541056, and log sqrt(2 pi) more for each further component.
#[derive(Clone, Copy, Debug)]
pub struct QuarticWells {
    d: usize,
    wells: usize,
    separation: f64,
}
impl QuarticWells {
    /// `d` components, `wells` of them (all, if there are fewer) with wells at the square roots of `separation`.
    pub fn new(d: usize, wells: usize, separation: f64) -> Self {
        QuarticWells { d, wells: wells.min(d), separation }
    }
}
impl Potential for QuarticWells {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let c = self.separation;
        for j in 0..self.d {
            if j < self.wells {
                add(x.column(j), out, |x| scale * ((x * x - c) * (x * x - c)));
            } else {
                add(x.column(j), out, |x| scale * (0.5 * x * x));
            }
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let c = self.separation;
        for (j, column) in columns(out, x.n).enumerate() {
            if j < self.wells {
                add(x.column(j), column, |x| 4.0 * scale * (x * (x * x - c)));
            } else {
                add(x.column(j), column, |x| scale * x);
            }
        }
    }
}
impl Model for QuarticWells {
    fn dim(&self) -> usize {
        self.d
    }
    fn names(&self) -> Vec<String> {
        numbered(self.d)
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    fn start(&self, z: &mut [f64]) {
        z[..self.wells].iter_mut().for_each(|z| *z *= self.separation.sqrt());
    }
    fn truth(&self) -> Option<Truth> {
        let far = (self.separation + 745f64.sqrt()).sqrt();
        let well = line(-far, far, |x| (x * x - self.separation).powi(2), |x| x);
        let others = (self.d - self.wells) as f64;
        let mut sd = vec![1.0; self.d];
        sd[..self.wells].fill(well.square.sqrt());
        let log_z = self.wells as f64 * well.log_z + others * HALF_LOG_TAU;
        Some(Truth { log_z: Some(log_z), mean: vec![0.0; self.d], sd })
    }
}
