//! MIXTURE: forty separate modes in the plane; whether all were found is the question.
use super::columns::{HALF_LOG_TAU, copy, numbered};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{pointwise, simd};

/// V = -log (1/40) sum_k N(x; m_k, s^2 I), with means drawn once, uniformly in [-40, 40]^2; normalised
/// [MidgleyEtAl2023, Sec. 4.1].
///
/// The means are those of [`Mixture::MEANS`], not the ones of that paper's code.
#[derive(Clone, Copy, Debug)]
pub struct Mixture {
    sd: f64,
}
impl Mixture {
    /// Forty components of standard deviation `sd` in each direction.
    pub fn new(sd: f64) -> Self {
        Mixture { sd }
    }
    /// The means m_k.
    pub const MEANS: [(f64, f64); 40] = [
        (-3.3, 30.2),
        (-37.5, -17.4),
        (36.9, 13.1),
        (-29.7, -12.1),
        (30.4, -4.7),
        (-37.7, 31.7),
        (-29.6, 11.3),
        (9.6, -3.1),
        (37.0, -25.9),
        (8.4, -30.9),
        (37.2, -28.4),
        (1.0, 26.6),
        (30.7, -32.2),
        (30.2, 27.4),
        (-14.7, 20.5),
        (-21.8, -27.7),
        (-27.0, -15.3),
        (26.1, -3.1),
        (39.1, 31.5),
        (-23.2, -5.3),
        (-34.8, 6.7),
        (8.7, 6.8),
        (-32.9, 8.9),
        (-31.0, 27.3),
        (-3.1, -32.1),
        (38.3, 35.5),
        (-13.5, 34.4),
        (-17.2, 2.7),
        (5.8, 23.2),
        (-34.4, -37.0),
        (-28.1, -9.2),
        (23.7, 17.9),
        (-31.4, 18.7),
        (-24.8, -38.5),
        (-1.7, 32.8),
        (32.5, -4.8),
        (23.9, -24.5),
        (-27.2, 36.7),
        (13.7, -26.2),
        (-13.0, 21.8),
    ];
}
/// Points a block.
const BLOCK: usize = 64;

