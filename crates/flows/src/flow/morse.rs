//! MORSE: the second variation of an action along a stationary path: its index, and where neighbouring paths meet again.
use crate::functional::Action;
use crate::state::Path;
use steepest_core::{Lagrangian, Workspace};
use steepest_kernels::{cholesky, solve_general, solve_lower, spectrum};

/// A time at which some path that starts at the same point meets this one again, to first order: a Jacobi field vanishes.
#[derive(Clone, Debug, PartialEq)]
pub struct Conjugate {
    /// The time.
    pub t: f64,
    /// s there, between 0 and 1.
    pub place: f64,
    /// Independent fields that vanish there.
    pub multiplicity: usize,
}

/// What the second variation says of a stationary path.
#[derive(Clone, Debug, PartialEq)]
pub struct Morse {
    /// Its number of negative eigenvalues; 0 for a minimum. As many as there are conjugate points before the end
    /// [Milnor1963, Thm. 15.1].
    pub index: usize,
    /// Those points.
    pub conjugate: Vec<Conjugate>,
    /// At the ends of the pieces, sign(det J) |det J|^(1/d) for the Jacobi fields J with J = 0 and unit momenta at the start.
    pub jacobi: Vec<f64>,
    /// How far the end is from being conjugate to the start, as a share of the time; 1 at most.
    pub apart: f64,
    /// The least over the largest eigenvalue of d^2 L/dv^2 on the way, least over the path: positive where Legendre's condition
    /// holds, without which the index has no limit as pieces become shorter.
    pub legendre: f64,
}

/// Index, conjugate points and Jacobi fields of a path, by the block LDL^T factors of the second variation: O(pieces). `None` where
/// it is not finite, or the path does not fit.
///
/// Nodes inside a piece are eliminated first; inertias add [Haynsworth1968]. What is left couples neighbours, K_{k-1}^T J_{k-1} +
/// A_k J_k + K_k J_{k+1} = 0, and its pivots S_k tell J_{k+1} = -K_k^-1 S_k J_k: a negative eigenvalue of S_k is a field that
/// changes its sign in the next piece [GelfandFomin1963, Sec. 27].
pub fn morse<L: Lagrangian>(action: &Action<L>, path: &Path) -> Option<Morse> {
    if !action.fits(path) {
        return None;
    }
    let (n, d) = (path.pieces, path.d);
    let mut work = Workspace::default();
    let (mut index, pieces) = condensed(action, path, &mut work)?;
    let legendre = convexity(action, path, &mut work);
    let (mut conjugate, mut jacobi) = (Vec::<Conjugate>::new(), vec![0.0; n + 1]);
    let (mut log, mut sign, mut apart) = (0.0, 1.0, 1.0_f64);
    let mut note = |log: f64, sign: f64, k: usize| jacobi[k] = sign * (log / d as f64).exp();
    // J_1 = -K_0^-1.
    let mut pivot = pieces.first()?.coupling.iter().map(|x| -x).collect::<Vec<_>>();
    log -= log_determinant(d, &mut pivot);
    note(log, sign, 1);
    let mut carried = pieces[0].end.clone();
    for k in 1..n {
        let Piece { start, end, coupling } = &pieces[k];
        let s: Vec<f64> = carried.iter().zip(start).map(|(a, b)| a + b).collect();
        let ratios = ratios(d, &s, coupling)?;
        let negative = ratios.iter().filter(|ratio| **ratio < 0.0).count();
        index += negative;
        for ratio in &ratios {
            let crossing = (k as f64 + 1.0 / (1.0 - ratio)) / n as f64;
            if *ratio < 0.0 {
                let t = path.clock(crossing).0;
                match conjugate.last_mut() {
                    // Fields that vanish together to what a piece resolves are one point.
                    Some(before) if (before.place - crossing).abs() * (n as f64) < 0.05 => before.multiplicity += 1,
                    _ => conjugate.push(Conjugate { t, place: crossing, multiplicity: 1 }),
                }
                apart = apart.min((path.begin + path.time - t) / path.time);
            } else if k + 1 == n && (0.0..1.0).contains(ratio) {
                // The field goes down at the end: where the straight line through its last values vanishes.
                apart = apart.min(ratio / (1.0 - ratio) * path.clock(1.0).1 / (n as f64 * path.time));
            }
        }
        let mut matrix = s.clone();
        let mut coupled = coupling.clone();
        log += log_determinant(d, &mut matrix) - log_determinant(d, &mut coupled);
        if negative % 2 == 1 {
            sign = -sign;
        }
        note(log, sign, k + 1);
        // S_{k+1} = end - K^T S^-1 K + the start of the next.
        let (mut matrix, mut solved) = (s, coupling.clone());
        solve_general(d, &mut matrix, &mut vec![0; d], d, &mut solved);
        carried = (0..d * d)
            .map(|e| end[e] - (0..d).map(|l| coupling[l * d + e / d] * solved[l * d + e % d]).sum::<f64>())
            .collect();
    }
    conjugate.sort_by(|a, b| a.place.total_cmp(&b.place));
    jacobi.iter().all(|x| x.is_finite()).then_some(Morse { index, conjugate, jacobi, apart, legendre })
}

