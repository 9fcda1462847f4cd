//! GRADIENT: whether a model's gradient is the gradient of its value.
use crate::SpecError;
use steepest_core::{Batch, Workspace};
use steepest_kernels as kernels;
use steepest_models::Model;

/// What came of comparing a gradient with finite differences.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientCheck {
    /// Points looked at.
    pub points: usize,
    /// The largest error, relative to the size of the gradient at its point.
    pub worst: f64,
    /// Coordinate of the largest error.
    pub coordinate: usize,
    /// What the model says there.
    pub said: f64,
    /// What differences of the value say there.
    pub found: f64,
}
impl GradientCheck {
    /// A relative error above this is a mistake: differences themselves are good to 1e-8 or so.
    pub const BOUND: f64 = 1e-5;
    /// Whether the gradient is the gradient of the value.
    pub fn holds(&self) -> bool {
        self.worst <= Self::BOUND
    }
}

const STREAM: u16 = 0x200;
/// Coordinates moved at a time, four points each.
const CHUNK: usize = 64;

/// Compares the gradient at `points` starting points of the seed with central differences of the value, extrapolated from
/// two distances (error h^4).
///
/// # Errors
/// Numerical where the value or the gradient is not finite at such a point.
pub fn check_gradient(model: &dyn Model, points: usize, seed: u64) -> Result<GradientCheck, SpecError> {
    let d = model.dim();
    let mut work = Workspace::default();
    let mut check = GradientCheck { points, worst: 0.0, coordinate: 0, said: 0.0, found: 0.0 };
    for point in 0..points {
        let mut x = vec![0.0; d];
        kernels::normals(seed, 0, STREAM, (point * d) as u64, &mut x);
        model.start(&mut x);
        let (mut value, mut gradient) = ([0.0], vec![0.0; d]);
        model.values_and_gradients(Batch { n: 1, d, x: &x }, 1.0, &mut value, &mut gradient, &mut work);
        if !value[0].is_finite() || gradient.iter().any(|g| !g.is_finite()) {
            let message = format!("the energy or its gradient is not finite at point {} of {points}", point + 1);
            return Err(SpecError::Numerical {
                message: format!("{message}: V = {}", value[0]),
                advice: String::new(),
                record: None,
            });
        }
        let size = (gradient.iter().map(|g| g * g).sum::<f64>() / d as f64).sqrt();
        for first in (0..d).step_by(CHUNK) {
            let count = CHUNK.min(d - first);
            let found = differences(model, &x, first, count, &mut work);
            for (j, (found, noise)) in (first..).zip(found) {
                let error = (gradient[j] - found).abs() - noise;
                let relative = error / size.max(gradient[j].abs()).max(found.abs()).max(f64::MIN_POSITIVE);
                if relative > check.worst || !relative.is_finite() && check.worst.is_finite() {
                    let worst = if relative.is_finite() { relative } else { f64::INFINITY };
                    check = GradientCheck { worst, coordinate: j, said: gradient[j], found, ..check };
                }
            }
        }
    }
    Ok(check)
}

/// For `count` coordinates from `first` on: the difference quotient and its rounding error.
fn differences(model: &dyn Model, x: &[f64], first: usize, count: usize, work: &mut Workspace) -> Vec<(f64, f64)> {
    let (d, n) = (x.len(), 4 * count);
    let distance = |j: usize| 2e-3 * x[j].abs().max(1.0);
    let mut batch = vec![0.0; n * d];
    for j in 0..d {
        batch[j * n..(j + 1) * n].fill(x[j]);
    }
    for k in 0..count {
        let (j, h) = (first + k, distance(first + k));
        for (i, move_by) in [h, -h, h / 2.0, -h / 2.0].into_iter().enumerate() {
            batch[j * n + 4 * k + i] += move_by;
        }
    }
    let mut values = vec![0.0; n];
    model.values(Batch { n, d, x: &batch }, 1.0, &mut values, work);
    let quotient = |k: usize| {
        let (h, v) = (distance(first + k), &values[4 * k..4 * k + 4]);
        let (wide, near) = ((v[0] - v[1]) / (2.0 * h), (v[2] - v[3]) / h);
        let noise = 16.0 * f64::EPSILON * v.iter().map(|v| v.abs()).fold(1.0, f64::max) / h;
        ((4.0 * near - wide) / 3.0, noise)
    };
    (0..count).map(quotient).collect()
}
