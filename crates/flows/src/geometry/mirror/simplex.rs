//! Mirror maps of the simplex, x_i > 0 and sum_i x_i = 1.
use super::MirrorMap;
use super::separable::{ln, relative, xlogx};
use steepest_core::Workspace;
use steepest_kernels::{log_sum_exp, threshold};

/// phi(x) = sum_i x_i log x_i: steps multiply, D is the Kullback-Leibler divergence, and the flow is the replicator equation,
/// x_i' = -x_i (d_i F - sum_j x_j d_j F). 1-strongly convex in the norm |v|_1 (Pinsker) [BeckTeboulle2003, Prop. 5.1].
#[derive(Clone, Copy, Debug, Default)]
pub struct Entropy;

/// phi(x) = (1 - sum_i x_i^q) / (1 - q) for 0 < q < 1, minus the entropy of Tsallis: heavier steps for rare coordinates.
/// q-strongly convex in the Euclidean norm.
#[derive(Clone, Copy, Debug)]
pub struct Tsallis {
    /// q, between 0 and 1; towards 1 it is [`Entropy`].
    pub q: f64,
}

fn violation(x: &[f64]) -> f64 {
    let negative: f64 = x.iter().map(|x| x.min(0.0).powi(2)).sum();
    negative.sqrt().max((x.iter().sum::<f64>() - 1.0).abs())
}
fn inside(x: &[f64]) -> bool {
    x.iter().all(|x| *x > 0.0) && (x.iter().sum::<f64>() - 1.0).abs() < 1e-9
}
fn centre(x: &mut [f64]) {
    let d = x.len() as f64;
    x.fill(1.0 / d);
}
fn residual(x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
    let (mut to, mut sorted) = (work.take(x.len()), work.take(x.len()));
    to.iter_mut().zip(x.iter().zip(xi)).for_each(|(t, (x, xi))| *t = x - xi);
    let s = threshold(&to, 1.0, &mut sorted);
    let square: f64 = to.iter().zip(x).map(|(t, x)| (x - (t - s).max(0.0)).powi(2)).sum();
    [to, sorted].into_iter().for_each(|buffer| work.give(buffer));
    square.sqrt()
}
/// <xi, x> - min xi, as a sum of what is not negative.
fn gap(x: &[f64], xi: &[f64]) -> f64 {
    let least = xi.iter().copied().fold(f64::INFINITY, f64::min);
    x.iter().zip(xi).map(|(x, xi)| x * (xi - least)).sum()
}
/// out += scale (w xi - w <w, xi> / <w, 1>), w the weights of `of`.
fn lift(of: impl Fn(usize) -> f64, scale: f64, xi: &[f64], out: &mut [f64]) {
    let (mut sum, mut all) = (0.0, 0.0);
    for (i, xi) in xi.iter().enumerate() {
        sum += of(i) * xi;
        all += of(i);
    }
    let mean = sum / all;
    out.iter_mut().zip(xi).enumerate().for_each(|(i, (o, xi))| *o += scale * of(i) * (xi - mean));
}

impl MirrorMap for Entropy {
    fn value(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        x.iter().map(|x| xlogx(*x)).sum()
    }
    fn lower(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x).for_each(|(o, x)| *o = ln(*x));
    }
    /// log sum_i exp(y_i)
    fn conjugate(&self, y: &[f64], _work: &mut Workspace) -> f64 {
        log_sum_exp(y)
    }
    fn raise(&self, y: &[f64], x: &mut [f64], _work: &mut Workspace) -> bool {
        let most = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        x.iter_mut().zip(y).for_each(|(x, y)| *x = (y - most).exp());
        let sum: f64 = x.iter().sum();
        x.iter_mut().for_each(|x| *x /= sum);
        sum.is_finite()
    }
    fn divergence(&self, x: &[f64], y: &[f64], _work: &mut Workspace) -> f64 {
        x.iter().zip(y).map(|(x, y)| relative(*x, *y)).sum()
    }
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], _work: &mut Workspace) {
        // Where rounding has made a coordinate zero, its tangents are zero too.
        let each = out.iter_mut().zip(x).zip(v);
        each.for_each(|((o, x), v)| *o += scale * v / x.max(f64::MIN_POSITIVE));
    }
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], _work: &mut Workspace) {
        lift(|i| x[i], scale, xi, out);
    }
    fn violation(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        violation(x)
    }
    fn inside(&self, x: &[f64], _work: &mut Workspace) -> bool {
        inside(x)
    }
    fn centre(&self, x: &mut [f64]) {
        centre(x);
    }
    fn fits(&self, d: usize) -> bool {
        d > 1
    }
    fn convexity(&self) -> f64 {
        1.0
    }
    fn residual(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        residual(x, xi, work)
    }
    fn gap(&self, x: &[f64], xi: &[f64], _work: &mut Workspace) -> f64 {
        gap(x, xi)
    }
    /// |x|_1 = 1 here.
    fn soften(&self, _y: &mut [f64], _t: &dyn Fn(usize) -> f64) -> bool {
        false
    }
}

