//! The ledger of chains: what their transitions, their agreement and the law they claim to sample say about them.
pub use super::chain_law::{Evidence, Positions, law};
use crate::observer::diagnostics::{
    MANY, ess_bulk, ess_tail, heaviest_shape, judging_rhat, mcse_mean, still, stuck, tail_shape,
};
use crate::observer::{Batches, Check, Moments, Verdict};
use crate::scheme::metropolis::{Draw, EnergyTuning, Kernel};
use steepest_core::{Archive, Persist};

/// What the kept transitions of one chain did: sums, however many there were.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Transitions whose trajectory diverged.
    pub divergences: u64,
    /// The deepest trees, and how many transitions built one.
    deepest: (u32, u64),
    /// Acceptance.
    pub acceptance: Moments,
    /// Gradients.
    pub leapfrogs: Moments,
    /// Energy error of a step, squared, per dimension, where it did not diverge.
    pub energy_error: Moments,
    kinetic: Moments,
    /// The same in batches, for momenta that are kept in part.
    kept_kinetic: Batches,
    /// The [`fluctuation`] of the first leapfrogs.
    fluctuation: Moments,
    /// The same in batches: where a leapfrog begins at the end of the last, the works add up to what is bounded.
    kept_fluctuation: Batches,
    energy: Moments,
    last_energy: f64,
    jumps: Moments,
}
impl Tally {
    /// Of some transitions of a chain in dimension d.
    pub fn of(draws: &[Draw], d: usize) -> Self {
        let mut tally = Tally::default();
        draws.iter().for_each(|draw| tally.push(draw, d));
        tally
    }
    /// Adds the next transition of a chain in dimension d.
    pub fn push(&mut self, draw: &Draw, d: usize) {
        self.divergences += u64::from(draw.diverging);
        match draw.depth.cmp(&self.deepest.0) {
            std::cmp::Ordering::Greater => self.deepest = (draw.depth, 1),
            std::cmp::Ordering::Equal => self.deepest.1 += 1,
            std::cmp::Ordering::Less => {}
        }
        self.acceptance.push(draw.acceptance);
        self.leapfrogs.push(draw.leapfrogs as f64);
        if !draw.diverging {
            self.energy_error.push(draw.square_error / d as f64);
        }
        let temperature = 2.0 * draw.kinetic / d as f64;
        self.kinetic.push(temperature);
        self.kept_kinetic.push(temperature);
        let fluctuation = fluctuation(draw.first_error);
        self.fluctuation.push(fluctuation);
        self.kept_fluctuation.push(fluctuation);
        if self.energy.count > 0.0 {
            self.jumps.push((draw.energy - self.last_energy).powi(2));
        }
        self.energy.push(draw.energy);
        self.last_energy = draw.energy;
    }
    /// E-BFMI, `mean (E_t - E_{t-1})^2 / var E` [Betancourt2016].
    fn refreshment(&self) -> f64 {
        let variance = self.energy.variance();
        if variance > 0.0 { self.jumps.mean() / variance } else { f64::NAN }
    }
}
impl Persist for Tally {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            divergences,
            deepest,
            acceptance,
            leapfrogs,
            energy_error,
            kinetic,
            kept_kinetic,
            fluctuation,
            kept_fluctuation,
            energy,
            last_energy,
            jumps,
        } = self;
        divergences.pass(archive)?;
        deepest.0.pass(archive)?;
        deepest.1.pass(archive)?;
        last_energy.pass(archive)?;
        kept_kinetic.pass(archive)?;
        kept_fluctuation.pass(archive)?;
        [acceptance, leapfrogs, energy_error, kinetic, fluctuation, energy, jumps]
            .into_iter()
            .try_for_each(|moments| moments.pass(archive))
    }
}

/// `1 - (1 - exp(-w)) / cosh(w / 2)^2` of a work w: exp(-w) where w is small, between 1/2 and 5, and one on average in
/// equilibrium.
///
/// A leapfrog and its reverse have works w and -w, and in equilibrium exp(w) to one are their odds; so any even weight may be put
/// to 1 - exp(-w). Without one a few large works decide, and of long steps exp(-w) has no variance: of 300 honest runs means lay up
/// to ten standard errors from one. A leapfrog that leaves the domain of V, w infinite, has no reverse at all and counts as one, as
/// those that stay then do on average. NaN where exp(-w) is beyond all numbers, as that of rounding may be.
///
/// ```
/// use steepest_flows::flow::chain_ledger::fluctuation;
/// assert!((fluctuation(1e-3) - (-1e-3f64).exp()).abs() < 1e-9 && fluctuation(0.0) == 1.0);
/// assert_eq!((fluctuation(f64::INFINITY), fluctuation(-100.0)), (1.0, 5.0));
/// assert!(fluctuation(-1000.0).is_nan());
/// // w is normal with variance s^2 and mean s^2 / 2: odds of exp(w). By the trapezoidal rule, s = 1.
/// let odds = |w: f64| (-0.5 * (w - 0.5).powi(2)).exp() / std::f64::consts::TAU.sqrt();
/// let mean: f64 = (-200..=200).map(|k| 0.1 * f64::from(k)).map(|w| 0.1 * odds(w) * fluctuation(w)).sum();
/// assert!((mean - 1.0).abs() < 1e-12);
/// ```
pub fn fluctuation(work: f64) -> f64 {
    let odds = (-work.abs()).exp();
    let weighted = -4.0 * (-work.abs()).exp_m1() / (1.0 + odds).powi(2);
    match work {
        w if w >= 0.0 => 1.0 - odds * weighted,
        w if w > -700.0 => 1.0 + weighted,
        _ => f64::NAN,
    }
}

