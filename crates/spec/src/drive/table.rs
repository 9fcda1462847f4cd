//! TABLE: draws of what the user reads, and the rows of the parameter table.
use super::thin::Thin;
use crate::SpecError;
use steepest_core::{Batch, Workspace};
use steepest_flows::flow::chain_ledger::{Diagnosis, Positions, diagnose};
use steepest_flows::observer::Moments;
use steepest_flows::observer::diagnostics::{mean, quantile, sd};
use steepest_models::Model;
use steepest_record::{Column, Draws, Parameter, Spool};

/// Puts draws of what the user reads into the spool, and draws the conclusions at the end.
pub(super) struct Collector {
    names: Vec<String>,
    statistics: &'static [&'static str],
    /// `places[c]`: some positions of chain c, evenly thinned.
    pub(super) places: Vec<Thin>,
    work: Workspace,
}
/// Positions that the ledger judges the law by, of all chains together.
const JUDGED: usize = 1000;
/// Numbers of draws that figures are drawn from at most, where not all are in memory.
const DRAWN: usize = 1 << 22;

impl Collector {
    /// `statistics` are the columns after the quantities.
    pub(super) fn new(model: &dyn Model, chains: usize, statistics: &'static [&'static str]) -> Self {
        let places = vec![Thin::new(model.dim(), JUDGED / chains.max(1)); chains];
        Collector { names: model.names(), statistics, places, work: Workspace::default() }
    }
    pub(super) fn columns(&self) -> usize {
        self.names.len() + self.statistics.len()
    }
    /// Columns of what the user reads.
    pub(super) fn quantities(&self) -> usize {
        self.names.len()
    }
    /// Puts draws of chain c, given as `draws[t d + j]`, where the next rows of the spool go.
    pub(super) fn put(&mut self, model: &dyn Model, c: usize, draws: &[f64], spool: &mut Spool) {
        let (d, k) = (model.dim(), self.names.len());
        let n = draws.len() / d.max(1);
        let mut x = self.work.take(n * d);
        for (t, point) in draws.chunks_exact(d).enumerate() {
            point.iter().enumerate().for_each(|(j, q)| x[j * n + t] = *q);
            self.places[c].push(point);
        }
        let mut out = self.work.take(n * k);
        model.report(Batch { n, d, x: &x }, &mut out, &mut self.work);
        for (k, column) in out.chunks_exact(n.max(1)).enumerate() {
            spool.next(k, c)[..n].copy_from_slice(column);
        }
        self.work.give(x);
        self.work.give(out);
    }
    /// Positions to judge the law by.
    pub(super) fn positions(&self, d: usize) -> Positions {
        let chains: Vec<&[f64]> = self.places.iter().map(|thin| thin.rows.as_slice()).collect();
        Positions::thin(&chains, d, JUDGED.max(chains.len()))
    }
    /// The draws for figures (all of them where all are in memory), and a row and a diagnosis for each quantity from all.
    ///
    /// # Errors
    /// Draws cannot be read back.
    pub(super) fn finish(&self, spool: &Spool) -> Result<(Draws, Vec<Parameter>, Vec<Diagnosis>), SpecError> {
        let (chains, rows) = (self.places.len(), spool.rows());
        let stride = if spool.spilled() { (self.columns() * chains * rows).div_ceil(DRAWN).max(1) } else { 1 };
        let draws = rows.div_ceil(stride);
        let mut values = Vec::with_capacity(self.names.len() * chains * draws);
        let (mut parameters, mut diagnoses) = (Vec::new(), Vec::new());
        let thin = |column: &[f64], into: &mut Vec<f64>| {
            column.chunks_exact(rows.max(1)).for_each(|chain| into.extend(chain.iter().step_by(stride)));
        };
        for (k, name) in self.names.iter().enumerate() {
            let column = spool.column(k)?;
            let mut series: Vec<&[f64]> = column.chunks_exact(rows.max(1)).collect();
            series.resize(chains, &[]);
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
            thin(&column, &mut values);
        }
        let statistic = |(k, name): (usize, &&str)| {
            let mut values = Vec::new();
            thin(&spool.column(self.names.len() + k)?, &mut values);
            Ok(Column { name: (*name).to_owned(), values })
        };
        let statistics = self.statistics.iter().enumerate().map(statistic).collect::<Result<_, SpecError>>()?;
        Ok((Draws { chains, draws, names: self.names.clone(), values, statistics }, parameters, diagnoses))
    }
}

/// A sentence where figures rest on a part of the draws.
pub(super) fn drawn(table: &Draws, spool: &Spool) -> Option<String> {
    (table.draws < spool.rows()).then(|| {
        let (drawn, all) = (table.draws, spool.rows());
        format!("Numbers rest on all {all} draws a chain, which are in draws.zarr; figures on {drawn} of them, evenly spaced.")
    })
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
