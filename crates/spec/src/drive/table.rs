//! TABLE: draws of what the user reads, and the rows of the parameter table.
use super::thin::Thin;
use crate::SpecError;
use std::ops::Deref;
use steepest_core::{Archive, Batch, Persist, Workspace};
use steepest_flows::flow::chain_ledger::{Diagnosis, Evidence, Positions, diagnose};
use steepest_flows::observer::diagnostics::{Tail, mean, quantile, sd, still};
use steepest_flows::observer::{Moments, Virial};
use steepest_flows::scheme::in_order;
use steepest_models::Model;
use steepest_record::{Column, Draws, Parameter, Spool};

/// Puts draws of what the user reads into the spool, and draws the conclusions at the end.
pub(super) struct Collector {
    names: Vec<String>,
    statistics: &'static [&'static str],
    /// `places[c]`: what is kept of chain c to judge the law by.
    pub(super) places: Vec<Place>,
    work: Workspace,
}
/// Where a chain was.
#[derive(Clone)]
pub(super) struct Place {
    /// Some positions, evenly thinned.
    some: Thin,
    /// The virial of all, or of those that were looked at where each look costs a gradient.
    virial: Virial,
    draws: u64,
}
impl Persist for Place {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { some, virial, draws } = self;
        some.pass(archive)?;
        virial.pass(archive)?;
        draws.pass(archive)
    }
}
/// Some positions of all chains, and what was gathered of every draw.
pub(super) struct Judged<'a> {
    positions: Positions,
    virials: Vec<&'a Virial>,
}
impl Evidence for Judged<'_> {
    fn positions(&self) -> &Positions {
        &self.positions
    }
    fn virials(&self) -> &[&Virial] {
        &self.virials
    }
}
impl Deref for Judged<'_> {
    type Target = Positions;
    fn deref(&self) -> &Positions {
        &self.positions
    }
}
/// Positions that are compared pair by pair, of all chains together.
const JUDGED: usize = 1000;
/// Draws of a chain at each of which the slope is asked for where the sampler does not know it; later at every so-manieth.
const LOOKED_AT: (u64, u64) = (4096, 4);
/// Numbers of the columns that are judged at a time: each takes some ten times its size.
const JUDGED_AT_ONCE: usize = 1 << 22;
/// Numbers of draws that figures are drawn from at most, where not all are in memory.
const DRAWN: usize = 1 << 22;
/// Replicas, at least, whose tails are looked at: of fewer a tail is five, the second least of which is to be above the least.
const SHAPED: usize = 30;

