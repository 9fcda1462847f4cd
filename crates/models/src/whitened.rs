//! WHITENED: a model in coordinates that a Gaussian makes standard; an exact linear change, so the law is the same.
use crate::ancestral::NoPrior;
use crate::model::{Model, Truth};
use crate::observations::Observations;
use crate::regression::Linear;
use std::ops::Range;
use steepest_core::{Batch, Potential, Workspace};

/// V(c + S z) - log det S as an energy of z: where V is that of N(c, S S^T), z is standard normal.
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_models::{Expression, Whitened};
/// let model = Expression::parse("0.5*((x - 3)/2)^2", &[])?;
/// let white = Whitened::new(&model, &[3.0], &[2.0]);
/// let (mut value, mut gradient) = ([0.0], [0.0]);
/// let z = Batch { n: 1, d: 1, x: &[1.5] };
/// white.values_and_gradients(z, 1.0, &mut value, &mut gradient, &mut Workspace::default());
/// assert_eq!((value[0], gradient[0]), (0.5 * 1.5 * 1.5 - 2f64.ln(), 1.5));
/// assert_eq!(white.locate(&[6.0]), [1.5]);
/// # Ok::<(), steepest_models::ExpressionError>(())
/// ```
pub struct Whitened<'a> {
    model: &'a dyn Model,
    centre: Vec<f64>,
    spread: Linear,
    log_det: f64,
}

impl<'a> Whitened<'a> {
    /// About `centre`, with an upper triangular `spread` S, row-major d by d, whose diagonal is positive.
    ///
    /// # Panics
    /// If `spread` does not have the square of the length of `centre`.
    pub fn new(model: &'a dyn Model, centre: &[f64], spread: &[f64]) -> Whitened<'a> {
        let d = centre.len();
        assert_eq!(spread.len(), d * d, "a spread of d by d");
        let log_det = (0..d).map(|j| spread[j * d + j].ln()).sum();
        let spread = Linear::new(d, d, |i, j| if j >= i { spread[i * d + j] } else { 0.0 });
        Whitened { model, centre: centre.to_vec(), spread, log_det }
    }
    /// c
    pub fn centre(&self) -> &[f64] {
        &self.centre
    }
    /// S, row-major.
    pub fn spread(&self) -> &[f64] {
        self.spread.by_row()
    }
    /// x = c + S z, for one point.
    pub fn place(&self, z: &[f64]) -> Vec<f64> {
        let mut x = self.centre.clone();
        self.spread.apply(z, &mut x);
        x
    }
    /// The z of a point x of the model.
    pub fn locate(&self, x: &[f64]) -> Vec<f64> {
        let (d, s) = (self.centre.len(), self.spread.by_row());
        let mut z: Vec<f64> = x.iter().zip(&self.centre).map(|(x, c)| x - c).collect();
        for i in (0..d).rev() {
            let known: f64 = (i + 1..d).map(|j| s[i * d + j] * z[j]).sum();
            z[i] = (z[i] - known) / s[i * d + i];
        }
        z
    }
    /// The points of the model, component-major and lent. One point after another: the bits of a point do not hang on the others.
    fn points(&self, z: Batch<'_>, work: &mut Workspace) -> Vec<f64> {
        let (mut out, mut from, mut to) = (work.take(z.x.len()), work.take(z.d), work.take(z.d));
        for i in 0..z.n {
            (0..z.d).for_each(|j| from[j] = z.x[j * z.n + i]);
            to.copy_from_slice(&self.centre);
            self.spread.apply(&from, &mut to);
            (0..z.d).for_each(|j| out[j * z.n + i] = to[j]);
        }
        work.give(to);
        work.give(from);
        out
    }
    /// out += S^T of the slopes, point by point.
    fn pull(&self, n: usize, slopes: &[f64], out: &mut [f64], work: &mut Workspace) {
        let d = self.centre.len();
        let (mut from, mut to) = (work.take(d), work.take(d));
        for i in 0..n {
            (0..d).for_each(|j| from[j] = slopes[j * n + i]);
            to.fill(0.0);
            self.spread.apply_transposed(&from, &mut to);
            (0..d).for_each(|j| out[j * n + i] += to[j]);
        }
        work.give(to);
        work.give(from);
    }
}

impl Potential for Whitened<'_> {
    fn values(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let x = self.points(z, work);
        self.model.values(Batch { x: &x, ..z }, scale, out, work);
        out.iter_mut().for_each(|value| *value -= scale * self.log_det);
        work.give(x);
    }
    fn gradients(&self, z: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let (x, mut slopes) = (self.points(z, work), work.take(z.x.len()));
        self.model.gradients(Batch { x: &x, ..z }, scale, &mut slopes, work);
        self.pull(z.n, &slopes, out, work);
        work.give(slopes);
        work.give(x);
    }
    fn values_and_gradients(
        &self,
        z: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        let (x, mut slopes) = (self.points(z, work), work.take(z.x.len()));
        self.model.values_and_gradients(Batch { x: &x, ..z }, scale, values, &mut slopes, work);
        values.iter_mut().for_each(|value| *value -= scale * self.log_det);
        self.pull(z.n, &slopes, gradients, work);
        work.give(slopes);
        work.give(x);
    }
}

impl Model for Whitened<'_> {
    fn dim(&self) -> usize {
        self.centre.len()
    }
    fn names(&self) -> Vec<String> {
        self.model.names()
    }
    fn report(&self, z: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        let x = self.points(z, work);
        self.model.report(Batch { x: &x, ..z }, out, work);
        work.give(x);
    }
    fn coordinates(&self, quantities: &[f64]) -> Option<Vec<f64>> {
        self.model.coordinates(quantities).map(|x| self.locate(&x))
    }
    fn truth(&self) -> Option<Truth> {
        self.model.truth()
    }
    fn observations(&self) -> Option<&dyn Observations> {
        self.model.observations()
    }
    fn draw_prior(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), NoPrior> {
        self.model.draw_prior(key, draw, out)
    }
    fn scores(&self, rows: Range<usize>, z: &[f64], out: &mut [f64]) -> bool {
        let (d, known) = (z.len(), self.model.scores(rows, &self.place(z), out));
        if known {
            let mut slopes = vec![0.0; d];
            for score in out.chunks_exact_mut(d.max(1)) {
                slopes.copy_from_slice(score);
                score.fill(0.0);
                self.spread.apply_transposed(&slopes, score);
            }
        }
        known
    }
    fn notes(&self) -> Vec<String> {
        self.model.notes()
    }
}