/// What the components say about a block of points, w_k = exp(r - |x - m_k|^2 / (2 s^2)) with r the least exponent.
#[derive(Clone, Copy)]
struct Look {
    /// r
    nearest: [f64; BLOCK],
    /// sum_k w_k
    mass: [f64; BLOCK],
    /// sum_k w_k m_k
    first: [f64; BLOCK],
    second: [f64; BLOCK],
}
impl Look {
    const NOTHING: Look =
        Look { nearest: [f64::INFINITY; BLOCK], mass: [0.0; BLOCK], first: [0.0; BLOCK], second: [0.0; BLOCK] };
}
/// r <- min(r, a |x - m|^2)
#[inline(always)]
fn approach(a: f64, (u, v): (f64, f64), x: &[f64; BLOCK], y: &[f64; BLOCK], nearest: &mut [f64; BLOCK]) {
    for i in 0..BLOCK {
        let (dx, dy) = (x[i] - u, y[i] - v);
        let here = a * dx.mul_add(dx, dy * dy);
        nearest[i] = if here < nearest[i] { here } else { nearest[i] };
    }
}
/// Adds the weight of one component.
#[inline(always)]
fn weigh(
    a: f64,
    (u, v): (f64, f64),
    x: &[f64; BLOCK],
    y: &[f64; BLOCK],
    r: &[f64; BLOCK],
    sums: [&mut [f64; BLOCK]; 3],
) {
    let [mass, first, second] = sums;
    for i in 0..BLOCK {
        let (dx, dy) = (x[i] - u, y[i] - v);
        let w = pointwise::exp((-a).mul_add(dx.mul_add(dx, dy * dy), r[i]));
        mass[i] += w;
        first[i] += w * u;
        second[i] += w * v;
    }
}
#[inline(always)]
fn look(a: f64, x: &[f64; BLOCK], y: &[f64; BLOCK]) -> Look {
    let mut look = Look::NOTHING;
    for m in Mixture::MEANS {
        approach(a, m, x, y, &mut look.nearest);
    }
    let Look { nearest, mass, first, second } = &mut look;
    for m in Mixture::MEANS {
        weigh(a, m, x, y, nearest, [&mut *mass, &mut *first, &mut *second]);
    }
    look
}
impl Mixture {
    /// Calls `visit` with the first point of each block, the number of its points, their coordinates (the last block is filled
    /// up with zeros) and what the components say.
    #[inline(always)]
    fn each(&self, x: Batch<'_>, mut visit: impl FnMut(usize, usize, [&[f64; BLOCK]; 2], &Look)) {
        let a = 0.5 / (self.sd * self.sd);
        for first in (0..x.n).step_by(BLOCK) {
            let count = BLOCK.min(x.n - first);
            let (mut xs, mut ys) = ([0.0; BLOCK], [0.0; BLOCK]);
            xs[..count].copy_from_slice(&x.column(0)[first..first + count]);
            ys[..count].copy_from_slice(&x.column(1)[first..first + count]);
            let found = simd(
                #[inline(always)]
                || look(a, &xs, &ys),
            );
            visit(first, count, [&xs, &ys], &found);
        }
    }
    fn constant(&self) -> f64 {
        2.0 * HALF_LOG_TAU + 2.0 * self.sd.ln() + (Self::MEANS.len() as f64).ln()
    }
}
impl Potential for Mixture {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let constant = self.constant();
        self.each(x, |first, count, _, look| {
            let mut log_mass = look.mass;
            steepest_kernels::log(&mut log_mass);
            for (o, (r, l)) in out[first..first + count].iter_mut().zip(look.nearest.iter().zip(&log_mass)) {
                *o += scale * (r - l + constant);
            }
        });
    }
    /// (x - weighted mean of the m_k) / s^2
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let a = scale / (self.sd * self.sd);
        let (gx, gy) = out.split_at_mut(x.n);
        self.each(x, |first, count, [xs, ys], look| {
            for i in 0..count {
                gx[first + i] += a * (xs[i] - look.first[i] / look.mass[i]);
                gy[first + i] += a * (ys[i] - look.second[i] / look.mass[i]);
            }
        });
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        _work: &mut Workspace,
    ) {
        let (a, constant) = (scale / (self.sd * self.sd), self.constant());
        let (gx, gy) = gradients.split_at_mut(x.n);
        self.each(x, |first, count, [xs, ys], look| {
            let mut log_mass = look.mass;
            steepest_kernels::log(&mut log_mass);
            for i in 0..count {
                values[first + i] += scale * (look.nearest[i] - log_mass[i] + constant);
                gx[first + i] += a * (xs[i] - look.first[i] / look.mass[i]);
                gy[first + i] += a * (ys[i] - look.second[i] / look.mass[i]);
            }
        });
    }
}
impl Model for Mixture {
    fn dim(&self) -> usize {
        2
    }
    fn names(&self) -> Vec<String> {
        numbered(2)
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    /// As wide as the modes are spread, so that chains do not all start in one.
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().for_each(|z| *z *= 20.0);
    }
    fn truth(&self) -> Option<Truth> {
        let n = Self::MEANS.len() as f64;
        let moments = |m: fn(&(f64, f64)) -> f64| {
            let mean = Self::MEANS.iter().map(m).sum::<f64>() / n;
            (mean, (self.sd * self.sd + Self::MEANS.iter().map(|k| (m(k) - mean).powi(2)).sum::<f64>() / n).sqrt())
        };
        let (x, y) = (moments(|m| m.0), moments(|m| m.1));
        Some(Truth { log_z: Some(0.0), mean: vec![x.0, y.0], sd: vec![x.1, y.1] })
    }
}
