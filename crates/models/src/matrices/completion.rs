//! A matrix of low rank from some of its entries.
use super::{OnePoint, Shape, entries, potential};
use crate::Model;
use steepest_core::{Batch, Workspace};
use steepest_kernels::{gemm, gemm_by_transposed};

/// F(U, S, V) = sum over the known entries of ((U S V^T)_ij - y_ij)^2 / 2 [Vandereycken2013, Sec. 1].
///
/// An evaluation costs rank times the number of entries, and nothing of size rows times columns is made.
#[derive(Clone, Debug)]
pub struct Completion {
    rows: usize,
    columns: usize,
    rank: usize,
    /// By rows.
    known: Box<[(u32, u32, f64)]>,
}
/// Why entries are no matrix of this rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CompletionError {
    /// Entry k (from 0) is outside, or its place is no whole number from 1.
    Place(usize),
    /// The rank is more than rows or columns.
    Rank,
}
impl Completion {
    /// Of entries (row, column, value), rows and columns counted from 1.
    ///
    /// # Errors
    /// Where an entry has no place in the matrix, or the rank is too large for it.
    pub fn new(rows: usize, columns: usize, rank: usize, table: &[[f64; 3]]) -> Result<Self, CompletionError> {
        if rank == 0 || rank > rows.min(columns) {
            return Err(CompletionError::Rank);
        }
        let place = |x: f64, most: usize| (x.fract() == 0.0 && x >= 1.0 && x <= most as f64).then(|| x as u32 - 1);
        let entry = |(k, [i, j, y]): (usize, &[f64; 3])| match (place(*i, rows), place(*j, columns)) {
            (Some(i), Some(j)) => Ok((i, j, *y)),
            _ => Err(CompletionError::Place(k)),
        };
        let mut known: Vec<_> = table.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        known.sort_by_key(|&(i, j, _)| (i, j));
        Ok(Completion { rows, columns, rank, known: known.into() })
    }
}
impl OnePoint for Completion {
    fn at(&self, x: &[f64], xi: Option<&mut [f64]>, work: &mut Workspace) -> f64 {
        let (m, n, k) = (self.rows, self.columns, self.rank);
        let (u, rest) = x.split_at(m * k);
        let (s, v) = rest.split_at(k * k);
        // A = U S and B = V S^T: entry ij is a_i . v_j.
        let mut a = work.take(m * k);
        gemm([m, k, k], 1.0, u, s, &mut a);
        let (mut za, mut zb) = (work.take(m * k), work.take(n * k));
        let mut sum = 0.0;
        for &(i, j, y) in &self.known {
            let (i, j) = (i as usize * k, j as usize * k);
            let (a, v) = (&a[i..i + k], &v[j..j + k]);
            let off = a.iter().zip(v).map(|(a, v)| a * v).sum::<f64>() - y;
            sum += off * off;
            if xi.is_some() {
                // Z V, and Z^T U, for the misfit Z.
                let u = &u[i..i + k];
                for c in 0..k {
                    za[i + c] += off * v[c];
                    zb[j + c] += off * u[c];
                }
            }
        }
        if let Some(xi) = xi {
            let (xu, rest) = xi.split_at_mut(m * k);
            let (xs, xv) = rest.split_at_mut(k * k);
            gemm_by_transposed([m, k, k], 1.0, &za, s, xu);
            steepest_kernels::gemm_transposed([k, m, k], 1.0, u, &za, xs);
            gemm([n, k, k], 1.0, &zb, s, xv);
        }
        [a, za, zb].into_iter().for_each(|buffer| work.give(buffer));
        0.5 * sum
    }
}
potential!(Completion);
impl Model for Completion {
    fn dim(&self) -> usize {
        (self.rows + self.rank + self.columns) * self.rank
    }
    fn names(&self) -> Vec<String> {
        let mut names = entries("u", self.rows, self.rank);
        names.extend(entries("s", self.rank, self.rank));
        names.extend(entries("v", self.columns, self.rank));
        names
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
    fn shape(&self) -> Shape {
        Shape::Factors { rows: self.rows, columns: self.columns, rank: self.rank }
    }
    fn notes(&self) -> Vec<String> {
        let free = (self.rows + self.columns - self.rank) * self.rank;
        let share = self.known.len() as f64 / free as f64;
        vec![format!(
            "{} of {} entries are known, {share:.1} for each of the {free} numbers of a matrix of rank {}.",
            self.known.len(),
            self.rows * self.columns,
            self.rank
        )]
    }
}