/// The standard error of a mean over chains whose transitions depend on one another: of many chains, which do not, from the means
/// of each; of few from batches.
fn chained_error(chains: &[Tally], of: fn(&Tally) -> (&Moments, &Batches)) -> f64 {
    if chains.len() >= MANY {
        return chains.iter().map(|tally| of(tally).0.mean()).collect::<Moments>().standard_error();
    }
    mcse_mean(&chains.iter().map(|tally| of(tally).1.means()).collect::<Vec<_>>())
}

/// What Metropolised transitions should look like, whatever the target; one tally a chain.
pub fn transitions(chains: &[Tally], kernel: Kernel) -> Vec<Check> {
    let all = |of: fn(&Tally) -> Moments| chains.iter().fold(Moments::default(), |sum, tally| sum.merged(&of(tally)));
    let count = all(|tally| tally.acceptance).count;
    if count == 0.0 {
        return Vec::new();
    }
    let divergences = chains.iter().map(|tally| tally.divergences).sum::<u64>() as f64;
    let acceptance = all(|tally| tally.acceptance);
    // Of many chains each is short, and the worst says little: what is asked is asked of all of them.
    let refreshment = if matches!(kernel, Kernel::Shared { .. }) || chains.len() >= MANY {
        all(|tally| tally.jumps).mean() / all(|tally| tally.energy).variance()
    } else {
        chains.iter().map(Tally::refreshment).fold(f64::NAN, f64::min)
    };
    let (temperature, fluctuation) = (all(|tally| tally.kinetic), all(|tally| tally.fluctuation));
    // A momentum that is kept in part is not drawn afresh each time.
    let error = if kernel.refreshes() {
        temperature.standard_error()
    } else {
        chained_error(chains, |tally| (&tally.kinetic, &tally.kept_kinetic))
    };
    let isokinetic = matches!(kernel, Kernel::Isokinetic { .. });
    let biased = matches!(kernel, Kernel::Isokinetic { adjusted: false, .. });
    let mut checks = vec![Check::at_most(
        "divergences",
        divergences,
        0.0,
        (
            "No trajectory left the shell of its energy.",
            "Trajectories broke down where the target is sharply curved: raise target_accept towards 0.99, or \
             reparametrise; means may be biased.",
        ),
    )];
    if biased {
        checks.push(Check::at_most(
            "energy error of a step",
            all(|tally| tally.energy_error).mean(),
            4.0 * EnergyTuning::VARIANCE,
            (
                "Its variance per dimension is what the step was tuned to: the bias of the law is small.",
                "Its variance per dimension is above what keeps the bias of the law small: shorten the step, or set adjusted = true.",
            ),
        ));
        return checks;
    }
    checks.push(Check::at_least(
        "acceptance",
        acceptance.mean(),
        0.4,
        ("The step is short enough.", "The step is too long: lengthen warm-up, or give a shorter step."),
    ));
    if !isokinetic {
        checks.push(Check::unit(
            "kinetic temperature",
            (temperature.mean(), error),
            0.0,
            0.15,
            (
                "Momenta were drawn from the law the flow claims.",
                "Momenta are not drawn at the temperature the flow claims: the noise has the wrong factor.",
            ),
        ));
    }
    checks.push(Check::unit(
        "fluctuation theorem",
        (fluctuation.mean(), chained_error(chains, |tally| (&tally.fluctuation, &tally.kept_fluctuation))),
        0.0,
        0.25,
        (
            "exp(-work) of the first leapfrog, weighted down where that is large, averages to one, as it must in equilibrium.",
            "exp(-work) does not average to one: the chains are not in equilibrium, or the step is far too long.",
        ),
    ));
    if matches!(kernel, Kernel::Hmc { .. } | Kernel::Shared { .. } | Kernel::Nuts { .. }) {
        checks.push(Check::at_least(
            "E-BFMI",
            refreshment,
            0.3,
            (
                "Fresh momenta reach all energies.",
                "Energies are explored slowly, a sign of heavy tails or a funnel: reparametrise.",
            ),
        ));
    }
    if let Kernel::Nuts { max_depth } = kernel {
        let at_most_deep = chains.iter().map(|tally| if tally.deepest.0 == max_depth { tally.deepest.1 } else { 0 });
        let cut = at_most_deep.sum::<u64>() as f64 / count;
        checks.push(Check::at_most(
            "trajectories cut short",
            cut,
            0.05,
            (
                "Trajectories ended by turning.",
                "Trajectories reach max_depth before they turn: the target is badly scaled.",
            ),
        ));
    }
    checks
}

