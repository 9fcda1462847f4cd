//! HILLS: sums of exponentials of quadratics in the plane, and their slopes, with everything in registers.
mod single;
use crate::lanes::{Lanes, Number, with_lanes};
use crate::pointwise::log;
pub use single::{hills_single, kick_single, slide_single};
use std::f64::consts::LOG2_E;

/// height exp(a dx^2 + b dx dy + c dy^2), dx = x - at\[0\], dy = y - at\[1\]; height of any sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hill {
    /// The factor.
    pub height: f64,
    /// a, b, c.
    pub shape: [f64; 3],
    /// The centre.
    pub at: [f64; 2],
}

/// A surface of four hills, made ready once: in base two, heights as exponents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hills([Scaled; 4]);

/// A hill is 2^(dx p + dy q + lift) under a sign, with p = a dx + b dy and q = b dx + c dy for (a, b, c) its shape.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scaled {
    sign: u64,
    lift: f64,
    shape: [f64; 3],
    at: [f64; 2],
}

impl Hills {
    /// The first two along the axes: their b is not looked at. The others are of any shape.
    pub fn new(upright: [Hill; 2], tilted: [Hill; 2]) -> Hills {
        let [a, b] = upright.map(Scaled::new);
        let [c, d] = tilted.map(Scaled::new);
        Hills([a, b, c, d])
    }
}
/// The exponent of no height: below all, and finite, as infinity less infinity is no number.
const NOTHING: f64 = -1e6;
impl Scaled {
    fn new(Hill { height, shape: [a, b, c], at }: Hill) -> Scaled {
        if height == 0.0 {
            return Scaled { sign: 0, lift: NOTHING, shape: [0.0; 3], at };
        }
        let lift = log(height.abs()) * LOG2_E;
        let shape = [a * LOG2_E, 0.5 * b * LOG2_E, c * LOG2_E];
        Scaled { sign: height.to_bits() & 1 << 63, lift, shape, at }
    }
}

/// [V, dV/dx / ln 4, dV/dy / ln 4] of a vector of points, the powers of all hills in step.
#[inline(always)]
fn surface<L: Lanes, T: Number<L, K>, const K: usize>(
    v: L,
    Hills(hills): &Hills,
    x: T::Vector,
    y: T::Vector,
) -> [T::Vector; 3] {
    let zero = T::splat(v, 0.0);
    let (mut p, mut q, mut e) = ([zero; 4], [zero; 4], [zero; 4]);
    for (i, hill) in hills.iter().enumerate() {
        let (dx, dy) = (T::sub(v, x, T::splat(v, hill.at[0])), T::sub(v, y, T::splat(v, hill.at[1])));
        (p[i], q[i]) = (T::mul(v, T::splat(v, hill.shape[0]), dx), T::mul(v, T::splat(v, hill.shape[2]), dy));
        if i >= 2 {
            let half = T::splat(v, hill.shape[1]);
            (p[i], q[i]) = (T::mul_add(v, half, dy, p[i]), T::mul_add(v, half, dx, q[i]));
        }
        e[i] = T::mul_add(v, dx, p[i], T::mul_add(v, dy, q[i], T::splat(v, hill.lift)));
    }
    let e = T::exp2(v, hills.map(|hill| hill.sign), e);
    let (mut value, mut gx, mut gy) = (zero, zero, zero);
    for i in 0..4 {
        value = T::add(v, value, e[i]);
        gx = T::mul_add(v, e[i], p[i], gx);
        gy = T::mul_add(v, e[i], q[i], gy);
    }
    [value, gx, gy]
}
/// What those slopes lack: two from the derivative of a square, and the base.
const LN_4: f64 = 2.0 * std::f64::consts::LN_2;

/// Eight numbers that are there, or the last ones with zeros after them.
type Eight = [f64; 8];

#[inline(always)]
fn padded<const K: usize>(rest: &[f64]) -> [f64; K] {
    let mut lanes = [0.0; K];
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}
/// Puts as many back as were there.
#[inline(always)]
fn put_back<const K: usize>(lanes: &[f64; K], rest: &mut [f64]) {
    rest.copy_from_slice(&lanes[..rest.len()]);
}
/// out += scale z, where there is an `out`.
#[inline(always)]
fn add<L: Lanes>(v: L, scale: L::F, z: L::F, out: Option<&mut Eight>) {
    if let Some(out) = out {
        v.store(v.mul_add(scale, z, v.load(out)), out);
    }
}

