//! ORBITS: leapfrogs of points about a fixed sun, with everything in registers.
use crate::lanes::{Lanes, with_lanes};

/// Vectors of eight points that step together, as each alone would wait for its own latency.
const TOGETHER: usize = 8;

/// [mu x / r^3, mu y / r^3]
///
/// Roots keep a divider busy two thirds of the time, and all quotients would be too many for the rest.
#[inline(always)]
fn pull<L: Lanes>(v: L, mu: L::F, x: L::F, y: L::F, divide: bool) -> [L::F; 2] {
    let square = v.mul_add(y, y, v.mul(x, x));
    let cube = v.mul(square, v.sqrt(square));
    let w = if divide { v.div(v.splat(1.0), cube) } else { v.reciprocal(cube) };
    [v.mul(v.mul(mu, x), w), v.mul(v.mul(mu, y), w)]
}
/// As [`pull`], of one point.
#[inline(always)]
fn pull_one(mu: f64, x: f64, y: f64) -> [f64; 2] {
    let square = y.mul_add(y, x * x);
    let w = 1.0 / (square * square.sqrt());
    [mu * x * w, mu * y * w]
}

/// What all points go through.
#[derive(Clone, Copy)]
struct Motion<'a> {
    mu: f64,
    units: &'a [[f64; 4]],
    rounds: u64,
}

/// The leapfrogs of N vectors of positions and momenta; SEAM where some unit has two drifts.
#[inline(always)]
fn vectors<L: Lanes, const N: usize, const SEAM: bool>(v: L, motion: Motion<'_>, state: &mut [[[f64; 8]; N]; 4]) {
    let mu = v.splat(motion.mu);
    let [mut x, mut y, mut px, mut py] = state.map(|part| part.map(|lanes| v.load(&lanes)));
    for _ in 0..motion.rounds {
        for &[a, b, c, e] in motion.units {
            let (drift, seam, kicks) = (v.splat(a), v.splat(b), [v.splat(-c), v.splat(-e)]);
            for i in 0..N {
                (x[i], y[i]) = (v.mul_add(drift, px[i], x[i]), v.mul_add(drift, py[i], y[i]));
                if SEAM && b != 0.0 {
                    (x[i], y[i]) = (v.mul_add(seam, px[i], x[i]), v.mul_add(seam, py[i], y[i]));
                }
                let [gx, gy] = pull(v, mu, x[i], y[i], N == 1 || i % 3 != 0);
                for kick in kicks {
                    (px[i], py[i]) = (v.mul_add(kick, gx, px[i]), v.mul_add(kick, gy, py[i]));
                }
            }
        }
    }
    for (part, found) in state.iter_mut().zip([x, y, px, py]) {
        for (out, lanes) in part.iter_mut().zip(found) {
            v.store(lanes, out);
        }
    }
}
/// The leapfrogs of the points from `first` on, 8 N of them or as many as there are.
#[inline(always)]
fn some<L: Lanes, const N: usize, const SEAM: bool>(
    v: L,
    motion: Motion<'_>,
    first: usize,
    parts: &mut [&mut [f64]; 4],
) {
    let count = (8 * N).min(parts[0].len() - first);
    // Lanes beyond the last point follow the first one.
    let mut state = parts.each_ref().map(|part| [[part[first]; 8]; N]);
    for (lanes, part) in state.iter_mut().zip(&*parts) {
        lanes.as_flattened_mut()[..count].copy_from_slice(&part[first..first + count]);
    }
    vectors::<L, N, SEAM>(v, motion, &mut state);
    for (lanes, part) in state.iter().zip(parts) {
        part[first..first + count].copy_from_slice(&lanes.as_flattened()[..count]);
    }
}
/// The leapfrogs of one point, whose latency is less without vectors.
#[inline(always)]
fn one(motion: Motion<'_>, point: [&mut f64; 4]) {
    let [mut x, mut y, mut px, mut py] = point.each_ref().map(|part| **part);
    for _ in 0..motion.rounds {
        for &[a, b, c, e] in motion.units {
            (x, y) = (a.mul_add(px, x), a.mul_add(py, y));
            if b != 0.0 {
                (x, y) = (b.mul_add(px, x), b.mul_add(py, y));
            }
            let [gx, gy] = pull_one(motion.mu, x, y);
            for kick in [-c, -e] {
                (px, py) = (kick.mul_add(gx, px), kick.mul_add(gy, py));
            }
        }
    }
    for (out, found) in point.into_iter().zip([x, y, px, py]) {
        *out = found;
    }
}
#[inline(always)]
fn all<L: Lanes, const SEAM: bool>(v: L, motion: Motion<'_>, parts: &mut [&mut [f64]; 4]) {
    let (n, mut first) = (parts[0].len(), 0);
    while first + 8 * TOGETHER <= n {
        some::<L, TOGETHER, SEAM>(v, motion, first, parts);
        first += 8 * TOGETHER;
    }
    while first + 1 < n {
        some::<L, 1, SEAM>(v, motion, first, parts);
        first = n.min(first + 8);
    }
    if first < n {
        one(motion, parts.each_mut().map(|part| &mut part[first]));
    }
}
#[inline(always)]
fn orbits_of<L: Lanes>(v: L, motion: Motion<'_>, q: &mut [f64], p: &mut [f64]) {
    let ((qx, qy), (px, py)) = (q.split_at_mut(q.len() / 2), p.split_at_mut(p.len() / 2));
    let parts = &mut [qx, qy, px, py];
    if motion.units.iter().any(|unit| unit[1] != 0.0) {
        all::<L, true>(v, motion, parts);
    } else {
        all::<L, false>(v, motion, parts);
    }
}

/// `rounds` times over the `units` [a, b, c, e], each q <- (q + a p) + b p, then p <- (p - c g) - e g with g = mu q / |q|^3, for n
/// points of the plane, component-major: the leapfrogs of a unit mass about a sun of strength mu.
///
/// A point has the same bits in any company and at every level; w = 1 / (|q|^2 |q|) is rounded at each operation, and g is
/// (mu q) w.
///
/// # Panics
/// If `q` and `p` differ in length, or it is odd.
///
/// ```
/// // Half a turn of the unit circle, in 1,000 leapfrogs that begin and end with half a kick.
/// let (h, mut q, mut p) = (std::f64::consts::PI / 1000.0, [1.0, 0.0], [0.0, 1.0]);
/// p[0] -= 0.5 * h;
/// steepest_kernels::orbits(1.0, &[[h, 0.0, 0.5 * h, 0.5 * h]], 1000, &mut q, &mut p);
/// assert!((q[0] + 1.0).abs() < 1e-5 && q[1].abs() < 2e-5);
/// ```
pub fn orbits(mu: f64, units: &[[f64; 4]], rounds: u64, q: &mut [f64], p: &mut [f64]) {
    assert!(q.len() == p.len() && q.len().is_multiple_of(2), "orbits: two coordinates of each point");
    let motion = Motion { mu, units, rounds };
    with_lanes!(orbits_of(motion: Motion<'_>, q: &mut [f64], p: &mut [f64]))
}