/// The second derivatives of a piece by its two ends, once its inner nodes are where they want to be.
struct Piece {
    start: Vec<f64>,
    end: Vec<f64>,
    /// d_start d_end
    coupling: Vec<f64>,
}
/// All pieces, and the negative eigenvalues that went with their inner nodes.
fn condensed<L: Lagrangian>(action: &Action<L>, path: &Path, work: &mut Workspace) -> Option<(usize, Vec<Piece>)> {
    let (n, d, degree) = (path.pieces, path.d, action.rule.degree());
    let (m, inner) = ((degree + 1) * d, (degree - 1) * d);
    let (slopes, second) = action.jets(path, work);
    let mut index = 0;
    let mut pieces = Vec::with_capacity(n);
    for e in 0..n {
        let entry = |row: usize, column: usize| second[(row * m + column) * n + e];
        let outer = |k: usize| if k < d { k } else { k + inner };
        let mut left: Vec<f64> = (0..4 * d * d).map(|k| entry(outer(k / (2 * d)), outer(k % (2 * d)))).collect();
        if inner > 0 {
            let mut matrix: Vec<f64> = (0..inner * inner).map(|k| entry(d + k / inner, d + k % inner)).collect();
            index += spectrum(inner, &matrix)?.values.iter().filter(|x| **x < 0.0).count();
            let mut solved: Vec<f64> = (0..inner * 2 * d).map(|k| entry(d + k / (2 * d), outer(k % (2 * d)))).collect();
            solve_general(inner, &mut matrix, &mut vec![0; inner], 2 * d, &mut solved);
            for (k, left) in left.iter_mut().enumerate() {
                let (row, column) = (outer(k / (2 * d)), k % (2 * d));
                *left -= (0..inner).map(|i| entry(row, d + i) * solved[i * 2 * d + column]).sum::<f64>();
            }
        }
        let block = |row: usize, column: usize| -> Vec<f64> {
            (0..d * d).map(|k| left[(row * d + k / d) * 2 * d + column * d + k % d]).collect()
        };
        pieces.push(Piece { start: block(0, 0), end: block(1, 1), coupling: block(0, 1) });
    }
    work.give(second);
    work.give(slopes);
    Some((index, pieces))
}
/// The factors by which fields grow from a node to the next, along the directions in which they do not turn: S w = r B w, B the
/// symmetric part of minus the coupling. As many are negative as S has negative eigenvalues.
fn ratios(d: usize, s: &[f64], coupling: &[f64]) -> Option<Vec<f64>> {
    let mut b: Vec<f64> = (0..d * d).map(|k| -0.5 * (coupling[k] + coupling[(k % d) * d + k / d])).collect();
    if d == 1 && b[0] > 0.0 && s[0].is_finite() {
        return Some(vec![s[0] / b[0]]);
    }
    if cholesky(d, &mut b).is_err() {
        // Without Legendre's condition fields have no order: signs alone.
        return spectrum(d, s).map(|spectrum| spectrum.values.iter().map(|x| x.signum()).collect());
    }
    // L^-1 S L^-T, in two triangular solves with a transposition between them.
    let mut reduced = s.to_vec();
    for _ in 0..2 {
        solve_lower(d, &b, d, &mut reduced);
        reduced = (0..d * d).map(|k| reduced[(k % d) * d + k / d]).collect();
    }
    spectrum(d, &reduced).map(|spectrum| spectrum.values)
}
/// log |det A|, A replaced by its factors.
fn log_determinant(d: usize, a: &mut [f64]) -> f64 {
    solve_general(d, a, &mut vec![0; d], 0, &mut []);
    (0..d).map(|j| a[j * d + j].abs().max(f64::MIN_POSITIVE).ln()).sum()
}
/// The least over the largest eigenvalue of d^2 L/dv^2 in the middle of the pieces; the least of them.
fn convexity<L: Lagrangian>(action: &Action<L>, path: &Path, work: &mut Workspace) -> f64 {
    let (n, d, m) = (path.pieces, path.d, (action.rule.degree() + 1) * path.d);
    let (mut x, mut z, mut rate) = (work.take(m * n), work.take((2 * d + 1) * n), work.take(n));
    action.pieces(path, &mut x);
    let (basis, slopes) = action.rule.at(0.5);
    let batch = steepest_core::Batch { n, d: m, x: &x };
    let clock = |e: usize, c: f64| crate::functional::action::clock(path, e, c);
    action.rule.place(0.5, (&basis, &slopes), batch, &clock, &mut z, &mut rate);
    let (mut gradient, mut second) = (work.take((2 * d + 1) * n), work.take(4 * d * d * n));
    let batch = steepest_core::Batch { n, d: 2 * d + 1, x: &z };
    action.lagrangian.jets(batch, 1.0, &mut gradient, &mut second, work);
    let of = |e: usize| {
        let mass: Vec<f64> = (0..d * d).map(|k| second[((d + k / d) * 2 * d + d + k % d) * n + e]).collect();
        let values = if d == 1 { Some(mass) } else { spectrum(d, &mass).map(|spectrum| spectrum.values) };
        values.map_or(f64::NAN, |values| {
            let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            values.iter().copied().fold(f64::INFINITY, f64::min) / largest
        })
    };
    let least = (0..n).map(of).fold(f64::INFINITY, |least, x| if x.is_nan() { x } else { least.min(x) });
    for lent in [x, z, rate, gradient, second] {
        work.give(lent);
    }
    least
}
