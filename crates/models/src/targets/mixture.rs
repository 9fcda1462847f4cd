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

impl Mixture {
    /// What the components say about a block: the nearest mean's squared distance over 2 s^2, and the sums over k of
    /// w_k, w_k m_k, with w_k = exp(nearest - distance_k).
    #[inline(always)]
    fn look(&self, x: &[f64], y: &[f64], sums: &mut [[f64; BLOCK]; 4]) {
        let a = 0.5 / (self.sd * self.sd);
        let [nearest, mass, first, second] = sums;
        nearest.fill(f64::INFINITY);
        mass.fill(0.0);
        first.fill(0.0);
        second.fill(0.0);
        let n = x.len();
        let (nearest, mass) = (&mut nearest[..n], &mut mass[..n]);
        let (first, second, y) = (&mut first[..n], &mut second[..n], &y[..n]);
        let distance = |x: f64, y: f64, (u, v): (f64, f64)| a * ((x - u) * (x - u) + (y - v) * (y - v));
        for m in Self::MEANS {
            for i in 0..n {
                let r = distance(x[i], y[i], m);
                nearest[i] = if r < nearest[i] { r } else { nearest[i] };
            }
        }
        for m in Self::MEANS {
            for i in 0..n {
                let w = pointwise::exp(nearest[i] - distance(x[i], y[i], m));
                mass[i] += w;
                first[i] += w * m.0;
                second[i] += w * m.1;
            }
        }
    }
}
impl Potential for Mixture {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let constant = 2.0 * HALF_LOG_TAU + 2.0 * self.sd.ln() + (Self::MEANS.len() as f64).ln();
        let (xs, ys) = (x.column(0).chunks(BLOCK), x.column(1).chunks(BLOCK));
        for ((x, y), out) in xs.zip(ys).zip(out.chunks_mut(BLOCK)) {
            let mut sums = [[0.0; BLOCK]; 4];
            simd(
                #[inline(always)]
                || {
                    self.look(x, y, &mut sums);
                    for ((o, nearest), mass) in out.iter_mut().zip(&sums[0]).zip(&sums[1]) {
                        *o += scale * (nearest - pointwise::log(*mass) + constant);
                    }
                },
            );
        }
    }
    /// (x - weighted mean of the m_k) / s^2
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let a = scale / (self.sd * self.sd);
        let (gx, gy) = out.split_at_mut(x.n);
        let (xs, ys) = (x.column(0).chunks(BLOCK), x.column(1).chunks(BLOCK));
        for (((x, y), gx), gy) in xs.zip(ys).zip(gx.chunks_mut(BLOCK)).zip(gy.chunks_mut(BLOCK)) {
            let mut sums = [[0.0; BLOCK]; 4];
            simd(
                #[inline(always)]
                || {
                    self.look(x, y, &mut sums);
                    for i in 0..x.len() {
                        gx[i] += a * (x[i] - sums[2][i] / sums[1][i]);
                        gy[i] += a * (y[i] - sums[3][i] / sums[1][i]);
                    }
                },
            );
        }
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