#[inline(always)]
fn slide_of<L: Lanes>(v: L, hills: &Hills, scale: f64, x: &mut [Eight], y: &mut [Eight]) {
    let steep = v.splat(LN_4 * scale);
    for (x, y) in x.iter_mut().zip(y) {
        let [_, dx, dy] = surface::<L, f64, 8>(v, hills, v.load(x), v.load(y));
        add(v, steep, dx, Some(x));
        add(v, steep, dy, Some(y));
    }
}

/// (x_i, y_i) += s dV(x_i, y_i), in place, to the bits of [`hills`] that adds its slopes to a copy.
///
/// # Panics
/// If `x` and `y` differ in length.
///
/// ```
/// use steepest_kernels::{Hill, Hills, slide};
/// let hill = Hill { height: 2.0, shape: [-1.0, 0.0, -1.0], at: [1.0, 0.0] };
/// let flat = Hill { height: 0.0, ..hill };
/// let (mut x, mut y) = ([0.0], [0.0]);
/// slide(&Hills::new([hill, flat], [flat; 2]), 0.25, [&mut x, &mut y]);
/// assert!((x[0] - (-1.0f64).exp()).abs() < 1e-15 && y[0] == 0.0); // a quarter of 4 / e
/// ```
pub fn slide(hills: &Hills, scale: f64, [x, y]: [&mut [f64]; 2]) {
    assert_eq!(x.len(), y.len(), "slide: equal lengths");
    fn whole(hills: &Hills, scale: f64, x: &mut [Eight], y: &mut [Eight]) {
        with_lanes!(slide_of(hills: &Hills, scale: f64, x: &mut [Eight], y: &mut [Eight]))
    }
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks_mut(), y.as_chunks_mut());
    whole(hills, scale, x, y);
    if !x_rest.is_empty() {
        let (mut x, mut y) = (padded(x_rest), padded(y_rest));
        whole(hills, scale, std::slice::from_mut(&mut x), std::slice::from_mut(&mut y));
        put_back(&x, x_rest);
        put_back(&y, y_rest);
    }
}

#[inline(always)]
fn kick_of<L: Lanes>(v: L, hills: &Hills, scale: f64, kicks: [f64; 2], q: [&[Eight]; 2], [px, py]: [&mut [Eight]; 2]) {
    let (down, kicks) = (v.splat(-(LN_4 * scale)), [v.splat(kicks[0]), v.splat(kicks[1])]);
    for ((x, y), (px, py)) in q[0].iter().zip(q[1]).zip(px.iter_mut().zip(py)) {
        let [_, gx, gy] = surface::<L, f64, 8>(v, hills, v.load(x), v.load(y));
        let (gx, gy) = (v.mul(down, gx), v.mul(down, gy));
        let (mut c, mut d) = (v.load(px), v.load(py));
        for kick in kicks {
            (c, d) = (v.mul_add(kick, gx, c), v.mul_add(kick, gy, d));
        }
        v.store(c, px);
        v.store(d, py);
    }
}

/// p <- (p - c g) - e g with g = s dV(q) and `kicks` [c, e], for n points of the plane, component-major, to the bits of passes by
/// [`hills`] and [`axpy_twice`](crate::axpy_twice).
///
/// # Panics
/// If `q` and `p` differ in length, or it is odd.
///
/// ```
/// use steepest_kernels::{Hill, Hills, kick};
/// let hill = Hill { height: 2.0, shape: [-1.0, 0.0, -1.0], at: [1.0, 0.0] };
/// let flat = Hill { height: 0.0, ..hill };
/// let mut p = [0.0, 0.5];
/// kick(&Hills::new([hill, flat], [flat; 2]), 1.0, [0.25, 0.0], &[0.0, 0.0], &mut p);
/// assert!((p[0] + (-1.0f64).exp()).abs() < 1e-15 && p[1] == 0.5); // a quarter of 4 / e
/// ```
pub fn kick(hills: &Hills, scale: f64, kicks: [f64; 2], q: &[f64], p: &mut [f64]) {
    assert!(q.len() == p.len() && q.len().is_multiple_of(2), "kick: two coordinates of each point");
    fn whole(hills: &Hills, scale: f64, kicks: [f64; 2], q: [&[Eight]; 2], p: [&mut [Eight]; 2]) {
        with_lanes!(kick_of(hills: &Hills, scale: f64, kicks: [f64; 2], q: [&[Eight]; 2], p: [&mut [Eight]; 2]))
    }
    let ((x, y), (px, py)) = (q.split_at(q.len() / 2), p.split_at_mut(q.len() / 2));
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks(), y.as_chunks());
    let ((px, px_rest), (py, py_rest)) = (px.as_chunks_mut(), py.as_chunks_mut());
    whole(hills, scale, kicks, [x, y], [px, py]);
    if !x_rest.is_empty() {
        let (mut px, mut py) = (padded(px_rest), padded(py_rest));
        whole(
            hills,
            scale,
            kicks,
            [&[padded(x_rest)], &[padded(y_rest)]],
            [std::slice::from_mut(&mut px), std::slice::from_mut(&mut py)],
        );
        put_back(&px, px_rest);
        put_back(&py, py_rest);
    }
}

