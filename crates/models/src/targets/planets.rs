//! PLANETS: the sun and the five outer planets, bodies that pull one another.
use super::columns::copy;
use crate::Model;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::simd;

/// V = -sum over pairs of G m_a m_b / |x_a - x_b|, in astronomical units, days and solar masses: an energy to move in.
///
/// Its motion begins with the places and velocities of 5 September 1994 [HairerLubichWanner2006, Sec. I.2.4]. Coordinate k
/// of body b is number 3 b + k.
///
/// ```
/// use steepest_models::{Model, OuterPlanets};
/// assert_eq!((OuterPlanets.dim(), OuterPlanets.names()[5].as_str()), (18, "z[jupiter]"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OuterPlanets;

/// Gravity, au^3 / (solar mass day^2).
const G: f64 = 2.959_122_082_86e-4;
struct Body {
    name: &'static str,
    mass: f64,
    at: [f64; 3],
    velocity: [f64; 3],
}
/// The mass of the sun has that of the inner planets in it.
const BODIES: [Body; 6] = [
    Body { name: "sun", mass: 1.000_005_976_82, at: [0.0; 3], velocity: [0.0; 3] },
    Body {
        name: "jupiter",
        mass: 0.000_954_786_104_043,
        at: [-3.502_365_3, -3.816_984_7, -1.550_796_3],
        velocity: [0.005_654_29, -0.004_124_90, -0.001_905_89],
    },
    Body {
        name: "saturn",
        mass: 0.000_285_583_733_151,
        at: [9.075_531_4, -3.045_835_3, -1.648_370_8],
        velocity: [0.001_683_18, 0.004_835_25, 0.001_924_62],
    },
    Body {
        name: "uranus",
        mass: 0.000_043_727_316_454_6,
        at: [8.310_142_0, -16.290_108_6, -7.252_127_8],
        velocity: [0.003_541_78, 0.001_371_02, 0.000_550_29],
    },
    Body {
        name: "neptune",
        mass: 0.000_051_775_913_844_9,
        at: [11.470_766_6, -25.729_482_9, -10.816_945_6],
        velocity: [0.002_889_30, 0.001_145_27, 0.000_396_77],
    },
    Body {
        name: "pluto",
        mass: 1.0 / 1.3e8,
        at: [-15.538_735_7, -25.222_559_4, -3.190_238_2],
        velocity: [0.002_767_25, -0.001_707_02, -0.001_365_04],
    },
];

/// Columns of body b: x, y, z.
#[inline(always)]
fn body(x: &[f64], n: usize, b: usize) -> [&[f64]; 3] {
    [0, 1, 2].map(|k| &x[(3 * b + k) * n..][..n])
}
#[inline(always)]
fn pairs() -> impl Iterator<Item = (usize, usize, f64)> {
    (0..BODIES.len()).flat_map(|b| (0..b).map(move |a| (a, b, G * BODIES[a].mass * BODIES[b].mass)))
}
impl Potential for OuterPlanets {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (a, b, strength) in pairs() {
            let (a, b) = (body(x.x, x.n, a), body(x.x, x.n, b));
            for (i, out) in out.iter_mut().enumerate() {
                let [dx, dy, dz] = [0, 1, 2].map(|k| b[k][i] - a[k][i]);
                *out -= scale * strength / (dx * dx + dy * dy + dz * dz).sqrt();
            }
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        /// Pull of b on a, and of a on b.
        #[inline(always)]
        fn pull(strength: f64, a: [&[f64]; 3], b: [&[f64]; 3], on_a: &mut [f64], on_b: &mut [f64]) {
            let n = a[0].len();
            let ([ax, ay, az], [bx, by, bz]) = (a, b);
            let ((ux, rest), (vx, more)) = (on_a.split_at_mut(n), on_b.split_at_mut(n));
            let ((uy, uz), (vy, vz)) = (rest.split_at_mut(n), more.split_at_mut(n));
            for i in 0..n {
                let (dx, dy, dz) = (bx[i] - ax[i], by[i] - ay[i], bz[i] - az[i]);
                let square = dz.mul_add(dz, dy.mul_add(dy, dx * dx));
                let w = strength / (square * square.sqrt());
                (ux[i], uy[i], uz[i]) = ((-w).mul_add(dx, ux[i]), (-w).mul_add(dy, uy[i]), (-w).mul_add(dz, uz[i]));
                (vx[i], vy[i], vz[i]) = (w.mul_add(dx, vx[i]), w.mul_add(dy, vy[i]), w.mul_add(dz, vz[i]));
            }
        }
        let n = x.n;
        simd(
            #[inline(always)]
            || {
                for (a, b, strength) in pairs() {
                    let (before, after) = out.split_at_mut(3 * n * b);
                    let (on_a, on_b) = (&mut before[3 * n * a..][..3 * n], &mut after[..3 * n]);
                    pull(scale * strength, body(x.x, n, a), body(x.x, n, b), on_a, on_b);
                }
            },
        );
    }
}
impl Model for OuterPlanets {
    fn dim(&self) -> usize {
        3 * BODIES.len()
    }
    fn names(&self) -> Vec<String> {
        BODIES.iter().flat_map(|body| ["x", "y", "z"].map(|axis| format!("{axis}[{}]", body.name))).collect()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        copy(x, out);
    }
    /// About where they were on that day.
    fn start(&self, z: &mut [f64]) {
        z.iter_mut().zip(BODIES.iter().flat_map(|body| body.at)).for_each(|(z, at)| *z = at + 0.01 * *z);
    }
    /// Seen from the centre of mass, which stays where it is.
    fn motion(&self, _z: &[f64], q: &mut [f64], p: &mut [f64]) -> bool {
        let mass: f64 = BODIES.iter().map(|body| body.mass).sum();
        for k in 0..3 {
            let centre = BODIES.iter().map(|body| body.mass * body.at[k]).sum::<f64>() / mass;
            let drift = BODIES.iter().map(|body| body.mass * body.velocity[k]).sum::<f64>() / mass;
            for (b, body) in BODIES.iter().enumerate() {
                q[3 * b + k] = body.at[k] - centre;
                p[3 * b + k] = body.mass * (body.velocity[k] - drift);
            }
        }
        true
    }
    fn masses(&self) -> Option<Vec<f64>> {
        Some(BODIES.iter().flat_map(|body| [body.mass; 3]).collect())
    }
}
