//! Tall matrices of at most eight columns: products whose sums stay in registers, where a blocked product packs more than it sums.
//!
//! A row is read as W numbers, 4 or 8, though it has only P: what follows it is carried along and dropped, or kept as it is. So a
//! row is one register whatever P. Rows that are stored come every second one first, as each store reaches into the next row.
use steepest_kernels::simd;

/// Calls a function of the number of columns, and of that of lanes, as constants; `false` where there are more than eight.
macro_rules! narrow {
    ($p:expr, $f:ident($($arg:expr),*)) => {
        match $p {
            1 => $f::<1, 4>($($arg),*),
            2 => $f::<2, 4>($($arg),*),
            3 => $f::<3, 4>($($arg),*),
            4 => $f::<4, 4>($($arg),*),
            5 => $f::<5, 8>($($arg),*),
            6 => $f::<6, 8>($($arg),*),
            7 => $f::<7, 8>($($arg),*),
            8 => $f::<8, 8>($($arg),*),
            _ => return false,
        }
    };
}
/// Rows that have W numbers in a slice of rows of P.
const fn wide(len: usize, p: usize, w: usize) -> usize {
    if len < w { 0 } else { (len - w) / p + 1 }
}
/// W numbers from the row on; those that the slice lacks are 0.
#[inline(always)]
fn lanes<const W: usize>(all: &[f64], at: usize) -> [f64; W] {
    match all.get(at..at + W).and_then(|all| all.first_chunk::<W>()) {
        Some(lanes) => *lanes,
        None => {
            let mut lanes = [0.0; W];
            lanes.iter_mut().zip(&all[at..]).for_each(|(lane, from)| *lane = *from);
            lanes
        }
    }
}
/// out <- A^T B for A and B with p columns.
pub(super) fn gram(p: usize, a: &[f64], b: &[f64], out: &mut [f64]) -> bool {
    narrow!(p, gram_of(a, b, out));
    true
}
fn gram_of<const P: usize, const W: usize>(a: &[f64], b: &[f64], out: &mut [f64]) {
    simd(
        #[inline(always)]
        || {
            let mut sums = [[0.0f64; W]; P];
            for (k, a) in a.as_chunks::<P>().0.iter().enumerate() {
                add_row(a, &lanes(b, k * P), &mut sums);
            }
            for (out, sums) in out.as_chunks_mut::<P>().0.iter_mut().zip(&sums) {
                out.copy_from_slice(&sums[..P]);
            }
        },
    );
}
/// sums += a b^T, of a row of A and one of B in lanes.
#[inline(always)]
fn add_row<const P: usize, const W: usize>(a: &[f64; P], b: &[f64; W], sums: &mut [[f64; W]; P]) {
    for (sums, a) in sums.iter_mut().zip(a) {
        sums.iter_mut().zip(b).for_each(|(sum, b)| *sum = a.mul_add(*b, *sum));
    }
}
/// A row of `keep` v + X W, keep and the rows of W in lanes.
#[inline(always)]
fn row<const P: usize, const W: usize>(x: &[f64; P], w: &[[f64; W]; P], keep: &[f64; W], mut v: [f64; W]) -> [f64; W] {
    v.iter_mut().zip(keep).for_each(|(v, keep)| *v *= keep);
    for (x, w) in x.iter().zip(w) {
        v.iter_mut().zip(w).for_each(|(v, w)| *v = x.mul_add(*w, *v));
    }
    v
}
/// v <- v + c X W for W of p by p.
pub(super) fn add_times(p: usize, c: f64, x: &[f64], w: &[f64], v: &mut [f64]) -> bool {
    narrow!(p, add_times_of(c, x, w, v));
    true
}
fn add_times_of<const P: usize, const W: usize>(c: f64, x: &[f64], w: &[f64], v: &mut [f64]) {
    let mut scaled = [[0.0f64; W]; P];
    for (scaled, w) in scaled.iter_mut().zip(w.as_chunks::<P>().0) {
        scaled.iter_mut().zip(w).for_each(|(s, w)| *s = c * w);
    }
    each_row::<P, W>(v, &scaled, &[1.0; W], |k, _| x.get(k * P..).and_then(|x| x.first_chunk()).copied());
}
/// v <- v + c Y W for W of p by p, and along <- X^T v of the new v, each row while it is at hand.
pub(super) fn add_times_across(
    p: usize,
    x: &[f64],
    (c, y): (f64, &[f64]),
    w: &[f64],
    v: &mut [f64],
    along: &mut [f64],
) -> bool {
    narrow!(p, add_times_across_of(x, (c, y), w, v, along));
    true
}
fn add_times_across_of<const P: usize, const W: usize>(
    x: &[f64],
    (c, y): (f64, &[f64]),
    w: &[f64],
    v: &mut [f64],
    along: &mut [f64],
) {
    let mut scaled = [[0.0f64; W]; P];
    for (scaled, w) in scaled.iter_mut().zip(w.as_chunks::<P>().0) {
        scaled.iter_mut().zip(w).for_each(|(s, w)| *s = c * w);
    }
    simd(
        #[inline(always)]
        || {
            let (scaled, mut sums) = (scaled, [[0.0f64; W]; P]);
            let (x, y) = (x.as_chunks::<P>().0, y.as_chunks::<P>().0);
            let whole = wide(v.len(), P, W);
            for first in [0, 1] {
                for k in (first..whole).step_by(2) {
                    let Some(at) = v.get_mut(k * P..).and_then(|v| v.first_chunk_mut::<W>()) else { return };
                    let (Some(x), Some(y)) = (x.get(k), y.get(k)) else { return };
                    let new = row(y, &scaled, &[1.0; W], *at);
                    *at = new;
                    add_row(x, &new, &mut sums);
                }
            }
            for k in whole..x.len() {
                let new = row(&y[k], &scaled, &[1.0; W], lanes(v, k * P));
                v[k * P..(k + 1) * P].copy_from_slice(&new[..P]);
                add_row(&x[k], &new, &mut sums);
            }
            for (out, sums) in along.as_chunks_mut::<P>().0.iter_mut().zip(&sums) {
                out.copy_from_slice(&sums[..P]);
            }
        },
    );
}
/// v <- keep v + X W, row k of X told from k and from that of v.
#[inline(always)]
fn each_row<const P: usize, const W: usize>(
    v: &mut [f64],
    w: &[[f64; W]; P],
    keep: &[f64; W],
    x: impl Fn(usize, &[f64; W]) -> Option<[f64; P]>,
) {
    simd(
        #[inline(always)]
        || {
            let (w, keep) = (*w, *keep);
            let (rows, whole) = (v.len() / P, wide(v.len(), P, W));
            for first in [0, 1] {
                for k in (first..whole).step_by(2) {
                    let Some(at) = v.get_mut(k * P..).and_then(|v| v.first_chunk_mut::<W>()) else { return };
                    let Some(x) = x(k, at) else { return };
                    *at = row(&x, &w, &keep, *at);
                }
            }
            for k in whole..rows {
                let old: [f64; W] = lanes(v, k * P);
                let Some(x) = x(k, &old) else { return };
                let new = row(&x, &w, &keep, old);
                v[k * P..(k + 1) * P].copy_from_slice(&new[..P]);
            }
        },
    );
}
/// A factor L of the gram matrix of p columns and X <- X L^-T; the largest of its diagonal's entries and of their inverses, or NaN
/// where there is no factor. `None` where there are more than eight columns.
pub(super) fn factor_out(p: usize, gram: &mut [f64], x: &mut [f64]) -> Option<f64> {
    let mut spread = f64::NAN;
    factor_out_into(p, gram, x, &mut spread).then_some(spread)
}
fn factor_out_into(p: usize, gram: &mut [f64], x: &mut [f64], spread: &mut f64) -> bool {
    narrow!(p, factor_out_of(gram, x, spread));
    true
}
fn factor_out_of<const P: usize, const W: usize>(gram: &mut [f64], x: &mut [f64], spread: &mut f64) {
    let mut l = [[0.0f64; P]; P];
    l.as_flattened_mut().copy_from_slice(gram);
    *spread = 1.0;
    // Row i of L^-T, which is column i of L^-1.
    let mut inverse = [[0.0f64; W]; P];
    for j in 0..P {
        for k in 0..j {
            for i in j..P {
                l[i][j] -= l[i][k] * l[j][k];
            }
        }
        let root = l[j][j].sqrt();
        if !(root > 0.0 && root.is_finite()) {
            *spread = f64::NAN;
            return;
        }
        *spread = spread.max(root.max(1.0 / root));
        (j..P).for_each(|i| l[i][j] /= root);
        for i in 0..=j {
            let below: f64 = (i..j).map(|k| l[j][k] * inverse[i][k]).sum();
            inverse[i][j] = (f64::from(u8::from(i == j)) - below) / root;
        }
    }
    let mut keep = [1.0; W];
    keep[..P].fill(0.0);
    each_row::<P, W>(x, &inverse, &keep, |_, at| at.first_chunk().copied());
}