/// What is added to: values, slopes in x, slopes in y; nothing where empty.
type Sums<'a> = [&'a mut [Eight]; 3];

#[inline(always)]
fn accumulate<L: Lanes>(v: L, hills: &Hills, scale: f64, at: [&[Eight]; 2], sums: Sums<'_>) {
    let (scale, steep, [values, gx, gy]) = (v.splat(scale), v.splat(LN_4 * scale), sums);
    for (k, (x, y)) in at[0].iter().zip(at[1]).enumerate() {
        let (x, y) = (v.load(x), v.load(y));
        let [value, dx, dy] = surface::<L, f64, 8>(v, hills, x, y);
        // An exponent that is no number is held like others: a place that is none has no value either.
        let nothing = v.add(v.sub(x, x), v.sub(y, y));
        add(v, scale, v.add(value, nothing), values.get_mut(k));
        add(v, steep, dx, gx.get_mut(k));
        add(v, steep, dy, gy.get_mut(k));
    }
}

/// `values[i] += s V(x_i, y_i)`, `slopes[0][i] += s dV/dx`, `slopes[1][i] += s dV/dy`, for V the sum of the hills.
///
/// A slice may be empty where it is not asked for. A point has the same bits in any company and at every level. A hill
/// is within 2^-51 (1 + s) of itself, s the sum of the sizes of what its exponent in base two is added up of; below
/// 2^-1075 it is 0, and from 2^1024 on infinite.
///
/// # Panics
/// If `x` and `y` differ in length, or a slice that is not empty differs from them.
///
/// ```
/// use steepest_kernels::{Hill, Hills, hills};
/// let hill = Hill { height: 2.0, shape: [-1.0, 0.0, -1.0], at: [1.0, 0.0] };
/// let flat = Hill { height: 0.0, ..hill };
/// let surface = Hills::new([hill, flat], [flat; 2]);
/// let (mut v, mut gx, mut gy) = ([0.0], [0.0], [0.0]);
/// hills(&surface, 1.0, [&[0.0], &[0.0]], &mut v, [&mut gx, &mut gy]);
/// assert!((v[0] - 2.0 * (-1.0f64).exp()).abs() < 1e-15 && (gx[0] - 2.0 * v[0]).abs() < 1e-15 && gy[0] == 0.0);
/// ```
pub fn hills(hills: &Hills, scale: f64, [x, y]: [&[f64]; 2], values: &mut [f64], [gx, gy]: [&mut [f64]; 2]) {
    let fits = |out: &[f64]| out.is_empty() || out.len() == x.len();
    assert!(x.len() == y.len() && fits(values) && fits(gx) && fits(gy), "hills: equal lengths");
    fn whole(hills: &Hills, scale: f64, at: [&[Eight]; 2], sums: Sums<'_>) {
        with_lanes!(accumulate(hills: &Hills, scale: f64, at: [&[Eight]; 2], sums: Sums<'_>))
    }
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks(), y.as_chunks());
    let (values, v_rest) = values.as_chunks_mut();
    let ((gx, gx_rest), (gy, gy_rest)) = (gx.as_chunks_mut(), gy.as_chunks_mut());
    whole(hills, scale, [x, y], [values, gx, gy]);
    if !x_rest.is_empty() {
        let rests = [v_rest, gx_rest, gy_rest];
        let mut out = [padded(rests[0]), padded(rests[1]), padded(rests[2])];
        let [values, gx, gy] = &mut out;
        let one = std::slice::from_mut::<Eight>;
        whole(hills, scale, [&[padded(x_rest)], &[padded(y_rest)]], [one(values), one(gx), one(gy)]);
        for (lanes, rest) in out.iter().zip(rests) {
            put_back(lanes, rest);
        }
    }
}
