//! MUELLER-BROWN: the surface on which methods for rare transitions are tried.
use super::columns::{add_pair, add2, copy};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{pointwise::exp, simd};

/// V = s sum_k A_k exp(a_k dx^2 + b_k dx dy + c_k dy^2), dx = x - u_k, dy = y - v_k, four terms [MullerBrown1979].
///
/// Its three minima are at (-0.558, 1.442), (0.623, 0.028) and (-0.050, 0.467), of energy -146.700, -108.167 and -80.768 times s.
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// let mut v = [0.0];
/// let minimum = Batch { n: 1, d: 2, x: &[-0.558224, 1.441726] };
/// steepest_models::MuellerBrown::new(1.0).values(minimum, 1.0, &mut v, &mut Workspace::default());
/// assert!((v[0] + 146.699517).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MuellerBrown {
    scale: f64,
}
impl MuellerBrown {
    /// The surface times `scale`.
    pub fn new(scale: f64) -> Self {
        MuellerBrown { scale }
    }
}
/// (A, a, b, c, u, v)
const TERMS: [(f64, f64, f64, f64, f64, f64); 4] = [
    (-200.0, -1.0, 0.0, -10.0, 1.0, 0.0),
    (-100.0, -1.0, 0.0, -10.0, 0.0, 0.5),
    (-170.0, -6.5, 11.0, -6.5, -0.5, 1.5),
    (15.0, 0.7, 0.6, 0.7, -1.0, 1.0),
];

/// A term, and the slopes of half its exponent: the exponent is dx p + dy q, so they come nearly free.
#[inline(always)]
fn term((height, a, b, c, u, v): (f64, f64, f64, f64, f64, f64), x: f64, y: f64) -> [f64; 3] {
    let (dx, dy) = (x - u, y - v);
    let (p, q) = if b == 0.0 { (a * dx, c * dy) } else { (a.mul_add(dx, 0.5 * b * dy), (0.5 * b).mul_add(dx, c * dy)) };
    [height * exp(dx.mul_add(p, dy * q)), p, q]
}
/// [V, dV/dx, dV/dy] at scale 1.
#[inline(always)]
fn surface(x: f64, y: f64) -> [f64; 3] {
    let [a, b, c, d] = [term(TERMS[0], x, y), term(TERMS[1], x, y), term(TERMS[2], x, y), term(TERMS[3], x, y)];
    let slope = |k: usize| 2.0 * (a[0].mul_add(a[k], b[0] * b[k]) + c[0].mul_add(c[k], d[0] * d[k]));
    [(a[0] + b[0]) + (c[0] + d[0]), slope(1), slope(2)]
}
/// v[i], gx[i], gy[i] += s [V, dV/dx, dV/dy]
#[inline(always)]
fn each(s: f64, x: &[f64], y: &[f64], v: &mut [f64], gx: &mut [f64], gy: &mut [f64]) {
    for ((((x, y), v), gx), gy) in x.iter().zip(y).zip(v).zip(gx).zip(gy) {
        let found = surface(*x, *y);
        *v += s * found[0];
        *gx += s * found[1];
        *gy += s * found[2];
    }
}
impl Potential for MuellerBrown {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let s = scale * self.scale;
        add2(
            x.column(0),
            x.column(1),
            out,
            #[inline(always)]
            |x, y| s * surface(x, y)[0],
        );
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let s = scale * self.scale;
        let (gx, gy) = out.split_at_mut(x.n);
        add_pair(
            x.column(0),
            x.column(1),
            gx,
            gy,
            #[inline(always)]
            |x, y| {
                let found = surface(x, y);
                (s * found[1], s * found[2])
            },
        );
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        _work: &mut Workspace,
    ) {
        let (gx, gy) = gradients.split_at_mut(x.n);
        simd(
            #[inline(always)]
            || each(scale * self.scale, x.column(0), x.column(1), values, gx, gy),
        );
    }
}
impl Model for MuellerBrown {
    fn dim(&self) -> usize {
        2
    }
    fn names(&self) -> Vec<String> {
        vec!["x".into(), "y".into()]
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    /// Near the deepest minimum.
    fn start(&self, z: &mut [f64]) {
        z[0] = -0.558 + 0.05 * z[0];
        z[1] = 1.442 + 0.05 * z[1];
    }
    /// By the trapezoidal rule on [-3, 2.5] x [-2, 3.5], spacing 0.01: the wells are 0.03 s^-1/2 wide.
    fn truth(&self) -> Option<Truth> {
        const SPACINGS: usize = 550;
        let dx = 0.01;
        let node = |from: f64, k: usize| from + dx * k as f64;
        let (mut mass, mut mean, mut square) = (0.0, [0.0; 2], [0.0; 2]);
        let least = -146.7 * self.scale;
        for point in (0..SPACINGS * SPACINGS).map(|k| [node(-3.0, k / SPACINGS), node(-2.0, k % SPACINGS)]) {
            let w = exp(least - self.scale * surface(point[0], point[1])[0]);
            mass += w;
            for j in 0..2 {
                mean[j] += w * point[j];
                square[j] += w * point[j] * point[j];
            }
        }
        let sd = (0..2).map(|j| (square[j] / mass - (mean[j] / mass).powi(2)).sqrt()).collect();
        let log_z = (mass * dx * dx).ln() - least;
        Some(Truth { log_z: Some(log_z), mean: mean.iter().map(|m| m / mass).collect(), sd })
    }
}
