//! BOOKS: what a run of chains keeps as it goes: draws, tallies, rows of `ledger.csv`, its time.
use super::super::clock::Stopwatch;
use super::super::table::Collector;
use super::super::thin::Thin;
use steepest_core::{Archive, Persist};
use steepest_flows::flow::chain_ledger::Tally;
use steepest_flows::observer::Moments;
use steepest_flows::scheme::metropolis::{Chain, Draw};
use steepest_models::Model;
use steepest_record::Spool;

/// What a run of chains has come to, beside the chains themselves.
pub(super) struct Books {
    /// Transitions, of warm-up and after.
    pub(super) done: u64,
    pub(super) gradients: u64,
    /// One a chain, of kept draws.
    pub(super) tallies: Vec<Tally>,
    pub(super) collector: Collector,
    /// `ledger.csv`: means over the chains of what each transition did.
    pub(super) rows: Thin,
    pub(super) time: Stopwatch,
}
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { done, gradients, tallies, collector, rows, time } = self;
        done.pass(archive)?;
        gradients.pass(archive)?;
        tallies[..].pass(archive)?;
        collector.places[..].pass(archive)?;
        rows.pass(archive)?;
        time.pass(archive)
    }
}
/// Columns of the draws after the quantities, under ArviZ's names.
const STATISTICS: &[&str] = &["lp", "energy", "diverging", "n_steps", "tree_depth", "step_size", "acceptance_rate"];
/// Columns of `ledger.csv`, and its rows at most.
pub(super) const ROW: [&str; 7] =
    ["draw", "energy", "acceptance", "leapfrogs", "divergences", "kinetic", "first_error"];
const ROWS: usize = 10_000;

/// Whether a trajectory broke down where V is finite; one that leaves the domain of V is counted apart.
fn diverged(draw: &Draw) -> bool {
    draw.diverging && !draw.outside
}

impl Books {
    pub(super) fn new(model: &dyn Model, chains: usize, gradients: u64) -> Self {
        Books {
            done: 0,
            gradients,
            tallies: vec![Tally::default(); chains],
            collector: Collector::new(model, chains, STATISTICS),
            rows: Thin::new(ROW.len(), ROWS),
            time: Stopwatch::start(),
        }
    }
    /// Moves every `thin`-th draw of the chains' tapes, which have the law exp(-beta V), to where it is kept.
    pub(super) fn keep(
        &mut self,
        (model, beta): (&dyn Model, f64),
        chains: &[&mut Chain],
        thin: usize,
        spool: &mut Spool,
    ) {
        let (d, quantities) = (model.dim(), self.collector.columns() - STATISTICS.len());
        let (mut positions, mut slopes) = (Vec::new(), Vec::new());
        for (c, tape) in chains.iter().map(|chain| &chain.tape).enumerate() {
            let times = || (thin - 1..tape.draws.len()).step_by(thin);
            for (kept, tape) in [(&mut positions, &tape.positions), (&mut slopes, &tape.gradients)] {
                kept.clear();
                times().for_each(|t| kept.extend_from_slice(&tape[t * d..(t + 1) * d]));
            }
            let known = (slopes.as_slice(), 1.0 / beta);
            self.collector.put_known(model, (c, positions.as_slice()), known, spool);
            let mut put = |k: usize, of: &dyn Fn(usize) -> f64| {
                spool.next(quantities + k, c).iter_mut().zip(times()).for_each(|(to, t)| *to = of(t));
            };
            put(0, &|t| -tape.values[t]);
            put(1, &|t| tape.draws[t].energy);
            put(2, &|t| f64::from(u8::from(diverged(&tape.draws[t]))));
            put(3, &|t| tape.draws[t].leapfrogs as f64);
            put(4, &|t| f64::from(tape.draws[t].depth));
            put(5, &|t| tape.draws[t].step);
            put(6, &|t| tape.draws[t].acceptance);
            times().for_each(|t| self.tallies[c].push(&tape.draws[t], d));
        }
        let draws = chains.iter().map(|chain| chain.tape.draws.len()).min().unwrap_or(0);
        for (i, t) in (thin - 1..draws).step_by(thin).enumerate() {
            let mean =
                |of: &dyn Fn(&Draw) -> f64| chains.iter().map(|c| of(&c.tape.draws[t])).collect::<Moments>().mean();
            self.rows.push(&[
                (spool.rows() + i) as f64,
                mean(&|draw| draw.energy),
                mean(&|draw| draw.acceptance),
                mean(&|draw| draw.leapfrogs as f64),
                mean(&|draw| f64::from(u8::from(diverged(draw)))),
                mean(&|draw| draw.kinetic),
                mean(&|draw| draw.first_error),
            ]);
        }
    }
}
