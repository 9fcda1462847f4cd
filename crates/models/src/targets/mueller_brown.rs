//! MUELLER-BROWN: the surface on which methods for rare transitions are tried.
use super::columns::copy;
use crate::single::{Single, Slopes};
use crate::{Model, Truth};
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{Hill, Hills, hills, hills_single, kick, kick_single, pointwise::exp, slide, slide_single};

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
    surface: Hills,
}
impl MuellerBrown {
    /// The surface times `scale`.
    pub fn new(scale: f64) -> Self {
        MuellerBrown { scale, surface: Hills::new(UPRIGHT, TILTED) }
    }
    fn at(&self, point: [f64; 2]) -> f64 {
        let mut value = [0.0];
        hills(&self.surface, self.scale, [&point[..1], &point[1..]], &mut value, [&mut [], &mut []]);
        value[0]
    }
}
const fn hill(height: f64, shape: [f64; 3], at: [f64; 2]) -> Hill {
    Hill { height, shape, at }
}
const UPRIGHT: [Hill; 2] = [hill(-200.0, [-1.0, 0.0, -10.0], [1.0, 0.0]), hill(-100.0, [-1.0, 0.0, -10.0], [0.0, 0.5])];
const TILTED: [Hill; 2] = [hill(-170.0, [-6.5, 11.0, -6.5], [-0.5, 1.5]), hill(15.0, [0.7, 0.6, 0.7], [-1.0, 1.0])];

impl Potential for MuellerBrown {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        hills(&self.surface, scale * self.scale, [x.column(0), x.column(1)], out, [&mut [], &mut []]);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (gx, gy) = out.split_at_mut(x.n);
        hills(&self.surface, scale * self.scale, [x.column(0), x.column(1)], &mut [], [gx, gy]);
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
        hills(&self.surface, scale * self.scale, [x.column(0), x.column(1)], values, [gx, gy]);
    }
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, _n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        kicks_alone(units, rounds, |kicks| kick(&self.surface, self.scale, kicks, q, p))
    }
    fn drift(&self, scale: f64, n: usize, x: &mut [f64], _work: &mut Workspace) -> bool {
        let (x, y) = x.split_at_mut(n);
        slide(&self.surface, scale * self.scale, [x, y]);
        true
    }
}
impl Slopes for MuellerBrown {
    fn gradients_single(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (gx, gy) = out.split_at_mut(x.n);
        hills_single(&self.surface, scale * self.scale, [x.column(0), x.column(1)], [gx, gy]);
    }
    fn drift_single(&self, scale: f64, n: usize, x: &mut [f64], _work: &mut Workspace) -> bool {
        let (x, y) = x.split_at_mut(n);
        slide_single(&self.surface, scale * self.scale, [x, y]);
        true
    }
    fn leapfrogs_single(&self, units: &[[f64; 4]], rounds: u64, q: &mut [f64], p: &mut [f64]) -> bool {
        kicks_alone(units, rounds, |kicks| kick_single(&self.surface, self.scale, kicks, q, p))
    }
}
/// Leapfrogs where the place stands still. Along a path eight points wait for their exponentials: passes over a block are a quarter faster.
fn kicks_alone(units: &[[f64; 4]], rounds: u64, mut kick: impl FnMut([f64; 2])) -> bool {
    let still = units.iter().all(|[a, b, ..]| *a == 0.0 && *b == 0.0);
    for [_, _, c, e] in (0..if still { rounds } else { 0 }).flat_map(|_| units) {
        kick([*c, *e]);
    }
    still
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
    fn in_single(&self) -> Option<Box<dyn Potential + '_>> {
        Some(Box::new(Single(self)))
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
            let w = exp(least - self.at(point));
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
