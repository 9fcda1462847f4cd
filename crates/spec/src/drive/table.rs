//! TABLE: draws of what the user reads, and the rows of the parameter table.
use steepest_core::{Batch, Workspace};
use steepest_flows::flow::chain_ledger::{Diagnosis, diagnose};
use steepest_flows::observer::Moments;
use steepest_flows::observer::diagnostics::{mean, quantile, sd};
use steepest_models::Model;
use steepest_record::{Column, Draws, Parameter};

/// Collects draws chain by chain while a run goes on.
pub(super) struct Collector {
    names: Vec<String>,
    /// `quantities[k][c]`: the draws of quantity k in chain c.
    quantities: Vec<Vec<Vec<f64>>>,
    /// `positions[c][t d + j]`.
    pub(super) positions: Vec<Vec<f64>>,
    work: Workspace,
}
impl Collector {
    pub(super) fn new(model: &dyn Model, chains: usize) -> Self {
        let names = model.names();
        Collector {
            quantities: vec![vec![Vec::new(); chains]; names.len()],
            positions: vec![Vec::new(); chains],
            names,
            work: Workspace::default(),
        }
    }
    /// Adds draws of chain c, given as `draws[t d + j]`.
    pub(super) fn push(&mut self, model: &dyn Model, c: usize, draws: &[f64]) {
        let (d, k) = (model.dim(), self.names.len());
        let n = draws.len() / d.max(1);
        let mut x = self.work.take(n * d);
        for (t, point) in draws.chunks_exact(d).enumerate() {
            point.iter().enumerate().for_each(|(j, q)| x[j * n + t] = *q);
        }
        let mut out = self.work.take(n * k);
        model.report(Batch { n, d, x: &x }, &mut out, &mut self.work);
        for (quantity, column) in self.quantities.iter_mut().zip(out.chunks_exact(n.max(1))) {
            quantity[c].extend_from_slice(column);
        }
        self.positions[c].extend_from_slice(draws);
        self.work.give(x);
        self.work.give(out);
    }
    /// The draws of every chain, as long as the shortest, and a row and a diagnosis for each quantity.
    pub(super) fn finish(&self, statistics: Vec<Column>) -> (Draws, Vec<Parameter>, Vec<Diagnosis>) {
        let chains = self.positions.len();
        let draws = self.quantities.iter().flatten().map(Vec::len).min().unwrap_or(0);
        let mut values = Vec::with_capacity(self.names.len() * chains * draws);
        let (mut parameters, mut diagnoses) = (Vec::new(), Vec::new());
        for (name, quantity) in self.names.iter().zip(&self.quantities) {
            let series: Vec<&[f64]> = quantity.iter().map(|chain| &chain[..draws]).collect();
            let diagnosis = diagnose(&series);
            parameters.push(Parameter {
                name: name.clone(),
                mean: mean(&series),
                sd: sd(&series),
                q5: quantile(&series, 0.05),
                q50: quantile(&series, 0.5),
                q95: quantile(&series, 0.95),
                rhat: diagnosis.rhat,
                ess_bulk: diagnosis.ess_bulk,
                ess_tail: diagnosis.ess_tail,
                mcse_mean: diagnosis.mcse_mean,
            });
            diagnoses.push(diagnosis);
            series.iter().for_each(|chain| values.extend_from_slice(chain));
        }
        (Draws { chains, draws, names: self.names.clone(), values, statistics }, parameters, diagnoses)
    }
}

/// Rows for n independent replicas: every one is a draw of its own. Quantiles come from at most 100,000 of them.
pub(super) fn independent(model: &dyn Model, batch: Batch<'_>) -> Vec<Parameter> {
    let names = model.names();
    let mut out = vec![0.0; names.len() * batch.n];
    model.report(batch, &mut out, &mut Workspace::default());
    let row = |(name, column): (String, &[f64])| {
        let moments: Moments = column.iter().copied().collect();
        let thin: Vec<f64> = column.iter().copied().step_by(batch.n.div_ceil(100_000)).collect();
        Parameter {
            name,
            mean: moments.mean(),
            sd: moments.variance().sqrt(),
            q5: quantile(&[&thin], 0.05),
            q50: quantile(&[&thin], 0.5),
            q95: quantile(&[&thin], 0.95),
            rhat: f64::NAN,
            ess_bulk: batch.n as f64,
            ess_tail: batch.n as f64,
            mcse_mean: moments.standard_error(),
        }
    };
    names.into_iter().zip(out.chunks_exact(batch.n.max(1))).map(row).collect()
}
/// Rows for one point: a value, and nothing to be said about its spread.
pub(super) fn point(model: &dyn Model, x: &[f64]) -> Vec<Parameter> {
    let names = model.names();
    let mut out = vec![0.0; names.len()];
    model.report(Batch { n: 1, d: x.len(), x }, &mut out, &mut Workspace::default());
    let row = |(name, value): (String, f64)| Parameter {
        name,
        mean: value,
        sd: f64::NAN,
        q5: f64::NAN,
        q50: value,
        q95: f64::NAN,
        rhat: f64::NAN,
        ess_bulk: f64::NAN,
        ess_tail: f64::NAN,
        mcse_mean: f64::NAN,
    };
    names.into_iter().zip(out).map(row).collect()
}
