//! SINGLE: slopes of hills in single precision, sixteen points at a time, added to numbers of double.
use super::{Hills, LN_4, padded, put_back, surface};
use crate::lanes::{Lanes, Number, with_lanes};

/// Sixteen numbers that are there, or the last ones with zeros after them.
type Sixteen = [f64; 16];

/// dV / ln 4 of sixteen points.
#[inline(always)]
fn slopes<L: Lanes>(v: L, hills: &Hills, [x, y]: [&Sixteen; 2]) -> [L::S; 2] {
    let [_, gx, gy] = surface::<L, f32, 16>(v, hills, f32::read(v, x), f32::read(v, y));
    [gx, gy]
}

#[inline(always)]
fn slide_of<L: Lanes>(v: L, hills: &Hills, scale: f64, x: &mut [Sixteen], y: &mut [Sixteen]) {
    let steep = v.splat(LN_4 * scale);
    for (x, y) in x.iter_mut().zip(y) {
        let [gx, gy] = slopes(v, hills, [x, y]);
        f32::add_to(v, steep, gx, x);
        f32::add_to(v, steep, gy, y);
    }
}
#[inline(always)]
fn accumulate<L: Lanes>(v: L, hills: &Hills, scale: f64, at: [&[Sixteen]; 2], out: [&mut [Sixteen]; 2]) {
    let (steep, [sx, sy]) = (v.splat(LN_4 * scale), out);
    for ((x, y), (sx, sy)) in at[0].iter().zip(at[1]).zip(sx.iter_mut().zip(sy)) {
        let [gx, gy] = slopes(v, hills, [x, y]);
        f32::add_to(v, steep, gx, sx);
        f32::add_to(v, steep, gy, sy);
    }
}
#[inline(always)]
fn kick_of<L: Lanes>(
    v: L,
    hills: &Hills,
    scale: f64,
    kicks: [f64; 2],
    q: [&[Sixteen]; 2],
    [px, py]: [&mut [Sixteen]; 2],
) {
    let (down, kicks) = (v.splat(-(LN_4 * scale)), [v.splat(kicks[0]), v.splat(kicks[1])]);
    for ((x, y), (px, py)) in q[0].iter().zip(q[1]).zip(px.iter_mut().zip(py)) {
        for (g, p) in slopes(v, hills, [x, y]).into_iter().zip([px, py]) {
            for (g, p) in v.widen(g).into_iter().zip(p.as_chunks_mut().0) {
                let g = v.mul(down, g);
                v.store(v.mul_add(kicks[1], g, v.mul_add(kicks[0], g, v.load(p))), p);
            }
        }
    }
}

/// Runs `whole` on the last of both columns, and puts as many back as were there.
#[inline(always)]
fn last([x, y]: [&mut [f64]; 2], whole: impl FnOnce(&mut [Sixteen], &mut [Sixteen])) {
    if !x.is_empty() {
        let (mut a, mut b) = (padded(x), padded(y));
        whole(std::slice::from_mut(&mut a), std::slice::from_mut(&mut b));
        put_back(&a, x);
        put_back(&b, y);
    }
}

/// [`slide`](super::slide) by slopes of single precision, to the bits of [`hills_single`] that adds them to a copy.
///
/// # Panics
/// If `x` and `y` differ in length.
pub fn slide_single(hills: &Hills, scale: f64, [x, y]: [&mut [f64]; 2]) {
    assert_eq!(x.len(), y.len(), "slide: equal lengths");
    fn whole(hills: &Hills, scale: f64, x: &mut [Sixteen], y: &mut [Sixteen]) {
        with_lanes!(slide_of(hills: &Hills, scale: f64, x: &mut [Sixteen], y: &mut [Sixteen]))
    }
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks_mut(), y.as_chunks_mut());
    whole(hills, scale, x, y);
    last([x_rest, y_rest], |x, y| whole(hills, scale, x, y));
}

/// [`kick`](super::kick) by slopes of single precision, to the bits of passes by [`hills_single`] and [`axpy_twice`](crate::axpy_twice).
///
/// # Panics
/// If `q` and `p` differ in length, or it is odd.
pub fn kick_single(hills: &Hills, scale: f64, kicks: [f64; 2], q: &[f64], p: &mut [f64]) {
    assert!(q.len() == p.len() && q.len().is_multiple_of(2), "kick: two coordinates of each point");
    fn whole(hills: &Hills, scale: f64, kicks: [f64; 2], q: [&[Sixteen]; 2], p: [&mut [Sixteen]; 2]) {
        with_lanes!(kick_of(hills: &Hills, scale: f64, kicks: [f64; 2], q: [&[Sixteen]; 2], p: [&mut [Sixteen]; 2]))
    }
    let ((x, y), (px, py)) = (q.split_at(q.len() / 2), p.split_at_mut(q.len() / 2));
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks(), y.as_chunks());
    let ((px, px_rest), (py, py_rest)) = (px.as_chunks_mut(), py.as_chunks_mut());
    whole(hills, scale, kicks, [x, y], [px, py]);
    let at = [padded(x_rest), padded(y_rest)];
    last([px_rest, py_rest], |px, py| whole(hills, scale, kicks, [&at[..1], &at[1..]], [px, py]));
}

/// `slopes[0][i] += s dV/dx`, `slopes[1][i] += s dV/dy` as [`hills`](super::hills), with dV in single precision and the sums in double.
///
/// A point has the same bits in any company and at every level. A hill is within 5e-7 (1 + s) of itself for places and centres rounded to
/// single precision, s the sum of the sizes of what its exponent in base two is added up of: a dx^2, b dx dy, c dy^2 and the height. Below 2^-150
/// it is 0, and above 2^128 slopes are no finite numbers.
///
/// # Panics
/// If lengths differ.
///
/// ```
/// use steepest_kernels::{Hill, Hills, hills_single};
/// let hill = Hill { height: 2.0, shape: [-1.0, 0.0, -1.0], at: [1.0, 0.0] };
/// let flat = Hill { height: 0.0, ..hill };
/// let (mut gx, mut gy) = ([0.0], [0.0]);
/// hills_single(&Hills::new([hill, flat], [flat; 2]), 1.0, [&[0.0], &[0.0]], [&mut gx, &mut gy]);
/// assert!((gx[0] - 4.0 * (-1.0f64).exp()).abs() < 5e-7 && gy[0] == 0.0);
/// ```
pub fn hills_single(hills: &Hills, scale: f64, [x, y]: [&[f64]; 2], [gx, gy]: [&mut [f64]; 2]) {
    assert!(x.len() == y.len() && gx.len() == x.len() && gy.len() == x.len(), "hills: equal lengths");
    fn whole(hills: &Hills, scale: f64, at: [&[Sixteen]; 2], out: [&mut [Sixteen]; 2]) {
        with_lanes!(accumulate(hills: &Hills, scale: f64, at: [&[Sixteen]; 2], out: [&mut [Sixteen]; 2]))
    }
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks(), y.as_chunks());
    let ((gx, gx_rest), (gy, gy_rest)) = (gx.as_chunks_mut(), gy.as_chunks_mut());
    whole(hills, scale, [x, y], [gx, gy]);
    let at = [padded(x_rest), padded(y_rest)];
    last([gx_rest, gy_rest], |gx, gy| whole(hills, scale, [&at[..1], &at[1..]], [gx, gy]));
}
