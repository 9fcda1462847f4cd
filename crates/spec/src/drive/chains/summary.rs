//! SUMMARY: what a finished run of chains comes to, from its books.
use super::super::strides::{bias_figures, bias_of_chains, blur, branches};
use super::super::{beta, checks, table, threads, walls};
use super::books::{Books, ROW};
use crate::{Config, SpecError};
use serde_json::json;
use steepest_core::{Potential, Tick};
use steepest_flows::flow::bias::Divergence;
use steepest_flows::flow::chain_ledger::{Positions, Tally, law, transitions};
use steepest_flows::flow::isokinetic::isokinetic_bias;
use steepest_flows::observer::Moments;
use steepest_flows::scheme::metropolis::{Chain, Kernel};
use steepest_models::Model;
use steepest_record::{Column, Record, Spool};

/// The table of parameters, the ledger, and the figures of `summary.json`.
///
/// # Errors
/// Draws cannot be read back.
pub(super) fn summarise(
    record: &mut Record,
    config: &Config,
    model: &dyn Model,
    (kernel, chains): (Kernel, &[&mut Chain]),
    books: &Books,
    spool: &Spool,
) -> Result<(), SpecError> {
    let (table, parameters, diagnoses) = books.collector.finish(spool, threads(config))?;
    let tallies = &books.tallies;
    let mut ledger = Vec::new();
    if spool.rows() > 0 {
        ledger.extend(checks::agreement(model, &parameters, &diagnoses, tallies.len()));
        ledger.extend(checks::lines(&transitions(tallies, kernel)));
        let positions = books.collector.positions(model.dim());
        if let Some(bias) = bias(config, model, (chains, &positions), books) {
            let line = bias_of_chains(&bias, positions.d, &ledger);
            ledger.extend(checks::lines(&[line]));
            record.summary.extra.insert("kl_bias_per_dimension".into(), bias_figures(&bias, positions.d));
        }
        ledger.extend(checks::lines(&law(model, beta(config), &positions)));
        walls::excuse(model, &positions, &mut ledger);
        ledger.push(checks::gradient(model, &positions));
    }
    let mean =
        |of: fn(&Tally) -> Moments| tallies.iter().fold(Moments::default(), |all, tally| all.merged(&of(tally))).mean();
    record.summary.parameters = parameters;
    record.summary.ledger = ledger;
    record.ledger = ROW
        .iter()
        .enumerate()
        .map(|(k, name)| Column { name: (*name).to_owned(), values: books.rows.column(k) })
        .collect();
    record.notes.extend(table::drawn(&table, spool));
    record.draws = Some(table).filter(|table| table.draws > 0);
    let extra = &mut record.summary.extra;
    extra.insert("chains".into(), json!(tallies.len()));
    extra.insert("divergences".into(), json!(tallies.iter().map(|tally| tally.divergences).sum::<u64>()));
    let outside = tallies.iter().map(|tally| tally.outside).sum::<u64>();
    if outside > 0 {
        extra.insert("left_domain".into(), json!(outside));
    }
    extra.insert("acceptance".into(), json!(mean(|tally| tally.acceptance)));
    extra.insert("leapfrogs_per_draw".into(), json!(mean(|tally| tally.leapfrogs)));
    if let Kernel::Isokinetic { .. } = kernel {
        extra.insert("energy_error_variance_per_dimension".into(), json!(mean(|tally| tally.energy_error)));
    }
    extra.insert("step_size".into(), json!(chains.iter().map(|chain| chain.step()).collect::<Vec<f64>>()));
    Ok(())
}
/// How far chains that refuse nothing are from the law they claim.
fn bias(
    config: &Config,
    model: &dyn Model,
    (chains, from): (&[&mut Chain], &Positions),
    books: &Books,
) -> Option<Divergence> {
    let chains: Vec<&Chain> = chains.iter().map(|chain| &**chain).collect();
    let at = Tick { step: books.done, ..Tick::start(config.run.seed) };
    let energy = (&model as &dyn Potential, beta(config));
    let found = isokinetic_bias(energy, (at, threads(config)), (&chains, from), branches(books.gradients))?;
    Some(found.blurred(blur(model, energy.1, from.batch())))
}