/// R-hat, effective sizes and tails of one quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// Split rank-normalised R-hat; nested, of [`MANY`] chains or more.
    pub rhat: f64,
    /// Effective size of the bulk.
    pub ess_bulk: f64,
    /// Effective size of the 5 % and 95 % tails.
    pub ess_tail: f64,
    /// Standard error of the mean.
    pub mcse_mean: f64,
    /// Shape k of its heavier tail, and the k above which no mean is to be relied on.
    pub tail: (f64, f64),
    /// Whether all draws are equal: then nothing can be said of chains by it, and its sizes are NaN.
    pub still: bool,
    /// Whether the draws of each chain are equal, though chains may lie apart: its sizes are NaN then too.
    pub stuck: bool,
}
/// Diagnoses one quantity; `chains[c]` are its draws in chain c.
pub fn diagnose(chains: &[&[f64]]) -> Diagnosis {
    let (still, stuck) = (still(chains), stuck(chains));
    let size = |of: fn(&[&[f64]]) -> f64| if still || stuck { f64::NAN } else { of(chains) };
    let (ess_tail, draws) = (size(ess_tail), chains.iter().map(|chain| chain.len()).sum::<usize>());
    let relative = Some(ess_tail / draws as f64).filter(|r| *r < 1.0).unwrap_or(1.0);
    let shape = if still || stuck { f64::NAN } else { tail_shape(chains, relative) };
    Diagnosis {
        rhat: judging_rhat(chains),
        ess_bulk: size(ess_bulk),
        ess_tail,
        mcse_mean: mcse_mean(chains),
        tail: (shape, heaviest_shape(draws, relative)),
        still,
        stuck,
    }
}
/// Whether the chains agree, and said enough: the worst over quantities that vary at all.
pub fn agreement(diagnoses: &[Diagnosis], chains: usize) -> Vec<Check> {
    let worst =
        |of: &dyn Fn(&Diagnosis) -> f64, pick: fn(f64, f64) -> f64| diagnoses.iter().map(of).fold(f64::NAN, pick);
    // A hundred a chain make R-hat and the intervals trustworthy; of very many chains, fewer each will do.
    let wanted = 100.0 * chains.min(16) as f64;
    let more = ("Enough for the intervals shown.", "Too few independent draws: run longer, or find a better metric.");
    vec![
        Check::at_most(
            "R-hat",
            worst(&|q| q.rhat, f64::max),
            1.01,
            (
                "The chains agree with one another and with themselves.",
                "The chains disagree: they are in different modes, or were too short. Do not use these draws; run longer, and \
                 look at the rank plots of the worst quantity.",
            ),
        ),
        Check::at_least("bulk ESS", worst(&|q| q.ess_bulk, f64::min), wanted, more),
        Check::at_least("tail ESS", worst(&|q| q.ess_tail, f64::min), wanted, more),
        tails(diagnoses),
    ]
}
/// The quantity whose tails are the furthest above what means can bear, or the least below.
pub fn heaviest(diagnoses: &[Diagnosis]) -> Option<usize> {
    let over = |k: &usize| diagnoses[*k].tail.0 - diagnoses[*k].tail.1;
    let known = (0..diagnoses.len()).filter(|k| !over(k).is_nan());
    known.max_by(|a, b| over(a).total_cmp(&over(b)))
}
/// Whether means exist, as far as tails tell. Draws may be right where they do not: the line is never more than inconclusive.
fn tails(diagnoses: &[Diagnosis]) -> Check {
    let (shape, bound) = heaviest(diagnoses).map_or((f64::NAN, f64::NAN), |k| diagnoses[k].tail);
    let mut check = Check::at_most(
        "Pareto k (tails)",
        shape,
        bound,
        (
            "No tail is so heavy that a mean or its error could not be relied on.",
            "A tail is so heavy that mean, sd and error of the mean cannot be relied on, and may not exist: report quantiles.",
        ),
    );
    if check.verdict == Verdict::Violated {
        check.verdict = Verdict::Inconclusive;
    }
    check
}
