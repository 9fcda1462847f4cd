//! PLAIN: a model in the coordinates that its user reads, where those are an exact linear change of the sampler's.
use crate::Model;
use steepest_core::{Batch, Potential, Workspace};

/// The energy of a model as a function of the quantities it reports: V(x(theta)), without a Jacobian, which is constant.
///
/// A domain such as the simplex is one of reported quantities; coordinates that a sampler moves are whitened.
pub struct Plain<'a> {
    model: &'a dyn Model,
    /// d x_i / d theta_j at i d + j; empty where both are the same.
    inverse: Vec<f64>,
    /// theta where x = 0.
    origin: Vec<f64>,
    /// Whether points are what is reported.
    moved: bool,
}

impl<'a> Plain<'a> {
    /// The model in the quantities it reports.
    ///
    /// # Errors
    /// The name of a quantity that is no linear function of the coordinates, or the first one beyond their number.
    pub fn new(model: &'a dyn Model) -> Result<Plain<'a>, String> {
        let (d, names) = (model.dim(), model.names());
        if names.len() != d {
            return Err(names.get(d.min(names.len().saturating_sub(1))).cloned().unwrap_or_default());
        }
        // The origin, the unit vectors, and one point more to tell whether the map is linear.
        let n = d + 2;
        let odd = |j: usize| 0.7 + (j as f64).sin();
        let x: Vec<f64> = (0..n * d)
            .map(|k| match (k % n, k / n) {
                (0, _) => 0.0,
                (i, j) if i == d + 1 => odd(j),
                (i, j) => f64::from(u8::from(i == j + 1)),
            })
            .collect();
        let mut theta = vec![0.0; n * d];
        model.report(Batch { n, d, x: &x }, &mut theta, &mut Workspace::default());
        let at = |k: usize, i: usize| theta[k * n + i];
        let mut matrix = vec![0.0; d * d];
        for k in 0..d {
            (0..d).for_each(|j| matrix[k * d + j] = at(k, j + 1) - at(k, 0));
            let row = &matrix[k * d..(k + 1) * d];
            let said = at(k, 0) + row.iter().enumerate().map(|(j, a)| a * odd(j)).sum::<f64>();
            let scale = at(k, 0).abs() + row.iter().map(|a| a.abs()).sum::<f64>();
            if (said - at(k, d + 1)).abs() > 1e-10 * scale {
                return Err(names[k].clone());
            }
        }
        let origin: Vec<f64> = (0..d).map(|k| at(k, 0)).collect();
        let same =
            origin.iter().all(|x| *x == 0.0) && (0..d * d).all(|k| matrix[k] == f64::from(u8::from(k / d == k % d)));
        let inverse = if same { Vec::new() } else { invert(d, &matrix).ok_or_else(|| names[0].clone())? };
        Ok(Plain { model, inverse, origin, moved: true })
    }
    /// The model in its own coordinates.
    pub fn as_is(model: &'a dyn Model) -> Plain<'a> {
        Plain { model, inverse: Vec::new(), origin: vec![0.0; model.dim()], moved: false }
    }
    /// x of theta, component-major both.
    fn locate(&self, theta: Batch<'_>, x: &mut [f64]) {
        let Batch { n, d, x: theta } = theta;
        for i in 0..n {
            for j in 0..d {
                let row = &self.inverse[j * d..(j + 1) * d];
                let moved = row.iter().enumerate().map(|(k, a)| a * (theta[k * n + i] - self.origin[k]));
                x[j * n + i] = moved.sum();
            }
        }
    }
    /// The quantities at a point of the model.
    pub fn reported(&self, x: &[f64]) -> Vec<f64> {
        if !self.moved {
            return x.to_vec();
        }
        let mut theta = vec![0.0; x.len()];
        self.model.report(Batch { n: 1, d: x.len(), x }, &mut theta, &mut Workspace::default());
        theta
    }
    /// The point of the model that reports these quantities.
    pub fn point(&self, theta: &[f64]) -> Vec<f64> {
        let mut x = theta.to_vec();
        if !self.inverse.is_empty() {
            self.locate(Batch { n: 1, d: theta.len(), x: theta }, &mut x);
        }
        x
    }
}

/// What it reports are its coordinates.
impl Model for Plain<'_> {
    fn dim(&self) -> usize {
        self.model.dim()
    }
    fn names(&self) -> Vec<String> {
        self.model.names()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        if self.moved {
            return out.copy_from_slice(x.x);
        }
        self.model.report(x, out, work);
    }
    fn coordinates(&self, quantities: &[f64]) -> Option<Vec<f64>> {
        if !self.moved {
            return self.model.coordinates(quantities);
        }
        (quantities.len() == self.model.dim()).then(|| quantities.to_vec())
    }
    fn start(&self, z: &mut [f64]) {
        self.model.start(z);
        let reported = self.reported(z);
        z.copy_from_slice(&reported);
    }
    fn notes(&self) -> Vec<String> {
        self.model.notes()
    }
}

/// The inverse of a square matrix, row-major, by Gauss and Jordan with pivots.
fn invert(d: usize, a: &[f64]) -> Option<Vec<f64>> {
    let mut a: Vec<Vec<f64>> = (0..d)
        .map(|i| a[i * d..(i + 1) * d].iter().copied().chain((0..d).map(|j| f64::from(u8::from(i == j)))).collect())
        .collect();
    for k in 0..d {
        let pivot = (k..d).max_by(|i, j| a[*i][k].abs().total_cmp(&a[*j][k].abs()))?;
        a.swap(k, pivot);
        let pivot = a[k][k];
        if pivot == 0.0 || !pivot.is_finite() {
            return None;
        }
        a[k].iter_mut().for_each(|value| *value /= pivot);
        let row = a[k].clone();
        for (_, other) in a.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let share = other[k];
            other.iter_mut().zip(&row).for_each(|(o, r)| *o -= share * r);
        }
    }
    Some(a.into_iter().flat_map(|row| row.into_iter().skip(d)).collect())
}

impl Potential for Plain<'_> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        if self.inverse.is_empty() {
            return self.model.values(x, scale, out, work);
        }
        let mut at = work.take(x.n * x.d);
        self.locate(x, &mut at);
        self.model.values(Batch { x: &at, ..x }, scale, out, work);
        work.give(at);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut values = work.take(x.n);
        self.values_and_gradients(x, scale, &mut values, out, work);
        work.give(values);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        if self.inverse.is_empty() {
            return self.model.values_and_gradients(x, scale, values, gradients, work);
        }
        let (n, d) = (x.n, x.d);
        let (mut at, mut slope) = (work.take(n * d), work.take(n * d));
        self.locate(x, &mut at);
        self.model.values_and_gradients(Batch { x: &at, ..x }, scale, values, &mut slope, work);
        for i in 0..n {
            for k in 0..d {
                gradients[k * n + i] += (0..d).map(|j| self.inverse[j * d + k] * slope[j * n + i]).sum::<f64>();
            }
        }
        work.give(at);
        work.give(slope);
    }
}