impl Collector {
    /// `statistics` are the columns after the quantities.
    pub(super) fn new(model: &dyn Model, chains: usize, statistics: &'static [&'static str]) -> Self {
        let (d, most) = (model.dim(), JUDGED / chains.max(1));
        let places = vec![Place { some: Thin::new(d, most), virial: Virial::new(d, chains), draws: 0 }; chains];
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
        self.look(model, c, draws, None);
        self.keep(model, c, draws, spool);
    }
    /// The same of draws at which dV is `scale` times the slopes, laid out as they are; not finite where the sampler does not know it.
    pub(super) fn put_known(
        &mut self,
        model: &dyn Model,
        (c, draws): (usize, &[f64]),
        known: (&[f64], f64),
        spool: &mut Spool,
    ) {
        self.look(model, c, draws, Some(known));
        self.keep(model, c, draws, spool);
    }
    /// Adds to the virial of chain c. Which draws are looked at depends on their numbers alone, not on how they are cut into calls.
    fn look(&mut self, model: &dyn Model, c: usize, draws: &[f64], known: Option<(&[f64], f64)>) {
        let (d, place) = (model.dim(), &mut self.places[c]);
        let asked = |t: usize| match known {
            Some((slopes, _)) => slopes[t * d..(t + 1) * d].iter().any(|slope| !slope.is_finite()),
            None => {
                let number = place.draws + t as u64;
                number < LOOKED_AT.0 || number.is_multiple_of(LOOKED_AT.1)
            }
        };
        let looks: Vec<usize> = (0..draws.len() / d.max(1)).filter(|t| asked(*t)).collect();
        let n = looks.len();
        let (mut x, mut gradients) = (self.work.take(n * d), self.work.take(n * d));
        for (i, t) in looks.iter().enumerate() {
            (0..d).for_each(|j| x[j * n + i] = draws[t * d + j]);
        }
        if n > 0 {
            model.gradients(Batch { n, d, x: &x }, 1.0, &mut gradients, &mut self.work);
        }
        let (mut next, mut slope) = (0, self.work.take(d));
        for (t, point) in draws.chunks_exact(d.max(1)).enumerate() {
            if looks.get(next) == Some(&t) {
                slope.iter_mut().enumerate().for_each(|(j, slope)| *slope = gradients[j * n + next]);
                place.virial.push(point, &slope, 1.0);
                next += 1;
            } else if let Some((slopes, scale)) = known {
                place.virial.push(point, &slopes[t * d..(t + 1) * d], scale);
            }
            place.draws += 1;
        }
        [x, gradients, slope].into_iter().for_each(|buffer| self.work.give(buffer));
    }
    fn keep(&mut self, model: &dyn Model, c: usize, draws: &[f64], spool: &mut Spool) {
        let (d, k) = (model.dim(), self.names.len());
        let n = draws.len() / d.max(1);
        let mut x = self.work.take(n * d);
        for (t, point) in draws.chunks_exact(d).enumerate() {
            point.iter().enumerate().for_each(|(j, q)| x[j * n + t] = *q);
            self.places[c].some.push(point);
        }
        let mut out = self.work.take(n * k);
        model.report(Batch { n, d, x: &x }, &mut out, &mut self.work);
        for (k, column) in out.chunks_exact(n.max(1)).enumerate() {
            spool.next(k, c)[..n].copy_from_slice(column);
        }
        self.work.give(x);
        self.work.give(out);
    }
    /// What to judge the law by.
    pub(super) fn positions(&self, d: usize) -> Judged<'_> {
        let chains: Vec<&[f64]> = self.places.iter().map(|place| place.some.rows.as_slice()).collect();
        let positions = Positions::thin(&chains, d, JUDGED.max(chains.len()));
        Judged { positions, virials: self.places.iter().map(|place| &place.virial).collect() }
    }
    /// The draws for figures (all of them where all are in memory), and a row and a diagnosis for each quantity from all.
    ///
    /// # Errors
    /// Draws cannot be read back.
    pub(super) fn finish(
        &self,
        spool: &Spool,
        threads: usize,
    ) -> Result<(Draws, Vec<Parameter>, Vec<Diagnosis>), SpecError> {
        let (chains, rows) = (self.places.len(), spool.rows());
        let stride = if spool.spilled() { (self.columns() * chains * rows).div_ceil(DRAWN).max(1) } else { 1 };
        let draws = rows.div_ceil(stride);
        let mut values = Vec::with_capacity(self.names.len() * chains * draws);
        let (mut parameters, mut diagnoses) = (Vec::new(), Vec::new());
        let thin = |column: &[f64], into: &mut Vec<f64>| {
            column.chunks_exact(rows.max(1)).for_each(|chain| into.extend(chain.iter().step_by(stride)));
        };
        // A column is read by one thread at a time, and judged by as many as may hold one.
        let columns = self.names.iter().zip((0..).map(|k| spool.column(k)));
        let threads = threads.min((JUDGED_AT_ONCE / (chains * rows).max(1)).max(1));
        let judged = in_order(threads, columns, |(name, column)| {
            let column = column?;
            let mut series: Vec<&[f64]> = column.chunks_exact(rows.max(1)).collect();
            series.resize(chains, &[]);
            let diagnosis = diagnose(&series);
            let parameter = Parameter {
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
            };
            let mut some = Vec::with_capacity(chains * draws);
            thin(&column, &mut some);
            Ok::<_, SpecError>((parameter, diagnosis, some))
        });
        for one in judged {
            let (parameter, diagnosis, some) = one?;
            parameters.push(parameter);
            diagnoses.push(diagnosis);
            values.extend_from_slice(&some);
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
/// The tails of what n independent replicas report; `None` where they are so few that no tail has a shape.
pub(super) fn tails(model: &dyn Model, batch: Batch<'_>) -> Option<Vec<Tail>> {
    if batch.n < SHAPED {
        return None;
    }
    let mut out = vec![0.0; model.names().len() * batch.n];
    model.report(batch, &mut out, &mut Workspace::default());
    let of = |column: &[f64]| Tail::independent(if still(&[column]) { &[] } else { column });
    Some(out.chunks_exact(batch.n).map(of).collect())
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
