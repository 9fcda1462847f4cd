//! Where a replica's normals come from: a pure function of (key, step, stream, replica, component).
use steepest_core::Tick;
use steepest_kernels as kernels;

/// How precisely a normal is drawn. The state is f64 either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 51 random bits, tails to 8.49 sigma.
    #[default]
    Double,
    /// Evaluated in f32, a 31-bit radius, tails to 6.66 sigma; about twice as fast.
    Single,
    /// In double precision, for strides half as long as those of a run beside this one: stride 2k has (z + w) / sqrt 2 and
    /// stride 2k + 1 has (z - w) / sqrt 2, z being what stride k of that run has. Both go along one Brownian path.
    Halved,
}
/// The streams of w.
const BRIDGES: u16 = 0x8000;
/// Numbers that are drawn at a time.
const CHUNK: usize = 256;

/// Gives `see` the halved normals from index `start` on, with their places among `count`.
fn halves(at: Tick, stream: u16, start: u64, count: usize, mut see: impl FnMut(usize, &[f64])) {
    let (mut z, mut w) = ([0.0; CHUNK], [0.0; CHUNK]);
    let sign = if at.step.is_multiple_of(2) { 1.0 } else { -1.0 };
    for first in (0..count).step_by(CHUNK) {
        let size = CHUNK.min(count - first);
        let (z, w) = (&mut z[..size], &mut w[..size]);
        kernels::normals(at.key, at.step / 2, stream, start + first as u64, z);
        kernels::normals(at.key, at.step / 2, stream ^ BRIDGES, start + first as u64, w);
        z.iter_mut().zip(w).for_each(|(z, w)| *z = std::f64::consts::FRAC_1_SQRT_2 * (*z + sign * *w));
        see(first, z);
    }
}

/// out[j n + i] <- the standard normal of component `j` of replica `at.first + i`, for `n` replicas of `d` components.
///
/// The replicas of a block draw what they would draw inside the whole state, so no cut into blocks or threads shows.
///
/// ```
/// use steepest_core::Tick;
/// use steepest_flows::noise::{Precision, normals};
/// let (mut whole, mut block) = (vec![0.0; 256], vec![0.0; 128]);
/// normals(Tick::start(7), 0, Precision::Double, 128, &mut whole);
/// normals(Tick { first: 64, of: 128, ..Tick::start(7) }, 0, Precision::Double, 64, &mut block);
/// assert_eq!(block[..64], whole[64..128]); // component 0
/// assert_eq!(block[64..], whole[192..]); // component 1
/// ```
pub fn normals(at: Tick, stream: u16, precision: Precision, n: usize, out: &mut [f64]) {
    let draw = match precision {
        Precision::Double => kernels::normals,
        Precision::Single => kernels::normals_single,
        Precision::Halved => {
            return columns(at, n, out, |start, column| {
                halves(at, stream, start, column.len(), |k, z| column[k..k + z.len()].copy_from_slice(z));
            });
        }
    };
    columns(at, n, out, |start, column| draw(at.key, at.step, stream, start, column));
}

/// y <- c y + a z with the z of [`normals`]: a shock, in one pass.
///
/// ```
/// use steepest_core::Tick;
/// use steepest_flows::noise::{Precision, normals, shock};
/// let (mut z, mut y) = (vec![0.0; 6], vec![1.0; 6]);
/// normals(Tick::start(7), 2, Precision::Double, 3, &mut z);
/// shock((0.5, 0.25), Tick::start(7), 2, Precision::Double, 3, &mut y);
/// assert_eq!(y[4], 0.5 + 0.25 * z[4]);
/// ```
pub fn shock((c, a): (f64, f64), at: Tick, stream: u16, precision: Precision, n: usize, y: &mut [f64]) {
    let add = match precision {
        Precision::Double => kernels::shock,
        Precision::Single => kernels::shock_single,
        Precision::Halved => {
            return columns(at, n, y, |start, y| {
                halves(at, stream, start, y.len(), |k, z| {
                    y[k..].iter_mut().zip(z).for_each(|(y, z)| *y = a.mul_add(*z, c * *y));
                });
            });
        }
    };
    columns(at, n, y, |start, column| add(c, a, at.key, at.step, stream, start, column));
}

/// q += h p, p <- c p + a z, q += h p with the z of [`normals`]: a drift, a shock and a drift, in one pass.
pub fn glide(
    by: (f64, f64, f64),
    at: Tick,
    stream: u16,
    precision: Precision,
    n: usize,
    (q, p): (&mut [f64], &mut [f64]),
) {
    let glide = match precision {
        Precision::Double => kernels::glide,
        Precision::Single => kernels::glide_single,
        Precision::Halved => {
            let (h, c, a) = by;
            kernels::axpy(h, p, q);
            shock((c, a), at, stream, precision, n, p);
            return kernels::axpy(h, p, q);
        }
    };
    let mut rest = p;
    columns(at, n, q, |start, q| {
        let (p, after) = std::mem::take(&mut rest).split_at_mut(q.len());
        glide(by, (at.key, at.step, stream, start), p, q);
        rest = after;
    });
}

/// x <- (x + a white) + a z, white <- z with the z of [`normals`]: a shock that is known, and the next one, in one pass.
pub fn relay(a: f64, at: Tick, stream: u16, precision: Precision, n: usize, (x, white): (&mut [f64], &mut [f64])) {
    let relay = match precision {
        Precision::Double => kernels::relay,
        Precision::Single => kernels::relay_single,
        Precision::Halved => {
            kernels::axpy(a, white, x);
            normals(at, stream, precision, n, white);
            return kernels::axpy(a, white, x);
        }
    };
    let mut rest = white;
    columns(at, n, x, |start, x| {
        let (white, after) = std::mem::take(&mut rest).split_at_mut(x.len());
        relay(a, (at.key, at.step, stream, start), white, x);
        rest = after;
    });
}

/// Gives `draw` the index at which each run of neighbouring numbers starts, and their places.
fn columns(at: Tick, n: usize, out: &mut [f64], mut draw: impl FnMut(u64, &mut [f64])) {
    if n == 0 {
        return;
    }
    let whole = if at.of == 0 { n } else { at.of as usize };
    let pitch = if whole < Tick::ALIGNMENT { whole } else { whole.next_multiple_of(Tick::ALIGNMENT) };
    if n == pitch {
        return draw(0, out);
    }
    for (j, column) in out.chunks_exact_mut(n).enumerate() {
        draw((j * pitch) as u64 + at.first, column);
    }
}
