//! GOALS: a run of chains that stops once it knows enough, and what stopping then does to its intervals.
use super::checks;
use super::clock::Stopwatch;
use crate::config::Goals;
use crate::{Config, SpecError};
use serde_json::json;
use steepest_flows::flow::chain_ledger::wanted;
use steepest_flows::observer::Check;
use steepest_flows::observer::diagnostics::{ess_bulk, ess_tail, judging_rhat, still, stuck};
use steepest_models::Model;
use steepest_record::{Record, Spool};

/// Draws a chain before the first look.
const FIRST: u64 = 100;
/// No more than this over the effective size is what a nominal 95 % loses by stopping there. Four chains of autocorrelation 1/2^t
/// lost 1.4 %, 0.5 % and 0.1 % (each +- 0.15 %, 20,000 runs) at goals of 200, 400 and 800: other laws may lose more.
const SHORTFALL: f64 = 3.0;

/// What to stop at, and whether it was reached. Looks come after fixed numbers of draws, so what is kept does not depend on
/// threads or cuts; a limit of time has no such law.
pub(super) struct Stop {
    asked: Goals,
    chains: usize,
    /// The quantity that failed last: the first to be asked again.
    worst: usize,
    /// Which quantities are no constants of the model, once that was asked.
    free: Option<Vec<bool>>,
    /// The quantity that could not be judged at the last look, and why.
    open: Option<(usize, &'static str)>,
    reached: bool,
    late: bool,
}
impl Stop {
    pub(super) fn of(config: &Config) -> Self {
        let chains = config.replicas() as usize;
        Stop { asked: config.run.until, chains, worst: 0, free: None, open: None, reached: false, late: false }
    }
    /// Draws a chain until the next look.
    pub(super) fn room(&self, rows: usize) -> u64 {
        if self.looks() { next_look(rows as u64) - rows as u64 } else { u64::MAX }
    }
    fn looks(&self) -> bool {
        self.asked.ess.is_some() || self.asked.rhat.is_some()
    }
    /// Whether to stop here, by the first `quantities` columns of what was drawn, which the model reports.
    ///
    /// # Errors
    /// Draws cannot be read back.
    pub(super) fn here(
        &mut self,
        spool: &Spool,
        (model, quantities): (&dyn Model, usize),
        time: &Stopwatch,
    ) -> Result<bool, SpecError> {
        let rows = spool.rows();
        self.late = self.asked.seconds.is_some_and(|seconds| time.so_far() >= seconds);
        let look = self.looks() && rows > 0 && next_look(rows as u64 - 1) == rows as u64;
        self.reached = look && self.known(spool, (model, quantities))?;
        Ok(self.late || self.reached)
    }
    /// Whether every quantity meets the goals, constants of the model apart. Of one that never moved, and is no constant, nothing
    /// is known, whatever the others say; nor of one that is now and then no number.
    fn known(&mut self, spool: &Spool, (model, quantities): (&dyn Model, usize)) -> Result<bool, SpecError> {
        let mut some = false;
        self.open = None;
        let worst = self.worst;
        for k in (0..quantities).map(|k| (worst + k) % quantities) {
            let column = spool.column(k)?;
            let series: Vec<&[f64]> = column.chunks_exact(spool.rows().max(1)).collect();
            let never = column.iter().all(|x| x.is_nan());
            if never || still(&series) || stuck(&series) {
                let free = self.free.get_or_insert_with(|| checks::moves(model));
                if free.get(k) == Some(&false) {
                    continue;
                }
                self.open = Some((k, if never { "never was a number" } else { "never moved" }));
            } else if column.iter().any(|x| x.is_nan()) {
                self.open = Some((k, "is no number in some draws"));
            }
            if self.open.is_some() || !met(&self.asked, &series) {
                self.worst = k;
                return Ok(false);
            }
            some = true;
        }
        Ok(some)
    }
    /// Says in the record why the run ended.
    pub(super) fn tell(&self, record: &mut Record, draws: u64) {
        let (goals, kept) = (self.asked, record.summary.steps);
        let ends = |of: fn(f64, f64) -> f64, all: &mut dyn Iterator<Item = f64>| all.fold(f64::NAN, of);
        let rows = &record.summary.parameters;
        let ess = ends(f64::min, &mut rows.iter().map(|p| p.ess_bulk.min(p.ess_tail)));
        let rhat = ends(f64::max, &mut rows.iter().map(|p| p.rhat));
        let mut said = Vec::new();
        if let Some(goal) = goals.ess {
            said.push(format!("ess {ess:.0} {} {goal:.0}", if ess >= goal { ">=" } else { "<" }));
        }
        if let Some(goal) = goals.rhat {
            said.push(format!("rhat {rhat:.4} {} {goal}", if rhat <= goal { "<=" } else { ">" }));
        }
        // Since the last look it may have moved.
        let open = self.open.and_then(|(k, why)| Some((rows.get(k).filter(|row| row.ess_bulk.is_nan())?, why)));
        said.extend(open.map(|(row, why)| format!("`{}` {why}", row.name)));
        let (said, at) = (said.join(", "), format!("{kept} draws a chain (at most {draws})"));
        let (why, note) = match () {
            () if self.reached => ("goal", format!("Goal reached: {said} after {at}.")),
            () if self.late => {
                let seconds = goals.seconds.unwrap_or(0.0);
                let where_it_was = if said.is_empty() { String::new() } else { format!(" ({said})") };
                let text = format!(
                    "Stopped after {seconds} seconds and {at}{where_it_was}; how many come in a time is not \
                     reproducible, though each draw is."
                );
                ("seconds", text)
            }
            () if self.looks() && kept >= draws => ("draws", format!("Goal not reached: {said} after {at}.")),
            () => return,
        };
        record.notes.push(note);
        record.notes.extend(self.below().filter(|_| self.reached));
        record.summary.extra.insert("stopped_by".into(), json!(why));
        if (self.reached || self.late) && kept > 0 {
            record.summary.ledger.push(checks::line(&coverage(ess, self.late)));
        }
    }
    /// A sentence where what is asked for is less than the ledger asks for.
    fn below(&self) -> Option<String> {
        let (goal, wanted, chains) = (self.asked.ess?, wanted(self.chains), self.chains);
        let plural = if chains == 1 { "" } else { "s" };
        (goal < wanted).then(|| {
            format!(
                "The goal of ess = {goal} is below the {wanted} that the ledger asks of {chains} chain{plural}: a run that stops there may \
                 not be certified."
            )
        })
    }
}
fn met(goals: &Goals, series: &[&[f64]]) -> bool {
    goals.ess.is_none_or(|goal| ess_bulk(series) >= goal && ess_tail(series) >= goal)
        && goals.rhat.is_none_or(|goal| judging_rhat(series) <= goal)
}
/// The first number of draws above `rows` after which goals are looked at: 100, and each three tenths more than the last.
fn next_look(rows: u64) -> u64 {
    let mut at = FIRST;
    while at <= rows {
        at += at * 3 / 10;
    }
    at
}
/// What stopping where the draws said so, or by the clock where draws of some places take longer, takes from a nominal 95 %: it
/// vanishes as the effective size grows [GlynnWhitt1992; GlynnHeidelberger1990].
fn coverage(ess: f64, by_the_clock: bool) -> Check {
    let words = if by_the_clock {
        (
            "Stopping by the clock, where some draws take longer than others, costs a 95 % interval of a mean about this at most, as \
             measured on autoregressions.",
            "Stopping by the clock, at so small an effective size, makes 95 % intervals too short: give it more time.",
        )
    } else {
        (
            "Stopping where the draws said so costs a 95 % interval of a mean about this at most, as measured on autoregressions.",
            "Stopping where the draws said so, at so small an effective size, makes 95 % intervals too short: ask for more.",
        )
    };
    Check::at_most("early stopping", SHORTFALL / ess, 0.01, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_flows::flow::chain_ledger::diagnose;
    use steepest_flows::observer::diagnostics::{mcse_mean, mean, rhat};
    use steepest_kernels::normals;

    #[test]
    fn looks_are_at_fixed_numbers_of_draws() {
        let mut looks = vec![next_look(0)];
        (1..6).for_each(|k| looks.push(next_look(looks[k - 1])));
        assert_eq!(looks, [100, 130, 169, 219, 284, 369]);
        assert_eq!(next_look(99), 100);
    }

    /// A thousand chains of 20 draws each, correlated by a half: R-hat of single chains is above 1.03, that of the ledger below
    /// 1.01, which as a goal is met. Of sixty chains both are the first.
    #[test]
    fn the_rhat_of_a_goal_is_that_of_the_ledger() {
        let mut chains = vec![vec![0.0; 20]; 1000];
        for (c, chain) in chains.iter_mut().enumerate() {
            normals(3, c as u64, 0x7a2, 0, chain);
            (1..20).for_each(|t| chain[t] = 0.5 * chain[t - 1] + 0.75f64.sqrt() * chain[t]);
        }
        let series: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
        let goals = Goals { rhat: Some(1.01), ..Goals::default() };
        let (single, nested) = (rhat(&series), diagnose(&series).rhat);
        assert!(single > 1.03 && nested < 1.01, "{single} {nested}");
        assert!(met(&goals, &series));
        assert!(!met(&goals, &series[..60]) && rhat(&series[..60]) > 1.01);
    }

    /// Four chains with autocorrelation 1/2^t around 0, stopped by a goal or by a clock that runs faster where x is large: how often
    /// mean +- 1.96 MCSE has 0 in it. Coverage is known to 0.4 % (one sigma); the bound is three of them below what the ledger says of
    /// such effective sizes: a shortfall of 2.7 % at 200 dies.
    #[test]
    fn intervals_at_a_stop_cover_what_the_ledger_says() {
        const RUNS: u64 = 3000;
        let ess = |ess| Rule::Goal(Goals { ess: Some(ess), ..Goals::default() });
        let rhat = |rhat| Rule::Goal(Goals { rhat: Some(rhat), ..Goals::default() });
        for rule in [ess(200.0), ess(400.0), rhat(1.01), Rule::Clock(170.0)] {
            let (mut inside, mut drawn, mut said) = (0.0, 0.0, 0.0);
            for run in 0..RUNS {
                let mut chains = vec![vec![0.0; 2000]; 4];
                for (c, chain) in chains.iter_mut().enumerate() {
                    normals(run, c as u64, 0x7a1, 0, chain);
                    chain[0] /= 0.75f64.sqrt();
                    (1..2000).for_each(|t| chain[t] += 0.5 * chain[t - 1]);
                }
                let rows = rule.stops(&chains);
                let series: Vec<&[f64]> = chains.iter().map(|chain| &chain[..rows]).collect();
                inside += f64::from(u8::from(mean(&series).abs() <= 1.96 * mcse_mean(&series))) / RUNS as f64;
                drawn += rows as f64 / RUNS as f64;
                said += coverage(ess_bulk(&series).min(ess_tail(&series)), false).value / RUNS as f64;
            }
            println!("{rule:?}: coverage {inside:.4} after {drawn:.0} draws a chain, the ledger says -{said:.4}");
            let least = 0.95 - said - 3.0 * (0.95f64 * 0.05 / RUNS as f64).sqrt();
            assert!(inside > least && inside < 0.97, "{inside} by {rule:?}, least {least}");
        }
    }
    #[derive(Debug)]
    enum Rule {
        Goal(Goals),
        /// Chains in step, a draw of each taking exp(x) / <exp(x)>: after so much time a chain.
        Clock(f64),
    }
    impl Rule {
        fn stops(&self, chains: &[Vec<f64>]) -> usize {
            match self {
                Rule::Goal(goals) => {
                    let mut rows = next_look(0);
                    while !met(goals, &chains.iter().map(|chain| &chain[..rows as usize]).collect::<Vec<_>>()) {
                        rows = next_look(rows);
                    }
                    rows as usize
                }
                Rule::Clock(time) => {
                    let (mut rows, mut so_far) = (0, 0.0);
                    while so_far < *time {
                        // The variance of x is 4/3.
                        so_far += chains.iter().map(|chain| (chain[rows] - 2.0 / 3.0).exp() / 4.0).sum::<f64>();
                        rows += 1;
                    }
                    rows
                }
            }
        }
    }
}
