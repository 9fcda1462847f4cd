//! The energy of a Lagrangian: H(q, p, t) = <p, v> - L(q, v, t) at the v of which p is the momentum.
use crate::state::Phase;
use steepest_core::{Batch, Covector, Differential, Functional, Lagrangian, Tick, Workspace};
use steepest_kernels::{solve_general, spectrum};

/// H by the Legendre transform p = dL/dv, averaged over the replicas: dH/dq = -dL/dq, dH/dp = v [Arnold1989, Sec. 15].
///
/// v is found by Newton's method with d^2 L/dv^2, in one step where L is quadratic in v. Where there is none, all is NaN.
///
/// ```
/// use steepest_core::{Batch, Functional, Lagrangian, Tick, Workspace};
/// use steepest_flows::{functional::Legendre, state::Phase};
/// /// L = -sqrt(1 - v^2), a free relativistic particle: H = sqrt(1 + p^2).
/// struct Free;
/// impl Lagrangian for Free {
///     fn dim(&self) -> usize { 1 }
///     fn values(&self, z: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
///         (0..z.n).for_each(|i| out[i] -= scale * (1.0 - z.column(1)[i].powi(2)).sqrt());
///     }
///     fn gradients(&self, z: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
///         (0..z.n).for_each(|i| { let v = z.column(1)[i]; out[z.n + i] += scale * v / (1.0 - v * v).sqrt() });
///     }
///     fn jets(&self, z: Batch<'_>, scale: f64, slopes: &mut [f64], second: &mut [f64], work: &mut Workspace) {
///         self.gradients(z, scale, slopes, work);
///         (0..z.n).for_each(|i| second[3 * z.n + i] += scale * (1.0 - z.column(1)[i].powi(2)).powf(-1.5));
///     }
/// }
/// let x = Phase { n: 2, d: 1, z: [0.0, 0.0, 0.75, 2.4].into() };
/// let energy = Legendre(Free).value(Tick::start(0), &x, &mut Workspace::default());
/// assert!((energy - (1.25 + 2.6) / 2.0).abs() < 1e-14);
/// ```
#[derive(Clone, Debug)]
pub struct Legendre<L>(pub L);

/// Rounds of Newton's method, halvings of a step included.
const ROUNDS: usize = 200;
/// An eigenvalue of d^2 L/dv^2 below this share of the largest is none.
const SINGULAR: f64 = 1e-12;

