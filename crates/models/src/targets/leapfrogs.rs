//! LEAPFROGS: paths of points of the plane that stay in cache and registers, whatever the force.
use steepest_kernels::simd;

/// Points that step together: enough of them to hide the latency of what each waits for.
const TOGETHER: usize = 32;

/// [`steepest_core::Potential::leapfrogs`] of n points of the plane, `force` being the slopes of V at (x, y).
#[inline(always)]
pub(super) fn plane(
    units: &[[f64; 4]],
    rounds: u64,
    (q, p): (&mut [f64], &mut [f64]),
    force: impl Fn(f64, f64) -> (f64, f64) + Copy,
) {
    simd(
        #[inline(always)]
        || {
            let (n, mut first) = (q.len() / 2, 0);
            let moves = units.iter().any(|[a, b, ..]| *a != 0.0 || *b != 0.0);
            while first + TOGETHER <= n {
                some::<TOGETHER>(first, (units, rounds, moves), (&mut *q, &mut *p), force);
                first += TOGETHER;
            }
            while first < n {
                some::<1>(first, (units, rounds, moves), (&mut *q, &mut *p), force);
                first += 1;
            }
        },
    );
}
#[inline(always)]
fn some<const W: usize>(
    first: usize,
    (units, rounds, moves): (&[[f64; 4]], u64, bool),
    (q, p): (&mut [f64], &mut [f64]),
    force: impl Fn(f64, f64) -> (f64, f64) + Copy,
) {
    let n = q.len() / 2;
    let (mut x, mut y, mut u, mut v) = ([0.0; W], [0.0; W], [0.0; W], [0.0; W]);
    x.copy_from_slice(&q[first..first + W]);
    y.copy_from_slice(&q[n + first..n + first + W]);
    u.copy_from_slice(&p[first..first + W]);
    v.copy_from_slice(&p[n + first..n + first + W]);
    for _ in 0..rounds {
        for &[a, b, c, e] in units {
            // Two drifts in a row are the seam of strides that begin and end with one; most have none.
            if b != 0.0 {
                for l in 0..W {
                    (x[l], y[l]) = (a.mul_add(u[l], x[l]), a.mul_add(v[l], y[l]));
                }
            }
            let last = if b != 0.0 { b } else { a };
            for l in 0..W {
                (x[l], y[l]) = (last.mul_add(u[l], x[l]), last.mul_add(v[l], y[l]));
                let (gx, gy) = force(x[l], y[l]);
                (u[l], v[l]) = ((-c).mul_add(gx, u[l]), (-c).mul_add(gy, v[l]));
                (u[l], v[l]) = ((-e).mul_add(gx, u[l]), (-e).mul_add(gy, v[l]));
            }
        }
    }
    // Kicks alone leave the points where they are.
    if moves {
        q[first..first + W].copy_from_slice(&x);
        q[n + first..n + first + W].copy_from_slice(&y);
    }
    p[first..first + W].copy_from_slice(&u);
    p[n + first..n + first + W].copy_from_slice(&v);
}