impl Tsallis {
    fn rate(&self) -> f64 {
        1.0 - self.q
    }
}
impl MirrorMap for Tsallis {
    fn value(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        (1.0 - x.iter().map(|x| x.max(0.0).powf(self.q)).sum::<f64>()) / self.rate()
    }
    fn lower(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        let scale = -self.q / self.rate();
        out.iter_mut().zip(x).for_each(|(o, x)| *o = scale * x.max(f64::MIN_POSITIVE).powf(-self.rate()));
    }
    fn conjugate(&self, y: &[f64], work: &mut Workspace) -> f64 {
        let mut x = work.take(y.len());
        let exists = self.raise(y, &mut x, work);
        let value = x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() - self.value(&x, work);
        work.give(x);
        if exists { value } else { f64::NAN }
    }
    /// x_i = ((s - y_i)(1 - q) / q)^(-1 / (1 - q)), s by Newton's method from below, where it climbs.
    fn raise(&self, y: &[f64], x: &mut [f64], _work: &mut Workspace) -> bool {
        let (rate, scale) = (self.rate(), self.rate() / self.q);
        let most = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !most.is_finite() {
            return false;
        }
        // Shifted by the largest y, which has x = 1 to begin with.
        let mut s = 1.0 / scale;
        for _ in 0..200 {
            let (mut sum, mut slope) = (0.0, 0.0);
            for (x, y) in x.iter_mut().zip(y) {
                let z = s + (most - y);
                *x = (z * scale).powf(-1.0 / rate);
                sum += *x;
                slope += *x / (rate * z);
            }
            let step = (sum - 1.0) / slope;
            s += step;
            if step.abs() <= 4.0 * f64::EPSILON * s {
                break;
            }
        }
        let sum: f64 = x.iter().sum();
        x.iter_mut().for_each(|x| *x /= sum);
        sum.is_finite()
    }
    fn divergence(&self, x: &[f64], y: &[f64], _work: &mut Workspace) -> f64 {
        let q = self.q;
        let each = |(x, y): (&f64, &f64)| {
            let y = y.max(f64::MIN_POSITIVE);
            let u = (x - y) / y;
            let bent = if u.abs() < 1e-3 {
                // 1 + q u - (1 + u)^q, by its series.
                let second = 0.5 * q * (1.0 - q);
                let third = second * (2.0 - q) / 3.0;
                u * u * (second - u * (third - u * third * (3.0 - q) / 4.0 * (1.0 - u * (4.0 - q) / 5.0)))
            } else {
                q * u - if u <= -1.0 { -1.0 } else { (q * u.ln_1p()).exp_m1() }
            };
            y.powf(q) * bent
        };
        x.iter().zip(y).map(each).sum::<f64>() / self.rate()
    }
    fn hessian(&self, x: &[f64], scale: f64, v: &[f64], out: &mut [f64], _work: &mut Workspace) {
        let each = out.iter_mut().zip(x).zip(v);
        each.for_each(|((o, x), v)| *o += scale * self.q * x.max(f64::MIN_POSITIVE).powf(self.q - 2.0) * v);
    }
    fn inverse(&self, x: &[f64], scale: f64, xi: &[f64], out: &mut [f64], _work: &mut Workspace) {
        lift(|i| x[i].max(0.0).powf(2.0 - self.q) / self.q, scale, xi, out);
    }
    fn violation(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        violation(x)
    }
    fn inside(&self, x: &[f64], _work: &mut Workspace) -> bool {
        inside(x)
    }
    fn centre(&self, x: &mut [f64]) {
        centre(x);
    }
    fn fits(&self, d: usize) -> bool {
        d > 1
    }
    /// q x^(q - 2) >= q for x <= 1.
    fn convexity(&self) -> f64 {
        self.q
    }
    fn residual(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        residual(x, xi, work)
    }
    fn gap(&self, x: &[f64], xi: &[f64], _work: &mut Workspace) -> f64 {
        gap(x, xi)
    }
}
