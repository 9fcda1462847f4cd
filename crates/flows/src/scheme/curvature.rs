//! The inverse Hessian of limited-memory BFGS as a Gaussian covariance: applied, inverted, sampled, in O(d m).
use steepest_kernels::dot;

/// H, an estimate of the inverse Hessian from the last steps s and changes of the gradient y:
/// H <- (1 - y s^T / y.s)^T H (1 - y s^T / y.s) + s s^T / y.s from a diagonal [NocedalWright2006, Eq. 6.17], and B = H^-1.
#[derive(Clone, Debug, PartialEq)]
pub struct Curvature {
    /// The diagonal to start from.
    diagonal: Vec<f64>,
    /// The latest steps, oldest first.
    steps: Vec<Step>,
    /// How many are kept.
    memory: usize,
}
#[derive(Clone, Debug, PartialEq)]
struct Step {
    s: Vec<f64>,
    y: Vec<f64>,
    /// y . s
    ys: f64,
    /// B s before this step, and s . B s.
    bs: Vec<f64>,
    sbs: f64,
}

fn add(scale: f64, x: &[f64], out: &mut [f64]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o += scale * x);
}

impl Curvature {
    /// The identity in dimension d, to keep `memory` steps.
    pub fn new(d: usize, memory: usize) -> Self {
        Curvature { diagonal: vec![1.0; d], steps: Vec::new(), memory: memory.max(1) }
    }
    /// Takes a step and the change of the gradient along it. False, and nothing is learnt, where the curvature y . s is not
    /// positive.
    pub fn update(&mut self, s: Vec<f64>, y: Vec<f64>) -> bool {
        let (ys, yy) = (dot(&y, &s), dot(&y, &y));
        if !(ys > 1e-12 * yy && yy > 0.0 && yy.is_finite()) {
            return false;
        }
        // The diagonal that fits this step best among those near the last one [GilbertLemarechal1989, Eq. 4.9].
        let a: f64 = y.iter().zip(&self.diagonal).map(|(y, h)| y * y * h).sum();
        let c: f64 = s.iter().zip(&self.diagonal).map(|(s, h)| s * s / h).sum();
        for ((h, y), s) in self.diagonal.iter_mut().zip(&y).zip(&s) {
            let inverse = a / (ys * *h) + y * y / ys - a * s * s / (ys * c * *h * *h);
            if inverse > 0.0 && inverse.is_finite() {
                *h = (1.0 / inverse).clamp(1e-20, 1e20);
            }
        }
        self.steps.push(Step { s, y, ys, bs: Vec::new(), sbs: 0.0 });
        if self.steps.len() > self.memory {
            self.steps.remove(0);
        }
        // The diagonal has changed, and with it B s of every step.
        for k in 0..self.steps.len() {
            let bs = self.inverse_until(k, &self.steps[k].s);
            self.steps[k].sbs = dot(&self.steps[k].s, &bs);
            self.steps[k].bs = bs;
        }
        true
    }
    /// out <- H x
    pub fn apply(&self, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(x);
        let mut shares = Vec::with_capacity(self.steps.len());
        for step in self.steps.iter().rev() {
            let share = dot(&step.s, out) / step.ys;
            add(-share, &step.y, out);
            shares.push(share);
        }
        out.iter_mut().zip(&self.diagonal).for_each(|(o, h)| *o *= h);
        for (step, share) in self.steps.iter().zip(shares.iter().rev()) {
            let back = dot(&step.y, out) / step.ys;
            add(share - back, &step.s, out);
        }
    }
    /// B x, B = H^-1.
    pub fn inverse(&self, x: &[f64]) -> Vec<f64> {
        self.inverse_until(self.steps.len(), x)
    }
    fn inverse_until(&self, k: usize, x: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = x.iter().zip(&self.diagonal).map(|(x, h)| x / h).collect();
        for step in &self.steps[..k] {
            add(dot(&step.y, x) / step.ys, &step.y, &mut out);
            add(-dot(&step.bs, x) / step.sbs, &step.bs, &mut out);
        }
        out
    }
    /// log det H
    pub fn log_det(&self) -> f64 {
        let diagonal: f64 = self.diagonal.iter().map(|h| h.ln()).sum();
        diagonal + self.steps.iter().map(|step| (step.sbs / step.ys).ln()).sum::<f64>()
    }
    /// White noise z becomes a draw of N(0, H), in place; `more` is further white noise, one number for each kept step.
    pub fn shape(&self, z: &mut [f64], more: &[f64]) {
        z.iter_mut().zip(&self.diagonal).for_each(|(z, h)| *z *= h.sqrt());
        for (step, xi) in self.steps.iter().zip(more) {
            let share = xi / step.ys.sqrt() - dot(&step.y, z) / step.ys;
            add(share, &step.s, z);
        }
    }
    /// Steps kept.
    pub fn rank(&self) -> usize {
        self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::normals;

    /// After steps on a quadratic: B is the inverse of H, both satisfy the secant equation, log det H is that of the matrix
    /// found column by column, and draws have covariance H (20,000 of them: 4.5 standard errors are 4.5 %).
    #[test]
    fn inverse_determinant_and_draws_belong_to_one_matrix() {
        let d = 5;
        let hessian: Vec<f64> = (0..d).map(|j| 10f64.powi(j as i32 - 2)).collect();
        let mut curvature = Curvature::new(d, 3);
        let mut z = vec![0.0; d];
        let mut last = (Vec::new(), Vec::new());
        for k in 0..6 {
            normals(1, k, 0, 0, &mut z);
            let y: Vec<f64> = z.iter().zip(&hessian).map(|(s, h)| s * h).collect();
            assert!(curvature.update(z.clone(), y.clone()));
            last = (z.clone(), y);
        }
        assert!(!curvature.update(z.clone(), z.iter().map(|z| -z).collect()));
        let mut out = vec![0.0; d];
        curvature.apply(&last.1, &mut out);
        assert!(out.iter().zip(&last.0).all(|(a, b)| (a - b).abs() < 1e-9 * b.abs().max(1.0)), "H y = s");
        let mut columns = vec![0.0; d * d];
        for j in 0..d {
            let mut e = vec![0.0; d];
            e[j] = 1.0;
            curvature.apply(&e, &mut columns[j * d..(j + 1) * d]);
            let back = curvature.inverse(&columns[j * d..(j + 1) * d]);
            assert!(back.iter().zip(&e).all(|(a, b)| (a - b).abs() < 1e-9), "B H = 1: {back:?}");
        }
        let spectrum = steepest_kernels::spectrum(d, &columns).unwrap();
        let log_det: f64 = spectrum.values.iter().map(|v| v.ln()).sum();
        assert!((curvature.log_det() - log_det).abs() < 1e-9, "{} {log_det}", curvature.log_det());
        let n = 20_000;
        let (mut more, mut found) = (vec![0.0; 3], vec![0.0; d]);
        for k in 0..n {
            normals(2, k, 0, 0, &mut z);
            normals(3, k, 0, 0, &mut more);
            curvature.shape(&mut z, &more);
            (0..d).for_each(|j| found[j] += z[j] * z[j] / n as f64);
        }
        for j in 0..d {
            assert!((found[j] / columns[j * d + j] - 1.0).abs() < 0.045, "variance {j}");
        }
    }
}
