//! INFORMATION: the Fisher information of a model, in closed form or from the scores of its rows.
use crate::Model;
use steepest_core::Workspace;
use steepest_kernels::gemm_transposed;

/// How much the data of a model say of its coordinates.
///
/// ```
/// use steepest_models::{Information, Likelihood, Rows, RowsOptions, Table};
/// // log p = -exp(x) y + x, so that s = 1 - exp(x) y, which at x = 0 is -1 and 2.
/// let options = RowsOptions {
///     likelihood: Likelihood::Nll("rate*y - log(rate)".into()),
///     parameters: vec![("rate".into(), "positive".into())],
///     ..RowsOptions::default()
/// };
/// let model = Rows::new(&Table::from_columns([("y", vec![2.0, -1.0])])?, &options)?;
/// let mut found = [0.0];
/// Information::empirical(&model).expect("it has rows").at(&[0.0], &mut found);
/// assert_eq!(found, [5.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub enum Information<'a> {
    /// Exactly, expected over responses, with the curvature of the prior; see [`Model::information`].
    Exact(&'a dyn Model),
    /// sum over rows of s s^T, s the scores of [`Model::scores`]: the empirical Fisher information. Without the prior.
    Empirical(&'a dyn Model),
}

/// Rows whose scores are held at a time.
const BLOCK: usize = 1024;

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
    /// That of its rows, where the model has rows and knows their scores.
    pub fn empirical(model: &'a dyn Model) -> Option<Information<'a>> {
        model.observations()?;
        model.scores(0..0, &vec![0.0; model.dim()], &mut []).then_some(Information::Empirical(model))
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
        let (d, rows) = (x.len(), model.observations().map_or(0, |observations| observations.rows()));
        let mut scores = vec![0.0; d * BLOCK.min(rows)];
        for first in (0..rows).step_by(BLOCK) {
            let rows = first..rows.min(first + BLOCK);
            let (m, scores) = (rows.len(), &mut scores[..d * rows.len()]);
            model.scores(rows, x, scores);
            gemm_transposed([d, m, d], 1.0, scores, scores, out);
        }
    }
}
impl steepest_core::Information for Information<'_> {
    fn information(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        self.at(x, out);
    }
}
