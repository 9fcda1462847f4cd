//! The Fisher geometry of a statistical model: K = G^-1, G the information that its data have of the parameters.
use crate::state::Cloud;
pub use steepest_core::Information;
use steepest_core::{Covector, Geometry, Riemannian, State, Tangent, Tick, Workspace};
use steepest_kernels::{cholesky, dot, solve};

/// K_x = (G(x) + damping mean(diag G(x)))^-1 for each particle: descent in it is the natural gradient [Amari1998], whose flow is
/// the same curve of laws in whatever coordinates it is computed.
///
/// Where G is singular so much is added to its diagonal that it is not. `transport` keeps the coordinates.
///
/// ```
/// use steepest_core::{Covector, Geometry, Tangent, Tick, Workspace};
/// use steepest_flows::{geometry::fisher::{Fisher, Information}, state::Cloud};
/// struct Coin; // a log odds x has the information p (1 - p)
/// impl Information for Coin {
///     fn information(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
///         let p = 1.0 / (1.0 + (-x[0]).exp());
///         out[0] = p * (1.0 - p);
///     }
/// }
/// let (x, mut v) = (Cloud::from_fn(1, 1, |_, _| 0.0), Tangent::zeros(1));
/// let geometry = Fisher { information: Coin, damping: 0.0 };
/// geometry.sharp(Tick::default(), &x, 1.0, &Covector(vec![1.0]), &mut v, &mut Workspace::default());
/// assert_eq!(v.0, [4.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fisher<I> {
    /// G
    pub information: I,
    /// Share of the mean of its diagonal that is added to it; 0 for the geometry itself.
    pub damping: f64,
}

impl<I: Information> Fisher<I> {
    /// Calls `each` with the metric of every point, its Cholesky factor, and the number of the point; where G is not finite both
    /// are NaN.
    fn points(&self, x: &Cloud, work: &mut Workspace, mut each: impl FnMut(usize, &[f64], &[f64], &mut Workspace)) {
        let d = x.d;
        let [mut point, mut metric, mut factor] = [work.take(d), work.take(d * d), work.take(d * d)];
        for i in 0..x.n {
            gather(&x.x, x.n, i, &mut point);
            self.information.information(&point, &mut metric, work);
            let mean = mean(d, &metric);
            let mut ridge = self.damping * mean;
            loop {
                factor.copy_from_slice(&metric);
                (0..d).for_each(|j| factor[j * d + j] += ridge);
                if cholesky(d, &mut factor).is_ok() {
                    (0..d).for_each(|j| metric[j * d + j] += ridge);
                    break;
                }
                ridge = if ridge > 0.0 { 10.0 * ridge } else { 1e-12 * mean };
                if !(ridge > 0.0 && ridge < 1e6 * mean) {
                    metric.fill(f64::NAN);
                    factor.fill(f64::NAN);
                    break;
                }
            }
            each(i, &metric, &factor, work);
        }
        [point, metric, factor].into_iter().for_each(|buffer| work.give(buffer));
    }
}
/// Of the diagonal.
fn mean(d: usize, metric: &[f64]) -> f64 {
    (0..d).map(|j| metric[j * d + j]).sum::<f64>() / d.max(1) as f64
}
/// Damped, as the geometry has it where that is not singular.
impl<I: Information> Information for Fisher<I> {
    fn information(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        self.information.information(x, out, work);
        let (d, ridge) = (x.len(), self.damping * mean(x.len(), out));
        (0..d).for_each(|j| out[j * d + j] += ridge);
    }
}
fn gather(from: &[f64], n: usize, i: usize, out: &mut [f64]) {
    out.iter_mut().zip(from.iter().skip(i).step_by(n)).for_each(|(o, x)| *o = *x);
}

impl<I: Information> Geometry<Cloud> for Fisher<I> {
    fn sharp(&self, _at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        let mut v = work.take(x.d);
        self.points(x, work, |i, _, factor, _| {
            gather(&xi.0, x.n, i, &mut v);
            solve(x.d, factor, 1, &mut v);
            out.0.iter_mut().skip(i).step_by(x.n).zip(&v).for_each(|(o, v)| *o += scale * v);
        });
        work.give(v);
    }
}
impl<I: Information> Riemannian<Cloud> for Fisher<I> {
    fn inner(&self, x: &Cloud, u: &Tangent, v: &Tangent, work: &mut Workspace) -> f64 {
        let (mut a, mut b, mut sum) = (work.take(x.d), work.take(x.d), 0.0);
        self.points(x, work, |i, metric, _, _| {
            gather(&u.0, x.n, i, &mut a);
            gather(&v.0, x.n, i, &mut b);
            sum += metric.chunks_exact(x.d).zip(&a).map(|(row, a)| a * dot(row, &b)).sum::<f64>();
        });
        work.give(a);
        work.give(b);
        x.weight() * sum
    }
    fn transport(&self, _x: &Cloud, _y: &Cloud, _v: &mut Tangent, _work: &mut Workspace) {}
    /// Tangents are carried by their coordinates.
    fn flat(&self) -> bool {
        true
    }
}
