//! n by p matrices with orthonormal columns: the Stiefel manifold, with its two metrics.
use super::matrix::{add_times, exponential, off_orthonormal, orthonormalise, symmetrise, times, transposed_times};
use super::{CutLocus, Geodesics, Hessians, Manifold, norm, normals, step};
use steepest_core::Workspace;
use steepest_kernels::{axpy, dot};

/// How lengths are measured: <u, v> = tr u^T (1 - (1 - b) X X^T) v [EdelmanAriasSmith1998, Sec. 2.3 and 2.4].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StiefelMetric {
    /// b = 1: as numbers.
    Embedded,
    /// b = 1/2: as a quotient of the orthogonal matrices; each free number of the turn within the columns counts once.
    Canonical,
}
/// X^T X = 1, row by row; steps end at the orthonormal factor, which is exact to second order in the embedded metric.
#[derive(Clone, Copy, Debug)]
pub struct Stiefel {
    /// Rows, n.
    pub rows: usize,
    /// Columns, p, at most n.
    pub columns: usize,
    /// How lengths are measured.
    pub metric: StiefelMetric,
}
impl Stiefel {
    fn share(&self) -> f64 {
        match self.metric {
            StiefelMetric::Embedded => 1.0,
            StiefelMetric::Canonical => 0.5,
        }
    }
}
impl Manifold for Stiefel {
    fn numbers(&self) -> usize {
        self.rows * self.columns
    }
    fn dim(&self) -> usize {
        self.rows * self.columns - self.columns * (self.columns + 1) / 2
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        off_orthonormal(self.rows, self.columns, x, work)
    }
    fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (n, p) = (self.rows, self.columns);
        let mut along = work.take(p * p);
        transposed_times([p, n, p], x, v, &mut along);
        symmetrise(p, &mut along);
        add_times([n, p], -1.0, x, &along, v);
        work.give(along);
    }
    /// Embedded: xi - X sym(X^T xi). Canonical: xi - X xi^T X.
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        let (n, p) = (self.rows, self.columns);
        if self.metric == StiefelMetric::Embedded {
            return self.project(x, xi, work);
        }
        let mut along = work.take(p * p);
        transposed_times([p, n, p], xi, x, &mut along);
        add_times([n, p], -1.0, x, &along, xi);
        work.give(along);
    }
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        if self.metric == StiefelMetric::Embedded {
            return;
        }
        let (n, p) = (self.rows, self.columns);
        let mut along = work.take(p * p);
        transposed_times([p, n, p], x, v, &mut along);
        add_times([n, p], -0.5, x, &along, v);
        work.give(along);
    }
    fn inner(&self, x: &[f64], u: &[f64], v: &[f64], work: &mut Workspace) -> f64 {
        let plain = dot(u, v);
        if self.metric == StiefelMetric::Embedded {
            return plain;
        }
        let (n, p) = (self.rows, self.columns);
        let (mut a, mut b) = (work.take(p * p), work.take(p * p));
        transposed_times([p, n, p], x, u, &mut a);
        transposed_times([p, n, p], x, v, &mut b);
        let within = dot(&a, &b);
        work.give(a);
        work.give(b);
        plain - 0.5 * within
    }
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        step(x, v, h);
        orthonormalise(self.rows, self.columns, x, work);
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        normals(key, index, x);
        orthonormalise(self.rows, self.columns, x, work);
    }
    fn geodesics(&self) -> Option<&dyn Geodesics> {
        Some(self)
    }
    fn hessians(&self) -> Option<&dyn Hessians> {
        Some(self)
    }
}
impl Geodesics for Stiefel {
    /// (X E_11 + K E_21) exp((1 - 2 b) A) with A = X^T v, K = v - X A and E = exp [[2 b A, -K^T K], [1, 0]]
    /// [ZimmermannHuper2022, Sec. 3].
    fn exp(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let (n, p, b) = (self.rows, self.columns, self.share());
        let (mut a, mut gram, mut k) = (work.take(p * p), work.take(p * p), work.take(n * p));
        transposed_times([p, n, p], x, v, &mut a);
        k.copy_from_slice(v);
        add_times([n, p], -1.0, x, &a, &mut k);
        transposed_times([p, n, p], &k, &k, &mut gram);
        let (m, mut whole, mut e) = (2 * p, work.take(4 * p * p), work.take(4 * p * p));
        for i in 0..p {
            for j in 0..p {
                whole[i * m + j] = 2.0 * b * h * a[i * p + j];
                whole[i * m + p + j] = -h * h * gram[i * p + j];
            }
            whole[(p + i) * m + i] = 1.0;
        }
        exponential(m, &whole, &mut e, work);
        let (mut first, mut second, mut turn) = (work.take(p * p), work.take(p * p), work.take(p * p));
        for i in 0..p {
            first[i * p..(i + 1) * p].copy_from_slice(&e[i * m..i * m + p]);
            second[i * p..(i + 1) * p].copy_from_slice(&e[(p + i) * m..(p + i) * m + p]);
        }
        let mut y = work.take(n * p);
        add_times([n, p], 1.0, x, &first, &mut y);
        add_times([n, p], h, &k, &second, &mut y);
        a.iter_mut().for_each(|a| *a *= (1.0 - 2.0 * b) * h);
        exponential(p, &a, &mut turn, work);
        times([n, p, p], &y, &turn, x);
        [a, gram, k, whole, e, first, second, turn, y].into_iter().for_each(|buffer| work.give(buffer));
    }
    /// By shooting: v <- v + P_X(y - exp_X v), which contracts where v is shorter than about two
    /// [ZimmermannHuper2022, Sec. 5, in all coordinates].
    fn log(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) -> Result<(), CutLocus> {
        let (mut end, mut best) = (work.take(x.len()), f64::INFINITY);
        v.fill(0.0);
        let (mut found, mut stuck) = (Err(CutLocus), 0);
        for _ in 0..1000 {
            end.copy_from_slice(x);
            self.exp(&mut end, v, 1.0, work);
            end.iter_mut().zip(y).for_each(|(end, y)| *end = y - *end);
            let off = norm(&end);
            stuck = if off < 0.999 * best { 0 } else { stuck + 1 };
            best = best.min(off);
            if off < 1e-15 || (stuck > 5 && best < 1e-12) {
                found = Ok(());
                break;
            }
            if !off.is_finite() || stuck > 50 {
                break;
            }
            self.project(x, &mut end, work);
            axpy(1.0, &end, v);
        }
        work.give(end);
        found
    }
}
impl Hessians for Stiefel {
    /// Embedded: P(hv - v sym(X^T xi)). Canonical: sharp of hv + (X v^T xi + xi v^T X) / 2 - (1 - X X^T) v sym(X^T xi)
    /// [EdelmanAriasSmith1998, Eq. 2.61].
    fn hessian(&self, x: &[f64], xi: &[f64], v: &[f64], hv: &mut [f64], work: &mut Workspace) {
        let (n, p) = (self.rows, self.columns);
        let mut along = work.take(p * p);
        if self.metric == StiefelMetric::Canonical {
            transposed_times([p, n, p], v, xi, &mut along);
            add_times([n, p], 0.5, x, &along, hv);
            transposed_times([p, n, p], v, x, &mut along);
            add_times([n, p], 0.5, xi, &along, hv);
        }
        transposed_times([p, n, p], x, xi, &mut along);
        symmetrise(p, &mut along);
        if self.metric == StiefelMetric::Embedded {
            add_times([n, p], -1.0, v, &along, hv);
        } else {
            let mut bent = work.take(n * p);
            add_times([n, p], -1.0, v, &along, &mut bent);
            transposed_times([p, n, p], x, &bent, &mut along);
            add_times([n, p], -1.0, x, &along, &mut bent);
            axpy(1.0, &bent, hv);
            work.give(bent);
        }
        work.give(along);
        self.sharp(x, hv, work);
    }
}
