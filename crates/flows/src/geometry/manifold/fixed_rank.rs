//! m by n matrices of rank k, as U S V^T: the geometry they have among all matrices.
use super::matrix::{off_orthonormal, orthonormalise, times, times_transposed, transposed_times};
use super::{Manifold, norm, normals};
use steepest_core::Workspace;
use steepest_kernels::{cholesky, dot, gemm, gemm_by_transposed, orthonormal, solve, svd};

/// The numbers of U (m by k), S (k by k) and V (n by k), U and V with orthonormal columns, S of full rank
/// [Vandereycken2013].
///
/// A tangent is the velocity (u, s, v) of these with U^T u = 0 and V^T v = 0, and its length that of the matrix
/// u S V^T + U s V^T + U S v^T. Steps end at the nearest matrix of rank k. Geodesics are not known.
#[derive(Clone, Copy, Debug)]
pub struct FixedRank {
    /// Rows, m.
    pub rows: usize,
    /// Columns, n.
    pub columns: usize,
    /// Rank, k.
    pub rank: usize,
}
/// The factors of a point, or of a tangent.
struct Factors<'a> {
    u: &'a [f64],
    s: &'a [f64],
    v: &'a [f64],
}
impl FixedRank {
    fn split<'a>(&self, x: &'a [f64]) -> Factors<'a> {
        let (u, rest) = x.split_at(self.rows * self.rank);
        let (s, v) = rest.split_at(self.rank * self.rank);
        Factors { u, s, v }
    }
    fn split_mut<'a>(&self, x: &'a mut [f64]) -> [&'a mut [f64]; 3] {
        let (u, rest) = x.split_at_mut(self.rows * self.rank);
        let (s, v) = rest.split_at_mut(self.rank * self.rank);
        [u, s, v]
    }
    /// a <- (1 - Q Q^T) a
    fn across(&self, n: usize, q: &[f64], a: &mut [f64], work: &mut Workspace) {
        let (k, mut along) = (self.rank, work.take(self.rank * self.rank));
        transposed_times([k, n, k], q, a, &mut along);
        gemm([n, k, k], -1.0, q, &along, a);
        work.give(along);
    }
    /// a <- a W, W of k by k.
    fn right(&self, n: usize, a: &mut [f64], w: &[f64], work: &mut Workspace) {
        let mut out = work.take(a.len());
        times([n, self.rank, self.rank], a, w, &mut out);
        a.copy_from_slice(&out);
        work.give(out);
    }
    /// S S^T and S^T S, or their inverses; `false` where S has no full rank.
    fn grams(&self, s: &[f64], inverse: bool, left: &mut [f64], right: &mut [f64], work: &mut Workspace) -> bool {
        let k = self.rank;
        times_transposed([k, k, k], s, s, left);
        transposed_times([k, k, k], s, s, right);
        if !inverse {
            return true;
        }
        let mut factor = work.take(k * k);
        let mut whole = true;
        for gram in [left, right] {
            factor.copy_from_slice(gram);
            whole &= cholesky(k, &mut factor).is_ok();
            super::matrix::identity(k, gram);
            solve(k, &factor, k, gram);
        }
        work.give(factor);
        whole
    }
    /// Q (n by k, orthonormal) and R with a = Q R, whatever the rank of a.
    fn factored(&self, n: usize, a: &[f64], q: &mut [f64], r: &mut [f64]) {
        let k = self.rank;
        let columns: Vec<f64> = (0..n * k).map(|i| a[(i % n) * k + i / n]).collect();
        let basis = orthonormal(n, k, &columns);
        (0..n * k).for_each(|i| q[(i % n) * k + i / n] = basis[i]);
        transposed_times([k, n, k], q, a, r);
    }
    /// The turn O of the columns of `to` that brings them nearest to those of `from`: to^T from = P D R^T, O = P R^T.
    fn turn(&self, n: usize, from: &[f64], to: &[f64], out: &mut [f64], work: &mut Workspace) -> Option<()> {
        let k = self.rank;
        let (mut between, mut p, mut d, mut r) = (work.take(k * k), work.take(k * k), work.take(k), work.take(k * k));
        transposed_times([k, n, k], to, from, &mut between);
        let found = svd([k, k], &between, &mut p, &mut d, &mut r);
        times_transposed([k, k, k], &p, &r, out);
        [between, p, d, r].into_iter().for_each(|buffer| work.give(buffer));
        found
    }
}
impl Manifold for FixedRank {
    fn numbers(&self) -> usize {
        (self.rows + self.rank + self.columns) * self.rank
    }
    fn dim(&self) -> usize {
        (self.rows + self.columns - self.rank) * self.rank
    }
    fn defect(&self, x: &[f64], work: &mut Workspace) -> f64 {
        let Factors { u, s, v } = self.split(x);
        let off = off_orthonormal(self.rows, self.rank, u, work).max(off_orthonormal(self.columns, self.rank, v, work));
        let (mut left, mut right) = (work.take(s.len()), work.take(s.len()));
        let whole = self.grams(s, true, &mut left, &mut right, work);
        work.give(left);
        work.give(right);
        if whole { off } else { f64::INFINITY }
    }
    fn project(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let at = self.split(x);
        let [vu, _, vv] = self.split_mut(v);
        self.across(self.rows, at.u, vu, work);
        self.across(self.columns, at.v, vv, work);
    }
    /// ((1 - U U^T) xi_u (S S^T)^-1, xi_s, (1 - V V^T) xi_v (S^T S)^-1)
    fn sharp(&self, x: &[f64], xi: &mut [f64], work: &mut Workspace) {
        let s = self.split(x).s;
        let (mut left, mut right) = (work.take(s.len()), work.take(s.len()));
        let whole = self.grams(s, true, &mut left, &mut right, work);
        self.project(x, xi, work);
        let [u, _, v] = self.split_mut(xi);
        self.right(self.rows, u, &left, work);
        self.right(self.columns, v, &right, work);
        if !whole {
            xi.fill(f64::NAN);
        }
        work.give(left);
        work.give(right);
    }
    fn flat(&self, x: &[f64], v: &mut [f64], work: &mut Workspace) {
        let s = self.split(x).s;
        let (mut left, mut right) = (work.take(s.len()), work.take(s.len()));
        self.grams(s, false, &mut left, &mut right, work);
        let [vu, _, vv] = self.split_mut(v);
        self.right(self.rows, vu, &left, work);
        self.right(self.columns, vv, &right, work);
        work.give(left);
        work.give(right);
    }
    /// The nearest matrix of rank k, its bases turned to where they were.
    fn retract(&self, x: &mut [f64], v: &[f64], h: f64, work: &mut Workspace) {
        let (m, n, k) = (self.rows, self.columns, self.rank);
        let (at, by) = (self.split(x), self.split(v));
        // [U Qu] [[S + h s, h Rv^T], [h Ru, 0]] [V Qv]^T
        let (mut a, mut b) = (work.take(m * k), work.take(n * k));
        times([m, k, k], by.u, at.s, &mut a);
        times_transposed([n, k, k], by.v, at.s, &mut b);
        let (mut qu, mut qv, mut ru, mut rv) = (work.take(m * k), work.take(n * k), work.take(k * k), work.take(k * k));
        self.factored(m, &a, &mut qu, &mut ru);
        self.factored(n, &b, &mut qv, &mut rv);
        let (w, mut core) = (2 * k, work.take(4 * k * k));
        for i in 0..k {
            for j in 0..k {
                core[i * w + j] = at.s[i * k + j] + h * by.s[i * k + j];
                core[i * w + k + j] = h * rv[j * k + i];
                core[(k + i) * w + j] = h * ru[i * k + j];
            }
        }
        let (mut left, mut values, mut right) = (work.take(w * w), work.take(w), work.take(w * w));
        let found = svd([w, w], &core, &mut left, &mut values, &mut right);
        // The columns of the k largest, in the old bases and the new.
        let mut to = work.take(x.len());
        let [tu, ts, tv] = self.split_mut(&mut to);
        let mut half = work.take(k * k);
        for (rows, old, new, factor, out) in [(m, at.u, &qu, &left, &mut *tu), (n, at.v, &qv, &right, &mut *tv)] {
            for (basis, shift) in [(old, 0), (new.as_slice(), k)] {
                (0..k * k).for_each(|i| half[i] = factor[(shift + i / k) * w + i % k]);
                gemm([rows, k, k], 1.0, basis, &half, out);
            }
        }
        let (mut turn_u, mut turn_v) = (work.take(k * k), work.take(k * k));
        let turned =
            self.turn(m, at.u, tu, &mut turn_u, work).and(self.turn(n, at.v, tv, &mut turn_v, work)).and(found);
        self.right(m, tu, &turn_u, work);
        self.right(n, tv, &turn_v, work);
        // O_u^T D O_v
        half.copy_from_slice(&turn_v);
        half.chunks_exact_mut(k).zip(&values).for_each(|(row, d)| row.iter_mut().for_each(|x| *x *= d));
        transposed_times([k, k, k], &turn_u, &half, ts);
        x.copy_from_slice(&to);
        if turned.is_none() {
            x.fill(f64::NAN);
        }
        let lent = [a, b, qu, qv, ru, rv, core, left, values, right, to, half, turn_u, turn_v];
        lent.into_iter().for_each(|buffer| work.give(buffer));
    }
    /// The part of the matrix that v stands for which is tangent at y.
    fn transport(&self, x: &[f64], y: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (m, n, k) = (self.rows, self.columns, self.rank);
        let (at, to) = (self.split(x), self.split(y));
        let (mut a, mut b, mut c) = (work.take(m * k), work.take(n * k), work.take(k * k));
        // v = (U s + u S) V^T + U (v S^T)^T = A V^T + U B^T
        {
            let by = self.split(v);
            times([m, k, k], by.u, at.s, &mut a);
            gemm([m, k, k], 1.0, at.u, by.s, &mut a);
            times_transposed([n, k, k], by.v, at.s, &mut b);
        }
        let [vu, vs, vv] = self.split_mut(v);
        transposed_times([k, n, k], at.v, to.v, &mut c);
        times([m, k, k], &a, &c, vu);
        transposed_times([k, n, k], &b, to.v, &mut c);
        gemm([m, k, k], 1.0, at.u, &c, vu);
        transposed_times([k, m, k], &a, to.u, &mut c);
        times([n, k, k], at.v, &c, vv);
        transposed_times([k, m, k], at.u, to.u, &mut c);
        gemm([n, k, k], 1.0, &b, &c, vv);
        transposed_times([k, m, k], to.u, vu, vs);
        self.across(m, to.u, vu, work);
        self.across(n, to.v, vv, work);
        // u S^-1 and v S^-T, with S^-1 = S^T (S S^T)^-1.
        let (mut left, mut right) = (work.take(k * k), work.take(k * k));
        let whole = self.grams(to.s, true, &mut left, &mut right, work);
        transposed_times([k, k, k], to.s, &left, &mut c);
        self.right(m, vu, &c, work);
        times([k, k, k], to.s, &right, &mut c);
        self.right(n, vv, &c, work);
        if !whole {
            v.fill(f64::NAN);
        }
        [a, b, c, left, right].into_iter().for_each(|buffer| work.give(buffer));
    }
    fn inner(&self, x: &[f64], a: &[f64], b: &[f64], work: &mut Workspace) -> f64 {
        let s = self.split(x).s;
        let (a, b) = (self.split(a), self.split(b));
        let mut product = dot(a.s, b.s);
        for (n, a, b, left) in [(self.rows, a.u, b.u, true), (self.columns, a.v, b.v, false)] {
            let k = self.rank;
            let (mut p, mut q) = (work.take(n * k), work.take(n * k));
            let by = if left { gemm } else { gemm_by_transposed };
            by([n, k, k], 1.0, a, s, &mut p);
            by([n, k, k], 1.0, b, s, &mut q);
            product += dot(&p, &q);
            work.give(p);
            work.give(q);
        }
        product
    }
    fn random(&self, key: u64, index: u64, x: &mut [f64], work: &mut Workspace) {
        normals(key, index, x);
        let [u, s, v] = self.split_mut(x);
        orthonormalise(self.rows, self.rank, u, work);
        orthonormalise(self.columns, self.rank, v, work);
        // Singular values that differ, and not too small.
        for i in 0..self.rank {
            for j in 0..self.rank {
                s[i * self.rank + j] = if i == j { 1.0 + s[i * self.rank + j].abs() } else { 0.0 };
            }
        }
        debug_assert!(norm(x).is_finite());
    }
}
