//! INFORMATION: the Fisher information of a model, in closed form or from the scores of its rows.
use crate::Model;
use steepest_core::Batch;

/// How much the data of a model say of its coordinates.
#[derive(Clone, Copy)]
pub enum Information<'a> {
    /// Exactly, expected over responses, with the curvature of the prior; see [`Model::information`].
    Exact(&'a dyn Model),
    /// sum over rows of s s^T, s the slope of a row's log likelihood: the empirical Fisher information, by central differences of
    /// rows, which cost two passes a coordinate. Without the prior.
    Empirical(&'a dyn Model),
}

/// Rows whose slopes are held at a time.
const BLOCK: usize = 4096;

impl<'a> Information<'a> {
    /// The exact one where the model has it, else that of its rows; `None` where it has neither.
    pub fn of(model: &'a dyn Model) -> Option<Information<'a>> {
        Information::exact(model).or_else(|| Information::empirical(model))
    }
    /// The exact one, where the model has it.
    pub fn exact(model: &'a dyn Model) -> Option<Information<'a>> {
        let d = model.dim();
        model.information(&vec![0.0; d], &mut vec![0.0; d * d]).then_some(Information::Exact(model))
    }
    /// That of its rows, where the model has rows.
    pub fn empirical(model: &'a dyn Model) -> Option<Information<'a>> {
        model.observations().map(|_| Information::Empirical(model))
    }
    /// out <- G(x), d by d.
    pub fn at(&self, x: &[f64], out: &mut [f64]) {
        let model = match self {
            Information::Exact(model) => {
                model.information(x, out);
                return;
            }
            Information::Empirical(model) => *model,
        };
        out.fill(0.0);
        let Some(observations) = model.observations() else { return };
        let (d, n) = (x.len(), 2 * x.len());
        let reach = |j: usize| 1e-5 * (1.0 + x[j].abs());
        // Point 2 j is ahead in coordinate j, the next one behind.
        let points: Vec<f64> = (0..d * n)
            .map(|k| match (k / n, k % n) {
                (j, i) if i == 2 * j => x[j] + reach(j),
                (j, i) if i == 2 * j + 1 => x[j] - reach(j),
                (j, _) => x[j],
            })
            .collect();
        let quantities = model.names().len();
        let mut theta = vec![0.0; quantities * n];
        model.report(Batch { n, d, x: &points }, &mut theta, &mut Default::default());
        let theta = Batch { n, d: quantities, x: &theta };
        let mut slopes = vec![0.0; d];
        for first in (0..observations.rows()).step_by(BLOCK) {
            let rows = first..observations.rows().min(first + BLOCK);
            let mut terms = vec![0.0; rows.len() * n];
            observations.log_likelihood(rows, theta, &mut terms);
            for row in terms.chunks_exact(n) {
                for (j, pair) in row.chunks_exact(2).enumerate() {
                    slopes[j] = (pair[0] - pair[1]) / (2.0 * reach(j));
                }
                for (j, s) in slopes.iter().enumerate() {
                    steepest_kernels::axpy(*s, &slopes, &mut out[j * d..(j + 1) * d]);
                }
            }
        }
    }
}