impl<L: Lagrangian> Legendre<L> {
    /// p <- dL/dv, all component-major.
    pub fn momenta(&self, t: f64, q: Batch<'_>, v: &[f64], p: &mut [f64], work: &mut Workspace) {
        let (n, d) = (q.n, q.d);
        let z = point(t, q, v, work);
        let mut slopes = work.take((2 * d + 1) * n);
        self.0.gradients(Batch { n, d: 2 * d + 1, x: &z }, 1.0, &mut slopes, work);
        p.copy_from_slice(&slopes[d * n..2 * d * n]);
        work.give(slopes);
        work.give(z);
    }
    /// v <- the velocities of which p is the momentum, from v as a first guess; NaN for a replica that has none.
    pub fn velocities(&self, t: f64, q: Batch<'_>, p: &[f64], v: &mut [f64], work: &mut Workspace) {
        let (n, d) = (q.n, q.d);
        let (mut home, mut step) = (v.to_vec(), vec![0.0_f64; n * d]);
        let (mut last, mut open) = (vec![f64::INFINITY; n], vec![true; n]);
        let (mut matrix, mut delta, mut pivots) = (vec![0.0; d * d], vec![0.0; d], vec![0; d]);
        for _ in 0..ROUNDS {
            if !open.contains(&true) {
                break;
            }
            let z = point(t, q, v, work);
            let (mut slopes, mut second) = (work.take((2 * d + 1) * n), work.take(4 * d * d * n));
            self.0.jets(Batch { n, d: 2 * d + 1, x: &z }, 1.0, &mut slopes, &mut second, work);
            for i in (0..n).filter(|i| open[*i]).collect::<Vec<_>>() {
                let at = |j: usize| j * n + i;
                let mut off = 0.0_f64;
                for j in 0..d {
                    delta[j] = p[at(j)] - slopes[at(d + j)];
                    off = if delta[j].is_nan() { f64::NAN } else { off.max(delta[j].abs()) };
                }
                let (size, moved) = (0..d).fold((0.0_f64, 0.0_f64), |(size, moved), j| {
                    (size.max(home[at(j)].abs()), moved.max(step[at(j)].abs()))
                });
                if off < last[i] {
                    (0..d * d).for_each(|k| matrix[k] = second[at((d + k / d) * 2 * d + d + k % d)]);
                    let regular = solve_general(d, &mut matrix, &mut pivots, 1, &mut delta);
                    last[i] = if regular { off } else { f64::NAN };
                    let mut change = 0.0_f64;
                    let mut now = 0.0_f64;
                    for j in 0..d {
                        home[at(j)] = v[at(j)];
                        step[at(j)] = delta[j];
                        v[at(j)] = if regular { v[at(j)] + delta[j] } else { f64::NAN };
                        (change, now) = (change.max(delta[j].abs()), now.max(v[at(j)].abs()));
                    }
                    open[i] = regular && change > 1e-13 * now;
                } else if last[i].is_finite() && moved <= 1e-9 * size {
                    open[i] = false; // as near as rounding lets it come
                } else {
                    // Too far: half of the step; half of the guess, where L is undefined there.
                    let begun = last[i].is_finite();
                    let spent = if begun { moved <= 1e-15 * size } else { (0..d).all(|j| v[at(j)] == 0.0) };
                    for j in 0..d {
                        step[at(j)] *= 0.5;
                        v[at(j)] = match (spent, begun) {
                            (true, _) => f64::NAN,
                            (_, true) => home[at(j)] + step[at(j)],
                            _ => 0.5 * v[at(j)],
                        };
                    }
                    open[i] = !spent;
                }
            }
            work.give(second);
            work.give(slopes);
            work.give(z);
        }
        for i in (0..n).filter(|i| open[*i]) {
            (0..d).for_each(|j| v[j * n + i] = f64::NAN);
        }
    }
    /// The direction w of one unit in which d^2 L/dv^2 w = 0 at a point, where there is one: L is degenerate there, and momenta do
    /// not tell velocities. NaN counts as none.
    pub fn null_direction(&self, t: f64, q: &[f64], v: &[f64], work: &mut Workspace) -> Option<Vec<f64>> {
        let d = q.len();
        let z = point(t, Batch { n: 1, d, x: q }, v, work);
        let (mut slopes, mut second) = (work.take(2 * d + 1), work.take(4 * d * d));
        self.0.jets(Batch { n: 1, d: 2 * d + 1, x: &z }, 1.0, &mut slopes, &mut second, work);
        let mass = |j: usize, k: usize| second[(d + j) * 2 * d + d + k];
        // Coordinates of any unit: rows and columns are scaled to the size of their largest entry.
        let size: Vec<f64> = (0..d).map(|j| (0..d).map(|k| mass(j, k).abs()).fold(0.0, f64::max).sqrt()).collect();
        let found = match size.iter().position(|size| *size == 0.0) {
            Some(free) => Some((0..d).map(|j| f64::from(u8::from(j == free))).collect()),
            None => {
                let scaled: Vec<f64> = (0..d * d).map(|k| mass(k / d, k % d) / (size[k / d] * size[k % d])).collect();
                spectrum(d, &scaled).and_then(|spectrum| {
                    let largest = spectrum.values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
                    let k = spectrum.values.iter().position(|x| x.abs() <= SINGULAR * largest)?;
                    Some((0..d).map(|j| spectrum.vectors[k * d + j] / size[j]).collect())
                })
            }
        };
        work.give(second);
        work.give(slopes);
        work.give(z);
        found.map(|w: Vec<f64>| {
            let norm = w.iter().map(|w| w * w).sum::<f64>().sqrt();
            w.iter().map(|w| w / norm).collect()
        })
    }
}
/// z = (q, v, t), lent.
fn point(t: f64, q: Batch<'_>, v: &[f64], work: &mut Workspace) -> Vec<f64> {
    let (n, d) = (q.n, q.d);
    let mut z = work.take((2 * d + 1) * n);
    z[..d * n].copy_from_slice(q.x);
    z[d * n..2 * d * n].copy_from_slice(v);
    z[2 * d * n..].fill(t);
    z
}
impl<L: Lagrangian> Differential<Phase> for Legendre<L> {
    fn differential(&self, at: Tick, x: &Phase, scale: f64, out: &mut Covector, work: &mut Workspace) {
        let (n, d) = (x.n, x.d);
        let mut v = work.take(n * d);
        v.copy_from_slice(x.p());
        self.velocities(at.t, x.q(), x.p(), &mut v, work);
        let (z, mut slopes) = (point(at.t, x.q(), &v, work), work.take((2 * d + 1) * n));
        self.0.gradients(Batch { n, d: 2 * d + 1, x: &z }, -scale, &mut slopes, work);
        let (dq, dp) = out.0.split_at_mut(n * d);
        steepest_kernels::axpy(1.0, &slopes[..n * d], dq);
        steepest_kernels::axpy(scale, &v, dp);
        work.give(slopes);
        work.give(z);
        work.give(v);
    }
}
impl<L: Lagrangian> Functional<Phase> for Legendre<L> {
    fn value(&self, at: Tick, x: &Phase, work: &mut Workspace) -> f64 {
        let (n, d) = (x.n, x.d);
        let mut v = work.take(n * d);
        v.copy_from_slice(x.p());
        self.velocities(at.t, x.q(), x.p(), &mut v, work);
        let (z, mut values) = (point(at.t, x.q(), &v, work), work.take(n));
        self.0.values(Batch { n, d: 2 * d + 1, x: &z }, -1.0, &mut values, work);
        let total = steepest_kernels::sum(&values) + steepest_kernels::dot(&v, x.p());
        work.give(values);
        work.give(z);
        work.give(v);
        total / n as f64
    }
}
