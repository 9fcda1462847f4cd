//! The entropic dual -<a, f> - <b, g> + eps sum_ij a_i b_j exp((f_i + g_j - c_ij) / eps) - eps.
use crate::state::Potentials;
use steepest_core::{Covector, Differential, Functional, Tick, Workspace};

/// Minus the dual of entropic transport, min <c, pi> + eps KL(pi | a x b), as a function of its potentials
/// [PeyreCuturi2019, Prop. 4.4].
#[derive(Clone, Debug)]
pub struct Bridge {
    /// Source weights, n of them, of sum one.
    pub a: Box<[f64]>,
    /// Target weights, m of them, of sum one.
    pub b: Box<[f64]>,
    /// Cost of i -> j at `cost[i * m + j]`.
    pub cost: Box<[f64]>,
    /// Entropic regularisation, in units of the cost.
    pub eps: f64,
}
impl Bridge {
    /// `row[i], column[j]` <- sums of the coupling `pi_ij = a_i b_j exp((f_i + g_j - c_ij) / eps)`.
    pub fn marginals(&self, x: &Potentials, row: &mut [f64], column: &mut [f64]) {
        let (n, m) = (self.a.len(), self.b.len());
        row.fill(0.0);
        column.fill(0.0);
        for i in 0..n {
            for j in 0..m {
                let e = (x.fg[i] + x.fg[n + j] - self.cost[i * m + j]) / self.eps;
                let pi = self.a[i] * self.b[j] * e.exp();
                row[i] += pi;
                column[j] += pi;
            }
        }
    }
}
impl Differential<Potentials> for Bridge {
    /// (row sums - a, column sums - b)
    fn differential(&self, _at: Tick, x: &Potentials, scale: f64, out: &mut Covector, work: &mut Workspace) {
        let (mut row, mut column) = (work.take(self.a.len()), work.take(self.b.len()));
        self.marginals(x, &mut row, &mut column);
        let target = self.a.iter().chain(&self.b);
        for ((o, p), t) in out.0.iter_mut().zip(row.iter().chain(&column)).zip(target) {
            *o += scale * (p - t);
        }
        work.give(column);
        work.give(row);
    }
}
impl Functional<Potentials> for Bridge {
    fn value(&self, _at: Tick, x: &Potentials, work: &mut Workspace) -> f64 {
        let (mut row, mut column) = (work.take(self.a.len()), work.take(self.b.len()));
        self.marginals(x, &mut row, &mut column);
        let mass: f64 = row.iter().sum();
        work.give(column);
        work.give(row);
        let linear: f64 = self.a.iter().chain(&self.b).zip(&x.fg).map(|(w, f)| w * f).sum();
        self.eps * (mass - 1.0) - linear
    }
}
